
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
} gate_verdict_t;


typedef enum {
    GATE_RATE_OK = 0,
    GATE_RATE_BAD,                            /* not of the form, or zero */
    GATE_RATE_TOO_LARGE,
    GATE_BURST_BAD,
    GATE_BURST_TOO_LARGE
} gate_rate_rc_e;


/*
 * "5r/s", "300r/m", "10r/h"; burst: a number, depth = burst + 1, or no bytes
 * at NULL, depth = one second's worth, at least 1.  What is too large has its
 * largest value in *max; a burst has also if the bucket would take over 136
 * years to refill.  *rate is left alone unless all is well
 */
gate_rate_rc_e gate_rate_parse(gate_str_t text, gate_str_t burst,
    gate_rate_t *rate, uint64_t *max);

/*
 * what taking "cost" units now would give; tat_ns is the stored state (0: a
 * new bucket).  A clock behind the stored state only waits longer.
 * Cost 0 only looks: always allowed, the state stays.  A cost above the depth
 * never fits.
 */
void gate_bucket_try(const gate_rate_t *rate, int64_t tat_ns, int64_t now_ns,
    uint64_t cost, gate_verdict_t *out);

/*
 * the state as this rate may have it: none is emptier than empty, which one of
 * a slower rate may have been before a reload
 */
int64_t gate_bucket_clamp(const gate_rate_t *rate, int64_t tat_ns,
    int64_t now_ns);

/*
 * how long a unit waits that is taken now, if "undelayed" of those beyond the
 * rate go at once and the rest one by one, in ns; tat_ns is the state before
 * it was taken
 */
int64_t gate_bucket_delay(const gate_rate_t *rate, int64_t tat_ns,
    int64_t now_ns, uint64_t undelayed);

/*
 * the state without one unit that was taken when the state became taken_ns.
 * What has been refilled since is not given back: it would be there twice.
 */
int64_t gate_bucket_undo(const gate_rate_t *rate, int64_t tat_ns,
    int64_t taken_ns, int64_t now_ns);


#endif /* GATE_BUCKET_H_INCLUDED_ */
