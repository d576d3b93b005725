
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Bearer tokens: _auth_jwt.c (the method), _auth_jwt_conf.c (its parameters and
 * the cache's size), _auth_jwt_from.c (other places of a token).
 */


#ifndef _NGX_HTTP_GATE_AUTH_JWT_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_JWT_H_INCLUDED_


#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_place.h"

#include "gate_jwt.h"
#include "gate_jwt_heads.h"
#include "gate_tokens.h"


#define NGX_HTTP_GATE_ISSUERS  16             /* of one location */


typedef struct {
    gate_tokens_t             *tokens;    /* of this worker, made on demand */
    size_t                     bytes;     /* of the cache, 0: none */
    gate_jwt_heads_t           heads;     /* of this worker, too */
} ngx_http_gate_auth_jwt_main_conf_t;


/* gate_token_from */

typedef struct {
    ngx_array_t               *headers;   /* of ngx_str_t, lower case */
    ngx_array_t               *cookies;   /* the same, as written */
    ngx_array_t               *args;
    ngx_array_t               *protocols;
    ngx_uint_t                 off;
    unsigned                   from:1;    /* some of these */
} ngx_http_gate_auth_jwt_loc_conf_t;


extern ngx_module_t  ngx_http_gate_auth_jwt_module;
extern const ngx_http_gate_reason_t   ngx_http_gate_bad_token;

extern const ngx_http_gate_reason_t  ngx_http_gate_bad_token;
extern const ngx_http_gate_reason_t  *ngx_http_gate_auth_jwt_reasons[];
extern ngx_http_gate_family_t  ngx_http_gate_auth_jwt_cached;
extern const ngx_http_gate_method_t   ngx_http_gate_auth_jwt_method;

/* jwt=ISSUER: the entry's data is an array of pointers to issuers */
char *ngx_http_gate_auth_jwt_param(ngx_conf_t *cf,
    ngx_http_gate_auth_entry_t *entry, ngx_str_t *value);
/* in a check: tokens that are accepted there may bring groups of their own */
ngx_uint_t ngx_http_gate_auth_jwt_groups(ngx_http_gate_auth_conf_t *acf);


/* _auth_jwt_from.c */

ngx_int_t ngx_http_gate_auth_jwt_from(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_int_t rc, gate_str_t *token);
char *ngx_http_gate_auth_jwt_from_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_gate_auth_jwt_from_in_force(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);

/* for methods whose tokens come in the same way: the one of the request ... */
ngx_int_t ngx_http_gate_auth_jwt_bearer(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_array_t *issuers, gate_str_t *token);
/* ... the consumer of the configuration that its claims name, or NULL; whom it
 * is about is filled in ... */
gate_consumer_t *ngx_http_gate_auth_jwt_named(ngx_http_request_t *r,
    gate_token_t *t);
/* ... it is good: takes over a reference to claims ... */
ngx_int_t ngx_http_gate_auth_jwt_set(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_token_t *t);
/* ... or it is not */
ngx_int_t ngx_http_gate_auth_jwt_refuse(ngx_http_gate_ctx_t *ctx,
    gate_jwt_rc_e rc, const char *detail);


#endif /* _NGX_HTTP_GATE_AUTH_JWT_H_INCLUDED_ */
