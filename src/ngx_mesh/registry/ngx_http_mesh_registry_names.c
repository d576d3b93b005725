
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Indexes: of each service by its name, of the set of names, of all.  What
 * changes in one turn of the event loop has one index, and who waits for it is
 * answered when the turn is over, and the hub has told everybody.
 */


#include "ngx_http_mesh_registry.h"

#include "gate_hash.h"


static ngx_http_mesh_registry_name_t *ngx_http_mesh_registry_name(
    gate_str_t name);
static void ngx_http_mesh_registry_told(ngx_event_t *ev);
static ngx_uint_t ngx_http_mesh_registry_look(
    ngx_http_mesh_registry_name_t *name);
static void ngx_http_mesh_registry_hub(ngx_http_mesh_watch_t *w,
    const mesh_state_t *from, const mesh_state_t *to);
static int ngx_http_mesh_registry_differs(void *data, mesh_item_t *before,
    mesh_item_t *after);
static void ngx_http_mesh_registry_wake_all(ngx_queue_t *from);


void
ngx_http_mesh_registry_init_names(void)
{
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    own->names.seed = own->all.groups.seed;
    own->told.handler = ngx_http_mesh_registry_told;
    own->told.data = own;
    own->told.log = ngx_cycle->log;

    ngx_queue_init(&own->waits);
    ngx_queue_init(&own->services_waits);
    ngx_queue_init(&own->any_waits);

    own->watch.changed = ngx_http_mesh_registry_hub;
    ngx_http_mesh_watch(&own->watch);
}


/* NGX_OK: what there is has changed since, or the call does not wait */

ngx_int_t
ngx_http_mesh_registry_block(ngx_http_mesh_registry_call_t *call,
    uint64_t *index)
{
    ngx_queue_t                    *queue;
    mesh_named_t                   *named;
    ngx_http_mesh_registry_t       *own;
    ngx_http_mesh_registry_name_t  *name;

    own = &ngx_http_mesh_registry_own;
    name = NULL;

    if (call->route.route == MESH_ROUTE_CATALOG_SERVICES) {
        *index = own->services_index;
        queue = &own->services_waits;

    } else if (call->route.route == MESH_ROUTE_HEALTH_STATE) {
        *index = own->index;
        queue = &own->any_waits;

    } else {
        named = mesh_named_find(&own->names, call->route.name);
        name = named ? named->thing : NULL;
        *index = name ? name->index : own->extinct_index;
        queue = name ? &name->waits : NULL;
    }

    if (*index > call->asked || call->asked == 0 || own->ending) {
        return NGX_OK;
    }

    if (queue == NULL) {
        name = ngx_http_mesh_registry_name(call->route.name);
        if (name == NULL) {
            return NGX_OK;
        }

        queue = &name->waits;
    }

    if (name != NULL) {
        call->name = name;
        name->refs++;
    }

    return ngx_http_mesh_registry_park(call, queue,
                                       (ngx_msec_t) call->wait_ms);
}


static ngx_http_mesh_registry_name_t *
ngx_http_mesh_registry_name(gate_str_t text)
{
    mesh_named_t                   *named;
    ngx_http_mesh_registry_t       *own;
    ngx_http_mesh_registry_name_t  *name;

    own = &ngx_http_mesh_registry_own;

    named = mesh_named_find(&own->names, text);

    if (named != NULL) {
        return named->thing;
    }

    if (!mesh_named_reserve(&own->names, 1)) {
        return NULL;
    }

    name = ngx_calloc(sizeof(ngx_http_mesh_registry_name_t) + text.len,
                      ngx_cycle->log);
    if (name == NULL) {
        return NULL;
    }

    name->named.name = gate_str((u_char *) name
                                + sizeof(ngx_http_mesh_registry_name_t),
                                text.len);
    (void) gate_str_copy(name->named.name.data, text);
    name->named.thing = name;
    name->index = own->extinct_index;
    ngx_queue_init(&name->waits);

    mesh_named_add(&own->names, &name->named);

    return name;
}


/* nobody waits for it any more, or it is not there any more */

void
ngx_http_mesh_registry_unname(ngx_http_mesh_registry_name_t *name)
{
    if (name->present || name->changed || name->refs != 0) {
        return;
    }

    mesh_named_remove(&ngx_http_mesh_registry_own.names, &name->named);
    ngx_free(name);
}


void
ngx_http_mesh_registry_free_names(void)
{
    size_t                     i;
    mesh_named_t              *named, *next;
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    for (i = 0; i < own->names.size; i++) {
        for (named = own->names.buckets[i]; named != NULL; named = next) {
            next = named->next;
            ngx_free(named->thing);
        }
    }

    mesh_named_free(&own->names);
}


/* by a registration, or by the hub */

void
ngx_http_mesh_registry_changed(gate_str_t text)
{
    ngx_http_mesh_registry_t       *own;
    ngx_http_mesh_registry_name_t  *name;

    own = &ngx_http_mesh_registry_own;

    name = ngx_http_mesh_registry_name(text);

    if (name == NULL) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "mesh registry: no memory for a name");
        return;
    }

    if (!name->changed) {
        name->changed = 1;
        name->next_changed = own->changed;
        own->changed = name;
    }

    ngx_post_event(&own->told, &ngx_posted_events);
}


/* posted behind what the hub posted: all others know of the change */

static void
ngx_http_mesh_registry_told(ngx_event_t *ev)
{
    ngx_queue_t                     wake;
    ngx_http_mesh_registry_t       *own;
    ngx_http_mesh_registry_name_t  *name, *next;

    own = ev->data;

    if (!own->open || own->changed == NULL) {
        return;
    }

    own->index++;
    ngx_http_mesh_registry_reserve();

    ngx_queue_init(&wake);

    name = own->changed;
    own->changed = NULL;

    for ( /* void */ ; name != NULL; name = next) {
        next = name->next_changed;
        name->changed = 0;
        name->index = own->index;

        if (ngx_http_mesh_registry_look(name)) {
            own->services_index = own->index;
        }

        if (!name->present) {
            own->extinct_index = own->index;
        }

        if (!ngx_queue_empty(&name->waits)) {
            ngx_queue_add(&wake, &name->waits);
            ngx_queue_init(&name->waits);

        } else {
            ngx_http_mesh_registry_unname(name);
        }
    }

    if (own->services_index == own->index) {
        ngx_http_mesh_registry_wake_all(&own->services_waits);
    }

    ngx_http_mesh_registry_wake_all(&own->any_waits);
    ngx_http_mesh_registry_wake_all(&wake);
}


/* 1: it came, went, or its tags are others: the set of names has changed */

static ngx_uint_t
ngx_http_mesh_registry_look(ngx_http_mesh_registry_name_t *name)
{
    size_t                     i;
    uint64_t                   tags;
    ngx_uint_t                 present, differs;
    mesh_group_t              *g;
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    g = mesh_registry_group(&own->all, name->named.name);

    tags = 0;
    present = (g != NULL && g->n != 0);

    for (i = 0; present && i < g->n; i++) {
        tags += gate_hash(g->instances[i]->tags_json, own->names.seed);
    }

    if (mesh_catalog_find(ngx_http_mesh_state()->catalog, name->named.name)
        != NULL)
    {
        present = 1;
    }

    differs = (present != name->present || tags != name->tags);

    name->present = (present != 0);
    name->tags = tags;

    return differs;
}


static void
ngx_http_mesh_registry_wake_all(ngx_queue_t *from)
{
    ngx_queue_t                    *q, all;
    ngx_http_mesh_registry_call_t  *call;

    /* who is answered may come back, and waits for the next change then */

    ngx_queue_init(&all);

    if (ngx_queue_empty(from)) {
        return;
    }

    ngx_queue_add(&all, from);
    ngx_queue_init(from);

    while (!ngx_queue_empty(&all)) {
        q = ngx_queue_head(&all);
        call = ngx_queue_data(q, ngx_http_mesh_registry_call_t, queue);
        ngx_http_mesh_registry_wake(call);
    }
}


/* the worker ends: clients ask again, and another one answers */

void
ngx_http_mesh_registry_answer_all(void)
{
    size_t                          i;
    ngx_queue_t                     wake;
    mesh_named_t                   *named;
    ngx_http_mesh_registry_t       *own;
    ngx_http_mesh_registry_name_t  *name;

    own = &ngx_http_mesh_registry_own;
    ngx_queue_init(&wake);

    for (i = 0; i < own->names.size; i++) {
        for (named = own->names.buckets[i];
             named != NULL;
             named = named->next)
        {
            name = named->thing;

            if (!ngx_queue_empty(&name->waits)) {
                ngx_queue_add(&wake, &name->waits);
                ngx_queue_init(&name->waits);
            }
        }
    }

    ngx_http_mesh_registry_wake_all(&own->services_waits);
    ngx_http_mesh_registry_wake_all(&own->any_waits);
    ngx_http_mesh_registry_wake_all(&own->waits);
    ngx_http_mesh_registry_wake_all(&wake);
}


static void
ngx_http_mesh_registry_hub(ngx_http_mesh_watch_t *w,
    const mesh_state_t *from, const mesh_state_t *to)
{
    (void) mesh_map_diff(mesh_catalog_services(from->catalog),
                         mesh_catalog_services(to->catalog),
                         ngx_http_mesh_registry_differs, NULL);
}


static int
ngx_http_mesh_registry_differs(void *data, mesh_item_t *before,
    mesh_item_t *after)
{
    ngx_http_mesh_registry_changed(after ? after->name : before->name);

    return 0;
}
