
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Verified-token cache of one process: SHA-256 of a whole token -> what its
 * verification gave.  Fixed size, sets of 4, least recently used goes.  Only
 * good tokens are in it; times are checked again by the caller on each hit.
 */


#ifndef GATE_TOKENS_H_INCLUDED_
#define GATE_TOKENS_H_INCLUDED_


#include <jansson.h>

#include "gate_digest.h"


typedef struct gate_tokens_s  gate_tokens_t;


typedef struct {
    unsigned char          digest[GATE_SHA256_LEN];
    const void            *issuer;            /* the issuer's conf, opaque */
    void                  *data;              /* the caller's, opaque */
    json_t                *claims;            /* the cache holds a reference */
    int64_t                exp_s;
    int64_t                nbf_s;
    uint64_t               used;              /* tick of the last hit */
} gate_token_t;


/* rounded up to 4 * 2^n; NULL: no memory, or more than 2^24 */
gate_tokens_t *gate_tokens_create(size_t entries);
void gate_tokens_destroy(gate_tokens_t *c);

/* the entry of that digest, or NULL; valid until the next put */
gate_token_t *gate_tokens_get(gate_tokens_t *c,
    const unsigned char digest[GATE_SHA256_LEN]);

/*
 * a place for that digest (evicting) with all but the digest zero, so that one
 * that is not filled in is expired; "claims" takes over the caller's reference
 */
gate_token_t *gate_tokens_put(gate_tokens_t *c,
    const unsigned char digest[GATE_SHA256_LEN]);

void gate_tokens_drop(gate_tokens_t *c, gate_token_t *e);


#endif /* GATE_TOKENS_H_INCLUDED_ */
