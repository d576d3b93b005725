
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Vary: which fields of a request an answer depends on (RFC 9110 12.5.5).
 */


#ifndef _NGX_HTTP_GATE_VARY_H_INCLUDED_
#define _NGX_HTTP_GATE_VARY_H_INCLUDED_


#include "ngx_http_gate.h"


/* "names", as "Accept" or "A, B", which is not copied: joins the Vary that an
 * answer has, unless all of it is said there already */
ngx_int_t ngx_http_gate_vary(ngx_http_request_t *r, ngx_str_t *names);


#endif /* _NGX_HTTP_GATE_VARY_H_INCLUDED_ */
