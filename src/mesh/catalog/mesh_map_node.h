
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Nodes of the persistent map, for its own files.
 */


#ifndef MESH_MAP_NODE_H_INCLUDED_
#define MESH_MAP_NODE_H_INCLUDED_


#include "gate_xxh.h"
#include "mesh_map.h"


#define MESH_MAP_BITS   5                     /* of the hash, at each level */
#define MESH_MAP_DEEP   65                    /* bits: there are no more */


typedef union {
    mesh_item_t           *item;
    mesh_map_t            *node;
} mesh_map_slot_t;


/*
 * Items are before nodes, each in the order of its bits.  Behind the last bits
 * of the hash both bitmaps are 0, and all slots are items of one hash, in no
 * order.
 */

struct mesh_map_s {
    size_t                 refs;
    size_t                 count;             /* items, in all below */
    uint32_t               items;             /* bitmap */
    uint32_t               nodes;             /* bitmap, of others */
    mesh_map_slot_t        slots[1];
};


static inline size_t
mesh_map_bits(uint32_t map)
{
    return (size_t) __builtin_popcount(map);
}


static inline uint32_t
mesh_map_bit(uint64_t hash, unsigned shift)
{
    return (uint32_t) 1 << ((hash >> shift) & ((1 << MESH_MAP_BITS) - 1));
}


static inline size_t
mesh_map_slots(const mesh_map_t *m)
{
    return (m->items | m->nodes) ? mesh_map_bits(m->items | m->nodes)
                                 : m->count;
}


/* the first slot that is a node */

static inline size_t
mesh_map_first(const mesh_map_t *m)
{
    return (m->items | m->nodes) ? mesh_map_bits(m->items) : m->count;
}


/* the slots of an item and of a node with that bit */

static inline size_t
mesh_map_item_at(const mesh_map_t *m, uint32_t bit)
{
    return mesh_map_bits(m->items & (bit - 1));
}


static inline size_t
mesh_map_node_at(const mesh_map_t *m, uint32_t bit)
{
    return mesh_map_bits(m->items) + mesh_map_bits(m->nodes & (bit - 1));
}


/* the slot of that name behind the last bits; the count if there is none */

static inline size_t
mesh_map_same_hash(const mesh_map_t *m, gate_str_t name)
{
    size_t  i;

    for (i = 0; i < m->count; i++) {
        if (gate_str_eq(m->slots[i].item->name, name)) {
            break;
        }
    }

    return i;
}


#endif /* MESH_MAP_NODE_H_INCLUDED_ */
