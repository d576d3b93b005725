
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_maintenance: nothing is served for a while.
 */


#ifndef _NGX_HTTP_GATE_MAINTENANCE_H_INCLUDED_
#define _NGX_HTTP_GATE_MAINTENANCE_H_INCLUDED_


#include "ngx_http_gate.h"


/* SHIELD, for a subrequest, too: whoever asks */
ngx_int_t ngx_http_gate_maintenance_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* ... may it do anything in this location? */
ngx_uint_t ngx_http_gate_maintenance_stands(void **loc_conf);


#endif /* _NGX_HTTP_GATE_MAINTENANCE_H_INCLUDED_ */
