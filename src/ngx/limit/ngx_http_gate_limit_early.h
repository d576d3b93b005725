
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_limit early: limits that stand before WHO.
 */


#ifndef _NGX_HTTP_GATE_LIMIT_EARLY_H_INCLUDED_
#define _NGX_HTTP_GATE_LIMIT_EARLY_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"


ngx_uint_t ngx_http_gate_limit_early_stands(void **loc_conf);
ngx_int_t ngx_http_gate_limit_early_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


/* within the room: may a line with this key stand there? */
char *ngx_http_gate_limit_early_fits(ngx_conf_t *cf,
    ngx_http_complex_value_t *key);
/* ... in a check: NGX_ERROR after a message if the gate takes what it names */
ngx_int_t ngx_http_gate_limit_key_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_array_t *lines, ngx_uint_t early);


#endif /* _NGX_HTTP_GATE_LIMIT_EARLY_H_INCLUDED_ */
