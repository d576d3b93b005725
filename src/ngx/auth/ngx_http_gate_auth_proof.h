
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * _auth_proof.c: tokens that are of use only to who has a key: DPoP proofs
 * (RFC 9449) and certificates of clients (RFC 8705).
 */


#ifndef _NGX_HTTP_GATE_AUTH_PROOF_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_PROOF_H_INCLUDED_


#include "ngx_http_gate_auth.h"

#include "gate_tokens.h"


/* of Authorization: NGX_OK: the token of "DPoP TOKEN", where one of these
 * issuers takes any; NGX_DECLINED: it is another scheme */
ngx_int_t ngx_http_gate_auth_proof_token(ngx_array_t *issuers,
    ngx_str_t *value, gate_str_t *token);

/*
 * A token that was found to be good: NGX_OK: it is bound to nothing, or the
 * caller has proved that he has the key; else what a method gives
 */
ngx_int_t ngx_http_gate_auth_proof(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const gate_token_t *t);


#endif /* _NGX_HTTP_GATE_AUTH_PROOF_H_INCLUDED_ */
