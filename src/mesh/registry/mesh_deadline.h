
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is due next: deadlines in a heap, each changed in time of the logarithm
 * of their number.
 */


#ifndef MESH_DEADLINE_H_INCLUDED_
#define MESH_DEADLINE_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/* a member of the thing; all zero: it has none */

typedef struct {
    int64_t                at_ms;
    size_t                 place;             /* in the heap, from 1; 0: none */
    void                  *thing;
} mesh_deadline_t;


/* all zero: empty */

typedef struct {
    mesh_deadline_t      **heap;
    size_t                 n;
    size_t                 size;
} mesh_deadlines_t;


/* room for so many more; 0: no memory */
int mesh_deadline_reserve(mesh_deadlines_t *all, size_t n);

/* a first time, where there is room, or another one */
void mesh_deadline_set(mesh_deadlines_t *all, mesh_deadline_t *d,
    int64_t at_ms);

/* there is none any more; nothing if there was none */
void mesh_deadline_clear(mesh_deadlines_t *all, mesh_deadline_t *d);

/* the earliest, or NULL */
mesh_deadline_t *mesh_deadline_first(const mesh_deadlines_t *all);

/* the heap, not the things */
void mesh_deadline_free(mesh_deadlines_t *all);


#endif /* MESH_DEADLINE_H_INCLUDED_ */
