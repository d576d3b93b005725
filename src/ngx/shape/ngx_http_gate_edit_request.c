
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The body of a request is edited: it is read and looked at in MAY, before
 * anything is counted, and is another one in SHAPE, where credentials are
 * gone that no value may have.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_edit.h"
#include "ngx_http_gate_reason.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_spend.h"
#include "ngx_http_gate_transform.h"


static ngx_int_t ngx_http_gate_edit_spent(ngx_http_gate_ctx_t *ctx,
    ngx_int_t rc);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_edit_judge(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, ngx_http_gate_edit_t *e);
static ngx_int_t ngx_http_gate_edit_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_edit_t *e);
static void ngx_http_gate_edit_watch(ngx_http_gate_ctx_t *ctx,
    gate_str_t bytes);
static ngx_int_t ngx_http_gate_edit_invalid(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_uint_t ngx_http_gate_edit_is_encoded(ngx_http_request_t *r);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_edit_make(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, ngx_http_gate_edit_t *e);
static ngx_int_t ngx_http_gate_edit_apply(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_buf_t *b);
static ngx_int_t ngx_http_gate_edit_fields(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_edit_t *e);
static ngx_int_t ngx_http_gate_edit_list(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_uint_t ngx_http_gate_edit_keep(ngx_table_elt_t *h, void *data);
static ngx_int_t ngx_http_gate_edit_type(ngx_http_request_t *r,
    ngx_str_t *type);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_edit_ask_plain(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static ngx_uint_t ngx_http_gate_edit_keep_plain(ngx_table_elt_t *h,
    void *data);


/* MAY: what is no JSON is refused before the request counts as one */

ngx_int_t
ngx_http_gate_edit_read(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    tlcf = ngx_http_gate_transform_at(r);

    if (tlcf->request == NULL || tlcf->request->body == NULL
        || r->content_handler == NULL || ctx->who.preflight)
    {
        return NGX_DECLINED;
    }

    return ngx_http_gate_edit_spent(ctx,
                    ngx_http_gate_edit_judge(r, ctx, tlcf->request->body));
}


/* it was read and looked at: what it took from limits stays taken, else a
 * flood of bad ones cost nothing */

static ngx_int_t
ngx_http_gate_edit_spent(ngx_http_gate_ctx_t *ctx, ngx_int_t rc)
{
    if (rc >= NGX_HTTP_BAD_REQUEST && rc < NGX_HTTP_INTERNAL_SERVER_ERROR) {
        ngx_http_gate_spend_keep(ctx);
    }

    return rc;
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_edit_judge(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_edit_t *e)
{
    ngx_int_t                  rc;
    gate_str_t                 piece;
    ngx_chain_t               *at;
    ngx_http_gate_edit_ctx_t  *x;

    x = ngx_http_gate_edit_ctx(r, ctx);
    if (x == NULL) {
        return NGX_ERROR;
    }

    if (x->conf != e) {
        rc = ngx_http_gate_edit_begin(r, ctx, e);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    /* it is read in any case: a template takes its place when all is here */

    rc = ngx_http_gate_body_read(r, ctx, e->max,
                                 (e->body == NULL) ? e->over
                                                   : NGX_HTTP_GATE_EDIT_REFUSE);
    if (rc == NGX_DECLINED) {
        x->edit = NULL;

        return (e->body == NULL && e->over == NGX_HTTP_GATE_EDIT_PASS)
               ? NGX_DECLINED
               : ngx_http_gate_deny(r, ctx, &ngx_http_gate_payload_too_large);
    }

    if (rc != NGX_OK || x->edit == NULL) {
        return rc;
    }

    if (x->fed == 0) {
        at = NULL;

        while (ngx_http_gate_held_next(&ctx->body->held, &at, &piece)) {
            ngx_http_gate_edit_watch(ctx, piece);
        }
    }

    ctx->body->watch = NULL;

    if (x->fed == 0) {
        /* in chunks, and empty */
        x->edit = NULL;

    } else if (x->rc == GATE_EDIT_OK) {
        x->rc = gate_edit_end(x->edit);
    }

    return ngx_http_gate_edit_invalid(r, ctx);
}


static ngx_int_t
ngx_http_gate_edit_begin(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_edit_t *e)
{
    ngx_uint_t                 json;
    ngx_http_gate_edit_ctx_t  *x;

    x = ctx->body->edit;

    x->edit = NULL;
    x->rc = GATE_EDIT_OK;
    x->fed = 0;

    if (e->body != NULL) {
        x->conf = e;
        return NGX_OK;
    }

    if (r->headers_in.content_length_n <= 0 && !r->headers_in.chunked) {
        return NGX_DECLINED;
    }

    json = r->headers_in.content_type != NULL
           && ngx_http_gate_edit_is_type(e,
                  ngx_http_gate_view(&r->headers_in.content_type->value));

    if (!json || ngx_http_gate_edit_is_encoded(r)) {

        return (json ? e->encoded : e->other) == NGX_HTTP_GATE_EDIT_PASS
               ? NGX_DECLINED
               : ngx_http_gate_deny(r, ctx, &ngx_http_gate_unsupported_body);
    }

    x->edit = gate_edit_create(e->plan, ngx_http_gate_edit_memory(r->pool));
    if (x->edit == NULL) {
        return NGX_ERROR;
    }

    x->conf = e;
    ctx->body->watch = ngx_http_gate_edit_watch;

    return NGX_OK;
}


/* as it arrives, so that much of it does not take much time at once */

static void
ngx_http_gate_edit_watch(ngx_http_gate_ctx_t *ctx, gate_str_t bytes)
{
    ngx_http_gate_edit_ctx_t  *x;

    x = ctx->body->edit;

    if (x->rc == GATE_EDIT_OK && bytes.len != 0) {
        x->rc = gate_edit_feed(x->edit, bytes);
        x->fed += bytes.len;
    }
}


/* of what x->rc says */

static ngx_int_t
ngx_http_gate_edit_invalid(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    size_t                     at;
    const char                *why;
    ngx_http_gate_edit_ctx_t  *x;

    x = ctx->body->edit;

    if (x->rc == GATE_EDIT_OK) {
        return NGX_OK;
    }

    if (x->rc == GATE_EDIT_NO_MEMORY) {
        return NGX_ERROR;
    }

    why = gate_edit_why(x->edit, &at);

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "gate edit: %s %uz of the %s: %s",
                  (x->rc == GATE_EDIT_BAD) ? "byte" : "value", at,
                  (x->rc == GATE_EDIT_BAD) ? "body" : "configuration", why);

    x->edit = NULL;

    return (x->rc == GATE_EDIT_BAD
            && x->conf->invalid == NGX_HTTP_GATE_EDIT_PASS)
           ? NGX_DECLINED : ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_body);
}


static ngx_uint_t
ngx_http_gate_edit_is_encoded(ngx_http_request_t *r)
{
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("content-encoding");

    h = ngx_http_gate_header(r, &name, &n);

    return n > 1
           || (n == 1 && !gate_str_eq_nocase(ngx_http_gate_view(&h->value),
                                             gate_cstr("identity")));
}


/* SHAPE */

ngx_int_t
ngx_http_gate_edit_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                            rc;
    ngx_http_gate_edit_t                *e;
    ngx_http_gate_edit_ctx_t            *x;
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    tlcf = ngx_http_gate_transform_at(r);

    if (r->content_handler == NULL) {
        return NGX_DECLINED;
    }

    rc = NGX_DECLINED;
    e = tlcf->request ? tlcf->request->body : NULL;

    x = ctx->body->edit;

    if (e != NULL && x != NULL && x->conf == e
        && (x->edit != NULL || e->body != NULL))
    {
        rc = ngx_http_gate_edit_spent(ctx, ngx_http_gate_edit_make(r, ctx, e));
        x->conf = NULL;
    }

    if ((rc == NGX_DECLINED || rc == NGX_OK)
        && tlcf->answer != NULL && tlcf->answer->body != NULL)
    {
        rc = ngx_http_gate_edit_ask_plain(r, ctx);
    }

    return rc;
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_edit_make(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_edit_t *e)
{
    ngx_buf_t                 *b;
    ngx_int_t                  rc;
    gate_str_t                *values, text;
    gate_edit_out_t            out;
    ngx_http_gate_edit_ctx_t  *x;

    x = ctx->body->edit;

    rc = (e->body != NULL) ? ngx_http_gate_edit_text(r, e->body, &text)
                           : ngx_http_gate_edit_values(r, e, &values);

    if (rc == NGX_DECLINED) {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_body);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    if (e->body != NULL) {
        b = ngx_calloc_buf(r->pool);
        if (b == NULL) {
            return NGX_ERROR;
        }

        b->start = (u_char *) text.data;
        b->pos = b->start;
        b->last = b->start + text.len;
        b->end = b->last;
        b->memory = 1;

        return ngx_http_gate_edit_apply(r, ctx, b);
    }

    x->rc = gate_edit_finish(x->edit, values, &out);

    if (x->rc != GATE_EDIT_OK) {
        return ngx_http_gate_edit_invalid(r, ctx);
    }

    if (!out.changed) {
        return NGX_OK;
    }

    b = ngx_http_gate_edit_buf(r->pool, &out, &ctx->body->held);

    return (b == NULL) ? NGX_ERROR : ngx_http_gate_edit_apply(r, ctx, b);
}


/* what nginx sends is what it would have read */

static ngx_int_t
ngx_http_gate_edit_apply(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_buf_t *b)
{
    ngx_chain_t               *cl;
    ngx_http_request_body_t   *rb;
    ngx_http_gate_edit_ctx_t  *x;

    x = ctx->body->edit;
    rb = r->request_body;

    if (rb == NULL) {
        rb = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
        if (rb == NULL) {
            return NGX_ERROR;
        }

        r->request_body = rb;
    }

    cl = ngx_alloc_chain_link(r->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    if (!x->was.edited) {
        x->was.edited = 1;
        x->was.bufs = rb->bufs;
        x->was.length = r->headers_in.content_length_n;
    }

    b->last_buf = 1;
    cl->buf = b;
    cl->next = NULL;

    rb->bufs = cl;

    r->headers_in.content_length_n = b->last - b->pos;
    r->headers_in.chunked = 0;

    return ngx_http_gate_edit_fields(r, ctx, x->conf);
}


static ngx_int_t
ngx_http_gate_edit_fields(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_edit_t *e)
{
    r->headers_in.content_length = NULL;
    r->headers_in.transfer_encoding = NULL;
    r->headers_in.expect = NULL;

    if (ngx_http_gate_edit_list(r, ctx) != NGX_OK
        || ngx_http_gate_headers_filter(r, NULL, ngx_http_gate_edit_keep, e)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return (e->body == NULL) ? NGX_OK : ngx_http_gate_edit_type(r, &e->type);
}


/* one of its own; the list that was is what it is again if led elsewhere */

static ngx_int_t
ngx_http_gate_edit_list(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_edit_was_t  *was;

    was = &ctx->body->edit->was;

    if (was->listed) {
        return NGX_OK;
    }

    was->listed = 1;
    was->headers = r->headers_in.headers;

    if (was->headers.last == &r->headers_in.headers.part) {
        was->headers.last = NULL;
    }

    return ngx_http_gate_headers_own(r);
}


static ngx_uint_t
ngx_http_gate_edit_keep(ngx_table_elt_t *h, void *data)
{
    ngx_http_gate_edit_t *e = data;

    if (ngx_http_gate_name_is(&h->key, gate_cstr("content-length"))
        || ngx_http_gate_name_is(&h->key, gate_cstr("transfer-encoding"))
        || ngx_http_gate_name_is(&h->key, gate_cstr("expect"))
        || ngx_http_gate_edit_is_digest(&h->key))
    {
        return 0;
    }

    return e->body == NULL
           || !(ngx_http_gate_name_is(&h->key, gate_cstr("content-type"))
                || ngx_http_gate_name_is(&h->key,
                                         gate_cstr("content-encoding")));
}


static ngx_int_t
ngx_http_gate_edit_type(ngx_http_request_t *r, ngx_str_t *type)
{
    ngx_table_elt_t  *h;

    static u_char  low[] = "content-type";

    h = ngx_list_push(&r->headers_in.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    ngx_str_set(&h->key, "Content-Type");
    h->lowcase_key = low;
    h->hash = ngx_hash_key(low, sizeof(low) - 1);
    h->value = *type;

    r->headers_in.content_type = h;

    return NGX_OK;
}


/*
 * A part of an answer cannot be edited, and neither can one that is encoded.
 * nginx goes on with what its client has said.
 */

static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_edit_ask_plain(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (ngx_http_gate_edit_ctx(r, ctx) == NULL
        || ngx_http_gate_edit_list(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_headers_filter(r, NULL,
                                        ngx_http_gate_edit_keep_plain, NULL);
}


static ngx_uint_t
ngx_http_gate_edit_keep_plain(ngx_table_elt_t *h, void *data)
{
    return !(ngx_http_gate_name_is(&h->key, gate_cstr("accept-encoding"))
             || ngx_http_gate_name_is(&h->key, gate_cstr("range"))
             || ngx_http_gate_name_is(&h->key, gate_cstr("request-range"))
             || ngx_http_gate_name_is(&h->key, gate_cstr("if-range")));
}


/* led elsewhere, it goes there as it came; its length is known by now */

ngx_int_t
ngx_http_gate_edit_again(ngx_http_request_t *r)
{
    ngx_chain_t               *cl;
    ngx_http_gate_ctx_t       *ctx;
    ngx_http_gate_edit_was_t  *was;

    if (!r->internal || r != r->main) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->body->edit == NULL) {
        return NGX_DECLINED;
    }

    was = &ctx->body->edit->was;

    if (was->listed) {
        r->headers_in.headers = was->headers;

        if (was->headers.last == NULL) {
            r->headers_in.headers.last = &r->headers_in.headers.part;
        }
    }

    if (was->edited) {

        for (cl = was->bufs; cl; cl = cl->next) {
            cl->buf->pos = cl->buf->start;
        }

        r->request_body->bufs = was->bufs;
        r->headers_in.content_length_n = was->length;
    }

    was->listed = 0;
    was->edited = 0;

    return NGX_DECLINED;
}
