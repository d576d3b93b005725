
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * XXH64 (xxHash specification 0.1.1), the stable number behind x-lane-hash:
 * Envoy's weighted_clusters.header_name takes it modulo the sum of weights.
 */


#ifndef GATE_SPLIT_H_INCLUDED_
#define GATE_SPLIT_H_INCLUDED_


#include "gate_str.h"


uint64_t gate_xxh64(gate_str_t in, uint64_t seed);

/* as "a NUL b" without joining them first; same result as gate_xxh64 of it */
uint64_t gate_xxh64_pair(gate_str_t a, gate_str_t b, uint64_t seed);

/* which of n weights the value falls into, in list order; n if all are 0 */
size_t gate_split_pick(uint64_t value, const uint32_t *weights, size_t n);


#endif /* GATE_SPLIT_H_INCLUDED_ */
