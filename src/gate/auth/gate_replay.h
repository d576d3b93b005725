
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What was seen before, until it would not be taken any more: digests in a
 * piece of memory of fixed size.  Nothing that still counts makes room for
 * another.  A word alone makes an entry, so that one who dies on the way has
 * written it or has not.
 */


#ifndef GATE_REPLAY_H_INCLUDED_
#define GATE_REPLAY_H_INCLUDED_


#include "gate_str.h"


#define GATE_REPLAY_LEN  24                   /* bytes of a digest that count */
#define GATE_REPLAY_WAY  32                   /* places that one may have */


typedef enum {
    GATE_REPLAY_NEW = 0,                      /* it is remembered now */
    GATE_REPLAY_SEEN,
    GATE_REPLAY_FULL
} gate_replay_rc_e;


typedef struct {
    unsigned char          digest[GATE_REPLAY_LEN];
    int64_t                ends_s;            /* 0: empty; it counts until it */
} gate_replay_slot_t;


typedef struct {
    uint64_t               seed;
    uint64_t               n;                 /* slots */
    uint64_t               evicted;           /* over whose time another is */
    gate_replay_slot_t     slots[1];
} gate_replay_t;


/* "size" bytes of zeros, aligned; "seed" is random; 0: too few */
int gate_replay_init(gate_replay_t *t, size_t size, uint64_t seed);

/* digest: GATE_REPLAY_LEN bytes at least; the caller holds the lock */
gate_replay_rc_e gate_replay_add_locked(gate_replay_t *t,
    const unsigned char *digest, int64_t ends_s, int64_t now_s);

/* entries that count now */
uint64_t gate_replay_used_locked(const gate_replay_t *t, int64_t now_s);


#endif /* GATE_REPLAY_H_INCLUDED_ */
