
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Refusals, and their bodies.
 */


#ifndef _NGX_HTTP_GATE_PROBLEM_H_INCLUDED_
#define _NGX_HTTP_GATE_PROBLEM_H_INCLUDED_


#include "ngx_http_gate.h"


/* remember why, log it, give the status for the handler to return */
ngx_int_t ngx_http_gate_deny(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_reason_e reason, const char *detail);
/* a line in the error log about a refusal, whoever refused */
void ngx_http_gate_deny_log(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_reason_e reason);
ngx_str_t *ngx_http_gate_reason_name(ngx_http_gate_reason_e reason);
ngx_uint_t ngx_http_gate_reason_status(ngx_http_gate_reason_e reason);
/* a subrequest was refused: log it and tell the challenge of where it led */
ngx_int_t ngx_http_gate_deny_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_part_t *part);


#endif /* _NGX_HTTP_GATE_PROBLEM_H_INCLUDED_ */
