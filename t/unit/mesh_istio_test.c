
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The catalog in Istio's words, and what is told of a change.
 */


#include "tap.h"
#include "mesh_istio.h"


static mesh_endpoint_t  e[2];
static mesh_address_t   addresses[2];


static mesh_service_t *
service(const char *name, size_t n)
{
    const char      *why;
    mesh_service_t   say, *made;

    memset(&say, 0, sizeof(say));

    say.item.name = gate_cstr(name);
    say.endpoints = e;
    say.nendpoints = n;

    if (mesh_service_make(&say, &made, &why) != MESH_OK) {
        diag("%s", why);
        return NULL;
    }

    return made;
}


static void
setup(void)
{
    (void) mesh_address_parse(gate_cstr("10.0.0.1"), &addresses[0]);
    (void) mesh_address_parse(gate_cstr("fd00::1"), &addresses[1]);
    addresses[1].plane = gate_cstr("media");

    e[0].id = gate_cstr("orders-1");
    e[0].node = gate_cstr("node-a");
    e[0].process = gate_cstr("shop");
    e[0].version = gate_cstr("v1");
    e[0].port = 9080;
    e[0].weight = 3;
    e[0].addresses = addresses;
    e[0].naddresses = 2;

    e[1] = e[0];
    e[1].id = gate_cstr("orders-2");
    e[1].naddresses = 1;
    e[1].addresses = addresses;
}


static const char *
text(mesh_out_t *out)
{
    mesh_out_add(out, gate_str("", 1));

    return (const char *) out->data;
}


static void
test_name(void)
{
    size_t          i, n, k;
    unsigned char   dst[MESH_ISTIO_NAME], other[MESH_ISTIO_NAME];

    static const char *const  same[] = { "orders", "a", "a-1", "0", NULL };
    static const char *const  not[] = {
        "Orders", "a.b", "a_b", "-a", "a-", "", "a.B", "xxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        NULL
    };

    for (i = 0; same[i] != NULL; i++) {
        n = mesh_istio_name(gate_cstr(same[i]), dst);
        ok(gate_str_eq(gate_str(dst, n), gate_cstr(same[i])),
           "%s is a name there, too", same[i]);
    }

    for (i = 0; not[i] != NULL; i++) {
        n = mesh_istio_name(gate_cstr(not[i]), dst);

        ok(n > 0 && n < MESH_ISTIO_NAME, "%d: another one is short", (int) i);
        ok(dst[0] != '-' && dst[n - 1] != '-', "%d: and has good ends",
           (int) i);

        for (k = 0; k < n; k++) {
            if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-", dst[k])
                == NULL)
            {
                break;
            }
        }

        is_int(k, n, "%d: and good bytes", (int) i);
    }

    n = mesh_istio_name(gate_cstr("a.b"), dst);
    k = mesh_istio_name(gate_cstr("a_b"), other);
    ok(!gate_str_eq(gate_str(dst, n), gate_str(other, k)),
       "no two names become one");
}


static void
test_service(void)
{
    mesh_out_t       out;
    mesh_service_t  *s;

    memset(&out, 0, sizeof(out));

    s = service("orders", 1);
    mesh_istio_service(s, &out);

    is_str(text(&out),
           "---\n"
           "apiVersion: networking.istio.io/v1\n"
           "kind: ServiceEntry\n"
           "metadata:\n"
           "  name: \"orders\"\n"
           "spec:\n"
           "  hosts:\n"
           "  - \"orders.mesh\"\n"
           "  location: MESH_INTERNAL\n"
           "  resolution: STATIC\n"
           "  ports:\n"
           "  - name: http\n"
           "    number: 9080\n"
           "    protocol: HTTP\n"
           "  workloadSelector:\n"
           "    labels:\n"
           "      mesh-service: \"orders\"\n"
           "---\n"
           "apiVersion: networking.istio.io/v1\n"
           "kind: WorkloadEntry\n"
           "metadata:\n"
           "  name: \"orders-85ac528458ea67b7\"\n"
           "spec:\n"
           "  address: \"10.0.0.1\"\n"
           "  ports:\n"
           "    http: 9080\n"
           "  labels:\n"
           "    mesh-service: \"orders\"\n"
           "    version: \"v1\"\n"
           "    mesh-node: \"node-a\"\n"
           "    mesh-process: \"shop\"\n"
           "  weight: 3\n"
           "---\n"
           "apiVersion: networking.istio.io/v1\n"
           "kind: WorkloadEntry\n"
           "metadata:\n"
           "  name: \"orders-5a2538e7a967deed\"\n"
           "spec:\n"
           "  address: \"fd00::1\"\n"
           "  ports:\n"
           "    http: 9080\n"
           "  labels:\n"
           "    mesh-service: \"orders\"\n"
           "    version: \"v1\"\n"
           "    mesh-node: \"node-a\"\n"
           "    mesh-process: \"shop\"\n"
           "  network: \"media\"\n"
           "  weight: 3\n",
           "a service with its instance's addresses");

    mesh_out_free(&out);
    mesh_item_unref(&s->item);
}


static void
test_difference(void)
{
    mesh_out_t       out;
    const char      *t;
    mesh_catalog_t  *from, *to;
    mesh_service_t  *s;

    memset(&out, 0, sizeof(out));
    from = NULL;

    s = service("orders", 2);
    mesh_catalog_set(&from, s);
    mesh_item_unref(&s->item);
    s = service("billing", 1);
    mesh_catalog_set(&from, s);
    mesh_item_unref(&s->item);
    s = service("stays", 1);
    mesh_catalog_set(&from, s);
    mesh_item_unref(&s->item);

    to = mesh_catalog_ref(from);
    mesh_istio_difference(from, to, &out);
    is_int(out.len, 0, "the same catalog has no difference");

    s = service("orders", 1);
    mesh_catalog_set(&to, s);
    mesh_item_unref(&s->item);
    mesh_catalog_delete(&to, gate_cstr("billing"));

    mesh_istio_difference(from, to, &out);
    t = text(&out);

    ok(strstr(t, "# deleted: ServiceEntry/billing\n") != NULL,
       "a service that went is deleted");
    ok(strstr(t, "# deleted: WorkloadEntry/billing-") != NULL,
       "and its instances");
    ok(strstr(t, "# deleted: WorkloadEntry/orders-") != NULL,
       "an instance that went is deleted");
    ok(strstr(t, "# deleted: ServiceEntry/orders\n") == NULL,
       "but not its service");
    ok(strstr(t, "name: \"orders\"") != NULL, "which is told anew");
    ok(strstr(t, "stays") == NULL, "what is the same is not told");
    ok(strstr(t, "# deleted") < strstr(t, "---"), "deletions are first");

    out.len = 0;
    e[0].health = MESH_CRITICAL;
    s = service("orders", 1);
    e[0].health = MESH_PASSING;
    mesh_catalog_set(&to, s);
    mesh_item_unref(&s->item);
    mesh_istio_difference(from, to, &out);
    t = text(&out);
    ok(strstr(t, "kind: WorkloadEntry") == NULL,
       "an instance that is critical gets no calls");

    mesh_out_free(&out);
    mesh_catalog_unref(from);
    mesh_catalog_unref(to);
}


int
main(void)
{
    setup();

    test_name();
    test_service();
    test_difference();

    return done_testing();
}
