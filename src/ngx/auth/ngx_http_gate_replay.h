
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * _replay.c: was it seen before?  In memory of the node (gate_replay), and
 * where it is said in Redis, for all nodes.
 */


#ifndef _NGX_HTTP_GATE_REPLAY_H_INCLUDED_
#define _NGX_HTTP_GATE_REPLAY_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_reason.h"


extern ngx_module_t  ngx_http_gate_replay_module;

/* a method that was told NGX_BUSY refuses with it */
extern const ngx_http_gate_reason_t  ngx_http_gate_replay_unavailable;
/* ... NGX_DECLINED */
extern const ngx_http_gate_reason_t  ngx_http_gate_replayed;


/* where one asks, and what comes of it if Redis does not answer */

typedef struct {
    ngx_uint_t                 redis;         /* all nodes, too */
    ngx_uint_t                 node;          /* Redis away: the node alone */
} ngx_http_gate_replay_conf_t;


/*
 * "id" within "scope", which counts until "ends"; asked after all else was
 * found to be good.  The same of one client's request is answered the same.
 *
 *   NGX_OK         it is new, and remembered
 *   NGX_DECLINED   it was seen before
 *   NGX_AGAIN      parked, or not yet a place where that is possible
 *   NGX_BUSY       no room, or Redis has not said
 *   NGX_ERROR
 */
ngx_int_t ngx_http_gate_replay(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_replay_conf_t *conf, gate_str_t scope, gate_str_t id,
    time_t ends);

/* in a merge or at a block's end: is there a gate_replay? */
ngx_uint_t ngx_http_gate_replay_written(ngx_conf_t *cf);
/* ... it has to be there once all was read; "what" needs it */
ngx_int_t ngx_http_gate_replay_need(ngx_conf_t *cf, const char *what,
    u_char *file, ngx_uint_t line);


#endif /* _NGX_HTTP_GATE_REPLAY_H_INCLUDED_ */
