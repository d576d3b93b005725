
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys leave the request.
 */


#ifndef _NGX_HTTP_GATE_KEYS_H_INCLUDED_
#define _NGX_HTTP_GATE_KEYS_H_INCLUDED_


#include "ngx_http_gate.h"

#include "gate_names.h"
#include "gate_scrub.h"


typedef struct {
    ngx_array_t               *fields;        /* of gate_str_t, or NULL */
    ngx_array_t               *args;          /* of gate_str_t, or NULL */
    uint64_t                   lens;          /* of fields: 1 << len % 64 */
    gate_name_first_t          first;         /* ... */
    ngx_uint_t                 bearer;        /* and Authorization: Bearer */
    ngx_array_t               *cookies;       /* of gate_str_t, or NULL */
    ngx_array_t               *protocols;     /* prefixes, the same */
    ngx_array_t               *token_fields;  /* of "fields", ... */
    ngx_array_t               *token_args;    /* ... where tokens stand */
} ngx_http_gate_key_names_t;

typedef struct {
    gate_str_t                 name;          /* of the argument */
    ngx_str_t                  value;         /* unescaped */
} ngx_http_gate_key_t;

struct ngx_http_gate_keys_ctx_s {
    ngx_array_t                 *args;        /* of ngx_http_gate_key_t */
    ngx_str_t                    query;       /* as it came, with keys */
    ngx_str_t                    query_cut;   /* without them */
    unsigned                     given:1;     /* to a service */
};

ngx_int_t ngx_http_gate_keys_add(ngx_conf_t *cf,
    ngx_http_gate_key_names_t *names, ngx_array_t *fields, ngx_array_t *args);
/* ... which have tokens: no location is given them back */
ngx_int_t ngx_http_gate_keys_tokens(ngx_conf_t *cf,
    ngx_http_gate_key_names_t *names, ngx_array_t *fields, ngx_array_t *args);
void ngx_http_gate_keys_scrub(ngx_http_gate_key_names_t *names,
    gate_scrub_t *scrub);
/* "early": what r->args has may not be what the client sent */
ngx_int_t ngx_http_gate_keys_take_args(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *names, ngx_uint_t early);
ngx_int_t ngx_http_gate_keys_take_more(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_array_t *args);
void ngx_http_gate_keys_bearer(ngx_http_gate_key_names_t *names);
ngx_uint_t ngx_http_gate_keys_is_field(ngx_table_elt_t *h,
    ngx_http_gate_key_names_t *names);
/* Authorization, and what is there is neither a token nor another scheme's */
ngx_uint_t ngx_http_gate_keys_is_bearer(ngx_table_elt_t *h);
ngx_int_t ngx_http_gate_keys_take_field(ngx_http_request_t *r,
    ngx_table_elt_t *h);
/* fields that were taken, of ngx_table_elt_t; NULL: none */
ngx_array_t *ngx_http_gate_keys_taken(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_keys_give(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *names, ngx_uint_t give);
/* a name of a list of gate_str_t, which is made if need be */
ngx_int_t ngx_http_gate_keys_add_name(ngx_conf_t *cf, ngx_array_t **to,
    ngx_str_t *name);
void ngx_http_gate_keys_hide(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *names);


/* _keys_places.c: tokens that are a part of a field */

/* in "taken" a cookie is under the first with its name behind it */
#define NGX_HTTP_GATE_KEYS_COOKIE    "cookie:"
#define NGX_HTTP_GATE_KEYS_PROTOCOL  "sec-websocket-protocol:"

/* at most this many prefixes of subprotocols in all servers together */
#define NGX_HTTP_GATE_KEYS_PREFIXES  32

ngx_int_t ngx_http_gate_keys_places(ngx_conf_t *cf,
    ngx_http_gate_key_names_t *names, ngx_array_t *cookies,
    ngx_array_t *protocols);
/*
 * NGX_DECLINED: it is no such field; NGX_OK: what is left of it stays;
 * NGX_DONE: nothing is left; "next" is 0 at the first field of a request
 */
ngx_int_t ngx_http_gate_keys_cut(ngx_http_request_t *r, ngx_table_elt_t *h,
    ngx_http_gate_key_names_t *names, uint32_t *next);


#endif /* _NGX_HTTP_GATE_KEYS_H_INCLUDED_ */
