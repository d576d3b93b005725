
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A request is refused.
 */


#ifndef _NGX_HTTP_GATE_DENY_H_INCLUDED_
#define _NGX_HTTP_GATE_DENY_H_INCLUDED_


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


/* for a preconfiguration: who adds the challenge to the answer of a subrequest
 * that is not let in */
typedef ngx_int_t (*ngx_http_gate_challenge_pt)(ngx_http_request_t *r,
    ngx_http_gate_subrequest_t *part);
void ngx_http_gate_deny_challenge_by(ngx_http_gate_challenge_pt challenge);


#endif /* _NGX_HTTP_GATE_DENY_H_INCLUDED_ */
