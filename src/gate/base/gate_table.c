
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A hash table with open addressing that is filled and never emptied again.
 */


#include <stdlib.h>

#include "gate_table.h"


#define GATE_TABLE_MIN   16


static int gate_table_grow(gate_table_t *t);
static void gate_table_put(gate_table_t *t, uint64_t hash, void *item);


void *
gate_table_find(const gate_table_t *t, uint64_t hash, const void *key)
{
    size_t  i;

    if (t->size == 0) {
        return NULL;
    }

    i = (size_t) hash & (t->size - 1);

    while (t->entries[i].item != NULL) {
        if (t->entries[i].hash == hash && t->eq(t->entries[i].item, key)) {
            return t->entries[i].item;
        }

        i = (i + 1) & (t->size - 1);
    }

    return NULL;
}


gate_table_rc_e
gate_table_add(gate_table_t *t, uint64_t hash, const void *key, void *item)
{
    if (gate_table_find(t, hash, key) != NULL) {
        return GATE_TABLE_DUPLICATE;
    }

    /* half full at most: a miss costs one or two looks */

    if (t->n >= t->size / 2 && !gate_table_grow(t)) {
        return GATE_TABLE_NO_MEMORY;
    }

    gate_table_put(t, hash, item);
    t->n++;

    return GATE_TABLE_OK;
}


static int
gate_table_grow(gate_table_t *t)
{
    size_t         i;
    gate_table_t   old;

    if (t->size > SIZE_MAX / 2) {
        return 0;
    }

    old = *t;

    t->size = (old.size == 0) ? GATE_TABLE_MIN : old.size * 2;

    t->entries = calloc(t->size, sizeof(gate_table_entry_t));
    if (t->entries == NULL) {
        *t = old;
        return 0;
    }

    for (i = 0; i < old.size; i++) {
        if (old.entries[i].item != NULL) {
            gate_table_put(t, old.entries[i].hash, old.entries[i].item);
        }
    }

    free(old.entries);

    return 1;
}


static void
gate_table_put(gate_table_t *t, uint64_t hash, void *item)
{
    size_t  i;

    i = (size_t) hash & (t->size - 1);

    while (t->entries[i].item != NULL) {
        i = (i + 1) & (t->size - 1);
    }

    t->entries[i].hash = hash;
    t->entries[i].item = item;
}


void
gate_table_free(gate_table_t *t)
{
    free(t->entries);

    t->entries = NULL;
    t->size = 0;
    t->n = 0;
}
