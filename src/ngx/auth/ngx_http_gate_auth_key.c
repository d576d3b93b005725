
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * API keys: read from header fields and query arguments, looked up by digest.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_auth_known.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_store.h"

#include "gate_uri.h"


typedef struct {
    ngx_http_gate_auth_known_t  *known;
    ngx_array_t               *checked;   /* the names last looked at */
    void                     **server;    /* and of which server */
} ngx_http_gate_auth_key_main_conf_t;


typedef struct {
    ngx_array_t               *headers;   /* of ngx_str_t, lower case */
    ngx_array_t               *args;      /* of ngx_str_t */
    ngx_uint_t                 off;       /* keys are the service's */
    u_char                    *file;      /* where that stands */
    ngx_uint_t                 line;
} ngx_http_gate_auth_key_loc_conf_t;


typedef struct {
    ngx_str_t                  key;
    ngx_uint_t                 n;         /* found, same or not */
    ngx_uint_t                 conflict;
} ngx_http_gate_auth_key_found_t;


static void ngx_http_gate_auth_key_collect(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_key_found_t *found);
static void ngx_http_gate_auth_key_in_list(ngx_list_part_t *part,
    ngx_array_t *names, ngx_http_gate_auth_key_found_t *found);
static void ngx_http_gate_auth_key_match(ngx_table_elt_t *h,
    ngx_array_t *names, ngx_http_gate_auth_key_found_t *found);
static void ngx_http_gate_auth_key_add(ngx_str_t *value,
    ngx_http_gate_auth_key_found_t *found);
static ngx_uint_t ngx_http_gate_auth_key_is_arg(gate_str_t name,
    ngx_array_t *args);
static char *ngx_http_gate_auth_key_names(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_auth_key_name(ngx_conf_t *cf,
    ngx_http_gate_auth_key_loc_conf_t *klcf, ngx_str_t *value);
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


/* SHIELD: hygiene took the client's; a rewrite may have made others since */

ngx_int_t
ngx_http_gate_auth_key_shield(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_key_module);

    if (klcf->args == NULL || r->args.len == 0
        || !ngx_http_gate_auth_conf(r)->key)
    {
        return NGX_DECLINED;
    }

    return ngx_http_gate_keys_take_more(r, ctx, klcf->args);
}


/* an argument of a subrequest goes, too, but is not what the client sent */

ngx_int_t
ngx_http_gate_auth_key_shield_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    u_char                             *p;
    ngx_str_t                          *name;
    ngx_uint_t                          i;
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_key_module);

    if (klcf->args == NULL || r->args.len == 0
        || !ngx_http_gate_auth_conf(r)->key)
    {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, r->args.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, r->args.data, r->args.len);
    r->args.data = p;

    name = klcf->args->elts;

    for (i = 0; i < klcf->args->nelts; i++) {
        r->args.len = gate_uri_args_without(ngx_http_gate_view(&r->args),
                                            ngx_http_gate_view(&name[i]), p);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_auth_key_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_str_t                            id;
    gate_credential_t                   *c;
    ngx_http_gate_auth_key_found_t       found;
    ngx_http_gate_auth_key_main_conf_t  *kmcf;

    /* a variable may ask in the rewrite phase, before SHIELD */

    if (r == r->main && ngx_http_gate_auth_key_shield(r, ctx) == NGX_ERROR) {
        return NGX_ERROR;
    }

    ngx_http_gate_auth_key_collect(r, ctx, &found);

    if (found.n == 0) {
        return NGX_DECLINED;
    }

    if (found.conflict || found.key.len == 0) {
        return NGX_HTTP_GATE_BAD_KEY;
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_auth_key_module);

    if (ngx_http_gate_auth_known(r, kmcf->known, &found.key, &c) != NGX_OK) {
        return NGX_ERROR;
    }

    if (c == NULL) {
        return NGX_HTTP_GATE_BAD_KEY;
    }

    id.len = c->id.len;
    id.data = c->id.data;

    if (c->not_after_s != 0 && ngx_time() > c->not_after_s) {
        ngx_http_gate_refused_whom(ctx, c->consumer, &id);
        return NGX_HTTP_GATE_EXPIRED_KEY;
    }

    if (c->consumer->disabled) {
        ngx_http_gate_refused_whom(ctx, c->consumer, &id);
        return NGX_HTTP_GATE_DISABLED_CONSUMER;
    }

    ctx->who.consumer = c->consumer;
    ctx->who.credential = id;
    ngx_str_set(&ctx->who.method, "key");

    return NGX_OK;
}


/*
 * From what hygiene took; the list has a key only if another module put it
 * there since, or if a service that is an error page's predecessor was given
 * it, and then it is the same one.
 */

static void
ngx_http_gate_auth_key_collect(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_key_found_t *found)
{
    ngx_uint_t                          i;
    ngx_array_t                        *taken;
    ngx_table_elt_t                    *h;
    ngx_http_gate_key_t                *key;
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_key_module);

    ngx_memzero(found, sizeof(ngx_http_gate_auth_key_found_t));

    ngx_http_gate_auth_key_in_list(&r->main->headers_in.headers.part,
                                   klcf->headers, found);

    taken = ngx_http_gate_keys_taken(r, ctx);

    if (taken != NULL) {
        h = taken->elts;

        for (i = 0; i < taken->nelts; i++) {
            ngx_http_gate_auth_key_match(&h[i], klcf->headers, found);
        }
    }

    if (ctx->keys->args != NULL && klcf->args != NULL) {
        key = ctx->keys->args->elts;

        for (i = 0; i < ctx->keys->args->nelts; i++) {
            if (ngx_http_gate_auth_key_is_arg(key[i].name, klcf->args)) {
                ngx_http_gate_auth_key_add(&key[i].value, found);
            }
        }
    }
}


static void
ngx_http_gate_auth_key_in_list(ngx_list_part_t *part, ngx_array_t *names,
    ngx_http_gate_auth_key_found_t *found)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    for ( /* void */ ; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            ngx_http_gate_auth_key_match(&h[i], names, found);
        }
    }
}


static void
ngx_http_gate_auth_key_match(ngx_table_elt_t *h, ngx_array_t *names,
    ngx_http_gate_auth_key_found_t *found)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = names->elts;

    for (i = 0; i < names->nelts; i++) {
        if (h->key.len == name[i].len
            && ngx_memcmp(h->lowcase_key, name[i].data, name[i].len) == 0)
        {
            ngx_http_gate_auth_key_add(&h->value, found);
            return;
        }
    }
}


static void
ngx_http_gate_auth_key_add(ngx_str_t *value,
    ngx_http_gate_auth_key_found_t *found)
{
    if (found->n++ == 0) {
        found->key = *value;
        return;
    }

    if (value->len != found->key.len
        || ngx_memcmp(value->data, found->key.data, value->len) != 0)
    {
        found->conflict = 1;
    }
}


static ngx_uint_t
ngx_http_gate_auth_key_is_arg(gate_str_t name, ngx_array_t *args)
{
    ngx_str_t   *arg;
    ngx_uint_t   i;

    arg = args->elts;

    for (i = 0; i < args->nelts; i++) {
        if (gate_str_eq(name, ngx_http_gate_view(&arg[i]))) {
            return 1;
        }
    }

    return 0;
}


/* gate_key_names [header=NAME ...] [query=NAME ...] | off; */

static char *
ngx_http_gate_auth_key_names(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_auth_key_loc_conf_t *klcf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (klcf->headers != NULL || klcf->args != NULL || klcf->off) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    klcf->file = cf->conf_file->file.name.data;
    klcf->line = cf->conf_file->line;

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        klcf->off = 1;
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_gate_auth_key_name(cf, klcf, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_auth_key_name(ngx_conf_t *cf,
    ngx_http_gate_auth_key_loc_conf_t *klcf, ngx_str_t *value)
{
    ngx_str_t    *name, s;
    ngx_array_t **ap;

    if (ngx_strncmp(value->data, "header=", 7) == 0) {
        s.len = value->len - 7;
        s.data = value->data + 7;
        ap = &klcf->headers;

    } else if (ngx_strncmp(value->data, "query=", 6) == 0) {
        s.len = value->len - 6;
        s.data = value->data + 6;
        ap = &klcf->args;

    } else {
        s.len = 0;
        ap = NULL;
    }

    if (s.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\": \"header=NAME\" and "
                           "\"query=NAME\" are known", value);
        return NGX_CONF_ERROR;
    }

    if (*ap == NULL) {
        *ap = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
        if (*ap == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    name = ngx_array_push(*ap);
    if (name == NULL) {
        return NGX_CONF_ERROR;
    }

    *name = s;

    if (ap == &klcf->headers) {
        ngx_strlow(name->data, name->data, name->len);
    }

    return NGX_CONF_OK;
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

    static ngx_array_t  defaults = {
        ngx_http_gate_auth_key_default, 2, sizeof(ngx_str_t), 2, NULL
    };

    if (conf->headers == NULL && conf->args == NULL && !conf->off) {
        *conf = *prev;
    }

    if (conf->headers == NULL) {
        conf->headers = &defaults;
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

    if (acf->enable && acf->jwt && ngx_http_gate_hygiene_tokens(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!acf->enable || !acf->key) {
        return NGX_OK;
    }

    if (klcf->off) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_key_names off\" and \"gate_auth key\" exclude "
                      "each other: say which names carry the key in %s:%ui",
                      klcf->file, klcf->line);
        return NGX_ERROR;
    }

    return ngx_http_gate_hygiene_keys(cf, place, klcf->headers, klcf->args);
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

    if (!acf->enable || !acf->key || place->server
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
    if (ngx_http_gate_place_check(cf, ngx_http_gate_auth_key_in_force)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_auth_key_check);
}
