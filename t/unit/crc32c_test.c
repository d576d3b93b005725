
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * CRC-32C against the vectors of RFC 3720, and what the journal builds on.
 */


#include "tap.h"

#include "gate_crc32c.h"


static uint64_t
next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;

    return *seed;
}


static void
test_vectors(void)
{
    int            i;
    unsigned char  b[32];

    memset(b, 0, sizeof(b));
    is_int(gate_crc32c(0, b, 32), 0x8a9136aaL, "32 bytes of zeroes");

    memset(b, 0xff, sizeof(b));
    is_int(gate_crc32c(0, b, 32), 0x62a8ab43L, "32 bytes of ones");

    for (i = 0; i < 32; i++) {
        b[i] = (unsigned char) i;
    }

    is_int(gate_crc32c(0, b, 32), 0x46dd794eL, "32 bytes that rise");
    is_int(gate_crc32c(gate_crc32c(0, b, 13), b + 13, 19), 0x46dd794eL,
           "a text in two parts has the CRC of the whole");
    is_int(gate_crc32c(0, "123456789", 9), 0xe3069283L, "nine digits");
    is_int(gate_crc32c(0, b, 0), 0, "no bytes have 0");
}


static void
test_words(void)
{
    int       i, bad, odd;
    uint64_t  seed, a, b;
    uint32_t  crc;

    seed = 7;
    bad = 0;
    odd = 0;

    for (i = 0; i < 10000; i++) {
        a = next(&seed);
        b = next(&seed);
        crc = (uint32_t) next(&seed);

        bad += gate_crc32c_word(crc, a) != gate_crc32c_soft(crc, a);
        odd += gate_crc32c_word(0, a ^ b)
               != (gate_crc32c_word(0, a) ^ gate_crc32c_word(0, b));
    }

    is_int(bad, 0, "the processor and the table agree");
    is_int(odd, 0, "the remainder is linear");
}


int
main(void)
{
    test_vectors();
    test_words();

    return done_testing();
}
