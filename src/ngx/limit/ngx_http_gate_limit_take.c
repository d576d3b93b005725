
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which buckets a request needs, and debiting all of them or none.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_spend.h"
#include "ngx_http_gate_zone.h"


#define NGX_HTTP_GATE_LIMIT_KEY    1024       /* bytes of a key */


static void ngx_http_gate_limit_plan(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *t);
static ngx_int_t ngx_http_gate_limit_key(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_line_t *line,
    ngx_http_gate_limit_try_t *t);
static ngx_int_t ngx_http_gate_limit_take_locked(
    ngx_http_gate_limit_try_t *tries, ngx_uint_t n, ngx_uint_t commit,
    int64_t now_ns);
static void ngx_http_gate_limit_debit_locked(ngx_http_gate_limit_try_t *tries,
    ngx_uint_t n, int64_t now_ns);
static ngx_int_t ngx_http_gate_limit_bucket_locked(
    ngx_http_gate_limit_try_t *t, ngx_http_gate_zone_use_t *use,
    int64_t now_ns);
static int64_t ngx_http_gate_limit_may_go(const void *payload);


static ngx_http_gate_zone_class_t  ngx_http_gate_limit_class = {
    "bucket",
    sizeof(ngx_http_gate_limit_bucket_t),
    ngx_http_gate_limit_may_go
};


ngx_int_t
ngx_http_gate_limit_add_class(ngx_conf_t *cf)
{
    return ngx_http_gate_zone_class(cf, &ngx_http_gate_limit_class);
}


ngx_int_t
ngx_http_gate_limit_collect(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_array_t *lines, ngx_http_gate_limit_try_t *tries, ngx_uint_t *np)
{
    ngx_int_t                    rc;
    ngx_uint_t                   i, n;
    ngx_http_gate_limit_try_t   *t;
    ngx_http_gate_limit_line_t  *line;

    line = lines->elts;
    n = 0;

    for (i = 0; i < lines->nelts; i++) {

        t = &tries[n];
        t->rate = NULL;
        t->zone = line[i].zone;
        t->dry_run = line[i].dry_run;
        t->undelayed = line[i].undelayed;
        t->delay_ns = 0;

        if (line[i].plan) {
            ngx_http_gate_limit_plan(ctx, t);

        } else {
            rc = ngx_http_gate_limit_key(r, ctx, &line[i], t);

            if (rc != NGX_OK) {
                return rc;
            }
        }

        if (t->rate == NULL
            || (ctx->limit->paid != NULL
                && ngx_http_gate_limit_is_paid(ctx, &t->key)))
        {
            continue;
        }

        n++;
    }

    *np = n;

    return NGX_OK;
}


static void
ngx_http_gate_limit_plan(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *t)
{
    gate_consumer_t    *consumer;
    const gate_plan_t  *plan;

    consumer = ctx->who.consumer;

    if (consumer == NULL) {
        /* a CORS preflight */
        return;
    }

    plan = consumer->plan;

    if (plan == NULL || !plan->has_rate) {
        return;
    }

    t->rate = &plan->rate;
    t->part = NGX_HTTP_GATE_ZONE_CONSUMERS;
    t->name.len = plan->name.len;
    t->name.data = plan->name.data;

    t->key.class = &ngx_http_gate_limit_class;
    t->key.kind = NGX_HTTP_GATE_LIMIT_PLAN;
    t->key.name = t->name;
    t->key.hash = plan->hash ^ consumer->hash;
    t->key.key.len = consumer->name.len;
    t->key.key.data = consumer->name.data;
}


static ngx_int_t
ngx_http_gate_limit_key(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_line_t *line, ngx_http_gate_limit_try_t *t)
{
    ngx_str_t        *key;
    gate_consumer_t  *consumer;

    consumer = ctx->who.consumer;
    key = &t->key.key;

    if (line->key == NULL) {

        if (consumer == NULL) {
            return NGX_OK;
        }

        t->part = NGX_HTTP_GATE_ZONE_CONSUMERS;
        key->len = consumer->name.len;
        key->data = consumer->name.data;

    } else {
        t->part = (consumer != NULL && !ctx->who.anonymous)
                  ? NGX_HTTP_GATE_ZONE_CALLERS : NGX_HTTP_GATE_ZONE_STRANGERS;

        if (ngx_http_complex_value(r, line->key, key) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (key->len == 0) {
        /* as limit_req has it: an empty key is not counted */
        return NGX_OK;
    }

    if (key->len > NGX_HTTP_GATE_LIMIT_KEY) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "gate limit: a key of %uz bytes is cut to %d",
                      key->len, NGX_HTTP_GATE_LIMIT_KEY);
        key->len = NGX_HTTP_GATE_LIMIT_KEY;
    }

    t->rate = &line->rate->rate;
    t->name = line->rate->name;
    t->key.class = &ngx_http_gate_limit_class;
    t->key.kind = line->rate->type;
    t->key.name = line->rate->id;
    t->key.hash = line->rate->hash ^ ngx_http_gate_zone_hash(key);

    return NGX_OK;
}


/*
 * The time is read under the locks, so that of two decisions on a bucket the
 * later one has the later time.
 */

ngx_int_t
ngx_http_gate_limit_take(ngx_array_t *zones, ngx_http_gate_limit_try_t *tries,
    ngx_uint_t n, ngx_uint_t commit, int64_t *now_ns)
{
    ngx_int_t  rc;

    ngx_http_gate_limit_lock(zones);

    *now_ns = ngx_http_gate_spend_now();

    rc = ngx_http_gate_limit_take_locked(tries, n, commit, *now_ns);

    ngx_http_gate_limit_unlock(zones);

    return rc;
}


ngx_uint_t
ngx_http_gate_limit_over(ngx_http_gate_limit_try_t *tries, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (tries[i].bucket != NULL && !tries[i].dry_run
            && !tries[i].verdict.allow)
        {
            return 1;
        }
    }

    return 0;
}


void
ngx_http_gate_limit_lock(ngx_array_t *zones)
{
    ngx_uint_t              i;
    ngx_http_gate_zone_t  **z;

    z = zones->elts;

    for (i = 0; i < zones->nelts; i++) {
        ngx_http_gate_zone_lock(z[i]);
    }
}


void
ngx_http_gate_limit_unlock(ngx_array_t *zones)
{
    ngx_uint_t              i;
    ngx_http_gate_zone_t  **z;

    z = zones->elts;

    for (i = zones->nelts; i-- > 0; /* void */) {
        ngx_http_gate_zone_unlock(z[i]);
    }
}


/* all are asked before any is debited */

static ngx_int_t
ngx_http_gate_limit_take_locked(ngx_http_gate_limit_try_t *tries, ngx_uint_t n,
    ngx_uint_t commit, int64_t now_ns)
{
    void                       *held[NGX_HTTP_GATE_LIMITS];
    ngx_uint_t                  i, refused;
    ngx_http_gate_zone_use_t    use;
    ngx_http_gate_limit_try_t  *t;

    use.now_ms = now_ns / 1000000;
    use.held = held;
    use.n = 0;

    refused = 0;

    for (i = 0; i < n; i++) {
        t = &tries[i];

        if (ngx_http_gate_limit_bucket_locked(t, &use, now_ns) != NGX_OK) {
            return NGX_DECLINED;
        }

        if (t->bucket == NULL) {
            continue;
        }

        gate_bucket_try(t->rate, t->bucket->tat_ns, now_ns, 1, &t->verdict);

        if (!t->verdict.allow && !t->dry_run) {
            refused = 1;
        }
    }

    if (commit && !refused) {
        ngx_http_gate_limit_debit_locked(tries, n, now_ns);
        return NGX_OK;
    }

    /* nothing is debited: what is told is what is there */

    for (i = 0; i < n; i++) {
        t = &tries[i];

        if (t->bucket != NULL && t->verdict.allow) {
            gate_bucket_try(t->rate, t->bucket->tat_ns, now_ns, 0,
                            &t->verdict);
        }
    }

    return NGX_OK;
}


static void
ngx_http_gate_limit_debit_locked(ngx_http_gate_limit_try_t *tries, ngx_uint_t n,
    int64_t now_ns)
{
    ngx_uint_t                  i;
    ngx_http_gate_limit_try_t  *t;

    for (i = 0; i < n; i++) {
        t = &tries[i];

        if (t->bucket == NULL || !t->verdict.allow) {
            continue;
        }

        t->delay_ns = gate_bucket_delay(t->rate, t->bucket->tat_ns, now_ns,
                                        t->undelayed);

        t->bucket->tat_ns = t->verdict.tat_ns;
    }
}


/*
 * The bucket, found or made.  Without room it is left out where that is wanted
 * (a limit that only looks refuses nobody), else NGX_DECLINED.
 */

static ngx_int_t
ngx_http_gate_limit_bucket_locked(ngx_http_gate_limit_try_t *t,
    ngx_http_gate_zone_use_t *use, int64_t now_ns)
{
    use->part = t->part;

    t->bucket = ngx_http_gate_zone_find_locked(t->zone, &t->key);

    if (t->bucket == NULL) {
        t->bucket = ngx_http_gate_zone_add_locked(t->zone, &t->key, use);
    }

    if (t->bucket == NULL) {
        return (t->dry_run || ngx_http_gate_zone_serves(t->zone))
               ? NGX_OK : NGX_DECLINED;
    }

    use->held[use->n++] = t->bucket;

    t->bucket->tat_ns = gate_bucket_clamp(t->rate, t->bucket->tat_ns, now_ns);

    return NGX_OK;
}


/* once it is drained: to forget it earlier would hand its owner a full one */

static int64_t
ngx_http_gate_limit_may_go(const void *payload)
{
    const ngx_http_gate_limit_bucket_t  *b = payload;

    return (b->tat_ns + 999999) / 1000000;
}
