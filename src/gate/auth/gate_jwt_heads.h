
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Headers of good tokens of one process.  An issuer writes the same header for
 * each token until it changes its key, so that a header that was read before
 * is compared instead of decoded and parsed: the same bytes say the same.
 *
 * Only what the header says is kept, not what it was good for: which key it
 * leads to and whether the issuer takes it is asked again for each token.  A
 * header is put in once its token was verified, so that strangers cannot drive
 * out those that are in use.
 */


#ifndef GATE_JWT_HEADS_H_INCLUDED_
#define GATE_JWT_HEADS_H_INCLUDED_


#include "gate_jwks.h"


#define GATE_JWT_HEADS  8                     /* kept, the last of them */
#define GATE_JWT_HEAD   256                   /* bytes as sent; more: not */


typedef struct {
    unsigned               alg;
    int                    at;                /* typ is at+jwt */
    gate_str_t             kid;               /* len 0: none; in names */
    size_t                 len;               /* 0: empty */
    unsigned char          text[GATE_JWT_HEAD];
    unsigned char          names[GATE_KID_MAX];
} gate_jwt_head_t;


/* all zero at first */

typedef struct {
    gate_jwt_head_t        heads[GATE_JWT_HEADS];
    size_t                 next;
} gate_jwt_heads_t;


/* "text" is the first part of a token, as sent; NULL: not known */
const gate_jwt_head_t *gate_jwt_heads_find(const gate_jwt_heads_t *h,
    gate_str_t text);

/* what "text" says; it takes the place of the oldest */
void gate_jwt_heads_put(gate_jwt_heads_t *h, gate_str_t text, unsigned alg,
    int at, gate_str_t kid);


#endif /* GATE_JWT_HEADS_H_INCLUDED_ */
