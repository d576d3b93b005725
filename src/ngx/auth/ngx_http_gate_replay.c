
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_replay: what was seen before.  Nothing is let in of which that is not
 * known: a full memory refuses, and so does Redis that does not answer, unless
 * the configuration trusts this node alone then.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_replay.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_redis_pool.h"
#include "ngx_http_gate_request.h"

#include "gate_digest.h"
#include "gate_hex.h"
#include "gate_replay.h"


#define NGX_HTTP_GATE_REPLAY_MIN   (64 * 1024)
#define NGX_HTTP_GATE_REPLAY_LATE  1000           /* ms */


typedef struct {
    size_t                     size;
    ngx_shm_zone_t            *shm;
    u_char                    *file;          /* where it is needed */
    ngx_uint_t                 line;
    const char                *what;
    gate_sha256_t             *sha;
} ngx_http_gate_replay_main_conf_t;


/* what a client's request has asked, last first */

typedef struct ngx_http_gate_replay_ask_s  ngx_http_gate_replay_ask_t;

struct ngx_http_gate_replay_ask_s {
    ngx_http_gate_replay_ask_t  *next;
    ngx_http_request_t          *request;     /* that waits, or NULL */
    ngx_http_gate_redis_ask_t    ask;
    ngx_int_t                    rc;
    ngx_uint_t                   away;        /* Redis has not said */
    u_char                       digest[GATE_SHA256_LEN];
};


typedef struct {
    uint64_t                   bytes;
    uint64_t                   slots;
    uint64_t                   used;
} ngx_http_gate_replay_stat_t;


static ngx_http_gate_replay_ask_t *ngx_http_gate_replay_find(
    ngx_http_request_t *r, const u_char *digest);
static ngx_int_t ngx_http_gate_replay_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_replay_conf_t *conf,
    const u_char *digest, time_t ends);
static ngx_http_gate_replay_ask_t *ngx_http_gate_replay_create(
    ngx_http_request_t *r, const u_char *digest);
static void ngx_http_gate_replay_forget(void *data);
static ngx_int_t ngx_http_gate_replay_local(ngx_http_request_t *r,
    const u_char *digest, time_t ends);
static ngx_int_t ngx_http_gate_replay_send(ngx_http_gate_replay_ask_t *a,
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, time_t ends);
static void ngx_http_gate_replay_cancel(void *data);
static void ngx_http_gate_replay_answered(void *data, redisReply *reply);
static void ngx_http_gate_replay_count(ngx_int_t rc);
static char *ngx_http_gate_replay_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_gate_replay_zone(ngx_shm_zone_t *shm_zone,
    void *data);
static ngx_int_t ngx_http_gate_replay_read(ngx_uint_t n, ngx_str_t *name,
    void *values);
static ngx_int_t ngx_http_gate_replay_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_replay_init(ngx_conf_t *cf);
static void *ngx_http_gate_replay_create_main_conf(ngx_conf_t *cf);


const ngx_http_gate_reason_t  ngx_http_gate_replayed = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("replayed"),
    ngx_string("Seen before"),
    ngx_string("The proof was used before: make a new one for each request.")
};


const ngx_http_gate_reason_t  ngx_http_gate_replay_unavailable = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_WARN,
    ngx_string("replay_unavailable"),
    ngx_string("Cannot be told apart"),
    ngx_string("The gateway cannot tell now whether the proof was used "
               "before.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_replay_reasons[] = {
    &ngx_http_gate_replayed,
    &ngx_http_gate_replay_unavailable,
    NULL
};


static ngx_http_gate_family_t  ngx_http_gate_replay_family = {
    "gate_replay_total", NGX_HTTP_GATE_COUNTER,
    "Nonces and ids of proofs that were looked up.",
    { "result", NULL, NULL, NULL }, "replays", NGX_HTTP_GATE_FAMILY_QUIET, NULL
};


static const ngx_http_gate_row_t  ngx_http_gate_replay_rows[] = {

    { "bytes", "gate_replay_bytes", NGX_HTTP_GATE_GAUGE,
      "Bytes of the memory of what was seen before.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_replay_stat_t, bytes) },

    { "slots", "gate_replay_slots", NGX_HTTP_GATE_GAUGE,
      "How many that memory has room for.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_replay_stat_t, slots) },

    { "used", "gate_replay_used", NGX_HTTP_GATE_GAUGE,
      "How many of them count now.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_replay_stat_t, used) },

      ngx_http_gate_null_row
};


static ngx_http_gate_group_t  ngx_http_gate_replay_group = {
    "replay", 1, NULL, NULL, sizeof(ngx_http_gate_replay_stat_t),
    ngx_http_gate_replay_read, ngx_http_gate_replay_rows
};


static ngx_http_gate_conf_row_t  ngx_http_gate_replay_size = {
    ngx_string("SIZE"), NGX_HTTP_GATE_CONF_SIZE,
    offsetof(ngx_http_gate_replay_main_conf_t, size),
    NGX_HTTP_GATE_REPLAY_MIN, 0, NULL
};


static ngx_command_t  ngx_http_gate_replay_commands[] = {

    { ngx_string("gate_replay"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_replay_line,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_replay_module_ctx = {
    ngx_http_gate_replay_preconfiguration, /* preconfiguration */
    ngx_http_gate_replay_init,             /* postconfiguration */

    ngx_http_gate_replay_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_replay_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_replay_module_ctx,      /* module context */
    ngx_http_gate_replay_commands,         /* module directives */
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


/* the scope's length is in the digest, so that no two pairs meet */

ngx_int_t
ngx_http_gate_replay(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_replay_conf_t *conf, gate_str_t scope, gate_str_t id,
    time_t ends)
{
    u_char                             digest[GATE_SHA256_LEN];
    ngx_http_gate_replay_ask_t        *a;
    ngx_http_gate_replay_main_conf_t  *rmcf;

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_replay_module);

    gate_sha256_begin(rmcf->sha);
    gate_sha256_add(rmcf->sha, gate_str(&scope.len, sizeof(size_t)));
    gate_sha256_add(rmcf->sha, scope);
    gate_sha256_add(rmcf->sha, id);
    gate_sha256_end(rmcf->sha, digest);

    a = ngx_http_gate_replay_find(r, digest);

    if (a == NULL) {
        return (conf->redis && !ctx->may_park)
               ? NGX_AGAIN
               : ngx_http_gate_replay_begin(r, ctx, conf, digest, ends);
    }

    if (a->away && conf->node) {
        /* the node has not seen it, as it was asked before Redis was */
        return NGX_OK;
    }

    /* that of another part of the request is not told of the answer */

    return (a->rc == NGX_AGAIN && a->request != r) ? NGX_BUSY : a->rc;
}


static ngx_http_gate_replay_ask_t *
ngx_http_gate_replay_find(ngx_http_request_t *r, const u_char *digest)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_gate_replay_ask_t  *a;

    for (cln = r->main->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler != ngx_http_gate_replay_forget) {
            continue;
        }

        a = cln->data;

        if (gate_digest_eq(a->digest, digest, GATE_SHA256_LEN)) {
            return a;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_gate_replay_begin(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_replay_conf_t *conf, const u_char *digest, time_t ends)
{
    ngx_http_gate_replay_ask_t  *a;

    a = ngx_http_gate_replay_create(r, digest);
    if (a == NULL) {
        return NGX_ERROR;
    }

    a->rc = ngx_http_gate_replay_local(r, digest, ends);

    if (a->rc == NGX_OK && conf->redis) {

        a->rc = ngx_http_gate_replay_send(a, r, ctx, ends);

        if (a->rc != NGX_BUSY) {
            return a->rc;
        }

        a->away = 1;
    }

    ngx_http_gate_replay_count(a->rc);

    return (a->away && conf->node) ? NGX_OK : a->rc;
}


static ngx_http_gate_replay_ask_t *
ngx_http_gate_replay_create(ngx_http_request_t *r, const u_char *digest)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_gate_replay_ask_t  *a;

    cln = ngx_pool_cleanup_add(r->main->pool,
                               sizeof(ngx_http_gate_replay_ask_t));
    if (cln == NULL) {
        return NULL;
    }

    a = cln->data;
    ngx_memzero(a, sizeof(ngx_http_gate_replay_ask_t));
    ngx_memcpy(a->digest, digest, GATE_SHA256_LEN);

    cln->handler = ngx_http_gate_replay_forget;

    return a;
}


/* it is only a mark: what waits was cancelled with its request */

static void
ngx_http_gate_replay_forget(void *data)
{
}


static ngx_int_t
ngx_http_gate_replay_local(ngx_http_request_t *r, const u_char *digest,
    time_t ends)
{
    gate_replay_t                     *t;
    gate_replay_rc_e                   rc;
    ngx_slab_pool_t                   *shpool;
    ngx_http_gate_replay_main_conf_t  *rmcf;

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_replay_module);

    if (rmcf->shm == NULL) {
        return NGX_ERROR;
    }

    shpool = (ngx_slab_pool_t *) rmcf->shm->shm.addr;
    t = shpool->data;

    ngx_shmtx_lock(&shpool->mutex);

    rc = gate_replay_add_locked(t, digest, ends, ngx_time());

    ngx_shmtx_unlock(&shpool->mutex);

    switch (rc) {

    case GATE_REPLAY_NEW:
        return NGX_OK;

    case GATE_REPLAY_SEEN:
        return NGX_DECLINED;

    default:
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "gate replay: no room for another one: give "
                      "\"gate_replay\" more");
        return NGX_BUSY;
    }
}


/* gate:r:DIGEST, as long as it counts */

static ngx_int_t
ngx_http_gate_replay_send(ngx_http_gate_replay_ask_t *a, ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, time_t ends)
{
    size_t       len[6];
    time_t       left;
    u_char      *p, key[sizeof("gate:r:") + 2 * GATE_SHA256_LEN];
    u_char       digits[NGX_TIME_T_LEN];
    const char  *arg[6];

    p = ngx_cpymem(key, "gate:r:", 7);
    p = gate_hex_write(a->digest, GATE_SHA256_LEN, p);

    left = ngx_max(ends - ngx_time() + 1, 1);

    arg[0] = "SET";
    len[0] = 3;
    arg[1] = (char *) key;
    len[1] = p - key;
    arg[2] = "1";
    len[2] = 1;
    arg[3] = "NX";
    len[3] = 2;
    arg[4] = "EX";
    len[4] = 2;
    arg[5] = (char *) digits;
    len[5] = ngx_sprintf(digits, "%T", left) - digits;

    a->ask.handler = ngx_http_gate_replay_answered;
    a->ask.data = a;

    if (ngx_http_gate_redis_pool_send(&a->ask, 6, arg, len) != NGX_OK) {
        return NGX_BUSY;
    }

    a->rc = NGX_AGAIN;
    a->request = r;

    if (ngx_http_gate_park(r, ctx, ngx_http_gate_redis_pool_deadline()
                                   + NGX_HTTP_GATE_REPLAY_LATE,
                           ngx_http_gate_replay_cancel, a)
        != NGX_AGAIN)
    {
        ngx_http_gate_replay_cancel(a);
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


static void
ngx_http_gate_replay_cancel(void *data)
{
    ngx_http_gate_replay_ask_t *a = data;

    ngx_http_gate_redis_pool_cancel(&a->ask);

    a->rc = NGX_BUSY;
    a->away = 1;
}


static void
ngx_http_gate_replay_answered(void *data, redisReply *reply)
{
    ngx_http_gate_replay_ask_t *a = data;

    if (reply != NULL && reply->type == REDIS_REPLY_STATUS) {
        a->rc = NGX_OK;

    } else if (reply != NULL && reply->type == REDIS_REPLY_NIL) {
        a->rc = NGX_DECLINED;

    } else {
        a->rc = NGX_BUSY;
        a->away = 1;
    }

    ngx_http_gate_replay_count(a->rc);

    ngx_http_gate_resume(a->request);
}


static void
ngx_http_gate_replay_count(ngx_int_t rc)
{
    ngx_uint_t  i;

    static ngx_str_t      names[] = { ngx_string("new"), ngx_string("seen"),
                                      ngx_string("unknown") };
    static ngx_atomic_t  *counters[3];

    i = (rc == NGX_OK) ? 0 : (rc == NGX_DECLINED) ? 1 : 2;

    if (counters[i] == NULL) {
        counters[i] = ngx_http_gate_metric(&ngx_http_gate_replay_family, 1,
                                           &names[i]);
    }

    (void) ngx_atomic_fetch_add(counters[i], 1);
}


static char *
ngx_http_gate_replay_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_replay_main_conf_t *rmcf = conf;

    char       *rv;
    ngx_str_t   name = ngx_string("gate_replay");

    if (rmcf->size != 0) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_replay_size, rmcf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rmcf->shm = ngx_shared_memory_add(cf, &name, rmcf->size,
                                      &ngx_http_gate_replay_module);
    if (rmcf->shm == NULL) {
        return NGX_CONF_ERROR;
    }

    rmcf->shm->init = ngx_http_gate_replay_zone;
    rmcf->shm->data = rmcf;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_replay_zone(ngx_shm_zone_t *shm_zone, void *data)
{
    size_t            size;
    uint64_t          seed;
    gate_replay_t    *t;
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (data != NULL || shm_zone->shm.exists) {
        /* the same memory: it goes on with what it knows */
        return NGX_OK;
    }

    shpool->log_nomem = 0;

    size = shpool->pfree * ngx_pagesize;
    t = NULL;

    while (t == NULL && size > NGX_HTTP_GATE_REPLAY_MIN / 2) {
        t = ngx_slab_calloc(shpool, size);
        size -= ngx_pagesize;
    }

    if (t == NULL
        || ngx_http_gate_random((u_char *) &seed, sizeof(uint64_t)) != NGX_OK
        || !gate_replay_init(t, size + ngx_pagesize, seed))
    {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "gate replay: no memory for \"gate_replay\": give it "
                      "more");
        return NGX_ERROR;
    }

    shpool->data = t;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_replay_read(ngx_uint_t n, ngx_str_t *name, void *values)
{
    ngx_http_gate_replay_stat_t *st = values;

    gate_replay_t                     *t;
    ngx_slab_pool_t                   *shpool;
    ngx_http_gate_replay_main_conf_t  *rmcf;

    rmcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_gate_replay_module);

    if (rmcf == NULL || rmcf->shm == NULL) {
        return NGX_DECLINED;
    }

    shpool = (ngx_slab_pool_t *) rmcf->shm->shm.addr;
    t = shpool->data;

    ngx_shmtx_lock(&shpool->mutex);

    st->bytes = rmcf->size;
    st->slots = t->n;
    st->used = gate_replay_used_locked(t, ngx_time());

    ngx_shmtx_unlock(&shpool->mutex);

    return NGX_OK;
}


ngx_uint_t
ngx_http_gate_replay_written(ngx_conf_t *cf)
{
    ngx_http_gate_replay_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_replay_module);

    return rmcf->shm != NULL;
}


ngx_int_t
ngx_http_gate_replay_need(ngx_conf_t *cf, const char *what, u_char *file,
    ngx_uint_t line)
{
    ngx_http_gate_replay_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_replay_module);

    if (rmcf->file == NULL) {
        rmcf->what = what;
        rmcf->file = file;
        rmcf->line = line;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_replay_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_replay_reasons) != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_replay_family)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_metrics_add_group(cf, &ngx_http_gate_replay_group);
}


static ngx_int_t
ngx_http_gate_replay_init(ngx_conf_t *cf)
{
    ngx_http_gate_replay_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_replay_module);

    if (rmcf->file != NULL && rmcf->shm == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "%s needs a memory of what was seen before: add "
                      "\"gate_replay 4m\" to http{}, in %s:%ui", rmcf->what,
                      rmcf->file, rmcf->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void *
ngx_http_gate_replay_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t                *cln;
    ngx_http_gate_replay_main_conf_t  *rmcf;

    rmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_replay_main_conf_t));
    if (rmcf == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    rmcf->sha = gate_sha256_create();

    if (cln == NULL || rmcf->sha == NULL) {
        return NULL;
    }

    cln->handler = (ngx_pool_cleanup_pt) gate_sha256_destroy;
    cln->data = rmcf->sha;

    return rmcf;
}
