
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The series of metrics in shared memory, for those who show them.
 */


#ifndef _NGX_HTTP_GATE_METRICS_SERIES_H_INCLUDED_
#define _NGX_HTTP_GATE_METRICS_SERIES_H_INCLUDED_


#include "ngx_http_gate_metrics.h"


typedef struct {
    ngx_uint_t                 family;    /* its index */
    ngx_uint_t                 n;         /* of values */
    ngx_str_t                  values[NGX_HTTP_GATE_LABELS];
    uint64_t                   count;
    time_t                     last;      /* when, of a dated family */
    const gate_histogram_t    *histogram; /* of which it is the count */
} ngx_http_gate_sample_t;


typedef struct {
    uint64_t                   series;
    uint64_t                   room;
    uint64_t                   full;      /* look-ups that found no room */
} ngx_http_gate_metrics_stat_t;


/*
 * all series as they stand, sorted by family and values; the values are views
 * into the zone, where they stay; NULL: no memory
 */
ngx_array_t *ngx_http_gate_metrics_samples(ngx_pool_t *pool);
void ngx_http_gate_metrics_stat(ngx_http_gate_metrics_stat_t *st);

/* _metrics.c alone */
ngx_int_t ngx_http_gate_metrics_init_zone(ngx_shm_zone_t *zone, void *data);
/* of the configuration that runs from here on, which keeps the array */
void ngx_http_gate_metrics_use(ngx_shm_zone_t *zone, ngx_array_t *families);


#endif /* _NGX_HTTP_GATE_METRICS_SERIES_H_INCLUDED_ */
