
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What Redis said of callers, in memory that processes share: entries of any
 * length in chunks of one size, so that nothing is ever fragmented, and none
 * larger than it has to be.
 *
 * An entry is found by its kind and the SHA-256 of its name.  With it stand
 * the stripes of the fence (see gate_fence.h) that it depends on, and their
 * values from before Redis was asked.  When there is no room, one goes that
 * was not asked for lately.
 *
 * The caller holds a lock around each call.  Who dies with it leaves a mark
 * behind, if he was changing something: the next one finds it, and the cache
 * is empty then.  It has no pointers, only indices.
 */


#ifndef GATE_CACHE_H_INCLUDED_
#define GATE_CACHE_H_INCLUDED_


#include "gate_model.h"


#define GATE_CACHE_CHUNK   64                 /* bytes */
#define GATE_CACHE_MIN     65536              /* bytes of a cache */
#define GATE_CACHE_MAX     16384              /* bytes of an entry */


typedef struct gate_cache_s  gate_cache_t;


typedef struct {
    gate_kind_e            kind;
    unsigned char          digest[GATE_SHA256_LEN];   /* of the name */
} gate_cache_key_t;


typedef struct {
    uint64_t               entries;
    uint64_t               bytes;             /* of all chunks */
    uint64_t               used;              /* ... of those in use */
    uint64_t               evicted;           /* so far: there was no room */
    uint64_t               emptied;           /* times: somebody died in it */
} gate_cache_stat_t;


/* in memory of that size, aligned as malloc() does; NULL: it is too small */
gate_cache_t *gate_cache_init(void *memory, size_t size);

/* into buf of GATE_CACHE_MAX bytes; gives the length, 0: it is not there */
size_t gate_cache_get(gate_cache_t *c, const gate_cache_key_t *key,
    gate_seen_t *seen, unsigned char *buf);

/* in the place of the one of that key; 0: it is too large */
int gate_cache_put(gate_cache_t *c, const gate_cache_key_t *key,
    const gate_seen_t *seen, gate_str_t data);

void gate_cache_drop(gate_cache_t *c, const gate_cache_key_t *key);

void gate_cache_stat(gate_cache_t *c, gate_cache_stat_t *stat);

/* for tests: is it whole?  NULL, or what is not */
const char *gate_cache_check(gate_cache_t *c);


#endif /* GATE_CACHE_H_INCLUDED_ */
