
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the two halves of limits share: _limit.c (decisions) and _limit_conf.c
 * (the directive).
 */


#ifndef _NGX_HTTP_GATE_LIMIT_H_INCLUDED_
#define _NGX_HTTP_GATE_LIMIT_H_INCLUDED_


#include "ngx_http_gate.h"

#include "gate_bucket.h"


#define NGX_HTTP_GATE_LIMITS       8          /* lines of one location */
#define NGX_HTTP_GATE_LIMIT_COUNTERS  64


typedef struct {
    ngx_str_t                  name;
    gate_rate_t                rate;
    uint32_t                   kind;
    ngx_uint_t                 named;
} ngx_http_gate_limit_rate_t;


typedef struct {
    ngx_uint_t                 plan;      /* the consumer's */
    ngx_http_gate_limit_rate_t  *rate;    /* or this one */
    ngx_http_complex_value_t  *key;       /* NULL: the consumer */
    ngx_uint_t                 dry_run;
} ngx_http_gate_limit_line_t;


typedef struct {
    ngx_array_t               *lines;
    ngx_uint_t                 fields;
    u_char                    *file;
    ngx_uint_t                 line;
    ngx_uint_t                 who;       /* a line asks for an identity */
} ngx_http_gate_limit_loc_conf_t;


/* the counter that was found last for one of many names, the worker's own */

typedef struct {
    u_char                    *name;
    ngx_uint_t                 status;
    ngx_atomic_t              *value;
} ngx_http_gate_limit_counter_t;


typedef struct {
    ngx_array_t               *rates;     /* of pointers, the named ones */
    ngx_uint_t                 unnamed;
    ngx_http_gate_limit_counter_t  counters[NGX_HTTP_GATE_LIMIT_COUNTERS];
} ngx_http_gate_limit_main_conf_t;


char *ngx_http_gate_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


#endif /* _NGX_HTTP_GATE_LIMIT_H_INCLUDED_ */
