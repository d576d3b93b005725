
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One sidecar's stream of aggregated discovery, in its incremental form: what
 * the sidecar has, what it asks for, and what it is to be told next, in an
 * order that leaves no gap (Envoy, "xDS REST and gRPC protocol", delta).
 */


#ifndef MESH_ADS_H_INCLUDED_
#define MESH_ADS_H_INCLUDED_


#include "mesh_xds_sidecar.h"


#define MESH_ADS_NACK   512                   /* bytes of a text, its end */
#define MESH_ADS_NAMES  200000                /* of a type, that may be asked
                                                 for */


typedef struct mesh_ads_s  mesh_ads_t;


/* of one type, for a status page */

typedef struct {
    size_t                 resources;         /* that the sidecar has */
    uint64_t               sent;              /* responses */
    uint64_t               acked;
    uint64_t               nacked;
    unsigned               in_flight:1;
    unsigned               refused:1;         /* the last one: "nack" */
    gate_str_t             nack;              /* the last one ever */
} mesh_ads_stat_t;


/* NULL: no memory */
mesh_ads_t *mesh_ads_create(void);
void mesh_ads_free(mesh_ads_t *a);

/* of its first message; NULL before that */
mesh_xds_node_t *mesh_ads_node(const mesh_ads_t *a);

/*
 * A DeltaDiscoveryRequest.  BAD: the stream has to end, *why tells the sidecar.
 * NONE: a response was acknowledged or refused, and nothing is asked for.
 */
mesh_rc_e mesh_ads_receive(mesh_ads_t *a, gate_str_t message,
    const mesh_state_t *state, const char **why);

/* 1: the last message took a response of *type, -1: refused it, 0: neither */
int mesh_ads_answer(const mesh_ads_t *a, mesh_xds_type_e *type);

/* the mesh has changed: what may differ is looked at again */
mesh_rc_e mesh_ads_change(mesh_ads_t *a, const mesh_state_t *from,
    const mesh_state_t *to);

/*
 * Appends the next DeltaDiscoveryResponse.  NONE: there is nothing to say until
 * something comes or changes.
 */
mesh_rc_e mesh_ads_next(mesh_ads_t *a, const mesh_state_t *state,
    mesh_pb_t *out);

/*
 * 1: routes wait for endpoints of clusters that are new.  If that lasts, it is
 * to be given up, as a sidecar may never ask for them.
 */
int mesh_ads_waits(const mesh_ads_t *a);
void mesh_ads_give_up(mesh_ads_t *a);

void mesh_ads_stat(const mesh_ads_t *a, mesh_xds_type_e type,
    mesh_ads_stat_t *stat);

/* 1: what it has of this name is what it was told last, and it took it */
int mesh_ads_has(const mesh_ads_t *a, mesh_xds_type_e type, gate_str_t name);


#endif /* MESH_ADS_H_INCLUDED_ */
