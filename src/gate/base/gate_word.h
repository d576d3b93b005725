
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Eight bytes at a time: names are so short that a call of memcmp() costs more
 * than to compare them.
 */


#ifndef GATE_WORD_H_INCLUDED_
#define GATE_WORD_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <string.h>


/* eight bytes, as this machine has them */

static inline uint64_t
gate_word(const unsigned char *p)
{
    uint64_t  n;

    memcpy(&n, p, sizeof(uint64_t));

    return n;
}


/* up to eight bytes in one word: of one length the word tells all of them */

static inline uint64_t
gate_word_few(const unsigned char *p, size_t n)
{
    uint32_t  a, b;

    if (n == 8) {
        return gate_word(p);
    }

    if (n >= 4) {
        memcpy(&a, p, sizeof(uint32_t));
        memcpy(&b, p + n - 4, sizeof(uint32_t));

        return (uint64_t) a << 32 | b;
    }

    return (n == 0) ? 0 : (uint64_t) p[0] << 16 | (uint64_t) p[n / 2] << 8
                          | p[n - 1];
}


static inline int
gate_word_same(const unsigned char *a, const unsigned char *b, size_t n)
{
    uint16_t  a2, b2, c2, d2;
    uint32_t  a4, b4, c4, d4;

    if (n >= 8) {
        for ( /* void */ ; n > 8; n -= 8, a += 8, b += 8) {
            if (gate_word(a) != gate_word(b)) {
                return 0;
            }
        }

        /* n is what is left: it may begin within the word before */

        return gate_word(a + n - 8) == gate_word(b + n - 8);
    }

    if (n >= 4) {
        memcpy(&a4, a, 4);
        memcpy(&b4, b, 4);
        memcpy(&c4, a + n - 4, 4);
        memcpy(&d4, b + n - 4, 4);

        return ((a4 ^ b4) | (c4 ^ d4)) == 0;
    }

    if (n >= 2) {
        memcpy(&a2, a, 2);
        memcpy(&b2, b, 2);
        memcpy(&c2, a + n - 2, 2);
        memcpy(&d2, b + n - 2, 2);

        return ((a2 ^ b2) | (c2 ^ d2)) == 0;
    }

    return n == 0 || *a == *b;
}


/* lower case of eight bytes: of those below 0x80 the ones from 'A' to 'Z' */

static inline uint64_t
gate_word_lower(uint64_t word)
{
    uint64_t  low, letters;

    low = word & 0x7f7f7f7f7f7f7f7fULL;

    letters = (low + 0x3f3f3f3f3f3f3f3fULL) ^ (low + 0x2525252525252525ULL);
    letters &= ~word & 0x8080808080808080ULL;

    return word | letters >> 2;
}


#endif /* GATE_WORD_H_INCLUDED_ */
