
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Ways to the sidecar that are not what they seem: without a caller, with the
 * wrong Host or path, or over a new connection for each request.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_request.h"


typedef struct {
    const char                *pass;
    const char                *headers;
    const char                *url;       /* that makes no upstream */
} ngx_http_gate_service_way_t;


static ngx_http_gate_path_to_t *ngx_http_gate_service_to(
    ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_service_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_service_check_host(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_uint_t ngx_http_gate_service_sends_host(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_http_gate_service_way_t *way);
static ngx_http_handler_pt ngx_http_gate_service_passed(ngx_conf_t *cf,
    ngx_http_gate_service_way_t *way);
static ngx_uint_t ngx_http_gate_service_keeps(ngx_conf_t *cf,
    ngx_http_upstream_srv_conf_t *uscf);


/* in the order of smcf->passed */

static ngx_http_gate_service_way_t  ngx_http_gate_service_ways[] = {
    { "proxy_pass", "proxy_set_header", "http://$host" },
    { "grpc_pass", "grpc_set_header", "grpc://$host" }
};


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
    ngx_uint_t                          i;
    ngx_http_core_loc_conf_t           *clcf;
    ngx_http_gate_service_way_t        *way;
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_service_module);
    clcf = ngx_http_gate_place_conf(place, &ngx_http_core_module);

    if (ngx_http_gate_api_at(place->loc_conf)->service.len == 0
        || clcf->handler == NULL
        || !(ngx_http_gate_api_named(place->loc_conf) || place->gated))
    {
        return NGX_OK;
    }

    way = ngx_http_gate_service_ways;

    for (i = 0; i < 2; i++) {

        if (smcf->passed[i] == NULL) {
            smcf->passed[i] = ngx_http_gate_service_passed(cf, &way[i]);
        }

        if (clcf->handler != smcf->passed[i]
            || ngx_http_gate_service_sends_host(cf, place, &way[i]))
        {
            continue;
        }

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"%s\" in location \"%V\" does not send "
                      "\"gate_service\" as Host: use \"gate_pass\", or write "
                      "\"%s Host $gate_service\" in %s:%ui", way[i].pass,
                      &place->name, way[i].headers, place->file, place->line);
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_service_sends_host(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_http_gate_service_way_t *way)
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


/*
 * The handler of such a directive is known to its module only: it is asked to
 * set it in a location that is nowhere else.  NULL: there is none.
 */

static ngx_http_handler_pt
ngx_http_gate_service_passed(ngx_conf_t *cf, ngx_http_gate_service_way_t *way)
{
    char                      *rv;
    ngx_str_t                 *value;
    ngx_conf_t                 save;
    ngx_module_t              *m;
    ngx_command_t             *cmd;
    ngx_http_module_t         *module;
    ngx_http_conf_ctx_t        ctx;
    ngx_http_core_loc_conf_t   clcf;

    cmd = ngx_http_gate_place_command(cf, way->pass, &m);
    if (cmd == NULL) {
        return NULL;
    }

    ngx_memzero(&clcf, sizeof(ngx_http_core_loc_conf_t));

    module = m->ctx;
    save = *cf;

    ctx = *(ngx_http_conf_ctx_t *) cf->ctx;
    ctx.loc_conf = ngx_pcalloc(cf->temp_pool,
                               sizeof(void *) * ngx_http_max_module);
    if (ctx.loc_conf == NULL) {
        return NULL;
    }

    cf->pool = cf->temp_pool;
    cf->ctx = &ctx;
    cf->args = ngx_array_create(cf->temp_pool, 2, sizeof(ngx_str_t));
    rv = NGX_CONF_ERROR;

    value = cf->args ? ngx_array_push_n(cf->args, 2) : NULL;

    ctx.loc_conf[ngx_http_core_module.ctx_index] = &clcf;
    ctx.loc_conf[m->ctx_index] = module->create_loc_conf(cf);

    if (value != NULL && ctx.loc_conf[m->ctx_index] != NULL) {
        value[0] = cmd->name;
        value[1].data = (u_char *) way->url;
        value[1].len = ngx_strlen(way->url);

        rv = cmd->set(cf, cmd, ctx.loc_conf[m->ctx_index]);
    }

    *cf = save;

    return (rv == NGX_CONF_OK) ? clcf.handler : NULL;
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


/* what opens a connection for each request costs more than all policies */

void
ngx_http_gate_service_check_upstreams(ngx_conf_t *cf, ngx_array_t *passes)
{
    ngx_str_t                      url;
    ngx_uint_t                     i, j;
    ngx_http_gate_service_pass_t  *pass;
    ngx_http_upstream_srv_conf_t  *uscf;

    pass = passes->elts;

    for (i = 0; i < passes->nelts; i++) {

        uscf = pass[i].upstream;

        if (uscf == NULL) {
            continue;
        }

        if (uscf->srv_conf == NULL) {

            /* made by nginx for an address; without "http://" */

            url.len = pass[i].url.len - 7;
            url.data = pass[i].url.data + 7;

            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "\"%V\" of \"gate_pass\" is no \"upstream\", each "
                          "request opens a connection: write \"upstream NAME "
                          "{ server ADDRESS; keepalive 16; }\" and pass to "
                          "NAME in %s:%ui", &url, pass[i].file, pass[i].line);
            continue;
        }

        /* once for all that pass to it */

        for (j = 0; j < i && pass[j].upstream != uscf; j++) { /* void */ }

        if (j == i && !ngx_http_gate_service_keeps(cf, uscf)) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "upstream \"%V\" of \"gate_pass\" has no "
                          "\"keepalive\", each request opens a connection: "
                          "write \"keepalive 16;\" in it in %s:%ui",
                          &uscf->host, uscf->file_name, uscf->line);
        }
    }
}


/*
 * Since 1.29.7 an upstream keeps connections unless it says "keepalive 0".
 * Before, the first member of the module's configuration says how many, and
 * is 0 without the directive.  Only a warning depends on it.
 */

static ngx_uint_t
ngx_http_gate_service_keeps(ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *uscf)
{
#if (nginx_version >= 1029007)

    return 1;

#else

    ngx_uint_t    *kcf;
    ngx_module_t  *m;

    m = ngx_http_gate_place_module_named(cf,
                                         "ngx_http_upstream_keepalive_module");
    if (m == NULL) {
        return 1;
    }

    kcf = uscf->srv_conf[m->ctx_index];

    return *kcf != 0;

#endif
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

    return ngx_http_gate_place_check(cf, ngx_http_gate_service_check);
}
