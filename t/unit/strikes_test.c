/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Failures: so many in a time, one by one forgotten; bans; debts; clocks.
 */


#include "tap.h"
#include "gate_strikes.h"


#define NS   1000000000LL


static gate_strikes_t
budget(const char *text)
{
    gate_strikes_t  b;

    memset(&b, 0, sizeof(b));

    if (!gate_strikes_parse(gate_cstr(text), &b)) {
        b.n = 0;
    }

    return b;
}


static void
test_parse(void)
{
    size_t          i;
    gate_strikes_t  b;

    static const struct {
        const char  *text;
        uint64_t     n;
        int64_t      interval;
        uint32_t     span;
    } good[] = {
        { "10/1m", 10, 6 * NS, 60 },
        { "10/m", 10, 6 * NS, 60 },
        { "3/30s", 3, 10 * NS, 30 },
        { "3/30", 3, 10 * NS, 30 },
        { "1/s", 1, NS, 1 },
        { "7/1h", 7, 514285714285LL, 3600 },
        { "1000000/24h", 1000000, 86400000, 86400 },
        { "1/1d", 1, 86400 * NS, 86400 }
    };

    static const char  *bad[] = {
        "", "/", "10", "10/", "/1m", "0/1m", "1000001/1m", "10/0", "10/0s",
        "10/25h", "10/2d", "-1/1m", "10/1m/1m", "10r/m", "10/ms", "10/1ms",
        " 10/1m", "10/x", "1e3/1m", "10 /1m"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        b = budget(good[i].text);
        ok(b.n == good[i].n && b.interval_ns == good[i].interval
           && b.span_s == good[i].span, "\"%s\" is read", good[i].text);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(budget(bad[i]).n == 0, "\"%s\" is not", bad[i]);
    }
}


static void
test_count(void)
{
    int                   i;
    int64_t               now;
    gate_strikes_t        b;
    gate_strikes_state_t  s = { 0, 0 };

    b = budget("10/1m");
    now = 1000 * NS;

    for (i = 1; i < 10; i++) {
        is_int(gate_strikes_wait(&b, &s, now), 0, "attempt %d may be", i);
        is_int(gate_strikes_add(&b, &s, now), 0, "... and fails");
    }

    is_int(gate_strikes_wait(&b, &s, now), 0, "the tenth may be");
    is_int(gate_strikes_add(&b, &s, now), 1, "... it is the last one");
    is_int(gate_strikes_wait(&b, &s, now), 6 * NS, "one is forgotten in 6 s");
    is_int(gate_strikes_wait(&b, &s, now + 6 * NS - 1), 1, "... not before");
    is_int(gate_strikes_wait(&b, &s, now + 6 * NS), 0, "... then it is");
    is_int(gate_strikes_end(&s), now + 60 * NS, "all are in a minute");

    now += 6 * NS;
    is_int(gate_strikes_add(&b, &s, now), 1, "one more uses that one up");
    is_int(gate_strikes_wait(&b, &s, now), 6 * NS, "... for another 6 s");

    is_int(gate_strikes_wait(&b, &s, now + 600 * NS), 0, "later it is new");
    is_int(gate_strikes_add(&b, &s, now + 600 * NS), 0, "... with all of it");
}


static void
test_one(void)
{
    gate_strikes_t        b;
    gate_strikes_state_t  s = { 0, 0 };

    b = budget("1/1m");

    is_int(gate_strikes_add(&b, &s, NS), 1, "a single one is the last one");
    is_int(gate_strikes_wait(&b, &s, NS), 60 * NS, "... for all of its time");
    is_int(gate_strikes_wait(&b, &s, 61 * NS), 0, "... and no longer");
}


static void
test_ban(void)
{
    gate_strikes_t        b;
    gate_strikes_state_t  s = { 0, 0 };

    b = budget("2/1m");
    b.ban_ns = 3600 * NS;

    is_int(gate_strikes_add(&b, &s, NS), 0, "a failure is no ban");
    is_int(gate_strikes_add(&b, &s, NS), 1, "the last one is");
    is_int(gate_strikes_wait(&b, &s, NS), 3600 * NS, "... of an hour");
    is_int(gate_strikes_wait(&b, &s, 3601 * NS - 1), 1, "... all of it");
    is_int(gate_strikes_wait(&b, &s, 3601 * NS), 0, "... and then none");
    is_int(gate_strikes_end(&s), 3601 * NS, "... it is kept as long");

    /* who was let on before the ban and fails in it does not make it longer */

    is_int(gate_strikes_add(&b, &s, 10 * NS), 0, "a late one says nothing");
    is_int(gate_strikes_wait(&b, &s, 10 * NS), 3591 * NS, "... nor bans");
}


/* a hundred that were let on side by side, and failed */

static void
test_debt(void)
{
    int                   i, over;
    gate_strikes_t        b;
    gate_strikes_state_t  s = { 0, 0 };

    b = budget("10/1m");

    for (i = 0, over = 0; i < 30; i++) {
        over += gate_strikes_add(&b, &s, NS);
    }

    is_int(over, 1, "one of them is the last one");
    is_int(gate_strikes_wait(&b, &s, NS), 126 * NS, "all are waited for");

    for (i = 0; i < 1000; i++) {
        (void) gate_strikes_add(&b, &s, NS);
    }

    is_int(gate_strikes_wait(&b, &s, NS), 546 * NS, "... up to ten budgets");
}


static void
test_clock(void)
{
    gate_strikes_t        b;
    gate_strikes_state_t  s = { INT64_MAX / 2, INT64_MAX / 2 };

    b = budget("10/1m");
    b.ban_ns = 90 * NS;

    is_int(gate_strikes_wait(&b, &s, NS), 546 * NS,
           "a state of the far future is not worse than it can become");

    b.n = 1;
    b.interval_ns = NS;

    is_int(gate_strikes_wait(&b, &s, NS), 90 * NS, "... nor is its ban");

    s.clear_ns = 0;
    s.until_ns = 0;
    is_int(gate_strikes_wait(&b, &s, NS), 0, "zeroes are no failure");
}


int
main(void)
{
    test_parse();
    test_count();
    test_one();
    test_ban();
    test_debt();
    test_clock();

    return done_testing();
}
