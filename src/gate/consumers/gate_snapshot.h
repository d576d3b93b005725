
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Consumers that no configuration keeps: each with all it refers to in one
 * block of memory, which goes with the last reference.
 *
 * References are counted without atomics: a block belongs to one process and
 * one thread.  What outlives a request, or is shared by processes, keeps a
 * consumer's name and the generation it was read in, never an address; a cache
 * of one process may keep a reference.
 */


#ifndef GATE_SNAPSHOT_H_INCLUDED_
#define GATE_SNAPSHOT_H_INCLUDED_


#include "gate_model.h"


/*
 * "size" bytes of zeros, aligned as malloc() does, with one reference, which
 * is the caller's.  A consumer is counted once its member "snapshot" is the
 * block that it is in.  NULL: no memory.
 */
gate_snapshot_t *gate_snapshot_create(size_t size);
void *gate_snapshot_memory(gate_snapshot_t *s);

/*
 * One reference more, or less: c may be gone then.  Nothing is counted of one
 * that a configuration keeps, nor of NULL.
 */
gate_consumer_t *gate_snapshot_take(gate_consumer_t *c);
void gate_snapshot_release(gate_consumer_t *c);

/* the same consumer, wherever either is kept: by name */
int gate_snapshot_same(const gate_consumer_t *a, const gate_consumer_t *b);


#endif /* GATE_SNAPSHOT_H_INCLUDED_ */
