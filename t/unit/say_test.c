
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What goes on being wrong is said at once, when it gets worse, each interval.
 */


#include "tap.h"
#include "gate_say.h"


int
main(void)
{
    int         i, n;
    int64_t     now;
    gate_say_t  s;

    memset(&s, 0, sizeof(gate_say_t));

    ok(!gate_say_over(&s), "nothing was said");
    ok(gate_say(&s, 1, 5, 60000), "it is said at once, however young the clock");
    ok(!gate_say(&s, 1, 6, 60000), "and not again");
    ok(!gate_say(&s, 1, 60004, 60000), "a moment before a minute");
    ok(gate_say(&s, 1, 60005, 60000), "but after one");
    ok(gate_say(&s, 2, 60006, 60000), "what is worse is said at once");
    ok(!gate_say(&s, 1, 60007, 60000), "what is less bad is not");
    ok(!gate_say(&s, 2, 60008, 60000), "nor is the same");
    ok(gate_say(&s, 1, 120006, 60000), "a minute later it is");
    ok(gate_say(&s, 2, 120007, 60000), "and then what is worse");
    ok(gate_say_over(&s), "it is over");
    ok(!gate_say_over(&s), "once");
    ok(gate_say(&s, 1, 120008, 60000), "the next is said at once");

    memset(&s, 0, sizeof(gate_say_t));

    for (n = 0, i = 0, now = 0; i < 3600; i++, now += 1000) {
        n += gate_say(&s, 1 + (unsigned) i % 2, now, 60000);
    }

    is_int(n, 61, "an hour of two faults by turns is 60 lines, and the worse");

    return done_testing();
}
