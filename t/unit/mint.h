/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys and tokens for tests: keys are made at run time and by name, tokens
 * are put together by hand, so that wrong ones can be made, too.
 *
 * JSON is written with ' for ", to be readable in C.  What a function here
 * returns stays until the program ends.
 */

#ifndef MINT_H
#define MINT_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "gate_str.h"
#include "tap.h"


#define MINT_UNUSED  __attribute__((unused))
#define MINT_KEEP    16384


typedef struct {
    const char   *name;
    const char   *type;                     /* EC: the curve; NULL: a secret */
    size_t        size;                     /* bits, bytes of a secret */
    size_t        part;                     /* EC: bytes of a coordinate */
    EVP_PKEY     *pkey;
    gate_str_t    secret;
} mint_key_t;


static void    *mint_kept[MINT_KEEP];
static size_t   mint_nkept;

static mint_key_t  mint_keys[] = {
    { "rsa", "RSA", 2048, 0, NULL, { 0, NULL } },
    { "rsa2", "RSA", 2048, 0, NULL, { 0, NULL } },
    { "rsa-evil", "RSA", 2048, 0, NULL, { 0, NULL } },
    { "rsa-other", "RSA", 2048, 0, NULL, { 0, NULL } },
    { "rsa1024", "RSA", 1024, 0, NULL, { 0, NULL } },
    { "rsa3072", "RSA", 3072, 0, NULL, { 0, NULL } },
    { "p256", "P-256", 256, 32, NULL, { 0, NULL } },
    { "p256-evil", "P-256", 256, 32, NULL, { 0, NULL } },
    { "p384-evil", "P-384", 384, 48, NULL, { 0, NULL } },
    { "p384", "P-384", 384, 48, NULL, { 0, NULL } },
    { "p521", "P-521", 521, 66, NULL, { 0, NULL } },
    { "k256", "secp256k1", 256, 32, NULL, { 0, NULL } },
    { "secret", NULL, 64, 0, NULL, { 0, NULL } },
    { "secret-evil", NULL, 64, 0, NULL, { 0, NULL } },
    { "secret32", NULL, 32, 0, NULL, { 0, NULL } },
    { "secret31", NULL, 31, 0, NULL, { 0, NULL } },
    { "ed25519", "ED25519", 0, 0, NULL, { 0, NULL } },
    { "ed25519-evil", "ED25519", 0, 0, NULL, { 0, NULL } },
    { "x25519", "X25519", 0, 0, NULL, { 0, NULL } },
    { NULL, NULL, 0, 0, NULL, { 0, NULL } }
};


MINT_UNUSED
static void
mint_die(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(2);
}


/* held here, so that the leak checker sees it used */

MINT_UNUSED
static void *
mint_alloc(size_t size)
{
    void  *p;

    p = calloc(1, size);

    if (p == NULL || mint_nkept == MINT_KEEP) {
        mint_die("no memory");
    }

    mint_kept[mint_nkept++] = p;

    return p;
}


MINT_UNUSED
static char *
mint_fmt(const char *fmt, ...)
{
    int      len;
    char    *p;
    va_list  args;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    p = mint_alloc((size_t) len + 1);

    va_start(args, fmt);
    vsnprintf(p, (size_t) len + 1, fmt, args);
    va_end(args);

    return p;
}


/* ' to " */

MINT_UNUSED
static char *
mint_json(const char *text)
{
    char  *p, *copy;

    copy = mint_fmt("%s", text);

    for (p = copy; *p != '\0'; p++) {
        if (*p == '\'') {
            *p = '"';
        }
    }

    return copy;
}


MINT_UNUSED
static char *
mint_b64(const void *data, size_t len)
{
    char   *p, *dst;
    size_t  n;

    dst = mint_alloc(len / 3 * 4 + 5);
    n = (size_t) EVP_EncodeBlock((unsigned char *) dst, data, (int) len);

    for (p = dst; p < dst + n; p++) {
        *p = (*p == '+') ? '-' : (*p == '/') ? '_' : (*p == '=') ? '\0' : *p;
    }

    return dst;
}


MINT_UNUSED
static mint_key_t *
mint_key(const char *name)
{
    size_t       i;
    mint_key_t  *key;

    for (key = mint_keys; key->name != NULL; key++) {
        if (strcmp(key->name, name) == 0) {
            break;
        }
    }

    if (key->name == NULL) {
        mint_die("no such key");
    }

    if (key->pkey != NULL || key->secret.data != NULL) {
        return key;
    }

    if (key->type == NULL) {
        key->secret = gate_str(mint_alloc(key->size + 1), key->size);

        for (i = 0; i < key->size; i++) {
            key->secret.data[i] = (unsigned char) ('!' + (i * 7 + key->size
                                                   + strlen(name)) % 90);
        }

        return key;
    }

    key->pkey = (strcmp(key->type, "RSA") == 0) ? EVP_RSA_gen(key->size)
                : (key->size == 0) ? EVP_PKEY_Q_keygen(NULL, NULL, key->type)
                : EVP_EC_gen(key->type);

    if (key->pkey == NULL) {
        mint_die("a key was not made");
    }

    return key;
}


MINT_UNUSED
static char *
mint_pem(const char *name, int private)
{
    BIO       *bio;
    char      *text, *copy;
    long       len;
    EVP_PKEY  *pkey;

    pkey = mint_key(name)->pkey;
    bio = BIO_new(BIO_s_mem());

    if (private) {
        PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL);

    } else {
        PEM_write_bio_PUBKEY(bio, pkey);
    }

    len = BIO_get_mem_data(bio, &text);
    copy = mint_fmt("%.*s", (int) len, text);
    BIO_free(bio);

    return copy;
}


MINT_UNUSED
static char *
mint_bn(EVP_PKEY *pkey, const char *name, size_t pad)
{
    int             len;
    BIGNUM         *bn;
    unsigned char   buf[1024];

    bn = NULL;

    if (EVP_PKEY_get_bn_param(pkey, name, &bn) != 1) {
        mint_die("a key has no such number");
    }

    len = (pad == 0) ? BN_bn2bin(bn, buf) : BN_bn2binpad(bn, buf, (int) pad);
    BN_free(bn);

    return mint_b64(buf, (size_t) len);
}


/* "more": further members with a leading comma, or "" */

MINT_UNUSED
static char *
mint_jwk(const char *name, const char *more)
{
    size_t          len;
    mint_key_t     *key;
    unsigned char   x[32];

    key = mint_key(name);

    if (key->type == NULL) {
        return mint_json(mint_fmt("{'kty':'oct','k':'%s'%s}",
                                  mint_b64(key->secret.data, key->secret.len),
                                  more));
    }

    if (key->size == 0) {
        len = sizeof(x);
        EVP_PKEY_get_raw_public_key(key->pkey, x, &len);

        return mint_json(mint_fmt("{'kty':'OKP','crv':'Ed25519','x':'%s'%s}",
                                  mint_b64(x, len), more));
    }

    if (key->part == 0) {
        return mint_json(mint_fmt("{'kty':'RSA','n':'%s','e':'%s'%s}",
                                  mint_bn(key->pkey, "n", 0),
                                  mint_bn(key->pkey, "e", 0), more));
    }

    return mint_json(mint_fmt("{'kty':'EC','crv':'%s','x':'%s','y':'%s'%s}",
                              key->type, mint_bn(key->pkey, "qx", key->part),
                              mint_bn(key->pkey, "qy", key->part), more));
}


/* the hash is that of the digits of "alg" */

MINT_UNUSED
static const EVP_MD *
mint_md(const char *alg)
{
    return strstr(alg, "512") ? EVP_sha512()
           : strstr(alg, "384") ? EVP_sha384() : EVP_sha256();
}


MINT_UNUSED
static gate_str_t
mint_hmac(const char *alg, gate_str_t secret, gate_str_t msg)
{
    unsigned        len;
    unsigned char  *sig;

    sig = mint_alloc(EVP_MAX_MD_SIZE);

    HMAC(mint_md(alg), secret.data, (int) secret.len, msg.data, msg.len, sig,
         &len);

    return gate_str(sig, len);
}


/* r and s at their full length */

MINT_UNUSED
static gate_str_t
mint_raw_ecdsa(gate_str_t der, size_t part)
{
    ECDSA_SIG            *sig;
    unsigned char        *raw;
    const unsigned char  *p;

    p = der.data;
    sig = d2i_ECDSA_SIG(NULL, &p, (long) der.len);

    if (sig == NULL) {
        mint_die("a signature was not read");
    }

    raw = mint_alloc(2 * part);

    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int) part);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + part, (int) part);
    ECDSA_SIG_free(sig);

    return gate_str(raw, 2 * part);
}


/*
 * PS256 ...: RSASSA-PSS with a salt as long as the hash, "PLONG256" with the
 * longest; a leading "DER": an EC signature as it comes
 */

MINT_UNUSED
static gate_str_t
mint_sign(const char *alg, const char *name, gate_str_t msg)
{
    size_t          len;
    EVP_MD_CTX     *ctx;
    mint_key_t     *key;
    EVP_PKEY_CTX   *pctx;
    unsigned char  *sig;

    key = mint_key(name);

    if (key->type == NULL) {
        return mint_hmac(alg, key->secret, msg);
    }

    len = 1024;
    sig = mint_alloc(len);
    ctx = EVP_MD_CTX_new();

    if (EVP_DigestSignInit(ctx, &pctx, key->size == 0 ? NULL : mint_md(alg),
                           NULL, key->pkey)
        != 1)
    {
        mint_die("no signing");
    }

    if (alg[0] == 'P') {
        EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, alg[1] == 'L'
                                         ? RSA_PSS_SALTLEN_MAX
                                         : RSA_PSS_SALTLEN_DIGEST);
    }

    if (EVP_DigestSign(ctx, sig, &len, msg.data, msg.len) != 1) {
        mint_die("no signature");
    }

    EVP_MD_CTX_free(ctx);

    return (key->part == 0 || strncmp(alg, "DER", 3) == 0)
           ? gate_str(sig, len)
           : mint_raw_ecdsa(gate_str(sig, len), key->part);
}


/* header "." payload, as it is signed */

MINT_UNUSED
static char *
mint_input(const char *header, const char *payload)
{
    char  *h, *p;

    h = mint_json(header);
    p = mint_json(payload);

    return mint_fmt("%s.%s", mint_b64(h, strlen(h)), mint_b64(p, strlen(p)));
}


MINT_UNUSED
static char *
mint(const char *header, const char *payload, const char *alg,
    const char *key)
{
    char        *input;
    gate_str_t   sig;

    input = mint_input(header, payload);
    sig = mint_sign(alg, key, gate_cstr(input));

    return mint_fmt("%s.%s", input, mint_b64(sig.data, sig.len));
}


#endif
