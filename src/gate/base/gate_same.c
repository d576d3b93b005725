
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Comparison in constant time, a word at a time: CRYPTO_memcmp() takes bytes,
 * and a token of 700 bytes is compared on each request.
 */


#include <stdint.h>
#include <string.h>

#include "gate_same.h"


int
gate_same(const void *a, const void *b, size_t len)
{
    uint64_t              x, y, differ;
    const unsigned char  *p, *q;

    p = a;
    q = b;
    differ = 0;

    for ( /* void */ ; len >= sizeof(uint64_t); len -= sizeof(uint64_t)) {
        memcpy(&x, p, sizeof(uint64_t));
        memcpy(&y, q, sizeof(uint64_t));

        differ |= x ^ y;

        p += sizeof(uint64_t);
        q += sizeof(uint64_t);
    }

    for ( /* void */ ; len != 0; len--) {
        differ |= (uint64_t) (*p++ ^ *q++);
    }

    return differ == 0;
}
