
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Counted consumers: who keeps them.  A byte that is read or freed too late, or
 * never freed, is the sanitizer's to find.
 */


#include "tap.h"
#include "gate_snapshot.h"


/* a block with a consumer of this name */

static gate_consumer_t *
block(const char *name)
{
    size_t            len;
    gate_snapshot_t  *s;
    gate_consumer_t  *c;

    len = strlen(name);
    s = gate_snapshot_create(sizeof(gate_consumer_t) + len);
    c = gate_snapshot_memory(s);

    c->name = gate_str(memcpy(c + 1, name, len), len);
    c->snapshot = s;

    return c;
}


static void
test_references(void)
{
    json_t           *claims;
    gate_consumer_t   c, *counted;

    memset(&c, 0, sizeof(c));
    c.name = gate_cstr("acme");

    ok(gate_snapshot_take(&c) == &c, "one of a configuration is not counted");
    gate_snapshot_release(&c);
    gate_snapshot_release(&c);
    ok(gate_str_eq(c.name, gate_cstr("acme")), "... and never freed");

    ok(gate_snapshot_take(NULL) == NULL, "nor is nobody");
    gate_snapshot_release(NULL);

    counted = block("acme");
    claims = json_object();
    counted->claims = json_incref(claims);

    ok(gate_snapshot_take(counted) == counted, "one of a block is");
    gate_snapshot_release(counted);
    ok(gate_str_eq(counted->name, gate_cstr("acme")),
       "... it is there while a reference is");
    is_int(claims->refcount, 2, "... with its claims");
    gate_snapshot_release(counted);
    is_int(claims->refcount, 1, "... which are released with it");
    json_decref(claims);
}


static void
test_block(void)
{
    gate_snapshot_t  *s;
    gate_consumer_t  *c;

    s = gate_snapshot_create(sizeof(gate_consumer_t) + 4);
    c = gate_snapshot_memory(s);

    is_int((uintptr_t) c % _Alignof(max_align_t), 0, "a block is aligned");
    ok(c->snapshot == NULL && c->plan == NULL, "... and empty");

    c->name = gate_str(memcpy(c + 1, "acme", 4), 4);
    c->snapshot = s;

    (void) gate_snapshot_take(c);
    gate_snapshot_release(c);
    ok(gate_str_eq(c->name, gate_cstr("acme")), "a consumer in it is counted");
    gate_snapshot_release(c);

    ok(gate_snapshot_create(SIZE_MAX) == NULL, "no block is that large");
    ok(gate_snapshot_create(SIZE_MAX - 8) == NULL, "... nor nearly");
}


static void
test_same(void)
{
    gate_consumer_t  a, b, *counted;

    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
    a.name = gate_cstr("acme");
    b.name = gate_cstr("acme2");

    counted = block("acme");

    ok(gate_snapshot_same(&a, counted), "of one name it is the same consumer");
    ok(!gate_snapshot_same(&a, &b), "another name is another one");
    ok(!gate_snapshot_same(&a, NULL), "nobody is none");
    ok(!gate_snapshot_same(NULL, &a), "... from either side");
    ok(gate_snapshot_same(NULL, NULL), "... but nobody");

    gate_snapshot_release(counted);
}


int
main(void)
{
    test_references();
    test_block();
    test_same();

    return done_testing();
}
