
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The life of an API: drafts, brownouts, the end.
 */


#ifndef _NGX_HTTP_GATE_LIFECYCLE_H_INCLUDED_
#define _NGX_HTTP_GATE_LIFECYCLE_H_INCLUDED_


#include "ngx_http_gate.h"


/* MAY, for a subrequest, too: whom it is served to at this time */
ngx_int_t ngx_http_gate_lifecycle_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* ... may it do anything in this location? */
ngx_uint_t ngx_http_gate_lifecycle_stands(void **loc_conf);


#endif /* _NGX_HTTP_GATE_LIFECYCLE_H_INCLUDED_ */
