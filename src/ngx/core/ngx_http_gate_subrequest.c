
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is known of a subrequest.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_subrequest.h"
#include "ngx_http_gate_identity.h"


static void ngx_http_gate_subrequest_cleanup(void *data);


ngx_http_gate_subrequest_t *
ngx_http_gate_subrequest(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_gate_subrequest_t  *part;

    part = ngx_http_gate_subrequest_find(r, ctx);
    if (part != NULL) {
        return part;
    }

    cln = ngx_pool_cleanup_add(r->main->pool,
                               sizeof(ngx_http_gate_subrequest_t));
    if (cln == NULL) {
        return NULL;
    }

    part = cln->data;
    ngx_memzero(part, sizeof(ngx_http_gate_subrequest_t));

    cln->handler = ngx_http_gate_subrequest_cleanup;

    part->request = r;
    part->next = ctx->parts;
    ctx->parts = part;

    ngx_http_set_ctx(r, part, ngx_http_gate_module);

    return part;
}


static void
ngx_http_gate_subrequest_cleanup(void *data)
{
    ngx_http_gate_subrequest_t  *part = data;

    ngx_http_gate_identity_clear(&part->who);
}


/* the client's request has its ctx in the slot, a subrequest its part */

ngx_http_gate_subrequest_t *
ngx_http_gate_subrequest_find(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_subrequest_t  *part;

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


/* subrequests are not counted, as their request is */

ngx_int_t
ngx_http_gate_subrequest_exempt(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    return NGX_DECLINED;
}
