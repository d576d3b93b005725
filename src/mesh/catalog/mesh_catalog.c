
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The catalog: two maps that change together, services by name and what is at
 * an address.
 */


#include <stdlib.h>

#include "mesh_catalog.h"
#include "mesh_service_check.h"


struct mesh_catalog_s {
    size_t                 refs;
    mesh_map_t            *services;
    mesh_map_t            *places;
    size_t                 endpoints;
};


/* addresses of a service, sorted, each once */

typedef struct {
    const mesh_address_t **at;
    size_t                 n;
} mesh_catalog_at_t;


static mesh_rc_e mesh_catalog_change(mesh_catalog_t **c, gate_str_t name,
    mesh_service_t *old, mesh_service_t *new);
static mesh_rc_e mesh_catalog_move(mesh_map_t **places, gate_str_t name,
    const mesh_service_t *old, const mesh_service_t *new);
static int mesh_catalog_addresses(const mesh_service_t *s,
    mesh_catalog_at_t *all);
static int mesh_catalog_order(const void *a, const void *b);
static int mesh_catalog_compare(const mesh_address_t *a,
    const mesh_address_t *b);
static mesh_rc_e mesh_catalog_place(mesh_map_t **places,
    const mesh_address_t *address, gate_str_t name, int here);
static mesh_place_t *mesh_catalog_place_make(gate_str_t address,
    const mesh_place_t *old, gate_str_t name, int here);
static void mesh_catalog_place_free(mesh_item_t *item);


mesh_catalog_t *
mesh_catalog_ref(mesh_catalog_t *c)
{
    if (c != NULL) {
        c->refs++;
    }

    return c;
}


void
mesh_catalog_unref(mesh_catalog_t *c)
{
    if (c != NULL && --c->refs == 0) {
        mesh_map_unref(c->services);
        mesh_map_unref(c->places);
        free(c);
    }
}


mesh_map_t *
mesh_catalog_services(const mesh_catalog_t *c)
{
    return c == NULL ? NULL : c->services;
}


mesh_map_t *
mesh_catalog_places(const mesh_catalog_t *c)
{
    return c == NULL ? NULL : c->places;
}


mesh_service_t *
mesh_catalog_find(const mesh_catalog_t *c, gate_str_t name)
{
    return (mesh_service_t *) mesh_map_find(mesh_catalog_services(c), name);
}


mesh_place_t *
mesh_catalog_at(const mesh_catalog_t *c, const mesh_address_t *address)
{
    size_t         n;
    unsigned char  text[MESH_ADDRESS_TEXT];

    n = mesh_address_text(address, text);

    return (mesh_place_t *) mesh_map_find(mesh_catalog_places(c),
                                          gate_str(text, n));
}


size_t
mesh_catalog_count(const mesh_catalog_t *c)
{
    return mesh_map_count(mesh_catalog_services(c));
}


size_t
mesh_catalog_endpoints(const mesh_catalog_t *c)
{
    return c == NULL ? 0 : c->endpoints;
}


mesh_rc_e
mesh_catalog_set(mesh_catalog_t **c, mesh_service_t *s)
{
    mesh_service_t  *old;

    old = mesh_catalog_find(*c, s->item.name);

    if (old == s) {
        return MESH_OK;
    }

    return mesh_catalog_change(c, s->item.name, old, s);
}


mesh_rc_e
mesh_catalog_delete(mesh_catalog_t **c, gate_str_t name)
{
    mesh_service_t  *old;

    old = mesh_catalog_find(*c, name);

    if (old == NULL) {
        return MESH_NONE;
    }

    return mesh_catalog_change(c, old->item.name, old, NULL);
}


static mesh_rc_e
mesh_catalog_change(mesh_catalog_t **c, gate_str_t name, mesh_service_t *old,
    mesh_service_t *new)
{
    mesh_rc_e        rc;
    mesh_catalog_t  *made;

    made = malloc(sizeof(mesh_catalog_t));
    if (made == NULL) {
        return MESH_NO_MEMORY;
    }

    made->refs = 1;
    made->services = mesh_map_ref(mesh_catalog_services(*c));
    made->places = mesh_map_ref(mesh_catalog_places(*c));
    made->endpoints = mesh_catalog_endpoints(*c);

    rc = mesh_catalog_move(&made->places, name, old, new);

    if (rc == MESH_OK) {
        rc = (new != NULL) ? mesh_map_set(&made->services, &new->item)
                           : mesh_map_delete(&made->services, name);
    }

    if (rc != MESH_OK) {
        mesh_catalog_unref(made);
        return rc;
    }

    /* before the old catalog goes, and "old" with it */

    made->endpoints -= (old != NULL) ? old->nendpoints : 0;
    made->endpoints += (new != NULL) ? new->nendpoints : 0;

    mesh_catalog_unref(*c);
    *c = made;

    return MESH_OK;
}


/* places where the service was and is no longer, and the other way round */

static mesh_rc_e
mesh_catalog_move(mesh_map_t **places, gate_str_t name,
    const mesh_service_t *old, const mesh_service_t *new)
{
    int                order;
    size_t             i, j;
    mesh_rc_e          rc;
    mesh_catalog_at_t  before, after;

    memset(&before, 0, sizeof(mesh_catalog_at_t));
    memset(&after, 0, sizeof(mesh_catalog_at_t));

    rc = (mesh_catalog_addresses(old, &before)
          && mesh_catalog_addresses(new, &after)) ? MESH_OK : MESH_NO_MEMORY;

    i = 0;
    j = 0;

    while (rc == MESH_OK && (i < before.n || j < after.n)) {

        if (i == before.n) {
            order = 1;

        } else if (j == after.n) {
            order = -1;

        } else {
            order = mesh_catalog_compare(before.at[i], after.at[j]);
        }

        if (order < 0) {
            rc = mesh_catalog_place(places, before.at[i], name, 0);

        } else if (order > 0) {
            rc = mesh_catalog_place(places, after.at[j], name, 1);
        }

        i += (order <= 0);
        j += (order >= 0);
    }

    free(before.at);
    free(after.at);

    return rc;
}


/* 0: no memory */

static int
mesh_catalog_addresses(const mesh_service_t *s, mesh_catalog_at_t *all)
{
    size_t                 i, j, n;
    const mesh_endpoint_t *e;

    n = 0;

    for (i = 0; s != NULL && i < s->nendpoints; i++) {
        n += s->endpoints[i].naddresses;
    }

    if (n == 0) {
        return 1;
    }

    all->at = malloc(n * sizeof(mesh_address_t *));
    if (all->at == NULL) {
        return 0;
    }

    for (i = 0; i < s->nendpoints; i++) {
        e = &s->endpoints[i];

        for (j = 0; j < e->naddresses; j++) {
            all->at[all->n++] = &e->addresses[j];
        }
    }

    qsort(all->at, n, sizeof(mesh_address_t *), mesh_catalog_order);

    all->n = 1;

    for (i = 1; i < n; i++) {
        if (mesh_catalog_compare(all->at[i], all->at[i - 1]) != 0) {
            all->at[all->n++] = all->at[i];
        }
    }

    return 1;
}


static int
mesh_catalog_order(const void *a, const void *b)
{
    return mesh_catalog_compare(*(mesh_address_t *const *) a,
                                *(mesh_address_t *const *) b);
}


static int
mesh_catalog_compare(const mesh_address_t *a, const mesh_address_t *b)
{
    if (a->family != b->family) {
        return (int) a->family - (int) b->family;
    }

    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}


/* "here": the service is at that address, or no longer */

static mesh_rc_e
mesh_catalog_place(mesh_map_t **places, const mesh_address_t *address,
    gate_str_t name, int here)
{
    mesh_rc_e      rc;
    gate_str_t     text;
    mesh_place_t  *old, *made;
    unsigned char  bytes[MESH_ADDRESS_TEXT];

    text = gate_str(bytes, mesh_address_text(address, bytes));

    old = (mesh_place_t *) mesh_map_find(*places, text);

    if (!here && old->n == 1) {
        return mesh_map_delete(places, text);
    }

    made = mesh_catalog_place_make(text, old, name, here);
    if (made == NULL) {
        return MESH_NO_MEMORY;
    }

    rc = mesh_map_set(places, &made->item);
    mesh_item_unref(&made->item);

    return rc;
}


/* one block of memory: the struct, the table of names, their bytes */

static mesh_place_t *
mesh_catalog_place_make(gate_str_t address, const mesh_place_t *old,
    gate_str_t name, int here)
{
    int             order;
    size_t          i, n, size;
    unsigned char  *p;
    mesh_place_t   *made;

    n = (old != NULL) ? old->n : 0;
    size = sizeof(mesh_place_t) + (n + 1) * sizeof(gate_str_t) + address.len
           + name.len;

    for (i = 0; i < n; i++) {
        size += old->services[i].len;
    }

    made = malloc(size);
    if (made == NULL) {
        return NULL;
    }

    made->services = (gate_str_t *) (made + 1);
    p = (unsigned char *) (made->services + n + 1);

    made->item.refs = 1;
    made->item.free = mesh_catalog_place_free;
    made->item.name = gate_str(p, address.len);
    p = gate_str_copy(p, address);
    made->n = 0;

    for (i = 0; i <= n; i++) {

        order = (i < n) ? mesh_service_compare(old->services[i], name) : 1;

        if (order >= 0 && here) {
            made->services[made->n++] = gate_str(p, name.len);
            p = gate_str_copy(p, name);
            here = 0;
        }

        if (i < n && order != 0) {
            made->services[made->n++] = gate_str(p, old->services[i].len);
            p = gate_str_copy(p, old->services[i]);
        }
    }

    return made;
}


static void
mesh_catalog_place_free(mesh_item_t *item)
{
    free(item);
}
