
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A table of things by name, which come and go; several may have one name.
 */


#ifndef MESH_NAMED_H_INCLUDED_
#define MESH_NAMED_H_INCLUDED_


#include "gate_str.h"


typedef struct mesh_named_s  mesh_named_t;

/* a member of the thing, which owns the bytes of the name */

struct mesh_named_s {
    gate_str_t             name;
    uint64_t               hash;
    mesh_named_t          *next;
    mesh_named_t         **at;                /* what points here */
    void                  *thing;
};


/* all zero but "seed", which nobody outside knows: empty */

typedef struct {
    mesh_named_t         **buckets;
    size_t                 size;              /* 0 or a power of two */
    size_t                 n;
    uint64_t               seed;
} mesh_named_table_t;


/* room for so many more; 0: no memory */
int mesh_named_reserve(mesh_named_table_t *t, size_t n);

/* where there is room; n->name and n->thing are set */
void mesh_named_add(mesh_named_table_t *t, mesh_named_t *n);
void mesh_named_remove(mesh_named_table_t *t, mesh_named_t *n);

/* the first thing of that name, and the one behind it; NULL: there is none */
mesh_named_t *mesh_named_find(const mesh_named_table_t *t, gate_str_t name);
mesh_named_t *mesh_named_more(const mesh_named_t *n);

/* the table, not the things */
void mesh_named_free(mesh_named_table_t *t);


#endif /* MESH_NAMED_H_INCLUDED_ */
