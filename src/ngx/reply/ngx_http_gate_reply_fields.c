
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Fields of replies: request id, limits (RateLimit), Retry-After, challenges.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_guard.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_service.h"

#include "gate_text.h"


static ngx_int_t ngx_http_gate_reply_room(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_text_t *t);
static ngx_table_elt_t *ngx_http_gate_reply_last(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_reply_retry(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_reply_limits(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_reply_legacy(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_text_t *t);
static ngx_int_t ngx_http_gate_reply_text(ngx_http_request_t *r,
    ngx_str_t *name, gate_text_t *t);
static const char *ngx_http_gate_reply_error(ngx_http_gate_reason_e reason);
static ngx_int_t ngx_http_gate_reply_challenge(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_reply_challenges(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *api, ngx_uint_t key,
    ngx_http_gate_reason_e reason);
static ngx_int_t ngx_http_gate_reply_offer(ngx_http_request_t *r,
    gate_text_t *t);
static ngx_table_elt_t *ngx_http_gate_reply_add(ngx_http_request_t *r,
    const char *name, gate_text_t *t);


static ngx_str_t  ngx_http_gate_reply_policy = ngx_string("RateLimit-Policy");
static ngx_str_t  ngx_http_gate_reply_limit = ngx_string("RateLimit");


/* on any answer of a gated location, also of its error pages */

ngx_int_t
ngx_http_gate_reply_fields(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    static ngx_str_t  id = ngx_string("X-Request-Id");

    if (ngx_http_gate_fields_request_id(r, ctx) != NGX_OK
        || ngx_http_gate_set_out(r, &id, &ctx->request_id) == NULL)
    {
        return NGX_ERROR;
    }

    ctx->own->part = r->headers_out.headers.last;
    ctx->own->i = ctx->own->part->nelts - 1;

    if (ctx->limit->n != 0
        && ngx_http_gate_reply_limits(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->reason != NGX_HTTP_GATE_ADMITTED
        && ctx->retry_after != 0
        && ngx_http_gate_reply_retry(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->own->last = ngx_http_gate_reply_last(r);

    if (ctx->reason == NGX_HTTP_GATE_ADMITTED) {
        return NGX_OK;
    }

    return ngx_http_gate_reply_challenge(r, ctx);
}


static ngx_table_elt_t *
ngx_http_gate_reply_last(ngx_http_request_t *r)
{
    ngx_list_part_t  *part;

    part = r->headers_out.headers.last;

    return (ngx_table_elt_t *) part->elts + part->nelts - 1;
}


static ngx_int_t
ngx_http_gate_reply_retry(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    u_char       *p;
    gate_text_t   t;

    static ngx_str_t  name = ngx_string("Retry-After");

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(&t, p, NGX_INT64_LEN);
    gate_text_uint(&t, ctx->retry_after);

    return ngx_http_gate_reply_text(r, &name, &t);
}


/* RateLimit and RateLimit-Policy, draft-ietf-httpapi-ratelimit-headers-10 */

static ngx_int_t
ngx_http_gate_reply_limits(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t                    i;
    gate_text_t                   t;
    ngx_http_gate_limit_state_t  *s;

    if (ngx_http_gate_reply_room(r, ctx, &t) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!(ctx->limit->fields & NGX_HTTP_GATE_FIELDS_DRAFT10)) {
        return ngx_http_gate_reply_legacy(r, ctx, &t);
    }

    for (i = 0; i < ctx->limit->n; i++) {
        s = &ctx->limit->states[i];

        if (i != 0) {
            gate_text_cstr(&t, ", ");
        }

        gate_text_sf(&t, ngx_http_gate_view(&s->name));
        gate_text_cstr(&t, ";q=");
        gate_text_uint(&t, s->quota);
        gate_text_cstr(&t, ";w=");
        gate_text_uint(&t, s->window);
    }

    if (ngx_http_gate_reply_text(r, &ngx_http_gate_reply_policy, &t)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < ctx->limit->n; i++) {
        s = &ctx->limit->states[i];

        if (i != 0) {
            gate_text_cstr(&t, ", ");
        }

        gate_text_sf(&t, ngx_http_gate_view(&s->name));
        gate_text_cstr(&t, ";r=");
        gate_text_uint(&t, s->remaining);
        gate_text_cstr(&t, ";t=");
        gate_text_uint(&t, s->next);
    }

    if (ngx_http_gate_reply_text(r, &ngx_http_gate_reply_limit, &t) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_reply_legacy(r, ctx, &t);
}


/* for all fields at once: names twice, their bytes escaped at worst */

static ngx_int_t
ngx_http_gate_reply_room(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_text_t *t)
{
    u_char      *p;
    size_t       size;
    ngx_uint_t   i;

    size = 3 * NGX_INT64_LEN;

    for (i = 0; i < ctx->limit->n; i++) {
        size += 4 * ctx->limit->states[i].name.len + 4 * NGX_INT64_LEN
                + sizeof(", \"\";q=;w=, \"\";r=;t=");
    }

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(t, p, size);

    return NGX_OK;
}


/* X-RateLimit-*: of the limit nearest to its end; Reset in seconds left */

static ngx_int_t
ngx_http_gate_reply_legacy(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_text_t *t)
{
    uint64_t                      values[3];
    ngx_uint_t                    i;
    ngx_http_gate_limit_state_t  *s;

    static ngx_str_t  names[] = {
        ngx_string("X-RateLimit-Limit"),
        ngx_string("X-RateLimit-Remaining"),
        ngx_string("X-RateLimit-Reset")
    };

    if (!(ctx->limit->fields & NGX_HTTP_GATE_FIELDS_LEGACY)) {
        return NGX_OK;
    }

    s = &ctx->limit->states[0];

    for (i = 1; i < ctx->limit->n; i++) {
        if (ctx->limit->states[i].remaining < s->remaining) {
            s = &ctx->limit->states[i];
        }
    }

    values[0] = s->quota;
    values[1] = s->remaining;
    values[2] = s->full;

    for (i = 0; i < 3; i++) {
        gate_text_uint(t, values[i]);

        if (ngx_http_gate_reply_text(r, &names[i], t) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* what was written becomes the value; more is written behind it */

static ngx_int_t
ngx_http_gate_reply_text(ngx_http_request_t *r, ngx_str_t *name,
    gate_text_t *t)
{
    ngx_str_t  value;

    value.len = t->last - t->start;
    value.data = t->start;

    t->start = t->last;

    return ngx_http_gate_set_out(r, name, &value) ? NGX_OK : NGX_ERROR;
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
        return ngx_http_gate_reply_challenges(r, acf, &ctx->api->name,
                                              acf->key, ctx->reason);
    }

    if (ctx->reason == NGX_HTTP_GATE_MISSING_SCOPE && ctx->who.claims != NULL)
    {
        return ngx_http_gate_reply_challenges(r, acf, &ctx->api->name, 0,
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
                                          &ngx_http_gate_api(r)->name,
                                          part->who_conf->key, part->reason);
}


static ngx_int_t
ngx_http_gate_reply_challenges(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *api, ngx_uint_t key,
    ngx_http_gate_reason_e reason)
{
    u_char       buf[256];
    ngx_str_t    realm;
    gate_text_t  t;

    realm = *api;

    if (realm.len == 0) {
        ngx_str_set(&realm, "gate");
    }

    if (key) {
        gate_text_init(&t, buf, sizeof(buf));
        gate_text_cstr(&t, "Key realm=");
        gate_text_quoted(&t, ngx_http_gate_view(&realm));

        if (ngx_http_gate_reply_offer(r, &t) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (!acf->jwt) {
        return NGX_OK;
    }

    gate_text_init(&t, buf, sizeof(buf));
    gate_text_cstr(&t, "Bearer realm=");
    gate_text_quoted(&t, ngx_http_gate_view(&realm));

    gate_text_cstr(&t, ngx_http_gate_reply_error(reason));

    return ngx_http_gate_reply_offer(r, &t);
}


/* RFC 6750 3.1: a code only where a token was presented */

static const char *
ngx_http_gate_reply_error(ngx_http_gate_reason_e reason)
{
    switch (reason) {

    case NGX_HTTP_GATE_BAD_TOKEN:
    case NGX_HTTP_GATE_EXPIRED_TOKEN:
    case NGX_HTTP_GATE_NOT_YET_VALID:
    case NGX_HTTP_GATE_WRONG_ISSUER:
    case NGX_HTTP_GATE_WRONG_AUDIENCE:
        return ", error=\"invalid_token\"";

    case NGX_HTTP_GATE_MISSING_SCOPE:
        return ", error=\"insufficient_scope\"";

    default:
        return "";
    }
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
