
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The persistent map against a plain array: random changes, old maps that stay
 * as they were, differences that are exact and found in time of the change.
 */


#include "tap.h"
#include "../../src/mesh/catalog/mesh_map_node.h"


static long  left = -1;                       /* allocations; < 0: any */
static long  blocks;                          /* nodes that live */


static void *
test_malloc(size_t n)
{
    if (left == 0) {
        return NULL;
    }

    left -= (left > 0);
    blocks++;

    return malloc(n);
}


static void
test_free(void *p)
{
    blocks -= (p != NULL);
    free(p);
}


#define malloc      test_malloc
#define free        test_free
#define gate_xxh64  test_hash

static uint64_t test_hash(gate_str_t s, uint64_t seed);

#include "../../src/mesh/catalog/mesh_map.c"
#include "../../src/mesh/catalog/mesh_map_diff.c"

#undef malloc
#undef free
#undef gate_xxh64


#define NAMES      400
#define STEPS      6000
#define SNAPSHOTS  16


typedef struct {
    mesh_item_t            item;
    char                   name[24];
} thing_t;


/* what a map should have, by the number in the name */

typedef struct {
    mesh_map_t            *map;
    mesh_item_t           *item[NAMES];
} model_t;


typedef struct {
    const model_t         *from;
    const model_t         *to;
    int                    seen[NAMES];
    int                    wrong;
    int                    calls;
} check_t;


static long  things;
static int   poor;                            /* a hash with collisions */


static uint64_t
test_hash(gate_str_t s, uint64_t seed)
{
    uint64_t  h;

    h = gate_xxh64(s, seed);

    if (!poor) {
        return h;
    }

    /* some the same in all bits, others until the last ones */

    return (h % 5) | ((h >> 40) & 7) << 60;
}


static void
thing_free(mesh_item_t *item)
{
    things--;
    free(item);
}


static mesh_item_t *
thing(int i)
{
    thing_t  *t;

    t = malloc(sizeof(thing_t));

    snprintf(t->name, sizeof(t->name), "service-%d", i);
    t->item.name = gate_cstr(t->name);
    t->item.refs = 1;
    t->item.free = thing_free;
    things++;

    return &t->item;
}


static int
number(const mesh_item_t *item)
{
    return atoi(((const thing_t *) item)->name + 8);
}


static int
visit(void *data, mesh_item_t *before, mesh_item_t *after)
{
    int       i;
    check_t  *c;

    c = data;
    i = number(before ? before : after);

    c->calls++;
    c->wrong += (before == after || c->seen[i]++ || before != c->from->item[i]
                 || after != c->to->item[i]);

    return 0;
}


static int
same(const model_t *from, const model_t *to)
{
    int             i;
    static check_t  c;

    memset(&c, 0, sizeof(c));
    c.from = from;
    c.to = to;

    if (mesh_map_diff(from->map, to->map, visit, &c) != 0) {
        return 0;
    }

    for (i = 0; i < NAMES; i++) {
        c.wrong += (from->item[i] != to->item[i]) != c.seen[i];
    }

    return c.wrong == 0;
}


static int
walked(void *data, mesh_item_t *item)
{
    int      i;
    check_t  *c;

    c = data;
    i = number(item);

    c->calls++;
    c->wrong += (c->seen[i]++ || item != c->to->item[i]);

    return 0;
}


static int
holds(const model_t *m)
{
    int             i, n;
    char            name[24];
    static check_t  c;

    memset(&c, 0, sizeof(c));
    c.to = m;
    n = 0;

    for (i = 0; i < NAMES; i++) {
        snprintf(name, sizeof(name), "service-%d", i);
        n += (m->item[i] != NULL);

        if (mesh_map_find(m->map, gate_cstr(name)) != m->item[i]) {
            return 0;
        }
    }

    return mesh_map_walk(m->map, walked, &c) == 0 && c.wrong == 0
           && c.calls == n && mesh_map_count(m->map) == (size_t) n;
}


static int
change(model_t *m, int i)
{
    char          name[24];
    mesh_rc_e     rc, expected;
    mesh_item_t  *item;

    if (rand() % 3) {
        item = thing(i);
        rc = mesh_map_set(&m->map, item);
        mesh_item_unref(item);

        if (rc == MESH_OK) {
            m->item[i] = item;
        }

        return rc == MESH_OK;
    }

    snprintf(name, sizeof(name), "service-%d", i);
    expected = m->item[i] ? MESH_OK : MESH_NONE;
    rc = mesh_map_delete(&m->map, gate_cstr(name));

    if (rc == MESH_OK) {
        m->item[i] = NULL;
    }

    return rc == expected;
}


static void
random_changes(const char *what)
{
    int             i, good, kept, differs;
    static model_t  now, old[SNAPSHOTS];

    memset(&now, 0, sizeof(now));
    memset(old, 0, sizeof(old));

    good = 1;
    kept = 1;
    differs = 1;

    for (i = 0; i < STEPS; i++) {

        /* it grows and shrinks, to nothing at times */

        good &= change(&now, rand() % (i % 1000 < 500 ? NAMES : 6));

        if (i % 50 == 0) {
            good &= holds(&now);
            differs &= same(&old[i / 50 % SNAPSHOTS], &now);
            differs &= same(&now, &old[i / 50 % SNAPSHOTS]);

            mesh_map_unref(old[i / 50 % SNAPSHOTS].map);
            old[i / 50 % SNAPSHOTS] = now;
            mesh_map_ref(now.map);
        }

        if (i % 500 == 0) {
            kept &= holds(&old[rand() % SNAPSHOTS]);
        }
    }

    for (i = 0; i < SNAPSHOTS; i++) {
        kept &= holds(&old[i]);
        differs &= same(&old[i], &old[rand() % SNAPSHOTS]);
    }

    ok(good, "%s: the map has what the array has, after each change", what);
    ok(kept, "%s: old maps are as they were", what);
    ok(differs, "%s: differences are told, each once, and nothing else", what);

    mesh_map_unref(now.map);

    for (i = 0; i < SNAPSHOTS; i++) {
        mesh_map_unref(old[i].map);
    }

    is_int(things, 0, "%s: no item is left", what);
    is_int(blocks, 0, "%s: no node is left", what);
}


/* all orders of coming and going give nodes of one form */

static void
one_form(void)
{
    int             i, good;
    char            name[24];
    mesh_item_t    *item[NAMES];
    mesh_map_t     *a, *b;

    a = NULL;
    b = NULL;

    for (i = 0; i < NAMES; i++) {
        item[i] = thing(i);
        mesh_map_set(&a, item[i]);
    }

    for (i = NAMES - 1; i >= 0; i--) {
        mesh_map_set(&b, item[i]);
    }

    for (i = 10; i < NAMES; i++) {
        snprintf(name, sizeof(name), "service-%d", i);
        mesh_map_delete(&a, gate_cstr(name));
    }

    for (i = NAMES - 1; i >= 10; i--) {
        snprintf(name, sizeof(name), "service-%d", i);
        mesh_map_delete(&b, gate_cstr(name));
    }

    good = (mesh_map_diff(a, b, visit, NULL) == 0);
    ok(good && mesh_map_count(a) == 10,
       "the same items in another order are no difference");

    mesh_map_unref(a);
    mesh_map_unref(b);

    for (i = 0; i < NAMES; i++) {
        mesh_item_unref(item[i]);
    }

    is_int(blocks, 0, "one form: no node is left");
}


/* a change of a large map touches few nodes, and so does its difference */

static void
large(void)
{
    int           i;
    char          name[24];
    long          before, made, most;
    check_t       c;
    model_t       from, to;
    mesh_map_t   *m, *old;
    mesh_item_t  *item;

    m = NULL;
    most = 0;

    for (i = 0; i < 10000; i++) {
        item = thing(i);
        mesh_map_set(&m, item);
        mesh_item_unref(item);
    }

    for (i = 0; i < 100; i++) {
        old = mesh_map_ref(m);
        before = blocks;

        item = thing(i * 97);
        mesh_map_set(&m, item);
        mesh_item_unref(item);

        made = blocks - before;
        most = made > most ? made : most;

        mesh_map_unref(old);
    }

    ok(most <= 5, "a change of 10,000 items makes %ld nodes", most);

    old = mesh_map_ref(m);
    memset(&c, 0, sizeof(c));
    memset(&from, 0, sizeof(from));
    memset(&to, 0, sizeof(to));
    c.from = &from;
    c.to = &to;

    snprintf(name, sizeof(name), "service-%d", 7);
    from.item[7] = mesh_map_find(m, gate_cstr(name));
    mesh_map_delete(&m, gate_cstr(name));
    is_int(mesh_map_delete(&m, gate_cstr(name)), MESH_NONE,
           "what is not there is not deleted again");

    mesh_map_diff(old, m, visit, &c);
    is_int(c.calls, 1, "one change of 10,000 items is one difference");
    is_int(c.wrong, 0, "which is the right one");

    item = mesh_map_find(m, gate_cstr("service-8"));
    mesh_map_unref(old);
    old = mesh_map_ref(m);
    mesh_map_set(&m, item);
    ok(old == m, "to set what is there is no change");

    mesh_map_unref(old);
    mesh_map_unref(m);

    is_int(things, 0, "the large map: no item is left");
    is_int(blocks, 0, "the large map: no node is left");
}


static void
no_memory(void)
{
    int             i, n, good, failed;
    static model_t  m;

    memset(&m, 0, sizeof(m));

    good = 1;
    failed = 0;

    for (i = 0; i < 3000; i++) {
        n = rand() % 60;
        left = rand() % 4;
        failed += !change(&m, n);
        left = -1;

        if (i % 20 == 0) {
            good &= holds(&m);
        }
    }

    ok(failed > 100, "memory was not to be had %d times", failed);
    ok(good, "and the map was unchanged then");

    mesh_map_unref(m.map);

    is_int(things, 0, "no memory: no item is left");
    is_int(blocks, 0, "no memory: no node is left");
}


static int
stop(void *data, mesh_item_t *item)
{
    (*(int *) data)++;
    return 7;
}


static int
stop_diff(void *data, mesh_item_t *before, mesh_item_t *after)
{
    return stop(data, before);
}


static void
ends(void)
{
    int           i, n;
    mesh_map_t   *m;
    mesh_item_t  *item;

    m = NULL;
    n = 0;

    is_int(mesh_map_count(NULL), 0, "NULL is an empty map");
    ok(mesh_map_find(NULL, gate_cstr("a")) == NULL, "which has no item");
    is_int(mesh_map_delete(&m, gate_cstr("a")), MESH_NONE,
           "and nothing to delete");
    is_int(mesh_map_walk(NULL, stop, &n), 0, "and no way");

    for (i = 0; i < 50; i++) {
        item = thing(i);
        mesh_map_set(&m, item);
        mesh_item_unref(item);
    }

    is_int(mesh_map_walk(m, stop, &n), 7, "a walk ends with what was said");
    is_int(n, 1, "at once");
    is_int(mesh_map_diff(NULL, m, stop_diff, &n), 7, "so does a difference");
    is_int(mesh_map_diff(m, NULL, stop_diff, &n), 7, "in both directions");
    is_int(n, 3, "and at once");

    mesh_map_unref(m);
    is_int(blocks + things, 0, "ends: nothing is left");
}


int
main(void)
{
    srand(10);

    random_changes("hashes");
    large();
    one_form();
    ends();

    poor = 1;
    random_changes("collisions");
    one_form();
    ends();

    no_memory();
    poor = 0;
    no_memory();

    return done_testing();
}
