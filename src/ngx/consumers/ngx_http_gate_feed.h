
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of the feed share: _feed.c (what is made of what is heard)
 * and _feed_listen.c (the connection that hears it).
 */


#ifndef _NGX_HTTP_GATE_FEED_H_INCLUDED_
#define _NGX_HTTP_GATE_FEED_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include <hiredis/hiredis.h>

#include "gate_str.h"


typedef struct ngx_http_gate_listen_s  ngx_http_gate_listen_t;


typedef struct {
    /* a message of gate:changes */
    void                         (*heard)(void *data, gate_str_t text);
    /* keys that were written, or nil: all of them */
    void                         (*written)(void *data, redisReply *keys);
    /* all that happens from now on is heard; or not any more */
    void                         (*listens)(void *data, ngx_uint_t up);
    /* what happened before the ping was sent was heard */
    void                         (*ponged)(void *data);
} ngx_http_gate_listener_t;


/* NULL: no memory */
ngx_http_gate_listen_t *ngx_http_gate_listen_create(ngx_cycle_t *cycle,
    ngx_http_gate_listener_t *listener, void *data);
void ngx_http_gate_listen_destroy(ngx_http_gate_listen_t *listen);

/* NGX_OK: ponged() will be called, or listens() */
ngx_int_t ngx_http_gate_listen_ping(ngx_http_gate_listen_t *listen);
/* each tick: where it was refused it is tried again some time */
void ngx_http_gate_listen_again(ngx_http_gate_listen_t *listen);


#endif /* _NGX_HTTP_GATE_FEED_H_INCLUDED_ */
