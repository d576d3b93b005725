
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * XXH64 against values of the reference library, and the shares it gives.
 */


#include "tap.h"
#include "gate_split.h"


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


static void
test_pick(void)
{
    size_t          i;
    const uint32_t  two[] = { 90, 10 };
    const uint32_t  gap[] = { 0, 3, 0, 0, 2, 0 };
    const uint32_t  none[] = { 0, 0, 0 };
    const uint32_t  huge[] = { UINT32_MAX, UINT32_MAX, UINT32_MAX };
    const char      want[] = "11144";

    is_int(gate_split_pick(0, two, 2), 0, "0 of 90:10");
    is_int(gate_split_pick(89, two, 2), 0, "89 of 90:10");
    is_int(gate_split_pick(90, two, 2), 1, "90 of 90:10");
    is_int(gate_split_pick(99, two, 2), 1, "99 of 90:10");
    is_int(gate_split_pick(100, two, 2), 0, "100 of 90:10");
    is_int(gate_split_pick(UINT64_MAX, two, 2), 0, "2^64 - 1 of 90:10");

    for (i = 0; i < 5; i++) {
        is_int(gate_split_pick(i, gap, 6), want[i] - '0',
               "%d of 0:3:0:0:2:0", (int) i);
    }

    is_int(gate_split_pick(7, none, 3), 3, "no weights, no choice");
    is_int(gate_split_pick(7, NULL, 0), 0, "no list, no choice");
    is_int(gate_split_pick(3ULL * UINT32_MAX - 1, huge, 3), 2,
           "weights that add up to more than 32 bits");
    is_int(gate_split_pick(2ULL * UINT32_MAX - 1, huge, 3), 1,
           "and the one before the last");
}


/* a second version that gets 1, 5, 10, 50 of 100 */

static void
test_shares(void)
{
    int       i, n, count[101];
    char      name[32];
    size_t    k;
    uint32_t  weights[2];

    static const struct {
        uint32_t           percent;
        int                of_100000;
    } row[] = { { 1, 970 }, { 5, 5090 }, { 10, 10100 }, { 50, 49990 } };

    for (k = 0; k < sizeof(row) / sizeof(row[0]); k++) {
        weights[0] = 100 - row[k].percent;
        weights[1] = row[k].percent;
        n = 0;

        for (i = 1; i <= 100000; i++) {
            snprintf(name, sizeof(name), "user-%d", i);
            n += (int) gate_split_pick(gate_xxh64(gate_cstr(name), 0),
                                       weights, 2);
        }

        count[row[k].percent] = n;

        ok(abs(n - row[k].of_100000) <= 5,
           "%u of 100 gets %d of 100,000 users", row[k].percent, n);
    }

    ok(count[1] < count[5] && count[5] < count[10], "more weight, more users");
}


/* raising the last share moves users to it only, and none back */

static void
test_growing(void)
{
    int       i, moved;
    char      name[32];
    uint32_t  w;
    uint32_t  weights[2];
    uint64_t  hash;
    size_t    now, was;

    moved = 0;

    for (i = 0; i < 2000; i++) {
        snprintf(name, sizeof(name), "user-%d", i);
        hash = gate_xxh64(gate_cstr(name), 0);
        was = 0;

        for (w = 0; w <= 100; w++) {
            weights[0] = 100 - w;
            weights[1] = w;
            now = gate_split_pick(hash, weights, 2);

            moved += (now < was);
            was = now;
        }
    }

    is_int(moved, 0, "nobody falls back while the new version's share grows");
}


int
main(void)
{
    fill();

    test_texts();
    test_lengths();
    test_pair();
    test_unaligned();
    test_pick();
    test_shares();
    test_growing();

    return done_testing();
}
