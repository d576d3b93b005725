
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Durations as Go writes them, which Consul takes: "10s", "1h30m", "1.5s".
 */


#ifndef MESH_DURATION_H_INCLUDED_
#define MESH_DURATION_H_INCLUDED_


#include "gate_str.h"


#define MESH_DURATION_MAX  315360000000LL     /* ms: ten years */


/* 1: it is one of 0 to MESH_DURATION_MAX; parts of a ms are cut */
int mesh_duration_parse(gate_str_t text, int64_t *ms);


#endif /* MESH_DURATION_H_INCLUDED_ */
