
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Verified-token cache of one process: (a whole token, issuer) -> what its
 * verification gave.  Bounded by memory, the least recently used goes.  Only
 * good tokens are in it; times are checked again by the caller on each hit.
 *
 * Entries are found by a hash whose seed nobody outside knows, and count only
 * if the whole token is the same, compared in constant time.
 */


#ifndef GATE_TOKENS_H_INCLUDED_
#define GATE_TOKENS_H_INCLUDED_


#include <jansson.h>

#include "gate_str.h"


#define GATE_TOKENS_MIN    (64 * 1024)        /* bytes of a cache */

/* an entry has at most this part of the memory, a larger one is not kept */
#define GATE_TOKENS_SHARE  16


typedef struct gate_tokens_s  gate_tokens_t;
typedef struct gate_token_s   gate_token_t;

struct gate_token_s {
    gate_str_t             token;             /* the cache has a copy */
    const void            *issuer;            /* the issuer's conf, opaque */
    void                  *data;              /* the caller's, opaque */
    uint64_t               version;           /* of the keys, the caller's */
    json_t                *claims;            /* the cache holds a reference */
    size_t                 text;              /* bytes they were read from */
    gate_str_t             sub;               /* among them, "" for none */
    unsigned char          lane[20];          /* the caller's, digits ... */
    unsigned char          nlane;             /* ... so many */
    int64_t                exp_s;
    int64_t                nbf_s;

    /* the cache's own */
    uint64_t               hash;
    size_t                 size;
    gate_token_t          *next;              /* of the same bucket */
    gate_token_t          *newer;
    gate_token_t          *older;
};


/*
 * "bytes" bound all that is allocated, as malloc() of glibc rounds it: tables,
 * entries, and the claims as jansson holds them.  "seed" is random.  NULL: no
 * memory, or fewer than GATE_TOKENS_MIN.
 */
gate_tokens_t *gate_tokens_create(size_t bytes, uint64_t seed);
void gate_tokens_destroy(gate_tokens_t *c);

/*
 * entries of that token one after the other, each of another issuer: the
 * first with prev NULL; NULL: no more.  Valid until the next put.
 */
gate_token_t *gate_tokens_next(gate_tokens_t *c, gate_str_t token,
    gate_token_t *prev);

/* it was of use: the others go before it */
void gate_tokens_touch(gate_tokens_t *c, gate_token_t *e);

/*
 * keep a copy of "t", of which the first members count, in the place of one of
 * the same token and issuer, with a reference to its claims of its own; 0: it
 * is not kept, as it is too large or there is no memory
 */
int gate_tokens_put(gate_tokens_t *c, const gate_token_t *t);

/* bytes accounted for at present, and entries */
size_t gate_tokens_bytes(const gate_tokens_t *c);
size_t gate_tokens_count(const gate_tokens_t *c);

/* bytes that a JSON value of jansson takes, an upper bound */
size_t gate_tokens_json(const json_t *value);


#endif /* GATE_TOKENS_H_INCLUDED_ */
