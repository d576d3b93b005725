
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * HTTP Message Signatures: _auth_signature.c (the methods "signature" and
 * "hmac"), _conf.c (gate_signature, the line of gate_consumer), _keys.c (keys,
 * made ready once), _request.c (the request as its client sent it).
 */


#ifndef _NGX_HTTP_GATE_AUTH_SIGNATURE_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_SIGNATURE_H_INCLUDED_


#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_replay.h"
#include "ngx_http_gate_request.h"

#include "gate_httpsig.h"
#include "gate_jwks.h"


extern ngx_module_t  ngx_http_gate_auth_signature_module;

/* is one of the two methods listed there? */
ngx_uint_t ngx_http_gate_signature_listed(ngx_http_gate_auth_conf_t *acf);
/* all lines of a field, joined; NGX_DECLINED: there is none */
ngx_int_t ngx_http_gate_signature_joined(ngx_http_request_t *r,
    ngx_str_t *name, gate_str_t *value);


/* within the room */

#define NGX_HTTP_GATE_SIGNATURE_OPTIONAL  0   /* of nonce= */
#define NGX_HTTP_GATE_SIGNATURE_REQUIRED  1
#define NGX_HTTP_GATE_SIGNATURE_OFF       2

#define NGX_HTTP_GATE_SIGNATURE_SIGNED    0   /* of digest= */
#define NGX_HTTP_GATE_SIGNATURE_BODY      1
#define NGX_HTTP_GATE_SIGNATURE_NO_BODY   2


typedef struct {
    ngx_array_t               *components;    /* of ngx_str_t */
    time_t                     skew;
    time_t                     max_age;
    ngx_str_t                  tag;
    ngx_str_t                  label;
    ngx_uint_t                 nonce;
    ngx_uint_t                 digest;
    size_t                     max;           /* bytes of a body */
    ngx_http_gate_replay_conf_t  replay;
    ngx_str_t                  accept;        /* Accept-Signature */
    u_char                    *file;          /* NULL: it is not written */
    ngx_uint_t                 line;
} ngx_http_gate_signature_loc_conf_t;


typedef struct ngx_http_gate_signature_keys_s  ngx_http_gate_signature_keys_t;

typedef struct {
    ngx_http_gate_signature_keys_t  *keys;    /* of this worker */
} ngx_http_gate_signature_main_conf_t;


extern const ngx_http_gate_reason_t  *ngx_http_gate_signature_reasons[];
extern const ngx_http_gate_reason_t *const  ngx_http_gate_signature_failures[];
extern const ngx_http_gate_method_t  ngx_http_gate_auth_signature_method;
extern const ngx_http_gate_method_t  ngx_http_gate_auth_hmac_method;


/* Accept-Signature (RFC 9421 5), for refusals */
ngx_int_t ngx_http_gate_signature_ask(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf);


/* _auth_signature_keys.c */

/* it lives as long as the configuration */
ngx_http_gate_signature_keys_t *ngx_http_gate_signature_keys_create(
    ngx_conf_t *cf);
/* NULL: it is of no use, "err" says why */
const gate_key_t *ngx_http_gate_signature_key(
    ngx_http_gate_signature_keys_t *keys, gate_str_t text, unsigned alg,
    char *err, size_t errlen);


/* _auth_signature_request.c */

typedef struct {
    ngx_http_request_t        *r;
    ngx_http_gate_cursor_t     cursor;
    ngx_str_t                  name;          /* that was asked for last */
    size_t                     n;             /* ... so many lines of it */
} ngx_http_gate_signature_lines_t;


/* "lines" is for its reader of fields */
ngx_int_t ngx_http_gate_signature_request(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_httpsig_request_t *req,
    ngx_http_gate_signature_lines_t *lines);


#endif /* _NGX_HTTP_GATE_AUTH_SIGNATURE_H_INCLUDED_ */
