
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Who else a service may take for the caller of an answer that a cache keeps:
 * credentials that go on to it, and that nobody here has looked at.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_service.h"

#include "gate_digest.h"


static size_t ngx_http_gate_proxy_caller_tell(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t token, u_char *p);
static size_t ngx_http_gate_proxy_caller_add(ngx_str_t *value, u_char *p,
    size_t len);


/*
 * Authorization where it is not the token that was verified, of which issuer,
 * subject and scopes are in the key, and fields that "gate_key_names off" gives
 * back.  They are secrets, and a key of a cache is written to its files.
 */

ngx_int_t
ngx_http_gate_proxy_caller(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_identity_t *who, ngx_str_t *value)
{
    u_char                             digest[GATE_SHA256_LEN], *p;
    size_t                             len;
    ngx_uint_t                         token;
    ngx_http_gate_service_main_conf_t *smcf;

    token = (who->issuer == NULL);

    len = ngx_http_gate_proxy_caller_tell(r, ctx, token, NULL);

    if (len == 0) {
        return NGX_OK;
    }

    smcf = ngx_http_get_module_main_conf(r, ngx_http_gate_service_module);

    p = ngx_pnalloc(r->pool, len + 2 * GATE_SHA256_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_http_gate_proxy_caller_tell(r, ctx, token, p);

    if (smcf->sha == NULL) {
        /* no gate_pass in this configuration: like no other */

        if (ngx_http_gate_random(digest, sizeof(digest)) != NGX_OK) {
            return NGX_ERROR;
        }

    } else if (!gate_sha256(smcf->sha, gate_str(p, len), digest)) {
        return NGX_ERROR;
    }

    value->data = p + len;
    value->len = ngx_hex_dump(value->data, digest, sizeof(digest))
                 - value->data;

    ngx_explicit_memzero(p, len);

    return NGX_OK;
}


/* how long it is; with "p", written there */

static size_t
ngx_http_gate_proxy_caller_tell(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t token, u_char *p)
{
    size_t                   len;
    ngx_uint_t               i;
    ngx_array_t             *taken;
    ngx_table_elt_t         *h;
    ngx_http_gate_cursor_t   cursor;

    static ngx_str_t  name = ngx_string("authorization");

    len = 0;
    cursor.part = NULL;

    while (token && (h = ngx_http_gate_header_next(r, &name, &cursor))) {
        len = ngx_http_gate_proxy_caller_add(&h->value, p, len);
    }

    taken = ngx_http_gate_keys_taken(r);

    if (!ctx->keys->given || taken == NULL
        || !ngx_http_gate_auth_key_off(r))
    {
        return len;
    }

    h = taken->elts;

    for (i = 0; i < taken->nelts; i++) {
        len = ngx_http_gate_proxy_caller_add(&h[i].key, p, len);
        len = ngx_http_gate_proxy_caller_add(&h[i].value, p, len);
    }

    return len;
}


/* no field has a NUL: no two run into each other */

static size_t
ngx_http_gate_proxy_caller_add(ngx_str_t *value, u_char *p, size_t len)
{
    if (p != NULL) {
        *ngx_cpymem(p + len, value->data, value->len) = '\0';
    }

    return len + value->len + 1;
}
