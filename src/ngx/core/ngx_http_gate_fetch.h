
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Requests of our own, to an internal location of a server{}: what is behind
 * it, with TLS, resolver and cache, is the operator's.
 */


#ifndef _NGX_HTTP_GATE_FETCH_H_INCLUDED_
#define _NGX_HTTP_GATE_FETCH_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


extern ngx_module_t  ngx_http_gate_fetch_module;


typedef struct ngx_http_gate_fetch_s  ngx_http_gate_fetch_t;


/* all of it goes when the handler returns; no text of fields is longer than
 * it has room for, a longer one is cut */

typedef struct {
    const char                *why;           /* NULL: a whole answer */
    ngx_uint_t                 status;        /* 0: there was none */
    ngx_str_t                  type;          /* of its content */
    ngx_str_t                  cache_control;
    ngx_str_t                  body;
} ngx_http_gate_fetch_answer_t;

typedef void (*ngx_http_gate_fetch_pt)(void *data,
    ngx_http_gate_fetch_answer_t *answer);


typedef struct {
    ngx_http_core_srv_conf_t  *server;
    ngx_str_t                  uri;           /* of the location */
    ngx_str_t                  target;        /* $gate_jwks_uri there */
    ngx_str_t                  type;          /* of "body" */
    ngx_str_t                  body;          /* with one it is a POST */
    size_t                     max;           /* bytes of the answer */
    ngx_msec_t                 ms;            /* until it is there */
    unsigned                   idle:1;        /* a worker's end ends it */
    ngx_http_gate_fetch_pt     handler;
    void                      *data;
} ngx_http_gate_fetch_ask_t;


/*
 * Texts are copied.  The handler is called once, by a turn of its own, never
 * within this call; NULL: it could not begin, and is not called.
 */
ngx_http_gate_fetch_t *ngx_http_gate_fetch(ngx_http_gate_fetch_ask_t *ask);
/* the handler is not called any more */
void ngx_http_gate_fetch_cancel(ngx_http_gate_fetch_t *f);
/* somebody waits for it: a worker's end does not end it */
void ngx_http_gate_fetch_hold(ngx_http_gate_fetch_t *f);

/* for a setter whose directive leads to one */
void ngx_http_gate_fetch_use(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_FETCH_H_INCLUDED_ */
