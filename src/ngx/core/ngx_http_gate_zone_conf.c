
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_zone: the directive, and the memory of a zone.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_zone.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_zone_entries.h"


#define NGX_HTTP_GATE_ZONE_LAYOUT  4

/* pages of a part: one for its own book-keeping, one for entries */
#define NGX_HTTP_GATE_ZONE_PAGES   2


typedef struct {
    ngx_array_t                zones;     /* of pointers */
    ngx_array_t                classes;   /* of pointers */
} ngx_http_gate_zone_main_conf_t;


static char *ngx_http_gate_zone_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static uint32_t ngx_http_gate_zone_classes(ngx_http_gate_zone_t *z);
static ngx_int_t ngx_http_gate_zone_init(ngx_shm_zone_t *shm_zone, void *data);
static ngx_int_t ngx_http_gate_zone_adopt(ngx_http_gate_zone_t *z);
static ngx_int_t ngx_http_gate_zone_divide(ngx_http_gate_zone_t *z);
static ngx_int_t ngx_http_gate_zone_read(ngx_uint_t n, ngx_str_t *name,
    void *values);
static ngx_int_t ngx_http_gate_zone_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_zone_create_main_conf(ngx_conf_t *cf);


static ngx_http_gate_conf_row_t  ngx_http_gate_zone_params[] = {

    { ngx_string("full=refuse|serve"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_zone_t, serves), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_zone_commands[] = {

    { ngx_string("gate_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE23,
      ngx_http_gate_zone_line,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_zone_module_ctx = {
    ngx_http_gate_zone_preconfiguration,   /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_zone_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_zone_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_zone_module_ctx,        /* module context */
    ngx_http_gate_zone_commands,           /* module directives */
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


static const ngx_http_gate_row_t  ngx_http_gate_zone_rows[] = {

    { "bytes", "gate_zone_bytes", NGX_HTTP_GATE_GAUGE,
      "Sizes of the zones of limits.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_zone_stat_t, bytes) },

    { "bytes_used", "gate_zone_bytes_used", NGX_HTTP_GATE_GAUGE,
      "Bytes in use in the zones of limits.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_zone_stat_t, bytes_used) },

    { "evictions", "gate_zone_evictions_total", NGX_HTTP_GATE_COUNTER,
      "Drained buckets that made room for others.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_zone_stat_t, evictions) },

    { "full", "gate_zone_full_total", NGX_HTTP_GATE_COUNTER,
      "Times that a limit found no room in its zone.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_zone_stat_t, full) },

      ngx_http_gate_null_row
};


static ngx_http_gate_group_t  ngx_http_gate_zone_group = {
    "zone", 1, "zone", "zones", sizeof(ngx_http_gate_zone_stat_t),
    ngx_http_gate_zone_read, ngx_http_gate_zone_rows
};


ngx_int_t
ngx_http_gate_zone_class(ngx_conf_t *cf, ngx_http_gate_zone_class_t *class)
{
    ngx_http_gate_zone_class_t      **c;
    ngx_http_gate_zone_main_conf_t   *zmcf;

    zmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_zone_module);

    c = ngx_array_push(&zmcf->classes);
    if (c == NULL) {
        return NGX_ERROR;
    }

    *c = class;

    return NGX_OK;
}


ngx_http_gate_zone_t *
ngx_http_gate_zone(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_str_t                      *text;
    ngx_uint_t                      i;
    ngx_http_gate_zone_t          **z;
    ngx_http_gate_zone_main_conf_t  *zmcf;

    zmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_zone_module);

    z = zmcf->zones.elts;

    for (i = 0; i < zmcf->zones.nelts; i++) {

        text = &z[i]->shm->shm.name;

        if (name->len == 0
            || (text->len == name->len
                && ngx_strncmp(text->data, name->data, name->len) == 0))
        {
            return z[i];
        }
    }

    return NULL;
}


void
ngx_http_gate_zone_unknown(ngx_conf_t *cf, ngx_str_t *name, u_char *file,
    ngx_uint_t line)
{
    ngx_uint_t                        i;
    gate_closest_t                    closest;
    ngx_http_gate_zone_t            **z;
    ngx_http_gate_zone_main_conf_t   *zmcf;

    zmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_zone_module);

    gate_closest_init(&closest, ngx_http_gate_view(name));

    z = zmcf->zones.elts;

    for (i = 0; i < zmcf->zones.nelts; i++) {
        gate_closest_try(&closest, ngx_http_gate_view(&z[i]->shm->shm.name));
    }

    ngx_http_gate_conf_undefined(cf, "gate_zone", &closest, file, line);
}


/* gate_zone NAME SIZE [full=refuse|serve]; */

static char *
ngx_http_gate_zone_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_zone_main_conf_t *zmcf = conf;

    size_t                     size;
    ngx_str_t                 *value;
    ngx_http_gate_zone_t      *z, **zp;
    ngx_http_gate_conf_row_t   row = {
        ngx_string("SIZE"), NGX_HTTP_GATE_CONF_SIZE, 0, 0, 0, NULL
    };

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "takes a name and a size: write \"gate_zone NAME SIZE\"";
    }

    if (zmcf->zones.nelts && ngx_http_gate_zone(cf, &value[1]) != NULL) {
        return ngx_http_gate_conf_duplicate(cf);
    }

    row.min = 8 * ngx_pagesize;

    if (ngx_http_gate_conf_arg(cf, 2, &row, &size) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    z = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_zone_t));
    if (z == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_gate_conf_params(cf, 3, ngx_http_gate_zone_params, z)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    z->shm = ngx_shared_memory_add(cf, &value[1], size,
                                   &ngx_http_gate_zone_module);
    if (z->shm == NULL) {
        return NGX_CONF_ERROR;
    }

    zp = ngx_array_push(&zmcf->zones);
    if (zp == NULL) {
        return NGX_CONF_ERROR;
    }

    *zp = z;

    z->classes = &zmcf->classes;
    z->shm->init = ngx_http_gate_zone_init;
    z->shm->data = z;

    return NGX_CONF_OK;
}


/* names and sizes, in their order: what the entries of a zone are made of */

static uint32_t
ngx_http_gate_zone_classes(ngx_http_gate_zone_t *z)
{
    uint32_t                      crc;
    ngx_uint_t                    i;
    ngx_http_gate_zone_class_t  **class;

    class = z->classes->elts;

    ngx_crc32_init(crc);

    for (i = 0; i < z->classes->nelts; i++) {
        ngx_crc32_update(&crc, (u_char *) class[i]->name,
                         ngx_strlen(class[i]->name) + 1);
        ngx_crc32_update(&crc, (u_char *) &class[i]->size, sizeof(size_t));
    }

    ngx_crc32_final(crc);

    return crc;
}


static ngx_int_t
ngx_http_gate_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_gate_zone_t *old = data;

    size_t                 len;
    ngx_http_gate_zone_t  *z;

    z = shm_zone->data;

    if (old != NULL) {
        z->sh = old->sh;
        z->shpool = old->shpool;
        return ngx_http_gate_zone_adopt(z);
    }

    z->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (shm_zone->shm.exists) {
        z->sh = z->shpool->data;
        return ngx_http_gate_zone_adopt(z);
    }

    len = sizeof(" in gate_zone \"\"") + shm_zone->shm.name.len;

    z->sh = ngx_slab_calloc(z->shpool, sizeof(ngx_http_gate_zone_sh_t) + len);
    if (z->sh == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(z->sh->text, " in gate_zone \"%V\"%Z", &shm_zone->shm.name);

    z->shpool->data = z->sh;
    z->sh->layout = NGX_HTTP_GATE_ZONE_LAYOUT;
    z->sh->classes = ngx_http_gate_zone_classes(z);

    ngx_rbtree_init(&z->sh->rbtree, &z->sh->sentinel,
                    ngx_http_gate_zone_insert);

    return ngx_http_gate_zone_divide(z);
}


static ngx_int_t
ngx_http_gate_zone_adopt(ngx_http_gate_zone_t *z)
{
    if (z->sh->layout == NGX_HTTP_GATE_ZONE_LAYOUT
        && z->sh->classes == ngx_http_gate_zone_classes(z))
    {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, z->shm->shm.log, 0,
                  "gate_zone \"%V\" is of another version: restart nginx, or "
                  "give the zone another size", &z->shm->shm.name);

    return NGX_ERROR;
}


/*
 * A quarter each for consumers and for callers who are known, the rest for
 * all.  Each part is a slab pool of its own inside that of the zone: pages
 * that belong to one cannot be had by another, however they are filled.  The
 * lock is that of the zone, which nginx frees if its holder dies.
 */

static ngx_int_t
ngx_http_gate_zone_divide(ngx_http_gate_zone_t *z)
{
    u_char                     *p;
    ngx_uint_t                  i, pages;
    ngx_http_gate_zone_room_t  *part;

    pages = ngx_max(z->shpool->pfree / 4, NGX_HTTP_GATE_ZONE_PAGES);

    for (i = 0; i < NGX_HTTP_GATE_ZONE_PARTS; i++) {

        part = &z->sh->parts[i];
        part->pool = z->shpool;

        if (i != NGX_HTTP_GATE_ZONE_STRANGERS) {

            p = ngx_slab_alloc(z->shpool, pages * ngx_pagesize);
            if (p == NULL) {
                return NGX_ERROR;
            }

            part->pool = (ngx_slab_pool_t *) p;

            ngx_memzero(p, sizeof(ngx_slab_pool_t));

            part->pool->addr = p;
            part->pool->end = p + pages * ngx_pagesize;
            part->pool->min_shift = z->shpool->min_shift;

            ngx_slab_init(part->pool);
        }

        part->pool->log_ctx = z->sh->text;
        part->pool->log_nomem = 0;

        ngx_rbtree_init(&part->bounds, &part->sentinel,
                        ngx_rbtree_insert_value);
    }

    return NGX_OK;
}


/* one after the other */

static ngx_int_t
ngx_http_gate_zone_read(ngx_uint_t n, ngx_str_t *name, void *values)
{
    ngx_http_gate_zone_t            **z;
    ngx_http_gate_zone_main_conf_t   *zmcf;

    zmcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_gate_zone_module);

    if (n >= zmcf->zones.nelts) {
        return NGX_DECLINED;
    }

    z = zmcf->zones.elts;

    *name = *ngx_http_gate_zone_name(z[n]);

    ngx_http_gate_zone_stat(z[n], values);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_zone_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_metrics_add_group(cf, &ngx_http_gate_zone_group);
}


static void *
ngx_http_gate_zone_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_zone_main_conf_t  *zmcf;

    zmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_zone_main_conf_t));
    if (zmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&zmcf->zones, cf->pool, 2, sizeof(void *)) != NGX_OK
        || ngx_array_init(&zmcf->classes, cf->pool, 2, sizeof(void *))
           != NGX_OK)
    {
        return NULL;
    }

    return zmcf;
}
