
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_consumers: where those who call may be known to Redis.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_store_redis.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_fence.h"
#include "ngx_http_gate_redis_pool.h"


typedef struct {
    u_char                    *file;          /* it is written there */
    ngx_uint_t                 line;
} ngx_http_gate_store_redis_main_conf_t;


typedef struct {
    ngx_uint_t                 enable;
} ngx_http_gate_store_redis_loc_conf_t;


static char *ngx_http_gate_store_redis_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_gate_store_redis_init(ngx_conf_t *cf);
static void *ngx_http_gate_store_redis_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_store_redis_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_store_redis_merge_loc_conf(ngx_conf_t *cf,
    void *parent, void *child);


static ngx_http_gate_conf_row_t  ngx_http_gate_store_redis_params[] = {

    { ngx_string("redis"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_store_redis_loc_conf_t, enable), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_store_redis_loc_conf_t, enable), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_store_redis_commands[] = {

    { ngx_string("gate_consumers"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_store_redis_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_store_redis_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_gate_store_redis_init,        /* postconfiguration */

    ngx_http_gate_store_redis_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_store_redis_create_loc_conf, /* create location conf */
    ngx_http_gate_store_redis_merge_loc_conf /* merge location conf */
};


ngx_module_t  ngx_http_gate_store_redis_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_store_redis_module_ctx, /* module context */
    ngx_http_gate_store_redis_commands,    /* module directives */
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


ngx_uint_t
ngx_http_gate_store_redis_stands(ngx_http_request_t *r)
{
    ngx_http_gate_store_redis_loc_conf_t  *rlcf;

    rlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_store_redis_module);

    return rlcf->enable;
}


ngx_uint_t
ngx_http_gate_store_redis_written(ngx_conf_t *cf)
{
    ngx_http_gate_store_redis_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_gate_store_redis_module);

    return rmcf->file != NULL;
}


/* gate_consumers redis | off; */

static char *
ngx_http_gate_store_redis_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_store_redis_loc_conf_t *rlcf = conf;

    char                                   *rv;
    ngx_http_gate_store_redis_main_conf_t  *rmcf;

    if (rlcf->enable != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_store_redis_params,
                                   rlcf);

    if (rv != NGX_CONF_OK || !rlcf->enable) {
        return rv;
    }

    rmcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_gate_store_redis_module);

    if (rmcf->file == NULL) {
        rmcf->file = cf->conf_file->file.name.data;
        rmcf->line = cf->conf_file->line;
    }

    ngx_http_gate_redis_pool_need(cf);
    ngx_http_gate_fence_need(cf);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_store_redis_init(ngx_conf_t *cf)
{
    ngx_http_gate_store_redis_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_gate_store_redis_module);

    if (rmcf->file != NULL && !ngx_http_gate_redis_conf_written(cf)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_consumers redis\" needs \"gate_redis\": write "
                      "\"gate_redis ADDRESS\" into http, for the line in "
                      "%s:%ui",
                      rmcf->file, rmcf->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void *
ngx_http_gate_store_redis_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     rmcf->file = NULL;
     *     rmcf->line = 0;
     */

    return ngx_pcalloc(cf->pool,
                       sizeof(ngx_http_gate_store_redis_main_conf_t));
}


static void *
ngx_http_gate_store_redis_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_store_redis_loc_conf_t  *rlcf;

    rlcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_store_redis_loc_conf_t));
    if (rlcf == NULL) {
        return NULL;
    }

    rlcf->enable = NGX_CONF_UNSET_UINT;

    return rlcf;
}


static char *
ngx_http_gate_store_redis_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_gate_store_redis_loc_conf_t *prev = parent;
    ngx_http_gate_store_redis_loc_conf_t *conf = child;

    ngx_conf_merge_uint_value(conf->enable, prev->enable, 0);

    return NGX_CONF_OK;
}
