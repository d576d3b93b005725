
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * GCRA, the virtual scheduling form (ITU-T I.371 annex A): one 64-bit time
 * per bucket.  All times are nanoseconds of a monotonic clock.
 */


#ifndef GATE_BUCKET_H_INCLUDED_
#define GATE_BUCKET_H_INCLUDED_


#include "gate_str.h"


#define GATE_BUCKET_MAX_RATE   1000000000ULL  /* per period */
#define GATE_BUCKET_MAX_DEPTH  1000000000ULL


typedef struct {
    int64_t                interval_ns;       /* one unit per */
    uint64_t               depth;             /* units at once from idle, q */
    int64_t                tolerance_ns;      /* (depth - 1) * interval_ns */
    uint32_t               window_s;          /* time to refill, w, ceiling,
                                                 of the rate as written */
} gate_rate_t;


typedef struct {
    int                    allow;
    int64_t                tat_ns;            /* new state, old on refusal */
    uint64_t               remaining;         /* units left after this */
    int64_t                next_ns;           /* until one more unit is there */
    int64_t                full_ns;           /* until it is full again */
    int64_t                retry_ns;          /* on refusal: until it fits,
                                                 -1: it never will */
} gate_bucket_t;


/*
 * "5r/s", "300r/m", "10r/h"; burst: -1 unset (depth = one second's worth, at
 * least 1), else depth = burst + 1.  1: fine, 0: not of the form, or zero, or
 * out of range (also a bucket that would take over 136 years to refill); then
 * *rate is left alone
 */
int gate_rate_parse(gate_str_t text, int64_t burst, gate_rate_t *rate);

/*
 * what taking "cost" units now would give; tat_ns is the stored state (0: a
 * new bucket).  A clock behind the stored state only waits longer.
 * Cost 0 only looks: always allowed, the state stays.  A cost above the depth
 * never fits.
 */
void gate_bucket_try(const gate_rate_t *rate, int64_t tat_ns, int64_t now_ns,
    uint64_t cost, gate_bucket_t *out);


#endif /* GATE_BUCKET_H_INCLUDED_ */
