
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_key_names: which fields and arguments carry keys, and what is to be
 * said of them once all has been read.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_store.h"

#include "gate_field.h"
#include "gate_names.h"


static char *ngx_http_gate_auth_key_names(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_auth_key_name(ngx_conf_t *cf, ngx_str_t *name);
static void *ngx_http_gate_auth_key_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_auth_key_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_auth_key_merge_loc_conf(ngx_conf_t *cf,
    void *parent, void *child);
static ngx_int_t ngx_http_gate_auth_key_in_force(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_auth_key_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static void ngx_http_gate_auth_key_check_name(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_str_t *name);
static ngx_int_t ngx_http_gate_auth_key_preconfiguration(ngx_conf_t *cf);


static ngx_http_gate_conf_row_t  ngx_http_gate_auth_key_params[] = {

    { ngx_string("header=NAME"),
      NGX_HTTP_GATE_CONF_TEXT|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_auth_key_loc_conf_t, headers), 1, 0, NULL },

    { ngx_string("query=NAME"),
      NGX_HTTP_GATE_CONF_TEXT|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_auth_key_loc_conf_t, args), 1, 0, NULL },

    { ngx_string("bearer"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_key_loc_conf_t, bearer), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_key_loc_conf_t, off), 1, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_auth_key_commands[] = {

    { ngx_string("gate_key_names"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_auth_key_names,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_auth_key_module_ctx = {
    ngx_http_gate_auth_key_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_auth_key_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_auth_key_create_loc_conf,  /* create location configuration */
    ngx_http_gate_auth_key_merge_loc_conf  /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_key_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_key_module_ctx,    /* module context */
    ngx_http_gate_auth_key_commands,       /* module directives */
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


static ngx_str_t  ngx_http_gate_auth_key_default[] = {
    ngx_string("apikey"),
    ngx_string("x-api-key")
};


ngx_uint_t
ngx_http_gate_auth_key_off(ngx_http_request_t *r)
{
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_key_module);

    return klcf->off;
}


/* gate_key_names [header=NAME ...] [query=NAME ...] [bearer] | off; */

static char *
ngx_http_gate_auth_key_names(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_auth_key_loc_conf_t *klcf = conf;

    char        *rv;
    ngx_str_t   *name;
    ngx_uint_t   i;

    if (klcf->file != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    klcf->file = cf->conf_file->file.name.data;
    klcf->line = cf->conf_file->line;

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_auth_key_params, klcf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (klcf->off && cf->args->nelts > 2) {
        return "has \"off\", which stands alone: take it out, or the names";
    }

    if (klcf->headers == NULL) {
        return NGX_CONF_OK;
    }

    name = klcf->headers->elts;

    for (i = 0; i < klcf->headers->nelts; i++) {
        ngx_strlow(name[i].data, name[i].data, name[i].len);

        rv = ngx_http_gate_auth_key_name(cf, &name[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


/* what is taken off all requests of a server must not be another's */

static char *
ngx_http_gate_auth_key_name(ngx_conf_t *cf, ngx_str_t *name)
{
    const char  *why;

    if (gate_str_eq(ngx_http_gate_view(name), gate_cstr("authorization"))) {
        return ngx_http_gate_conf_wrong(cf, name,
                                        "is taken from all callers, whatever "
                                        "they have in it: write \"bearer\" for "
                                        "keys in \"Authorization: Bearer\"");
    }

    why = gate_field_carrier(ngx_http_gate_view(name));

    return why ? ngx_http_gate_conf_wrong(cf, name, why) : NGX_CONF_OK;
}


static void *
ngx_http_gate_auth_key_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_auth_key_main_conf_t  *kmcf;

    kmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_auth_key_main_conf_t));
    if (kmcf == NULL) {
        return NULL;
    }

    kmcf->known = ngx_http_gate_auth_known_create(cf);
    if (kmcf->known == NULL) {
        return NULL;
    }

    return kmcf;
}


static void *
ngx_http_gate_auth_key_create_loc_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     klcf->headers = NULL;
     *     klcf->args = NULL;
     *     klcf->bearer = 0;
     *     klcf->off = 0;
     *     klcf->file = NULL;
     *     klcf->line = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_auth_key_loc_conf_t));
}


static char *
ngx_http_gate_auth_key_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_gate_auth_key_loc_conf_t *prev = parent;
    ngx_http_gate_auth_key_loc_conf_t *conf = child;

    ngx_str_t   *name;
    ngx_uint_t   i;

    static ngx_array_t  defaults = {
        ngx_http_gate_auth_key_default, 2, sizeof(ngx_str_t), 2, NULL
    };

    if (conf->file == NULL) {
        *conf = *prev;
    }

    if (conf->headers == NULL) {
        conf->headers = &defaults;
    }

    name = conf->headers->elts;

    for (i = 0; i < conf->headers->nelts; i++) {
        conf->lens |= (uint64_t) 1 << name[i].len % 64;
    }

    return NGX_CONF_OK;
}


/* what is in force somewhere in a server is taken off everywhere in it */

static ngx_int_t
ngx_http_gate_auth_key_in_force(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_auth_conf_t          *acf;
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_key_module);
    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (ngx_http_gate_hygiene_location(cf, place) != NGX_OK) {
        return NGX_ERROR;
    }

    if (klcf->off) {
        ngx_http_gate_hygiene_gives(place, ngx_http_gate_auth_key_off);
    }

    if (!acf->enable
        || !ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_key_method))
    {
        return NGX_OK;
    }

    if (klcf->off) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_key_names off\" and \"gate_auth key\" exclude "
                      "each other: say which names carry the key in %s:%ui",
                      klcf->file, klcf->line);
        return NGX_ERROR;
    }

    if (ngx_http_gate_hygiene_keys(cf, place, klcf->headers, klcf->args)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return klcf->bearer ? ngx_http_gate_hygiene_bearer(cf, place) : NGX_OK;
}


ngx_array_t *
ngx_http_gate_auth_key_needs(ngx_http_gate_place_t *place)
{
    ngx_http_gate_auth_conf_t          *acf;
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_key_module);
    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (!acf->enable || acf->methods->nelts != 1 || klcf->args != NULL
        || klcf->bearer
        || !ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_key_method))
    {
        return NULL;
    }

    return klcf->headers;
}


ngx_uint_t
ngx_http_gate_auth_key_is(ngx_http_gate_place_t *place, gate_str_t field)
{
    ngx_str_t                          *name;
    ngx_uint_t                          i;
    ngx_http_gate_auth_conf_t          *acf;
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_key_module);
    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (!acf->enable
        || !ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_key_method))
    {
        return 0;
    }

    name = klcf->headers->elts;

    for (i = 0; i < klcf->headers->nelts; i++) {
        if (gate_name_eq(field, ngx_http_gate_view(&name[i]))) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_http_gate_auth_key_takes(ngx_http_gate_place_t *place, gate_str_t variable)
{
    ngx_uint_t                          i;
    ngx_str_t                          *arg;
    gate_str_t                          name;
    ngx_http_gate_auth_conf_t          *acf;
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    static const gate_str_t  fields = gate_string("http_");
    static const gate_str_t  args = gate_string("arg_");

    klcf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_key_module);
    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (!acf->enable
        || !ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_key_method))
    {
        return 0;
    }

    if (gate_str_begins_nocase(variable, fields)) {

        name = gate_str(variable.data + fields.len, variable.len - fields.len);

        if (klcf->bearer && gate_str_eq_nocase(name,
                                               gate_cstr("authorization")))
        {
            return 1;
        }

        return ngx_http_gate_auth_key_is(place, name);
    }

    if (klcf->args == NULL || !gate_str_begins_nocase(variable, args)) {
        return 0;
    }

    name = gate_str(variable.data + args.len, variable.len - args.len);
    arg = klcf->args->elts;

    for (i = 0; i < klcf->args->nelts; i++) {
        if (gate_str_eq_nocase(name, ngx_http_gate_view(&arg[i]))) {
            return 1;
        }
    }

    return 0;
}


/* names are looked at once for each server, whose fields they are */

static ngx_int_t
ngx_http_gate_auth_key_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_str_t                           *name;
    ngx_uint_t                           i;
    ngx_http_gate_auth_conf_t           *acf;
    ngx_http_gate_auth_key_loc_conf_t   *klcf;
    ngx_http_gate_auth_key_main_conf_t  *kmcf;

    kmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_auth_key_module);
    klcf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_key_module);
    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (!acf->enable || place->server
        || !ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_key_method)
        || (kmcf->checked == klcf->headers
            && kmcf->server == place->srv_conf))
    {
        return NGX_OK;
    }

    kmcf->checked = klcf->headers;
    kmcf->server = place->srv_conf;

    name = klcf->headers->elts;

    for (i = 0; i < klcf->headers->nelts; i++) {
        ngx_http_gate_auth_key_check_name(cf, place, &name[i]);
    }

    return NGX_OK;
}


static void
ngx_http_gate_auth_key_check_name(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_str_t *name)
{
    u_char                     ch;
    ngx_uint_t                 i;
    const char                *cure;
    ngx_http_core_srv_conf_t  *cscf;

    cscf = place->srv_conf[ngx_http_core_module.ctx_index];
    cure = NULL;

    for (i = 0; i < name->len && cscf->ignore_invalid_headers; i++) {
        ch = name->data[i];

        if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-')
        {
            continue;
        }

        if (ch != '_') {
            cure = "ignore_invalid_headers off";

        } else if (cure == NULL && !cscf->underscores_in_headers) {
            cure = "underscores_in_headers on";
        }
    }

    if (cure != NULL) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "nginx drops the field \"%V\" of \"gate_key_names\": "
                      "write \"%s\" in http, or take another name, for "
                      "location \"%V\" in %s:%ui",
                      name, cure, &place->name, place->file, place->line);
    }
}


static ngx_int_t
ngx_http_gate_auth_key_preconfiguration(ngx_conf_t *cf)
{
    static const ngx_http_gate_reason_t *const  failures[] = {
        &ngx_http_gate_bad_key, NULL
    };

    if (ngx_http_gate_reasons(cf, ngx_http_gate_auth_key_reasons) != NGX_OK
        || ngx_http_gate_shield_failures(cf, failures) != NGX_OK
        || ngx_http_gate_method(cf, &ngx_http_gate_auth_key_method) != NGX_OK
        || ngx_http_gate_store_line(cf, &ngx_http_gate_auth_key_line) != NGX_OK
        || ngx_http_gate_place_check(cf, ngx_http_gate_auth_key_in_force)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_auth_key_check);
}
