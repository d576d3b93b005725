/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_breaker.c: when it opens, what it lets through, when it closes.
 */

#include "tap.h"

#include "gate_breaker.h"


static gate_breaker_t  b;


static void
open_at(int64_t now_ms)
{
    unsigned  i;

    gate_breaker_init(&b, 3, 1000);

    for (i = 0; i < 3; i++) {
        (void) gate_breaker_bad(&b, 0, now_ms);
    }
}


static void
test_open(void)
{
    gate_breaker_init(&b, 3, 1000);

    is_int(gate_breaker_may(&b, 0), GATE_BREAKER_YES, "a new one is closed");
    is_int(gate_breaker_bad(&b, 0, 1), 0, "a first failure changes nothing");
    is_int(gate_breaker_bad(&b, 0, 2), 0, "nor does a second one");
    is_int(gate_breaker_may(&b, 3), GATE_BREAKER_YES, "... all may go on");
    is_int(gate_breaker_good(&b, 0), 0, "a success");
    is_int(gate_breaker_bad(&b, 0, 4), 0, "... begins the count anew");
    is_int(gate_breaker_bad(&b, 0, 5), 0, "... for two");
    is_int(gate_breaker_bad(&b, 0, 6), 1, "... and the third one opens it");
    is_int(gate_breaker_may(&b, 6), GATE_BREAKER_NO, "then nothing may");
    is_int(gate_breaker_may(&b, 1005), GATE_BREAKER_NO,
           "... until the rest is over");
    is_int(gate_breaker_may(&b, 1006), GATE_BREAKER_TRIAL, "... then one may");
    is_int(gate_breaker_may(&b, 99999), GATE_BREAKER_NO,
           "... and one only, however long it takes");
}


static void
test_trial(void)
{
    open_at(0);

    (void) gate_breaker_may(&b, 1000);
    is_int(gate_breaker_good(&b, 1), 1, "a good trial closes it");
    is_int(gate_breaker_may(&b, 1001), GATE_BREAKER_YES, "... for all");
    is_int(gate_breaker_bad(&b, 0, 1002), 0, "... with a count of its own");

    open_at(0);

    (void) gate_breaker_may(&b, 1000);
    is_int(gate_breaker_bad(&b, 1, 1500), 0, "a bad trial leaves it open");
    is_int(gate_breaker_may(&b, 2499), GATE_BREAKER_NO,
           "... for another rest, from then on");
    is_int(gate_breaker_may(&b, 2500), GATE_BREAKER_TRIAL,
           "... after which there is another trial");

    gate_breaker_void(&b, 1);
    is_int(gate_breaker_may(&b, 2501), GATE_BREAKER_TRIAL,
           "a trial that was given up is followed by another one at once");

    gate_breaker_void(&b, 0);
    is_int(gate_breaker_may(&b, 2502), GATE_BREAKER_NO,
           "one that was none leaves the trial alone");
}


static void
test_late(void)
{
    open_at(0);

    is_int(gate_breaker_good(&b, 0), 0,
           "what was sent before it opened does not close it");
    is_int(gate_breaker_may(&b, 500), GATE_BREAKER_NO, "... nothing may");
    is_int(gate_breaker_bad(&b, 0, 900), 0, "nor does its failure");
    is_int(gate_breaker_may(&b, 1000), GATE_BREAKER_TRIAL,
           "... make the rest longer");
    is_int(gate_breaker_good(&b, 0), 0, "nor does it decide the trial");
    is_int(gate_breaker_bad(&b, 0, 1001), 0, "... either way");
    is_int(gate_breaker_may(&b, 1002), GATE_BREAKER_NO,
           "... which is still under way");
}


static void
test_hope(void)
{
    open_at(0);

    gate_breaker_hope(&b, 10);
    is_int(gate_breaker_may(&b, 10), GATE_BREAKER_TRIAL,
           "hope shortens the rest");
    gate_breaker_hope(&b, 11);
    is_int(gate_breaker_may(&b, 12), GATE_BREAKER_NO,
           "... and starts no second trial");

    gate_breaker_init(&b, 3, 1000);
    gate_breaker_hope(&b, 10);
    is_int(gate_breaker_may(&b, 10), GATE_BREAKER_YES,
           "... and is nothing to a closed one");
}


int
main(void)
{
    test_open();
    test_trial();
    test_late();
    test_hope();

    return done_testing();
}
