
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Resources of xDS, made of a small mesh: which there are for whom, what changes
 * with a service, and how versions are chosen.  With MESH_DUMP=DIR each
 * resource is written there, for those who know the real messages.
 */


#include "tap.h"
#include "mesh_xds_sidecar.h"

#include "../../src/mesh/xds/mesh_xds_part.h"


#define NAMES  64


static mesh_state_t  state;


static mesh_address_t
address(const char *text, const char *plane)
{
    mesh_address_t  a;

    if (!mesh_address_parse(gate_cstr(text), &a)) {
        fail("%s is no address", text);
    }

    a.plane = gate_cstr(plane);

    return a;
}


static void
put(const char *name, const char *version, const char *ip, uint16_t port,
    const char *path, const char *host, mesh_protocol_e protocol,
    mesh_health_e health)
{
    const char       *why;
    gate_str_t        hosts[1];
    mesh_net_t        net;
    mesh_service_t    s, *made, *merged, *of[2];
    mesh_endpoint_t   e;
    mesh_address_t    addresses[2];

    memset(&s, 0, sizeof(s));
    memset(&e, 0, sizeof(e));

    addresses[0] = address(ip, "");
    addresses[1] = address("192.168.10.63", "oam");

    e.id = gate_cstr(ip);
    e.node = gate_cstr(version);
    e.version = gate_cstr(version);
    e.port = port;
    e.weight = 1;
    e.health = health;
    e.addresses = addresses;
    e.naddresses = strcmp(ip, "10.75.8.101") ? 1 : 2;

    (void) mesh_net_parse(gate_cstr("10.0.0.0/8"), &net);

    s.item.name = gate_cstr(name);
    s.protocol = protocol;
    s.path = gate_cstr(path);
    hosts[0] = gate_cstr(host);
    s.hosts = hosts;
    s.nhosts = (*host != '\0');
    s.endpoints = &e;
    s.nendpoints = 1;

    if (*path) {
        s.policy.timeout_ms = 300;
        s.policy.rate = 5;
        s.policy.connections = 100;
        s.policy.allow = &net;
        s.policy.nallow = 1;
    }

    if (mesh_service_make(&s, &made, &why) != MESH_OK) {
        fail("%s: %s", name, why);
        return;
    }

    of[0] = mesh_catalog_find(state.catalog, s.item.name);
    of[1] = made;

    if (of[0] == NULL) {
        (void) mesh_catalog_set(&state.catalog, made);

    } else if (mesh_service_merge(of, 2, &merged) == MESH_OK) {
        (void) mesh_catalog_set(&state.catalog, merged);
        mesh_item_unref(&merged->item);
    }

    mesh_item_unref(&made->item);
}


static mesh_rule_t  rule;
static gate_rule_match_t  match[] = {
    { gate_string("x-user"), GATE_RULE_EXACT, gate_string("ann"),
      gate_string("v2"), NULL },
    { gate_string("user-agent"), GATE_RULE_REGEX, gate_string(".*Beta.*"),
      gate_string("v2"), NULL }
};


static void
rule_free(mesh_item_t *item)
{
    /* it is static */
}


static void
mesh(void)
{
    put("reviews", "v1", "10.75.8.102", 9080, "", "reviews.example", MESH_HTTP,
        MESH_PASSING);
    put("reviews", "v2", "10.75.8.103", 9080, "", "", MESH_HTTP,
        MESH_WARNING);
    put("reviews", "v3", "10.75.8.104", 9080, "", "", MESH_HTTP,
        MESH_CRITICAL);
    put("orders", "default", "10.75.8.101", 9090, "/orders", "shop.example",
        MESH_HTTP, MESH_PASSING);
    put("billing", "default", "10.75.8.101", 9090, "/orders/bills",
        "shop.example", MESH_HTTP, MESH_PASSING);
    put("rpc", "default", "fd00::7", 9091, "", "", MESH_GRPC, MESH_PASSING);
    put("bytes", "default", "10.75.8.101", 9092, "", "", MESH_TCP,
        MESH_PASSING);

    rule.item.name = gate_cstr("reviews");
    rule.item.refs = 1;
    rule.item.free = rule_free;
    rule.rule.service = rule.item.name;
    rule.rule.versions[0] = gate_cstr("v1");
    rule.rule.versions[1] = gate_cstr("v2");
    rule.rule.versions[2] = gate_cstr("v3");
    rule.rule.nversions = 3;
    rule.rule.weights[0] = 90;
    rule.rule.weights[1] = 10;
    rule.rule.match = match;
    rule.rule.nmatch = 2;
    rule.rule.fallback = gate_cstr("v1");

    (void) mesh_map_set(&state.rules, &rule.item);
}


typedef struct {
    const mesh_sidecar_t  *sidecar;
    const char            *who;
    const char            *dump;
    mesh_xds_type_e        type;
    size_t                 n;
    size_t                 bad;
    char                   names[2048];
} look_t;


static int
encodes(void *data, gate_str_t name)
{
    FILE       *f;
    char        path[512];
    size_t      i;
    look_t     *l = data;
    mesh_pb_t   pb, again;

    memset(&pb, 0, sizeof(pb));
    memset(&again, 0, sizeof(again));

    l->n++;
    l->bad += (mesh_xds_encode(l->type, name, l->sidecar, &state, &pb)
               != MESH_OK);
    l->bad += (mesh_xds_encode(l->type, name, l->sidecar, &state, &again)
               != MESH_OK);
    l->bad += (pb.len != again.len || memcmp(pb.data, again.data, pb.len));

    snprintf(l->names + strlen(l->names), sizeof(l->names) - strlen(l->names),
             "%s%.*s", l->names[0] ? " " : "", (int) name.len, name.data);

    if (l->dump) {
        i = (size_t) snprintf(path, sizeof(path), "%s/%s.%d.%zu", l->dump,
                              l->who, l->type, l->n);
        f = (i < sizeof(path)) ? fopen(path, "wb") : NULL;

        if (f) {
            (void) fwrite(pb.data, 1, pb.len, f);
            fclose(f);
        }
    }

    mesh_pb_free(&pb);
    mesh_pb_free(&again);

    return 0;
}


/* names of a type, in the order of their bytes */

static int
word_cmp(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}


static const char *
names_of(mesh_xds_type_e type, const mesh_sidecar_t *sidecar, const char *who)
{
    char           *word[NAMES], *p;
    size_t          i, n;
    static char     text[2048];
    static look_t   l;

    memset(&l, 0, sizeof(l));
    l.sidecar = sidecar;
    l.who = who;
    l.type = type;
    l.dump = getenv("MESH_DUMP");

    (void) mesh_xds_names(type, sidecar, &state, encodes, &l);

    if (l.bad) {
        return "not all could be made";
    }

    n = 0;

    for (p = strtok(l.names, " "); p && n < NAMES; p = strtok(NULL, " ")) {
        word[n++] = p;
    }

    qsort(word, n, sizeof(char *), word_cmp);
    text[0] = '\0';

    for (i = 0; i < n; i++) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                 i ? " " : "", word[i]);
    }

    return text;
}


static mesh_sidecar_t
sidecar_of(mesh_role_e role, int redirect)
{
    mesh_sidecar_t         s;
    static mesh_address_t  own[2];

    own[0] = address("192.168.10.63", "");
    own[1] = address("10.75.8.101", "");

    memset(&s, 0, sizeof(s));
    s.id = gate_cstr("sidecar~1");
    s.role = role;
    s.redirect = redirect;
    s.ondemand = -1;
    s.egress = address("127.0.0.1", "");
    s.egress_port = 15080;
    s.addresses = own;
    s.naddresses = (role == MESH_ROLE_SERVICE) ? 2 : 0;

    return s;
}


static void
test_names(void)
{
    mesh_sidecar_t  s;

    s = sidecar_of(MESH_ROLE_GATEWAY, 0);

    is_str(names_of(MESH_XDS_CLUSTER, &s, "gateway"),
           "outbound|billing|default outbound|bytes|default "
           "outbound|orders|default outbound|reviews|v1 outbound|reviews|v2 "
           "outbound|reviews|v3 outbound|rpc|default",
           "a gateway: clusters of all versions");
    is_str(names_of(MESH_XDS_LISTENER, &s, "gateway"), "egress",
           "... one listener");
    is_str(names_of(MESH_XDS_ROUTE, &s, "gateway"), "mesh", "... its routes");
    (void) names_of(MESH_XDS_ENDPOINT, &s, "gateway");

    s = sidecar_of(MESH_ROLE_SERVICE, 0);

    is_str(names_of(MESH_XDS_LISTENER, &s, "service"),
           "egress inbound|9090 inbound|9092",
           "a service: a listener for each port, and egress");
    ok(strstr(names_of(MESH_XDS_CLUSTER, &s, "service"),
              "inbound|9090|billing inbound|9090|orders inbound|9092|bytes"),
       "... a cluster for each service within");

    s = sidecar_of(MESH_ROLE_SERVICE, 1);

    is_str(names_of(MESH_XDS_LISTENER, &s, "redirect"),
           "egress inbound outbound", "an interception: two for all");
    ok(strncmp(names_of(MESH_XDS_CLUSTER, &s, "redirect"),
               "blackhole inbound-passthrough inbound|", 38) == 0,
       "... and where the rest goes");
    (void) names_of(MESH_XDS_ROUTE, &s, "redirect");
}


static void
test_none(void)
{
    size_t          i;
    mesh_pb_t       pb;
    mesh_sidecar_t  s;

    static const struct {
        mesh_xds_type_e   type;
        const char       *name;
    } row[] = {
        { MESH_XDS_CLUSTER, "outbound|reviews|v4" },
        { MESH_XDS_CLUSTER, "outbound|nobody|v1" },
        { MESH_XDS_CLUSTER, "outbound|" }, { MESH_XDS_CLUSTER, "" },
        { MESH_XDS_CLUSTER, "inbound|9090|orders" },
        { MESH_XDS_CLUSTER, "blackhole" },
        { MESH_XDS_ENDPOINT, "outbound|reviews|" },
        { MESH_XDS_ENDPOINT, "reviews" }, { MESH_XDS_LISTENER, "inbound" },
        { MESH_XDS_LISTENER, "inbound|9090" }, { MESH_XDS_ROUTE, "other" },
        { MESH_XDS_VHOST, "mesh/" }, { MESH_XDS_VHOST, "mesh/nobody" },
        { MESH_XDS_VHOST, "mesh/bytes" }, { MESH_XDS_VHOST, "other/reviews" }
    };

    memset(&pb, 0, sizeof(pb));
    s = sidecar_of(MESH_ROLE_GATEWAY, 0);

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        ok(mesh_xds_encode(row[i].type, gate_cstr(row[i].name), &s, &state,
                           &pb) == MESH_NONE && pb.len == 0,
           "a gateway has no \"%s\" of type %d", row[i].name, row[i].type);
    }

    mesh_pb_free(&pb);
}


static void
test_vhosts(void)
{
    size_t          i;
    look_t          l;
    mesh_sidecar_t  s;

    static const char *const  hosts[] = {
        "mesh/reviews", "mesh/reviews.mesh", "mesh/reviews.example",
        "mesh/shop.example", "mesh/orders:9090", "mesh/rpc"
    };

    memset(&l, 0, sizeof(l));
    s = sidecar_of(MESH_ROLE_GATEWAY, 0);
    l.sidecar = &s;
    l.who = "gateway";
    l.type = MESH_XDS_VHOST;
    l.dump = getenv("MESH_DUMP");

    for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        (void) encodes(&l, gate_cstr(hosts[i]));
    }

    is_int(l.bad, 0, "hosts that are asked for");
}


static int
told(void *data, mesh_xds_type_e type, gate_str_t name)
{
    char  *text = data;

    sprintf(text + strlen(text), " %d:%.*s", type, (int) name.len, name.data);

    return 0;
}


static void
test_affected(void)
{
    char            text[1024] = "";
    mesh_state_t    none;
    mesh_sidecar_t  s;

    memset(&none, 0, sizeof(none));
    s = sidecar_of(MESH_ROLE_SERVICE, 0);

    (void) mesh_xds_affected(gate_cstr("orders"), &s, &none, &state, told,
                             text);
    is_str(text, " 0:outbound|orders|default 1:outbound|orders|default "
           "4:mesh/orders 4:mesh/orders.mesh 4:mesh/shop.example "
           "0:inbound|9090|orders 2:inbound|9090 3:mesh",
           "a service that comes, here");
}


/* Struct { fields: { NAME: Value { string_value } } } */

static gate_str_t
node_of(mesh_pb_t *pb, const char *const *metadata)
{
    size_t  all, entry, value;

    mesh_pb_free(pb);
    mesh_pb_string(pb, 1, gate_cstr("sidecar~1"));
    mesh_pb_string(pb, 2, gate_cstr("gw"));

    all = mesh_pb_begin(pb, 3);

    for ( /* void */ ; *metadata; metadata += 2) {
        entry = mesh_pb_begin(pb, 1);
        mesh_pb_string(pb, 1, gate_cstr(metadata[0]));
        value = mesh_pb_begin(pb, 2);
        mesh_pb_string_always(pb, 3, gate_cstr(metadata[1]));
        mesh_pb_end(pb, value);
        mesh_pb_end(pb, entry);
    }

    mesh_pb_end(pb, all);

    return gate_str(pb->data, pb->len);
}


static void
test_node(void)
{
    size_t            i;
    mesh_pb_t         pb;
    const char       *why;
    mesh_xds_node_t  *node;

    const char *const  good[] = {
        "ROLE", "service", "INSTANCE_IPS",
        "10.75.8.101, fd00::1,127.0.0.1,fe80::1,10.75.8.101", "INTERCEPT",
        "redirect", "EGRESS", "[::1]:16000", "PLANES", "core,oam", "ONDEMAND",
        "yes", "UNKNOWN", "pass", "NODE", "n1", "other", "x", NULL
    };

    static const char *const  wrong[][3] = {
        { "ROLE", "router", "ROLE: " }, { "INSTANCE_IPS", "10.1",
          "INSTANCE_IPS: " }, { "INTERCEPT", "yes", "INTERCEPT: " },
        { "EGRESS", "127.0.0.1", "EGRESS: " },
        { "EGRESS", "127.0.0.1:0", "EGRESS: " },
        { "EGRESS", "localhost:1", "EGRESS: " },
        { "EGRESS", ":1", "EGRESS: " }, { "ONDEMAND", "1", "ONDEMAND: " },
        { "UNKNOWN", "", "UNKNOWN: " }, { "NODE", "", "NODE: " }
    };

    memset(&pb, 0, sizeof(pb));

    ok(mesh_xds_node(node_of(&pb, good), &node, &why) == MESH_OK,
       "all that a sidecar may say");
    is_int(node->sidecar.naddresses, 2,
           "... addresses once, and none that are special");
    ok(node->sidecar.role == MESH_ROLE_SERVICE && node->sidecar.redirect
       && node->sidecar.pass && node->sidecar.ondemand == 1
       && node->sidecar.egress_port == 16000
       && node->sidecar.egress.family == 6 && node->sidecar.nplanes == 2
       && gate_str_eq(node->planes[1], gate_cstr("oam"))
       && gate_str_eq(node->node, gate_cstr("n1")), "... all of it");

    free(node);

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *const  one[] = { wrong[i][0], wrong[i][1], NULL };

        ok(mesh_xds_node(node_of(&pb, one), &node, &why) == MESH_BAD
           && strncmp(why, wrong[i][2], strlen(wrong[i][2])) == 0,
           "%s=\"%s\" is refused", wrong[i][0], wrong[i][1]);
    }

    for (i = 0; i < pb.len; i++) {
        if (mesh_xds_node(gate_str(pb.data, i), &node, &why) == MESH_OK) {
            free(node);
        }
    }

    pass("cut at each byte");
    mesh_pb_free(&pb);
}


int
main(void)
{
    mesh();

    test_names();
    test_none();
    test_vhosts();
    test_affected();
    test_node();

    mesh_catalog_unref(state.catalog);
    mesh_map_unref(state.rules);

    return done_testing();
}
