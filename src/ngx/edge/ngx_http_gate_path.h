
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of the path share: _path.c (the directive, the path as it was
 * written and matched) and _path_last.c (as it is about to be sent).
 */


#ifndef _NGX_HTTP_GATE_PATH_H_INCLUDED_
#define _NGX_HTTP_GATE_PATH_H_INCLUDED_


#include "ngx_http_gate_service.h"

#include "gate_path.h"


/* _path.c */

/* may a proxy put what stands behind the location's name behind its URL? */
ngx_uint_t ngx_http_gate_path_has_rest(ngx_http_request_t *r);


/* _path_last.c */

void *ngx_http_gate_path_create_main_conf(ngx_conf_t *cf);
/* postconfiguration */
ngx_int_t ngx_http_gate_path_init(ngx_conf_t *cf);
/* a check of each place */
ngx_int_t ngx_http_gate_path_bind(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


#endif /* _NGX_HTTP_GATE_PATH_H_INCLUDED_ */
