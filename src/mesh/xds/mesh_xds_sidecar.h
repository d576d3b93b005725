
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a sidecar says of itself in its first message:
 * envoy.config.core.v3.Node.
 */


#ifndef MESH_XDS_SIDECAR_H_INCLUDED_
#define MESH_XDS_SIDECAR_H_INCLUDED_


#include "mesh_xds.h"


#define MESH_SIDECAR_ADDRESSES  64
#define MESH_SIDECAR_PLANES     16
#define MESH_SIDECAR_ID         256           /* bytes of id and of cluster */


/* *sidecar is this, with room for all that it views */

typedef struct {
    mesh_sidecar_t         sidecar;
    gate_str_t             node;              /* metadata NODE, or the id */
    gate_str_t             planes[MESH_SIDECAR_PLANES];
    mesh_address_t         addresses[MESH_SIDECAR_ADDRESSES];
    unsigned char          text[];            /* of the message */
} mesh_xds_node_t;


/*
 * From a Node message, in one block for free().  BAD: *why says what is wrong,
 * and begins with the metadata's name.  Special addresses and those that are
 * there twice are left out.
 */
mesh_rc_e mesh_xds_node(gate_str_t message, mesh_xds_node_t **node,
    const char **why);

#endif /* MESH_XDS_SIDECAR_H_INCLUDED_ */
