
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the rooms of zones share: what stands in a zone's memory.
 */


#ifndef _NGX_HTTP_GATE_ZONE_ENTRIES_H_INCLUDED_
#define _NGX_HTTP_GATE_ZONE_ENTRIES_H_INCLUDED_


#include "ngx_http_gate_zone.h"


typedef struct {
    ngx_rbtree_node_t          node;      /* key: hash of all below */
    ngx_rbtree_node_t          bound;     /* key: it does not go before */
    u_short                    name_len;
    u_short                    len;
    u_char                     part;
    u_char                     class;
    u_char                     kind;
    u_char                     words;     /* of the payload */
    uint64_t                   payload[1];  /* then name, key */
} ngx_http_gate_zone_entry_t;


typedef struct {
    ngx_slab_pool_t           *pool;      /* under the lock of the zone */
    ngx_rbtree_t               bounds;    /* entries by when they may go */
    ngx_rbtree_node_t          sentinel;
} ngx_http_gate_zone_room_t;


typedef struct {
    uint32_t                   layout;
    uint32_t                   classes;   /* which it was made for */
    ngx_rbtree_t               rbtree;    /* entries by hash */
    ngx_rbtree_node_t          sentinel;
    ngx_http_gate_zone_room_t  parts[NGX_HTTP_GATE_ZONE_PARTS];
    uint64_t                   evictions;
    uint64_t                   full;
    u_char                     text[1];   /* what the slab says of itself */
} ngx_http_gate_zone_sh_t;


struct ngx_http_gate_zone_s {
    ngx_http_gate_zone_sh_t   *sh;
    ngx_slab_pool_t           *shpool;
    ngx_shm_zone_t            *shm;
    ngx_array_t               *classes;   /* of pointers, by index */
    ngx_uint_t                 serves;
};


typedef struct {
    uint64_t                   bytes;
    uint64_t                   bytes_used;
    uint64_t                   evictions;
    uint64_t                   full;
} ngx_http_gate_zone_stat_t;


void ngx_http_gate_zone_stat(ngx_http_gate_zone_t *z,
    ngx_http_gate_zone_stat_t *st);
void ngx_http_gate_zone_insert(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel);


#endif /* _NGX_HTTP_GATE_ZONE_ENTRIES_H_INCLUDED_ */
