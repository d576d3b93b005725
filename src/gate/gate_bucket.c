
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


static uint64_t gate_rate_period(gate_str_t suffix);
static int gate_rate_set(gate_rate_t *rate, uint64_t n, uint64_t period,
    uint64_t depth);
static void gate_bucket_levels(const gate_rate_t *rate, uint64_t used,
    gate_bucket_t *out);
static int64_t gate_bucket_ns(uint64_t ns);


static const gate_rate_unit_t  gate_rate_units[] = {
    { gate_string("r/s"), 1 },
    { gate_string("r/m"), 60 },
    { gate_string("r/h"), 3600 }
};


int
gate_rate_parse(gate_str_t text, int64_t burst, gate_rate_t *rate)
{
    size_t    i;
    uint64_t  n, period, depth;

    n = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            break;
        }

        n = n * 10 + (uint64_t) (text.data[i] - '0');

        if (n > GATE_BUCKET_MAX_RATE) {
            return 0;
        }
    }

    if (n == 0) {
        return 0;
    }

    period = gate_rate_period(gate_str(text.data + i, text.len - i));

    if (period == 0) {
        return 0;
    }

    if (burst < -1 || burst >= (int64_t) GATE_BUCKET_MAX_DEPTH) {
        return 0;
    }

    if (burst == -1) {
        depth = (n >= period) ? n / period : 1;

    } else {
        depth = (uint64_t) burst + 1;
    }

    return gate_rate_set(rate, n, period, depth);
}


void
gate_bucket_try(const gate_rate_t *rate, int64_t tat_ns, int64_t now_ns,
    uint64_t cost, gate_bucket_t *out)
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


static int
gate_rate_set(gate_rate_t *rate, uint64_t n, uint64_t period, uint64_t depth)
{
    uint64_t  interval, window;

    /* rounded up: a rate that does not divide the period is never exceeded */

    interval = (period * GATE_NS_PER_S + n - 1) / n;

    if (depth > GATE_BUCKET_MAX_SPAN / interval) {
        return 0;
    }

    /* of the rate as written, else "7r/s" would announce two seconds */

    window = (depth * period + n - 1) / n;

    if (window > UINT32_MAX) {
        return 0;
    }

    rate->interval_ns = (int64_t) interval;
    rate->depth = depth;
    rate->tolerance_ns = (int64_t) ((depth - 1) * interval);
    rate->window_s = (uint32_t) window;

    return 1;
}


/* "used": ns until the bucket is full; more than its span only if time fell */

static void
gate_bucket_levels(const gate_rate_t *rate, uint64_t used, gate_bucket_t *out)
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
