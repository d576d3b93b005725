/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What was seen before: nothing that counts is forgotten, and nothing new is
 * taken where there is no room.
 */


#include "tap.h"
#include "gate_replay.h"


static void
digest_of(unsigned n, unsigned char *d)
{
    size_t  i;

    memset(d, 0, GATE_REPLAY_LEN);

    for (i = 0; i < 4; i++) {
        d[i] = (unsigned char) (n >> 8 * i);
    }
}


int
main(void)
{
    int               seen, full, forgot;
    size_t            size;
    unsigned          i, first;
    gate_replay_t    *t;
    unsigned char     d[GATE_REPLAY_LEN];

    size = sizeof(gate_replay_t) + 999 * sizeof(gate_replay_slot_t);
    t = calloc(1, size);

    ok(!gate_replay_init(t, 64, 1), "too little memory is refused");
    ok(gate_replay_init(t, size, 42), "a table");
    is_int(t->n, 1000, "it has its slots");

    digest_of(1, d);
    is_int(gate_replay_add_locked(t, d, 110, 100), GATE_REPLAY_NEW, "new");
    is_int(gate_replay_add_locked(t, d, 110, 100), GATE_REPLAY_SEEN, "again");
    is_int(gate_replay_add_locked(t, d, 110, 110), GATE_REPLAY_SEEN,
           "in the last second");
    is_int(gate_replay_add_locked(t, d, 130, 111), GATE_REPLAY_NEW,
           "it is forgotten behind it");
    is_int(gate_replay_add_locked(t, d, 130, 120), GATE_REPLAY_SEEN,
           "and counts anew");

    digest_of(3, d);
    is_int(gate_replay_add_locked(t, d, 100, 100), GATE_REPLAY_NEW,
           "one that ends now");
    is_int(gate_replay_add_locked(t, d, 100, 100), GATE_REPLAY_SEEN,
           "... counts until then");

    digest_of(2, d);
    is_int(gate_replay_add_locked(t, d, 99, 100), GATE_REPLAY_NEW,
           "what is over is not kept");
    is_int(gate_replay_used_locked(t, 120), 1, "one counts");

    /* until it is full, and some more */

    full = 0;
    forgot = 0;
    first = 0;

    for (i = 10; i < 3000; i++) {
        digest_of(i, d);

        if (gate_replay_add_locked(t, d, 200, 150) == GATE_REPLAY_FULL) {
            full++;
            first = first ? first : i;
        }
    }

    diag("full for the first time with %u of 1000", first - 10);
    ok(full >= 1990, "a full table takes no more (%d)", full);
    ok(first > 700, "it is well filled before");
    is_int(gate_replay_used_locked(t, 150), 2990 - full, "all are there");

    seen = 0;

    for (i = 10; i < 3000; i++) {
        digest_of(i, d);
        seen += (gate_replay_add_locked(t, d, 200, 200) == GATE_REPLAY_SEEN);
    }

    is_int(seen, 2990 - full, "and seen again, each of them");

    for (i = 5000; i < 5100; i++) {
        digest_of(i, d);
        forgot += (gate_replay_add_locked(t, d, 300, 201) == GATE_REPLAY_NEW);
    }

    is_int(forgot, 100, "when their time is over there is room");
    ok(t->evicted >= 100, "of those that ended");

    free(t);

    return done_testing();
}
