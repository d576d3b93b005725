
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * "mesh_status": totals that follow each change, and who asks for which page.
 */


#include "ngx_http_mesh_status.h"
#include "ngx_http_mesh_guard.h"
#include "ngx_http_mesh_reply.h"


typedef struct {
    ngx_uint_t             prometheus;
} ngx_http_mesh_status_loc_conf_t;


static ngx_int_t ngx_http_mesh_status_handler(ngx_http_request_t *r);
static void ngx_http_mesh_status_changed(ngx_http_mesh_watch_t *w,
    const mesh_state_t *from, const mesh_state_t *to);
static char *ngx_http_mesh_status(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_mesh_status_create_loc_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_mesh_status_init_process(ngx_cycle_t *cycle);


/* of a worker, which has one configuration in its life */

static mesh_status_t          ngx_http_mesh_status_totals;
static ngx_http_mesh_watch_t  ngx_http_mesh_status_watch;


static ngx_command_t  ngx_http_mesh_status_commands[] = {

    { ngx_string("mesh_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_mesh_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_mesh_status_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_mesh_status_create_loc_conf,  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_status_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_status_module_ctx,      /* module context */
    ngx_http_mesh_status_commands,         /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_mesh_status_init_process,     /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_mesh_status_handler(ngx_http_request_t *r)
{
    ngx_int_t                         rc;
    ngx_http_mesh_status_loc_conf_t  *slcf;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "mesh status: \"%V\"", &r->uri);

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_mesh_reply_method(r, "GET, HEAD");
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_mesh_status_module);

    return slcf->prometheus
           ? ngx_http_mesh_status_prom(r, &ngx_http_mesh_status_totals)
           : ngx_http_mesh_status_json(r, &ngx_http_mesh_status_totals);
}


uint64_t
ngx_http_mesh_status_age(const ngx_http_mesh_source_t *s)
{
    return s->heard != 0 ? ngx_current_msec - s->heard : 0;
}


static void
ngx_http_mesh_status_changed(ngx_http_mesh_watch_t *w,
    const mesh_state_t *from, const mesh_state_t *to)
{
    mesh_status_change(&ngx_http_mesh_status_totals, from, to);
}


static char *
ngx_http_mesh_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_mesh_status_loc_conf_t *slcf = conf;

    ngx_str_t  *value;

    value = cf->args->elts;

    if (cf->args->nelts == 2) {

        if (ngx_strcmp(value[1].data, "prometheus") != 0) {
            return "has an argument that is not \"prometheus\"";
        }

        slcf->prometheus = 1;
    }

    return ngx_http_mesh_guard(cf, &ngx_http_mesh_status_module,
                               ngx_http_mesh_status_handler, 0);
}


static void *
ngx_http_mesh_status_create_loc_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     slcf->prometheus = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_status_loc_conf_t));
}


static ngx_int_t
ngx_http_mesh_status_init_process(ngx_cycle_t *cycle)
{
    if (ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module)
        == NULL
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    ngx_http_mesh_status_watch.changed = ngx_http_mesh_status_changed;
    ngx_http_mesh_watch(&ngx_http_mesh_status_watch);

    return NGX_OK;
}
