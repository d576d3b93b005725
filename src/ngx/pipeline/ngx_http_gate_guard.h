
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a subrequest or an error page may reach.
 */


#ifndef _NGX_HTTP_GATE_GUARD_H_INCLUDED_
#define _NGX_HTTP_GATE_GUARD_H_INCLUDED_


#include "ngx_http_gate.h"


/* PREACCESS and PRECONTENT of a subrequest in a gated location */
ngx_int_t ngx_http_gate_guard(ngx_http_request_t *r);
/* PRECONTENT of a request that was refused, here or on its way */
ngx_int_t ngx_http_gate_guard_refused(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* has all of the pipeline let it pass here? */
ngx_uint_t ngx_http_gate_guard_passed(ngx_http_request_t *r);
/* LOG, ahead of the access log */
ngx_int_t ngx_http_gate_guard_log(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GATE_GUARD_H_INCLUDED_ */
