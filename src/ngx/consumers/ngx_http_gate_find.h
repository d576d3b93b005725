
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whose credential it is: what a method has read is looked for in the
 * configuration and then, where "gate_consumers redis" stands, in Redis.
 */


#ifndef _NGX_HTTP_GATE_FIND_H_INCLUDED_
#define _NGX_HTTP_GATE_FIND_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_reason.h"


extern ngx_module_t  ngx_http_gate_find_module;

/* a method that was told NGX_BUSY refuses with it */
extern const ngx_http_gate_reason_t  ngx_http_gate_consumers_unavailable;


/*
 * The credential of that kind and name, for as long as the client's request
 * lives.  Its consumer may be disabled, and its time over: a method asks.  One
 * that is disabled itself is unknown.  A method that asks has the flag
 * NGX_HTTP_GATE_METHOD_PARKS.
 *
 *   NGX_OK         *k is it, with its consumer
 *   NGX_DECLINED   nobody has it
 *   NGX_AGAIN      parked, or not yet a place where that is possible
 *   NGX_BUSY       Redis has not said, or what it has is not understood
 *   NGX_ERROR
 */
ngx_int_t ngx_http_gate_find(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_kind_e kind, gate_str_t name, gate_credential_t **k);

/* what a method answers to NGX_BUSY */
ngx_int_t ngx_http_gate_find_busy(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


#endif /* _NGX_HTTP_GATE_FIND_H_INCLUDED_ */
