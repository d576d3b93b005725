
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Members of JSON objects, with their commas.
 */


#ifndef MESH_OUT_MEMBER_H_INCLUDED_
#define MESH_OUT_MEMBER_H_INCLUDED_


#include "mesh_out.h"


/* "name": and the value, behind a comma unless it is the first of its object */
void mesh_out_member(mesh_out_t *out, const char *name, gate_str_t s);
void mesh_out_number(mesh_out_t *out, const char *name, uint64_t n);
/* the value is JSON already, or follows */
void mesh_out_raw(mesh_out_t *out, const char *name, gate_str_t json);

/* a comma, unless what is there ends with a bracket that opens */
void mesh_out_next(mesh_out_t *out);


#endif /* MESH_OUT_MEMBER_H_INCLUDED_ */
