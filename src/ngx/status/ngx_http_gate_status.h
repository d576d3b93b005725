
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the rooms of the status page share: a snapshot of everything that is
 * shown, which both formats are written from, the answer.
 */


#ifndef _NGX_HTTP_GATE_STATUS_H_INCLUDED_
#define _NGX_HTTP_GATE_STATUS_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_metrics_series.h"

#include "gate_text.h"


#define NGX_HTTP_GATE_VERSION         "0.1.0"

#define NGX_HTTP_GATE_STATUS_JSON     0
#define NGX_HTTP_GATE_STATUS_PROM     1


/* what a group has read: of itself, or of one of several */

typedef struct {
    ngx_str_t                  name;
    void                      *values;
} ngx_http_gate_status_part_t;


typedef struct {
    ngx_http_gate_family_t    *family;
    ngx_http_gate_group_t     *group;         /* or this */
    ngx_array_t                parts;         /* none: not configured */
} ngx_http_gate_status_item_t;


/* what is shown, read once */

typedef struct {
    ngx_str_t                  node;
    ngx_array_t                items;         /* of the above */
    ngx_array_t               *samples;       /* of ngx_http_gate_sample_t */
    uint64_t                  *counts;        /* sums of families, by index */
} ngx_http_gate_status_t;


/* _status_read.c */

ngx_int_t ngx_http_gate_status_read(ngx_http_request_t *r,
    ngx_http_gate_status_t *st);
uint64_t ngx_http_gate_status_value(ngx_http_gate_status_t *st,
    const ngx_http_gate_row_t *row, ngx_http_gate_status_part_t *part);
/* not of a family that is quiet and has counted nothing */
ngx_uint_t ngx_http_gate_status_is_shown(ngx_http_gate_status_t *st,
    ngx_http_gate_family_t *family);


/* _status_json.c, _status_prom.c */

void ngx_http_gate_status_json(gate_text_t *t, ngx_http_gate_status_t *st);
void ngx_http_gate_status_prom(gate_text_t *t, ngx_http_gate_status_t *st);


/* _status_ready.c: "?ready" */

ngx_int_t ngx_http_gate_status_ready(ngx_http_request_t *r);


/* _status.c: the whole answer; gives what the handler is to return */

ngx_int_t ngx_http_gate_status_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_uint_t format, u_char *data, size_t len);


#endif /* _NGX_HTTP_GATE_STATUS_H_INCLUDED_ */
