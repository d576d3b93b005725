
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Consumers, keys and claims: three open-addressing tables, filled once.
 */


#include <stdlib.h>

#include "gate_model.h"
#include "gate_split.h"


#define GATE_TABLE_MIN   16

#define GATE_DAY_S       86400
#define GATE_YEAR_MIN    1970


typedef int (*gate_table_eq_pt)(const void *item, const void *key);


typedef struct {
    uint64_t               hash;
    void                  *item;              /* NULL: free */
} gate_slot_t;


typedef struct {
    gate_slot_t           *slots;
    size_t                 size;              /* 0 or a power of two */
    size_t                 n;
    gate_table_eq_pt       eq;
} gate_table_t;


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


static void *gate_table_find(const gate_table_t *t, uint64_t hash,
    const void *key);
static gate_model_rc_e gate_table_add(gate_table_t *t, uint64_t hash,
    const void *key, void *item);
static int gate_table_grow(gate_table_t *t);
static void gate_table_put(gate_table_t *t, uint64_t hash, void *item);
static int gate_consumer_eq(const void *item, const void *key);
static int gate_credential_eq(const void *item, const void *key);
static int gate_claim_eq(const void *item, const void *key);
static uint64_t gate_credential_hash(const unsigned char *digest);
static int gate_list_has(const gate_str_t *list, size_t n, gate_str_t s);
static int64_t gate_date_number(const unsigned char *p, size_t n);
static int64_t gate_date_leap_days(int64_t year);


static const unsigned char  gate_date_months[] = {
    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
};


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
        free(m->claims.slots[i].item);
    }

    free(m->claims.slots);
    free(m->keys.slots);
    free(m->consumers.slots);
    free(m);
}


gate_model_rc_e
gate_model_add_consumer(gate_model_t *m, gate_consumer_t *c)
{
    return gate_table_add(&m->consumers, gate_xxh64(c->name, 0), &c->name, c);
}


gate_model_rc_e
gate_model_add_key(gate_model_t *m, gate_credential_t *k)
{
    return gate_table_add(&m->keys, gate_credential_hash(k->digest), k->digest,
                          k);
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

    rc = gate_table_add(&m->claims, gate_xxh64_pair(issuer, value, 0), claim,
                        claim);
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
    return gate_list_has(c->groups, c->ngroups, group);
}


int
gate_consumer_has_scope(const gate_consumer_t *c, gate_str_t scope)
{
    return gate_list_has(c->scopes, c->nscopes, scope);
}


int64_t
gate_date_end(gate_str_t text)
{
    int      leap;
    int64_t  year, month, day, days, i;

    if (text.len != 10 || text.data[4] != '-' || text.data[7] != '-') {
        return -1;
    }

    year = gate_date_number(text.data, 4);
    month = gate_date_number(text.data + 5, 2);
    day = gate_date_number(text.data + 8, 2);

    if (year < GATE_YEAR_MIN || month < 1 || month > 12 || day < 1) {
        return -1;
    }

    leap = (gate_date_leap_days(year + 1) != gate_date_leap_days(year));

    if (day > gate_date_months[month - 1] + (month == 2 && leap)) {
        return -1;
    }

    days = (year - GATE_YEAR_MIN) * 365 + gate_date_leap_days(year)
           - gate_date_leap_days(GATE_YEAR_MIN) + day;

    for (i = 0; i < month - 1; i++) {
        days += gate_date_months[i];
    }

    if (month > 2 && leap) {
        days++;
    }

    return days * GATE_DAY_S - 1;
}


static void *
gate_table_find(const gate_table_t *t, uint64_t hash, const void *key)
{
    size_t  i;

    if (t->size == 0) {
        return NULL;
    }

    i = (size_t) hash & (t->size - 1);

    while (t->slots[i].item != NULL) {
        if (t->slots[i].hash == hash && t->eq(t->slots[i].item, key)) {
            return t->slots[i].item;
        }

        i = (i + 1) & (t->size - 1);
    }

    return NULL;
}


static gate_model_rc_e
gate_table_add(gate_table_t *t, uint64_t hash, const void *key, void *item)
{
    if (gate_table_find(t, hash, key) != NULL) {
        return GATE_MODEL_DUPLICATE;
    }

    /* half full at most: a miss costs one or two looks */

    if (t->n >= t->size / 2 && !gate_table_grow(t)) {
        return GATE_MODEL_NO_MEMORY;
    }

    gate_table_put(t, hash, item);
    t->n++;

    return GATE_MODEL_OK;
}


static int
gate_table_grow(gate_table_t *t)
{
    size_t         i;
    gate_table_t   old;

    if (t->size > SIZE_MAX / 2) {
        return 0;
    }

    old = *t;

    t->size = (old.size == 0) ? GATE_TABLE_MIN : old.size * 2;

    t->slots = calloc(t->size, sizeof(gate_slot_t));
    if (t->slots == NULL) {
        *t = old;
        return 0;
    }

    for (i = 0; i < old.size; i++) {
        if (old.slots[i].item != NULL) {
            gate_table_put(t, old.slots[i].hash, old.slots[i].item);
        }
    }

    free(old.slots);

    return 1;
}


static void
gate_table_put(gate_table_t *t, uint64_t hash, void *item)
{
    size_t  i;

    i = (size_t) hash & (t->size - 1);

    while (t->slots[i].item != NULL) {
        i = (i + 1) & (t->size - 1);
    }

    t->slots[i].hash = hash;
    t->slots[i].item = item;
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
gate_list_has(const gate_str_t *list, size_t n, gate_str_t s)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (gate_str_eq(list[i], s)) {
            return 1;
        }
    }

    return 0;
}


static int64_t
gate_date_number(const unsigned char *p, size_t n)
{
    size_t   i;
    int64_t  number;

    number = 0;

    for (i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return -1;
        }

        number = number * 10 + (p[i] - '0');
    }

    return number;
}


/* the leap days of all years before this one */

static int64_t
gate_date_leap_days(int64_t year)
{
    year--;

    return year / 4 - year / 100 + year / 400;
}
