
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Kinds of sources: "mesh_source KIND ...;".
 */


#ifndef NGX_HTTP_MESH_KIND_H_INCLUDED_
#define NGX_HTTP_MESH_KIND_H_INCLUDED_


#include "ngx_http_mesh.h"


typedef struct {
    ngx_str_t              name;

    /* cf->args are those of the line: the first two are known */
    char                *(*set)(ngx_conf_t *cf);
} ngx_http_mesh_kind_t;


/* in a room's preconfiguration; "kind" is static */
ngx_int_t ngx_http_mesh_kind(ngx_conf_t *cf, const ngx_http_mesh_kind_t *kind);


#endif /* NGX_HTTP_MESH_KIND_H_INCLUDED_ */
