
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The hand-over: gate_pass and gate_lane.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_service_claims.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_conf.h"


static char *ngx_http_gate_service_lane(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_gate_service_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_service_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_service_merge_loc_conf(ngx_conf_t *cf,
    void *parent, void *child);
static ngx_int_t ngx_http_gate_service_init(ngx_conf_t *cf);


static ngx_http_gate_conf_row_t  ngx_http_gate_service_lane_params[] = {

    { ngx_string("hash=VALUE"), NGX_HTTP_GATE_CONF_VALUE,
      offsetof(ngx_http_gate_service_loc_conf_t, lane), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_service_commands[] = {

    { ngx_string("gate_pass"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_service_pass,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_accel"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_proxy_accel,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_fields"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_fields_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_claim_header"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_http_gate_service_claim_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_lane"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_service_lane,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_service_module_ctx = {
    ngx_http_gate_service_preconfiguration,  /* preconfiguration */
    ngx_http_gate_service_init,            /* postconfiguration */

    ngx_http_gate_service_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_service_create_loc_conf, /* create location configuration */
    ngx_http_gate_service_merge_loc_conf   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_service_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_service_module_ctx,     /* module context */
    ngx_http_gate_service_commands,        /* module directives */
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
ngx_http_gate_service_varies(void **loc_conf)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = loc_conf[ngx_http_gate_service_module.ctx_index];

    return slcf->to.url != NULL;
}


/* SHAPE, last: the path that was matched is the path that is sent */

ngx_int_t
ngx_http_gate_service_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    ctx->passed = slcf->to.pass;

    if (r->content_handler != NULL) {
        ctx->handed = slcf->to.pass;
        ctx->answer->conf = ngx_http_get_module_loc_conf(r,
                                                ngx_http_gate_answer_module);
    }

    if (ctx->passed) {
        r->valid_unparsed_uri = 0;
    }

    return NGX_OK;
}


/* a subrequest is never upgraded */

ngx_int_t
ngx_http_gate_service_part(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    r->headers_in.upgrade = NULL;

    return NGX_OK;
}


ngx_array_t *
ngx_http_gate_service_sidecars(ngx_cycle_t *cycle)
{
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_service_module);

    return smcf ? smcf->sidecars : NULL;
}


/* gate_lane hash=VALUE; */

static char *
ngx_http_gate_service_lane(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    if (slcf->lane != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    return ngx_http_gate_conf_params(cf, 1, ngx_http_gate_service_lane_params,
                                     slcf);
}


static void *
ngx_http_gate_service_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_service_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    smcf->passes = ngx_array_create(cf->pool, 4,
                                    sizeof(ngx_http_gate_service_pass_t));
    smcf->sidecars = ngx_array_create(cf->pool, 2, sizeof(ngx_addr_t));

    if (smcf->passes == NULL || smcf->sidecars == NULL) {
        return NULL;
    }

    return smcf;
}


static void *
ngx_http_gate_service_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    /*
     * set by ngx_pcalloc():
     *
     *     slcf->to.pass = 0;
     *     slcf->to.uri = slcf->to.location = empty;
     *     slcf->to.url = NULL;
     *     slcf->way = NULL;
     *     slcf->lane = NULL;
     *     slcf->ignored = 0;
     *     slcf->pass_url = { 0, NULL };
     *     slcf->shared_key = NULL;
     *     slcf->ignoring = 0;
     *     slcf->keyed = 0;
     */

    slcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_service_loc_conf_t));
    if (slcf == NULL) {
        return NULL;
    }

    slcf->accel = NGX_CONF_UNSET_UINT;
    slcf->fields = NGX_CONF_UNSET_UINT;

    /* while http{} itself is being made cf->ctx is not yet http's */

    if (cf->cmd_type != NGX_MAIN_CONF) {
        slcf->outer = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;
    }

    return slcf;
}


static char *
ngx_http_gate_service_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_service_loc_conf_t *prev = parent;
    ngx_http_gate_service_loc_conf_t *conf = child;

    ngx_conf_merge_uint_value(conf->accel, prev->accel, 0);
    ngx_conf_merge_uint_value(conf->fields, prev->fields,
                              NGX_HTTP_GATE_FIELDS_ALL);

    if (conf->lane == NULL) {
        conf->lane = prev->lane;
    }

    if (conf->claims == NULL) {
        conf->claims = prev->claims;
    }

    conf->assert = ngx_http_gate_assert_at(
                       ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf);

    return ngx_http_gate_service_merge_pass(cf, prev, conf);
}


static ngx_int_t
ngx_http_gate_service_init(ngx_conf_t *cf)
{
    ngx_uint_t                          i;
    ngx_http_gate_service_pass_t       *pass;
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_service_module);
    pass = smcf->passes->elts;

    for (i = 0; i < smcf->passes->nelts; i++) {
        if (ngx_http_gate_service_collect(cf, &pass[i], smcf->sidecars)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ngx_http_gate_service_check_upstreams(cf, smcf->passes);

    return NGX_OK;
}
