
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hygiene: its directive, and the names that keys have in all servers.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_scrub.h"

#include "gate_names.h"


static ngx_int_t ngx_http_gate_hygiene_preconfiguration(ngx_conf_t *cf);
static char *ngx_http_gate_hygiene(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_gate_hygiene_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_hygiene_create_srv_conf(ngx_conf_t *cf);
static char *ngx_http_gate_hygiene_merge_srv_conf(ngx_conf_t *cf,
    void *parent, void *child);
static ngx_int_t ngx_http_gate_hygiene_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_hygiene_init_module(ngx_cycle_t *cycle);


static ngx_http_gate_conf_row_t  ngx_http_gate_hygiene_params[] = {

    { ngx_string("on"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_hygiene_srv_conf_t, enable), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_hygiene_srv_conf_t, enable), 0, 0, NULL },

    { ngx_string("add=NAME"), NGX_HTTP_GATE_CONF_TEXT|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_hygiene_srv_conf_t, more), 1, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_hygiene_commands[] = {

    { ngx_string("gate_hygiene"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_1MORE,
      ngx_http_gate_hygiene,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_hygiene_module_ctx = {
    ngx_http_gate_hygiene_preconfiguration,/* preconfiguration */
    ngx_http_gate_hygiene_init,            /* postconfiguration */

    ngx_http_gate_hygiene_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_gate_hygiene_create_srv_conf, /* create server configuration */
    ngx_http_gate_hygiene_merge_srv_conf,  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_hygiene_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_hygiene_module_ctx,     /* module context */
    ngx_http_gate_hygiene_commands,        /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_gate_hygiene_init_module,     /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_gate_hygiene_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, typed),
                               sizeof(ngx_http_gate_typed_ctx_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, keys),
                               sizeof(ngx_http_gate_keys_ctx_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_gate_hygiene_is_on(void **srv_conf)
{
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    hscf = srv_conf[ngx_http_gate_hygiene_module.ctx_index];

    return hscf->enable;
}


/* gate_hygiene on | off | add=NAME ...; */

static char *
ngx_http_gate_hygiene(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_hygiene_srv_conf_t *hscf = conf;

    char        *rv;
    ngx_flag_t   before;

    ngx_http_gate_use(cf);

    before = hscf->enable;
    hscf->enable = NGX_CONF_UNSET;

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_hygiene_params, hscf);

    if (rv != NGX_CONF_OK || before == NGX_CONF_UNSET) {
        return rv;
    }

    /* several lines are fine, but one of them says whether it is on */

    if (hscf->enable != NGX_CONF_UNSET) {
        return "is duplicate: say \"on\" or \"off\" in one of them";
    }

    hscf->enable = before;

    return NGX_CONF_OK;
}


static void *
ngx_http_gate_hygiene_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     hmcf->keys = { NULL };
     *     hmcf->logged = { NULL };
     *     hmcf->locations = NULL;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_hygiene_main_conf_t));
}


static void *
ngx_http_gate_hygiene_create_srv_conf(ngx_conf_t *cf)
{
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    /*
     * set by ngx_pcalloc():
     *
     *     hscf->more = NULL;
     *     hscf->first = { 0 };
     *     hscf->keys = { NULL };
     *     hscf->gives = NULL;
     *     hscf->xfcc = 0;
     */

    hscf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_hygiene_srv_conf_t));
    if (hscf == NULL) {
        return NULL;
    }

    hscf->enable = NGX_CONF_UNSET;

    return hscf;
}


static char *
ngx_http_gate_hygiene_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_hygiene_srv_conf_t *prev = parent;
    ngx_http_gate_hygiene_srv_conf_t *conf = child;

    gate_str_t  *more;
    ngx_uint_t   i;

    ngx_conf_merge_value(conf->enable, prev->enable, 1);

    if (conf->more == NULL) {
        conf->more = prev->more;
    }

    if (!conf->enable) {
        return NGX_CONF_OK;
    }

    gate_name_first_reserved(&conf->first);

    if (conf->more != NULL) {
        more = conf->more->elts;

        for (i = 0; i < conf->more->nelts; i++) {
            gate_name_first_add(&conf->first, more[i]);
        }
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_gate_hygiene_keys(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_array_t *fields, ngx_array_t *args)
{
    ngx_http_gate_hygiene_srv_conf_t   *hscf;
    ngx_http_gate_hygiene_main_conf_t  *hmcf;

    hscf = place->srv_conf[ngx_http_gate_hygiene_module.ctx_index];
    hmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_hygiene_module);

    if (ngx_http_gate_keys_add(cf, &hscf->keys, fields, args) != NGX_OK
        || ngx_http_gate_keys_add(cf, &hmcf->keys, fields, args) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_keys_add(cf, &hmcf->logged, fields, args);
}


ngx_int_t
ngx_http_gate_hygiene_token_names(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_array_t *fields, ngx_array_t *args)
{
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    hscf = place->srv_conf[ngx_http_gate_hygiene_module.ctx_index];

    if (ngx_http_gate_hygiene_keys(cf, place, fields, args) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_keys_tokens(cf, &hscf->keys, fields, args);
}


ngx_int_t
ngx_http_gate_hygiene_bearer(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_hygiene_srv_conf_t   *hscf;
    ngx_http_gate_hygiene_main_conf_t  *hmcf;

    hscf = place->srv_conf[ngx_http_gate_hygiene_module.ctx_index];
    hmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_hygiene_module);

    ngx_http_gate_keys_bearer(&hscf->keys);
    ngx_http_gate_keys_bearer(&hmcf->keys);

    return ngx_http_gate_hygiene_tokens(cf);
}


/* the list may be that of several servers: this one gets its own */

ngx_int_t
ngx_http_gate_hygiene_reserve(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_str_t *name)
{
    ngx_str_t                         *more, *to;
    ngx_uint_t                         i, n;
    ngx_array_t                       *list;
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    hscf = place->srv_conf[ngx_http_gate_hygiene_module.ctx_index];

    more = hscf->more ? hscf->more->elts : NULL;
    n = hscf->more ? hscf->more->nelts : 0;

    for (i = 0; i < n; i++) {
        if (gate_name_eq(ngx_http_gate_view(&more[i]),
                         ngx_http_gate_view(name)))
        {
            return NGX_OK;
        }
    }

    list = ngx_array_create(cf->pool, n + 1, sizeof(ngx_str_t));
    to = list ? ngx_array_push_n(list, n + 1) : NULL;

    if (to == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        to[i] = more[i];
    }

    to[n] = *name;
    hscf->more = list;

    gate_name_first_add(&hscf->first, ngx_http_gate_view(name));

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_hygiene_places(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_array_t *cookies, ngx_array_t *protocols)
{
    ngx_http_gate_hygiene_srv_conf_t   *hscf;
    ngx_http_gate_hygiene_main_conf_t  *hmcf;

    static ngx_str_t    names[] = {
        ngx_string("cookie"),
        ngx_string("sec-websocket-protocol")
    };
    static ngx_array_t  fields = { names, 2, sizeof(ngx_str_t), 2, NULL };

    hscf = place->srv_conf[ngx_http_gate_hygiene_module.ctx_index];
    hmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_hygiene_module);

    if (ngx_http_gate_keys_places(cf, &hscf->keys, cookies, protocols)
        != NGX_OK
        || ngx_http_gate_keys_places(cf, &hmcf->keys, cookies, protocols)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_keys_add(cf, &hmcf->logged, &fields, NULL);
}


/* a token goes on to the service, and yet nginx quotes fields it refuses */

ngx_int_t
ngx_http_gate_hygiene_tokens(ngx_conf_t *cf)
{
    ngx_http_gate_hygiene_main_conf_t  *hmcf;

    static ngx_str_t    name = ngx_string("authorization");
    static ngx_array_t  fields = { &name, 1, sizeof(ngx_str_t), 1, NULL };

    hmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_hygiene_module);

    return ngx_http_gate_keys_add(cf, &hmcf->logged, &fields, NULL);
}


void
ngx_http_gate_hygiene_gives(ngx_http_gate_place_t *place,
    ngx_http_gate_gives_pt gives)
{
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    hscf = place->srv_conf[ngx_http_gate_hygiene_module.ctx_index];
    hscf->gives = gives;
}


void
ngx_http_gate_hygiene_xfcc(ngx_http_gate_place_t *place)
{
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    hscf = place->srv_conf[ngx_http_gate_hygiene_module.ctx_index];
    hscf->xfcc = 1;
}


ngx_int_t
ngx_http_gate_hygiene_location(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_core_loc_conf_t           **clcf;
    ngx_http_gate_hygiene_main_conf_t   *hmcf;

    hmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_hygiene_module);

    if (hmcf->locations == NULL) {
        hmcf->locations = ngx_array_create(cf->pool, 8,
                                           sizeof(ngx_http_core_loc_conf_t *));
        if (hmcf->locations == NULL) {
            return NGX_ERROR;
        }
    }

    clcf = ngx_array_push(hmcf->locations);
    if (clcf == NULL) {
        return NGX_ERROR;
    }

    *clcf = ngx_http_gate_place_conf(place, &ngx_http_core_module);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_hygiene_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    if (!ngx_http_gate_used(cf)) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_POST_READ_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_gate_hygiene_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PREACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_gate_hygiene_preaccess;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_hygiene_init_module(ngx_cycle_t *cycle)
{
    ngx_http_gate_hygiene_main_conf_t  *hmcf;

    hmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_hygiene_module);

    if (hmcf == NULL || hmcf->logged.fields == NULL) {
        return NGX_OK;
    }

    return ngx_http_gate_scrub_logs(cycle, &hmcf->logged, hmcf->locations);
}
