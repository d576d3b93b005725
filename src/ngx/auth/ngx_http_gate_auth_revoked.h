
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * _auth_revoked.c: tokens that count no more, though they are good.
 */


#ifndef _NGX_HTTP_GATE_AUTH_REVOKED_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_REVOKED_H_INCLUDED_


#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_reason.h"


extern ngx_module_t  ngx_http_gate_auth_revoked_module;

extern const ngx_http_gate_reason_t  ngx_http_gate_revoked_token;


/*
 * Of a token whose signature and times are good, and whose issuer has
 * "revocation": NGX_OK: it counts; NGX_AGAIN: parked, or not yet a place where
 * that is possible; NGX_ERROR; or what ngx_http_gate_refused_why() gave.
 */
ngx_int_t ngx_http_gate_auth_revoked(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_issuer_t *issuer,
    const json_t *claims);


#endif /* _NGX_HTTP_GATE_AUTH_REVOKED_H_INCLUDED_ */
