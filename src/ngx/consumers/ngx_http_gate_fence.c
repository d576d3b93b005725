
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fence of a node: its place in shared memory, in a zone of its own, as
 * workers of an old and of a new configuration have the same.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_fence.h"
#include "ngx_http_gate_redis_conf.h"


/* pages of a fence, and of nginx's own for as many */

#define NGX_HTTP_GATE_FENCE_SIZE                                             \
    (sizeof(gate_fence_t) + 16 * ngx_pagesize)


typedef struct {
    ngx_uint_t                 needed;
    ngx_shm_zone_t            *zone;
} ngx_http_gate_fence_main_conf_t;


static ngx_int_t ngx_http_gate_fence_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_fence_init_zone(ngx_shm_zone_t *zone,
    void *data);
static ngx_int_t ngx_http_gate_fence_init_module(ngx_cycle_t *cycle);
static void *ngx_http_gate_fence_create_main_conf(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_fence_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_gate_fence_init,              /* postconfiguration */

    ngx_http_gate_fence_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_fence_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_fence_module_ctx,       /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_gate_fence_init_module,       /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


gate_fence_t  *ngx_http_gate_fence;


void
ngx_http_gate_fence_need(ngx_conf_t *cf)
{
    ngx_http_gate_fence_main_conf_t  *fmcf;

    fmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_fence_module);

    fmcf->needed = 1;
}


ngx_uint_t
ngx_http_gate_fence_needed(ngx_conf_t *cf)
{
    ngx_http_gate_fence_main_conf_t  *fmcf;

    fmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_fence_module);

    return fmcf->needed;
}


/*
 * The zone is of one Redis, by its name: after a reload with another one the
 * old workers go on hearing of the old one, which says nothing of the new.
 */

static ngx_int_t
ngx_http_gate_fence_init(ngx_conf_t *cf)
{
    u_char                           *p;
    uint32_t                          crc;
    ngx_str_t                         name;
    ngx_http_gate_redis_conf_t       *rcf;
    ngx_http_gate_fence_main_conf_t  *fmcf;

    fmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_fence_module);

    if (!fmcf->needed) {
        return NGX_OK;
    }

    rcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_redis_module);

    ngx_crc32_init(crc);
    ngx_crc32_update(&crc, rcf->url.data, rcf->url.len);
    ngx_crc32_update(&crc, (u_char *) &rcf->db, sizeof(rcf->db));
    ngx_crc32_final(crc);

    p = ngx_pnalloc(cf->pool, sizeof("gate_fence_01234567"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    name.data = p;
    name.len = ngx_sprintf(p, "gate_fence_%08xD%Z", crc) - p - 1;

    fmcf->zone = ngx_shared_memory_add(cf, &name, NGX_HTTP_GATE_FENCE_SIZE,
                                       &ngx_http_gate_fence_module);
    if (fmcf->zone == NULL) {
        return NGX_ERROR;
    }

    fmcf->zone->init = ngx_http_gate_fence_init_zone;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fence_init_zone(ngx_shm_zone_t *zone, void *data)
{
    gate_fence_t     *fence;
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    fence = data ? data : (zone->shm.exists ? shpool->data : NULL);

    if (fence == NULL) {
        shpool->log_nomem = 0;

        fence = ngx_slab_alloc(shpool, sizeof(gate_fence_t));

        if (fence == NULL) {
            ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                          "gate fence: no memory in zone \"%V\"",
                          &zone->shm.name);
            return NGX_ERROR;
        }

        gate_fence_init(fence, (uint32_t) ngx_random());
    }

    shpool->data = fence;
    zone->data = fence;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fence_init_module(ngx_cycle_t *cycle)
{
    ngx_http_gate_fence_main_conf_t  *fmcf;

    fmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_fence_module);

    ngx_http_gate_fence = (fmcf != NULL && fmcf->zone != NULL)
                          ? fmcf->zone->data : NULL;

    return NGX_OK;
}


static void *
ngx_http_gate_fence_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     fmcf->needed = 0;
     *     fmcf->zone = NULL;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_fence_main_conf_t));
}
