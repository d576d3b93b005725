
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fields that a sidecar gets, and gate_fields, which chooses among them.
 */


#ifndef _NGX_HTTP_GATE_FIELDS_H_INCLUDED_
#define _NGX_HTTP_GATE_FIELDS_H_INCLUDED_


#include "ngx_http_gate.h"


/* in the order in which they are sent */

typedef enum {
    NGX_HTTP_GATE_F_REQUEST_ID = 0,
    NGX_HTTP_GATE_F_CONNECTION,
    NGX_HTTP_GATE_F_UPGRADE,
    NGX_HTTP_GATE_F_TRACEPARENT,
    NGX_HTTP_GATE_F_TRACESTATE,
    NGX_HTTP_GATE_F_FORWARDED_FOR,
    NGX_HTTP_GATE_F_FORWARDED_PROTO,
    NGX_HTTP_GATE_F_FORWARDED_HOST,
    NGX_HTTP_GATE_F_CONSUMER_ID,
    NGX_HTTP_GATE_F_CONSUMER,
    NGX_HTTP_GATE_F_GROUPS,
    NGX_HTTP_GATE_F_CREDENTIAL,
    NGX_HTTP_GATE_F_ANONYMOUS,
    NGX_HTTP_GATE_F_LANE,
    NGX_HTTP_GATE_FIELDS
} ngx_http_gate_field_e;

#define ngx_http_gate_field_bit(field)  ((ngx_uint_t) 1 << (field))

/* those that only an upgrade has, and that nobody can do without */
#define NGX_HTTP_GATE_FIELDS_UPGRADE                                         \
    (ngx_http_gate_field_bit(NGX_HTTP_GATE_F_CONNECTION)                     \
     |ngx_http_gate_field_bit(NGX_HTTP_GATE_F_UPGRADE))

#define NGX_HTTP_GATE_FIELDS_ALL                                             \
    (ngx_http_gate_field_bit(NGX_HTTP_GATE_FIELDS) - 1)


/* _fields_conf.c */

char *ngx_http_gate_fields_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_GATE_FIELDS_H_INCLUDED_ */
