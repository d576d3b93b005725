
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The catalog in Istio's words: ServiceEntry and WorkloadEntry of
 * networking.istio.io/v1, as YAML documents.
 */


#ifndef MESH_ISTIO_H_INCLUDED_
#define MESH_ISTIO_H_INCLUDED_


#include "mesh_catalog.h"
#include "mesh_out.h"


/*
 * A name of Kubernetes (RFC 1123, at most 63 bytes): itself if it is one, else
 * what can be kept of it with a hash, so that no two names become one.
 */

#define MESH_ISTIO_NAME  64

size_t mesh_istio_name(gate_str_t name, unsigned char dst[MESH_ISTIO_NAME]);

/* all documents of a service */
void mesh_istio_service(const mesh_service_t *s, mesh_out_t *out);

/*
 * Documents of services that are not the same, and in front of them a comment
 * "# deleted: KIND/NAME" for each document that is no more.
 */
void mesh_istio_difference(const mesh_catalog_t *from,
    const mesh_catalog_t *to, mesh_out_t *out);


#endif /* MESH_ISTIO_H_INCLUDED_ */
