
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The location of a server{} that a request of our own is sent to: is it there,
 * and is what is behind it safe?
 */


#ifndef _NGX_HTTP_GATE_WAY_H_INCLUDED_
#define _NGX_HTTP_GATE_WAY_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"


extern ngx_module_t  ngx_http_gate_way_module;


typedef struct {
    ngx_str_t                 *uris;      /* a server has to have all of them */
    ngx_uint_t                 nuris;
    ngx_array_t               *servers;   /* of void **: where it is used */
    ngx_str_t                  of;        /* "gate_issuer "corp"", for words */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_way_t;

#define NGX_HTTP_GATE_WAY_CURE                                                \
    "must be the path of a location of this server, such as /_jwks/corp, "    \
    "without variables and arguments"

/* 1: it may be the path of one */
ngx_uint_t ngx_http_gate_way_is(ngx_str_t *uri);

/* in a room's postconfiguration; NULL after a message.  What is unsafe there
 * is warned of */
ngx_http_core_srv_conf_t *ngx_http_gate_way(ngx_conf_t *cf,
    ngx_http_gate_way_t *way);


#endif /* _NGX_HTTP_GATE_WAY_H_INCLUDED_ */
