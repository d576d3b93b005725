
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Instances in Consul's words: what is read, what is refused and by which
 * pointer, and services made of them.
 */


#include "tap.h"
#include "mesh_instance.h"


static mesh_instance_t  instance;
static mesh_fault_t     fault;
static json_t          *kept[64];             /* until the end */
static size_t           nkept;
static char             conflicts[512];


static json_t *
json(const char *text)
{
    size_t  i;
    char   *copy;
    json_t *made;

    /* single quotes are read better in C */

    copy = strdup(text);

    for (i = 0; copy[i]; i++) {
        copy[i] = (char) (copy[i] == '\'' ? '"' : copy[i]);
    }

    if (gate_json_object(gate_cstr(copy), &made) != GATE_JSON_OK) {
        diag("no JSON: %s", text);
        exit(1);
    }

    free(copy);

    return made;
}


static mesh_rc_e
read_into(mesh_instance_t *into, const char *text)
{
    json_t  *definition;

    definition = json(text);
    kept[nkept++ % 64] = definition;

    memset(&fault, 0, sizeof(fault));

    return mesh_instance_definition(definition, gate_cstr("n1"),
                                    gate_cstr("10.0.0.9"), MESH_PASSING, into,
                                    &fault);
}


static void
release(void)
{
    size_t  i;

    for (i = 0; i < nkept && i < 64; i++) {
        json_decref(kept[i]);
    }

    nkept = 0;
}


static void
is_bad(const char *text, const char *pointer)
{
    is_int(read_into(&instance, text), MESH_BAD, "refused: %s", text);
    is_str(fault.pointer, pointer, "%s %s", pointer, fault.text);
    ok(strncmp(fault.text, "must", 4) == 0 || strncmp(fault.text, "has", 3) == 0
       || strncmp(fault.text, "is", 2) == 0, "and says: %s", fault.text);
    release();
}


static const char *
addresses(void)
{
    size_t          i, n;
    static char     text[512];
    unsigned char   one[MESH_ADDRESS_TEXT];
    mesh_address_t *a;

    text[0] = '\0';

    for (i = 0; i < instance.endpoint.naddresses; i++) {
        a = &instance.endpoint.addresses[i];
        n = strlen(text);

        snprintf(text + n, sizeof(text) - n, "%s%.*s=%.*s", i ? " " : "",
                 (int) a->plane.len, (char *) a->plane.data,
                 (int) mesh_address_text(a, one), (char *) one);
    }

    return text;
}


static void
good(void)
{
    mesh_service_t   *s;
    mesh_endpoint_t  *e;

    is_int(read_into(&instance,
                     "{'Name': 'orders', 'ID': 'p1:orders', 'Port': 8080,"
                     " 'Address': '10.0.0.5', 'Tags': ['a'], 'Weights':"
                     " {'Passing': 7, 'Warning': 2}, 'Meta': {'version': 'v2',"
                     " 'process': 'p1', 'protocol': 'grpc', 'path': '/orders',"
                     " 'host': 'Orders.Example, o.example,orders.example',"
                     " 'timeout': '1m300ms', 'idle': '15s', 'retries': '2',"
                     " 'rate': '100', 'burst': '20', 'connections': '50',"
                     " 'allow': '10.0.0.0/8, fd00::/8', 'owner': 'me'}}"),
           MESH_OK, "all members");

    s = &instance.service;
    e = &instance.endpoint;

    ok(gate_str_eq(s->item.name, gate_cstr("orders")), "the name");
    ok(gate_str_eq(e->id, gate_cstr("p1:orders")), "the id");
    ok(gate_str_eq(e->node, gate_cstr("n1")), "the node");
    ok(gate_str_eq(e->version, gate_cstr("v2")), "the version");
    ok(gate_str_eq(e->process, gate_cstr("p1")), "the process");
    is_int(e->port, 8080, "the port");
    is_int(e->weight, 7, "the weight");
    is_int(e->health, MESH_PASSING, "the health");
    is_str(addresses(), "=10.0.0.5", "the address");
    is_int(s->protocol, MESH_GRPC, "the protocol");
    ok(gate_str_eq(s->path, gate_cstr("/orders")), "the path");
    is_int(s->nhosts, 2, "two names, one of them said twice");
    ok(gate_str_eq(s->hosts[0], gate_cstr("orders.example")), "in lower case");
    ok(gate_str_eq(s->hosts[1], gate_cstr("o.example")), "and the other one");
    is_int(s->policy.timeout_ms, 60300, "the timeout");
    is_int(s->policy.idle_ms, 15000, "the idle time");
    is_int(s->policy.retries, 2, "the retries");
    is_int(s->policy.rate, 100, "the rate");
    is_int(s->policy.burst, 20, "the burst");
    is_int(s->policy.connections, 50, "the connections");
    is_int(s->policy.nallow, 2, "two networks");
    ok(s->endpoints == e && s->nendpoints == 1, "the service has it alone");
    release();

    is_int(read_into(&instance, "{'Name': 'orders', 'Port': 1, 'Address': '',"
                     " 'ID': '', 'Meta': null, 'Weights': null,"
                     " 'TaggedAddresses': null}"), MESH_OK,
           "no member but two says anything");
    ok(gate_str_eq(e->id, gate_cstr("orders")), "the id is the name");
    ok(gate_str_eq(e->version, gate_cstr("default")), "a version it has");
    is_str(addresses(), "=10.0.0.9", "the address is the node's");
    is_int(e->weight, 1, "its weight is 1");
    ok(!instance.protocol && s->protocol == MESH_HTTP, "HTTP, unsaid");
    release();

    is_int(read_into(&instance, "{'Name': 'orders', 'Port': 1, 'Meta':"
                     " {'version': '', 'timeout': '', 'allow': ''}}"), MESH_OK,
           "empty metadata");
    ok(gate_str_eq(e->version, gate_cstr("default")), "are as none");
    is_int(s->policy.nallow, 0, "of any kind");
    release();
}


static void
planes(void)
{
    size_t  i;

    static const char  *rows[][2] = {
        { "'Meta': {'network_plane': 'app'}", "app=10.0.0.9" },

        { "'TaggedAddresses': {'storage': {'Address': '10.1.0.5', 'Port': 80},"
          " 'backup': {'Address': 'fd00::5', 'Port': 0}}",
          "=10.0.0.9 backup=fd00::5 storage=10.1.0.5" },

        /* what Consul makes itself */

        { "'TaggedAddresses': {'lan': {'Address': '10.0.0.9', 'Port': 80},"
          " 'lan_ipv4': {'Address': '10.0.0.9', 'Port': 80},"
          " 'wan': {'Address': '10.0.0.9', 'Port': 80},"
          " 'wan_ipv4': {'Address': '10.0.0.9', 'Port': 80}}",
          "lan=10.0.0.9" },

        { "'TaggedAddresses': {'lan': {'Address': '10.0.0.9', 'Port': 80},"
          " 'wan': {'Address': '198.51.100.9', 'Port': 80},"
          " 'wan_ipv4': {'Address': '198.51.100.9', 'Port': 80}}",
          "lan=10.0.0.9 wan=198.51.100.9" },

        { "'TaggedAddresses': {'wan': {'Address': 'host.example'},"
          " 'lan': {'Address': '10.0.0.9', 'Port': 8080},"
          " 'virtual': {'Address': '240.0.0.1', 'Port': 80}}",
          "=10.0.0.9" },

        { "'Address': '10.1.1.1', 'Meta': {'network_plane': 'app'},"
          " 'TaggedAddresses': {'storage': {'Address': '10.1.1.1'}}",
          "app=10.1.1.1" },

        { "'Address': '::ffff:10.1.1.1'", "=10.1.1.1" },
        { "'Address': '127.0.0.1'", "=127.0.0.1" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char  text[512];

        snprintf(text, sizeof(text), "{'Name': 'a', 'Port': 80, %s}",
                 rows[i][0]);

        is_int(read_into(&instance, text), MESH_OK, "planes %d", (int) i);
        is_str(addresses(), rows[i][1], "planes %d: %s", (int) i, rows[i][1]);
        release();
    }
}


#define WITH(more)  "{'Name': 'a', 'ID': 'a1', 'Port': 80, " more "}"
#define META(more)  WITH("'Meta': {" more "}")
#define TAGGED(more)  WITH("'TaggedAddresses': {" more "}")


static void
bad(void)
{
    is_bad("{'Port': 80}", "/Name");
    is_bad("{'Name': 'a|b', 'Port': 80}", "/Name");
    is_bad("{'Name': 7, 'Port': 80}", "/Name");
    is_bad("{'Name': 'a', 'ID': 'a b', 'Port': 80}", "/ID");
    is_bad("{'Name': 'a', 'ID': 7, 'Port': 80}", "/ID");
    is_bad("{'Name': 'a'}", "/Port");
    is_bad("{'Name': 'a', 'Port': 0}", "/Port");
    is_bad("{'Name': 'a', 'Port': 65536}", "/Port");
    is_bad("{'Name': 'a', 'Port': -1}", "/Port");
    is_bad("{'Name': 'a', 'Port': 1e400}", "/Port");
    is_bad("{'Name': 'a', 'Port': '80'}", "/Port");

    is_bad(WITH("'Address': 'db.example'"), "/Address");
    is_bad(WITH("'Address': 7"), "/Address");
    is_bad(WITH("'Address': '0.0.0.0'"), "/Address");
    is_bad(WITH("'Address': '224.0.0.1'"), "/Address");
    is_bad(WITH("'Address': '::'"), "/Address");
    is_bad(WITH("'Address': 'ff02::1'"), "/Address");
    is_bad(WITH("'Weights': {'Passing': -1}"), "/Weights/Passing");
    is_bad(WITH("'Weights': {'Passing': 65536}"), "/Weights/Passing");
    is_bad(WITH("'Weights': {'Passing': '1'}"), "/Weights/Passing");

    is_bad(WITH("'Meta': []"), "/Meta");
    is_bad(META("'version': 'a/b'"), "/Meta/version");
    is_bad(META("'version': 2"), "/Meta/version");
    is_bad(META("'process': 'a b'"), "/Meta/process");
    is_bad(META("'protocol': 'HTTP'"), "/Meta/protocol");
    is_bad(META("'path': 'orders'"), "/Meta/path");
    is_bad(META("'path': '/orders/'"), "/Meta/path");
    is_bad(META("'path': '/'"), "/Meta/path");
    is_bad(META("'host': 'a,,b'"), "/Meta/host");
    is_bad(META("'host': '*'"), "/Meta/host");
    is_bad(META("'host': '1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17'"),
           "/Meta/host");
    is_bad(META("'network_plane': 'a b'"), "/Meta/network_plane");
    is_bad(META("'timeout': '15'"), "/Meta/timeout");
    is_bad(META("'timeout': '0s'"), "/Meta/timeout");
    is_bad(META("'timeout': '-1s'"), "/Meta/timeout");
    is_bad(META("'timeout': '25h'"), "/Meta/timeout");
    is_bad(META("'idle': '1x'"), "/Meta/idle");
    is_bad(META("'retries': '11'"), "/Meta/retries");
    is_bad(META("'retries': '-1'"), "/Meta/retries");
    is_bad(META("'rate': '0'"), "/Meta/rate");
    is_bad(META("'rate': '99999999999999999999'"), "/Meta/rate");
    is_bad(META("'burst': '1'"), "/Meta/burst");
    is_bad(META("'connections': 'many'"), "/Meta/connections");
    is_bad(META("'allow': '10.0.0.1/8'"), "/Meta/allow");
    is_bad(META("'allow': 'all'"), "/Meta/allow");

    is_bad(WITH("'TaggedAddresses': []"), "/TaggedAddresses");
    is_bad(TAGGED("'storage': 7"), "/TaggedAddresses/storage/Address");
    is_bad(TAGGED("'storage': {'Address': 'a.b'}"),
           "/TaggedAddresses/storage/Address");
    is_bad(TAGGED("'storage': {'Address': '10.0.0.1', 'Port': 81}"),
           "/TaggedAddresses/storage/Port");
    is_bad(TAGGED("'a b': {'Address': '10.0.0.1', 'Port': 80}"),
           "/TaggedAddresses/a b");
}


static void
many_addresses(void)
{
    int   i;
    char  text[2048];

    strcpy(text, "{'Name': 'a', 'Port': 80, 'TaggedAddresses': {");

    for (i = 0; i < 16; i++) {
        sprintf(text + strlen(text), "%s'p%d': {'Address': '10.0.0.%d'}",
                i ? ", " : "", i, i + 100);
    }

    strcat(text, "}}");

    is_int(read_into(&instance, text), MESH_BAD, "17 addresses are too many");
    is_str(fault.pointer, "/TaggedAddresses", "of all");
    release();
}


static mesh_rc_e
entry(const char *text)
{
    json_t  *e;

    e = json(text);
    kept[nkept++ % 64] = e;
    memset(&fault, 0, sizeof(fault));

    return mesh_instance_health(e, &instance, &fault);
}


#define NODE     "'Node': {'Node': 'm1', 'Address': '10.0.0.1'}, "
#define SERVICE  "'Service': {'ID': 'o1', 'Service': 'orders', 'Port': 80, "   \
                 "'Address': '', 'Weights': {'Passing': 5, 'Warning': 2}}, "


static void
health(void)
{
    is_int(entry("{" NODE SERVICE "'Checks': [{'Status': 'passing'}]}"),
           MESH_OK, "an answer of Consul");
    is_str(addresses(), "=10.0.0.1", "at the address of the node");
    ok(gate_str_eq(instance.endpoint.node, gate_cstr("m1")), "of that name");
    is_int(instance.endpoint.health, MESH_PASSING, "it is well");
    is_int(instance.endpoint.weight, 5, "and has that weight");

    is_int(entry("{" NODE SERVICE "'Checks': [{'Status': 'passing'},"
                 " {'Status': 'warning'}, {'Status': 'passing'}]}"),
           MESH_OK, "with a warning");
    is_int(instance.endpoint.health, MESH_WARNING, "it is that");
    is_int(instance.endpoint.weight, 2, "with the weight of it");

    entry("{" NODE SERVICE "'Checks': [{'Status': 'critical', 'CheckID':"
          " '_node_maintenance'}, {'Status': 'warning'}]}");
    is_int(instance.endpoint.health, MESH_CRITICAL, "maintenance is critical");

    entry("{" NODE SERVICE "'Checks': [{'Status': 'odd'}]}");
    is_int(instance.endpoint.health, MESH_CRITICAL, "so is an unknown word");

    entry("{" NODE SERVICE "'Checks': []}");
    is_int(instance.endpoint.health, MESH_PASSING, "no check is well");

    is_int(entry("{" NODE "'Service': {'Kind': 'connect-proxy', 'Service':"
                 " 'a'}, 'Checks': []}"), MESH_NONE, "a proxy is no service");

    is_int(entry("{'Service': {}}"), MESH_BAD, "no node");
    is_str(fault.pointer, "/Node", "is told");
    is_int(entry("{" NODE "'Service': 7}"), MESH_BAD, "no service");
    is_str(fault.pointer, "/Service", "is told");
    is_int(entry("{'Node': {}, " SERVICE "'Checks': []}"), MESH_BAD,
           "a node without a name");
    is_str(fault.pointer, "/Node", "is told as well");
    is_int(entry("{" NODE "'Service': {'ID': 'o1', 'Service': 'orders', 'Port':"
                 " 80, 'Meta': {'rate': 'x'}}}"), MESH_BAD, "a bad rate");
    is_str(fault.pointer, "/Meta/rate", "is named");

    release();
}


static void
conflict(void *data, const mesh_instance_t *of, const mesh_instance_t *other,
    const char *pointer)
{
    size_t  n;

    n = strlen(conflicts);
    snprintf(conflicts + n, sizeof(conflicts) - n, "%.*s%s ",
             (int) other->endpoint.id.len, (char *) other->endpoint.id.data,
             pointer);
}


static void
group(void)
{
    mesh_rc_e         rc;
    mesh_service_t   *made;
    mesh_instance_t   a, b, c, twice, *of[4];

    read_into(&c, "{'Name': 'o', 'ID': 'c', 'Port': 3, 'Meta': {'timeout':"
              " '3s', 'path': '/c', 'protocol': 'http', 'allow': '10.0.0.0/8',"
              " 'host': 'c.example', 'retries': '3'}}");
    read_into(&b, "{'Name': 'o', 'ID': 'b', 'Port': 2, 'Meta': {'timeout':"
              " '2s', 'protocol': 'grpc', 'version': 'v2', 'path': '/c',"
              " 'allow': '10.0.0.0/9', 'host': 'c.example,d.example'}}");
    read_into(&a, "{'Name': 'o', 'ID': 'a', 'Port': 1}");
    read_into(&twice, "{'Name': 'o', 'ID': 'b', 'Port': 9}");

    of[0] = &c;
    of[1] = &b;
    of[2] = &a;
    of[3] = &twice;

    rc = mesh_instance_group(of, 3, &made, conflict, NULL);
    is_int(rc, MESH_OK, "three instances are a service");
    is_int(made->nendpoints, 3, "of three endpoints");
    is_int(made->policy.timeout_ms, 2000, "the first one who says it counts");
    is_int(made->policy.retries, 3, "be it the last one");
    is_int(made->protocol, MESH_GRPC, "the protocol");
    is_int(made->nhosts, 2, "the names");
    ok(gate_str_eq(made->versions[0], gate_cstr("default")), "a version");
    ok(gate_str_eq(made->versions[1], gate_cstr("v2")), "and another one");
    is_str(conflicts, "c/Meta/protocol c/Meta/host c/Meta/timeout "
           "c/Meta/allow ", "what the other one says is told");
    mesh_item_unref(&made->item);

    conflicts[0] = '\0';
    of[2] = &b;
    of[3] = &twice;
    rc = mesh_instance_group(of + 2, 2, &made, conflict, NULL);
    is_int(rc, MESH_OK, "the same instance twice");
    is_int(made->nendpoints, 1, "is one");
    is_str(conflicts, "b/ID ", "and is told");
    mesh_item_unref(&made->item);

    of[0] = &a;
    rc = mesh_instance_group(of, 1, &made, NULL, NULL);
    is_int(rc, MESH_OK, "one instance");
    is_int(made->protocol, MESH_HTTP, "of HTTP");
    mesh_item_unref(&made->item);

    release();
}


int
main(void)
{
    good();
    planes();
    bad();
    many_addresses();
    health();
    group();

    return done_testing();
}
