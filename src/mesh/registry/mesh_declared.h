
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Services that files declare, as Consul's own files define them: {"service":
 * {...}} or {"services": [...]}, in any of its spellings.  Two members are
 * ours: "node", by default the address, and "health", by default "passing".
 */


#ifndef MESH_DECLARED_H_INCLUDED_
#define MESH_DECLARED_H_INCLUDED_


#include "mesh_instance.h"


typedef struct mesh_declared_s  mesh_declared_t;

struct mesh_declared_s {
    mesh_declared_t       *next;
    const void            *file;              /* the caller's */
    json_t                *definition;        /* seen by "instance" */
    mesh_instance_t        instance;
};


/*
 * All of a file, which goes to the front of the list.  BAD: the fault says why,
 * and the list has what was before.
 */
mesh_rc_e mesh_declared_read(gate_str_t text, const void *file,
    mesh_declared_t **list, mesh_fault_t *fault);

void mesh_declared_free(mesh_declared_t *list);

/*
 * The services of all files.  "conflict" is told what instances disagree about;
 * "/ID": two are of the same node and id.
 */
mesh_rc_e mesh_declared_services(mesh_declared_t *list,
    mesh_map_t **services, mesh_instance_conflict_pt conflict, void *data);

/* whose instance the "other" one of a conflict is */
const mesh_declared_t *mesh_declared_of(const mesh_instance_t *instance);


#endif /* MESH_DECLARED_H_INCLUDED_ */
