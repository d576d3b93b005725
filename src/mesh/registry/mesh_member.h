
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Members of an object that a client wrote, by a table: names in any case, and
 * with or without underscores, as Consul takes them.
 */


#ifndef MESH_MEMBER_H_INCLUDED_
#define MESH_MEMBER_H_INCLUDED_


#include "gate_json.h"
#include "mesh_fault.h"


typedef struct mesh_member_s  mesh_member_t;

struct mesh_member_s {
    const char            *name;              /* Consul's; NULL ends a table */

    /* into "made" by that name; 0: a fault, or no memory */
    int                  (*take)(const mesh_member_t *m, json_t *value,
                             json_t *made, mesh_fault_t *fault);
    int64_t                min;               /* of a number */
    int64_t                max;               /* of a number, of bytes */
    const char            *why;               /* of what is not taken */
};


/* all members; null is as if it were not there; 0 as above */
int mesh_member_read(const json_t *object, const mesh_member_t *table,
    json_t *made, mesh_fault_t *fault);

/* kinds of values */
int mesh_member_text(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault);
int mesh_member_integer(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault);
int mesh_member_bool(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault);
/* a duration of Go's, or nanoseconds; kept as milliseconds */
int mesh_member_duration(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault);
/* it may be there, and means nothing here */
int mesh_member_ignore(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault);
/* the same, unless it says something: "", 0, false, {} and [] do not */
int mesh_member_refuse(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault);

/* takes the value's reference; 0: no memory */
int mesh_member_set(json_t *made, const char *name, json_t *value);


#endif /* MESH_MEMBER_H_INCLUDED_ */
