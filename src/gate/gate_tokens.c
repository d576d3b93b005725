
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Verified-token cache of one process: sets of four, the least recently used
 * of a set goes.
 */


#include <stdlib.h>

#include "gate_tokens.h"


#define GATE_TOKENS_WAYS     4
#define GATE_TOKENS_ENTRIES  (1 << 24)


struct gate_tokens_s {
    gate_token_t          *entries;           /* used == 0: an empty one */
    uint64_t               mask;              /* number of sets less one */
    uint64_t               tick;
};


static gate_token_t *gate_tokens_set(gate_tokens_t *c,
    const unsigned char digest[GATE_SHA256_LEN]);


gate_tokens_t *
gate_tokens_create(size_t entries)
{
    size_t          sets;
    gate_tokens_t  *c;

    if (entries > GATE_TOKENS_ENTRIES) {
        return NULL;
    }

    sets = 1;

    while (sets * GATE_TOKENS_WAYS < entries) {
        sets *= 2;
    }

    c = calloc(1, sizeof(gate_tokens_t));
    if (c == NULL) {
        return NULL;
    }

    c->mask = sets - 1;
    c->entries = calloc(sets * GATE_TOKENS_WAYS, sizeof(gate_token_t));

    if (c->entries == NULL) {
        free(c);
        return NULL;
    }

    return c;
}


void
gate_tokens_destroy(gate_tokens_t *c)
{
    size_t  i;

    if (c == NULL) {
        return;
    }

    for (i = 0; i < (c->mask + 1) * GATE_TOKENS_WAYS; i++) {
        json_decref(c->entries[i].claims);
    }

    free(c->entries);
    free(c);
}


gate_token_t *
gate_tokens_get(gate_tokens_t *c, const unsigned char digest[GATE_SHA256_LEN])
{
    size_t         i;
    gate_token_t  *e;

    e = gate_tokens_set(c, digest);

    /*
     * An early end of the comparison tells a caller how alike two SHA-256
     * values are, and he can neither choose nor aim those.
     */

    for (i = 0; i < GATE_TOKENS_WAYS; i++) {
        if (e[i].used != 0
            && memcmp(e[i].digest, digest, GATE_SHA256_LEN) == 0)
        {
            e[i].used = ++c->tick;
            return &e[i];
        }
    }

    return NULL;
}


gate_token_t *
gate_tokens_put(gate_tokens_t *c, const unsigned char digest[GATE_SHA256_LEN])
{
    size_t         i;
    gate_token_t  *e, *set;

    e = gate_tokens_get(c, digest);

    if (e == NULL) {
        set = gate_tokens_set(c, digest);
        e = set;

        for (i = 1; i < GATE_TOKENS_WAYS; i++) {
            if (set[i].used < e->used) {
                e = &set[i];
            }
        }
    }

    gate_tokens_drop(c, e);

    memcpy(e->digest, digest, GATE_SHA256_LEN);
    e->used = ++c->tick;

    return e;
}


void
gate_tokens_drop(gate_tokens_t *c, gate_token_t *e)
{
    (void) c;

    json_decref(e->claims);
    memset(e, 0, sizeof(gate_token_t));
}


/* SHA-256 is evenly spread: its first bytes are the hash of the table */

static gate_token_t *
gate_tokens_set(gate_tokens_t *c, const unsigned char digest[GATE_SHA256_LEN])
{
    uint64_t  n;

    memcpy(&n, digest, sizeof(uint64_t));

    return &c->entries[(n & c->mask) * GATE_TOKENS_WAYS];
}
