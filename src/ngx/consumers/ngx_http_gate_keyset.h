
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys by URL: _keyset.c (who fetches, who waits), _keyset_share.c (what all
 * workers have), _keyset_file.c (what outlives them), _keyset_conf.c (lines and
 * checks), _keyset_metrics.c.
 */


#ifndef _NGX_HTTP_GATE_KEYSET_H_INCLUDED_
#define _NGX_HTTP_GATE_KEYSET_H_INCLUDED_


#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_reason.h"


extern ngx_module_t  ngx_http_gate_keyset_module;

extern const ngx_http_gate_reason_t  ngx_http_gate_keys_unavailable;


/* tokens of that issuer are accepted in a server; while it is being read */
ngx_int_t ngx_http_gate_keyset_in(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_http_gate_place_t *place);

/* the issuer's keys are those that all workers have now */
void ngx_http_gate_keyset_see(ngx_http_gate_issuer_t *is);

/*
 * The issuer has no key for a token: NGX_AGAIN, the request is parked until
 * they have been fetched anew (or a variable asks); NGX_DECLINED, there is
 * none; NGX_BUSY, nobody knows; NGX_ERROR.
 */
ngx_int_t ngx_http_gate_keyset_ask(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_issuer_t *is);


#endif /* _NGX_HTTP_GATE_KEYSET_H_INCLUDED_ */
