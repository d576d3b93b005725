/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_unknown.c: what nobody has is remembered, as long as there is room.
 */

#include "tap.h"
#include "gate_unknown.h"


static void
key_of(unsigned n, gate_cache_key_t *key)
{
    gate_sha256_t  *sha;

    sha = gate_sha256_create();
    key->kind = GATE_KIND_KEY;
    (void) gate_sha256(sha, gate_str(&n, sizeof(n)), key->digest);
    gate_sha256_destroy(sha);
}


int
main(void)
{
    void              *memory;
    size_t             room, found, i;
    uint64_t           until;
    gate_seen_t        seen, got;
    gate_unknown_t    *u;
    gate_cache_key_t   key;

    memory = malloc(65536);
    ok(gate_unknown_init(memory, GATE_UNKNOWN_MIN - 1) == NULL, "too small");

    u = gate_unknown_init(memory, 65536);
    room = gate_unknown_room(u);
    ok(room >= 512 && room * 56 <= 65536, "room for %d", (int) room);

    memset(&seen, 0, sizeof(seen));
    seen.stripe[0] = 65535;
    seen.value[1] = 7;

    key_of(0, &key);
    is_int(gate_unknown_get(u, &key, &got, &until), 0, "nothing at first");
    gate_unknown_put(u, &key, &seen, 1000);
    is_int(gate_unknown_get(u, &key, &got, &until), 1, "then it is there");
    is_int(until, 1000, "... with its end");
    is_mem(&got, &seen, sizeof(seen), "... and what it depends on");

    key.kind = GATE_KIND_CLAIM;
    is_int(gate_unknown_get(u, &key, &got, &until), 0, "of its kind alone");
    key.kind = GATE_KIND_KEY;

    gate_unknown_put(u, &key, &seen, 2000);
    (void) gate_unknown_get(u, &key, &got, &until);
    is_int(until, 2000, "once more: its end is later");
    is_int(gate_unknown_count(u, 1999), 1, "it is one");
    is_int(gate_unknown_count(u, 2000), 0, "... which does not count then");

    for (i = 1; i <= 10 * room; i++) {
        key_of((unsigned) i, &key);
        gate_unknown_put(u, &key, &seen, 10000 + i);
    }

    is_int(gate_unknown_count(u, 0), room, "full of later ones");

    found = 0;

    for (i = 9 * room; i <= 10 * room; i++) {
        key_of((unsigned) i, &key);
        found += (size_t) gate_unknown_get(u, &key, &got, &until);
    }

    ok(found > room / 2, "of the last ones most are there: %d", (int) found);

    free(memory);

    return done_testing();
}
