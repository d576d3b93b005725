
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whose page is about to go out, and why.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_reply_blame.h"
#include "ngx_http_gate_reply_nginx.h"
#include "ngx_http_gate_answer.h"

#include "gate_grpc.h"


static ngx_uint_t ngx_http_gate_reply_blame(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_uint_t ngx_http_gate_reply_is_cycle(ngx_http_request_t *r);
static void ngx_http_gate_reply_blame_own(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_uint_t ngx_http_gate_reply_blame_sidecar(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


/*
 * Whose page is this?  Ours to replace: a refusal that no error_page took, an
 * error of nginx's own on the way to the sidecar, an answer of the sidecar's
 * own.  The reason is remembered whoever's page it is.
 */

const ngx_http_gate_reason_t *
ngx_http_gate_reply_reason(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t                       status, ours;
    ngx_http_gate_reply_loc_conf_t  *rlcf;

    rlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_reply_module);
    status = r->headers_out.status;

    if (ctx->reason != NULL && !ngx_http_gate_reply_is_cycle(r)) {

        if (!rlcf->errors || r->err_status != status
            || status != ctx->reason->status
            || ctx->redirects != r->uri_changes)
        {
            return NULL;
        }

        return ctx->reason;
    }

    if (ctx->answer->from == GATE_FROM_SIDECAR) {
        ours = ngx_http_gate_reply_blame_sidecar(r, ctx);

    } else if (ctx->answer->from == GATE_FROM_GATEWAY) {
        ours = ngx_http_gate_reply_blame(r, ctx);

    } else {
        ours = (!ctx->answer->going && ngx_http_gate_reply_nginx_page(r));

        if (ours) {
            ngx_http_gate_reply_nginx_blame(r, ctx);
        }
    }

    if (ctx->reason == NULL) {
        return NULL;
    }

    if (ctx->detail.len == 0) {
        ctx->detail = ctx->reason->detail;
    }

    ctx->redirects = r->uri_changes;

    return (ours && rlcf->errors) ? ctx->reason : NULL;
}


/* sets the reason for what nginx itself answered; true if it is its own page,
 * not one of error_page */

static ngx_uint_t
ngx_http_gate_reply_blame(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t   ours;
    const char  *failure;

    ours = ngx_http_gate_reply_nginx_page(r);

    if (ngx_http_gate_reply_is_cycle(r)) {
        ctx->reason = &ngx_http_gate_internal;
        ngx_str_set(&ctx->detail, "The request was redirected too often "
                                  "within the gateway.");
        return 1;
    }

    failure = ctx->handed ? ngx_http_gate_answer_failure(r) : NULL;

    if (failure != NULL) {
        ctx->reason = &ngx_http_gate_sidecar_unavailable;
        ctx->detail.len = ngx_strlen(failure);
        ctx->detail.data = (u_char *) failure;
        return ours;
    }

    if (ours) {
        ngx_http_gate_reply_blame_own(r, ctx);
    }

    return ours;
}


/* also of refusals, which recursive_error_pages may lead back to where they
 * come from */

static ngx_uint_t
ngx_http_gate_reply_is_cycle(ngx_http_request_t *r)
{
    return r->uri_changes == 0
           && r->err_status == NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static void
ngx_http_gate_reply_blame_own(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    switch (r->err_status) {

    case NGX_HTTP_INTERNAL_SERVER_ERROR:
        ctx->reason = &ngx_http_gate_internal;
        return;

    case NGX_HTTP_BAD_GATEWAY:
    case NGX_HTTP_SERVICE_UNAVAILABLE:
    case NGX_HTTP_GATEWAY_TIME_OUT:

        if (ctx->handed) {
            ctx->reason = &ngx_http_gate_sidecar_unavailable;
            return;
        }
    }

    ngx_http_gate_reply_nginx_blame(r, ctx);
}


/* what the sidecar redirects, or answers well by itself, is no refusal */

static ngx_uint_t
ngx_http_gate_reply_blame_sidecar(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t  status;

    status = r->upstream->headers_in.status_n;

    if (status < NGX_HTTP_BAD_REQUEST && ctx->answer->grpc == 0) {
        return 0;
    }

    ctx->reason = (status == NGX_HTTP_GATEWAY_TIME_OUT
                   || ctx->answer->grpc == GATE_GRPC_DEADLINE_EXCEEDED
                   || ctx->answer->mark.late)
                  ? &ngx_http_gate_service_timeout
                  : &ngx_http_gate_sidecar_refused;

    if (ctx->answer->mark.words != NULL) {
        ctx->detail.len = ngx_strlen(ctx->answer->mark.words);
        ctx->detail.data = (u_char *) ctx->answer->mark.words;
    }

    return ctx->answer->going && r->err_status == 0;
}
