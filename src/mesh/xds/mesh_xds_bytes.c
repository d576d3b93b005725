
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Services that do not speak HTTP, for an interception: a connection to one of
 * their instances is let through to it, as no name in it says where it goes.
 */


#include <stdlib.h>

#include "mesh_xds_part.h"


typedef struct {
    unsigned               port;
    const mesh_address_t  *address;
} mesh_xds_bytes_t;


typedef struct {
    const mesh_sidecar_t    *sidecar;
    const mesh_xds_local_t  *local;
    mesh_xds_bytes_t        *all;
    size_t                   n;
    size_t                   size;
} mesh_xds_others_t;


static int mesh_xds_bytes_service(void *data, mesh_item_t *item);
static int mesh_xds_bytes_add(mesh_xds_others_t *others, unsigned port,
    const mesh_address_t *a);
static int mesh_xds_bytes_cmp(const void *a, const void *b);
static void mesh_xds_bytes_write(mesh_pb_t *out,
    const mesh_xds_others_t *others);
static void mesh_xds_bytes_rest(mesh_pb_t *out,
    const mesh_xds_others_t *others, unsigned port);


mesh_rc_e
mesh_xds_bytes_chains(mesh_pb_t *out, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, const mesh_xds_local_t *local, int *any)
{
    int                rc;
    mesh_xds_others_t  others;

    memset(&others, 0, sizeof(mesh_xds_others_t));
    others.sidecar = sidecar;
    others.local = local;

    rc = mesh_map_walk(mesh_catalog_services(state->catalog),
                       mesh_xds_bytes_service, &others);

    if (rc == 0 && others.n > 0) {
        qsort(others.all, others.n, sizeof(mesh_xds_bytes_t),
              mesh_xds_bytes_cmp);
        mesh_xds_bytes_write(out, &others);
    }

    *any = (others.n > 0);
    free(others.all);

    return rc ? MESH_NO_MEMORY : MESH_OK;
}


static int
mesh_xds_bytes_service(void *data, mesh_item_t *item)
{
    mesh_xds_others_t  *others = data;
    mesh_service_t     *s = (mesh_service_t *) item;

    size_t                  i, j;
    const mesh_endpoint_t  *e;

    for (i = 0; s->protocol == MESH_TCP && i < s->nendpoints; i++) {
        e = &s->endpoints[i];

        for (j = 0; j < e->naddresses; j++) {

            if (!mesh_xds_is_own(&e->addresses[j], others->sidecar)
                && !mesh_xds_bytes_add(others, e->port, &e->addresses[j]))
            {
                return -1;
            }
        }
    }

    return 0;
}


static int
mesh_xds_bytes_add(mesh_xds_others_t *others, unsigned port,
    const mesh_address_t *a)
{
    size_t             size;
    mesh_xds_bytes_t  *all;

    if (others->n == others->size) {
        size = others->size * 2 + 16;

        all = realloc(others->all, size * sizeof(mesh_xds_bytes_t));
        if (all == NULL) {
            return 0;
        }

        others->all = all;
        others->size = size;
    }

    others->all[others->n].port = port;
    others->all[others->n++].address = a;

    return 1;
}


static int
mesh_xds_bytes_cmp(const void *a, const void *b)
{
    const mesh_xds_bytes_t  *x = a;
    const mesh_xds_bytes_t  *y = b;

    if (x->port != y->port) {
        return (x->port > y->port) ? 1 : -1;
    }

    if (x->address->family != y->address->family) {
        return (x->address->family > y->address->family) ? 1 : -1;
    }

    return memcmp(x->address->bytes, y->address->bytes, 16);
}


/* a chain for each port; Envoy refuses an address that two chains have */

static void
mesh_xds_bytes_write(mesh_pb_t *out, const mesh_xds_others_t *others)
{
    size_t                   i, chain, match;
    const mesh_xds_bytes_t  *b, *before;

    chain = 0;
    match = 0;

    for (i = 0; i < others->n; i++) {
        b = &others->all[i];
        before = i ? b - 1 : NULL;

        if (before == NULL || before->port != b->port) {
            chain = mesh_pb_begin(out, 3);           /* filter_chains */
            match = mesh_pb_begin(out, 1);           /* filter_chain_match */
        }

        if (before == NULL || mesh_xds_bytes_cmp(before, b) != 0) {
            mesh_xds_cidr(out, 3, b->address,
                          (b->address->family == 4) ? 32 : 128);
        }

        if (i + 1 == others->n || b[1].port != b->port) {
            mesh_xds_uint(out, 8, b->port);          /* destination_port */
            mesh_pb_end(out, match);
            mesh_xds_tcp(out, "passthrough");
            mesh_pb_end(out, chain);
            mesh_xds_bytes_rest(out, others, b->port);
        }
    }
}


/* at other addresses the port may be one of HTTP */

static void
mesh_xds_bytes_rest(mesh_pb_t *out, const mesh_xds_others_t *others,
    unsigned port)
{
    size_t  i;

    for (i = 0; i < others->local->n; i++) {

        if (others->local->ports[i].port == port) {
            return;
        }
    }

    mesh_xds_http_chain(out, others->sidecar, port);
}
