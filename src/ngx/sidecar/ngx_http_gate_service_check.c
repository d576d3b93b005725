
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Ways to the sidecar that are not what they seem: without a caller, with the
 * wrong Host or path.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_service_claims.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_request.h"


static ngx_http_gate_path_to_t *ngx_http_gate_service_to(
    ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_service_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_service_check_host(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_uint_t ngx_http_gate_service_sends_host(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, const ngx_http_gate_service_way_t *way);


ngx_uint_t
ngx_http_gate_service_is_grpc(ngx_http_gate_place_t *place)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_gate_place_conf(place, &ngx_http_gate_service_module);

    return slcf->to.pass && slcf->way == &ngx_http_gate_service_ways[1];
}


static ngx_int_t
ngx_http_gate_service_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_auth_conf_t         *acf;
    ngx_http_gate_service_loc_conf_t  *slcf;

    if (place->server || place->block) {
        return NGX_OK;
    }

    slcf = ngx_http_gate_place_conf(place, &ngx_http_gate_service_module);
    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (!slcf->to.pass) {
        return ngx_http_gate_service_check_host(cf, place);
    }

    if (!acf->enable && !acf->off) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "location \"%V\" passes to the sidecar without "
                      "\"gate_auth\": write it, or \"gate_auth off\" if "
                      "everybody may, in %s:%ui",
                      &place->name, place->file, place->line);
    }

    return NGX_OK;
}


/*
 * Where gate_service stands, or a policy is in force, it is meant for what is
 * proxied there; other locations of a server have sidecars of no concern.
 */

static ngx_int_t
ngx_http_gate_service_check_host(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_core_loc_conf_t           *clcf;
    const ngx_http_gate_service_way_t  *way;

    clcf = ngx_http_gate_place_conf(place, &ngx_http_core_module);

    if (ngx_http_gate_api_at(place->loc_conf)->service.len == 0
        || clcf->handler == NULL
        || !(ngx_http_gate_api_named(place->loc_conf) || place->gated))
    {
        return NGX_OK;
    }

    way = ngx_http_gate_service_plain_way(cf, clcf->handler);

    if (way != NULL && !ngx_http_gate_service_sends_host(cf, place, way)) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"%s\" in location \"%V\" does not send "
                      "\"gate_service\" as Host: use \"gate_pass\", or write "
                      "\"%s Host $gate_service\" in %s:%ui", way->pass,
                      &place->name, way->headers, place->file, place->line);
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_service_sends_host(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    const ngx_http_gate_service_way_t *way)
{
    void           *pcf;
    ngx_uint_t      i;
    ngx_array_t    *headers;
    ngx_keyval_t   *kv;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    cmd = ngx_http_gate_place_command(cf, way->headers, &m);

    if (cmd == NULL || cmd->set != ngx_conf_set_keyval_slot) {
        return 1;
    }

    pcf = ngx_http_gate_place_conf(place, m);
    headers = *(ngx_array_t **) ((char *) pcf + cmd->offset);

    if (headers == NULL || headers == NGX_CONF_UNSET_PTR) {
        return 0;
    }

    kv = headers->elts;

    for (i = 0; i < headers->nelts; i++) {
        if (ngx_http_gate_name_is(&kv[i].key, gate_cstr("host"))) {
            return 1;
        }
    }

    return 0;
}


/* proxy_pass puts the URI in the place of the location's prefix, as it is */

void
ngx_http_gate_service_check_uri(ngx_conf_t *cf, ngx_str_t *url)
{
    ngx_url_t                  u;
    ngx_uint_t                 slash;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->exact_match || clcf->name.len == 0
        || ngx_http_script_variables_count(url) || url->len < 7)
    {
        return;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));

    slash = (ngx_strncasecmp(url->data, (u_char *) "https://", 8) == 0);

    u.url.len = url->len - 7 - slash;
    u.url.data = url->data + 7 + slash;
    u.default_port = 80;
    u.uri_part = 1;
    u.no_resolve = 1;

    if (ngx_parse_url(cf->temp_pool, &u) != NGX_OK || u.uri.len == 0) {
        return;
    }

    slash = (clcf->name.data[clcf->name.len - 1] == '/');

    if (slash == (u.uri.data[u.uri.len - 1] == '/')) {
        return;
    }

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "\"%V%sx\" becomes \"%V%sx\" for the sidecar: let the "
                       "location and the URI of \"gate_pass\" both end with "
                       "\"/\", or none of them", &clcf->name,
                       slash ? "" : "/", &u.uri, slash ? "" : "/");
}


static ngx_http_gate_path_to_t *
ngx_http_gate_service_to(ngx_http_request_t *r)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    return &slcf->to;
}


ngx_int_t
ngx_http_gate_service_preconfiguration(ngx_conf_t *cf)
{
    ngx_http_gate_path_to_by(ngx_http_gate_service_to);

    if (ngx_http_gate_fields_add_variables(cf) != NGX_OK
        || ngx_http_gate_proxy_preconfiguration(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_gate_place_check(cf, ngx_http_gate_service_check_shared)
        != NGX_OK
        || ngx_http_gate_place_check(cf, ngx_http_gate_service_claim_check)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_service_check);
}
