
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_transform: what a service gets of a request, and a client of its answer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_reason.h"
#include "ngx_http_gate_transform.h"


typedef struct {
    ngx_uint_t                 answer;    /* one is edited anywhere */
} ngx_http_gate_transform_main_conf_t;


static ngx_int_t ngx_http_gate_transform_preconfiguration(ngx_conf_t *cf);
static char *ngx_http_gate_transform_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_gate_transform_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_transform_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_transform_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_uint_t ngx_http_gate_transform_none(ngx_http_gate_transform_t *t);
static ngx_int_t ngx_http_gate_transform_init(ngx_conf_t *cf);


#define ngx_http_gate_transform_row(line)                                     \
    { ngx_string(line), NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,      \
      0, 0, 0, ngx_http_gate_transform_op }


static ngx_http_gate_conf_row_t  ngx_http_gate_transform_own[] = {

    ngx_http_gate_transform_row("remove field|query|cookie NAME"),
    ngx_http_gate_transform_row("rename field|query|cookie NAME NEW"),
    ngx_http_gate_transform_row("replace field|query|cookie NAME VALUE"),
    ngx_http_gate_transform_row("add field|query|cookie NAME VALUE"),
    ngx_http_gate_transform_row("append field|query|cookie NAME VALUE"),
    ngx_http_gate_transform_row("set field|query|cookie NAME VALUE"),

    { ngx_string("path VALUE"), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_transform_path },

    { ngx_string("method NAME"), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_transform_method },

    { ngx_string("status FROM TO"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_transform_status },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_transform_commands[] = {

    { ngx_string("gate_transform"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_BLOCK
                        |NGX_CONF_TAKE1,
      ngx_http_gate_transform_block,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_transform_module_ctx = {
    ngx_http_gate_transform_preconfiguration,  /* preconfiguration */
    ngx_http_gate_transform_init,          /* postconfiguration */

    ngx_http_gate_transform_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_transform_create_conf,   /* create location configuration */
    ngx_http_gate_transform_merge_conf     /* merge location configuration */
};


ngx_module_t  ngx_http_gate_transform_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_transform_module_ctx,   /* module context */
    ngx_http_gate_transform_commands,      /* module directives */
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


static ngx_int_t
ngx_http_gate_transform_preconfiguration(ngx_conf_t *cf)
{
    ngx_http_gate_transform_rows[0].name.len = 0;

    if (ngx_http_gate_reasons(cf, ngx_http_gate_transform_reasons) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_gate_place_check(cf, ngx_http_gate_transform_check)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_transform_lines(cf, ngx_http_gate_transform_own);
}


/* gate_transform request|response { ... } */

static char *
ngx_http_gate_transform_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_transform_loc_conf_t *tlcf = conf;

    char                                 *rv;
    ngx_str_t                            *value;
    ngx_http_gate_transform_t            *t, **tp;
    ngx_http_gate_transform_main_conf_t  *tmcf;

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "request") == 0) {
        tp = &tlcf->request;

    } else if (ngx_strcmp(value[1].data, "response") == 0) {
        tp = &tlcf->answer;

    } else {
        return ngx_http_gate_conf_wrong(cf, &value[1],
                                        "must be \"request\" or \"response\"");
    }

    if (*tp != NGX_CONF_UNSET_PTR) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    t = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_transform_t));
    if (t == NULL) {
        return NGX_CONF_ERROR;
    }

    t->ops = ngx_array_create(cf->pool, 8,
                              sizeof(ngx_http_gate_transform_op_t));
    if (t->ops == NULL) {
        return NGX_CONF_ERROR;
    }

    t->file = cf->conf_file->file.name.data;
    t->line = cf->conf_file->line;
    t->answer = (tp == &tlcf->answer);

    *tp = t;

    tmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_transform_module);

    tmcf->answer |= t->answer;

    rv = ngx_http_gate_conf_block(cf, ngx_http_gate_transform_rows, t);

    ngx_http_gate_transform_order(t);

    return rv;
}


static void *
ngx_http_gate_transform_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_transform_main_conf_t));
}


static void *
ngx_http_gate_transform_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    tlcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_transform_loc_conf_t));
    if (tlcf == NULL) {
        return NULL;
    }

    tlcf->request = NGX_CONF_UNSET_PTR;
    tlcf->answer = NGX_CONF_UNSET_PTR;

    return tlcf;
}


static char *
ngx_http_gate_transform_merge_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_gate_transform_loc_conf_t *prev = parent;
    ngx_http_gate_transform_loc_conf_t *conf = child;

    ngx_conf_merge_ptr_value(conf->request, prev->request, NULL);
    ngx_conf_merge_ptr_value(conf->answer, prev->answer, NULL);

    /* an empty block is there to undo one further out */

    if (conf->request != NULL && ngx_http_gate_transform_none(conf->request)) {
        conf->request = NULL;
    }

    if (conf->answer != NULL && ngx_http_gate_transform_none(conf->answer)) {
        conf->answer = NULL;
    }

    if (conf->request != NULL || conf->answer != NULL) {
        ngx_http_gate_place_gated(cf);
    }

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_gate_transform_none(ngx_http_gate_transform_t *t)
{
    return t->ops->nelts == 0 && t->path == NULL && t->method.len == 0
           && t->statuses == NULL && t->body == NULL;
}


static ngx_int_t
ngx_http_gate_transform_init(ngx_conf_t *cf)
{
    ngx_http_gate_transform_main_conf_t  *tmcf;

    tmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_transform_module);

    if (tmcf->answer) {
        ngx_http_gate_transform_filter();
    }

    return NGX_OK;
}
