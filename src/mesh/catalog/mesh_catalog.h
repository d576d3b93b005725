
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * All services at one moment: an immutable snapshot, and which services are at
 * an address.
 */


#ifndef MESH_CATALOG_H_INCLUDED_
#define MESH_CATALOG_H_INCLUDED_


#include "mesh_service.h"


/* NULL: empty; counted as a map is */
typedef struct mesh_catalog_s  mesh_catalog_t;


/* items of an index: at an address (its text) are these services */

typedef struct {
    mesh_item_t            item;
    gate_str_t            *services;          /* sorted names */
    size_t                 n;
} mesh_place_t;


mesh_catalog_t *mesh_catalog_ref(mesh_catalog_t *c);
void mesh_catalog_unref(mesh_catalog_t *c);

/* of mesh_service_t by name, of mesh_place_t by address; the catalog's own */
mesh_map_t *mesh_catalog_services(const mesh_catalog_t *c);
mesh_map_t *mesh_catalog_places(const mesh_catalog_t *c);

mesh_service_t *mesh_catalog_find(const mesh_catalog_t *c, gate_str_t name);
mesh_place_t *mesh_catalog_at(const mesh_catalog_t *c,
    const mesh_address_t *address);

/* as mesh_map_set() and mesh_map_delete() do */
mesh_rc_e mesh_catalog_set(mesh_catalog_t **c, mesh_service_t *s);
mesh_rc_e mesh_catalog_delete(mesh_catalog_t **c, gate_str_t name);

size_t mesh_catalog_count(const mesh_catalog_t *c);
size_t mesh_catalog_endpoints(const mesh_catalog_t *c);


#endif /* MESH_CATALOG_H_INCLUDED_ */
