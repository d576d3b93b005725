
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What gate_pass asks of nginx's proxying beside the fields: which of a
 * service's X-Accel-* count (gate_accel), and whose answer a cache keeps.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_guard.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_vars.h"

#include "gate_digest.h"


#define NGX_HTTP_GATE_PROXY_BODY  65536   /* bytes that a key looks at */


static char *ngx_http_gate_proxy_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf);
static char *ngx_http_gate_proxy_cache(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf);
static ngx_str_t *ngx_http_gate_proxy_user_key(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf, ngx_module_t *m, size_t offset,
    ngx_uint_t *own);
static ngx_int_t ngx_http_gate_proxy_find(ngx_conf_t *cf, ngx_module_t *m,
    ngx_command_t *cmd, size_t *offset);
static ngx_int_t ngx_http_gate_proxy_sha(ngx_conf_t *cf,
    ngx_http_gate_service_main_conf_t *smcf);
static ngx_int_t ngx_http_gate_proxy_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_proxy_key_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_str_t ngx_http_gate_proxy_key_method(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_proxy_key_body(ngx_http_request_t *r,
    ngx_str_t *key);
static void ngx_http_gate_proxy_free(void *data);


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

    if (rv != NGX_CONF_OK) {
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

    cmd = ngx_http_gate_service_command(cf, "proxy_ignore_headers", &m);

    if (cmd == NULL || cmd->set != ngx_conf_set_bitmask_slot) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "this nginx's \"proxy_ignore_headers\" is not known");
        return NGX_CONF_ERROR;
    }

    user = 0;

    for (level = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;
         level && user == 0;
         level = slcf->outer)
    {
        slcf = level[ngx_http_gate_service_module.ctx_index];

        /* what we have written to a level around is not the user's */

        user = slcf->ignoring
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

    cmd = ngx_http_gate_service_command(cf, "proxy_cache_key", &m);

    if (cmd == NULL) {
        /* without the cache */
        return NGX_CONF_OK;
    }

    if (ngx_http_gate_proxy_find(cf, m, cmd, &offset) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "this nginx's \"proxy_cache_key\" is not known");
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
    void                              *pcf;
    char                              *rv;
    size_t                             end;
    ngx_str_t                          value[2], *s;
    ngx_array_t                       *saved, args;
    ngx_command_t                     *c;
    ngx_http_gate_service_main_conf_t *smcf;

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

    value[0] = cmd->name;
    ngx_str_set(&value[1], "probe");

    ngx_memzero(&args, sizeof(ngx_array_t));
    args.elts = value;
    args.nelts = 2;

    saved = cf->args;
    cf->args = &args;

    rv = cmd->set(cf, cmd, pcf);

    cf->args = saved;

    if (rv != NGX_CONF_OK || ngx_http_gate_proxy_sha(cf, smcf) != NGX_OK) {
        return NGX_ERROR;
    }

    for (*offset = sizeof(void *);
         *offset + sizeof(ngx_http_complex_value_t) <= end;
         *offset += sizeof(void *))
    {
        s = (ngx_str_t *) ((char *) pcf + *offset);

        if (s->data == value[1].data && s->len == value[1].len) {
            smcf->cache_key = *offset;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


/* for the bodies of keys */

static ngx_int_t
ngx_http_gate_proxy_sha(ngx_conf_t *cf,
    ngx_http_gate_service_main_conf_t *smcf)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    smcf->sha = gate_sha256_create();
    if (smcf->sha == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_gate_proxy_free;
    cln->data = smcf->sha;

    return NGX_OK;
}


/* proxy's configuration begins with the one of all upstreams */

static ngx_int_t
ngx_http_gate_proxy_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
#if (NGX_HTTP_CACHE)

    ngx_module_t                      *m;
    ngx_command_t                     *cmd;
    ngx_http_upstream_conf_t          *u;
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_gate_place_conf(place, &ngx_http_gate_service_module);

    if (place->server || place->block || !slcf->pass) {
        return NGX_OK;
    }

    cmd = ngx_http_gate_service_command(cf, "proxy_ignore_headers", &m);

    if (cmd == NULL
        || cmd->offset != offsetof(ngx_http_upstream_conf_t, ignore_headers))
    {
        return NGX_OK;
    }

    u = ngx_http_gate_place_conf(place, m);

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


/*
 * $gate_cache_key: all that decides on an answer but the URL of gate_pass,
 * each part with its length in front, so that no two run into each other.  A
 * token is its issuer, subject and scopes: several may be one consumer.
 */

static ngx_int_t
ngx_http_gate_proxy_key_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                     *p;
    size_t                      len;
    ngx_str_t                   part[10], key;
    ngx_uint_t                  i;
    ngx_http_gate_ctx_t        *ctx;
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_gate_identity_t   *who;

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(part, sizeof(part));

    who = ngx_http_gate_who(r, ctx);
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    part[0] = ngx_http_gate_api(r)->service;

    if (who->consumer != NULL) {
        part[1].len = who->consumer->name.len;
        part[1].data = who->consumer->name.data;
    }

    part[2] = who->method;

    if (who->issuer != NULL) {
        part[2] = who->issuer->name;
        part[3] = who->sub;

        if (ngx_http_gate_auth_scopes(r, who, &part[4]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    part[5] = ngx_http_gate_proxy_key_method(r);
    part[6] = clcf->name;
    part[7] = r->uri;
    part[8] = r->args;

    if (ngx_http_gate_proxy_caller(r, ctx, who, &part[9]) != NGX_OK) {
        return NGX_ERROR;
    }

    len = 0;

    for (i = 0; i < 10; i++) {
        len += NGX_SIZE_T_LEN + sizeof(":,") - 1 + part[i].len;
    }

    key.data = ngx_pnalloc(r->pool, len + 2 * GATE_SHA256_LEN);
    if (key.data == NULL) {
        return NGX_ERROR;
    }

    p = key.data;

    for (i = 0; i < 10; i++) {
        p = ngx_sprintf(p, "%uz:%V,", part[i].len, &part[i]);
    }

    key.len = p - key.data;

    if (ngx_http_gate_proxy_key_body(r, &key) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_gate_set_var(v, &key);

    return NGX_OK;
}


/* as a cache has it: HEAD is answered from what GET has left, unless not */

static ngx_str_t
ngx_http_gate_proxy_key_method(ngx_http_request_t *r)
{
    static ngx_str_t  get = ngx_string("GET");

#if (NGX_HTTP_CACHE)

    if (r->method == NGX_HTTP_HEAD
        && (r->upstream == NULL || r->upstream->conf->cache_convert_head))
    {
        return get;
    }

#endif

    return (r->method == NGX_HTTP_GET) ? get : r->method_name;
}


/*
 * "proxy_cache_methods POST": another body is another question.  One that is
 * in a file, too large or not yet read is like no other.
 */

static ngx_int_t
ngx_http_gate_proxy_key_body(ngx_http_request_t *r, ngx_str_t *key)
{
    u_char                             digest[GATE_SHA256_LEN], *p;
    size_t                             len;
    ngx_str_t                          body;
    ngx_chain_t                       *cl;
    ngx_http_gate_service_main_conf_t *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_gate_service_module);

    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        return NGX_OK;
    }

    len = 0;
    cl = r->request_body ? r->request_body->bufs : NULL;

    for ( /* void */ ; cl && ngx_buf_in_memory(cl->buf); cl = cl->next) {
        len += cl->buf->last - cl->buf->pos;
    }

    if (cl != NULL || len > NGX_HTTP_GATE_PROXY_BODY || smcf->sha == NULL
        || r->request_body_no_buffering)
    {
        if (ngx_http_gate_random(digest, sizeof(digest)) != NGX_OK) {
            return NGX_ERROR;
        }

        goto done;
    }

    body.len = len;
    body.data = ngx_pnalloc(r->pool, len + 1);
    if (body.data == NULL) {
        return NGX_ERROR;
    }

    p = body.data;
    cl = r->request_body ? r->request_body->bufs : NULL;

    for ( /* void */ ; cl; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    if (!gate_sha256(smcf->sha, ngx_http_gate_view(&body), digest)) {
        return NGX_ERROR;
    }

done:

    p = ngx_hex_dump(key->data + key->len, digest, sizeof(digest));
    key->len = p - key->data;

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


static void
ngx_http_gate_proxy_free(void *data)
{
    gate_sha256_destroy(data);
}
