
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Fields of replies to whoever uses a credential that has a successor: which
 * one that is, and until when this one is good.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"


ngx_int_t
ngx_http_gate_reply_retiring(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_keyval_t *f, ngx_uint_t *n)
{
    ngx_str_t                 value;
    const gate_credential_t  *k;

    static ngx_str_t  expires = ngx_string("X-Credential-Expires");
    static ngx_str_t  successor = ngx_string("X-Credential-Successor");

    k = ctx->who.by;

    value.len = k->successor.len;
    value.data = ngx_pnalloc(r->pool, value.len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(value.data, k->successor.data, value.len);

    ngx_http_gate_reply_own_add(f, n, &successor, &value);

    if (k->not_after_s == 0) {
        return NGX_OK;
    }

    value.data = ngx_pnalloc(r->pool,
                             sizeof("Mon, 28 Sep 1970 06:00:00 GMT"));
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_http_time(value.data, (time_t) k->not_after_s)
                - value.data;

    ngx_http_gate_reply_own_add(f, n, &expires, &value);

    return NGX_OK;
}
