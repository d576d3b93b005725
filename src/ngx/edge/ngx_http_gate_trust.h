
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whom to believe about a client: _trust.c (what proxies in front say),
 * _trust_trace.c (traces) and _trust_conf.c (directives).
 */


#ifndef _NGX_HTTP_GATE_TRUST_H_INCLUDED_
#define _NGX_HTTP_GATE_TRUST_H_INCLUDED_


#include "ngx_http_gate.h"


struct ngx_http_gate_trust_ctx_s {
    ngx_str_t                    forwarded;   /* X-Forwarded-For as it came */
    ngx_str_t                    proto;
    ngx_str_t                    host;
    ngx_str_t                    trace;       /* traceparent to send */
    unsigned                     begins:1;    /* here: there is no parent */
};

extern ngx_module_t  ngx_http_gate_trust_module;

/* in hygiene, of the server: what proxies in front say, and trace fields */
ngx_int_t ngx_http_gate_trust_hold(ngx_http_request_t *r);
ngx_uint_t ngx_http_gate_trust_keeps_b3(ngx_http_request_t *r);


/* within the room */

#define NGX_HTTP_GATE_TRACE_OFF      0
#define NGX_HTTP_GATE_TRACE_ANY      1
#define NGX_HTTP_GATE_TRACE_TRUSTED  2


typedef struct {
    ngx_uint_t                 append;    /* gate_forwarded */
    ngx_http_complex_value_t  *proto;
    ngx_http_complex_value_t  *host;
    ngx_uint_t                 trace;     /* gate_trace */
    ngx_uint_t                 b3;
    ngx_uint_t                 sample;    /* per cent of traces begun here */
    ngx_array_t               *from;      /* whose fields count, or NULL */
} ngx_http_gate_trust_loc_conf_t;


/* _trust_conf.c */

char *ngx_http_gate_trust_forwarded(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_gate_trust_trace(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
/* in a merge: set_real_ip_from here, of ngx_cidr_t; NULL: nobody, or nobody
 * who writes fields */
ngx_array_t *ngx_http_gate_trust_from(ngx_conf_t *cf);


/* is the peer, whose address comes back, in set_real_ip_from? */
ngx_uint_t ngx_http_gate_trust_peer(ngx_http_request_t *r, ngx_str_t *peer);
/* ... did it have one of those, before realip changed it? */
ngx_uint_t ngx_http_gate_trust_peer_in(ngx_http_request_t *r,
    ngx_array_t *from);

/* values of fields, empty if there is nothing to say */
ngx_int_t ngx_http_gate_trust_for(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
ngx_int_t ngx_http_gate_trust_proto(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
ngx_int_t ngx_http_gate_trust_host(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
ngx_int_t ngx_http_gate_trust_traceparent(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
ngx_int_t ngx_http_gate_trust_tracestate(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);


#endif /* _NGX_HTTP_GATE_TRUST_H_INCLUDED_ */
