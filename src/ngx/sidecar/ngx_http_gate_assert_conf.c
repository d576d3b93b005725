
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_assert and gate_assert_keys.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_assert.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_place.h"

#include "gate_names.h"


#define NGX_HTTP_GATE_ASSERT_TTL      30      /* seconds */
#define NGX_HTTP_GATE_ASSERT_MAX_AGE  300


/* a line: of a key, and what holds for all of them */

typedef struct {
    ngx_str_t                  path;
    ngx_str_t                  kid;
    ngx_str_t                  algorithm;
    ngx_str_t                  header;
    ngx_str_t                  issuer;
    ngx_str_t                  audience;
    time_t                     ttl;
    ngx_uint_t                 fresh;
    ngx_uint_t                 always;
    ngx_uint_t                 off;
} ngx_http_gate_assert_line_t;


static char *ngx_http_gate_assert(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_assert_settings(ngx_conf_t *cf,
    ngx_http_gate_assert_loc_conf_t *alcf, ngx_http_gate_assert_line_t *line);
static ngx_uint_t ngx_http_gate_assert_more(ngx_http_gate_assert_line_t *line);
static char *ngx_http_gate_assert_text(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_assert_header(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_assert_locate(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_gate_assert_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_assert_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_assert_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_gate_assert_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_assert_alone(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_http_gate_assert_t *a);
static ngx_int_t ngx_http_gate_assert_prepare(ngx_conf_t *cf);


static ngx_http_gate_conf_row_t  ngx_http_gate_assert_params[] = {

    { ngx_string("key_file=FILE"), NGX_HTTP_GATE_CONF_FILE,
      offsetof(ngx_http_gate_assert_line_t, path), 1, 0, NULL },

    { ngx_string("kid=ID"), NGX_HTTP_GATE_CONF_NAME,
      offsetof(ngx_http_gate_assert_line_t, kid), 1, GATE_MINT_KID, NULL },

    { ngx_string("algorithm=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_assert_line_t, algorithm), 1, 16, NULL },

    { ngx_string("ttl=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_assert_line_t, ttl), 1, 3600, NULL },

    { ngx_string("issuer=TEXT"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_assert_line_t, issuer), 1, 256,
      ngx_http_gate_assert_text },

    { ngx_string("audience=TEXT"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_assert_line_t, audience), 1, 256,
      ngx_http_gate_assert_text },

    { ngx_string("header=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_assert_line_t, header), 1, 64,
      ngx_http_gate_assert_header },

    { ngx_string("fresh"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_assert_line_t, fresh), 1, 0, NULL },

    { ngx_string("always"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_assert_line_t, always), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_assert_line_t, off), 1, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_assert_locate_params[] = {

    { ngx_string("max_age=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_assert_loc_conf_t, max_age), 1, 86400, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_assert_commands[] = {

    { ngx_string("gate_assert"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_assert,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_assert_keys"),
      NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_http_gate_assert_locate,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_assert_module_ctx = {
    ngx_http_gate_assert_prepare,          /* preconfiguration */
    ngx_http_gate_assert_publish,          /* postconfiguration */

    ngx_http_gate_assert_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_assert_create_loc_conf,  /* create location configuration */
    ngx_http_gate_assert_merge_loc_conf    /* merge location configuration */
};


ngx_module_t  ngx_http_gate_assert_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_assert_module_ctx,      /* module context */
    ngx_http_gate_assert_commands,         /* module directives */
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


ngx_http_gate_assert_t *
ngx_http_gate_assert_at(void **loc_conf)
{
    ngx_http_gate_assert_loc_conf_t  *alcf;

    alcf = loc_conf[ngx_http_gate_assert_module.ctx_index];

    return alcf->assert;
}


/* gate_assert key_file=FILE ...; the first line says how, more have keys */

static char *
ngx_http_gate_assert(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_assert_loc_conf_t *alcf = conf;

    char                         *rv;
    gate_mint_key_t             **key;
    ngx_http_gate_assert_line_t   line;

    if (alcf->off) {
        return "is duplicate: \"off\" stands alone, take one of them out";
    }

    ngx_http_gate_use(cf);

    ngx_memzero(&line, sizeof(ngx_http_gate_assert_line_t));

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_assert_params, &line);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (line.off) {
        alcf->off = 1;

        return (cf->args->nelts == 2 && alcf->assert == NULL)
               ? NGX_CONF_OK
               : "has \"off\", which stands alone: take it out, or the rest";
    }

    if (line.path.len == 0) {
        return "names no key: add \"key_file=FILE\", a private key in PEM";
    }

    if (alcf->assert == NULL) {
        rv = ngx_http_gate_assert_settings(cf, alcf, &line);
        if (rv != NGX_CONF_OK) {
            return rv;
        }

    } else if (ngx_http_gate_assert_more(&line)) {
        return "is not the first one here, and those behind it have no more "
               "than \"key_file=\", \"kid=\" and \"algorithm=\": say the rest "
               "in the first one";
    }

    key = ngx_array_push(alcf->assert->keys);
    if (key == NULL) {
        return NGX_CONF_ERROR;
    }

    *key = ngx_http_gate_assert_key(cf, &line.path, &line.kid,
                                    &line.algorithm);

    return *key ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_gate_assert_settings(ngx_conf_t *cf,
    ngx_http_gate_assert_loc_conf_t *alcf, ngx_http_gate_assert_line_t *line)
{
    ngx_http_gate_assert_t            *a;
    ngx_http_gate_assert_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_assert_module);

    a = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_assert_t));
    if (a == NULL) {
        return NGX_CONF_ERROR;
    }

    a->keys = ngx_array_create(cf->pool, 2, sizeof(gate_mint_key_t *));
    if (a->keys == NULL) {
        return NGX_CONF_ERROR;
    }

    a->header = line->header;
    a->issuer = line->issuer;
    a->audience = line->audience;
    a->ttl = line->ttl ? line->ttl : NGX_HTTP_GATE_ASSERT_TTL;
    a->fresh = line->fresh;
    a->always = line->always;
    a->number = amcf->n++;
    a->file = cf->conf_file->file.name.data;
    a->line = cf->conf_file->line;

    if (a->header.len == 0) {
        ngx_str_set(&a->header, "X-Gate-Assertion");
    }

    if (a->issuer.len == 0) {
        ngx_str_set(&a->issuer, "meshgate");
    }

    alcf->assert = a;

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_gate_assert_more(ngx_http_gate_assert_line_t *line)
{
    return line->header.len || line->issuer.len || line->audience.len
           || line->ttl || line->fresh || line->always;
}


static char *
ngx_http_gate_assert_text(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    return ngx_strlchr(value->data, value->data + value->len, '$') == NULL
           ? NGX_CONF_OK
           : "must be the text itself, as no variable is read there: take "
             "\"$\" out";
}


/* a name that nobody else writes */

static char *
ngx_http_gate_assert_header(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    u_char       c;
    ngx_uint_t   i;
    gate_str_t   name;

    static const gate_str_t  taken[] = {
        gate_string("authorization"), gate_string("host"),
        gate_string("connection"), gate_string("upgrade"),
        gate_string("cookie"), gate_string("te"), gate_string("trailer"),
        gate_string("transfer-encoding"), gate_string("content-length"),
        gate_string("content-type"), gate_string("traceparent"),
        gate_string("tracestate"), gate_string("http2-settings"),
        gate_string("expect"), gate_string("keep-alive"),
        gate_string("proxy-authorization"), gate_string("proxy-connection")
    };

    name = ngx_http_gate_view(value);

    for (i = 0; i < value->len; i++) {
        c = ngx_tolower(value->data[i]);

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
            return "must be a name of letters, digits and \"-\"";
        }
    }

    for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        if (gate_str_eq_nocase(name, taken[i])) {
            return "must be a field that nothing else is in: take "
                   "\"X-Gate-Assertion\", the default";
        }
    }

    if (gate_name_class(name, NULL, 0) != GATE_NAME_FREE
        && !gate_str_begins_nocase(name, gate_cstr("x-gate-")))
    {
        return "must be a field that the gateway does not write otherwise: "
               "take \"X-Gate-Assertion\", the default";
    }

    return NGX_CONF_OK;
}


/* gate_assert_keys [max_age=TIME]; */

static char *
ngx_http_gate_assert_locate(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_assert_loc_conf_t *alcf = conf;

    ngx_http_core_loc_conf_t  *clcf;

    if (alcf->serves) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL) {
        return "is not alone: take the other content handler out of the "
               "location";
    }

    ngx_http_gate_use(cf);

    alcf->serves = 1;
    alcf->max_age = NGX_HTTP_GATE_ASSERT_MAX_AGE;
    clcf->handler = ngx_http_gate_assert_serve;

    return ngx_http_gate_conf_params(cf, 1, ngx_http_gate_assert_locate_params,
                                     alcf);
}


static void *
ngx_http_gate_assert_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t                *cln;
    ngx_http_gate_assert_main_conf_t  *amcf;

    amcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_assert_main_conf_t));
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (amcf == NULL || cln == NULL) {
        return NULL;
    }

    amcf->keys = ngx_array_create(cf->pool, 2, sizeof(gate_mint_key_t *));
    if (amcf->keys == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_gate_assert_free;
    cln->data = amcf;

    return amcf;
}


static void *
ngx_http_gate_assert_create_loc_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     alcf->assert = NULL;
     *     alcf->off = 0;
     *     alcf->serves = 0;
     *     alcf->max_age = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_assert_loc_conf_t));
}


static char *
ngx_http_gate_assert_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_assert_loc_conf_t *prev = parent;
    ngx_http_gate_assert_loc_conf_t *conf = child;

    if (conf->assert == NULL && !conf->off) {
        conf->assert = prev->assert;
    }

    return NGX_CONF_OK;
}


/* no client writes the field, in no location of the server */

static ngx_int_t
ngx_http_gate_assert_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_assert_loc_conf_t   *alcf;
    ngx_http_gate_assert_main_conf_t  *amcf;

    alcf = ngx_http_gate_place_conf(place, &ngx_http_gate_assert_module);
    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_assert_module);

    if (alcf->serves && amcf->keys->nelts == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_assert_keys\" has no key to show: add a "
                      "\"gate_assert key_file=FILE\", or take it out, for "
                      "location \"%V\" in %s:%ui",
                      &place->name, place->file, place->line);
        return NGX_ERROR;
    }

    return alcf->assert ? ngx_http_gate_assert_alone(cf, place, alcf->assert)
                        : NGX_OK;
}


static ngx_int_t
ngx_http_gate_assert_alone(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_http_gate_assert_t *a)
{
    if (ngx_http_gate_auth_key_is(place, ngx_http_gate_view(&a->header))) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the field \"%V\" of \"gate_assert\" is one of "
                      "\"gate_key_names\", too, in location \"%V\": take "
                      "another name in %s:%ui",
                      &a->header, &place->name, a->file, a->line);
        return NGX_ERROR;
    }

    return ngx_http_gate_hygiene_reserve(cf, place, &a->header);
}


static ngx_int_t
ngx_http_gate_assert_prepare(ngx_conf_t *cf)
{
    if (ngx_http_gate_assert_preconfiguration(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_assert_check);
}
