
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is shown of the gate: families and groups of rows, as rooms add them.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_metrics_series.h"


#define NGX_HTTP_GATE_METRICS_SIZE      (1024 * 1024)
#define NGX_HTTP_GATE_METRICS_FAMILIES  255


typedef struct {
    ngx_array_t                families;  /* of pointers, by index */
    ngx_array_t                items;     /* as they are shown */
    ngx_array_t                names;     /* of const char *, of all */
    ngx_shm_zone_t            *zone;
} ngx_http_gate_metrics_main_conf_t;


static ngx_int_t ngx_http_gate_metrics_family(ngx_conf_t *cf,
    ngx_http_gate_family_t *family);
static ngx_int_t ngx_http_gate_metrics_name(ngx_conf_t *cf, const char *name);
static ngx_int_t ngx_http_gate_metrics_item(ngx_conf_t *cf,
    ngx_http_gate_family_t *family, ngx_http_gate_group_t *group);
static ngx_int_t ngx_http_gate_metrics_read(ngx_uint_t n, ngx_str_t *name,
    void *values);
static ngx_int_t ngx_http_gate_metrics_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_metrics_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_metrics_init_module(ngx_cycle_t *cycle);
static uint32_t ngx_http_gate_metrics_crc(
    ngx_http_gate_metrics_main_conf_t *mcf);
static ngx_int_t ngx_http_gate_metrics_init(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_metrics_module_ctx = {
    ngx_http_gate_metrics_preconfiguration,  /* preconfiguration */
    ngx_http_gate_metrics_init,              /* postconfiguration */

    ngx_http_gate_metrics_create_main_conf,  /* create main configuration */
    NULL,                                    /* init main configuration */

    NULL,                                    /* create server configuration */
    NULL,                                    /* merge server configuration */

    NULL,                                    /* create location configuration */
    NULL                                     /* merge location configuration */
};


ngx_module_t  ngx_http_gate_metrics_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_metrics_module_ctx,       /* module context */
    NULL,                                    /* module directives */
    NGX_HTTP_MODULE,                         /* module type */
    NULL,                                    /* init master */
    ngx_http_gate_metrics_init_module,       /* init module */
    NULL,                                    /* init process */
    NULL,                                    /* init thread */
    NULL,                                    /* exit thread */
    NULL,                                    /* exit process */
    NULL,                                    /* exit master */
    NGX_MODULE_V1_PADDING
};


static const ngx_http_gate_row_t  ngx_http_gate_metrics_rows[] = {

    { "series", "gate_metrics_series", NGX_HTTP_GATE_GAUGE,
      "Counters in use.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_metrics_stat_t, series) },

    { "room", "gate_metrics_room", NGX_HTTP_GATE_GAUGE,
      "Counters that can be in use.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_metrics_stat_t, room) },

    { "full", "gate_metrics_full_total", NGX_HTTP_GATE_COUNTER,
      "Look-ups of a counter that found no room for it.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_metrics_stat_t, full) },

      ngx_http_gate_null_row
};


static ngx_http_gate_group_t  ngx_http_gate_metrics_group = {
    "metrics", 0, NULL, NULL, sizeof(ngx_http_gate_metrics_stat_t),
    ngx_http_gate_metrics_read, ngx_http_gate_metrics_rows
};


ngx_int_t
ngx_http_gate_metrics_add(ngx_conf_t *cf, ngx_http_gate_family_t *family)
{
    if (ngx_http_gate_metrics_family(cf, family) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_metrics_item(cf, family, NULL);
}


ngx_int_t
ngx_http_gate_metrics_add_group(ngx_conf_t *cf, ngx_http_gate_group_t *group)
{
    const char                 *last;
    const ngx_http_gate_row_t  *row;

    last = "";

    for (row = group->rows; row->key || row->name; row++) {

        if (row->family) {
            if (ngx_http_gate_metrics_family(cf, row->family) != NGX_OK) {
                return NGX_ERROR;
            }

            continue;
        }

        if (row->name == NULL || ngx_strcmp(row->name, last) == 0) {
            continue;
        }

        if (ngx_http_gate_metrics_name(cf, row->name) != NGX_OK) {
            return NGX_ERROR;
        }

        last = row->name;
    }

    return ngx_http_gate_metrics_item(cf, NULL, group);
}


static ngx_int_t
ngx_http_gate_metrics_family(ngx_conf_t *cf, ngx_http_gate_family_t *family)
{
    ngx_http_gate_family_t             **f;
    ngx_http_gate_metrics_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_metrics_module);

    if (mcf->families.nelts == NGX_HTTP_GATE_METRICS_FAMILIES) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "gate metrics: there are more than %d families",
                      NGX_HTTP_GATE_METRICS_FAMILIES);
        return NGX_ERROR;
    }

    if (ngx_http_gate_metrics_name(cf, family->name) != NGX_OK) {
        return NGX_ERROR;
    }

    f = ngx_array_push(&mcf->families);
    if (f == NULL) {
        return NGX_ERROR;
    }

    *f = family;

    return NGX_OK;
}


/* each has one place on the page, as Prometheus wants it */

static ngx_int_t
ngx_http_gate_metrics_name(ngx_conf_t *cf, const char *name)
{
    ngx_uint_t                           i;
    const char                         **n;
    ngx_http_gate_metrics_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_metrics_module);

    n = mcf->names.elts;

    for (i = 0; i < mcf->names.nelts; i++) {
        if (ngx_strcmp(n[i], name) == 0) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "gate metrics: family \"%s\" is there twice", name);
            return NGX_ERROR;
        }
    }

    n = ngx_array_push(&mcf->names);
    if (n == NULL) {
        return NGX_ERROR;
    }

    *n = name;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_metrics_item(ngx_conf_t *cf, ngx_http_gate_family_t *family,
    ngx_http_gate_group_t *group)
{
    ngx_http_gate_metrics_item_t       *item;
    ngx_http_gate_metrics_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_metrics_module);

    item = ngx_array_push(&mcf->items);
    if (item == NULL) {
        return NGX_ERROR;
    }

    item->family = family;
    item->group = group;

    return NGX_OK;
}


ngx_array_t *
ngx_http_gate_metrics_items(ngx_uint_t *families)
{
    ngx_http_gate_metrics_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                              ngx_http_gate_metrics_module);

    *families = mcf->families.nelts;

    return &mcf->items;
}


static ngx_int_t
ngx_http_gate_metrics_read(ngx_uint_t n, ngx_str_t *name, void *values)
{
    ngx_http_gate_metrics_stat(values);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_metrics_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_metrics_add_group(cf, &ngx_http_gate_metrics_group);
}


static void *
ngx_http_gate_metrics_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_metrics_main_conf_t  *mcf;

    /*
     * set by ngx_pcalloc():
     *
     *     mcf->zone = NULL;
     */

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_metrics_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&mcf->families, cf->pool, 16, sizeof(void *)) != NGX_OK
        || ngx_array_init(&mcf->names, cf->pool, 64, sizeof(void *)) != NGX_OK
        || ngx_array_init(&mcf->items, cf->pool, 16,
                          sizeof(ngx_http_gate_metrics_item_t)) != NGX_OK)
    {
        return NULL;
    }

    return mcf;
}


static ngx_int_t
ngx_http_gate_metrics_init_module(ngx_cycle_t *cycle)
{
    ngx_http_gate_metrics_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_metrics_module);

    if (mcf != NULL) {
        ngx_http_gate_metrics_use(mcf->zone, &mcf->families);

    } else {
        ngx_http_gate_metrics_use(NULL, NULL);
    }

    return NGX_OK;
}


/* series are of a family by its index: what the indices stand for */

static uint32_t
ngx_http_gate_metrics_crc(ngx_http_gate_metrics_main_conf_t *mcf)
{
    uint32_t                  crc;
    ngx_uint_t                i;
    ngx_http_gate_family_t  **f;

    f = mcf->families.elts;

    ngx_crc32_init(crc);

    for (i = 0; i < mcf->families.nelts; i++) {
        ngx_crc32_update(&crc, (u_char *) f[i]->name,
                         ngx_strlen(f[i]->name) + 1);
    }

    ngx_crc32_final(crc);

    return crc;
}


/*
 * A reload with another set of modules may have other families: these get a
 * zone of another name, and count from zero, as after a restart.
 */

static ngx_int_t
ngx_http_gate_metrics_init(ngx_conf_t *cf)
{
    u_char                             *p;
    ngx_str_t                           name;
    ngx_http_gate_metrics_main_conf_t  *mcf;

    if (!ngx_http_gate_used(cf)) {
        return NGX_OK;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_metrics_module);

    p = ngx_pnalloc(cf->pool, sizeof("gate_metrics_01234567"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    name.data = p;
    name.len = ngx_sprintf(p, "gate_metrics_%08xD%Z",
                           ngx_http_gate_metrics_crc(mcf)) - p - 1;

    mcf->zone = ngx_shared_memory_add(cf, &name, NGX_HTTP_GATE_METRICS_SIZE,
                                      &ngx_http_gate_metrics_module);
    if (mcf->zone == NULL) {
        return NGX_ERROR;
    }

    mcf->zone->init = ngx_http_gate_metrics_init_zone;

    return NGX_OK;
}
