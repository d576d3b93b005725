
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_introspection, and introspect=NAME of gate_auth.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_introspect.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_fetch.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_way.h"


#define NGX_HTTP_GATE_INTROSPECT_TIMEOUT  3000
#define NGX_HTTP_GATE_INTROSPECT_GOOD     60
#define NGX_HTTP_GATE_INTROSPECT_BAD      10
#define NGX_HTTP_GATE_INTROSPECT_SIZE     (4 * 1024 * 1024)


/* a block that is being read: its lines about claims are those of an issuer */

typedef struct {
    ngx_http_gate_issuer_block_t    issuer;
    ngx_http_gate_introspection_t  *in;
} ngx_http_gate_introspect_block_t;


static char *ngx_http_gate_introspect_finish(ngx_conf_t *cf,
    ngx_http_gate_introspect_block_t *block);
static ngx_http_gate_introspection_t *ngx_http_gate_introspect_make(
    ngx_conf_t *cf, ngx_http_gate_issuer_t *is);
static char *ngx_http_gate_introspect_endpoint(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_introspect_cache(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_introspect_unavailable(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static ngx_int_t ngx_http_gate_introspect_lead(ngx_conf_t *cf,
    ngx_http_gate_introspection_t *in);


static ngx_http_gate_conf_row_t  ngx_http_gate_introspect_lines[] = {

    { ngx_string("endpoint URI [timeout=TIME]"), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_introspect_endpoint },

    { ngx_string("issuer ISS"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_introspect_block_t, issuer.iss), 1, 0, NULL },

    { ngx_string("audience AUD ..."),
      NGX_HTTP_GATE_CONF_TEXT|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_introspect_block_t, issuer.audiences), 1, 0,
      NULL },

    { ngx_string("leeway TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_introspect_block_t, issuer.leeway), 0, 86400,
      NULL },

    { ngx_string("consumer [claim=NAME] [map=name] [unknown=...]"),
      NGX_HTTP_GATE_CONF_CALL, 0, 0, 0, ngx_http_gate_issuer_consumer },

    { ngx_string("scopes CLAIM ..."), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_issuer_scopes },

    { ngx_string("groups CLAIM ... [prefix=TEXT]"), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_issuer_groups },

    { ngx_string("cache TIME [negative=TIME] [size=SIZE]"),
      NGX_HTTP_GATE_CONF_CALL, 0, 0, 0, ngx_http_gate_introspect_cache },

    { ngx_string("unavailable 503|401"), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_introspect_unavailable },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_introspect_endpoint_params[] = {

    { ngx_string("timeout=TIME"), NGX_HTTP_GATE_CONF_MSEC,
      offsetof(ngx_http_gate_introspection_t, timeout), 10, 60000, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_introspect_cache_time = {
    ngx_string("TIME"), NGX_HTTP_GATE_CONF_SEC,
    offsetof(ngx_http_gate_introspection_t, good), 0, 86400, NULL
};


static ngx_http_gate_conf_row_t  ngx_http_gate_introspect_cache_params[] = {

    { ngx_string("negative=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_introspection_t, bad), 0, 86400, NULL },

    { ngx_string("size=SIZE"), NGX_HTTP_GATE_CONF_SIZE,
      offsetof(ngx_http_gate_introspection_t, size),
      4 * GATE_TOKENS_MIN, 1024 * 1024 * 1024, NULL },

      ngx_http_gate_conf_end
};


/* its name is one of an issuer: claim lines and Redis know it as such */

char *
ngx_http_gate_auth_introspect_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    char                              *rv;
    ngx_str_t                         *value;
    ngx_http_gate_issuer_t            *is;
    ngx_http_gate_introspect_block_t   block;

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    is = ngx_http_gate_issuer(cf, &value[1]);
    if (is == NULL) {
        return NGX_CONF_ERROR;
    }

    if (is->defined) {
        return ngx_http_gate_conf_duplicate(cf);
    }

    is->defined = 1;
    is->asked = 1;
    is->file = cf->conf_file->file.name.data;
    is->line = cf->conf_file->line;

    ngx_memzero(&block, sizeof(ngx_http_gate_introspect_block_t));

    block.issuer.issuer = is;
    block.issuer.audiences = ngx_array_create(cf->pool, 1, sizeof(ngx_str_t));
    block.in = ngx_http_gate_introspect_make(cf, is);

    if (block.issuer.audiences == NULL || block.in == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_gate_conf_block(cf, ngx_http_gate_introspect_lines, &block);

    return rv == NGX_CONF_OK ? ngx_http_gate_introspect_finish(cf, &block)
                             : rv;
}


static ngx_http_gate_introspection_t *
ngx_http_gate_introspect_make(ngx_conf_t *cf, ngx_http_gate_issuer_t *is)
{
    ngx_pool_cleanup_t                           *cln;
    ngx_http_gate_introspection_t                *in, **ip;
    ngx_http_gate_auth_introspect_main_conf_t    *nmcf;

    nmcf = ngx_http_conf_get_module_main_conf(cf,
                                         ngx_http_gate_auth_introspect_module);

    in = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_introspection_t));
    ip = ngx_array_push(nmcf->blocks);
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (in == NULL || ip == NULL || cln == NULL) {
        return NULL;
    }

    *ip = in;

    in->issuer = is;
    in->timeout = NGX_HTTP_GATE_INTROSPECT_TIMEOUT;
    in->good = NGX_HTTP_GATE_INTROSPECT_GOOD;
    in->bad = NGX_HTTP_GATE_INTROSPECT_BAD;
    in->size = NGX_HTTP_GATE_INTROSPECT_SIZE;
    ngx_queue_init(&in->calls);

    in->servers = ngx_array_create(cf->pool, 1, sizeof(void **));
    if (in->servers == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_gate_auth_introspect_free;
    cln->data = in;

    ngx_http_gate_fetch_use(cf);

    return in;
}


static char *
ngx_http_gate_introspect_finish(ngx_conf_t *cf,
    ngx_http_gate_introspect_block_t *block)
{
    ngx_http_gate_issuer_t         *is;
    ngx_http_gate_introspection_t  *in;

    in = block->in;
    is = in->issuer;

    if (in->uri.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "gate_introspection \"%V\" must have \"endpoint\": "
                           "write such a line in it", &is->name);
        return NGX_CONF_ERROR;
    }

    in->rules.issuer = ngx_http_gate_view(&block->issuer.iss);
    in->rules.leeway_s = block->issuer.leeway;

    /* of ngx_str_t, which has the layout of gate_str_t */

    in->rules.audiences = block->issuer.audiences->elts;
    in->rules.naudiences = block->issuer.audiences->nelts;

    /* callers of one canary, and no others, are of one issuer */

    is->jwt.issuer = block->issuer.iss.len ? in->rules.issuer
                                           : ngx_http_gate_view(&is->name);
    is->jwt.leeway_s = block->issuer.leeway;

    if (block->issuer.claim.len == 0) {
        ngx_str_set(&block->issuer.claim, "client_id");
    }

    return ngx_http_gate_issuer_claim(cf, &block->issuer.claim, &is->claim);
}


/* endpoint URI [timeout=TIME]; */

static char *
ngx_http_gate_introspect_endpoint(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_introspect_block_t *block = conf;

    ngx_http_gate_introspection_t  *in;

    in = block->in;

    if (cf->args->nelts == 1) {
        return "takes the URI of a location, such as /_introspect/corp";
    }

    if (!ngx_http_gate_way_is(&value[1])) {
        return ngx_http_gate_conf_wrong(cf, &value[1],
                                        NGX_HTTP_GATE_WAY_CURE);
    }

    in->uri = value[1];
    in->file = cf->conf_file->file.name.data;
    in->line = cf->conf_file->line;

    return ngx_http_gate_conf_params(cf, 2,
                                     ngx_http_gate_introspect_endpoint_params,
                                     in);
}


/* cache TIME [negative=TIME] [size=SIZE]; */

static char *
ngx_http_gate_introspect_cache(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_introspect_block_t *block = conf;

    char  *rv;

    if (cf->args->nelts == 1) {
        return "takes a time, such as 60s, or 0";
    }

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_introspect_cache_time,
                                block->in);

    return rv == NGX_CONF_OK
           ? ngx_http_gate_conf_params(cf, 2,
                                       ngx_http_gate_introspect_cache_params,
                                       block->in)
           : rv;
}


static char *
ngx_http_gate_introspect_unavailable(ngx_conf_t *cf, void *conf,
    ngx_str_t *value)
{
    ngx_http_gate_introspect_block_t *block = conf;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "401") == 0) {
        block->in->unavailable = 1;
        return NGX_CONF_OK;
    }

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "503") == 0) {
        return NGX_CONF_OK;
    }

    return "must be \"unavailable 503\" or \"unavailable 401\"";
}


/* introspect=NAME; the block stands before it */

char *
ngx_http_gate_auth_introspect_param(ngx_conf_t *cf,
    ngx_http_gate_auth_entry_t *entry, ngx_str_t *value)
{
    ngx_uint_t                                    i;
    ngx_http_gate_introspection_t               **ip;
    ngx_http_gate_auth_introspect_main_conf_t    *nmcf;

    if (entry->data != NULL) {
        return "has a second \"introspect\": take one of them out";
    }

    nmcf = ngx_http_conf_get_module_main_conf(cf,
                                         ngx_http_gate_auth_introspect_module);
    ip = nmcf->blocks->elts;

    for (i = 0; i < nmcf->blocks->nelts; i++) {
        if (gate_str_eq(ngx_http_gate_view(&ip[i]->issuer->name),
                        ngx_http_gate_view(value)))
        {
            entry->data = ip[i];
            return NGX_CONF_OK;
        }
    }

    return "names no \"gate_introspection\" that stands before: write the "
           "block above this line";
}


ngx_int_t
ngx_http_gate_auth_introspect_in(ngx_conf_t *cf,
    ngx_http_gate_auth_entry_t *entry, ngx_http_gate_place_t *place)
{
    void                            ***srv;
    ngx_http_gate_introspection_t     *in;

    in = entry->data;

    srv = ngx_array_push(in->servers);
    if (srv == NULL) {
        return NGX_ERROR;
    }

    *srv = place->srv_conf;

    return NGX_OK;
}


/* once all places are known */

ngx_int_t
ngx_http_gate_auth_introspect_init(ngx_conf_t *cf)
{
    ngx_uint_t                                    i;
    ngx_http_gate_introspection_t               **ip;
    ngx_http_gate_auth_introspect_main_conf_t    *nmcf;

    nmcf = ngx_http_conf_get_module_main_conf(cf,
                                         ngx_http_gate_auth_introspect_module);
    ip = nmcf->blocks->elts;

    for (i = 0; i < nmcf->blocks->nelts; i++) {
        if (ip[i]->servers->nelts != 0
            && ngx_http_gate_introspect_lead(cf, ip[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_introspect_lead(ngx_conf_t *cf,
    ngx_http_gate_introspection_t *in)
{
    u_char               of[256];
    ngx_http_gate_way_t  way;

    ngx_memzero(&way, sizeof(ngx_http_gate_way_t));

    way.uris = &in->uri;
    way.nuris = 1;
    way.servers = in->servers;
    way.file = in->file;
    way.line = in->line;
    way.of.data = of;
    way.of.len = ngx_snprintf(of, sizeof(of), "gate_introspection \"%V\"",
                              &in->issuer->name)
                 - of;

    in->server = ngx_http_gate_way(cf, &way);

    return in->server ? NGX_OK : NGX_ERROR;
}


void *
ngx_http_gate_auth_introspect_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_auth_introspect_main_conf_t  *nmcf;

    nmcf = ngx_pcalloc(cf->pool,
                       sizeof(ngx_http_gate_auth_introspect_main_conf_t));
    if (nmcf == NULL) {
        return NULL;
    }

    nmcf->blocks = ngx_array_create(cf->pool, 2,
                                    sizeof(ngx_http_gate_introspection_t *));

    return nmcf->blocks ? nmcf : NULL;
}
