
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Consumers, keys and claims: three open-addressing tables, filled once.
 */


#include <stdlib.h>

#include "gate_model.h"
#include "gate_list.h"
#include "gate_xxh.h"
#include "gate_table.h"


typedef struct {
    gate_str_t             issuer;
    gate_str_t             value;
    gate_consumer_t       *consumer;
} gate_claim_t;


struct gate_model_s {
    gate_table_t           consumers;
    gate_table_t           keys;
    gate_table_t           claims;
};


static gate_model_rc_e gate_model_rc(gate_table_rc_e rc);
static int gate_consumer_eq(const void *item, const void *key);
static int gate_credential_eq(const void *item, const void *key);
static int gate_claim_eq(const void *item, const void *key);
static uint64_t gate_credential_hash(const unsigned char *digest);
static int gate_consumer_lists(const gate_str_t *list, size_t n, gate_str_t s);


gate_model_t *
gate_model_create(void)
{
    gate_model_t  *m;

    m = calloc(1, sizeof(gate_model_t));
    if (m == NULL) {
        return NULL;
    }

    m->consumers.eq = gate_consumer_eq;
    m->keys.eq = gate_credential_eq;
    m->claims.eq = gate_claim_eq;

    return m;
}


void
gate_model_destroy(gate_model_t *m)
{
    size_t  i;

    if (m == NULL) {
        return;
    }

    for (i = 0; i < m->claims.size; i++) {
        free(m->claims.entries[i].item);
    }

    gate_table_free(&m->claims);
    gate_table_free(&m->keys);
    gate_table_free(&m->consumers);
    free(m);
}


gate_model_rc_e
gate_model_add_consumer(gate_model_t *m, gate_consumer_t *c)
{
    return gate_model_rc(gate_table_add(&m->consumers, gate_xxh64(c->name, 0),
                                        &c->name, c));
}


gate_model_rc_e
gate_model_add_key(gate_model_t *m, gate_credential_t *k)
{
    return gate_model_rc(gate_table_add(&m->keys,
                                        gate_credential_hash(k->digest),
                                        k->digest, k));
}


gate_model_rc_e
gate_model_add_claim(gate_model_t *m, gate_str_t issuer, gate_str_t value,
    gate_consumer_t *c)
{
    gate_claim_t     *claim;
    gate_model_rc_e   rc;

    claim = malloc(sizeof(gate_claim_t));
    if (claim == NULL) {
        return GATE_MODEL_NO_MEMORY;
    }

    claim->issuer = issuer;
    claim->value = value;
    claim->consumer = c;

    rc = gate_model_rc(gate_table_add(&m->claims,
                                      gate_xxh64_pair(issuer, value, 0),
                                      claim, claim));
    if (rc != GATE_MODEL_OK) {
        free(claim);
    }

    return rc;
}


gate_consumer_t *
gate_model_consumer(const gate_model_t *m, gate_str_t name)
{
    return gate_table_find(&m->consumers, gate_xxh64(name, 0), &name);
}


gate_credential_t *
gate_model_key(const gate_model_t *m,
    const unsigned char digest[GATE_SHA256_LEN])
{
    return gate_table_find(&m->keys, gate_credential_hash(digest), digest);
}


gate_consumer_t *
gate_model_claim(const gate_model_t *m, gate_str_t issuer, gate_str_t value)
{
    gate_claim_t  key, *claim;

    key.issuer = issuer;
    key.value = value;
    key.consumer = NULL;

    claim = gate_table_find(&m->claims, gate_xxh64_pair(issuer, value, 0),
                            &key);

    return (claim == NULL) ? NULL : claim->consumer;
}


gate_consumer_t *
gate_model_named(const gate_model_t *m, gate_str_t name)
{
    gate_consumer_t  *c;

    c = gate_model_consumer(m, name);

    return (c == NULL || c->stands_in) ? NULL : c;
}


int
gate_consumer_in_group(const gate_consumer_t *c, gate_str_t group)
{
    return gate_consumer_lists(c->groups, c->ngroups, group);
}


int
gate_consumer_has_scope(const gate_consumer_t *c, gate_str_t scope)
{
    return gate_consumer_lists(c->scopes, c->nscopes, scope);
}


static gate_model_rc_e
gate_model_rc(gate_table_rc_e rc)
{
    switch (rc) {

    case GATE_TABLE_OK:
        return GATE_MODEL_OK;

    case GATE_TABLE_DUPLICATE:
        return GATE_MODEL_DUPLICATE;

    default: /* GATE_TABLE_NO_MEMORY */
        return GATE_MODEL_NO_MEMORY;
    }
}


static int
gate_consumer_eq(const void *item, const void *key)
{
    const gate_str_t       *name = key;
    const gate_consumer_t  *c = item;

    return gate_str_eq(c->name, *name);
}


static int
gate_credential_eq(const void *item, const void *key)
{
    const unsigned char      *digest = key;
    const gate_credential_t  *k = item;

    return gate_digest_eq(k->digest, digest, GATE_SHA256_LEN);
}


static int
gate_claim_eq(const void *item, const void *key)
{
    const gate_claim_t  *a = item;
    const gate_claim_t  *b = key;

    return gate_str_eq(a->issuer, b->issuer) && gate_str_eq(a->value, b->value);
}


/* SHA-256 mixes better than we would; only this process sees the number */

static uint64_t
gate_credential_hash(const unsigned char *digest)
{
    uint64_t  hash;

    memcpy(&hash, digest, sizeof(hash));

    return hash;
}


static int
gate_consumer_lists(const gate_str_t *list, size_t n, gate_str_t s)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (gate_str_eq(list[i], s)) {
            return 1;
        }
    }

    return 0;
}


gate_str_t
gate_consumer_pin(const gate_consumer_t *c, gate_str_t api)
{
    size_t      pos;
    gate_str_t  pin;

    pos = 0;

    while (gate_list_next(c->pins_text, &pos, &pin)) {
        if (pin.len > api.len && pin.data[api.len] == '='
            && gate_str_eq(gate_str(pin.data, api.len), api))
        {
            return gate_str(pin.data + api.len + 1, pin.len - api.len - 1);
        }
    }

    return gate_str(NULL, 0);
}
