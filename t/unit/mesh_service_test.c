
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Services: what they may say, their order, what is the same, what several
 * sources say together.
 */


#include "tap.h"
#include "mesh_service.h"
#include "mesh_service_check.h"


static mesh_address_t   addresses[8];
static mesh_endpoint_t  endpoints[8];
static gate_str_t       hosts[4];
static mesh_net_t       nets[2];


static gate_str_t
text(const char *s)
{
    return gate_cstr(s);
}


/* two instances of v2, one of v1 */

static mesh_service_t
orders(void)
{
    int             i;
    char            dots[24];
    mesh_service_t  s;

    memset(&s, 0, sizeof(s));
    memset(addresses, 0, sizeof(addresses));
    memset(endpoints, 0, sizeof(endpoints));
    memset(nets, 0, sizeof(nets));

    for (i = 0; i < 8; i++) {
        snprintf(dots, sizeof(dots), "10.0.0.%d", i + 1);
        mesh_address_parse(text(dots), &addresses[i]);

        endpoints[i].id = text("orders");
        endpoints[i].node = text("n");
        endpoints[i].version = text("v2");
        endpoints[i].port = 8080;
        endpoints[i].weight = 1;
        endpoints[i].addresses = &addresses[i];
        endpoints[i].naddresses = 1;
    }

    endpoints[0].node = text("n2");
    endpoints[1].node = text("n1");
    endpoints[2].version = text("v1");
    endpoints[2].addresses = addresses;
    endpoints[2].naddresses = 2;

    hosts[0] = text("orders.mesh");
    hosts[1] = text("bestellungen.example");

    s.item.name = text("orders");
    s.protocol = MESH_HTTP2;
    s.path = text("/orders");
    s.hosts = hosts;
    s.nhosts = 2;
    s.endpoints = endpoints;
    s.nendpoints = 3;
    s.policy.timeout_ms = 300;
    s.policy.allow = nets;
    s.policy.nallow = 1;

    mesh_net_parse(text("10.0.0.0/8"), &nets[0]);

    return s;
}


static mesh_service_t *
make(const mesh_service_t *s)
{
    const char      *why;
    mesh_service_t  *made;

    if (mesh_service_make(s, &made, &why) != MESH_OK) {
        diag("%s", why);
        return NULL;
    }

    return made;
}


static void
made(void)
{
    mesh_service_t         s, *m;
    const mesh_endpoint_t *first;

    s = orders();
    m = make(&s);

    /* nothing of it is where it was */

    memset(endpoints, 0, sizeof(endpoints));
    memset(addresses, 0, sizeof(addresses));
    memset(hosts, 0, sizeof(hosts));
    memset(nets, 0, sizeof(nets));

    ok(gate_str_eq(m->item.name, text("orders")), "its name");
    is_int(m->item.refs, 1, "one reference");
    is_int(m->nversions, 2, "two versions");
    ok(gate_str_eq(m->versions[0], text("v1")), "the first one is v1");
    ok(gate_str_eq(m->versions[1], text("v2")), "the second one is v2");
    ok(gate_str_eq(m->endpoints[0].version, text("v1")), "its endpoint first");
    ok(gate_str_eq(m->endpoints[1].node, text("n1")), "then n1 of v2");
    ok(gate_str_eq(m->endpoints[2].node, text("n2")), "then n2");
    is_int(m->endpoints[0].naddresses, 2, "two addresses");
    is_int(m->endpoints[0].addresses[1].bytes[3], 2, "the second is 10.0.0.2");
    ok(gate_str_eq(m->hosts[1], text("bestellungen.example")), "its names");
    is_int(m->policy.timeout_ms, 300, "its policy");
    is_int(m->policy.allow[0].prefix, 8, "who may call");

    is_int(mesh_service_version(m, text("v2"), &first), 2,
           "v2 has two endpoints");
    ok(first == &m->endpoints[1], "from the second one on");
    is_int(mesh_service_version(m, text("v1"), &first), 1, "v1 has one");
    ok(first == &m->endpoints[0], "which is the first one");
    is_int(mesh_service_version(m, text("v3"), &first), 0, "v3 has none");
    is_int(mesh_service_version(m, text("a"), &first), 0, "nor has a");

    mesh_item_unref(&m->item);

    memset(&s, 0, sizeof(s));
    s.item.name = text("empty");
    m = make(&s);
    is_int(m->nversions, 0, "a service without endpoints has no version");
    is_int(mesh_service_version(m, text("v1"), &first), 0, "of any name");
    mesh_item_unref(&m->item);
}


static void
is_bad(const mesh_service_t *s, const char *member, const char *what)
{
    const char      *why;
    mesh_service_t  *m;

    why = "";
    is_int(mesh_service_make(s, &m, &why), MESH_BAD, "%s is refused", what);
    ok(strncmp(why, member, strlen(member)) == 0, "%s: %s", what, why);
}


static void
bad(void)
{
    mesh_service_t  s;

    s = orders();
    s.item.name = text("");
    is_bad(&s, "name:", "no name");
    s.item.name = text("a|b");
    is_bad(&s, "name:", "a name with a bar");

    s = orders();
    s.path = text("orders");
    is_bad(&s, "path:", "a path without a slash");

    s = orders();
    hosts[1] = text("Orders");
    is_bad(&s, "hosts:", "a host in capitals");
    hosts[1] = hosts[0];
    is_bad(&s, "hosts:", "a host that is there twice");

    s = orders();
    endpoints[1].id = text("");
    is_bad(&s, "id:", "an instance without an id");

    s = orders();
    endpoints[1].node = text("a b");
    is_bad(&s, "node:", "a node with a space");

    s = orders();
    endpoints[1].process = text("a\nb");
    is_bad(&s, "process:", "a process with a line break");

    s = orders();
    endpoints[1].version = text("");
    is_bad(&s, "version:", "an instance without a version");
    endpoints[1].version = text("a/b");
    is_bad(&s, "version:", "a version with a slash");

    s = orders();
    endpoints[1].port = 0;
    is_bad(&s, "port:", "port 0");

    s = orders();
    endpoints[1].naddresses = 0;
    is_bad(&s, "addresses:", "an instance without an address");

    s = orders();
    addresses[1].plane = text("a b");
    is_bad(&s, "addresses:", "a plane with a space");

    s = orders();
    endpoints[1].node = text("n2");
    is_bad(&s, "endpoints:", "the same instance twice");

    s = orders();
    endpoints[2].node = text("n2");
    is_bad(&s, "endpoints:", "the same instance in two versions");
}


static void
words(void)
{
    size_t  i;

    static const char  *paths[] = {
        "/orders", "/a/b", "/a.b/~c", "/a,b;c=d", "/...", "/a..b", "/.a"
    };

    static const char  *no_paths[] = {
        "", "/", "//", "/a/", "/a//b", "/a/.", "/a/..", "/../a", "/a?b",
        "/a#b", "/a%20b", "/a b", "a", "/a\\b", "/a\"b", "/./a"
    };

    static const char  *names[] = {
        "orders", "a.b", "a-b.c", "1.2", "_sip.a", "xn--bcher-kva.example"
    };

    static const char  *no_names[] = {
        "", ".", "a.", ".a", "a..b", "-a", "a-", "a-.b", "A", "a b", "*.a",
        "a:80", "a/b",
        "a123456789a123456789a123456789a123456789a123456789a123456789abcd.a"
    };

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        ok(mesh_service_path(text(paths[i])), "path %s", paths[i]);
    }

    for (i = 0; i < sizeof(no_paths) / sizeof(no_paths[0]); i++) {
        ok(!mesh_service_path(text(no_paths[i])), "no path: \"%s\"",
           no_paths[i]);
    }

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ok(mesh_service_host(text(names[i])), "host %s", names[i]);
    }

    for (i = 0; i < sizeof(no_names) / sizeof(no_names[0]); i++) {
        ok(!mesh_service_host(text(no_names[i])), "no host: \"%s\"",
           no_names[i]);
    }

    ok(!mesh_service_path(gate_str("/a\0b", 4)), "no path: one with a NUL");
}


/* each member makes a difference */

static void
same(void)
{
    int             i;
    mesh_service_t  s, *a, *b;

    s = orders();
    a = make(&s);
    s = orders();
    b = make(&s);

    ok(mesh_service_same(a, b), "the same twice");
    is_int(a->hash, b->hash, "has one hash");
    mesh_item_unref(&b->item);

    for (i = 0; i < 25; i++) {
        s = orders();

        switch (i) {
        case 0: s.item.name = text("order"); break;
        case 1: s.protocol = MESH_GRPC; break;
        case 2: s.path = text("/order"); break;
        case 3: s.nhosts = 1; break;
        case 4: hosts[1] = text("a"); break;
        case 5: s.nendpoints = 2; break;
        case 6: s.policy.timeout_ms++; break;
        case 7: s.policy.idle_ms++; break;
        case 8: s.policy.retries++; break;
        case 9: s.policy.rate++; break;
        case 10: s.policy.burst++; break;
        case 11: s.policy.connections++; break;
        case 12: s.policy.nallow = 0; break;
        case 13: nets[0].prefix++; break;
        case 14: nets[0].address.bytes[0]++; break;
        case 15: endpoints[0].id = text("other"); break;
        case 16: endpoints[0].node = text("n3"); break;
        case 17: endpoints[0].process = text("p"); break;
        case 18: endpoints[0].version = text("v3"); break;
        case 19: endpoints[0].port++; break;
        case 20: endpoints[0].weight = 0; break;
        case 21: endpoints[0].health = MESH_CRITICAL; break;
        case 22: endpoints[2].naddresses = 1; break;
        case 23: addresses[0].plane = text("wan"); break;
        case 24: addresses[1].bytes[3]++; break;
        }

        b = make(&s);

        ok(!mesh_service_same(a, b), "change %d is one", i);
        ok(a->hash != b->hash, "change %d is another hash", i);

        mesh_item_unref(&b->item);
    }

    mesh_item_unref(&a->item);
}


static void
merged(void)
{
    mesh_rc_e        rc;
    mesh_service_t   s, *of[3], *m;

    s = orders();
    s.protocol = MESH_HTTP;
    s.path = gate_str(NULL, 0);
    s.policy.timeout_ms = 0;
    s.policy.burst = 7;
    s.nhosts = 0;
    of[0] = make(&s);

    rc = mesh_service_merge(of, 1, &m);
    ok(rc == MESH_OK && m == of[0], "one source says it all");
    is_int(m->item.refs, 2, "with a reference more");
    mesh_item_unref(&m->item);

    s = orders();
    s.policy.rate = 100;
    endpoints[0].port = 1;
    endpoints[1].node = text("n3");
    endpoints[2].version = text("v0");
    of[1] = make(&s);

    s = orders();
    s.path = text("/third");
    s.policy.timeout_ms = 1;
    s.policy.idle_ms = 2;
    endpoints[1].node = text("n3");
    endpoints[1].port = 3;
    of[2] = make(&s);

    rc = mesh_service_merge(of, 3, &m);
    is_int(rc, MESH_OK, "three sources");

    is_int(m->nendpoints, 4, "have four instances");
    is_int(m->endpoints[0].port, 8080, "n has the port of the first source");
    ok(gate_str_eq(m->endpoints[0].version, text("v1")), "and its version");
    is_int(m->endpoints[1].port, 8080, "so has n1");
    is_int(m->endpoints[2].port, 8080, "so has n2");
    is_int(m->endpoints[3].port, 8080, "n3 is the second source's");
    is_int(m->protocol, MESH_HTTP2, "the first who says a protocol");
    ok(gate_str_eq(m->path, text("/orders")), "and a path");
    is_int(m->policy.timeout_ms, 300, "and a timeout");
    is_int(m->policy.idle_ms, 2, "which may be the last one");
    is_int(m->policy.rate, 100, "a rate");
    is_int(m->policy.burst, 0, "has its own burst");
    is_int(m->nhosts, 2, "and names");

    mesh_item_unref(&m->item);
    mesh_item_unref(&of[0]->item);
    mesh_item_unref(&of[1]->item);
    mesh_item_unref(&of[2]->item);

    memset(&s, 0, sizeof(s));
    s.item.name = text("empty");
    of[0] = make(&s);
    of[1] = make(&s);

    rc = mesh_service_merge(of, 2, &m);
    ok(rc == MESH_OK && m->nendpoints == 0, "two that are empty");

    mesh_item_unref(&m->item);
    mesh_item_unref(&of[0]->item);
    mesh_item_unref(&of[1]->item);
}


int
main(void)
{
    made();
    bad();
    words();
    same();
    merged();

    return done_testing();
}
