
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Types of resources, which there are for a sidecar, and which a change of a
 * service is about.
 */


#include "mesh_xds_part.h"


typedef struct {
    gate_str_t             url;
    mesh_rc_e            (*encode)(gate_str_t name,
                               const mesh_sidecar_t *sidecar,
                               const mesh_state_t *state, mesh_pb_t *out);
} mesh_xds_row_t;


/* by mesh_xds_type_e */

static const mesh_xds_row_t  mesh_xds_types[MESH_XDS_TYPES] = {
    { gate_string("type.googleapis.com/envoy.config.cluster.v3.Cluster"),
      mesh_xds_cluster },
    { gate_string("type.googleapis.com/envoy.config.endpoint.v3."
                  "ClusterLoadAssignment"), mesh_xds_endpoints },
    { gate_string("type.googleapis.com/envoy.config.listener.v3.Listener"),
      mesh_xds_listener },
    { gate_string("type.googleapis.com/envoy.config.route.v3."
                  "RouteConfiguration"), mesh_xds_routes },
    { gate_string("type.googleapis.com/envoy.config.route.v3.VirtualHost"),
      mesh_xds_vhost }
};


typedef struct {
    int                  (*visit)(void *data, gate_str_t name);
    void                  *data;
} mesh_xds_all_t;


typedef struct {
    int                  (*visit)(void *data, mesh_xds_type_e type,
                               gate_str_t name);
    void                  *data;
    const mesh_sidecar_t  *sidecar;
} mesh_xds_change_t;


static int mesh_xds_names_outbound(void *data, mesh_item_t *item);
static int mesh_xds_names_local(mesh_xds_type_e type,
    const mesh_sidecar_t *sidecar, const mesh_state_t *state,
    const mesh_xds_all_t *all);
static int mesh_xds_change_service(const mesh_service_t *s,
    const mesh_xds_change_t *change);
static int mesh_xds_change_hosts(const mesh_service_t *s,
    const mesh_xds_change_t *change);
static int mesh_xds_change_host(gate_str_t host,
    const mesh_xds_change_t *change);
static int mesh_xds_change_local(const mesh_service_t *s,
    const mesh_xds_change_t *change);
static int mesh_xds_change_port(const mesh_service_t *s, unsigned port,
    const mesh_xds_change_t *change);
static int mesh_xds_is_here(const mesh_endpoint_t *e,
    const mesh_sidecar_t *sidecar);


gate_str_t
mesh_xds_url(mesh_xds_type_e type)
{
    return mesh_xds_types[type].url;
}


int
mesh_xds_type(gate_str_t url, mesh_xds_type_e *type)
{
    unsigned  i;

    for (i = 0; i < MESH_XDS_TYPES; i++) {

        if (gate_str_eq(mesh_xds_types[i].url, url)) {
            *type = i;
            return 1;
        }
    }

    return 0;
}


mesh_rc_e
mesh_xds_encode(mesh_xds_type_e type, gate_str_t name,
    const mesh_sidecar_t *sidecar, const mesh_state_t *state, mesh_pb_t *out)
{
    size_t     before;
    mesh_rc_e  rc;

    before = out->len;

    rc = mesh_xds_types[type].encode(name, sidecar, state, out);

    if (rc == MESH_OK && out->failed) {
        rc = MESH_NO_MEMORY;
    }

    if (rc != MESH_OK) {
        out->len = before;
    }

    return rc;
}


int
mesh_xds_names(mesh_xds_type_e type, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, int (*visit)(void *data, gate_str_t name),
    void *data)
{
    int             rc;
    mesh_xds_all_t  all;

    all.visit = visit;
    all.data = data;

    switch (type) {

    case MESH_XDS_CLUSTER:
    case MESH_XDS_ENDPOINT:
        rc = mesh_map_walk(mesh_catalog_services(state->catalog),
                           mesh_xds_names_outbound, &all);

        return (rc != 0 || type == MESH_XDS_ENDPOINT)
               ? rc : mesh_xds_names_local(type, sidecar, state, &all);

    case MESH_XDS_LISTENER:
        rc = sidecar->egress_port ? visit(data, gate_cstr("egress")) : 0;

        return rc ? rc : mesh_xds_names_local(type, sidecar, state, &all);

    case MESH_XDS_ROUTE:
        return visit(data, gate_cstr("mesh"));

    default:
        return 0;
    }
}


static int
mesh_xds_names_outbound(void *data, mesh_item_t *item)
{
    mesh_xds_all_t  *all = data;
    mesh_service_t  *s = (mesh_service_t *) item;

    int            rc;
    size_t         i;
    unsigned char  name[MESH_XDS_NAME_MAX];

    for (i = 0; i < s->nversions; i++) {
        rc = all->visit(all->data,
                        gate_str(name, mesh_xds_outbound(name, item->name,
                                                         s->versions[i])));
        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


/* those that are there because of the node */

static int
mesh_xds_names_local(mesh_xds_type_e type, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, const mesh_xds_all_t *all)
{
    int               rc;
    size_t            i, j, n;
    unsigned char     name[MESH_XDS_NAME_MAX];
    mesh_xds_local_t  local;

    static const char *const  clusters[] = { "blackhole", "passthrough",
                                             "inbound-passthrough" };
    static const char *const  listeners[] = { "outbound", "inbound" };

    if (sidecar->role != MESH_ROLE_SERVICE) {
        return 0;
    }

    rc = 0;
    n = (type == MESH_XDS_CLUSTER) ? 3 : 2;

    for (i = 0; sidecar->redirect && rc == 0 && i < n; i++) {
        rc = all->visit(all->data, gate_cstr((n == 3) ? clusters[i]
                                                      : listeners[i]));
    }

    if (rc != 0 || (sidecar->redirect && type == MESH_XDS_LISTENER)) {
        return rc;
    }

    if (mesh_xds_local(sidecar, state->catalog, &local) != MESH_OK) {
        return -1;
    }

    for (i = 0; rc == 0 && i < local.n; i++) {

        if (type == MESH_XDS_LISTENER) {
            n = mesh_xds_inbound(name, local.ports[i].port,
                                 gate_str(NULL, 0));
            rc = all->visit(all->data, gate_str(name, n));
            continue;
        }

        for (j = 0; rc == 0 && j < local.ports[i].n; j++) {
            n = mesh_xds_inbound(name, local.ports[i].port,
                                 local.ports[i].services[j]->item.name);
            rc = all->visit(all->data, gate_str(name, n));
        }
    }

    mesh_xds_local_free(&local);

    return rc;
}


int
mesh_xds_affected(gate_str_t service, const mesh_sidecar_t *sidecar,
    const mesh_state_t *from, const mesh_state_t *to,
    int (*visit)(void *data, mesh_xds_type_e type, gate_str_t name),
    void *data)
{
    int                 rc;
    mesh_service_t     *before, *after;
    mesh_xds_change_t   change;

    change.visit = visit;
    change.data = data;
    change.sidecar = sidecar;

    before = mesh_catalog_find(from->catalog, service);
    after = mesh_catalog_find(to->catalog, service);

    rc = before ? mesh_xds_change_service(before, &change) : 0;

    if (rc == 0 && after != NULL) {
        rc = mesh_xds_change_service(after, &change);
    }

    return rc ? rc : visit(data, MESH_XDS_ROUTE, gate_cstr("mesh"));
}


static int
mesh_xds_change_service(const mesh_service_t *s,
    const mesh_xds_change_t *change)
{
    int            rc;
    size_t         i;
    gate_str_t     name;
    unsigned char  buf[MESH_XDS_NAME_MAX];

    for (i = 0; i < s->nversions; i++) {
        name = gate_str(buf, mesh_xds_outbound(buf, s->item.name,
                                               s->versions[i]));

        rc = change->visit(change->data, MESH_XDS_CLUSTER, name);

        if (rc == 0) {
            rc = change->visit(change->data, MESH_XDS_ENDPOINT, name);
        }

        if (rc != 0) {
            return rc;
        }
    }

    rc = mesh_xds_change_hosts(s, change);

    return (rc != 0 || change->sidecar->role != MESH_ROLE_SERVICE)
           ? rc : mesh_xds_change_local(s, change);
}


static int
mesh_xds_change_hosts(const mesh_service_t *s, const mesh_xds_change_t *change)
{
    int             rc;
    size_t          i;
    unsigned char  *p, host[MESH_NAME_MAX + 8];

    rc = mesh_xds_change_host(s->item.name, change);

    if (rc == 0) {
        p = gate_str_copy(host, s->item.name);
        p = gate_str_copy(p, gate_cstr(".mesh"));
        rc = mesh_xds_change_host(gate_str(host, (size_t) (p - host)), change);
    }

    for (i = 0; rc == 0 && i < s->nhosts; i++) {
        rc = mesh_xds_change_host(s->hosts[i], change);
    }

    return rc;
}


/* Envoy asks for hosts in small letters */

static int
mesh_xds_change_host(gate_str_t host, const mesh_xds_change_t *change)
{
    size_t          i;
    unsigned char  *p, name[5 + 256];

    if (host.len > sizeof(name) - 5) {
        return 0;
    }

    p = gate_str_copy(name, gate_cstr("mesh/"));

    for (i = 0; i < host.len; i++) {
        *p++ = gate_lower(host.data[i]);
    }

    return change->visit(change->data, MESH_XDS_VHOST,
                         gate_str(name, (size_t) (p - name)));
}


/* what comes in for it, and what of it an interception lets through */

static int
mesh_xds_change_local(const mesh_service_t *s, const mesh_xds_change_t *change)
{
    int     rc;
    size_t  i;

    if (s->protocol == MESH_TCP && change->sidecar->redirect) {
        rc = change->visit(change->data, MESH_XDS_LISTENER,
                           gate_cstr("outbound"));
        if (rc != 0) {
            return rc;
        }
    }

    for (i = 0; i < s->nendpoints; i++) {

        if (!mesh_xds_is_here(&s->endpoints[i], change->sidecar)) {
            continue;
        }

        rc = mesh_xds_change_port(s, s->endpoints[i].port, change);
        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


static int
mesh_xds_change_port(const mesh_service_t *s, unsigned port,
    const mesh_xds_change_t *change)
{
    int            rc;
    unsigned char  name[MESH_XDS_NAME_MAX];

    rc = change->visit(change->data, MESH_XDS_CLUSTER,
                       gate_str(name, mesh_xds_inbound(name, port,
                                                       s->item.name)));
    if (rc != 0) {
        return rc;
    }

    if (!change->sidecar->redirect) {
        return change->visit(change->data, MESH_XDS_LISTENER,
                             gate_str(name, mesh_xds_inbound(name, port,
                                                     gate_str(NULL, 0))));
    }

    rc = change->visit(change->data, MESH_XDS_LISTENER, gate_cstr("inbound"));

    return rc ? rc : change->visit(change->data, MESH_XDS_LISTENER,
                                   gate_cstr("outbound"));
}


static int
mesh_xds_is_here(const mesh_endpoint_t *e, const mesh_sidecar_t *sidecar)
{
    size_t  i;

    for (i = 0; i < e->naddresses; i++) {

        if (mesh_xds_is_own(&e->addresses[i], sidecar)) {
            return 1;
        }
    }

    return 0;
}
