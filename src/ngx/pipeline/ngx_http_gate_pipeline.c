
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The pipeline: it runs the stages, and makes nginx's answers of theirs.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_stage.h"
#include "ngx_http_gate_entry.h"
#include "ngx_http_gate_pipeline.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_guard.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_path.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_fetch_filter.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_requests.h"
#include "ngx_http_gate_stages.h"
#include "ngx_http_gate_transform.h"
#include "ngx_http_gate_upgrade.h"


static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_shield_gated(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_who_gated(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_may_gated(
    ngx_http_request_t *r);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_settle_gated(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_run_step(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t step, ngx_http_gate_stage_t *from);
static void ngx_http_gate_undo(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_stage_t *s, ngx_uint_t left);
static ngx_int_t ngx_http_gate_answer(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_int_t rc);
static void ngx_http_gate_shield_place(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_shield_open(ngx_http_request_t *r);


typedef struct {
    ngx_http_gate_requests_t  *requests;
    ngx_http_gate_walk_t      *walk;
} ngx_http_gate_pipeline_loc_conf_t;


/*
 * A request for keys, or about a token, is asked by no policy: it has no
 * credential, and its caller's would wait for it.  Only as long as nothing
 * leads it elsewhere: what comes from its server may name any place of ours.
 */

static ngx_inline ngx_uint_t
ngx_http_gate_is_own(ngx_http_request_t *r)
{
    return ngx_http_gate_fetch_of(r) != NULL
           && r->uri_changes == NGX_HTTP_MAX_URI_CHANGES + 1;
}


/* SERVER_REWRITE: a request that is led elsewhere goes there as it came */

ngx_int_t
ngx_http_gate_led_handler(ngx_http_request_t *r)
{
    if (!r->internal) {
        return NGX_DECLINED;
    }

    ngx_http_gate_transform_again(r);

    return ngx_http_gate_hygiene_server(r);
}


/* REWRITE: the same, as named locations begin here */

ngx_int_t
ngx_http_gate_rewrite_handler(ngx_http_request_t *r)
{
    if (r->internal) {
        ngx_http_gate_transform_again(r);
    }

    return ngx_http_gate_hygiene_rewrite(r);
}


/* PREACCESS: cheap refusals; also where a request meets the gate again after
 * an internal redirect */

ngx_int_t
ngx_http_gate_shield_handler(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    if (r != r->main) {
        return ngx_http_gate_place_is_gated(r) ? ngx_http_gate_guard(r)
                                         : NGX_DECLINED;
    }

    ctx = ngx_http_gate_get_ctx(r);

    ngx_http_gate_typed_show(r, ctx, 1);

    if (ngx_http_gate_upgrade_drop(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!ngx_http_gate_place_is_gated(r)) {
        return ngx_http_gate_shield_open(r);
    }

    return ngx_http_gate_shield_gated(r, ctx);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_shield_gated(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t               rc;
    ngx_http_gate_stage_t  *from;

    if (ngx_http_gate_is_own(r)) {
        return NGX_DECLINED;
    }

    if (ctx == NULL) {
        ctx = ngx_http_gate_ctx(r);
        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate shield: \"%V\" refused:%d", &r->uri,
                   ctx->reason != NULL);

    ngx_http_gate_refused_log_id(r, ctx);

    from = ngx_http_gate_park_enter(r, ctx);

    if (ctx->who_rc == NGX_AGAIN && from == NULL) {
        /* led elsewhere while a method was waiting */
        ctx->who_conf = NULL;
    }

    ctx->gated = 1;

    if (ctx->reason != NULL) {
        /* error_page: the refusal stays that of where it happened */
        return NGX_DECLINED;
    }

    ngx_http_gate_shield_place(r, ctx);

    if (from == NULL) {
        ngx_http_gate_requests_enter(ctx);
    }

    rc = ngx_http_gate_run_step(r, ctx, NGX_HTTP_GATE_SHIELD, from);

    if (rc != NGX_OK && rc != NGX_AGAIN) {
        ngx_http_gate_requests_decided(ctx);
    }

    return ngx_http_gate_answer(r, ctx, rc);
}


/* a post_action is not counted as where it leads */

static void
ngx_http_gate_shield_place(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (r->post_action && ctx->gate != NULL) {
        return;
    }

    ctx->gate = ngx_http_get_module_loc_conf(r, ngx_http_gate_module);
    ctx->api = ngx_http_gate_api(r);
}


/* the same where no policy stands: only the path is looked at */

static ngx_int_t
ngx_http_gate_shield_open(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    if (ngx_http_gate_path_open(r)) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_gate_entry(r, ctx);

    return ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_path);
}


/*
 * ACCESS: OK, DECLINED, 401, 403 and 503, and where all is asked 429; any other
 * status would be the end of "satisfy any"
 */

ngx_int_t
ngx_http_gate_who_handler(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    /* should another module have ended PREACCESS before hygiene's turn */

    ctx = ngx_http_gate_get_ctx(r);

    ngx_http_gate_typed_show(r, ctx, 0);

    if (!ngx_http_gate_place_is_gated(r)) {
        return NGX_DECLINED;
    }

    return ngx_http_gate_who_gated(r, ctx);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_who_gated(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                  rc;
    ngx_http_core_loc_conf_t  *clcf;

    if (ngx_http_gate_is_own(r)) {
        return NGX_DECLINED;
    }

    if (ctx == NULL) {
        ctx = ngx_http_gate_ctx(r);
        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ctx->reason != NULL
        && ctx->redirects != r->uri_changes)
    {
        return NGX_DECLINED;
    }

    (void) ngx_http_gate_park_enter(r, ctx);

    rc = ngx_http_gate_stages_run(r, ctx, ngx_http_gate_auth_identify, 1, NULL);

    if (rc == NGX_AGAIN) {
        return rc;
    }

    if (rc == NGX_ERROR || rc > NGX_OK) {
        ngx_http_gate_requests_decided(ctx);
    }

    if (rc == NGX_ERROR) {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_internal);
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (rc > NGX_OK) {
        rc = ngx_http_gate_deny(r, ctx, ctx->refused->whom.reason);

        if (clcf->satisfy == NGX_HTTP_SATISFY_ALL) {
            return ngx_http_gate_reply_send(r, ctx, rc);
        }

        /* said in PRECONTENT, whoever else lets it in */
        return (rc == NGX_HTTP_TOO_MANY_REQUESTS) ? NGX_DECLINED : rc;
    }

    if (clcf->satisfy == NGX_HTTP_SATISFY_ANY
        && (ctx->who.anonymous || ctx->who.consumer == NULL))
    {
        /* nobody has proved anything: another has to let it in */
        return NGX_DECLINED;
    }

    return rc;
}


/* PRECONTENT: may it, how much, what it costs; then what the service sees */

ngx_int_t
ngx_http_gate_may_handler(ngx_http_request_t *r)
{
    if (!ngx_http_gate_place_is_gated(r)) {
        return NGX_DECLINED;
    }

    return ngx_http_gate_may_gated(r);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_may_gated(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_http_gate_ctx_t    *ctx;
    ngx_http_gate_stage_t  *from;

    if (r != r->main) {
        return ngx_http_gate_guard(r);
    }

    if (ngx_http_gate_is_own(r)) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->reason != NULL) {
        return ngx_http_gate_guard_refused(r, ctx);
    }

    from = ngx_http_gate_park_enter(r, ctx);
    rc = NGX_OK;

    if (from == NULL || from->step == NGX_HTTP_GATE_MAY) {
        rc = ngx_http_gate_run_step(r, ctx, NGX_HTTP_GATE_MAY, from);
        from = NULL;
    }

    if (rc == NGX_OK) {
        ctx->admitted = 1;
        rc = ngx_http_gate_run_step(r, ctx, NGX_HTTP_GATE_SHAPE, from);
    }

    if (rc == NGX_OK) {
        ctx->shaped = r->loc_conf;
    }

    if (rc != NGX_AGAIN) {
        ngx_http_gate_requests_decided(ctx);
    }

    return ngx_http_gate_answer(r, ctx, rc);
}


/* "from": the row that had parked, whose turn it is again, or NULL */

static ngx_int_t
ngx_http_gate_run_step(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t step, ngx_http_gate_stage_t *from)
{
    ngx_int_t                           rc;
    ngx_http_gate_stage_t              *s, **row;
    ngx_http_gate_pipeline_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_module);

    /* steps follow each other in a walk; that of its last row is none */

    for (row = from ? ngx_http_gate_stages_from(from) : plcf->walk->first[step];
         (*row)->step == step;
         row++)
    {
        s = *row;

        rc = ngx_http_gate_stages_run(r, ctx, s->run, s->parks, s);

        if (rc == NGX_DECLINED || rc == NGX_OK) {
            continue;
        }

        if (rc != NGX_AGAIN && rc != NGX_DONE) {
            ngx_http_gate_undo(r, ctx, s, 0);
        }

        return rc;
    }

    return NGX_OK;
}


/* the rows before "s", the last one first, wherever they were walked */

static void
ngx_http_gate_undo(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_stage_t *s, ngx_uint_t left)
{
    while (s > ngx_http_gate_stages) {
        s--;

        if (s->undo) {
            s->undo(r, ctx, left);
        }
    }
}


static ngx_int_t
ngx_http_gate_answer(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_int_t rc)
{
    if (rc == NGX_OK || rc == NGX_DECLINED) {
        /* NGX_OK would skip mirror, try_files and limit_req */
        return NGX_DECLINED;
    }

    if (rc == NGX_ERROR) {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_internal);
    }

    if (rc == NGX_DONE) {
        /* as of the content phase */
        r->write_event_handler = ngx_http_request_empty_handler;
        ngx_http_finalize_request(r, r->content_handler(r));

        return NGX_DONE;
    }

    if (rc == NGX_AGAIN) {
        return rc;
    }

    return ctx->answered ? ngx_http_gate_reply_empty(r, rc)
                         : ngx_http_gate_reply_send(r, ctx, rc);
}


/* LOG: nginx runs it once for the client's request, whatever became of it */

ngx_int_t
ngx_http_gate_settle_handler(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    if (r != r->main) {
        return NGX_OK;
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->gated) {
        return NGX_OK;
    }

    return ngx_http_gate_settle_gated(r, ctx);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_settle_gated(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_stage_t             **s;
    ngx_http_gate_pipeline_loc_conf_t  *plcf;

    for (s = ngx_http_gate_stages_settle; *s; s++) {
        (void) (*s)->settle(r, ctx);
    }

    if (!ctx->admitted && ctx->reason == NULL) {
        ngx_http_gate_undo(r, ctx, ngx_http_gate_stages_end, 1);
    }

    plcf = ctx->gate;
    ngx_http_gate_requests_settle(r, ctx, plcf->requests);

    return NGX_OK;
}


void *
ngx_http_gate_pipeline_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_pipeline_loc_conf_t  *plcf;

    plcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_pipeline_loc_conf_t));
    if (plcf == NULL) {
        return NULL;
    }

    plcf->requests = ngx_http_gate_requests_create(cf);
    if (plcf->requests == NULL) {
        return NULL;
    }

    plcf->walk = &ngx_http_gate_stages_all;

    return plcf;
}


/* a check of each place: where a policy stands, only its rows are walked */

ngx_int_t
ngx_http_gate_pipeline_place(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_pipeline_loc_conf_t  *plcf;

    if (!place->gated) {
        return NGX_OK;
    }

    plcf = ngx_http_gate_place_conf(place, &ngx_http_gate_module);

    plcf->walk = ngx_http_gate_stages_walk(cf, place->loc_conf);

    return (plcf->walk != NULL) ? NGX_OK : NGX_ERROR;
}
