
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_consumers redis: consumers that are not in the configuration.
 */


#ifndef _NGX_HTTP_GATE_STORE_REDIS_H_INCLUDED_
#define _NGX_HTTP_GATE_STORE_REDIS_H_INCLUDED_


#include "ngx_http_gate.h"


extern ngx_module_t  ngx_http_gate_store_redis_module;


/*
 * The credential of that digest, as Redis has it, for as long as the client's
 * request lives.  It may park.
 *
 *   NGX_OK         *k is it
 *   NGX_DECLINED   there is none, or Redis is not to be asked here
 *   NGX_AGAIN      parked, or not yet a place where that is possible
 *   NGX_BUSY       Redis has not said, or what it has is not understood
 *   NGX_ERROR
 */
ngx_int_t ngx_http_gate_store_redis_key(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const unsigned char digest[GATE_SHA256_LEN],
    gate_credential_t **k);
/* in a check: are any consumers there? */
ngx_uint_t ngx_http_gate_store_redis_written(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_STORE_REDIS_H_INCLUDED_ */
