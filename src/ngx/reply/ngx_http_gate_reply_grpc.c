
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A refusal of a gRPC call: a good answer of HTTP, of which the head is all,
 * with a status of gRPC in it.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_request.h"

#include "gate_grpc.h"
#include "gate_text.h"


#define NGX_HTTP_GATE_REPLY_GRPC   5      /* fields at most */


static unsigned ngx_http_gate_reply_grpc_code(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason);
static ngx_int_t ngx_http_gate_reply_grpc_fields(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason,
    unsigned code);


/*
 * A refusal of a call is a 200, which others take for leave: a proxy in front
 * that asks by auth_request, a cache.  So what the client says is not enough.
 * Before a location is known any of the server may have been meant.
 */

ngx_uint_t
ngx_http_gate_reply_is_grpc(ngx_http_request_t *r)
{
    ngx_table_elt_t                 *h;
    ngx_http_core_srv_conf_t        *cscf;
    ngx_http_gate_reply_srv_conf_t  *rscf;
    ngx_http_gate_reply_loc_conf_t  *rlcf;

    h = r->headers_in.content_type;

    if (h == NULL || r->method != NGX_HTTP_POST
        || r->http_version < NGX_HTTP_VERSION_20
        || !gate_grpc_is(ngx_http_gate_view(&h->value)))
    {
        return 0;
    }

    rlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_reply_module);
    rscf = ngx_http_get_module_srv_conf(r, ngx_http_gate_reply_module);
    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    return rlcf->grpc || (rscf->grpc && r->loc_conf == cscf->ctx->loc_conf);
}


/*
 * What was decided stays in r->err_status, which is what $status tells.  The
 * end of the head is the end of the answer.
 */

ngx_int_t
ngx_http_gate_reply_grpc(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    unsigned  code;

    code = ngx_http_gate_reply_grpc_code(r, ctx, reason);

    if (ngx_http_gate_reply_grpc_fields(r, ctx, reason, code) != NGX_OK) {
        return NGX_ERROR;
    }

    if (r->headers_out.status >= NGX_HTTP_BAD_REQUEST) {
        r->err_status = r->headers_out.status;

    } else {
        /* an answer of the sidecar's, which was as good as this one */
        r->err_status = reason->status;
    }

    ctx->answer->status = r->err_status;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.status_line.len = 0;

    ngx_str_set(&r->headers_out.content_type, "application/grpc");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);

    ngx_http_clear_content_length(r);

    r->header_only = 1;

    return NGX_OK;
}


void
ngx_http_gate_reply_grpc_undo(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (gate_str_begins_nocase(ngx_http_gate_view(&h[i].key),
                                       gate_cstr("grpc-")))
            {
                h[i].hash = 0;
            }
        }
    }

    r->headers_out.status = reason->status;
    r->headers_out.status_line.len = 0;

    ctx->answer->status = reason->status;
}


/* the sidecar's own, which knows more; but it has no code for lateness */

static unsigned
ngx_http_gate_reply_grpc_code(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    if (reason == &ngx_http_gate_service_timeout) {
        return GATE_GRPC_DEADLINE_EXCEEDED;
    }

    if (r->err_status == 0 && ctx->answer->grpc != 0) {
        return ctx->answer->grpc;
    }

    return gate_grpc_code(r->headers_out.status >= NGX_HTTP_BAD_REQUEST
                          ? r->headers_out.status : reason->status);
}


static ngx_int_t
ngx_http_gate_reply_grpc_fields(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason,
    unsigned code)
{
    u_char        *p;
    ngx_uint_t     n;
    ngx_keyval_t   f[NGX_HTTP_GATE_REPLY_GRPC];

    p = ngx_pnalloc(r->pool, 2 * NGX_INT64_LEN + sizeof("000") - 1
                             + GATE_GRPC_MESSAGE(ctx->detail.len));
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&f[0].key, "grpc-status");
    f[0].value.data = p;
    p = gate_text_digits(p, code);
    f[0].value.len = p - f[0].value.data;

    ngx_str_set(&f[1].key, "grpc-message");
    f[1].value.data = p;
    p = gate_grpc_message(p, ngx_http_gate_view(&ctx->detail));
    f[1].value.len = p - f[1].value.data;

    ngx_str_set(&f[2].key, "gate-reason");
    f[2].value = reason->token;

    ngx_str_set(&f[3].key, "Cache-Control");
    ngx_str_set(&f[3].value, "no-store");

    n = 4;

    if (ctx->retry_after != 0) {

        /* as Retry-After, for what a client's library does by itself */

        ngx_str_set(&f[4].key, "grpc-retry-pushback-ms");
        f[4].value.data = p;
        p = gate_text_digits(p, (uint64_t) ctx->retry_after * 1000);
        f[4].value.len = p - f[4].value.data;

        n = 5;
    }

    return ngx_http_gate_set_out(r, f, n, ngx_http_gate_out_first('G')
                                          |ngx_http_gate_out_first('C'));
}
