
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a stream knows of each resource of a type, by name.
 */


#include <stdlib.h>

#include "gate_xxh.h"
#include "mesh_ads_table.h"


static int mesh_ads_grow(mesh_ads_table_t *t);


mesh_ads_entry_t *
mesh_ads_find(const mesh_ads_table_t *t, gate_str_t name)
{
    uint64_t           hash;
    mesh_ads_entry_t  *e;

    if (t->size == 0) {
        return NULL;
    }

    hash = gate_xxh64(name, 0);

    for (e = t->places[hash & (t->size - 1)]; e != NULL; e = e->same) {

        if (e->hash == hash && gate_str_eq(gate_str(e->name, e->len), name)) {
            return e;
        }
    }

    return NULL;
}


mesh_ads_entry_t *
mesh_ads_get(mesh_ads_table_t *t, gate_str_t name)
{
    mesh_ads_entry_t  *e, **place;

    e = mesh_ads_find(t, name);
    if (e != NULL) {
        return e;
    }

    if (name.len > UINT16_MAX || (t->n >= t->size && !mesh_ads_grow(t))) {
        return NULL;
    }

    e = calloc(1, sizeof(mesh_ads_entry_t) + name.len);
    if (e == NULL) {
        return NULL;
    }

    e->hash = gate_xxh64(name, 0);
    e->len = (uint16_t) name.len;
    (void) gate_str_copy(e->name, name);

    place = &t->places[e->hash & (t->size - 1)];
    e->same = *place;
    *place = e;
    t->n++;

    return e;
}


static int
mesh_ads_grow(mesh_ads_table_t *t)
{
    size_t              i, size;
    mesh_ads_entry_t   *e, *next, **places, **place;

    size = t->size ? t->size * 2 : 16;

    places = calloc(size, sizeof(mesh_ads_entry_t *));
    if (places == NULL) {
        return 0;
    }

    for (i = 0; i < t->size; i++) {

        for (e = t->places[i]; e != NULL; e = next) {
            next = e->same;
            place = &places[e->hash & (size - 1)];
            e->same = *place;
            *place = e;
        }
    }

    free(t->places);
    t->places = places;
    t->size = size;

    return 1;
}


void
mesh_ads_drop(mesh_ads_table_t *t, mesh_ads_entry_t *e)
{
    mesh_ads_entry_t  **at;

    at = &t->places[e->hash & (t->size - 1)];

    while (*at != e) {
        at = &(*at)->same;
    }

    *at = e->same;
    t->n--;

    free(e);
}


void
mesh_ads_queue(mesh_ads_table_t *t, mesh_ads_entry_t *e)
{
    if (e->flags & MESH_ADS_DIRTY) {
        return;
    }

    e->flags |= MESH_ADS_DIRTY;
    e->next = NULL;

    if (t->last != NULL) {
        t->last->next = e;

    } else {
        t->first = e;
    }

    t->last = e;
}


mesh_ads_entry_t *
mesh_ads_dequeue(mesh_ads_table_t *t)
{
    mesh_ads_entry_t  *e;

    e = t->first;

    if (e != NULL) {
        t->first = e->next;
        t->last = t->first ? t->last : NULL;
        e->flags &= (uint8_t) ~MESH_ADS_DIRTY;
    }

    return e;
}


void
mesh_ads_table_free(mesh_ads_table_t *t)
{
    size_t             i;
    mesh_ads_entry_t  *e, *next;

    for (i = 0; i < t->size; i++) {

        for (e = t->places[i]; e != NULL; e = next) {
            next = e->same;
            free(e);
        }
    }

    free(t->places);
}
