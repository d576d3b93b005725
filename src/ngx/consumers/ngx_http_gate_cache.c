
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_consumer_cache: a zone with what Redis said of callers, what it does not
 * know, and the bucket of questions.  A reload keeps all three.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_cache.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_rate.h"
#include "ngx_http_gate_redis_conf.h"
#include "ngx_http_gate_store_redis.h"

#include "gate_unknown.h"


#define NGX_HTTP_GATE_CACHE_SIZE     (16 * 1024 * 1024)
#define NGX_HTTP_GATE_CACHE_UNKNOWN  (2 * 1024 * 1024)
#define NGX_HTTP_GATE_CACHE_STALE    300000        /* ms */
#define NGX_HTTP_GATE_CACHE_FORGETS  10000         /* ms, who is unknown */
#define NGX_HTTP_GATE_CACHE_LOOKUPS  "1000r/s"
#define NGX_HTTP_GATE_CACHE_NAME     "gate_consumers_01234567"


/* in the zone: addresses are the same in all processes of a master */

typedef struct {
    gate_cache_t              *cache;
    gate_unknown_t            *unknown;
    int64_t                    tat_ns;        /* of the bucket */
} ngx_http_gate_cache_sh_t;


typedef struct {
    ngx_uint_t                 off;
    size_t                     size;
    size_t                     unknown;
    ngx_msec_t                 stale;
    ngx_str_t                  lookups;
    gate_rate_t                rate;
    ngx_uint_t                 unavailable;   /* 0: 503, 1: 401 */

    u_char                    *file;          /* it is written there */
    ngx_uint_t                 line;
    ngx_shm_zone_t            *zone;          /* NULL: nothing is kept */
    ngx_slab_pool_t           *shpool;
    ngx_http_gate_cache_sh_t  *sh;
} ngx_http_gate_cache_main_conf_t;


typedef struct {
    gate_cache_stat_t          known;
    uint64_t                   unknown;
    uint64_t                   room;
} ngx_http_gate_cache_stat_t;


static ngx_int_t ngx_http_gate_cache_read(ngx_uint_t n, ngx_str_t *name,
    void *values);
static char *ngx_http_gate_cache_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_gate_cache_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_cache_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_cache_defaults(ngx_conf_t *cf,
    ngx_http_gate_cache_main_conf_t *ccf);
static ngx_int_t ngx_http_gate_cache_init_zone(ngx_shm_zone_t *zone,
    void *data);
static ngx_int_t ngx_http_gate_cache_divide(
    ngx_http_gate_cache_main_conf_t *ccf);
static ngx_int_t ngx_http_gate_cache_init_module(ngx_cycle_t *cycle);
static void *ngx_http_gate_cache_create_main_conf(ngx_conf_t *cf);


static ngx_http_gate_conf_row_t  ngx_http_gate_cache_size = {
    ngx_string("SIZE"), NGX_HTTP_GATE_CONF_SIZE, 0, GATE_CACHE_MIN, 0, NULL
};


static ngx_http_gate_conf_row_t  ngx_http_gate_cache_params[] = {

    { ngx_string("unknown=SIZE"), NGX_HTTP_GATE_CONF_SIZE,
      offsetof(ngx_http_gate_cache_main_conf_t, unknown), GATE_CACHE_MIN, 0,
      NULL },

    { ngx_string("stale=TIME"), NGX_HTTP_GATE_CONF_MSEC,
      offsetof(ngx_http_gate_cache_main_conf_t, stale), 0, 0, NULL },

    { ngx_string("lookups=RATE"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_cache_main_conf_t, lookups), 1, 0, NULL },

    { ngx_string("unavailable=503|401"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_cache_main_conf_t, unavailable), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_cache_commands[] = {

    { ngx_string("gate_consumer_cache"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_gate_cache_set,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_cache_module_ctx = {
    ngx_http_gate_cache_preconfiguration,  /* preconfiguration */
    ngx_http_gate_cache_init,              /* postconfiguration */

    ngx_http_gate_cache_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_cache_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_cache_module_ctx,       /* module context */
    ngx_http_gate_cache_commands,          /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_gate_cache_init_module,       /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static const ngx_http_gate_row_t  ngx_http_gate_cache_rows[] = {

    { "entries", "gate_consumer_cache_entries", NGX_HTTP_GATE_GAUGE,
      "Credentials that the node remembers of Redis.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_cache_stat_t, known.entries) },

    { "bytes", "gate_consumer_cache_bytes", NGX_HTTP_GATE_GAUGE,
      "Bytes for them.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_cache_stat_t, known.bytes) },

    { "bytes_used", "gate_consumer_cache_bytes_used", NGX_HTTP_GATE_GAUGE,
      "Bytes of these in use.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_cache_stat_t, known.used) },

    { "evictions", "gate_consumer_cache_evictions_total",
      NGX_HTTP_GATE_COUNTER,
      "Credentials that made room for others.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_cache_stat_t, known.evicted) },

    { "emptied", "gate_consumer_cache_emptied_total", NGX_HTTP_GATE_COUNTER,
      "Times that a worker died while it wrote there: all was forgotten.",
      NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_cache_stat_t, known.emptied) },

    { "unknown", "gate_consumer_cache_unknown_entries", NGX_HTTP_GATE_GAUGE,
      "Names that Redis does not know, and the node remembers.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_cache_stat_t, unknown) },

    { "unknown_room", "gate_consumer_cache_unknown_room",
      NGX_HTTP_GATE_GAUGE,
      "How many of these there may be.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_cache_stat_t, room) },

      ngx_http_gate_null_row
};


static ngx_http_gate_group_t  ngx_http_gate_cache_group = {
    "consumer_cache", 1, NULL, NULL, sizeof(ngx_http_gate_cache_stat_t),
    ngx_http_gate_cache_read, ngx_http_gate_cache_rows
};


/* of the configuration that runs; sh is NULL: nothing is kept */
static ngx_http_gate_cache_main_conf_t  *ngx_http_gate_cache;


ngx_uint_t
ngx_http_gate_cache_on(void)
{
    return ngx_http_gate_cache != NULL;
}


size_t
ngx_http_gate_cache_get(const gate_cache_key_t *key, gate_seen_t *seen,
    u_char *buf)
{
    size_t                            len;
    ngx_http_gate_cache_main_conf_t  *ccf;

    ccf = ngx_http_gate_cache;

    if (ccf == NULL) {
        return 0;
    }

    ngx_shmtx_lock(&ccf->shpool->mutex);
    len = gate_cache_get(ccf->sh->cache, key, seen, buf);
    ngx_shmtx_unlock(&ccf->shpool->mutex);

    return len;
}


void
ngx_http_gate_cache_put(const gate_cache_key_t *key, const gate_seen_t *seen,
    gate_str_t data)
{
    ngx_http_gate_cache_main_conf_t  *ccf;

    ccf = ngx_http_gate_cache;

    if (ccf == NULL) {
        return;
    }

    ngx_shmtx_lock(&ccf->shpool->mutex);

    if (!gate_cache_put(ccf->sh->cache, key, seen, data)) {
        gate_cache_drop(ccf->sh->cache, key);
    }

    ngx_shmtx_unlock(&ccf->shpool->mutex);
}


ngx_uint_t
ngx_http_gate_cache_unknown(const gate_cache_key_t *key, gate_seen_t *seen)
{
    ngx_uint_t                        found;
    uint64_t                          until;
    ngx_http_gate_cache_main_conf_t  *ccf;

    ccf = ngx_http_gate_cache;

    if (ccf == NULL) {
        return 0;
    }

    ngx_shmtx_lock(&ccf->shpool->mutex);
    found = gate_unknown_get(ccf->sh->unknown, key, seen, &until);
    ngx_shmtx_unlock(&ccf->shpool->mutex);

    return found && ngx_current_msec < until;
}


void
ngx_http_gate_cache_put_unknown(const gate_cache_key_t *key,
    const gate_seen_t *seen)
{
    ngx_http_gate_cache_main_conf_t  *ccf;

    ccf = ngx_http_gate_cache;

    if (ccf == NULL) {
        return;
    }

    ngx_shmtx_lock(&ccf->shpool->mutex);

    gate_cache_drop(ccf->sh->cache, key);
    gate_unknown_put(ccf->sh->unknown, key, seen,
                     ngx_current_msec + NGX_HTTP_GATE_CACHE_FORGETS);

    ngx_shmtx_unlock(&ccf->shpool->mutex);
}


ngx_uint_t
ngx_http_gate_cache_may_ask(void)
{
    gate_verdict_t                    verdict;
    ngx_http_gate_cache_main_conf_t  *ccf;

    ccf = ngx_http_gate_cache;

    if (ccf == NULL) {
        return 1;
    }

    ngx_shmtx_lock(&ccf->shpool->mutex);

    gate_bucket_try(&ccf->rate, ccf->sh->tat_ns,
                    (int64_t) ngx_current_msec * 1000000, 1, &verdict);

    ccf->sh->tat_ns = verdict.tat_ns;

    ngx_shmtx_unlock(&ccf->shpool->mutex);

    return verdict.allow;
}


ngx_msec_t
ngx_http_gate_cache_stale(void)
{
    return (ngx_http_gate_cache != NULL) ? ngx_http_gate_cache->stale : 0;
}


ngx_uint_t
ngx_http_gate_cache_refuses(void)
{
    return ngx_http_gate_cache != NULL && ngx_http_gate_cache->unavailable;
}


static ngx_int_t
ngx_http_gate_cache_read(ngx_uint_t n, ngx_str_t *name, void *values)
{
    ngx_http_gate_cache_stat_t *stat = values;

    ngx_http_gate_cache_main_conf_t  *ccf;

    ccf = ngx_http_gate_cache;

    if (ccf == NULL) {
        return NGX_DECLINED;
    }

    ngx_shmtx_lock(&ccf->shpool->mutex);
    gate_cache_stat(ccf->sh->cache, &stat->known);
    ngx_shmtx_unlock(&ccf->shpool->mutex);

    /* it is long, and each number is good enough by itself */

    stat->unknown = gate_unknown_count(ccf->sh->unknown, ngx_current_msec);
    stat->room = gate_unknown_room(ccf->sh->unknown);

    return NGX_OK;
}


/* gate_consumer_cache off | SIZE [unknown=SIZE] [stale=TIME] [lookups=RATE]
 *                     [unavailable=503|401]; */

static char *
ngx_http_gate_cache_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_cache_main_conf_t *ccf = conf;

    char       *rv;
    ngx_str_t  *value, burst;

    if (ccf->file != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    ccf->file = cf->conf_file->file.name.data;
    ccf->line = cf->conf_file->line;

    value = cf->args->elts;

    if (cf->args->nelts == 2 && value[1].len == 3
        && ngx_strncmp(value[1].data, "off", 3) == 0)
    {
        ccf->off = 1;
        return NGX_CONF_OK;
    }

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_cache_size, &ccf->size);

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_gate_conf_params(cf, 2, ngx_http_gate_cache_params,
                                       ccf);
    }

    if (rv != NGX_CONF_OK || ccf->lookups.len == 0) {
        return rv;
    }

    ngx_str_null(&burst);

    return (ngx_http_gate_rate(cf, &ccf->lookups, &burst, &ccf->rate)
            == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_gate_cache_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_metrics_add_group(cf, &ngx_http_gate_cache_group);
}


/*
 * The zone is of one Redis, by its name, as the fence is: what another one said
 * is nothing that this one said.
 */

static ngx_int_t
ngx_http_gate_cache_init(ngx_conf_t *cf)
{
    size_t                            size;
    u_char                           *p;
    uint32_t                          crc;
    ngx_str_t                         name;
    ngx_http_gate_redis_conf_t       *rcf;
    ngx_http_gate_cache_main_conf_t  *ccf;

    ccf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_cache_module);

    if (ngx_http_gate_cache_defaults(cf, ccf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ccf->off || !ngx_http_gate_store_redis_written(cf)) {
        return NGX_OK;
    }

    rcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_redis_module);

    ngx_crc32_init(crc);
    ngx_crc32_update(&crc, rcf->url.data, rcf->url.len);
    ngx_crc32_update(&crc, (u_char *) &rcf->db, sizeof(rcf->db));
    ngx_crc32_update(&crc, (u_char *) &ccf->size, sizeof(size_t));
    ngx_crc32_update(&crc, (u_char *) &ccf->unknown, sizeof(size_t));
    ngx_crc32_final(crc);

    p = ngx_pnalloc(cf->pool, sizeof(NGX_HTTP_GATE_CACHE_NAME));
    if (p == NULL) {
        return NGX_ERROR;
    }

    name.data = p;
    name.len = ngx_sprintf(p, "gate_consumers_%08xD%Z", crc) - p - 1;

    /* what nginx itself needs for each page of it, and some */

    size = ccf->size + ccf->unknown;
    size += size / ngx_pagesize * 2 * sizeof(ngx_slab_page_t)
            + 16 * ngx_pagesize;

    ccf->zone = ngx_shared_memory_add(cf, &name, size,
                                      &ngx_http_gate_cache_module);
    if (ccf->zone == NULL) {
        return NGX_ERROR;
    }

    ccf->zone->init = ngx_http_gate_cache_init_zone;
    ccf->zone->data = ccf;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_cache_defaults(ngx_conf_t *cf,
    ngx_http_gate_cache_main_conf_t *ccf)
{
    ngx_str_t  burst;

    ngx_conf_init_size_value(ccf->size, NGX_HTTP_GATE_CACHE_SIZE);
    ngx_conf_init_size_value(ccf->unknown, NGX_HTTP_GATE_CACHE_UNKNOWN);
    ngx_conf_init_msec_value(ccf->stale, NGX_HTTP_GATE_CACHE_STALE);

    if (ccf->lookups.len != 0) {
        return NGX_OK;
    }

    ngx_str_set(&ccf->lookups, NGX_HTTP_GATE_CACHE_LOOKUPS);
    ngx_str_null(&burst);

    return ngx_http_gate_rate(cf, &ccf->lookups, &burst, &ccf->rate);
}


static ngx_int_t
ngx_http_gate_cache_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_gate_cache_main_conf_t *old = data;

    ngx_http_gate_cache_main_conf_t  *ccf;

    ccf = zone->data;
    ccf->shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (old != NULL) {
        ccf->sh = old->sh;
        return NGX_OK;
    }

    if (zone->shm.exists) {
        ccf->sh = ccf->shpool->data;
        return NGX_OK;
    }

    ccf->shpool->log_nomem = 0;

    if (ngx_http_gate_cache_divide(ccf) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                      "gate consumers: no memory in zone \"%V\"",
                      &zone->shm.name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_cache_divide(ngx_http_gate_cache_main_conf_t *ccf)
{
    void                      *known, *unknown;
    ngx_http_gate_cache_sh_t  *sh;

    sh = ngx_slab_calloc(ccf->shpool, sizeof(ngx_http_gate_cache_sh_t));
    known = ngx_slab_alloc(ccf->shpool, ccf->size);
    unknown = ngx_slab_alloc(ccf->shpool, ccf->unknown);

    if (sh == NULL || known == NULL || unknown == NULL) {
        return NGX_ERROR;
    }

    sh->cache = gate_cache_init(known, ccf->size);
    sh->unknown = gate_unknown_init(unknown, ccf->unknown);

    if (sh->cache == NULL || sh->unknown == NULL) {
        return NGX_ERROR;
    }

    ccf->shpool->data = sh;
    ccf->sh = sh;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_cache_init_module(ngx_cycle_t *cycle)
{
    ngx_http_gate_cache_main_conf_t  *ccf;

    ccf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_cache_module);

    ngx_http_gate_cache = (ccf != NULL && ccf->sh != NULL) ? ccf : NULL;

    return NGX_OK;
}


static void *
ngx_http_gate_cache_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_cache_main_conf_t  *ccf;

    /*
     * set by ngx_pcalloc():
     *
     *     ccf->off = 0;
     *     ccf->lookups = { 0, NULL };
     *     ccf->unavailable = 0;
     *     ccf->file = NULL;
     *     ccf->zone = NULL;
     *     ccf->shpool = NULL;
     *     ccf->sh = NULL;
     */

    ccf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_cache_main_conf_t));
    if (ccf == NULL) {
        return NULL;
    }

    ccf->size = NGX_CONF_UNSET_SIZE;
    ccf->unknown = NGX_CONF_UNSET_SIZE;
    ccf->stale = NGX_CONF_UNSET_MSEC;

    return ccf;
}
