
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Redis on a request's way: one link for each worker, the deadline of
 * "gate_redis .. timeout=" for each call, and a circuit breaker.
 */


#ifndef _NGX_HTTP_GATE_REDIS_POOL_H_INCLUDED_
#define _NGX_HTTP_GATE_REDIS_POOL_H_INCLUDED_


#include "ngx_http_gate_redis_conf.h"
#include "ngx_http_gate_redis_ring.h"


extern ngx_module_t  ngx_http_gate_redis_pool_module;


/* its user's, zeroed before its first use, as a call is */

typedef struct {
    ngx_http_gate_redis_call_t     call;
    ngx_http_gate_redis_pt         handler;
    void                          *data;
    void                          *pool;
    unsigned                       trial:1;   /* it decides for the breaker */
} ngx_http_gate_redis_ask_t;


/* in the configuration: workers must have a link */
void ngx_http_gate_redis_pool_need(ngx_conf_t *cf);

/*
 * NGX_OK: ask->handler will be called, with NULL if there is no answer in
 * time; NGX_DECLINED: Redis cannot be asked now, it is down or has not answered
 * lately
 */
ngx_int_t ngx_http_gate_redis_pool_send(ngx_http_gate_redis_ask_t *ask,
    int argc, const char **argv, const size_t *argvlen);

/* the handler will not be called; the reply is dropped when it comes */
void ngx_http_gate_redis_pool_cancel(ngx_http_gate_redis_ask_t *ask);

/* it has not said: no answer, or one of a Redis that cannot give any now */
ngx_uint_t ngx_http_gate_redis_pool_failed(redisReply *reply);

/* ms, of a call */
ngx_msec_t ngx_http_gate_redis_pool_deadline(void);


#endif /* _NGX_HTTP_GATE_REDIS_POOL_H_INCLUDED_ */
