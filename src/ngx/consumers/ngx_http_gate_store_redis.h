
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_consumers redis: consumers that are not in the configuration.
 */


#ifndef _NGX_HTTP_GATE_STORE_REDIS_H_INCLUDED_
#define _NGX_HTTP_GATE_STORE_REDIS_H_INCLUDED_


#include "ngx_http_gate.h"


extern ngx_module_t  ngx_http_gate_store_redis_module;


/* whether those of Redis count where the request is */
ngx_uint_t ngx_http_gate_store_redis_stands(ngx_http_request_t *r);
/* in a check: are any consumers there? */
ngx_uint_t ngx_http_gate_store_redis_written(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_STORE_REDIS_H_INCLUDED_ */
