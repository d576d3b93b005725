
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which of several weighted lanes the stable number behind x-lane-hash chooses:
 * Envoy's weighted_clusters.header_name takes it modulo the sum of weights.
 */


#ifndef GATE_SPLIT_H_INCLUDED_
#define GATE_SPLIT_H_INCLUDED_


#include "gate_str.h"


/* which of n weights the value falls into, in list order; n if all are 0 */
size_t gate_split_pick(uint64_t value, const uint32_t *weights, size_t n);


#endif /* GATE_SPLIT_H_INCLUDED_ */
