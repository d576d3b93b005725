
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Locations of the mesh that write: without a protection the configuration does
 * not load.
 */


#ifndef NGX_HTTP_MESH_GUARD_H_INCLUDED_
#define NGX_HTTP_MESH_GUARD_H_INCLUDED_


#include "ngx_http_mesh.h"


/*
 * In the setter of a directive of a location: "handler" is to be its content
 * handler, "m" the room whose conf it reads.  Both are in force in a block of
 * limit_except, too.  NGX_CONF_OK, or what is wrong.
 *
 * With "writes" the location must be a prefix and be protected, by allow and
 * deny, by a password, or by a client certificate.
 */
char *ngx_http_mesh_guard(ngx_conf_t *cf, ngx_module_t *m,
    ngx_http_handler_pt handler, ngx_uint_t writes);


#endif /* NGX_HTTP_MESH_GUARD_H_INCLUDED_ */
