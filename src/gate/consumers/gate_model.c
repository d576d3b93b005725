
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Consumers, keys, claims and what else proves a consumer: open-addressing
 * tables, filled once.
 */


#include <stdlib.h>

#include "gate_model.h"
#include "gate_hex.h"
#include "gate_list.h"
#include "gate_xxh.h"
#include "gate_table.h"


typedef struct {
    gate_str_t             issuer;
    gate_str_t             value;
    gate_credential_t      credential;
} gate_claim_t;


/* what a credential is found by, if it is no key */

typedef struct {
    gate_kind_e            kind;
    gate_str_t             name;
} gate_model_name_t;


struct gate_model_s {
    gate_table_t           consumers;     /* of credentials that name them */
    gate_table_t           keys;
    gate_table_t           claims;
    gate_table_t           credentials;   /* of all other kinds */
};


static gate_model_rc_e gate_model_rc(gate_table_rc_e rc);
static int gate_consumer_eq(const void *item, const void *key);
static int gate_credential_eq(const void *item, const void *key);
static int gate_claim_eq(const void *item, const void *key);
static int gate_name_of_kind_eq(const void *item, const void *key);
static gate_claim_t *gate_model_claimed(const gate_model_t *m,
    gate_str_t issuer, gate_str_t value);
static void gate_model_free(gate_table_t *t, int items);
static uint64_t gate_model_name_hash(gate_kind_e kind, gate_str_t name);
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
    m->credentials.eq = gate_name_of_kind_eq;

    return m;
}


void
gate_model_destroy(gate_model_t *m)
{
    if (m == NULL) {
        return;
    }

    gate_model_free(&m->claims, 1);
    gate_model_free(&m->consumers, 1);
    gate_model_free(&m->keys, 0);
    gate_model_free(&m->credentials, 0);
    free(m);
}


static void
gate_model_free(gate_table_t *t, int items)
{
    size_t  i;

    for (i = 0; items && i < t->size; i++) {
        free(t->entries[i].item);
    }

    gate_table_free(t);
}


gate_model_rc_e
gate_model_add_consumer(gate_model_t *m, gate_consumer_t *c)
{
    gate_model_rc_e     rc;
    gate_credential_t  *k;

    k = calloc(1, sizeof(gate_credential_t));
    if (k == NULL) {
        return GATE_MODEL_NO_MEMORY;
    }

    k->kind = GATE_KIND_CONSUMER;
    k->name = c->name;
    k->id = c->name;
    k->consumer = c;

    rc = gate_model_rc(gate_table_add(&m->consumers, gate_xxh64(c->name, 0),
                                      &c->name, k));
    if (rc != GATE_MODEL_OK) {
        free(k);
    }

    return rc;
}


gate_model_rc_e
gate_model_add(gate_model_t *m, gate_kind_e kind, gate_str_t name,
    gate_credential_t *k)
{
    gate_model_name_t  key;

    k->kind = kind;

    if (kind == GATE_KIND_KEY) {
        return gate_model_add_key(m, k);
    }

    key.kind = kind;
    key.name = name;
    k->name = name;

    return gate_model_rc(gate_table_add(&m->credentials,
                                        gate_model_name_hash(kind, name),
                                        &key, k));
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

    claim = calloc(1, sizeof(gate_claim_t));
    if (claim == NULL) {
        return GATE_MODEL_NO_MEMORY;
    }

    claim->issuer = issuer;
    claim->value = value;
    claim->credential.kind = GATE_KIND_CLAIM;
    claim->credential.name = value;
    claim->credential.id = issuer;
    claim->credential.consumer = c;

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
    const gate_credential_t  *k;

    k = gate_table_find(&m->consumers, gate_xxh64(name, 0), &name);

    return (k == NULL) ? NULL : k->consumer;
}


gate_credential_t *
gate_model_credential(const gate_model_t *m, gate_kind_e kind,
    gate_str_t name)
{
    gate_claim_t       *claim;
    gate_model_name_t   key;
    gate_credential_t  *k;
    unsigned char       digest[GATE_SHA256_LEN], *eq;

    switch (kind) {

    case GATE_KIND_KEY:
        return (name.len == 2 * GATE_SHA256_LEN
                && gate_hex_read(name.data, digest, GATE_SHA256_LEN))
               ? gate_model_key(m, digest) : NULL;

    case GATE_KIND_CLAIM:
        eq = name.len ? memchr(name.data, '=', name.len) : NULL;

        claim = (eq == NULL) ? NULL : gate_model_claimed(m,
                    gate_str(name.data, (size_t) (eq - name.data)),
                    gate_str(eq + 1,
                             (size_t) (name.data + name.len - eq - 1)));

        return (claim == NULL) ? NULL : &claim->credential;

    case GATE_KIND_CONSUMER:
        k = gate_table_find(&m->consumers, gate_xxh64(name, 0), &name);

        return (k == NULL || k->consumer->stands_in) ? NULL : k;

    default:
        key.kind = kind;
        key.name = name;

        return gate_table_find(&m->credentials,
                               gate_model_name_hash(kind, name), &key);
    }
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
    const gate_claim_t  *claim;

    claim = gate_model_claimed(m, issuer, value);

    return (claim == NULL) ? NULL : claim->credential.consumer;
}


static gate_claim_t *
gate_model_claimed(const gate_model_t *m, gate_str_t issuer,
    gate_str_t value)
{
    gate_claim_t  key;

    key.issuer = issuer;
    key.value = value;

    return gate_table_find(&m->claims, gate_xxh64_pair(issuer, value, 0),
                           &key);
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
    const gate_str_t         *name = key;
    const gate_credential_t  *k = item;

    return gate_str_eq(k->name, *name);
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


static int
gate_name_of_kind_eq(const void *item, const void *key)
{
    const gate_model_name_t  *name = key;
    const gate_credential_t  *k = item;

    return k->kind == name->kind && gate_str_eq(k->name, name->name);
}


static uint64_t
gate_model_name_hash(gate_kind_e kind, gate_str_t name)
{
    return gate_xxh64(name, (uint64_t) kind);
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
