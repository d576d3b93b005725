
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Recent secrets of one process, in a table without lists.
 */


#include <stdlib.h>

#include <openssl/crypto.h>

#include "gate_hash.h"
#include "gate_recent.h"
#include "gate_same.h"


typedef struct {
    uint64_t               hash;
    void                  *data;              /* the caller's, NULL: empty */
    size_t                 len;
    unsigned char          key[GATE_RECENT_LEN];
} gate_recent_entry_t;


struct gate_recent_s {
    size_t                 n;
    uint64_t               seed;
    gate_recent_entry_t   *entries;
};


gate_recent_t *
gate_recent_create(size_t n, uint64_t seed)
{
    gate_recent_t  *c;

    c = malloc(sizeof(gate_recent_t));
    if (c == NULL) {
        return NULL;
    }

    c->n = n;
    c->seed = seed;
    c->entries = calloc(n, sizeof(gate_recent_entry_t));

    if (c->entries == NULL) {
        free(c);
        return NULL;
    }

    return c;
}


void
gate_recent_destroy(gate_recent_t *c)
{
    if (c == NULL) {
        return;
    }

    OPENSSL_cleanse(c->entries, c->n * sizeof(gate_recent_entry_t));
    free(c->entries);
    free(c);
}


void *
gate_recent_get(const gate_recent_t *c, gate_str_t key)
{
    uint64_t              hash;
    gate_recent_entry_t  *e;

    hash = gate_hash(key, c->seed);
    e = &c->entries[hash & (c->n - 1)];

    if (e->data == NULL || e->hash != hash || e->len != key.len
        || !gate_same(e->key, key.data, key.len))
    {
        return NULL;
    }

    return e->data;
}


int
gate_recent_put(gate_recent_t *c, gate_str_t key, void *data)
{
    uint64_t              hash;
    gate_recent_entry_t  *e;

    if (key.len > GATE_RECENT_LEN) {
        return 0;
    }

    hash = gate_hash(key, c->seed);
    e = &c->entries[hash & (c->n - 1)];

    e->hash = hash;
    e->data = data;
    e->len = key.len;
    memcpy(e->key, key.data, key.len);

    return 1;
}


size_t
gate_recent_place(const gate_recent_t *c, gate_str_t key)
{
    return gate_hash(key, c->seed) & (c->n - 1);
}
