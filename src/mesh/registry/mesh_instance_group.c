
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A service made of its instances.
 */


#include <stdlib.h>

#include "mesh_instance_meta.h"
#include "mesh_service_check.h"


static int mesh_instance_group_order(const void *a, const void *b);
static void mesh_instance_group_say(mesh_instance_t *all,
    const mesh_instance_t *one);


mesh_rc_e
mesh_instance_group(mesh_instance_t **of, size_t n, mesh_service_t **made,
    mesh_instance_conflict_pt conflict, void *data)
{
    size_t            i, j;
    mesh_rc_e         rc;
    const char       *why;
    mesh_instance_t   all;
    mesh_endpoint_t  *endpoints;

    endpoints = malloc(n * sizeof(mesh_endpoint_t));
    if (endpoints == NULL) {
        return MESH_NO_MEMORY;
    }

    qsort(of, n, sizeof(mesh_instance_t *), mesh_instance_group_order);

    memset(&all, 0, offsetof(mesh_instance_t, addresses));

    all.endpoint = of[0]->endpoint;
    all.service.item.name = of[0]->service.item.name;
    all.service.endpoints = endpoints;

    for (i = 0, j = 0; i < n; i++) {

        if (i > 0 && mesh_instance_group_order(&of[j], &of[i]) == 0) {

            if (conflict != NULL) {
                conflict(data, of[j], of[i], "/ID");
            }

            continue;
        }

        /* "all" is known by the first instance, which may not be who said it */

        if (conflict != NULL) {
            mesh_instance_meta_conflicts(&all, of[i], conflict, data);
        }

        mesh_instance_group_say(&all, of[i]);

        endpoints[all.service.nendpoints++] = of[i]->endpoint;
        j = i;
    }

    rc = mesh_service_make(&all.service, made, &why);

    free(endpoints);

    return rc;
}


static int
mesh_instance_group_order(const void *a, const void *b)
{
    int                     order;
    const mesh_instance_t  *x, *y;

    x = *(mesh_instance_t *const *) a;
    y = *(mesh_instance_t *const *) b;

    order = mesh_service_compare(x->endpoint.node, y->endpoint.node);

    return order ? order
                 : mesh_service_compare(x->endpoint.id, y->endpoint.id);
}


/* what nobody before has said */

static void
mesh_instance_group_say(mesh_instance_t *all, const mesh_instance_t *one)
{
    if (!all->protocol && one->protocol) {
        all->protocol = 1;
        all->service.protocol = one->service.protocol;
    }

    if (all->service.path.len == 0) {
        all->service.path = one->service.path;
    }

    if (all->service.nhosts == 0) {
        all->service.hosts = one->service.hosts;
        all->service.nhosts = one->service.nhosts;
    }

    mesh_policy_add(&all->service.policy, &one->service.policy);
}
