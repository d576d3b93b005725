
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Records of changes, as text for the log: each is one line's JSON object.
 */


#ifndef MESH_CHANGE_H_INCLUDED_
#define MESH_CHANGE_H_INCLUDED_


#include "mesh_registry.h"


/* a definition of mesh_definition.h; "replace": its checks alone stay */
void mesh_change_put_record(mesh_out_t *out, gate_str_t node, gate_str_t from,
    const json_t *definition, int replace);
void mesh_change_drop_record(mesh_out_t *out, gate_str_t node, gate_str_t id);
/* "expired": nobody told it */
void mesh_change_check_record(mesh_out_t *out, const mesh_check_t *c,
    mesh_health_e status, gate_str_t output, int expired);
/* on: 1, with a reason */
void mesh_change_maintain_record(mesh_out_t *out, const mesh_enrolled_t *e,
    int on, gate_str_t reason);
/* indexes below it may have been told to somebody */
void mesh_change_index_record(mesh_out_t *out, uint64_t to);


#endif /* MESH_CHANGE_H_INCLUDED_ */
