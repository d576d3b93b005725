
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Short tokens of our own: what they say, and minting them.
 */


#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "gate_b64.h"
#include "gate_mint.h"
#include "gate_mint_key.h"


#define GATE_MINT_SIG  (GATE_RSA_MAX / 8)     /* bytes, at most */


static void gate_mint_member(gate_text_t *t, const char *name,
    gate_str_t value);
static void gate_mint_list(gate_text_t *t, const char *name, gate_str_t names);
static size_t gate_mint_sign(gate_mint_key_t *key, gate_str_t text,
    unsigned char *sig);
static size_t gate_mint_raw(const gate_alg_t *row, unsigned char *sig,
    size_t len);


void
gate_mint_claims(gate_text_t *t, const gate_mint_claims_t *claims,
    int64_t iat_s, int64_t exp_s)
{
    gate_text_cstr(t, "{\"iat\":");
    gate_text_uint(t, (uint64_t) iat_s);
    gate_text_cstr(t, ",\"exp\":");
    gate_text_uint(t, (uint64_t) exp_s);

    gate_mint_member(t, "iss", claims->iss);
    gate_mint_member(t, "aud", claims->aud);
    gate_mint_member(t, "sub", claims->sub);
    gate_mint_member(t, "jti", claims->jti);
    gate_mint_member(t, "consumer_id", claims->consumer_id);
    gate_mint_list(t, "groups", claims->groups);
    gate_mint_member(t, "scope", claims->scope);
    gate_mint_member(t, "credential", claims->credential);
    gate_mint_member(t, "auth_method", claims->method);
    gate_mint_member(t, "api", claims->api);
    gate_mint_member(t, "api_version", claims->version);

    if (claims->anonymous) {
        gate_text_cstr(t, ",\"anonymous\":true");
    }

    gate_text_cstr(t, "}");
}


static void
gate_mint_member(gate_text_t *t, const char *name, gate_str_t value)
{
    if (value.len == 0) {
        return;
    }

    gate_text_cstr(t, ",\"");
    gate_text_cstr(t, name);
    gate_text_cstr(t, "\":");
    gate_text_json(t, value);
}


static void
gate_mint_list(gate_text_t *t, const char *name, gate_str_t names)
{
    size_t  start, end;

    if (names.len == 0) {
        return;
    }

    gate_text_cstr(t, ",\"");
    gate_text_cstr(t, name);
    gate_text_cstr(t, "\":");

    for (start = 0; start <= names.len; start = end + 1) {

        for (end = start; end < names.len && names.data[end] != ','; end++) {
            /* void */
        }

        gate_text_cstr(t, (start == 0) ? "[" : ",");
        gate_text_json(t, gate_str(names.data + start, end - start));
    }

    gate_text_cstr(t, "]");
}


size_t
gate_mint_size(const gate_mint_key_t *key, size_t claims)
{
    return key->nhead + 1 + gate_b64url_encoded(claims)
           + 1 + gate_b64url_encoded(GATE_MINT_SIG);
}


size_t
gate_mint(gate_mint_key_t *key, gate_str_t claims, unsigned char *dst)
{
    size_t          len;
    unsigned char  *p, sig[GATE_MINT_SIG];

    p = gate_str_copy(dst, gate_str(key->head, key->nhead));
    *p++ = '.';
    p += gate_b64url_encode(claims, p);

    ERR_set_mark();

    len = gate_mint_sign(key, gate_str(dst, (size_t) (p - dst)), sig);

    ERR_pop_to_mark();

    if (len == 0) {
        return 0;
    }

    *p++ = '.';
    p += gate_b64url_encode(gate_str(sig, len), p);

    return (size_t) (p - dst);
}


static size_t
gate_mint_sign(gate_mint_key_t *key, gate_str_t text, unsigned char *sig)
{
    size_t         len;
    EVP_PKEY_CTX  *pctx;

    len = GATE_MINT_SIG;

    if (EVP_MD_CTX_reset(key->digest) != 1
        || EVP_DigestSignInit_ex(key->digest, &pctx, key->row->md, NULL, NULL,
                                 key->pkey, NULL)
           != 1)
    {
        return 0;
    }

    /* RFC 7518 3.5: the salt is as long as the hash */

    if ((key->row->alg & GATE_ALGS_PS)
        && (EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1
            || EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST)
               != 1))
    {
        return 0;
    }

    if (EVP_DigestSign(key->digest, sig, &len, text.data, text.len) != 1) {
        return 0;
    }

    return (key->row->alg & GATE_ALGS_ES) ? gate_mint_raw(key->row, sig, len)
                                          : len;
}


/* RFC 7518 3.4: r and s at their full length, of what OpenSSL has as DER */

static size_t
gate_mint_raw(const gate_alg_t *row, unsigned char *sig, size_t len)
{
    int                   good;
    ECDSA_SIG            *es;
    const unsigned char  *p;

    p = sig;

    es = d2i_ECDSA_SIG(NULL, &p, (long) len);
    if (es == NULL) {
        return 0;
    }

    good = BN_bn2binpad(ECDSA_SIG_get0_r(es), sig, (int) row->part)
           == (int) row->part
           && BN_bn2binpad(ECDSA_SIG_get0_s(es), sig + row->part,
                           (int) row->part)
              == (int) row->part;

    ECDSA_SIG_free(es);

    return good ? 2 * row->part : 0;
}
