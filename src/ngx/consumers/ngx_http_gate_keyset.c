
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys by URL: fetched ahead of their end by one worker for all, and once more
 * for a token that names a key which is not there yet.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_keyset_own.h"
#include "ngx_http_gate_park.h"

#include "gate_discovery.h"


#define NGX_HTTP_GATE_KEYSET_TICK   20        /* ms: have others got it? */
#define NGX_HTTP_GATE_KEYSET_LOOK   5000      /* ms: is anything to do? */
#define NGX_HTTP_GATE_KEYSET_LATE   2000      /* ms, after the deadline */


/* a request that waits, or has waited: it does so once */

typedef struct {
    ngx_queue_t                queue;
    ngx_http_request_t        *request;
    ngx_http_gate_keyset_t    *set;
    unsigned                   waits:1;
} ngx_http_gate_keyset_wait_t;


static ngx_http_gate_keyset_wait_t *ngx_http_gate_keyset_waited(
    ngx_http_request_t *r, ngx_http_gate_keyset_t *set);
static ngx_int_t ngx_http_gate_keyset_over(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_keyset_t *set);
static ngx_int_t ngx_http_gate_keyset_park(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_keyset_t *set);
static void ngx_http_gate_keyset_cancel(void *data);
static void ngx_http_gate_keyset_forget(void *data);
static void ngx_http_gate_keyset_wake(ngx_http_gate_keyset_t *set);
static void ngx_http_gate_keyset_tick(ngx_event_t *ev);
static void ngx_http_gate_keyset_timer(ngx_event_t *ev);
static ngx_uint_t ngx_http_gate_keyset_begin(ngx_http_gate_keyset_t *set,
    gate_keyset_why_e why);
static ngx_uint_t ngx_http_gate_keyset_dead(gate_keyset_t *s);
static void ngx_http_gate_keyset_fetch(ngx_http_gate_keyset_t *set,
    ngx_str_t *uri, ngx_str_t *target, size_t max,
    ngx_http_gate_fetch_pt handler);
static void ngx_http_gate_keyset_discovered(void *data,
    ngx_http_gate_fetch_answer_t *answer);
static void ngx_http_gate_keyset_fetched(void *data,
    ngx_http_gate_fetch_answer_t *answer);
static const char *ngx_http_gate_keyset_bad(
    ngx_http_gate_fetch_answer_t *answer);
static void ngx_http_gate_keyset_failed(ngx_http_gate_keyset_t *set,
    ngx_http_gate_fetch_answer_t *answer, ngx_str_t *uri, const char *why);
static ngx_int_t ngx_http_gate_keyset_init_process(ngx_cycle_t *cycle);
static void ngx_http_gate_keyset_exit_process(ngx_cycle_t *cycle);
static void ngx_http_gate_keyset_start(ngx_http_gate_keyset_t *set);
static void ngx_http_gate_keyset_count(ngx_http_gate_keyset_t *set,
    ngx_uint_t good);


static ngx_command_t  ngx_http_gate_keyset_commands[] = {

    { ngx_string("gate_key_cache"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_keyset_folder,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_keyset_module_ctx = {
    ngx_http_gate_keyset_preconfiguration, /* preconfiguration */
    ngx_http_gate_keyset_init,             /* postconfiguration */

    ngx_http_gate_keyset_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_keyset_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_keyset_module_ctx,      /* module context */
    ngx_http_gate_keyset_commands,         /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_gate_keyset_init_process,     /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_gate_keyset_exit_process,     /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


ngx_int_t
ngx_http_gate_keyset_ask(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_issuer_t *is)
{
    ngx_uint_t                    under_way;
    ngx_http_gate_keyset_t       *set;
    ngx_http_gate_keyset_wait_t  *w;

    set = is->set;

    if (set == NULL || set->sh == NULL) {
        return NGX_DECLINED;
    }

    w = ngx_http_gate_keyset_waited(r, set);

    if (w != NULL) {
        return ngx_http_gate_keyset_over(ctx, set);
    }

    if (!ctx->may_park) {
        return NGX_AGAIN;
    }

    ngx_shmtx_lock(&set->shpool->mutex);

    under_way = gate_keyset_running(&set->sh->state,
                                    ngx_http_gate_keyset_now())
                && !ngx_http_gate_keyset_dead(&set->sh->state);

    ngx_shmtx_unlock(&set->shpool->mutex);

    if (!under_way
        && !ngx_http_gate_keyset_begin(set, GATE_KEYSET_UNKNOWN))
    {
        return ngx_http_gate_keyset_over(ctx, set);
    }

    return ngx_http_gate_keyset_park(r, ctx, set);
}


static ngx_http_gate_keyset_wait_t *
ngx_http_gate_keyset_waited(ngx_http_request_t *r, ngx_http_gate_keyset_t *set)
{
    ngx_pool_cleanup_t           *cln;
    ngx_http_gate_keyset_wait_t  *w;

    for (cln = r->main->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_gate_keyset_forget) {
            w = cln->data;

            if (w->request == r && w->set == set) {
                return w;
            }
        }
    }

    return NULL;
}


/* nothing more is to come for this request */

static ngx_int_t
ngx_http_gate_keyset_over(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_keyset_t *set)
{
    int64_t     now_ms, wait_ms;
    ngx_uint_t  usable;

    now_ms = ngx_http_gate_keyset_now();

    ngx_shmtx_lock(&set->shpool->mutex);

    usable = gate_keyset_usable(&set->sh->state, &set->plan, now_ms);
    wait_ms = gate_keyset_wait(&set->sh->state, now_ms);

    ngx_shmtx_unlock(&set->shpool->mutex);

    if (usable) {
        return NGX_DECLINED;
    }

    ctx->retry_after = (ngx_uint_t) ((wait_ms + 999) / 1000);

    return NGX_BUSY;
}


static ngx_int_t
ngx_http_gate_keyset_park(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_keyset_t *set)
{
    ngx_pool_cleanup_t           *cln;
    ngx_http_gate_keyset_wait_t  *w;

    cln = ngx_pool_cleanup_add(r->main->pool,
                               sizeof(ngx_http_gate_keyset_wait_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    w = cln->data;
    w->request = r;
    w->set = set;
    w->waits = 1;

    cln->handler = ngx_http_gate_keyset_forget;

    ngx_queue_insert_tail(&set->waiting, &w->queue);

    if (set->fetch != NULL) {
        ngx_http_gate_fetch_hold(set->fetch);

    } else if (!set->ticker.timer_set) {
        ngx_add_timer(&set->ticker, NGX_HTTP_GATE_KEYSET_TICK);
    }

    if (ngx_http_gate_park(r, ctx, 2 * set->timeout
                                   + NGX_HTTP_GATE_KEYSET_LATE,
                           ngx_http_gate_keyset_cancel, w)
        != NGX_AGAIN)
    {
        ngx_http_gate_keyset_cancel(w);
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


static void
ngx_http_gate_keyset_cancel(void *data)
{
    ngx_http_gate_keyset_wait_t *w = data;

    if (w->waits) {
        w->waits = 0;
        ngx_queue_remove(&w->queue);
    }
}


static void
ngx_http_gate_keyset_forget(void *data)
{
    ngx_http_gate_keyset_cancel(data);
}


static void
ngx_http_gate_keyset_wake(ngx_http_gate_keyset_t *set)
{
    ngx_queue_t                  *q;
    ngx_http_gate_keyset_wait_t  *w;

    while (!ngx_queue_empty(&set->waiting)) {
        q = ngx_queue_head(&set->waiting);
        w = ngx_queue_data(q, ngx_http_gate_keyset_wait_t, queue);

        ngx_http_gate_keyset_cancel(w);
        ngx_http_gate_resume(w->request);
    }
}


/* another worker fetches: has it? */

static void
ngx_http_gate_keyset_tick(ngx_event_t *ev)
{
    ngx_uint_t               under_way;
    ngx_http_gate_keyset_t  *set;

    set = ev->data;

    if (ngx_queue_empty(&set->waiting) || set->fetch != NULL) {
        return;
    }

    ngx_shmtx_lock(&set->shpool->mutex);

    under_way = gate_keyset_running(&set->sh->state,
                                    ngx_http_gate_keyset_now())
                && !ngx_http_gate_keyset_dead(&set->sh->state);

    ngx_shmtx_unlock(&set->shpool->mutex);

    if (under_way || ngx_http_gate_keyset_begin(set, GATE_KEYSET_DUE)) {
        ngx_add_timer(ev, NGX_HTTP_GATE_KEYSET_TICK);
        return;
    }

    ngx_http_gate_keyset_wake(set);
}


static void
ngx_http_gate_keyset_timer(ngx_event_t *ev)
{
    int64_t                  wait_ms;
    ngx_http_gate_keyset_t  *set;

    if (ngx_exiting || ngx_quit || ngx_terminate) {
        return;
    }

    set = ev->data;

    (void) ngx_http_gate_keyset_begin(set, GATE_KEYSET_DUE);

    ngx_shmtx_lock(&set->shpool->mutex);

    wait_ms = gate_keyset_wait(&set->sh->state, ngx_http_gate_keyset_now());

    ngx_shmtx_unlock(&set->shpool->mutex);

    wait_ms = ngx_min(wait_ms, NGX_HTTP_GATE_KEYSET_LOOK);

    ngx_add_timer(ev, (ngx_msec_t) wait_ms + ngx_random() % 100);
}


/* 1: this worker fetches it now */

static ngx_uint_t
ngx_http_gate_keyset_begin(ngx_http_gate_keyset_t *set, gate_keyset_why_e why)
{
    ngx_uint_t  begun;

    if (set->fetch != NULL) {
        return 0;
    }

    ngx_shmtx_lock(&set->shpool->mutex);

    if (ngx_http_gate_keyset_dead(&set->sh->state)) {
        gate_keyset_left(&set->sh->state, set->sh->state.holder,
                         ngx_http_gate_keyset_now());
    }

    begun = gate_keyset_begin(&set->sh->state, &set->plan, why, ngx_pid,
                              ngx_http_gate_keyset_now());

    ngx_shmtx_unlock(&set->shpool->mutex);

    if (!begun) {
        return 0;
    }

    if (set->discovery.len) {
        ngx_http_gate_keyset_fetch(set, &set->discovery, NULL,
                                   GATE_DISCOVERY_MAX,
                                   ngx_http_gate_keyset_discovered);

    } else {
        ngx_http_gate_keyset_fetch(set, &set->uri, NULL, GATE_JWKS_MAX,
                                   ngx_http_gate_keyset_fetched);
    }

    return set->fetch != NULL;
}


/* whoever fetched it was killed; one with the same number is waited for */

static ngx_uint_t
ngx_http_gate_keyset_dead(gate_keyset_t *s)
{
    return s->holder != 0 && s->holder != ngx_pid
           && kill((ngx_pid_t) s->holder, 0) == -1 && ngx_errno == NGX_ESRCH;
}


static void
ngx_http_gate_keyset_fetch(ngx_http_gate_keyset_t *set, ngx_str_t *uri,
    ngx_str_t *target, size_t max, ngx_http_gate_fetch_pt handler)
{
    ngx_http_gate_fetch_ask_t  ask;

    ngx_memzero(&ask, sizeof(ngx_http_gate_fetch_ask_t));

    ask.server = set->server;
    ask.uri = *uri;
    ask.max = max;
    ask.ms = set->timeout;
    ask.idle = ngx_queue_empty(&set->waiting);
    ask.handler = handler;
    ask.data = set;

    if (target != NULL) {
        ask.target = *target;
    }

    set->fetch = ngx_http_gate_fetch(&ask);

    if (set->fetch == NULL) {
        ngx_http_gate_keyset_failed(set, NULL, uri,
                                    "there is no room for a request");
    }
}


static void
ngx_http_gate_keyset_discovered(void *data,
    ngx_http_gate_fetch_answer_t *answer)
{
    ngx_http_gate_keyset_t *set = data;

    u_char             buf[GATE_DISCOVERY_URI];
    ngx_str_t          target;
    gate_str_t         uri;
    const char        *why;
    gate_discovery_t   d;

    set->fetch = NULL;

    why = ngx_http_gate_keyset_bad(answer);

    if (why == NULL) {

        /* of ngx_str_t, which has the layout of gate_str_t */

        d.issuer = set->issuer->jwt.issuer;
        d.hosts = set->hosts ? set->hosts->elts : NULL;
        d.nhosts = set->hosts ? set->hosts->nelts : 0;

        why = gate_discovery_keys(&d, ngx_http_gate_view(&answer->body), buf,
                                  &uri);
    }

    if (why != NULL) {
        ngx_http_gate_keyset_failed(set, answer, &set->discovery, why);
        return;
    }

    target.data = uri.data;
    target.len = uri.len;

    ngx_http_gate_keyset_fetch(set, &set->uri, &target, GATE_JWKS_MAX,
                               ngx_http_gate_keyset_fetched);
}


static void
ngx_http_gate_keyset_fetched(void *data, ngx_http_gate_fetch_answer_t *answer)
{
    ngx_http_gate_keyset_t *set = data;

    char         err[256];
    const char  *why;

    set->fetch = NULL;

    why = ngx_http_gate_keyset_bad(answer);

    if (why == NULL) {
        why = ngx_http_gate_keyset_take(set, &answer->body,
                  gate_keyset_ttl(ngx_http_gate_view(&answer->cache_control)),
                  err, sizeof(err), ngx_cycle->log);
    }

    if (why != NULL) {
        ngx_http_gate_keyset_failed(set, answer, &set->uri, why);
        return;
    }

    ngx_http_gate_keyset_count(set, 1);
    ngx_http_gate_keyset_keep(set, &answer->body, ngx_cycle->log);
    ngx_http_gate_keyset_wake(set);
}


/* what is not even looked at */

static const char *
ngx_http_gate_keyset_bad(ngx_http_gate_fetch_answer_t *answer)
{
    if (answer->why != NULL) {
        return answer->why;
    }

    if (answer->status != NGX_HTTP_OK) {
        return "the status is not 200";
    }

    if (!gate_keyset_json(ngx_http_gate_view(&answer->type))) {
        return "its Content-Type is not application/json";
    }

    return answer->body.len ? NULL : "it is empty";
}


/* the keys that are there stay; a worker that ends leaves it to others */

static void
ngx_http_gate_keyset_failed(ngx_http_gate_keyset_t *set,
    ngx_http_gate_fetch_answer_t *answer, ngx_str_t *uri, const char *why)
{
    int64_t     now_ms, age_ms;
    uint64_t    version;
    ngx_uint_t  status;

    now_ms = ngx_http_gate_keyset_now();
    status = answer ? answer->status : 0;

    ngx_shmtx_lock(&set->shpool->mutex);

    if (ngx_exiting && (answer == NULL || answer->why != NULL)) {
        gate_keyset_left(&set->sh->state, ngx_pid, now_ms);
        why = NULL;

    } else {
        gate_keyset_failed(&set->sh->state, &set->plan, ngx_pid,
                           (uint32_t) ngx_random(), now_ms);
    }

    version = set->sh->state.version;
    age_ms = now_ms - set->sh->state.fetched_ms;

    ngx_shmtx_unlock(&set->shpool->mutex);

    if (why == NULL) {
        ngx_http_gate_keyset_wake(set);
        return;
    }

    ngx_http_gate_keyset_count(set, 0);

    if (version) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "gate keys: issuer \"%V\": \"%V\", status %ui: %s; "
                      "the keys of %L s ago stay", &set->issuer->name, uri,
                      status, why, age_ms / 1000);

    } else {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "gate keys: issuer \"%V\": \"%V\", status %ui: %s; "
                      "there are no keys", &set->issuer->name, uri, status,
                      why);
    }

    ngx_http_gate_keyset_wake(set);
}


static void
ngx_http_gate_keyset_count(ngx_http_gate_keyset_t *set, ngx_uint_t good)
{
    ngx_str_t      values[2];
    ngx_atomic_t **p;

    p = good ? &set->good : &set->failed;

    if (*p == NULL) {
        values[0] = set->issuer->name;

        if (good) {
            ngx_str_set(&values[1], "ok");

        } else {
            ngx_str_set(&values[1], "failed");
        }

        *p = ngx_http_gate_metric(&ngx_http_gate_keyset_fetches, 2, values);
    }

    (void) ngx_atomic_fetch_add(*p, 1);
}


/* in each worker */

static void
ngx_http_gate_keyset_start(ngx_http_gate_keyset_t *set)
{
    set->timer.handler = ngx_http_gate_keyset_timer;
    set->timer.data = set;
    set->timer.log = ngx_cycle->log;
    set->timer.cancelable = 1;

    set->ticker.handler = ngx_http_gate_keyset_tick;
    set->ticker.data = set;
    set->ticker.log = ngx_cycle->log;
    set->ticker.cancelable = 1;

    ngx_add_timer(&set->timer, 1);
}


/* its memory goes, or the process */

void
ngx_http_gate_keyset_stop(ngx_http_gate_keyset_t *set)
{
    if (set->timer.timer_set) {
        ngx_del_timer(&set->timer);
    }

    if (set->ticker.timer_set) {
        ngx_del_timer(&set->ticker);
    }

    if (set->fetch != NULL) {
        ngx_http_gate_fetch_cancel(set->fetch);
        set->fetch = NULL;

        ngx_shmtx_lock(&set->shpool->mutex);

        gate_keyset_left(&set->sh->state, ngx_pid,
                         ngx_http_gate_keyset_now());

        ngx_shmtx_unlock(&set->shpool->mutex);
    }
}


static ngx_int_t
ngx_http_gate_keyset_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                          i;
    ngx_http_gate_keyset_t            **sp;
    ngx_http_gate_keyset_main_conf_t   *kmcf;

    kmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_keyset_module);

    if (kmcf == NULL || (ngx_process != NGX_PROCESS_WORKER
                         && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    sp = kmcf->sets->elts;

    for (i = 0; i < kmcf->sets->nelts; i++) {
        if (sp[i]->server != NULL) {
            ngx_http_gate_keyset_start(sp[i]);
        }
    }

    return NGX_OK;
}


static void
ngx_http_gate_keyset_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                          i;
    ngx_http_gate_keyset_t            **sp;
    ngx_http_gate_keyset_main_conf_t   *kmcf;

    kmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_keyset_module);

    if (kmcf == NULL) {
        return;
    }

    sp = kmcf->sets->elts;

    for (i = 0; i < kmcf->sets->nelts; i++) {
        ngx_http_gate_keyset_stop(sp[i]);
        ngx_http_gate_keyset_kept(sp[i]);
    }
}
