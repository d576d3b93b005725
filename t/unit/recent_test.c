/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Recent keys: only the very key is found, and the table stays as large.
 */

#include <stdio.h>

#include "tap.h"

#include "../../src/gate/auth/gate_recent.c"


#define SEED  0x1234567890abcdefULL


static void
test_one(void)
{
    int             data, other;
    gate_str_t      key;
    gate_recent_t  *c;

    c = gate_recent_create(1, SEED);
    key = gate_cstr("key-of-somebody");

    ok(gate_recent_get(c, gate_str("", 0)) == NULL, "no key is unknown");
    ok(gate_recent_get(c, key) == NULL, "a key is unknown");

    gate_recent_put(c, key, &data);

    ok(gate_recent_get(c, key) == &data, "once put it is known");
    ok(gate_recent_get(c, gate_str(key.data, key.len - 1)) == NULL,
       "its length counts");

    /* another key with the same hash */

    key = gate_cstr("key-of-somebodx");
    c->entries[0].hash = gate_hash(key, SEED);

    ok(gate_recent_get(c, key) == NULL, "its bytes count, not the hash alone");

    gate_recent_put(c, key, &other);

    ok(gate_recent_get(c, key) == &other, "another one takes its place");
    ok(gate_recent_get(c, gate_cstr("key-of-somebody")) == NULL,
       "the first one is unknown again");

    gate_recent_destroy(c);
    gate_recent_destroy(NULL);
}


static void
test_length(void)
{
    int             data;
    gate_recent_t  *c;
    unsigned char   key[GATE_RECENT_LEN + 1];

    c = gate_recent_create(16, SEED);
    memset(key, 'k', sizeof(key));

    ok(!gate_recent_put(c, gate_str(key, sizeof(key)), &data),
       "a longer key is not taken");
    ok(gate_recent_get(c, gate_str(key, sizeof(key))) == NULL,
       "... and not kept");

    ok(gate_recent_put(c, gate_str(key, sizeof(key) - 1), &data),
       "the longest one is taken");
    ok(gate_recent_get(c, gate_str(key, sizeof(key) - 1)) == &data,
       "... and kept");

    gate_recent_destroy(c);
}


static void
test_many(void)
{
    int             data[1000], i, wrong, known, places;
    char            key[32];
    void           *found;
    gate_recent_t  *c;

    c = gate_recent_create(256, SEED);
    wrong = 0;
    known = 0;
    places = 0;

    for (i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "key-%d", i);
        gate_recent_put(c, gate_cstr(key), &data[i]);
        places += (gate_recent_place(c, gate_cstr(key)) < 256
                   && c->entries[gate_recent_place(c, gate_cstr(key))].data
                      == &data[i]);
    }

    is_int(places, 1000, "a key is at its place");

    for (i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "key-%d", i);
        found = gate_recent_get(c, gate_cstr(key));
        known += (found != NULL);
        wrong += (found != NULL && found != &data[i]);
    }

    is_int(wrong, 0, "no key is taken for another one");
    ok(known > 200 && known <= 256, "%d of 1000 are left in 256 places", known);

    gate_recent_destroy(c);
}


int
main(void)
{
    test_one();
    test_length();
    test_many();

    return done_testing();
}
