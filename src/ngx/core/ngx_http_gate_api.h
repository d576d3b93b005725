
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The API of a location: gate_api, gate_service.
 */


#ifndef _NGX_HTTP_GATE_API_H_INCLUDED_
#define _NGX_HTTP_GATE_API_H_INCLUDED_


#include "ngx_http_gate.h"


ngx_http_gate_api_t *ngx_http_gate_api(ngx_http_request_t *r);
/* the same in a merge or a check, by then merged */
ngx_http_gate_api_t *ngx_http_gate_api_at(void **loc_conf);
/* in a check: gate_service stands in this place itself */
ngx_uint_t ngx_http_gate_api_named(void **loc_conf);


#endif /* _NGX_HTTP_GATE_API_H_INCLUDED_ */
