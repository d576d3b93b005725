
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One verification key: what it may verify is settled when it is made.
 */


#ifndef GATE_KEY_H_INCLUDED_
#define GATE_KEY_H_INCLUDED_


#include <openssl/evp.h>

#include "gate_jwks.h"


#define GATE_ALGS_HS  (GATE_HS256|GATE_HS384|GATE_HS512)
#define GATE_ALGS_RS  (GATE_RS256|GATE_RS384|GATE_RS512)
#define GATE_ALGS_ES  (GATE_ES256|GATE_ES384|GATE_ES512)

#define GATE_KEY_NO_MEMORY  "no memory for a key"

#define GATE_RSA_MIN  2048                    /* bits */
#define GATE_RSA_MAX  8192


/* a row of the table of algorithms */

typedef struct {
    const char            *name;              /* RFC 7518 3.1 */
    unsigned               alg;
    const char            *md;
    size_t                 size;              /* bytes of the hash */
    const char            *crv;               /* ES: name in a JWK */
    const char            *group;             /* ES: name in OpenSSL */
    size_t                 part;              /* ES: bytes of r and of s */
} gate_alg_t;


struct gate_key_s {
    unsigned               algs;              /* that it may verify */
    gate_str_t             kid;               /* len 0: none; owned */
    EVP_PKEY              *pkey;              /* NULL: HS */
    EVP_MD_CTX            *digest;

    /* by hash: SHA-256, SHA-384, SHA-512; NULL where "algs" has no use of it */
    EVP_MD                *md[3];
    EVP_PKEY_CTX          *pctx[3];           /* RS, ES: set up to verify */
    EVP_MAC_CTX           *mac[3];            /* HS: has the secret */
};


const gate_alg_t *gate_alg_row(unsigned alg);

/* the ES algorithm of a curve of a JWK, 0: none of ours */
unsigned gate_alg_curve(gate_str_t crv);

/*
 * a key for those of "algs" that fit its type and size, NULL with a sentence
 * in "err" if there are none or it is too weak; "pkey" stays the caller's
 */
gate_key_t *gate_key_secret(gate_str_t secret, unsigned algs, char *err,
    size_t errlen);
gate_key_t *gate_key_public(EVP_PKEY *pkey, unsigned algs, char *err,
    size_t errlen);

void gate_key_destroy(gate_key_t *key);

/* 1: copied; 0: no memory */
int gate_key_name(gate_key_t *key, gate_str_t kid);


#endif /* GATE_KEY_H_INCLUDED_ */
