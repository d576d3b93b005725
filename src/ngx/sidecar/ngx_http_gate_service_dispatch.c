
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The protocols towards a sidecar: a directive of nginx's is given as the user
 * would have written it.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_request.h"


static ngx_http_handler_pt ngx_http_gate_service_passed(ngx_conf_t *cf,
    const ngx_http_gate_service_way_t *way);


/* the sidecar retries; nginx asks again only over a stale connection */

static const ngx_keyval_t  ngx_http_gate_service_http[] = {
    { ngx_string("proxy_http_version"), ngx_string("1.1") },
    { ngx_string("proxy_next_upstream"), ngx_string("error") },
    { ngx_null_string, ngx_null_string }
};


static const ngx_keyval_t  ngx_http_gate_service_grpc[] = {
    { ngx_string("grpc_next_upstream"), ngx_string("error") },
    { ngx_null_string, ngx_null_string }
};


/* the first one is for what a variable will say */

const ngx_http_gate_service_way_t
    ngx_http_gate_service_ways[NGX_HTTP_GATE_SERVICE_WAYS] =
{
    { "HTTP", "http://", "https://", { 80, 443 },
      "proxy_pass", "proxy_set_header", "proxy_ignore_headers",
      "http://$host", ngx_http_gate_service_http, 1, 1, 1, 0 },

    { "gRPC", "grpc://", "grpcs://", { 0, 0 },
      "grpc_pass", "grpc_set_header", "grpc_ignore_headers",
      "grpc://$host", ngx_http_gate_service_grpc, 0, 0, 0, 1 }
};


const ngx_http_gate_service_way_t *
ngx_http_gate_service_way(ngx_str_t *url, ngx_str_t *rest)
{
    gate_str_t                          text, with;
    ngx_uint_t                          i;
    const ngx_http_gate_service_way_t  *way;

    text = ngx_http_gate_view(url);

    for (i = 0; i < NGX_HTTP_GATE_SERVICE_WAYS; i++) {
        way = &ngx_http_gate_service_ways[i];
        with = gate_cstr(way->plain);

        if (!gate_str_begins_nocase(text, with)) {
            with = gate_cstr(way->secure);
        }

        if (gate_str_begins_nocase(text, with)) {
            rest->len = url->len - with.len;
            rest->data = url->data + with.len;

            return way;
        }
    }

    return NULL;
}


const ngx_http_gate_service_way_t *
ngx_http_gate_service_plain_way(ngx_conf_t *cf, ngx_http_handler_pt handler)
{
    ngx_uint_t                          i;
    const ngx_http_gate_service_way_t  *way;
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_service_module);

    for (i = 0; handler != NULL && i < NGX_HTTP_GATE_SERVICE_WAYS; i++) {
        way = &ngx_http_gate_service_ways[i];

        if (smcf->passed[i] == NULL) {
            smcf->passed[i] = ngx_http_gate_service_passed(cf, way);
        }

        if (smcf->passed[i] == handler) {
            return way;
        }
    }

    return NULL;
}


const ngx_http_gate_service_way_t *
ngx_http_gate_service_way_at(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_core_loc_conf_t          *clcf;
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_gate_place_conf(place, &ngx_http_gate_service_module);
    clcf = ngx_http_gate_place_conf(place, &ngx_http_core_module);

    return slcf->to.pass ? slcf->way
                         : ngx_http_gate_service_plain_way(cf, clcf->handler);
}


/*
 * The handler of such a directive is known to its module only: it is asked to
 * set it in a location that is nowhere else.  NULL: there is none.
 */

static ngx_http_handler_pt
ngx_http_gate_service_passed(ngx_conf_t *cf,
    const ngx_http_gate_service_way_t *way)
{
    char                      *rv;
    ngx_str_t                 *value;
    ngx_conf_t                 save;
    ngx_module_t              *m;
    ngx_command_t             *cmd;
    ngx_http_module_t         *module;
    ngx_http_conf_ctx_t        ctx;
    ngx_http_core_loc_conf_t   clcf;

    static ngx_str_t  host = ngx_string("host");

    cmd = ngx_http_gate_place_command(cf, way->pass, &m);
    if (cmd == NULL) {
        return NULL;
    }

    /* the URL's variable is known from then on, by a name that has to stay */

    if (ngx_http_get_variable_index(cf, &host) == NGX_ERROR) {
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


/* the configuration of such a module begins with the one of all upstreams */

ngx_http_upstream_conf_t *
ngx_http_gate_service_upstream(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    const ngx_http_gate_service_way_t *way)
{
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    cmd = ngx_http_gate_place_command(cf, way->ignore, &m);

    if (cmd == NULL
        || cmd->offset != offsetof(ngx_http_upstream_conf_t, ignore_headers))
    {
        return NULL;
    }

    return ngx_http_gate_place_conf(place, m);
}


char *
ngx_http_gate_service_dispatch(ngx_conf_t *cf, const char *name,
    const ngx_str_t *arg)
{
    char           *rv;
    void           *conf, **confp;
    ngx_str_t      *value;
    ngx_array_t    *saved;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    cmd = ngx_http_gate_place_command(cf, name, &m);

    if (cmd == NULL || !(cmd->type & NGX_HTTP_LOC_CONF)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"gate_pass\" needs \"%s\", which this nginx does "
                           "not have: build it with the module of that "
                           "directive", name);
        return NGX_CONF_ERROR;
    }

    saved = cf->args;

    cf->args = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
    if (cf->args == NULL) {
        return NGX_CONF_ERROR;
    }

    value = ngx_array_push_n(cf->args, 2);
    if (value == NULL) {
        return NGX_CONF_ERROR;
    }

    value[0] = cmd->name;
    value[1].len = arg->len;
    value[1].data = ngx_pnalloc(cf->pool, arg->len + 1);
    if (value[1].data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_cpystrn(value[1].data, arg->data, arg->len + 1);

    confp = *(void **) ((char *) cf->ctx + cmd->conf);
    conf = confp[m->ctx_index];

    if (cmd->set == ngx_conf_set_bitmask_slot
        && *(ngx_uint_t *) ((char *) conf + cmd->offset) != 0)
    {
        /* it would add to what is there */
        rv = "is duplicate";

    } else {
        rv = cmd->set(cf, cmd, conf);
    }

    cf->args = saved;

    return rv;
}
