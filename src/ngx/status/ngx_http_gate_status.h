
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the rooms of the status page share: a snapshot of everything that is
 * shown, the rows that both formats are written from, the answer.
 */


#ifndef _NGX_HTTP_GATE_STATUS_H_INCLUDED_
#define _NGX_HTTP_GATE_STATUS_H_INCLUDED_


#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_zone.h"
#include "gate_journal.h"
#include "gate_text.h"


extern ngx_module_t  ngx_http_gate_status_module;


/* within the room */

#define NGX_HTTP_GATE_VERSION         "0.1.0"

#define NGX_HTTP_GATE_STATUS_JSON     0
#define NGX_HTTP_GATE_STATUS_PROM     1


typedef struct {
    ngx_str_t                 *name;
    ngx_http_gate_zone_stat_t  stat;
} ngx_http_gate_status_zone_t;


/* what is shown, read once so that both formats tell the same */

typedef struct {
    ngx_str_t                  node;
    ngx_array_t               *samples;       /* of ngx_http_gate_sample_t */
    uint64_t                   counters[NGX_HTTP_GATE_METRICS];
                                              /* sums of families */

    uint64_t                   always;
    uint64_t                   journaling;
    uint64_t                   shipping;
    uint64_t                   redis;
    uint64_t                   zoned;
    uint64_t                   marked;        /* the sidecar has answered */

    uint64_t                   opened;
    uint64_t                   open;
    uint64_t                   units[GATE_UNITS];
    uint64_t                   cells;
    uint64_t                   cells_used;
    uint64_t                   slots;
    uint64_t                   dirty;
    uint64_t                   writers;
    uint64_t                   epoch;
    uint64_t                   epochs;

    ngx_array_t               *zones;         /* of the below */

    ngx_http_gate_metrics_stat_t  metrics;
} ngx_http_gate_status_t;


/* a branch of the JSON tree; Prometheus sees it if "on" is not 0, and so do
 * lists everywhere */

typedef struct {
    const char                *name;
    ngx_uint_t                 optional;      /* says if it is configured */
    size_t                     on;            /* in ngx_http_gate_status_t */
} ngx_http_gate_status_group_t;


#define NGX_HTTP_GATE_STATUS_NUMBER   0
#define NGX_HTTP_GATE_STATUS_BOOLEAN  1
#define NGX_HTTP_GATE_STATUS_HEX      2
#define NGX_HTTP_GATE_STATUS_LIST     3
#define NGX_HTTP_GATE_STATUS_ZONES    4


/*
 * A row is a value of the snapshot, all counters of a family, or a value of
 * each zone.  Rows of one Prometheus name follow each other, as do rows of one
 * group.
 */

typedef struct {
    ngx_uint_t                 group;
    const char                *key;           /* of JSON, or NULL */
    const char                *name;          /* of Prometheus, or NULL */
    const char                *label;         /* of Prometheus, or NULL */
    const char                *type;
    const char                *help;
    ngx_uint_t                 kind;
    size_t                     value;         /* offset (of a zone: in its
                                                 stat), or the family */
    const char                *labels[NGX_HTTP_GATE_METRICS_LABELS];
} ngx_http_gate_status_row_t;


/* value of a row or group, by its offset */

static ngx_inline uint64_t
ngx_http_gate_status_value(ngx_http_gate_status_t *st, size_t offset)
{
    return *(uint64_t *) ((u_char *) st + offset);
}


/* _status_rows.c */

extern const ngx_http_gate_status_group_t  ngx_http_gate_status_groups[];
extern const ngx_uint_t                    ngx_http_gate_status_ngroups;
extern const ngx_http_gate_status_row_t    ngx_http_gate_status_rows[];
extern const ngx_uint_t                    ngx_http_gate_status_nrows;

ngx_int_t ngx_http_gate_status_read(ngx_http_request_t *r,
    ngx_http_gate_status_t *st);


/* _status_text.c */

void ngx_http_gate_status_json(gate_text_t *t, ngx_http_gate_status_t *st);
void ngx_http_gate_status_prom(gate_text_t *t, ngx_http_gate_status_t *st);


/* _status_ready.c: "?ready" */

ngx_int_t ngx_http_gate_status_ready(ngx_http_request_t *r);


/* _status.c: the whole answer; gives what the handler is to return */

ngx_int_t ngx_http_gate_status_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_uint_t format, u_char *data, size_t len);


#endif /* _NGX_HTTP_GATE_STATUS_H_INCLUDED_ */
