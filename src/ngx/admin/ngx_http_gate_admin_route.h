
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the table of the API leads to.
 */


#ifndef _NGX_HTTP_GATE_ADMIN_ROUTE_H_INCLUDED_
#define _NGX_HTTP_GATE_ADMIN_ROUTE_H_INCLUDED_


#include "ngx_http_gate_admin.h"


/* _admin_build.c: arguments of each operation */
ngx_int_t ngx_http_gate_admin_build_plain(ngx_http_gate_admin_t *a);
ngx_int_t ngx_http_gate_admin_build_list(ngx_http_gate_admin_t *a);
ngx_int_t ngx_http_gate_admin_build_consumer(ngx_http_gate_admin_t *a);
ngx_int_t ngx_http_gate_admin_build_status(ngx_http_gate_admin_t *a);
ngx_int_t ngx_http_gate_admin_build_credential(ngx_http_gate_admin_t *a);
ngx_int_t ngx_http_gate_admin_build_merge(ngx_http_gate_admin_t *a);
ngx_int_t ngx_http_gate_admin_build_rotate(ngx_http_gate_admin_t *a);
ngx_int_t ngx_http_gate_admin_build_revocation(ngx_http_gate_admin_t *a);
ngx_int_t ngx_http_gate_admin_build_revoked(ngx_http_gate_admin_t *a);


/* _admin_answer.c: what the script found */
ngx_int_t ngx_http_gate_admin_answer_consumer(ngx_http_gate_admin_t *a,
    redisReply *reply);
ngx_int_t ngx_http_gate_admin_answer_consumers(ngx_http_gate_admin_t *a,
    redisReply *reply);
ngx_int_t ngx_http_gate_admin_answer_credential(ngx_http_gate_admin_t *a,
    redisReply *reply);
ngx_int_t ngx_http_gate_admin_answer_credentials(ngx_http_gate_admin_t *a,
    redisReply *reply);
ngx_int_t ngx_http_gate_admin_answer_revocation(ngx_http_gate_admin_t *a,
    redisReply *reply);
ngx_int_t ngx_http_gate_admin_answer_revocations(ngx_http_gate_admin_t *a,
    redisReply *reply);

/* _admin_usage.c */
ngx_int_t ngx_http_gate_admin_build_usage(ngx_http_gate_admin_t *a);
ngx_int_t ngx_http_gate_admin_answer_usage(ngx_http_gate_admin_t *a,
    redisReply *reply);


#endif /* _NGX_HTTP_GATE_ADMIN_ROUTE_H_INCLUDED_ */
