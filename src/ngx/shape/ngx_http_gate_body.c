
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The body of the client's request, read in a row of the pipeline.
 *
 * nginx reads it, with its limits, times and errors.  A filter of ours takes
 * the bytes away before nginx would write them to a file, counts them, and
 * gives nginx all of them at the end.  A filter that answers NGX_AGAIN has
 * nginx stop where it is: that is how a body is given up in the middle.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_body.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_request.h"


typedef enum {
    ngx_http_gate_body_unread = 0,
    ngx_http_gate_body_reading,
    ngx_http_gate_body_held,
    ngx_http_gate_body_stopped,
    ngx_http_gate_body_left               /* to nginx, or read by others */
} ngx_http_gate_body_state_e;


static ngx_int_t ngx_http_gate_body_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, off_t max, ngx_uint_t over);
static void ngx_http_gate_body_done(ngx_http_request_t *r);
static void ngx_http_gate_body_stop(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_body_collect(ngx_http_request_t *r,
    ngx_http_gate_body_ctx_t *b, off_t max);
static ngx_int_t ngx_http_gate_body_read_file(ngx_http_request_t *r,
    ngx_buf_t *from, ngx_buf_t *to);
static ngx_int_t ngx_http_gate_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_gate_body_take(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_buf_t *from);
static ngx_int_t ngx_http_gate_body_hand_over(ngx_http_request_t *r,
    ngx_http_gate_body_ctx_t *b);
static ngx_int_t ngx_http_gate_body_over(ngx_http_request_t *r,
    ngx_http_gate_body_ctx_t *b, ngx_chain_t *in);
static ngx_int_t ngx_http_gate_body_drop(ngx_chain_t *in);
static ngx_int_t ngx_http_gate_body_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_body_init(ngx_conf_t *cf);
static void *ngx_http_gate_body_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_body_create_loc_conf(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_body_module_ctx = {
    ngx_http_gate_body_preconfiguration,   /* preconfiguration */
    ngx_http_gate_body_init,               /* postconfiguration */

    ngx_http_gate_body_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_body_create_loc_conf,    /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_body_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_body_module_ctx,        /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_request_body_filter_pt  ngx_http_gate_body_next;


ngx_int_t
ngx_http_gate_body_read(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    size_t max, ngx_uint_t over)
{
    ngx_int_t                  rc;
    ngx_http_gate_body_ctx_t  *b;

    b = ctx->body;

    if (b->state == ngx_http_gate_body_unread && r->request_body == NULL) {

        if (!ngx_http_gate_body_comes(r)) {
            return NGX_OK;
        }

        if (r->headers_in.content_length_n > (off_t) max) {
            return NGX_DECLINED;
        }

        if (!ctx->may_park) {
            return NGX_AGAIN;
        }

        rc = ngx_http_gate_body_begin(r, ctx, max, over);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    switch (b->state) {

    case ngx_http_gate_body_held:
        return (b->held.size > (off_t) max) ? NGX_DECLINED : NGX_OK;

    case ngx_http_gate_body_reading:
        /* nginx has ended that, and an error page has begun phases anew */
        return NGX_DECLINED;

    case ngx_http_gate_body_stopped:
        ngx_http_gate_body_stop(r);
        return NGX_DECLINED;

    default:
        return ngx_http_gate_body_collect(r, b, max);
    }
}


/* a stream of HTTP/2 whose length is 0 may have frames to come: nginx is to see
 * that they have nothing in them */

ngx_uint_t
ngx_http_gate_body_comes(ngx_http_request_t *r)
{
    if (r->discard_body) {
        return 0;
    }

#if (NGX_HTTP_V2)
    if (r->stream && !r->stream->in_closed) {
        return 1;
    }
#endif

    return r->headers_in.content_length_n > 0 || r->headers_in.chunked;
}


/*
 * A phase handler owns the request already: the reference that nginx takes for
 * the one who reads is given back at once.  While the row waits, the handler
 * of reading is nginx's, that of writing is the parking's.
 */

static ngx_int_t
ngx_http_gate_body_begin(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    off_t max, ngx_uint_t over)
{
    ngx_int_t                   rc;
    ngx_http_event_handler_pt   before, reading;
    ngx_http_gate_body_ctx_t   *b;

    b = ctx->body;

    b->state = ngx_http_gate_body_reading;
    b->over = over;
    b->max = max;

    before = r->read_event_handler;
    r->request_body_no_buffering = 0;

    rc = ngx_http_read_client_request_body(r, ngx_http_gate_body_done);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    r->main->count--;

    if (b->state != ngx_http_gate_body_reading
        && (b->state != ngx_http_gate_body_left || rc == NGX_OK))
    {
        return NGX_OK;
    }

    reading = r->read_event_handler;
    r->read_event_handler = before;

    /* nginx has times for a body */

    rc = ngx_http_gate_park(r, ctx, 0, NULL, NULL);

    r->read_event_handler = reading;

    return rc;
}


/* all of it is here, or the connection is one that nothing is read from */

static void
ngx_http_gate_body_done(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx->body->state == ngx_http_gate_body_reading) {
        ctx->body->state = ngx_http_gate_body_held;
    }

    ngx_http_gate_resume(r);
}


/* what is still to come is not the next request */

static void
ngx_http_gate_body_stop(ngx_http_request_t *r)
{
    ngx_connection_t  *c;

    c = r->connection;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    r->keepalive = 0;
    r->lingering_close = 1;

#if (NGX_HTTP_V2)
    if (r->stream) {
        r->stream->skip_data = 1;
    }
#endif
}


/* somebody else has had nginx read it: a part of it may be in a file */

static ngx_int_t
ngx_http_gate_body_collect(ngx_http_request_t *r, ngx_http_gate_body_ctx_t *b,
    off_t max)
{
    off_t         size;
    ngx_buf_t    *buf;
    ngx_chain_t  *cl;

    if (r->request_body == NULL) {
        return NGX_OK;
    }

    size = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += cl->buf->in_file ? cl->buf->file_last
                                 : cl->buf->last - cl->buf->start;
    }

    if (size > max) {
        return NGX_DECLINED;
    }

    ngx_memzero(&b->held, sizeof(ngx_http_gate_held_t));

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        buf = ngx_calloc_buf(r->pool);
        if (buf == NULL) {
            return NGX_ERROR;
        }

        buf->start = cl->buf->start;
        buf->last = cl->buf->last;

        if (cl->buf->in_file
            && ngx_http_gate_body_read_file(r, cl->buf, buf) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (ngx_http_gate_held_buf(r->pool, &b->held, buf) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    b->state = ngx_http_gate_body_held;

    return NGX_OK;
}


/* not more than was to be in memory, and nginx has just written it */

static ngx_int_t
ngx_http_gate_body_read_file(ngx_http_request_t *r, ngx_buf_t *from,
    ngx_buf_t *to)
{
    size_t   size;
    ssize_t  n;

    size = from->file_last;

    to->start = ngx_pnalloc(r->pool, size ? size : 1);
    if (to->start == NULL) {
        return NGX_ERROR;
    }

    to->last = to->start;

    while (to->last < to->start + size) {

        n = ngx_read_file(from->file, to->last, to->start + size - to->last,
                          to->last - to->start);

        if (n <= 0) {
            ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                          "gate body: \"%V\" is shorter than it was",
                          &from->file->name);
            return NGX_ERROR;
        }

        to->last += n;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t                  rc;
    ngx_uint_t                 whole;
    ngx_chain_t               *cl;
    ngx_http_gate_ctx_t       *ctx;
    ngx_http_gate_body_ctx_t  *b;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL) {
        return ngx_http_gate_body_next(r, in);
    }

    b = ctx->body;

    if (b->state == ngx_http_gate_body_stopped) {
        /* what HTTP/2 had in hand */
        return ngx_http_gate_body_drop(in);
    }

    if (b->state != ngx_http_gate_body_reading || in == NULL) {
        return ngx_http_gate_body_next(r, in);
    }

    whole = 0;

    for (cl = in; cl; cl = cl->next) {

        rc = ngx_http_gate_body_take(r, ctx, cl->buf);

        if (rc == NGX_ERROR) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (rc == NGX_DECLINED) {
            return ngx_http_gate_body_over(r, b, cl);
        }

        if (cl->buf->last_buf) {
            whole = 1;
        }
    }

    return whole ? ngx_http_gate_body_hand_over(r, b) : NGX_OK;
}


static ngx_int_t
ngx_http_gate_body_take(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_buf_t *from)
{
    off_t                      most;
    size_t                     len;
    ngx_http_gate_body_ctx_t  *b;

    b = ctx->body;
    len = from->last - from->pos;

    if (b->held.size + (off_t) len > b->max) {
        return NGX_DECLINED;
    }

    most = r->headers_in.chunked ? b->max : r->headers_in.content_length_n;

    if (ngx_http_gate_held_bytes(r->pool, &b->held, from->pos, len, most)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (b->watch) {
        b->watch(ctx, gate_str(from->pos, len));
    }

    from->pos = from->last;

    return NGX_OK;
}


/* nginx makes a chain of its own of the buffers, and may write them to a file
 * if it was told to */

static ngx_int_t
ngx_http_gate_body_hand_over(ngx_http_request_t *r, ngx_http_gate_body_ctx_t *b)
{
    ngx_buf_t  *buf;

    if (b->held.last == NULL) {
        buf = ngx_calloc_buf(r->pool);

        if (buf == NULL
            || ngx_http_gate_held_buf(r->pool, &b->held, buf) != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    b->held.last->buf->last_buf = 1;

    return ngx_http_gate_body_next(r, b->held.first);
}


/* "in": what did not fit, and all behind it */

static ngx_int_t
ngx_http_gate_body_over(ngx_http_request_t *r, ngx_http_gate_body_ctx_t *b,
    ngx_chain_t *in)
{
    ngx_int_t  rc;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate body: more than %O bytes, pass:%ui",
                   b->max, b->over);

    if (b->over == NGX_HTTP_GATE_BODY_STOP) {
        b->state = ngx_http_gate_body_stopped;
        ngx_http_gate_resume(r);

        return ngx_http_gate_body_drop(in);
    }

    b->state = ngx_http_gate_body_left;

    if (b->held.first != NULL) {
        rc = ngx_http_gate_body_next(r, b->held.first);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_http_gate_body_next(r, in);
}


/* nginx takes a buffer for its own again once nothing is in it */

static ngx_int_t
ngx_http_gate_body_drop(ngx_chain_t *in)
{
    ngx_chain_t  *cl;

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
    }

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_gate_body_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, body),
                               sizeof(ngx_http_gate_body_ctx_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_body_check);
}


static ngx_int_t
ngx_http_gate_body_init(ngx_conf_t *cf)
{
    ngx_http_gate_body_main_conf_t  *bmcf;

    bmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_body_module);

    if (bmcf->used) {
        ngx_http_gate_body_next = ngx_http_top_request_body_filter;
        ngx_http_top_request_body_filter = ngx_http_gate_body_filter;
    }

    return NGX_OK;
}


static void *
ngx_http_gate_body_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_body_main_conf_t));
}


static void *
ngx_http_gate_body_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_body_loc_conf_t));
}
