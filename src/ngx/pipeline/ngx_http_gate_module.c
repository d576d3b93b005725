
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The core module: phases, variables of the decision, and what this version
 * does not have yet.  No policy logic.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_guard.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_pipeline.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_requests.h"
#include "ngx_http_gate_stages.h"
#include "ngx_http_gate_vars.h"


/* bytes of memory that a request begins with: what nginx gives, and ours */
#define NGX_HTTP_GATE_POOL_DEFAULT  4096
#define NGX_HTTP_GATE_POOL          (12 * 1024)


static ngx_int_t ngx_http_gate_add_handler(ngx_http_core_main_conf_t *cmcf,
    ngx_uint_t phase, ngx_http_handler_pt handler);
static ngx_int_t ngx_http_gate_add_first(ngx_http_core_main_conf_t *cmcf,
    ngx_uint_t phase, ngx_http_handler_pt handler);
static ngx_int_t ngx_http_gate_decision_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_reason_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_unset_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_init(ngx_conf_t *cf);
static void ngx_http_gate_roomy(ngx_conf_t *cf,
    ngx_http_core_main_conf_t *cmcf);


static ngx_http_module_t  ngx_http_gate_module_ctx = {
    ngx_http_gate_preconfiguration,        /* preconfiguration */
    ngx_http_gate_init,                    /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_pipeline_create_loc_conf,  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_module_ctx,             /* module context */
    NULL,                                  /* module directives */
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


static ngx_http_variable_t  ngx_http_gate_vars[] = {

    { ngx_string("gate_decision"), NULL, ngx_http_gate_decision_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_reason"), NULL, ngx_http_gate_reason_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    /* of policies that this version does not have */

    { ngx_string("gate_quota_remaining"), NULL, ngx_http_gate_unset_variable,
      0, 0, 0 },

    { ngx_string("gate_redis_time"), NULL, ngx_http_gate_unset_variable, 0,
      0, 0 },

      ngx_http_null_variable
};


/* "admitted", "answered" or "refused"; empty where no policy was met */

static ngx_int_t
ngx_http_gate_decision_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t             value;
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->gated
        || !(ctx->admitted || ctx->answered || ctx->reason != NULL))
    {
        v->not_found = 1;
        return NGX_OK;
    }

    if (ctx->admitted) {
        ngx_str_set(&value, "admitted");

    } else if (ctx->answered) {
        ngx_str_set(&value, "answered");

    } else {
        ngx_str_set(&value, "refused");
    }

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_reason_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                      token;
    ngx_http_gate_ctx_t           *ctx;
    const ngx_http_gate_reason_t  *reason;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    reason = ngx_http_gate_said(r, ctx);

    if (ngx_http_gate_answer_foreseen(r, ctx) != NULL) {
        reason = &ngx_http_gate_sidecar_unavailable;
    }

    if (reason == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    token = reason->token;
    ngx_http_gate_set_var(v, &token);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_unset_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    v->not_found = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_add_vars(cf, ngx_http_gate_vars) != NGX_OK
        || ngx_http_gate_place_check(cf, ngx_http_gate_pipeline_place)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_requests_add(cf);
}


static ngx_int_t
ngx_http_gate_add_handler(ngx_http_core_main_conf_t *cmcf, ngx_uint_t phase,
    ngx_http_handler_pt handler)
{
    ngx_http_handler_pt  *h;

    h = ngx_array_push(&cmcf->phases[phase].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = handler;

    return NGX_OK;
}


/* the access log registers before all others */

static ngx_int_t
ngx_http_gate_add_first(ngx_http_core_main_conf_t *cmcf, ngx_uint_t phase,
    ngx_http_handler_pt handler)
{
    ngx_array_t          *handlers;
    ngx_http_handler_pt  *h;

    handlers = &cmcf->phases[phase].handlers;

    h = ngx_array_push(handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    for (h = handlers->elts, h += handlers->nelts - 1;
         h > (ngx_http_handler_pt *) handlers->elts;
         h--)
    {
        *h = *(h - 1);
    }

    *h = handler;

    return NGX_OK;
}


/*
 * A request that is proxied takes two blocks of nginx's default already, and
 * three with what is remembered of it here: one block costs half as much.
 * What http{} says is kept; of a server{} that says nginx's own default it is
 * not known that it does.
 */

static void
ngx_http_gate_roomy(ngx_conf_t *cf, ngx_http_core_main_conf_t *cmcf)
{
    ngx_uint_t                  i;
    ngx_http_core_srv_conf_t   *http, **cscfp;

    http = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    if (http->request_pool_size != NGX_CONF_UNSET_SIZE) {
        return;
    }

    cscfp = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {
        if (cscfp[i]->request_pool_size == NGX_HTTP_GATE_POOL_DEFAULT) {
            cscfp[i]->request_pool_size = NGX_HTTP_GATE_POOL;
        }
    }
}


/*
 * Handlers of a phase run from the last one registered to the first, but those
 * of LOG the other way round.  Hygiene of late entries stands here, as the
 * rewrite module registers before this one and after that of hygiene.
 */

static ngx_int_t
ngx_http_gate_init(ngx_conf_t *cf)
{
    ngx_array_t                *log;
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    if (!ngx_http_gate_used(cf)) {
        return NGX_OK;
    }

    if (ngx_http_gate_ctx_ready(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    ngx_http_gate_stages_init();
    ngx_http_gate_roomy(cf, cmcf);

    if (ngx_http_gate_add_handler(cmcf, NGX_HTTP_SERVER_REWRITE_PHASE,
                                  ngx_http_gate_led_handler)
        != NGX_OK
        || ngx_http_gate_add_handler(cmcf, NGX_HTTP_REWRITE_PHASE,
                                     ngx_http_gate_rewrite_handler)
           != NGX_OK
        || ngx_http_gate_add_handler(cmcf, NGX_HTTP_PREACCESS_PHASE,
                                     ngx_http_gate_shield_handler)
           != NGX_OK
        || ngx_http_gate_add_handler(cmcf, NGX_HTTP_ACCESS_PHASE,
                                     ngx_http_gate_who_handler)
           != NGX_OK
        || ngx_http_gate_add_handler(cmcf, NGX_HTTP_PRECONTENT_PHASE,
                                     ngx_http_gate_may_handler)
           != NGX_OK
        || ngx_http_gate_add_handler(cmcf, NGX_HTTP_LOG_PHASE,
                                     ngx_http_gate_settle_handler)
           != NGX_OK
        || ngx_http_gate_add_first(cmcf, NGX_HTTP_LOG_PHASE,
                                   ngx_http_gate_hygiene_log)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* handlers of LOG run in order: this one ahead of the access log */

    log = &cmcf->phases[NGX_HTTP_LOG_PHASE].handlers;

    if (ngx_array_push(log) == NULL) {
        return NGX_ERROR;
    }

    h = log->elts;
    ngx_memmove(&h[1], h, (log->nelts - 1) * sizeof(ngx_http_handler_pt));
    h[0] = ngx_http_gate_guard_log;

    return NGX_OK;
}
