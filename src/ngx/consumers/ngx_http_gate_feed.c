
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The feed: the node hears of what changes in Redis, and moves the fence.
 *
 * Up to two workers of a configuration listen, each by itself, and none of
 * them leads: when one ends, as at a reload, or dies, the others have heard
 * what it did not, and the next one goes on from there.  What two hear is
 * bumped twice, which costs nothing.  More of them would only be more
 * connections.
 *
 * A worker has heard of all changes until the moment M if, in this order, it
 * asked for gate:v at M, was told it, sent a PING to the connection that
 * listens, and has the answer to that: what Redis told before is in front of
 * it, and versions say whether something is missing.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_feed.h"
#include "ngx_http_gate_fence.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_redis_back.h"

#include "gate_feed.h"
#include "gate_say.h"


#define NGX_HTTP_GATE_FEED_WORKERS    2
#define NGX_HTTP_GATE_FEED_TICK       25           /* ms */
#define NGX_HTTP_GATE_FEED_POLL       200
#define NGX_HTTP_GATE_FEED_JOIN       150          /* ms, to be handed on */
#define NGX_HTTP_GATE_FEED_DEAF       5000         /* ms, then it is said */
#define NGX_HTTP_GATE_FEED_AGAIN      60000


typedef struct {
    uint64_t                       up;
    uint64_t                       age;
} ngx_http_gate_feed_stat_t;


typedef struct {
    ngx_cycle_t                   *cycle;
    ngx_http_gate_listen_t        *listen;    /* NULL: others do */
    void                          *dummy;

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                      ident;

    ngx_event_t                    tick;
    ngx_http_gate_redis_call_t     version;
    gate_feed_t                    feed;
    gate_say_t                     said;      /* it does not hear */
    gate_say_t                     strange;   /* gate:v is no number */

    ngx_msec_t                     started;
    ngx_msec_t                     from;      /* it hears, 0: it does not */
    ngx_msec_t                     asked;     /* for the version, last */
    unsigned                       asking:1;  /* there is no answer yet */

    ngx_atomic_t                  *changes;
    ngx_atomic_t                  *gaps;
} ngx_http_gate_feed_conf_t;


static void ngx_http_gate_feed_heard(void *data, gate_str_t text);
static void ngx_http_gate_feed_written(void *data, redisReply *keys);
static void ngx_http_gate_feed_change(ngx_http_gate_feed_conf_t *fcf,
    gate_feed_change_t *change);
static void ngx_http_gate_feed_listens(void *data, ngx_uint_t up);
static void ngx_http_gate_feed_tick(ngx_event_t *ev);
static void ngx_http_gate_feed_poll(ngx_http_gate_feed_conf_t *fcf);
static void ngx_http_gate_feed_told(void *data, redisReply *reply);
static ngx_uint_t ngx_http_gate_feed_number(redisReply *reply,
    uint64_t *version);
static void ngx_http_gate_feed_strange(ngx_http_gate_feed_conf_t *fcf,
    redisReply *reply);
static void ngx_http_gate_feed_ponged(void *data);
static void ngx_http_gate_feed_cover(ngx_http_gate_feed_conf_t *fcf);
static void ngx_http_gate_feed_missed(ngx_http_gate_feed_conf_t *fcf,
    const char *why);
static void ngx_http_gate_feed_deaf(ngx_http_gate_feed_conf_t *fcf);
static ngx_int_t ngx_http_gate_feed_read(ngx_uint_t n, ngx_str_t *name,
    void *values);
static ngx_int_t ngx_http_gate_feed_add(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_feed_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_feed_init_process(ngx_cycle_t *cycle);
static void ngx_http_gate_feed_counters(ngx_http_gate_feed_conf_t *fcf);
static void ngx_http_gate_feed_exit_process(ngx_cycle_t *cycle);
static void ngx_http_gate_feed_end(void *data);
static void *ngx_http_gate_feed_create_main_conf(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_feed_module_ctx = {
    ngx_http_gate_feed_add,                /* preconfiguration */
    ngx_http_gate_feed_init,               /* postconfiguration */

    ngx_http_gate_feed_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_feed_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_feed_module_ctx,        /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_gate_feed_init_process,       /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_gate_feed_exit_process,       /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_gate_listener_t  ngx_http_gate_feed_listener = {
    ngx_http_gate_feed_heard,
    ngx_http_gate_feed_written,
    ngx_http_gate_feed_listens,
    ngx_http_gate_feed_ponged
};


static ngx_http_gate_family_t  ngx_http_gate_feed_changes = {
    "gate_feed_changes_total", NGX_HTTP_GATE_COUNTER,
    "Changes of callers in Redis that this worker has heard of.",
    { "worker", NULL, NULL, NULL }, "feed_changes", 0, NULL
};


static ngx_http_gate_family_t  ngx_http_gate_feed_gaps = {
    "gate_feed_gaps_total", NGX_HTTP_GATE_COUNTER,
    "Times that this worker may have missed one: all that was remembered is "
    "asked for again.",
    { "worker", NULL, NULL, NULL }, "feed_gaps", 0, NULL
};


static const ngx_http_gate_row_t  ngx_http_gate_feed_rows[] = {

    { "up", "gate_feed_up", NGX_HTTP_GATE_GAUGE,
      "1 if this node hears of changes of callers in Redis.", NULL,
      ngx_http_gate_row(BOOLEAN, ngx_http_gate_feed_stat_t, up) },

    { "age_ms", "gate_feed_age_ms", NGX_HTTP_GATE_GAUGE,
      "Milliseconds since this node has known of all of them; the largest "
      "number if it never has.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_feed_stat_t, age) },

      ngx_http_gate_null_row
};


static ngx_http_gate_group_t  ngx_http_gate_feed_group = {
    "feed", 1, NULL, NULL, sizeof(ngx_http_gate_feed_stat_t),
    ngx_http_gate_feed_read, ngx_http_gate_feed_rows
};


static void
ngx_http_gate_feed_heard(void *data, gate_str_t text)
{
    ngx_http_gate_feed_conf_t *fcf = data;

    uint64_t            version;
    gate_feed_change_t  change;

    if (!gate_feed_message(text, &version, &change)) {
        ngx_http_gate_feed_missed(fcf, "a message is not understood");
        return;
    }

    ngx_http_gate_feed_change(fcf, &change);

    switch (gate_feed_heard(&fcf->feed, version)) {

    case GATE_FEED_OK:
        break;

    case GATE_FEED_LOST:
        ngx_http_gate_feed_missed(fcf, "a message was lost");
        break;

    default:
        ngx_http_gate_feed_missed(fcf, "versions went back");
    }
}


/*
 * by whomever, also by hand; no array: all keys.  A key that is not understood
 * may still be one that a caller is admitted by: it counts as a change of all.
 */

static void
ngx_http_gate_feed_written(void *data, redisReply *keys)
{
    ngx_http_gate_feed_conf_t *fcf = data;

    size_t               i;
    redisReply          *key;
    gate_feed_change_t   change;

    if (keys->type != REDIS_REPLY_ARRAY) {
        ngx_http_gate_feed_missed(fcf, "Redis was emptied");
        return;
    }

    for (i = 0; i < keys->elements; i++) {
        key = keys->element[i];

        if (key->type != REDIS_REPLY_STRING
            || !gate_feed_key(gate_str(key->str, key->len), &change))
        {
            ngx_http_gate_feed_missed(fcf, "a key is not understood");
            return;
        }

        ngx_http_gate_feed_change(fcf, &change);
    }
}


static void
ngx_http_gate_feed_change(ngx_http_gate_feed_conf_t *fcf,
    gate_feed_change_t *change)
{
    ngx_http_gate_fence_bump(change->kind, change->name);

    (void) ngx_atomic_fetch_add(fcf->changes, 1);
}


static void
ngx_http_gate_feed_listens(void *data, ngx_uint_t up)
{
    ngx_http_gate_feed_conf_t *fcf = data;

    ngx_http_gate_redis_ring_cancel(&fcf->version);

    ngx_memzero(&fcf->feed, sizeof(gate_feed_t));

    fcf->asking = 0;
    fcf->asked = ngx_current_msec - NGX_HTTP_GATE_FEED_POLL;
    fcf->from = up ? ngx_current_msec : 0;
}


static void
ngx_http_gate_feed_tick(ngx_event_t *ev)
{
    ngx_http_gate_feed_conf_t  *fcf;

    fcf = ev->data;

    /* another cycle: a reload without a master process */

    if (ngx_exiting || ngx_quit || ngx_terminate || fcf->cycle != ngx_cycle) {
        return;
    }

    ngx_http_gate_listen_again(fcf->listen);

    if (fcf->from && !fcf->asking
        && (ngx_current_msec - fcf->asked >= NGX_HTTP_GATE_FEED_POLL
            || gate_fence_wanted(ngx_http_gate_fence)))
    {
        ngx_http_gate_feed_poll(fcf);
    }

    ngx_http_gate_feed_deaf(fcf);

    ngx_add_timer(ev, NGX_HTTP_GATE_FEED_TICK);
}


static void
ngx_http_gate_feed_poll(ngx_http_gate_feed_conf_t *fcf)
{
    static const size_t  len[] = { 3, 6 };
    static const char   *arg[] = { "GET", "gate:v" };

    fcf->asked = ngx_current_msec;

    gate_feed_asked(&fcf->feed);

    fcf->asking = (ngx_http_gate_redis_back_send(&fcf->version, 2, arg, len)
                   == NGX_OK);
}


static void
ngx_http_gate_feed_told(void *data, redisReply *reply)
{
    ngx_http_gate_feed_conf_t *fcf = data;

    uint64_t  version;

    if (reply == NULL) {
        fcf->asking = 0;
        return;
    }

    if (!ngx_http_gate_feed_number(reply, &version)) {
        fcf->asking = 0;
        ngx_http_gate_feed_strange(fcf, reply);
        return;
    }

    if (gate_feed_told(&fcf->feed, version) != GATE_FEED_OK) {
        ngx_http_gate_feed_missed(fcf, "gate:v went back");
    }

    if (ngx_http_gate_listen_ping(fcf->listen) != NGX_OK) {
        fcf->asking = 0;
    }
}


/* nobody has counted yet: 0 */

static ngx_uint_t
ngx_http_gate_feed_number(redisReply *reply, uint64_t *version)
{
    if (reply->type == REDIS_REPLY_NIL) {
        *version = 0;
        return 1;
    }

    return reply->type == REDIS_REPLY_STRING
           && gate_feed_version(gate_str(reply->str, reply->len), version);
}


static void
ngx_http_gate_feed_strange(ngx_http_gate_feed_conf_t *fcf, redisReply *reply)
{
    ngx_uint_t  error;

    if (!gate_say(&fcf->strange, 1, ngx_current_msec,
                  NGX_HTTP_GATE_FEED_AGAIN))
    {
        return;
    }

    error = (reply->type == REDIS_REPLY_ERROR);

    ngx_log_error(NGX_LOG_ERR, fcf->cycle->log, 0,
                  "gate feed: Redis does not tell a number for gate:v%s%*s",
                  error ? ": " : "", error ? (size_t) reply->len : (size_t) 0,
                  reply->str);
}


static void
ngx_http_gate_feed_ponged(void *data)
{
    ngx_http_gate_feed_conf_t *fcf = data;

    fcf->asking = 0;

    if (gate_feed_complete(&fcf->feed) != GATE_FEED_OK) {
        ngx_http_gate_feed_missed(fcf, "a message did not come");
    }

    ngx_http_gate_feed_cover(fcf);
}


/*
 * All is known until fcf->asked, but for the time before this worker heard.
 * Others are asked to hand on; where there are none that time is a gap.
 */

static void
ngx_http_gate_feed_cover(ngx_http_gate_feed_conf_t *fcf)
{
    ngx_uint_t  never;

    if (gate_fence_cover(ngx_http_gate_fence, fcf->from, fcf->asked)) {
        return;
    }

    never = (ngx_http_gate_fence_age() == NGX_HTTP_GATE_FENCE_NEVER);

    if (!never && ngx_current_msec - fcf->from < NGX_HTTP_GATE_FEED_JOIN) {
        return;
    }

    if (!never) {
        ngx_http_gate_feed_missed(fcf, "nobody listened for a while");
    }

    gate_fence_restart(ngx_http_gate_fence, fcf->asked);
}


static void
ngx_http_gate_feed_missed(ngx_http_gate_feed_conf_t *fcf, const char *why)
{
    ngx_http_gate_fence_bump_all();

    (void) ngx_atomic_fetch_add(fcf->gaps, 1);

    ngx_log_error(NGX_LOG_NOTICE, fcf->cycle->log, 0,
                  "gate feed: %s: changes of callers may have been missed, "
                  "all that was remembered is asked for again", why);
}


static void
ngx_http_gate_feed_deaf(ngx_http_gate_feed_conf_t *fcf)
{
    ngx_msec_t  age;

    age = ngx_http_gate_fence_age();
    age = ngx_min(age, ngx_current_msec - fcf->started);

    if (age < NGX_HTTP_GATE_FEED_DEAF) {

        if (gate_say_over(&fcf->said)) {
            ngx_log_error(NGX_LOG_NOTICE, fcf->cycle->log, 0,
                          "gate feed: changes of callers are heard of again");
        }

        return;
    }

    if (gate_say(&fcf->said, 1, ngx_current_msec, NGX_HTTP_GATE_FEED_AGAIN)) {
        ngx_log_error(NGX_LOG_WARN, fcf->cycle->log, 0,
                      "gate feed: changes of callers in Redis are not heard "
                      "of: each request asks Redis, where that answers");
    }
}


static ngx_int_t
ngx_http_gate_feed_read(ngx_uint_t n, ngx_str_t *name, void *values)
{
    ngx_http_gate_feed_stat_t *st = values;

    if (ngx_http_gate_fence == NULL) {
        return NGX_DECLINED;
    }

    st->up = ngx_http_gate_fence_fresh();
    st->age = ngx_http_gate_fence_age();

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_feed_add(ngx_conf_t *cf)
{
    if (ngx_http_gate_metrics_add_group(cf, &ngx_http_gate_feed_group)
           != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_feed_changes)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_metrics_add(cf, &ngx_http_gate_feed_gaps);
}


static ngx_int_t
ngx_http_gate_feed_init(ngx_conf_t *cf)
{
    if (ngx_http_gate_fence_needed(cf)) {
        ngx_http_gate_redis_back_need(cf);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_feed_init_process(ngx_cycle_t *cycle)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_gate_feed_conf_t  *fcf;

    if ((ngx_process != NGX_PROCESS_WORKER
         && ngx_process != NGX_PROCESS_SINGLE)
        || ngx_http_gate_fence == NULL
        || ngx_worker >= NGX_HTTP_GATE_FEED_WORKERS)
    {
        return NGX_OK;
    }

    fcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_feed_module);

    cln = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_gate_feed_end;
    cln->data = fcf;

    fcf->cycle = cycle;
    fcf->ident = -1;
    fcf->started = ngx_current_msec;

    fcf->version.handler = ngx_http_gate_feed_told;
    fcf->version.data = fcf;

    ngx_http_gate_feed_counters(fcf);

    fcf->listen = ngx_http_gate_listen_create(cycle,
                                              &ngx_http_gate_feed_listener,
                                              fcf);
    if (fcf->listen == NULL) {
        return NGX_ERROR;
    }

    fcf->tick.handler = ngx_http_gate_feed_tick;
    fcf->tick.data = fcf;
    fcf->tick.log = cycle->log;
    fcf->tick.cancelable = 1;

    ngx_add_timer(&fcf->tick, NGX_HTTP_GATE_FEED_TICK);

    return NGX_OK;
}


static void
ngx_http_gate_feed_counters(ngx_http_gate_feed_conf_t *fcf)
{
    u_char     text[NGX_INT_T_LEN];
    ngx_str_t  worker;

    worker.data = text;
    worker.len = ngx_sprintf(text, "%ui", ngx_worker) - text;

    fcf->changes = ngx_http_gate_metric(&ngx_http_gate_feed_changes, 1,
                                        &worker);
    fcf->gaps = ngx_http_gate_metric(&ngx_http_gate_feed_gaps, 1, &worker);
}


static void
ngx_http_gate_feed_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_gate_feed_conf_t  *fcf;

    fcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_feed_module);

    if (fcf != NULL) {
        ngx_http_gate_feed_end(fcf);
    }
}


/* also of an old cycle, in a process that is master and worker */

static void
ngx_http_gate_feed_end(void *data)
{
    ngx_http_gate_feed_conf_t *fcf = data;

    ngx_http_gate_listen_t  *listen;

    listen = fcf->listen;
    fcf->listen = NULL;

    if (listen == NULL) {
        return;
    }

    ngx_http_gate_redis_ring_cancel(&fcf->version);
    ngx_http_gate_listen_destroy(listen);

    if (fcf->tick.timer_set) {
        ngx_del_timer(&fcf->tick);
    }
}


static void *
ngx_http_gate_feed_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_feed_conf_t));
}
