
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The stages, and where policies stand.
 */


#ifndef _NGX_HTTP_GATE_PIPELINE_H_INCLUDED_
#define _NGX_HTTP_GATE_PIPELINE_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"


ngx_int_t ngx_http_gate_led_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_rewrite_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_shield_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_who_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_may_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_settle_handler(ngx_http_request_t *r);

void *ngx_http_gate_pipeline_create_loc_conf(ngx_conf_t *cf);
ngx_int_t ngx_http_gate_pipeline_place(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


#endif /* _NGX_HTTP_GATE_PIPELINE_H_INCLUDED_ */
