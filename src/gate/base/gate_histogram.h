
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Histograms of durations: fixed bounds, integers, one in memory that
 * processes share.
 */


#ifndef GATE_HISTOGRAM_H_INCLUDED_
#define GATE_HISTOGRAM_H_INCLUDED_


#include <stdint.h>


#define GATE_HISTOGRAM_BOUNDS  14


/* upper bounds, rising; what is above the last has a bucket of its own */

typedef struct {
    uint32_t               us[GATE_HISTOGRAM_BOUNDS];
} gate_histogram_bounds_t;


/* two cache lines; what fell into each bucket, not into those below it */

typedef struct {
    uint64_t               buckets[GATE_HISTOGRAM_BOUNDS + 1];
    uint64_t               sum_us;
} gate_histogram_t;


/* by any number of processes at once; a bound belongs to its bucket */
void gate_histogram_add(gate_histogram_t *h, const gate_histogram_bounds_t *b,
    uint64_t us);

/*
 * a copy to be shown, with the sum of all below in each bucket, so that the
 * last one is the number of durations; what is added meanwhile may be in the
 * buckets and not in sum_us yet
 */
void gate_histogram_read(const gate_histogram_t *h, gate_histogram_t *shown);


#endif /* GATE_HISTOGRAM_H_INCLUDED_ */
