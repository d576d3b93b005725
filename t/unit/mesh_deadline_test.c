/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * mesh_deadline and mesh_named, against a list that is looked through.
 */

#include "tap.h"

#include "mesh_deadline.h"
#include "mesh_named.h"


#define MANY  500


static unsigned  seed = 1;


static unsigned
any(unsigned below)
{
    seed = seed * 1103515245 + 12345;

    return (seed >> 8) % below;
}


static void
heap(void)
{
    int                i, n, bad;
    int64_t            least;
    mesh_deadline_t    d[MANY], *first;
    mesh_deadlines_t   all;

    memset(&all, 0, sizeof(all));
    memset(d, 0, sizeof(d));

    ok(mesh_deadline_first(&all) == NULL, "without deadlines there is no next");
    ok(mesh_deadline_reserve(&all, MANY), "there is room for deadlines");

    bad = 0;

    for (n = 0; n < 20000; n++) {
        i = any(MANY);

        if (any(3) == 0) {
            mesh_deadline_clear(&all, &d[i]);

        } else {
            mesh_deadline_set(&all, &d[i], 1 + any(1000));
        }

        least = 0;

        for (i = 0; i < MANY; i++) {
            if (d[i].place != 0 && (least == 0 || d[i].at_ms < least)) {
                least = d[i].at_ms;
            }
        }

        first = mesh_deadline_first(&all);
        bad += ((first ? first->at_ms : 0) != least);
    }

    is_int(bad, 0, "the next is the earliest after each of 20000 changes");

    mesh_deadline_free(&all);
}


static void
names(void)
{
    int                  i, n, bad, found, there[MANY];
    char                 name[MANY][16];
    mesh_named_t         item[MANY], *at;
    mesh_named_table_t   t;

    memset(&t, 0, sizeof(t));
    memset(item, 0, sizeof(item));
    memset(there, 0, sizeof(there));
    t.seed = 42;

    ok(mesh_named_find(&t, gate_cstr("x")) == NULL, "nobody is in no table");

    for (i = 0; i < MANY; i++) {
        (void) snprintf(name[i], sizeof(name[i]), "n%d", i / 3);
        item[i].name = gate_cstr(name[i]);
        item[i].thing = &there[i];
    }

    bad = 0;

    for (n = 0; n < 20000; n++) {
        i = any(MANY);

        if (there[i]) {
            mesh_named_remove(&t, &item[i]);
            there[i] = 0;

        } else {
            bad += !mesh_named_reserve(&t, 1);
            mesh_named_add(&t, &item[i]);
            there[i] = 1;
        }

        i = any(MANY / 3) * 3;
        found = 0;

        for (at = mesh_named_find(&t, item[i].name);
             at != NULL;
             at = mesh_named_more(at))
        {
            found++;
        }

        bad += (found != there[i] + there[i + 1] + there[i + 2]);
    }

    is_int(bad, 0, "all of a name are found after each of 20000 changes");

    mesh_named_free(&t);
}


int
main(void)
{
    heap();
    names();

    return done_testing();
}
