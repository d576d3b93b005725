
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Redis on a request's way: one link for each worker, and a circuit breaker.
 * While Redis does not answer a request learns so at once, or after one
 * deadline; it is never what the event loop waits for.
 */


#include "ngx_http_gate_redis_pool.h"

#include "ngx_http_gate_redis_link.h"

#include "gate_breaker.h"
#include "gate_say.h"


#define NGX_HTTP_GATE_REDIS_HUNG      2000         /* ms, then reconnect */
#define NGX_HTTP_GATE_REDIS_FAILURES  5            /* in a row, then open */
#define NGX_HTTP_GATE_REDIS_REST      1000         /* ms, until a trial */


#define NGX_HTTP_GATE_REDIS_ANSWERED  0
#define NGX_HTTP_GATE_REDIS_ERROR     1
#define NGX_HTTP_GATE_REDIS_TIMED_OUT 2
#define NGX_HTTP_GATE_REDIS_LOST      3
#define NGX_HTTP_GATE_REDIS_UNSENT    4
#define NGX_HTTP_GATE_REDIS_RESULTS   5


typedef struct {
    ngx_uint_t                     needed;

    /* of this worker */
    ngx_log_t                     *log;
    ngx_http_gate_redis_conf_t    *redis;
    ngx_http_gate_redis_link_t    *link;
    gate_breaker_t                 breaker;
    gate_say_t                     said;      /* it is open */
    ngx_atomic_t                  *results[NGX_HTTP_GATE_REDIS_RESULTS];
    ngx_atomic_t                  *opens;
    ngx_atomic_t                  *open;
} ngx_http_gate_redis_pool_t;


static ngx_http_gate_redis_pool_t *ngx_http_gate_redis_pool(
    ngx_cycle_t *cycle);
static void ngx_http_gate_redis_pool_answered(void *data, redisReply *reply);
static void ngx_http_gate_redis_pool_opened(ngx_http_gate_redis_pool_t *pool);
static void ngx_http_gate_redis_pool_count(ngx_http_gate_redis_pool_t *pool,
    ngx_uint_t result);
static ngx_uint_t ngx_http_gate_redis_pool_result(
    ngx_http_gate_redis_ask_t *ask, redisReply *reply);
static void ngx_http_gate_redis_pool_up(void *data, ngx_uint_t up);
static ngx_int_t ngx_http_gate_redis_pool_add(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_redis_pool_init_process(ngx_cycle_t *cycle);
static void ngx_http_gate_redis_pool_counters(
    ngx_http_gate_redis_pool_t *pool);
static void ngx_http_gate_redis_pool_exit_process(ngx_cycle_t *cycle);
static void ngx_http_gate_redis_pool_end(void *data);
static void *ngx_http_gate_redis_pool_create_main_conf(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_redis_pool_module_ctx = {
    ngx_http_gate_redis_pool_add,          /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_redis_pool_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_redis_pool_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_redis_pool_module_ctx,  /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_gate_redis_pool_init_process, /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_gate_redis_pool_exit_process, /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_gate_family_t  ngx_http_gate_redis_pool_calls = {
    "gate_redis_calls_total", NGX_HTTP_GATE_COUNTER,
    "Questions on the way of requests, by what became of them.",
    { "result", NULL, NULL, NULL }, "redis_calls", 0, NULL
};


static ngx_http_gate_family_t  ngx_http_gate_redis_pool_opens = {
    "gate_redis_breaker_opens_total", NGX_HTTP_GATE_COUNTER,
    "Times that a worker stopped asking Redis, as it did not answer.",
    { NULL, NULL, NULL, NULL }, "redis_breaker_opens", 0, NULL
};


static ngx_http_gate_family_t  ngx_http_gate_redis_pool_open = {
    "gate_redis_breaker_open", NGX_HTTP_GATE_GAUGE,
    "1 if this worker does not ask Redis, but for trials.",
    { "worker", NULL, NULL, NULL }, "redis_breakers", 0, NULL
};


static ngx_str_t  ngx_http_gate_redis_pool_results[] = {
    ngx_string("answered"),
    ngx_string("error"),
    ngx_string("timeout"),
    ngx_string("lost"),
    ngx_string("unsent")
};


/* what Redis says while it cannot answer anything */

static ngx_str_t  ngx_http_gate_redis_pool_passing[] = {
    ngx_string("LOADING "),
    ngx_string("MASTERDOWN "),
    ngx_string("BUSY "),
    ngx_null_string
};


void
ngx_http_gate_redis_pool_need(ngx_conf_t *cf)
{
    ngx_http_gate_redis_pool_t  *pool;

    pool = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_redis_pool_module);
    pool->needed = 1;
}


ngx_int_t
ngx_http_gate_redis_pool_send(ngx_http_gate_redis_ask_t *ask, int argc,
    const char **argv, const size_t *argvlen)
{
    gate_breaker_may_e           may;
    ngx_http_gate_redis_pool_t  *pool;

    pool = ngx_http_gate_redis_pool((ngx_cycle_t *) ngx_cycle);

    if (pool->link == NULL) {
        return NGX_DECLINED;
    }

    may = ngx_http_gate_redis_link_able(pool->link)
          ? gate_breaker_may(&pool->breaker, ngx_current_msec)
          : GATE_BREAKER_NO;

    if (may == GATE_BREAKER_NO) {
        ngx_http_gate_redis_pool_count(pool, NGX_HTTP_GATE_REDIS_UNSENT);
        return NGX_DECLINED;
    }

    ask->pool = pool;
    ask->trial = (may == GATE_BREAKER_TRIAL);
    ask->call.handler = ngx_http_gate_redis_pool_answered;
    ask->call.data = ask;
    ask->call.timer.timedout = 0;

    if (ngx_http_gate_redis_link_send(pool->link, &ask->call,
                                      pool->redis->timeout, argc, argv,
                                      argvlen)
        != NGX_OK)
    {
        gate_breaker_void(&pool->breaker, ask->trial);
        ngx_http_gate_redis_pool_count(pool, NGX_HTTP_GATE_REDIS_UNSENT);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


void
ngx_http_gate_redis_pool_cancel(ngx_http_gate_redis_ask_t *ask)
{
    ngx_http_gate_redis_pool_t  *pool;

    if (ask->call.ring == NULL) {
        return;
    }

    pool = ask->pool;

    ngx_http_gate_redis_ring_cancel(&ask->call);

    gate_breaker_void(&pool->breaker, ask->trial);
}


ngx_msec_t
ngx_http_gate_redis_pool_deadline(void)
{
    ngx_http_gate_redis_pool_t  *pool;

    pool = ngx_http_gate_redis_pool((ngx_cycle_t *) ngx_cycle);

    return pool->redis->timeout;
}


static ngx_http_gate_redis_pool_t *
ngx_http_gate_redis_pool(ngx_cycle_t *cycle)
{
    return ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_redis_pool_module);
}


static void
ngx_http_gate_redis_pool_answered(void *data, redisReply *reply)
{
    ngx_http_gate_redis_ask_t *ask = data;

    ngx_http_gate_redis_pool_t  *pool;

    pool = ask->pool;

    ngx_http_gate_redis_pool_count(pool,
                               ngx_http_gate_redis_pool_result(ask, reply));

    if (ngx_http_gate_redis_pool_failed(reply)) {

        if (gate_breaker_bad(&pool->breaker, ask->trial, ngx_current_msec)) {
            ngx_http_gate_redis_pool_opened(pool);
        }

    } else if (gate_breaker_good(&pool->breaker, ask->trial)
               && gate_say_over(&pool->said))
    {
        ngx_log_error(NGX_LOG_NOTICE, pool->log, 0,
                      "gate redis: \"%V\" answers calls again",
                      &pool->redis->url);
    }

    /* each time: a worker of this number that ends clears it, too */

    *pool->open = (pool->breaker.state != GATE_BREAKER_CLOSED);

    ask->handler(ask->data, reply);
}


static void
ngx_http_gate_redis_pool_opened(ngx_http_gate_redis_pool_t *pool)
{
    (void) ngx_atomic_fetch_add(pool->opens, 1);

    if (gate_say(&pool->said, 1, ngx_current_msec,
                 NGX_HTTP_GATE_REDIS_AGAIN))
    {
        ngx_log_error(NGX_LOG_ERR, pool->log, 0,
                      "gate redis: \"%V\" did not answer %d calls in a row "
                      "in time: it is tried again each %d ms",
                      &pool->redis->url, NGX_HTTP_GATE_REDIS_FAILURES,
                      NGX_HTTP_GATE_REDIS_REST);
    }
}


static void
ngx_http_gate_redis_pool_count(ngx_http_gate_redis_pool_t *pool,
    ngx_uint_t result)
{
    (void) ngx_atomic_fetch_add(pool->results[result], 1);
}


static ngx_uint_t
ngx_http_gate_redis_pool_result(ngx_http_gate_redis_ask_t *ask,
    redisReply *reply)
{
    if (reply == NULL) {
        return ask->call.timer.timedout ? NGX_HTTP_GATE_REDIS_TIMED_OUT
                                        : NGX_HTTP_GATE_REDIS_LOST;
    }

    return (reply->type == REDIS_REPLY_ERROR) ? NGX_HTTP_GATE_REDIS_ERROR
                                              : NGX_HTTP_GATE_REDIS_ANSWERED;
}


ngx_uint_t
ngx_http_gate_redis_pool_failed(redisReply *reply)
{
    ngx_str_t  *s;

    if (reply == NULL) {
        return 1;
    }

    if (reply->type != REDIS_REPLY_ERROR) {
        return 0;
    }

    for (s = ngx_http_gate_redis_pool_passing; s->len; s++) {
        if (ngx_strncmp(reply->str, s->data, s->len) == 0) {
            return 1;
        }
    }

    return 0;
}


/* one that has just logged in deserves a trial */

static void
ngx_http_gate_redis_pool_up(void *data, ngx_uint_t up)
{
    ngx_http_gate_redis_pool_t *pool = data;

    if (up) {
        gate_breaker_hope(&pool->breaker, ngx_current_msec);
    }
}


static ngx_int_t
ngx_http_gate_redis_pool_add(ngx_conf_t *cf)
{
    if (ngx_http_gate_metrics_add(cf, &ngx_http_gate_redis_pool_calls)
           != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_redis_pool_opens)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_metrics_add(cf, &ngx_http_gate_redis_pool_open);
}


static ngx_int_t
ngx_http_gate_redis_pool_init_process(ngx_cycle_t *cycle)
{
    ngx_pool_cleanup_t           *cln;
    ngx_http_gate_redis_pool_t   *pool;
    ngx_http_gate_redis_terms_t   terms;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    pool = ngx_http_gate_redis_pool(cycle);

    if (pool == NULL || !pool->needed) {
        return NGX_OK;
    }

    pool->redis = ngx_http_gate_redis_conf(cycle);

    if (pool->redis == NULL) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_gate_redis_pool_end;
    cln->data = pool;

    pool->log = cycle->log;

    ngx_http_gate_redis_pool_counters(pool);

    gate_breaker_init(&pool->breaker, NGX_HTTP_GATE_REDIS_FAILURES,
                      NGX_HTTP_GATE_REDIS_REST);

    ngx_memzero(&terms, sizeof(ngx_http_gate_redis_terms_t));

    terms.opening = pool->redis->timeout;
    terms.patience = ngx_max(pool->redis->timeout, NGX_HTTP_GATE_REDIS_HUNG);
    terms.waits = 1;
    terms.bills = 0;

    pool->link = ngx_http_gate_redis_link_create(cycle, &terms,
                                                 ngx_http_gate_redis_pool_up,
                                                 pool);

    return (pool->link != NULL) ? NGX_OK : NGX_ERROR;
}


/* shown from the start, also what has not happened */

static void
ngx_http_gate_redis_pool_counters(ngx_http_gate_redis_pool_t *pool)
{
    u_char      text[NGX_INT_T_LEN];
    ngx_str_t   worker;
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_GATE_REDIS_RESULTS; i++) {
        pool->results[i] = ngx_http_gate_metric(
                                       &ngx_http_gate_redis_pool_calls, 1,
                                       &ngx_http_gate_redis_pool_results[i]);
    }

    pool->opens = ngx_http_gate_metric(&ngx_http_gate_redis_pool_opens, 0,
                                       NULL);

    worker.data = text;
    worker.len = ngx_sprintf(text, "%ui", ngx_worker) - text;

    pool->open = ngx_http_gate_metric(&ngx_http_gate_redis_pool_open, 1,
                                      &worker);
    *pool->open = 0;
}


static void
ngx_http_gate_redis_pool_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_gate_redis_pool_t  *pool;

    pool = ngx_http_gate_redis_pool(cycle);

    if (pool != NULL) {
        ngx_http_gate_redis_pool_end(pool);

        if (pool->open != NULL) {
            *pool->open = 0;
        }
    }
}


/* also of an old cycle, in a process that is master and worker */

static void
ngx_http_gate_redis_pool_end(void *data)
{
    ngx_http_gate_redis_pool_t *pool = data;

    ngx_http_gate_redis_link_t  *link;

    link = pool->link;
    pool->link = NULL;

    if (link != NULL) {
        ngx_http_gate_redis_link_destroy(link);
    }
}


static void *
ngx_http_gate_redis_pool_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_redis_pool_t));
}
