
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Items of maps live as long as somebody has a reference.
 */


#include "mesh_map.h"


mesh_item_t *
mesh_item_ref(mesh_item_t *item)
{
    if (item != NULL) {
        item->refs++;
    }

    return item;
}


void
mesh_item_unref(mesh_item_t *item)
{
    if (item != NULL && --item->refs == 0) {
        item->free(item);
    }
}
