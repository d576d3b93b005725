
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Checks of what a client registers, and what both halves of the reader use.
 */


#ifndef MESH_DEFINITION_CHECKS_H_INCLUDED_
#define MESH_DEFINITION_CHECKS_H_INCLUDED_


#include "mesh_definition.h"
#include "mesh_member.h"


#define MESH_DEFINITION_TEXT  512


/* members "Check" and "Checks" */
int mesh_definition_check(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault);
int mesh_definition_checks(const mesh_member_t *m, json_t *value,
    json_t *made, mesh_fault_t *fault);

/* names of checks that have none */
int mesh_definition_finish_checks(json_t *made, mesh_fault_t *fault);

/* where the member is an empty text; a value of NULL changes nothing */
int mesh_definition_default(json_t *object, const char *name, json_t *value);

/* a text of several lines */
int mesh_definition_long(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault);

/* empty: there is none */
gate_str_t mesh_definition_text(const json_t *object, const char *name);


#endif /* MESH_DEFINITION_CHECKS_H_INCLUDED_ */
