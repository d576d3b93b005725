
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * XXH64 against values of the reference library.
 */


#include "tap.h"
#include "gate_xxh.h"


#define PRIME  0x9E3779B185EBCA8DULL


static unsigned char  bytes[1024];


static void
fill(void)
{
    size_t  i;

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char) (i * 131 + 7);
    }
}


static void
test_texts(void)
{
    size_t  i;

    static const struct {
        const char        *text;
        uint64_t           hash;
    } row[] = {
        { "", 0xEF46DB3751D8E999ULL },
        { "a", 0xD24EC4F1A98C6E5BULL },
        { "abc", 0x44BC2CF5AD770999ULL },
        { "alice", 0x73A3EA485F2E6049ULL },
        { "message digest", 0x066ED728FCEEB3BEULL },
        { "abcdefghijklmnopqrstuvwxyz", 0xCFE1F278FA89835CULL },
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
          0xAAA46907D3047814ULL }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        ok(gate_xxh64(gate_cstr(row[i].text), 0) == row[i].hash,
           "XXH64 of \"%s\"", row[i].text);
    }

    ok(gate_xxh64(gate_str(NULL, 0), 0) == 0xEF46DB3751D8E999ULL,
       "XXH64 of nothing at all");
}


static void
test_lengths(void)
{
    size_t      i;
    uint64_t    sum, seeded;
    gate_str_t  s;

    static const struct {
        size_t             len;
        uint64_t           hash;
        uint64_t           seeded;            /* seed 2654435761 */
    } row[] = {
        { 1, 0xA96C7F0CE858BBB7ULL, 0x84E535B36672440DULL },
        { 3, 0xBED43740EE6332BBULL, 0x00B77B485431CE5DULL },
        { 4, 0xFA212AE44B3BB23DULL, 0x60492C4BFCB70CACULL },
        { 7, 0x2744460DD675D2C0ULL, 0xCDF83B729545B016ULL },
        { 8, 0x994B676B71CE94DDULL, 0xF424EDEBFEA8D23FULL },
        { 14, 0x574269377227D80AULL, 0x3FEEDF322F169692ULL },
        { 15, 0x09E6451ED2FF8B1DULL, 0xC812576B9FD296EEULL },
        { 16, 0x94AD0095E72B24D5ULL, 0x4EFFE275897ABAB4ULL },
        { 31, 0x6711D55E306B5D8FULL, 0xFA1259CC8B20EB58ULL },
        { 32, 0x07F7B8E3BC5D6E25ULL, 0x920F3E10A5DB09C6ULL },
        { 33, 0x09F85EEB4E1CBE9FULL, 0x3D805E8712CB4890ULL },
        { 63, 0xB7C9968C066CB6A5ULL, 0x184BC5097530BB9AULL },
        { 64, 0x50D4159A0411632EULL, 0x94667E10D68B3991ULL },
        { 65, 0xD277176BFF863EFCULL, 0xE181E4D736915EB4ULL },
        { 100, 0x9DDADA11D3DC2D8FULL, 0x5766BE6782B96389ULL },
        { 222, 0x2D0544CCA0F576C7ULL, 0xD0755EEE702127BBULL },
        { 1024, 0x5960AF0C625ACFB7ULL, 0x4025931CB0B64E6BULL }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        s = gate_str(bytes, row[i].len);

        ok(gate_xxh64(s, 0) == row[i].hash
           && gate_xxh64(s, 2654435761U) == row[i].seeded,
           "XXH64 of %lu bytes, two seeds", (unsigned long) row[i].len);
    }

    sum = 0;
    seeded = 0;

    for (i = 0; i <= 100; i++) {
        sum = sum * 31 + gate_xxh64(gate_str(bytes, i), 0);
        seeded = seeded * 31 + gate_xxh64(gate_str(bytes, i), PRIME);
    }

    ok(sum == 0x14EBC3B0D93C66ACULL, "all lengths 0 to 100, seed 0");
    ok(seeded == 0x34B11EE5B67BDCCEULL, "all lengths 0 to 100, a 64-bit seed");
}


static void
test_pair(void)
{
    int             same;
    size_t          a, b;
    gate_str_t      sa, sb;
    unsigned char   joined[161];

    same = 1;

    for (a = 0; a <= 80; a++) {
        for (b = 0; b <= 80; b++) {
            sa = gate_str(bytes + 3, a);
            sb = gate_str(bytes + 300, b);

            memcpy(joined, sa.data, a);
            joined[a] = '\0';
            memcpy(joined + a + 1, sb.data, b);

            same &= (gate_xxh64_pair(sa, sb, a)
                     == gate_xxh64(gate_str(joined, a + 1 + b), a));
        }
    }

    ok(same, "a pair is as its parts joined by NUL, all lengths 0 to 80");

    ok(gate_xxh64_pair(gate_cstr("https://issuer.example"),
                       gate_cstr("user-1"), 0) == 0xB55CD38C5ADD46C5ULL,
       "issuer and subject as the reference library gives them joined");

    ok(gate_xxh64_pair(gate_str(NULL, 0), gate_str(NULL, 0), 0)
       == gate_xxh64(gate_str("", 1), 0), "a pair of nothing is one NUL");
}


static void
test_unaligned(void)
{
    int             same;
    size_t          shift;
    unsigned char   copy[128 + 16];

    same = 1;

    for (shift = 0; shift < 16; shift++) {
        memcpy(copy + shift, bytes, 128);
        same &= (gate_xxh64(gate_str(copy + shift, 128), 1)
                 == gate_xxh64(gate_str(bytes, 128), 1));
    }

    ok(same, "the address does not matter");
}


int
main(void)
{
    fill();

    test_texts();
    test_lengths();
    test_pair();
    test_unaligned();

    return done_testing();
}
