
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys that are issued, and the check at their end.
 */


#include "gate_admin_key.h"


static void gate_admin_key_base62(unsigned char *number, size_t n,
    unsigned char *dst, size_t digits);
static void gate_admin_key_check(gate_str_t text, unsigned char *dst);


static const char  gate_admin_key_alphabet[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";


int
gate_admin_key_is_prefix(gate_str_t prefix)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < prefix.len; i++) {
        c = prefix.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
            return 0;
        }
    }

    return prefix.len >= 1 && prefix.len <= GATE_ADMIN_KEY_PREFIX;
}


size_t
gate_admin_key_make(gate_str_t prefix,
    const unsigned char random[GATE_ADMIN_KEY_RANDOM], unsigned char *dst)
{
    unsigned char  *p;
    unsigned char   number[GATE_ADMIN_KEY_RANDOM];

    memcpy(number, random, GATE_ADMIN_KEY_RANDOM);

    p = gate_str_copy(dst, prefix);
    *p++ = '_';

    gate_admin_key_base62(number, GATE_ADMIN_KEY_RANDOM, p,
                          GATE_ADMIN_KEY_DIGITS);
    p += GATE_ADMIN_KEY_DIGITS;

    gate_admin_key_check(gate_str(dst, (size_t) (p - dst)), p);

    return (size_t) (p - dst) + GATE_ADMIN_KEY_CHECK;
}


int
gate_admin_key_fits(gate_str_t key)
{
    size_t                i, body;
    const unsigned char  *p;
    unsigned char         check[GATE_ADMIN_KEY_CHECK];

    p = memchr(key.data, '_', key.len);

    if (p == NULL
        || key.len != (size_t) (p - key.data) + 1 + GATE_ADMIN_KEY_DIGITS
                      + GATE_ADMIN_KEY_CHECK
        || !gate_admin_key_is_prefix(gate_str(key.data,
                                              (size_t) (p - key.data))))
    {
        return 0;
    }

    for (i = (size_t) (p - key.data) + 1; i < key.len; i++) {
        if (memchr(gate_admin_key_alphabet, key.data[i], 62) == NULL) {
            return 0;
        }
    }

    body = key.len - GATE_ADMIN_KEY_CHECK;

    gate_admin_key_check(gate_str(key.data, body), check);

    return gate_str_eq(gate_str(check, GATE_ADMIN_KEY_CHECK),
                       gate_str(key.data + body, GATE_ADMIN_KEY_CHECK));
}


/* the number, which is used up, from its highest digit on */

static void
gate_admin_key_base62(unsigned char *number, size_t n, unsigned char *dst,
    size_t digits)
{
    size_t    i;
    unsigned  rest;

    while (digits-- > 0) {
        rest = 0;

        for (i = 0; i < n; i++) {
            rest = rest << 8 | number[i];
            number[i] = (unsigned char) (rest / 62);
            rest %= 62;
        }

        dst[digits] = (unsigned char) gate_admin_key_alphabet[rest];
    }
}


static void
gate_admin_key_check(gate_str_t text, unsigned char *dst)
{
    size_t         i;
    uint32_t       crc;
    unsigned       bit;
    unsigned char  number[4];

    crc = 0xffffffff;

    for (i = 0; i < text.len; i++) {
        crc ^= text.data[i];

        for (bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
        }
    }

    crc = ~crc;

    for (i = 0; i < 4; i++) {
        number[i] = (unsigned char) (crc >> (24 - 8 * i));
    }

    gate_admin_key_base62(number, 4, dst, GATE_ADMIN_KEY_CHECK);
}
