
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens that were minted: found by all of what they say, until their end, in
 * a table that does not grow.
 */


#include "tap.h"
#include "gate_minted.h"


static int
has(gate_minted_t *c, const char *key, int64_t now, const char *value)
{
    gate_str_t  v;

    return gate_minted_get(c, gate_cstr(key), now, &v)
           && gate_str_eq(v, gate_cstr(value));
}


int
main(void)
{
    int             i, n;
    char            key[32];
    gate_str_t      v, large;
    gate_minted_t  *c;

    c = gate_minted_create(16, 12345);

    ok(!has(c, "a", 1, "x"), "it is empty at first");

    gate_minted_put(c, gate_cstr("a"), gate_cstr("x"), 10);
    ok(has(c, "a", 9, "x"), "it is there until its end");
    ok(!has(c, "a", 10, "x"), "... and not then");
    ok(!has(c, "b", 9, "x"), "another key is another one");

    gate_minted_put(c, gate_cstr("a"), gate_cstr("longer"), 20);
    ok(has(c, "a", 19, "longer"), "a later one is in its place");

    for (i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "key-%d", i);
        gate_minted_put(c, gate_cstr(key), gate_cstr(key), 100 + i);
        ok(has(c, key, 99, key), "%s is there", key);
    }

    n = 0;

    for (i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "key-%d", i);
        n += gate_minted_get(c, gate_cstr(key), 99, &v);
    }

    ok(n <= 16, "no more than %d of them are kept", n);

    large = gate_str(calloc(1, GATE_MINTED_MAX), GATE_MINTED_MAX);
    gate_minted_put(c, gate_cstr("large"), large, 5000);
    ok(!gate_minted_get(c, gate_cstr("large"), 1, &v),
       "what is too large is not kept");

    free(large.data);
    gate_minted_destroy(c);
    gate_minted_destroy(NULL);

    return done_testing();
}
