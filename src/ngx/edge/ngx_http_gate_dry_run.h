
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_dry_run: whom a policy would refuse passes, and is told of.
 */


#ifndef _NGX_HTTP_GATE_DRY_RUN_H_INCLUDED_
#define _NGX_HTTP_GATE_DRY_RUN_H_INCLUDED_


#include "ngx_http_gate_reason.h"


#define NGX_HTTP_GATE_DRY_RUN_AUTH    1
#define NGX_HTTP_GATE_DRY_RUN_ACCESS  2


/* for a policy that refuses with that reason: 1: the request passes, and all is
 * said of it; never of the gateway's own failure */
ngx_uint_t ngx_http_gate_dry_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t policy,
    const ngx_http_gate_reason_t *reason);

/* in a check: does it stand in this place, which must not have it? */
ngx_uint_t ngx_http_gate_dry_run_stands(void **loc_conf);


#endif /* _NGX_HTTP_GATE_DRY_RUN_H_INCLUDED_ */
