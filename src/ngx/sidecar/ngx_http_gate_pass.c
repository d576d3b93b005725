
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_pass: nginx's own proxy_pass or grpc_pass with the sidecar contract
 * applied.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_guard.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_service.h"


static ngx_int_t ngx_http_gate_service_handler(ngx_http_request_t *r);
static char *ngx_http_gate_service_apply(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf);
static const ngx_http_gate_service_way_t *ngx_http_gate_service_scheme(
    ngx_conf_t *cf, ngx_str_t *url);
static char *ngx_http_gate_service_note(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *slcf, ngx_str_t *url);
static void ngx_http_gate_service_inherit(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_http_gate_service_loc_conf_t *prev,
    ngx_http_gate_service_loc_conf_t *conf);


/* in front of nginx's own handler: only what was let pass here goes on */

static ngx_int_t
ngx_http_gate_service_handler(ngx_http_request_t *r)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    if (!ngx_http_gate_guard_passed(r)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gate service: \"%V\" was reached past the gate",
                      &r->uri);

        return NGX_HTTP_FORBIDDEN;
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    return slcf->handler(r);
}


/* gate_pass URL; */

char *
ngx_http_gate_service_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    char                               *rv;
    ngx_str_t                          *value;
    ngx_http_core_loc_conf_t           *clcf;
    const ngx_http_gate_service_way_t  *way;

    if (slcf->to.pass) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    way = ngx_http_gate_service_scheme(cf, &value[1]);
    if (way == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_gate_service_dispatch(cf, way->pass, &value[1]);

    if (rv != NGX_CONF_OK && rv != NGX_CONF_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" stands beside \"gate_pass\", which does "
                           "the same: remove one of them", way->pass);
        return NGX_CONF_ERROR;
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (way->uri) {
        ngx_http_gate_service_check_uri(cf, &value[1]);
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    slcf->handler = clcf->handler;
    clcf->handler = ngx_http_gate_service_handler;

    slcf->to.pass = 1;
    slcf->way = way;
    slcf->pass_url = value[1];
    slcf->file = cf->conf_file->file.name.data;
    slcf->line = cf->conf_file->line;

    if (ngx_http_gate_path_pass(cf, &value[1], &slcf->to) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_service_note(cf, slcf, &value[1]);
}


/* nginx would call it an "invalid URL prefix", and not say of what */

static const ngx_http_gate_service_way_t *
ngx_http_gate_service_scheme(ngx_conf_t *cf, ngx_str_t *url)
{
    ngx_str_t                           rest;
    const ngx_http_gate_service_way_t  *way;

    way = ngx_http_gate_service_way(url, &rest);

    if (way != NULL && !way->uri && ngx_strncmp(rest.data, "unix:", 5) != 0
        && ngx_strlchr(rest.data, rest.data + rest.len, '/') != NULL)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"gate_pass\": a URL "
                           "of %s has no path, as the method that is called "
                           "is the path: take it out", url, way->name);
        return NULL;
    }

    if (way != NULL) {
        return way;
    }

    if (ngx_http_script_variables_count(url) != 0) {
        return &ngx_http_gate_service_ways[0];
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"gate_pass\": it must be "
                       "a URL: write \"%s\" or \"%s\" before it", url,
                       ngx_http_gate_service_ways[0].plain,
                       ngx_http_gate_service_ways[1].plain);

    return NULL;
}


/* what is looked at again when all is read */

static char *
ngx_http_gate_service_note(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *slcf, ngx_str_t *url)
{
    ngx_http_gate_service_pass_t       *pass;
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_service_module);

    pass = ngx_array_push(smcf->passes);
    if (pass == NULL) {
        return NGX_CONF_ERROR;
    }

    pass->way = slcf->way;
    pass->url = *url;
    pass->upstream = NULL;
    pass->file = slcf->file;
    pass->line = slcf->line;

    return NGX_CONF_OK;
}


/*
 * The contract's lines, once the whole location has been read: what the user
 * wrote above or below is then seen, and told by its own name.
 */

static char *
ngx_http_gate_service_apply(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf)
{
    char                *rv;
    const ngx_keyval_t  *kv;

    for (kv = conf->way->contract; kv->key.len; kv++) {

        rv = ngx_http_gate_service_dispatch(cf, (char *) kv->key.data,
                                            &kv->value);

        if (rv == NGX_CONF_OK) {
            continue;
        }

        if (rv != NGX_CONF_ERROR) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"%V\" is set by \"gate_pass\" to \"%V\": remove "
                          "it from the location in %s:%ui",
                          &kv->key, &kv->value, conf->file, conf->line);
        }

        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* blocks of "if" and "limit_except" belong to their location */

static void
ngx_http_gate_service_inherit(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_gate_service_loc_conf_t *prev,
    ngx_http_gate_service_loc_conf_t *conf)
{
    if (!clcf->noname || !prev->to.pass) {
        return;
    }

    conf->to.pass = 1;
    conf->way = prev->way;
    conf->handler = prev->handler;
    conf->to.uri = prev->to.uri;
    conf->to.location = prev->to.location;
    conf->to.url = prev->to.url;

    if (clcf->lmt_excpt && clcf->handler == NULL) {
        clcf->handler = ngx_http_gate_service_handler;
    }

    ngx_http_gate_place_gated(cf);
}


char *
ngx_http_gate_service_merge_pass(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *prev,
    ngx_http_gate_service_loc_conf_t *conf)
{
    char                       *rv;
    void                      **loc_conf;
    ngx_http_core_loc_conf_t   *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (!conf->to.pass) {
        ngx_http_gate_service_inherit(cf, clcf, prev, conf);
        return NGX_CONF_OK;
    }

    ngx_http_gate_place_gated(cf);

    if (clcf->handler != ngx_http_gate_service_handler) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "another content handler directive overrides "
                      "\"gate_pass\": remove one of them from the location "
                      "in %s:%ui", conf->file, conf->line);
        return NGX_CONF_ERROR;
    }

    loc_conf = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;

    if (ngx_http_gate_api_at(loc_conf)->service.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_pass\" needs \"gate_service\": write "
                      "\"gate_service HOST\" beside it in %s:%ui",
                      conf->file, conf->line);
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_gate_service_apply(cf, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_gate_proxy_merge(cf, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    return ngx_http_gate_service_headers(cf, conf);
}
