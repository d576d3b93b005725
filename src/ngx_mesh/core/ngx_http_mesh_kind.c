
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * "mesh_source KIND ...;": the kind's room reads the rest of the line.
 */


#include "ngx_http_mesh_kind.h"


typedef struct {
    ngx_array_t            kinds;             /* ngx_http_mesh_kind_t * */
} ngx_http_mesh_kind_conf_t;


static void *ngx_http_mesh_kind_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_mesh_kind_source(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_command_t  ngx_http_mesh_kind_commands[] = {

    { ngx_string("mesh_source"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_mesh_kind_source,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_mesh_kind_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_mesh_kind_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_kind_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_kind_module_ctx,        /* module context */
    ngx_http_mesh_kind_commands,           /* module directives */
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


ngx_int_t
ngx_http_mesh_kind(ngx_conf_t *cf, const ngx_http_mesh_kind_t *kind)
{
    ngx_http_mesh_kind_conf_t     *kcf;
    const ngx_http_mesh_kind_t   **kp;

    kcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_mesh_kind_module);

    kp = ngx_array_push(&kcf->kinds);
    if (kp == NULL) {
        return NGX_ERROR;
    }

    *kp = kind;

    return NGX_OK;
}


static void *
ngx_http_mesh_kind_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_mesh_kind_conf_t  *kcf;

    kcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_kind_conf_t));
    if (kcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&kcf->kinds, cf->pool, 4,
                       sizeof(ngx_http_mesh_kind_t *))
        != NGX_OK)
    {
        return NULL;
    }

    return kcf;
}


static char *
ngx_http_mesh_kind_source(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_mesh_kind_conf_t *kcf = conf;

    u_char                       names[128], *p;
    ngx_str_t                   *value;
    ngx_uint_t                   i;
    const ngx_http_mesh_kind_t  **kp;

    value = cf->args->elts;
    kp = kcf->kinds.elts;
    p = names;

    for (i = 0; i < kcf->kinds.nelts; i++) {

        if (value[1].len == kp[i]->name.len
            && ngx_strncmp(value[1].data, kp[i]->name.data, value[1].len) == 0)
        {
            return kp[i]->set(cf);
        }

        p = ngx_snprintf(p, names + sizeof(names) - p, "%s\"%V\"",
                         i ? ", " : "", &kp[i]->name);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"mesh_source\" has no kind \"%V\", but %*s",
                       &value[1], (size_t) (p - names), names);

    return NGX_CONF_ERROR;
}
