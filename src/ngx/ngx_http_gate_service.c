
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The hand-over: gate_api, gate_service and gate_pass, which is nginx's own
 * proxy_pass with the sidecar contract applied.
 */


#include "ngx_http_gate_service.h"

#include "gate_uri.h"


typedef struct {
    void                     **loc_conf;  /* of the location */
    ngx_str_t                  url;
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_service_pass_t;


typedef struct {
    ngx_array_t               *passes;
    ngx_array_t               *sidecars;  /* of ngx_addr_t */
} ngx_http_gate_service_main_conf_t;


static ngx_int_t ngx_http_gate_service_handler(ngx_http_request_t *r);
static char *ngx_http_gate_service_api(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_service_name(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_service_pass(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_service_forwarded(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_gate_service_trace(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_service_lane(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_command_t *ngx_http_gate_service_command(ngx_conf_t *cf,
    const char *name, ngx_module_t **mp);
static char *ngx_http_gate_service_dispatch(ngx_conf_t *cf, const char *name,
    ngx_str_t *arg);
static char *ngx_http_gate_service_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf);
static ngx_array_t *ngx_http_gate_service_outer_headers(
    ngx_http_gate_service_loc_conf_t *conf, ngx_module_t *m,
    ngx_command_t *cmd, ngx_uint_t *own);
static ngx_uint_t ngx_http_gate_service_is_ours(ngx_str_t *name);
static ngx_int_t ngx_http_gate_service_collect(ngx_conf_t *cf,
    ngx_http_gate_service_pass_t *pass, ngx_array_t *sidecars);
static ngx_int_t ngx_http_gate_service_add_servers(
    ngx_http_upstream_srv_conf_t *uscf, ngx_array_t *sidecars);
static void *ngx_http_gate_service_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_service_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_service_merge_loc_conf(ngx_conf_t *cf,
    void *parent, void *child);
static char *ngx_http_gate_service_merge_pass(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *prev,
    ngx_http_gate_service_loc_conf_t *conf);
static ngx_int_t ngx_http_gate_service_init(ngx_conf_t *cf);


static ngx_command_t  ngx_http_gate_service_commands[] = {

    { ngx_string("gate_api"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_service_api,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_service"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_service_name,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_pass"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_service_pass,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_forwarded"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_service_forwarded,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_trace"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_1MORE,
      ngx_http_gate_service_trace,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_lane"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_service_lane,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_service_module_ctx = {
    ngx_http_gate_fields_add_variables,    /* preconfiguration */
    ngx_http_gate_service_init,            /* postconfiguration */

    ngx_http_gate_service_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_service_create_loc_conf, /* create location configuration */
    ngx_http_gate_service_merge_loc_conf   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_service_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_service_module_ctx,     /* module context */
    ngx_http_gate_service_commands,        /* module directives */
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


/*
 * In front of proxy_pass's handler: only what went through the whole pipeline
 * of this location goes on.  error_page of a refusal ends here when it leads
 * to a location that would proxy it.
 */

static ngx_int_t
ngx_http_gate_service_handler(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t               *ctx;
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    ctx = ngx_http_gate_get_ctx(r);

    if (r == r->main
        && (ctx == NULL || !ctx->shaped
            || ctx->reason != NGX_HTTP_GATE_ADMITTED))
    {
        if (ctx != NULL && ctx->reason != NGX_HTTP_GATE_ADMITTED) {
            ctx->redirects = r->uri_changes;
            return ngx_http_gate_reason_status(ctx->reason);
        }

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gate service: \"%V\" was reached past the gate",
                      &r->uri);

        return NGX_HTTP_FORBIDDEN;
    }

    return slcf->handler(r);
}


/* SHIELD: a path that servers read differently is nobody's */

ngx_int_t
ngx_http_gate_service_shield(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (r->internal
        || gate_uri_path_ok(ngx_http_gate_view(&r->unparsed_uri)))
    {
        return NGX_OK;
    }

    return ngx_http_gate_deny(r, ctx, NGX_HTTP_GATE_BAD_PATH, NULL);
}


/* SHAPE, last: the path that was matched is the path that is sent */

ngx_int_t
ngx_http_gate_service_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    ctx->shaped = 1;
    ctx->passed = slcf->pass;

    if (ctx->passed) {
        r->valid_unparsed_uri = 0;
    }

    return NGX_OK;
}


ngx_http_gate_api_t *
ngx_http_gate_api(ngx_http_request_t *r)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    return &slcf->api;
}


ngx_http_gate_api_t *
ngx_http_gate_api_conf(ngx_conf_t *cf)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_gate_service_module);

    return &slcf->api;
}


ngx_uint_t
ngx_http_gate_service_keeps_b3(ngx_http_request_t *r)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    return slcf->b3;
}


ngx_uint_t
ngx_http_gate_service_appends(ngx_http_request_t *r)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    return slcf->append;
}


ngx_array_t *
ngx_http_gate_service_sidecars(ngx_cycle_t *cycle)
{
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_service_module);

    return smcf ? smcf->sidecars : NULL;
}


/* gate_api NAME [version=V]; */

static char *
ngx_http_gate_service_api(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;

    if (slcf->api.name.data != NULL) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (value[1].len == 0 || value[1].len > GATE_JOURNAL_API) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid API name \"%V\", it may have 1 to %d bytes",
                           &value[1], GATE_JOURNAL_API);
        return NGX_CONF_ERROR;
    }

    slcf->api.name = value[1];

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "version=", 8) == 0
            && value[i].len > 8
            && value[i].len - 8 <= GATE_JOURNAL_VERSION
            && slcf->api.version.data == NULL)
        {
            slcf->api.version.len = value[i].len - 8;
            slcf->api.version.data = value[i].data + 8;
            continue;
        }

        if (ngx_strncmp(value[i].data, "deprecated=", 11) == 0
            || ngx_strncmp(value[i].data, "sunset=", 7) == 0
            || ngx_strncmp(value[i].data, "successor=", 10) == 0)
        {
            return ngx_http_gate_unsupported(cf, &value[i]);
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* gate_service HOST[:PORT]; static, as it becomes the Host field */

static char *
ngx_http_gate_service_name(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    u_char       ch;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (slcf->api.service.data != NULL) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    for (i = 0; i < value[1].len; i++) {
        ch = ngx_tolower(value[1].data[i]);

        if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9')
              || ch == '-' || ch == '.' || ch == '_' || ch == ':'
              || ch == '[' || ch == ']'))
        {
            break;
        }
    }

    if (i < value[1].len || i == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid service name \"%V\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    slcf->api.service = value[1];

    return NGX_CONF_OK;
}


/* gate_pass URL; */

static char *
ngx_http_gate_service_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    char                               *rv;
    ngx_str_t                          *value, version, retry;
    ngx_http_core_loc_conf_t           *clcf;
    ngx_http_gate_service_pass_t       *pass;
    ngx_http_gate_service_main_conf_t  *smcf;

    if (slcf->pass) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (ngx_strncasecmp(value[1].data, (u_char *) "grpc", 4) == 0) {
        return ngx_http_gate_unsupported(cf, &value[1]);
    }

    rv = ngx_http_gate_service_dispatch(cf, "proxy_pass", &value[1]);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_str_set(&version, "1.1");

    rv = ngx_http_gate_service_dispatch(cf, "proxy_http_version", &version);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    /* the sidecar retries; nginx asks again only over a stale connection */

    ngx_str_set(&retry, "error");

    rv = ngx_http_gate_service_dispatch(cf, "proxy_next_upstream", &retry);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    slcf->handler = clcf->handler;
    clcf->handler = ngx_http_gate_service_handler;

    slcf->pass = 1;
    slcf->file = cf->conf_file->file.name.data;
    slcf->line = cf->conf_file->line;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_service_module);

    pass = ngx_array_push(smcf->passes);
    if (pass == NULL) {
        return NGX_CONF_ERROR;
    }

    pass->loc_conf = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;
    pass->url = value[1];
    pass->file = slcf->file;
    pass->line = slcf->line;

    return NGX_CONF_OK;
}


/* gate_forwarded replace | append; */

static char *
ngx_http_gate_service_forwarded(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    ngx_str_t  *value;

    if (slcf->append != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "append") == 0) {
        slcf->append = 1;

    } else if (ngx_strcmp(value[1].data, "replace") == 0) {
        slcf->append = 0;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* gate_trace any | off | trusted [b3] [sample=PERCENT]; */

static char *
ngx_http_gate_service_trace(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    ngx_int_t    n;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (slcf->trace != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    slcf->trace = NGX_HTTP_GATE_TRACE_ANY;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "any") == 0) {
            slcf->trace = NGX_HTTP_GATE_TRACE_ANY;
            continue;
        }

        if (ngx_strcmp(value[i].data, "off") == 0) {
            slcf->trace = NGX_HTTP_GATE_TRACE_OFF;
            continue;
        }

        if (ngx_strcmp(value[i].data, "trusted") == 0) {
            slcf->trace = NGX_HTTP_GATE_TRACE_TRUSTED;
            continue;
        }

        if (ngx_strcmp(value[i].data, "b3") == 0) {
            slcf->b3 = 1;
            continue;
        }

        if (ngx_strncmp(value[i].data, "sample=", 7) == 0) {
            n = ngx_atoi(value[i].data + 7, value[i].len - 7);

            if (n >= 0 && n <= 100) {
                slcf->sample = n;
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* gate_lane hash=VALUE; */

static char *
ngx_http_gate_service_lane(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    ngx_str_t                         *value, s;
    ngx_http_compile_complex_value_t   ccv;

    if (slcf->lane != NULL) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (ngx_strncmp(value[1].data, "hash=", 5) != 0 || value[1].len == 5) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    s.len = value[1].len - 5;
    s.data = value[1].data + 5;

    slcf->lane = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (slcf->lane == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &s;
    ccv.complex_value = slcf->lane;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


/* a directive of another module, by its name in the tables of this cycle */

static ngx_command_t *
ngx_http_gate_service_command(ngx_conf_t *cf, const char *name,
    ngx_module_t **mp)
{
    ngx_uint_t      i;
    ngx_command_t  *cmd;

    for (i = 0; cf->cycle->modules[i]; i++) {

        if (cf->cycle->modules[i]->type != NGX_HTTP_MODULE
            || cf->cycle->modules[i]->commands == NULL)
        {
            continue;
        }

        for (cmd = cf->cycle->modules[i]->commands; cmd->name.len; cmd++) {
            if (ngx_strcmp(cmd->name.data, name) == 0) {
                *mp = cf->cycle->modules[i];
                return cmd;
            }
        }
    }

    return NULL;
}


static char *
ngx_http_gate_service_dispatch(ngx_conf_t *cf, const char *name,
    ngx_str_t *arg)
{
    char           *rv;
    void           *conf, **confp;
    ngx_str_t      *value;
    ngx_array_t    *saved;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    cmd = ngx_http_gate_service_command(cf, name, &m);

    if (cmd == NULL || !(cmd->type & cf->cmd_type)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "this nginx has no \"%s\" here", name);
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

    rv = cmd->set(cf, cmd, conf);

    cf->args = saved;

    return rv;
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
    void                 *pcf;
    ngx_uint_t            i, own;
    ngx_array_t          *from, *to;
    ngx_keyval_t         *kv, *h;
    ngx_module_t         *m;
    ngx_command_t        *cmd;

    cmd = ngx_http_gate_service_command(cf, "proxy_set_header", &m);

    if (cmd == NULL || cmd->set != ngx_conf_set_keyval_slot) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "this nginx's \"proxy_set_header\" is not known");
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

    kv = from ? from->elts : NULL;

    for (i = 0; from && i < from->nelts; i++) {

        if (ngx_http_gate_service_is_ours(&kv[i].key)) {

            if (own) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "\"proxy_set_header %V\" is written by "
                              "\"gate_pass\" in %s:%ui", &kv[i].key,
                              conf->file, conf->line);
                return NGX_CONF_ERROR;
            }

            continue;
        }

        h = ngx_array_push(to);
        if (h == NULL) {
            return NGX_CONF_ERROR;
        }

        *h = kv[i];
    }

    for (kv = ngx_http_gate_fields; kv->key.len; kv++) {
        h = ngx_array_push(to);
        if (h == NULL) {
            return NGX_CONF_ERROR;
        }

        *h = *kv;
    }

    /* known here, and so not a variable at run time */

    h = ngx_array_push(to);
    if (h == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&h->key, "Host");
    h->value = conf->api.service;

    *(ngx_array_t **) ((char *) pcf + cmd->offset) = to;

    return NGX_CONF_OK;
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
    ngx_keyval_t  *kv;

    if (name->len == 4 && ngx_strncasecmp(name->data, (u_char *) "host", 4) == 0)
    {
        return 1;
    }

    for (kv = ngx_http_gate_fields; kv->key.len; kv++) {
        if (gate_str_eq_nocase(ngx_http_gate_view(&kv->key),
                               ngx_http_gate_view(name)))
        {
            return 1;
        }
    }

    return 0;
}


/* addresses behind a gate_pass, for readiness; none for variables */

static ngx_int_t
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


static void *
ngx_http_gate_service_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_service_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    smcf->passes = ngx_array_create(cf->pool, 4,
                                    sizeof(ngx_http_gate_service_pass_t));
    smcf->sidecars = ngx_array_create(cf->pool, 2, sizeof(ngx_addr_t));

    if (smcf->passes == NULL || smcf->sidecars == NULL) {
        return NULL;
    }

    return smcf;
}


static void *
ngx_http_gate_service_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_service_loc_conf_t  *slcf;

    /*
     * set by ngx_pcalloc():
     *
     *     slcf->api = all empty;
     *     slcf->pass = 0;
     *     slcf->b3 = 0;
     *     slcf->lane = NULL;
     */

    slcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_service_loc_conf_t));
    if (slcf == NULL) {
        return NULL;
    }

    slcf->append = NGX_CONF_UNSET_UINT;
    slcf->trace = NGX_CONF_UNSET_UINT;
    slcf->sample = 1;

    /* while http{} itself is being made cf->ctx is not yet http's */

    if (cf->cmd_type != NGX_MAIN_CONF) {
        slcf->outer = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;
    }

    return slcf;
}


static char *
ngx_http_gate_service_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_service_loc_conf_t *prev = parent;
    ngx_http_gate_service_loc_conf_t *conf = child;

    if (conf->api.name.data == NULL) {
        conf->api.name = prev->api.name;
        conf->api.version = prev->api.version;
    }

    if (conf->api.service.data == NULL) {
        conf->api.service = prev->api.service;
    }

    ngx_conf_merge_uint_value(conf->append, prev->append, 0);

    if (conf->trace == NGX_CONF_UNSET_UINT) {
        conf->trace = (prev->trace == NGX_CONF_UNSET_UINT)
                      ? NGX_HTTP_GATE_TRACE_ANY : prev->trace;
        conf->b3 = prev->b3;
        conf->sample = prev->sample;
    }

    if (conf->lane == NULL) {
        conf->lane = prev->lane;
    }

    return ngx_http_gate_service_merge_pass(cf, prev, conf);
}


static char *
ngx_http_gate_service_merge_pass(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *prev,
    ngx_http_gate_service_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (!conf->pass) {

        /* blocks of "if" and "limit_except" belong to their location */

        if (clcf->noname && prev->pass) {
            conf->pass = 1;
            conf->handler = prev->handler;

            if (clcf->lmt_excpt && clcf->handler == NULL) {
                clcf->handler = ngx_http_gate_service_handler;
            }

            ngx_http_gate_policy(cf);
        }

        return NGX_CONF_OK;
    }

    ngx_http_gate_policy(cf);

    if (clcf->handler != ngx_http_gate_service_handler) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "another content handler directive overrides "
                      "\"gate_pass\" in %s:%ui", conf->file, conf->line);
        return NGX_CONF_ERROR;
    }

    if (conf->api.service.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_pass\" needs \"gate_service\" in %s:%ui",
                      conf->file, conf->line);
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_service_headers(cf, conf);
}


static ngx_int_t
ngx_http_gate_service_init(ngx_conf_t *cf)
{
    ngx_uint_t                          i;
    ngx_http_core_loc_conf_t           *clcf;
    ngx_http_gate_auth_conf_t          *acf;
    ngx_http_gate_service_pass_t       *pass;
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_service_module);
    pass = smcf->passes->elts;

    for (i = 0; i < smcf->passes->nelts; i++) {

        if (ngx_http_gate_service_collect(cf, &pass[i], smcf->sidecars)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        acf = pass[i].loc_conf[ngx_http_gate_auth_module.ctx_index];
        clcf = pass[i].loc_conf[ngx_http_core_module.ctx_index];

        if (!acf->enable) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "location \"%V\" passes to the sidecar without "
                          "\"gate_auth\" in %s:%ui", &clcf->name,
                          pass[i].file, pass[i].line);
        }
    }

    return NGX_OK;
}
