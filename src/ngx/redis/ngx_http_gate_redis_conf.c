
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_redis: where Redis is, and how to log in.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_redis_conf.h"
#include "ngx_http_gate_conf.h"


#define NGX_HTTP_GATE_REDIS_PORT      6379
#define NGX_HTTP_GATE_REDIS_TIMEOUT   20
#define NGX_HTTP_GATE_REDIS_LONGEST   60000        /* ms, that one may wait */
#define NGX_HTTP_GATE_REDIS_SECRET    1024         /* bytes of a password */


static char *ngx_http_gate_redis_conf_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_redis_conf_address(ngx_conf_t *cf,
    ngx_http_gate_redis_conf_t *rcf, ngx_str_t *value);
static ngx_uint_t ngx_http_gate_redis_conf_is_name(ngx_str_t *host);
static char *ngx_http_gate_redis_conf_name(ngx_conf_t *cf,
    ngx_http_gate_redis_conf_t *rcf, ngx_url_t *u);
static char *ngx_http_gate_redis_conf_password(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static void *ngx_http_gate_redis_conf_create(ngx_conf_t *cf);


static ngx_http_gate_conf_row_t  ngx_http_gate_redis_conf_params[] = {

    { ngx_string("db=NUMBER"), NGX_HTTP_GATE_CONF_NUMBER,
      offsetof(ngx_http_gate_redis_conf_t, db),
      0, NGX_MAX_INT32_VALUE, NULL },

    { ngx_string("timeout=TIME"), NGX_HTTP_GATE_CONF_MSEC,
      offsetof(ngx_http_gate_redis_conf_t, timeout),
      1, NGX_HTTP_GATE_REDIS_LONGEST, NULL },

    { ngx_string("user=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_redis_conf_t, user), 1, 0, NULL },

    { ngx_string("redis_password=file:PATH"), NGX_HTTP_GATE_CONF_SECRET,
      offsetof(ngx_http_gate_redis_conf_t, password),
      0, 0, ngx_http_gate_redis_conf_password },

      ngx_http_gate_conf_end
};
static ngx_int_t ngx_http_gate_redis_conf_read(ngx_uint_t n, ngx_str_t *name,
    void *values);
static ngx_int_t ngx_http_gate_redis_conf_add(ngx_conf_t *cf);


ngx_http_gate_family_t  ngx_http_gate_redis_answers = {
    "gate_redis_up", NGX_HTTP_GATE_GAUGE,
    "1 if Redis answers.",
    { NULL, NULL, NULL, NULL }, NULL, 0, NULL
};


ngx_http_gate_family_t  ngx_http_gate_redis_evicts = {
    "gate_redis_eviction", NGX_HTTP_GATE_GAUGE,
    "1 if Redis may throw keys away: its policy is not noeviction.",
    { NULL, NULL, NULL, NULL }, NULL, 0, NULL
};


ngx_http_gate_family_t  ngx_http_gate_redis_policy = {
    "gate_redis_policy_known", NGX_HTTP_GATE_GAUGE,
    "1 if Redis has told its maxmemory-policy.",
    { NULL, NULL, NULL, NULL }, NULL, 0, NULL
};


static const ngx_http_gate_row_t  ngx_http_gate_redis_rows[] = {

    { "up", ngx_http_gate_row_family(BOOLEAN, &ngx_http_gate_redis_answers) },

    { "eviction",
      ngx_http_gate_row_family(BOOLEAN, &ngx_http_gate_redis_evicts) },

    { "policy_known",
      ngx_http_gate_row_family(BOOLEAN, &ngx_http_gate_redis_policy) },

      ngx_http_gate_null_row
};


static ngx_http_gate_group_t  ngx_http_gate_redis_group = {
    "redis", 1, NULL, NULL, 0, ngx_http_gate_redis_conf_read,
    ngx_http_gate_redis_rows
};


static ngx_command_t  ngx_http_gate_redis_commands[] = {

    { ngx_string("gate_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_gate_redis_conf_set,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_redis_module_ctx = {
    ngx_http_gate_redis_conf_add,          /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_redis_conf_create,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_redis_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_redis_module_ctx,       /* module context */
    ngx_http_gate_redis_commands,          /* module directives */
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


ngx_http_gate_redis_conf_t *
ngx_http_gate_redis_conf(ngx_cycle_t *cycle)
{
    ngx_http_gate_redis_conf_t  *rcf;

    rcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_redis_module);

    return (rcf != NULL && rcf->url.len != 0) ? rcf : NULL;
}


ngx_uint_t
ngx_http_gate_redis_configured(ngx_cycle_t *cycle)
{
    return ngx_http_gate_redis_conf(cycle) != NULL;
}


ngx_uint_t
ngx_http_gate_redis_conf_written(ngx_conf_t *cf)
{
    ngx_http_gate_redis_conf_t  *rcf;

    rcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_redis_module);

    return rcf->url.len != 0;
}


static char *
ngx_http_gate_redis_conf_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_redis_conf_t *rcf = conf;

    char       *rv;
    ngx_str_t  *value;

    if (rcf->url.len) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    rv = ngx_http_gate_redis_conf_address(cf, rcf, &value[1]);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_gate_conf_params(cf, 2, ngx_http_gate_redis_conf_params,
                                   rcf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (rcf->user.len && rcf->password.len == 0) {
        return "has \"user\" without \"redis_password\": add the one, or take "
               "the other out";
    }

    ngx_conf_init_value(rcf->db, 0);
    ngx_conf_init_msec_value(rcf->timeout, NGX_HTTP_GATE_REDIS_TIMEOUT);

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_redis_conf_address(ngx_conf_t *cf,
    ngx_http_gate_redis_conf_t *rcf, ngx_str_t *value)
{
    u_char     *p;
    ngx_url_t   u;

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.url = *value;
    u.default_port = NGX_HTTP_GATE_REDIS_PORT;
    u.no_resolve = 1;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in address \"%V\" of \"gate_redis\": write "
                           "ADDRESS:PORT, NAME:PORT or unix:PATH",
                           u.err ? u.err : "error", &u.url);
        return NGX_CONF_ERROR;
    }

    rcf->url = *value;
    rcf->addrs = u.addrs;
    rcf->naddrs = u.naddrs;
    rcf->port = u.port;
    rcf->clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (rcf->naddrs) {
        return NGX_CONF_OK;
    }

    if (ngx_http_gate_redis_conf_is_name(&u.host) == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid host in address \"%V\" of \"gate_redis\": "
                           "write ADDRESS:PORT, NAME:PORT or unix:PATH",
                           value);
        return NGX_CONF_ERROR;
    }

    /* a name; with its NUL for the system */

    p = ngx_pnalloc(cf->pool, u.host.len + 1);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    rcf->host.data = p;
    rcf->host.len = u.host.len;

    (void) ngx_cpystrn(p, u.host.data, u.host.len + 1);

    return ngx_http_gate_redis_conf_name(cf, rcf, &u);
}


/* a variable or a parameter in its place is no name that may be known later */

static ngx_uint_t
ngx_http_gate_redis_conf_is_name(ngx_str_t *host)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < host->len; i++) {
        ch = host->data[i];

        if (!isalnum(ch) && ch != '.' && ch != '-' && ch != '_') {
            return 0;
        }
    }

    return 1;
}


/* one that is not known yet, as when all is started at once, may be later */

static char *
ngx_http_gate_redis_conf_name(ngx_conf_t *cf, ngx_http_gate_redis_conf_t *rcf,
    ngx_url_t *u)
{
    if (ngx_test_config) {
        return NGX_CONF_OK;
    }

    if (ngx_inet_resolve_host(cf->pool, u) == NGX_OK) {
        rcf->addrs = u->addrs;
        rcf->naddrs = u->naddrs;
        return NGX_CONF_OK;
    }

    if (u->err == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "%s \"%V\" of \"gate_redis\": it is asked for again "
                       "until it can be resolved", u->err, &u->host);

    return NGX_CONF_OK;
}


/* the reader has put the path where the password itself belongs */

static char *
ngx_http_gate_redis_conf_password(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_redis_conf_t *rcf = conf;

    ngx_str_t  path;

    path = rcf->password;

    if (ngx_http_gate_read_file(cf, &path, NGX_HTTP_GATE_REDIS_SECRET, 1,
                                &rcf->password)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (rcf->password.len == 0
        || ngx_strlchr(rcf->password.data,
                       rcf->password.data + rcf->password.len, LF)
           != NULL)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must have one line: the password", &path);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_gate_redis_conf_create(ngx_conf_t *cf)
{
    ngx_http_gate_redis_conf_t  *rcf;

    rcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_redis_conf_t));
    if (rcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     rcf->url = { 0, NULL };
     *     rcf->addrs = NULL;
     *     rcf->naddrs = 0;
     *     rcf->user = { 0, NULL };
     *     rcf->password = { 0, NULL };
     */

    rcf->db = NGX_CONF_UNSET;
    rcf->timeout = NGX_CONF_UNSET_MSEC;

    return rcf;
}


static ngx_int_t
ngx_http_gate_redis_conf_add(ngx_conf_t *cf)
{
    return ngx_http_gate_metrics_add_group(cf, &ngx_http_gate_redis_group);
}


static ngx_int_t
ngx_http_gate_redis_conf_read(ngx_uint_t n, ngx_str_t *name, void *values)
{
    return ngx_http_gate_redis_configured((ngx_cycle_t *) ngx_cycle)
           ? NGX_OK : NGX_DECLINED;
}
