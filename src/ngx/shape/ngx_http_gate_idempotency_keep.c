
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The answer to a request that holds a lock, on its way out: it is copied for
 * those who repeat the request.  Ahead of all filters that change an answer: a
 * repetition is led through the same ones.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_idempotency.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_request.h"


typedef enum {
    ngx_http_gate_idempotency_release = 0,    /* it may be tried again */
    ngx_http_gate_idempotency_note,           /* it was done, no more */
    ngx_http_gate_idempotency_keep
} ngx_http_gate_idempotency_verdict_e;


static ngx_int_t ngx_http_gate_idempotency_header_filter(
    ngx_http_request_t *r);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_idempotency_header(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static ngx_http_gate_idempotency_verdict_e ngx_http_gate_idempotency_judge(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static void ngx_http_gate_idempotency_first(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_idempotency_passing(ngx_uint_t status);
static ngx_int_t ngx_http_gate_idempotency_head(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_t *id);
static size_t ngx_http_gate_idempotency_put(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, u_char *p);
static ngx_uint_t ngx_http_gate_idempotency_left_out(ngx_str_t *name);
static ngx_int_t ngx_http_gate_idempotency_type(ngx_http_request_t *r,
    gate_str_t *type);
static ngx_int_t ngx_http_gate_idempotency_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_idempotency_body(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, ngx_chain_t *in);
static void ngx_http_gate_idempotency_copy(ngx_http_request_t *r,
    ngx_chain_t *in, ngx_http_gate_idempotency_t *id);
static void ngx_http_gate_idempotency_settle(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_idempotency_t *id);
static void ngx_http_gate_idempotency_unkept(ngx_http_gate_idempotency_t *id,
    ngx_uint_t status);


/*
 * Of a connection, of this very answer, or the gateway's to write; a cookie is
 * a secret that would lie about in Redis.
 */

static gate_str_t  ngx_http_gate_idempotency_names[] = {
    gate_string("connection"), gate_string("content-length"),
    gate_string("date"), gate_string("keep-alive"),
    gate_string("proxy-authenticate"),
    gate_string("proxy-connection"), gate_string("set-cookie"),
    gate_string("set-cookie2"), gate_string("te"), gate_string("trailer"),
    gate_string("transfer-encoding"), gate_string("upgrade"),
    gate_string("")
};


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


void
ngx_http_gate_idempotency_filters(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gate_idempotency_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_gate_idempotency_body_filter;
}


static ngx_int_t
ngx_http_gate_idempotency_header_filter(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->idempotency == NULL
        || ctx->idempotency->lock == NULL)
    {
        return ngx_http_next_header_filter(r);
    }

    return ngx_http_gate_idempotency_header(r, ctx);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_idempotency_header(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                             rc;
    ngx_http_gate_idempotency_t          *id;
    ngx_http_gate_idempotency_verdict_e   verdict;

    id = ctx->idempotency;

    ngx_http_gate_idempotency_first(r);

    verdict = ngx_http_gate_idempotency_judge(r, ctx);

    if (verdict == ngx_http_gate_idempotency_keep
        && ngx_http_gate_idempotency_head(r, ctx, id) != NGX_OK)
    {
        verdict = ngx_http_gate_idempotency_note;
    }

    switch (verdict) {

    case ngx_http_gate_idempotency_release:
        ngx_http_gate_idempotency_lock_end(id,
                                           NGX_HTTP_GATE_IDEMPOTENCY_RELEASED);
        break;

    case ngx_http_gate_idempotency_note:
        ngx_http_gate_idempotency_unkept(id, id->keeping
                                             ? id->record.status
                                             : r->headers_out.status);
        break;

    default:
        id->record.status = r->headers_out.status;
        id->keeping = 1;
        id->filled = (r->headers_out.content_length_n == 0);
        id->whole = ctx->answer->bodiless;
        r->filter_need_in_memory = 1;
    }

    rc = ngx_http_next_header_filter(r);

    ngx_http_gate_idempotency_settle(ctx, id);

    if (rc == NGX_ERROR && id->keeping && r->connection->error) {
        /* nobody is there to have it now */
        id->gone = 1;
        return NGX_OK;
    }

    return rc;
}


/* a service cannot say of its answer that it is a repetition */

static void
ngx_http_gate_idempotency_first(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (ngx_http_gate_name_is(&h[i].key,
                                      gate_cstr("idempotency-replayed")))
            {
                h[i].hash = 0;
            }
        }
    }
}


/*
 * An answer of the gateway or of the sidecar, or an error of the service, says
 * nothing of what the next try will give.
 */

static ngx_http_gate_idempotency_verdict_e
ngx_http_gate_idempotency_judge(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    ngx_str_t   *type;
    ngx_uint_t   status;

    if (ctx->idempotency->keeping) {
        /* the service has done it, and what it answered was refused since */
        return ngx_http_gate_idempotency_note;
    }

    status = r->headers_out.status;

    if ((ctx->answer->from != GATE_FROM_SERVICE
         && ctx->answer->from != GATE_FROM_NGINX)
        || !ctx->idempotency->handed
        || ngx_http_gate_idempotency_passing(status)
        || (r->upstream && ngx_http_gate_idempotency_passing(
                                      r->upstream->headers_in.status_n)))
    {
        /* a page in the place of an error says nothing either */
        return ngx_http_gate_idempotency_release;
    }

    type = &r->headers_out.content_type;

    if (status < NGX_HTTP_OK || status == NGX_HTTP_PARTIAL_CONTENT
        || r->headers_out.content_length_n
           > (off_t) ctx->idempotency->conf->max
        || gate_str_begins_nocase(ngx_http_gate_view(type),
                                  gate_cstr("text/event-stream")))
    {
        return ngx_http_gate_idempotency_note;
    }

    return ngx_http_gate_idempotency_keep;
}


/* of the moment, or of a credential: it was not done */

static ngx_uint_t
ngx_http_gate_idempotency_passing(ngx_uint_t status)
{
    switch (status) {

    case NGX_HTTP_UNAUTHORIZED:
    case NGX_HTTP_FORBIDDEN:
    case 407:
    case NGX_HTTP_REQUEST_TIME_OUT:
    case NGX_HTTP_MISDIRECTED_REQUEST:
    case 425:
    case NGX_HTTP_TOO_MANY_REQUESTS:
        return 1;

    default:
        return status >= NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


/* all but the body, whose length is written when it is known */

static ngx_int_t
ngx_http_gate_idempotency_head(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_t *id)
{
    size_t                             fields, size;
    u_char                            *p;
    gate_idempotency_t                 head;
    ngx_http_gate_idempotency_lock_t  *lock;

    lock = id->lock;

    ngx_memzero(&head, sizeof(gate_idempotency_t));

    head.print = id->print;
    head.status = r->headers_out.status;
    head.line = ngx_http_gate_view(&r->headers_out.status_line);

    if (ngx_http_gate_idempotency_type(r, &head.type) != NGX_OK) {
        return NGX_ERROR;
    }

    fields = ngx_http_gate_idempotency_put(r, ctx, NULL);
    size = gate_idempotency_head_size(&head) + fields;

    if (size > id->conf->max
        || ngx_http_gate_idempotency_lock_room(lock, size
                         + ngx_max(r->headers_out.content_length_n, 1024))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = gate_idempotency_head(lock->data, &head, fields);
    p += ngx_http_gate_idempotency_put(r, ctx, p);

    id->length = p - lock->data;
    lock->len = gate_idempotency_length(p, 0) - lock->data;

    /* nginx takes bytes in fields that are no good in an answer of ours */

    return gate_idempotency_parse(gate_str(lock->data, lock->len), &head)
           ? NGX_OK : NGX_ERROR;
}


/* NULL: how many bytes they are; without the gateway's own fields */

static size_t
ngx_http_gate_idempotency_put(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    u_char *p)
{
    size_t            size;
    ngx_uint_t        i, own;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    size = 0;
    own = 0;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (part == ctx->own->part && i == ctx->own->i) {
                own = 1;
            }

            if (own) {
                own = (&h[i] != ctx->own->last);
                continue;
            }

            if (h[i].hash == 0
                || ngx_http_gate_idempotency_left_out(&h[i].key))
            {
                continue;
            }

            if (p != NULL) {
                p = gate_idempotency_put(p, ngx_http_gate_view(&h[i].key),
                                         ngx_http_gate_view(&h[i].value));
            }

            size += gate_idempotency_put_size(ngx_http_gate_view(&h[i].key),
                                              ngx_http_gate_view(&h[i].value));
        }
    }

    return size;
}


static ngx_uint_t
ngx_http_gate_idempotency_left_out(ngx_str_t *name)
{
    gate_str_t  *s;

    for (s = ngx_http_gate_idempotency_names; s->len; s++) {
        if (ngx_http_gate_name_is(name, *s)) {
            return 1;
        }
    }

    return 0;
}


/* as nginx would write it */

static ngx_int_t
ngx_http_gate_idempotency_type(ngx_http_request_t *r, gate_str_t *type)
{
    u_char     *p;
    ngx_str_t  *from, *charset;

    from = &r->headers_out.content_type;
    charset = &r->headers_out.charset;

    if (charset->len == 0 || r->headers_out.content_type_len != from->len) {
        *type = ngx_http_gate_view(from);
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, from->len + sizeof("; charset=") + charset->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    type->data = p;
    type->len = ngx_sprintf(p, "%V; charset=%V", from, charset) - p;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_idempotency_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_gate_ctx_t  *ctx;

    if (r != r->main || in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->idempotency == NULL
        || !(ctx->idempotency->keeping || ctx->idempotency->gone))
    {
        return ngx_http_next_body_filter(r, in);
    }

    return ngx_http_gate_idempotency_body(r, ctx, in);
}


/*
 * Where the client has left, what comes is taken off, so that the service is
 * read to its end; not where nginx asks for what is stuck on its way out.
 */

static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_idempotency_body(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_chain_t *in)
{
    ngx_int_t                     rc;
    ngx_chain_t                  *cl;
    ngx_http_gate_idempotency_t  *id;

    id = ctx->idempotency;

    if (id->keeping) {
        ngx_http_gate_idempotency_copy(r, in, id);
    }

    rc = NGX_ERROR;

    if (!id->gone) {
        rc = ngx_http_next_body_filter(r, in);

        ngx_http_gate_idempotency_settle(ctx, id);

        if (rc != NGX_ERROR || !id->keeping || !r->connection->error) {
            return rc;
        }

        id->gone = 1;
    }

    if (!id->keeping && !ctx->answer->kept) {
        return NGX_ERROR;
    }

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    ngx_http_gate_idempotency_settle(ctx, id);

    return NGX_OK;
}


static void
ngx_http_gate_idempotency_copy(ngx_http_request_t *r, ngx_chain_t *in,
    ngx_http_gate_idempotency_t *id)
{
    off_t                              length;
    size_t                             n, len;
    ngx_buf_t                         *b;
    ngx_chain_t                       *cl;
    ngx_http_gate_idempotency_lock_t  *lock;

    lock = id->lock;
    length = r->headers_out.content_length_n;

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;
        n = ngx_buf_in_memory(b) ? b->last - b->pos : 0;
        len = lock->len - id->length - GATE_IDEMPOTENCY_LEN;

        if ((n == 0 && ngx_buf_size(b) != 0) || n > id->conf->max - len
            || ngx_http_gate_idempotency_lock_room(lock, n) != NGX_OK)
        {
            ngx_http_gate_idempotency_unkept(id, id->record.status);
            return;
        }

        ngx_memcpy(lock->data + lock->len, b->pos, n);
        lock->len += n;
        len += n;

        if ((off_t) len == length) {
            id->filled = 1;
        }

        if (b->last_buf) {
            id->whole = 1;
            return;
        }
    }
}


/*
 * Behind all filters, as one of them may refuse what the service gave.  It
 * counts as served, whether the client waits for it or not.
 */

static void
ngx_http_gate_idempotency_settle(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_idempotency_t *id)
{
    ngx_http_gate_idempotency_lock_t  *lock;

    if (!id->keeping || !id->whole || ctx->reason != NULL) {
        return;
    }

    lock = id->lock;

    (void) gate_idempotency_length(lock->data + id->length,
                                   lock->len - id->length
                                   - GATE_IDEMPOTENCY_LEN);

    id->keeping = 0;
    ctx->answer->kept = 1;

    ngx_http_gate_idempotency_lock_end(id, NGX_HTTP_GATE_IDEMPOTENCY_STORED);
}


/* the request is over: one that has left may not have waited for the end */

void
ngx_http_gate_idempotency_kept(ngx_http_gate_idempotency_t *id)
{
    if (id->filled) {
        id->whole = 1;
    }

    ngx_http_gate_idempotency_settle(ngx_http_gate_get_ctx(id->request), id);

    if (id->keeping) {
        ngx_http_gate_idempotency_unkept(id, id->record.status);
    }
}


/* it was done, and that is all that is remembered */

static void
ngx_http_gate_idempotency_unkept(ngx_http_gate_idempotency_t *id,
    ngx_uint_t status)
{
    ngx_http_gate_idempotency_lock_t  *lock;

    lock = id->lock;

    id->keeping = 0;

    gate_idempotency_done(lock->data, id->print, status);
    lock->len = GATE_IDEMPOTENCY_DONE;

    ngx_http_gate_idempotency_lock_end(id, NGX_HTTP_GATE_IDEMPOTENCY_UNKEPT);
}
