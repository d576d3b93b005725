
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens that one process has minted, by what they say: a table of fixed size,
 * in which a new one takes the place of the one that ends first among its few
 * neighbours.
 */


#ifndef GATE_MINTED_H_INCLUDED_
#define GATE_MINTED_H_INCLUDED_


#include "gate_str.h"


#define GATE_MINTED_MAX   8192            /* bytes of an entry, at most */


typedef struct gate_minted_s  gate_minted_t;


/* "n" entries, a power of two, 4 at least; "seed" is random; NULL: no memory */
gate_minted_t *gate_minted_create(size_t n, uint64_t seed);
void gate_minted_destroy(gate_minted_t *c);

/* 1: *value is what was put under that key, good until the next put; 0: there
 * is none whose end is after "now" */
int gate_minted_get(const gate_minted_t *c, gate_str_t key, int64_t now_s,
    gate_str_t *value);

/* copies of both; too large or no memory: it is not kept */
void gate_minted_put(gate_minted_t *c, gate_str_t key, gate_str_t value,
    int64_t end_s);


#endif /* GATE_MINTED_H_INCLUDED_ */
