
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Clusters and their endpoints: envoy.config.cluster.v3.Cluster,
 * envoy.config.endpoint.v3.ClusterLoadAssignment.
 */


#include "mesh_xds_part.h"


/* Cluster.DiscoveryType */
#define MESH_XDS_STATIC         0
#define MESH_XDS_EDS            3
#define MESH_XDS_ORIGINAL_DST   4

/* Cluster.LbPolicy */
#define MESH_XDS_LEAST_REQUEST  1
#define MESH_XDS_PROVIDED       6             /* of ORIGINAL_DST */

/* HealthStatus */
#define MESH_XDS_HEALTHY        1
#define MESH_XDS_UNHEALTHY      2
#define MESH_XDS_DEGRADED       5

#define MESH_XDS_CONNECT_MS     1000

/* kept connections end here before common services end them */
#define MESH_XDS_IDLE_MS        4000


static void mesh_xds_cluster_outbound(mesh_pb_t *out, gate_str_t name,
    const mesh_service_t *s);
static void mesh_xds_cluster_inbound(mesh_pb_t *out, gate_str_t name,
    unsigned port, const mesh_service_t *s);
static void mesh_xds_cluster_pass(mesh_pb_t *out, gate_str_t name, int bind);
static void mesh_xds_protocol(mesh_pb_t *out, const mesh_service_t *s);
static const mesh_address_t *mesh_xds_plane(const mesh_endpoint_t *e,
    const mesh_sidecar_t *sidecar);
static void mesh_xds_endpoint(mesh_pb_t *out, const mesh_endpoint_t *e,
    const mesh_address_t *a);
static int mesh_xds_port_has(const mesh_xds_local_t *local, unsigned port,
    gate_str_t service);


mesh_rc_e
mesh_xds_cluster(gate_str_t name, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, mesh_pb_t *out)
{
    int                     has;
    unsigned                port;
    mesh_rc_e               rc;
    gate_str_t              service, version;
    mesh_service_t         *s;
    mesh_xds_local_t        local;
    const mesh_endpoint_t  *first;

    if (mesh_xds_outbound_of(name, &service, &version)) {
        s = mesh_catalog_find(state->catalog, service);

        if (s == NULL || mesh_service_version(s, version, &first) == 0) {
            return MESH_NONE;
        }

        mesh_xds_cluster_outbound(out, name, s);
        return MESH_OK;
    }

    if (sidecar->role != MESH_ROLE_SERVICE) {
        return MESH_NONE;
    }

    if (mesh_xds_inbound_of(name, &port, &service)) {
        rc = mesh_xds_local(sidecar, state->catalog, &local);
        if (rc != MESH_OK) {
            return rc;
        }

        has = mesh_xds_port_has(&local, port, service);
        mesh_xds_local_free(&local);

        if (!has) {
            return MESH_NONE;
        }

        mesh_xds_cluster_inbound(out, name, port,
                                 mesh_catalog_find(state->catalog, service));
        return MESH_OK;
    }

    if (!sidecar->redirect) {
        return MESH_NONE;
    }

    if (gate_str_eq(name, gate_cstr("blackhole"))) {
        mesh_pb_string(out, 1, name);
        mesh_xds_duration(out, 4, MESH_XDS_CONNECT_MS);
        return MESH_OK;
    }

    if (gate_str_eq(name, gate_cstr("passthrough"))
        || gate_str_eq(name, gate_cstr("inbound-passthrough")))
    {
        mesh_xds_cluster_pass(out, name, name.data[0] == 'i');
        return MESH_OK;
    }

    return MESH_NONE;
}


static int
mesh_xds_port_has(const mesh_xds_local_t *local, unsigned port,
    gate_str_t service)
{
    size_t  i, j;

    for (i = 0; i < local->n; i++) {

        if (local->ports[i].port != port) {
            continue;
        }

        for (j = 0; j < local->ports[i].n; j++) {

            if (gate_str_eq(local->ports[i].services[j]->item.name, service)) {
                return 1;
            }
        }
    }

    return 0;
}


static void
mesh_xds_cluster_outbound(mesh_pb_t *out, gate_str_t name,
    const mesh_service_t *s)
{
    size_t  at, limits;

    mesh_pb_string(out, 1, name);
    mesh_pb_uint(out, 2, MESH_XDS_EDS);

    at = mesh_pb_begin(out, 3);                      /* eds_cluster_config */
    mesh_xds_ads(out, 1);
    mesh_pb_end(out, at);

    mesh_xds_duration(out, 4, MESH_XDS_CONNECT_MS);
    mesh_pb_uint(out, 6, MESH_XDS_LEAST_REQUEST);

    if (s->policy.connections != 0) {
        at = mesh_pb_begin(out, 10);                 /* circuit_breakers */
        limits = mesh_pb_begin(out, 1);
        mesh_xds_uint(out, 2, s->policy.connections);
        mesh_pb_end(out, limits);
        mesh_pb_end(out, at);
    }

    /* ejecting none of a service: what is critical is told by the registry */

    at = mesh_pb_begin(out, 27);                     /* common_lb_config */
    mesh_xds_empty(out, 1);                          /* no panic: 0 percent */
    mesh_pb_end(out, at);

    mesh_pb_uint(out, 32, 1);                        /* ignore_health_on_
                                                        host_removal */
    mesh_xds_protocol(out, s);
}


static void
mesh_xds_cluster_inbound(mesh_pb_t *out, gate_str_t name, unsigned port,
    const mesh_service_t *s)
{
    size_t  at, locality, lb, endpoint;

    mesh_pb_string(out, 1, name);
    mesh_xds_duration(out, 4, MESH_XDS_CONNECT_MS);

    at = mesh_pb_begin(out, 33);                     /* load_assignment */
    mesh_pb_string(out, 1, name);
    locality = mesh_pb_begin(out, 2);
    lb = mesh_pb_begin(out, 2);
    endpoint = mesh_pb_begin(out, 1);
    mesh_xds_address(out, 1, gate_cstr("127.0.0.1"), port);
    mesh_pb_end(out, endpoint);
    mesh_pb_end(out, lb);
    mesh_pb_end(out, locality);
    mesh_pb_end(out, at);

    mesh_xds_protocol(out, s);
}


/*
 * To where it was going.  What comes in goes on from an address of its own, by
 * which the rules of the interception know it and let it through.
 */

static void
mesh_xds_cluster_pass(mesh_pb_t *out, gate_str_t name, int bind)
{
    size_t  at, extra;

    mesh_pb_string(out, 1, name);
    mesh_pb_uint(out, 2, MESH_XDS_ORIGINAL_DST);
    mesh_xds_duration(out, 4, MESH_XDS_CONNECT_MS);
    mesh_pb_uint(out, 6, MESH_XDS_PROVIDED);

    if (bind) {
        at = mesh_pb_begin(out, 21);                 /* upstream_bind_config */
        mesh_xds_socket(out, 1, gate_cstr("127.0.0.6"), 0);
        extra = mesh_pb_begin(out, 5);       /* extra_source_addresses */
        mesh_xds_socket(out, 1, gate_cstr("::6"), 0);
        mesh_pb_end(out, extra);
        mesh_pb_end(out, at);
    }
}


/* envoy.extensions.upstreams.http.v3.HttpProtocolOptions */

static void
mesh_xds_protocol(mesh_pb_t *out, const mesh_service_t *s)
{
    size_t          at;
    mesh_xds_any_t  any;

    if (s->protocol == MESH_TCP) {
        return;
    }

    mesh_xds_entry_begin(out, 36, "envoy.extensions.upstreams.http.v3."
                         "HttpProtocolOptions", "envoy.extensions.upstreams."
                         "http.v3.HttpProtocolOptions", &any);

    at = mesh_pb_begin(out, 1);              /* common_http_protocol_options */
    mesh_xds_duration(out, 1, s->policy.idle_ms ? s->policy.idle_ms
                                                : MESH_XDS_IDLE_MS);
    mesh_pb_end(out, at);

    at = mesh_pb_begin(out, 3);                      /* explicit_http_config */
    mesh_xds_empty(out, (s->protocol == MESH_HTTP) ? 1 : 2);
    mesh_pb_end(out, at);

    mesh_xds_named_end(out, &any);
}


mesh_rc_e
mesh_xds_endpoints(gate_str_t name, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, mesh_pb_t *out)
{
    size_t                  i, j, n, at;
    gate_str_t              service, version;
    mesh_service_t         *s;
    const mesh_address_t   *a;
    const mesh_endpoint_t  *e;

    if (!mesh_xds_outbound_of(name, &service, &version)) {
        return MESH_NONE;
    }

    s = mesh_catalog_find(state->catalog, service);

    n = s ? mesh_service_version(s, version, &e) : 0;
    if (n == 0) {
        return MESH_NONE;
    }

    mesh_pb_string(out, 1, name);

    at = mesh_pb_begin(out, 2);                      /* endpoints */

    for (i = 0; i < n; i++) {

        if (e[i].weight == 0) {
            continue;
        }

        a = mesh_xds_plane(&e[i], sidecar);

        /* Envoy keeps the first of an address and port, and says nothing */

        for (j = 0; j < i; j++) {
            if (e[j].weight != 0 && e[j].port == e[i].port
                && mesh_address_same(mesh_xds_plane(&e[j], sidecar), a))
            {
                break;
            }
        }

        if (j == i) {
            mesh_xds_endpoint(out, &e[i], a);
        }
    }

    mesh_pb_end(out, at);

    return MESH_OK;
}


static void
mesh_xds_endpoint(mesh_pb_t *out, const mesh_endpoint_t *e,
    const mesh_address_t *a)
{
    size_t         at, endpoint;
    unsigned char  text[MESH_ADDRESS_TEXT];

    static const unsigned  health[] = {
        MESH_XDS_HEALTHY, MESH_XDS_DEGRADED, MESH_XDS_UNHEALTHY
    };

    at = mesh_pb_begin(out, 2);                      /* lb_endpoints */

    endpoint = mesh_pb_begin(out, 1);
    mesh_xds_address(out, 1, gate_str(text, mesh_address_text(a, text)),
                     e->port);
    mesh_pb_end(out, endpoint);

    mesh_pb_uint(out, 2, health[e->health]);         /* health_status */
    mesh_xds_uint(out, 4, e->weight);                /* load_balancing_weight */

    mesh_pb_end(out, at);
}


/* of the first plane that the sidecar prefers and the endpoint has */

static const mesh_address_t *
mesh_xds_plane(const mesh_endpoint_t *e, const mesh_sidecar_t *sidecar)
{
    size_t  i, j;

    for (i = 0; i < sidecar->nplanes; i++) {

        for (j = 0; j < e->naddresses; j++) {

            if (gate_str_eq(e->addresses[j].plane, sidecar->planes[i])) {
                return &e->addresses[j];
            }
        }
    }

    return &e->addresses[0];
}
