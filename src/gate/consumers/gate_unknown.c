
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names that Redis does not know: sets of four, of which the one whose end
 * comes first goes.
 */


#include "gate_unknown.h"


#define GATE_UNKNOWN_WAYS  4


typedef struct {
    uint64_t               until_ms;          /* 0: none */
    uint32_t               value[2];
    uint16_t               stripe[2];
    uint8_t                kind;
    unsigned char          digest[GATE_SHA256_LEN];
} gate_unknown_entry_t;


struct gate_unknown_s {
    uint64_t               sets;              /* a power of two */
    gate_unknown_entry_t   entries[];
};


static size_t gate_unknown_set(const gate_unknown_t *u,
    const gate_cache_key_t *key);
static int gate_unknown_is(const gate_unknown_entry_t *e,
    const gate_cache_key_t *key);


gate_unknown_t *
gate_unknown_init(void *memory, size_t size)
{
    gate_unknown_t  *u;

    if (size < GATE_UNKNOWN_MIN) {
        return NULL;
    }

    u = memory;
    memset(memory, 0, size);

    size -= sizeof(gate_unknown_t);
    u->sets = 1;

    while (2 * u->sets * GATE_UNKNOWN_WAYS * sizeof(gate_unknown_entry_t)
           <= size)
    {
        u->sets *= 2;
    }

    return u;
}


int
gate_unknown_get(const gate_unknown_t *u, const gate_cache_key_t *key,
    gate_seen_t *seen, uint64_t *until_ms)
{
    size_t                       i, n;
    const gate_unknown_entry_t  *e;

    e = &u->entries[gate_unknown_set(u, key)];

    for (i = 0; i < GATE_UNKNOWN_WAYS; i++) {

        if (gate_unknown_is(&e[i], key)) {

            for (n = 0; n < 2; n++) {
                seen->stripe[n] = e[i].stripe[n];
                seen->value[n] = e[i].value[n];
            }

            *until_ms = e[i].until_ms;

            return 1;
        }
    }

    return 0;
}


void
gate_unknown_put(gate_unknown_t *u, const gate_cache_key_t *key,
    const gate_seen_t *seen, uint64_t until_ms)
{
    size_t                 i, n;
    gate_unknown_entry_t  *e, *oldest;

    e = &u->entries[gate_unknown_set(u, key)];
    oldest = e;

    for (i = 0; i < GATE_UNKNOWN_WAYS; i++) {

        if (gate_unknown_is(&e[i], key)) {
            oldest = &e[i];
            break;
        }

        if (e[i].until_ms < oldest->until_ms) {
            oldest = &e[i];
        }
    }

    /* it is none until it is whole */

    __atomic_store_n(&oldest->until_ms, 0, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);

    for (n = 0; n < 2; n++) {
        oldest->stripe[n] = (uint16_t) seen->stripe[n];
        oldest->value[n] = seen->value[n];
    }

    oldest->kind = (uint8_t) key->kind;
    memcpy(oldest->digest, key->digest, GATE_SHA256_LEN);

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&oldest->until_ms, until_ms, __ATOMIC_SEQ_CST);
}


size_t
gate_unknown_room(const gate_unknown_t *u)
{
    return u->sets * GATE_UNKNOWN_WAYS;
}


size_t
gate_unknown_count(const gate_unknown_t *u, uint64_t now_ms)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < u->sets * GATE_UNKNOWN_WAYS; i++) {
        n += (u->entries[i].until_ms > now_ms);
    }

    return n;
}


static size_t
gate_unknown_set(const gate_unknown_t *u, const gate_cache_key_t *key)
{
    uint64_t  hash;

    memcpy(&hash, key->digest, sizeof(hash));

    return (hash & (u->sets - 1)) * GATE_UNKNOWN_WAYS;
}


static int
gate_unknown_is(const gate_unknown_entry_t *e, const gate_cache_key_t *key)
{
    return e->until_ms != 0 && e->kind == key->kind
           && gate_digest_eq(e->digest, key->digest, GATE_SHA256_LEN);
}
