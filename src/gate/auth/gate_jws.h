
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A token taken apart: the parts of the JWS compact form (RFC 7515 7.1), and
 * what its header says.
 */


#ifndef GATE_JWS_H_INCLUDED_
#define GATE_JWS_H_INCLUDED_


#include "gate_b64.h"
#include "gate_jwt.h"


typedef struct {
    gate_str_t             input;             /* of the signature, as sent */
    gate_str_t             head;              /* of that, the header */
    int                    known;             /* what it says is: by "head" */
    gate_str_t             header;            /* decoded, in buf */
    gate_str_t             payload;
    gate_str_t             signature;
    unsigned               alg;
    int                    at;                /* typ is at+jwt: RFC 9068 2.1 */
    gate_str_t             kid;               /* len 0: none; in names */
    unsigned char          names[GATE_JWT_KID];
    unsigned char          buf[gate_b64url_decoded_max(GATE_JWT_MAX)];
} gate_jws_t;


/*
 * the parts, decoded one after the other; a header that is known was decoded
 * before.  NULL, or what is wrong.
 */
const char *gate_jws_split(gate_jws_t *jws, gate_str_t token,
    const gate_jwt_heads_t *heads);

/* what a header that was not known says; out->why: what is wrong */
gate_jwt_rc_e gate_jws_header(gate_jws_t *jws, gate_jwt_result_t *out);


/* _rules.c: times of "claims", and what else the issuer asks of them */
gate_jwt_rc_e gate_jwt_rules(const gate_jwt_issuer_t *issuer,
    const gate_jws_t *jws, int64_t now_s, gate_jwt_result_t *out);


#endif /* GATE_JWS_H_INCLUDED_ */
