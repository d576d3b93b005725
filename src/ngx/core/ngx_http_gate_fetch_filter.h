
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of a fetch share: _fetch.c (the request), _fetch_filter.c (its
 * answer, and the module).
 */


#ifndef _NGX_HTTP_GATE_FETCH_FILTER_H_INCLUDED_
#define _NGX_HTTP_GATE_FETCH_FILTER_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_fetch.h"


#define NGX_HTTP_GATE_FETCH_POOL   1024
#define NGX_HTTP_GATE_FETCH_FIELD  256        /* bytes kept of a field */


struct ngx_http_gate_fetch_s {
    ngx_http_connection_t      hc;            /* r->http_connection */
    ngx_pool_t                *pool;          /* of this */
    ngx_http_request_t        *request;       /* NULL: it is over */
    ngx_pool_cleanup_t        *cln;           /* of the connection */
    ngx_http_gate_fetch_pt     handler;       /* NULL: cancelled */
    void                      *data;
    ngx_str_t                  uri;
    ngx_str_t                  target;
    ngx_str_t                  type;
    ngx_str_t                  body;
    ngx_event_t                event;         /* it begins, it ends */
    ngx_event_t                timer;
    ngx_log_t                  log;
    ngx_http_log_ctx_t         ctx;

    /* the answer */
    const char                *why;           /* it is of no use */
    ngx_uint_t                 status;
    ngx_str_t                  content_type;
    ngx_str_t                  cache_control;
    u_char                    *answer;
    size_t                     len;
    size_t                     size;
    size_t                     max;
    unsigned                   complete:1;
    unsigned                   aborted:1;
};


extern ngx_http_addr_conf_t  ngx_http_gate_fetch_addr;


/* NULL: the request is of a client */

static ngx_inline ngx_http_gate_fetch_t *
ngx_http_gate_fetch_of(ngx_http_request_t *r)
{
    ngx_http_connection_t  *hc;

    hc = r->http_connection;

    return (hc != NULL && hc->addr_conf == &ngx_http_gate_fetch_addr)
           ? (ngx_http_gate_fetch_t *) hc : NULL;
}


#endif /* _NGX_HTTP_GATE_FETCH_FILTER_H_INCLUDED_ */
