
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * SHA-256 with the algorithm fetched once (OpenSSL 3 fetches it per call
 * otherwise, four times the cost for a short message).
 */


#ifndef GATE_DIGEST_H_INCLUDED_
#define GATE_DIGEST_H_INCLUDED_


#include "gate_str.h"


#define GATE_SHA256_LEN  32


typedef struct gate_sha256_s  gate_sha256_t;


gate_sha256_t *gate_sha256_create(void);      /* NULL: no memory */
void gate_sha256_destroy(gate_sha256_t *h);

/* 1: out has the digest; 0: OpenSSL failed */
int gate_sha256(gate_sha256_t *h, gate_str_t in,
    unsigned char out[GATE_SHA256_LEN]);

/* the same of several pieces, one after the other; they do not fail */
void gate_sha256_begin(gate_sha256_t *h);
void gate_sha256_add(gate_sha256_t *h, gate_str_t in);
void gate_sha256_end(gate_sha256_t *h, unsigned char out[GATE_SHA256_LEN]);

/* "sha256:" + 64 hex digits of either case -> 32 bytes; 0: not of the form */
int gate_sha256_parse(gate_str_t in, unsigned char out[GATE_SHA256_LEN]);

/* constant time in the contents */
int gate_digest_eq(const unsigned char *a, const unsigned char *b, size_t len);


#endif /* GATE_DIGEST_H_INCLUDED_ */
