
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One verification key.  The contexts of OpenSSL are set up once and used
 * again for each signature: fetching and initialising costs more than an HMAC
 * and an eighth of an RSA verification.  So a key is of one thread.
 */


#include <stdio.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "gate_key.h"


#define GATE_KEY_HASHES  3
#define GATE_ES_PART     66                   /* bytes of r of P-521 */

/* SEQUENCE of two INTEGERs, each with a sign byte */
#define GATE_ES_DER      (3 + 2 * (2 + 1 + GATE_ES_PART))


static int gate_alg_hash(const gate_alg_t *row);
static gate_key_t *gate_key_create(unsigned algs, char *err, size_t errlen);
static unsigned gate_key_rsa(EVP_PKEY *pkey, unsigned algs, char *err,
    size_t errlen);
static unsigned gate_key_ec(EVP_PKEY *pkey, unsigned algs, char *err,
    size_t errlen);
static int gate_key_init_mac(gate_key_t *key, const gate_alg_t *row,
    gate_str_t secret);
static int gate_key_init_verify(gate_key_t *key, const gate_alg_t *row);
static int gate_key_verify_hs(const gate_key_t *key, const gate_alg_t *row,
    gate_str_t msg, gate_str_t sig);
static int gate_key_verify_pk(const gate_key_t *key, const gate_alg_t *row,
    gate_str_t msg, gate_str_t sig);
static size_t gate_key_der(const unsigned char *rs, size_t part,
    unsigned char *dst);
static unsigned char *gate_key_der_int(unsigned char *dst,
    const unsigned char *n, size_t len);


static const gate_alg_t  gate_algs[] = {

    { "HS256", GATE_HS256, "SHA2-256", 32, NULL, NULL, 0 },
    { "HS384", GATE_HS384, "SHA2-384", 48, NULL, NULL, 0 },
    { "HS512", GATE_HS512, "SHA2-512", 64, NULL, NULL, 0 },
    { "RS256", GATE_RS256, "SHA2-256", 32, NULL, NULL, 0 },
    { "RS384", GATE_RS384, "SHA2-384", 48, NULL, NULL, 0 },
    { "RS512", GATE_RS512, "SHA2-512", 64, NULL, NULL, 0 },
    { "ES256", GATE_ES256, "SHA2-256", 32, "P-256", "prime256v1", 32 },
    { "ES384", GATE_ES384, "SHA2-384", 48, "P-384", "secp384r1", 48 },
    { "ES512", GATE_ES512, "SHA2-512", 64, "P-521", "secp521r1", 66 },

    { NULL, GATE_ALG_NONE, NULL, 0, NULL, NULL, 0 }
};


unsigned
gate_alg_parse(gate_str_t name)
{
    const gate_alg_t  *row;

    for (row = gate_algs; row->name != NULL; row++) {
        if (gate_str_eq(name, gate_cstr(row->name))) {
            return row->alg;
        }
    }

    return GATE_ALG_NONE;
}


const char *
gate_alg_name(unsigned alg)
{
    const gate_alg_t  *row;

    row = gate_alg_row(alg);

    return (row == NULL) ? "none" : row->name;
}


const gate_alg_t *
gate_alg_row(unsigned alg)
{
    const gate_alg_t  *row;

    for (row = gate_algs; row->name != NULL; row++) {
        if (row->alg == alg) {
            return row;
        }
    }

    return NULL;
}


unsigned
gate_alg_curve(gate_str_t crv)
{
    const gate_alg_t  *row;

    for (row = gate_algs; row->name != NULL; row++) {
        if (row->crv != NULL && gate_str_eq(crv, gate_cstr(row->crv))) {
            return row->alg;
        }
    }

    return GATE_ALG_NONE;
}


/* the place of an algorithm's hash in the arrays of a key */

static int
gate_alg_hash(const gate_alg_t *row)
{
    return (row->size == 32) ? 0 : (row->size == 48) ? 1 : 2;
}


gate_key_t *
gate_key_secret(gate_str_t secret, unsigned algs, char *err, size_t errlen)
{
    size_t             need;
    unsigned           fit;
    gate_key_t        *key;
    const gate_alg_t  *row;

    fit = 0;
    need = 0;

    for (row = gate_algs; row->name != NULL; row++) {
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

    for (row = gate_algs; row->name != NULL; row++) {
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
        fit = gate_key_rsa(pkey, algs, err, errlen);
        break;

    case EVP_PKEY_EC:
        fit = gate_key_ec(pkey, algs, err, errlen);
        break;

    default:
        snprintf(err, errlen, "the key is neither RSA nor EC");
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

    for (row = gate_algs; row->name != NULL; row++) {
        if ((row->alg & fit) && !gate_key_init_verify(key, row)) {
            snprintf(err, errlen, "OpenSSL does not offer %s", row->name);
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

    for (i = 0; i < GATE_KEY_HASHES; i++) {
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
    int      bits, sane;
    BIGNUM  *n, *e;

    algs &= GATE_ALGS_RS;

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

    BN_free(n);
    BN_free(e);

    if (!sane) {
        snprintf(err, errlen, "the RSA key has an even modulus, or an exponent "
                 "that is even, 1 or beyond 32 bits");
        return 0;
    }

    return algs;
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

    for (row = gate_algs; row->name != NULL; row++) {
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


static int
gate_key_init_mac(gate_key_t *key, const gate_alg_t *row, gate_str_t secret)
{
    int           i;
    EVP_MAC      *mac;
    OSSL_PARAM    params[2];

    i = gate_alg_hash(row);

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

    i = gate_alg_hash(row);

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

    return EVP_PKEY_CTX_set_signature_md(ctx, key->md[i]) == 1;
}


int
gate_key_fits(const gate_key_t *key, unsigned alg, size_t len)
{
    const gate_alg_t  *row;

    row = gate_alg_row(alg);

    if (row == NULL || !(key->algs & alg)) {
        return 0;
    }

    if (key->pkey == NULL) {
        return len == row->size;
    }

    /* RFC 7518 3.4: r and s at their full length; RFC 8017 8.2.2 */

    return len == (row->part != 0 ? 2 * row->part
                                  : (size_t) EVP_PKEY_get_size(key->pkey));
}


int
gate_key_verify(const gate_key_t *key, unsigned alg, gate_str_t msg,
    gate_str_t sig)
{
    int                good;
    const gate_alg_t  *row;

    row = gate_alg_row(alg);

    if (!gate_key_fits(key, alg, sig.len)) {
        return 0;
    }

    /* a wrong signature must not stay in the error queue for others to find */

    ERR_set_mark();

    good = (key->pkey == NULL) ? gate_key_verify_hs(key, row, msg, sig)
                               : gate_key_verify_pk(key, row, msg, sig);
    ERR_pop_to_mark();

    return good;
}


static int
gate_key_verify_hs(const gate_key_t *key, const gate_alg_t *row,
    gate_str_t msg, gate_str_t sig)
{
    size_t          len;
    EVP_MAC_CTX    *ctx;
    unsigned char   mac[EVP_MAX_MD_SIZE];

    ctx = key->mac[gate_alg_hash(row)];

    /* without a key: the one of before */

    return EVP_MAC_init(ctx, NULL, 0, NULL) == 1
           && EVP_MAC_update(ctx, msg.data, msg.len) == 1
           && EVP_MAC_final(ctx, mac, &len, sizeof(mac)) == 1
           && len == row->size
           && CRYPTO_memcmp(mac, sig.data, len) == 0;
}


static int
gate_key_verify_pk(const gate_key_t *key, const gate_alg_t *row,
    gate_str_t msg, gate_str_t sig)
{
    int            i;
    unsigned       len;
    unsigned char  der[GATE_ES_DER];
    unsigned char  hash[EVP_MAX_MD_SIZE];

    i = gate_alg_hash(row);

    if (row->part != 0) {
        sig = gate_str(der, gate_key_der(sig.data, row->part, der));
    }

    return EVP_DigestInit_ex2(key->digest, key->md[i], NULL) == 1
           && EVP_DigestUpdate(key->digest, msg.data, msg.len) == 1
           && EVP_DigestFinal_ex(key->digest, hash, &len) == 1
           && EVP_PKEY_verify(key->pctx[i], sig.data, sig.len, hash, len) == 1;
}


/*
 * r||s to the Ecdsa-Sig-Value of RFC 3279 2.2.3.  Zero, and values not below
 * the order of the curve, are OpenSSL's to refuse.
 */

static size_t
gate_key_der(const unsigned char *rs, size_t part, unsigned char *dst)
{
    size_t          len;
    unsigned char  *last, body[GATE_ES_DER];

    last = gate_key_der_int(body, rs, part);
    last = gate_key_der_int(last, rs + part, part);
    len = (size_t) (last - body);

    last = dst;
    *last++ = 0x30;

    if (len > 127) {
        *last++ = 0x81;
    }

    *last++ = (unsigned char) len;

    memcpy(last, body, len);

    return (size_t) (last - dst) + len;
}


static unsigned char *
gate_key_der_int(unsigned char *dst, const unsigned char *n, size_t len)
{
    int  sign;

    while (len > 1 && *n == 0) {
        n++;
        len--;
    }

    sign = (*n & 0x80) != 0;

    *dst++ = 0x02;
    *dst++ = (unsigned char) (len + (size_t) sign);

    if (sign) {
        *dst++ = 0;
    }

    memcpy(dst, n, len);

    return dst + len;
}
