
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The hash of tables: each byte counts, and so do the length and the seed.
 */


#include <stdlib.h>

#include "tap.h"
#include "gate_hash.h"


#define LONGEST  70


static void
test_bytes(void)
{
    int             good;
    size_t          len, bit;
    uint64_t        h;
    unsigned char  *p;

    good = 1;

    for (len = 0; len <= LONGEST; len++) {
        p = calloc(len ? len : 1, 1);
        h = gate_hash(gate_str(p, len), 1);

        for (bit = 0; bit < 8 * len; bit++) {
            p[bit / 8] ^= (unsigned char) (1 << bit % 8);
            good &= (gate_hash(gate_str(p, len), 1) != h);
            p[bit / 8] ^= (unsigned char) (1 << bit % 8);
        }

        free(p);
    }

    ok(good, "each bit of a string of any length counts");
}


static void
test_length(void)
{
    size_t         i, k, same;
    uint64_t       h[LONGEST];
    unsigned char  zero[LONGEST];

    memset(zero, 0, sizeof(zero));
    same = 0;

    for (i = 0; i < LONGEST; i++) {
        h[i] = gate_hash(gate_str(zero, i), 1);

        for (k = 0; k < i; k++) {
            same += (h[k] == h[i]);
        }
    }

    is_int(same, 0, "zeroes of two lengths are two strings");
}


/* the places of similar names in a table, as its users choose them */

static void
test_spread(void)
{
    int            len;
    char           name[32];
    size_t         i, used;
    unsigned char  place[1024];

    memset(place, 0, sizeof(place));
    used = 0;

    for (i = 0; i < 1024; i++) {
        len = sprintf(name, "key-%05d-of-somebody", (int) i);
        place[gate_hash(gate_str(name, (size_t) len), 7) & 1023] = 1;
    }

    for (i = 0; i < 1024; i++) {
        used += place[i];
    }

    /* at random it is 1024 * (1 - 1 / e), give or take 13 */

    ok(used > 560 && used < 740, "similar names have %d of 1024 places",
       (int) used);

    ok(gate_hash(gate_cstr("name"), 1) != gate_hash(gate_cstr("name"), 2),
       "with another seed it is another one");
}


/*
 * A product with zero is zero, whatever the other factor was: who knows the
 * constants must not find words that take all before them, and the seed, away.
 */

static void
test_seed(void)
{
    int            good;
    size_t         len, at;
    uint64_t       n;
    unsigned char  a[LONGEST], b[LONGEST];

    static const uint64_t  words[] = { GATE_HASH_ODD, GATE_HASH_MORE };

    good = 1;

    for (len = 16; len <= LONGEST; len++) {
        for (at = 0; at + 16 <= len; at++) {
            for (n = 0; n < 2; n++) {
                memset(a, 'a', sizeof(a));
                memset(b, 'b', sizeof(b));

                memcpy(a + at, &words[n], sizeof(uint64_t));
                memcpy(b + at, &words[n], sizeof(uint64_t));
                memcpy(b + at + 16, a + at + 16, len - at - 16);

                good &= (gate_hash(gate_str(a, len), 1)
                         != gate_hash(gate_str(b, len), 1));
            }
        }
    }

    ok(good, "no word makes two strings the same for each seed");
}


int
main(void)
{
    test_bytes();
    test_length();
    test_spread();
    test_seed();

    return done_testing();
}
