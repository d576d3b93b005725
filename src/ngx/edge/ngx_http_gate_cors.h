
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of gate_cors share: _cors.c (preflights), _cors_conf.c (the
 * directive), _cors_fields.c (fields of answers).
 */


#ifndef _NGX_HTTP_GATE_CORS_H_INCLUDED_
#define _NGX_HTTP_GATE_CORS_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_limit.h"

#include "gate_cors.h"


ngx_int_t ngx_http_gate_cors_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* ... may it do anything in this location? */
ngx_uint_t ngx_http_gate_cors_stands(void **loc_conf);


/* within the room */

extern ngx_module_t  ngx_http_gate_cors_module;


/* what a line allows */

typedef struct {
    ngx_array_t               *origins;   /* of gate_cors_origin_t */
    ngx_array_t               *methods;   /* of gate_str_t, NULL: any */
    ngx_array_t               *fields;    /* of gate_str_t, NULL: any */
    ngx_str_t                  methods_text;
    ngx_str_t                  fields_text;   /* "": any, or none */
    ngx_str_t                  expose;
    ngx_str_t                  max_age;
    ngx_uint_t                 status;
    ngx_http_gate_limit_loc_conf_t  *limit;   /* or NULL */
    unsigned                   any:1;     /* origin=* */
    unsigned                   credentials:1;
} ngx_http_gate_cors_policy_t;


/* of the client's request: where it met one last, and what was said there */

struct ngx_http_gate_cors_ctx_s {
    ngx_http_gate_cors_policy_t  *policy;
    unsigned                     allowed:1;   /* a preflight was answered */
};


typedef struct {
    ngx_http_gate_cors_policy_t  *policy;     /* NULL: off */
} ngx_http_gate_cors_loc_conf_t;


#define NGX_HTTP_GATE_CORS_RESULTS  5

typedef struct {
    ngx_uint_t                 used;      /* a line stands somewhere */
    ngx_atomic_t              *results[NGX_HTTP_GATE_CORS_RESULTS];
} ngx_http_gate_cors_main_conf_t;


/* does the line allow this origin? */
ngx_uint_t ngx_http_gate_cors_origin(ngx_http_gate_cors_policy_t *policy,
    ngx_str_t *origin);

/* _cors_conf.c */
char *ngx_http_gate_cors_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* _cors_fields.c: in postconfiguration, if a line stands somewhere */
void ngx_http_gate_cors_filter(void);


#endif /* _NGX_HTTP_GATE_CORS_H_INCLUDED_ */
