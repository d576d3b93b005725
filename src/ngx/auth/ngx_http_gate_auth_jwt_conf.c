
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * jwt=ISSUER of gate_auth, and gate_token_cache.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_jwt.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_keyset.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_shield.h"


#define NGX_HTTP_GATE_AUTH_JWT_CACHE  (8 * 1024 * 1024)       /* by default */
#define NGX_HTTP_GATE_AUTH_JWT_MOST   (1024 * 1024 * 1024)


static char *ngx_http_gate_auth_jwt_cache(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void ngx_http_gate_auth_jwt_free(void *data);
static void *ngx_http_gate_auth_jwt_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_gate_auth_jwt_init_main_conf(ngx_conf_t *cf,
    void *conf);
static void *ngx_http_gate_auth_jwt_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_auth_jwt_merge_loc_conf(ngx_conf_t *cf,
    void *parent, void *child);
static ngx_int_t ngx_http_gate_auth_jwt_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_auth_jwt_in_force(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


static ngx_command_t  ngx_http_gate_auth_jwt_commands[] = {

    { ngx_string("gate_token_cache"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_auth_jwt_cache,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_token_from"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_auth_jwt_from_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_auth_jwt_module_ctx = {
    ngx_http_gate_auth_jwt_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_auth_jwt_create_main_conf,  /* create main configuration */
    ngx_http_gate_auth_jwt_init_main_conf, /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_auth_jwt_create_loc_conf,  /* create location configuration */
    ngx_http_gate_auth_jwt_merge_loc_conf  /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_jwt_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_jwt_module_ctx,    /* module context */
    ngx_http_gate_auth_jwt_commands,       /* module directives */
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


char *
ngx_http_gate_auth_jwt_param(ngx_conf_t *cf, ngx_http_gate_auth_entry_t *entry,
    ngx_str_t *value)
{
    ngx_uint_t                i;
    ngx_array_t              *issuers;
    ngx_http_gate_issuer_t  **ip, *issuer;

    issuers = entry->data;

    if (issuers == NULL) {
        issuers = ngx_array_create(cf->pool, 1,
                                   sizeof(ngx_http_gate_issuer_t *));
        if (issuers == NULL
            || ngx_http_gate_issuer_together(cf, issuers) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        entry->data = issuers;
    }

    if (issuers->nelts == NGX_HTTP_GATE_ISSUERS) {
        return "names too many issuers: take some of them out";
    }

    issuer = ngx_http_gate_issuer(cf, value);
    if (issuer == NULL) {
        return NGX_CONF_ERROR;
    }

    ip = issuers->elts;

    for (i = 0; i < issuers->nelts; i++) {
        if (ip[i] == issuer) {
            return "has a duplicate issuer: take one of them out";
        }
    }

    ip = ngx_array_push(issuers);
    if (ip == NULL) {
        return NGX_CONF_ERROR;
    }

    *ip = issuer;

    return NGX_CONF_OK;
}


ngx_uint_t
ngx_http_gate_auth_jwt_groups(ngx_http_gate_auth_conf_t *acf)
{
    ngx_uint_t                    i;
    ngx_array_t                  *issuers;
    ngx_http_gate_issuer_t      **ip;
    ngx_http_gate_auth_entry_t   *entry;

    entry = ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_jwt_method);
    if (entry == NULL) {
        return 0;
    }

    issuers = entry->data;
    ip = issuers->elts;

    for (i = 0; i < issuers->nelts; i++) {
        if (ip[i]->groups.n != 0) {
            return 1;
        }
    }

    return 0;
}


/* gate_token_cache SIZE | off; */

static char *
ngx_http_gate_auth_jwt_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_auth_jwt_main_conf_t *jmcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    if (jmcf->bytes != NGX_CONF_UNSET_SIZE) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0
        || ngx_strcmp(value[1].data, "0") == 0)
    {
        jmcf->bytes = 0;
        return NGX_CONF_OK;
    }

    size = ngx_parse_size(&value[1]);

    /* a bare number looks like a number of tokens: which is not what it is */

    if (size < GATE_TOKENS_MIN || size > NGX_HTTP_GATE_AUTH_JWT_MOST
        || ngx_atoi(value[1].data, value[1].len) != NGX_ERROR)
    {
        return ngx_http_gate_conf_wrong(cf, &value[1],
                                        "must be memory of each worker, with "
                                        "its unit, from 64k to 1024m, such as "
                                        "\"8m\", or \"off\"");
    }

    jmcf->bytes = size;

    return NGX_CONF_OK;
}


static void
ngx_http_gate_auth_jwt_free(void *data)
{
    ngx_http_gate_auth_jwt_main_conf_t *jmcf = data;

    if (jmcf->tokens != NULL) {
        gate_tokens_destroy(jmcf->tokens);
    }
}


static void *
ngx_http_gate_auth_jwt_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t                  *cln;
    ngx_http_gate_auth_jwt_main_conf_t  *jmcf;

    jmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_auth_jwt_main_conf_t));
    if (jmcf == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_gate_auth_jwt_free;
    cln->data = jmcf;

    jmcf->bytes = NGX_CONF_UNSET_SIZE;

    return jmcf;
}


static char *
ngx_http_gate_auth_jwt_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_gate_auth_jwt_main_conf_t *jmcf = conf;

    ngx_conf_init_size_value(jmcf->bytes, NGX_HTTP_GATE_AUTH_JWT_CACHE);

    return NGX_CONF_OK;
}


static void *
ngx_http_gate_auth_jwt_create_loc_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     jlcf->headers = NULL;
     *     jlcf->cookies = NULL;
     *     jlcf->args = NULL;
     *     jlcf->protocols = NULL;
     *     jlcf->off = 0;
     *     jlcf->from = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_auth_jwt_loc_conf_t));
}


static char *
ngx_http_gate_auth_jwt_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_gate_auth_jwt_loc_conf_t *prev = parent;
    ngx_http_gate_auth_jwt_loc_conf_t *conf = child;

    if (!conf->from && !conf->off) {
        *conf = *prev;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_auth_jwt_in_force(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_uint_t                    i;
    ngx_array_t                  *issuers;
    ngx_http_gate_issuer_t      **ip;
    ngx_http_gate_auth_conf_t    *acf;
    ngx_http_gate_auth_entry_t   *entry;

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);
    entry = ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_jwt_method);

    if (entry == NULL) {
        return NGX_OK;
    }

    issuers = entry->data;
    ip = issuers->elts;

    for (i = 0; i < issuers->nelts; i++) {
        if (ngx_http_gate_keyset_in(cf, ip[i], place) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return (ngx_http_gate_hygiene_tokens(cf) == NGX_OK)
           ? ngx_http_gate_auth_jwt_from_in_force(cf, place) : NGX_ERROR;
}


static ngx_int_t
ngx_http_gate_auth_jwt_preconfiguration(ngx_conf_t *cf)
{
    static const ngx_http_gate_reason_t *const  failures[] = {
        &ngx_http_gate_bad_token, NULL
    };

    if (ngx_http_gate_reasons(cf, ngx_http_gate_auth_jwt_reasons) != NGX_OK
        || ngx_http_gate_shield_failures(cf, failures) != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_auth_jwt_cached)
           != NGX_OK
        || ngx_http_gate_method(cf, &ngx_http_gate_auth_jwt_method) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_auth_jwt_in_force);
}
