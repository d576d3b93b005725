
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The catalog against plain arrays: services, who is at an address, counts;
 * old ones stay, and nothing changes where there is no memory.
 */


#include "tap.h"
#include "../../src/mesh/catalog/mesh_map_node.h"
#include "mesh_catalog.h"
#include "mesh_service_check.h"

static long  left = -1;                       /* allocations; < 0: any */


static void *
test_malloc(size_t n)
{
    if (left == 0) {
        return NULL;
    }

    left -= (left > 0);

    return malloc(n);
}


#define malloc  test_malloc

#include "../../src/mesh/catalog/mesh_map.c"
#include "../../src/mesh/catalog/mesh_map_diff.c"
#include "../../src/mesh/catalog/mesh_catalog.c"

#undef malloc


#define SERVICES  24
#define PLACES    12


/* what it should have: at[s][p]: how often service s is at place p */

typedef struct {
    mesh_catalog_t        *catalog;
    mesh_service_t        *service[SERVICES];
    int                    at[SERVICES][PLACES];
} model_t;


static gate_str_t
name(int s)
{
    static char  text[24];

    snprintf(text, sizeof(text), "service-%02d", s);

    return gate_cstr(text);
}


static mesh_address_t
place(int p)
{
    char            text[24];
    mesh_address_t  a;

    snprintf(text, sizeof(text), p % 2 ? "10.0.0.%d" : "fd00::%d", p + 1);
    mesh_address_parse(gate_cstr(text), &a);

    return a;
}


static mesh_service_t *
service(int s, int at[PLACES])
{
    int              i, j, n;
    char             ids[6][24];
    const char      *why;
    mesh_service_t   say, *made;
    mesh_address_t   a[6][3];
    mesh_endpoint_t  e[6];

    memset(&say, 0, sizeof(say));
    memset(e, 0, sizeof(e));

    n = rand() % 7;

    for (i = 0; i < n; i++) {
        snprintf(ids[i], sizeof(ids[i]), "%d", i);

        e[i].id = gate_cstr(ids[i]);
        e[i].node = gate_cstr("n");
        e[i].version = gate_cstr("v1");
        e[i].port = 80;
        e[i].addresses = a[i];
        e[i].naddresses = (size_t) (1 + rand() % 3);

        for (j = 0; j < (int) e[i].naddresses; j++) {
            int  p = rand() % PLACES;

            a[i][j] = place(p);
            at[p]++;
        }
    }

    say.item.name = name(s);
    say.endpoints = e;
    say.nendpoints = (size_t) n;

    if (mesh_service_make(&say, &made, &why) != MESH_OK) {
        diag("%s", why);
        exit(1);
    }

    return made;
}


static int
holds_place(const model_t *m, int p)
{
    int             s;
    size_t          n;
    unsigned char   text[MESH_ADDRESS_TEXT];
    mesh_place_t   *at;
    mesh_address_t  a;

    a = place(p);
    at = mesh_catalog_at(m->catalog, &a);
    n = 0;

    for (s = 0; s < SERVICES; s++) {
        if (!m->at[s][p]) {
            continue;
        }

        if (at == NULL || n == at->n || !gate_str_eq(at->services[n], name(s)))
        {
            return 0;
        }

        n++;
    }

    return n == (at ? at->n : 0)
           && (!at || gate_str_eq(at->item.name,
                                  gate_str(text, mesh_address_text(&a, text))));
}


static int
holds(const model_t *m)
{
    int     i, places;
    size_t  n, endpoints;

    n = 0;
    endpoints = 0;
    places = 0;

    for (i = 0; i < SERVICES; i++) {
        if (mesh_catalog_find(m->catalog, name(i)) != m->service[i]) {
            return 0;
        }

        n += (m->service[i] != NULL);
        endpoints += m->service[i] ? m->service[i]->nendpoints : 0;
    }

    for (i = 0; i < PLACES; i++) {
        mesh_address_t  a = place(i);

        if (!holds_place(m, i)) {
            return 0;
        }

        places += (mesh_catalog_at(m->catalog, &a) != NULL);
    }

    return n == mesh_catalog_count(m->catalog)
           && endpoints == mesh_catalog_endpoints(m->catalog)
           && n == mesh_map_count(mesh_catalog_services(m->catalog))
           && places == (int) mesh_map_count(mesh_catalog_places(m->catalog));
}


static int
change(model_t *m, int s, long allocations)
{
    int              at[PLACES];
    mesh_rc_e        rc;
    mesh_service_t  *made;

    memset(at, 0, sizeof(at));

    if (rand() % 4) {
        made = service(s, at);

        left = allocations;
        rc = mesh_catalog_set(&m->catalog, made);
        left = -1;

        mesh_item_unref(&made->item);

    } else {
        made = NULL;

        left = allocations;
        rc = mesh_catalog_delete(&m->catalog, name(s));
        left = -1;

        if (rc == MESH_NONE && m->service[s] == NULL) {
            return 1;
        }
    }

    if (rc != MESH_OK) {
        return rc == MESH_NO_MEMORY ? 0 : -1;
    }

    m->service[s] = made;
    memcpy(m->at[s], at, sizeof(at));

    return 1;
}


static void
random_changes(const char *what, int poor)
{
    int             i, rc, good, kept, failed;
    static model_t  now, old;

    memset(&now, 0, sizeof(now));
    memset(&old, 0, sizeof(old));

    good = 1;
    kept = 1;
    failed = 0;

    for (i = 0; i < 3000; i++) {
        rc = change(&now, rand() % SERVICES, poor ? rand() % 20 : -1);
        failed += (rc == 0);
        good &= (rc >= 0 && holds(&now));

        if (i % 40 == 0) {
            kept &= holds(&old);
            mesh_catalog_unref(old.catalog);
            old = now;
            mesh_catalog_ref(now.catalog);
        }
    }

    ok(good, "%s: services, places and counts are as they should", what);
    ok(kept, "%s: an old catalog is as it was", what);
    ok(poor ? failed > 200 : failed == 0, "%s: %d changes failed", what,
       failed);

    mesh_catalog_unref(old.catalog);
    mesh_catalog_unref(now.catalog);
}


static int
visit(void *data, mesh_item_t *before, mesh_item_t *after)
{
    (*(int *) data)++;

    return 0;
}


/* 50 services in a process: health of one of them moves nobody */

static void
coarse(void)
{
    int              i, n;
    char             text[24];
    const char      *why;
    mesh_map_t      *places;
    mesh_place_t    *at;
    mesh_service_t   say, *made;
    mesh_address_t   a;
    mesh_endpoint_t  e;
    mesh_catalog_t  *c;

    c = NULL;
    memset(&say, 0, sizeof(say));
    memset(&e, 0, sizeof(e));

    a = place(1);
    e.id = gate_cstr("1");
    e.node = gate_cstr("n");
    e.version = gate_cstr("v1");
    e.port = 80;
    e.addresses = &a;
    e.naddresses = 1;
    say.endpoints = &e;
    say.nendpoints = 1;

    for (i = 49; i >= 0; i--) {
        snprintf(text, sizeof(text), "s%02d", i);
        say.item.name = gate_cstr(text);
        mesh_service_make(&say, &made, &why);
        mesh_catalog_set(&c, made);
        mesh_item_unref(&made->item);
    }

    at = mesh_catalog_at(c, &a);
    is_int(at->n, 50, "50 services at one address");
    ok(gate_str_eq(at->services[0], gate_cstr("s00")), "by their names");
    is_int(mesh_map_count(mesh_catalog_places(c)), 1, "which is one place");

    places = mesh_map_ref(mesh_catalog_places(c));
    e.health = MESH_CRITICAL;
    mesh_service_make(&say, &made, &why);
    mesh_catalog_set(&c, made);

    n = 0;
    mesh_map_diff(places, mesh_catalog_places(c), visit, &n);
    is_int(n, 0, "a change of health is none of the places");
    ok(mesh_catalog_find(c, made->item.name) == made, "but of the service");

    mesh_map_unref(places);
    mesh_item_unref(&made->item);
    mesh_catalog_unref(c);
}


int
main(void)
{
    mesh_catalog_t  *c;

    srand(10);

    c = NULL;
    is_int(mesh_catalog_count(NULL), 0, "NULL is an empty catalog");
    is_int(mesh_catalog_endpoints(NULL), 0, "of no endpoints");
    is_int(mesh_catalog_delete(&c, name(1)), MESH_NONE, "nothing to delete");

    random_changes("changes", 0);
    random_changes("little memory", 1);
    coarse();

    return done_testing();
}
