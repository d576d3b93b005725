
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What sidecars know: the responses each of them took or refused, and whether
 * it has what a service is now.
 */


#ifndef MESH_STATUS_SIDECAR_H_INCLUDED_
#define MESH_STATUS_SIDECAR_H_INCLUDED_


#include "mesh_ads.h"
#include "mesh_out.h"


/* "clusters", "endpoints" and so on */
const char *mesh_status_type(mesh_xds_type_e type);

/* an object's members, without its braces: who it is, and each type */
void mesh_status_sidecar(const mesh_ads_t *ads, mesh_out_t *out);

/*
 * The same of a service: "current" if it took all that its versions are now;
 * "missing" are the names of what it did not take, or was not told yet.
 */
void mesh_status_knows(const mesh_ads_t *ads, const mesh_service_t *s,
    mesh_out_t *out);

/* the same as one line for people */
void mesh_status_knows_text(const mesh_ads_t *ads, const mesh_service_t *s,
    mesh_out_t *out);


#endif /* MESH_STATUS_SIDECAR_H_INCLUDED_ */
