
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One JSON Web Key (RFC 7517 4, RFC 7518 6) to a verification key.
 */


#ifndef GATE_JWK_H_INCLUDED_
#define GATE_JWK_H_INCLUDED_


#include <jansson.h>

#include "gate_key.h"


typedef enum {
    GATE_JWK_OK = 0,
    GATE_JWK_OTHER,               /* sound, for algorithms that are not asked */
    GATE_JWK_SKIP,                /* of no use, "err" says why: RFC 7517 5 */
    GATE_JWK_ERROR                /* private, or no memory; "err" says it */
} gate_jwk_rc_e;


gate_jwk_rc_e gate_jwk_key(const json_t *jwk, unsigned algs, gate_key_t **key,
    char *err, size_t errlen);


#endif /* GATE_JWK_H_INCLUDED_ */
