
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Consumers that no configuration keeps, counted.
 */


#include "gate_snapshot.h"

#include <stdlib.h>


struct gate_snapshot_s {
    size_t                 refs;
    max_align_t            memory[];
};


gate_snapshot_t *
gate_snapshot_create(size_t size)
{
    gate_snapshot_t  *s;

    if (size > SIZE_MAX - sizeof(gate_snapshot_t)) {
        return NULL;
    }

    s = calloc(1, sizeof(gate_snapshot_t) + size);
    if (s == NULL) {
        return NULL;
    }

    s->refs = 1;

    return s;
}


void *
gate_snapshot_memory(gate_snapshot_t *s)
{
    return s->memory;
}


gate_consumer_t *
gate_snapshot_take(gate_consumer_t *c)
{
    if (c != NULL && c->snapshot != NULL) {
        c->snapshot->refs++;
    }

    return c;
}


void
gate_snapshot_release(gate_consumer_t *c)
{
    if (c != NULL && c->snapshot != NULL && --c->snapshot->refs == 0) {
        json_decref(c->claims);
        free(c->snapshot);
    }
}


int
gate_snapshot_same(const gate_consumer_t *a, const gate_consumer_t *b)
{
    return a == b || (a != NULL && b != NULL && gate_str_eq(a->name, b->name));
}
