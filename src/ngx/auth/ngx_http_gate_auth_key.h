
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * API keys: _auth_key.c (the method), _auth_key_conf.c (which names carry one).
 */


#ifndef _NGX_HTTP_GATE_AUTH_KEY_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_KEY_H_INCLUDED_


#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_auth_known.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_place.h"


extern ngx_module_t  ngx_http_gate_auth_key_module;

ngx_int_t ngx_http_gate_auth_key_shield(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* ... may it do anything in this location? */
ngx_uint_t ngx_http_gate_auth_key_args_stand(void **loc_conf);
ngx_int_t ngx_http_gate_auth_key_shield_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* in a check: fields without which nobody gets in there, of ngx_str_t; NULL:
 * there are other ways */
ngx_array_t *ngx_http_gate_auth_key_needs(ngx_http_gate_place_t *place);
/* in a check: a variable of what the gate takes off requests there, as a key
 * may be in it */
ngx_uint_t ngx_http_gate_auth_key_takes(ngx_http_gate_place_t *place,
    gate_str_t variable);
/* ... a field of API keys there */
ngx_uint_t ngx_http_gate_auth_key_is(ngx_http_gate_place_t *place,
    gate_str_t field);
/* for methods of tokens: what "Bearer" brings here is a key, not theirs */
ngx_uint_t ngx_http_gate_auth_key_bears(ngx_http_request_t *r,
    gate_str_t token);
/* gate_key_names off */
ngx_uint_t ngx_http_gate_auth_key_off(ngx_http_request_t *r);


/* within the room */

typedef struct {
    ngx_http_gate_auth_known_t  *known;
    ngx_array_t               *checked;   /* the names last looked at */
    void                     **server;    /* and of which server */
} ngx_http_gate_auth_key_main_conf_t;


typedef struct {
    ngx_array_t               *headers;   /* of ngx_str_t, lower case */
    uint64_t                   lens;      /* a bit for the length of each */
    ngx_array_t               *args;      /* of ngx_str_t */
    ngx_uint_t                 bearer;    /* and Authorization: Bearer */
    ngx_uint_t                 off;       /* keys are the service's */
    u_char                    *file;      /* where that stands */
    ngx_uint_t                 line;
} ngx_http_gate_auth_key_loc_conf_t;


extern const ngx_http_gate_reason_t  ngx_http_gate_bad_key;
extern const ngx_http_gate_reason_t  *ngx_http_gate_auth_key_reasons[];
extern const ngx_http_gate_method_t   ngx_http_gate_auth_key_method;
extern const ngx_http_gate_conf_row_t  ngx_http_gate_auth_key_line;


#endif /* _NGX_HTTP_GATE_AUTH_KEY_H_INCLUDED_ */
