
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Who the caller is: the methods of a location are asked in order, once for
 * each request and location.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_dry_run.h"
#include "ngx_http_gate_identity.h"
#include "ngx_http_gate_subrequest.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_shield.h"

#include "gate_jwt.h"


static ngx_uint_t ngx_http_gate_auth_is_open(ngx_http_gate_ctx_t *ctx,
    ngx_int_t rc);
static ngx_int_t ngx_http_gate_auth_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_evaluate(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_pass(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_nobody(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_try(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_entry_t *entry);
static ngx_int_t ngx_http_gate_auth_all(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_any(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf,
    ngx_uint_t last);
static ngx_int_t ngx_http_gate_auth_differ(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static void ngx_http_gate_auth_count(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_entry_t *entry, ngx_int_t rc);


ngx_int_t
ngx_http_gate_auth_identify(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                   rc;
    ngx_http_gate_auth_conf_t  *acf;

    acf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_module);

    if (!acf->enable) {
        return NGX_DECLINED;
    }

    if (r != r->main) {
        return ngx_http_gate_auth_part(r, ctx, acf);
    }

    if (ctx->who_conf != acf) {
        ngx_http_gate_identity_clear(&ctx->who);
        ngx_memzero(&ctx->refused->whom, sizeof(ngx_http_gate_refused_t));

        ngx_http_gate_refused_log_id(r, ctx);

    } else if (ctx->who_rc != NGX_AGAIN || !ctx->may_park) {
        return ctx->who_rc;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate auth: \"%V\" at:%ui", &r->uri, ctx->who.at);

    rc = ngx_http_gate_auth_evaluate(r, ctx, acf);

    ctx->who_rc = rc;
    ctx->who_conf = ngx_http_gate_auth_is_open(ctx, rc) ? NULL : acf;

    return rc;
}


/* a variable asked for what is not known yet: it is asked for again */

static ngx_uint_t
ngx_http_gate_auth_is_open(ngx_http_gate_ctx_t *ctx, ngx_int_t rc)
{
    return rc == NGX_AGAIN && !ctx->may_park;
}


/* methods write to ctx->who: what is there stays the client's request's */

static ngx_int_t
ngx_http_gate_auth_part(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_int_t                    rc;
    ngx_http_gate_subrequest_t  *part;
    ngx_http_gate_refused_t      refused;
    ngx_http_gate_identity_t     who;

    part = ngx_http_gate_subrequest(r, ctx);
    if (part == NULL) {
        return NGX_ERROR;
    }

    if (part->who_conf != acf) {
        ngx_http_gate_identity_clear(&part->who);

    } else if (part->who_rc != NGX_AGAIN || !ctx->may_park) {
        return part->who_rc;
    }

    who = ctx->who;
    refused = ctx->refused->whom;
    ctx->who = part->who;
    ngx_memzero(&ctx->refused->whom, sizeof(ngx_http_gate_refused_t));

    rc = ngx_http_gate_auth_evaluate(r, ctx, acf);

    part->who_rc = rc;
    part->who_conf = ngx_http_gate_auth_is_open(ctx, rc) ? NULL : acf;
    part->who = ctx->who;
    part->refused = ctx->refused->whom;

    ctx->who = who;
    ctx->refused->whom = refused;

    return rc;
}


static ngx_int_t
ngx_http_gate_auth_evaluate(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_int_t  rc;

    rc = acf->all ? ngx_http_gate_auth_all(r, ctx, acf)
                  : ngx_http_gate_auth_any(r, ctx, acf, 0);

    if (rc == NGX_DECLINED) {
        rc = ngx_http_gate_auth_nobody(r, ctx, acf);
    }

    if (rc > NGX_OK
        && ngx_http_gate_dry_run(r, ctx, NGX_HTTP_GATE_DRY_RUN_AUTH,
                                 ctx->refused->whom.reason))
    {
        rc = ngx_http_gate_auth_pass(r, ctx, acf);
    }

    if (rc != NGX_OK && !(rc == NGX_AGAIN && ctx->may_park)) {
        /* a half-proved identity is none */
        ngx_http_gate_identity_clear(&ctx->who);
    }

    return rc;
}


/* who would be refused is whom anybody is, or nobody; none of what failed is
 * left of it */

static ngx_int_t
ngx_http_gate_auth_pass(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_int_t  rc;

    ngx_http_gate_identity_clear(&ctx->who);

    rc = ngx_http_gate_auth_any(r, ctx, acf, NGX_HTTP_GATE_METHOD_LAST);

    if (rc == NGX_DECLINED || rc > NGX_OK) {
        ngx_http_gate_identity_clear(&ctx->who);
        return NGX_OK;
    }

    return rc;
}


/* no listed credential is present */

static ngx_int_t
ngx_http_gate_auth_nobody(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_int_t  rc;

    if (acf->preflight && ngx_http_gate_is_preflight(r)) {
        ctx->who.preflight = 1;
    }

    rc = ngx_http_gate_auth_any(r, ctx, acf, NGX_HTTP_GATE_METHOD_LAST);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (ctx->who.preflight) {
        return NGX_OK;
    }

    return ngx_http_gate_refused_why(ctx, &ngx_http_gate_no_credential, NULL);
}


/* what a method must not answer is a failure: it lets nobody in */

static ngx_int_t
ngx_http_gate_auth_try(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_entry_t *entry)
{
    ngx_int_t                      rc;
    ngx_uint_t                     may_park;
    const ngx_http_gate_method_t  *m;

    m = entry->method;

    may_park = ctx->may_park;
    ctx->may_park = may_park && (m->flags & NGX_HTTP_GATE_METHOD_PARKS);

    rc = m->run(r, ctx, entry->data);

    ctx->may_park = may_park;

    if ((rc == NGX_AGAIN && !(m->flags & NGX_HTTP_GATE_METHOD_PARKS))
        || (rc > NGX_OK && ctx->refused->whom.reason == NULL))
    {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "gate auth: method \"%V\" gave %i", &m->name, rc);
        rc = NGX_ERROR;
    }

    if (rc == NGX_OK) {
        ctx->who.method = m->name;

    } else if (rc > NGX_OK) {
        ngx_http_gate_shield_refused(r, ctx, ctx->refused->whom.reason);
    }

    if (rc != NGX_DECLINED && rc != NGX_AGAIN
        && !(m->flags & NGX_HTTP_GATE_METHOD_LAST))
    {
        ngx_http_gate_auth_count(ctx, entry, rc);
    }

    return rc;
}


/* the first listed credential that is present decides, good or bad */

static ngx_int_t
ngx_http_gate_auth_any(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf, ngx_uint_t last)
{
    ngx_int_t                    rc;
    ngx_uint_t                   i;
    ngx_http_gate_auth_entry_t  *entry;

    entry = acf->methods->elts;
    i = ctx->who.waits ? ctx->who.at : 0;

    if (ctx->who.waits
        && (entry[i].method->flags & NGX_HTTP_GATE_METHOD_LAST) != last)
    {
        /* these have been asked */
        return NGX_DECLINED;
    }

    for ( /* void */ ; i < acf->methods->nelts; i++) {

        if ((entry[i].method->flags & NGX_HTTP_GATE_METHOD_LAST) != last) {
            continue;
        }

        rc = ngx_http_gate_auth_try(r, ctx, &entry[i]);

        ctx->who.waits = (rc == NGX_AGAIN);
        ctx->who.at = i;

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    return NGX_DECLINED;
}


/* each must be there, and all must name the same consumer */

static ngx_int_t
ngx_http_gate_auth_all(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_int_t                    rc;
    ngx_uint_t                   i, present, same;
    gate_consumer_t             *consumer;
    ngx_http_gate_auth_entry_t  *entry;

    entry = acf->methods->elts;
    present = ctx->who.present;

    for (i = ctx->who.at; i < acf->methods->nelts; i++) {

        consumer = gate_snapshot_take(ctx->who.consumer);

        rc = ngx_http_gate_auth_try(r, ctx, &entry[i]);

        same = (consumer == NULL
                || gate_snapshot_same(consumer, ctx->who.consumer));

        gate_snapshot_release(consumer);

        ctx->who.at = i;
        ctx->who.present = present;

        if (rc == NGX_DECLINED) {
            continue;
        }

        if (rc != NGX_OK) {
            return rc;
        }

        if (!same) {
            return ngx_http_gate_auth_differ(r, ctx);
        }

        present++;
    }

    if (present == 0) {
        return NGX_DECLINED;
    }

    if (present == acf->methods->nelts) {
        return NGX_OK;
    }

    return ngx_http_gate_refused_why(ctx, &ngx_http_gate_no_credential, NULL);
}


/* the last of them is told, by which credential, and that there are two */

static ngx_int_t
ngx_http_gate_auth_differ(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_refused_whom(r, ctx, ctx->who.consumer,
                               &ctx->who.credential);

    if (ctx->who.issuer != NULL) {
        ngx_http_gate_refused_by_claim(r, ctx,
                                    gate_claim_get(&ctx->who.issuer->claim,
                                                   ctx->who.claims));
    }

    return ngx_http_gate_refused_why(ctx, &ngx_http_gate_unknown_consumer,
                                "The credentials are of different consumers.");
}


static void
ngx_http_gate_auth_count(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_entry_t *entry, ngx_int_t rc)
{
    ngx_str_t      values[2];
    ngx_atomic_t  *p;

    if (rc == NGX_OK) {
        p = entry->proved;
        ngx_str_set(&values[1], "ok");

    } else {
        values[1] = (rc > NGX_OK) ? ctx->refused->whom.reason->token
                                  : ngx_http_gate_internal.token;

        /* most that are refused follow one of the same reason */

        p = (entry->result == values[1].data) ? entry->failed : NULL;
    }

    if (p == NULL) {
        values[0] = entry->method->name;
        p = ngx_http_gate_metric(&ngx_http_gate_auth_checked, 2, values);
    }

    if (rc == NGX_OK) {
        entry->proved = p;

    } else {
        entry->failed = p;
        entry->result = values[1].data;
    }

    (void) ngx_atomic_fetch_add(p, 1);
}
