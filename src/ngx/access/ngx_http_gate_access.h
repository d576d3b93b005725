
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of gate_allow share: _access.c (the directive and what it
 * decides) and _access_check.c (lines that no request can meet).
 */


#ifndef _NGX_HTTP_GATE_ACCESS_H_INCLUDED_
#define _NGX_HTTP_GATE_ACCESS_H_INCLUDED_


#include "ngx_http_gate_reason.h"


extern ngx_module_t  ngx_http_gate_access_module;

extern const ngx_http_gate_reason_t  ngx_http_gate_missing_scope;

ngx_int_t ngx_http_gate_access_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


/* within the room */

extern const ngx_http_gate_reason_t  *ngx_http_gate_access_reasons[];


typedef struct {
    gate_str_t                 name;
    gate_str_t                 value;
} ngx_http_gate_access_claim_t;


typedef struct {
    ngx_array_t               *methods;   /* of gate_str_t */
    ngx_array_t               *groups;    /* of gate_str_t: any of */
    ngx_array_t               *scopes;    /* of gate_str_t: all of */
    ngx_array_t               *claims;    /* all of */
    u_char                    *file;
    ngx_uint_t                 line;
    unsigned                   who:1;     /* asks for an identity */
    unsigned                   told:1;    /* it was warned of */
} ngx_http_gate_access_line_t;


typedef struct {
    ngx_array_t               *lines;
} ngx_http_gate_access_loc_conf_t;


/* _access_check.c */

/* a method that no request can have, as the line is read */
char *ngx_http_gate_access_methods(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
ngx_int_t ngx_http_gate_access_preconfiguration(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_ACCESS_H_INCLUDED_ */
