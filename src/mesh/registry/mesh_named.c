
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A table of things by name, which come and go; several may have one name.
 */


#include <stdlib.h>

#include "gate_hash.h"
#include "mesh_named.h"


#define MESH_NAMED_FIRST  64


static int mesh_named_grow(mesh_named_table_t *t);
static void mesh_named_link(mesh_named_table_t *t, mesh_named_t *n);
static mesh_named_t *mesh_named_from(mesh_named_t *n, uint64_t hash,
    gate_str_t name);


int
mesh_named_reserve(mesh_named_table_t *t, size_t n)
{
    while (t->size - t->n < n) {

        if (!mesh_named_grow(t)) {
            return 0;
        }
    }

    return 1;
}


void
mesh_named_add(mesh_named_table_t *t, mesh_named_t *n)
{
    n->hash = gate_hash(n->name, t->seed);
    mesh_named_link(t, n);
    t->n++;
}


void
mesh_named_remove(mesh_named_table_t *t, mesh_named_t *n)
{
    *n->at = n->next;

    if (n->next != NULL) {
        n->next->at = n->at;
    }

    n->next = NULL;
    n->at = NULL;
    t->n--;
}


mesh_named_t *
mesh_named_find(const mesh_named_table_t *t, gate_str_t name)
{
    uint64_t  hash;

    if (t->size == 0) {
        return NULL;
    }

    hash = gate_hash(name, t->seed);

    return mesh_named_from(t->buckets[hash & (t->size - 1)], hash, name);
}


mesh_named_t *
mesh_named_more(const mesh_named_t *n)
{
    return mesh_named_from(n->next, n->hash, n->name);
}


void
mesh_named_free(mesh_named_table_t *t)
{
    free(t->buckets);

    t->buckets = NULL;
    t->size = 0;
    t->n = 0;
}


static int
mesh_named_grow(mesh_named_table_t *t)
{
    size_t          i, size;
    mesh_named_t   *n, *next, **old;

    old = t->buckets;
    size = t->size;

    t->buckets = calloc(size ? 2 * size : MESH_NAMED_FIRST,
                        sizeof(mesh_named_t *));

    if (t->buckets == NULL) {
        t->buckets = old;
        return 0;
    }

    t->size = size ? 2 * size : MESH_NAMED_FIRST;

    for (i = 0; i < size; i++) {
        for (n = old[i]; n != NULL; n = next) {
            next = n->next;
            mesh_named_link(t, n);
        }
    }

    free(old);

    return 1;
}


static void
mesh_named_link(mesh_named_table_t *t, mesh_named_t *n)
{
    mesh_named_t  **at;

    at = &t->buckets[n->hash & (t->size - 1)];

    n->next = *at;
    n->at = at;

    if (n->next != NULL) {
        n->next->at = &n->next;
    }

    *at = n;
}


static mesh_named_t *
mesh_named_from(mesh_named_t *n, uint64_t hash, gate_str_t name)
{
    while (n != NULL && (n->hash != hash || !gate_str_eq(n->name, name))) {
        n = n->next;
    }

    return n;
}
