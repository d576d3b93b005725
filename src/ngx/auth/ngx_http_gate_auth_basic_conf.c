
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_basic, and the line "basic" of gate_consumer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_basic.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_store.h"

#if (NGX_THREADS)
#include <ngx_thread_pool.h>
#endif


#define NGX_HTTP_GATE_AUTH_BASIC_THREADS  4
#define NGX_HTTP_GATE_AUTH_BASIC_QUEUE    64
#define NGX_HTTP_GATE_AUTH_BASIC_CACHE    300   /* seconds */

/* of a password that was thrown away: 2^10, as htpasswd and others do */
#define NGX_HTTP_GATE_AUTH_BASIC_USUAL                                        \
    "$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"


static char *ngx_http_gate_auth_basic_line(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_auth_basic_hash(ngx_conf_t *cf, ngx_str_t *value,
    ngx_str_t *hash);
static char *ngx_http_gate_auth_basic(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_gate_auth_basic_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_auth_basic_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_auth_basic_preconfiguration(ngx_conf_t *cf);


static const ngx_http_gate_conf_row_t  ngx_http_gate_auth_basic_consumer = {
    ngx_string("basic USER file:PATH|HASH [id=ID] [not_after=YYYY-MM-DD]"),
    NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY|NGX_HTTP_GATE_CONF_HIDDEN,
    0, 0, 0, ngx_http_gate_auth_basic_line
};


static ngx_http_gate_conf_row_t  ngx_http_gate_auth_basic_line_params[] = {

    { ngx_string("id=ID"), NGX_HTTP_GATE_CONF_NAME,
      offsetof(ngx_http_gate_auth_named_t, id), 1, 256, NULL },

    { ngx_string("not_after=YYYY-MM-DD"), NGX_HTTP_GATE_CONF_DATE,
      offsetof(ngx_http_gate_auth_named_t, not_after), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_auth_basic_params[] = {

    { ngx_string("pool=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_auth_basic_main_conf_t, pool), 1, 64, NULL },

    { ngx_string("threads=NUMBER"), NGX_HTTP_GATE_CONF_NUMBER,
      offsetof(ngx_http_gate_auth_basic_main_conf_t, threads), 1, 1024, NULL },

    { ngx_string("queue=NUMBER"), NGX_HTTP_GATE_CONF_NUMBER,
      offsetof(ngx_http_gate_auth_basic_main_conf_t, queue), 0, 65536, NULL },

    { ngx_string("cache=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_auth_basic_main_conf_t, cache), 0, 86400, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_auth_basic_commands[] = {

    { ngx_string("gate_basic"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_gate_auth_basic,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_auth_basic_module_ctx = {
    ngx_http_gate_auth_basic_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_auth_basic_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_basic_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_basic_module_ctx,  /* module context */
    ngx_http_gate_auth_basic_commands,     /* module directives */
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


/* basic USER file:PATH | HASH [id=ID] [not_after=YYYY-MM-DD]; */

static char *
ngx_http_gate_auth_basic_line(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    char                                  *rv;
    ngx_str_t                              hash;
    gate_credential_t                     *k;
    ngx_http_gate_auth_named_t             named;
    ngx_http_gate_auth_basic_main_conf_t  *bmcf;

    if (cf->args->nelts < 3 || value[1].len == 0
        || value[1].len > GATE_BASIC_USER
        || ngx_strlchr(value[1].data, value[1].data + value[1].len, ':'))
    {
        return "takes a user of 1 to 128 bytes, without a colon, and a hash or "
               "\"file:PATH\"";
    }

    k = ngx_pcalloc(cf->pool, sizeof(gate_credential_t));
    if (k == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_gate_auth_basic_hash(cf, &value[2], &hash);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_memzero(&named, sizeof(ngx_http_gate_auth_named_t));

    rv = ngx_http_gate_conf_params(cf, 3, ngx_http_gate_auth_basic_line_params,
                                   &named);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    k->kind = GATE_KIND_BASIC;
    k->name = ngx_http_gate_view(&value[1]);
    k->secret = ngx_http_gate_view(&hash);
    k->id = ngx_http_gate_view(&named.id);
    k->not_after_s = named.not_after;

    bmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_auth_basic_module);

    /* what a user costs who is not there is what the first one costs */

    if (!bmcf->set) {
        bmcf->usual = k->secret;
        bmcf->set = 1;
    }

    return ngx_http_gate_store_credential(cf, conf, k);
}


static char *
ngx_http_gate_auth_basic_hash(ngx_conf_t *cf, ngx_str_t *value,
    ngx_str_t *hash)
{
    ngx_str_t    path;
    const char  *why;

    *hash = *value;

    if (value->len > 5 && ngx_strncmp(value->data, "file:", 5) == 0) {

        path.len = value->len - 5;
        path.data = value->data + 5;

        if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK
            || ngx_http_gate_read_file(cf, &path, 4096, 1, hash) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    why = gate_crypt_wrong(ngx_http_gate_view(hash));

    return why ? (char *) why : NGX_CONF_OK;
}


/* gate_basic [pool=NAME] [threads=NUMBER] [queue=NUMBER] [cache=TIME]; */

static char *
ngx_http_gate_auth_basic(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_auth_basic_main_conf_t *bmcf = conf;

    if (bmcf->once) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    bmcf->once = 1;

    ngx_http_gate_use(cf);

    return ngx_http_gate_conf_params(cf, 1, ngx_http_gate_auth_basic_params,
                                     bmcf);
}


static void *
ngx_http_gate_auth_basic_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_auth_basic_main_conf_t  *bmcf;

    bmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_auth_basic_main_conf_t));
    if (bmcf == NULL) {
        return NULL;
    }

    ngx_str_set(&bmcf->pool, "default");

    bmcf->threads = NGX_HTTP_GATE_AUTH_BASIC_THREADS;
    bmcf->queue = NGX_HTTP_GATE_AUTH_BASIC_QUEUE;
    bmcf->cache = NGX_HTTP_GATE_AUTH_BASIC_CACHE;
    bmcf->usual = gate_cstr(NGX_HTTP_GATE_AUTH_BASIC_USUAL);

    return bmcf;
}


/* a pool is there because somebody has asked for it while all was read */

static ngx_int_t
ngx_http_gate_auth_basic_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
#if (NGX_THREADS)
    ngx_http_gate_auth_basic_main_conf_t  *bmcf;
#endif
    ngx_http_gate_auth_conf_t             *acf;

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (!acf->enable
        || !ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_basic_method))
    {
        return NGX_OK;
    }

#if (NGX_THREADS)

    bmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_auth_basic_module);

    if (ngx_thread_pool_add(cf, &bmcf->pool) == NULL) {
        return NGX_ERROR;
    }

    return ngx_http_gate_hygiene_tokens(cf);

#else

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"gate_auth basic\" needs threads, which this nginx does "
                  "not have: take one that was built with \"--with-threads\", "
                  "for location \"%V\" in %s:%ui",
                  &place->name, place->file, place->line);

    return NGX_ERROR;

#endif
}


static ngx_int_t
ngx_http_gate_auth_basic_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_auth_basic_reasons) != NGX_OK
        || ngx_http_gate_shield_failures(cf, ngx_http_gate_auth_basic_failures)
           != NGX_OK
        || ngx_http_gate_store_line(cf, &ngx_http_gate_auth_basic_consumer)
           != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_auth_basic_passwords)
           != NGX_OK
        || ngx_http_gate_method(cf, &ngx_http_gate_auth_basic_method)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_auth_basic_check);
}
