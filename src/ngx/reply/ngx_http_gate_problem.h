
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Refusals, and their bodies.
 */


#ifndef _NGX_HTTP_GATE_PROBLEM_H_INCLUDED_
#define _NGX_HTTP_GATE_PROBLEM_H_INCLUDED_


#include "ngx_http_gate_reason.h"


/*
 * Remember why, log it, give the status for the handler to return.  Of a
 * subrequest the challenge is told, too, which auth_request hands on.
 */
ngx_int_t ngx_http_gate_deny(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason);
/* a line in the error log about a refusal, whoever refused */
void ngx_http_gate_deny_log(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason);


#endif /* _NGX_HTTP_GATE_PROBLEM_H_INCLUDED_ */
