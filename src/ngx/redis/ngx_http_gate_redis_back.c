
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Redis in the background: the link of a worker.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_redis_back.h"


typedef struct {
    ngx_uint_t                     needed;
    ngx_http_gate_redis_link_t    *link;      /* of this worker */
} ngx_http_gate_redis_back_t;


static ngx_http_gate_redis_back_t *ngx_http_gate_redis_back(
    ngx_cycle_t *cycle);
static ngx_int_t ngx_http_gate_redis_back_init_process(ngx_cycle_t *cycle);
static void ngx_http_gate_redis_back_up(void *data, ngx_uint_t up);
static void ngx_http_gate_redis_back_exit_process(ngx_cycle_t *cycle);
static void ngx_http_gate_redis_back_end(void *data);
static void *ngx_http_gate_redis_back_create_main_conf(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_redis_back_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_redis_back_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_redis_back_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_redis_back_module_ctx,  /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_gate_redis_back_init_process, /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_gate_redis_back_exit_process, /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_gate_redis_terms_t  ngx_http_gate_redis_back_terms = {
    NGX_HTTP_GATE_REDIS_BACK, NGX_HTTP_GATE_REDIS_BACK, 0, 0, 1, NULL
};


void
ngx_http_gate_redis_back_need(ngx_conf_t *cf)
{
    ngx_http_gate_redis_back_t  *back;

    back = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_redis_back_module);
    back->needed = 1;
}


ngx_int_t
ngx_http_gate_redis_back_send(ngx_http_gate_redis_call_t *call, int argc,
    const char **argv, const size_t *argvlen)
{
    ngx_http_gate_redis_back_t  *back;

    back = ngx_http_gate_redis_back((ngx_cycle_t *) ngx_cycle);

    if (back->link == NULL) {
        return NGX_DECLINED;
    }

    return ngx_http_gate_redis_link_send(back->link, call, 0, argc, argv,
                                         argvlen);
}


static ngx_http_gate_redis_back_t *
ngx_http_gate_redis_back(ngx_cycle_t *cycle)
{
    return ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_redis_back_module);
}


static ngx_int_t
ngx_http_gate_redis_back_init_process(ngx_cycle_t *cycle)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_gate_redis_back_t  *back;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    back = ngx_http_gate_redis_back(cycle);

    if (back == NULL || !back->needed) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_gate_redis_back_end;
    cln->data = back;

    back->link = ngx_http_gate_redis_link_create(cycle,
                                               &ngx_http_gate_redis_back_terms,
                                               ngx_http_gate_redis_back_up,
                                               back);

    return (back->link != NULL) ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_gate_redis_back_up(void *data, ngx_uint_t up)
{
    /* void: whoever has something to send tries */
}


static void
ngx_http_gate_redis_back_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_gate_redis_back_t  *back;

    back = ngx_http_gate_redis_back(cycle);

    if (back != NULL) {
        ngx_http_gate_redis_back_end(back);
    }
}


/* also of an old cycle, in a process that is master and worker */

static void
ngx_http_gate_redis_back_end(void *data)
{
    ngx_http_gate_redis_back_t *back = data;

    ngx_http_gate_redis_link_t  *link;

    link = back->link;
    back->link = NULL;

    if (link != NULL) {
        ngx_http_gate_redis_link_destroy(link);
    }
}


static void *
ngx_http_gate_redis_back_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_redis_back_t));
}
