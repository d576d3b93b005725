
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The life of an API, as gate_api says it: who may call it at this time, the
 * fields that tell all callers of its end, and who has not listened yet.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_life.h"
#include "ngx_http_gate_lifecycle.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_vars.h"


#define NGX_HTTP_GATE_GONE                 410

#define NGX_HTTP_GATE_LIFECYCLE_CONSUMERS  1000
#define NGX_HTTP_GATE_LIFECYCLE_MOST       2000


typedef struct {
    ngx_uint_t                 consumers;     /* that are told apart */
    ngx_uint_t                 used;          /* a location has a life */
} ngx_http_gate_lifecycle_main_conf_t;


static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_lifecycle_ask(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_life_t *life);
static ngx_int_t ngx_http_gate_lifecycle_deny(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason,
    const char *detail);
static void ngx_http_gate_lifecycle_count(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_lifecycle_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_lifecycle_fields(ngx_http_request_t *r,
    ngx_http_gate_life_t *life);
static ngx_int_t ngx_http_gate_lifecycle_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static char *ngx_http_gate_lifecycle_consumers(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_http_gate_lifecycle_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_lifecycle_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_lifecycle_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_lifecycle_init(ngx_conf_t *cf);

extern ngx_module_t  ngx_http_gate_lifecycle_module;


static ngx_http_gate_conf_row_t  ngx_http_gate_lifecycle_number = {
    ngx_string("NUMBER"), NGX_HTTP_GATE_CONF_NUMBER,
    offsetof(ngx_http_gate_lifecycle_main_conf_t, consumers),
    0, NGX_HTTP_GATE_LIFECYCLE_MOST, NULL
};


static ngx_command_t  ngx_http_gate_lifecycle_commands[] = {

    { ngx_string("gate_deprecated_consumers"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_lifecycle_consumers,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static const ngx_http_gate_reason_t  ngx_http_gate_api_draft = {
    NGX_HTTP_NOT_FOUND, NGX_LOG_INFO, ngx_string("api_draft"),
    ngx_string("API not published"),
    ngx_string("This version of the API is not published yet.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_api_brownout = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_INFO, ngx_string("api_brownout"),
    ngx_string("API switched off for a while"),
    ngx_string("This version of the API is switched off for a while, as it is "
               "about to end.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_api_retired = {
    NGX_HTTP_GATE_GONE, NGX_LOG_INFO, ngx_string("api_retired"),
    ngx_string("API retired"),
    ngx_string("This version of the API has ended.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_lifecycle_reasons[] = {
    &ngx_http_gate_api_draft,
    &ngx_http_gate_api_brownout,
    &ngx_http_gate_api_retired,
    NULL
};


static ngx_http_gate_family_t  ngx_http_gate_lifecycle_callers = {
    "gate_deprecated_requests_total", NGX_HTTP_GATE_COUNTER,
    "Requests to deprecated and ended versions of APIs, by consumer.",
    { "api", "version", "consumer", NULL }, "deprecated",
    NGX_HTTP_GATE_FAMILY_QUIET|NGX_HTTP_GATE_FAMILY_DATED, NULL
};


static ngx_http_module_t  ngx_http_gate_lifecycle_module_ctx = {
    ngx_http_gate_lifecycle_preconfiguration,  /* preconfiguration */
    ngx_http_gate_lifecycle_init,          /* postconfiguration */

    ngx_http_gate_lifecycle_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_lifecycle_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_lifecycle_module_ctx,   /* module context */
    ngx_http_gate_lifecycle_commands,      /* module directives */
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


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;


static ngx_http_variable_t  ngx_http_gate_lifecycle_vars[] = {

    { ngx_string("gate_lifecycle"), NULL, ngx_http_gate_lifecycle_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_uint_t
ngx_http_gate_lifecycle_stands(void **loc_conf)
{
    return ngx_http_gate_api_at(loc_conf)->life != NULL;
}


ngx_int_t
ngx_http_gate_lifecycle_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_life_t  *life;

    life = ngx_http_gate_api(r)->life;

    return (life == NULL) ? NGX_DECLINED
                          : ngx_http_gate_lifecycle_ask(r, ctx, life);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_lifecycle_ask(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_life_t *life)
{
    time_t       now;
    int64_t      until_s;
    gate_life_e  state;

    now = ngx_time();
    until_s = 0;

    state = gate_lifecycle_at(&life->dates, now, &until_s);

    if (state == GATE_LIFE_PUBLISHED) {
        return NGX_OK;
    }

    if (state == GATE_LIFE_DRAFT) {
        if (life->preview.len
            && ngx_http_gate_auth_in_group(ngx_http_gate_who(r, ctx),
                                       ngx_http_gate_view(&life->preview)))
        {
            return NGX_OK;
        }

        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_api_draft);
    }

    if (r == r->main && !ctx->told) {
        ctx->told = 1;
        ngx_http_gate_lifecycle_count(r, ctx);
    }

    if (state == GATE_LIFE_RETIRED) {
        return ngx_http_gate_lifecycle_deny(r, ctx, &ngx_http_gate_api_retired,
                                            life->ended);
    }

    if (state == GATE_LIFE_BROWNOUT) {
        if (r == r->main) {
            ctx->retry_after = (ngx_uint_t) (until_s - now);
        }

        return ngx_http_gate_lifecycle_deny(r, ctx,
                                            &ngx_http_gate_api_brownout,
                                            life->paused);
    }

    return NGX_OK;
}


/* a subrequest's is not what the client is told */

static ngx_int_t
ngx_http_gate_lifecycle_deny(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason, const char *detail)
{
    if (r == r->main) {
        (void) ngx_http_gate_refused_why(ctx, reason, detail);
    }

    return ngx_http_gate_deny(r, ctx, reason);
}


/* once for a request, of those who are known and entitled */

static void
ngx_http_gate_lifecycle_count(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_str_t                             values[3];
    ngx_atomic_t                         *counter;
    gate_consumer_t                      *consumer;
    ngx_http_gate_api_t                  *api;
    ngx_http_gate_lifecycle_main_conf_t  *lmcf;

    lmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_lifecycle_module);

    api = ngx_http_gate_api(r);
    consumer = ctx->who.consumer;

    values[0] = api->name;
    values[1] = api->version;
    ngx_str_null(&values[2]);

    if (consumer != NULL) {
        values[2].len = consumer->name.len;
        values[2].data = consumer->name.data;
    }

    counter = ngx_http_gate_metric_capped(&ngx_http_gate_lifecycle_callers, 3,
                                          values, lmcf->consumers);

    if (counter == NULL) {
        ngx_str_set(&values[2], "other");
        counter = ngx_http_gate_metric(&ngx_http_gate_lifecycle_callers, 3,
                                       values);
    }

    ngx_http_gate_metric_dated(counter);
}


/* of where it met the gate last, whoever answers */

static ngx_int_t
ngx_http_gate_lifecycle_header_filter(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx != NULL && ctx->api != NULL && ctx->api->life != NULL
        && ngx_http_gate_lifecycle_fields(r, ctx->api->life) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


/* dates are ours to say; links of a service stay beside ours */

static ngx_int_t
ngx_http_gate_lifecycle_fields(ngx_http_request_t *r,
    ngx_http_gate_life_t *life)
{
    ngx_uint_t    n;
    ngx_keyval_t  f[2];

    static ngx_str_t  link = ngx_string("Link");

    n = 0;

    if (life->deprecation.len) {
        ngx_str_set(&f[n].key, "Deprecation");
        f[n++].value = life->deprecation;
    }

    if (life->sunset.len) {
        ngx_str_set(&f[n].key, "Sunset");
        f[n++].value = life->sunset;
    }

    if (n && ngx_http_gate_set_out(r, f, n, ngx_http_gate_out_first('D')
                                            |ngx_http_gate_out_first('S'))
             != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (life->link.len
        && ngx_http_gate_add_out(r, &link, &life->link) == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* $gate_lifecycle: what the API of the location is now */

static ngx_int_t
ngx_http_gate_lifecycle_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    int64_t               until_s;
    ngx_str_t             value;
    gate_str_t            word;
    gate_life_e           state;
    ngx_http_gate_api_t  *api;

    api = ngx_http_gate_api(r);

    if (api->name.len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    state = api->life ? gate_lifecycle_at(&api->life->dates, ngx_time(),
                                          &until_s)
                      : GATE_LIFE_PUBLISHED;

    word = gate_lifecycle_word(state);

    value.len = word.len;
    value.data = word.data;

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


/* gate_deprecated_consumers NUMBER; */

static char *
ngx_http_gate_lifecycle_consumers(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_gate_lifecycle_main_conf_t *lmcf = conf;

    if (lmcf->consumers != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    return ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_lifecycle_number,
                                  lmcf);
}


static ngx_int_t
ngx_http_gate_lifecycle_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_life_t                 *life;
    ngx_http_gate_lifecycle_main_conf_t  *lmcf;

    lmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_lifecycle_module);

    life = ngx_http_gate_api_at(place->loc_conf)->life;

    if (life == NULL) {
        return NGX_OK;
    }

    lmcf->used = 1;

    if (life->preview.len && !life->checked
        && !ngx_http_gate_store_grants(cf, ngx_http_gate_view(&life->preview),
                                       0))
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "no \"gate_consumer\" is in the group \"%V\" of "
                      "\"preview=\": see how it is spelt, or write \"group "
                      "%V\" in one in %s:%ui", &life->preview,
                      &life->preview, life->file, life->line);
    }

    life->checked = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_lifecycle_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_add_vars(cf, ngx_http_gate_lifecycle_vars) != NGX_OK
        || ngx_http_gate_reasons(cf, ngx_http_gate_lifecycle_reasons)
           != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_lifecycle_callers)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_lifecycle_check);
}


static void *
ngx_http_gate_lifecycle_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_lifecycle_main_conf_t  *lmcf;

    /*
     * set by ngx_pcalloc():
     *
     *     lmcf->used = 0;
     */

    lmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_lifecycle_main_conf_t));
    if (lmcf == NULL) {
        return NULL;
    }

    lmcf->consumers = NGX_CONF_UNSET_UINT;

    return lmcf;
}


static ngx_int_t
ngx_http_gate_lifecycle_init(ngx_conf_t *cf)
{
    ngx_http_gate_lifecycle_main_conf_t  *lmcf;

    lmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_lifecycle_module);

    if (lmcf->consumers == NGX_CONF_UNSET_UINT) {
        lmcf->consumers = NGX_HTTP_GATE_LIFECYCLE_CONSUMERS;
    }

    if (!lmcf->used) {
        return NGX_OK;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gate_lifecycle_header_filter;

    return NGX_OK;
}
