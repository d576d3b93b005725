
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Locations of the mesh that write: without a protection the configuration does
 * not load.
 */


#include "ngx_http_mesh_guard.h"

#include "gate_str.h"


#define NGX_HTTP_MESH_GUARD_WRITES  (NGX_HTTP_PUT|NGX_HTTP_POST               \
                                     |NGX_HTTP_PATCH|NGX_HTTP_DELETE)

/* the largest networks for private use: two halves are all addresses */

#define NGX_HTTP_MESH_GUARD_WIDE    0xff000000
#define NGX_HTTP_MESH_GUARD_WIDE6   0xfe


/* the beginning of what ngx_http_access_module keeps for itself */

typedef struct {
    in_addr_t              mask;
    in_addr_t              addr;
    ngx_uint_t             deny;
} ngx_http_mesh_guard_rule_t;

#if (NGX_HAVE_INET6)

typedef struct {
    struct in6_addr        addr;
    struct in6_addr        mask;
    ngx_uint_t             deny;
} ngx_http_mesh_guard_rule6_t;

#endif

typedef struct {
    ngx_array_t           *rules;
#if (NGX_HAVE_INET6)
    ngx_array_t           *rules6;
#endif
} ngx_http_mesh_guard_rules_t;


/* a location of ours, as the check sees it when all has been merged */

typedef struct {
    ngx_module_t          *module;
    ngx_http_handler_pt    handler;
    ngx_str_t              directive;
    ngx_str_t              file;
    ngx_uint_t             line;
    void                 **loc_conf;
    void                 **srv_conf;
    unsigned               writes:1;
} ngx_http_mesh_guard_place_t;


typedef struct {
    ngx_array_t            places;            /* of _guard_place_t */
} ngx_http_mesh_guard_main_conf_t;


typedef struct {
    ngx_uint_t             certificate;       /* nothing else protects it */
    ngx_uint_t             writes;
} ngx_http_mesh_guard_loc_conf_t;


static ngx_int_t ngx_http_mesh_guard_access(ngx_http_request_t *r);
static ngx_uint_t ngx_http_mesh_guard_stranger(ngx_http_request_t *r);
static ngx_uint_t ngx_http_mesh_guard_certified(ngx_http_request_t *r);
static ngx_int_t ngx_http_mesh_guard_check(ngx_conf_t *cf,
    ngx_http_mesh_guard_place_t *p);
static ngx_int_t ngx_http_mesh_guard_form(ngx_conf_t *cf,
    ngx_http_mesh_guard_place_t *p);
static void ngx_http_mesh_guard_block(ngx_http_mesh_guard_place_t *p,
    void **loc_conf);
static ngx_int_t ngx_http_mesh_guard_open(ngx_conf_t *cf,
    ngx_http_mesh_guard_place_t *p, void **loc_conf);
static ngx_uint_t ngx_http_mesh_guard_denies(ngx_conf_t *cf, void **loc_conf);
static ngx_uint_t ngx_http_mesh_guard_denies_inet(ngx_array_t *rules);
static ngx_uint_t ngx_http_mesh_guard_asks_password(ngx_conf_t *cf,
    void **loc_conf);
static ngx_uint_t ngx_http_mesh_guard_asks_certificate(ngx_conf_t *cf,
    void **srv_conf);
static ngx_command_t *ngx_http_mesh_guard_command(ngx_conf_t *cf,
    const char *module, const char *name, ngx_module_t **mp);
static void *ngx_http_mesh_guard_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_mesh_guard_create_loc_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_mesh_guard_init(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_mesh_guard_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_mesh_guard_init,              /* postconfiguration */

    ngx_http_mesh_guard_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_mesh_guard_create_loc_conf,   /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_guard_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_guard_module_ctx,       /* module context */
    NULL,                                  /* module directives */
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


char *
ngx_http_mesh_guard(ngx_conf_t *cf, ngx_module_t *m,
    ngx_http_handler_pt handler, ngx_uint_t writes)
{
    ngx_str_t                        *value;
    ngx_http_conf_ctx_t              *ctx;
    ngx_http_core_loc_conf_t         *clcf;
    ngx_http_mesh_guard_place_t      *p;
    ngx_http_mesh_guard_main_conf_t  *gmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler == handler) {
        return "is duplicate";
    }

    if (clcf->handler != NULL) {
        return "stands beside another content handler";
    }

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_mesh_guard_module);

    p = ngx_array_push(&gmcf->places);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    ctx = cf->ctx;
    value = cf->args->elts;

    p->module = m;
    p->handler = handler;
    p->directive = value[0];
    p->file = cf->conf_file->file.name;
    p->line = cf->conf_file->line;
    p->loc_conf = ctx->loc_conf;
    p->srv_conf = ctx->srv_conf;
    p->writes = (writes != 0);

    clcf->handler = handler;

    ngx_http_mesh_alone(cf);

    return NGX_CONF_OK;
}


/*
 * A certificate that is asked for on a port with TLS is not on one without it.
 * Pages of other sites, in a browser of somebody who may write, may not.
 */

static ngx_int_t
ngx_http_mesh_guard_access(ngx_http_request_t *r)
{
    const char                      *why;
    ngx_http_mesh_guard_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_mesh_guard_module);

    if (!glcf->writes) {
        return NGX_DECLINED;
    }

    if (glcf->certificate && !ngx_http_mesh_guard_certified(r)) {
        why = "no client certificate";

    } else if ((r->method & NGX_HTTP_MESH_GUARD_WRITES)
               && ngx_http_mesh_guard_stranger(r))
    {
        why = "a page of another site asks";

    } else {
        return NGX_DECLINED;
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "mesh guard: refused: %s", why);

    return NGX_HTTP_FORBIDDEN;
}


/* browsers say so: W3C Fetch Metadata, and Origin for those without it */

static ngx_uint_t
ngx_http_mesh_guard_stranger(ngx_http_request_t *r)
{
    gate_str_t        name, value, host;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    host = ngx_http_mesh_str(r->headers_in.server);

    if (r->headers_in.host != NULL) {
        host = ngx_http_mesh_str(r->headers_in.host->value);
    }

    for (part = &r->headers_in.headers.part; part; part = part->next) {

        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            name = ngx_http_mesh_str(h[i].key);
            value = ngx_http_mesh_str(h[i].value);

            if (gate_str_eq_nocase(name, gate_cstr("sec-fetch-site"))
                && !gate_str_eq(value, gate_cstr("same-origin"))
                && !gate_str_eq(value, gate_cstr("none")))
            {
                return 1;
            }

            if (gate_str_eq_nocase(name, gate_cstr("origin"))
                && (value.len < host.len + 3
                    || !gate_str_eq_nocase(host,
                           gate_str(value.data + value.len - host.len,
                                    host.len))
                    || value.data[value.len - host.len - 1] != '/'))
            {
                return 1;
            }
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_mesh_guard_certified(ngx_http_request_t *r)
{
#if (NGX_HTTP_SSL)

    X509  *cert;

    if (r->connection->ssl == NULL
        || SSL_get_verify_result(r->connection->ssl->connection) != X509_V_OK)
    {
        return 0;
    }

    cert = SSL_get_peer_certificate(r->connection->ssl->connection);

    if (cert == NULL) {
        return 0;
    }

    X509_free(cert);

    return 1;

#else

    return 0;

#endif
}


static ngx_int_t
ngx_http_mesh_guard_check(ngx_conf_t *cf, ngx_http_mesh_guard_place_t *p)
{
    void                            **block;
    ngx_http_core_loc_conf_t         *clcf;
    ngx_http_mesh_guard_loc_conf_t   *glcf;

    clcf = p->loc_conf[ngx_http_core_module.ctx_index];
    glcf = p->loc_conf[ngx_http_mesh_guard_module.ctx_index];
    glcf->writes = p->writes;

    block = clcf->limit_except_loc_conf;

    if (ngx_http_mesh_guard_form(cf, p) != NGX_OK) {
        return NGX_ERROR;
    }

    if (block != NULL) {
        ngx_http_mesh_guard_block(p, block);
    }

    if (!p->writes) {
        return NGX_OK;
    }

    /* methods of a block of limit_except know nothing of what is around it */

    if ((block == NULL
         || (clcf->limit_except & NGX_HTTP_MESH_GUARD_WRITES)
            != NGX_HTTP_MESH_GUARD_WRITES)
        && ngx_http_mesh_guard_open(cf, p, p->loc_conf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (block != NULL && (clcf->limit_except & NGX_HTTP_MESH_GUARD_WRITES)
        && ngx_http_mesh_guard_open(cf, p, block) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_mesh_guard_form(ngx_conf_t *cf, ngx_http_mesh_guard_place_t *p)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = p->loc_conf[ngx_http_core_module.ctx_index];

    if (clcf->handler != p->handler) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%V\" is not alone: take the other content handler "
                      "out of location \"%V\" in %V:%ui",
                      &p->directive, &clcf->name, &p->file, p->line);
        return NGX_ERROR;
    }

    if (p->writes && (clcf->exact_match || clcf->named
#if (NGX_PCRE)
                      || clcf->regex
#endif
                      ))
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%V\" has paths below its location: write it into "
                      "one of a prefix, not \"%V\", in %V:%ui",
                      &p->directive, &clcf->name, &p->file, p->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* nginx gives a block of limit_except no content handler */

static void
ngx_http_mesh_guard_block(ngx_http_mesh_guard_place_t *p, void **loc_conf)
{
    ngx_http_core_loc_conf_t        *clcf;
    ngx_http_mesh_guard_loc_conf_t  *glcf;

    clcf = loc_conf[ngx_http_core_module.ctx_index];
    glcf = loc_conf[ngx_http_mesh_guard_module.ctx_index];

    clcf->handler = p->handler;
    glcf->writes = p->writes;

    loc_conf[p->module->ctx_index] = p->loc_conf[p->module->ctx_index];
}


static ngx_int_t
ngx_http_mesh_guard_open(ngx_conf_t *cf, ngx_http_mesh_guard_place_t *p,
    void **loc_conf)
{
    ngx_http_core_loc_conf_t        *clcf;
    ngx_http_mesh_guard_loc_conf_t  *glcf;

    clcf = loc_conf[ngx_http_core_module.ctx_index];
    glcf = loc_conf[ngx_http_mesh_guard_module.ctx_index];

    if (clcf->satisfy == NGX_HTTP_SATISFY_ANY) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"satisfy any\" lets one protection of \"%V\" replace "
                      "all others: write \"satisfy all\" into location "
                      "\"%V\" in %V:%ui",
                      &p->directive, &clcf->name, &p->file, p->line);
        return NGX_ERROR;
    }

    if (ngx_http_mesh_guard_denies(cf, loc_conf)
        || ngx_http_mesh_guard_asks_password(cf, loc_conf))
    {
        return NGX_OK;
    }

    if (ngx_http_mesh_guard_asks_certificate(cf, p->srv_conf)) {
        glcf->certificate = 1;
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"%V\" in location \"%V\" is open to everybody: write "
                  "\"allow ADDRESS; deny all;\" into it, or \"auth_basic\" "
                  "with \"auth_basic_user_file\", or \"ssl_verify_client "
                  "on\" for its server, in %V:%ui",
                  &p->directive, &clcf->name, &p->file, p->line);

    return NGX_ERROR;
}


/* a line before "deny all" lets in at most the largest private network */

static ngx_uint_t
ngx_http_mesh_guard_denies(ngx_conf_t *cf, void **loc_conf)
{
    ngx_module_t                  *m;
    ngx_http_mesh_guard_rules_t   *rules;
#if (NGX_HAVE_INET6)
    ngx_uint_t                     i;
    ngx_http_mesh_guard_rule6_t   *rule6;
    static const struct in6_addr   any;
#endif

    if (ngx_http_mesh_guard_command(cf, "ngx_http_access_module", "deny", &m)
        == NULL)
    {
        return 0;
    }

    rules = loc_conf[m->ctx_index];

    if (rules->rules == NULL
        || !ngx_http_mesh_guard_denies_inet(rules->rules))
    {
        return 0;
    }

#if (NGX_HAVE_INET6)

    if (rules->rules6 == NULL) {
        return 0;
    }

    rule6 = rules->rules6->elts;

    for (i = 0; i < rules->rules6->nelts; i++) {

        if (!rule6[i].deny
            && rule6[i].mask.s6_addr[0] < NGX_HTTP_MESH_GUARD_WIDE6)
        {
            return 0;
        }

        if (ngx_memcmp(&rule6[i].mask, &any, sizeof(any)) == 0) {
            return 1;
        }
    }

    return 0;

#else

    return 1;

#endif
}


static ngx_uint_t
ngx_http_mesh_guard_denies_inet(ngx_array_t *rules)
{
    ngx_uint_t                   i;
    ngx_http_mesh_guard_rule_t  *rule;

    rule = rules->elts;

    for (i = 0; i < rules->nelts; i++) {

        if (!rule[i].deny && ntohl(rule[i].mask) < NGX_HTTP_MESH_GUARD_WIDE) {
            return 0;
        }

        if (rule[i].mask == 0) {
            return 1;
        }
    }

    return 0;
}


/* without a file nginx asks nobody; a realm of a variable may be "off" */

static ngx_uint_t
ngx_http_mesh_guard_asks_password(ngx_conf_t *cf, void **loc_conf)
{
    u_char                    *conf;
    ngx_module_t              *m;
    ngx_command_t             *cmd, *users;
    ngx_http_complex_value_t  *realm, *file;

    cmd = ngx_http_mesh_guard_command(cf, "ngx_http_auth_basic_module",
                                      "auth_basic", &m);
    users = ngx_http_mesh_guard_command(cf, "ngx_http_auth_basic_module",
                                        "auth_basic_user_file", &m);

    if (cmd == NULL || users == NULL) {
        return 0;
    }

    conf = loc_conf[m->ctx_index];
    realm = *(ngx_http_complex_value_t **) (conf + cmd->offset);
    file = *(ngx_http_complex_value_t **) (conf + users->offset);

    return file != NULL && file != NGX_CONF_UNSET_PTR
           && realm != NULL && realm != NGX_CONF_UNSET_PTR
           && realm->lengths == NULL
           && !gate_str_eq(ngx_http_mesh_str(realm->value), gate_cstr("off"));
}


/* "on"; "optional" asks for none */

static ngx_uint_t
ngx_http_mesh_guard_asks_certificate(ngx_conf_t *cf, void **srv_conf)
{
    u_char         *conf;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    cmd = ngx_http_mesh_guard_command(cf, "ngx_http_ssl_module",
                                      "ssl_verify_client", &m);

    if (cmd == NULL) {
        return 0;
    }

    conf = srv_conf[m->ctx_index];

    return *(ngx_uint_t *) (conf + cmd->offset) == 1;
}


/* the directive of a module of this nginx, NULL if it has none */

static ngx_command_t *
ngx_http_mesh_guard_command(ngx_conf_t *cf, const char *module,
    const char *name, ngx_module_t **mp)
{
    ngx_uint_t      i;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    for (i = 0; cf->cycle->modules[i]; i++) {

        m = cf->cycle->modules[i];

        if (m->type != NGX_HTTP_MODULE || ngx_strcmp(m->name, module) != 0
            || m->commands == NULL)
        {
            continue;
        }

        for (cmd = m->commands; cmd->name.len; cmd++) {

            if (ngx_strcmp(cmd->name.data, name) == 0) {
                *mp = m;
                return cmd;
            }
        }
    }

    return NULL;
}


static void *
ngx_http_mesh_guard_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_mesh_guard_main_conf_t  *gmcf;

    gmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_guard_main_conf_t));
    if (gmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&gmcf->places, cf->pool, 4,
                       sizeof(ngx_http_mesh_guard_place_t))
        != NGX_OK)
    {
        return NULL;
    }

    return gmcf;
}


static void *
ngx_http_mesh_guard_create_loc_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     glcf->certificate = 0;
     *     glcf->writes = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_guard_loc_conf_t));
}


static ngx_int_t
ngx_http_mesh_guard_init(ngx_conf_t *cf)
{
    ngx_uint_t                        i;
    ngx_http_handler_pt              *h;
    ngx_http_core_main_conf_t        *cmcf;
    ngx_http_mesh_guard_place_t      *p;
    ngx_http_mesh_guard_main_conf_t  *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_mesh_guard_module);

    if (gmcf->places.nelts == 0) {
        return NGX_OK;
    }

    p = gmcf->places.elts;

    for (i = 0; i < gmcf->places.nelts; i++) {
        if (ngx_http_mesh_guard_check(cf, &p[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_mesh_guard_access;

    return NGX_OK;
}
