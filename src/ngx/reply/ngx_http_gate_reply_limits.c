
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Fields of replies that tell of limits: RateLimit, RateLimit-Policy and what
 * came before them.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_limit.h"

#include "gate_policy.h"
#include "gate_text.h"


/* policies that a worker keeps, and bytes of a name there */
#define NGX_HTTP_GATE_POLICIES     64
#define NGX_HTTP_GATE_POLICY_NAME  64


typedef struct {
    gate_policy_t              policy;
    u_char                     buf[GATE_POLICY_SIZE(NGX_HTTP_GATE_POLICY_NAME)];
} ngx_http_gate_reply_policy_t;


static ngx_http_gate_limit_state_t *ngx_http_gate_reply_limits_nearest(
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_reply_limits_policies(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_state_t *nearest,
    gate_text_t *t, ngx_str_t *quota);
static ngx_int_t ngx_http_gate_reply_limits_state(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_state_t *nearest,
    gate_text_t *t, ngx_str_t *remaining);
static const gate_policy_t *ngx_http_gate_reply_limits_policy(
    ngx_http_request_t *r, ngx_http_gate_limit_state_t *s);
static ngx_int_t ngx_http_gate_reply_limits_room(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_text_t *t);


/*
 * RateLimit and RateLimit-Policy, draft-ietf-httpapi-ratelimit-headers-10, and
 * X-RateLimit-*, of the limit nearest to its end: its numbers are parts of
 * what the others say, only the seconds until it is full are not.
 */

ngx_int_t
ngx_http_gate_reply_limits(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_keyval_t *f, ngx_uint_t *n)
{
    u_char                       *policies, *limits;
    ngx_str_t                     quota, remaining;
    gate_text_t                   t;
    ngx_http_gate_limit_state_t  *nearest;

    static ngx_str_t  names[] = {
        ngx_string("RateLimit-Policy"),
        ngx_string("RateLimit"),
        ngx_string("X-RateLimit-Limit"),
        ngx_string("X-RateLimit-Remaining"),
        ngx_string("X-RateLimit-Reset")
    };

    if (ngx_http_gate_reply_limits_room(r, ctx, &t) != NGX_OK) {
        return NGX_ERROR;
    }

    nearest = ngx_http_gate_reply_limits_nearest(ctx);

    ngx_str_null(&quota);
    ngx_str_null(&remaining);

    policies = t.last;

    if (ngx_http_gate_reply_limits_policies(r, ctx, nearest, &t, &quota)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    limits = t.last;

    if (ngx_http_gate_reply_limits_state(r, ctx, nearest, &t, &remaining)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->limit->fields & NGX_HTTP_GATE_FIELDS_DRAFT10) {
        ngx_http_gate_reply_own_add(f, n, &names[0], policies, limits);
        ngx_http_gate_reply_own_add(f, n, &names[1], limits, t.last);
    }

    if (!(ctx->limit->fields & NGX_HTTP_GATE_FIELDS_LEGACY)) {
        return NGX_OK;
    }

    ngx_http_gate_reply_own_add(f, n, &names[2], quota.data,
                                quota.data + quota.len);
    ngx_http_gate_reply_own_add(f, n, &names[3], remaining.data,
                                remaining.data + remaining.len);

    t.start = t.last;
    gate_text_uint(&t, nearest->full);

    ngx_http_gate_reply_own_add(f, n, &names[4], t.start, t.last);

    return NGX_OK;
}


static ngx_http_gate_limit_state_t *
ngx_http_gate_reply_limits_nearest(ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t                    i;
    ngx_http_gate_limit_state_t  *s;

    s = &ctx->limit->states[0];

    for (i = 1; i < ctx->limit->n; i++) {
        if (ctx->limit->states[i].remaining < s->remaining) {
            s = &ctx->limit->states[i];
        }
    }

    return s;
}


static ngx_int_t
ngx_http_gate_reply_limits_policies(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_state_t *nearest,
    gate_text_t *t, ngx_str_t *quota)
{
    ngx_uint_t            i;
    const gate_policy_t  *p;

    for (i = 0; i < ctx->limit->n; i++) {

        p = ngx_http_gate_reply_limits_policy(r, &ctx->limit->states[i]);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (i != 0) {
            gate_text_add(t, gate_str(", ", 2));
        }

        if (&ctx->limit->states[i] == nearest) {
            quota->len = p->digits;
            quota->data = t->last + p->digits_at;
        }

        gate_text_add(t, p->text);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_reply_limits_state(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_state_t *nearest,
    gate_text_t *t, ngx_str_t *remaining)
{
    u_char                       *digits;
    ngx_uint_t                    i;
    const gate_policy_t          *p;
    ngx_http_gate_limit_state_t  *s;

    for (i = 0; i < ctx->limit->n; i++) {
        s = &ctx->limit->states[i];

        p = ngx_http_gate_reply_limits_policy(r, s);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (i != 0) {
            gate_text_add(t, gate_str(", ", 2));
        }

        gate_text_add(t, gate_str(p->text.data, p->head));
        gate_text_add(t, gate_str(";r=", 3));

        digits = t->last;
        gate_text_uint(t, s->remaining);

        if (s == nearest) {
            remaining->len = t->last - digits;
            remaining->data = digits;
        }

        gate_text_add(t, gate_str(";t=", 3));
        gate_text_uint(t, s->next);
    }

    return NGX_OK;
}


/*
 * A worker writes the same few again and again: it keeps them, and takes them
 * for the same by what they say.  Good until the next call.
 */

static const gate_policy_t *
ngx_http_gate_reply_limits_policy(ngx_http_request_t *r,
    ngx_http_gate_limit_state_t *s)
{
    u_char                        *buf;
    gate_str_t                     name;
    gate_policy_t                 *p;
    ngx_http_gate_reply_policy_t  *kept;

    /* of this process */
    static ngx_http_gate_reply_policy_t  policies[NGX_HTTP_GATE_POLICIES];

    name = ngx_http_gate_view(&s->name);
    kept = &policies[(s->quota + s->window + name.len)
                     % NGX_HTTP_GATE_POLICIES];

    if (gate_policy_is(&kept->policy, name, s->quota, s->window)) {
        return &kept->policy;
    }

    p = &kept->policy;
    buf = kept->buf;

    if (name.len > NGX_HTTP_GATE_POLICY_NAME) {
        p = ngx_palloc(r->pool, sizeof(gate_policy_t));
        buf = ngx_pnalloc(r->pool, GATE_POLICY_SIZE(name.len));

        if (p == NULL || buf == NULL) {
            return NULL;
        }
    }

    gate_policy_write(p, name, s->quota, s->window, buf);

    return p;
}


/* for all fields at once: names twice, their bytes escaped at worst */

static ngx_int_t
ngx_http_gate_reply_limits_room(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_text_t *t)
{
    u_char      *p;
    size_t       size;
    ngx_uint_t   i;

    size = NGX_INT64_LEN;

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
