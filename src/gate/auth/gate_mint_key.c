
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A private key that mints: read, judged, and its public half as a JWK (RFC
 * 7517 4, RFC 7518 6, RFC 7638 for its name).
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "gate_b64.h"
#include "gate_key.h"
#include "gate_mint_key.h"


#define GATE_MINT_NUMBER  (GATE_RSA_MAX / 8)  /* bytes of a member, at most */
#define GATE_MINT_JWK     (2 * GATE_MINT_NUMBER + 6 * GATE_MINT_KID + 256)


/* what a private key can do, and where a sentence about it goes */

typedef struct {
    unsigned               algs;              /* what it may sign with */
    unsigned               alg;               /* unless another is said */
    char                  *err;
    size_t                 errlen;
} gate_mint_made_t;


static EVP_PKEY *gate_mint_key_read(gate_str_t pem);
static int gate_mint_no_password(char *buf, int size, int rwflag, void *data);
static int gate_mint_key_judge(gate_mint_key_t *key, gate_mint_made_t *made,
    gate_str_t alg);
static int gate_mint_key_can(gate_mint_key_t *key, gate_mint_made_t *made);
static int gate_mint_key_publish(gate_mint_key_t *key);
static int gate_mint_key_head(gate_mint_key_t *key);
static int gate_mint_key_members(gate_text_t *t, gate_mint_key_t *key);
static int gate_mint_key_octets(gate_text_t *t, EVP_PKEY *pkey);
static int gate_mint_key_member(gate_text_t *t, EVP_PKEY *pkey,
    const char *param, size_t size);
static int gate_mint_key_thumbprint(gate_mint_key_t *key, gate_str_t members);
static unsigned char *gate_mint_key_keep(gate_text_t *t, size_t *len);


gate_mint_key_t *
gate_mint_key_create(gate_str_t pem, gate_str_t alg, gate_str_t kid,
    char *err, size_t errlen)
{
    gate_mint_key_t   *key;
    gate_mint_made_t   made;

    made.err = err;
    made.errlen = errlen;

    key = calloc(1, sizeof(gate_mint_key_t));
    if (key == NULL) {
        snprintf(err, errlen, "finds no memory: give this machine more");
        return NULL;
    }

    key->pkey = gate_mint_key_read(pem);
    key->digest = EVP_MD_CTX_new();

    if (kid.len != 0) {
        memcpy(key->kid, kid.data, kid.len);
    }

    if (key->pkey == NULL) {
        snprintf(err, errlen, "holds no private key in PEM, or one behind a "
                 "password: take one without");

    } else if (!gate_mint_key_judge(key, &made, alg)) {
        /* it has been said */

    } else if (key->digest == NULL || !gate_mint_key_publish(key)
               || !gate_mint_key_head(key))
    {
        snprintf(err, errlen, "holds a key whose public half cannot be "
                 "written: make another one");

    } else {
        return key;
    }

    gate_mint_key_destroy(key);

    return NULL;
}


void
gate_mint_key_destroy(gate_mint_key_t *key)
{
    if (key == NULL) {
        return;
    }

    EVP_MD_CTX_free(key->digest);
    EVP_PKEY_free(key->pkey);
    free(key->head);
    free(key->jwk);
    free(key);
}


gate_str_t
gate_mint_key_kid(const gate_mint_key_t *key)
{
    return gate_str((unsigned char *) key->kid, strlen(key->kid));
}


gate_str_t
gate_mint_key_jwk(const gate_mint_key_t *key)
{
    return gate_str(key->jwk, key->njwk);
}


static EVP_PKEY *
gate_mint_key_read(gate_str_t pem)
{
    BIO       *bio;
    EVP_PKEY  *pkey;

    pkey = NULL;

    ERR_set_mark();

    bio = BIO_new_mem_buf(pem.data, (int) pem.len);

    if (bio != NULL) {
        pkey = PEM_read_bio_PrivateKey(bio, NULL, gate_mint_no_password, NULL);
    }

    BIO_free(bio);
    ERR_pop_to_mark();

    return pkey;
}


/* nobody is asked at a terminal */

static int
gate_mint_no_password(char *buf, int size, int rwflag, void *data)
{
    return -1;
}


static int
gate_mint_key_judge(gate_mint_key_t *key, gate_mint_made_t *made,
    gate_str_t alg)
{
    unsigned  asked;

    if (!gate_mint_key_can(key, made)) {
        return 0;
    }

    asked = (alg.len == 0) ? made->alg : gate_alg_parse(alg);

    if (!(asked & made->algs)) {
        snprintf(made->err, made->errlen, "does not sign with the algorithm "
                 "that is asked for: take %s",
                 (made->algs & GATE_ALGS_RS) ? "one of RS256 to RS512 and "
                                               "PS256 to PS512"
                                             : gate_alg_name(made->alg));
        return 0;
    }

    key->row = gate_alg_row(asked);

    return 1;
}


static int
gate_mint_key_can(gate_mint_key_t *key, gate_mint_made_t *made)
{
    int                bits;
    char               group[64];
    size_t             n;
    const gate_alg_t  *row;

    made->algs = 0;

    if (EVP_PKEY_is_a(key->pkey, "RSA")) {
        bits = EVP_PKEY_get_bits(key->pkey);

        if (bits < GATE_RSA_MIN || bits > GATE_RSA_MAX) {
            snprintf(made->err, made->errlen, "holds an RSA key of %d bits: "
                     "take one of %d to %d", bits, GATE_RSA_MIN, GATE_RSA_MAX);
            return 0;
        }

        made->algs = GATE_ALGS_RS|GATE_ALGS_PS;
        made->alg = GATE_RS256;

    } else if (EVP_PKEY_is_a(key->pkey, "ED25519")) {
        made->algs = GATE_ALGS_ED;
        made->alg = GATE_EDDSA;

    } else if (EVP_PKEY_is_a(key->pkey, "EC")
               && EVP_PKEY_get_group_name(key->pkey, group, sizeof(group), &n))
    {
        for (row = gate_alg_rows(); row->name != NULL; row++) {
            if (row->group != NULL && strcmp(row->group, group) == 0) {
                made->algs = row->alg;
                made->alg = row->alg;
            }
        }
    }

    if (made->algs == 0) {
        snprintf(made->err, made->errlen, "holds a key that cannot sign here: "
                 "take an EC key on P-256, P-384 or P-521, Ed25519, or RSA");
    }

    return made->algs != 0;
}


/* members in the order of their names: the thumbprint is of those */

static int
gate_mint_key_publish(gate_mint_key_t *key)
{
    gate_text_t    t;
    unsigned char  members[GATE_MINT_JWK];

    gate_text_init(&t, members, sizeof(members));

    if (!gate_mint_key_members(&t, key) || t.full
        || !gate_mint_key_thumbprint(key, gate_str(members, (size_t)
                                                   (t.last - members))))
    {
        return 0;
    }

    t.last--;

    gate_text_cstr(&t, ",\"use\":\"sig\",\"alg\":\"");
    gate_text_cstr(&t, key->row->name);
    gate_text_cstr(&t, "\",\"kid\":");
    gate_text_json(&t, gate_mint_key_kid(key));
    gate_text_cstr(&t, "}");

    key->jwk = gate_mint_key_keep(&t, &key->njwk);

    return key->jwk != NULL;
}


/* the same for each token */

static int
gate_mint_key_head(gate_mint_key_t *key)
{
    gate_text_t    t;
    unsigned char  head[6 * GATE_MINT_KID + 64];

    gate_text_init(&t, head, sizeof(head));

    gate_text_cstr(&t, "{\"alg\":\"");
    gate_text_cstr(&t, key->row->name);
    gate_text_cstr(&t, "\",\"typ\":\"JWT\",\"kid\":");
    gate_text_json(&t, gate_mint_key_kid(key));
    gate_text_cstr(&t, "}");

    key->nhead = (size_t) (t.last - head);
    key->head = malloc(gate_b64url_encoded(sizeof(head)));

    if (t.full || key->head == NULL) {
        return 0;
    }

    key->nhead = gate_b64url_encode(gate_str(head, key->nhead), key->head);

    return 1;
}


static int
gate_mint_key_members(gate_text_t *t, gate_mint_key_t *key)
{
    int                ok;
    const gate_alg_t  *row;

    row = key->row;

    if (row->crv == NULL) {
        gate_text_cstr(t, "{\"e\":\"");
        ok = gate_mint_key_member(t, key->pkey, OSSL_PKEY_PARAM_RSA_E, 0);
        gate_text_cstr(t, "\",\"kty\":\"RSA\",\"n\":\"");
        ok = ok && gate_mint_key_member(t, key->pkey, OSSL_PKEY_PARAM_RSA_N,
                                        0);
        gate_text_cstr(t, "\"}");

        return ok;
    }

    gate_text_cstr(t, "{\"crv\":\"");
    gate_text_cstr(t, row->crv);

    if (row->group == NULL) {
        gate_text_cstr(t, "\",\"kty\":\"OKP\",\"x\":\"");
        ok = gate_mint_key_octets(t, key->pkey);

    } else {
        gate_text_cstr(t, "\",\"kty\":\"EC\",\"x\":\"");
        ok = gate_mint_key_member(t, key->pkey, OSSL_PKEY_PARAM_EC_PUB_X,
                                  row->part);
        gate_text_cstr(t, "\",\"y\":\"");
        ok = ok && gate_mint_key_member(t, key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y,
                                        row->part);
    }

    gate_text_cstr(t, "\"}");

    return ok;
}


/* RFC 8037 2 */

static int
gate_mint_key_octets(gate_text_t *t, EVP_PKEY *pkey)
{
    size_t         len;
    unsigned char  bytes[64], text[gate_b64url_encoded(64)];

    len = sizeof(bytes);

    if (EVP_PKEY_get_raw_public_key(pkey, bytes, &len) != 1) {
        return 0;
    }

    gate_text_add(t, gate_str(text, gate_b64url_encode(gate_str(bytes, len),
                                                       text)));

    return 1;
}


/* coordinates have the length of the field (RFC 7518 6.2.1.2), others theirs */

static int
gate_mint_key_member(gate_text_t *t, EVP_PKEY *pkey, const char *param,
    size_t size)
{
    BIGNUM         *n;
    size_t          len;
    unsigned char   bytes[GATE_MINT_NUMBER];
    unsigned char   text[gate_b64url_encoded(GATE_MINT_NUMBER)];

    n = NULL;

    if (EVP_PKEY_get_bn_param(pkey, param, &n) != 1) {
        return 0;
    }

    if (size == 0) {
        size = (size_t) BN_num_bytes(n);
    }

    len = (size <= sizeof(bytes)
           && BN_bn2binpad(n, bytes, (int) size) == (int) size) ? size : 0;

    BN_free(n);

    len = gate_b64url_encode(gate_str(bytes, len), text);
    gate_text_add(t, gate_str(text, len));

    return len != 0;
}


static int
gate_mint_key_thumbprint(gate_mint_key_t *key, gate_str_t members)
{
    unsigned int   len;
    unsigned char  digest[EVP_MAX_MD_SIZE];

    if (key->kid[0] != '\0') {
        return 1;
    }

    if (EVP_Digest(members.data, members.len, digest, &len, EVP_sha256(), NULL)
        != 1)
    {
        return 0;
    }

    len = gate_b64url_encode(gate_str(digest, len),
                             (unsigned char *) key->kid);
    key->kid[len] = '\0';

    return 1;
}


static unsigned char *
gate_mint_key_keep(gate_text_t *t, size_t *len)
{
    unsigned char  *p;

    *len = (size_t) (t->last - t->start);

    p = t->full ? NULL : malloc(*len);

    if (p != NULL) {
        memcpy(p, t->start, *len);
    }

    return p;
}
