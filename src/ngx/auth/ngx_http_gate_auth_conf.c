
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The gate_auth directive: methods in order, and flags; which methods there
 * are, as their own files say in preconfiguration.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_place.h"


static ngx_uint_t ngx_http_gate_auth_precedes(
    const ngx_http_gate_method_t *one, const ngx_http_gate_method_t *two);
static char *ngx_http_gate_auth_param(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *param);
static const ngx_http_gate_method_t *ngx_http_gate_auth_named(ngx_conf_t *cf,
    ngx_str_t *name);
static char *ngx_http_gate_auth_list(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, const ngx_http_gate_method_t *method,
    ngx_str_t *value);
static char *ngx_http_gate_auth_flag(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *value);
static char *ngx_http_gate_auth_fits(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf);
static ngx_str_t ngx_http_gate_auth_known(ngx_conf_t *cf, u_char *buf,
    size_t len, ngx_uint_t without);
static ngx_int_t ngx_http_gate_auth_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


ngx_int_t
ngx_http_gate_method(ngx_conf_t *cf, const ngx_http_gate_method_t *method)
{
    ngx_str_t                       name;
    ngx_uint_t                      i;
    ngx_array_t                    *methods;
    const ngx_http_gate_method_t  **m, *same;

    name = method->name;
    same = ngx_http_gate_auth_named(cf, &name);

    if (same != NULL && same != method) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "gate: two methods are called \"%V\": rename one "
                           "of them", &name);
        return NGX_ERROR;
    }

    if (same != NULL) {
        return NGX_OK;
    }

    methods = ngx_http_gate_methods(((ngx_http_conf_ctx_t *) cf->ctx)
                                    ->main_conf);

    if (ngx_array_push(methods) == NULL) {
        return NGX_ERROR;
    }

    m = methods->elts;

    for (i = methods->nelts - 1; i > 0; i--) {

        if (ngx_http_gate_auth_precedes(m[i - 1], method)) {
            break;
        }

        m[i] = m[i - 1];
    }

    m[i] = method;

    return NGX_OK;
}


/* no order of modules is seen: a name alone comes first, then the others */

static ngx_uint_t
ngx_http_gate_auth_precedes(const ngx_http_gate_method_t *one,
    const ngx_http_gate_method_t *two)
{
    if ((one->value.len == 0) != (two->value.len == 0)) {
        return one->value.len == 0;
    }

    return ngx_memn2cmp(one->name.data, two->name.data, one->name.len,
                        two->name.len)
           < 0;
}


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
                                    sizeof(ngx_http_gate_auth_entry_t));
    if (acf->methods == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_gate_auth_param(cf, acf, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return ngx_http_gate_auth_fits(cf, acf);
}


/* NAME or NAME=VALUE of a method, or a flag */

static char *
ngx_http_gate_auth_param(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    ngx_str_t *param)
{
    u_char                        *p, *last;
    ngx_str_t                      name, value;
    const ngx_http_gate_method_t  *m;

    last = param->data + param->len;

    p = ngx_strlchr(param->data, last, '=');

    name.data = param->data;
    name.len = (p ? p : last) - param->data;

    m = ngx_http_gate_auth_named(cf, &name);

    if (m == NULL || (p != NULL) != (m->value.len != 0)) {
        return ngx_http_gate_auth_flag(cf, acf, param);
    }

    value.data = p ? p + 1 : last;
    value.len = last - value.data;

    if (p != NULL && value.len == 0) {
        name = m->value;
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"gate_auth\" has no value: write %V "
                           "behind it", param, &name);
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_auth_list(cf, acf, m, &value);
}


static const ngx_http_gate_method_t *
ngx_http_gate_auth_named(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                      i;
    ngx_array_t                    *methods;
    const ngx_http_gate_method_t  **m;

    methods = ngx_http_gate_methods(((ngx_http_conf_ctx_t *) cf->ctx)
                                    ->main_conf);
    m = methods->elts;

    for (i = 0; i < methods->nelts; i++) {
        if (m[i]->name.len == name->len
            && ngx_strncmp(m[i]->name.data, name->data, name->len) == 0)
        {
            return m[i];
        }
    }

    return NULL;
}


static char *
ngx_http_gate_auth_list(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    const ngx_http_gate_method_t *method, ngx_str_t *value)
{
    ngx_str_t                    name;
    ngx_http_gate_auth_entry_t  *entry;

    entry = ngx_http_gate_auth_entry(acf, method);

    if (entry != NULL && method->param == NULL) {
        name = method->name;
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"gate_auth\" has a duplicate \"%V\": take one "
                           "of them out", &name);
        return NGX_CONF_ERROR;
    }

    if (entry == NULL) {
        entry = ngx_array_push(acf->methods);
        if (entry == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(entry, sizeof(ngx_http_gate_auth_entry_t));
        entry->method = method;
    }

    return method->param ? method->param(cf, entry, value) : NGX_CONF_OK;
}


static char *
ngx_http_gate_auth_flag(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    ngx_str_t *value)
{
    u_char     buf[256];
    ngx_str_t  known;

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

    if (ngx_strcmp(value->data, "basic") == 0
        || ngx_strcmp(value->data, "mtls") == 0
        || ngx_strcmp(value->data, "hmac") == 0
        || ngx_strncmp(value->data, "introspect=", 11) == 0)
    {
        return ngx_http_gate_unsupported(cf, value);
    }

    known = ngx_http_gate_auth_known(cf, buf, sizeof(buf), 0);

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\": %V, "
                       "\"any\", \"all\", \"hide\", \"preflight\", and "
                       "\"off\" alone are known", value, &known);

    return NGX_CONF_ERROR;
}


/* once all parameters have been read */

static char *
ngx_http_gate_auth_fits(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf)
{
    u_char                       buf[256];
    ngx_str_t                    name;
    ngx_http_gate_auth_entry_t  *last;

    last = ngx_http_gate_auth_flagged(acf, NGX_HTTP_GATE_METHOD_LAST);

    if (acf->methods->nelts == (last ? 1 : 0)) {
        name = ngx_http_gate_auth_known(cf, buf, sizeof(buf),
                                        NGX_HTTP_GATE_METHOD_LAST);
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"gate_auth\" names no method: add one of %V",
                           &name);
        return NGX_CONF_ERROR;
    }

    if (acf->all && last != NULL) {
        name = last->method->name;
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"all\" and \"%V\" exclude each other: take one "
                           "of them out", &name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* the parameters of all methods, but those that have a flag */

static ngx_str_t
ngx_http_gate_auth_known(ngx_conf_t *cf, u_char *buf, size_t len,
    ngx_uint_t without)
{
    u_char                         *p, *last;
    ngx_str_t                       known;
    ngx_uint_t                      i;
    ngx_array_t                    *methods;
    const ngx_http_gate_method_t  **m;

    methods = ngx_http_gate_methods(((ngx_http_conf_ctx_t *) cf->ctx)
                                    ->main_conf);
    m = methods->elts;
    p = buf;
    last = buf + len;

    for (i = 0; i < methods->nelts; i++) {
        if (!(m[i]->flags & without)) {
            p = ngx_slprintf(p, last, "%s\"%V%s%V\"", (p == buf) ? "" : ", ",
                             &m[i]->name, m[i]->value.len ? "=" : "",
                             &m[i]->value);
        }
    }

    known.data = buf;
    known.len = p - buf;

    return known;
}


/* access then lets in who has no identity, whom the gate refuses in MAY */

static ngx_int_t
ngx_http_gate_auth_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_gate_auth_conf_t  *acf;

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);
    clcf = ngx_http_gate_place_conf(place, &ngx_http_core_module);

    if (acf->enable && !place->server
        && !place->block && clcf->satisfy == NGX_HTTP_SATISFY_ANY
        && ngx_http_gate_auth_flagged(acf, NGX_HTTP_GATE_METHOD_LAST) == NULL)
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
    if (ngx_http_gate_auth_add_variables(cf) != NGX_OK
        || ngx_http_gate_reasons(cf, ngx_http_gate_auth_reasons) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_auth_check);
}
