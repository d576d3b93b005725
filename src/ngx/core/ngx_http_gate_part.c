
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is known of a subrequest.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_part.h"


ngx_http_gate_part_t *
ngx_http_gate_part(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_part_t  *part;

    part = ngx_http_gate_part_find(r, ctx);
    if (part != NULL) {
        return part;
    }

    part = ngx_pcalloc(r->main->pool, sizeof(ngx_http_gate_part_t));
    if (part == NULL) {
        return NULL;
    }

    part->request = r;
    part->next = ctx->parts;
    ctx->parts = part;

    ngx_http_set_ctx(r, part, ngx_http_gate_module);

    return part;
}


/* the client's request has its ctx in the slot, a subrequest its part */

ngx_http_gate_part_t *
ngx_http_gate_part_find(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_part_t  *part;

    part = ngx_http_get_module_ctx(r, ngx_http_gate_module);

    if (part != NULL || r->uri_changes == NGX_HTTP_MAX_URI_CHANGES + 1) {
        return part;
    }

    /* a redirect has zeroed it */

    for (part = ctx->parts; part; part = part->next) {
        if (part->request == r) {
            ngx_http_set_ctx(r, part, ngx_http_gate_module);
            break;
        }
    }

    return part;
}
