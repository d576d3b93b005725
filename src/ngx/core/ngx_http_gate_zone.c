
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Entries of other rooms in shared memory, found by name and key.  Of what
 * they are the room knows the size, and asks when they may go.  A zone has
 * three parts, so that those whom nobody knows, and who may invent as many
 * keys as they like, leave room for those who pay.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_zone.h"
#include "ngx_http_gate_zone_entries.h"


/* stale bounds mended and entries evicted for one new entry at the most */
#define NGX_HTTP_GATE_ZONE_STEPS   128


static ngx_uint_t ngx_http_gate_zone_is(ngx_http_gate_zone_entry_t *e,
    ngx_uint_t class, ngx_http_gate_zone_key_t *k);
static ngx_http_gate_zone_entry_t *ngx_http_gate_zone_alloc_locked(
    ngx_http_gate_zone_t *z, ngx_http_gate_zone_room_t *part, size_t size,
    ngx_http_gate_zone_use_t *use);
static ngx_uint_t ngx_http_gate_zone_index(ngx_http_gate_zone_t *z,
    const ngx_http_gate_zone_class_t *class);
static int64_t ngx_http_gate_zone_may_go(ngx_http_gate_zone_t *z,
    ngx_http_gate_zone_entry_t *e, ngx_http_gate_zone_use_t *use);
static ngx_int_t ngx_http_gate_zone_cmp(ngx_http_gate_zone_entry_t *e,
    ngx_uint_t class, ngx_uint_t kind, ngx_str_t *name, ngx_str_t *key);


ngx_str_t *
ngx_http_gate_zone_name(ngx_http_gate_zone_t *z)
{
    return &z->shm->shm.name;
}


ngx_uint_t
ngx_http_gate_zone_serves(ngx_http_gate_zone_t *z)
{
    return z->serves;
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


void *
ngx_http_gate_zone_find_locked(ngx_http_gate_zone_t *z,
    ngx_http_gate_zone_key_t *k)
{
    ngx_int_t                    rc;
    ngx_uint_t                   class;
    ngx_rbtree_node_t           *node, *sentinel;
    ngx_http_gate_zone_entry_t  *e;

    class = ngx_http_gate_zone_index(z, k->class);
    node = z->sh->rbtree.root;
    sentinel = z->sh->rbtree.sentinel;

    while (node != sentinel) {

        if (k->hash != node->key) {
            node = (k->hash < node->key) ? node->left : node->right;
            continue;
        }

        e = (ngx_http_gate_zone_entry_t *) node;

        if (ngx_http_gate_zone_is(e, class, k)) {
            return e->payload;
        }

        /* another one of the same hash */

        rc = ngx_http_gate_zone_cmp(e, class, k->kind, &k->name, &k->key);
        node = (rc > 0) ? node->left : node->right;
    }

    return NULL;
}


static ngx_uint_t
ngx_http_gate_zone_is(ngx_http_gate_zone_entry_t *e, ngx_uint_t class,
    ngx_http_gate_zone_key_t *k)
{
    u_char  *p;

    p = (u_char *) &e->payload[e->words];

    return e->class == class && e->kind == k->kind
           && gate_str_eq(gate_str(p, e->name_len),
                          gate_str(k->name.data, k->name.len))
           && gate_str_eq(gate_str(p + e->name_len, e->len),
                          gate_str(k->key.data, k->key.len));
}


void *
ngx_http_gate_zone_add_locked(ngx_http_gate_zone_t *z,
    ngx_http_gate_zone_key_t *k, ngx_http_gate_zone_use_t *use)
{
    u_char                      *p;
    size_t                       size, words;
    ngx_uint_t                   i;
    ngx_http_gate_zone_entry_t  *e;

    words = (k->class->size + sizeof(uint64_t) - 1) / sizeof(uint64_t);

    size = offsetof(ngx_http_gate_zone_entry_t, payload)
           + words * sizeof(uint64_t) + k->name.len + k->key.len;

    e = NULL;

    /* the own part first, then those of whom one comes before */

    for (i = use->part; i < NGX_HTTP_GATE_ZONE_PARTS; i++) {
        e = ngx_http_gate_zone_alloc_locked(z, &z->sh->parts[i], size, use);
        if (e != NULL) {
            break;
        }
    }

    if (e == NULL) {
        z->sh->full++;
        return NULL;
    }

    e->node.key = k->hash;
    e->bound.key = use->now_ms;
    e->part = (u_char) i;
    e->class = (u_char) ngx_http_gate_zone_index(z, k->class);
    e->kind = (u_char) k->kind;
    e->words = (u_char) words;
    e->name_len = (u_short) k->name.len;
    e->len = (u_short) k->key.len;

    ngx_memzero(e->payload, words * sizeof(uint64_t));

    p = ngx_cpymem(&e->payload[words], k->name.data, k->name.len);
    ngx_memcpy(p, k->key.data, k->key.len);

    ngx_rbtree_insert(&z->sh->rbtree, &e->node);
    ngx_rbtree_insert(&z->sh->parts[i].bounds, &e->bound);

    return e->payload;
}


/* of the zone's own configuration: one that was refused may have others */

static ngx_uint_t
ngx_http_gate_zone_index(ngx_http_gate_zone_t *z,
    const ngx_http_gate_zone_class_t *class)
{
    ngx_uint_t                    i;
    ngx_http_gate_zone_class_t  **c;

    c = z->classes->elts;

    for (i = 0; c[i] != class; i++) { /* void */ }

    return i;
}


/*
 * Only what its room does not need any more may go: to forget another bucket
 * would hand its owner a full one.  The second tree knows a lower bound of
 * when that is; the bound of the first one is mended when it is looked at, so
 * that entries in use cost nothing here until there is no room.
 */

static ngx_http_gate_zone_entry_t *
ngx_http_gate_zone_alloc_locked(ngx_http_gate_zone_t *z,
    ngx_http_gate_zone_room_t *part, size_t size, ngx_http_gate_zone_use_t *use)
{
    int64_t                      when;
    ngx_uint_t                   steps;
    ngx_rbtree_node_t           *bound;
    ngx_http_gate_zone_entry_t  *e;

    for (steps = 0; steps < NGX_HTTP_GATE_ZONE_STEPS; steps++) {

        e = ngx_slab_alloc_locked(part->pool, size);
        if (e != NULL) {
            return e;
        }

        if (part->bounds.root == part->bounds.sentinel) {
            return NULL;
        }

        bound = ngx_rbtree_min(part->bounds.root, part->bounds.sentinel);
        e = ngx_rbtree_data(bound, ngx_http_gate_zone_entry_t, bound);

        if ((int64_t) bound->key > use->now_ms) {
            /* no bound is later than it has to be: nothing may go */
            return NULL;
        }

        when = ngx_http_gate_zone_may_go(z, e, use);

        ngx_rbtree_delete(&part->bounds, bound);

        if (when > use->now_ms) {
            bound->key = when;
            ngx_rbtree_insert(&part->bounds, bound);
            continue;
        }

        ngx_rbtree_delete(&z->sh->rbtree, &e->node);
        ngx_slab_free_locked(part->pool, e);

        z->sh->evictions++;
    }

    return NULL;
}


/*
 * What this request has found is kept: its bound is then a moment late, which
 * harms nobody.
 */

static int64_t
ngx_http_gate_zone_may_go(ngx_http_gate_zone_t *z,
    ngx_http_gate_zone_entry_t *e, ngx_http_gate_zone_use_t *use)
{
    int64_t                       when;
    ngx_uint_t                    i;
    ngx_http_gate_zone_class_t  **class;

    class = z->classes->elts;
    when = class[e->class]->may_go(e->payload);

    if (when > use->now_ms) {
        return when;
    }

    for (i = 0; i < use->n; i++) {
        if (use->held[i] == e->payload) {
            return use->now_ms + 1;
        }
    }

    return when;
}


void
ngx_http_gate_zone_insert(ngx_rbtree_node_t *temp, ngx_rbtree_node_t *node,
    ngx_rbtree_node_t *sentinel)
{
    ngx_int_t                    rc;
    ngx_str_t                    name, key;
    ngx_rbtree_node_t          **p;
    ngx_http_gate_zone_entry_t  *e;

    e = (ngx_http_gate_zone_entry_t *) node;

    name.len = e->name_len;
    name.data = (u_char *) &e->payload[e->words];
    key.len = e->len;
    key.data = name.data + name.len;

    for ( ;; ) {

        if (node->key != temp->key) {
            p = (node->key < temp->key) ? &temp->left : &temp->right;

        } else {
            rc = ngx_http_gate_zone_cmp((ngx_http_gate_zone_entry_t *) temp,
                                        e->class, e->kind, &name, &key);
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
ngx_http_gate_zone_cmp(ngx_http_gate_zone_entry_t *e, ngx_uint_t class,
    ngx_uint_t kind, ngx_str_t *name, ngx_str_t *key)
{
    u_char     *p;
    ngx_int_t   rc;

    if (e->class != class) {
        return (e->class > class) ? 1 : -1;
    }

    if (e->kind != kind) {
        return (e->kind > kind) ? 1 : -1;
    }

    p = (u_char *) &e->payload[e->words];

    rc = ngx_memn2cmp(p, name->data, e->name_len, name->len);

    if (rc != 0) {
        return rc;
    }

    return ngx_memn2cmp(p + e->name_len, key->data, e->len, key->len);
}


void
ngx_http_gate_zone_stat(ngx_http_gate_zone_t *z, ngx_http_gate_zone_stat_t *st)
{
    size_t                      unused;
    ngx_uint_t                  i;
    ngx_http_gate_zone_room_t  *part;

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
