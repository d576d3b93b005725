
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * "mesh_source registry" and "mesh_registry": the directives, and the life of
 * the registry in its worker.
 */


#include "ngx_http_mesh_registry.h"
#include "ngx_http_mesh_guard.h"
#include "ngx_http_mesh_kind.h"


typedef struct {
    ngx_http_mesh_file_t   file;
    ngx_http_mesh_source_t  *source;
    ngx_uint_t             locations;
} ngx_http_mesh_registry_conf_t;


static ngx_int_t ngx_http_mesh_registry_add_kind(ngx_conf_t *cf);
static char *ngx_http_mesh_registry_source(ngx_conf_t *cf);
static char *ngx_http_mesh_registry_location(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static void *ngx_http_mesh_registry_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_mesh_registry_init_main_conf(ngx_conf_t *cf,
    void *conf);
static ngx_int_t ngx_http_mesh_registry_start(ngx_http_mesh_source_t *s);
static void ngx_http_mesh_registry_exit_process(ngx_cycle_t *cycle);


ngx_http_mesh_registry_t  ngx_http_mesh_registry_own;


static const ngx_http_mesh_kind_t  ngx_http_mesh_registry_kind = {
    ngx_string("registry"), ngx_http_mesh_registry_source
};


static ngx_command_t  ngx_http_mesh_registry_commands[] = {

    { ngx_string("mesh_registry"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_mesh_registry_location,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_mesh_registry_module_ctx = {
    ngx_http_mesh_registry_add_kind,       /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_mesh_registry_create_main_conf, /* create main configuration */
    ngx_http_mesh_registry_init_main_conf, /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_registry_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_registry_module_ctx,    /* module context */
    ngx_http_mesh_registry_commands,       /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_mesh_registry_exit_process,   /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_http_mesh_registry_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_registry_conf_t));
}


static char *
ngx_http_mesh_registry_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_mesh_registry_conf_t *rcf = conf;

    if (rcf->locations != 0 && rcf->source == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"mesh_registry\" needs \"mesh_source registry\" in "
                      "http{}");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_mesh_registry_location(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_mesh_registry_conf_t *rcf = conf;

    rcf->locations++;

    return ngx_http_mesh_guard(cf, &ngx_http_mesh_registry_module,
                               ngx_http_mesh_registry_handler, 1);
}


static ngx_int_t
ngx_http_mesh_registry_add_kind(ngx_conf_t *cf)
{
    return ngx_http_mesh_kind(cf, &ngx_http_mesh_registry_kind);
}


static char *
ngx_http_mesh_registry_source(ngx_conf_t *cf)
{
    ngx_http_mesh_registry_conf_t  *rcf;

    static ngx_str_t  name = ngx_string("registry");
    static ngx_str_t  log = ngx_string("registry.log");

    rcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_mesh_registry_module);

    if (rcf->source != NULL) {
        return "is duplicate";
    }

    if (cf->args->nelts != 2) {
        return "has invalid number of arguments of \"registry\"";
    }

    rcf->source = ngx_http_mesh_source_add(cf, &name);
    if (rcf->source == NULL) {
        return NGX_CONF_ERROR;
    }

    rcf->source->data = rcf;
    rcf->source->start = ngx_http_mesh_registry_start;

    rcf->file.name = log;
    rcf->file.directive = "mesh_source registry";
    rcf->file.load = ngx_http_mesh_registry_load;
    rcf->file.content = ngx_http_mesh_registry_content;
    rcf->file.leave = ngx_http_mesh_registry_leave;

    return (ngx_http_mesh_state_add(cf, &rcf->file) == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* by the hub, before the state looks for its folder */

static ngx_int_t
ngx_http_mesh_registry_start(ngx_http_mesh_source_t *s)
{
    uint64_t                        seed;
    ngx_http_mesh_registry_t       *own;
    ngx_http_mesh_registry_conf_t  *rcf;

    own = &ngx_http_mesh_registry_own;
    rcf = s->data;

    seed = ((uint64_t) ngx_random() << 32) ^ (uint64_t) ngx_random();

    mesh_registry_init(&own->all, seed);

    own->file = &rcf->file;
    own->source = s;

    own->due.handler = ngx_http_mesh_registry_due;
    own->due.data = own;
    own->due.log = ngx_cycle->log;
    own->due.cancelable = 1;

    own->turn.handler = ngx_http_mesh_registry_turn;
    own->turn.data = own;
    own->turn.log = ngx_cycle->log;

    ngx_http_mesh_registry_init_names();

    own->wait.ready = ngx_http_mesh_registry_refused;

    if (ngx_http_mesh_state_wait(&own->wait) == NGX_DECLINED) {
        own->closed = 1;
    }

    return NGX_OK;
}


static void
ngx_http_mesh_registry_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    if (own->source == NULL) {
        return;
    }

    own->ending = 1;

    if (own->due.timer_set) {
        ngx_del_timer(&own->due);
    }

    if (own->turn.posted) {
        ngx_delete_posted_event(&own->turn);
    }

    if (own->told.posted) {
        ngx_delete_posted_event(&own->told);
    }

    mesh_registry_free(&own->all);
    ngx_http_mesh_registry_free_names();
}
