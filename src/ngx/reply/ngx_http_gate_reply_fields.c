
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Fields of replies: request id, limits (RateLimit), Retry-After.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_request.h"

#include "gate_text.h"


/* fields that an answer has one of */
#define NGX_HTTP_GATE_REPLY_OWN    9

/* they are X-..., RateLimit... and Retry-After */
#define NGX_HTTP_GATE_REPLY_FIRST                                            \
    (ngx_http_gate_out_first('X')|ngx_http_gate_out_first('R'))


static void ngx_http_gate_reply_own(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t n);
static ngx_uint_t ngx_http_gate_reply_is_own(ngx_http_gate_ctx_t *ctx,
    ngx_str_t *name);
static ngx_int_t ngx_http_gate_reply_retry(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_keyval_t *f, ngx_uint_t *n);


/* on any answer of a gated location, also of its error pages */

ngx_int_t
ngx_http_gate_reply_fields(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t     n;
    ngx_keyval_t   f[NGX_HTTP_GATE_REPLY_OWN];

    if (ngx_http_gate_request_id(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_set(&f[0].key, "X-Request-Id");
    f[0].value = ctx->request_id;
    n = 1;

    if (ctx->limit->n != 0
        && ngx_http_gate_reply_limits(r, ctx, f, &n) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->who.by != NULL && ctx->who.by->successor.len != 0
        && ngx_http_gate_reply_retiring(r, ctx, f, &n) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->reason != NULL
        && ctx->retry_after != 0
        && ngx_http_gate_reply_retry(r, ctx, f, &n) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_gate_set_out(r, &f[0], n, NGX_HTTP_GATE_REPLY_FIRST)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_gate_reply_own(r, ctx, n);

    if (ctx->reason == NULL) {
        return NGX_OK;
    }

    return ngx_http_gate_reply_challenge(r, ctx);
}


/* what the head has of the gate, or has not of the mesh, trailers have not */

void
ngx_http_gate_reply_trailers(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    if (!ctx->answer->going) {
        return;
    }

    for (part = &r->headers_out.trailers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (ngx_http_gate_reply_is_own(ctx, &h[i].key)
                || ngx_http_gate_answer_of_mesh(r, ctx, &h[i]))
            {
                h[i].hash = 0;
            }
        }
    }
}


static ngx_uint_t
ngx_http_gate_reply_is_own(ngx_http_gate_ctx_t *ctx, ngx_str_t *name)
{
    gate_str_t  text;

    text = ngx_http_gate_view(name);

    return ngx_http_gate_name_is(name, gate_cstr("x-request-id"))
           || (ctx->who.by != NULL && ctx->who.by->successor.len != 0
               && gate_str_begins_nocase(text, gate_cstr("x-credential-")))
           || (ctx->limit->n != 0
               && (gate_str_begins_nocase(text, gate_cstr("ratelimit"))
                   || gate_str_begins_nocase(text,
                                             gate_cstr("x-ratelimit-"))));
}


/* where the last "n" of the list are, for _added.c */

static void
ngx_http_gate_reply_own(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t n)
{
    ngx_uint_t        behind;
    ngx_list_part_t  *part, *last;

    last = r->headers_out.headers.last;

    ctx->own->last = (ngx_table_elt_t *) last->elts + last->nelts - 1;

    if (n <= last->nelts) {
        ctx->own->part = last;
        ctx->own->i = last->nelts - n;
        return;
    }

    /* two parts, as one has room for more than these */

    behind = n - last->nelts;

    for (part = &r->headers_out.headers.part; part->next != last; /* void */) {
        part = part->next;
    }

    ctx->own->part = part;
    ctx->own->i = part->nelts - behind;
}


static ngx_int_t
ngx_http_gate_reply_retry(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_keyval_t *f, ngx_uint_t *n)
{
    ngx_str_t  value;

    static ngx_str_t  name = ngx_string("Retry-After");

    value.data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = gate_text_digits(value.data, ctx->retry_after) - value.data;

    ngx_http_gate_reply_own_add(f, n, &name, &value);

    return NGX_OK;
}


void
ngx_http_gate_reply_own_add(ngx_keyval_t *f, ngx_uint_t *n, ngx_str_t *name,
    ngx_str_t *value)
{
    f += (*n)++;

    f->key = *name;
    f->value = *value;
}
