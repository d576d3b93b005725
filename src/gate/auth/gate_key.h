
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One verification key: what it may verify is settled when it is made.
 */


#ifndef GATE_KEY_H_INCLUDED_
#define GATE_KEY_H_INCLUDED_


#include <openssl/evp.h>

#include "gate_alg.h"
#include "gate_jwks.h"


#define GATE_KEY_NO_MEMORY  "no memory for a key"

#define GATE_RSA_MIN  2048                    /* bits */
#define GATE_RSA_MAX  8192

/* SHA-256, SHA-384, SHA-512; an RSA key may serve RS and PS by each of them */
#define GATE_KEY_HASHES  3
#define GATE_KEY_SLOTS   (2 * GATE_KEY_HASHES)


struct gate_key_s {
    unsigned               algs;              /* that it may verify */
    gate_str_t             kid;               /* len 0: none; owned */
    EVP_PKEY              *pkey;              /* NULL: HS */
    EVP_MD_CTX            *digest;

    /* by gate_key_slot(); NULL where "algs" has no use of it */
    EVP_MD                *md[GATE_KEY_SLOTS];
    EVP_PKEY_CTX          *pctx[GATE_KEY_SLOTS];  /* RS, PS, ES: set up */
    EVP_MAC_CTX           *mac[GATE_KEY_SLOTS];   /* HS: has the secret */
};


/* the place of an algorithm in the arrays of a key; not of Ed25519 */
int gate_key_slot(const gate_alg_t *row);

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
