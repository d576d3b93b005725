
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What was seen before: a table in which each digest has a few places.
 */


#include "gate_hash.h"
#include "gate_replay.h"
#include "gate_same.h"


int
gate_replay_init(gate_replay_t *t, size_t size, uint64_t seed)
{
    if (size < sizeof(gate_replay_t)
               + GATE_REPLAY_WAY * sizeof(gate_replay_slot_t))
    {
        return 0;
    }

    t->seed = seed;
    t->n = (size - offsetof(gate_replay_t, slots)) / sizeof(gate_replay_slot_t);
    t->evicted = 0;

    return 1;
}


gate_replay_rc_e
gate_replay_add_locked(gate_replay_t *t, const unsigned char *digest,
    int64_t ends_s, int64_t now_s)
{
    size_t               i;
    uint64_t             at;
    gate_replay_slot_t  *slot, *free;

    at = gate_hash(gate_str(digest, GATE_REPLAY_LEN), t->seed) % t->n;
    free = NULL;

    for (i = 0; i < GATE_REPLAY_WAY; i++) {

        slot = &t->slots[(at + i) % t->n];

        if (slot->ends_s >= now_s) {

            if (gate_same(slot->digest, digest, GATE_REPLAY_LEN)) {
                return GATE_REPLAY_SEEN;
            }

            continue;
        }

        /* of those whose time is over the one that ended first goes */

        if (free == NULL || slot->ends_s < free->ends_s) {
            free = slot;
        }
    }

    if (ends_s < now_s) {
        /* it counts no more: who asks refuses it for its time */
        return GATE_REPLAY_NEW;
    }

    if (free == NULL) {
        return GATE_REPLAY_FULL;
    }

    t->evicted += (free->ends_s != 0);

    free->ends_s = 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);

    memcpy(free->digest, digest, GATE_REPLAY_LEN);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);

    free->ends_s = ends_s;

    return GATE_REPLAY_NEW;
}


uint64_t
gate_replay_used_locked(const gate_replay_t *t, int64_t now_s)
{
    uint64_t  i, n;

    n = 0;

    for (i = 0; i < t->n; i++) {
        n += (t->slots[i].ends_s >= now_s && t->slots[i].ends_s != 0);
    }

    return n;
}
