
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a client registers, in the form in which it is kept: the body of
 * Consul's /v1/agent/service/register, read strictly.
 *
 * The form has these members, in Consul's long names: ID, Name, Tags, Meta,
 * Port, Address, TaggedAddresses (where it is said), Weights {Passing,
 * Warning}, EnableTagOverride, Checks [{CheckID, Name, Notes, Status, TTL,
 * After}], the last two in milliseconds, Status "" where none is said.
 */


#ifndef MESH_DEFINITION_H_INCLUDED_
#define MESH_DEFINITION_H_INCLUDED_


#include "gate_json.h"
#include "mesh_fault.h"


#define MESH_ID_MAX         256               /* of an instance or a check */
#define MESH_NODE_MAX       128
#define MESH_TAGS_MAX       64
#define MESH_META_MAX       64
#define MESH_CHECKS_MAX     16
#define MESH_OUTPUT_MAX     4096              /* of a check, as in Consul */
#define MESH_AFTER_MIN      60000             /* ms, as in Consul */


/*
 * 1: *made is the form, and the caller's.  0: the fault says why, or, if its
 * text is empty, there is no memory.
 */
int mesh_definition_read(const json_t *body, json_t **made,
    mesh_fault_t *fault);

/*
 * The same for the body of /v1/agent/check/update/ID: "Status", one of Consul's
 * three words, and "Output", which may not be there.
 */
int mesh_definition_update(const json_t *body, json_t **made,
    mesh_fault_t *fault);

/* 1: the name of a node, of MESH_NODE_MAX bytes without control characters */
int mesh_definition_node(gate_str_t node);

/* 1: "passing", "warning" or "critical" */
int mesh_definition_status(gate_str_t status);


#endif /* MESH_DEFINITION_H_INCLUDED_ */
