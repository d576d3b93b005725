
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_zone: buckets in shared memory, found by key, evicted when drained.
 */


#include "ngx_http_gate.h"


#define NGX_HTTP_GATE_ZONE_LAYOUT  1

/* stale bounds mended and buckets evicted for one new bucket at the most */
#define NGX_HTTP_GATE_ZONE_STEPS   128


typedef struct {
    ngx_uint_t                 layout;
    ngx_rbtree_t               rbtree;    /* nodes by hash */
    ngx_rbtree_node_t          sentinel;
    ngx_rbtree_t               drains;    /* nodes by a bound of their tat */
    ngx_rbtree_node_t          drain_sentinel;
    uint64_t                   nodes;
    uint64_t                   evictions;
    uint64_t                   full;
} ngx_http_gate_zone_sh_t;


struct ngx_http_gate_zone_s {
    ngx_http_gate_zone_sh_t   *sh;
    ngx_slab_pool_t           *shpool;
    ngx_shm_zone_t            *shm;
    ngx_uint_t                 serves;
};


typedef struct {
    ngx_http_gate_zone_t      *zone;
} ngx_http_gate_shm_main_conf_t;


static ngx_http_gate_node_t *ngx_http_gate_zone_alloc_locked(
    ngx_http_gate_zone_t *z, size_t size, int64_t now_ns);
static void ngx_http_gate_zone_insert(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel);
static ngx_int_t ngx_http_gate_zone_cmp(ngx_http_gate_node_t *n,
    uint32_t kind, u_char *data, size_t len);
static char *ngx_http_gate_shm_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_gate_shm_init_zone(ngx_shm_zone_t *shm_zone,
    void *data);
static void *ngx_http_gate_shm_create_main_conf(ngx_conf_t *cf);


static ngx_command_t  ngx_http_gate_shm_commands[] = {

    { ngx_string("gate_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE23,
      ngx_http_gate_shm_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_shm_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_shm_create_main_conf,    /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_shm_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_shm_module_ctx,         /* module context */
    ngx_http_gate_shm_commands,            /* module directives */
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


ngx_http_gate_zone_t *
ngx_http_gate_zone(ngx_conf_t *cf)
{
    ngx_http_gate_shm_main_conf_t  *zmcf;

    zmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_shm_module);

    return zmcf->zone;
}


ngx_http_gate_zone_t *
ngx_http_gate_zone_of(ngx_http_request_t *r)
{
    ngx_http_gate_shm_main_conf_t  *zmcf;

    zmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_shm_module);

    return zmcf->zone;
}


void
ngx_http_gate_zone_lock(ngx_http_gate_zone_t *z)
{
    ngx_shmtx_lock(&z->shpool->mutex);
}


void
ngx_http_gate_zone_unlock(ngx_http_gate_zone_t *z)
{
    ngx_shmtx_unlock(&z->shpool->mutex);
}


ngx_uint_t
ngx_http_gate_zone_serves(ngx_http_gate_zone_t *z)
{
    return z->serves;
}


ngx_http_gate_node_t *
ngx_http_gate_zone_find_locked(ngx_http_gate_zone_t *z, uint32_t kind,
    ngx_str_t *key, uint32_t hash)
{
    ngx_int_t              rc;
    ngx_rbtree_node_t     *node, *sentinel;
    ngx_http_gate_node_t  *n;

    node = z->sh->rbtree.root;
    sentinel = z->sh->rbtree.sentinel;

    while (node != sentinel) {

        if (hash != node->key) {
            node = (hash < node->key) ? node->left : node->right;
            continue;
        }

        n = (ngx_http_gate_node_t *) node;

        rc = ngx_http_gate_zone_cmp(n, kind, key->data, key->len);

        if (rc == 0) {
            return n;
        }

        node = (rc > 0) ? node->left : node->right;
    }

    return NULL;
}


ngx_http_gate_node_t *
ngx_http_gate_zone_add_locked(ngx_http_gate_zone_t *z, uint32_t kind,
    ngx_str_t *key, uint32_t hash, int64_t now_ns)
{
    ngx_http_gate_node_t  *n;

    n = ngx_http_gate_zone_alloc_locked(z,
                           offsetof(ngx_http_gate_node_t, data) + key->len,
                           now_ns);
    if (n == NULL) {
        z->sh->full++;
        return NULL;
    }

    n->node.key = hash;
    n->drain.key = now_ns / 1000000;
    n->tat_ns = 0;
    n->kind = kind;
    n->len = (u_short) key->len;
    ngx_memcpy(n->data, key->data, key->len);

    ngx_rbtree_insert(&z->sh->rbtree, &n->node);
    ngx_rbtree_insert(&z->sh->drains, &n->drain);

    z->sh->nodes++;

    return n;
}


/*
 * Only a drained bucket may go: to forget another one would hand its owner a
 * full one.  The second tree knows a lower bound of when each is drained; the
 * bound of the first one is mended when it is looked at, so that buckets in
 * use cost nothing here until there is no room.
 */

static ngx_http_gate_node_t *
ngx_http_gate_zone_alloc_locked(ngx_http_gate_zone_t *z, size_t size,
    int64_t now_ns)
{
    ngx_uint_t             steps;
    ngx_rbtree_key_t       now, tat;
    ngx_rbtree_node_t     *drain;
    ngx_http_gate_node_t  *n;

    now = now_ns / 1000000;

    for (steps = 0; steps < NGX_HTTP_GATE_ZONE_STEPS; steps++) {

        n = ngx_slab_alloc_locked(z->shpool, size);
        if (n != NULL) {
            return n;
        }

        if (z->sh->drains.root == z->sh->drains.sentinel) {
            return NULL;
        }

        drain = ngx_rbtree_min(z->sh->drains.root, z->sh->drains.sentinel);
        n = ngx_rbtree_data(drain, ngx_http_gate_node_t, drain);
        tat = (n->tat_ns + 999999) / 1000000;

        if (drain->key > now) {
            /* a bound is never above the truth: nothing is drained */
            return NULL;
        }

        ngx_rbtree_delete(&z->sh->drains, drain);

        if (tat > now) {
            drain->key = tat;
            ngx_rbtree_insert(&z->sh->drains, drain);
            continue;
        }

        ngx_rbtree_delete(&z->sh->rbtree, &n->node);
        ngx_slab_free_locked(z->shpool, n);

        z->sh->nodes--;
        z->sh->evictions++;
    }

    return NULL;
}


static void
ngx_http_gate_zone_insert(ngx_rbtree_node_t *temp, ngx_rbtree_node_t *node,
    ngx_rbtree_node_t *sentinel)
{
    ngx_rbtree_node_t     **p;
    ngx_http_gate_node_t   *n, *t;

    n = (ngx_http_gate_node_t *) node;

    for ( ;; ) {

        if (node->key != temp->key) {
            p = (node->key < temp->key) ? &temp->left : &temp->right;

        } else {
            t = (ngx_http_gate_node_t *) temp;
            p = (ngx_http_gate_zone_cmp(t, n->kind, n->data, n->len) > 0)
                ? &temp->left : &temp->right;
        }

        if (*p == sentinel) {
            break;
        }

        temp = *p;
    }

    *p = node;
    node->parent = temp;
    node->left = sentinel;
    node->right = sentinel;
    ngx_rbt_red(node);
}


static ngx_int_t
ngx_http_gate_zone_cmp(ngx_http_gate_node_t *n, uint32_t kind, u_char *data,
    size_t len)
{
    if (n->kind != kind) {
        return (n->kind > kind) ? 1 : -1;
    }

    return ngx_memn2cmp(n->data, data, n->len, len);
}


void
ngx_http_gate_zone_stat(ngx_http_gate_zone_t *z, ngx_http_gate_zone_stat_t *st)
{
    ngx_http_gate_zone_lock(z);

    st->bytes = (z->shpool->last - z->shpool->pages) * ngx_pagesize;
    st->bytes_used = st->bytes - z->shpool->pfree * ngx_pagesize;
    st->evictions = z->sh->evictions;
    st->full = z->sh->full;

    ngx_http_gate_zone_unlock(z);
}


/* gate_zone NAME SIZE [full=refuse|serve]; */

static char *
ngx_http_gate_shm_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_shm_main_conf_t *zmcf = conf;

    ssize_t                size;
    ngx_str_t             *value;
    ngx_http_gate_zone_t  *z;

    if (zmcf->zone != NULL) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    size = ngx_parse_size(&value[2]);

    if (size == NGX_ERROR || value[1].len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid zone size \"%V\"",
                           &value[2]);
        return NGX_CONF_ERROR;
    }

    if (size < (ssize_t) (8 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "zone \"%V\" is too small",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    z = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_zone_t));
    if (z == NULL) {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 4) {
        if (ngx_strcmp(value[3].data, "full=serve") == 0) {
            z->serves = 1;

        } else if (ngx_strcmp(value[3].data, "full=refuse") != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[3]);
            return NGX_CONF_ERROR;
        }
    }

    z->shm = ngx_shared_memory_add(cf, &value[1], size,
                                   &ngx_http_gate_shm_module);
    if (z->shm == NULL) {
        return NGX_CONF_ERROR;
    }

    z->shm->init = ngx_http_gate_shm_init_zone;
    z->shm->data = z;

    zmcf->zone = z;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_shm_init_zone(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_gate_zone_t *old = data;

    size_t                 len;
    ngx_http_gate_zone_t  *z;

    z = shm_zone->data;

    if (old != NULL) {
        z->sh = old->sh;
        z->shpool = old->shpool;
        return NGX_OK;
    }

    z->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (shm_zone->shm.exists) {
        z->sh = z->shpool->data;

        if (z->sh->layout != NGX_HTTP_GATE_ZONE_LAYOUT) {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "gate_zone \"%V\" is of another version",
                          &shm_zone->shm.name);
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    z->sh = ngx_slab_calloc(z->shpool, sizeof(ngx_http_gate_zone_sh_t));
    if (z->sh == NULL) {
        return NGX_ERROR;
    }

    z->shpool->data = z->sh;
    z->sh->layout = NGX_HTTP_GATE_ZONE_LAYOUT;

    ngx_rbtree_init(&z->sh->rbtree, &z->sh->sentinel,
                    ngx_http_gate_zone_insert);
    ngx_rbtree_init(&z->sh->drains, &z->sh->drain_sentinel,
                    ngx_rbtree_insert_value);

    len = sizeof(" in gate_zone \"\"") + shm_zone->shm.name.len;

    z->shpool->log_ctx = ngx_slab_alloc(z->shpool, len);
    if (z->shpool->log_ctx == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(z->shpool->log_ctx, " in gate_zone \"%V\"%Z",
                &shm_zone->shm.name);

    z->shpool->log_nomem = 0;

    return NGX_OK;
}


static void *
ngx_http_gate_shm_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     zmcf->zone = NULL;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_shm_main_conf_t));
}
