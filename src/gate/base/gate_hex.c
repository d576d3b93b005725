
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hexadecimal digits and the bytes they stand for.
 */


#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "gate_hex.h"


int
gate_hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return -1;
}


int
gate_hex_read(const unsigned char *p, unsigned char *dst, size_t n)
{
    int     hi, lo;
    size_t  i;

    for (i = 0; i < n; i++) {
        hi = gate_hex_value(p[2 * i]);
        lo = gate_hex_value(p[2 * i + 1]);

        if (hi < 0 || lo < 0) {
            return 0;
        }

        dst[i] = (unsigned char) (hi << 4 | lo);
    }

    return 1;
}


/*
 * Each request has a few such ids: four bytes at a time become eight digits in
 * one word.  Its bytes are spread, each is cut in two, and what is above nine
 * moves on to the letters.
 */

unsigned char *
gate_hex_write(const unsigned char *p, size_t n, unsigned char *dst)
{
    uint32_t  four;
    uint64_t  x;

    for ( /* void */ ; n >= 4; n -= 4, p += 4, dst += 8) {
        memcpy(&four, p, 4);

        x = le32toh(four);
        x = (x | x << 16) & 0x0000ffff0000ffffULL;
        x = (x | x << 8) & 0x00ff00ff00ff00ffULL;

        x = (x >> 4 & 0x000f000f000f000fULL)
            | (x & 0x000f000f000f000fULL) << 8;
        x += 0x3030303030303030ULL
             + ((x + 0x0606060606060606ULL) >> 4 & 0x0101010101010101ULL)
               * ('a' - '0' - 10);

        /* the first digit is the lowest byte */

        x = htole64(x);
        memcpy(dst, &x, 8);
    }

    for ( /* void */ ; n != 0; n--, p++) {
        *dst++ = (unsigned char) "0123456789abcdef"[*p >> 4];
        *dst++ = (unsigned char) "0123456789abcdef"[*p & 15];
    }

    return dst;
}
