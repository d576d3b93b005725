
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Counted consumers: what is copied, and who keeps it.  A byte that is read
 * or freed too late, or never freed, is the sanitizer's to find.
 */


#include "tap.h"
#include "gate_snapshot.h"

#include <stdlib.h>


static gate_str_t
heap(const char *text)
{
    size_t          len;
    unsigned char  *p;

    len = strlen(text);
    p = malloc(len + 1);
    memcpy(p, text, len + 1);

    return gate_str(p, len);
}


/* all of it on the heap, so that a copy that points into it is seen */

static gate_consumer_t *
consumer(gate_plan_t *plan)
{
    gate_consumer_t  *c;

    c = calloc(1, sizeof(gate_consumer_t));

    c->name = heap("acme");
    c->id = heap("4711");
    c->plan = plan;
    c->ngroups = 2;
    c->groups = calloc(2, sizeof(gate_str_t));
    c->groups[0] = heap("red");
    c->groups[1] = heap("");
    c->nscopes = 1;
    c->scopes = calloc(1, sizeof(gate_str_t));
    c->scopes[0] = heap("read");
    c->groups_text = heap("red,");
    c->scopes_text = heap("read");
    c->lane_text = heap("123456789");
    c->fields = heap("\r\nX-Consumer-ID: 4711");
    c->disabled = 1;
    c->stands_in = 1;

    return c;
}


static void
forget(gate_consumer_t *c)
{
    free(c->name.data);
    free(c->id.data);
    free(c->groups[0].data);
    free(c->groups[1].data);
    free(c->groups);
    free(c->scopes[0].data);
    free(c->scopes);
    free(c->groups_text.data);
    free(c->scopes_text.data);
    free(c->lane_text.data);
    free(c->fields.data);
    free(c);
}


static void
test_copy(void)
{
    gate_plan_t      *plan;
    gate_consumer_t  *c, *copy;

    plan = calloc(1, sizeof(gate_plan_t));
    plan->name = heap("gold");
    plan->has_rate = 1;

    c = consumer(plan);
    copy = gate_snapshot_copy(c);

    ok(copy != NULL && copy != c, "a copy");

    forget(c);
    free(plan->name.data);
    free(plan);

    ok(gate_str_eq(copy->name, gate_cstr("acme")),
       "its name outlives the original");
    ok(gate_str_eq(copy->id, gate_cstr("4711")), "... its id");
    ok(gate_str_eq(copy->plan->name, gate_cstr("gold")), "... its plan");
    is_int(copy->plan->has_rate, 1, "... which has its rate");
    is_int(copy->ngroups, 2, "... its groups");
    ok(gate_str_eq(copy->groups[0], gate_cstr("red")), "... the first");
    ok(gate_str_eq(copy->groups[1], gate_cstr("")),
       "... also one without a name");
    ok(gate_consumer_in_group(copy, gate_cstr("red")), "... it is in it");
    ok(gate_consumer_has_scope(copy, gate_cstr("read")), "... its scope");
    ok(gate_str_eq(copy->groups_text, gate_cstr("red,")), "... groups as text");
    ok(gate_str_eq(copy->scopes_text, gate_cstr("read")), "... scopes as text");
    ok(gate_str_eq(copy->lane_text, gate_cstr("123456789")), "... its lane");
    ok(gate_str_eq(copy->fields, gate_cstr("\r\nX-Consumer-ID: 4711")),
       "... its fields");
    is_int(copy->disabled, 1, "... that it is disabled");
    is_int(copy->stands_in, 1, "... that it stands in for others");

    gate_snapshot_release(copy);
}


static void
test_nothing(void)
{
    gate_consumer_t   c, *copy, *again;

    memset(&c, 0, sizeof(c));

    copy = gate_snapshot_copy(&c);

    ok(copy->plan == NULL, "a consumer without anything");
    is_int(copy->name.len + copy->id.len + copy->ngroups + copy->nscopes, 0,
           "... is copied as such");

    again = gate_snapshot_copy(copy);

    ok(again->snapshot != copy->snapshot, "a copy of a copy is its own");

    gate_snapshot_release(copy);
    is_int(again->ngroups, 0, "... and outlives it");
    gate_snapshot_release(again);
}


static void
test_references(void)
{
    gate_consumer_t  c, *copy;

    memset(&c, 0, sizeof(c));
    c.name = gate_cstr("acme");

    ok(gate_snapshot_take(&c) == &c, "one of a configuration is not counted");
    gate_snapshot_release(&c);
    gate_snapshot_release(&c);
    ok(gate_str_eq(c.name, gate_cstr("acme")), "... and never freed");

    ok(gate_snapshot_take(NULL) == NULL, "nor is nobody");
    gate_snapshot_release(NULL);

    copy = gate_snapshot_copy(&c);

    ok(gate_snapshot_take(copy) == copy, "a copy is");
    gate_snapshot_release(copy);
    ok(gate_str_eq(copy->name, gate_cstr("acme")),
       "... it is there while a reference is");
    gate_snapshot_release(copy);
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
    gate_consumer_t  a, b, *copy;

    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
    a.name = gate_cstr("acme");
    b.name = gate_cstr("acme2");

    copy = gate_snapshot_copy(&a);

    ok(gate_snapshot_same(&a, copy), "a copy is the same consumer");
    ok(!gate_snapshot_same(&a, &b), "another name is another one");
    ok(!gate_snapshot_same(&a, NULL), "nobody is none");
    ok(!gate_snapshot_same(NULL, &a), "... from either side");
    ok(gate_snapshot_same(NULL, NULL), "... but nobody");

    gate_snapshot_release(copy);
}


int
main(void)
{
    test_copy();
    test_nothing();
    test_references();
    test_block();
    test_same();

    return done_testing();
}
