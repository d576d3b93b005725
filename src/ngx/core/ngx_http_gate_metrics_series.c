
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Series of metrics in a small shared memory zone of their own.
 */


#include "ngx_http_gate_metrics_series.h"


#define NGX_HTTP_GATE_METRICS_LAYOUT   3
#define NGX_HTTP_GATE_METRICS_LABEL    64     /* bytes; longer ones are cut */
#define NGX_HTTP_GATE_METRICS_TEXT     160    /* of all values, NUL between */


#define NGX_HTTP_GATE_METRICS_FREE     0
#define NGX_HTTP_GATE_METRICS_VALUE    1
#define NGX_HTTP_GATE_METRICS_HISTO    2


/*
 * Entries are found without a lock, so they are never moved or removed, and
 * "state" is set last: what a worker leaves that is killed while it writes one
 * is a free entry.  Three cache lines: two counters never share one.
 */

typedef struct {
    ngx_atomic_t               value;         /* of a histogram its number */
    ngx_atomic_t               state;
    ngx_atomic_t               last;          /* time_t, of a dated family */
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
    ngx_uint_t                 used;
    ngx_uint_t                 histograms;    /* room for them */
    ngx_uint_t                 histograms_used;
    ngx_atomic_t               full;
} ngx_http_gate_metrics_head_t;


/* the histograms come behind the entries */

typedef struct {
    union {
        ngx_http_gate_metrics_head_t   head;
        u_char                         line[64];
    } u;

    ngx_http_gate_metrics_entry_t      entries[1];
} ngx_http_gate_metrics_t;


static ngx_http_gate_metrics_entry_t *ngx_http_gate_metrics_entry(
    ngx_http_gate_family_t *family, ngx_uint_t n, ngx_str_t *values);
static void ngx_http_gate_metrics_key(ngx_http_gate_metrics_entry_t *key,
    ngx_http_gate_family_t *family, ngx_uint_t n, ngx_str_t *values);
static size_t ngx_http_gate_metrics_cut(ngx_str_t *value, size_t max);
static ngx_http_gate_metrics_entry_t *ngx_http_gate_metrics_find(
    ngx_http_gate_metrics_t *m, ngx_http_gate_metrics_entry_t *key,
    ngx_http_gate_metrics_entry_t **unused);
static ngx_http_gate_metrics_entry_t *ngx_http_gate_metrics_create(
    ngx_http_gate_metrics_t *m, ngx_http_gate_metrics_entry_t *key,
    ngx_uint_t histogram);
static gate_histogram_t *ngx_http_gate_metrics_histograms(
    ngx_http_gate_metrics_t *m);
static void ngx_http_gate_metrics_sample(ngx_http_gate_sample_t *s,
    ngx_http_gate_metrics_entry_t *e);
static int ngx_libc_cdecl ngx_http_gate_metrics_compare(const void *one,
    const void *two);


/*
 * The zone of the running cycle.  A reload keeps a zone of the same size at
 * its address, so that a worker's pointers into it hold for its whole life.
 * Its families are those that the series in it are of: a configuration that
 * was read and then refused may have others.
 */

static ngx_array_t              *ngx_http_gate_metrics_families;
static ngx_http_gate_metrics_t  *ngx_http_gate_metrics;
static ngx_slab_pool_t          *ngx_http_gate_metrics_pool;

/* what is counted where there is no room: the caller need not ask */

static ngx_http_gate_metrics_entry_t  ngx_http_gate_metrics_sink;
static gate_histogram_t          ngx_http_gate_metrics_histogram_sink;


ngx_atomic_t *
ngx_http_gate_metric(ngx_http_gate_family_t *family, ngx_uint_t n,
    ngx_str_t *values)
{
    ngx_http_gate_metrics_entry_t  *e;

    e = ngx_http_gate_metrics_entry(family, n, values);

    return e ? &e->value : &ngx_http_gate_metrics_sink.value;
}


/* entries stay: a family that has been full once is so for this worker */

ngx_atomic_t *
ngx_http_gate_metric_capped(ngx_http_gate_family_t *family, ngx_uint_t n,
    ngx_str_t *values, ngx_uint_t max)
{
    ngx_uint_t                      i, count;
    ngx_http_gate_metrics_t        *m;
    ngx_http_gate_metrics_entry_t  *e, key;

    static ngx_http_gate_family_t   *full;
    static ngx_http_gate_metrics_t  *full_in;

    m = ngx_http_gate_metrics;

    if (m == NULL
        || ngx_http_gate_metrics_index(family)
           == ngx_http_gate_metrics_families->nelts)
    {
        return &ngx_http_gate_metrics_sink.value;
    }

    ngx_http_gate_metrics_key(&key, family, n, values);

    e = ngx_http_gate_metrics_find(m, &key, NULL);

    if (e != NULL) {
        return &e->value;
    }

    if (full == family && full_in == m) {
        return NULL;
    }

    for (i = 0, count = 0; i < m->u.head.entries; i++) {
        e = &m->entries[i];

        count += (__atomic_load_n(&e->state, __ATOMIC_ACQUIRE)
                  != NGX_HTTP_GATE_METRICS_FREE
                  && e->family == key.family);
    }

    if (count < max) {
        return ngx_http_gate_metric(family, n, values);
    }

    full = family;
    full_in = m;

    return NULL;
}


void
ngx_http_gate_metric_dated(ngx_atomic_t *counter)
{
    ngx_http_gate_metrics_entry_t  *e;

    e = (ngx_http_gate_metrics_entry_t *) counter;

    (void) ngx_atomic_fetch_add(&e->value, 1);
    e->last = ngx_time();
}


gate_histogram_t *
ngx_http_gate_metric_histogram(ngx_http_gate_family_t *family, ngx_uint_t n,
    ngx_str_t *values)
{
    ngx_http_gate_metrics_entry_t  *e;

    e = ngx_http_gate_metrics_entry(family, n, values);

    if (e == NULL) {
        return &ngx_http_gate_metrics_histogram_sink;
    }

    return &ngx_http_gate_metrics_histograms(ngx_http_gate_metrics)[e->value];
}


ngx_uint_t
ngx_http_gate_metrics_index(const ngx_http_gate_family_t *family)
{
    ngx_uint_t                i;
    ngx_http_gate_family_t  **f;

    f = ngx_http_gate_metrics_families->elts;

    for (i = 0; i < ngx_http_gate_metrics_families->nelts; i++) {
        if (f[i] == family) {
            break;
        }
    }

    return i;
}


static ngx_http_gate_metrics_entry_t *
ngx_http_gate_metrics_entry(ngx_http_gate_family_t *family, ngx_uint_t n,
    ngx_str_t *values)
{
    ngx_http_gate_metrics_t        *m;
    ngx_http_gate_metrics_entry_t  *e, key;

    m = ngx_http_gate_metrics;

    if (m == NULL
        || ngx_http_gate_metrics_index(family)
           == ngx_http_gate_metrics_families->nelts)
    {
        return NULL;
    }

    ngx_http_gate_metrics_key(&key, family, n, values);

    e = ngx_http_gate_metrics_find(m, &key, NULL);

    if (e == NULL) {
        e = ngx_http_gate_metrics_create(m, &key,
                                   family->type == NGX_HTTP_GATE_HISTOGRAM);
    }

    if (e == NULL && ngx_atomic_fetch_add(&m->u.head.full, 1) == 0) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "gate metrics: no room for more than %ui counters",
                      m->u.head.room);
    }

    return e;
}


static void
ngx_http_gate_metrics_key(ngx_http_gate_metrics_entry_t *key,
    ngx_http_gate_family_t *family, ngx_uint_t n, ngx_str_t *values)
{
    u_char      *p, *last;
    size_t       len, max;
    ngx_uint_t   i, k;

    if (n > NGX_HTTP_GATE_LABELS) {
        n = NGX_HTTP_GATE_LABELS;
    }

    p = key->text;
    last = key->text + NGX_HTTP_GATE_METRICS_TEXT;

    for (i = 0; i < n; i++) {

        if (i > 0) {
            *p++ = '\0';
        }

        /* the separators to come must fit too */

        max = last - p - (n - i - 1);
        max = ngx_min(max, NGX_HTTP_GATE_METRICS_LABEL);

        len = ngx_http_gate_metrics_cut(&values[i], max);

        for (k = 0; k < len; k++) {
            *p++ = values[i].data[k] ? values[i].data[k] : '?';
        }
    }

    key->family = (u_char) ngx_http_gate_metrics_index(family);
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

        if (__atomic_load_n(&e->state, __ATOMIC_ACQUIRE)
            == NGX_HTTP_GATE_METRICS_FREE)
        {
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
ngx_http_gate_metrics_create(ngx_http_gate_metrics_t *m,
    ngx_http_gate_metrics_entry_t *key, ngx_uint_t histogram)
{
    ngx_slab_pool_t                *shpool;
    ngx_http_gate_metrics_head_t   *head;
    ngx_http_gate_metrics_entry_t  *e, *unused;

    head = &m->u.head;
    shpool = ngx_http_gate_metrics_pool;
    unused = NULL;

    ngx_shmtx_lock(&shpool->mutex);

    e = ngx_http_gate_metrics_find(m, key, &unused);

    if (e == NULL && unused && head->used < head->room
        && (!histogram || head->histograms_used < head->histograms))
    {
        e = unused;

        e->value = histogram ? head->histograms_used++ : 0;
        e->last = 0;
        e->hash = key->hash;
        e->family = key->family;
        e->n = key->n;
        e->len = key->len;
        ngx_memcpy(e->text, key->text, key->len);

        head->used++;

        __atomic_store_n(&e->state,
                         histogram ? NGX_HTTP_GATE_METRICS_HISTO
                                   : NGX_HTTP_GATE_METRICS_VALUE,
                         __ATOMIC_RELEASE);
    }

    ngx_shmtx_unlock(&shpool->mutex);

    return e;
}


static gate_histogram_t *
ngx_http_gate_metrics_histograms(ngx_http_gate_metrics_t *m)
{
    return (gate_histogram_t *) &m->entries[m->u.head.entries];
}


ngx_array_t *
ngx_http_gate_metrics_samples(ngx_pool_t *pool)
{
    ngx_uint_t                      i;
    gate_histogram_t                shown;
    ngx_atomic_uint_t               state;
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

        state = __atomic_load_n(&e->state, __ATOMIC_ACQUIRE);

        if (state == NGX_HTTP_GATE_METRICS_FREE) {
            continue;
        }

        s = ngx_array_push(samples);
        if (s == NULL) {
            return NULL;
        }

        ngx_http_gate_metrics_sample(s, e);

        if (state == NGX_HTTP_GATE_METRICS_HISTO) {
            s->histogram = &ngx_http_gate_metrics_histograms(m)[s->count];
            gate_histogram_read(s->histogram, &shown);
            s->count = shown.buckets[GATE_HISTOGRAM_BOUNDS];
        }
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
    s->last = e->last;

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


ngx_int_t
ngx_http_gate_metrics_init_zone(ngx_shm_zone_t *zone, void *data)
{
    size_t                         size;
    ngx_slab_pool_t               *shpool;
    ngx_http_gate_metrics_t       *m;
    ngx_http_gate_metrics_head_t  *head;

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

    size -= offsetof(ngx_http_gate_metrics_t, entries);
    head = &m->u.head;

    head->layout = NGX_HTTP_GATE_METRICS_LAYOUT;
    head->histograms = size / 8 / sizeof(gate_histogram_t);
    head->entries = (size - head->histograms * sizeof(gate_histogram_t))
                    / sizeof(ngx_http_gate_metrics_entry_t);

    /* one in eight stays free: looking for what is not there ends soon */

    head->room = head->entries - head->entries / 8;

    shpool->data = m;
    zone->data = m;

    return NGX_OK;
}


void
ngx_http_gate_metrics_use(ngx_shm_zone_t *zone, ngx_array_t *families)
{
    ngx_http_gate_metrics = NULL;
    ngx_http_gate_metrics_families = families;

    if (zone) {
        ngx_http_gate_metrics = zone->data;
        ngx_http_gate_metrics_pool = (ngx_slab_pool_t *) zone->shm.addr;
    }
}
