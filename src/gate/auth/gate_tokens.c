
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Verified-token cache of one process: a hash table of lists, and one list of
 * all by their last use.
 */


#include <stdlib.h>

#include <openssl/crypto.h>

#include "gate_hash.h"
#include "gate_json.h"
#include "gate_same.h"
#include "gate_tokens.h"


/* of an entry with few claims: as many buckets as such fit */
#define GATE_TOKENS_USUAL  2048

/* of the end of a token, which is its signature, the part it is found by */
#define GATE_TOKENS_END    48


struct gate_tokens_s {
    gate_token_t         **buckets;
    uint64_t               mask;              /* number of buckets less one */
    uint64_t               seed;
    gate_token_t          *newest;
    gate_token_t          *oldest;
    size_t                 bound;
    size_t                 bytes;
    size_t                 count;
};


static uint64_t gate_tokens_hash(const gate_tokens_t *c, gate_str_t token);
static gate_token_t **gate_tokens_bucket(const gate_tokens_t *c,
    uint64_t hash);
static gate_token_t *gate_tokens_find(gate_tokens_t *c, const gate_token_t *t);
static void gate_tokens_link(gate_tokens_t *c, gate_token_t *e);
static void gate_tokens_unlink(gate_tokens_t *c, gate_token_t *e);
static void gate_tokens_drop(gate_tokens_t *c, gate_token_t *e);
static size_t gate_tokens_chunk(size_t size);
static size_t gate_tokens_members(const json_t *object);
static size_t gate_tokens_elements(const json_t *array);


gate_tokens_t *
gate_tokens_create(size_t bytes, uint64_t seed)
{
    size_t          n;
    gate_tokens_t  *c;

    if (bytes < GATE_TOKENS_MIN) {
        return NULL;
    }

    n = 1;

    while (n * GATE_TOKENS_USUAL < bytes) {
        n *= 2;
    }

    c = calloc(1, sizeof(gate_tokens_t));
    if (c == NULL) {
        return NULL;
    }

    c->buckets = calloc(n, sizeof(gate_token_t *));

    if (c->buckets == NULL) {
        free(c);
        return NULL;
    }

    c->mask = n - 1;
    c->seed = seed;
    c->bound = bytes;
    c->bytes = gate_tokens_chunk(sizeof(gate_tokens_t))
               + gate_tokens_chunk(n * sizeof(gate_token_t *));

    return c;
}


void
gate_tokens_destroy(gate_tokens_t *c)
{
    if (c == NULL) {
        return;
    }

    while (c->oldest != NULL) {
        gate_tokens_drop(c, c->oldest);
    }

    free(c->buckets);
    free(c);
}


gate_token_t *
gate_tokens_next(gate_tokens_t *c, gate_str_t token, gate_token_t *prev)
{
    uint64_t       hash;
    gate_token_t  *e;

    hash = (prev == NULL) ? gate_tokens_hash(c, token) : prev->hash;
    e = (prev == NULL) ? *gate_tokens_bucket(c, hash) : prev->next;

    while (e != NULL
           && (e->hash != hash || e->token.len != token.len
               || !gate_same(e->token.data, token.data, token.len)))
    {
        e = e->next;
    }

    return e;
}


void
gate_tokens_touch(gate_tokens_t *c, gate_token_t *e)
{
    if (e != c->newest) {
        gate_tokens_unlink(c, e);
        gate_tokens_link(c, e);
    }
}


int
gate_tokens_put(gate_tokens_t *c, const gate_token_t *t)
{
    size_t          size;
    gate_token_t   *e, **bucket;
    unsigned char  *copy;

    e = gate_tokens_find(c, t);

    if (e != NULL) {
        gate_tokens_drop(c, e);
    }

    /* jansson keeps a string in the room that its escapes took in the text */

    size = gate_tokens_chunk(sizeof(gate_token_t) + t->token.len) + t->text
           + gate_tokens_json(t->claims);

    if (size > c->bound / GATE_TOKENS_SHARE) {
        return 0;
    }

    while (c->oldest != NULL && c->bytes + size > c->bound) {
        gate_tokens_drop(c, c->oldest);
    }

    e = malloc(sizeof(gate_token_t) + t->token.len);
    if (e == NULL) {
        return 0;
    }

    *e = *t;

    copy = (unsigned char *) (e + 1);
    memcpy(copy, t->token.data, t->token.len);
    e->token.data = copy;

    json_incref(e->claims);
    e->hash = gate_tokens_hash(c, e->token);
    e->size = size;

    bucket = gate_tokens_bucket(c, e->hash);
    e->next = *bucket;
    *bucket = e;

    gate_tokens_link(c, e);
    c->bytes += size;
    c->count++;

    return 1;
}


size_t
gate_tokens_bytes(const gate_tokens_t *c)
{
    return c->bytes;
}


size_t
gate_tokens_count(const gate_tokens_t *c)
{
    return c->count;
}


/*
 * Signatures of two tokens differ.  Whoever sends other tokens with the end of
 * a good one finds that one, and it is not the same; and as only good ones are
 * kept, nobody fills a bucket who cannot sign.
 */

static uint64_t
gate_tokens_hash(const gate_tokens_t *c, gate_str_t token)
{
    size_t  n;

    n = (token.len < GATE_TOKENS_END) ? token.len : GATE_TOKENS_END;

    return gate_hash(gate_str(token.data + token.len - n, n),
                     c->seed ^ token.len);
}


static gate_token_t **
gate_tokens_bucket(const gate_tokens_t *c, uint64_t hash)
{
    return &c->buckets[hash & c->mask];
}


static gate_token_t *
gate_tokens_find(gate_tokens_t *c, const gate_token_t *t)
{
    gate_token_t  *e;

    e = gate_tokens_next(c, t->token, NULL);

    while (e != NULL && e->issuer != t->issuer) {
        e = gate_tokens_next(c, t->token, e);
    }

    return e;
}


static void
gate_tokens_link(gate_tokens_t *c, gate_token_t *e)
{
    e->newer = NULL;
    e->older = c->newest;

    if (c->newest != NULL) {
        c->newest->newer = e;

    } else {
        c->oldest = e;
    }

    c->newest = e;
}


static void
gate_tokens_unlink(gate_tokens_t *c, gate_token_t *e)
{
    if (e->newer != NULL) {
        e->newer->older = e->older;

    } else {
        c->newest = e->older;
    }

    if (e->older != NULL) {
        e->older->newer = e->newer;

    } else {
        c->oldest = e->newer;
    }
}


static void
gate_tokens_drop(gate_tokens_t *c, gate_token_t *e)
{
    gate_token_t  **p;

    for (p = gate_tokens_bucket(c, e->hash); *p != e; p = &(*p)->next) {
        /* void */
    }

    *p = e->next;
    gate_tokens_unlink(c, e);

    c->bytes -= e->size;
    c->count--;

    json_decref(e->claims);
    OPENSSL_cleanse(e + 1, e->token.len);
    free(e);
}


/*
 * What glibc takes for a block: a word before it, 16 bytes at a time, 32 at
 * least; a block that is large enough to be mapped is rounded up to pages.
 */

static size_t
gate_tokens_chunk(size_t size)
{
    if (size >= 128 * 1024) {
        return (size + 16 + 4095) / 4096 * 4096;
    }

    size = (size + 8 + 15) / 16 * 16;

    return (size < 32) ? 32 : size;
}


/*
 * The sizes are those of jansson 2.14 for 64 bits, of no header of it, with a
 * word to spare for others.  It recurses as deep as gate_json_object() lets a
 * text be.
 */

size_t
gate_tokens_json(const json_t *value)
{
    gate_str_t  number;

    switch (value == NULL ? JSON_NULL : json_typeof(value)) {

    case JSON_OBJECT:
        return gate_tokens_members(value);

    case JSON_ARRAY:
        return gate_tokens_elements(value);

    case JSON_STRING:
        /* of a number, too, that is kept by its text */
        return gate_tokens_chunk(40)
               + gate_tokens_chunk(json_string_length(value) + 1
                                   + (gate_json_number(value, &number)
                                      ? GATE_JSON_MARK : 0));

    case JSON_INTEGER:
    case JSON_REAL:
        return gate_tokens_chunk(24);

    default:
        /* true, false and null are there once for all */
        return 0;
    }
}


/* a table of 2^n pairs of pointers, from 8 on, and a block for each member */

static size_t
gate_tokens_members(const json_t *object)
{
    void    *iter;
    size_t   buckets, size;
    json_t  *o = (json_t *) object;

    buckets = 8;

    while (buckets < json_object_size(object) + 1) {
        buckets *= 2;
    }

    size = gate_tokens_chunk(88) + gate_tokens_chunk(buckets * 16);

    for (iter = json_object_iter(o); iter != NULL;
         iter = json_object_iter_next(o, iter))
    {
        size += gate_tokens_chunk(72 + json_object_iter_key_len(iter))
                + gate_tokens_json(json_object_iter_value(iter));
    }

    return size;
}


/* a table of pointers that doubles, from 8 on */

static size_t
gate_tokens_elements(const json_t *array)
{
    size_t         i, slots, size;
    const json_t  *element;

    slots = 8;

    while (slots < json_array_size(array)) {
        slots *= 2;
    }

    size = gate_tokens_chunk(56) + gate_tokens_chunk(slots * 8);

    json_array_foreach(array, i, element) {
        size += gate_tokens_json(element);
    }

    return size;
}
