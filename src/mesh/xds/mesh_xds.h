
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What Envoy's sidecars are told: resources of xDS v3, each made from the state
 * of the mesh and from what a sidecar has said of itself.
 */


#ifndef MESH_XDS_H_INCLUDED_
#define MESH_XDS_H_INCLUDED_


#include "mesh_catalog.h"
#include "mesh_pb.h"
#include "gate_rule.h"


/* in the order in which they are sent; removals in the reverse order */

typedef enum {
    MESH_XDS_CLUSTER = 0,
    MESH_XDS_ENDPOINT,                        /* ClusterLoadAssignment */
    MESH_XDS_LISTENER,
    MESH_XDS_ROUTE,                           /* RouteConfiguration */
    MESH_XDS_VHOST,                           /* VirtualHost, on demand */
    MESH_XDS_TYPES
} mesh_xds_type_e;


/* items of mesh_state_t.rules, by the service's name */

typedef struct {
    mesh_item_t            item;
    gate_rule_t            rule;
} mesh_rule_t;


/* the mesh at one moment */

typedef struct {
    mesh_catalog_t        *catalog;
    mesh_map_t            *rules;             /* of mesh_rule_t */
} mesh_state_t;


typedef enum {
    MESH_ROLE_GATEWAY = 0,                    /* beside a gateway: outbound */
    MESH_ROLE_SERVICE                         /* outbound and inbound */
} mesh_role_e;


/*
 * From Envoy's node: id, cluster, and the metadata ROLE (gateway, service),
 * INSTANCE_IPS (comma separated), INTERCEPT (none, redirect), EGRESS
 * (address:port of the outbound listener, 127.0.0.1:15080), PLANES (comma
 * separated network planes, the preferred one first), ONDEMAND (yes, no:
 * virtual hosts by VHDS; default: beyond 1,000 services), UNKNOWN (refuse,
 * pass: what an intercepted call to no known service gets).
 */

typedef struct {
    gate_str_t             id;
    gate_str_t             cluster;
    mesh_role_e            role;
    int                    redirect;          /* interception is on */
    int                    pass;              /* UNKNOWN=pass */
    int                    ondemand;          /* -1 by default, 0, 1 */
    mesh_address_t         egress;
    uint16_t               egress_port;
    mesh_address_t        *addresses;         /* own; each once, none special */
    size_t                 naddresses;
    gate_str_t            *planes;
    size_t                 nplanes;
} mesh_sidecar_t;


/* the full name of a type: "type.googleapis.com/envoy...." */
gate_str_t mesh_xds_url(mesh_xds_type_e type);

/* 1: it is of that type */
int mesh_xds_type(gate_str_t url, mesh_xds_type_e *type);

/*
 * Appends the resource (the message itself, no Any around it).  NONE: the mesh
 * has nothing of that name.  Bytes are the same for the same input.
 */
mesh_rc_e mesh_xds_encode(mesh_xds_type_e type, gate_str_t name,
    const mesh_sidecar_t *sidecar, const mesh_state_t *state, mesh_pb_t *out);

/* names of all resources of a type; VHOST: none, they are asked for by name */
int mesh_xds_names(mesh_xds_type_e type, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, int (*visit)(void *data, gate_str_t name),
    void *data);

/*
 * Names of resources that may differ between two states because of one service
 * (of which either state may know nothing): at least those that do.
 */
int mesh_xds_affected(gate_str_t service, const mesh_sidecar_t *sidecar,
    const mesh_state_t *from, const mesh_state_t *to,
    int (*visit)(void *data, mesh_xds_type_e type, gate_str_t name),
    void *data);


#endif /* MESH_XDS_H_INCLUDED_ */
