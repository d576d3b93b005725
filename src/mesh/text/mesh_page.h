
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A page of a map: its first items behind a name, in the order of names.
 */


#ifndef MESH_PAGE_H_INCLUDED_
#define MESH_PAGE_H_INCLUDED_


#include "mesh_map.h"


#define MESH_PAGE_MAX  1000


typedef struct {
    mesh_item_t           *items[MESH_PAGE_MAX];
    size_t                 n;
    int                    more;              /* others are behind them */
    gate_str_t             after;
    size_t                 limit;
} mesh_page_t;


/* "limit" of 1 to MESH_PAGE_MAX; items stay the map's */
void mesh_page_read(mesh_page_t *page, const mesh_map_t *map,
    gate_str_t after, size_t limit);

#endif /* MESH_PAGE_H_INCLUDED_ */
