
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Counters in a small shared memory zone of their own.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_conf.h"


#define NGX_HTTP_GATE_METRICS_SIZE     (512 * 1024)
#define NGX_HTTP_GATE_METRICS_LAYOUT   1
#define NGX_HTTP_GATE_METRICS_VALUE    64     /* bytes; longer ones are cut */
#define NGX_HTTP_GATE_METRICS_TEXT     168    /* of all values, NUL between */


/*
 * Entries are found without a lock, so they are never moved or removed, and
 * "state" is set last: what a worker leaves that is killed while it writes one
 * is a free entry.  Three cache lines: two counters never share one.
 */

typedef struct {
    ngx_atomic_t               value;
    ngx_atomic_t               state;         /* 0: free, 1: published */
    uint32_t                   hash;
    u_short                    len;
    u_char                     family;
    u_char                     n;
    u_char                     text[NGX_HTTP_GATE_METRICS_TEXT];
} ngx_http_gate_metrics_entry_t;


typedef struct {
    ngx_uint_t                 layout;
    ngx_uint_t                 entries;
    ngx_uint_t                 room;          /* of these, to be used */
    ngx_atomic_t               used;
    ngx_atomic_t               full;
} ngx_http_gate_metrics_head_t;


typedef struct {
    union {
        ngx_http_gate_metrics_head_t   head;
        u_char                         line[64];
    } u;

    ngx_http_gate_metrics_entry_t      entries[1];
} ngx_http_gate_metrics_t;


typedef struct {
    ngx_shm_zone_t            *zone;
} ngx_http_gate_metrics_main_conf_t;


static void ngx_http_gate_metrics_key(ngx_http_gate_metrics_entry_t *key,
    ngx_http_gate_metric_e family, ngx_uint_t n, ngx_str_t *values);
static size_t ngx_http_gate_metrics_cut(ngx_str_t *value, size_t max);
static ngx_http_gate_metrics_entry_t *ngx_http_gate_metrics_find(
    ngx_http_gate_metrics_t *m, ngx_http_gate_metrics_entry_t *key,
    ngx_http_gate_metrics_entry_t **unused);
static ngx_http_gate_metrics_entry_t *ngx_http_gate_metrics_add(
    ngx_http_gate_metrics_t *m, ngx_http_gate_metrics_entry_t *key);
static void ngx_http_gate_metrics_sample(ngx_http_gate_sample_t *s,
    ngx_http_gate_metrics_entry_t *e);
static int ngx_libc_cdecl ngx_http_gate_metrics_compare(const void *one,
    const void *two);
static ngx_int_t ngx_http_gate_metrics_init_zone(ngx_shm_zone_t *zone,
    void *data);
static void *ngx_http_gate_metrics_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_metrics_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_gate_metrics_init(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_metrics_module_ctx = {
    NULL,                                    /* preconfiguration */
    ngx_http_gate_metrics_init,              /* postconfiguration */

    ngx_http_gate_metrics_create_main_conf,  /* create main configuration */
    NULL,                                    /* init main configuration */

    NULL,                                    /* create server configuration */
    NULL,                                    /* merge server configuration */

    NULL,                                    /* create location configuration */
    NULL                                     /* merge location configuration */
};


ngx_module_t  ngx_http_gate_metrics_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_metrics_module_ctx,       /* module context */
    NULL,                                    /* module directives */
    NGX_HTTP_MODULE,                         /* module type */
    NULL,                                    /* init master */
    ngx_http_gate_metrics_init_module,       /* init module */
    NULL,                                    /* init process */
    NULL,                                    /* init thread */
    NULL,                                    /* exit thread */
    NULL,                                    /* exit process */
    NULL,                                    /* exit master */
    NGX_MODULE_V1_PADDING
};


/*
 * The zone of the running cycle.  A reload keeps a zone of the same size at
 * its address, so that a worker's pointers into it hold for its whole life.
 */

static ngx_http_gate_metrics_t  *ngx_http_gate_metrics;
static ngx_slab_pool_t          *ngx_http_gate_metrics_pool;

/* what is counted where there is no room: the caller need not ask */

static ngx_atomic_t              ngx_http_gate_metrics_sink;


ngx_atomic_t *
ngx_http_gate_metric(ngx_http_gate_metric_e family, ngx_uint_t n,
    ngx_str_t *values)
{
    ngx_http_gate_metrics_t        *m;
    ngx_http_gate_metrics_entry_t  *e, key;

    m = ngx_http_gate_metrics;

    if (m == NULL) {
        return &ngx_http_gate_metrics_sink;
    }

    ngx_http_gate_metrics_key(&key, family, n, values);

    e = ngx_http_gate_metrics_find(m, &key, NULL);

    if (e == NULL) {
        e = ngx_http_gate_metrics_add(m, &key);
    }

    if (e == NULL) {

        if (ngx_atomic_fetch_add(&m->u.head.full, 1) == 0) {
            ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                          "gate metrics: no room for more than %ui counters",
                          m->u.head.room);
        }

        return &ngx_http_gate_metrics_sink;
    }

    return &e->value;
}


static void
ngx_http_gate_metrics_key(ngx_http_gate_metrics_entry_t *key,
    ngx_http_gate_metric_e family, ngx_uint_t n, ngx_str_t *values)
{
    u_char      *p, *last;
    size_t       len, max;
    ngx_uint_t   i, k;

    if (n > NGX_HTTP_GATE_METRICS_LABELS) {
        n = NGX_HTTP_GATE_METRICS_LABELS;
    }

    p = key->text;
    last = key->text + NGX_HTTP_GATE_METRICS_TEXT;

    for (i = 0; i < n; i++) {

        if (i > 0) {
            *p++ = '\0';
        }

        /* the separators to come must fit too */

        max = last - p - (n - i - 1);
        max = ngx_min(max, NGX_HTTP_GATE_METRICS_VALUE);

        len = ngx_http_gate_metrics_cut(&values[i], max);

        for (k = 0; k < len; k++) {
            *p++ = values[i].data[k] ? values[i].data[k] : '?';
        }
    }

    key->family = (u_char) family;
    key->n = (u_char) n;
    key->len = (u_short) (p - key->text);
    key->hash = ngx_murmur_hash2(key->text, key->len) + key->family;
}


/* not within a character of UTF-8 */

static size_t
ngx_http_gate_metrics_cut(ngx_str_t *value, size_t max)
{
    if (value->len <= max) {
        return value->len;
    }

    while (max > 0 && (value->data[max] & 0xc0) == 0x80) {
        max--;
    }

    return max;
}


static ngx_http_gate_metrics_entry_t *
ngx_http_gate_metrics_find(ngx_http_gate_metrics_t *m,
    ngx_http_gate_metrics_entry_t *key, ngx_http_gate_metrics_entry_t **unused)
{
    ngx_uint_t                      i, n;
    ngx_http_gate_metrics_entry_t  *e;

    i = key->hash % m->u.head.entries;

    for (n = 0; n < m->u.head.entries; n++) {

        e = &m->entries[i];

        if (__atomic_load_n(&e->state, __ATOMIC_ACQUIRE) == 0) {

            if (unused) {
                *unused = e;
            }

            return NULL;
        }

        if (e->hash == key->hash
            && e->family == key->family
            && e->n == key->n
            && e->len == key->len
            && ngx_memcmp(e->text, key->text, key->len) == 0)
        {
            return e;
        }

        i = (i + 1 == m->u.head.entries) ? 0 : i + 1;
    }

    return NULL;
}


static ngx_http_gate_metrics_entry_t *
ngx_http_gate_metrics_add(ngx_http_gate_metrics_t *m,
    ngx_http_gate_metrics_entry_t *key)
{
    ngx_slab_pool_t                *shpool;
    ngx_http_gate_metrics_entry_t  *e, *unused;

    shpool = ngx_http_gate_metrics_pool;
    unused = NULL;

    ngx_shmtx_lock(&shpool->mutex);

    e = ngx_http_gate_metrics_find(m, key, &unused);

    if (e == NULL && unused && m->u.head.used < m->u.head.room) {
        e = unused;

        e->value = 0;
        e->hash = key->hash;
        e->family = key->family;
        e->n = key->n;
        e->len = key->len;
        ngx_memcpy(e->text, key->text, key->len);

        m->u.head.used++;

        __atomic_store_n(&e->state, 1, __ATOMIC_RELEASE);
    }

    ngx_shmtx_unlock(&shpool->mutex);

    return e;
}


ngx_array_t *
ngx_http_gate_metrics_samples(ngx_pool_t *pool)
{
    ngx_uint_t                      i;
    ngx_array_t                    *samples;
    ngx_http_gate_sample_t         *s;
    ngx_http_gate_metrics_t        *m;
    ngx_http_gate_metrics_entry_t  *e;

    m = ngx_http_gate_metrics;

    samples = ngx_array_create(pool, m ? m->u.head.used + 1 : 1,
                               sizeof(ngx_http_gate_sample_t));
    if (samples == NULL) {
        return NULL;
    }

    for (i = 0; m && i < m->u.head.entries; i++) {

        e = &m->entries[i];

        if (__atomic_load_n(&e->state, __ATOMIC_ACQUIRE) == 0) {
            continue;
        }

        s = ngx_array_push(samples);
        if (s == NULL) {
            return NULL;
        }

        ngx_http_gate_metrics_sample(s, e);
    }

    ngx_qsort(samples->elts, samples->nelts, sizeof(ngx_http_gate_sample_t),
              ngx_http_gate_metrics_compare);

    return samples;
}


static void
ngx_http_gate_metrics_sample(ngx_http_gate_sample_t *s,
    ngx_http_gate_metrics_entry_t *e)
{
    u_char      *p, *last;
    ngx_uint_t   i;

    p = e->text;
    last = e->text + e->len;

    ngx_memzero(s, sizeof(ngx_http_gate_sample_t));

    s->family = e->family;
    s->n = e->n;
    s->count = e->value;

    for (i = 0; i < s->n; i++) {

        s->values[i].data = p;

        while (p < last && *p) {
            p++;
        }

        s->values[i].len = p - s->values[i].data;

        p++;
    }
}


static int ngx_libc_cdecl
ngx_http_gate_metrics_compare(const void *one, const void *two)
{
    ngx_int_t                      rc;
    ngx_uint_t                     i;
    const ngx_http_gate_sample_t  *a, *b;

    a = one;
    b = two;

    if (a->family != b->family) {
        return (a->family < b->family) ? -1 : 1;
    }

    for (i = 0; i < a->n && i < b->n; i++) {

        rc = ngx_memn2cmp(a->values[i].data, b->values[i].data,
                          a->values[i].len, b->values[i].len);

        if (rc != 0) {
            return (int) rc;
        }
    }

    return (int) a->n - (int) b->n;
}


void
ngx_http_gate_metrics_stat(ngx_http_gate_metrics_stat_t *st)
{
    ngx_http_gate_metrics_t  *m;

    m = ngx_http_gate_metrics;

    ngx_memzero(st, sizeof(ngx_http_gate_metrics_stat_t));

    if (m) {
        st->series = m->u.head.used;
        st->room = m->u.head.room;
        st->full = m->u.head.full;
    }
}


static ngx_int_t
ngx_http_gate_metrics_init_zone(ngx_shm_zone_t *zone, void *data)
{
    size_t                    size;
    ngx_slab_pool_t          *shpool;
    ngx_http_gate_metrics_t  *m;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    m = data ? data : (zone->shm.exists ? shpool->data : NULL);

    if (m) {
        if (m->u.head.layout != NGX_HTTP_GATE_METRICS_LAYOUT) {
            ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                          "gate metrics: zone \"%V\" is of another version",
                          &zone->shm.name);
            return NGX_ERROR;
        }

        zone->data = m;

        return NGX_OK;
    }

    shpool->log_nomem = 0;

    /* all pages of the zone in one piece */

    size = shpool->pfree * ngx_pagesize;

    m = ngx_slab_calloc(shpool, size);
    if (m == NULL) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                      "gate metrics: no memory in zone \"%V\"",
                      &zone->shm.name);
        return NGX_ERROR;
    }

    m->u.head.layout = NGX_HTTP_GATE_METRICS_LAYOUT;
    m->u.head.entries = (size - offsetof(ngx_http_gate_metrics_t, entries))
                        / sizeof(ngx_http_gate_metrics_entry_t);

    /* one in eight stays free: looking for what is not there ends soon */

    m->u.head.room = m->u.head.entries - m->u.head.entries / 8;

    shpool->data = m;
    zone->data = m;

    return NGX_OK;
}


static void *
ngx_http_gate_metrics_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     mcf->zone = NULL;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_metrics_main_conf_t));
}


static ngx_int_t
ngx_http_gate_metrics_init_module(ngx_cycle_t *cycle)
{
    ngx_http_gate_metrics_main_conf_t  *mcf;

    ngx_http_gate_metrics = NULL;

    mcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_metrics_module);

    if (mcf && mcf->zone) {
        ngx_http_gate_metrics = mcf->zone->data;
        ngx_http_gate_metrics_pool = (ngx_slab_pool_t *) mcf->zone->shm.addr;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_metrics_init(ngx_conf_t *cf)
{
    ngx_str_t                           name;
    ngx_http_gate_metrics_main_conf_t  *mcf;

    if (!ngx_http_gate_used(cf)) {
        return NGX_OK;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_metrics_module);

    ngx_str_set(&name, "gate_metrics");

    mcf->zone = ngx_shared_memory_add(cf, &name, NGX_HTTP_GATE_METRICS_SIZE,
                                      &ngx_http_gate_metrics_module);
    if (mcf->zone == NULL) {
        return NGX_ERROR;
    }

    mcf->zone->init = ngx_http_gate_metrics_init_zone;

    return NGX_OK;
}
