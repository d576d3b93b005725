
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of gate_allow and gate_deny share: _access.c (what they
 * decide), _access_conf.c (the directives) and _access_check.c (lines that no
 * request can meet).
 */


#ifndef _NGX_HTTP_GATE_ACCESS_H_INCLUDED_
#define _NGX_HTTP_GATE_ACCESS_H_INCLUDED_


#include "ngx_http_gate_reason.h"

#include "gate_claim.h"
#include "gate_window.h"


extern ngx_module_t  ngx_http_gate_access_module;

extern const ngx_http_gate_reason_t  ngx_http_gate_missing_scope;

ngx_int_t ngx_http_gate_access_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


/* within the room */

extern const ngx_http_gate_reason_t  *ngx_http_gate_access_reasons[];


typedef enum {
    NGX_HTTP_GATE_ACCESS_IS = 0,              /* one of the values */
    NGX_HTTP_GATE_ACCESS_BEGINS,              /* with one of them */
    NGX_HTTP_GATE_ACCESS_PRESENT
} ngx_http_gate_access_test_e;


typedef struct {
    gate_claim_t               claim;
    ngx_http_gate_access_test_e  test;
    ngx_array_t               *values;    /* of gate_str_t */
    const char                *word;      /* as it was written */
} ngx_http_gate_access_claim_t;


typedef struct {
    ngx_array_t               *any_scopes;
    ngx_array_t               *consumers;
    ngx_array_t               *credentials;  /* names of methods */
    ngx_array_t               *windows;   /* of gate_window_t: any of */
} ngx_http_gate_access_more_t;


typedef struct {
    ngx_array_t               *methods;   /* of gate_str_t */
    ngx_array_t               *groups;    /* of gate_str_t: any of */
    ngx_array_t               *scopes;    /* of gate_str_t: all of */
    ngx_array_t               *claims;    /* all of */
    ngx_http_gate_access_more_t  *more;   /* NULL: nothing else is asked */
    ngx_str_t                  scopes_text;  /* of all, for a challenge */
    const char                *directive;
    u_char                    *file;
    ngx_uint_t                 line;
    unsigned                   who:1;     /* asks for an identity */
    unsigned                   told:1;    /* it was warned of */
} ngx_http_gate_access_line_t;


typedef struct {
    ngx_array_t               *lines;
    ngx_array_t               *denied;    /* the same */
} ngx_http_gate_access_loc_conf_t;


/* _access_conf.c */
char *ngx_http_gate_access_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* _access_check.c */

ngx_int_t ngx_http_gate_access_preconfiguration(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_ACCESS_H_INCLUDED_ */
