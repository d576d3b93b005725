
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * _auth_retiring.c: credentials that have a successor, and are still used.
 */


#ifndef _NGX_HTTP_GATE_AUTH_RETIRING_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_RETIRING_H_INCLUDED_


#include "ngx_http_gate.h"


extern ngx_module_t  ngx_http_gate_auth_retiring_module;


/* the request was brought by one: it is counted and, at times, said */
void ngx_http_gate_auth_retiring(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


#endif /* _NGX_HTTP_GATE_AUTH_RETIRING_H_INCLUDED_ */
