
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Sets of verification keys: loading them from JSON, PEM and secrets, finding
 * the ones for a token.
 */


#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "gate_json.h"
#include "gate_jwk.h"
#include "gate_jwks.h"
#include "gate_key.h"


#define GATE_JWKS_KEYS  1024                  /* in one set */


struct gate_jwks_s {
    gate_key_t           **keys;
    size_t                 n;
    size_t                 nkids;             /* keys that have a kid */
    gate_jwks_skip_pt      skip;
    void                  *data;              /* of skip() */
};


typedef struct {
    const char            *name;
    EVP_PKEY            *(*load)(const unsigned char **der, long len);
} gate_pem_t;


static int gate_jwks_add_array(gate_jwks_t *set, const json_t *keys,
    unsigned algs, char *err, size_t errlen);
static int gate_jwks_add_one(gate_jwks_t *set, const json_t *jwk, size_t i,
    unsigned algs, char *err, size_t errlen);
static void gate_jwks_skip(const gate_jwks_t *set, const json_t *jwk, size_t i,
    const char *why);
static int gate_jwks_add_named(gate_jwks_t *set, gate_key_t *key,
    gate_str_t kid, char *err, size_t errlen);
static int gate_jwks_clash(const gate_jwks_t *set, const gate_key_t *key,
    char *err, size_t errlen);
static int gate_jwks_add_key(gate_jwks_t *set, gate_key_t *key, char *err,
    size_t errlen);
static EVP_PKEY *gate_pem_read(BIO *bio, char *err, size_t errlen);
static EVP_PKEY *gate_pem_block(const char *name, const unsigned char *der,
    long len, char *err, size_t errlen);
static EVP_PKEY *gate_pem_spki(const unsigned char **der, long len);
static EVP_PKEY *gate_pem_rsa(const unsigned char **der, long len);
static EVP_PKEY *gate_pem_certificate(const unsigned char **der, long len);


static const gate_pem_t  gate_pem_types[] = {
    { PEM_STRING_PUBLIC, gate_pem_spki },
    { PEM_STRING_RSA_PUBLIC, gate_pem_rsa },
    { PEM_STRING_X509, gate_pem_certificate },
    { NULL, NULL }
};


gate_jwks_t *
gate_jwks_create(void)
{
    return calloc(1, sizeof(gate_jwks_t));
}


void
gate_jwks_destroy(gate_jwks_t *set)
{
    size_t  i;

    if (set == NULL) {
        return;
    }

    for (i = 0; i < set->n; i++) {
        gate_key_destroy(set->keys[i]);
    }

    free(set->keys);
    free(set);
}


size_t
gate_jwks_count(const gate_jwks_t *set)
{
    return set->n;
}


int
gate_jwks_named(const gate_jwks_t *set)
{
    return set->nkids != 0;
}


void
gate_jwks_on_skip(gate_jwks_t *set, gate_jwks_skip_pt skip, void *data)
{
    set->skip = skip;
    set->data = data;
}


size_t
gate_jwks_find(const gate_jwks_t *set, unsigned alg, const gate_str_t *kid,
    const gate_key_t **keys, size_t max)
{
    size_t             i, n;
    const gate_key_t  *key;

    n = 0;

    for (i = 0; i < set->n && n < max; i++) {
        key = set->keys[i];

        if (!(key->algs & alg)) {
            continue;
        }

        if (kid != NULL && set->nkids != 0 && !gate_str_eq(key->kid, *kid)) {
            continue;
        }

        keys[n++] = key;
    }

    return n;
}


int
gate_jwks_add_json(gate_jwks_t *set, gate_str_t text, unsigned algs, char *err,
    size_t errlen)
{
    int      rc;
    size_t   before;
    json_t  *json, *keys;

    if (text.len > GATE_JWKS_MAX
        || gate_json_object(text, &json) != GATE_JSON_OK)
    {
        snprintf(err, errlen, "the keys are not one JSON object without "
                 "duplicate members");
        return 0;
    }

    before = set->n;
    keys = json_object_get(json, "keys");

    ERR_set_mark();

    rc = (keys == NULL) ? gate_jwks_add_one(set, json, 0, algs, err, errlen)
                        : gate_jwks_add_array(set, keys, algs, err, errlen);
    ERR_pop_to_mark();

    json_decref(json);

    if (rc && set->n == before) {
        snprintf(err, errlen, "none of the keys can be used with the listed "
                 "algorithms");
        return 0;
    }

    return rc;
}


static int
gate_jwks_add_array(gate_jwks_t *set, const json_t *keys, unsigned algs,
    char *err, size_t errlen)
{
    size_t   i;
    json_t  *jwk;

    if (!json_is_array(keys)) {
        snprintf(err, errlen, "member \"keys\" is not an array");
        return 0;
    }

    json_array_foreach(keys, i, jwk) {
        if (!gate_jwks_add_one(set, jwk, i, algs, err, errlen)) {
            return 0;
        }
    }

    return 1;
}


static int
gate_jwks_add_one(gate_jwks_t *set, const json_t *jwk, size_t i, unsigned algs,
    char *err, size_t errlen)
{
    char         why[256];
    gate_key_t  *key;

    switch (gate_jwk_key(jwk, algs, &key, why, sizeof(why))) {

    case GATE_JWK_OTHER:
        return 1;

    case GATE_JWK_SKIP:
        gate_jwks_skip(set, jwk, i, why);
        return 1;

    case GATE_JWK_OK:
        if (gate_jwks_clash(set, key, why, sizeof(why))) {
            gate_jwks_skip(set, jwk, i, why);
            gate_key_destroy(key);
            return 1;
        }

        if (gate_jwks_add_key(set, key, why, sizeof(why))) {
            return 1;
        }

        break;

    default:
        break;
    }

    snprintf(err, errlen, "key %zu of the set: %s", i + 1, why);

    return 0;
}


static void
gate_jwks_skip(const gate_jwks_t *set, const json_t *jwk, size_t i,
    const char *why)
{
    gate_str_t  kid;

    if (set->skip == NULL) {
        return;
    }

    if (!gate_json_string(jwk, "kid", &kid)) {
        kid = gate_str(NULL, 0);
    }

    set->skip(set->data, i + 1, kid, why);
}


int
gate_jwks_add_secret(gate_jwks_t *set, gate_str_t secret, gate_str_t kid,
    unsigned algs, char *err, size_t errlen)
{
    int  rc;

    ERR_set_mark();

    rc = gate_jwks_add_named(set, gate_key_secret(secret, algs, err, errlen),
                             kid, err, errlen);
    ERR_pop_to_mark();

    return rc;
}


int
gate_jwks_add_pem(gate_jwks_t *set, gate_str_t text, gate_str_t kid,
    unsigned algs, char *err, size_t errlen)
{
    int        rc;
    BIO       *bio;
    EVP_PKEY  *pkey;

    if (text.len == 0 || text.len > GATE_JWKS_MAX) {
        snprintf(err, errlen, "the PEM text is empty or too long");
        return 0;
    }

    bio = BIO_new_mem_buf(text.data, (int) text.len);
    if (bio == NULL) {
        snprintf(err, errlen, GATE_KEY_NO_MEMORY);
        return 0;
    }

    ERR_set_mark();

    rc = 0;
    pkey = gate_pem_read(bio, err, errlen);

    if (pkey != NULL) {
        rc = gate_jwks_add_named(set,
                                 gate_key_public(pkey, algs, err, errlen),
                                 kid, err, errlen);
    }

    ERR_pop_to_mark();

    EVP_PKEY_free(pkey);
    BIO_free(bio);

    return rc;
}


/* the set takes the key, NULL passes through */

static int
gate_jwks_add_named(gate_jwks_t *set, gate_key_t *key, gate_str_t kid,
    char *err, size_t errlen)
{
    if (key == NULL) {
        return 0;
    }

    if (kid.len > GATE_KID_MAX) {
        snprintf(err, errlen, "the kid is longer than %d bytes", GATE_KID_MAX);
        gate_key_destroy(key);
        return 0;
    }

    if (!gate_key_name(key, kid)) {
        snprintf(err, errlen, GATE_KEY_NO_MEMORY);
        gate_key_destroy(key);
        return 0;
    }

    if (gate_jwks_clash(set, key, err, errlen)) {
        gate_key_destroy(key);
        return 0;
    }

    return gate_jwks_add_key(set, key, err, errlen);
}


/* 1: it could not be told from another, or would never be tried */

static int
gate_jwks_clash(const gate_jwks_t *set, const gate_key_t *key, char *err,
    size_t errlen)
{
    size_t  i, same;

    same = 0;

    for (i = 0; i < set->n; i++) {
        same += (set->keys[i]->algs & key->algs)
                && gate_str_eq(set->keys[i]->kid, key->kid);
    }

    if (same < (key->kid.len != 0 ? 1 : GATE_KEYS_NO_KID)) {
        return 0;
    }

    snprintf(err, errlen, (key->kid.len != 0)
             ? "another key has the same \"kid\" and algorithm"
             : "there are too many keys without \"kid\" for one algorithm");

    return 1;
}


/* the set takes the key, also if there is no room for it */

static int
gate_jwks_add_key(gate_jwks_t *set, gate_key_t *key, char *err, size_t errlen)
{
    gate_key_t  **keys;

    keys = (set->n == GATE_JWKS_KEYS)
           ? NULL : realloc(set->keys, (set->n + 1) * sizeof(gate_key_t *));

    if (keys == NULL) {
        snprintf(err, errlen, "no room for another key");
        gate_key_destroy(key);
        return 0;
    }

    keys[set->n++] = key;

    set->keys = keys;
    set->nkids += (key->kid.len != 0);

    return 1;
}


/*
 * Exactly one block: of two keys in one file the second would be forgotten,
 * and a private key beside the public one would lie around unnoticed.
 */

static EVP_PKEY *
gate_pem_read(BIO *bio, char *err, size_t errlen)
{
    int             blocks;
    long            len;
    char           *name, *header;
    EVP_PKEY       *pkey;
    unsigned char  *der;

    pkey = NULL;

    for (blocks = 0; PEM_read_bio(bio, &name, &header, &der, &len); blocks++) {

        EVP_PKEY_free(pkey);
        pkey = gate_pem_block(name, der, len, err, errlen);

        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, (size_t) len);

        if (pkey == NULL) {
            return NULL;
        }
    }

    if (blocks != 1
        || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
    {
        snprintf(err, errlen, (blocks == 0) ? "there is no PEM block in it"
                 : (blocks == 1) ? "a broken PEM block follows the key"
                 : "it has more than one PEM block");
        EVP_PKEY_free(pkey);
        return NULL;
    }

    return pkey;
}


static EVP_PKEY *
gate_pem_block(const char *name, const unsigned char *der, long len, char *err,
    size_t errlen)
{
    EVP_PKEY              *pkey;
    const gate_pem_t      *type;
    const unsigned char   *last;

    if (strstr(name, "PRIVATE KEY") != NULL) {
        snprintf(err, errlen, "it is a private key, the public one is wanted");
        return NULL;
    }

    for (type = gate_pem_types; type->name != NULL; type++) {
        if (strcmp(name, type->name) == 0) {
            break;
        }
    }

    if (type->name == NULL) {
        snprintf(err, errlen, "the PEM block is neither a public key nor a "
                 "certificate");
        return NULL;
    }

    last = der + len;
    pkey = type->load(&der, len);

    if (pkey == NULL || der != last) {
        snprintf(err, errlen, "the PEM block does not decode");
        EVP_PKEY_free(pkey);
        return NULL;
    }

    return pkey;
}


static EVP_PKEY *
gate_pem_spki(const unsigned char **der, long len)
{
    return d2i_PUBKEY(NULL, der, len);
}


static EVP_PKEY *
gate_pem_rsa(const unsigned char **der, long len)
{
    return d2i_PublicKey(EVP_PKEY_RSA, NULL, der, len);
}


static EVP_PKEY *
gate_pem_certificate(const unsigned char **der, long len)
{
    X509      *cert;
    EVP_PKEY  *pkey;

    cert = d2i_X509(NULL, der, len);
    if (cert == NULL) {
        return NULL;
    }

    pkey = X509_get_pubkey(cert);
    X509_free(cert);

    return pkey;
}
