
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Routes of a service towards its versions: Route, RouteAction,
 * WeightedCluster of envoy.config.route.v3.
 */


#include "mesh_xds_part.h"


#define MESH_XDS_WEIGHTED  64                 /* versions in one split */


/* which of the versions there are, and where what is for each of them goes */

typedef struct {
    const gate_str_t      *versions;
    size_t                 n;
    const gate_str_t      *to[MESH_XDS_WEIGHTED];
    uint32_t               weights[MESH_XDS_WEIGHTED];
    gate_str_t             hash_on;
} mesh_xds_split_t;


static void mesh_xds_split(mesh_xds_split_t *split, const mesh_service_t *s,
    const gate_rule_t *rule);
static uint32_t mesh_xds_usable(const mesh_service_t *s, gate_str_t version);
static const gate_str_t *mesh_xds_to(const mesh_xds_split_t *split,
    gate_str_t version);
static void mesh_xds_route_breaker(mesh_pb_t *pb,
    const mesh_sidecar_t *sidecar);
static size_t mesh_xds_route_begin(mesh_pb_t *pb, size_t *match);
static void mesh_xds_header(mesh_pb_t *pb, gate_str_t name,
    gate_rule_kind_e kind, gate_str_t value);
static void mesh_xds_action(mesh_pb_t *pb, const mesh_service_t *s,
    const gate_str_t *to, const mesh_xds_split_t *split);
static void mesh_xds_weighted(mesh_pb_t *pb, const mesh_service_t *s,
    const mesh_xds_split_t *split);
static void mesh_xds_retries(mesh_pb_t *pb, uint32_t retries);


void
mesh_xds_service_routes(mesh_pb_t *pb, const mesh_service_t *s,
    const gate_rule_t *rule, const mesh_sidecar_t *sidecar)
{
    size_t             i, route, match;
    mesh_xds_split_t   split;

    mesh_xds_route_breaker(pb, sidecar);
    mesh_xds_split(&split, s, rule);

    for (i = 0; i < split.n; i++) {
        route = mesh_xds_route_begin(pb, &match);
        mesh_xds_header(pb, gate_cstr(GATE_RULE_LANE), GATE_RULE_EXACT,
                        split.versions[i]);
        mesh_pb_end(pb, match);
        mesh_xds_action(pb, s, split.to[i], NULL);
        mesh_pb_end(pb, route);
    }

    for (i = 0; rule != NULL && i < rule->nmatch; i++) {
        route = mesh_xds_route_begin(pb, &match);
        mesh_xds_header(pb, rule->match[i].header, rule->match[i].kind,
                        rule->match[i].value);
        mesh_pb_end(pb, match);
        mesh_xds_action(pb, s, mesh_xds_to(&split, rule->match[i].to), NULL);
        mesh_pb_end(pb, route);
    }

    route = mesh_xds_route_begin(pb, &match);
    mesh_pb_end(pb, match);
    mesh_xds_action(pb, s, NULL, &split);
    mesh_pb_end(pb, route);
}


/*
 * Without a rule a version gets its share by how many instances it has, as it
 * would if there were no versions.
 */

static void
mesh_xds_split(mesh_xds_split_t *split, const mesh_service_t *s,
    const gate_rule_t *rule)
{
    size_t             i, n;
    uint32_t           sum;
    const gate_str_t  *fallback;

    split->versions = rule ? rule->versions : s->versions;
    n = rule ? rule->nversions : s->nversions;
    split->n = (n < MESH_XDS_WEIGHTED) ? n : MESH_XDS_WEIGHTED;
    split->hash_on = rule ? rule->hash_on : gate_cstr(GATE_RULE_HASH);

    if (split->hash_on.len == 0) {
        split->hash_on = gate_cstr(GATE_RULE_HASH);
    }

    fallback = (rule && rule->fallback.len) ? &rule->fallback : NULL;
    sum = 0;

    for (i = 0; i < split->n; i++) {
        n = mesh_xds_usable(s, split->versions[i]);

        split->to[i] = (n == 0 && fallback) ? fallback : &split->versions[i];
        split->weights[i] = rule ? rule->weights[i] : (uint32_t) n;
        sum += split->weights[i];
    }

    for (i = 0; sum == 0 && i < split->n; i++) {
        split->weights[i] = (fallback == NULL
                             || gate_str_eq(split->versions[i], *fallback));
    }
}


/* instances that take requests */

static uint32_t
mesh_xds_usable(const mesh_service_t *s, gate_str_t version)
{
    size_t                  i, n;
    uint32_t                usable;
    const mesh_endpoint_t  *e;

    usable = 0;
    n = mesh_service_version(s, version, &e);

    for (i = 0; i < n; i++) {
        usable += (e[i].health != MESH_CRITICAL && e[i].weight != 0);
    }

    return usable;
}


static const gate_str_t *
mesh_xds_to(const mesh_xds_split_t *split, gate_str_t version)
{
    size_t  i;

    for (i = 0; i + 1 < split->n; i++) {

        if (gate_str_eq(split->versions[i], version)) {
            break;
        }
    }

    return split->to[i];
}


/* who has been here twice goes round in a circle */

static void
mesh_xds_route_breaker(mesh_pb_t *pb, const mesh_sidecar_t *sidecar)
{
    size_t          route, match;
    unsigned char  *p, regex[2 * MESH_XDS_VIA + 6];

    p = gate_str_copy(regex, gate_cstr(".*"));
    p += mesh_xds_via(p, sidecar);
    p = gate_str_copy(p, gate_cstr(".*"));
    p += mesh_xds_via(p, sidecar);
    p = gate_str_copy(p, gate_cstr(".*"));

    route = mesh_xds_route_begin(pb, &match);
    mesh_xds_header(pb, gate_cstr("via"), GATE_RULE_REGEX,
                    gate_str(regex, (size_t) (p - regex)));
    mesh_pb_end(pb, match);

    match = mesh_pb_begin(pb, 7);                    /* direct_response */
    mesh_pb_uint(pb, 1, 508);
    mesh_pb_end(pb, match);

    mesh_pb_end(pb, route);
}


void
mesh_xds_refuse(mesh_pb_t *pb, unsigned status)
{
    size_t  route, match;

    route = mesh_xds_route_begin(pb, &match);
    mesh_pb_end(pb, match);

    match = mesh_pb_begin(pb, 7);                    /* direct_response */
    mesh_pb_uint(pb, 1, status);
    mesh_pb_end(pb, match);

    mesh_pb_end(pb, route);
}


/* for all paths */

static size_t
mesh_xds_route_begin(mesh_pb_t *pb, size_t *match)
{
    size_t  route;

    route = mesh_pb_begin(pb, 3);                    /* VirtualHost.routes */
    *match = mesh_pb_begin(pb, 1);
    mesh_pb_string(pb, 1, gate_cstr("/"));           /* prefix */

    return route;
}


/* HeaderMatcher */

static void
mesh_xds_header(mesh_pb_t *pb, gate_str_t name, gate_rule_kind_e kind,
    gate_str_t value)
{
    size_t  at, string, regex;

    at = mesh_pb_begin(pb, 6);                       /* headers */
    mesh_pb_string(pb, 1, name);
    string = mesh_pb_begin(pb, 13);                  /* string_match */

    if (kind == GATE_RULE_REGEX) {
        regex = mesh_pb_begin(pb, 5);                /* safe_regex */
        mesh_pb_string(pb, 2, value);
        mesh_pb_end(pb, regex);

    } else {
        mesh_pb_string_always(pb, (kind == GATE_RULE_EXACT) ? 1 : 2, value);
    }

    mesh_pb_end(pb, string);
    mesh_pb_end(pb, at);
}


/* to one version, or a split over all */

static void
mesh_xds_action(mesh_pb_t *pb, const mesh_service_t *s, const gate_str_t *to,
    const mesh_xds_split_t *split)
{
    size_t         at;
    uint64_t       timeout;
    unsigned char  name[MESH_XDS_NAME_MAX];

    static const gate_str_t  none = gate_string(MESH_NO_VERSION);

    /* Envoy takes no split between none; of a service without instances */

    if (split != NULL && split->n == 0) {
        to = &none;

    } else if (split != NULL && split->n == 1) {
        to = split->to[0];
    }

    at = mesh_pb_begin(pb, 2);                       /* route */

    if (to != NULL) {
        mesh_pb_string(pb, 1, gate_str(name, mesh_xds_outbound(name,
                                                       s->item.name, *to)));
    } else {
        mesh_xds_weighted(pb, s, split);
    }

    /* calls of gRPC last as long as they say */

    timeout = s->policy.timeout_ms ? s->policy.timeout_ms
              : (s->protocol == MESH_GRPC) ? 0 : MESH_XDS_TIMEOUT_MS;

    mesh_xds_duration(pb, 8, timeout);
    mesh_xds_retries(pb, s->policy.retries ? s->policy.retries : 2);
    mesh_pb_end(pb, at);
}


/* all in the order of the versions, those without a share, too */

static void
mesh_xds_weighted(mesh_pb_t *pb, const mesh_service_t *s,
    const mesh_xds_split_t *split)
{
    size_t         i, at, cluster;
    unsigned char  name[MESH_XDS_NAME_MAX];

    at = mesh_pb_begin(pb, 3);                       /* weighted_clusters */

    for (i = 0; i < split->n; i++) {
        cluster = mesh_pb_begin(pb, 1);
        mesh_pb_string(pb, 1, gate_str(name, mesh_xds_outbound(name,
                                              s->item.name, *split->to[i])));
        mesh_xds_uint(pb, 2, split->weights[i]);
        mesh_pb_end(pb, cluster);
    }

    mesh_pb_string(pb, 4, split->hash_on);           /* header_name */
    mesh_pb_end(pb, at);
}


/* only what cannot have been seen by the service is sent again */

static void
mesh_xds_retries(mesh_pb_t *pb, uint32_t retries)
{
    size_t  at;

    at = mesh_pb_begin(pb, 9);                       /* retry_policy */
    mesh_pb_string(pb, 1, gate_cstr("connect-failure,refused-stream"));
    mesh_xds_uint(pb, 2, retries);
    mesh_pb_end(pb, at);
}
