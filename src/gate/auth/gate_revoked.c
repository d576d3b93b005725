
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens that were asked for: sets of a few answers, the latest one first.
 */


#include "gate_revoked.h"
#include "gate_xxh.h"

#include <stdlib.h>


#define GATE_REVOKED_WAYS  4


typedef struct {
    uint64_t               hash[2];
    uint32_t               fence;
    gate_revoked_e         answer;
} gate_revoked_entry_t;


struct gate_revoked_s {
    uint64_t               seed;
    size_t                 sets;              /* a power of 2 */
    gate_revoked_entry_t   entries[];
};


static gate_revoked_entry_t *gate_revoked_set(const gate_revoked_t *t,
    gate_str_t name, uint64_t hash[2]);
static size_t gate_revoked_find(const gate_revoked_entry_t *set,
    const uint64_t hash[2]);


gate_revoked_t *
gate_revoked_create(size_t n, uint64_t seed)
{
    size_t           sets;
    gate_revoked_t  *t;

    for (sets = 1; sets * GATE_REVOKED_WAYS < n; sets *= 2) { /* void */ }

    t = calloc(1, sizeof(gate_revoked_t)
                  + sets * GATE_REVOKED_WAYS * sizeof(gate_revoked_entry_t));
    if (t == NULL) {
        return NULL;
    }

    t->seed = seed;
    t->sets = sets;

    return t;
}


void
gate_revoked_destroy(gate_revoked_t *t)
{
    free(t);
}


gate_revoked_e
gate_revoked_get(const gate_revoked_t *t, gate_str_t name, uint32_t fence)
{
    size_t                 i;
    uint64_t               hash[2];
    gate_revoked_entry_t  *set;

    set = gate_revoked_set(t, name, hash);
    i = gate_revoked_find(set, hash);

    return (i < GATE_REVOKED_WAYS && set[i].fence == fence)
           ? set[i].answer : GATE_REVOKED_UNKNOWN;
}


void
gate_revoked_put(gate_revoked_t *t, gate_str_t name, uint32_t fence,
    gate_revoked_e answer)
{
    size_t                 i;
    uint64_t               hash[2];
    gate_revoked_entry_t  *set;

    set = gate_revoked_set(t, name, hash);
    i = gate_revoked_find(set, hash);

    if (i == GATE_REVOKED_WAYS) {
        i--;
    }

    memmove(&set[1], set, i * sizeof(gate_revoked_entry_t));

    set[0].hash[0] = hash[0];
    set[0].hash[1] = hash[1];
    set[0].fence = fence;
    set[0].answer = answer;
}


static gate_revoked_entry_t *
gate_revoked_set(const gate_revoked_t *t, gate_str_t name, uint64_t hash[2])
{
    hash[0] = gate_xxh64(name, t->seed);
    hash[1] = gate_xxh64(name, ~t->seed);

    return (gate_revoked_entry_t *) t->entries
           + (hash[0] & (t->sets - 1)) * GATE_REVOKED_WAYS;
}


static size_t
gate_revoked_find(const gate_revoked_entry_t *set, const uint64_t hash[2])
{
    size_t  i;

    for (i = 0; i < GATE_REVOKED_WAYS; i++) {
        if (set[i].hash[0] == hash[0] && set[i].hash[1] == hash[1]) {
            break;
        }
    }

    return i;
}
