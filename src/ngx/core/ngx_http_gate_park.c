
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Parking: a request waits for a time or for an answer, and its worker does
 * not.  What limit_req does with the write event of the connection is done
 * with an event of the request's own: subrequests share the connection.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_stage.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_request.h"


/* one for each request that ever parked: the client's and its subrequests */

struct ngx_http_gate_park_s {
    ngx_http_gate_park_t       *next;
    ngx_http_request_t         *request;
    ngx_event_t                 event;     /* its time, or its turn */
    ngx_http_gate_cancel_pt     cancel;
    void                       *data;
    void                       *row;       /* that parked */
    ngx_http_event_handler_pt   reading;   /* the handler before */
    unsigned                    waiting:1; /* neither resumed nor cancelled */
    unsigned                    woken:1;   /* the row's turn */
};


static ngx_int_t ngx_http_gate_park_at(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *row);
static ngx_http_gate_park_t *ngx_http_gate_park_find(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_http_gate_park_t *ngx_http_gate_park_add(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_park_watch(ngx_http_request_t *r);
static void ngx_http_gate_park_writing(ngx_http_request_t *r);
static void ngx_http_gate_park_wake(ngx_event_t *ev);
static ngx_uint_t ngx_http_gate_park_leave(ngx_http_gate_park_t *p);
static void ngx_http_gate_park_cleanup(void *data);


ngx_int_t
ngx_http_gate_park(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_msec_t ms, ngx_http_gate_cancel_pt cancel, void *data)
{
    ngx_http_gate_park_t  *p;

    p = ngx_http_gate_park_find(r, ctx);

    if (p == NULL) {
        p = ngx_http_gate_park_add(r, ctx);
        if (p == NULL) {
            return NGX_ERROR;
        }
    }

    if (!ctx->may_park || p->waiting) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "gate park: %s", p->waiting ? "parked twice"
                                                  : "not a place to park");
        return NGX_ERROR;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate park: \"%V\" for %M ms", &r->uri, ms);

    if (ngx_http_gate_park_watch(r) != NGX_OK) {
        return NGX_ERROR;
    }

    p->reading = r->read_event_handler;
    p->cancel = cancel;
    p->data = data;
    p->waiting = 1;
    ctx->waited = 1;

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_gate_park_writing;

    if (ms != 0) {
        ngx_add_timer(&p->event, ms);
    }

    return NGX_AGAIN;
}


/* by a turn of its own: who calls is in the middle of something else */

void
ngx_http_gate_resume(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t   *ctx;
    ngx_http_gate_park_t  *p;

    ctx = ngx_http_gate_get_ctx(r);
    p = ctx ? ngx_http_gate_park_find(r, ctx) : NULL;

    if (p == NULL || !p->waiting) {
        return;
    }

    p->waiting = 0;

    if (p->event.timer_set) {
        ngx_del_timer(&p->event);
    }

    ngx_post_event(&p->event, &ngx_posted_events);
}


void *
ngx_http_gate_park_enter(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    void                  *row;
    ngx_http_gate_park_t  *p;

    p = ngx_http_gate_park_find(r, ctx);

    if (p == NULL) {
        return NULL;
    }

    row = p->row;

    if (!p->woken) {
        ngx_http_gate_park_leave(p);
        row = NULL;
    }

    p->row = NULL;
    p->woken = 0;

    return row;
}


static ngx_http_gate_park_t *
ngx_http_gate_park_find(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_park_t  *p;

    for (p = ctx->park; p; p = p->next) {
        if (p->request == r) {
            break;
        }
    }

    return p;
}


static ngx_http_gate_park_t *
ngx_http_gate_park_add(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_cleanup_t    *cln;
    ngx_http_gate_park_t  *p;

    /* of the client's request, also for a subrequest: before LOG */

    cln = ngx_http_cleanup_add(r, sizeof(ngx_http_gate_park_t));
    if (cln == NULL) {
        return NULL;
    }

    p = cln->data;
    ngx_memzero(p, sizeof(ngx_http_gate_park_t));

    cln->handler = ngx_http_gate_park_cleanup;

    p->request = r;
    p->event.handler = ngx_http_gate_park_wake;
    p->event.data = p;
    p->event.log = r->connection->log;

    p->next = ctx->park;
    ctx->park = p;

    return p;
}


/*
 * A client that leaves is seen by the reading of whoever the connection is
 * with.  If it has left already, or sent more, there is no further event.
 */

static ngx_int_t
ngx_http_gate_park_watch(ngx_http_request_t *r)
{
    ngx_event_t  *rev;

    rev = r->connection->read;

    if (rev->ready) {
        ngx_post_event(rev, &ngx_posted_events);
        return NGX_OK;
    }

    return (ngx_handle_read_event(rev, 0) == NGX_OK) ? NGX_OK : NGX_ERROR;
}


/* the connection can be written to, but its time has not come */

static void
ngx_http_gate_park_writing(ngx_http_request_t *r)
{
    if (ngx_handle_write_event(r->connection->write, 0) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }
}


static void
ngx_http_gate_park_wake(ngx_event_t *ev)
{
    ngx_connection_t      *c;
    ngx_http_request_t    *r;
    ngx_http_gate_park_t  *p;

    p = ev->data;
    r = p->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "gate park: \"%V\" wakes, late:%d", &r->uri, p->waiting);

    if (!ngx_http_gate_park_leave(p)) {
        /* a post_action has begun phases that have not come to the gate */
        return;
    }

    p->woken = 1;

    if (r->discard_body && c->read->ready) {
        /* what has arrived meanwhile has no further event, either */
        ngx_post_event(c->read, &ngx_posted_events);
    }

    ngx_http_core_run_phases(r);

    ngx_http_run_posted_requests(c);
}


/* 1: nobody else has taken the request, phases may go on */

static ngx_uint_t
ngx_http_gate_park_leave(ngx_http_gate_park_t *p)
{
    ngx_http_request_t  *r;

    ngx_http_gate_park_cleanup(p);

    r = p->request;

    if (r->write_event_handler != ngx_http_gate_park_writing) {
        return 0;
    }

    r->read_event_handler = p->reading;
    r->write_event_handler = ngx_http_core_run_phases;

    return 1;
}


/* whatever it waits for, it does so no more; also without phases to come */

static void
ngx_http_gate_park_cleanup(void *data)
{
    ngx_http_gate_park_t *p = data;

    if (p->event.timer_set) {
        ngx_del_timer(&p->event);
    }

    if (p->event.posted) {
        ngx_delete_posted_event(&p->event);
    }

    if (p->waiting) {
        p->waiting = 0;

        if (p->cancel != NULL) {
            p->cancel(p->data);
        }
    }
}


NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_park_ran(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_int_t rc, ngx_http_gate_stage_t *s)
{
    if (rc == NGX_AGAIN) {
        return ngx_http_gate_park_at(r, ctx, s);
    }

    if (ctx->park != NULL) {
        /* should it have parked before it failed */
        (void) ngx_http_gate_park_enter(r, ctx);
    }

    return rc;
}


/* a row has answered NGX_AGAIN: that, or NGX_ERROR if it did not park */

static ngx_int_t
ngx_http_gate_park_at(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    void *row)
{
    ngx_http_gate_park_t  *p;

    p = ngx_http_gate_park_find(r, ctx);

    if (p == NULL || !(p->waiting || p->event.posted)) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "gate park: a row waits for nothing");
        return NGX_ERROR;
    }

    p->row = row;

    return NGX_AGAIN;
}
