
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A persistent map of named items: a change makes a new map that shares all but
 * the way to the item with the old one, which stays as it was.  A hash array
 * mapped trie (P. Bagwell, Ideal Hash Trees, 2001).
 *
 * One thread: references are counted without atomics.
 */


#ifndef MESH_MAP_H_INCLUDED_
#define MESH_MAP_H_INCLUDED_


#include "gate_str.h"


typedef struct mesh_item_s  mesh_item_t;


/* the first member of whatever is kept in a map; immutable once it is there */

struct mesh_item_s {
    gate_str_t             name;
    uint32_t               refs;              /* 1 when it is made */
    void                 (*free)(mesh_item_t *item);
};


/* NULL: empty */
typedef struct mesh_map_s  mesh_map_t;


typedef enum {
    MESH_OK = 0,
    MESH_NONE,                                /* there is no such thing */
    MESH_BAD,                                 /* what was said is wrong */
    MESH_NO_MEMORY
} mesh_rc_e;


mesh_item_t *mesh_item_ref(mesh_item_t *item);
void mesh_item_unref(mesh_item_t *item);      /* NULL is nothing */

mesh_map_t *mesh_map_ref(mesh_map_t *m);
void mesh_map_unref(mesh_map_t *m);

size_t mesh_map_count(const mesh_map_t *m);

/* the item, whose reference stays the map's, or NULL */
mesh_item_t *mesh_map_find(const mesh_map_t *m, gate_str_t name);

/*
 * *m becomes the map with the item in the place of that of its name; the
 * caller's reference to the old map goes, one to the new map comes.  The map
 * takes a reference to the item of its own.  On NO_MEMORY *m is unchanged.
 */
mesh_rc_e mesh_map_set(mesh_map_t **m, mesh_item_t *item);

/* NONE: there was none of that name */
mesh_rc_e mesh_map_delete(mesh_map_t **m, gate_str_t name);

/* in no order that means anything; ends when "visit" does not return 0 */
int mesh_map_walk(const mesh_map_t *m,
    int (*visit)(void *data, mesh_item_t *item), void *data);

/*
 * What differs, in time proportional to it: "before" or "after" is NULL for
 * what came or went.  Items that are the same object are not told, others of
 * the same name are.
 */
int mesh_map_diff(const mesh_map_t *from, const mesh_map_t *to,
    int (*visit)(void *data, mesh_item_t *before, mesh_item_t *after),
    void *data);


#endif /* MESH_MAP_H_INCLUDED_ */
