
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A link to Redis: a connection that is there again after each end, and says
 * when Redis goes and comes.
 */


#ifndef _NGX_HTTP_GATE_REDIS_LINK_H_INCLUDED_
#define _NGX_HTTP_GATE_REDIS_LINK_H_INCLUDED_


#include "ngx_http_gate_redis_ring.h"

#include "gate_str.h"


typedef struct ngx_http_gate_redis_link_s  ngx_http_gate_redis_link_t;

typedef void (*ngx_http_gate_redis_up_pt)(void *data, ngx_uint_t up);


/* a message of a channel, and its third element, of any type */
typedef void (*ngx_http_gate_redis_pushed_pt)(void *data, gate_str_t channel,
    redisReply *message);


typedef struct {
    ngx_msec_t                     opening;   /* to connect, to log in */
    ngx_msec_t                     patience;  /* with each command */

    /* calls wait while it connects, and in a worker that quits */
    unsigned                       waits:1;
    /* what is stored is money: may Redis throw it away? */
    unsigned                       bills:1;
    /* others say that Redis is away */
    unsigned                       quiet:1;

    ngx_http_gate_redis_pushed_pt  pushed;    /* NULL: it subscribes nothing */
} ngx_http_gate_redis_terms_t;


/* NULL without gate_redis, or memory */
ngx_http_gate_redis_link_t *ngx_http_gate_redis_link_create(
    ngx_cycle_t *cycle, ngx_http_gate_redis_terms_t *terms,
    ngx_http_gate_redis_up_pt up, void *data);

/* 0: send() would decline */
ngx_uint_t ngx_http_gate_redis_link_able(ngx_http_gate_redis_link_t *link);
/* as in _redis_ring.h; calls are cancelled there */
ngx_int_t ngx_http_gate_redis_link_send(ngx_http_gate_redis_link_t *link,
    ngx_http_gate_redis_call_t *call, ngx_msec_t deadline, int argc,
    const char **argv, const size_t *argvlen);

/* handlers of calls under way are called, up() is not */
void ngx_http_gate_redis_link_destroy(ngx_http_gate_redis_link_t *link);


#endif /* _NGX_HTTP_GATE_REDIS_LINK_H_INCLUDED_ */
