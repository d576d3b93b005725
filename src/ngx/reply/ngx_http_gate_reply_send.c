
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A refusal, sent at once.
 *
 * A status that a phase handler gives has nginx look for an error_page, write a
 * page of its own and take it through the filters, where another body takes
 * its place.  Where nothing but that can come of it, the body is sent as any
 * answer is.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"


static ngx_uint_t ngx_http_gate_reply_may_send(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_int_t rc);
static ngx_int_t ngx_http_gate_reply_body(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


ngx_int_t
ngx_http_gate_reply_send(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_int_t rc)
{
    if (!ngx_http_gate_reply_may_send(r, ctx, rc)) {
        return rc;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate reply: %i", rc);

    /* as nginx does for its own pages */

    r->err_status = rc;
    r->expect_tested = 1;

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    rc = ngx_http_send_header(r);

    if (rc != NGX_ERROR && !r->header_only) {
        rc = ngx_http_gate_reply_body(r, ctx);
    }

    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


/*
 * The statuses are those after which nginx keeps a connection, or closes it,
 * as after any other answer.  auth_delay waits before a 401.
 */

static ngx_uint_t
ngx_http_gate_reply_may_send(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_int_t rc)
{
    ngx_http_core_loc_conf_t        *clcf;
    ngx_http_gate_reply_loc_conf_t  *rlcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    rlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_reply_module);

    switch (rc) {

    case NGX_HTTP_UNAUTHORIZED:
        if (clcf->auth_delay != 0) {
            return 0;
        }

        break;

    case NGX_HTTP_FORBIDDEN:
    case NGX_HTTP_TOO_MANY_REQUESTS:
    case NGX_HTTP_SERVICE_UNAVAILABLE:
        break;

    default:
        return 0;
    }

    return r == r->main && clcf->error_pages == NULL && rlcf->errors
           && r->err_status == 0 && !r->error_page && !r->header_sent
           && !r->post_action
           && ctx->reason != NULL && ctx->reason->status == (ngx_uint_t) rc
           && ctx->redirects == r->uri_changes;
}


ngx_int_t
ngx_http_gate_reply_empty(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_int_t  rc;

    r->expect_tested = 1;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    r->headers_out.status = status;
    r->headers_out.content_length_n = 0;

    rc = ngx_http_send_header(r);

    if (rc == NGX_OK && !r->header_only) {
        rc = ngx_http_send_special(r, NGX_HTTP_LAST);
    }

    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


static ngx_int_t
ngx_http_gate_reply_body(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_chain_t  out;

    if (!ctx->reply->swap) {
        /* a filter of another module made another answer of it */
        return ngx_http_send_special(r, NGX_HTTP_LAST);
    }

    if (ngx_http_gate_reply_chain(r, ctx, &out) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->reply->whole = 1;

    return ngx_http_output_filter(r, &out);
}
