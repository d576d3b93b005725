
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_pass: nginx's own proxy_pass with the sidecar contract applied.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_guard.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_service.h"


static ngx_int_t ngx_http_gate_service_handler(ngx_http_request_t *r);
static char *ngx_http_gate_service_apply(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf);
static char *ngx_http_gate_service_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf);
static ngx_int_t ngx_http_gate_service_fixed_headers(ngx_conf_t *cf,
    ngx_array_t *to);
static ngx_int_t ngx_http_gate_service_scheme(ngx_conf_t *cf, ngx_str_t *url);
static char *ngx_http_gate_service_note(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *slcf, ngx_str_t *url);
static ngx_int_t ngx_http_gate_service_copy_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf, ngx_array_t *from, ngx_array_t *to,
    ngx_uint_t own);
static ngx_array_t *ngx_http_gate_service_outer_headers(
    ngx_http_gate_service_loc_conf_t *conf, ngx_module_t *m,
    ngx_command_t *cmd, ngx_uint_t *own);
static ngx_uint_t ngx_http_gate_service_is_ours(ngx_str_t *name);
static void ngx_http_gate_service_inherit(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_http_gate_service_loc_conf_t *prev,
    ngx_http_gate_service_loc_conf_t *conf);
static ngx_int_t ngx_http_gate_service_add_servers(
    ngx_http_upstream_srv_conf_t *uscf, ngx_array_t *sidecars);


/* in front of proxy_pass's handler: only what was let pass here goes on */

static ngx_int_t
ngx_http_gate_service_handler(ngx_http_request_t *r)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    if (!ngx_http_gate_guard_passed(r)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gate service: \"%V\" was reached past the gate",
                      &r->uri);

        return NGX_HTTP_FORBIDDEN;
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    return slcf->handler(r);
}


/* the sidecar retries; nginx asks again only over a stale connection */

static ngx_keyval_t  ngx_http_gate_service_contract[] = {
    { ngx_string("proxy_http_version"), ngx_string("1.1") },
    { ngx_string("proxy_next_upstream"), ngx_string("error") },
    { ngx_null_string, ngx_null_string }
};


/* gate_pass URL; */

char *
ngx_http_gate_service_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    char                      *rv;
    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *clcf;

    if (slcf->to.pass) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (ngx_strncasecmp(value[1].data, (u_char *) "grpc", 4) == 0) {
        return ngx_http_gate_unsupported(cf, &value[1]);
    }

    if (ngx_http_gate_service_scheme(cf, &value[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_gate_service_dispatch(cf, "proxy_pass", &value[1]);

    if (rv != NGX_CONF_OK && rv != NGX_CONF_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"proxy_pass\" stands beside \"gate_pass\", which "
                           "does the same: remove one of them");
        return NGX_CONF_ERROR;
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_http_gate_service_check_uri(cf, &value[1]);

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    slcf->handler = clcf->handler;
    clcf->handler = ngx_http_gate_service_handler;

    slcf->to.pass = 1;
    slcf->pass_url = value[1];
    slcf->file = cf->conf_file->file.name.data;
    slcf->line = cf->conf_file->line;

    if (ngx_http_gate_path_pass(cf, &value[1], &slcf->to) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_service_note(cf, slcf, &value[1]);
}


/* nginx would call it an "invalid URL prefix", and not say of what */

static ngx_int_t
ngx_http_gate_service_scheme(ngx_conf_t *cf, ngx_str_t *url)
{
    gate_str_t  view;

    view = ngx_http_gate_view(url);

    if (gate_str_begins_nocase(view, gate_cstr("http://"))
        || gate_str_begins_nocase(view, gate_cstr("https://"))
        || ngx_http_script_variables_count(url) != 0)
    {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"gate_pass\": it must be "
                       "a URL: write \"http://\" before it", url);

    return NGX_ERROR;
}


/* what is looked at again when all is read */

static char *
ngx_http_gate_service_note(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *slcf, ngx_str_t *url)
{
    ngx_http_gate_service_pass_t       *pass;
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_service_module);

    pass = ngx_array_push(smcf->passes);
    if (pass == NULL) {
        return NGX_CONF_ERROR;
    }

    pass->loc_conf = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;
    pass->url = *url;
    pass->upstream = NULL;
    pass->file = slcf->file;
    pass->line = slcf->line;

    return NGX_CONF_OK;
}


/*
 * The contract's lines, once the whole location has been read: what the user
 * wrote above or below is then seen, and told by its own name.
 */

static char *
ngx_http_gate_service_apply(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf)
{
    char          *rv;
    ngx_keyval_t  *kv;

    for (kv = ngx_http_gate_service_contract; kv->key.len; kv++) {

        rv = ngx_http_gate_service_dispatch(cf, (char *) kv->key.data,
                                            &kv->value);

        if (rv == NGX_CONF_OK) {
            continue;
        }

        if (rv != NGX_CONF_ERROR) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"%V\" is set by \"gate_pass\" to \"%V\": remove "
                          "it from the location in %s:%ui",
                          &kv->key, &kv->value, conf->file, conf->line);
        }

        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * Our fields join the location's proxy_set_header before proxy merges: as an
 * array of its own it would replace those of outer levels, which the user did
 * not ask for here, so that the nearest ones are taken along.
 */

static char *
ngx_http_gate_service_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf)
{
    void           *pcf;
    ngx_uint_t      own;
    ngx_array_t    *from, *to;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    cmd = ngx_http_gate_place_command(cf, "proxy_set_header", &m);

    if (cmd == NULL || cmd->set != ngx_conf_set_keyval_slot) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_pass\" does not know \"proxy_set_header\" of "
                      "this nginx: build the module for its version, needed "
                      "in %s:%ui", conf->file, conf->line);
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

    if (ngx_http_gate_fields_push(cf, to) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_gate_service_fixed_headers(cf, to) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    *(ngx_array_t **) ((char *) pcf + cmd->offset) = to;

    return NGX_CONF_OK;
}


/* Host, which all of ours ride on, and a field of an upgrade that is none */

static ngx_int_t
ngx_http_gate_service_fixed_headers(ngx_conf_t *cf, ngx_array_t *to)
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

    if (ngx_http_gate_fields_carry(cf, &h->value) != NGX_OK) {
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

        if (ngx_http_gate_service_is_ours(&kv[i].key)) {

            if (own) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "\"proxy_set_header %V\" is written by "
                              "\"gate_pass\": remove it from the location in "
                              "%s:%ui", &kv[i].key, conf->file, conf->line);
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


static ngx_uint_t
ngx_http_gate_service_is_ours(ngx_str_t *name)
{
    return ngx_http_gate_name_is(name, gate_cstr("host"))
           || ngx_http_gate_fields_are(name);
}


/* blocks of "if" and "limit_except" belong to their location */

static void
ngx_http_gate_service_inherit(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_gate_service_loc_conf_t *prev,
    ngx_http_gate_service_loc_conf_t *conf)
{
    if (!clcf->noname || !prev->to.pass) {
        return;
    }

    conf->to.pass = 1;
    conf->handler = prev->handler;
    conf->to.uri = prev->to.uri;
    conf->to.location = prev->to.location;
    conf->to.url = prev->to.url;

    if (clcf->lmt_excpt && clcf->handler == NULL) {
        clcf->handler = ngx_http_gate_service_handler;
    }

    ngx_http_gate_place_gated(cf);
}


char *
ngx_http_gate_service_merge_pass(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *prev,
    ngx_http_gate_service_loc_conf_t *conf)
{
    char                       *rv;
    void                      **loc_conf;
    ngx_http_core_loc_conf_t   *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (!conf->to.pass) {
        ngx_http_gate_service_inherit(cf, clcf, prev, conf);
        return NGX_CONF_OK;
    }

    ngx_http_gate_place_gated(cf);

    if (clcf->handler != ngx_http_gate_service_handler) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "another content handler directive overrides "
                      "\"gate_pass\": remove one of them from the location "
                      "in %s:%ui", conf->file, conf->line);
        return NGX_CONF_ERROR;
    }

    loc_conf = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;

    if (ngx_http_gate_api_at(loc_conf)->service.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_pass\" needs \"gate_service\": write "
                      "\"gate_service HOST\" beside it in %s:%ui",
                      conf->file, conf->line);
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_gate_service_apply(cf, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_gate_proxy_merge(cf, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    return ngx_http_gate_service_headers(cf, conf);
}


/* addresses behind a gate_pass, for readiness; none for variables */

ngx_int_t
ngx_http_gate_service_collect(ngx_conf_t *cf,
    ngx_http_gate_service_pass_t *pass, ngx_array_t *sidecars)
{
    ngx_url_t                        u;
    ngx_uint_t                       i;
    ngx_http_upstream_srv_conf_t   **uscfp;
    ngx_http_upstream_main_conf_t   *umcf;

    if (ngx_http_script_variables_count(&pass->url)
        || ngx_strncasecmp(pass->url.data, (u_char *) "http://", 7) != 0)
    {
        return NGX_OK;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.url.len = pass->url.len - 7;
    u.url.data = pass->url.data + 7;
    u.default_port = 80;
    u.uri_part = 1;
    u.no_resolve = 1;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        return NGX_OK;
    }

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);
    uscfp = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {

        if (uscfp[i]->host.len != u.host.len
            || ngx_strncasecmp(uscfp[i]->host.data, u.host.data, u.host.len)
               != 0
            || (uscfp[i]->port && u.port && uscfp[i]->port != u.port))
        {
            continue;
        }

        pass->upstream = uscfp[i];

        return ngx_http_gate_service_add_servers(uscfp[i], sidecars);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_service_add_servers(ngx_http_upstream_srv_conf_t *uscf,
    ngx_array_t *sidecars)
{
    ngx_uint_t                   i, j, k;
    ngx_addr_t                  *a, *known;
    ngx_http_upstream_server_t  *server;

    if (uscf->servers == NULL) {
        return NGX_OK;
    }

    server = uscf->servers->elts;

    for (i = 0; i < uscf->servers->nelts; i++) {

        for (j = 0; j < server[i].naddrs; j++) {

            known = sidecars->elts;

            for (k = 0; k < sidecars->nelts; k++) {
                if (known[k].name.len == server[i].addrs[j].name.len
                    && ngx_strncmp(known[k].name.data,
                                   server[i].addrs[j].name.data,
                                   known[k].name.len)
                       == 0)
                {
                    break;
                }
            }

            if (k < sidecars->nelts) {
                continue;
            }

            a = ngx_array_push(sidecars);
            if (a == NULL) {
                return NGX_ERROR;
            }

            *a = server[i].addrs[j];
        }
    }

    return NGX_OK;
}
