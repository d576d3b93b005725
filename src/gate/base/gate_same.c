
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Comparison in constant time, words at a time: CRYPTO_memcmp() takes bytes,
 * and a token of 700 bytes is compared on each request.
 */


#include <stdint.h>
#include <string.h>

#include "gate_same.h"


static uint64_t gate_same_word(const unsigned char *p);


int
gate_same(const void *a, const void *b, size_t len)
{
    uint64_t              differ;
    const unsigned char  *p, *q;

    p = a;
    q = b;
    differ = 0;

    for ( /* void */ ; len >= 32; len -= 32, p += 32, q += 32) {
        differ |= gate_same_word(p) ^ gate_same_word(q);
        differ |= gate_same_word(p + 8) ^ gate_same_word(q + 8);
        differ |= gate_same_word(p + 16) ^ gate_same_word(q + 16);
        differ |= gate_same_word(p + 24) ^ gate_same_word(q + 24);
    }

    for ( /* void */ ; len >= 8; len -= 8, p += 8, q += 8) {
        differ |= gate_same_word(p) ^ gate_same_word(q);
    }

    for ( /* void */ ; len != 0; len--) {
        differ |= (uint64_t) (*p++ ^ *q++);
    }

    /* whatever the compiler knows of who asks: nothing of the bits leaves
     * the loops before they end */

    __asm__ ("" : "+r" (differ));

    return differ == 0;
}


static uint64_t
gate_same_word(const unsigned char *p)
{
    uint64_t  n;

    memcpy(&n, p, sizeof(uint64_t));

    return n;
}
