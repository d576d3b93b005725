
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * GCRA, the virtual scheduling form: what one 64-bit time tells of a bucket.
 */


#include "gate_bucket.h"


#define GATE_NS_PER_S         1000000000ULL

/* ns: no bucket takes longer to refill, so that sums of two stay in range */
#define GATE_BUCKET_MAX_SPAN  (1ULL << 62)


typedef struct {
    gate_str_t             suffix;
    uint64_t               seconds;
} gate_rate_unit_t;


static size_t gate_rate_digits(gate_str_t text, uint64_t max, uint64_t *n);
static uint64_t gate_rate_period(gate_str_t suffix);
static uint64_t gate_rate_depth(uint64_t n, uint64_t period);
static uint64_t gate_rate_interval(uint64_t n, uint64_t period);
static void gate_rate_set(gate_rate_t *rate, uint64_t n, uint64_t period,
    uint64_t depth);
static void gate_bucket_levels(const gate_rate_t *rate, uint64_t used,
    gate_verdict_t *out);
static int64_t gate_bucket_ns(uint64_t ns);


static const gate_rate_unit_t  gate_rate_units[] = {
    { gate_string("r/s"), 1 },
    { gate_string("r/m"), 60 },
    { gate_string("r/h"), 3600 }
};


gate_rate_rc_e
gate_rate_parse(gate_str_t text, gate_str_t burst, gate_rate_t *rate,
    uint64_t *max)
{
    size_t    len;
    uint64_t  n, period, depth;

    len = gate_rate_digits(text, GATE_BUCKET_MAX_RATE, &n);
    period = gate_rate_period(gate_str(text.data + len, text.len - len));

    if (period == 0 || n == 0) {
        return GATE_RATE_BAD;
    }

    if (n > GATE_BUCKET_MAX_RATE) {
        *max = GATE_BUCKET_MAX_RATE;
        return GATE_RATE_TOO_LARGE;
    }

    if (burst.data == NULL) {
        gate_rate_set(rate, n, period, (n >= period) ? n / period : 1);
        return GATE_RATE_OK;
    }

    len = gate_rate_digits(burst, GATE_BUCKET_MAX_DEPTH, &depth);

    if (len == 0 || len != burst.len) {
        return GATE_BURST_BAD;
    }

    *max = gate_rate_depth(n, period) - 1;

    if (depth > *max) {
        return GATE_BURST_TOO_LARGE;
    }

    gate_rate_set(rate, n, period, depth + 1);

    return GATE_RATE_OK;
}


void
gate_bucket_try(const gate_rate_t *rate, int64_t tat_ns, int64_t now_ns,
    uint64_t cost, gate_verdict_t *out)
{
    uint64_t  used, need, span;

    span = rate->depth * (uint64_t) rate->interval_ns;

    /* unsigned: the distance of any two int64_t fits */

    used = (tat_ns > now_ns) ? (uint64_t) tat_ns - (uint64_t) now_ns : 0;

    out->allow = 0;
    out->tat_ns = tat_ns;
    out->retry_ns = -1;

    if (cost == 0) {
        out->allow = 1;
        out->retry_ns = 0;

    } else if (cost <= rate->depth) {
        need = cost * (uint64_t) rate->interval_ns;

        if (used > span - need) {
            out->retry_ns = gate_bucket_ns(used - (span - need));

        } else if (now_ns <= INT64_MAX - (int64_t) (used + need)) {
            used += need;

            out->allow = 1;
            out->tat_ns = now_ns + (int64_t) used;
            out->retry_ns = 0;
        }
    }

    gate_bucket_levels(rate, used, out);
}


int64_t
gate_bucket_clamp(const gate_rate_t *rate, int64_t tat_ns, int64_t now_ns)
{
    uint64_t  span;

    span = rate->depth * (uint64_t) rate->interval_ns;

    /* unsigned: the distance of any two int64_t fits */

    if (tat_ns > now_ns && (uint64_t) tat_ns - (uint64_t) now_ns > span) {
        return now_ns + (int64_t) span;
    }

    return tat_ns;
}


int64_t
gate_bucket_delay(const gate_rate_t *rate, int64_t tat_ns, int64_t now_ns,
    uint64_t undelayed)
{
    uint64_t  used, at_once;

    if (tat_ns <= now_ns || undelayed >= rate->depth) {
        return 0;
    }

    used = (uint64_t) tat_ns - (uint64_t) now_ns;
    at_once = undelayed * (uint64_t) rate->interval_ns;

    return (used > at_once) ? gate_bucket_ns(used - at_once) : 0;
}


/*
 * While taken_ns lies ahead, the bucket has not been full since, and what was
 * taken after this unit moved the state by as much as it took.  Without it the
 * bucket would have been full from taken_ns less one interval on.
 */

int64_t
gate_bucket_undo(const gate_rate_t *rate, int64_t tat_ns, int64_t taken_ns,
    int64_t now_ns)
{
    uint64_t  left;

    if (taken_ns <= now_ns || tat_ns < taken_ns) {
        return tat_ns;
    }

    left = (uint64_t) taken_ns - (uint64_t) now_ns;

    return (left < (uint64_t) rate->interval_ns)
           ? tat_ns - (int64_t) left : tat_ns - rate->interval_ns;
}


/* how many there are; a number above "max" is max + 1 */

static size_t
gate_rate_digits(gate_str_t text, uint64_t max, uint64_t *n)
{
    size_t  i;

    *n = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            break;
        }

        *n = *n * 10 + (uint64_t) (text.data[i] - '0');

        if (*n > max) {
            *n = max + 1;
        }
    }

    return i;
}


static uint64_t
gate_rate_period(gate_str_t suffix)
{
    size_t  i;

    for (i = 0; i < sizeof(gate_rate_units) / sizeof(gate_rate_units[0]); i++) {
        if (gate_str_eq(suffix, gate_rate_units[i].suffix)) {
            return gate_rate_units[i].seconds;
        }
    }

    return 0;
}


/* the deepest bucket that is filled in time */

static uint64_t
gate_rate_depth(uint64_t n, uint64_t period)
{
    uint64_t  depth, span;

    depth = UINT32_MAX * n / period;
    span = GATE_BUCKET_MAX_SPAN / gate_rate_interval(n, period);

    if (depth > span) {
        depth = span;
    }

    return (depth < GATE_BUCKET_MAX_DEPTH) ? depth : GATE_BUCKET_MAX_DEPTH;
}


/* rounded up: a rate that does not divide the period is never exceeded */

static uint64_t
gate_rate_interval(uint64_t n, uint64_t period)
{
    return (period * GATE_NS_PER_S + n - 1) / n;
}


static void
gate_rate_set(gate_rate_t *rate, uint64_t n, uint64_t period, uint64_t depth)
{
    uint64_t  interval;

    interval = gate_rate_interval(n, period);

    rate->interval_ns = (int64_t) interval;
    rate->depth = depth;
    rate->tolerance_ns = (int64_t) ((depth - 1) * interval);

    /* of the rate as written, else "7r/s" would announce two seconds */

    rate->window_s = (uint32_t) ((depth * period + n - 1) / n);
}


/* "used": ns until the bucket is full; more than its span only if time fell */

static void
gate_bucket_levels(const gate_rate_t *rate, uint64_t used, gate_verdict_t *out)
{
    uint64_t  span, step, room;

    step = (uint64_t) rate->interval_ns;
    span = rate->depth * step;

    out->full_ns = gate_bucket_ns(used);

    if (used >= span) {
        out->remaining = 0;
        out->next_ns = gate_bucket_ns(used - span + step);
        return;
    }

    room = span - used;

    out->remaining = room / step;
    out->next_ns = (used == 0) ? 0 : (int64_t) (step - room % step);
}


static int64_t
gate_bucket_ns(uint64_t ns)
{
    return (ns > INT64_MAX) ? INT64_MAX : (int64_t) ns;
}
