
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Weighted choice, and the shares that XXH64 of names gives.
 */


#include "tap.h"
#include "gate_split.h"
#include "gate_xxh.h"


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
    test_pick();
    test_shares();
    test_growing();

    return done_testing();
}
