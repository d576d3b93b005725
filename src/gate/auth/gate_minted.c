
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens that one process has minted.
 */


#include <stdlib.h>

#include <openssl/crypto.h>

#include "gate_hash.h"
#include "gate_minted.h"


#define GATE_MINTED_WAYS  4                   /* places that a key may have */


typedef struct {
    uint64_t               hash;
    int64_t                end_s;
    size_t                 nkey;
    size_t                 nvalue;
    unsigned char         *bytes;             /* key, value; NULL: empty */
} gate_minted_entry_t;


struct gate_minted_s {
    size_t                 n;
    uint64_t               seed;
    gate_minted_entry_t   *entries;
};


static gate_minted_entry_t *gate_minted_set(const gate_minted_t *c,
    uint64_t hash);
static gate_minted_entry_t *gate_minted_find(const gate_minted_t *c,
    gate_str_t key, uint64_t hash);
static gate_minted_entry_t *gate_minted_victim(const gate_minted_t *c,
    uint64_t hash);
static void gate_minted_drop(gate_minted_entry_t *e);


gate_minted_t *
gate_minted_create(size_t n, uint64_t seed)
{
    gate_minted_t  *c;

    c = malloc(sizeof(gate_minted_t));
    if (c == NULL) {
        return NULL;
    }

    c->n = n;
    c->seed = seed;
    c->entries = calloc(n, sizeof(gate_minted_entry_t));

    if (c->entries == NULL) {
        free(c);
        return NULL;
    }

    return c;
}


void
gate_minted_destroy(gate_minted_t *c)
{
    size_t  i;

    if (c == NULL) {
        return;
    }

    for (i = 0; i < c->n; i++) {
        gate_minted_drop(&c->entries[i]);
    }

    free(c->entries);
    free(c);
}


int
gate_minted_get(const gate_minted_t *c, gate_str_t key, int64_t now_s,
    gate_str_t *value)
{
    gate_minted_entry_t  *e;

    e = gate_minted_find(c, key, gate_hash(key, c->seed));

    if (e == NULL || e->end_s <= now_s) {
        return 0;
    }

    *value = gate_str(e->bytes + e->nkey, e->nvalue);

    return 1;
}


void
gate_minted_put(gate_minted_t *c, gate_str_t key, gate_str_t value,
    int64_t end_s)
{
    uint64_t              hash;
    unsigned char        *bytes;
    gate_minted_entry_t  *e;

    if (key.len > GATE_MINTED_MAX || value.len > GATE_MINTED_MAX - key.len) {
        return;
    }

    bytes = malloc(key.len + value.len + 1);
    if (bytes == NULL) {
        return;
    }

    hash = gate_hash(key, c->seed);
    e = gate_minted_find(c, key, hash);

    if (e == NULL) {
        e = gate_minted_victim(c, hash);
    }

    gate_minted_drop(e);

    e->hash = hash;
    e->end_s = end_s;
    e->nkey = key.len;
    e->nvalue = value.len;
    e->bytes = bytes;

    (void) gate_str_copy(gate_str_copy(bytes, key), value);
}


static gate_minted_entry_t *
gate_minted_set(const gate_minted_t *c, uint64_t hash)
{
    return &c->entries[hash & (c->n - 1) & ~(uint64_t) (GATE_MINTED_WAYS - 1)];
}


static gate_minted_entry_t *
gate_minted_find(const gate_minted_t *c, gate_str_t key, uint64_t hash)
{
    size_t                i;
    gate_minted_entry_t  *e;

    e = gate_minted_set(c, hash);

    for (i = 0; i < GATE_MINTED_WAYS; i++) {
        if (e[i].bytes != NULL && e[i].hash == hash
            && gate_str_eq(gate_str(e[i].bytes, e[i].nkey), key))
        {
            return &e[i];
        }
    }

    return NULL;
}


static gate_minted_entry_t *
gate_minted_victim(const gate_minted_t *c, uint64_t hash)
{
    size_t                i;
    gate_minted_entry_t  *e, *victim;

    e = gate_minted_set(c, hash);
    victim = e;

    for (i = 0; i < GATE_MINTED_WAYS; i++) {

        if (e[i].bytes == NULL) {
            return &e[i];
        }

        if (e[i].end_s < victim->end_s) {
            victim = &e[i];
        }
    }

    return victim;
}


static void
gate_minted_drop(gate_minted_entry_t *e)
{
    if (e->bytes == NULL) {
        return;
    }

    OPENSSL_cleanse(e->bytes, e->nkey + e->nvalue);
    free(e->bytes);

    e->bytes = NULL;
}
