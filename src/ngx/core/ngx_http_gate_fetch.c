
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Requests of our own.  Such a request has a connection that leads nowhere: a
 * socket without a peer, of which no event is ever asked for.  So nginx opens,
 * aborts and closes it as any other, and counts its descriptor.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_fetch.h"
#include "ngx_http_gate_fetch_filter.h"


static ngx_connection_t *ngx_http_gate_fetch_connection(
    ngx_http_gate_fetch_t *f);
static void ngx_http_gate_fetch_address(ngx_connection_t *c);
static ngx_int_t ngx_http_gate_fetch_request(ngx_http_gate_fetch_t *f,
    ngx_http_gate_fetch_ask_t *ask);
static ngx_int_t ngx_http_gate_fetch_fields(ngx_http_request_t *r,
    ngx_http_gate_fetch_t *f);
static ngx_table_elt_t *ngx_http_gate_fetch_field(ngx_http_request_t *r,
    char *name, ngx_str_t *value);
static ngx_int_t ngx_http_gate_fetch_body(ngx_http_request_t *r,
    ngx_http_gate_fetch_t *f);
static ngx_int_t ngx_http_gate_fetch_copy(ngx_pool_t *pool, ngx_str_t *dst,
    ngx_str_t *src);
static void ngx_http_gate_fetch_begin(ngx_event_t *ev);
static void ngx_http_gate_fetch_late(ngx_event_t *ev);
static void ngx_http_gate_fetch_closing(ngx_event_t *ev);
static void ngx_http_gate_fetch_nothing(ngx_event_t *ev);
static void ngx_http_gate_fetch_abort(ngx_http_gate_fetch_t *f,
    const char *why);
static void ngx_http_gate_fetch_closed(void *data);
static void ngx_http_gate_fetch_end(ngx_event_t *ev);
static void ngx_http_gate_fetch_free(ngx_http_gate_fetch_t *f);
static u_char *ngx_http_gate_fetch_log(ngx_log_t *log, u_char *buf,
    size_t len);


/* it is by this one that a request is known to be of ours */

ngx_http_addr_conf_t  ngx_http_gate_fetch_addr;


ngx_http_gate_fetch_t *
ngx_http_gate_fetch(ngx_http_gate_fetch_ask_t *ask)
{
    ngx_pool_t             *pool;
    ngx_http_gate_fetch_t  *f;

    pool = ngx_create_pool(NGX_HTTP_GATE_FETCH_POOL, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    f = ngx_pcalloc(pool, sizeof(ngx_http_gate_fetch_t));
    if (f == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    f->pool = pool;
    f->max = ask->max;

    f->hc.conf_ctx = ask->server->ctx;
    f->hc.addr_conf = &ngx_http_gate_fetch_addr;

    if (ngx_http_gate_fetch_copy(pool, &f->uri, &ask->uri) != NGX_OK
        || ngx_http_gate_fetch_copy(pool, &f->target, &ask->target) != NGX_OK
        || ngx_http_gate_fetch_copy(pool, &f->type, &ask->type) != NGX_OK
        || ngx_http_gate_fetch_copy(pool, &f->body, &ask->body) != NGX_OK
        || ngx_http_gate_fetch_request(f, ask) != NGX_OK)
    {
        ngx_http_gate_fetch_free(f);
        return NULL;
    }

    f->handler = ask->handler;
    f->data = ask->data;

    f->event.log = ngx_cycle->log;
    f->event.data = f;
    f->event.handler = ngx_http_gate_fetch_begin;

    f->timer.log = ngx_cycle->log;
    f->timer.data = f;
    f->timer.handler = ngx_http_gate_fetch_late;

    ngx_add_timer(&f->timer, ask->ms);
    ngx_post_event(&f->event, &ngx_posted_events);

    return f;
}


/* from its own turn on, so that no caller is in the middle of it */

void
ngx_http_gate_fetch_cancel(ngx_http_gate_fetch_t *f)
{
    f->handler = NULL;
    f->why = "it is not wanted any more";

    if (f->timer.timer_set) {
        ngx_del_timer(&f->timer);
        ngx_add_timer(&f->timer, 0);
    }
}


void
ngx_http_gate_fetch_hold(ngx_http_gate_fetch_t *f)
{
    if (f->request != NULL) {
        f->request->connection->idle = 0;
    }
}


static ngx_int_t
ngx_http_gate_fetch_copy(ngx_pool_t *pool, ngx_str_t *dst, ngx_str_t *src)
{
    if (src->len == 0) {
        return NGX_OK;
    }

    dst->data = ngx_pnalloc(pool, src->len);
    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(dst->data, src->data, src->len);
    dst->len = src->len;

    return NGX_OK;
}


static ngx_connection_t *
ngx_http_gate_fetch_connection(ngx_http_gate_fetch_t *f)
{
    ngx_socket_t         s;
    ngx_connection_t    *c;
    ngx_pool_cleanup_t  *cln;

    s = ngx_socket(AF_UNIX, SOCK_STREAM, 0);

    if (s == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_socket_errno,
                      "gate fetch: " ngx_socket_n " failed");
        return NULL;
    }

    c = ngx_get_connection(s, ngx_cycle->log);

    if (c == NULL) {
        (void) ngx_close_socket(s);
        return NULL;
    }

    f->log = *ngx_cycle->log;
    f->log.handler = ngx_http_gate_fetch_log;
    f->log.data = &f->ctx;
    f->log.action = NULL;
    f->ctx.connection = c;

    c->pool = ngx_create_pool(NGX_HTTP_GATE_FETCH_POOL, &f->log);
    cln = c->pool ? ngx_pool_cleanup_add(c->pool, 0) : NULL;
    c->buffer = c->pool ? ngx_create_temp_buf(c->pool, 1) : NULL;

    if (cln == NULL || c->buffer == NULL) {
        if (c->pool != NULL) {
            ngx_destroy_pool(c->pool);
        }

        ngx_close_connection(c);
        return NULL;
    }

    f->cln = cln;
    cln->data = f;

    c->log = &f->log;
    c->data = &f->hc;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    f->log.connection = c->number;

    ngx_http_gate_fetch_address(c);

    /* it could be written to, and nobody has to ask */

    c->read->log = c->log;
    c->read->handler = ngx_http_gate_fetch_closing;
    c->read->active = (ngx_event_flags & NGX_USE_CLEAR_EVENT) ? 1 : 0;
    c->write->log = c->log;
    c->write->handler = ngx_http_gate_fetch_nothing;
    c->write->active = c->read->active;
    c->write->ready = 1;

    return c;
}


/* for $remote_addr and the like: it comes from this machine */

static void
ngx_http_gate_fetch_address(ngx_connection_t *c)
{
    static struct sockaddr_in  local;

    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    c->sockaddr = (struct sockaddr *) &local;
    c->socklen = sizeof(struct sockaddr_in);
    ngx_str_set(&c->addr_text, "127.0.0.1");

    c->local_sockaddr = c->sockaddr;
    c->local_socklen = c->socklen;

    c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;
}


static ngx_int_t
ngx_http_gate_fetch_request(ngx_http_gate_fetch_t *f,
    ngx_http_gate_fetch_ask_t *ask)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    c = ngx_http_gate_fetch_connection(f);
    if (c == NULL) {
        return NGX_ERROR;
    }

    r = ngx_http_create_request(c);

    if (r == NULL || ngx_http_gate_fetch_fields(r, f) != NGX_OK) {

        if (r != NULL) {
            r->logged = 1;
            ngx_http_free_request(r, 0);
        }

        ngx_destroy_pool(c->pool);
        ngx_close_connection(c);

        return NGX_ERROR;
    }

#if (NGX_STAT_STUB)
    (void) ngx_atomic_fetch_add(ngx_stat_active, 1);
#endif

    f->cln->handler = ngx_http_gate_fetch_closed;
    f->request = r;

    c->data = r;
    c->idle = ask->idle;

    return NGX_OK;
}


/* none of it is anybody's bill, and no line of a log of requests */

static ngx_int_t
ngx_http_gate_fetch_fields(ngx_http_request_t *r, ngx_http_gate_fetch_t *f)
{
    ngx_http_core_srv_conf_t  *cscf;

    static ngx_str_t  json = ngx_string("application/json");

    r->logged = 1;
    r->internal = 1;
    r->http_state = NGX_HTTP_PROCESS_REQUEST_STATE;
    r->http_version = NGX_HTTP_VERSION_11;
    ngx_str_set(&r->http_protocol, "HTTP/1.1");

    r->method = NGX_HTTP_GET;
    ngx_str_set(&r->method_name, "GET");

    r->uri = f->uri;
    r->unparsed_uri = f->uri;
    r->valid_unparsed_uri = 1;
    ngx_http_set_exten(r);

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
    r->headers_in.server = cscf->server_name;

    if (ngx_list_init(&r->headers_in.headers, r->pool, 4,
                      sizeof(ngx_table_elt_t))
        != NGX_OK
        || ngx_http_gate_fetch_field(r, "Accept", &json) == NULL)
    {
        return NGX_ERROR;
    }

    return f->body.len ? ngx_http_gate_fetch_body(r, f) : NGX_OK;
}


static ngx_table_elt_t *
ngx_http_gate_fetch_field(ngx_http_request_t *r, char *name, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_in.headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;

    h->lowcase_key = ngx_pnalloc(r->pool, h->key.len);
    if (h->lowcase_key == NULL) {
        return NULL;
    }

    ngx_strlow(h->lowcase_key, h->key.data, h->key.len);
    h->hash = ngx_hash_key(h->lowcase_key, h->key.len);

    return h;
}


/* as if it had been read already */

static ngx_int_t
ngx_http_gate_fetch_body(ngx_http_request_t *r, ngx_http_gate_fetch_t *f)
{
    ngx_buf_t                *b;
    ngx_chain_t              *cl;
    ngx_http_request_body_t  *rb;

    r->method = NGX_HTTP_POST;
    ngx_str_set(&r->method_name, "POST");

    r->headers_in.content_type = ngx_http_gate_fetch_field(r, "Content-Type",
                                                           &f->type);
    rb = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    b = ngx_calloc_buf(r->pool);
    cl = ngx_alloc_chain_link(r->pool);

    if (r->headers_in.content_type == NULL || rb == NULL || b == NULL
        || cl == NULL)
    {
        return NGX_ERROR;
    }

    b->start = f->body.data;
    b->pos = b->start;
    b->last = b->start + f->body.len;
    b->end = b->last;
    b->temporary = 1;
    b->last_buf = 1;

    cl->buf = b;
    cl->next = NULL;

    rb->bufs = cl;
    rb->buf = b;

    r->request_body = rb;
    r->headers_in.content_length_n = f->body.len;

    return NGX_OK;
}


static void
ngx_http_gate_fetch_begin(ngx_event_t *ev)
{
    ngx_connection_t       *c;
    ngx_http_request_t     *r;
    ngx_http_gate_fetch_t  *f;

    f = ev->data;
    r = f->request;
    c = r->connection;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, c->log, 0, "gate fetch: \"%V\"",
                   &r->uri);

    ngx_http_handler(r);
    ngx_http_run_posted_requests(c);
}


static void
ngx_http_gate_fetch_late(ngx_event_t *ev)
{
    ngx_http_gate_fetch_abort(ev->data, "there was no answer in time");
}


/* a worker that ends closes what is idle, or all that is left at last */

static void
ngx_http_gate_fetch_closing(ngx_event_t *ev)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    c = ev->data;
    r = c->data;

    if (c->close) {
        ngx_http_gate_fetch_abort(ngx_http_gate_fetch_of(r),
                                  "the worker ends");
    }
}


static void
ngx_http_gate_fetch_nothing(ngx_event_t *ev)
{
    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, ev->log, 0, "gate fetch: an event");
}


/* in the same way in which nginx ends a request whose client has gone */

static void
ngx_http_gate_fetch_abort(ngx_http_gate_fetch_t *f, const char *why)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = f->request;

    if (r == NULL || f->aborted) {
        return;
    }

    f->aborted = 1;

    if (f->why == NULL) {
        f->why = why;
    }

    if (f->event.posted) {
        ngx_delete_posted_event(&f->event);
    }

    c = r->connection;
    c->error = 1;

    r->count++;

    ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
    ngx_http_run_posted_requests(c);
}


/* the connection is closed, and its memory goes now */

static void
ngx_http_gate_fetch_closed(void *data)
{
    ngx_http_gate_fetch_t *f = data;

    f->request = NULL;

    if (f->timer.timer_set) {
        ngx_del_timer(&f->timer);
    }

    f->event.handler = ngx_http_gate_fetch_end;
    ngx_post_event(&f->event, &ngx_posted_events);
}


static void
ngx_http_gate_fetch_end(ngx_event_t *ev)
{
    ngx_http_gate_fetch_t         *f;
    ngx_http_gate_fetch_answer_t   answer;

    f = ev->data;

    if (f->handler != NULL) {
        answer.status = f->status;
        answer.type = f->content_type;
        answer.cache_control = f->cache_control;
        answer.body.data = f->answer;
        answer.body.len = f->len;

        answer.why = f->why ? f->why
                     : f->status == 0 ? "there was no answer"
                     : !f->complete ? "the answer was cut" : NULL;

        f->handler(f->data, &answer);
    }

    ngx_http_gate_fetch_free(f);
}


/* what was sent and what came may be of use to others */

static void
ngx_http_gate_fetch_free(ngx_http_gate_fetch_t *f)
{
    if (f->answer != NULL) {
        ngx_explicit_memzero(f->answer, f->len);
        ngx_free(f->answer);
    }

    if (f->body.len) {
        ngx_explicit_memzero(f->body.data, f->body.len);
    }

    ngx_destroy_pool(f->pool);
}


static u_char *
ngx_http_gate_fetch_log(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char                 *p;
    ngx_http_log_ctx_t     *ctx;
    ngx_http_gate_fetch_t  *f;

    ctx = log->data;
    f = (ngx_http_gate_fetch_t *)
            ((u_char *) ctx - offsetof(ngx_http_gate_fetch_t, ctx));

    p = buf;

    if (log->action) {
        p = ngx_snprintf(p, len, " while %s", log->action);
    }

    p = ngx_snprintf(p, buf + len - p, ", gate fetch: \"%V\"", &f->uri);

    if (ctx->request) {
        p = ctx->request->log_handler(ctx->request, ctx->current_request, p,
                                      buf + len - p);
    }

    return p;
}
