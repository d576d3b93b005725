
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What comes in for a port of a node: the services of the process there are
 * told apart by Host and by path, and each has policies and statistics of its
 * own.
 */


#include "mesh_xds_part.h"


#define MESH_XDS_FILTER  "envoy.extensions.filters.http."


static void mesh_xds_inbound_match(mesh_pb_t *pb,
    const mesh_xds_port_t *port, const mesh_sidecar_t *sidecar, int own);
static void mesh_xds_inbound_hcm(mesh_pb_t *pb, const mesh_xds_port_t *port);
static void mesh_xds_inbound_tcp(mesh_pb_t *pb, const mesh_xds_port_t *port);
static void mesh_xds_inbound_filters(mesh_pb_t *pb);
static void mesh_xds_inbound_service(mesh_pb_t *pb,
    const mesh_xds_port_t *port, const mesh_service_t *s);
static int mesh_xds_inbound_taken(const mesh_xds_port_t *port,
    const mesh_service_t *s, gate_str_t host);
static void mesh_xds_inbound_rest(mesh_pb_t *pb, const mesh_xds_port_t *port);
static void mesh_xds_inbound_route(mesh_pb_t *pb, unsigned port,
    const mesh_service_t *s, gate_str_t path);
static void mesh_xds_inbound_policies(mesh_pb_t *pb, const mesh_service_t *s);
static void mesh_xds_inbound_rate(mesh_pb_t *pb, const mesh_service_t *s);
static void mesh_xds_inbound_allow(mesh_pb_t *pb, const mesh_service_t *s);


void
mesh_xds_inbound_chain(mesh_pb_t *pb, const mesh_xds_port_t *port,
    const mesh_sidecar_t *sidecar, int match, int own)
{
    size_t  at;

    at = mesh_pb_begin(pb, 3);                       /* filter_chains */

    if (match) {
        mesh_xds_inbound_match(pb, port, sidecar, own);
    }

    if (port->services[0]->protocol == MESH_TCP) {
        mesh_xds_inbound_tcp(pb, port);

    } else {
        mesh_xds_inbound_hcm(pb, port);
    }

    mesh_pb_end(pb, at);
}


static void
mesh_xds_inbound_match(mesh_pb_t *pb, const mesh_xds_port_t *port,
    const mesh_sidecar_t *sidecar, int own)
{
    size_t  at;

    at = mesh_pb_begin(pb, 1);                       /* filter_chain_match */
    mesh_xds_own(pb, 3, sidecar);                    /* prefix_ranges */

    if (own) {
        mesh_xds_own(pb, 6, sidecar);                /* source_prefix_ranges */
    }

    mesh_xds_uint(pb, 8, port->port);                /* destination_port */
    mesh_pb_end(pb, at);
}


/* a service of bytes has its port for itself */

static void
mesh_xds_inbound_tcp(mesh_pb_t *pb, const mesh_xds_port_t *port)
{
    size_t         n;
    unsigned char  name[MESH_XDS_NAME_MAX + 1];

    n = mesh_xds_inbound(name, port->port, port->services[0]->item.name);
    name[n] = '\0';

    mesh_xds_tcp(pb, (const char *) name);
}


static void
mesh_xds_inbound_hcm(mesh_pb_t *pb, const mesh_xds_port_t *port)
{
    size_t          i, at;
    unsigned char   name[MESH_XDS_NAME_MAX];
    mesh_xds_any_t  filter;

    mesh_xds_named_begin(pb, 3, "envoy.filters.network."
                         "http_connection_manager", 4,
                         "envoy.extensions.filters.network."
                         "http_connection_manager.v3.HttpConnectionManager",
                         &filter);

    mesh_xds_hcm_begin(pb, "inbound_", port->port);

    at = mesh_pb_begin(pb, 4);                       /* route_config */
    mesh_pb_string(pb, 1, gate_str(name, mesh_xds_inbound(name, port->port,
                                                     gate_str(NULL, 0))));

    for (i = 0; i < port->n; i++) {
        mesh_xds_inbound_service(pb, port, port->services[i]);
    }

    mesh_xds_inbound_rest(pb, port);

    mesh_pb_string(pb, 5, gate_cstr("x-gate-sidecar"));
    mesh_pb_uint(pb, 14, 1);                 /* ignore_port_in_host_matching */
    mesh_pb_end(pb, at);

    mesh_xds_inbound_filters(pb);
    mesh_xds_hcm_end(pb, gate_str(NULL, 0));
    mesh_xds_named_end(pb, &filter);
}


/* they do nothing but where a virtual host says what */

static void
mesh_xds_inbound_filters(mesh_pb_t *pb)
{
    mesh_xds_any_t  any;

    mesh_xds_named_begin(pb, 5, "envoy.filters.http.rbac", 4,
                         MESH_XDS_FILTER "rbac.v3.RBAC", &any);
    mesh_xds_named_end(pb, &any);

    mesh_xds_named_begin(pb, 5, "envoy.filters.http.local_ratelimit", 4,
                         MESH_XDS_FILTER "local_ratelimit.v3.LocalRateLimit",
                         &any);
    mesh_pb_string(pb, 1, gate_cstr("inbound"));
    mesh_xds_named_end(pb, &any);

    mesh_xds_named_begin(pb, 5, "envoy.filters.http.router", 4,
                         MESH_XDS_FILTER "router.v3.Router", &any);
    mesh_xds_named_end(pb, &any);
}


static void
mesh_xds_inbound_service(mesh_pb_t *pb, const mesh_xds_port_t *port,
    const mesh_service_t *s)
{
    size_t          i, at;
    gate_str_t      mesh;
    unsigned char  *p, domain[MESH_NAME_MAX + 8];

    if (s->protocol == MESH_TCP || mesh_xds_inbound_taken(port, s,
                                                          s->item.name))
    {
        return;
    }

    at = mesh_pb_begin(pb, 2);                       /* virtual_hosts */
    mesh_pb_string(pb, 1, s->item.name);
    mesh_pb_string(pb, 2, s->item.name);             /* domains */

    p = gate_str_copy(domain, s->item.name);
    p = gate_str_copy(p, gate_cstr(".mesh"));
    mesh = gate_str(domain, (size_t) (p - domain));

    if (!mesh_xds_inbound_taken(port, s, mesh)) {
        mesh_pb_string(pb, 2, mesh);
    }

    for (i = 0; i < s->nhosts; i++) {

        if (mesh_xds_compare(s->hosts[i], mesh) != 0
            && mesh_xds_compare(s->hosts[i], s->item.name) != 0
            && !mesh_xds_inbound_taken(port, s, s->hosts[i]))
        {
            mesh_pb_string(pb, 2, s->hosts[i]);
        }
    }

    mesh_xds_inbound_route(pb, port->port, s, gate_cstr("/"));
    mesh_pb_end(pb, at);
}


/*
 * A domain that is the name of another service there, or one before has it; of
 * two names that differ in the case of letters alone the small ones have it.
 */

static int
mesh_xds_inbound_taken(const mesh_xds_port_t *port, const mesh_service_t *s,
    gate_str_t host)
{
    int             before;
    size_t          i, j;
    gate_str_t      name;
    unsigned char  *p, mesh[MESH_NAME_MAX + 8];

    before = 1;

    for (i = 0; i < port->n; i++) {
        name = port->services[i]->item.name;

        if (port->services[i] == s) {
            before = 0;
            continue;
        }

        if (port->services[i]->protocol == MESH_TCP) {
            continue;
        }

        p = gate_str_copy(mesh, name);
        p = gate_str_copy(p, gate_cstr(".mesh"));

        if (mesh_xds_compare(name, s->item.name) == 0) {

            if (memcmp(name.data, s->item.name.data, name.len) > 0) {
                return 1;
            }

        } else if (mesh_xds_compare(name, host) == 0
                   || (!gate_str_eq(host, s->item.name)
                       && mesh_xds_compare(gate_str(mesh, (size_t) (p - mesh)),
                                           host) == 0))
        {
            return 1;
        }

        for (j = 0; before && j < port->services[i]->nhosts; j++) {

            if (!gate_str_eq(host, s->item.name)
                && mesh_xds_compare(port->services[i]->hosts[j], host) == 0)
            {
                return 1;
            }
        }
    }

    return 0;
}


/*
 * By another Host: whose path it is, the longest first; of a process with one
 * service that has no path, all.
 */

static void
mesh_xds_inbound_rest(mesh_pb_t *pb, const mesh_xds_port_t *port)
{
    size_t                  i, at, len, longest;
    const mesh_service_t   *s;

    at = mesh_pb_begin(pb, 2);
    mesh_pb_string(pb, 1, gate_cstr("unknown"));
    mesh_pb_string(pb, 2, gate_cstr("*"));

    longest = SIZE_MAX;

    for ( ;; ) {
        len = 0;

        for (i = 0; i < port->n; i++) {
            s = port->services[i];

            if (s->path.len > len && s->path.len < longest) {
                len = s->path.len;
            }
        }

        if (len == 0) {
            break;
        }

        for (i = 0; i < port->n; i++) {
            s = port->services[i];

            if (s->path.len == len && s->protocol != MESH_TCP) {
                mesh_xds_inbound_route(pb, port->port, s, s->path);
            }
        }

        longest = len;
    }

    if (port->n == 1 && port->services[0]->path.len == 0) {
        mesh_xds_inbound_route(pb, port->port, port->services[0],
                               gate_cstr("/"));
    } else {
        mesh_xds_refuse(pb, 404);
    }

    mesh_pb_end(pb, at);
}


static void
mesh_xds_inbound_route(mesh_pb_t *pb, unsigned port, const mesh_service_t *s,
    gate_str_t path)
{
    size_t         route, at;
    unsigned char  name[MESH_XDS_NAME_MAX];

    route = mesh_pb_begin(pb, 3);                    /* routes */

    at = mesh_pb_begin(pb, 1);                       /* match */
    /* path_separated_prefix: "/orders" is not "/ordersold" */
    mesh_pb_string(pb, (path.len == 1) ? 1 : 14, path);
    mesh_pb_end(pb, at);

    at = mesh_pb_begin(pb, 2);                       /* route */
    mesh_pb_string(pb, 1, gate_str(name, mesh_xds_inbound(name, port,
                                                          s->item.name)));
    mesh_xds_duration(pb, 8, s->policy.timeout_ms
                             ? s->policy.timeout_ms
                             : (s->protocol == MESH_GRPC)
                               ? 0 : MESH_XDS_TIMEOUT_MS);
    mesh_pb_end(pb, at);

    mesh_xds_inbound_policies(pb, s);
    mesh_pb_string(pb, 19, s->item.name);            /* stat_prefix */
    mesh_pb_end(pb, route);
}


/* typed_per_filter_config of a route, by the names of the filters */

static void
mesh_xds_inbound_policies(mesh_pb_t *pb, const mesh_service_t *s)
{
    if (s->policy.rate != 0) {
        mesh_xds_inbound_rate(pb, s);
    }

    if (s->policy.nallow != 0) {
        mesh_xds_inbound_allow(pb, s);
    }
}


static void
mesh_xds_inbound_rate(mesh_pb_t *pb, const mesh_service_t *s)
{
    size_t          at, percent;
    uint64_t        depth;
    unsigned        field;
    mesh_xds_any_t  any;

    /* as a rate of the gateway without burst: a second's worth at once */
    depth = s->policy.burst ? (uint64_t) s->policy.burst + 1 : s->policy.rate;

    mesh_xds_entry_begin(pb, 13, "envoy.filters.http.local_ratelimit",
                         MESH_XDS_FILTER "local_ratelimit.v3.LocalRateLimit",
                         &any);
    mesh_pb_string(pb, 1, s->item.name);             /* stat_prefix */

    at = mesh_pb_begin(pb, 3);                       /* token_bucket */
    mesh_pb_uint(pb, 1, depth);
    mesh_xds_uint(pb, 2, s->policy.rate);
    mesh_xds_duration(pb, 3, 1000);
    mesh_pb_end(pb, at);

    for (field = 4; field <= 5; field++) {           /* enabled, enforced */
        at = mesh_pb_begin(pb, field);
        percent = mesh_pb_begin(pb, 1);
        mesh_pb_uint(pb, 1, 100);
        mesh_pb_end(pb, percent);
        mesh_pb_end(pb, at);
    }

    mesh_xds_named_end(pb, &any);
}


static void
mesh_xds_inbound_allow(mesh_pb_t *pb, const mesh_service_t *s)
{
    size_t          i, config, rules, entry, policy, at;
    mesh_xds_any_t  any;

    mesh_xds_entry_begin(pb, 13, "envoy.filters.http.rbac",
                         MESH_XDS_FILTER "rbac.v3.RBACPerRoute", &any);
    config = mesh_pb_begin(pb, 2);                   /* rbac */
    rules = mesh_pb_begin(pb, 1);                    /* ALLOW */
    entry = mesh_pb_begin(pb, 2);                    /* policies */
    mesh_pb_string(pb, 1, gate_cstr("allow"));
    policy = mesh_pb_begin(pb, 2);

    at = mesh_pb_begin(pb, 1);                       /* permissions */
    mesh_pb_uint(pb, 3, 1);                          /* any */
    mesh_pb_end(pb, at);

    for (i = 0; i < s->policy.nallow; i++) {
        at = mesh_pb_begin(pb, 2);                   /* principals */
        mesh_xds_cidr(pb, 10, &s->policy.allow[i].address,
                      s->policy.allow[i].prefix);    /* direct_remote_ip */
        mesh_pb_end(pb, at);
    }

    mesh_pb_end(pb, policy);
    mesh_pb_end(pb, entry);
    mesh_pb_end(pb, rules);
    mesh_pb_end(pb, config);
    mesh_xds_named_end(pb, &any);
}
