
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The beginning of a connection to Redis: AUTH, SELECT, and what Redis says of
 * its memory.
 */


#ifndef _NGX_HTTP_GATE_REDIS_HELLO_H_INCLUDED_
#define _NGX_HTTP_GATE_REDIS_HELLO_H_INCLUDED_


#include "ngx_http_gate_redis_conf.h"
#include "ngx_http_gate_redis_ring.h"

#include "gate_say.h"


typedef struct {
    ngx_http_gate_redis_conf_t    *conf;
    ngx_http_gate_redis_ring_t    *ring;
    ngx_log_t                     *log;

    void                          *data;
    void                         (*done)(void *data);
    /* by an error reply, of which len bytes may be logged */
    void                         (*refused)(void *data, const char *what,
                                       redisReply *reply, size_t len);

    ngx_http_gate_redis_call_t     auth;
    ngx_http_gate_redis_call_t     greet;
    ngx_http_gate_redis_call_t     policy;
    ngx_uint_t                     left;      /* answers to come */

    gate_say_t                     said;      /* of its policy */
    ngx_uint_t                     ask;       /* how to ask for it */
} ngx_http_gate_redis_hello_t;


void ngx_http_gate_redis_hello_init(ngx_http_gate_redis_hello_t *h);

/* done() or refused() will be called, unless the connection is lost */
ngx_int_t ngx_http_gate_redis_hello_start(ngx_http_gate_redis_hello_t *h);

/* one that evicts keys makes bills wrong in silence */
void ngx_http_gate_redis_hello_policy(ngx_http_gate_redis_hello_t *h);
/* one that would not hear of its policy may be asked once more */
void ngx_http_gate_redis_hello_again(ngx_http_gate_redis_hello_t *h);


#endif /* _NGX_HTTP_GATE_REDIS_HELLO_H_INCLUDED_ */
