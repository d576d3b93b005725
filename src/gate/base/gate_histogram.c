
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Histograms of durations.
 */


#include "gate_histogram.h"


/*
 * The bounds are looked at from below: most durations are in the first ones,
 * and a bound that is passed costs two instructions.
 */

void
gate_histogram_add(gate_histogram_t *h, const gate_histogram_bounds_t *b,
    uint64_t us)
{
    unsigned  i;

    for (i = 0; i < GATE_HISTOGRAM_BOUNDS && us > b->us[i]; i++) {
        /* void */
    }

    (void) __atomic_fetch_add(&h->buckets[i], 1, __ATOMIC_RELAXED);
    (void) __atomic_fetch_add(&h->sum_us, us, __ATOMIC_RELAXED);
}


void
gate_histogram_read(const gate_histogram_t *h, gate_histogram_t *shown)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i <= GATE_HISTOGRAM_BOUNDS; i++) {
        n += __atomic_load_n(&h->buckets[i], __ATOMIC_RELAXED);
        shown->buckets[i] = n;
    }

    shown->sum_us = __atomic_load_n(&h->sum_us, __ATOMIC_RELAXED);
}
