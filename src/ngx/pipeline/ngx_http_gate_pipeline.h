
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The stages, and where policies stand.
 */


#ifndef _NGX_HTTP_GATE_PIPELINE_H_INCLUDED_
#define _NGX_HTTP_GATE_PIPELINE_H_INCLUDED_


#include "ngx_http_gate.h"


ngx_int_t ngx_http_gate_shield_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_who_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_may_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_settle_handler(ngx_http_request_t *r);

/* all stages for a subrequest: NGX_OK, or why not */
ngx_int_t ngx_http_gate_run_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* for what nginx refused in a gated location before any phase of ours */
ngx_http_gate_ctx_t *ngx_http_gate_enter_early(ngx_http_request_t *r);

/* for a refusal where no policy stands: it is counted as one of this place */
void ngx_http_gate_count_here(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
/* does a policy stand here? */
ngx_uint_t ngx_http_gate_is_gated(ngx_http_request_t *r);

/* a policy is configured here: policies say so in their merge */
void ngx_http_gate_policy(ngx_conf_t *cf);
void *ngx_http_gate_pipeline_create_loc_conf(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_PIPELINE_H_INCLUDED_ */
