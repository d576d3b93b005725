
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Redis in the background: one link for each worker, for what no request waits
 * for.  It is not of the circuit breaker, nor counted among questions.
 */


#ifndef _NGX_HTTP_GATE_REDIS_BACK_H_INCLUDED_
#define _NGX_HTTP_GATE_REDIS_BACK_H_INCLUDED_


#include "ngx_http_gate_redis_link.h"


extern ngx_module_t  ngx_http_gate_redis_back_module;


#define NGX_HTTP_GATE_REDIS_BACK      2000         /* ms, with each command */


/* in the configuration: workers must have it */
void ngx_http_gate_redis_back_need(ngx_conf_t *cf);

/* as of _redis_link.h; NGX_DECLINED also where there is none */
ngx_int_t ngx_http_gate_redis_back_send(ngx_http_gate_redis_call_t *call,
    int argc, const char **argv, const size_t *argvlen);


#endif /* _NGX_HTTP_GATE_REDIS_BACK_H_INCLUDED_ */
