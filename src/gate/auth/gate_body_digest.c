
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Content-Digest: the digests of a body.
 */


/* see gate_digest.c */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "gate_body_digest.h"
#include "gate_digest.h"
#include "gate_sfv.h"


static gate_body_digest_rc_e gate_body_digest_want(gate_str_t field,
    const char *name, unsigned char *want, size_t size);


gate_body_digest_rc_e
gate_body_digest_begin(gate_body_digest_t *d, gate_str_t field)
{
    gate_body_digest_rc_e  one, two;

    one = gate_body_digest_want(field, "sha-256", d->want256,
                                sizeof(d->want256));
    two = gate_body_digest_want(field, "sha-512", d->want512,
                                sizeof(d->want512));

    d->has256 = 0;
    d->has512 = 0;

    if (one == GATE_BODY_DIGEST_BAD || two == GATE_BODY_DIGEST_BAD) {
        return GATE_BODY_DIGEST_BAD;
    }

    d->has256 = (one == GATE_BODY_DIGEST_OK);
    d->has512 = (two == GATE_BODY_DIGEST_OK);

    (void) SHA256_Init(&d->sha256);
    (void) SHA512_Init(&d->sha512);

    return (d->has256 || d->has512) ? GATE_BODY_DIGEST_OK
                                    : GATE_BODY_DIGEST_NONE;
}


static gate_body_digest_rc_e
gate_body_digest_want(gate_str_t field, const char *name, unsigned char *want,
    size_t size)
{
    size_t           len;
    gate_sfv_item_t  item;

    switch (gate_sfv_dict_find(field, gate_cstr(name), &item)) {

    case GATE_SFV_OK:
        break;

    case GATE_SFV_END:
        return GATE_BODY_DIGEST_NONE;

    default:
        return GATE_BODY_DIGEST_BAD;
    }

    if (item.type != GATE_SFV_BYTES || !gate_sfv_bytes(&item, want, size, &len)
        || len != size)
    {
        return GATE_BODY_DIGEST_BAD;
    }

    return GATE_BODY_DIGEST_OK;
}


void
gate_body_digest_add(gate_body_digest_t *d, gate_str_t bytes)
{
    if (d->has256) {
        (void) SHA256_Update(&d->sha256, bytes.data, bytes.len);
    }

    if (d->has512) {
        (void) SHA512_Update(&d->sha512, bytes.data, bytes.len);
    }
}


int
gate_body_digest_end(gate_body_digest_t *d)
{
    int            same;
    unsigned char  got[SHA512_DIGEST_LENGTH];

    same = 1;

    if (d->has256) {
        (void) SHA256_Final(got, &d->sha256);
        same &= gate_digest_eq(got, d->want256, sizeof(d->want256));
    }

    if (d->has512) {
        (void) SHA512_Final(got, &d->sha512);
        same &= gate_digest_eq(got, d->want512, sizeof(d->want512));
    }

    return same;
}
