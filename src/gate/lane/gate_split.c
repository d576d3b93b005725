
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Weighted choice: the share of a lane in all numbers.
 */


#include "gate_split.h"


size_t
gate_split_pick(uint64_t value, const uint32_t *weights, size_t n)
{
    size_t    i;
    uint64_t  sum;

    sum = 0;

    for (i = 0; i < n; i++) {
        sum += weights[i];
    }

    if (sum == 0) {
        return n;
    }

    value %= sum;

    for (i = 0; value >= weights[i]; i++) {
        value -= weights[i];
    }

    return i;
}
