
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names that Redis does not know, in memory that processes share: entries of
 * one size, each in one of a few places, so that what strangers make up drives
 * out what other strangers made up, and nothing else.
 *
 * The caller holds a lock around each call.  Who dies with it leaves an entry
 * that is none.
 */


#ifndef GATE_UNKNOWN_H_INCLUDED_
#define GATE_UNKNOWN_H_INCLUDED_


#include "gate_cache.h"


#define GATE_UNKNOWN_MIN   4096               /* bytes */


typedef struct gate_unknown_s  gate_unknown_t;


/* in memory of that size, aligned as malloc() does; NULL: it is too small */
gate_unknown_t *gate_unknown_init(void *memory, size_t size);

/* 1: it was unknown when *seen was seen, which counts until *until_ms */
int gate_unknown_get(const gate_unknown_t *u, const gate_cache_key_t *key,
    gate_seen_t *seen, uint64_t *until_ms);
void gate_unknown_put(gate_unknown_t *u, const gate_cache_key_t *key,
    const gate_seen_t *seen, uint64_t until_ms);

/* how many it has room for, and how many count now */
size_t gate_unknown_room(const gate_unknown_t *u);
size_t gate_unknown_count(const gate_unknown_t *u, uint64_t now_ms);


#endif /* GATE_UNKNOWN_H_INCLUDED_ */
