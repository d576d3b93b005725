
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * XXH64 (xxHash specification 0.1.1): for tables, and for numbers that all
 * nodes compute alike.
 */


#ifndef GATE_XXH_H_INCLUDED_
#define GATE_XXH_H_INCLUDED_


#include "gate_str.h"


uint64_t gate_xxh64(gate_str_t in, uint64_t seed);

/* as "a NUL b" without joining them first; same result as gate_xxh64 of it */
uint64_t gate_xxh64_pair(gate_str_t a, gate_str_t b, uint64_t seed);


#endif /* GATE_XXH_H_INCLUDED_ */
