
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The persistent map: a hash array mapped trie of one form for what it has,
 * whatever order it came in (M. Steindorfer and J. Vinju, Optimizing
 * Hash-Array Mapped Tries, 2015: items before nodes, a node that would have one
 * item alone is that item in the node above).  So two maps differ where their
 * nodes do.
 */


#include <stdlib.h>

#include "mesh_map_node.h"


/* what is looked for, at each level */

typedef struct {
    uint64_t               hash;
    gate_str_t             name;
    mesh_item_t           *item;              /* to be put in; NULL: deleted */
    mesh_rc_e              rc;
} mesh_map_way_t;


static mesh_map_t *mesh_map_make(size_t n);
static void mesh_map_free(mesh_map_t *m);
static mesh_map_t *mesh_map_copy(const mesh_map_t *m, size_t to, size_t gap,
    size_t from, size_t cut);
static void mesh_map_sum(mesh_map_t *m);
static mesh_map_t *mesh_map_put(mesh_map_t *m, unsigned shift,
    mesh_map_way_t *way);
static mesh_map_t *mesh_map_put_last(mesh_map_t *m, mesh_map_way_t *way);
static mesh_map_t *mesh_map_put_item(mesh_map_t *m, unsigned shift,
    uint32_t bit, mesh_map_way_t *way);
static mesh_map_t *mesh_map_two(mesh_item_t *a, mesh_item_t *b,
    unsigned shift, uint64_t hash);
static mesh_map_t *mesh_map_cut(mesh_map_t *m, unsigned shift,
    mesh_map_way_t *way);
static mesh_map_t *mesh_map_cut_node(mesh_map_t *m, unsigned shift,
    uint32_t bit, mesh_map_way_t *way);
static mesh_map_t *mesh_map_without(mesh_map_t *m, size_t i, uint32_t bit);


mesh_map_t *
mesh_map_ref(mesh_map_t *m)
{
    if (m != NULL) {
        m->refs++;
    }

    return m;
}


void
mesh_map_unref(mesh_map_t *m)
{
    if (m != NULL && --m->refs == 0) {
        mesh_map_free(m);
    }
}


size_t
mesh_map_count(const mesh_map_t *m)
{
    return m == NULL ? 0 : m->count;
}


static mesh_map_t *
mesh_map_make(size_t n)
{
    mesh_map_t  *m;

    m = malloc(offsetof(mesh_map_t, slots) + n * sizeof(mesh_map_slot_t));

    if (m != NULL) {
        m->refs = 1;
        m->count = 0;
        m->items = 0;
        m->nodes = 0;
    }

    return m;
}


/* as deep as the trie is, which is MESH_MAP_DEEP / MESH_MAP_BITS at most */

static void
mesh_map_free(mesh_map_t *m)
{
    size_t  i, n, first;

    n = mesh_map_slots(m);
    first = mesh_map_first(m);

    for (i = 0; i < n; i++) {
        if (i < first) {
            mesh_item_unref(m->slots[i].item);

        } else {
            mesh_map_unref(m->slots[i].node);
        }
    }

    free(m);
}


mesh_item_t *
mesh_map_find(const mesh_map_t *m, gate_str_t name)
{
    size_t        i;
    uint32_t      bit;
    uint64_t      hash;
    unsigned      shift;
    mesh_item_t  *item;

    hash = gate_xxh64(name, 0);

    for (shift = 0; m != NULL && shift < MESH_MAP_DEEP;
         shift += MESH_MAP_BITS)
    {
        bit = mesh_map_bit(hash, shift);

        if (m->items & bit) {
            item = m->slots[mesh_map_item_at(m, bit)].item;
            return gate_str_eq(item->name, name) ? item : NULL;
        }

        if (!(m->nodes & bit)) {
            return NULL;
        }

        m = m->slots[mesh_map_node_at(m, bit)].node;
    }

    if (m == NULL) {
        return NULL;
    }

    i = mesh_map_same_hash(m, name);

    return i < m->count ? m->slots[i].item : NULL;
}


mesh_rc_e
mesh_map_set(mesh_map_t **m, mesh_item_t *item)
{
    mesh_map_t      *made;
    mesh_map_way_t   way;

    way.hash = gate_xxh64(item->name, 0);
    way.name = item->name;
    way.item = item;
    way.rc = MESH_OK;

    if (*m == NULL) {
        made = mesh_map_make(1);

        if (made != NULL) {
            made->count = 1;
            made->items = mesh_map_bit(way.hash, 0);
            made->slots[0].item = mesh_item_ref(item);
        }

    } else {
        made = mesh_map_put(*m, 0, &way);
    }

    if (made == NULL) {
        return MESH_NO_MEMORY;
    }

    mesh_map_unref(*m);
    *m = made;

    return MESH_OK;
}


mesh_rc_e
mesh_map_delete(mesh_map_t **m, gate_str_t name)
{
    mesh_map_t      *made;
    mesh_map_way_t   way;

    if (*m == NULL) {
        return MESH_NONE;
    }

    way.hash = gate_xxh64(name, 0);
    way.name = name;
    way.item = NULL;
    way.rc = MESH_OK;

    made = mesh_map_cut(*m, 0, &way);

    if (way.rc != MESH_OK) {
        return way.rc;
    }

    /* the name may be of what goes now */

    mesh_map_unref(*m);
    *m = made;

    return MESH_OK;
}


/*
 * A copy whose slots have references of their own: without slots "from" to
 * "from" + "cut" of the old one, and with "gap" slots from "to" on in the new
 * one that are still to be set.
 */

static mesh_map_t *
mesh_map_copy(const mesh_map_t *m, size_t to, size_t gap, size_t from,
    size_t cut)
{
    size_t       i, j, n, first;
    mesh_map_t  *made;

    n = mesh_map_slots(m);
    first = mesh_map_first(m);

    made = mesh_map_make(n + gap - cut);
    if (made == NULL) {
        return NULL;
    }

    made->items = m->items;
    made->nodes = m->nodes;

    for (i = 0, j = 0; i < n; i++) {

        if (i >= from && i < from + cut) {
            continue;
        }

        if (j == to) {
            j += gap;
        }

        made->slots[j] = m->slots[i];

        if (i < first) {
            mesh_item_ref(made->slots[j].item);

        } else {
            mesh_map_ref(made->slots[j].node);
        }

        j++;
    }

    return made;
}


/* how many items a node has that has just been made */

static void
mesh_map_sum(mesh_map_t *m)
{
    size_t  i, n, first;

    n = mesh_map_slots(m);
    first = mesh_map_first(m);

    m->count = first;

    for (i = first; i < n; i++) {
        m->count += m->slots[i].node->count;
    }
}


/* the node with the item in it, or NULL; the caller has a reference to it */

static mesh_map_t *
mesh_map_put(mesh_map_t *m, unsigned shift, mesh_map_way_t *way)
{
    size_t       i;
    uint32_t     bit;
    mesh_map_t  *made, *below;

    if (shift >= MESH_MAP_DEEP) {
        return mesh_map_put_last(m, way);
    }

    bit = mesh_map_bit(way->hash, shift);

    if (m->items & bit) {
        return mesh_map_put_item(m, shift, bit, way);
    }

    if (m->nodes & bit) {
        i = mesh_map_node_at(m, bit);

        below = mesh_map_put(m->slots[i].node, shift + MESH_MAP_BITS, way);
        if (below == NULL) {
            return NULL;
        }

        if (below == m->slots[i].node) {
            mesh_map_unref(below);
            return mesh_map_ref(m);
        }

        made = mesh_map_copy(m, i, 1, i, 1);
        if (made == NULL) {
            mesh_map_unref(below);
            return NULL;
        }

        made->slots[i].node = below;
        mesh_map_sum(made);

        return made;
    }

    i = mesh_map_item_at(m, bit);

    made = mesh_map_copy(m, i, 1, 0, 0);
    if (made == NULL) {
        return NULL;
    }

    made->items |= bit;
    made->slots[i].item = mesh_item_ref(way->item);
    mesh_map_sum(made);

    return made;
}


static mesh_map_t *
mesh_map_put_last(mesh_map_t *m, mesh_map_way_t *way)
{
    size_t       i;
    mesh_map_t  *made;

    i = mesh_map_same_hash(m, way->name);

    if (i < m->count && m->slots[i].item == way->item) {
        return mesh_map_ref(m);
    }

    made = mesh_map_copy(m, i, 1, i, i < m->count);
    if (made == NULL) {
        return NULL;
    }

    made->slots[i].item = mesh_item_ref(way->item);
    made->count = m->count + (i == m->count);

    return made;
}


/* where an item is already: of that name, or not */

static mesh_map_t *
mesh_map_put_item(mesh_map_t *m, unsigned shift, uint32_t bit,
    mesh_map_way_t *way)
{
    size_t        i, to;
    mesh_map_t   *made, *below;
    mesh_item_t  *old;

    i = mesh_map_item_at(m, bit);
    old = m->slots[i].item;

    if (old == way->item) {
        return mesh_map_ref(m);
    }

    if (gate_str_eq(old->name, way->name)) {
        made = mesh_map_copy(m, i, 1, i, 1);

        if (made != NULL) {
            made->slots[i].item = mesh_item_ref(way->item);
            made->count = m->count;
        }

        return made;
    }

    below = mesh_map_two(old, way->item, shift + MESH_MAP_BITS, way->hash);
    if (below == NULL) {
        return NULL;
    }

    /* one item less before it */

    to = mesh_map_node_at(m, bit) - 1;

    made = mesh_map_copy(m, to, 1, i, 1);
    if (made == NULL) {
        mesh_map_unref(below);
        return NULL;
    }

    made->items &= ~bit;
    made->nodes |= bit;
    made->slots[to].node = below;
    made->count = m->count + 1;

    return made;
}


/* a node of two items; "hash" is that of the second one */

static mesh_map_t *
mesh_map_two(mesh_item_t *a, mesh_item_t *b, unsigned shift, uint64_t hash)
{
    uint32_t     abit, bbit;
    mesh_map_t  *made, *below;

    abit = 0;
    bbit = 0;

    if (shift < MESH_MAP_DEEP) {
        abit = mesh_map_bit(gate_xxh64(a->name, 0), shift);
        bbit = mesh_map_bit(hash, shift);
    }

    if (shift < MESH_MAP_DEEP && abit == bbit) {

        below = mesh_map_two(a, b, shift + MESH_MAP_BITS, hash);
        if (below == NULL) {
            return NULL;
        }

        made = mesh_map_make(1);
        if (made == NULL) {
            mesh_map_unref(below);
            return NULL;
        }

        made->count = 2;
        made->nodes = abit;
        made->slots[0].node = below;

        return made;
    }

    made = mesh_map_make(2);
    if (made == NULL) {
        return NULL;
    }

    made->count = 2;
    made->items = abit | bbit;
    made->slots[abit > bbit].item = mesh_item_ref(a);
    made->slots[abit <= bbit].item = mesh_item_ref(b);

    return made;
}


/* the node without it, NULL if nothing is left; unless way->rc says other */

static mesh_map_t *
mesh_map_cut(mesh_map_t *m, unsigned shift, mesh_map_way_t *way)
{
    size_t    i;
    uint32_t  bit;

    if (shift >= MESH_MAP_DEEP) {
        bit = 0;
        i = mesh_map_same_hash(m, way->name);

        if (i == m->count) {
            way->rc = MESH_NONE;
            return NULL;
        }

    } else {
        bit = mesh_map_bit(way->hash, shift);

        if (m->nodes & bit) {
            return mesh_map_cut_node(m, shift, bit, way);
        }

        i = mesh_map_item_at(m, bit);

        if (!(m->items & bit)
            || !gate_str_eq(m->slots[i].item->name, way->name))
        {
            way->rc = MESH_NONE;
            return NULL;
        }
    }

    if (m->count == 1) {
        return NULL;
    }

    m = mesh_map_without(m, i, bit);

    if (m == NULL) {
        way->rc = MESH_NO_MEMORY;
    }

    return m;
}


static mesh_map_t *
mesh_map_without(mesh_map_t *m, size_t i, uint32_t bit)
{
    mesh_map_t  *made;

    made = mesh_map_copy(m, 0, 0, i, 1);

    if (made != NULL) {
        made->items &= ~bit;
        made->count = m->count - 1;
    }

    return made;
}


/* what is left below is one item: it moves up */

static mesh_map_t *
mesh_map_cut_node(mesh_map_t *m, unsigned shift, uint32_t bit,
    mesh_map_way_t *way)
{
    size_t        i, to;
    mesh_map_t   *made, *below;
    mesh_item_t  *last;

    i = mesh_map_node_at(m, bit);

    below = mesh_map_cut(m->slots[i].node, shift + MESH_MAP_BITS, way);

    if (way->rc != MESH_OK) {
        return NULL;
    }

    /* a node has two items at least, so that one is left */

    last = NULL;
    to = i;

    if (below->count == 1) {
        last = mesh_item_ref(below->slots[0].item);
        to = mesh_map_item_at(m, bit);
        mesh_map_unref(below);
    }

    made = mesh_map_copy(m, to, 1, i, 1);

    if (made == NULL) {
        if (last == NULL) {
            mesh_map_unref(below);
        }

        mesh_item_unref(last);
        way->rc = MESH_NO_MEMORY;

        return NULL;
    }

    if (last != NULL) {
        made->items |= bit;
        made->nodes &= ~bit;
        made->slots[to].item = last;

    } else {
        made->slots[to].node = below;
    }

    made->count = m->count - 1;

    return made;
}
