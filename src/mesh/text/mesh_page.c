
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A page of a map: the map has no order, so the least names behind "after" are
 * kept in a heap, the greatest of them on top.
 */


#include <stdlib.h>

#include "mesh_page.h"


static int mesh_page_visit(void *data, mesh_item_t *item);
static int mesh_page_order(gate_str_t a, gate_str_t b);
static void mesh_page_sink(mesh_page_t *page);
static int mesh_page_by_name(const void *a, const void *b);


void
mesh_page_read(mesh_page_t *page, const mesh_map_t *map, gate_str_t after,
    size_t limit)
{
    page->n = 0;
    page->more = 0;
    page->after = after;
    page->limit = limit;

    (void) mesh_map_walk(map, mesh_page_visit, page);

    qsort(page->items, page->n, sizeof(mesh_item_t *), mesh_page_by_name);
}


static int
mesh_page_visit(void *data, mesh_item_t *item)
{
    mesh_page_t *page = data;

    size_t  i, up;

    if (mesh_page_order(item->name, page->after) <= 0) {
        return 0;
    }

    if (page->n == page->limit) {

        page->more = 1;

        if (mesh_page_order(item->name, page->items[0]->name) < 0) {
            page->items[0] = item;
            mesh_page_sink(page);
        }

        return 0;
    }

    for (i = page->n++; i > 0; i = up) {
        up = (i - 1) / 2;

        if (mesh_page_order(page->items[up]->name, item->name) >= 0) {
            break;
        }

        page->items[i] = page->items[up];
    }

    page->items[i] = item;

    return 0;
}


/* the item on top goes to its place */

static void
mesh_page_sink(mesh_page_t *page)
{
    size_t        i, k;
    mesh_item_t  *item;

    item = page->items[0];

    for (i = 0; 2 * i + 1 < page->n; i = k) {

        k = 2 * i + 1;

        if (k + 1 < page->n
            && mesh_page_order(page->items[k]->name, page->items[k + 1]->name)
               < 0)
        {
            k++;
        }

        if (mesh_page_order(item->name, page->items[k]->name) >= 0) {
            break;
        }

        page->items[i] = page->items[k];
    }

    page->items[i] = item;
}


/* bytes, and a shorter one before a longer one that begins with it */

static int
mesh_page_order(gate_str_t a, gate_str_t b)
{
    int     rc;
    size_t  n;

    n = a.len < b.len ? a.len : b.len;
    rc = (n == 0) ? 0 : memcmp(a.data, b.data, n);

    return rc != 0 ? rc : (a.len > b.len) - (a.len < b.len);
}


static int
mesh_page_by_name(const void *a, const void *b)
{
    return mesh_page_order((*(mesh_item_t *const *) a)->name,
                           (*(mesh_item_t *const *) b)->name);
}
