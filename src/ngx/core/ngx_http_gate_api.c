
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The API of a location: its name and version, and the service behind it.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_life.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_vars.h"

#include "gate_journal.h"


typedef struct {
    ngx_http_gate_api_t        api;
    ngx_http_gate_life_words_t  life;     /* of gate_api, as written */
    ngx_uint_t                 named;     /* gate_service stands here */
} ngx_http_gate_api_loc_conf_t;


static ngx_int_t ngx_http_gate_api_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static char *ngx_http_gate_api_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_api_service(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_api_host(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static ngx_int_t ngx_http_gate_api_add_variables(ngx_conf_t *cf);
static void *ngx_http_gate_api_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_api_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);

extern ngx_module_t  ngx_http_gate_api_module;


static ngx_http_gate_conf_row_t  ngx_http_gate_api_name = {
    ngx_string("NAME"), NGX_HTTP_GATE_CONF_TEXT,
    offsetof(ngx_http_gate_api_loc_conf_t, api.name),
    1, GATE_JOURNAL_API, NULL
};


static ngx_http_gate_conf_row_t  ngx_http_gate_api_params[] = {

    { ngx_string("version=VERSION"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_api_loc_conf_t, api.version),
      1, GATE_JOURNAL_VERSION, NULL },

    { ngx_string("state=" NGX_HTTP_GATE_LIFE_STATES),
      NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_api_loc_conf_t, life.state), 0, 0, NULL },

    { ngx_string("deprecated=DATE"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_api_loc_conf_t, life.deprecated), 1, 0, NULL },

    { ngx_string("sunset=DATE"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_api_loc_conf_t, life.sunset), 1, 0, NULL },

    { ngx_string("link=URI"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_api_loc_conf_t, life.link), 1, 0, NULL },

    { ngx_string("successor=URI"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_api_loc_conf_t, life.successor), 1, 0, NULL },

    { ngx_string("brownout=START/DURATION"),
      NGX_HTTP_GATE_CONF_TEXT|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_api_loc_conf_t, life.brownouts), 1, 0, NULL },

    { ngx_string("preview=GROUP"), NGX_HTTP_GATE_CONF_NAME,
      offsetof(ngx_http_gate_api_loc_conf_t, life.preview), 1, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_api_service_name = {
    ngx_string("HOST[:PORT]"), NGX_HTTP_GATE_CONF_TEXT,
    offsetof(ngx_http_gate_api_loc_conf_t, api.service),
    0, 0, ngx_http_gate_api_host
};


static ngx_command_t  ngx_http_gate_api_commands[] = {

    { ngx_string("gate_api"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_api_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_service"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_api_service,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_api_module_ctx = {
    ngx_http_gate_api_add_variables,       /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_api_create_conf,         /* create location configuration */
    ngx_http_gate_api_merge_conf           /* merge location configuration */
};


ngx_module_t  ngx_http_gate_api_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_api_module_ctx,         /* module context */
    ngx_http_gate_api_commands,            /* module directives */
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


static ngx_http_variable_t  ngx_http_gate_api_vars[] = {

    { ngx_string("gate_api"), NULL, ngx_http_gate_api_variable,
      offsetof(ngx_http_gate_api_t, name), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_api_version"), NULL, ngx_http_gate_api_variable,
      offsetof(ngx_http_gate_api_t, version), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_service"), NULL, ngx_http_gate_api_variable,
      offsetof(ngx_http_gate_api_t, service), NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_http_gate_api_t *
ngx_http_gate_api(ngx_http_request_t *r)
{
    return ngx_http_gate_api_at(r->loc_conf);
}


ngx_http_gate_api_t *
ngx_http_gate_api_at(void **loc_conf)
{
    ngx_http_gate_api_loc_conf_t  *alcf;

    alcf = loc_conf[ngx_http_gate_api_module.ctx_index];

    return &alcf->api;
}


ngx_uint_t
ngx_http_gate_api_named(void **loc_conf)
{
    ngx_http_gate_api_loc_conf_t  *alcf;

    alcf = loc_conf[ngx_http_gate_api_module.ctx_index];

    return alcf->named;
}


static ngx_int_t
ngx_http_gate_api_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_http_gate_set_var(v, (ngx_str_t *)
                             ((char *) ngx_http_gate_api(r) + data));

    return NGX_OK;
}


/* gate_api NAME [version=V] [of its life: see _life.c]; */

static char *
ngx_http_gate_api_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_api_loc_conf_t *alcf = conf;

    char       *rv;
    ngx_str_t  *word;

    if (alcf->api.name.data != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    word = cf->args->elts;

    if (ngx_strchr(word[1].data, '=') != NULL) {
        return ngx_http_gate_conf_wrong(cf, &word[1], "must be a name without "
                                        "\"=\", which stands first: write "
                                        "\"gate_api NAME version=VERSION\"");
    }

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_api_name, alcf);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_gate_conf_params(cf, 2, ngx_http_gate_api_params, alcf);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    return ngx_http_gate_life(cf, &alcf->life, &alcf->api.life);
}


/* gate_service HOST[:PORT]; static, as it becomes the Host field */

static char *
ngx_http_gate_api_service(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_api_loc_conf_t *alcf = conf;

    if (alcf->named) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    alcf->named = 1;

    return ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_api_service_name,
                                  alcf);
}


static char *
ngx_http_gate_api_host(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    u_char      ch;
    ngx_uint_t  i;

    for (i = 0; i < value->len; i++) {
        ch = ngx_tolower(value->data[i]);

        if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9')
              || ch == '-' || ch == '.' || ch == '_' || ch == ':'
              || ch == '[' || ch == ']'))
        {
            break;
        }
    }

    if (i < value->len || i == 0) {
        return "must be HOST or HOST:PORT, without variables";
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_api_add_variables(ngx_conf_t *cf)
{
    return ngx_http_gate_add_vars(cf, ngx_http_gate_api_vars);
}


static void *
ngx_http_gate_api_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_api_loc_conf_t  *alcf;

    /*
     * set by ngx_pcalloc():
     *
     *     alcf->api = all empty;
     *     alcf->life = all but the state;
     *     alcf->named = 0;
     */

    alcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_api_loc_conf_t));
    if (alcf == NULL) {
        return NULL;
    }

    alcf->life.state = NGX_HTTP_GATE_LIFE_UNSAID;

    return alcf;
}


/* before sidecar's service merges, which needs what comes of it */

static char *
ngx_http_gate_api_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_api_loc_conf_t *prev = parent;
    ngx_http_gate_api_loc_conf_t *conf = child;

    if (conf->api.name.data == NULL) {
        conf->api.name = prev->api.name;
        conf->api.version = prev->api.version;
        conf->api.life = prev->api.life;
    }

    if (conf->api.life != NULL) {
        ngx_http_gate_place_gated(cf);
    }

    if (conf->api.service.data == NULL) {
        conf->api.service = prev->api.service;
    }

    return NGX_CONF_OK;
}
