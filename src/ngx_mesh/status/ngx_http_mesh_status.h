
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the files of "mesh_status" have in common.
 */


#ifndef NGX_HTTP_MESH_STATUS_H_INCLUDED_
#define NGX_HTTP_MESH_STATUS_H_INCLUDED_


#include "ngx_http_mesh.h"
#include "mesh_status.h"


/* of all sidecars that are connected, by type of xDS */

typedef struct {
    size_t                 sidecars;
    size_t                 refusing;          /* their last answer was no */
    uint64_t               sent[MESH_XDS_TYPES];
    uint64_t               acked[MESH_XDS_TYPES];
    uint64_t               nacked[MESH_XDS_TYPES];
} ngx_http_mesh_status_totals_t;


void ngx_http_mesh_status_count(ngx_http_mesh_status_totals_t *totals);

/* members of an object: "sidecars" of all, and of a service (or NULL) */
void ngx_http_mesh_status_sidecars(mesh_out_t *out);
void ngx_http_mesh_status_knows(const mesh_service_t *service,
    mesh_out_t *out);
void ngx_http_mesh_status_knows_text(const mesh_service_t *service,
    mesh_out_t *out);

/* milliseconds since the source's last good answer; 0: it never had one */
uint64_t ngx_http_mesh_status_age(const ngx_http_mesh_source_t *s);

/* the page as JSON, as text for people, and as Prometheus reads it */
ngx_int_t ngx_http_mesh_status_json(ngx_http_request_t *r,
    const mesh_status_t *status);
ngx_int_t ngx_http_mesh_status_text(ngx_http_request_t *r,
    const mesh_status_t *status);
ngx_int_t ngx_http_mesh_status_prom(ngx_http_request_t *r,
    const mesh_status_t *status);


#endif /* NGX_HTTP_MESH_STATUS_H_INCLUDED_ */
