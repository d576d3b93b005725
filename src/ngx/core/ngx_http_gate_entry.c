
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A request enters the gate past its phases.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_entry.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"


/*
 * The context of a request that nginx refused on finding its location, before
 * any phase of ours; NULL: not gated there, or no memory.
 */

ngx_http_gate_ctx_t *
ngx_http_gate_entry_early(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    if (!ngx_http_gate_place_is_gated(r)) {
        return NULL;
    }

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NULL;
    }

    ngx_http_gate_refused_log_id(r, ctx);

    ctx->gated = 1;
    ctx->gate = ngx_http_get_module_loc_conf(r, ngx_http_gate_module);
    ctx->api = ngx_http_gate_api(r);

    return ctx;
}


/* a refusal is counted where it is met, unless the request was met before */

void
ngx_http_gate_entry(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (ctx->gated) {
        return;
    }

    ctx->gated = 1;
    ctx->gate = ngx_http_get_module_loc_conf(r, ngx_http_gate_module);
    ctx->api = ngx_http_gate_api(r);
}
