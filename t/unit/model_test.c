
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Consumers, keys and claims by the hundred thousand.
 */


#include "tap.h"
#include "gate_model.h"


#define MANY  100000


static void
test_empty(void)
{
    gate_model_t   *m;
    unsigned char   digest[GATE_SHA256_LEN];

    m = gate_model_create();
    memset(digest, 0, sizeof(digest));

    ok(m != NULL, "an empty model");
    ok(gate_model_consumer(m, gate_cstr("a")) == NULL, "has no consumer");
    ok(gate_model_consumer(m, gate_str(NULL, 0)) == NULL, "not even \"\"");
    ok(gate_model_key(m, digest) == NULL, "no key");
    ok(gate_model_claim(m, gate_cstr("i"), gate_cstr("v")) == NULL,
       "no claim");

    gate_model_destroy(m);
    gate_model_destroy(NULL);
}


static void
test_consumers(void)
{
    gate_model_t     *m;
    gate_consumer_t   a, b, empty;

    m = gate_model_create();
    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
    memset(&empty, 0, sizeof(empty));

    a.name = gate_cstr("acme");
    b.name = gate_cstr("acme");

    is_int(gate_model_add_consumer(m, &a), GATE_MODEL_OK, "a consumer");
    is_int(gate_model_add_consumer(m, &b), GATE_MODEL_DUPLICATE,
           "not a second one of its name");
    is_int(gate_model_add_consumer(m, &a), GATE_MODEL_DUPLICATE,
           "nor itself again");

    b.name = gate_cstr("Acme");
    is_int(gate_model_add_consumer(m, &b), GATE_MODEL_OK, "case counts");
    is_int(gate_model_add_consumer(m, &empty), GATE_MODEL_OK,
           "an empty name is one");

    ok(gate_model_consumer(m, gate_cstr("acme")) == &a, "found");
    ok(gate_model_named(m, gate_cstr("acme")) == &a, "and can be named");
    ok(gate_model_named(m, gate_cstr("ACME")) == NULL, "as it is written");

    a.stands_in = 1;

    ok(gate_model_named(m, gate_cstr("acme")) == NULL,
       "but not where it stands in for others");
    ok(gate_model_consumer(m, gate_cstr("acme")) == &a, "it is still there");
    ok(gate_model_consumer(m, gate_cstr("Acme")) == &b, "the other");
    ok(gate_model_consumer(m, gate_cstr("")) == &empty, "the empty one");
    ok(gate_model_consumer(m, gate_cstr("acm")) == NULL, "not a part");
    ok(gate_model_consumer(m, gate_cstr("acme2")) == NULL, "not a longer one");
    ok(gate_model_consumer(m, gate_str("acme\0", 5)) == NULL, "not with NUL");

    gate_model_destroy(m);
}


static void
test_keys(void)
{
    size_t              i;
    int                 good;
    gate_model_t       *m;
    gate_credential_t   a, b, c;
    unsigned char       digest[GATE_SHA256_LEN];

    m = gate_model_create();
    memset(&a, 0, sizeof(a));

    for (i = 0; i < GATE_SHA256_LEN; i++) {
        a.digest[i] = (unsigned char) (i * 7);
    }

    b = a;
    c = a;
    c.digest[GATE_SHA256_LEN - 1] ^= 1;

    is_int(gate_model_add_key(m, &a), GATE_MODEL_OK, "a key");
    is_int(gate_model_add_key(m, &b), GATE_MODEL_DUPLICATE,
           "not its digest again");
    is_int(gate_model_add_key(m, &c), GATE_MODEL_OK,
           "one that differs in the last bit");

    ok(gate_model_key(m, a.digest) == &a, "found");
    ok(gate_model_key(m, c.digest) == &c, "and the other");

    good = 1;

    for (i = 0; i < GATE_SHA256_LEN; i++) {
        memcpy(digest, a.digest, sizeof(digest));
        digest[i] ^= 0x80;
        good &= (gate_model_key(m, digest) == NULL);
    }

    ok(good, "no key for a bit more or less in any byte");

    gate_model_destroy(m);
}


/* the other kinds, by kind and name */

static void
test_credentials(void)
{
    char                text[2 * GATE_SHA256_LEN + 1];
    gate_model_t       *m;
    gate_consumer_t     c;
    gate_credential_t   a, b, key, twin;

    m = gate_model_create();
    memset(&a, 0, sizeof(a));
    memset(&c, 0, sizeof(c));
    b = a;
    key = a;
    twin = a;

    memset(key.digest, 0xab, sizeof(key.digest));
    memset(text, 'a', sizeof(text));

    c.name = gate_cstr("acme");

    is_int(gate_model_add(m, GATE_KIND_BASIC, gate_cstr("u"), &a),
           GATE_MODEL_OK, "a user");
    is_int(gate_model_add(m, GATE_KIND_SIGNATURE, gate_cstr("u"), &b),
           GATE_MODEL_OK, "one of another kind");
    is_int(gate_model_add(m, GATE_KIND_BASIC, gate_cstr("u"), &twin),
           GATE_MODEL_DUPLICATE, "not its name again");
    is_int(gate_model_add(m, GATE_KIND_KEY, gate_str(NULL, 0), &key),
           GATE_MODEL_OK, "a key, by its digest");
    is_int(gate_model_add_claim(m, gate_cstr("i"), gate_cstr("v=1"), &c),
           GATE_MODEL_OK, "a claim with a sign in it");
    is_int(gate_model_add_consumer(m, &c), GATE_MODEL_OK, "a name");

    ok(gate_model_credential(m, GATE_KIND_BASIC, gate_cstr("u")) == &a
       && gate_model_credential(m, GATE_KIND_SIGNATURE, gate_cstr("u")) == &b,
       "each is found in its kind");
    ok(gate_model_credential(m, GATE_KIND_MTLS, gate_cstr("u")) == NULL
       && gate_model_credential(m, GATE_KIND_BASIC, gate_cstr("v")) == NULL,
       "and no other");

    memset(text, 'a', sizeof(text));
    ok(gate_model_credential(m, GATE_KIND_KEY, gate_str(text, 64)) == NULL,
       "no digest");
    memset(text, 0, sizeof(text));
    ok(gate_model_credential(m, GATE_KIND_KEY, gate_str(text, 64)) == NULL
       && gate_model_credential(m, GATE_KIND_KEY, gate_cstr("ab")) == NULL,
       "nor what is none");
    ok(gate_model_credential(m, GATE_KIND_KEY, gate_cstr("abababababababab"
           "abababababababababababababababababababababababab")) == &key,
       "a key by its digits");

    ok(gate_model_credential(m, GATE_KIND_CLAIM,
                             gate_cstr("i=v=1"))->consumer == &c,
       "a claim by issuer and value");
    ok(gate_model_credential(m, GATE_KIND_CLAIM, gate_cstr("i")) == NULL
       && gate_model_credential(m, GATE_KIND_CLAIM, gate_cstr("=v")) == NULL,
       "not without one of them");
    ok(gate_model_credential(m, GATE_KIND_CONSUMER,
                             gate_cstr("acme"))->consumer == &c,
       "a consumer by its name");

    c.stands_in = 1;
    ok(gate_model_credential(m, GATE_KIND_CONSUMER, gate_cstr("acme"))
       == NULL, "not one that stands in for others");

    gate_model_destroy(m);
}


static void
test_claims(void)
{
    gate_str_t        x, y;
    gate_model_t     *m;
    gate_consumer_t   a, b;

    m = gate_model_create();
    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
    x = gate_cstr("idp");
    y = gate_cstr("partner");

    is_int(gate_model_add_claim(m, x, gate_cstr("u1"), &a), GATE_MODEL_OK,
           "a claim");
    is_int(gate_model_add_claim(m, x, gate_cstr("u2"), &a), GATE_MODEL_OK,
           "a second of the same consumer");
    is_int(gate_model_add_claim(m, y, gate_cstr("u1"), &b), GATE_MODEL_OK,
           "the same value of another issuer");
    is_int(gate_model_add_claim(m, x, gate_cstr("u1"), &b),
           GATE_MODEL_DUPLICATE, "not the same of the same issuer");
    is_int(gate_model_add_claim(m, x, gate_cstr("u1"), &a),
           GATE_MODEL_DUPLICATE, "even for the same consumer");

    ok(gate_model_claim(m, x, gate_cstr("u1")) == &a, "found");
    ok(gate_model_claim(m, x, gate_cstr("u2")) == &a, "the second");
    ok(gate_model_claim(m, y, gate_cstr("u1")) == &b, "of the other issuer");
    ok(gate_model_claim(m, y, gate_cstr("u2")) == NULL, "not a mixture");
    ok(gate_model_claim(m, gate_cstr(""), gate_cstr("u1")) == NULL,
       "not without an issuer");

    /* same bytes once joined by NUL, so the same hash: the parts decide */

    is_int(gate_model_add_claim(m, gate_str("a\0b", 3), gate_cstr("c"), &a),
           GATE_MODEL_OK, "NUL in the issuer");
    is_int(gate_model_add_claim(m, gate_cstr("a"), gate_str("b\0c", 3), &b),
           GATE_MODEL_OK, "NUL in the value");
    ok(gate_model_claim(m, gate_str("a\0b", 3), gate_cstr("c")) == &a
       && gate_model_claim(m, gate_cstr("a"), gate_str("b\0c", 3)) == &b,
       "are two claims");

    gate_model_destroy(m);
}


static void
test_lists(void)
{
    gate_str_t       groups[2], scopes[1];
    gate_consumer_t  c;

    memset(&c, 0, sizeof(c));

    ok(!gate_consumer_in_group(&c, gate_cstr("a")), "no groups");
    ok(!gate_consumer_has_scope(&c, gate_cstr("")), "no scopes");

    groups[0] = gate_cstr("internal");
    groups[1] = gate_cstr("beta");
    scopes[0] = gate_cstr("orders:read");
    c.groups = groups;
    c.ngroups = 2;
    c.scopes = scopes;
    c.nscopes = 1;

    ok(gate_consumer_in_group(&c, gate_cstr("beta")), "in a group");
    ok(!gate_consumer_in_group(&c, gate_cstr("bet")), "not in a part of it");
    ok(!gate_consumer_in_group(&c, gate_cstr("orders:read")),
       "a scope is no group");
    ok(gate_consumer_has_scope(&c, gate_cstr("orders:read")), "has a scope");
    ok(!gate_consumer_has_scope(&c, gate_cstr("orders:READ")), "case counts");
    ok(!gate_consumer_has_scope(&c, gate_cstr("orders")), "not a part of it");
}


static void
digest_of(int i, unsigned char *digest)
{
    size_t    k;
    uint64_t  x;

    x = (uint64_t) i * 0x9E3779B97F4A7C15ULL + 1;

    for (k = 0; k < GATE_SHA256_LEN; k++) {
        x ^= x >> 29;
        x *= 0xBF58476D1CE4E5B9ULL;
        digest[k] = (unsigned char) (x >> 56);
    }
}


static void
test_many(void)
{
    int                 i, added, found, missed;
    char               *names, other[32];
    gate_str_t          issuer;
    gate_model_t       *m;
    unsigned char       digest[GATE_SHA256_LEN];
    gate_consumer_t    *c;
    gate_credential_t  *k;

    names = malloc(MANY * 32);
    c = calloc(MANY, sizeof(gate_consumer_t));
    k = calloc(MANY, sizeof(gate_credential_t));
    m = gate_model_create();
    issuer = gate_cstr("idp");
    added = 0;
    found = 0;
    missed = 0;

    for (i = 0; i < MANY; i++) {
        snprintf(names + i * 32, 32, "consumer-%d", i);
        c[i].name = gate_cstr(names + i * 32);
        k[i].consumer = &c[i];
        digest_of(i, k[i].digest);

        added += (gate_model_add_consumer(m, &c[i]) == GATE_MODEL_OK);
        added += (gate_model_add_key(m, &k[i]) == GATE_MODEL_OK);
        added += (gate_model_add_claim(m, issuer, c[i].name, &c[i])
                  == GATE_MODEL_OK);
    }

    for (i = 0; i < MANY; i++) {
        found += (gate_model_consumer(m, c[i].name) == &c[i]);
        found += (gate_model_key(m, k[i].digest) == &k[i]);
        found += (gate_model_claim(m, issuer, c[i].name) == &c[i]);

        snprintf(other, sizeof(other), "consumer-%d", i + MANY);
        digest_of(i + MANY, digest);

        missed += (gate_model_consumer(m, gate_cstr(other)) == NULL);
        missed += (gate_model_key(m, digest) == NULL);
        missed += (gate_model_claim(m, issuer, gate_cstr(other)) == NULL);
    }

    is_int(added, 3 * MANY, "100,000 consumers, keys and claims");
    is_int(found, 3 * MANY, "are all found");
    is_int(missed, 3 * MANY, "and no others");

    added = 0;

    for (i = 0; i < MANY; i++) {
        added += (gate_model_add_consumer(m, &c[i]) != GATE_MODEL_DUPLICATE);
        added += (gate_model_add_key(m, &k[i]) != GATE_MODEL_DUPLICATE);
    }

    is_int(added, 0, "none can be added twice");

    gate_model_destroy(m);
    free(names);
    free(c);
    free(k);
}


int
main(void)
{
    test_empty();
    test_consumers();
    test_keys();
    test_credentials();
    test_claims();
    test_lists();
    test_many();

    return done_testing();
}
