
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_zone: buckets in shared memory, found by name and key, evicted when
 * drained.  A zone has three parts, so that those whom nobody knows, and who
 * may invent as many keys as they like, leave room for those who pay.
 */


#include "ngx_http_gate.h"


#define NGX_HTTP_GATE_ZONE_LAYOUT  2

/* stale bounds mended and buckets evicted for one new bucket at the most */
#define NGX_HTTP_GATE_ZONE_STEPS   128

/* pages of a part: one for its own book-keeping, one for buckets */
#define NGX_HTTP_GATE_ZONE_PAGES   2


typedef struct {
    ngx_slab_pool_t           *pool;      /* under the lock of the zone */
    ngx_rbtree_t               drains;    /* nodes by a bound of their tat */
    ngx_rbtree_node_t          sentinel;
} ngx_http_gate_zone_part_t;


typedef struct {
    ngx_uint_t                 layout;
    ngx_rbtree_t               rbtree;    /* nodes by hash */
    ngx_rbtree_node_t          sentinel;
    ngx_http_gate_zone_part_t  parts[NGX_HTTP_GATE_ZONE_PARTS];
    uint64_t                   nodes;
    uint64_t                   evictions;
    uint64_t                   full;
    u_char                     text[1];   /* what the slab says of itself */
} ngx_http_gate_zone_sh_t;


struct ngx_http_gate_zone_s {
    ngx_http_gate_zone_sh_t   *sh;
    ngx_slab_pool_t           *shpool;
    ngx_shm_zone_t            *shm;
    ngx_uint_t                 index;
    ngx_uint_t                 serves;
};


typedef struct {
    ngx_array_t                zones;     /* of pointers */
} ngx_http_gate_shm_main_conf_t;


static ngx_http_gate_node_t *ngx_http_gate_zone_alloc_locked(
    ngx_http_gate_zone_t *z, ngx_http_gate_zone_part_t *part, size_t size,
    ngx_http_gate_zone_use_t *use);
static ngx_uint_t ngx_http_gate_zone_kept(ngx_http_gate_node_t *n,
    ngx_http_gate_zone_use_t *use);
static void ngx_http_gate_zone_insert(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel);
static ngx_int_t ngx_http_gate_zone_cmp(ngx_http_gate_node_t *n,
    ngx_uint_t type, u_char *name, size_t name_len, u_char *key, size_t len);
static char *ngx_http_gate_shm_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_shm_full(ngx_conf_t *cf, ngx_http_gate_zone_t *z);
static ngx_int_t ngx_http_gate_shm_init_zone(ngx_shm_zone_t *shm_zone,
    void *data);
static ngx_int_t ngx_http_gate_shm_divide(ngx_http_gate_zone_t *z);
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
ngx_http_gate_zone(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_str_t                      *text;
    ngx_uint_t                      i;
    ngx_http_gate_zone_t          **z;
    ngx_http_gate_shm_main_conf_t  *zmcf;

    zmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_shm_module);

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


ngx_array_t *
ngx_http_gate_zones(ngx_http_request_t *r)
{
    ngx_http_gate_shm_main_conf_t  *zmcf;

    zmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_shm_module);

    return &zmcf->zones;
}


ngx_str_t *
ngx_http_gate_zone_name(ngx_http_gate_zone_t *z)
{
    return &z->shm->shm.name;
}


ngx_uint_t
ngx_http_gate_zone_index(ngx_http_gate_zone_t *z)
{
    return z->index;
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
ngx_http_gate_zone_find_locked(ngx_http_gate_zone_t *z,
    ngx_http_gate_bucket_t *b)
{
    ngx_int_t              rc;
    ngx_rbtree_node_t     *node, *sentinel;
    ngx_http_gate_node_t  *n;

    node = z->sh->rbtree.root;
    sentinel = z->sh->rbtree.sentinel;

    while (node != sentinel) {

        if (b->hash != node->key) {
            node = (b->hash < node->key) ? node->left : node->right;
            continue;
        }

        n = (ngx_http_gate_node_t *) node;

        rc = ngx_http_gate_zone_cmp(n, b->type, b->name.data, b->name.len,
                                    b->key.data, b->key.len);
        if (rc == 0) {
            return n;
        }

        node = (rc > 0) ? node->left : node->right;
    }

    return NULL;
}


ngx_http_gate_node_t *
ngx_http_gate_zone_add_locked(ngx_http_gate_zone_t *z,
    ngx_http_gate_bucket_t *b, ngx_http_gate_zone_use_t *use)
{
    size_t                 size;
    ngx_uint_t             i;
    ngx_http_gate_node_t  *n;

    size = offsetof(ngx_http_gate_node_t, data) + b->name.len + b->key.len;
    n = NULL;

    /* the own part first, then those of whom one comes before */

    for (i = use->part; i < NGX_HTTP_GATE_ZONE_PARTS; i++) {
        n = ngx_http_gate_zone_alloc_locked(z, &z->sh->parts[i], size, use);
        if (n != NULL) {
            break;
        }
    }

    if (n == NULL) {
        z->sh->full++;
        return NULL;
    }

    n->node.key = b->hash;
    n->drain.key = use->now_ns / 1000000;
    n->tat_ns = 0;
    n->part = (u_char) i;
    n->type = (u_char) b->type;
    n->name_len = (u_short) b->name.len;
    n->len = (u_short) b->key.len;

    ngx_memcpy(ngx_cpymem(n->data, b->name.data, b->name.len), b->key.data,
               b->key.len);

    ngx_rbtree_insert(&z->sh->rbtree, &n->node);
    ngx_rbtree_insert(&z->sh->parts[i].drains, &n->drain);

    z->sh->nodes++;

    return n;
}


/*
 * Only a drained bucket may go: to forget another one would hand its owner a
 * full one.  The second tree knows a lower bound of when each is drained; the
 * bound of the first one is mended when it is looked at, so that buckets in
 * use cost nothing here until there is no room.  A bucket that this request
 * has found is kept: its bound is then a moment late, which harms nobody.
 */

static ngx_http_gate_node_t *
ngx_http_gate_zone_alloc_locked(ngx_http_gate_zone_t *z,
    ngx_http_gate_zone_part_t *part, size_t size, ngx_http_gate_zone_use_t *use)
{
    ngx_uint_t             steps;
    ngx_rbtree_key_t       now, tat;
    ngx_rbtree_node_t     *drain;
    ngx_http_gate_node_t  *n;

    now = use->now_ns / 1000000;

    for (steps = 0; steps < NGX_HTTP_GATE_ZONE_STEPS; steps++) {

        n = ngx_slab_alloc_locked(part->pool, size);
        if (n != NULL) {
            return n;
        }

        if (part->drains.root == part->drains.sentinel) {
            return NULL;
        }

        drain = ngx_rbtree_min(part->drains.root, part->drains.sentinel);
        n = ngx_rbtree_data(drain, ngx_http_gate_node_t, drain);
        tat = (n->tat_ns + 999999) / 1000000;

        if (drain->key > now) {
            /* no bound is later than it has to be: nothing is drained */
            return NULL;
        }

        if (tat <= now && ngx_http_gate_zone_kept(n, use)) {
            tat = now + 1;
        }

        ngx_rbtree_delete(&part->drains, drain);

        if (tat > now) {
            drain->key = tat;
            ngx_rbtree_insert(&part->drains, drain);
            continue;
        }

        ngx_rbtree_delete(&z->sh->rbtree, &n->node);
        ngx_slab_free_locked(part->pool, n);

        z->sh->nodes--;
        z->sh->evictions++;
    }

    return NULL;
}


static ngx_uint_t
ngx_http_gate_zone_kept(ngx_http_gate_node_t *n, ngx_http_gate_zone_use_t *use)
{
    ngx_uint_t  i;

    for (i = 0; i < use->n; i++) {
        if (use->nodes[i] == n) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_gate_zone_insert(ngx_rbtree_node_t *temp, ngx_rbtree_node_t *node,
    ngx_rbtree_node_t *sentinel)
{
    ngx_int_t               rc;
    ngx_rbtree_node_t     **p;
    ngx_http_gate_node_t   *n, *t;

    n = (ngx_http_gate_node_t *) node;

    for ( ;; ) {

        if (node->key != temp->key) {
            p = (node->key < temp->key) ? &temp->left : &temp->right;

        } else {
            t = (ngx_http_gate_node_t *) temp;
            rc = ngx_http_gate_zone_cmp(t, n->type, n->data, n->name_len,
                                        n->data + n->name_len, n->len);
            p = (rc > 0) ? &temp->left : &temp->right;
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
ngx_http_gate_zone_cmp(ngx_http_gate_node_t *n, ngx_uint_t type, u_char *name,
    size_t name_len, u_char *key, size_t len)
{
    ngx_int_t  rc;

    if (n->type != type) {
        return (n->type > type) ? 1 : -1;
    }

    rc = ngx_memn2cmp(n->data, name, n->name_len, name_len);

    if (rc != 0) {
        return rc;
    }

    return ngx_memn2cmp(n->data + n->name_len, key, n->len, len);
}


void
ngx_http_gate_zone_stat(ngx_http_gate_zone_t *z, ngx_http_gate_zone_stat_t *st)
{
    size_t                      unused;
    ngx_uint_t                  i;
    ngx_http_gate_zone_part_t  *part;

    ngx_http_gate_zone_lock(z);

    unused = 0;

    for (i = 0; i < NGX_HTTP_GATE_ZONE_PARTS; i++) {
        part = &z->sh->parts[i];
        unused += part->pool->pfree * ngx_pagesize;
    }

    st->bytes = (z->shpool->last - z->shpool->pages) * ngx_pagesize;
    st->bytes_used = st->bytes - unused;
    st->evictions = z->sh->evictions;
    st->full = z->sh->full;

    ngx_http_gate_zone_unlock(z);
}


/* gate_zone NAME SIZE [full=refuse|serve]; */

static char *
ngx_http_gate_shm_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_shm_main_conf_t *zmcf = conf;

    ssize_t                 size;
    ngx_str_t              *value;
    ngx_http_gate_zone_t   *z, **zp;

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "takes a name and a size";
    }

    if (zmcf->zones.nelts && ngx_http_gate_zone(cf, &value[1]) != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate gate_zone \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    size = ngx_parse_size(&value[2]);

    if (size == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid zone size \"%V\"",
                           &value[2]);
        return NGX_CONF_ERROR;
    }

    if (size < (ssize_t) (8 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "zone \"%V\" is too small, "
                           "the smallest size is %uz", &value[1],
                           8 * ngx_pagesize);
        return NGX_CONF_ERROR;
    }

    z = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_zone_t));
    if (z == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_gate_shm_full(cf, z) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    z->shm = ngx_shared_memory_add(cf, &value[1], size,
                                   &ngx_http_gate_shm_module);
    if (z->shm == NULL) {
        return NGX_CONF_ERROR;
    }

    zp = ngx_array_push(&zmcf->zones);
    if (zp == NULL) {
        return NGX_CONF_ERROR;
    }

    *zp = z;

    z->index = zmcf->zones.nelts - 1;
    z->shm->init = ngx_http_gate_shm_init_zone;
    z->shm->data = z;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_shm_full(ngx_conf_t *cf, ngx_http_gate_zone_t *z)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    if (cf->args->nelts == 3
        || ngx_strcmp(value[3].data, "full=refuse") == 0)
    {
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[3].data, "full=serve") == 0) {
        z->serves = 1;
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                       &value[3]);

    return NGX_CONF_ERROR;
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

    len = sizeof(" in gate_zone \"\"") + shm_zone->shm.name.len;

    z->sh = ngx_slab_calloc(z->shpool, sizeof(ngx_http_gate_zone_sh_t) + len);
    if (z->sh == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(z->sh->text, " in gate_zone \"%V\"%Z", &shm_zone->shm.name);

    z->shpool->data = z->sh;
    z->sh->layout = NGX_HTTP_GATE_ZONE_LAYOUT;

    ngx_rbtree_init(&z->sh->rbtree, &z->sh->sentinel,
                    ngx_http_gate_zone_insert);

    return ngx_http_gate_shm_divide(z);
}


/*
 * A quarter each for consumers and for callers who are known, the rest for
 * all.  Each part is a slab pool of its own inside that of the zone: pages
 * that belong to one cannot be had by another, however they are filled.  The
 * lock is that of the zone, which nginx frees if its holder dies.
 */

static ngx_int_t
ngx_http_gate_shm_divide(ngx_http_gate_zone_t *z)
{
    u_char                     *p;
    ngx_uint_t                  i, pages;
    ngx_http_gate_zone_part_t  *part;

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

        ngx_rbtree_init(&part->drains, &part->sentinel,
                        ngx_rbtree_insert_value);
    }

    return NGX_OK;
}


static void *
ngx_http_gate_shm_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_shm_main_conf_t  *zmcf;

    zmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_shm_main_conf_t));
    if (zmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&zmcf->zones, cf->pool, 2, sizeof(void *)) != NGX_OK) {
        return NULL;
    }

    return zmcf;
}
