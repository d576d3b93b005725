
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The convention of metadata: what an instance says of itself and its service.
 */


#ifndef MESH_INSTANCE_META_H_INCLUDED_
#define MESH_INSTANCE_META_H_INCLUDED_


#include "mesh_instance.h"


/*
 * All members that are known, into "made"; an empty text is as if it were not
 * there.  0: the fault says which one is wrong.
 */
int mesh_instance_meta(const json_t *meta, mesh_instance_t *made,
    mesh_fault_t *fault);

/* names of members that are said of the service, where the two differ */
void mesh_instance_meta_conflicts(const mesh_instance_t *kept,
    const mesh_instance_t *other, mesh_instance_conflict_pt conflict,
    void *data);


#endif /* MESH_INSTANCE_META_H_INCLUDED_ */
