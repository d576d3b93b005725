
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * MAY: the body is what Content-Digest says.
 */


#ifndef _NGX_HTTP_GATE_DIGEST_H_INCLUDED_
#define _NGX_HTTP_GATE_DIGEST_H_INCLUDED_


#include "ngx_http_gate.h"


ngx_int_t ngx_http_gate_digest_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_digest_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_uint_t ngx_http_gate_digest_stands(void **loc_conf);


#endif /* _NGX_HTTP_GATE_DIGEST_H_INCLUDED_ */
