
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The bucket against a plain model of one, and at the edges of 64 bits.
 */


#include "tap.h"
#include "gate_bucket.h"


#define NS      1000000000LL


/* tokens counted in ns of refill: the slow and obvious way */

typedef struct {
    int64_t                level;
    int64_t                last;
} model_t;


typedef struct {
    int64_t                at;
    uint64_t               cost;
} taken_t;


static uint64_t  seed = 88172645463325252ULL;


static uint64_t
rnd(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return seed % below;
}


/* burst: -1 for none */

static int
parse(const char *text, int64_t burst, gate_rate_t *rate)
{
    char        number[32];
    uint64_t    max;
    gate_str_t  b;

    snprintf(number, sizeof(number), "%lld", (long long) burst);
    b = (burst == -1) ? gate_str(NULL, 0) : gate_cstr(number);

    return gate_rate_parse(gate_cstr(text), b, rate, &max) == GATE_RATE_OK;
}


static void
test_parse(void)
{
    size_t       i;
    gate_rate_t  r;

    static const struct {
        const char        *text;
        int64_t            burst;
        int64_t            interval;
        uint64_t           depth;
        uint32_t           window;
    } good[] = {
        { "5r/s", -1, 200000000, 5, 1 },
        { "1r/s", -1, NS, 1, 1 },
        { "7r/s", -1, 142857143, 7, 1 },
        { "7r/s", 0, 142857143, 1, 1 },
        { "7r/s", 7, 142857143, 8, 2 },
        { "3r/s", -1, 333333334, 3, 1 },
        { "007r/s", -1, 142857143, 7, 1 },
        { "300r/m", -1, 200000000, 5, 1 },
        { "300r/m", 0, 200000000, 1, 1 },
        { "60r/m", 59, NS, 60, 60 },
        { "7r/m", -1, 8571428572LL, 1, 9 },
        { "90r/m", -1, 666666667, 1, 1 },
        { "10r/h", -1, 360 * NS, 1, 360 },
        { "10r/h", 9, 360 * NS, 10, 3600 },
        { "1r/h", -1, 3600 * NS, 1, 3600 },
        { "7200r/h", -1, 500000000, 2, 1 },
        { "1000r/s", 99, 1000000, 100, 1 },
        { "600000000r/s", -1, 2, 600000000, 1 },
        { "1000000000r/s", -1, 1, 1000000000, 1 },
        { "1000000000r/h", -1, 3600, 277777, 1 },
        { "1r/s", 999999999, NS, 1000000000, 1000000000 },
        { "1r/h", 1193045, 3600 * NS, 1193046, 4294965600U }
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        memset(&r, 0, sizeof(gate_rate_t));

        ok(parse(good[i].text, good[i].burst, &r)
           && r.interval_ns == good[i].interval && r.depth == good[i].depth
           && r.window_s == good[i].window
           && r.tolerance_ns == ((int64_t) r.depth - 1) * r.interval_ns,
           "%s burst %lld: %lld ns, %llu deep, %u s", good[i].text,
           (long long) good[i].burst, (long long) r.interval_ns,
           (unsigned long long) r.depth, r.window_s);
    }
}


static void
test_parse_bad(void)
{
    size_t       i;
    uint64_t     max;
    gate_rate_t  r, was;

    static const struct {
        const char        *text;
        int64_t            burst;
    } bad[] = {
        { "", -1 }, { "r/s", -1 }, { "0r/s", -1 }, { "000r/s", -1 },
        { "5", -1 }, { "5r", -1 }, { "5r/", -1 }, { "5r/d", -1 },
        { "5r/ss", -1 }, { "5R/S", -1 }, { "5r/s ", -1 }, { " 5r/s", -1 },
        { "5 r/s", -1 }, { "-5r/s", -1 }, { "+5r/s", -1 }, { "5.5r/s", -1 },
        { "0x5r/s", -1 }, { "1000000001r/s", -1 },
        { "99999999999999999999999999r/s", -1 },
        { "18446744073709551617r/s", -1 }, { "4294967297r/s", -1 },
        { "5r/s", -2 }, { "5r/s", INT64_MIN }, { "5r/s", 1000000000 },
        { "5r/s", INT64_MAX }, { "1r/h", 1193046 }, { "1r/h", 1281023 },
        { "1r/h", 1281024 }, { "1r/h", 999999999 }, { "1r/m", 999999999 }
    };

    memset(&was, 0x5a, sizeof(gate_rate_t));

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        r = was;

        ok(!parse(bad[i].text, bad[i].burst, &r)
           && memcmp(&r, &was, sizeof(gate_rate_t)) == 0,
           "refused: \"%s\" burst %lld", bad[i].text,
           (long long) bad[i].burst);
    }

    ok(gate_rate_parse(gate_str(NULL, 0), gate_str(NULL, 0), &r, &max)
       == GATE_RATE_BAD, "refused: no text");
    ok(gate_rate_parse(gate_str("5r/s", 3), gate_str(NULL, 0), &r, &max)
       == GATE_RATE_BAD, "refused: cut text");
}


/* what is wrong, and the largest value: it is taken, one more is not */

static void
test_faults(void)
{
    char            text[32];
    size_t          i;
    uint64_t        max;
    gate_rate_t     r;
    gate_rate_rc_e  rc;

    static const struct {
        const char        *text;
        const char        *burst;
        gate_rate_rc_e     rc;
        uint64_t           max;
    } row[] = {
        { "5r/s", "", GATE_BURST_BAD, 0 },
        { "5r/s", "x", GATE_BURST_BAD, 0 },
        { "5r/s", "1x", GATE_BURST_BAD, 0 },
        { "5r/s", "-1", GATE_BURST_BAD, 0 },
        { "5r/s", " 1", GATE_BURST_BAD, 0 },
        { "0r/s", "x", GATE_RATE_BAD, 0 },
        { "5r/d", "99999999999", GATE_RATE_BAD, 0 },
        { "99999999999r/d", "1", GATE_RATE_BAD, 0 },
        { "99999999999r/s", "x", GATE_RATE_TOO_LARGE, 1000000000 },
        { "1000000001r/h", NULL, GATE_RATE_TOO_LARGE, 1000000000 },
        { "5r/s", "1000000000", GATE_BURST_TOO_LARGE, 999999999 },
        { "5r/s", "4294967296", GATE_BURST_TOO_LARGE, 999999999 },
        { "5r/s", "18446744073709551616", GATE_BURST_TOO_LARGE, 999999999 },
        { "5r/s", "99999999999999999999999", GATE_BURST_TOO_LARGE, 999999999 },
        { "1r/h", "1193046", GATE_BURST_TOO_LARGE, 1193045 },
        { "7r/h", "99999999", GATE_BURST_TOO_LARGE, 8351324 },
        { "1r/m", "999999999", GATE_BURST_TOO_LARGE, 71582787 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        max = 0;

        rc = gate_rate_parse(gate_cstr(row[i].text),
                             row[i].burst ? gate_cstr(row[i].burst)
                                          : gate_str(NULL, 0), &r, &max);

        ok(rc == row[i].rc && (row[i].max == 0 || max == row[i].max),
           "%s, burst %s: %d, the largest is %llu", row[i].text,
           row[i].burst ? row[i].burst : "none", rc, (unsigned long long) max);

        if (rc == GATE_BURST_TOO_LARGE) {
            snprintf(text, sizeof(text), "%llu", (unsigned long long) max);
            ok(gate_rate_parse(gate_cstr(row[i].text), gate_cstr(text), &r,
                               &max) == GATE_RATE_OK, "... and it is taken");
            ok(!parse(row[i].text, (int64_t) max + 1, &r),
               "... and no larger one");
        }
    }
}


static void
test_idle_burst(void)
{
    int             n;
    int64_t         tat;
    gate_rate_t     r;
    gate_verdict_t  b;

    parse("10r/s", 20, &r);
    tat = 0;

    for (n = 0; n < 100; n++) {
        gate_bucket_try(&r, tat, 5 * NS, 1, &b);
        tat = b.tat_ns;

        if (!b.allow) {
            break;
        }

        if (b.remaining != (uint64_t) (20 - n) || b.retry_ns != 0) {
            fail("remaining %d", n);
        }
    }

    is_int(n, 21, "burst=20 gives 21 at once from idle");
    is_int(b.remaining, 0, "and none is left");
    is_int(b.retry_ns, 100000000, "one fits after one interval");
    is_int(b.next_ns, 100000000, "and is there then");
    is_int(b.full_ns, 2100000000LL, "full again after 21 intervals");

    gate_bucket_try(&r, tat, 5 * NS + 99999999, 1, &b);
    ok(!b.allow && b.retry_ns == 1 && b.tat_ns == tat,
       "a nanosecond early is refused and changes nothing");

    gate_bucket_try(&r, tat, 5 * NS + 100000000, 1, &b);
    ok(b.allow && b.remaining == 0, "exactly on time is admitted");

    gate_bucket_try(&r, tat, 5 * NS + 2100000000LL, 1, &b);
    ok(b.allow && b.remaining == 20, "after full_ns it is full");

    gate_bucket_try(&r, tat, 5 * NS + 2099999999LL, 1, &b);
    ok(b.allow && b.remaining == 19, "a nanosecond before it is not");
}


static void
test_cost(void)
{
    gate_rate_t     r;
    gate_verdict_t  b;

    parse("10r/s", 9, &r);

    gate_bucket_try(&r, 0, NS, 10, &b);
    ok(b.allow && b.remaining == 0 && b.tat_ns == 2 * NS
       && b.next_ns == 100000000 && b.full_ns == NS, "all units in one call");

    gate_bucket_try(&r, 2 * NS, NS, 3, &b);
    ok(!b.allow && b.retry_ns == 300000000 && b.next_ns == 100000000,
       "three more fit after three intervals");

    gate_bucket_try(&r, 2 * NS, NS + 300000000, 3, &b);
    ok(b.allow && b.remaining == 0, "and do");

    gate_bucket_try(&r, 0, NS, 11, &b);
    ok(!b.allow && b.retry_ns == -1 && b.remaining == 10 && b.next_ns == 0
       && b.tat_ns == 0, "more than the depth never fits");

    gate_bucket_try(&r, 0, NS, UINT64_MAX, &b);
    ok(!b.allow && b.retry_ns == -1, "nor does 2^64 - 1");

    gate_bucket_try(&r, 0, NS, 1ULL << 63, &b);
    ok(!b.allow && b.retry_ns == -1, "nor 2^63");

    gate_bucket_try(&r, 0, NS, 0, &b);
    ok(b.allow && b.remaining == 10 && b.tat_ns == 0 && b.full_ns == 0
       && b.next_ns == 0 && b.retry_ns == 0, "cost 0 sees a full bucket");

    gate_bucket_try(&r, NS + 250000000, NS, 0, &b);
    ok(b.allow && b.remaining == 7 && b.tat_ns == NS + 250000000
       && b.next_ns == 50000000 && b.full_ns == 250000000,
       "cost 0 sees a part and takes nothing");

    gate_bucket_try(&r, 2 * NS, NS, 0, &b);
    ok(b.allow && b.remaining == 0 && b.next_ns == 100000000,
       "cost 0 is allowed on an empty bucket");

    gate_bucket_try(&r, 20 * NS, NS, 0, &b);
    ok(b.allow && b.remaining == 0 && b.tat_ns == 20 * NS,
       "cost 0 is allowed when time fell");
}


static void
test_time_falls(void)
{
    gate_rate_t     r;
    gate_verdict_t  b;

    parse("10r/s", 9, &r);

    gate_bucket_try(&r, 100 * NS, 50 * NS, 1, &b);
    ok(!b.allow && b.tat_ns == 100 * NS, "a clock behind refuses");
    is_int(b.retry_ns, 49 * NS + 100000000, "until the time is back");
    is_int(b.next_ns, b.retry_ns, "which is the next unit");
    is_int(b.full_ns, 50 * NS, "and then the rest");

    gate_bucket_try(&r, 100 * NS, 50 * NS + b.retry_ns, 1, &b);
    ok(b.allow && b.remaining == 0, "it fits then");

    gate_bucket_try(&r, 100 * NS, 99 * NS + 500000000, 1, &b);
    ok(b.allow && b.remaining == 4,
       "a short step back takes from what is left");

    gate_bucket_try(&r, 0, -5 * NS, 1, &b);
    ok(!b.allow && b.retry_ns == 4 * NS + 100000000,
       "a time before 0 waits for it");

    gate_bucket_try(&r, INT64_MAX, INT64_MIN, 1, &b);
    ok(!b.allow && b.remaining == 0 && b.retry_ns == INT64_MAX
       && b.next_ns == INT64_MAX && b.full_ns == INT64_MAX,
       "the widest step back saturates");

    gate_bucket_try(&r, INT64_MIN, INT64_MAX - 10 * NS, 1, &b);
    ok(b.allow && b.remaining == 9, "the widest step ahead is a full bucket");
}


static void
test_edges(void)
{
    int             k, n;
    size_t          i;
    int64_t         at, tat;
    gate_rate_t     r;
    gate_verdict_t  b;

    static const int64_t  times[] = {
        0, 1, (1LL << 31) - 1, 1LL << 31, (1LL << 32) - 1, 1LL << 32,
        (1LL << 53) - 1, 1LL << 53, (1LL << 53) + 1, (1LL << 62) - 1,
        1LL << 62, INT64_MAX - 10 * NS
    };

    parse("7r/s", 41, &r);

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        at = times[i];
        tat = 0;

        for (n = 0; n < 100; n++) {
            gate_bucket_try(&r, tat, at, 1, &b);
            if (!b.allow) {
                break;
            }

            tat = b.tat_ns;
        }

        for (k = 0; k < 5; k++) {
            gate_bucket_try(&r, tat, at + b.retry_ns - 1, 1, &b);
            if (b.allow || b.retry_ns != 1) {
                break;
            }

            at = tat - r.tolerance_ns;
            gate_bucket_try(&r, tat, at, 1, &b);
            if (!b.allow || b.remaining != 0) {
                break;
            }

            tat = b.tat_ns;
            gate_bucket_try(&r, tat, at, 1, &b);
        }

        ok(n == 42 && k == 5, "42 at once, then one by one, from %lld",
           (long long) times[i]);
    }

    gate_bucket_try(&r, 0, INT64_MAX, 1, &b);
    ok(!b.allow && b.retry_ns == -1 && b.tat_ns == 0,
       "the end of time refuses");

    gate_bucket_try(&r, 0, INT64_MAX - r.interval_ns, 1, &b);
    ok(b.allow && b.tat_ns == INT64_MAX, "just before it admits");
}


static void
test_large(void)
{
    gate_rate_t     r;
    gate_verdict_t  b;

    parse("1r/h", 1193045, &r);

    gate_bucket_try(&r, 0, NS, r.depth, &b);
    ok(b.allow && b.tat_ns == NS + (int64_t) r.depth * r.interval_ns
       && b.remaining == 0, "the largest span in one call");

    gate_bucket_try(&r, b.tat_ns, NS, r.depth, &b);
    ok(!b.allow && b.retry_ns == (int64_t) r.depth * r.interval_ns,
       "twice waits for all of it");

    gate_bucket_try(&r, 0, 1LL << 62, r.depth, &b);
    ok(b.allow && b.tat_ns > 1LL << 62, "from 2^62 it still fits");

    parse("1000000000r/s", 999999999, &r);

    gate_bucket_try(&r, 0, 1, 999999999, &b);
    ok(b.allow && b.remaining == 1 && b.next_ns == 1 && b.full_ns == 999999999,
       "a unit per nanosecond, a billion deep");

    gate_bucket_try(&r, b.tat_ns, 1, 2, &b);
    ok(!b.allow && b.retry_ns == 1 && b.remaining == 1, "two need another one");
}


static int
model_take(model_t *m, const gate_rate_t *r, int64_t now, uint64_t cost)
{
    int64_t  span, need;

    span = (int64_t) r->depth * r->interval_ns;

    m->level += now - m->last;
    m->last = now;

    if (m->level > span) {
        m->level = span;
    }

    if (cost > r->depth) {
        return 0;
    }

    need = (int64_t) cost * r->interval_ns;

    if (m->level < need) {
        return 0;
    }

    m->level -= need;

    return 1;
}


static int
model_agrees(const model_t *m, const gate_rate_t *r, uint64_t cost,
    const gate_verdict_t *b)
{
    int64_t  span, step, need;

    step = r->interval_ns;
    span = (int64_t) r->depth * step;
    need = (int64_t) cost * step;

    if (b->remaining != (uint64_t) (m->level / step)
        || b->full_ns != span - m->level)
    {
        return 0;
    }

    if (b->next_ns != (m->level == span ? 0 : step - m->level % step)) {
        return 0;
    }

    if (b->allow) {
        return b->retry_ns == 0;
    }

    return b->retry_ns == (cost > r->depth ? -1 : need - m->level);
}


/* any window [a, b] holds at most depth + (b - a) / interval units */

static int
windows_hold(const gate_rate_t *r, const taken_t *t, size_t n)
{
    size_t    i, k;
    uint64_t  sum;

    for (i = 0; i < n; i++) {
        sum = 0;

        for (k = i; k < n; k++) {
            sum += t[k].cost;

            if (sum > r->depth + (uint64_t) ((t[k].at - t[i].at)
                                             / r->interval_ns))
            {
                return 0;
            }
        }
    }

    return 1;
}


static void
test_random(void)
{
    int             round, i, same, windows;
    size_t          n;
    char            text[32];
    taken_t         taken[400];
    model_t         m;
    int64_t         tat, now;
    uint64_t        cost;
    gate_rate_t     r;
    gate_verdict_t  b;

    same = 1;
    windows = 1;

    for (round = 0; round < 300; round++) {
        snprintf(text, sizeof(text), "%llur/%c",
                 (unsigned long long) rnd(round % 3 ? 20 : 100000) + 1,
                 "smh"[rnd(3)]);
        parse(text, (int64_t) rnd(40) - 1, &r);

        n = 0;
        tat = 0;
        now = (int64_t) rnd(1ULL << (20 + rnd(42)));
        m.level = (int64_t) r.depth * r.interval_ns;
        m.last = now;

        for (i = 0; i < 400; i++) {
            cost = rnd(10) ? 1 : rnd(r.depth + 2);

            gate_bucket_try(&r, tat, now, cost, &b);

            if (model_take(&m, &r, now, cost) != b.allow
                || !model_agrees(&m, &r, cost, &b))
            {
                same = 0;
            }

            tat = b.tat_ns;

            if (b.allow) {
                taken[n].at = now;
                taken[n++].cost = cost;
            }

            now += (rnd(4) == 0) ? b.next_ns + (int64_t) rnd(2)
                                 : (int64_t) rnd((uint64_t) r.interval_ns * 2);
        }

        windows &= windows_hold(&r, taken, n);
    }

    ok(same, "300 random schedules agree with the model in every figure");
    ok(windows, "no window of them holds more than depth + T / interval");
}


/*
 * asked all the time, it gives its rate after the first unit of two; with a
 * depth of one, what falls between two questions is lost
 */

static void
test_sustained(void)
{
    size_t          i;
    int64_t         now, tat, got;
    gate_rate_t     r;
    gate_verdict_t  b;

    static const struct {
        const char        *text;
        int64_t            step;
        int64_t            seconds;
        int64_t            units;
    } row[] = {
        { "7r/s", 1000000, 100, 700 }, { "3r/s", 1000000, 100, 300 },
        { "1000r/s", 100000, 10, 10000 }, { "999r/s", 10000, 10, 9990 },
        { "90r/m", 10000000, 600, 900 }, { "10r/h", NS, 36000, 100 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        parse(row[i].text, 1, &r);
        got = 0;
        tat = 0;

        for (now = NS; now < NS + row[i].seconds * NS; now += row[i].step) {
            gate_bucket_try(&r, tat, now, 1, &b);
            tat = b.tat_ns;
            got += b.allow;
        }

        ok(got == row[i].units + 1,
           "%s gives %lld in %lld s", row[i].text, (long long) got,
           (long long) row[i].seconds);
    }
}


/* the callers that do as they are told are never refused */

static void
test_told(void)
{
    int             i, good;
    int64_t         now, tat;
    uint64_t        was;
    gate_rate_t     r;
    gate_verdict_t  b;

    good = 1;
    tat = 0;
    now = 12345;
    parse("7r/m", 4, &r);

    for (i = 0; i < 2000; i++) {
        gate_bucket_try(&r, tat, now, 1 + rnd(5), &b);
        tat = b.tat_ns;

        if (!b.allow) {
            now += b.retry_ns;
            continue;
        }

        was = b.remaining;
        now += b.next_ns;

        gate_bucket_try(&r, tat, now - (b.next_ns > 0), 0, &b);
        good &= (b.remaining == was);

        gate_bucket_try(&r, tat, now, 0, &b);
        good &= (b.remaining == was + 1);

        gate_bucket_try(&r, tat, now + b.full_ns, 0, &b);
        good &= (b.remaining == r.depth && b.full_ns == 0 && b.next_ns == 0);
    }

    ok(good, "next_ns gives one more, full_ns gives all, neither earlier");
}


static void
test_delay(void)
{
    int             n;
    int64_t         tat, delay;
    gate_rate_t     r;
    gate_verdict_t  b;

    static const int64_t  waits[] = {
        0, 0, 0, 100000000, 200000000, 300000000
    };

    parse("10r/s", 5, &r);
    tat = 0;

    for (n = 0; n < 6; n++) {
        delay = gate_bucket_delay(&r, tat, NS, 2);
        is_int(delay, waits[n], "delay=2, request %d from idle", n + 1);

        gate_bucket_try(&r, tat, NS, 1, &b);
        tat = b.tat_ns;
    }

    is_int(gate_bucket_delay(&r, tat, NS, 0), 600000000,
           "delay=0 waits for all before it");
    is_int(gate_bucket_delay(&r, tat, NS + 250000000, 0), 350000000,
           "... less what has been refilled");
    is_int(gate_bucket_delay(&r, tat, NS + 599999999, 0), 1, "... to the last");
    is_int(gate_bucket_delay(&r, tat, NS + 600000000, 0), 0,
           "... and not more");
    is_int(gate_bucket_delay(&r, tat, 100 * NS, 0), 0, "nor when long idle");
    is_int(gate_bucket_delay(&r, tat, NS, 5), 100000000, "the last of six");
    is_int(gate_bucket_delay(&r, tat, NS, 6), 0, "as deep as the bucket: none");
    is_int(gate_bucket_delay(&r, tat, NS, UINT64_MAX), 0, "nor with 2^64 - 1");

    is_int(gate_bucket_delay(&r, INT64_MAX, INT64_MIN, 0), INT64_MAX,
           "the widest step back saturates");
    is_int(gate_bucket_delay(&r, INT64_MIN, INT64_MAX, 0), 0,
           "the widest step ahead waits for nothing");

    parse("1r/h", 1193045, &r);

    is_int(gate_bucket_delay(&r, NS + (int64_t) r.depth * r.interval_ns, NS,
                             r.depth - 1), r.interval_ns,
           "the largest span, all but one at once");
}


/* what comes out one by one holds the rate and what may go at once */

static void
test_delay_smooths(void)
{
    int             round, i, order, windows;
    size_t          n;
    taken_t         out[400];
    int64_t         tat, now, last;
    uint64_t        undelayed;
    gate_rate_t     r, smooth;
    gate_verdict_t  b;

    order = 1;
    windows = 1;

    for (round = 0; round < 300; round++) {
        parse("7r/s", (int64_t) rnd(40), &r);

        undelayed = rnd(r.depth);
        smooth = r;
        smooth.depth = undelayed + 1;

        n = 0;
        tat = 0;
        last = 0;
        now = (int64_t) rnd(1ULL << 40);

        for (i = 0; i < 400; i++) {
            gate_bucket_try(&r, tat, now, 1, &b);

            if (b.allow) {
                out[n].at = now + gate_bucket_delay(&r, tat, now, undelayed);
                out[n].cost = 1;

                order &= (out[n].at >= last);
                last = out[n++].at;
            }

            tat = b.tat_ns;
            now += (int64_t) rnd((uint64_t) r.interval_ns * 3 / 2);
        }

        windows &= windows_hold(&smooth, out, n);
    }

    ok(order, "of 300 random schedules nobody overtakes");
    ok(windows, "no window holds more than go at once + T / interval");
}


static void
test_undo(void)
{
    int64_t         tat, taken;
    gate_rate_t     r;
    gate_verdict_t  b;

    parse("10r/s", 9, &r);

    gate_bucket_try(&r, 0, NS, 1, &b);
    taken = b.tat_ns;

    tat = gate_bucket_undo(&r, taken, taken, NS);
    gate_bucket_try(&r, tat, NS, 0, &b);
    is_int(b.remaining, 10, "what was taken is there again");

    gate_bucket_try(&r, taken, NS, 3, &b);
    tat = gate_bucket_undo(&r, b.tat_ns, taken, NS);
    gate_bucket_try(&r, tat, NS, 0, &b);
    is_int(b.remaining, 7, "... and what others took since is not");

    is_int(gate_bucket_undo(&r, taken, taken, NS + 30000000), NS + 30000000,
           "... nor is what has been refilled of it");
    is_int(gate_bucket_undo(&r, taken, taken, taken), taken,
           "what has been refilled is not given back");

    gate_bucket_try(&r, taken, 10 * NS, 1, &b);
    is_int(gate_bucket_undo(&r, b.tat_ns, taken, 10 * NS), b.tat_ns,
           "... nor is what another one took then");

    is_int(gate_bucket_undo(&r, 0, taken, NS), 0,
           "a bucket that was made anew is left alone");
    is_int(gate_bucket_undo(&r, INT64_MAX, INT64_MAX, INT64_MIN),
           INT64_MAX - r.interval_ns, "the widest distance");
}


/* some are given back, at once or when others have taken theirs */

static void
test_undo_random(void)
{
    int             round, i, same, windows;
    size_t          n;
    taken_t         taken[400];
    int64_t         tat, now, was;
    gate_rate_t     r;
    gate_verdict_t  b;

    same = 1;
    windows = 1;

    for (round = 0; round < 300; round++) {
        parse("7r/s", (int64_t) rnd(20), &r);

        n = 0;
        tat = 0;
        was = -1;
        now = (int64_t) rnd(1ULL << 40);

        for (i = 0; i < 400; i++) {

            if (was != -1 && rnd(4) == 0) {
                /* the one that may not have it gives it back */
                tat = gate_bucket_undo(&r, tat, was, now);
                was = -1;
            }

            gate_bucket_try(&r, tat, now, 1, &b);

            if (b.allow && was == -1 && rnd(3) == 0) {
                was = b.tat_ns;
                same &= (gate_bucket_undo(&r, was, was, now)
                         == (tat > now ? tat : now));

            } else if (b.allow) {
                taken[n].at = now;
                taken[n++].cost = 1;
            }

            tat = b.tat_ns;
            now += (int64_t) rnd((uint64_t) r.interval_ns * 2) * (rnd(3) > 0);
        }

        windows &= windows_hold(&r, taken, n);
    }

    ok(same, "undone at once, it was never taken");
    ok(windows, "what is given back never lets in more than the rate");
}


static void
test_clamp(void)
{
    int64_t       span;
    gate_rate_t   rate;

    (void) parse("1r/s", 4, &rate);
    span = 5 * NS;

    ok(gate_bucket_clamp(&rate, 0, 7 * NS) == 0, "a new bucket stays new");
    ok(gate_bucket_clamp(&rate, 7 * NS + span, 7 * NS) == 7 * NS + span,
       "an empty bucket stays empty");
    ok(gate_bucket_clamp(&rate, 7 * NS + span + 1, 7 * NS) == 7 * NS + span,
       "a bucket that is emptier than empty becomes empty");
    ok(gate_bucket_clamp(&rate, INT64_MAX, 0) == span,
       "the farthest state becomes empty");
    ok(gate_bucket_clamp(&rate, INT64_MAX, INT64_MAX - 1) == INT64_MAX,
       "at the end of time the state stays");
    ok(gate_bucket_clamp(&rate, INT64_MAX, INT64_MIN) == INT64_MIN + span,
       "states at the ends of 64 bits have a distance, too");
}


int
main(void)
{
    test_parse();
    test_parse_bad();
    test_faults();
    test_idle_burst();
    test_cost();
    test_time_falls();
    test_edges();
    test_large();
    test_random();
    test_sustained();
    test_told();
    test_delay();
    test_delay_smooths();
    test_undo();
    test_undo_random();
    test_clamp();

    return done_testing();
}
