
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The registrations: who is there, by which name, and what is due.
 */


#include <stdlib.h>

#include "mesh_enrolled.h"


#define MESH_REGISTRY_AGAIN  5000             /* ms */


static mesh_named_t *mesh_registry_pick(const mesh_named_table_t *exact,
    const mesh_named_table_t *by_id, gate_str_t node, gate_str_t id,
    gate_str_t from, int of_checks, int *many);
static mesh_enrolled_t *mesh_registry_instance_of(mesh_named_t *n,
    int of_checks);


void
mesh_registry_init(mesh_registry_t *r, uint64_t seed)
{
    memset(r, 0, sizeof(mesh_registry_t));

    r->instances.seed = seed;
    r->ids.seed = seed;
    r->checks.seed = seed;
    r->check_ids.seed = seed;
    r->groups.seed = seed;
}


void
mesh_registry_free(mesh_registry_t *r)
{
    size_t         i;
    mesh_group_t  *g;

    for (i = 0; i < r->instances.size; i++) {
        while (r->instances.buckets[i] != NULL) {
            mesh_enrolled_unlink(r, r->instances.buckets[i]->thing);
        }
    }

    for ( ;; ) {
        g = mesh_registry_changed(r);

        if (g == NULL) {
            break;
        }

        mesh_registry_leave(r, g);
    }

    mesh_named_free(&r->instances);
    mesh_named_free(&r->ids);
    mesh_named_free(&r->checks);
    mesh_named_free(&r->check_ids);
    mesh_named_free(&r->groups);
    mesh_deadline_free(&r->deadlines);
}


mesh_enrolled_t *
mesh_registry_find(const mesh_registry_t *r, gate_str_t node, gate_str_t id,
    gate_str_t from, int *many)
{
    mesh_named_t  *n;

    n = mesh_registry_pick(&r->instances, &r->ids, node, id, from, 0, many);

    return n ? n->thing : NULL;
}


mesh_check_t *
mesh_registry_check(const mesh_registry_t *r, gate_str_t node, gate_str_t id,
    gate_str_t from, int *many)
{
    mesh_named_t  *n;

    n = mesh_registry_pick(&r->checks, &r->check_ids, node, id, from, 1, many);

    return n ? n->thing : NULL;
}


/*
 * Clients of Consul say no node, because each talks to the agent of its own:
 * then it is what this address registered, or the only one of that ID.
 */

static mesh_named_t *
mesh_registry_pick(const mesh_named_table_t *exact,
    const mesh_named_table_t *by_id, gate_str_t node, gate_str_t id,
    gate_str_t from, int of_checks, int *many)
{
    size_t             n, own;
    unsigned char      key[MESH_ENROLLED_KEY];
    mesh_named_t      *named, *only;

    *many = 0;

    if (node.len != 0) {
        return mesh_named_find(exact, mesh_enrolled_key(node, id, key));
    }

    n = 0;
    own = 0;
    only = NULL;

    for (named = mesh_named_find(by_id, id);
         named != NULL;
         named = mesh_named_more(named))
    {
        if (gate_str_eq(mesh_registry_instance_of(named, of_checks)->from,
                        from))
        {
            only = named;
            own++;

        } else if (own == 0) {
            only = named;
        }

        n++;
    }

    if (own == 1 || n <= 1) {
        return only;
    }

    *many = 1;

    return NULL;
}


static mesh_enrolled_t *
mesh_registry_instance_of(mesh_named_t *n, int of_checks)
{
    mesh_check_t  *c;

    if (!of_checks) {
        return n->thing;
    }

    c = n->thing;

    return c->instance;
}


mesh_group_t *
mesh_registry_group(const mesh_registry_t *r, gate_str_t name)
{
    mesh_named_t  *n;

    n = mesh_named_find(&r->groups, name);

    return n ? n->thing : NULL;
}


mesh_group_t *
mesh_registry_changed(mesh_registry_t *r)
{
    mesh_group_t  *g;

    g = r->changed;

    if (g != NULL) {
        r->changed = g->next_changed;
        g->next_changed = NULL;
        g->changed = 0;
    }

    return g;
}


void
mesh_registry_leave(mesh_registry_t *r, mesh_group_t *g)
{
    if (g->n != 0 || g->changed) {
        return;
    }

    mesh_named_remove(&r->groups, &g->named);

    free(g->named.name.data);
    free(g->instances);
    free(g);
}


mesh_health_e
mesh_registry_health(const mesh_enrolled_t *e)
{
    mesh_check_t   *c;
    mesh_health_e   health;

    health = MESH_PASSING;

    for (c = e->checks; c != NULL; c = c->next) {

        if (c->status > health) {
            health = c->status;
        }
    }

    return health;
}


void
mesh_registry_beat(mesh_registry_t *r, mesh_check_t *c, int64_t now_ms)
{
    c->ttl_at = now_ms + c->ttl_ms;

    mesh_enrolled_arm(r, c);
}


mesh_due_e
mesh_registry_due(mesh_registry_t *r, int64_t now_ms, mesh_check_t **check)
{
    mesh_check_t     *c;
    mesh_deadline_t  *d;

    d = mesh_deadline_first(&r->deadlines);

    if (d == NULL || d->at_ms > now_ms) {
        return MESH_DUE_NOTHING;
    }

    c = d->thing;
    *check = c;

    mesh_deadline_set(&r->deadlines, d, now_ms + MESH_REGISTRY_AGAIN);

    if (c->drop_at != 0 && c->drop_at <= now_ms) {
        return MESH_DUE_DROP;
    }

    return MESH_DUE_EXPIRED;
}


int64_t
mesh_registry_next(const mesh_registry_t *r)
{
    mesh_deadline_t  *d;

    d = mesh_deadline_first(&r->deadlines);

    return d ? d->at_ms : 0;
}


gate_str_t
mesh_registry_status(mesh_health_e health)
{
    switch (health) {

    case MESH_PASSING:
        return gate_cstr("passing");

    case MESH_WARNING:
        return gate_cstr("warning");

    default:
        return gate_cstr("critical");
    }
}


mesh_health_e
mesh_registry_word(gate_str_t status)
{
    if (gate_str_eq(status, gate_cstr("passing"))) {
        return MESH_PASSING;
    }

    if (gate_str_eq(status, gate_cstr("warning"))) {
        return MESH_WARNING;
    }

    return MESH_CRITICAL;
}
