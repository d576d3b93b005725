
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
static ngx_int_t ngx_http_gate_reply_limits_write(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_state_t *nearest,
    ngx_str_t *policies, ngx_str_t *limits, ngx_str_t *quota,
    ngx_str_t *remaining);
static const gate_policy_t *ngx_http_gate_reply_limits_policy(
    ngx_http_request_t *r, ngx_http_gate_limit_state_t *s);
static ngx_int_t ngx_http_gate_reply_limits_room(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *policies, ngx_str_t *limits);


/*
 * RateLimit and RateLimit-Policy, draft-ietf-httpapi-ratelimit-headers-10, and
 * X-RateLimit-*, of the limit nearest to its end: its numbers are parts of
 * what the others say, only the seconds until it is full are not.
 */

ngx_int_t
ngx_http_gate_reply_limits(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_keyval_t *f, ngx_uint_t *n)
{
    u_char                       *last;
    ngx_str_t                     policies, limits, quota, remaining;
    ngx_http_gate_limit_state_t  *nearest;

    static ngx_str_t  names[] = {
        ngx_string("RateLimit-Policy"),
        ngx_string("RateLimit"),
        ngx_string("X-RateLimit-Limit"),
        ngx_string("X-RateLimit-Remaining"),
        ngx_string("X-RateLimit-Reset")
    };

    if (ngx_http_gate_reply_limits_room(r, ctx, &policies, &limits)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    nearest = ngx_http_gate_reply_limits_nearest(ctx);

    ngx_str_null(&quota);
    ngx_str_null(&remaining);

    if (ngx_http_gate_reply_limits_write(r, ctx, nearest, &policies, &limits,
                                         &quota, &remaining)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->limit->fields & NGX_HTTP_GATE_FIELDS_DRAFT10) {
        ngx_http_gate_reply_own_add(f, n, &names[0], &policies);
        ngx_http_gate_reply_own_add(f, n, &names[1], &limits);
    }

    if (!(ctx->limit->fields & NGX_HTTP_GATE_FIELDS_LEGACY)) {
        return NGX_OK;
    }

    ngx_http_gate_reply_own_add(f, n, &names[2], &quota);
    ngx_http_gate_reply_own_add(f, n, &names[3], &remaining);

    last = limits.data + limits.len;

    limits.data = last;
    limits.len = gate_text_digits(last, nearest->full) - last;

    ngx_http_gate_reply_own_add(f, n, &names[4], &limits);

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


/* the first two at once; the others are parts of them */

static ngx_int_t
ngx_http_gate_reply_limits_write(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_state_t *nearest,
    ngx_str_t *policies, ngx_str_t *limits, ngx_str_t *quota,
    ngx_str_t *remaining)
{
    u_char                       *p, *q, *digits;
    ngx_uint_t                    i;
    const gate_policy_t          *policy;
    ngx_http_gate_limit_state_t  *s;

    p = policies->data;
    q = limits->data;

    for (i = 0; i < ctx->limit->n; i++) {
        s = &ctx->limit->states[i];

        policy = ngx_http_gate_reply_limits_policy(r, s);
        if (policy == NULL) {
            return NGX_ERROR;
        }

        if (i != 0) {
            p = ngx_cpymem(p, ", ", 2);
            q = ngx_cpymem(q, ", ", 2);
        }

        if (s == nearest) {
            quota->len = policy->digits;
            quota->data = p + policy->digits_at;
        }

        p = gate_str_copy(p, policy->text);
        q = gate_str_copy(q, gate_str(policy->text.data, policy->head));

        q = ngx_cpymem(q, ";r=", 3);
        digits = q;
        q = gate_text_digits(q, s->remaining);

        if (s == nearest) {
            remaining->len = q - digits;
            remaining->data = digits;
        }

        q = ngx_cpymem(q, ";t=", 3);
        q = gate_text_digits(q, s->next);
    }

    policies->len = p - policies->data;
    limits->len = q - limits->data;

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


/* names twice, their bytes escaped at worst */

static ngx_int_t
ngx_http_gate_reply_limits_room(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *policies, ngx_str_t *limits)
{
    size_t      size;
    ngx_uint_t  i;

    size = 0;

    for (i = 0; i < ctx->limit->n; i++) {
        size += 2 * ctx->limit->states[i].name.len + 2 * NGX_INT64_LEN
                + sizeof(", \"\";q=;w=") - 1;
    }

    policies->data = ngx_pnalloc(r->pool, 2 * size + NGX_INT64_LEN);
    if (policies->data == NULL) {
        return NGX_ERROR;
    }

    limits->data = policies->data + size;

    return NGX_OK;
}
