
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines of proxy_set_header or grpc_set_header that gate_pass stands for.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_service_claims.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_request.h"


static ngx_int_t ngx_http_gate_service_fixed_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf, ngx_array_t *to);
static ngx_int_t ngx_http_gate_service_copy_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf, ngx_array_t *from, ngx_array_t *to,
    ngx_uint_t own);
static ngx_array_t *ngx_http_gate_service_outer_headers(
    ngx_http_gate_service_loc_conf_t *conf, ngx_module_t *m,
    ngx_command_t *cmd, ngx_uint_t *own);
static ngx_int_t ngx_http_gate_service_assertion(
    ngx_http_gate_service_loc_conf_t *conf, ngx_array_t *to);
static ngx_uint_t ngx_http_gate_service_is_ours(
    ngx_http_gate_service_loc_conf_t *conf, ngx_str_t *name);


/*
 * Our fields join the location's own before nginx merges: as an array of its
 * own it would replace those of outer levels, which the user did not ask for
 * here, so that the nearest ones are taken along.
 */

char *
ngx_http_gate_service_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf)
{
    void           *pcf;
    ngx_uint_t      own, sent;
    ngx_array_t    *from, *to;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    cmd = ngx_http_gate_place_command(cf, conf->way->headers, &m);

    if (cmd == NULL || cmd->set != ngx_conf_set_keyval_slot) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_pass\" does not know \"%s\" of this nginx: "
                      "build the module for its version, needed in %s:%ui",
                      conf->way->headers, conf->file, conf->line);
        return NGX_CONF_ERROR;
    }

    pcf = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf[m->ctx_index];
    from = *(ngx_array_t **) ((char *) pcf + cmd->offset);
    own = 1;

    if (from == NULL || from == NGX_CONF_UNSET_PTR) {
        from = ngx_http_gate_service_outer_headers(conf, m, cmd, &own);
    }

    to = ngx_array_create(cf->pool, 20, sizeof(ngx_keyval_t));
    if (to == NULL) {
        return NGX_CONF_ERROR;
    }

    if (from != NULL
        && ngx_http_gate_service_copy_headers(cf, conf, from, to, own)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    sent = conf->way->lines ? 0 : conf->fields & ~NGX_HTTP_GATE_FIELDS_UPGRADE;

    if (ngx_http_gate_fields_push(cf, to, sent) != NGX_OK
        || ngx_http_gate_service_assertion(conf, to) != NGX_OK
        || ngx_http_gate_service_claim_push(conf, to) != NGX_OK
        || ngx_http_gate_service_fixed_headers(cf, conf, to) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    *(ngx_array_t **) ((char *) pcf + cmd->offset) = to;

    return NGX_CONF_OK;
}


/* Host, which all of ours ride on if they can, and a field of an upgrade that
 * is none */

static ngx_int_t
ngx_http_gate_service_fixed_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf, ngx_array_t *to)
{
    ngx_keyval_t  *h;

    /* known here, and so not a variable at run time */

    h = ngx_array_push(to);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&h->key, "Host");
    h->value = ngx_http_gate_api_at(
                   ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf)->service;

    if (conf->way->lines
        && ngx_http_gate_fields_carry(cf, &h->value) != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = ngx_array_push(to);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&h->key, "HTTP2-Settings");
    ngx_str_set(&h->value, "");

    return NGX_OK;
}


/* the user's own ones; one of ours is an error where it was written here */

static ngx_int_t
ngx_http_gate_service_copy_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf, ngx_array_t *from, ngx_array_t *to,
    ngx_uint_t own)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv, *h;

    kv = from->elts;

    for (i = 0; i < from->nelts; i++) {

        if (ngx_http_gate_service_is_ours(conf, &kv[i].key)) {

            if (own) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "\"%s %V\" is written by \"gate_pass\": remove "
                              "it from the location in %s:%ui",
                              conf->way->headers, &kv[i].key, conf->file,
                              conf->line);
                return NGX_ERROR;
            }

            continue;
        }

        h = ngx_array_push(to);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *h = kv[i];
    }

    return NGX_OK;
}


static ngx_array_t *
ngx_http_gate_service_outer_headers(ngx_http_gate_service_loc_conf_t *conf,
    ngx_module_t *m, ngx_command_t *cmd, ngx_uint_t *own)
{
    void         **outer;
    ngx_array_t   *a;

    *own = 0;

    for (outer = conf->outer; outer; outer = conf->outer) {

        a = *(ngx_array_t **) ((char *) outer[m->ctx_index] + cmd->offset);

        if (a != NULL && a != NGX_CONF_UNSET_PTR) {
            return a;
        }

        conf = outer[ngx_http_gate_service_module.ctx_index];
    }

    return NULL;
}


/* known by name as the others are, and with them it is sent */

static ngx_int_t
ngx_http_gate_service_assertion(ngx_http_gate_service_loc_conf_t *conf,
    ngx_array_t *to)
{
    ngx_keyval_t  *h;

    if (conf->assert == NULL) {
        return NGX_OK;
    }

    h = ngx_array_push(to);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->key = conf->assert->header;

    if (conf->way->lines) {
        ngx_str_set(&h->value, "");

    } else {
        ngx_str_set(&h->value, "$gate_assertion");
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_service_is_ours(ngx_http_gate_service_loc_conf_t *conf,
    ngx_str_t *name)
{
    return ngx_http_gate_name_is(name, gate_cstr("host"))
           || ngx_http_gate_fields_are(name)
           || ngx_http_gate_service_claim_is(conf, name)
           || (conf->assert != NULL
               && ngx_http_gate_name_is(name, ngx_http_gate_view(
                                                  &conf->assert->header)));
}
