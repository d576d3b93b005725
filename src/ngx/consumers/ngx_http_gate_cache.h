
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_consumer_cache: what Redis said of callers, in memory that all workers
 * share.
 */


#ifndef _NGX_HTTP_GATE_CACHE_H_INCLUDED_
#define _NGX_HTTP_GATE_CACHE_H_INCLUDED_


#include "ngx_http_gate.h"

#include "gate_cache.h"


extern ngx_module_t  ngx_http_gate_cache_module;


/* nothing is kept where the configuration says "off", or has no Redis */

ngx_uint_t ngx_http_gate_cache_on(void);

/* into buf of GATE_CACHE_MAX bytes; the length, or 0 */
size_t ngx_http_gate_cache_get(const gate_cache_key_t *key, gate_seen_t *seen,
    u_char *buf);
void ngx_http_gate_cache_put(const gate_cache_key_t *key,
    const gate_seen_t *seen, gate_str_t data);

/* 1: Redis did not know it a short while ago, when *seen was seen */
ngx_uint_t ngx_http_gate_cache_unknown(const gate_cache_key_t *key,
    gate_seen_t *seen);
void ngx_http_gate_cache_put_unknown(const gate_cache_key_t *key,
    const gate_seen_t *seen);

/* Redis may be asked for a name that nobody may have: one question of those
 * that a node has in a second */
ngx_uint_t ngx_http_gate_cache_may_ask(void);

/* as the directive says: ms, and whether who is not known is refused by 401 */
ngx_msec_t ngx_http_gate_cache_stale(void);
ngx_uint_t ngx_http_gate_cache_refuses(void);


#endif /* _NGX_HTTP_GATE_CACHE_H_INCLUDED_ */
