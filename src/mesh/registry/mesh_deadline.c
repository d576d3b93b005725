
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is due next: deadlines in a heap, each changed in time of the logarithm
 * of their number.
 */


#include <stdlib.h>

#include "mesh_deadline.h"


#define MESH_DEADLINE_FIRST  64


static void mesh_deadline_put(mesh_deadlines_t *all, mesh_deadline_t *d,
    size_t place);
static void mesh_deadline_up(mesh_deadlines_t *all, mesh_deadline_t *d,
    size_t place);
static void mesh_deadline_down(mesh_deadlines_t *all, mesh_deadline_t *d,
    size_t place);


int
mesh_deadline_reserve(mesh_deadlines_t *all, size_t n)
{
    size_t             size;
    mesh_deadline_t  **heap;

    if (all->size - all->n >= n) {
        return 1;
    }

    size = 2 * all->size + n + MESH_DEADLINE_FIRST;

    heap = realloc(all->heap, size * sizeof(mesh_deadline_t *));
    if (heap == NULL) {
        return 0;
    }

    all->heap = heap;
    all->size = size;

    return 1;
}


void
mesh_deadline_set(mesh_deadlines_t *all, mesh_deadline_t *d, int64_t at_ms)
{
    size_t  place;

    place = d->place ? d->place : ++all->n;
    d->at_ms = at_ms;

    mesh_deadline_up(all, d, place);
    mesh_deadline_down(all, d, d->place);
}


void
mesh_deadline_clear(mesh_deadlines_t *all, mesh_deadline_t *d)
{
    size_t            place;
    mesh_deadline_t  *last;

    if (d->place == 0) {
        return;
    }

    place = d->place;
    d->place = 0;

    last = all->heap[--all->n];

    if (last == d) {
        return;
    }

    mesh_deadline_up(all, last, place);
    mesh_deadline_down(all, last, last->place);
}


mesh_deadline_t *
mesh_deadline_first(const mesh_deadlines_t *all)
{
    return all->n ? all->heap[0] : NULL;
}


void
mesh_deadline_free(mesh_deadlines_t *all)
{
    free(all->heap);

    all->heap = NULL;
    all->n = 0;
    all->size = 0;
}


static void
mesh_deadline_put(mesh_deadlines_t *all, mesh_deadline_t *d, size_t place)
{
    all->heap[place - 1] = d;
    d->place = place;
}


static void
mesh_deadline_up(mesh_deadlines_t *all, mesh_deadline_t *d, size_t place)
{
    mesh_deadline_t  *above;

    while (place > 1) {
        above = all->heap[place / 2 - 1];

        if (above->at_ms <= d->at_ms) {
            break;
        }

        mesh_deadline_put(all, above, place);
        place /= 2;
    }

    mesh_deadline_put(all, d, place);
}


static void
mesh_deadline_down(mesh_deadlines_t *all, mesh_deadline_t *d, size_t place)
{
    size_t            below;
    mesh_deadline_t  *least;

    while (2 * place <= all->n) {
        below = 2 * place;

        if (below < all->n
            && all->heap[below]->at_ms < all->heap[below - 1]->at_ms)
        {
            below++;
        }

        least = all->heap[below - 1];

        if (d->at_ms <= least->at_ms) {
            break;
        }

        mesh_deadline_put(all, least, place);
        place = below;
    }

    mesh_deadline_put(all, d, place);
}
