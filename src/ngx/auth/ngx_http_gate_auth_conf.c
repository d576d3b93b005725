
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_auth, as it is written: methods in order, and flags.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_pipeline.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_store.h"


static char *ngx_http_gate_auth_method(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *value);
static char *ngx_http_gate_auth_flag(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *value);
static ngx_http_gate_method_t *ngx_http_gate_auth_add(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *name);
static ngx_int_t ngx_http_gate_auth_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


char *
ngx_http_gate_auth(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_auth_conf_t *acf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (acf->enable != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        acf->enable = 0;
        acf->off = 1;
        return NGX_CONF_OK;
    }

    acf->enable = 1;

    acf->methods = ngx_array_create(cf->pool, 2,
                                    sizeof(ngx_http_gate_method_t));
    if (acf->methods == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_gate_auth_method(cf, acf, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (acf->methods->nelts == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"gate_auth\" names no method: add \"key\" or "
                           "\"jwt=ISSUER\"");
        return NGX_CONF_ERROR;
    }

    if (acf->all && acf->anonymous != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"all\" and \"anonymous\" exclude each other: "
                           "take one of them out");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_auth_method(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    ngx_str_t *value)
{
    ngx_str_t                 name, issuer;
    ngx_uint_t                i;
    ngx_http_gate_issuer_t  **ip, **other;
    ngx_http_gate_method_t   *m;

    if (ngx_strcmp(value->data, "key") == 0) {

        if (acf->key) {
            return "has a duplicate method";
        }

        acf->key = 1;

        return ngx_http_gate_auth_add(cf, acf, value) ? NGX_CONF_OK
                                                      : NGX_CONF_ERROR;
    }

    if (ngx_strncmp(value->data, "jwt=", 4) != 0) {
        return ngx_http_gate_auth_flag(cf, acf, value);
    }

    issuer.len = value->len - 4;
    issuer.data = value->data + 4;

    if (issuer.len == 0) {
        return "has an empty issuer";
    }

    ngx_str_set(&name, "jwt");

    m = ngx_http_gate_auth_add(cf, acf, &name);
    if (m == NULL) {
        return NGX_CONF_ERROR;
    }

    if (m->issuers->nelts == NGX_HTTP_GATE_ISSUERS) {
        return "names too many issuers";
    }

    ip = ngx_array_push(m->issuers);
    if (ip == NULL) {
        return NGX_CONF_ERROR;
    }

    *ip = ngx_http_gate_issuer(cf, &issuer);
    if (*ip == NULL) {
        return NGX_CONF_ERROR;
    }

    other = m->issuers->elts;

    for (i = 0; i < m->issuers->nelts - 1; i++) {
        if (other[i] == *ip) {
            return "has a duplicate issuer";
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_auth_flag(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    ngx_str_t *value)
{
    ngx_str_t  name;

    if (ngx_strcmp(value->data, "any") == 0
        || ngx_strcmp(value->data, "all") == 0)
    {
        if (acf->any || acf->all) {
            return "takes one of \"all\" and \"any\", once";
        }

        acf->all = (value->data[1] == 'l');
        acf->any = !acf->all;

        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "hide") == 0) {

        if (acf->hide) {
            return "has a duplicate \"hide\"";
        }

        acf->hide = 1;

        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "preflight") == 0) {

        if (acf->preflight) {
            return "has a duplicate \"preflight\"";
        }

        acf->preflight = 1;

        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "anonymous=", 10) == 0 && value->len > 10) {

        if (acf->anonymous != NULL) {
            return "has a duplicate \"anonymous\"";
        }

        name.len = value->len - 10;
        name.data = value->data + 10;

        acf->anonymous = ngx_http_gate_store_consumer(cf, &name);
        if (acf->anonymous == NULL) {
            return NGX_CONF_ERROR;
        }

        acf->anonymous->stands_in = 1;

        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "basic") == 0
        || ngx_strcmp(value->data, "mtls") == 0
        || ngx_strcmp(value->data, "hmac") == 0
        || ngx_strncmp(value->data, "introspect=", 11) == 0)
    {
        return ngx_http_gate_unsupported(cf, value);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\": "
                       "\"key\", \"jwt=ISSUER\", \"any\", \"all\", "
                       "\"anonymous=CONSUMER\", \"hide\", \"preflight\", and "
                       "\"off\" alone are known", value);

    return NGX_CONF_ERROR;
}


/* the method's row, one for all of its issuers */

static ngx_http_gate_method_t *
ngx_http_gate_auth_add(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    ngx_str_t *name)
{
    ngx_uint_t               i;
    ngx_http_gate_stage_t   *stage;
    ngx_http_gate_method_t  *m;

    stage = ngx_http_gate_stage(name, NGX_HTTP_GATE_WHO);
    if (stage == NULL) {
        return NULL;
    }

    m = acf->methods->elts;

    for (i = 0; i < acf->methods->nelts; i++) {
        if (m[i].stage == stage) {
            return &m[i];
        }
    }

    m = ngx_array_push(acf->methods);
    if (m == NULL) {
        return NULL;
    }

    m->stage = stage;
    m->issuers = ngx_array_create(cf->pool, 1,
                                  sizeof(ngx_http_gate_issuer_t *));
    if (m->issuers == NULL) {
        return NULL;
    }

    if (name->data[0] == 'j') {
        acf->jwt = 1;

        if (ngx_http_gate_issuer_together(cf, m->issuers) != NGX_OK) {
            return NULL;
        }
    }

    return m;
}


/* access then lets in who has no identity, whom the gate refuses in MAY */

static ngx_int_t
ngx_http_gate_auth_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_gate_auth_conf_t  *acf;

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);
    clcf = ngx_http_gate_place_conf(place, &ngx_http_core_module);

    if (acf->enable && acf->anonymous == NULL && !place->server
        && !place->block && clcf->satisfy == NGX_HTTP_SATISFY_ANY)
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"satisfy any\" in location \"%V\" lets nobody in "
                      "without a credential, as \"gate_auth\" still asks for "
                      "one: add \"anonymous=CONSUMER\" to it, or take "
                      "\"satisfy any\" out in %s:%ui",
                      &place->name, place->file, place->line);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_auth_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_auth_add_variables(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_auth_check);
}
