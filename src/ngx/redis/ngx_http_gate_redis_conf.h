
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_redis: where Redis is, and how to log in.
 */


#ifndef _NGX_HTTP_GATE_REDIS_CONF_H_INCLUDED_
#define _NGX_HTTP_GATE_REDIS_CONF_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_gate_metrics.h"


#define NGX_HTTP_GATE_REDIS_AGAIN     60000        /* ms, to complain again */


typedef struct {
    ngx_str_t                      url;
    ngx_str_t                      host;      /* a name; "": an address */
    in_port_t                      port;
    ngx_addr_t                    *addrs;     /* as found at load time */
    ngx_uint_t                     naddrs;
    ngx_http_core_loc_conf_t      *clcf;      /* http{}'s, for "resolver" */
    ngx_str_t                      user;
    ngx_str_t                      password;
    ngx_int_t                      db;
    ngx_msec_t                     timeout;
} ngx_http_gate_redis_conf_t;


extern ngx_module_t  ngx_http_gate_redis_module;

/* gauges, 0 or 1: it answers, may throw keys away, has told its policy; set by
 * who uses the connection, and by the greeting */
extern ngx_http_gate_family_t  ngx_http_gate_redis_answers;
extern ngx_http_gate_family_t  ngx_http_gate_redis_evicts;
extern ngx_http_gate_family_t  ngx_http_gate_redis_policy;

/* NULL without gate_redis */
ngx_http_gate_redis_conf_t *ngx_http_gate_redis_conf(ngx_cycle_t *cycle);
ngx_uint_t ngx_http_gate_redis_configured(ngx_cycle_t *cycle);
/* while the configuration is read: has gate_redis been? */
ngx_uint_t ngx_http_gate_redis_conf_written(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_REDIS_CONF_H_INCLUDED_ */
