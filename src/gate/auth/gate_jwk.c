
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One JSON Web Key (RFC 7517 4, RFC 7518 6) to a verification key.  What is
 * unknown, incomplete or too weak is skipped, as RFC 7517 5 wants it; only what
 * must not lie on a gateway, a private key, is an error.
 */


#include <stdio.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "gate_b64.h"
#include "gate_json.h"
#include "gate_jwk.h"


#define GATE_JWK_NUMBER  2048                 /* bytes of a decoded member */
#define GATE_JWK_COORD   66                   /* bytes of x of P-521 */
#define GATE_JWK_ED      32                   /* bytes of x of Ed25519 */


typedef struct {
    const char            *kty;
    unsigned               algs;              /* that such keys can do */
    gate_jwk_rc_e        (*load)(const json_t *jwk, unsigned algs,
                                 gate_key_t **key, char *err, size_t errlen);
} gate_jwk_kty_t;


static gate_jwk_rc_e gate_jwk_public_only(const json_t *jwk, char *err,
    size_t errlen);
static gate_jwk_rc_e gate_jwk_verifies(const json_t *jwk, char *err,
    size_t errlen);
static const gate_jwk_kty_t *gate_jwk_type(const json_t *jwk, char *err,
    size_t errlen);
static gate_jwk_rc_e gate_jwk_alg(const json_t *jwk, unsigned *can, char *err,
    size_t errlen);
static gate_jwk_rc_e gate_jwk_named(const json_t *jwk, gate_key_t *key,
    char *err, size_t errlen);
static gate_jwk_rc_e gate_jwk_oct(const json_t *jwk, unsigned algs,
    gate_key_t **key, char *err, size_t errlen);
static gate_jwk_rc_e gate_jwk_rsa(const json_t *jwk, unsigned algs,
    gate_key_t **key, char *err, size_t errlen);
static gate_jwk_rc_e gate_jwk_ec(const json_t *jwk, unsigned algs,
    gate_key_t **key, char *err, size_t errlen);
static gate_jwk_rc_e gate_jwk_okp(const json_t *jwk, unsigned algs,
    gate_key_t **key, char *err, size_t errlen);
static gate_jwk_rc_e gate_jwk_build(const char *type, OSSL_PARAM_BLD *bld,
    unsigned algs, gate_key_t **key, char *err, size_t errlen);
static gate_jwk_rc_e gate_jwk_made(const gate_key_t *key, const char *err);
static int gate_jwk_bytes(const json_t *jwk, const char *name,
    unsigned char *dst, size_t cap, size_t *len);


static const gate_jwk_kty_t  gate_jwk_types[] = {
    { "RSA", GATE_ALGS_RS|GATE_ALGS_PS, gate_jwk_rsa },
    { "EC", GATE_ALGS_ES, gate_jwk_ec },
    { "OKP", GATE_ALGS_ED, gate_jwk_okp },
    { "oct", GATE_ALGS_HS, gate_jwk_oct },
    { NULL, 0, NULL }
};


gate_jwk_rc_e
gate_jwk_key(const json_t *jwk, unsigned algs, gate_key_t **key, char *err,
    size_t errlen)
{
    unsigned               can;
    gate_jwk_rc_e          rc;
    const gate_jwk_kty_t  *type;

    *key = NULL;

    if (!json_is_object(jwk)) {
        snprintf(err, errlen, "it is not an object");
        return GATE_JWK_SKIP;
    }

    rc = gate_jwk_public_only(jwk, err, errlen);
    if (rc != GATE_JWK_OK) {
        return rc;
    }

    type = gate_jwk_type(jwk, err, errlen);
    if (type == NULL) {
        return GATE_JWK_SKIP;
    }

    can = type->algs;
    rc = gate_jwk_verifies(jwk, err, errlen);

    if (rc == GATE_JWK_OK) {
        rc = gate_jwk_alg(jwk, &can, err, errlen);
    }

    if (rc == GATE_JWK_OK) {
        rc = (can & algs) ? type->load(jwk, can & algs, key, err, errlen)
                          : GATE_JWK_OTHER;
    }

    if (rc == GATE_JWK_OK) {
        rc = gate_jwk_named(jwk, *key, err, errlen);
    }

    if (rc != GATE_JWK_OK) {
        gate_key_destroy(*key);
        *key = NULL;
    }

    return rc;
}


/* private keys of others do not belong on a gateway: say so, do not drop */

static gate_jwk_rc_e
gate_jwk_public_only(const json_t *jwk, char *err, size_t errlen)
{
    size_t  i;

    static const char  *names[] = { "d", "p", "q", "dp", "dq", "qi", "oth",
                                    NULL };

    for (i = 0; names[i] != NULL; i++) {
        if (json_object_get(jwk, names[i]) != NULL) {
            snprintf(err, errlen, "it has the private member \"%s\", only "
                     "public keys are accepted", names[i]);
            return GATE_JWK_ERROR;
        }
    }

    return GATE_JWK_OK;
}


/* NULL: it has none of ours */

static const gate_jwk_kty_t *
gate_jwk_type(const json_t *jwk, char *err, size_t errlen)
{
    gate_str_t             kty;
    const gate_jwk_kty_t  *type;

    if (!gate_json_string(jwk, "kty", &kty)) {
        snprintf(err, errlen, "it has no \"kty\" that is a string");
        return NULL;
    }

    for (type = gate_jwk_types; type->kty != NULL; type++) {
        if (gate_str_eq(kty, gate_cstr(type->kty))) {
            return type;
        }
    }

    snprintf(err, errlen, "its \"kty\" is none of RSA, EC, OKP and oct");

    return NULL;
}


/* RFC 7517 4.2 and 4.3 */

static gate_jwk_rc_e
gate_jwk_verifies(const json_t *jwk, char *err, size_t errlen)
{
    size_t       i;
    json_t      *ops, *op;
    gate_str_t   use, text;

    ops = json_object_get(jwk, "key_ops");

    if (json_object_get(jwk, "use") != NULL
        && (!gate_json_string(jwk, "use", &use)
            || !gate_str_eq(use, gate_cstr("sig"))))
    {
        snprintf(err, errlen, "its \"use\" is not \"sig\"");
        return GATE_JWK_SKIP;
    }

    if (ops == NULL) {
        return GATE_JWK_OK;
    }

    json_array_foreach(ops, i, op) {
        if (gate_json_text(op, &text)
            && gate_str_eq(text, gate_cstr("verify")))
        {
            return GATE_JWK_OK;
        }
    }

    snprintf(err, errlen, "its \"key_ops\" is no list with \"verify\"");

    return GATE_JWK_SKIP;
}


/*
 * RFC 7517 4.4: a key with "alg" is for that algorithm alone; a curve of EC has
 * one in any case.  "can" comes as what the kty can do.
 */

static gate_jwk_rc_e
gate_jwk_alg(const json_t *jwk, unsigned *can, char *err, size_t errlen)
{
    unsigned    mask;
    gate_str_t  text;

    if (*can & (GATE_ALGS_ES|GATE_ALGS_ED)) {
        *can &= gate_json_string(jwk, "crv", &text) ? gate_alg_curve(text) : 0;

        if (*can == 0) {
            snprintf(err, errlen, "its \"crv\" is none of P-256, P-384, P-521 "
                     "and, with OKP, Ed25519");
            return GATE_JWK_SKIP;
        }
    }

    if (json_object_get(jwk, "alg") == NULL) {
        return GATE_JWK_OK;
    }

    mask = gate_json_string(jwk, "alg", &text) ? gate_alg_parse(text) : 0;

    if (mask == 0) {
        snprintf(err, errlen, "its \"alg\" is none that is known here");
        return GATE_JWK_SKIP;
    }

    if (!(*can & mask)) {
        snprintf(err, errlen, "its \"alg\" does not fit its \"kty\" or "
                 "\"crv\"");
        return GATE_JWK_SKIP;
    }

    *can = mask;

    return GATE_JWK_OK;
}


static gate_jwk_rc_e
gate_jwk_named(const json_t *jwk, gate_key_t *key, char *err, size_t errlen)
{
    gate_str_t  kid;

    if (json_object_get(jwk, "kid") == NULL) {
        return GATE_JWK_OK;
    }

    if (!gate_json_string(jwk, "kid", &kid)
        || kid.len == 0 || kid.len > GATE_KID_MAX)
    {
        snprintf(err, errlen, "its \"kid\" is not a string of 1 to %d bytes",
                 GATE_KID_MAX);
        return GATE_JWK_SKIP;
    }

    if (!gate_key_name(key, kid)) {
        snprintf(err, errlen, GATE_KEY_NO_MEMORY);
        return GATE_JWK_ERROR;
    }

    return GATE_JWK_OK;
}


/* RFC 7518 6.4 */

static gate_jwk_rc_e
gate_jwk_oct(const json_t *jwk, unsigned algs, gate_key_t **key, char *err,
    size_t errlen)
{
    size_t         len;
    unsigned char  k[GATE_JWK_NUMBER];

    if (!gate_jwk_bytes(jwk, "k", k, sizeof(k), &len)) {
        snprintf(err, errlen, "its \"k\" is not base64url text");
        return GATE_JWK_SKIP;
    }

    *key = gate_key_secret(gate_str(k, len), algs, err, errlen);

    OPENSSL_cleanse(k, sizeof(k));

    return gate_jwk_made(*key, err);
}


/* RFC 7518 6.3 */

static gate_jwk_rc_e
gate_jwk_rsa(const json_t *jwk, unsigned algs, gate_key_t **key, char *err,
    size_t errlen)
{
    size_t           nlen, elen;
    BIGNUM          *n, *e;
    unsigned char    nbuf[GATE_JWK_NUMBER], ebuf[GATE_JWK_NUMBER];
    gate_jwk_rc_e    rc;
    OSSL_PARAM_BLD  *bld;

    if (!gate_jwk_bytes(jwk, "n", nbuf, sizeof(nbuf), &nlen)
        || !gate_jwk_bytes(jwk, "e", ebuf, sizeof(ebuf), &elen))
    {
        snprintf(err, errlen, "its \"n\" or \"e\" is not base64url text");
        return GATE_JWK_SKIP;
    }

    n = BN_bin2bn(nbuf, (int) nlen, NULL);
    e = BN_bin2bn(ebuf, (int) elen, NULL);
    bld = OSSL_PARAM_BLD_new();

    if (n == NULL || e == NULL || bld == NULL
        || !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n)
        || !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e))
    {
        snprintf(err, errlen, GATE_KEY_NO_MEMORY);
        rc = GATE_JWK_ERROR;

    } else {
        rc = gate_jwk_build("RSA", bld, algs, key, err, errlen);
    }

    OSSL_PARAM_BLD_free(bld);
    BN_free(n);
    BN_free(e);

    return rc;
}


/* RFC 7518 6.2: both coordinates at the full length of the field */

static gate_jwk_rc_e
gate_jwk_ec(const json_t *jwk, unsigned algs, gate_key_t **key, char *err,
    size_t errlen)
{
    size_t             xlen, ylen;
    gate_jwk_rc_e      rc;
    unsigned char      point[1 + 2 * GATE_JWK_COORD];
    OSSL_PARAM_BLD    *bld;
    const gate_alg_t  *row;

    /* of one curve, and so of one algorithm */

    row = gate_alg_row(algs);

    point[0] = 0x04;

    if (!gate_jwk_bytes(jwk, "x", point + 1, row->part, &xlen)
        || !gate_jwk_bytes(jwk, "y", point + 1 + row->part, row->part, &ylen)
        || xlen != row->part || ylen != row->part)
    {
        snprintf(err, errlen, "its \"x\" or \"y\" is not base64url text of %zu "
                 "bytes", row->part);
        return GATE_JWK_SKIP;
    }

    bld = OSSL_PARAM_BLD_new();

    if (bld == NULL
        || !OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
                                            row->group, 0)
        || !OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
                                             point, 1 + 2 * row->part))
    {
        snprintf(err, errlen, GATE_KEY_NO_MEMORY);
        rc = GATE_JWK_ERROR;

    } else {
        rc = gate_jwk_build("EC", bld, algs, key, err, errlen);
    }

    OSSL_PARAM_BLD_free(bld);

    return rc;
}


/* RFC 8037 2; of its curves Ed25519 alone is for signatures and known here */

static gate_jwk_rc_e
gate_jwk_okp(const json_t *jwk, unsigned algs, gate_key_t **key, char *err,
    size_t errlen)
{
    size_t         len;
    EVP_PKEY      *pkey;
    unsigned char  x[GATE_JWK_ED];

    if (!gate_jwk_bytes(jwk, "x", x, sizeof(x), &len) || len != sizeof(x)) {
        snprintf(err, errlen, "its \"x\" is not base64url text of %d bytes",
                 GATE_JWK_ED);
        return GATE_JWK_SKIP;
    }

    pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, len);
    if (pkey == NULL) {
        snprintf(err, errlen, GATE_KEY_NO_MEMORY);
        return GATE_JWK_ERROR;
    }

    *key = gate_key_public(pkey, algs, err, errlen);

    EVP_PKEY_free(pkey);

    return gate_jwk_made(*key, err);
}


static gate_jwk_rc_e
gate_jwk_build(const char *type, OSSL_PARAM_BLD *bld, unsigned algs,
    gate_key_t **key, char *err, size_t errlen)
{
    EVP_PKEY      *pkey;
    OSSL_PARAM    *params;
    EVP_PKEY_CTX  *ctx;

    pkey = NULL;
    params = OSSL_PARAM_BLD_to_param(bld);
    ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    if (params == NULL || ctx == NULL
        || EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
    {
        if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE) {
            snprintf(err, errlen, GATE_KEY_NO_MEMORY);

        } else {
            snprintf(err, errlen, "its numbers are no %s key", type);
        }

    } else {
        *key = gate_key_public(pkey, algs, err, errlen);
    }

    EVP_PKEY_free(pkey);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);

    return gate_jwk_made(*key, err);
}


/* a set is not loaded by half, only because memory was short for a moment */

static gate_jwk_rc_e
gate_jwk_made(const gate_key_t *key, const char *err)
{
    if (key != NULL) {
        return GATE_JWK_OK;
    }

    return (strcmp(err, GATE_KEY_NO_MEMORY) == 0) ? GATE_JWK_ERROR
                                                  : GATE_JWK_SKIP;
}


static int
gate_jwk_bytes(const json_t *jwk, const char *name, unsigned char *dst,
    size_t cap, size_t *len)
{
    gate_str_t  text;

    return gate_json_string(jwk, name, &text)
           && text.len != 0
           && gate_b64url_decode(text, dst, cap, len);
}
