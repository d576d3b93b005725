
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a change of the mesh means for a stream: names of which the resource may
 * be another one now.
 */


#include "mesh_ads_type.h"


/* of a walk */

typedef struct {
    mesh_ads_t            *ads;
    mesh_xds_type_e        type;
    const mesh_state_t    *from;
    const mesh_state_t    *to;
} mesh_ads_walk_t;


static int mesh_ads_touch_service(void *data, mesh_item_t *before,
    mesh_item_t *after);
static int mesh_ads_touch_name(void *data, gate_str_t name);
static int mesh_ads_touch_typed(void *data, mesh_xds_type_e type,
    gate_str_t name);
static mesh_rc_e mesh_ads_touch(mesh_ads_t *a, mesh_xds_type_e type,
    gate_str_t name);
static void mesh_ads_touch_ports(mesh_ads_type_t *t, gate_str_t name);


mesh_rc_e
mesh_ads_change(mesh_ads_t *a, const mesh_state_t *from,
    const mesh_state_t *to)
{
    mesh_ads_walk_t  walk;

    if (a->node == NULL) {
        return MESH_OK;
    }

    walk.ads = a;
    walk.from = from;
    walk.to = to;

    return (mesh_map_diff(mesh_catalog_services(from->catalog),
                          mesh_catalog_services(to->catalog),
                          mesh_ads_touch_service, &walk)
            || mesh_map_diff(from->rules, to->rules, mesh_ads_touch_service,
                             &walk))
           ? MESH_NO_MEMORY : MESH_OK;
}


/* items of both maps have the service's name */

static int
mesh_ads_touch_service(void *data, mesh_item_t *before, mesh_item_t *after)
{
    mesh_ads_walk_t *walk = data;

    return mesh_xds_affected(before ? before->name : after->name,
                             &walk->ads->node->sidecar, walk->from, walk->to,
                             mesh_ads_touch_typed, walk);
}


mesh_rc_e
mesh_ads_touch_all(mesh_ads_t *a, mesh_xds_type_e type,
    const mesh_state_t *state)
{
    mesh_ads_walk_t  walk;

    walk.ads = a;
    walk.type = type;

    return mesh_xds_names(type, &a->node->sidecar, state, mesh_ads_touch_name,
                          &walk)
           ? MESH_NO_MEMORY : MESH_OK;
}


static int
mesh_ads_touch_name(void *data, gate_str_t name)
{
    mesh_ads_walk_t *walk = data;

    return mesh_ads_touch(walk->ads, walk->type, name) != MESH_OK;
}


static int
mesh_ads_touch_typed(void *data, mesh_xds_type_e type, gate_str_t name)
{
    mesh_ads_walk_t *walk = data;

    return mesh_ads_touch(walk->ads, type, name) != MESH_OK;
}


static mesh_rc_e
mesh_ads_touch(mesh_ads_t *a, mesh_xds_type_e type, gate_str_t name)
{
    mesh_ads_type_t   *t;
    mesh_ads_entry_t  *e;

    t = &a->types[type];

    if (!t->known && !t->all) {
        return MESH_OK;
    }

    if (t->ported) {
        mesh_ads_touch_ports(t, name);
    }

    if (t->all) {
        e = mesh_ads_get(&t->table, name);
        if (e == NULL) {
            return MESH_NO_MEMORY;
        }

    } else {
        e = mesh_ads_find(&t->table, name);
        if (e == NULL || (e->flags & MESH_ADS_ASKED) == 0) {
            return MESH_OK;
        }
    }

    mesh_ads_queue(&t->table, e);

    return MESH_OK;
}


/* a host changes for those, too, who call it with some port */

static void
mesh_ads_touch_ports(mesh_ads_type_t *t, gate_str_t name)
{
    size_t             i;
    mesh_ads_entry_t  *e;

    for (i = 0; i < t->table.size; i++) {

        for (e = t->table.places[i]; e != NULL; e = e->same) {

            if ((e->flags & MESH_ADS_ASKED) && e->len > name.len
                && e->name[name.len] == ':'
                && memcmp(e->name, name.data, name.len) == 0)
            {
                mesh_ads_queue(&t->table, e);
            }
        }
    }
}
