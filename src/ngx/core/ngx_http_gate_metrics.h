
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the status page reads of the counters.
 */


#ifndef _NGX_HTTP_GATE_METRICS_H_INCLUDED_
#define _NGX_HTTP_GATE_METRICS_H_INCLUDED_


#include "ngx_http_gate.h"


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
