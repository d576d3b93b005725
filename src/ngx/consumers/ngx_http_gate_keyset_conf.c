
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines "jwks" and "discovery" of gate_issuer, and the locations that they
 * name.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_keyset_own.h"
#include "ngx_http_gate_way.h"


#define NGX_HTTP_GATE_KEYSET_STALE     86400
#define NGX_HTTP_GATE_KEYSET_COOLDOWN  30000
#define NGX_HTTP_GATE_KEYSET_TIMEOUT   3000


/* of no fault of the caller's */

const ngx_http_gate_reason_t  ngx_http_gate_keys_unavailable = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_ERR,
    ngx_string("keys_unavailable"),
    ngx_string("Keys unavailable"),
    ngx_string("The keys by which the token could be verified are not "
               "available.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_keyset_reasons[] = {
    &ngx_http_gate_keys_unavailable,
    NULL
};


static char *ngx_http_gate_keyset_jwks(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_keyset_discovery(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static const char *ngx_http_gate_keyset_missing(ngx_http_gate_issuer_t *is);
static ngx_int_t ngx_http_gate_keyset_finish(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is);
static ngx_http_gate_keyset_t *ngx_http_gate_keyset_of(ngx_conf_t *cf,
    ngx_http_gate_issuer_block_t *block);
static char *ngx_http_gate_keyset_hosts(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_keyset_uri(ngx_conf_t *cf, ngx_str_t *uri,
    ngx_str_t *value);
static ngx_int_t ngx_http_gate_keyset_ready(ngx_conf_t *cf,
    ngx_http_gate_keyset_main_conf_t *kmcf, ngx_http_gate_keyset_t *set);
static ngx_int_t ngx_http_gate_keyset_lead(ngx_conf_t *cf,
    ngx_http_gate_keyset_t *set);


static const ngx_http_gate_issuer_sets_t  ngx_http_gate_keyset_lines = {
    ngx_http_gate_keyset_jwks,
    ngx_http_gate_keyset_discovery,
    ngx_http_gate_keyset_missing,
    ngx_http_gate_keyset_finish
};


static ngx_http_gate_conf_row_t  ngx_http_gate_keyset_jwks_params[] = {

    { ngx_string("refresh=TIME"), NGX_HTTP_GATE_CONF_MSEC,
      offsetof(ngx_http_gate_keyset_t, refresh), 1000, 86400000, NULL },

    { ngx_string("stale=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_keyset_t, stale), 0, 366 * 86400, NULL },

    { ngx_string("cooldown=TIME"), NGX_HTTP_GATE_CONF_MSEC,
      offsetof(ngx_http_gate_keyset_t, cooldown), 100, 3600000, NULL },

    { ngx_string("timeout=TIME"), NGX_HTTP_GATE_CONF_MSEC,
      offsetof(ngx_http_gate_keyset_t, timeout), 10, 60000, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_keyset_discovery_params[] = {

    { ngx_string("hosts=HOST,..."), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_keyset_t, hosts), 1, 0,
      ngx_http_gate_keyset_hosts },

      ngx_http_gate_conf_end
};


static ngx_http_gate_keyset_t *
ngx_http_gate_keyset_of(ngx_conf_t *cf, ngx_http_gate_issuer_block_t *block)
{
    ngx_http_gate_keyset_t             *set, **sp;
    ngx_http_gate_keyset_main_conf_t   *kmcf;

    if (block->issuer->set != NULL) {
        return block->issuer->set;
    }

    set = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_keyset_t));
    if (set == NULL) {
        return NULL;
    }

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_keyset_module);

    sp = ngx_array_push(kmcf->sets);
    if (sp == NULL) {
        return NULL;
    }

    *sp = set;

    set->issuer = block->issuer;
    set->main = kmcf;
    set->stale = NGX_HTTP_GATE_KEYSET_STALE;
    set->cooldown = NGX_HTTP_GATE_KEYSET_COOLDOWN;
    set->timeout = NGX_HTTP_GATE_KEYSET_TIMEOUT;

    set->servers = ngx_array_create(cf->pool, 1, sizeof(void **));
    if (set->servers == NULL) {
        return NULL;
    }

    block->issuer->set = set;

    ngx_http_gate_fetch_use(cf);

    return set;
}


/* jwks URI [refresh=TIME] [stale=TIME] [cooldown=TIME] [timeout=TIME]; */

static char *
ngx_http_gate_keyset_jwks(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    char                    *rv;
    ngx_http_gate_keyset_t  *set;

    if (cf->args->nelts == 1) {
        return "takes the URI of a location, such as /_jwks/corp";
    }

    set = ngx_http_gate_keyset_of(cf, conf);
    if (set == NULL) {
        return NGX_CONF_ERROR;
    }

    set->file = cf->conf_file->file.name.data;
    set->line = cf->conf_file->line;

    rv = ngx_http_gate_keyset_uri(cf, &set->uri, &value[1]);

    return rv == NGX_CONF_OK
           ? ngx_http_gate_conf_params(cf, 2, ngx_http_gate_keyset_jwks_params,
                                       set)
           : rv;
}


/* discovery URI [hosts=HOST,HOST]; */

static char *
ngx_http_gate_keyset_discovery(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    char                    *rv;
    ngx_http_gate_keyset_t  *set;

    if (cf->args->nelts == 1) {
        return "takes the URI of a location, such as /_oidc/corp";
    }

    set = ngx_http_gate_keyset_of(cf, conf);
    if (set == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_gate_keyset_uri(cf, &set->discovery, &value[1]);

    return rv == NGX_CONF_OK
           ? ngx_http_gate_conf_params(cf, 2,
                                       ngx_http_gate_keyset_discovery_params,
                                       set)
           : rv;
}


static char *
ngx_http_gate_keyset_hosts(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_keyset_t *set = conf;

    ngx_str_t   *host;
    ngx_uint_t   i;

    host = set->hosts->elts;

    for (i = 0; i < set->hosts->nelts; i++) {
        if (ngx_strlchr(host[i].data, host[i].data + host[i].len, '/')
            != NULL)
        {
            return "must be names of hosts alone, as keys.example.com: take "
                   "the scheme and the path out";
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_keyset_uri(ngx_conf_t *cf, ngx_str_t *uri, ngx_str_t *value)
{
    if (!ngx_http_gate_way_is(value)) {
        return ngx_http_gate_conf_wrong(cf, value, NGX_HTTP_GATE_WAY_CURE);
    }

    *uri = *value;

    return NGX_CONF_OK;
}


/* at the block's end: NULL, or the line that is missing */

static const char *
ngx_http_gate_keyset_missing(ngx_http_gate_issuer_t *is)
{
    return (is->set != NULL && is->set->uri.len == 0) ? "jwks" : NULL;
}


/* at the block's end, when the issuer is known */

static ngx_int_t
ngx_http_gate_keyset_finish(ngx_conf_t *cf, ngx_http_gate_issuer_t *is)
{
    u_char                            *p;
    ngx_http_gate_keyset_t            *set;

    set = is->set;

    if (set->discovery.len == set->uri.len
        && ngx_strncmp(set->discovery.data, set->uri.data, set->uri.len) == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "gate_issuer \"%V\" has \"jwks\" and \"discovery\" "
                           "of one location, \"%V\", where only one of the two "
                           "documents can be: give each its own", &is->name,
                           &set->uri);
        return NGX_ERROR;
    }

    set->plan.refresh_ms = set->refresh;
    set->plan.stale_ms = (int64_t) set->stale * 1000;
    set->plan.cooldown_ms = set->cooldown;
    set->plan.timeout_ms = set->discovery.len ? 2 * set->timeout
                                              : set->timeout;

    p = ngx_pnalloc(cf->pool, set->uri.len + set->discovery.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    set->source.data = p;
    set->source.len = ngx_sprintf(p, "%V %V", &set->uri, &set->discovery) - p;

    return ngx_http_gate_keyset_zone(cf, set);
}


/* while places are looked at: methods tell who accepts whose tokens */

ngx_int_t
ngx_http_gate_keyset_in(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_http_gate_place_t *place)
{
    void  ***srv;

    if (is->set == NULL) {
        return NGX_OK;
    }

    srv = ngx_array_push(is->set->servers);
    if (srv == NULL) {
        return NGX_ERROR;
    }

    *srv = place->srv_conf;

    return NGX_OK;
}


/* once all places are known */

ngx_int_t
ngx_http_gate_keyset_init(ngx_conf_t *cf)
{
    ngx_uint_t                          i;
    ngx_http_gate_keyset_t            **sp;
    ngx_http_gate_keyset_main_conf_t   *kmcf;

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_keyset_module);

    kmcf->cycle = cf->cycle;

    sp = kmcf->sets->elts;

    for (i = 0; i < kmcf->sets->nelts; i++) {
        if (ngx_http_gate_keyset_ready(cf, kmcf, sp[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_keyset_ready(ngx_conf_t *cf,
    ngx_http_gate_keyset_main_conf_t *kmcf, ngx_http_gate_keyset_t *set)
{
    if (ngx_http_gate_keyset_path(cf, kmcf, set) != NGX_OK) {
        return NGX_ERROR;
    }

    return set->servers->nelts ? ngx_http_gate_keyset_lead(cf, set) : NGX_OK;
}


/* the first server that accepts its tokens and has what they need */

static ngx_int_t
ngx_http_gate_keyset_lead(ngx_conf_t *cf, ngx_http_gate_keyset_t *set)
{
    u_char                 of[256];
    ngx_str_t              uris[2];
    ngx_http_gate_way_t    way;

    ngx_memzero(&way, sizeof(ngx_http_gate_way_t));

    uris[0] = set->uri;
    uris[1] = set->discovery;

    way.uris = uris;
    way.nuris = set->discovery.len ? 2 : 1;
    way.servers = set->servers;
    way.file = set->file;
    way.line = set->line;
    way.of.data = of;
    way.of.len = ngx_snprintf(of, sizeof(of), "gate_issuer \"%V\"",
                              &set->issuer->name)
                 - of;

    set->server = ngx_http_gate_way(cf, &way);

    return set->server ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_gate_keyset_preconfiguration(ngx_conf_t *cf)
{
    ngx_http_gate_issuer_sets_by(&ngx_http_gate_keyset_lines);

    if (ngx_http_gate_reasons(cf, ngx_http_gate_keyset_reasons) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_keyset_metrics(cf);
}


void *
ngx_http_gate_keyset_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_keyset_main_conf_t  *kmcf;

    kmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_keyset_main_conf_t));
    if (kmcf == NULL) {
        return NULL;
    }

    kmcf->sets = ngx_array_create(cf->pool, 4,
                                  sizeof(ngx_http_gate_keyset_t *));

    return kmcf->sets ? kmcf : NULL;
}
