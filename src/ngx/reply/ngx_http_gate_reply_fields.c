
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Fields of replies: request id, limits (RateLimit), Retry-After, challenges.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_part.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_access.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_api.h"

#include "gate_text.h"


/* fields that an answer has one of */
#define NGX_HTTP_GATE_REPLY_OWN    7


static void ngx_http_gate_reply_own(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t n);
static ngx_int_t ngx_http_gate_reply_retry(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_keyval_t *f, ngx_uint_t *n);
static ngx_int_t ngx_http_gate_reply_challenge(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_reply_challenges(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *api, ngx_uint_t flag,
    const ngx_http_gate_reason_t *reason);
static ngx_int_t ngx_http_gate_reply_offer(ngx_http_request_t *r,
    gate_text_t *t);
static ngx_table_elt_t *ngx_http_gate_reply_add(ngx_http_request_t *r,
    const char *name, gate_text_t *t);


/* on any answer of a gated location, also of its error pages */

ngx_int_t
ngx_http_gate_reply_fields(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t     n;
    ngx_keyval_t   f[NGX_HTTP_GATE_REPLY_OWN];

    if (ngx_http_gate_request_id(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_set(&f[0].key, "X-Request-Id");
    f[0].value = ctx->request_id;
    n = 1;

    if (ctx->limit->n != 0
        && ngx_http_gate_reply_limits(r, ctx, f, &n) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->reason != NULL
        && ctx->retry_after != 0
        && ngx_http_gate_reply_retry(r, ctx, f, &n) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_gate_set_out(r, &f[0], n) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_gate_reply_own(r, ctx, n);

    if (ctx->reason == NULL) {
        return NGX_OK;
    }

    return ngx_http_gate_reply_challenge(r, ctx);
}


/* where the last "n" of the list are, for _added.c */

static void
ngx_http_gate_reply_own(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t n)
{
    ngx_uint_t        behind;
    ngx_list_part_t  *part, *last;

    last = r->headers_out.headers.last;

    ctx->own->last = (ngx_table_elt_t *) last->elts + last->nelts - 1;

    if (n <= last->nelts) {
        ctx->own->part = last;
        ctx->own->i = last->nelts - n;
        return;
    }

    /* two parts, as one has room for more than these */

    behind = n - last->nelts;

    for (part = &r->headers_out.headers.part; part->next != last; /* void */) {
        part = part->next;
    }

    ctx->own->part = part;
    ctx->own->i = part->nelts - behind;
}


static ngx_int_t
ngx_http_gate_reply_retry(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_keyval_t *f, ngx_uint_t *n)
{
    ngx_str_t  value;

    static ngx_str_t  name = ngx_string("Retry-After");

    value.data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = gate_text_digits(value.data, ctx->retry_after) - value.data;

    ngx_http_gate_reply_own_add(f, n, &name, &value);

    return NGX_OK;
}


void
ngx_http_gate_reply_own_add(ngx_keyval_t *f, ngx_uint_t *n, ngx_str_t *name,
    ngx_str_t *value)
{
    f += (*n)++;

    f->key = *name;
    f->value = *value;
}


/* WWW-Authenticate of each method offered (RFC 9110 11.6.1, RFC 6750 3) */

static ngx_int_t
ngx_http_gate_reply_challenge(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_auth_conf_t  *acf;

    acf = ctx->who_conf;

    if (acf == NULL) {
        return NGX_OK;
    }

    if (r->headers_out.status == NGX_HTTP_UNAUTHORIZED) {
        return ngx_http_gate_reply_challenges(r, acf, &ctx->api->name, 0,
                                              ctx->reason);
    }

    if (ctx->reason == &ngx_http_gate_missing_scope && ctx->who.claims != NULL)
    {
        return ngx_http_gate_reply_challenges(r, acf, &ctx->api->name,
                                              NGX_HTTP_GATE_METHOD_CLAIMS,
                                              ctx->reason);
    }

    return NGX_OK;
}


/* of a subrequest: auth_request hands them on */

ngx_int_t
ngx_http_gate_reply_challenge_part(ngx_http_request_t *r,
    ngx_http_gate_part_t *part)
{
    if (part->who_conf == NULL) {
        return NGX_OK;
    }

    return ngx_http_gate_reply_challenges(r, part->who_conf,
                                          &ngx_http_gate_api(r)->name, 0,
                                          part->reason);
}


/* "flag": of those methods that have it only */

static ngx_int_t
ngx_http_gate_reply_challenges(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *api, ngx_uint_t flag,
    const ngx_http_gate_reason_t *reason)
{
    u_char                          buf[256];
    ngx_uint_t                      i;
    gate_str_t                      realm;
    gate_text_t                     t;
    ngx_array_t                    *methods;
    const ngx_http_gate_method_t  **m;

    realm = api->len ? ngx_http_gate_view(api) : gate_str("gate", 4);

    methods = ngx_http_gate_methods(r->main_conf);
    m = methods->elts;

    for (i = 0; i < methods->nelts; i++) {

        if (m[i]->challenge == NULL
            || (m[i]->flags & flag) != flag
            || ngx_http_gate_auth_entry(acf, m[i]) == NULL)
        {
            continue;
        }

        gate_text_init(&t, buf, sizeof(buf));
        m[i]->challenge(&t, realm, reason);

        if (ngx_http_gate_reply_offer(r, &t) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_reply_offer(ngx_http_request_t *r, gate_text_t *t)
{
    ngx_table_elt_t  *h;

    h = ngx_http_gate_reply_add(r, "WWW-Authenticate", t);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_http_gate_challenge_out(r, h);

    return NGX_OK;
}


static ngx_table_elt_t *
ngx_http_gate_reply_add(ngx_http_request_t *r, const char *name,
    gate_text_t *t)
{
    ngx_str_t  key, value;

    value.len = t->last - t->start;
    value.data = ngx_pnalloc(r->pool, value.len);
    if (value.data == NULL) {
        return NULL;
    }

    ngx_memcpy(value.data, t->start, value.len);

    key.len = ngx_strlen(name);
    key.data = (u_char *) name;

    return ngx_http_gate_add_out(r, &key, &value);
}
