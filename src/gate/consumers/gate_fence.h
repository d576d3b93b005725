
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fence: what was remembered of Redis, is it still so?
 *
 * A name has a stripe, a number that is changed when something of that name
 * changed in Redis.  Who remembers an answer of Redis remembers the value of
 * the stripe, too, as it was BEFORE Redis was asked: while it is the same, no
 * change was heard of since.  Names that share a stripe cost one more question.
 *
 * That is worth as much as the node hears of changes: the fence has the time
 * until which it has heard of all of them.
 *
 * It is in memory that processes share: no pointers, no locks, and each number
 * is complete by itself, whoever dies at which instruction.
 */


#ifndef GATE_FENCE_H_INCLUDED_
#define GATE_FENCE_H_INCLUDED_


#include "gate_kind.h"
#include "gate_str.h"


#define GATE_FENCE_STRIPES    65536
#define GATE_FENCE_NEVER      UINT64_MAX


typedef struct {
    uint64_t               covered_ms;        /* 0: never yet */
    uint64_t               wanted_ms;
    uint32_t               epoch;
    uint32_t               stripes[GATE_FENCE_STRIPES];
} gate_fence_t;


/* all zero, but for a random number: what was remembered elsewhere is old */
void gate_fence_init(gate_fence_t *f, uint32_t random);

/*
 * The stripe of a name, which is as it is, not percent-encoded; that of a key
 * is the digest in 64 hex digits, in lower case.
 */
uint32_t gate_fence_at(gate_kind_e kind, gate_str_t name);

/* it changes with each bump of the stripe or of all, and does not come back */

static inline uint32_t
gate_fence_value(const gate_fence_t *f, uint32_t stripe)
{
    /* both numbers only grow: so does their sum, for 2^32 changes */

    return __atomic_load_n(&f->stripes[stripe], __ATOMIC_ACQUIRE)
           + __atomic_load_n(&f->epoch, __ATOMIC_ACQUIRE);
}


void gate_fence_bump(gate_fence_t *f, uint32_t stripe);
void gate_fence_bump_all(gate_fence_t *f);

/* ms of a monotonic clock since all was known; GATE_FENCE_NEVER */
uint64_t gate_fence_age(const gate_fence_t *f, uint64_t now_ms);

/*
 * Somebody has heard of, and bumped, all changes from "from_ms" to "until_ms".
 * 1: with what others heard nothing is missing, and all is known until then;
 * 0: there is a time before "from_ms" of which nobody has heard.
 */
int gate_fence_cover(gate_fence_t *f, uint64_t from_ms, uint64_t until_ms);

/* ... which others may have heard of, if they look now: they are asked to */
int gate_fence_wanted(const gate_fence_t *f);

/* the same, where there is such a time: all that was remembered is old */
void gate_fence_restart(gate_fence_t *f, uint64_t until_ms);


#endif /* GATE_FENCE_H_INCLUDED_ */
