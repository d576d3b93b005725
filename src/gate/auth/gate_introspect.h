
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Token introspection (RFC 7662): the question, and what the answer says.
 */


#ifndef GATE_INTROSPECT_H_INCLUDED_
#define GATE_INTROSPECT_H_INCLUDED_


#include <jansson.h>

#include "gate_str.h"


#define GATE_INTROSPECT_TOKEN   4096          /* bytes of a token */
#define GATE_INTROSPECT_ANSWER  (64 * 1024)

#define GATE_INTROSPECT_ASK     (3 * GATE_INTROSPECT_TOKEN + 64)


typedef enum {
    GATE_INTROSPECT_OK = 0,
    GATE_INTROSPECT_INACTIVE,     /* "active" is false */
    GATE_INTROSPECT_EXPIRED,
    GATE_INTROSPECT_NOT_YET,
    GATE_INTROSPECT_ISSUER,
    GATE_INTROSPECT_AUDIENCE,
    GATE_INTROSPECT_BAD           /* it is no such answer */
} gate_introspect_rc_e;


typedef struct {
    gate_str_t             issuer;            /* len 0: any "iss" */
    gate_str_t            *audiences;
    size_t                 naudiences;        /* 0: any "aud" */
    int64_t                leeway_s;
} gate_introspect_t;


typedef struct {
    json_t                *claims;            /* owned by the caller, if OK */
    int64_t                exp_s;             /* INT64_MAX: it does not say */
    int64_t                nbf_s;             /* 0: the same */
    const char            *why;               /* a fixed text, for logs */
} gate_introspect_said_t;


/* 1: may be a token (RFC 6750 2.1, b64token) */
int gate_introspect_fits(gate_str_t token);

/* the body of the request; its length */
size_t gate_introspect_ask(gate_str_t token,
    unsigned char buf[GATE_INTROSPECT_ASK]);

/* what the server says of it; where times are of this moment */
gate_introspect_rc_e gate_introspect_read(const gate_introspect_t *in,
    gate_str_t text, int64_t now_s, gate_introspect_said_t *said);


#endif /* GATE_INTROSPECT_H_INCLUDED_ */
