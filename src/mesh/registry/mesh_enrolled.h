
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One registration with its checks: made as a whole before anything is
 * changed, then put in the place of the one of its name.
 */


#ifndef MESH_ENROLLED_H_INCLUDED_
#define MESH_ENROLLED_H_INCLUDED_


#include "mesh_registry.h"


/* of a definition as mesh_definition.h says it; NULL: none, or no memory */
mesh_enrolled_t *mesh_enrolled_make(gate_str_t node, gate_str_t from,
    const json_t *definition);
void mesh_enrolled_free(mesh_enrolled_t *e);

/*
 * One check more, as "like" says it; of another instance or made up.  0: no
 * memory.
 */
int mesh_enrolled_check(mesh_enrolled_t *e, const mesh_check_t *like);
mesh_check_t *mesh_enrolled_find(const mesh_enrolled_t *e, gate_str_t id);

/* room in all tables; after it the two below cannot fail; 0: no memory */
int mesh_enrolled_reserve(mesh_registry_t *r, mesh_enrolled_t *e);
/* in the place of the one of its name, and of others' checks of its names */
void mesh_enrolled_link(mesh_registry_t *r, mesh_enrolled_t *e);
void mesh_enrolled_unlink(mesh_registry_t *r, mesh_enrolled_t *e);

/* its checks alone */
void mesh_enrolled_add_check(mesh_registry_t *r, mesh_check_t *c);
void mesh_enrolled_drop_check(mesh_registry_t *r, mesh_check_t *c);

/* its deadline, as ttl_at and drop_at say; and its group has changed */
void mesh_enrolled_arm(mesh_registry_t *r, mesh_check_t *c);
void mesh_enrolled_changed(mesh_registry_t *r, mesh_enrolled_t *e);

/* bytewise: < 0, 0, > 0 */
int mesh_enrolled_order(gate_str_t a, gate_str_t b);

/* a text of malloc() in the place of another; 0: no memory */
int mesh_enrolled_text(gate_str_t *to, gate_str_t text);

/* "node NUL id" into 512 bytes; an empty text if it is too long */
gate_str_t mesh_enrolled_key(gate_str_t node, gate_str_t id,
    unsigned char *dst);

#define MESH_ENROLLED_KEY  512


#endif /* MESH_ENROLLED_H_INCLUDED_ */
