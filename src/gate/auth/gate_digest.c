
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * SHA-256 of keys and tokens, constant-time comparison.
 */


/*
 * OpenSSL 3 would rather have EVP, which takes more instructions to find its
 * way to the same function than that takes for a key; there is one digest for
 * each request.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "gate_digest.h"
#include "gate_hex.h"


struct gate_sha256_s {
    SHA256_CTX             ctx;
};


gate_sha256_t *
gate_sha256_create(void)
{
    return calloc(1, sizeof(gate_sha256_t));
}


void
gate_sha256_destroy(gate_sha256_t *h)
{
    free(h);
}


int
gate_sha256(gate_sha256_t *h, gate_str_t in, unsigned char out[GATE_SHA256_LEN])
{
    return SHA256_Init(&h->ctx) == 1
           && SHA256_Update(&h->ctx, in.data, in.len) == 1
           && SHA256_Final(out, &h->ctx) == 1;
}


void
gate_sha256_begin(gate_sha256_t *h)
{
    (void) SHA256_Init(&h->ctx);
}


void
gate_sha256_add(gate_sha256_t *h, gate_str_t in)
{
    (void) SHA256_Update(&h->ctx, in.data, in.len);
}


void
gate_sha256_end(gate_sha256_t *h, unsigned char out[GATE_SHA256_LEN])
{
    (void) SHA256_Final(out, &h->ctx);
}


int
gate_sha256_parse(gate_str_t in, unsigned char out[GATE_SHA256_LEN])
{
    static const gate_str_t  prefix = gate_string("sha256:");

    if (in.len != prefix.len + 2 * GATE_SHA256_LEN
        || memcmp(in.data, prefix.data, prefix.len) != 0)
    {
        return 0;
    }

    return gate_hex_read(in.data + prefix.len, out, GATE_SHA256_LEN);
}


int
gate_digest_eq(const unsigned char *a, const unsigned char *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
