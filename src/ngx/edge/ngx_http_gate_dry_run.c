
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_dry_run: whom a policy would refuse passes, and is told of: in the log,
 * in a variable and in a counter.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_dry_run.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vars.h"


#define NGX_HTTP_GATE_DRY_RUN_OFF  4


typedef struct {
    ngx_uint_t                 policies;  /* a mask; 0: not said */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_dry_run_loc_conf_t;


static ngx_int_t ngx_http_gate_dry_run_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static char *ngx_http_gate_dry_run_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_gate_dry_run_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_dry_run_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_dry_run_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_dry_run_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);

extern ngx_module_t  ngx_http_gate_dry_run_module;


static ngx_http_gate_family_t  ngx_http_gate_dry_run_family = {
    "gate_dry_run_total", NGX_HTTP_GATE_COUNTER,
    "Requests that passed only because their policy is on trial.",
    { "policy", "reason", NULL, NULL }, "dry_run",
    NGX_HTTP_GATE_FAMILY_QUIET, NULL
};


static ngx_http_gate_conf_row_t  ngx_http_gate_dry_run_rows[] = {

    { ngx_string("auth"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_dry_run_loc_conf_t, policies),
      NGX_HTTP_GATE_DRY_RUN_AUTH, 0, NULL },

    { ngx_string("access"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_dry_run_loc_conf_t, policies),
      NGX_HTTP_GATE_DRY_RUN_ACCESS, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_dry_run_loc_conf_t, policies),
      NGX_HTTP_GATE_DRY_RUN_OFF, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_dry_run_commands[] = {

    { ngx_string("gate_dry_run"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_dry_run_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_variable_t  ngx_http_gate_dry_run_vars[] = {

    { ngx_string("gate_would"), NULL, ngx_http_gate_dry_run_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_http_module_t  ngx_http_gate_dry_run_module_ctx = {
    ngx_http_gate_dry_run_preconfiguration,  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_dry_run_create_conf,     /* create location configuration */
    ngx_http_gate_dry_run_merge_conf       /* merge location configuration */
};


ngx_module_t  ngx_http_gate_dry_run_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_dry_run_module_ctx,     /* module context */
    ngx_http_gate_dry_run_commands,        /* module directives */
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
ngx_http_gate_dry_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t policy, const ngx_http_gate_reason_t *reason)
{
    ngx_str_t                          values[2];
    ngx_http_gate_refused_t            whom;
    ngx_http_gate_dry_run_loc_conf_t  *dlcf;

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_dry_run_module);

    if (!(dlcf->policies & policy) || reason == &ngx_http_gate_internal) {
        return 0;
    }

    if (policy == NGX_HTTP_GATE_DRY_RUN_AUTH) {
        ngx_str_set(&values[0], "auth");

    } else {
        ngx_str_set(&values[0], "access");
    }

    values[1] = reason->token;

    (void) ngx_atomic_fetch_add(
              ngx_http_gate_metric(&ngx_http_gate_dry_run_family, 2, values),
              1);

    whom = ngx_http_gate_refused(&ctx->refused->whom, &ctx->who);

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "gate: would be refused, %ui %V, consumer: \"%V\", "
                  "credential: \"%V\", dry run of %V",
                  reason->status, &reason->token, &whom.name,
                  &whom.credential, &values[0]);

    if (r == r->main && ctx->refused->would == NULL) {
        ctx->refused->would = reason;
    }

    return 1;
}


ngx_uint_t
ngx_http_gate_dry_run_stands(void **loc_conf)
{
    ngx_http_gate_dry_run_loc_conf_t  *dlcf;

    dlcf = loc_conf[ngx_http_gate_dry_run_module.ctx_index];

    return (dlcf->policies
            & (NGX_HTTP_GATE_DRY_RUN_AUTH|NGX_HTTP_GATE_DRY_RUN_ACCESS))
           != 0;
}


/* "401 bad_key", of the first policy that would have refused */

static ngx_int_t
ngx_http_gate_dry_run_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                      value;
    ngx_http_gate_ctx_t           *ctx;
    const ngx_http_gate_reason_t  *reason;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->refused->would == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    reason = ctx->refused->would;

    value.data = ngx_pnalloc(r->pool, NGX_INT_T_LEN + 1 + reason->token.len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%ui %V", reason->status,
                            &reason->token)
                - value.data;

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


/* gate_dry_run [auth] [access] | off; */

static char *
ngx_http_gate_dry_run_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_dry_run_loc_conf_t *dlcf = conf;

    char  *rv;

    if (dlcf->policies != 0) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    dlcf->file = cf->conf_file->file.name.data;
    dlcf->line = cf->conf_file->line;

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_dry_run_rows, dlcf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    return ((dlcf->policies & NGX_HTTP_GATE_DRY_RUN_OFF)
            && dlcf->policies != NGX_HTTP_GATE_DRY_RUN_OFF)
           ? "has \"off\", which stands alone: take it out, or the rest"
           : NGX_CONF_OK;
}


/* it is an open door, which somebody may forget */

static ngx_int_t
ngx_http_gate_dry_run_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_dry_run_loc_conf_t  *dlcf;

    dlcf = ngx_http_gate_place_conf(place, &ngx_http_gate_dry_run_module);

    if (place->server || place->block || !place->gated
        || !ngx_http_gate_dry_run_stands(place->loc_conf))
    {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "\"gate_dry_run\" lets all in whom %s would refuse in "
                  "location \"%V\": take it out once the log shows what you "
                  "expect in %s:%ui",
                  (dlcf->policies & NGX_HTTP_GATE_DRY_RUN_AUTH)
                  ? (dlcf->policies & NGX_HTTP_GATE_DRY_RUN_ACCESS)
                    ? "\"gate_auth\" and \"gate_allow\"" : "\"gate_auth\""
                  : "\"gate_allow\"",
                  &place->name, dlcf->file, dlcf->line);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_dry_run_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_metrics_add(cf, &ngx_http_gate_dry_run_family) != NGX_OK
        || ngx_http_gate_add_vars(cf, ngx_http_gate_dry_run_vars) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_dry_run_check);
}


static void *
ngx_http_gate_dry_run_create_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     dlcf->policies = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_dry_run_loc_conf_t));
}


static char *
ngx_http_gate_dry_run_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_dry_run_loc_conf_t *prev = parent;
    ngx_http_gate_dry_run_loc_conf_t *conf = child;

    if (conf->policies == 0) {
        *conf = *prev;
    }

    return NGX_CONF_OK;
}
