
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is counted and timed of each request that met a policy.
 */


#ifndef _NGX_HTTP_GATE_REQUESTS_H_INCLUDED_
#define _NGX_HTTP_GATE_REQUESTS_H_INCLUDED_


#include "ngx_http_gate.h"


typedef struct ngx_http_gate_requests_s  ngx_http_gate_requests_t;


/* the gate's own time, from the first policy to the last decision */

struct ngx_http_gate_requests_ctx_s {
    uint64_t                     entered_us;  /* 0: it is not among policies */
    uint64_t                     own_us;
    unsigned                     timed:1;
};


/* for the preconfiguration */
ngx_int_t ngx_http_gate_requests_add(ngx_conf_t *cf);

/* of a location; NULL: no memory */
ngx_http_gate_requests_t *ngx_http_gate_requests_create(ngx_conf_t *cf);

/* it meets the first policy, or all have said what they have to say */
void ngx_http_gate_requests_enter(ngx_http_gate_ctx_t *ctx);
void ngx_http_gate_requests_decided(ngx_http_gate_ctx_t *ctx);

/* LOG */
void ngx_http_gate_requests_settle(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_requests_t *q);


#endif /* _NGX_HTTP_GATE_REQUESTS_H_INCLUDED_ */
