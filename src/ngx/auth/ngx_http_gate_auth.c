
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_auth: which credentials a location accepts, and who the caller is.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_guard.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_pipeline.h"
#include "ngx_http_gate_problem.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"

#include "gate_jwt.h"


static ngx_int_t ngx_http_gate_auth_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_evaluate(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_nobody(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_try(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_stage_t *stage);
static ngx_int_t ngx_http_gate_auth_all(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_any(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static void ngx_http_gate_auth_differ(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static void ngx_http_gate_auth_count(ngx_str_t *method, ngx_int_t rc);
static ngx_uint_t ngx_http_gate_auth_is_preflight(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_auth_keep(ngx_table_elt_t *h, void *data);
static void *ngx_http_gate_auth_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_auth_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);


typedef struct {
    ngx_http_request_t        *r;
    ngx_uint_t                 failed;
} ngx_http_gate_auth_strip_t;


static ngx_command_t  ngx_http_gate_auth_commands[] = {

    { ngx_string("gate_auth"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_1MORE,
      ngx_http_gate_auth,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_auth_module_ctx = {
    ngx_http_gate_auth_preconfiguration,   /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_auth_create_conf,        /* create location configuration */
    ngx_http_gate_auth_merge_conf          /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_module_ctx,        /* module context */
    ngx_http_gate_auth_commands,           /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


ngx_http_gate_auth_conf_t *
ngx_http_gate_auth_conf(ngx_http_request_t *r)
{
    return ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_module);
}


ngx_int_t
ngx_http_gate_auth_identify(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_auth_conf_t  *acf;

    acf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_module);

    if (!acf->enable) {
        return NGX_DECLINED;
    }

    if (r != r->main) {
        return ngx_http_gate_auth_part(r, ctx, acf);
    }

    if (ctx->who_conf == acf) {
        return ctx->who_rc;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate auth: \"%V\"", &r->uri);

    json_decref((json_t *) ctx->who.claims);
    ngx_memzero(&ctx->who, sizeof(ngx_http_gate_identity_t));
    ngx_memzero(&ctx->refused->whom, sizeof(ngx_http_gate_refused_t));

    ngx_http_gate_refused_log_id(r, ctx);

    ctx->who_conf = acf;
    ctx->who_rc = ngx_http_gate_auth_evaluate(r, ctx, acf);

    return ctx->who_rc;
}


/* methods write to ctx->who: what is there stays the client's request's */

static ngx_int_t
ngx_http_gate_auth_part(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_http_gate_part_t      *part;
    ngx_http_gate_refused_t    refused;
    ngx_http_gate_identity_t   who;

    part = ngx_http_gate_part(r, ctx);
    if (part == NULL) {
        return NGX_ERROR;
    }

    if (part->who_conf == acf) {
        return part->who_rc;
    }

    json_decref((json_t *) part->who.claims);

    who = ctx->who;
    refused = ctx->refused->whom;
    ngx_memzero(&ctx->refused->whom, sizeof(ngx_http_gate_refused_t));
    ngx_memzero(&ctx->who, sizeof(ngx_http_gate_identity_t));

    part->who_conf = acf;
    part->who_rc = ngx_http_gate_auth_evaluate(r, ctx, acf);
    part->who = ctx->who;
    part->refused = ctx->refused->whom;

    ctx->who = who;
    ctx->refused->whom = refused;

    return part->who_rc;
}


static ngx_int_t
ngx_http_gate_auth_evaluate(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_int_t  rc;

    rc = acf->all ? ngx_http_gate_auth_all(r, ctx, acf)
                  : ngx_http_gate_auth_any(r, ctx, acf);

    if (rc == NGX_DECLINED) {
        rc = ngx_http_gate_auth_nobody(r, ctx, acf);
    }

    if (rc != NGX_OK) {
        /* a half-proved identity is none */
        json_decref((json_t *) ctx->who.claims);
        ngx_memzero(&ctx->who, sizeof(ngx_http_gate_identity_t));
    }

    return rc;
}


/* no listed credential is present */

static ngx_int_t
ngx_http_gate_auth_nobody(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    if (acf->preflight && ngx_http_gate_auth_is_preflight(r)) {
        ctx->who.preflight = 1;
    }

    if (acf->anonymous != NULL) {
        ctx->who.consumer = acf->anonymous;
        ctx->who.anonymous = 1;
        ngx_str_set(&ctx->who.method, "anonymous");

        if (acf->anonymous->disabled) {
            ngx_http_gate_refused_whom(ctx, acf->anonymous,
                                       &ctx->who.credential);
            return NGX_HTTP_GATE_DISABLED_CONSUMER;
        }

        return NGX_OK;
    }

    return ctx->who.preflight ? NGX_OK : NGX_HTTP_GATE_NO_CREDENTIAL;
}


static ngx_int_t
ngx_http_gate_auth_try(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_stage_t *stage)
{
    return (r == r->main) ? stage->run(r, ctx) : stage->part(r, ctx);
}


/* the first listed credential that is present decides, good or bad */

static ngx_int_t
ngx_http_gate_auth_any(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_int_t                rc;
    ngx_uint_t               i;
    ngx_http_gate_method_t  *m;

    m = acf->methods->elts;

    for (i = 0; i < acf->methods->nelts; i++) {

        rc = ngx_http_gate_auth_try(r, ctx, m[i].stage);

        if (rc != NGX_DECLINED) {
            ngx_http_gate_auth_count(&m[i].stage->name, rc);
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
    ngx_int_t                rc;
    ngx_uint_t               i, present;
    gate_consumer_t         *consumer;
    ngx_http_gate_method_t  *m;

    m = acf->methods->elts;
    consumer = NULL;
    present = 0;

    for (i = 0; i < acf->methods->nelts; i++) {

        rc = ngx_http_gate_auth_try(r, ctx, m[i].stage);

        if (rc == NGX_DECLINED) {
            continue;
        }

        ngx_http_gate_auth_count(&m[i].stage->name, rc);

        if (rc != NGX_OK) {
            return rc;
        }

        if (present++ && consumer != ctx->who.consumer) {
            ngx_http_gate_auth_differ(r, ctx);
            return NGX_HTTP_GATE_UNKNOWN_CONSUMER;
        }

        consumer = ctx->who.consumer;
    }

    if (present == 0) {
        return NGX_DECLINED;
    }

    return (present == acf->methods->nelts) ? NGX_OK
                                            : NGX_HTTP_GATE_NO_CREDENTIAL;
}


/* the last of them is told, by which credential, and that there are two */

static void
ngx_http_gate_auth_differ(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_refused_whom(ctx, ctx->who.consumer, &ctx->who.credential);

    if (ctx->who.issuer != NULL) {
        ngx_http_gate_refused_by_claim(r, ctx, gate_jwt_claim(ctx->who.claims,
                               ngx_http_gate_view(&ctx->who.issuer->claim)));
    }

    ctx->refused->whom.detail = "The credentials are of different consumers.";
}


static void
ngx_http_gate_auth_count(ngx_str_t *method, ngx_int_t rc)
{
    ngx_str_t       values[2];
    ngx_atomic_t   *p;

    /* of this process, looked up once */
    static ngx_atomic_t  *ok[2];

    values[0] = *method;

    if (rc == NGX_OK) {
        if (ok[method->data[0] == 'j'] == NULL) {
            ngx_str_set(&values[1], "ok");
            ok[method->data[0] == 'j'] =
                ngx_http_gate_metric(NGX_HTTP_GATE_M_AUTH, 2, values);
        }

        p = ok[method->data[0] == 'j'];

    } else {
        values[1] = *ngx_http_gate_reason_name(
                        rc > NGX_OK ? rc : NGX_HTTP_GATE_INTERNAL);
        p = ngx_http_gate_metric(NGX_HTTP_GATE_M_AUTH, 2, values);
    }

    (void) ngx_atomic_fetch_add(p, 1);
}


/* Fetch standard, 4.8: what a browser asks before it sends credentials */

static ngx_uint_t
ngx_http_gate_auth_is_preflight(ngx_http_request_t *r)
{
    ngx_uint_t  n;

    static ngx_str_t  origin = ngx_string("origin");
    static ngx_str_t  method = ngx_string("access-control-request-method");

    return r->method == NGX_HTTP_OPTIONS
           && ngx_http_gate_header(r, &origin, &n) != NULL
           && ngx_http_gate_header(r, &method, &n) != NULL;
}


/* MAY: "satisfy any" may have let in a request that nobody answers for */

ngx_int_t
ngx_http_gate_auth_require(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_gate_auth_identify(r, ctx);

    if (rc == NGX_DECLINED || rc == NGX_OK || rc == NGX_ERROR) {
        return rc;
    }

    return ngx_http_gate_deny(r, ctx, rc, NULL);
}


/*
 * The same for a subrequest.  What else could let it in under "satisfy any" is
 * not asked, as the access phase is not for subrequests, so that it takes one
 * who is known.
 */

ngx_int_t
ngx_http_gate_auth_require_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                  rc;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_gate_identity_t  *who;

    rc = ngx_http_gate_auth_identify(r, ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    who = ngx_http_gate_who(r, ctx);

    if (clcf->satisfy == NGX_HTTP_SATISFY_ANY
        && (who->anonymous || who->preflight))
    {
        return NGX_HTTP_GATE_NO_CREDENTIAL;
    }

    return NGX_OK;
}


/*
 * SHAPE: a token goes on unless "hide"; a listed one that did not decide was
 * not verified and stays here.  Keys are gone since hygiene.  What is taken
 * stays at hand for an error page's location, which asks again.
 */

ngx_int_t
ngx_http_gate_auth_strip(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_auth_conf_t   *acf;
    ngx_http_gate_auth_strip_t   strip;

    acf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_module);

    if (!acf->enable || !acf->jwt
        || !(acf->hide || (!acf->all
                           && ngx_http_gate_who(r, ctx)->issuer == NULL)))
    {
        return NGX_DECLINED;
    }

    strip.r = r;
    strip.failed = 0;

    if (r != r->main && ngx_http_gate_headers_own(r) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_gate_headers_filter(r, ngx_http_gate_auth_keep, &strip)
        != NGX_OK
        || strip.failed)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_auth_keep(ngx_table_elt_t *h, void *data)
{
    ngx_http_gate_auth_strip_t *strip = data;

    if (h->key.len != sizeof("authorization") - 1
        || ngx_memcmp(h->lowcase_key, "authorization", h->key.len) != 0)
    {
        return 1;
    }

    /* if this is a subrequest, the request still has it, or has taken it */

    if (strip->r == strip->r->main
        && ngx_http_gate_keys_take_field(strip->r, h) != NGX_OK)
    {
        strip->failed = 1;
    }

    return 0;
}


static void *
ngx_http_gate_auth_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_auth_conf_t  *acf;

    /*
     * set by ngx_pcalloc():
     *
     *     acf->methods = NULL;
     *     acf->anonymous = NULL;
     *     acf->any = 0;
     *     acf->all = 0;
     *     acf->preflight = 0;
     *     acf->hide = 0;
     *     acf->off = 0;
     *     acf->key = 0;
     *     acf->jwt = 0;
     */

    acf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_auth_conf_t));
    if (acf == NULL) {
        return NULL;
    }

    acf->enable = NGX_CONF_UNSET;

    return acf;
}


static char *
ngx_http_gate_auth_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_auth_conf_t *prev = parent;
    ngx_http_gate_auth_conf_t *conf = child;

    if (conf->enable == NGX_CONF_UNSET) {

        if (prev->enable == NGX_CONF_UNSET) {
            conf->enable = 0;

        } else {
            *conf = *prev;
        }
    }

    if (conf->enable) {
        ngx_http_gate_policy(cf);
    }

    return NGX_CONF_OK;
}
