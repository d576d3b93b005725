
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The status: totals that follow changes, pages of lists, one service in full.
 */


#include "tap.h"
#include "mesh_page.h"
#include "mesh_rules.h"
#include "mesh_status.h"


static mesh_address_t  address;


static mesh_service_t *
service(const char *name, const char *id, mesh_health_e health)
{
    const char       *why;
    mesh_service_t    say, *made;
    mesh_endpoint_t   e;

    memset(&say, 0, sizeof(say));
    memset(&e, 0, sizeof(e));

    (void) mesh_address_parse(gate_cstr("10.0.0.1"), &address);

    e.id = gate_cstr(id);
    e.node = gate_cstr("node-a");
    e.process = gate_cstr("shop");
    e.version = gate_cstr("v1");
    e.port = 9080;
    e.weight = 1;
    e.health = health;
    e.addresses = &address;
    e.naddresses = 1;

    say.item.name = gate_cstr(name);
    say.endpoints = &e;
    say.nendpoints = 1;

    return mesh_service_make(&say, &made, &why) == MESH_OK ? made : NULL;
}


static void
set(mesh_state_t *state, const char *name, const char *id,
    mesh_health_e health)
{
    mesh_service_t  *s;

    s = service(name, id, health);
    mesh_catalog_set(&state->catalog, s);
    mesh_item_unref(&s->item);
}


static void
test_totals(void)
{
    mesh_out_t     out;
    mesh_state_t   none, a, b;
    mesh_status_t  status;

    memset(&out, 0, sizeof(out));
    memset(&none, 0, sizeof(none));
    memset(&a, 0, sizeof(a));
    memset(&status, 0, sizeof(status));

    set(&a, "orders", "o", MESH_PASSING);
    set(&a, "billing", "b", MESH_WARNING);
    mesh_status_change(&status, &none, &a);

    is_int(status.services, 2, "services are counted");
    is_int(status.endpoints[MESH_PASSING], 1, "and endpoints that pass");
    is_int(status.endpoints[MESH_WARNING], 1, "and those with a warning");

    b.catalog = mesh_catalog_ref(a.catalog);
    b.rules = NULL;
    set(&b, "orders", "o", MESH_CRITICAL);
    mesh_status_change(&status, &a, &b);
    is_int(status.endpoints[MESH_PASSING], 0, "one passes no more");
    is_int(status.endpoints[MESH_CRITICAL], 1, "it is critical");

    mesh_status_totals(&status, &out);
    mesh_out_add(&out, gate_str("", 1));
    is_str(out.data, "\"services\":2,\"endpoints\":{\"passing\":0,"
                     "\"warning\":1,\"critical\":1,\"all\":2},\"rules\":0",
           "the totals are told");

    mesh_status_change(&status, &b, &none);
    is_int(status.services + status.endpoints[MESH_WARNING]
           + status.endpoints[MESH_CRITICAL], 0, "all of them can go");

    mesh_out_free(&out);
    mesh_catalog_unref(a.catalog);
    mesh_catalog_unref(b.catalog);
}


static void
test_pages(void)
{
    int            i, more;
    char           name[16];
    size_t         seen;
    mesh_out_t     out;
    gate_str_t     after;
    mesh_page_t    page;
    mesh_state_t   state;

    memset(&state, 0, sizeof(state));
    memset(&out, 0, sizeof(out));

    for (i = 0; i < 250; i++) {
        snprintf(name, sizeof(name), "s%03d", (i * 37) % 250);
        set(&state, name, "x", MESH_PASSING);
    }

    after = gate_str("", 0);
    seen = 0;

    do {
        mesh_page_read(&page, mesh_catalog_services(state.catalog), after,
                       100);

        for (i = 0; i < (int) page.n; i++) {
            snprintf(name, sizeof(name), "s%03d", (int) seen);
            seen += gate_str_eq(page.items[i]->name, gate_cstr(name));
        }

        after = page.items[page.n - 1]->name;
    } while (page.more);

    is_int(seen, 250, "pages have all services, in order, once");
    is_int(page.n, 50, "the last page has the rest");

    mesh_status_list(&state, gate_cstr("s248"), 5, &more, &out);
    mesh_out_add(&out, gate_str("", 1));
    is_str(out.data, "{\"name\":\"s249\",\"versions\":[\"v1\"],"
                     "\"endpoints\":1,\"usable\":1,\"rule\":false}",
           "a row of a list");
    is_int(more, 0, "nothing is behind it");

    mesh_out_free(&out);
    mesh_catalog_unref(state.catalog);
}


static void
test_service(void)
{
    mesh_out_t    out;
    mesh_state_t  state;

    memset(&state, 0, sizeof(state));
    memset(&out, 0, sizeof(out));

    set(&state, "orders", "o", MESH_PASSING);
    set(&state, "billing", "b", MESH_PASSING);

    is_int(mesh_status_service(&state, gate_cstr("nobody"), &out), MESH_NONE,
           "who is not there is not told of");
    is_int(mesh_status_text(&state, gate_cstr("nobody"), &out), MESH_NONE,
           "nor to people");
    is_int(out.len, 0, "nothing is written of it");

    mesh_status_service(&state, gate_cstr("orders"), &out);
    mesh_out_add(&out, gate_str("", 1));
    is_str(out.data,
           "{\"known\":true,\"protocol\":\"http\",\"path\":\"\",\"hosts\":[],"
           "\"versions\":[\"v1\"],\"policy\":{},\"endpoints\":[{\"id\":\"o\","
           "\"node\":\"node-a\",\"process\":\"shop\",\"version\":\"v1\","
           "\"health\":\"passing\",\"weight\":1,\"port\":9080,\"addresses\":"
           "[{\"address\":\"10.0.0.1\",\"plane\":\"\"}],"
           "\"beside\":[\"billing\"]}]}",
           "one service, with who is beside it");

    out.len = 0;
    mesh_status_text(&state, gate_cstr("orders"), &out);
    mesh_out_add(&out, gate_str("", 1));
    ok(strstr((char *) out.data, "10.0.0.1:9080") != NULL,
       "people are told where it is");

    mesh_out_free(&out);
    mesh_catalog_unref(state.catalog);
}


int
main(void)
{
    test_totals();
    test_pages();
    test_service();

    return done_testing();
}
