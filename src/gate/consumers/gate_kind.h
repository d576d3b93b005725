
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Kinds of what Redis knows of callers: the letter in the names of its keys,
 * as in "gate:k:{NAME}".
 */


#ifndef GATE_KIND_H_INCLUDED_
#define GATE_KIND_H_INCLUDED_


typedef enum {
    GATE_KIND_KEY = 'k',                      /* an API key, by its digest */
    GATE_KIND_CLAIM = 't',                    /* ISSUER=VALUE */
    GATE_KIND_BASIC = 'b',                    /* the name of a user */
    GATE_KIND_MTLS = 'm',                     /* a client certificate */
    GATE_KIND_SIGNATURE = 's',                /* id of a public key */
    GATE_KIND_CONSUMER = 'c',
    GATE_KIND_REVOKED = 'j'                   /* ISSUER=JTI */
} gate_kind_e;


#endif /* GATE_KIND_H_INCLUDED_ */
