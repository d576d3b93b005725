
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines of gate_issuer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_store.h"


static char *ngx_http_gate_issuer_set(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_audience(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_algorithms(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_leeway(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_consumer(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_unknown(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is, u_char *name, size_t len);


char *
ngx_http_gate_issuer_line(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    char       *rv;
    ngx_str_t  *value;

    value = cf->args->elts;

    rv = ngx_http_gate_issuer_set(cf, conf, value, cf->args->nelts);

    if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
        return rv;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" %s", &value[0], rv);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_gate_issuer_set(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_issuer_t  *is;

    is = imcf->current;

    if (ngx_strcmp(value[0].data, "issuer") == 0) {

        if (is->jwt.issuer.len != 0) {
            return "is duplicate";
        }

        if (n != 2 || value[1].len == 0) {
            return "takes one value";
        }

        is->jwt.issuer = ngx_http_gate_view(&value[1]);

        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[0].data, "audience") == 0) {
        return ngx_http_gate_issuer_audience(cf, imcf, value, n);
    }

    if (ngx_strcmp(value[0].data, "algorithms") == 0) {
        return ngx_http_gate_issuer_algorithms(cf, is, value, n);
    }

    if (ngx_strcmp(value[0].data, "leeway") == 0) {
        return ngx_http_gate_issuer_leeway(cf, is, value, n);
    }

    if (ngx_strcmp(value[0].data, "consumer") == 0) {
        return ngx_http_gate_issuer_consumer(cf, is, value, n);
    }

    if (ngx_strcmp(value[0].data, "jwks_file") == 0
        || ngx_strcmp(value[0].data, "key_file") == 0
        || ngx_strcmp(value[0].data, "secret") == 0)
    {
        return ngx_http_gate_issuer_file(cf, imcf, value, n);
    }

    if (ngx_strcmp(value[0].data, "jwks") == 0) {
        return ngx_http_gate_unsupported(cf, &value[0]);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "unknown parameter \"%V\"",
                       &value[0]);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_gate_issuer_audience(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_uint_t   i;
    gate_str_t  *s;

    if (n < 2) {
        return "takes at least one value";
    }

    for (i = 1; i < n; i++) {

        if (value[i].len == 0) {
            return "has an empty value";
        }

        s = ngx_array_push(imcf->audiences);
        if (s == NULL) {
            return NGX_CONF_ERROR;
        }

        *s = ngx_http_gate_view(&value[i]);
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_issuer_algorithms(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_str_t *value, ngx_uint_t n)
{
    unsigned    alg;
    ngx_uint_t  i;

    if (n < 2) {
        return "takes at least one value";
    }

    for (i = 1; i < n; i++) {

        alg = gate_alg_parse(ngx_http_gate_view(&value[i]));

        if (alg == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "unknown algorithm \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        if (is->jwt.algs & alg) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate algorithm \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        is->jwt.algs |= alg;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_issuer_leeway(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_str_t *value, ngx_uint_t n)
{
    ngx_int_t  s;

    if (is->jwt.leeway_s != -1) {
        return "is duplicate";
    }

    if (n != 2) {
        return "takes one value";
    }

    s = ngx_parse_time(&value[1], 1);

    if (s == NGX_ERROR || s > 86400) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid leeway \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    is->jwt.leeway_s = s;

    return NGX_CONF_OK;
}


/* consumer [claim=NAME] [map=name] [unknown=refuse | unknown=CONSUMER]; */

static char *
ngx_http_gate_issuer_consumer(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_str_t *value, ngx_uint_t n)
{
    char        *rv;
    ngx_str_t    v;
    ngx_uint_t   i;

    if (is->consumer) {
        return "is duplicate";
    }

    if (n < 2) {
        return "takes \"claim=\", \"map=name\" or \"unknown=\"";
    }

    is->consumer = 1;

    for (i = 1; i < n; i++) {
        v = value[i];

        if (ngx_strncmp(v.data, "claim=", 6) == 0 && v.len > 6
            && is->claim.len == 0)
        {
            is->claim.len = v.len - 6;
            is->claim.data = v.data + 6;
            continue;
        }

        if (ngx_strcmp(v.data, "map=name") == 0 && !is->map) {
            is->map = 1;
            continue;
        }

        if (ngx_strncmp(v.data, "unknown=", 8) == 0 && v.len > 8
            && is->unknown.len == 0)
        {
            rv = ngx_http_gate_issuer_unknown(cf, is, v.data + 8, v.len - 8);
            if (rv != NGX_CONF_OK) {
                return rv;
            }

            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"%s",
                           &v, ngx_strncmp(v.data, "map=", 4) == 0 && !is->map
                               ? ", only \"map=name\" is possible" : "");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_issuer_unknown(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    u_char *name, size_t len)
{
    is->unknown.data = name;
    is->unknown.len = len;

    if (ngx_strcmp(name, "refuse") == 0) {
        return NGX_CONF_OK;
    }

    is->shared = ngx_http_gate_store_consumer(cf, &is->unknown);
    if (is->shared == NULL) {
        return NGX_CONF_ERROR;
    }

    is->shared->stands_in = 1;

    return NGX_CONF_OK;
}
