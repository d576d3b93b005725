
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Comparison in constant time, many bytes at a time: CRYPTO_memcmp() takes
 * one, and a token of 700 bytes is compared on each request.
 */


#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "gate_same.h"
#include "gate_str.h"


static uint64_t gate_same_long(const unsigned char *p, const unsigned char *q,
    size_t len);

#ifdef __SSE2__
static __m128i gate_same_load(const unsigned char *p);
#endif


int
gate_same(const void *a, const void *b, size_t len)
{
    uint64_t              differ;
    const unsigned char  *p, *q;

    p = a;
    q = b;

    /* the last ones are compared again where there is no whole word */

    if (len >= 16) {
        differ = gate_same_long(p, q, len);

        p += len - 16;
        q += len - 16;

        differ |= gate_word(p) ^ gate_word(q);
        differ |= gate_word(p + 8) ^ gate_word(q + 8);

    } else if (len >= 8) {
        differ = gate_word(p) ^ gate_word(q);
        differ |= gate_word(p + len - 8) ^ gate_word(q + len - 8);

    } else {
        differ = gate_word_few(p, len) ^ gate_word_few(q, len);
    }

    /* whatever the compiler knows of who asks: nothing of the bits leaves
     * the loops before they end */

    __asm__ ("" : "+r" (differ));

    return differ == 0;
}


/* as many as there are of sixteen bytes; what differs */

static uint64_t
gate_same_long(const unsigned char *p, const unsigned char *q, size_t len)
{
#ifdef __SSE2__

    __m128i  a, b, differ;

    differ = _mm_setzero_si128();

    for ( /* void */ ; len >= 64; len -= 64, p += 64, q += 64) {
        a = _mm_xor_si128(gate_same_load(p), gate_same_load(q));
        b = _mm_xor_si128(gate_same_load(p + 16), gate_same_load(q + 16));
        differ = _mm_or_si128(differ, _mm_or_si128(a, b));

        a = _mm_xor_si128(gate_same_load(p + 32), gate_same_load(q + 32));
        b = _mm_xor_si128(gate_same_load(p + 48), gate_same_load(q + 48));
        differ = _mm_or_si128(differ, _mm_or_si128(a, b));
    }

    for ( /* void */ ; len >= 16; len -= 16, p += 16, q += 16) {
        differ = _mm_or_si128(differ, _mm_xor_si128(gate_same_load(p),
                                                    gate_same_load(q)));
    }

    return (uint64_t) _mm_cvtsi128_si64(differ)
           | (uint64_t) _mm_cvtsi128_si64(_mm_unpackhi_epi64(differ, differ));

#else

    uint64_t  differ;

    differ = 0;

    for ( /* void */ ; len >= 16; len -= 16, p += 16, q += 16) {
        differ |= gate_word(p) ^ gate_word(q);
        differ |= gate_word(p + 8) ^ gate_word(q + 8);
    }

    return differ;

#endif
}


#ifdef __SSE2__

static __m128i
gate_same_load(const unsigned char *p)
{
    return _mm_loadu_si128((const __m128i *) p);
}

#endif
