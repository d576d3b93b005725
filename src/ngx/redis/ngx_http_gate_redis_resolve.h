
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Where Redis is, if it is written as a name: the addresses to try, in turn.
 */


#ifndef _NGX_HTTP_GATE_REDIS_RESOLVE_H_INCLUDED_
#define _NGX_HTTP_GATE_REDIS_RESOLVE_H_INCLUDED_


#include "ngx_http_gate_redis_conf.h"

#include "gate_lookup.h"


typedef struct {
    ngx_sockaddr_t                 sockaddr;
    socklen_t                      socklen;
} ngx_http_gate_redis_addr_t;


typedef struct {
    ngx_http_gate_redis_conf_t    *conf;
    void                          *data;
    /* addresses may be had now; or why there is none */
    void                         (*found)(void *data, const char *error);

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                      ident;

    ngx_http_gate_redis_addr_t     addrs[GATE_LOOKUP_ADDRS];
    ngx_uint_t                     naddrs;
    ngx_uint_t                     next;      /* index, to try */

    ngx_resolver_ctx_t            *resolving; /* by nginx's resolver */
    gate_lookup_t                 *lookup;    /* by the system's */
    ngx_event_t                    look;
    ngx_msec_t                     looked;    /* since when */

    unsigned                       stale:1;   /* they may have changed */
} ngx_http_gate_redis_resolve_t;


void ngx_http_gate_redis_resolve_init(ngx_http_gate_redis_resolve_t *rs,
    ngx_http_gate_redis_conf_t *conf,
    void (*found)(void *data, const char *error), void *data, ngx_log_t *log);

/* NGX_OK: there are addresses; NGX_AGAIN: found() will say; else NGX_ERROR */
ngx_int_t ngx_http_gate_redis_resolve_start(ngx_http_gate_redis_resolve_t *rs);

/* there is one */
ngx_http_gate_redis_addr_t *ngx_http_gate_redis_resolve_next(
    ngx_http_gate_redis_resolve_t *rs);

/* do not wait now; what was asked may be heard by the next try */
void ngx_http_gate_redis_resolve_stop(ngx_http_gate_redis_resolve_t *rs);
/* and forget what was asked */
void ngx_http_gate_redis_resolve_end(ngx_http_gate_redis_resolve_t *rs);


#endif /* _NGX_HTTP_GATE_REDIS_RESOLVE_H_INCLUDED_ */
