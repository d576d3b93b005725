
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Room in the journal, asked for before anything is paid.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_meter.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_journal.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_api.h"


#define NGX_HTTP_GATE_METER_STEP  5           /* ms, then it looks again */
#define NGX_HTTP_GATE_METER_MOST  1000        /* of one request */


static ngx_int_t ngx_http_gate_meter_wait(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static void ngx_http_gate_meter_key(ngx_http_gate_ctx_t *ctx,
    gate_journal_key_t *key);


/* MAY: asked before a limit is debited, as the answer may be a refusal */

ngx_int_t
ngx_http_gate_meter_reserve(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                         rc;
    uint32_t                         *hint;
    gate_journal_key_t                key;
    gate_journal_writer_t            *w;
    ngx_http_gate_meter_loc_conf_t   *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_meter_module);

    if (!mlcf->enable || ctx->meter->metered || ctx->meter->unbilled) {
        return NGX_DECLINED;
    }

    ctx->meter->cell = GATE_JOURNAL_NO_CELL;

    w = ngx_http_gate_journal_writer(r);
    if (w == NULL) {
        return ngx_http_gate_meter_full(r, ctx);
    }

    ngx_http_gate_meter_key(ctx, &key);

    /* the journal looks whether it is that cell: a wrong hint costs a search */

    hint = &mlcf->hints[(uintptr_t) ctx->who.consumer / sizeof(gate_consumer_t)
                        % NGX_HTTP_GATE_METER_HINTS];
    ctx->meter->cell = *hint;

    if (ngx_http_gate_journal_reserve(w, &key, &ctx->meter->cell)
        != GATE_JOURNAL_OK)
    {
        ctx->meter->cell = GATE_JOURNAL_NO_CELL;

        rc = ngx_http_gate_meter_wait(r, ctx);

        return (rc == NGX_DECLINED) ? ngx_http_gate_meter_full(r, ctx) : rc;
    }

    *hint = ctx->meter->cell;
    ctx->waited = 0;

    return NGX_OK;
}


/* NGX_AGAIN: parked, nothing is open for it yet; NGX_DECLINED: there is no
 * hope */

static ngx_int_t
ngx_http_gate_meter_wait(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (!ngx_http_gate_journal_moves(r)) {
        return NGX_DECLINED;
    }

    if (ctx->meter->waits++
        >= NGX_HTTP_GATE_METER_MOST / NGX_HTTP_GATE_METER_STEP)
    {
        return NGX_DECLINED;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate meter: waits for room, %ui", ctx->meter->waits);

    return ngx_http_gate_park(r, ctx, NGX_HTTP_GATE_METER_STEP, NULL, NULL);
}


/* a subrequest costs nothing, as its request does: else it would be free */

ngx_int_t
ngx_http_gate_meter_part(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_meter_loc_conf_t  *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_meter_module);

    if (!mlcf->enable || !ngx_http_gate_auth_conf(r)->enable || ctx->gated) {
        return NGX_DECLINED;
    }

    return ngx_http_gate_deny(r, ctx, &ngx_http_gate_no_credential);
}


static void
ngx_http_gate_meter_key(ngx_http_gate_ctx_t *ctx, gate_journal_key_t *key)
{
    gate_consumer_t  *c;

    /* "-" where there is none; no consumer and no plan can be called so */

    static ngx_str_t  none = ngx_string("-");

    c = ctx->who.consumer;

    key->consumer = c ? c->name : ngx_http_gate_view(&none);
    key->plan = (c && c->plan) ? c->plan->name : ngx_http_gate_view(&none);
    key->api = ngx_http_gate_view(&ctx->api->name);
    key->version = ngx_http_gate_view(ctx->api->version.len
                                      ? &ctx->api->version : &none);
}


ngx_int_t
ngx_http_gate_meter_full(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_atomic_t  *p;

    if (!ngx_http_gate_journal_serves(r)) {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_journal_full);
    }

    ctx->meter->unbilled = 1;

    p = ngx_http_gate_metric(&ngx_http_gate_journal_unbilled, 0, NULL);
    (void) ngx_atomic_fetch_add(p, 1);

    return NGX_OK;
}
