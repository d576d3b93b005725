/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The cache of verified tokens: what is in it, what goes, what is freed.
 */

#include "gate_tokens.h"
#include "tap.h"


#define LEN  GATE_SHA256_LEN


/* a digest of set "set" (of at most 256) */

static unsigned char *
digest(unsigned char *d, size_t set, size_t n)
{
    memset(d, 0, LEN);

    d[0] = (unsigned char) set;
    d[LEN - 1] = (unsigned char) n;
    d[LEN - 2] = (unsigned char) (n >> 8);

    return d;
}


static void
test_hit(void)
{
    json_t         *claims;
    gate_token_t   *e;
    gate_tokens_t  *c;
    unsigned char   d[LEN];

    c = gate_tokens_create(16);

    ok(gate_tokens_get(c, digest(d, 0, 0)) == NULL,
       "an all-zero digest is not in an empty cache");

    claims = json_object();
    e = gate_tokens_put(c, digest(d, 1, 7));
    e->claims = json_incref(claims);
    e->exp_s = 100;
    e->data = &d;

    ok(gate_tokens_get(c, digest(d, 1, 7)) == e, "what was put is found");
    ok(gate_tokens_get(c, digest(d, 1, 8)) == NULL, "its last byte counts");
    ok(gate_tokens_get(c, digest(d, 2, 7)) == NULL, "its first byte counts");

    e = gate_tokens_put(c, digest(d, 1, 7));

    is_int(e->exp_s, 0, "put again, it is expired until it is filled in");
    ok(e->data == NULL && e->claims == NULL, "and empty");
    is_int(claims->refcount, 1, "the reference of before is given back");

    e->claims = json_incref(claims);
    gate_tokens_drop(c, e);

    ok(gate_tokens_get(c, digest(d, 1, 7)) == NULL, "dropped, it is gone");
    is_int(claims->refcount, 1, "with its reference");

    e = gate_tokens_put(c, digest(d, 1, 7));
    e->claims = claims;
    gate_tokens_destroy(c);
    gate_tokens_destroy(NULL);

    pass("the end frees what is in it");
}


static void
test_eviction(void)
{
    size_t          i;
    gate_tokens_t  *c;
    unsigned char   d[LEN];

    c = gate_tokens_create(64);

    for (i = 0; i < 4; i++) {
        gate_tokens_put(c, digest(d, 3, i))->exp_s = (int64_t) i;
    }

    gate_tokens_put(c, digest(d, 4, 0));

    ok(gate_tokens_get(c, digest(d, 3, 0)) != NULL, "four in one set");

    gate_tokens_put(c, digest(d, 3, 9));

    ok(gate_tokens_get(c, digest(d, 3, 1)) == NULL,
       "the fifth takes the place of the one not used for longest");
    ok(gate_tokens_get(c, digest(d, 3, 0)) != NULL, "a used one stays");
    ok(gate_tokens_get(c, digest(d, 3, 2)) != NULL, "a younger one stays");
    ok(gate_tokens_get(c, digest(d, 3, 9)) != NULL, "the fifth is in");
    ok(gate_tokens_get(c, digest(d, 4, 0)) != NULL, "another set is another");

    gate_tokens_drop(c, gate_tokens_get(c, digest(d, 3, 3)));
    gate_tokens_put(c, digest(d, 3, 10));

    ok(gate_tokens_get(c, digest(d, 3, 0)) && gate_tokens_get(c,
       digest(d, 3, 2)) && gate_tokens_get(c, digest(d, 3, 9)),
       "a dropped place is taken before a used one");

    gate_tokens_destroy(c);
}


static void
test_bounds(void)
{
    size_t          i, size, live, held;
    json_t         *claims;
    gate_token_t   *e;
    gate_sha256_t  *h;
    gate_tokens_t  *c;
    unsigned char   d[LEN];

    h = gate_sha256_create();

    for (size = 1; size <= 256; size *= 16) {
        c = gate_tokens_create(size);
        claims = json_object();

        for (i = 0; i < 10000; i++) {
            gate_sha256(h, gate_str(&i, sizeof(i)), d);
            e = gate_tokens_put(c, d);
            e->claims = json_incref(claims);
        }

        held = claims->refcount - 1;
        live = 0;

        for (i = 0; i < 10000; i++) {
            gate_sha256(h, gate_str(&i, sizeof(i)), d);
            live += (gate_tokens_get(c, d) != NULL);
        }

        is_int(live, size < 4 ? 4 : size, "%zu entries asked for", size);
        is_int(held, live, "no reference is held beyond them");

        gate_tokens_destroy(c);
        json_decref(claims);
    }

    ok(gate_tokens_create((size_t) -1) == NULL, "an absurd size is refused");

    gate_sha256_destroy(h);
}


int
main(void)
{
    test_hit();
    test_eviction();
    test_bounds();

    return done_testing();
}
