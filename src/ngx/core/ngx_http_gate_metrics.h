
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the status page reads of the counters.
 */


#ifndef _NGX_HTTP_GATE_METRICS_H_INCLUDED_
#define _NGX_HTTP_GATE_METRICS_H_INCLUDED_


#include "ngx_http_gate.h"


extern ngx_module_t  ngx_http_gate_metrics_module;

typedef enum {
    NGX_HTTP_GATE_M_REQUESTS = 0,     /* api, version, decision, reason */
    NGX_HTTP_GATE_M_OUTCOMES,         /* api, version, outcome */
    NGX_HTTP_GATE_M_LIMITS,           /* limit, status */
    NGX_HTTP_GATE_M_AUTH,             /* method, result */
    NGX_HTTP_GATE_M_TOKENS,           /* result */
    NGX_HTTP_GATE_M_UNBILLED,         /* admitted without a slot; no label */
    NGX_HTTP_GATE_M_SHIP_ERRORS,      /* no label */
    NGX_HTTP_GATE_M_SHIP_CELLS,       /* no label */
    NGX_HTTP_GATE_M_SHIP_LAG,         /* gauge, seconds; no label */
    NGX_HTTP_GATE_M_REDIS_UP,         /* gauge, 0 or 1; no label */
    NGX_HTTP_GATE_M_RETIRED_EARLY,    /* cells given up before retain */
    NGX_HTTP_GATE_M_SIDECAR,          /* flag, of a closed set */
    NGX_HTTP_GATE_M_REDIS_EVICTION,   /* gauge, 0 or 1; no label */
    NGX_HTTP_GATE_M_REDIS_POLICY,     /* gauge, 1: it could be read */
    NGX_HTTP_GATE_METRICS
} ngx_http_gate_metric_e;

/*
 * the counter of a family with these label values, created if need be; never
 * NULL: where the zone is full it is a counter of this process that is not
 * shown.  Look it up once per worker and label set, then use the pointer with
 * ngx_atomic_fetch_add(p, 1) (gauges: *p = n).
 */
ngx_atomic_t *ngx_http_gate_metric(ngx_http_gate_metric_e family,
    ngx_uint_t n, ngx_str_t *values);


/* within the room */

#define NGX_HTTP_GATE_METRICS_LABELS   4


typedef struct {
    ngx_uint_t                 family;        /* ngx_http_gate_metric_e */
    ngx_uint_t                 n;             /* of values */
    ngx_str_t                  values[NGX_HTTP_GATE_METRICS_LABELS];
    uint64_t                   count;
} ngx_http_gate_sample_t;


typedef struct {
    uint64_t                   series;
    uint64_t                   room;
    uint64_t                   full;          /* look-ups that found no room */
} ngx_http_gate_metrics_stat_t;


/*
 * all counters as they stand, sorted by family and values; the values are
 * views into the zone, where they stay; NULL: no memory
 */
ngx_array_t *ngx_http_gate_metrics_samples(ngx_pool_t *pool);

void ngx_http_gate_metrics_stat(ngx_http_gate_metrics_stat_t *st);


#endif /* _NGX_HTTP_GATE_METRICS_H_INCLUDED_ */
