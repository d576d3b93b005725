
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What gate_pass asks of nginx's proxying beside the fields: which of a
 * service's X-Accel-* count (gate_accel), and whose answer a cache keeps.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_vars.h"



static char *ngx_http_gate_proxy_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf);
static char *ngx_http_gate_proxy_cache(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf);
static ngx_str_t *ngx_http_gate_proxy_user_key(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf, ngx_module_t *m, size_t offset,
    ngx_uint_t *own);
static char *ngx_http_gate_proxy_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *pcf, ngx_str_t *text);
static ngx_int_t ngx_http_gate_proxy_find(ngx_conf_t *cf, ngx_module_t *m,
    ngx_command_t *cmd, size_t *offset);
static ngx_int_t ngx_http_gate_proxy_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


#define NGX_HTTP_GATE_PROXY_ACCELS  (NGX_HTTP_UPSTREAM_IGN_XA_REDIRECT        \
                                     |NGX_HTTP_UPSTREAM_IGN_XA_EXPIRES        \
                                     |NGX_HTTP_UPSTREAM_IGN_XA_LIMIT_RATE     \
                                     |NGX_HTTP_UPSTREAM_IGN_XA_BUFFERING      \
                                     |NGX_HTTP_UPSTREAM_IGN_XA_CHARSET)


static ngx_http_gate_conf_row_t  ngx_http_gate_proxy_accels[] = {

    { ngx_string("on"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, accel),
      NGX_HTTP_GATE_PROXY_ACCELS, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, accel),
      0, 0, NULL },

    { ngx_string("redirect"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, accel),
      NGX_HTTP_UPSTREAM_IGN_XA_REDIRECT, 0, NULL },

    { ngx_string("expires"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, accel),
      NGX_HTTP_UPSTREAM_IGN_XA_EXPIRES, 0, NULL },

    { ngx_string("limit_rate"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, accel),
      NGX_HTTP_UPSTREAM_IGN_XA_LIMIT_RATE, 0, NULL },

    { ngx_string("buffering"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, accel),
      NGX_HTTP_UPSTREAM_IGN_XA_BUFFERING, 0, NULL },

    { ngx_string("charset"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, accel),
      NGX_HTTP_UPSTREAM_IGN_XA_CHARSET, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_variable_t  ngx_http_gate_proxy_vars[] = {

    { ngx_string("gate_cache_key"), NULL, ngx_http_gate_proxy_key_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


/* gate_accel on | off | NAME ...; */

char *
ngx_http_gate_proxy_accel(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;

    if (slcf->accel != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    slcf->accel = 0;
    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts && cf->args->nelts > 2; i++) {
        if (ngx_strcmp(value[i].data, "on") == 0
            || ngx_strcmp(value[i].data, "off") == 0)
        {
            return ngx_http_gate_conf_wrong(cf, &value[i],
                                            "must stand alone: take it out, "
                                            "or the other words");
        }
    }

    return ngx_http_gate_conf_params(cf, 1, ngx_http_gate_proxy_accels, slcf);
}


/* in the merge of a location with gate_pass, before proxy's own */

char *
ngx_http_gate_proxy_merge(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf)
{
    char  *rv;

    rv = ngx_http_gate_proxy_headers(cf, conf);

    if (rv != NGX_CONF_OK || !conf->way->cache) {
        return rv;
    }

    return ngx_http_gate_proxy_cache(cf, conf);
}


/* what the user ignores, here or in the nearest level around, and ours */

static char *
ngx_http_gate_proxy_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf)
{
    void                             **level;
    ngx_uint_t                        *ignore, user;
    ngx_module_t                      *m;
    ngx_command_t                     *cmd;
    ngx_http_gate_service_loc_conf_t  *slcf;

    cmd = ngx_http_gate_place_command(cf, conf->way->ignore, &m);

    if (cmd == NULL || cmd->set != ngx_conf_set_bitmask_slot) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "this nginx's \"%s\" is not known: build the module "
                      "for its version", conf->way->ignore);
        return NGX_CONF_ERROR;
    }

    user = 0;

    for (level = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;
         level && user == 0;
         level = slcf->outer)
    {
        slcf = level[ngx_http_gate_service_module.ctx_index];

        /* what we have written to a level around is not the user's */

        user = (slcf->ignoring && slcf->way == conf->way)
               ? slcf->ignored
               : *(ngx_uint_t *) ((char *) level[m->ctx_index] + cmd->offset);
    }

    conf->ignoring = 1;
    conf->ignored = user;

    level = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;
    ignore = (ngx_uint_t *) ((char *) level[m->ctx_index] + cmd->offset);

    *ignore = user | NGX_CONF_BITMASK_SET
              | (NGX_HTTP_GATE_PROXY_ACCELS & ~conf->accel);

    return NGX_CONF_OK;
}


/*
 * By default a cache takes the name of the upstream and the path for the key,
 * which is that of one sidecar, for all services and all callers.
 */

static char *
ngx_http_gate_proxy_cache(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf)
{
    size_t          offset;
    const char     *part;
    ngx_str_t      *key, value;
    ngx_uint_t      own;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    cmd = ngx_http_gate_place_command(cf, "proxy_cache_key", &m);

    if (cmd == NULL) {
        /* without the cache */
        return NGX_CONF_OK;
    }

    if (ngx_http_gate_proxy_find(cf, m, cmd, &offset) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "this nginx's \"proxy_cache_key\" is not known: "
                      "build the module for its version");
        return NGX_CONF_ERROR;
    }

    key = ngx_http_gate_proxy_user_key(cf, conf, m, offset, &own);

    if (key != NULL) {

        if (!own && ngx_strnstr(key->data, "gate_", key->len) == NULL) {
            conf->shared_key = key;
        }

        return NGX_CONF_OK;
    }

    /* the target is what the URL and the path make of it, or a part of that */

    part = ngx_http_gate_place_module_named(cf, "ngx_http_slice_filter_module")
           ? "${slice_range}" : "";

    value.len = sizeof("${gate_cache_key}") - 1 + ngx_strlen(part)
                + conf->pass_url.len;
    value.data = ngx_pnalloc(cf->pool, value.len + 1);
    if (value.data == NULL) {
        return NGX_CONF_ERROR;
    }

    (void) ngx_sprintf(value.data, "${gate_cache_key}%s%V%Z", part,
                       &conf->pass_url);

    conf->keyed = 1;

    return ngx_http_gate_service_dispatch(cf, "proxy_cache_key", &value);
}


/* the user's own, of this level or of one around; ours there are not */

static ngx_str_t *
ngx_http_gate_proxy_user_key(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf, ngx_module_t *m, size_t offset,
    ngx_uint_t *own)
{
    void                             **level;
    ngx_http_complex_value_t          *cv;
    ngx_http_gate_service_loc_conf_t  *slcf;

    for (level = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;
         level;
         level = slcf->outer)
    {
        slcf = level[ngx_http_gate_service_module.ctx_index];
        cv = (ngx_http_complex_value_t *)
                                     ((char *) level[m->ctx_index] + offset);

        if (cv->value.data != NULL && !slcf->keyed) {
            *own = (slcf == conf);
            return &cv->value;
        }
    }

    return NULL;
}


/*
 * The setter keeps to itself where it writes: it is asked to write into a
 * configuration that nobody uses, and that is searched for what it was given.
 * The directives in the table reach further, so that this stays inside it.
 */

static ngx_int_t
ngx_http_gate_proxy_find(ngx_conf_t *cf, ngx_module_t *m, ngx_command_t *cmd,
    size_t *offset)
{
    void                               *pcf;
    size_t                              end;
    ngx_str_t                           probe, *s;
    ngx_command_t                      *c;
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_service_module);

    if (smcf->cache_key != 0) {
        *offset = smcf->cache_key;
        return NGX_OK;
    }

    end = 0;

    for (c = m->commands; c->name.len; c++) {
        if (c->conf == NGX_HTTP_LOC_CONF_OFFSET) {
            end = ngx_max(end, c->offset);
        }
    }

    pcf = ((ngx_http_module_t *) m->ctx)->create_loc_conf(cf);
    if (pcf == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&probe, "probe");

    if (ngx_http_gate_proxy_set(cf, cmd, pcf, &probe) != NGX_CONF_OK
        || ngx_http_gate_proxy_sha(cf, smcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (*offset = sizeof(void *);
         *offset + sizeof(ngx_http_complex_value_t) <= end;
         *offset += sizeof(void *))
    {
        s = (ngx_str_t *) ((char *) pcf + *offset);

        if (s->data == probe.data && s->len == probe.len) {
            smcf->cache_key = *offset;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


/* as if the directive stood there */

static char *
ngx_http_gate_proxy_set(ngx_conf_t *cf, ngx_command_t *cmd, void *pcf,
    ngx_str_t *text)
{
    char         *rv;
    ngx_str_t     value[2];
    ngx_array_t  *saved, args;

    value[0] = cmd->name;
    value[1] = *text;

    ngx_memzero(&args, sizeof(ngx_array_t));
    args.elts = value;
    args.nelts = 2;

    saved = cf->args;
    cf->args = &args;

    rv = cmd->set(cf, cmd, pcf);

    cf->args = saved;

    return rv;
}


static ngx_int_t
ngx_http_gate_proxy_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
#if (NGX_HTTP_CACHE)

    ngx_http_upstream_conf_t          *u;
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_gate_place_conf(place, &ngx_http_gate_service_module);

    if (place->server || place->block || !slcf->to.pass || !slcf->way->cache) {
        return NGX_OK;
    }

    u = ngx_http_gate_service_upstream(cf, place, slcf->way);
    if (u == NULL) {
        return NGX_OK;
    }

    if (u->cache > 0 && slcf->shared_key != NULL) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"proxy_cache_key %V\" of a level around \"gate_pass\" "
                      "gives the answers for one consumer to others: take it "
                      "away, or write one with \"$gate_cache_key\" beside "
                      "\"gate_pass\", in %s:%ui", slcf->shared_key,
                      slcf->file, slcf->line);
    }

    if (u->store > 0) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"proxy_store\" beside \"gate_pass\" keeps one answer "
                      "for all consumers: \"proxy_cache\" keeps one for each, "
                      "in %s:%ui", slcf->file, slcf->line);
    }

#endif

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_proxy_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_add_vars(cf, ngx_http_gate_proxy_vars) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_proxy_check);
}
