
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * base64url without padding, canonical only: of all the spellings of some
 * bytes exactly one is read, so that a token has one digest.
 */


#include "gate_b64.h"


#define GATE_B64_BAD  0x80


/* the value of a byte, GATE_B64_BAD outside the alphabet of RFC 4648 5 */

static const unsigned char  gate_b64url_table[256] = {
#define B  GATE_B64_BAD
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, B, B, 62, B, B,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, B, B, B, B, B, B,
    B, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, B, B, B, B, 63,
    B, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B
#undef B
};


static int gate_b64url_tail(const unsigned char *src, size_t n,
    unsigned char *dst);


int
gate_b64url_decode(gate_str_t in, unsigned char *dst, size_t cap, size_t *len)
{
    size_t                n, i, tail, size;
    unsigned              a, b, c, d, bad;
    const unsigned char  *src;

    tail = in.len % 4;
    size = in.len / 4 * 3 + (tail == 0 ? 0 : tail - 1);

    if (tail == 1 || size > cap) {
        return 0;
    }

    bad = 0;
    src = in.data;
    n = in.len / 4;

    for (i = 0; i < n; i++) {
        a = gate_b64url_table[src[0]];
        b = gate_b64url_table[src[1]];
        c = gate_b64url_table[src[2]];
        d = gate_b64url_table[src[3]];

        bad |= a | b | c | d;

        dst[0] = (unsigned char) (a << 2 | b >> 4);
        dst[1] = (unsigned char) (b << 4 | c >> 2);
        dst[2] = (unsigned char) (c << 6 | d);

        src += 4;
        dst += 3;
    }

    if ((bad & GATE_B64_BAD) || !gate_b64url_tail(src, tail, dst)) {
        return 0;
    }

    *len = size;

    return 1;
}


/* the last two or three characters; bits that no byte takes must be zero */

static int
gate_b64url_tail(const unsigned char *src, size_t n, unsigned char *dst)
{
    unsigned  a, b, c;

    if (n == 0) {
        return 1;
    }

    a = gate_b64url_table[src[0]];
    b = gate_b64url_table[src[1]];
    c = (n == 3) ? gate_b64url_table[src[2]] : 0;

    if ((a | b | c) & GATE_B64_BAD) {
        return 0;
    }

    dst[0] = (unsigned char) (a << 2 | b >> 4);

    if (n == 2) {
        return (b & 0x0f) == 0;
    }

    dst[1] = (unsigned char) (b << 4 | c >> 2);

    return (c & 0x03) == 0;
}


size_t
gate_b64url_encode(gate_str_t in, unsigned char *dst)
{
    size_t          i;
    unsigned        bits, n;
    unsigned char  *p;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz0123456789-_";

    p = dst;
    bits = 0;
    n = 0;

    for (i = 0; i < in.len; i++) {
        bits = bits << 8 | in.data[i];

        for (n += 8; n >= 6; n -= 6) {
            *p++ = (unsigned char) alphabet[bits >> (n - 6) & 0x3f];
        }

        bits &= (1u << n) - 1;
    }

    if (n != 0) {
        *p++ = (unsigned char) alphabet[bits << (6 - n) & 0x3f];
    }

    return (size_t) (p - dst);
}
