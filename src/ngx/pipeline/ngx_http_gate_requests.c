
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is counted and timed of each request that met a policy: what the gate
 * decided and why, the class of the answer, how long it took.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_requests.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_reason.h"
#include "ngx_http_gate_request.h"


#define NGX_HTTP_GATE_REQUESTS_CLASSES  6

#define NGX_HTTP_GATE_REQUESTS_REFUSED   0
#define NGX_HTTP_GATE_REQUESTS_ADMITTED  1
#define NGX_HTTP_GATE_REQUESTS_ABORTED   2
#define NGX_HTTP_GATE_REQUESTS_ANSWERED  3
#define NGX_HTTP_GATE_REQUESTS_DECISIONS 4

#define NGX_HTTP_GATE_REQUESTS_GATEWAY  0
#define NGX_HTTP_GATE_REQUESTS_UPSTREAM 1
#define NGX_HTTP_GATE_REQUESTS_WHOLE    2
#define NGX_HTTP_GATE_REQUESTS_TIMES    3


/* found when first needed, of this worker */

struct ngx_http_gate_requests_s {
    ngx_atomic_t       *classes[NGX_HTTP_GATE_REQUESTS_CLASSES];
    gate_histogram_t   *times[NGX_HTTP_GATE_REQUESTS_TIMES];
    ngx_atomic_t      **decisions;        /* by these, and reason's number */
};


static uint64_t ngx_http_gate_requests_now(void);
static void ngx_http_gate_requests_decision(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_requests_t *q, ngx_uint_t status);
static ngx_atomic_t *ngx_http_gate_requests_counter(ngx_http_gate_ctx_t *ctx,
    ngx_uint_t decision, const ngx_http_gate_reason_t *reason);
static void ngx_http_gate_requests_class(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_requests_t *q, ngx_uint_t status);
static void ngx_http_gate_requests_times(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_requests_t *q);
static ngx_msec_int_t ngx_http_gate_requests_upstream(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static void ngx_http_gate_requests_time(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_requests_t *q, ngx_uint_t which, uint64_t us);
static gate_histogram_t *ngx_http_gate_requests_histogram(
    ngx_http_gate_ctx_t *ctx, ngx_uint_t which);


static ngx_http_gate_family_t  ngx_http_gate_requests_decisions = {
    "gate_requests_total", NGX_HTTP_GATE_COUNTER,
    "Requests that met a policy, by what the gate decided and why.",
    { "api", "version", "decision", "reason" }, "requests", 0, NULL
};


static ngx_http_gate_family_t  ngx_http_gate_requests_classes = {
    "gate_responses_total", NGX_HTTP_GATE_COUNTER,
    "Answers to requests that met a policy, by the class of their status.",
    { "api", "version", "class", NULL }, "responses", 0, NULL
};


static ngx_str_t  ngx_http_gate_requests_decision_names[] = {
    ngx_string("refused"),
    ngx_string("admitted"),
    ngx_string("aborted"),
    ngx_string("answered")
};


static ngx_str_t  ngx_http_gate_requests_class_names[] = {
    ngx_string("none"),
    ngx_string("1xx"),
    ngx_string("2xx"),
    ngx_string("3xx"),
    ngx_string("4xx"),
    ngx_string("5xx")
};


/* the gate's own work is of microseconds, all else as nginx sees it */

static const gate_histogram_bounds_t  ngx_http_gate_requests_fine = {
    { 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
      250000, 1000000 }
};


static const gate_histogram_bounds_t  ngx_http_gate_requests_coarse = {
    { 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000,
      2500000, 5000000, 10000000, 60000000 }
};


static ngx_http_gate_family_t  ngx_http_gate_requests_gateway = {
    "gate_gateway_duration_seconds", NGX_HTTP_GATE_HISTOGRAM,
    "From the first policy until a request was handed over or refused.",
    { "api", "version", NULL, NULL }, "gateway_duration", 0,
    &ngx_http_gate_requests_fine
};


static ngx_http_gate_family_t  ngx_http_gate_requests_upstreams = {
    "gate_upstream_duration_seconds", NGX_HTTP_GATE_HISTOGRAM,
    "Time that the sidecar took, in all tries.",
    { "api", "version", NULL, NULL }, "upstream_duration", 0,
    &ngx_http_gate_requests_coarse
};


static ngx_http_gate_family_t  ngx_http_gate_requests_whole = {
    "gate_request_duration_seconds", NGX_HTTP_GATE_HISTOGRAM,
    "From the first byte of a request until its answer was sent.",
    { "api", "version", NULL, NULL }, "request_duration", 0,
    &ngx_http_gate_requests_coarse
};


static ngx_http_gate_family_t  *ngx_http_gate_requests_families[] = {
    &ngx_http_gate_requests_gateway,
    &ngx_http_gate_requests_upstreams,
    &ngx_http_gate_requests_whole
};


ngx_int_t
ngx_http_gate_requests_add(ngx_conf_t *cf)
{
    ngx_uint_t  i;

    if (ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, requests),
                               sizeof(ngx_http_gate_requests_ctx_t))
           != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_requests_decisions)
           != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_requests_classes)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_GATE_REQUESTS_TIMES; i++) {
        if (ngx_http_gate_metrics_add(cf, ngx_http_gate_requests_families[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_http_gate_requests_t *
ngx_http_gate_requests_create(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_requests_t));
}


void
ngx_http_gate_requests_enter(ngx_http_gate_ctx_t *ctx)
{
    ctx->requests->entered_us = ngx_http_gate_requests_now();
}


/* once for each time that it has entered: try_files may bring it again */

void
ngx_http_gate_requests_decided(ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_requests_ctx_t  *own;

    own = ctx->requests;

    if (own->entered_us) {
        own->own_us += ngx_http_gate_requests_now() - own->entered_us;
        own->entered_us = 0;
        own->timed = 1;
    }
}


/* nginx's own time is of the millisecond in which events were seen */

static uint64_t
ngx_http_gate_requests_now(void)
{
    struct timespec  ts;

    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0) {
        return (uint64_t) ngx_current_msec * 1000;
    }

    return (uint64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


/*
 * By the location that gated it, which an error page may have left since.  The
 * status is that of the answer that went out; what a client did not wait for
 * has the one that nginx gave it, which a post_action writes over.
 */

void
ngx_http_gate_requests_settle(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_requests_t *q)
{
    ngx_uint_t  status;

    status = ctx->answer->status;

    if (status == 0) {
        status = r->post_action ? NGX_HTTP_CLIENT_CLOSED_REQUEST
                                : r->headers_out.status;
    }

    ngx_http_gate_requests_decision(r, ctx, q, status);
    ngx_http_gate_requests_class(ctx, q, status);

    if (status != NGX_HTTP_SWITCHING_PROTOCOLS) {
        /* how long a tunnel was open is no measure of anything here */
        ngx_http_gate_requests_times(r, ctx, q);
    }
}


/* who leaves while the gate waits was neither let in nor refused */

static void
ngx_http_gate_requests_decision(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_requests_t *q, ngx_uint_t status)
{
    ngx_uint_t                     i, n, decision;
    ngx_atomic_t                  *p;
    const ngx_http_gate_reason_t  *reason;

    n = ngx_http_gate_reason_count(r);

    if (q->decisions == NULL) {
        /* in the worker, whose own the pointers are */
        q->decisions = ngx_pcalloc(ngx_cycle->pool,
                                   NGX_HTTP_GATE_REQUESTS_DECISIONS
                                   * n * sizeof(ngx_atomic_t *));
    }

    reason = ngx_http_gate_said(r, ctx);

    decision = ctx->admitted ? NGX_HTTP_GATE_REQUESTS_ADMITTED
               : ctx->answered ? NGX_HTTP_GATE_REQUESTS_ANSWERED
               : (reason == NULL && status == NGX_HTTP_CLIENT_CLOSED_REQUEST)
                 ? NGX_HTTP_GATE_REQUESTS_ABORTED
                 : NGX_HTTP_GATE_REQUESTS_REFUSED;

    i = decision * n + ngx_http_gate_reason_number(r, reason);

    p = q->decisions ? q->decisions[i] : NULL;

    if (p == NULL) {
        p = ngx_http_gate_requests_counter(ctx, decision, reason);

        if (q->decisions) {
            q->decisions[i] = p;
        }
    }

    (void) ngx_atomic_fetch_add(p, 1);
}


static ngx_atomic_t *
ngx_http_gate_requests_counter(ngx_http_gate_ctx_t *ctx,
    ngx_uint_t decision, const ngx_http_gate_reason_t *reason)
{
    ngx_str_t  values[4];

    values[0] = ctx->api->name;
    values[1] = ctx->api->version;

    values[2] = ngx_http_gate_requests_decision_names[decision];

    ngx_str_null(&values[3]);

    if (reason != NULL) {
        values[3] = reason->token;
    }

    return ngx_http_gate_metric(&ngx_http_gate_requests_decisions, 4, values);
}


static void
ngx_http_gate_requests_class(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_requests_t *q, ngx_uint_t status)
{
    ngx_str_t      values[3];
    ngx_uint_t     class;
    ngx_atomic_t  *p;

    class = status / 100;

    if (class >= NGX_HTTP_GATE_REQUESTS_CLASSES) {
        class = 0;
    }

    p = q->classes[class];

    if (p == NULL) {
        values[0] = ctx->api->name;
        values[1] = ctx->api->version;
        values[2] = ngx_http_gate_requests_class_names[class];

        p = ngx_http_gate_metric(&ngx_http_gate_requests_classes, 3, values);
        q->classes[class] = p;
    }

    (void) ngx_atomic_fetch_add(p, 1);
}


static void
ngx_http_gate_requests_times(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_requests_t *q)
{
    ngx_time_t      *tp;
    ngx_msec_int_t   ms;

    if (ctx->requests->timed) {
        ngx_http_gate_requests_time(ctx, q, NGX_HTTP_GATE_REQUESTS_GATEWAY,
                                    ctx->requests->own_us);
    }

    ms = ngx_http_gate_requests_upstream(r, ctx);

    if (ms != NGX_ERROR) {
        ngx_http_gate_requests_time(ctx, q, NGX_HTTP_GATE_REQUESTS_UPSTREAM,
                                    (uint64_t) ms * 1000);
    }

    tp = ngx_timeofday();

    ms = (ngx_msec_int_t) ((tp->sec - r->start_sec) * 1000
                           + ((ngx_msec_int_t) tp->msec
                              - (ngx_msec_int_t) r->start_msec));

    /* the clock may have been set */

    ngx_http_gate_requests_time(ctx, q, NGX_HTTP_GATE_REQUESTS_WHOLE,
                                (uint64_t) ngx_max(ms, 0) * 1000);
}


/* milliseconds, NGX_ERROR: none was asked; without those of a post_action */

static ngx_msec_int_t
ngx_http_gate_requests_upstream(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t                  i, n;
    ngx_msec_int_t              ms;
    ngx_http_upstream_state_t  *state;

    if (r->upstream_states == NULL) {
        return NGX_ERROR;
    }

    if (ctx->answer->status) {
        n = ctx->answer->states;

    } else {
        n = r->post_action ? 0 : r->upstream_states->nelts;
    }

    state = r->upstream_states->elts;
    ms = NGX_ERROR;

    for (i = 0; i < n; i++) {

        if (state[i].peer == NULL
            || state[i].response_time == (ngx_msec_t) -1)
        {
            continue;
        }

        ms = ngx_max(ms, 0) + (ngx_msec_int_t) state[i].response_time;
    }

    return ms;
}


static ngx_inline void
ngx_http_gate_requests_time(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_requests_t *q, ngx_uint_t which, uint64_t us)
{
    gate_histogram_t  *h;

    h = q->times[which];

    if (h == NULL) {
        h = ngx_http_gate_requests_histogram(ctx, which);
        q->times[which] = h;
    }

    gate_histogram_add(h, ngx_http_gate_requests_families[which]->bounds, us);
}


/* once for a location and worker */

static gate_histogram_t *
ngx_http_gate_requests_histogram(ngx_http_gate_ctx_t *ctx, ngx_uint_t which)
{
    ngx_str_t  values[2];

    values[0] = ctx->api->name;
    values[1] = ctx->api->version;

    return ngx_http_gate_metric_histogram(
               ngx_http_gate_requests_families[which], 2, values);
}
