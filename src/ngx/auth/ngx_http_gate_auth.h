
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of gate_auth share: _auth.c (who it is), _auth_conf.c (the
 * directive), _auth_vars.c (variables).
 */


#ifndef _NGX_HTTP_GATE_AUTH_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_H_INCLUDED_


#include "ngx_http_gate.h"


extern ngx_module_t  ngx_http_gate_auth_module;
extern ngx_module_t  ngx_http_gate_auth_key_module;
extern ngx_module_t  ngx_http_gate_auth_jwt_module;

#define NGX_HTTP_GATE_ISSUERS          16     /* of one location */

typedef struct {
    ngx_http_gate_stage_t     *stage;         /* of step WHO */
    ngx_array_t               *issuers;       /* of pointers, for jwt */
} ngx_http_gate_method_t;

struct ngx_http_gate_auth_conf_s {
    ngx_array_t               *methods;       /* of the above, in order */
    gate_consumer_t           *anonymous;
    ngx_flag_t                 enable;
    unsigned                   any:1;         /* it says so */
    unsigned                   all:1;
    unsigned                   preflight:1;
    unsigned                   hide:1;
    unsigned                   off:1;         /* everybody may, as it says */
    unsigned                   key:1;         /* key is listed */
    unsigned                   jwt:1;
};

/* identity of (request, location), evaluated at most once; OK, DECLINED (no
 * gate_auth here), NGX_ERROR, or a reason (> 0) */
ngx_int_t ngx_http_gate_auth_identify(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_http_gate_auth_conf_t *ngx_http_gate_auth_conf(ngx_http_request_t *r);
/* for variables: the identity, evaluated if need be; NULL: it failed */
ngx_http_gate_identity_t *ngx_http_gate_auth_ask(ngx_http_request_t *r);
/* of the token where there is one, else of the consumer */
ngx_int_t ngx_http_gate_auth_scopes(ngx_http_request_t *r,
    ngx_http_gate_identity_t *who, ngx_str_t *value);

ngx_int_t ngx_http_gate_auth_require(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_require_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_strip(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_key_shield(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_key_shield_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_key_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_jwt_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* gate_key_names off */
ngx_uint_t ngx_http_gate_auth_key_off(ngx_http_request_t *r);


/* within the room */

char *ngx_http_gate_auth(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_http_gate_auth_add_variables(ngx_conf_t *cf);
ngx_int_t ngx_http_gate_auth_preconfiguration(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_AUTH_H_INCLUDED_ */
