
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Proofs of possession for tokens (RFC 9449): a JWT that the caller makes for
 * one request, with the key to which his token is bound.
 */


#ifndef GATE_DPOP_H_INCLUDED_
#define GATE_DPOP_H_INCLUDED_


#include "gate_alg.h"
#include "gate_digest.h"


#define GATE_DPOP_MAX   8192                  /* bytes of a proof */
#define GATE_DPOP_JTI   256                   /* ... of its id */
#define GATE_DPOP_ALGS  (GATE_ALGS_ES|GATE_ALGS_RS|GATE_ALGS_PS|GATE_ALGS_ED)


/* what it has to be about */

typedef struct {
    gate_str_t             method;
    gate_str_t             scheme;
    gate_str_t             authority;         /* Host, as sent */
    gate_str_t             path;              /* as sent, "" for none */
    gate_str_t             token;
    gate_str_t             jkt;               /* of the token's cnf */
    int64_t                now_s;
    int64_t                skew_s;
    int64_t                max_age_s;
} gate_dpop_t;


typedef struct {
    int64_t                iat_s;
    size_t                 len;               /* of the id */
    unsigned char          jti[GATE_DPOP_JTI];
} gate_dpop_proof_t;


/*
 * NULL: the proof is good, and *out has what is left to ask: whether its id
 * was seen before.  Else a sentence for the caller, "" where memory is short.
 * One signature at most is looked at, once all else is right.
 */
const char *gate_dpop_verify(gate_str_t proof, const gate_dpop_t *want,
    gate_dpop_proof_t *out);


#endif /* GATE_DPOP_H_INCLUDED_ */
