
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Metrics: families of counters in shared memory, and what rooms tell of
 * themselves when they are asked.  A room registers its own.
 */


#ifndef _NGX_HTTP_GATE_METRICS_H_INCLUDED_
#define _NGX_HTTP_GATE_METRICS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "gate_histogram.h"


extern ngx_module_t  ngx_http_gate_metrics_module;


#define NGX_HTTP_GATE_LABELS           4

#define NGX_HTTP_GATE_COUNTER          0
#define NGX_HTTP_GATE_GAUGE            1
#define NGX_HTTP_GATE_HISTOGRAM        2


#define NGX_HTTP_GATE_FAMILY_QUIET     1  /* not shown until it has counted */
#define NGX_HTTP_GATE_FAMILY_DATED     2  /* JSON tells when it did last */


/*
 * A family of Prometheus: a series in shared memory for each set of values of
 * its labels, which a configuration or a closed set has to bound.
 */

typedef struct {
    const char                *name;
    ngx_uint_t                 type;
    const char                *help;
    const char                *labels[NGX_HTTP_GATE_LABELS];
    const char                *list;      /* of all series, in JSON, or NULL */
    ngx_uint_t                 flags;
    const gate_histogram_bounds_t  *bounds;
} ngx_http_gate_family_t;


#define NGX_HTTP_GATE_ROW_NUMBER       0
#define NGX_HTTP_GATE_ROW_BOOLEAN      1
#define NGX_HTTP_GATE_ROW_HEX          2


/*
 * A row is a member of an object of JSON, and a sample of Prometheus: a
 * uint64_t that its group has read, or all that a family has counted, which
 * tells its name then.  Rows of one name follow each other.
 */

typedef struct {
    const char                *key;       /* of JSON, or NULL */
    const char                *name;      /* of Prometheus, or NULL */
    ngx_uint_t                 type;
    const char                *help;
    const char                *label;     /* as it stands in braces, or NULL */
    ngx_uint_t                 kind;
    size_t                     value;     /* offset in what was read */
    ngx_http_gate_family_t    *family;    /* or this */
} ngx_http_gate_row_t;


#define ngx_http_gate_row(kind, type, field)                                  \
    NGX_HTTP_GATE_ROW_##kind, offsetof(type, field), NULL

#define ngx_http_gate_row_family(kind, family)                                \
    NULL, 0, NULL, NULL, NGX_HTTP_GATE_ROW_##kind, 0, family

#define ngx_http_gate_null_row                                                \
    { NULL, NULL, 0, NULL, NULL, 0, 0, NULL }


/*
 * An object of JSON.  "read" fills what the rows show; NGX_DECLINED: it is not
 * configured.  With a label there are several: it is asked for each, names
 * them, and declines after the last one.
 */

typedef struct {
    const char                *name;
    ngx_uint_t                 optional;  /* JSON tells if it is configured */
    const char                *label;     /* "zone": of several, or NULL */
    const char                *list;      /* "zones": in JSON */
    size_t                     size;      /* of what is read */
    ngx_int_t                (*read)(ngx_uint_t n, ngx_str_t *name,
                                     void *values);
    const ngx_http_gate_row_t  *rows;     /* ended by a null row */
} ngx_http_gate_group_t;


/* one of them, as it was added */

typedef struct {
    ngx_http_gate_family_t    *family;
    ngx_http_gate_group_t     *group;
} ngx_http_gate_metrics_item_t;


/* for a room's preconfiguration; the page has them in this order */
ngx_int_t ngx_http_gate_metrics_add(ngx_conf_t *cf,
    ngx_http_gate_family_t *family);
ngx_int_t ngx_http_gate_metrics_add_group(ngx_conf_t *cf,
    ngx_http_gate_group_t *group);

/*
 * The counter of a family with these label values, created if need be; never
 * NULL: where the zone is full it is a counter of this process that is not
 * shown.  Look it up once per worker and label set, then use the pointer with
 * ngx_atomic_fetch_add(p, 1) (gauges: *p = n).
 */
ngx_atomic_t *ngx_http_gate_metric(ngx_http_gate_family_t *family,
    ngx_uint_t n, ngx_str_t *values);
/*
 * ... of a family that is given no more than "max" of them; NULL: it has those,
 * and this is none.  Not to be kept: counted by the one below, and dated.
 */
ngx_atomic_t *ngx_http_gate_metric_capped(ngx_http_gate_family_t *family,
    ngx_uint_t n, ngx_str_t *values, ngx_uint_t max);
void ngx_http_gate_metric_dated(ngx_atomic_t *counter);
/* the same, for gate_histogram_add() with the family's bounds */
gate_histogram_t *ngx_http_gate_metric_histogram(
    ngx_http_gate_family_t *family, ngx_uint_t n, ngx_str_t *values);


/* its place among those of the configuration that runs; "n": it is not one */
ngx_uint_t ngx_http_gate_metrics_index(const ngx_http_gate_family_t *family);

/* for the status page: of ngx_http_gate_metrics_item_t */
ngx_array_t *ngx_http_gate_metrics_items(ngx_uint_t *families);


#endif /* _NGX_HTTP_GATE_METRICS_H_INCLUDED_ */
