
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Errors that nginx itself answers.
 */


#ifndef _NGX_HTTP_GATE_REPLY_NGINX_H_INCLUDED_
#define _NGX_HTTP_GATE_REPLY_NGINX_H_INCLUDED_


#include "ngx_http_gate_reason.h"


/* for the preconfiguration of replies */
ngx_int_t ngx_http_gate_reply_nginx_preconfiguration(ngx_conf_t *cf);

/* is it a page of nginx's own that is about to go out, about an error? */
ngx_uint_t ngx_http_gate_reply_nginx_page(ngx_http_request_t *r);

/* remembers and logs why nginx refused, where nothing more is known of it */
void ngx_http_gate_reply_nginx_blame(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


#endif /* _NGX_HTTP_GATE_REPLY_NGINX_H_INCLUDED_ */
