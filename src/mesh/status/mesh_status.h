
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the mesh is, for those who look: totals, a service in full, the shares
 * of its versions.
 */


#ifndef MESH_STATUS_H_INCLUDED_
#define MESH_STATUS_H_INCLUDED_


#include "mesh_out.h"
#include "mesh_xds.h"


/* kept up by each change; all zero at first */

typedef struct {
    size_t                 services;
    size_t                 rules;
    size_t                 endpoints[MESH_CRITICAL + 1];    /* by health */
} mesh_status_t;


/* from one state to the next, in time of the difference */
void mesh_status_change(mesh_status_t *status, const mesh_state_t *from,
    const mesh_state_t *to);

/* members of an object, without its braces: "services", "endpoints", "rules" */
void mesh_status_totals(const mesh_status_t *status, mesh_out_t *out);

/* "passing" and so on */
const char *mesh_status_health(mesh_health_e health);

/*
 * An object: all of a service, who is beside its endpoints, its rule and the
 * shares of versions.  NONE: neither the catalog nor a rule knows the name.
 */
mesh_rc_e mesh_status_service(const mesh_state_t *state, gate_str_t name,
    mesh_out_t *out);

/* the same for people to read, as lines */
mesh_rc_e mesh_status_text(const mesh_state_t *state, gate_str_t name,
    mesh_out_t *out);

/*
 * Elements of a list, in the order of names: at most "limit" services behind
 * "after".  *more: there are others.
 */
mesh_rc_e mesh_status_list(const mesh_state_t *state, gate_str_t after,
    size_t limit, int *more, mesh_out_t *out);


#endif /* MESH_STATUS_H_INCLUDED_ */
