
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the two halves of Redis share: _redis.c (connections) and _redis_conf.c
 * (the directive).
 */


#ifndef _NGX_HTTP_GATE_REDIS_H_INCLUDED_
#define _NGX_HTTP_GATE_REDIS_H_INCLUDED_


#include "ngx_http_gate.h"


typedef struct {
    ngx_str_t                      url;
    ngx_addr_t                    *addrs;
    ngx_uint_t                     naddrs;
    ngx_str_t                      user;
    ngx_str_t                      password;
    ngx_int_t                      db;
    ngx_msec_t                     timeout;
} ngx_http_gate_redis_conf_t;


char *ngx_http_gate_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


#endif /* _NGX_HTTP_GATE_REDIS_H_INCLUDED_ */
