
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Content-Digest (RFC 9530 2): what a body must hash to, and whether it does.
 */


#ifndef GATE_BODY_DIGEST_H_INCLUDED_
#define GATE_BODY_DIGEST_H_INCLUDED_


#include <openssl/sha.h>

#include "gate_str.h"


typedef enum {
    GATE_BODY_DIGEST_OK = 0,
    GATE_BODY_DIGEST_NONE,                    /* no algorithm that is known */
    GATE_BODY_DIGEST_BAD                      /* no dictionary of digests */
} gate_body_digest_rc_e;


typedef struct {
    unsigned               has256:1;
    unsigned               has512:1;
    SHA256_CTX             sha256;
    SHA512_CTX             sha512;
    unsigned char          want256[SHA256_DIGEST_LENGTH];
    unsigned char          want512[SHA512_DIGEST_LENGTH];
} gate_body_digest_t;


/* the field, its lines joined: sha-256 and sha-512, the others are ignored */
gate_body_digest_rc_e gate_body_digest_begin(gate_body_digest_t *d,
    gate_str_t field);
void gate_body_digest_add(gate_body_digest_t *d, gate_str_t bytes);
/* 1: each of those that are known is right */
int gate_body_digest_end(gate_body_digest_t *d);


#endif /* GATE_BODY_DIGEST_H_INCLUDED_ */
