
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What several sources say of one service, and whether two say the same.
 */


#include <stdlib.h>

#include "mesh_service_check.h"


/* an endpoint of a source: the lower the rank, the earlier the source */

typedef struct {
    const mesh_endpoint_t  *endpoint;
    size_t                  rank;
} mesh_service_ranked_t;


static void mesh_service_say(mesh_service_t *all, const mesh_service_t *s);
static size_t mesh_service_gather(mesh_service_t *const *of, size_t n,
    mesh_service_ranked_t *ranked);
static int mesh_service_rank(const void *a, const void *b);
static int mesh_service_same_instance(const mesh_endpoint_t *a,
    const mesh_endpoint_t *b);
static int mesh_service_same_endpoint(const mesh_endpoint_t *a,
    const mesh_endpoint_t *b);
static int mesh_service_same_policy(const mesh_policy_t *a,
    const mesh_policy_t *b);


mesh_rc_e
mesh_service_merge(mesh_service_t *const *of, size_t n, mesh_service_t **made)
{
    size_t                  i, endpoints;
    mesh_rc_e               rc;
    const char             *why;
    mesh_service_t          all;
    mesh_service_ranked_t  *ranked;

    if (n == 1) {
        mesh_item_ref(&of[0]->item);
        *made = of[0];
        return MESH_OK;
    }

    memset(&all, 0, sizeof(mesh_service_t));
    endpoints = 0;

    for (i = 0; i < n; i++) {
        mesh_service_say(&all, of[i]);
        endpoints += of[i]->nendpoints;
    }

    /* one more than there are: none may be a size of 0 */

    ranked = malloc((endpoints + 1) * sizeof(mesh_service_ranked_t));
    all.endpoints = malloc((endpoints + 1) * sizeof(mesh_endpoint_t));

    if (ranked == NULL || all.endpoints == NULL) {
        free(ranked);
        free(all.endpoints);
        return MESH_NO_MEMORY;
    }

    endpoints = mesh_service_gather(of, n, ranked);

    for (i = 0; i < endpoints; i++) {
        if (i == 0 || !mesh_service_same_instance(ranked[i - 1].endpoint,
                                                  ranked[i].endpoint))
        {
            all.endpoints[all.nendpoints++] = *ranked[i].endpoint;
        }
    }

    rc = mesh_service_make(&all, made, &why);

    free(ranked);
    free(all.endpoints);

    return rc;
}


/* members that nobody has said before */

static void
mesh_service_say(mesh_service_t *all, const mesh_service_t *s)
{
    if (all->item.name.len == 0) {
        all->item.name = s->item.name;
    }

    if (all->protocol == MESH_HTTP) {
        all->protocol = s->protocol;
    }

    if (all->path.len == 0) {
        all->path = s->path;
    }

    if (all->nhosts == 0) {
        all->hosts = s->hosts;
        all->nhosts = s->nhosts;
    }

    mesh_policy_add(&all->policy, &s->policy);
}


void
mesh_policy_add(mesh_policy_t *all, const mesh_policy_t *p)
{
    if (all->timeout_ms == 0) {
        all->timeout_ms = p->timeout_ms;
    }

    if (all->idle_ms == 0) {
        all->idle_ms = p->idle_ms;
    }

    if (all->retries == 0) {
        all->retries = p->retries;
    }

    /* a burst is of its rate */

    if (all->rate == 0) {
        all->rate = p->rate;
        all->burst = p->burst;
    }

    if (all->connections == 0) {
        all->connections = p->connections;
    }

    if (all->nallow == 0) {
        all->allow = p->allow;
        all->nallow = p->nallow;
    }
}


/* all endpoints, those of one instance side by side, the earliest first */

static size_t
mesh_service_gather(mesh_service_t *const *of, size_t n,
    mesh_service_ranked_t *ranked)
{
    size_t  i, j, k;

    k = 0;

    for (i = 0; i < n; i++) {
        for (j = 0; j < of[i]->nendpoints; j++) {
            ranked[k].endpoint = &of[i]->endpoints[j];
            ranked[k].rank = i;
            k++;
        }
    }

    if (k > 1) {
        qsort(ranked, k, sizeof(mesh_service_ranked_t), mesh_service_rank);
    }

    return k;
}


static int
mesh_service_rank(const void *a, const void *b)
{
    int                           order;
    const mesh_service_ranked_t  *x, *y;

    x = a;
    y = b;

    order = mesh_service_compare(x->endpoint->node, y->endpoint->node);

    if (order == 0) {
        order = mesh_service_compare(x->endpoint->id, y->endpoint->id);
    }

    return order ? order : (x->rank > y->rank) - (x->rank < y->rank);
}


static int
mesh_service_same_instance(const mesh_endpoint_t *a, const mesh_endpoint_t *b)
{
    return gate_str_eq(a->node, b->node) && gate_str_eq(a->id, b->id);
}


int
mesh_service_same(const mesh_service_t *a, const mesh_service_t *b)
{
    size_t  i;

    if (a == b) {
        return 1;
    }

    if (a->hash != b->hash || !gate_str_eq(a->item.name, b->item.name)
        || a->protocol != b->protocol || !gate_str_eq(a->path, b->path)
        || a->nhosts != b->nhosts || a->nendpoints != b->nendpoints
        || !mesh_service_same_policy(&a->policy, &b->policy))
    {
        return 0;
    }

    for (i = 0; i < a->nhosts; i++) {
        if (!gate_str_eq(a->hosts[i], b->hosts[i])) {
            return 0;
        }
    }

    for (i = 0; i < a->nendpoints; i++) {
        if (!mesh_service_same_endpoint(&a->endpoints[i], &b->endpoints[i])) {
            return 0;
        }
    }

    return 1;
}


static int
mesh_service_same_endpoint(const mesh_endpoint_t *a, const mesh_endpoint_t *b)
{
    size_t  i;

    if (!mesh_service_same_instance(a, b)
        || !gate_str_eq(a->process, b->process)
        || !gate_str_eq(a->version, b->version) || a->port != b->port
        || a->weight != b->weight || a->health != b->health
        || a->naddresses != b->naddresses)
    {
        return 0;
    }

    for (i = 0; i < a->naddresses; i++) {
        if (!mesh_address_same(&a->addresses[i], &b->addresses[i])
            || !gate_str_eq(a->addresses[i].plane, b->addresses[i].plane))
        {
            return 0;
        }
    }

    return 1;
}


static int
mesh_service_same_policy(const mesh_policy_t *a, const mesh_policy_t *b)
{
    size_t  i;

    if (a->timeout_ms != b->timeout_ms || a->idle_ms != b->idle_ms
        || a->retries != b->retries || a->rate != b->rate
        || a->burst != b->burst || a->connections != b->connections
        || a->nallow != b->nallow)
    {
        return 0;
    }

    for (i = 0; i < a->nallow; i++) {
        if (!mesh_address_same(&a->allow[i].address, &b->allow[i].address)
            || a->allow[i].prefix != b->allow[i].prefix)
        {
            return 0;
        }
    }

    return 1;
}
