
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The body of an answer is edited.  Its header is held back until the end of
 * the body is known, so that it says what goes out, and so that an answer that
 * breaks off in the middle never looks like a whole one.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_edit.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_transform.h"


static ngx_int_t ngx_http_gate_edit_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_edit_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_edit_hold(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, ngx_http_gate_edit_t *e);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_edit_take_in(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, ngx_chain_t *in);
static ngx_int_t ngx_http_gate_edit_take_buf(ngx_http_request_t *r,
    ngx_http_gate_edit_answer_t *a, ngx_buf_t *b);
static ngx_int_t ngx_http_gate_edit_replace(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_edit_t *e);
static ngx_int_t ngx_http_gate_edit_finish(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_edit_bad(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t policy, const char *why,
    ngx_uint_t last);
static ngx_int_t ngx_http_gate_edit_let_go(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t last);
static ngx_int_t ngx_http_gate_edit_send(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, u_char *start, u_char *last);
static void ngx_http_gate_edit_soften(ngx_http_request_t *r);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


void
ngx_http_gate_edit_filter(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gate_edit_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_gate_edit_body_filter;
}


static ngx_int_t
ngx_http_gate_edit_header_filter(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t                 *ctx;
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    tlcf = ngx_http_gate_transform_at(r);

    if (r != r->main || tlcf->answer == NULL || tlcf->answer->body == NULL) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->gated) {
        return ngx_http_next_header_filter(r);
    }

    if (ctx->body->edit != NULL) {
        ctx->body->edit->answer.conf = NULL;
    }

    if (!ctx->answer->going || ctx->answer->from != GATE_FROM_SERVICE) {
        return ngx_http_next_header_filter(r);
    }

    return ngx_http_gate_edit_hold(r, ctx, tlcf->answer->body);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_edit_hold(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_edit_t *e)
{
    const char                   *why;
    ngx_uint_t                    policy;
    ngx_http_gate_edit_answer_t  *a;

    if (!ngx_http_gate_edit_concerns(r, e)) {
        return ngx_http_next_header_filter(r);
    }

    if (r->method == NGX_HTTP_HEAD
        || r->headers_out.status == NGX_HTTP_NOT_MODIFIED)
    {
        ngx_http_gate_edit_soften(r);
        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_gate_edit_ctx(r, ctx) == NULL) {
        return NGX_ERROR;
    }

    a = &ctx->body->edit->answer;
    ngx_memzero(a, sizeof(ngx_http_gate_edit_answer_t));

    if (e->body == NULL) {
        policy = NGX_HTTP_GATE_EDIT_PASS;
        why = ngx_http_gate_edit_unfit(r, e, &policy);

        if (why != NULL && policy == NGX_HTTP_GATE_EDIT_PASS) {
            return ngx_http_next_header_filter(r);
        }

        if (why != NULL) {
            ngx_http_gate_edit_refuse(r, ctx, why);

            return ngx_http_filter_finalize_request(r,
                                                    &ngx_http_gate_edit_module,
                                                    NGX_HTTP_BAD_GATEWAY);
        }

        a->edit = gate_edit_create(e->plan,
                                   ngx_http_gate_edit_memory(r->pool));
        if (a->edit == NULL) {
            return NGX_ERROR;
        }
    }

    a->conf = e;

    r->filter_need_in_memory = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_edit_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_gate_ctx_t  *ctx;

    if (r != r->main) {
        return ngx_http_next_body_filter(r, in);
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->body->edit == NULL
        || ctx->body->edit->answer.conf == NULL)
    {
        return ngx_http_next_body_filter(r, in);
    }

    return ngx_http_gate_edit_take_in(r, ctx, in);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_edit_take_in(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_chain_t *in)
{
    ngx_uint_t                    last;
    ngx_chain_t                  *cl;
    ngx_http_gate_edit_answer_t  *a;

    a = &ctx->body->edit->answer;
    last = 0;

    for (cl = in; cl; cl = cl->next) {

        if (ngx_http_gate_edit_take_buf(r, a, cl->buf) != NGX_OK) {
            return NGX_ERROR;
        }

        if (cl->buf->last_buf) {
            last = 1;
        }
    }

    if (in == NULL || a->refused) {
        /* nothing of it is on its way out */
        return NGX_OK;
    }

    if (a->rc == GATE_EDIT_BAD) {
        return ngx_http_gate_edit_bad(r, ctx, a->conf->invalid,
                                      "it is not JSON", last);
    }

    if (a->rc != GATE_EDIT_OK) {
        return NGX_ERROR;
    }

    if (a->held.size > (off_t) a->conf->max) {
        return ngx_http_gate_edit_bad(r, ctx, a->conf->over,
                                      "it is too large", last);
    }

    if (last) {
        return a->conf->body ? ngx_http_gate_edit_replace(r, ctx, a->conf)
                             : ngx_http_gate_edit_finish(r, ctx);
    }

    if (r->upstream && r->upstream->header_sent
        && r->upstream->cleanup == NULL)
    {
        /* nginx has ended with it, and only flushes what went out */
        return ngx_http_gate_edit_bad(r, ctx, NGX_HTTP_GATE_EDIT_REFUSE,
                                      "it broke off", 0);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_edit_take_buf(ngx_http_request_t *r,
    ngx_http_gate_edit_answer_t *a, ngx_buf_t *b)
{
    off_t   most;
    size_t  len;

    len = ngx_buf_in_memory(b) ? b->last - b->pos : 0;

    if (len != 0 && a->edit != NULL && !a->refused) {

        if (a->rc == GATE_EDIT_OK) {
            a->rc = gate_edit_feed(a->edit, gate_str(b->pos, len));
        }

        most = r->headers_out.content_length_n;

        if (most < 0) {
            most = a->conf->max;
        }

        if (ngx_http_gate_held_bytes(r->pool, &a->held, b->pos, len, most)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    b->pos = b->last;
    b->file_pos = b->file_last;

    return NGX_OK;
}


/* all of it is here: a template takes its place */

static ngx_int_t
ngx_http_gate_edit_replace(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_edit_t *e)
{
    ngx_int_t   rc;
    gate_str_t  text;

    rc = ngx_http_gate_edit_text(r, e->body, &text);

    if (rc == NGX_DECLINED) {
        return ngx_http_gate_edit_bad(r, ctx, NGX_HTTP_GATE_EDIT_REFUSE,
                                      "a value is not JSON", 1);
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    r->headers_out.content_type = e->type;
    r->headers_out.content_type_len = e->type.len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);
    (void) ngx_http_gate_edit_encoded(r, 1);

    return ngx_http_gate_edit_send(r, ctx, (u_char *) text.data,
                                   (u_char *) text.data + text.len);
}


/* all of it is here: it is edited */

static ngx_int_t
ngx_http_gate_edit_finish(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_buf_t                    *b;
    ngx_int_t                     rc;
    gate_str_t                   *values;
    gate_edit_out_t               out;
    ngx_http_gate_edit_answer_t  *a;

    a = &ctx->body->edit->answer;

    rc = ngx_http_gate_edit_values(r, a->conf, &values);

    if (rc == NGX_DECLINED) {
        return ngx_http_gate_edit_bad(r, ctx, NGX_HTTP_GATE_EDIT_REFUSE,
                                      "a value is not JSON", 1);
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (a->held.size == 0) {
        return ngx_http_gate_edit_let_go(r, ctx, 1);
    }

    a->rc = gate_edit_finish(a->edit, values, &out);

    switch (a->rc) {

    case GATE_EDIT_OK:
        break;

    case GATE_EDIT_BAD:
        return ngx_http_gate_edit_bad(r, ctx, a->conf->invalid,
                                      "it is not JSON", 1);

    case GATE_EDIT_BAD_VALUE:
        return ngx_http_gate_edit_bad(r, ctx, NGX_HTTP_GATE_EDIT_REFUSE,
                                      "a value is not JSON", 1);

    default:
        return NGX_ERROR;
    }

    if (!out.changed) {
        return ngx_http_gate_edit_let_go(r, ctx, 1);
    }

    b = ngx_http_gate_edit_buf(r->pool, &out, &a->held);

    return (b == NULL) ? NGX_ERROR
                       : ngx_http_gate_edit_send(r, ctx, b->pos, b->last);
}


/* refused, or as it came; nothing of it has gone out yet */

static ngx_int_t
ngx_http_gate_edit_bad(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t policy, const char *why, ngx_uint_t last)
{
    if (policy == NGX_HTTP_GATE_EDIT_PASS) {
        return ngx_http_gate_edit_let_go(r, ctx, last);
    }

    ngx_http_gate_edit_refuse(r, ctx, why);

    return ngx_http_gate_edit_refuse_later(r, ctx);
}


static ngx_int_t
ngx_http_gate_edit_let_go(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t last)
{
    ngx_int_t              rc;
    ngx_buf_t             *b;
    ngx_http_gate_held_t  *held;

    held = &ctx->body->edit->answer.held;
    ctx->body->edit->answer.conf = NULL;

    rc = ngx_http_next_header_filter(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    if (held->last == NULL) {
        b = ngx_calloc_buf(r->pool);

        if (b == NULL
            || ngx_http_gate_held_buf(r->pool, held, b) != NGX_OK)
        {
            return NGX_ERROR;
        }

        b->sync = 1;
    }

    held->last->buf->last_buf = last;
    held->last->buf->last_in_chain = last;
    held->last->buf->flush = !last;

    return ngx_http_next_body_filter(r, held->first);
}


/* the new text, and a header that fits it */

static ngx_int_t
ngx_http_gate_edit_send(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    u_char *start, u_char *last)
{
    ngx_buf_t    *b;
    ngx_int_t     rc;
    ngx_chain_t   out;

    ctx->body->edit->answer.conf = NULL;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->start = start;
    b->pos = start;
    b->last = last;
    b->end = last;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    ngx_http_gate_edit_soften(r);

    r->headers_out.content_length_n = last - start;

    rc = ngx_http_next_header_filter(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_next_body_filter(r, &out);
}


/* what says of the bytes of a body what is not true any more */

static void
ngx_http_gate_edit_soften(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    ngx_http_weak_etag(r);

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash != 0 && ngx_http_gate_edit_is_digest(&h[i].key)) {
                h[i].hash = 0;
            }
        }
    }
}
