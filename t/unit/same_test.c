/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Secrets of all lengths, equal and with one bit changed.
 */

#include "tap.h"

#include "gate_same.h"


int
main(void)
{
    size_t         len, bit, wrong;
    unsigned char  a[200], b[200];

    for (len = 0; len <= sizeof(a); len++) {
        a[len % sizeof(a)] = (unsigned char) (len * 37 + 1);
    }

    wrong = 0;

    for (len = 0; len <= sizeof(a); len++) {
        memcpy(b, a, sizeof(a));

        wrong += !gate_same(a, b, len);

        for (bit = 0; bit < 8 * sizeof(a); bit++) {
            b[bit / 8] ^= (unsigned char) (1 << bit % 8);
            wrong += (gate_same(a, b, len) != (bit / 8 >= len));
            b[bit / 8] ^= (unsigned char) (1 << bit % 8);
        }
    }

    is_int(wrong, 0, "a bit within the length tells them apart, none behind");
    ok(gate_same(a + 1, a + 1, 33), "where they begin does not matter");

    return done_testing();
}
