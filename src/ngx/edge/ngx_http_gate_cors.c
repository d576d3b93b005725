
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_cors: preflights are answered here, before anybody asks who calls; what
 * browsers are told of all other answers is in _cors_fields.c.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_cors.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"


enum {
    NGX_HTTP_GATE_CORS_ALLOWED = 0,
    NGX_HTTP_GATE_CORS_ORIGIN,
    NGX_HTTP_GATE_CORS_METHOD,
    NGX_HTTP_GATE_CORS_FIELD,
    NGX_HTTP_GATE_CORS_LIMITED
};


static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_cors_preflight(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_cors_policy_t *policy);
static ngx_uint_t ngx_http_gate_cors_judge(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy);
static ngx_uint_t ngx_http_gate_cors_method(
    ngx_http_gate_cors_policy_t *policy, ngx_str_t *method);
static ngx_uint_t ngx_http_gate_cors_asked(
    ngx_http_gate_cors_policy_t *policy, ngx_str_t *names);
static void ngx_http_gate_cors_count(ngx_http_request_t *r,
    ngx_uint_t result);
static ngx_int_t ngx_http_gate_cors_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_cors_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_cors_init(ngx_conf_t *cf);
static void *ngx_http_gate_cors_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_cors_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_cors_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_command_t  ngx_http_gate_cors_commands[] = {

    { ngx_string("gate_cors"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_cors_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static const ngx_http_gate_reason_t  ngx_http_gate_cors_refused = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("cors_refused"),
    ngx_string("Not allowed across origins"),
    ngx_string("The origin is not allowed here.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_cors_reasons[] = {
    &ngx_http_gate_cors_refused,
    NULL
};


static ngx_http_gate_family_t  ngx_http_gate_cors_preflights = {
    "gate_cors_preflights_total", NGX_HTTP_GATE_COUNTER,
    "CORS preflights that were answered at the gate.",
    { "result", NULL, NULL, NULL }, "preflights",
    NGX_HTTP_GATE_FAMILY_QUIET, NULL
};


static ngx_str_t  ngx_http_gate_cors_results[] = {
    ngx_string("allowed"),
    ngx_string("origin"),
    ngx_string("method"),
    ngx_string("field"),
    ngx_string("limited")
};


/* by the above; the one for an origin is the reason's own */

static const char  *ngx_http_gate_cors_details[] = {
    NULL,
    NULL,
    "The method is not allowed across origins here.",
    "A field of the request is not allowed across origins here."
};


static ngx_http_module_t  ngx_http_gate_cors_module_ctx = {
    ngx_http_gate_cors_preconfiguration,   /* preconfiguration */
    ngx_http_gate_cors_init,               /* postconfiguration */

    ngx_http_gate_cors_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_cors_create_conf,        /* create location configuration */
    ngx_http_gate_cors_merge_conf          /* merge location configuration */
};


ngx_module_t  ngx_http_gate_cors_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_cors_module_ctx,        /* module context */
    ngx_http_gate_cors_commands,           /* module directives */
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


ngx_uint_t
ngx_http_gate_cors_stands(void **loc_conf)
{
    ngx_http_gate_cors_loc_conf_t  *ccf;

    ccf = loc_conf[ngx_http_gate_cors_module.ctx_index];

    return ccf->policy != NULL;
}


/* an error page is the answer to what has failed already */

ngx_int_t
ngx_http_gate_cors_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_cors_loc_conf_t  *ccf;

    ccf = ngx_http_get_module_loc_conf(r, ngx_http_gate_cors_module);

    if (ccf->policy == NULL) {
        return NGX_DECLINED;
    }

    ctx->cors->policy = ccf->policy;

    if (r->err_status != 0 || !ngx_http_gate_is_preflight(r)) {
        return NGX_DECLINED;
    }

    return ngx_http_gate_cors_preflight(r, ctx, ccf->policy);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_cors_preflight(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_cors_policy_t *policy)
{
    ngx_int_t                        rc;
    ngx_uint_t                       result;
    ngx_http_gate_limit_loc_conf_t  *llcf;

    if (policy->limit != NULL) {
        rc = ngx_http_gate_limit_run(r, ctx, policy->limit, 1);

        llcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_limit_module);
        ctx->limit->fields = llcf->fields;

        if (rc != NGX_OK && rc != NGX_DECLINED) {
            ngx_http_gate_cors_count(r, NGX_HTTP_GATE_CORS_LIMITED);
            return rc;
        }
    }

    result = ngx_http_gate_cors_judge(r, policy);

    ngx_http_gate_cors_count(r, result);

    if (result != NGX_HTTP_GATE_CORS_ALLOWED) {
        (void) ngx_http_gate_refused_why(ctx, &ngx_http_gate_cors_refused,
                                         ngx_http_gate_cors_details[result]);

        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_cors_refused);
    }

    ctx->cors->allowed = 1;
    ctx->answered = 1;

    return policy->status;
}


/* browsers send each of the three fields once */

static ngx_uint_t
ngx_http_gate_cors_judge(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy)
{
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    static ngx_str_t  origin = ngx_string("origin");
    static ngx_str_t  method = ngx_string("access-control-request-method");
    static ngx_str_t  fields = ngx_string("access-control-request-headers");

    h = ngx_http_gate_header(r, &origin, &n);

    if (n != 1 || !ngx_http_gate_cors_origin(policy, &h->value)) {
        return NGX_HTTP_GATE_CORS_ORIGIN;
    }

    h = ngx_http_gate_header(r, &method, &n);

    if (n != 1 || !ngx_http_gate_cors_method(policy, &h->value)) {
        return NGX_HTTP_GATE_CORS_METHOD;
    }

    h = ngx_http_gate_header(r, &fields, &n);

    if (n > 1 || (n == 1 && !ngx_http_gate_cors_asked(policy, &h->value))) {
        return NGX_HTTP_GATE_CORS_FIELD;
    }

    return NGX_HTTP_GATE_CORS_ALLOWED;
}


ngx_uint_t
ngx_http_gate_cors_origin(ngx_http_gate_cors_policy_t *policy,
    ngx_str_t *origin)
{
    return gate_cors_allows(policy->origins->elts, policy->origins->nelts,
                            ngx_http_gate_view(origin));
}


/* as they are written: a browser compares them so, too */

static ngx_uint_t
ngx_http_gate_cors_method(ngx_http_gate_cors_policy_t *policy,
    ngx_str_t *method)
{
    ngx_uint_t   i;
    gate_str_t  *m;

    if (policy->methods == NULL) {
        return gate_cors_is_token(ngx_http_gate_view(method));
    }

    m = policy->methods->elts;

    for (i = 0; i < policy->methods->nelts; i++) {
        if (gate_str_eq(m[i], ngx_http_gate_view(method))) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_gate_cors_asked(ngx_http_gate_cors_policy_t *policy,
    ngx_str_t *names)
{
    gate_str_t  none;

    if (policy->fields == NULL) {
        return gate_cors_fields(NULL, 0, ngx_http_gate_view(names));
    }

    if (policy->fields->nelts != 0) {
        return gate_cors_fields(policy->fields->elts, policy->fields->nelts,
                                ngx_http_gate_view(names));
    }

    /* no name is empty */

    none = gate_str(NULL, 0);

    return gate_cors_fields(&none, 1, ngx_http_gate_view(names));
}


static void
ngx_http_gate_cors_count(ngx_http_request_t *r, ngx_uint_t result)
{
    ngx_http_gate_cors_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_cors_module);

    if (cmcf->results[result] == NULL) {
        cmcf->results[result] = ngx_http_gate_metric(
                                     &ngx_http_gate_cors_preflights, 1,
                                     &ngx_http_gate_cors_results[result]);
    }

    (void) ngx_atomic_fetch_add(cmcf->results[result], 1);
}


/* a browser asks for the field of a key, too, and sends none without a yes */

static ngx_int_t
ngx_http_gate_cors_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_str_t                      *name;
    ngx_uint_t                      i;
    ngx_array_t                    *keys, *fields;
    ngx_http_gate_cors_loc_conf_t  *ccf;

    ccf = ngx_http_gate_place_conf(place, &ngx_http_gate_cors_module);
    keys = ngx_http_gate_auth_key_needs(place);

    if (place->server || place->block || keys == NULL || ccf->policy == NULL
        || ccf->policy->fields == NULL)
    {
        return NGX_OK;
    }

    fields = ccf->policy->fields;
    name = keys->elts;

    for (i = 0; i < keys->nelts && fields->nelts; i++) {
        if (gate_cors_fields(fields->elts, fields->nelts,
                             ngx_http_gate_view(&name[i])))
        {
            return NGX_OK;
        }
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "no page can send a key where \"headers=\" of \"gate_cors\" "
                  "has no field of it: add \"%V\" to it, for location \"%V\" "
                  "in %s:%ui", name, &place->name, place->file, place->line);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_cors_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, cors),
                               sizeof(ngx_http_gate_cors_ctx_t))
        != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_cors_preflights)
           != NGX_OK
        || ngx_http_gate_place_check(cf, ngx_http_gate_cors_check) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_reasons(cf, ngx_http_gate_cors_reasons);
}


static ngx_int_t
ngx_http_gate_cors_init(ngx_conf_t *cf)
{
    ngx_http_gate_cors_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_cors_module);

    if (cmcf->used) {
        ngx_http_gate_cors_filter();
    }

    return NGX_OK;
}


static void *
ngx_http_gate_cors_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_cors_main_conf_t));
}


static void *
ngx_http_gate_cors_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_cors_loc_conf_t  *ccf;

    ccf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_cors_loc_conf_t));
    if (ccf == NULL) {
        return NULL;
    }

    ccf->policy = NGX_CONF_UNSET_PTR;

    return ccf;
}


static char *
ngx_http_gate_cors_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_cors_loc_conf_t *prev = parent;
    ngx_http_gate_cors_loc_conf_t *conf = child;

    ngx_http_gate_limit_loc_conf_t  *limit;

    ngx_conf_merge_ptr_value(conf->policy, prev->policy, NULL);

    if (conf->policy == NULL) {
        return NGX_CONF_OK;
    }

    ngx_http_gate_place_gated(cf);

    limit = conf->policy->limit;

    if (limit == NULL || limit->zones != NULL) {
        return NGX_CONF_OK;
    }

    return ngx_http_gate_limit_find_zones(cf, limit);
}
