
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens whose server is asked about them: _auth_introspect.c (the method),
 * _auth_introspect_ask.c (questions and what is remembered of answers),
 * _auth_introspect_conf.c (the block).
 */


#ifndef _NGX_HTTP_GATE_AUTH_INTROSPECT_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_INTROSPECT_H_INCLUDED_


#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_issuer.h"

#include "gate_digest.h"
#include "gate_introspect.h"
#include "gate_tokens.h"


extern ngx_module_t  ngx_http_gate_auth_introspect_module;


/* a block, which names consumers as an issuer does */

typedef struct {
    ngx_http_gate_issuer_t    *issuer;
    gate_introspect_t          rules;
    ngx_str_t                  uri;           /* of the location */
    ngx_msec_t                 timeout;
    time_t                     good;          /* how long it is remembered */
    time_t                     bad;           /* ... of one that is not */
    size_t                     size;          /* bytes of each worker */
    ngx_uint_t                 unavailable;   /* 0: 503, 1: 401 */
    u_char                    *file;
    ngx_uint_t                 line;

    ngx_array_t               *servers;       /* that accept its tokens */
    ngx_http_core_srv_conf_t  *server;        /* with the location, or NULL */

    /* of this worker */
    gate_sha256_t             *sha;
    gate_tokens_t             *known;
    gate_tokens_t             *refused;       /* strangers fill it alone */
    ngx_queue_t                calls;         /* under way */
    ngx_uint_t                 ncalls;
} ngx_http_gate_introspection_t;


typedef struct {
    ngx_array_t               *blocks;        /* of pointers */
} ngx_http_gate_auth_introspect_main_conf_t;


/* what is known of a token: by its digest, of which nobody is the worse */

typedef struct {
    ngx_int_t                  rc;            /* of gate_introspect_rc_e, or
                                               * NGX_BUSY: nobody knows */
    gate_token_t               token;         /* where it is good */
} ngx_http_gate_introspect_known_t;


extern ngx_http_gate_family_t  ngx_http_gate_introspected;


/* _auth_introspect_ask.c: NGX_OK, *known says it; NGX_AGAIN, parked or not a
 * place for it; NGX_ERROR */

ngx_int_t ngx_http_gate_auth_introspect_ask(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_introspection_t *in,
    gate_str_t token, ngx_http_gate_introspect_known_t *known);
/* 1: it costs no question */
ngx_uint_t ngx_http_gate_auth_introspect_cheap(ngx_http_request_t *r,
    ngx_http_gate_introspection_t *in, gate_str_t token,
    ngx_http_gate_introspect_known_t *known);
void ngx_http_gate_auth_introspect_free(void *data);


/* _auth_introspect_conf.c */

char *ngx_http_gate_auth_introspect_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_gate_auth_introspect_param(ngx_conf_t *cf,
    ngx_http_gate_auth_entry_t *entry, ngx_str_t *value);
void *ngx_http_gate_auth_introspect_create_main_conf(ngx_conf_t *cf);
ngx_int_t ngx_http_gate_auth_introspect_init(ngx_conf_t *cf);
ngx_int_t ngx_http_gate_auth_introspect_in(ngx_conf_t *cf,
    ngx_http_gate_auth_entry_t *entry, ngx_http_gate_place_t *place);


#endif /* _NGX_HTTP_GATE_AUTH_INTROSPECT_H_INCLUDED_ */
