
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Short tokens of our own (RFC 7519): a private key, what it is to others, and
 * what a token says.
 */


#ifndef GATE_MINT_H_INCLUDED_
#define GATE_MINT_H_INCLUDED_


#include "gate_text.h"


#define GATE_MINT_KID  128                    /* bytes of a key's name */


typedef struct gate_mint_key_s  gate_mint_key_t;


/* what a token says, beside its times; no member at a length of 0 */

typedef struct {
    gate_str_t             iss;
    gate_str_t             aud;
    gate_str_t             sub;
    gate_str_t             jti;
    gate_str_t             consumer_id;
    gate_str_t             groups;            /* joined by "," */
    gate_str_t             scope;             /* joined by " " */
    gate_str_t             credential;
    gate_str_t             method;
    gate_str_t             api;
    gate_str_t             version;
    int                    anonymous;
} gate_mint_claims_t;


/*
 * "pem" is a private key without a password: EC on P-256, P-384 or P-521,
 * Ed25519, or RSA of 2048 bits at least.  "alg" and "kid" may be empty: then it
 * is the algorithm of the curve, "EdDSA" or "RS256", and the key's thumbprint
 * (RFC 7638).
 * NULL: "err" has how a sentence that begins with "it" goes on.
 */
gate_mint_key_t *gate_mint_key_create(gate_str_t pem, gate_str_t alg,
    gate_str_t kid, char *err, size_t errlen);
void gate_mint_key_destroy(gate_mint_key_t *key);

gate_str_t gate_mint_key_kid(const gate_mint_key_t *key);
/* the public half as a JWK */
gate_str_t gate_mint_key_jwk(const gate_mint_key_t *key);

/* the claims as JSON, with "iat" and "exp" */
void gate_mint_claims(gate_text_t *t, const gate_mint_claims_t *claims,
    int64_t iat_s, int64_t exp_s);

/* bytes of a token of so many bytes of claims, at most */
size_t gate_mint_size(const gate_mint_key_t *key, size_t claims);

/* a token into dst; gives its length, 0: it failed */
size_t gate_mint(gate_mint_key_t *key, gate_str_t claims, unsigned char *dst);


#endif /* GATE_MINT_H_INCLUDED_ */
