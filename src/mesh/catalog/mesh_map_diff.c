
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Walks over a persistent map, and over what differs between two: nodes that
 * are the same object are passed by.
 */


#include "mesh_map_node.h"


typedef int (*mesh_map_visit_pt)(void *data, mesh_item_t *before,
    mesh_item_t *after);


static int mesh_map_diff_at(const mesh_map_t *from, const mesh_map_t *to,
    unsigned shift, mesh_map_visit_pt visit, void *data);
static int mesh_map_diff_last(const mesh_map_t *from, const mesh_map_t *to,
    mesh_map_visit_pt visit, void *data);
static int mesh_map_diff_slot(const mesh_map_t *from, const mesh_map_t *to,
    unsigned shift, uint32_t bit, mesh_map_visit_pt visit, void *data);
static int mesh_map_diff_one(mesh_item_t *one, const mesh_map_t *many,
    int before, unsigned shift, mesh_map_visit_pt visit, void *data);


int
mesh_map_walk(const mesh_map_t *m,
    int (*visit)(void *data, mesh_item_t *item), void *data)
{
    int     rc;
    size_t  i, n, first;

    if (m == NULL) {
        return 0;
    }

    n = mesh_map_slots(m);
    first = mesh_map_first(m);

    for (i = 0; i < n; i++) {
        rc = (i < first) ? visit(data, m->slots[i].item)
                         : mesh_map_walk(m->slots[i].node, visit, data);

        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


int
mesh_map_diff(const mesh_map_t *from, const mesh_map_t *to,
    int (*visit)(void *data, mesh_item_t *before, mesh_item_t *after),
    void *data)
{
    return mesh_map_diff_at(from, to, 0, visit, data);
}


/* both are of the same place in the trie, or NULL */

static int
mesh_map_diff_at(const mesh_map_t *from, const mesh_map_t *to, unsigned shift,
    mesh_map_visit_pt visit, void *data)
{
    int       rc;
    uint32_t  bit, map;

    if (from == to) {
        return 0;
    }

    if (shift >= MESH_MAP_DEEP) {
        return mesh_map_diff_last(from, to, visit, data);
    }

    map = (from == NULL ? 0 : from->items | from->nodes)
          | (to == NULL ? 0 : to->items | to->nodes);

    for ( /* void */ ; map != 0; map &= map - 1) {

        bit = map & (~map + 1);

        rc = mesh_map_diff_slot(from, to, shift, bit, visit, data);
        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


/* all of one hash */

static int
mesh_map_diff_last(const mesh_map_t *from, const mesh_map_t *to,
    mesh_map_visit_pt visit, void *data)
{
    int           rc;
    size_t        i, j;
    mesh_item_t  *before, *after;

    for (i = 0; from != NULL && i < from->count; i++) {

        before = from->slots[i].item;
        after = NULL;

        if (to != NULL) {
            j = mesh_map_same_hash(to, before->name);
            after = j < to->count ? to->slots[j].item : NULL;
        }

        rc = (before == after) ? 0 : visit(data, before, after);
        if (rc != 0) {
            return rc;
        }
    }

    for (i = 0; to != NULL && i < to->count; i++) {

        after = to->slots[i].item;

        if (from != NULL
            && mesh_map_same_hash(from, after->name) < from->count)
        {
            continue;
        }

        rc = visit(data, NULL, after);
        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


static int
mesh_map_diff_slot(const mesh_map_t *from, const mesh_map_t *to,
    unsigned shift, uint32_t bit, mesh_map_visit_pt visit, void *data)
{
    int           rc;
    mesh_map_t   *old, *new;
    mesh_item_t  *before, *after;

    old = NULL;
    new = NULL;
    before = NULL;
    after = NULL;

    if (from != NULL && (from->items & bit)) {
        before = from->slots[mesh_map_item_at(from, bit)].item;

    } else if (from != NULL && (from->nodes & bit)) {
        old = from->slots[mesh_map_node_at(from, bit)].node;
    }

    if (to != NULL && (to->items & bit)) {
        after = to->slots[mesh_map_item_at(to, bit)].item;

    } else if (to != NULL && (to->nodes & bit)) {
        new = to->slots[mesh_map_node_at(to, bit)].node;
    }

    shift += MESH_MAP_BITS;

    if (before == NULL && after == NULL) {
        return mesh_map_diff_at(old, new, shift, visit, data);
    }

    if (old != NULL) {
        return mesh_map_diff_one(after, old, 0, shift, visit, data);
    }

    if (new != NULL) {
        return mesh_map_diff_one(before, new, 1, shift, visit, data);
    }

    if (before == after) {
        return 0;
    }

    if (before == NULL || after == NULL
        || gate_str_eq(before->name, after->name))
    {
        return visit(data, before, after);
    }

    rc = visit(data, before, NULL);

    return rc != 0 ? rc : visit(data, NULL, after);
}


/* an item on one side ("before": the old one), a node on the other */

static int
mesh_map_diff_one(mesh_item_t *one, const mesh_map_t *many, int before,
    unsigned shift, mesh_map_visit_pt visit, void *data)
{
    mesh_map_t  single;

    /*
     * A node of one item, on the stack: what the item would be had it company.
     * At the end of the hash its bitmaps are 0.
     */

    single.refs = 1;
    single.count = 1;
    single.items = shift < MESH_MAP_DEEP
                   ? mesh_map_bit(gate_xxh64(one->name, 0), shift) : 0;
    single.nodes = 0;
    single.slots[0].item = one;

    return before ? mesh_map_diff_at(&single, many, shift, visit, data)
                  : mesh_map_diff_at(many, &single, shift, visit, data);
}
