
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hexadecimal digits and the bytes they stand for.
 */


#include <endian.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "gate_hex.h"


#ifdef __SSE2__
static void gate_hex_sixteen(const unsigned char *p, unsigned char *dst);
static void gate_hex_eight(const unsigned char *p, unsigned char *dst);
static __m128i gate_hex_digits(__m128i v);
#endif


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

#ifdef __SSE2__

    for ( /* void */ ; n >= 16; n -= 16, p += 16, dst += 32) {
        gate_hex_sixteen(p, dst);
    }

    if (n >= 8) {
        gate_hex_eight(p, dst);
        n -= 8;
        p += 8;
        dst += 16;
    }

#endif

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


#ifdef __SSE2__

/* a UUID or the id of a trace at once, with what each x86-64 has */

static void
gate_hex_sixteen(const unsigned char *p, unsigned char *dst)
{
    __m128i  v, hi, lo, low;

    low = _mm_set1_epi8(0x0f);

    v = _mm_loadu_si128((const __m128i *) p);
    hi = _mm_and_si128(_mm_srli_epi16(v, 4), low);
    lo = _mm_and_si128(v, low);

    _mm_storeu_si128((__m128i *) dst,
                     gate_hex_digits(_mm_unpacklo_epi8(hi, lo)));
    _mm_storeu_si128((__m128i *) (dst + 16),
                     gate_hex_digits(_mm_unpackhi_epi8(hi, lo)));
}


static void
gate_hex_eight(const unsigned char *p, unsigned char *dst)
{
    __m128i  v, hi, lo, low;

    low = _mm_set1_epi8(0x0f);

    v = _mm_loadl_epi64((const __m128i *) p);
    hi = _mm_and_si128(_mm_srli_epi16(v, 4), low);
    lo = _mm_and_si128(v, low);

    _mm_storeu_si128((__m128i *) dst,
                     gate_hex_digits(_mm_unpacklo_epi8(hi, lo)));
}


static __m128i
gate_hex_digits(__m128i v)
{
    __m128i  letters;

    letters = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8(9)),
                            _mm_set1_epi8('a' - '0' - 10));

    return _mm_add_epi8(_mm_add_epi8(v, _mm_set1_epi8('0')), letters);
}

#endif
