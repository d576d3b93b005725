
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A hash for tables of one process: what is found by it is compared as a
 * whole.  It folds products of 64-bit words, sixteen bytes at a time, and is
 * not the same on every machine; see gate_xxh.h for one that is.
 */


#ifndef GATE_HASH_H_INCLUDED_
#define GATE_HASH_H_INCLUDED_


#include "gate_str.h"


#define GATE_HASH_ODD   0x9e3779b97f4a7c15ULL  /* 2^64 by the golden ratio */
#define GATE_HASH_MORE  0xd1b54a32d192ed03ULL  /* ... by the plastic number */

__extension__ typedef unsigned __int128  gate_hash_product_t;


static inline uint64_t
gate_hash_fold(uint64_t a, uint64_t b)
{
    gate_hash_product_t  product;

    product = (gate_hash_product_t) a * b;

    return (uint64_t) product ^ (uint64_t) (product >> 64);
}


/*
 * "seed" is random, so that nobody outside knows which strings meet.  It is in
 * both factors: zero in one of them would take the other one away.
 */

static inline uint64_t
gate_hash(gate_str_t s, uint64_t seed)
{
    size_t                n;
    uint64_t              a, b, h, secret;
    const unsigned char  *p;

    p = s.data;
    h = seed ^ s.len * GATE_HASH_ODD;
    secret = seed ^ GATE_HASH_MORE;

    for (n = s.len; n > 16; n -= 16, p += 16) {
        h = gate_hash_fold(gate_word(p) ^ secret, gate_word(p + 8) ^ h);
    }

    /* the last ones, some of them again */

    if (s.len >= 16) {
        a = gate_word(p + n - 16);
        b = gate_word(p + n - 8);

    } else {
        a = gate_word_few(p, n > 8 ? 8 : n);
        b = n > 8 ? gate_word_few(p + 8, n - 8) : 0;
    }

    h = gate_hash_fold(a ^ secret, b ^ h);

    return gate_hash_fold(h ^ GATE_HASH_ODD, secret);
}


#endif /* GATE_HASH_H_INCLUDED_ */
