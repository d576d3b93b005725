
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The routes of all services by the Host they are called by:
 * envoy.config.route.v3.RouteConfiguration with a VirtualHost for each service,
 * or with those that are asked for.
 */


#include <stdlib.h>

#include "mesh_xds_part.h"


#define MESH_XDS_SUFFIX  ".mesh"              /* behind a service's name */


/* a domain, and a service that claims it; the lowest rank has it */

typedef struct {
    gate_str_t             host;
    unsigned               rank;              /* own name, with suffix, other */
    const mesh_service_t  *service;
} mesh_xds_host_t;


typedef struct {
    mesh_service_t       **services;
    size_t                 nservices;
    mesh_xds_host_t       *hosts;
    size_t                 nhosts;
    size_t                 bytes;             /* of names with the suffix */
    unsigned char         *last;
    void                  *data;
} mesh_xds_hosts_t;


static mesh_rc_e mesh_xds_hosts(mesh_xds_hosts_t *all,
    const mesh_state_t *state);
static int mesh_xds_count_hosts(void *data, mesh_item_t *item);
static int mesh_xds_add_hosts(void *data, mesh_item_t *item);
static void mesh_xds_add_host(mesh_xds_hosts_t *all, gate_str_t host,
    unsigned rank, const mesh_service_t *s);
static int mesh_xds_service_cmp(const void *a, const void *b);
static int mesh_xds_host_cmp(const void *a, const void *b);
static int mesh_xds_owns(const mesh_xds_hosts_t *all, gate_str_t host,
    unsigned rank, const mesh_service_t *s);
static void mesh_xds_vhosts(mesh_pb_t *out, const mesh_xds_hosts_t *all,
    const mesh_sidecar_t *sidecar, const mesh_state_t *state);
static size_t mesh_xds_domains(mesh_pb_t *out, const mesh_xds_hosts_t *all,
    const mesh_service_t *s);
static gate_str_t mesh_xds_suffixed(unsigned char *dst, gate_str_t name);
static void mesh_xds_any_host(mesh_pb_t *out, const mesh_sidecar_t *sidecar);
static const gate_rule_t *mesh_xds_rule(const mesh_state_t *state,
    gate_str_t service);
static int mesh_xds_has_host(void *data, mesh_item_t *item);
static const mesh_service_t *mesh_xds_called(const mesh_state_t *state,
    gate_str_t host);
static gate_str_t mesh_xds_bare(gate_str_t host);


mesh_rc_e
mesh_xds_routes(gate_str_t name, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, mesh_pb_t *out)
{
    size_t            at;
    mesh_rc_e         rc;
    mesh_xds_hosts_t  all;

    if (!gate_str_eq(name, gate_cstr("mesh"))) {
        return MESH_NONE;
    }

    mesh_pb_string(out, 1, name);

    if (!mesh_xds_ondemand(sidecar, state)) {

        rc = mesh_xds_hosts(&all, state);
        if (rc != MESH_OK) {
            return rc;
        }

        mesh_xds_vhosts(out, &all, sidecar, state);
        free(all.data);

        mesh_xds_any_host(out, sidecar);
    }

    /* the marker of Envoy's own answers is nobody else's */
    mesh_pb_string(out, 5, gate_cstr("x-gate-sidecar"));

    if (mesh_xds_ondemand(sidecar, state)) {
        at = mesh_pb_begin(out, 9);                  /* vhds */
        mesh_xds_ads(out, 1);
        mesh_pb_end(out, at);

    } else {
        mesh_pb_uint(out, 14, 1);            /* ignore_port_in_host_matching */
    }

    return MESH_OK;
}


/*
 * "mesh/HOST", of the one domain that was asked for: names of several such
 * resources may be of one service, and no two of them have a domain in common.
 */

mesh_rc_e
mesh_xds_vhost(gate_str_t name, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, mesh_pb_t *out)
{
    gate_str_t             host;
    const mesh_service_t  *s;

    if (name.len <= 5 || memcmp(name.data, "mesh/", 5) != 0) {
        return MESH_NONE;
    }

    host = gate_str(name.data + 5, name.len - 5);
    s = mesh_xds_called(state, mesh_xds_bare(host));

    if (s == NULL) {
        return MESH_NONE;
    }

    mesh_pb_string(out, 1, name);
    mesh_pb_string(out, 2, host);
    mesh_xds_service_routes(out, s, mesh_xds_rule(state, s->item.name),
                            sidecar);

    return MESH_OK;
}


static void
mesh_xds_vhosts(mesh_pb_t *out, const mesh_xds_hosts_t *all,
    const mesh_sidecar_t *sidecar, const mesh_state_t *state)
{
    size_t                 i, at, before;
    const mesh_service_t  *s;

    for (i = 0; i < all->nservices; i++) {
        s = all->services[i];
        before = out->len;

        at = mesh_pb_begin(out, 2);                  /* virtual_hosts */
        mesh_pb_string(out, 1, s->item.name);

        if (mesh_xds_domains(out, all, s) == 0) {
            out->len = before;
            continue;
        }

        mesh_xds_service_routes(out, s, mesh_xds_rule(state, s->item.name),
                                sidecar);
        mesh_pb_end(out, at);
    }
}


/* those that no other service has; how many */

static size_t
mesh_xds_domains(mesh_pb_t *out, const mesh_xds_hosts_t *all,
    const mesh_service_t *s)
{
    size_t         i, n;
    gate_str_t     host;
    unsigned char  buf[MESH_NAME_MAX + sizeof(MESH_XDS_SUFFIX)];

    n = 0;

    if (mesh_xds_owns(all, s->item.name, 0, s)) {
        mesh_pb_string(out, 2, s->item.name);
        n++;
    }

    host = mesh_xds_suffixed(buf, s->item.name);

    if (mesh_xds_owns(all, host, 1, s)) {
        mesh_pb_string(out, 2, host);
        n++;
    }

    for (i = 0; i < s->nhosts; i++) {

        if (mesh_xds_owns(all, s->hosts[i], 2, s)) {
            mesh_pb_string(out, 2, s->hosts[i]);
            n++;
        }
    }

    return n;
}


static gate_str_t
mesh_xds_suffixed(unsigned char *dst, gate_str_t name)
{
    unsigned char  *p;

    p = gate_str_copy(dst, name);
    p = gate_str_copy(p, gate_cstr(MESH_XDS_SUFFIX));

    return gate_str(dst, (size_t) (p - dst));
}


static void
mesh_xds_any_host(mesh_pb_t *out, const mesh_sidecar_t *sidecar)
{
    size_t  at, route, match;

    at = mesh_pb_begin(out, 2);
    mesh_pb_string(out, 1, gate_cstr("unknown"));
    mesh_pb_string(out, 2, gate_cstr("*"));

    if (sidecar->redirect && sidecar->pass) {
        route = mesh_pb_begin(out, 3);
        match = mesh_pb_begin(out, 1);
        mesh_pb_string(out, 1, gate_cstr("/"));
        mesh_pb_end(out, match);
        match = mesh_pb_begin(out, 2);
        mesh_pb_string(out, 1, gate_cstr("passthrough"));
        mesh_xds_duration(out, 8, 0);
        mesh_pb_end(out, match);
        mesh_pb_end(out, route);

    } else {
        mesh_xds_refuse(out, 404);
    }

    mesh_pb_end(out, at);
}


/*
 * All services that are called by HTTP, by name, and who has each domain: Envoy
 * takes no routes in which two virtual hosts have one in common, in any case of
 * letters.
 */

static mesh_rc_e
mesh_xds_hosts(mesh_xds_hosts_t *all, const mesh_state_t *state)
{
    size_t       i, j, n;
    mesh_map_t  *map;

    memset(all, 0, sizeof(mesh_xds_hosts_t));

    map = mesh_catalog_services(state->catalog);
    (void) mesh_map_walk(map, mesh_xds_count_hosts, all);

    n = all->nservices * sizeof(mesh_service_t *)
        + all->nhosts * sizeof(mesh_xds_host_t) + all->bytes;

    all->data = malloc(n + 1);
    if (all->data == NULL) {
        return MESH_NO_MEMORY;
    }

    all->hosts = all->data;
    all->services = (mesh_service_t **) (all->hosts + all->nhosts);
    all->last = (unsigned char *) (all->services + all->nservices);
    all->nservices = 0;
    all->nhosts = 0;

    (void) mesh_map_walk(map, mesh_xds_add_hosts, all);

    qsort(all->services, all->nservices, sizeof(mesh_service_t *),
          mesh_xds_service_cmp);
    qsort(all->hosts, all->nhosts, sizeof(mesh_xds_host_t),
          mesh_xds_host_cmp);

    for (i = 0, j = 0; i < all->nhosts; i++) {

        if (j == 0 || mesh_xds_compare(all->hosts[j - 1].host,
                                       all->hosts[i].host) != 0)
        {
            all->hosts[j++] = all->hosts[i];
        }
    }

    all->nhosts = j;

    return MESH_OK;
}


static int
mesh_xds_count_hosts(void *data, mesh_item_t *item)
{
    mesh_xds_hosts_t  *all = data;
    mesh_service_t    *s = (mesh_service_t *) item;

    if (s->protocol != MESH_TCP) {
        all->nservices++;
        all->nhosts += 2 + s->nhosts;
        all->bytes += item->name.len + sizeof(MESH_XDS_SUFFIX) - 1;
    }

    return 0;
}


static int
mesh_xds_add_hosts(void *data, mesh_item_t *item)
{
    mesh_xds_hosts_t  *all = data;
    mesh_service_t    *s = (mesh_service_t *) item;

    size_t      i;
    gate_str_t  host;

    if (s->protocol == MESH_TCP) {
        return 0;
    }

    all->services[all->nservices++] = s;

    host = mesh_xds_suffixed(all->last, item->name);
    all->last += host.len;

    mesh_xds_add_host(all, item->name, 0, s);
    mesh_xds_add_host(all, host, 1, s);

    for (i = 0; i < s->nhosts; i++) {
        mesh_xds_add_host(all, s->hosts[i], 2, s);
    }

    return 0;
}


static void
mesh_xds_add_host(mesh_xds_hosts_t *all, gate_str_t host, unsigned rank,
    const mesh_service_t *s)
{
    mesh_xds_host_t  *h;

    h = &all->hosts[all->nhosts++];

    h->host = host;
    h->rank = rank;
    h->service = s;
}


int
mesh_xds_compare(gate_str_t a, gate_str_t b)
{
    size_t         i;
    unsigned char  x, y;

    for (i = 0; i < a.len && i < b.len; i++) {
        x = a.data[i];
        y = b.data[i];

        x |= (x >= 'A' && x <= 'Z') ? 0x20 : 0;
        y |= (y >= 'A' && y <= 'Z') ? 0x20 : 0;

        if (x != y) {
            return (x > y) ? 1 : -1;
        }
    }

    return (a.len > b.len) - (a.len < b.len);
}


static int
mesh_xds_service_cmp(const void *a, const void *b)
{
    return mesh_xds_compare((*(mesh_service_t *const *) a)->item.name,
                            (*(mesh_service_t *const *) b)->item.name);
}


/*
 * Of the same rank the name decides, and of names that differ in the case of
 * letters alone the one of small ones.
 */

static int
mesh_xds_host_cmp(const void *a, const void *b)
{
    int                     rc;
    gate_str_t              s, t;
    const mesh_xds_host_t  *x = a;
    const mesh_xds_host_t  *y = b;

    rc = mesh_xds_compare(x->host, y->host);

    if (rc != 0) {
        return rc;
    }

    if (x->rank != y->rank) {
        return (x->rank > y->rank) ? 1 : -1;
    }

    s = x->service->item.name;
    t = y->service->item.name;
    rc = mesh_xds_compare(s, t);

    return rc ? rc : memcmp(t.data, s.data, s.len);
}


static int
mesh_xds_owns(const mesh_xds_hosts_t *all, gate_str_t host, unsigned rank,
    const mesh_service_t *s)
{
    int     rc;
    size_t  low, high, i;

    low = 0;
    high = all->nhosts;

    while (low < high) {
        i = (low + high) / 2;
        rc = mesh_xds_compare(all->hosts[i].host, host);

        if (rc == 0) {
            return all->hosts[i].service == s && all->hosts[i].rank == rank;
        }

        if (rc < 0) {
            low = i + 1;

        } else {
            high = i;
        }
    }

    return 0;
}


static const gate_rule_t *
mesh_xds_rule(const mesh_state_t *state, gate_str_t service)
{
    mesh_rule_t  *rule;

    rule = (mesh_rule_t *) mesh_map_find(state->rules, service);

    return rule ? &rule->rule : NULL;
}


/* the name without a port */

static gate_str_t
mesh_xds_bare(gate_str_t host)
{
    size_t  i;

    for (i = host.len; i > 0; i--) {

        if (host.data[i - 1] == ':') {
            return gate_str(host.data, i - 1);
        }

        if (host.data[i - 1] < '0' || host.data[i - 1] > '9') {
            break;
        }
    }

    return host;
}


typedef struct {
    gate_str_t             host;
    mesh_xds_host_t        best;              /* "service" is NULL: none yet */
} mesh_xds_search_t;


static void
mesh_xds_claim(mesh_xds_search_t *search, gate_str_t host, unsigned rank,
    const mesh_service_t *s)
{
    mesh_xds_host_t  claim;

    if (mesh_xds_compare(host, search->host) != 0) {
        return;
    }

    claim.host = search->host;
    claim.rank = rank;
    claim.service = s;

    if (search->best.service == NULL
        || mesh_xds_host_cmp(&claim, &search->best) < 0)
    {
        search->best = claim;
    }
}


static int
mesh_xds_has_host(void *data, mesh_item_t *item)
{
    mesh_xds_search_t  *search = data;
    mesh_service_t     *s = (mesh_service_t *) item;

    size_t         i;
    unsigned char  buf[MESH_NAME_MAX + sizeof(MESH_XDS_SUFFIX)];

    if (s->protocol == MESH_TCP) {
        return 0;
    }

    mesh_xds_claim(search, item->name, 0, s);
    mesh_xds_claim(search, mesh_xds_suffixed(buf, item->name), 1, s);

    for (i = 0; i < s->nhosts; i++) {
        mesh_xds_claim(search, s->hosts[i], 2, s);
    }

    return 0;
}


/*
 * The same as above for one host, which Envoy asks for in small letters; all
 * are looked at only where none has just that name.
 */

static const mesh_service_t *
mesh_xds_called(const mesh_state_t *state, gate_str_t host)
{
    mesh_service_t     *s;
    mesh_xds_search_t   search;

    s = mesh_catalog_find(state->catalog, host);

    if (s != NULL && s->protocol != MESH_TCP) {
        return s;
    }

    search.host = host;
    search.best.service = NULL;

    (void) mesh_map_walk(mesh_catalog_services(state->catalog),
                         mesh_xds_has_host, &search);

    return search.best.service;
}
