
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One verification key is made: what it may verify is settled here.  The
 * contexts of OpenSSL are set up once and used again for each signature:
 * fetching and initialising costs more than an HMAC and an eighth of an RSA
 * verification.  So a key is of one thread.
 */


#include <stdio.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "gate_key.h"


/* bytes of a public key of Ed25519: y and the sign of x, RFC 8032 5.1.2 */
#define GATE_KEY_ED  32


static gate_key_t *gate_key_create(unsigned algs, char *err, size_t errlen);
static unsigned gate_key_rsa(EVP_PKEY *pkey, unsigned algs, char *err,
    size_t errlen);
static int gate_key_is_roca(const BIGNUM *n);
static unsigned gate_key_ec(EVP_PKEY *pkey, unsigned algs, char *err,
    size_t errlen);
static unsigned gate_key_ed(EVP_PKEY *pkey, unsigned algs, char *err,
    size_t errlen);
static int gate_key_init_mac(gate_key_t *key, const gate_alg_t *row,
    gate_str_t secret);
static int gate_key_init_verify(gate_key_t *key, const gate_alg_t *row);


gate_key_t *
gate_key_secret(gate_str_t secret, unsigned algs, char *err, size_t errlen)
{
    size_t             need;
    unsigned           fit;
    gate_key_t        *key;
    const gate_alg_t  *row;

    fit = 0;
    need = 0;

    for (row = gate_alg_rows(); row->name != NULL; row++) {
        if (!(row->alg & algs & GATE_ALGS_HS)) {
            continue;
        }

        /* the table goes from short to long */
        need = (need == 0) ? row->size : need;
        fit |= (secret.len >= row->size) ? row->alg : 0;
    }

    if (need == 0) {
        snprintf(err, errlen, "a secret fits none of the listed algorithms");
        return NULL;
    }

    if (fit == 0) {
        snprintf(err, errlen, "the secret has %zu bytes, its algorithm needs "
                 "at least %zu", secret.len, need);
        return NULL;
    }

    key = gate_key_create(fit, err, errlen);
    if (key == NULL) {
        return NULL;
    }

    for (row = gate_alg_rows(); row->name != NULL; row++) {
        if ((row->alg & fit) && !gate_key_init_mac(key, row, secret)) {
            snprintf(err, errlen, "OpenSSL does not offer %s", row->name);
            gate_key_destroy(key);
            return NULL;
        }
    }

    return key;
}


gate_key_t *
gate_key_public(EVP_PKEY *pkey, unsigned algs, char *err, size_t errlen)
{
    unsigned           fit;
    gate_key_t        *key;
    const gate_alg_t  *row;

    switch (EVP_PKEY_get_base_id(pkey)) {

    case EVP_PKEY_RSA:
        fit = gate_key_rsa(pkey, algs & (GATE_ALGS_RS|GATE_ALGS_PS), err,
                           errlen);
        break;

    /* RFC 4055 1.2: it is for PSS alone */
    case EVP_PKEY_RSA_PSS:
        fit = gate_key_rsa(pkey, algs & GATE_ALGS_PS, err, errlen);
        break;

    case EVP_PKEY_EC:
        fit = gate_key_ec(pkey, algs, err, errlen);
        break;

    case EVP_PKEY_ED25519:
        fit = gate_key_ed(pkey, algs & GATE_ALGS_ED, err, errlen);
        break;

    default:
        snprintf(err, errlen, "the key is neither RSA nor EC nor Ed25519");
        fit = 0;
    }

    if (fit == 0) {
        return NULL;
    }

    key = gate_key_create(fit, err, errlen);
    if (key == NULL) {
        return NULL;
    }

    EVP_PKEY_up_ref(pkey);
    key->pkey = pkey;

    for (row = gate_alg_rows(); row->name != NULL; row++) {
        if ((row->alg & fit) && !gate_key_init_verify(key, row)) {
            snprintf(err, errlen, "the key or OpenSSL does not offer %s",
                     row->name);
            gate_key_destroy(key);
            return NULL;
        }
    }

    return key;
}


static gate_key_t *
gate_key_create(unsigned algs, char *err, size_t errlen)
{
    gate_key_t  *key;

    key = calloc(1, sizeof(gate_key_t));

    if (key != NULL) {
        key->algs = algs;
        key->digest = EVP_MD_CTX_new();
    }

    if (key == NULL || key->digest == NULL) {
        free(key);
        snprintf(err, errlen, GATE_KEY_NO_MEMORY);
        return NULL;
    }

    return key;
}


void
gate_key_destroy(gate_key_t *key)
{
    int  i;

    if (key == NULL) {
        return;
    }

    for (i = 0; i < GATE_KEY_SLOTS; i++) {
        EVP_MAC_CTX_free(key->mac[i]);
        EVP_PKEY_CTX_free(key->pctx[i]);
        EVP_MD_free(key->md[i]);
    }

    EVP_MD_CTX_free(key->digest);
    EVP_PKEY_free(key->pkey);
    free(key->kid.data);
    free(key);
}


int
gate_key_name(gate_key_t *key, gate_str_t kid)
{
    unsigned char  *p;

    if (kid.len == 0) {
        return 1;
    }

    p = malloc(kid.len);
    if (p == NULL) {
        return 0;
    }

    memcpy(p, kid.data, kid.len);
    key->kid = gate_str(p, kid.len);

    return 1;
}


/*
 * The bounds are those of common sense, not of a proof that the modulus is a
 * good one: below them RFC 7518 3.3 says no, above them one forged signature
 * costs a worker milliseconds.
 */

static unsigned
gate_key_rsa(EVP_PKEY *pkey, unsigned algs, char *err, size_t errlen)
{
    int      bits, sane, weak;
    BIGNUM  *n, *e;

    if (algs == 0) {
        snprintf(err, errlen, "an RSA key fits none of the listed algorithms");
        return 0;
    }

    bits = EVP_PKEY_get_bits(pkey);

    if (bits < GATE_RSA_MIN || bits > GATE_RSA_MAX) {
        snprintf(err, errlen, "the RSA key has %d bits, %d to %d are accepted",
                 bits, GATE_RSA_MIN, GATE_RSA_MAX);
        return 0;
    }

    n = NULL;
    e = NULL;

    sane = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1
           && EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1
           && BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e)
           && BN_num_bits(e) <= 32;

    weak = sane && gate_key_is_roca(n);

    BN_free(n);
    BN_free(e);

    if (!sane) {
        snprintf(err, errlen, "the RSA key has an even modulus, or an exponent "
                 "that is even, 1 or beyond 32 bits");
        return 0;
    }

    if (weak) {
        snprintf(err, errlen, "the RSA key is one of those whose private key "
                 "can be computed (CVE-2017-15361)");
        return 0;
    }

    return algs;
}


/*
 * Both primes that a library of Infineon made, and so the modulus, are powers
 * of 65537 modulo each small prime.  Of other keys one in 200 million is.
 */

static int
gate_key_is_roca(const BIGNUM *n)
{
    size_t    i;
    BN_ULONG  rest, power;

    static const unsigned char  primes[] = {
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67,
        71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139,
        149, 151, 157, 163, 167
    };

    for (i = 0; i < sizeof(primes); i++) {
        rest = BN_mod_word(n, primes[i]);
        power = 1;

        while (power != rest) {
            power = power * 65537 % primes[i];

            if (power == 1) {
                return 0;
            }
        }
    }

    return 1;
}


static unsigned
gate_key_ec(EVP_PKEY *pkey, unsigned algs, char *err, size_t errlen)
{
    int                good;
    char               group[64];
    unsigned           fit;
    EVP_PKEY_CTX      *ctx;
    const gate_alg_t  *row;

    if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1) {
        snprintf(err, errlen, "the EC key is not on a named curve");
        return 0;
    }

    fit = 0;

    for (row = gate_alg_rows(); row->name != NULL; row++) {
        if (row->group != NULL && strcmp(row->group, group) == 0) {
            fit = row->alg & algs;
        }
    }

    if (fit == 0) {
        snprintf(err, errlen, "an EC key on %s fits none of the listed "
                 "algorithms", group);
        return 0;
    }

    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    good = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);

    if (!good) {
        snprintf(err, errlen, "the EC key is not a point of %s", group);
        return 0;
    }

    return fit;
}


/*
 * A key of small order has signatures that fit any text, and y that is not
 * below the prime is no encoding of a point (RFC 8032 5.1.3).  OpenSSL looks
 * for neither.
 */

static unsigned
gate_key_ed(EVP_PKEY *pkey, unsigned algs, char *err, size_t errlen)
{
    size_t         i, len;
    unsigned char  y[GATE_KEY_ED];

    /* y, the lowest byte first, of the eight points; 2^255 - 19 */

    static const unsigned char  small[][GATE_KEY_ED] = {
        { 0 },
        { 1 },
        { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
        { 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
          0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
          0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
        { 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
          0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
          0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a }
    };

    if (algs == 0) {
        snprintf(err, errlen, "an Ed25519 key fits none of the listed "
                 "algorithms");
        return 0;
    }

    len = sizeof(y);

    if (EVP_PKEY_get_raw_public_key(pkey, y, &len) != 1
        || len != sizeof(y))
    {
        snprintf(err, errlen, "the Ed25519 key has no public key");
        return 0;
    }

    y[GATE_KEY_ED - 1] &= 0x7f;

    for (i = 1; i < GATE_KEY_ED - 1 && y[i] == 0xff; i++) { /* void */ }

    if (i == GATE_KEY_ED - 1 && y[i] == 0x7f && y[0] >= 0xed) {
        snprintf(err, errlen, "the Ed25519 key is no point of the curve");
        return 0;
    }

    for (i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
        if (memcmp(y, small[i], sizeof(y)) == 0) {
            snprintf(err, errlen, "the Ed25519 key is a point of small order, "
                     "which anybody could sign for");
            return 0;
        }
    }

    return algs;
}


static int
gate_key_init_mac(gate_key_t *key, const gate_alg_t *row, gate_str_t secret)
{
    int           i;
    EVP_MAC      *mac;
    OSSL_PARAM    params[2];

    i = gate_key_slot(row);

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                 (char *) row->md, 0);
    params[1] = OSSL_PARAM_construct_end();

    mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (mac == NULL) {
        return 0;
    }

    key->mac[i] = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);

    return key->mac[i] != NULL
           && EVP_MAC_init(key->mac[i], secret.data, secret.len, params) == 1;
}


static int
gate_key_init_verify(gate_key_t *key, const gate_alg_t *row)
{
    int            i;
    EVP_PKEY_CTX  *ctx;

    /* set up for each signature anew */

    if (row->alg & GATE_ALGS_ED) {
        return 1;
    }

    i = gate_key_slot(row);

    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);

    key->pctx[i] = ctx;
    key->md[i] = EVP_MD_fetch(NULL, row->md, NULL);

    if (ctx == NULL || key->md[i] == NULL || EVP_PKEY_verify_init(ctx) != 1) {
        return 0;
    }

    if ((row->alg & GATE_ALGS_RS)
        && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
    {
        return 0;
    }

    if ((row->alg & GATE_ALGS_PS)
        && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1)
    {
        return 0;
    }

    if (EVP_PKEY_CTX_set_signature_md(ctx, key->md[i]) != 1) {
        return 0;
    }

    /* RFC 7518 3.5: the salt is as long as the hash, MGF1 is of the same */

    return !(row->alg & GATE_ALGS_PS)
           || (EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, key->md[i]) == 1
               && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST)
                  == 1);
}
