
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is on the sidecar's own node: services by the ports of its addresses.
 */


#include <stdlib.h>

#include "mesh_xds_part.h"


typedef struct {
    unsigned               port;
    mesh_service_t        *service;
} mesh_xds_here_t;


typedef struct {
    mesh_xds_here_t       *here;
    size_t                 n;
    size_t                 size;
} mesh_xds_found_t;


static mesh_rc_e mesh_xds_find(const mesh_sidecar_t *sidecar,
    const mesh_catalog_t *catalog, mesh_xds_found_t *found);
static mesh_rc_e mesh_xds_find_service(mesh_xds_found_t *found,
    mesh_service_t *s, const mesh_address_t *a);
static int mesh_xds_here_cmp(const void *a, const void *b);
static mesh_rc_e mesh_xds_group(const mesh_xds_found_t *found,
    mesh_xds_local_t *local);


mesh_rc_e
mesh_xds_local(const mesh_sidecar_t *sidecar, const mesh_catalog_t *catalog,
    mesh_xds_local_t *local)
{
    mesh_rc_e         rc;
    mesh_xds_found_t  found;

    memset(local, 0, sizeof(mesh_xds_local_t));
    memset(&found, 0, sizeof(mesh_xds_found_t));

    rc = mesh_xds_find(sidecar, catalog, &found);

    if (rc == MESH_OK && found.n > 0) {
        qsort(found.here, found.n, sizeof(mesh_xds_here_t), mesh_xds_here_cmp);
        rc = mesh_xds_group(&found, local);
    }

    free(found.here);

    return rc;
}


void
mesh_xds_local_free(mesh_xds_local_t *local)
{
    free(local->block);
}


static mesh_rc_e
mesh_xds_find(const mesh_sidecar_t *sidecar, const mesh_catalog_t *catalog,
    mesh_xds_found_t *found)
{
    size_t           i, j;
    mesh_rc_e        rc;
    mesh_place_t    *place;
    mesh_service_t  *s;

    for (i = 0; i < sidecar->naddresses; i++) {

        place = mesh_catalog_at(catalog, &sidecar->addresses[i]);

        for (j = 0; place != NULL && j < place->n; j++) {

            s = mesh_catalog_find(catalog, place->services[j]);
            rc = s ? mesh_xds_find_service(found, s, &sidecar->addresses[i])
                   : MESH_OK;
            if (rc != MESH_OK) {
                return rc;
            }
        }
    }

    return MESH_OK;
}


static mesh_rc_e
mesh_xds_find_service(mesh_xds_found_t *found, mesh_service_t *s,
    const mesh_address_t *a)
{
    size_t            i, j;
    mesh_xds_here_t  *here;

    for (i = 0; i < s->nendpoints; i++) {

        for (j = 0; j < s->endpoints[i].naddresses; j++) {

            if (!mesh_address_same(&s->endpoints[i].addresses[j], a)) {
                continue;
            }

            if (found->n == found->size) {
                found->size = found->size * 2 + 16;
                here = realloc(found->here,
                               found->size * sizeof(mesh_xds_here_t));
                if (here == NULL) {
                    return MESH_NO_MEMORY;
                }

                found->here = here;
            }

            found->here[found->n].port = s->endpoints[i].port;
            found->here[found->n++].service = s;
            break;
        }
    }

    return MESH_OK;
}


static int
mesh_xds_here_cmp(const void *a, const void *b)
{
    int                     rc;
    size_t                  n;
    const mesh_xds_here_t  *x = a;
    const mesh_xds_here_t  *y = b;
    const gate_str_t       *s, *t;

    if (x->port != y->port) {
        return (x->port > y->port) ? 1 : -1;
    }

    s = &x->service->item.name;
    t = &y->service->item.name;
    n = (s->len < t->len) ? s->len : t->len;
    rc = memcmp(s->data, t->data, n);

    return rc ? rc : (s->len > t->len) - (s->len < t->len);
}


/* each service once at a port, at whichever of the addresses it is */

static mesh_rc_e
mesh_xds_group(const mesh_xds_found_t *found, mesh_xds_local_t *local)
{
    size_t                  i;
    mesh_xds_port_t        *port;
    mesh_service_t        **service;
    const mesh_xds_here_t  *here;

    local->block = malloc(found->n * (sizeof(mesh_xds_port_t)
                                      + sizeof(mesh_service_t *)));
    if (local->block == NULL) {
        return MESH_NO_MEMORY;
    }

    local->ports = local->block;
    service = (mesh_service_t **) (local->ports + found->n);
    port = NULL;

    for (i = 0; i < found->n; i++) {
        here = &found->here[i];

        if (port == NULL || port->port != here->port) {
            port = &local->ports[local->n++];
            port->port = here->port;
            port->services = service;
            port->n = 0;

        } else if (port->services[port->n - 1] == here->service) {
            continue;
        }

        port->services[port->n++] = here->service;
        service++;
    }

    return MESH_OK;
}
