
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Recent secrets of one process: what a key was found to mean, so that its
 * digest is not made again for each request.  A table of fixed size, in which
 * a new entry takes the place of another.  What may change (an end of
 * validity) is asked again by the caller on each hit.  Good keys and wrong ones
 * belong into tables of their own, so that those who guess drive out nobody.
 *
 * Places are chosen by a hash whose seed nobody outside knows, and an entry
 * counts only if the whole key is the same, compared in constant time.
 */


#ifndef GATE_RECENT_H_INCLUDED_
#define GATE_RECENT_H_INCLUDED_


#include "gate_str.h"


#define GATE_RECENT_LEN  88               /* bytes of a key, at most */


typedef struct gate_recent_s  gate_recent_t;


/* "n" entries, a power of two; "seed" is random.  NULL: no memory */
gate_recent_t *gate_recent_create(size_t n, uint64_t seed);
void gate_recent_destroy(gate_recent_t *c);

/* NULL: not known */
void *gate_recent_get(const gate_recent_t *c, gate_str_t key);

/* "data" is not NULL; 0: the key is too long and not kept */
int gate_recent_put(gate_recent_t *c, gate_str_t key, void *data);

/* the place that a key has, below "n": it shares it with others */
size_t gate_recent_place(const gate_recent_t *c, gate_str_t key);


#endif /* GATE_RECENT_H_INCLUDED_ */
