
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One verification key is used: is this signature its own?
 */


#include <openssl/crypto.h>
#include <openssl/err.h>

#include "gate_key.h"


#define GATE_ES_PART     66                   /* bytes of r of P-521 */

/* SEQUENCE of two INTEGERs, each with a sign byte */
#define GATE_ES_DER      (3 + 2 * (2 + 1 + GATE_ES_PART))


static int gate_key_verify_hs(const gate_key_t *key, const gate_alg_t *row,
    gate_str_t msg, gate_str_t sig);
static int gate_key_verify_ed(const gate_key_t *key, gate_str_t msg,
    gate_str_t sig);
static int gate_key_verify_pk(const gate_key_t *key, const gate_alg_t *row,
    gate_str_t msg, gate_str_t sig);
static size_t gate_key_der(const unsigned char *rs, size_t part,
    unsigned char *dst);
static unsigned char *gate_key_der_int(unsigned char *dst,
    const unsigned char *n, size_t len);


int
gate_key_slot(const gate_alg_t *row)
{
    int  hash;

    hash = (row->size == 32) ? 0 : (row->size == 48) ? 1 : 2;

    return (row->alg & GATE_ALGS_PS) ? GATE_KEY_HASHES + hash : hash;
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

    /* RFC 7518 3.4: r and s at their full length; RFC 8017 8.1.2, 8.2.2 */

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
           : (row->alg & GATE_ALGS_ED) ? gate_key_verify_ed(key, msg, sig)
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

    ctx = key->mac[gate_key_slot(row)];

    /* without a key: the one of before */

    return EVP_MAC_init(ctx, NULL, 0, NULL) == 1
           && EVP_MAC_update(ctx, msg.data, msg.len) == 1
           && EVP_MAC_final(ctx, mac, &len, sizeof(mac)) == 1
           && len == row->size
           && CRYPTO_memcmp(mac, sig.data, len) == 0;
}


/*
 * The whole text is signed, not its hash.  S that is not below the order of the
 * curve is OpenSSL's to refuse (RFC 8032 5.1.7).
 */

static int
gate_key_verify_ed(const gate_key_t *key, gate_str_t msg, gate_str_t sig)
{
    return EVP_MD_CTX_reset(key->digest) == 1
           && EVP_DigestVerifyInit_ex(key->digest, NULL, NULL, NULL, NULL,
                                      key->pkey, NULL)
              == 1
           && EVP_DigestVerify(key->digest, sig.data, sig.len, msg.data,
                               msg.len)
              == 1;
}


static int
gate_key_verify_pk(const gate_key_t *key, const gate_alg_t *row,
    gate_str_t msg, gate_str_t sig)
{
    int            i;
    unsigned       len;
    unsigned char  der[GATE_ES_DER];
    unsigned char  hash[EVP_MAX_MD_SIZE];

    i = gate_key_slot(row);

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
