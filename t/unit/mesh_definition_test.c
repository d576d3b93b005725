/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * mesh_definition: bodies of clients, good ones and bad ones, each named.
 */

#include "tap.h"

#include "mesh_definition.h"
#include "mesh_route.h"


static const struct {
    const char  *body;
    const char  *pointer;
    const char  *text;                        /* its beginning */
} bad[] = {
    { "{}", "/Name", "is missing" },
    { "{\"Name\":\"\"}", "/Name", "is missing" },
    { "{\"Name\":1}", "/Name", "must be a string" },
    { "{\"Name\":1.5}", "/Name", "must be a string" },
    { "{\"Name\":\"a\\n\"}", "/Name", "has a control character" },
    { "{\"Name\":\"a\",\"name\":\"b\"}", "/name", "is there twice" },
    { "{\"Name\":\"a\",\"Bogus\":1}", "/Bogus", "is not known" },
    { "{\"Name\":\"a\",\"a/b~c\":1}", "/a~1b~0c", "is not known" },
    { "{\"Name\":\"a\",\"Port\":\"80\"}", "/Port", "must be an integer" },
    { "{\"Name\":\"a\",\"Port\":-1}", "/Port", "must be an integer" },
    { "{\"Name\":\"a\",\"Port\":65536}", "/Port", "must be an integer" },
    { "{\"Name\":\"a\",\"Port\":80.0}", "/Port", "must be an integer" },
    { "{\"Name\":\"a\",\"Port\":99999999999999999999}", "/Port",
      "must be an integer" },
    { "{\"Name\":\"a\",\"Tags\":\"x\"}", "/Tags", "must be an array" },
    { "{\"Name\":\"a\",\"Tags\":[\"x\",1]}", "/Tags/1", "must be a string" },
    { "{\"Name\":\"a\",\"Meta\":[]}", "/Meta", "must be an object" },
    { "{\"Name\":\"a\",\"Meta\":{\"v\":1}}", "/Meta/v", "must be a string" },
    { "{\"Name\":\"a\",\"Weights\":1}", "/Weights", "must be an object" },
    { "{\"Name\":\"a\",\"Weights\":{}}", "/Weights/Passing",
      "must be an integer" },
    { "{\"Name\":\"a\",\"Weights\":{\"Passing\":0}}", "/Weights/Passing",
      "must be an integer" },
    { "{\"Name\":\"a\",\"TaggedAddresses\":{\"lan\":\"10.0.0.1\"}}",
      "/TaggedAddresses/lan", "must be an object" },
    { "{\"Name\":\"a\",\"TaggedAddresses\":{\"lan\":{\"Port\":\"x\"}}}",
      "/TaggedAddresses/lan/Port", "must be an integer" },
    { "{\"Name\":\"a\",\"EnableTagOverride\":1}", "/EnableTagOverride",
      "must be true or false" },
    { "{\"Name\":\"a\",\"Kind\":\"connect-proxy\"}", "/Kind",
      "is not offered here" },
    { "{\"Name\":\"a\",\"Connect\":{\"Native\":true}}", "/Connect",
      "is not offered here" },
    { "{\"Name\":\"a\",\"Check\":[]}", "/Check", "must be an object" },
    { "{\"Name\":\"a\",\"Check\":{}}", "/Check/TTL", "is missing" },
    { "{\"Name\":\"a\",\"Check\":{\"TTL\":\"x\"}}", "/Check/TTL",
      "must be a duration" },
    { "{\"Name\":\"a\",\"Check\":{\"TTL\":-1}}", "/Check/TTL",
      "must be a duration" },
    { "{\"Name\":\"a\",\"check\":{\"ttl\":\"0s\"}}", "/check/ttl",
      "must be a duration" },
    { "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x/\",\"TTL\":\"5s\"}}",
      "/Check/HTTP", "is not offered here: only TTL" },
    { "{\"Name\":\"a\",\"Check\":{\"TCP\":\"x:1\",\"Interval\":\"5s\"}}",
      "/Check/TCP", "is not offered here: only TTL" },
    { "{\"Name\":\"a\",\"Check\":{\"TTL\":\"5s\",\"Status\":\"up\"}}",
      "/Check/Status", "must be \"passing\"" },
    { "{\"Name\":\"a\",\"Checks\":{}}", "/Checks", "must be an array" },
    { "{\"Name\":\"a\",\"Checks\":[{\"TTL\":\"5s\"},{\"TTL\":true}]}",
      "/Checks/1/TTL", "must be a duration" },
    { "{\"Name\":\"a\",\"Checks\":[{\"TTL\":\"5s\",\"CheckID\":\"c\"},"
      "{\"TTL\":\"5s\",\"CheckID\":\"c\"}]}", "/Checks", "has two checks" }
};


static json_t *
made(const char *body)
{
    json_t        *json, *form;
    mesh_fault_t   fault;

    memset(&fault, 0, sizeof(fault));
    form = NULL;

    if (gate_json_object(gate_cstr(body), &json) == GATE_JSON_OK
        && !mesh_definition_read(json, &form, &fault))
    {
        diag("%s %s", fault.pointer, fault.text);
    }

    json_decref(json);

    return form;
}


static void
is_form(const char *body, const char *expected, const char *name)
{
    char    *text;
    json_t  *form;

    form = made(body);
    text = form ? json_dumps(form, JSON_COMPACT|JSON_SORT_KEYS) : NULL;

    is_str(text, expected, "%s", name);

    free(text);
    json_decref(form);
}


static void
forms(void)
{
    is_form("{\"Name\":\"a\"}",
            "{\"Address\":\"\",\"Checks\":[],\"EnableTagOverride\":false,"
            "\"ID\":\"a\",\"Meta\":{},\"Name\":\"a\",\"Port\":0,\"Tags\":[],"
            "\"Weights\":{\"Passing\":1,\"Warning\":1}}",
            "what is not said is as in Consul");

    is_form("{\"name\":\"a\",\"id\":\"a1\",\"tagged_addresses\":{\"wan\":"
            "{\"address\":\"1.2.3.4\",\"port\":80}},\"enable_tag_override\":"
            "true,\"check\":{\"ttl\":\"15s\",\"check_id\":\"c\","
            "\"deregister_critical_service_after\":\"1s\"}}",
            "{\"Address\":\"\",\"Checks\":[{\"After\":60000,\"CheckID\":\"c\","
            "\"Name\":\"Service 'a' check\",\"Notes\":\"\",\"Status\":\"\","
            "\"TTL\":15000}],\"EnableTagOverride\":true,\"ID\":\"a1\","
            "\"Meta\":{},\"Name\":\"a\",\"Port\":0,\"TaggedAddresses\":"
            "{\"wan\":{\"Address\":\"1.2.3.4\",\"Port\":80}},\"Tags\":[],"
            "\"Weights\":{\"Passing\":1,\"Warning\":1}}",
            "names are taken in snake case, and a minute is the least");

    is_form("{\"Name\":\"a\",\"Tags\":null,\"Meta\":null,\"Check\":null,"
            "\"Weights\":null,\"Proxy\":{},\"Kind\":\"\",\"Checks\":[]}",
            "{\"Address\":\"\",\"Checks\":[],\"EnableTagOverride\":false,"
            "\"ID\":\"a\",\"Meta\":{},\"Name\":\"a\",\"Port\":0,\"Tags\":[],"
            "\"Weights\":{\"Passing\":1,\"Warning\":1}}",
            "null and empty members are as if they were not there");

    is_form("{\"Name\":\"a\",\"Checks\":[{\"TTL\":5000000000,\"HTTP\":\"\"}],"
            "\"Check\":{\"TTL\":\"5s\",\"Name\":\"first\",\"ID\":\"x\"}}",
            "{\"Address\":\"\",\"Checks\":[{\"CheckID\":\"x\",\"Name\":"
            "\"first\",\"Notes\":\"\",\"Status\":\"\",\"TTL\":5000},"
            "{\"CheckID\":\"service:a:2\",\"Name\":\"Service 'a' check\","
            "\"Notes\":\"\",\"Status\":\"\",\"TTL\":5000}],"
            "\"EnableTagOverride\":false,\"ID\":\"a\",\"Meta\":{},\"Name\":"
            "\"a\",\"Port\":0,\"Tags\":[],\"Weights\":{\"Passing\":1,"
            "\"Warning\":1}}",
            "\"Check\" goes before \"Checks\", and several are numbered");
}


static void
faults(void)
{
    size_t         i;
    json_t        *json, *form;
    mesh_fault_t   fault;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memset(&fault, 0, sizeof(fault));

        if (gate_json_object(gate_cstr(bad[i].body), &json) != GATE_JSON_OK) {
            fail("%s is JSON", bad[i].body);
            continue;
        }

        ok(!mesh_definition_read(json, &form, &fault) && form == NULL,
           "refused: %s", bad[i].body);
        is_str(fault.pointer, bad[i].pointer, "it is %s of %s",
               bad[i].pointer, bad[i].body);
        ok(strncmp(fault.text, bad[i].text, strlen(bad[i].text)) == 0,
           "it is said that it %s: %s", bad[i].text, bad[i].body);

        json_decref(json);
    }
}


static void
updates(void)
{
    json_t        *json, *form;
    mesh_fault_t   fault;

    memset(&fault, 0, sizeof(fault));

    json = json_pack("{s:s, s:s}", "status", "warning", "OUTPUT", "a\nb");
    ok(mesh_definition_update(json, &form, &fault),
       "an update has names in any case");
    is_str(json_string_value(json_object_get(form, "Output")), "a\nb",
           "its output may have lines");
    json_decref(form);
    json_decref(json);

    json = json_pack("{s:s}", "Output", "x");
    ok(!mesh_definition_update(json, &form, &fault),
       "an update needs a status");
    is_str(fault.pointer, "/Status", "which is what is said");
    json_decref(json);
}


static void
routes(void)
{
    mesh_route_t  r;

    mesh_route(gate_cstr("PUT"), gate_cstr("/v1/agent/check/pass/a/b"), &r);
    is_int(r.route, MESH_ROUTE_PASS, "a check may have a slash in its ID");
    ok(gate_str_eq(r.name, gate_cstr("a/b")), "all behind the path is the ID");

    mesh_route(gate_cstr("GET"), gate_cstr("/v1/agent/service/register"), &r);
    is_int(r.route, MESH_ROUTE_METHOD, "to register is no reading");
    is_str(r.allow, "PUT", "but a PUT");

    mesh_route(gate_cstr("GET"), gate_cstr("/v1/agent/services/x"), &r);
    is_int(r.route, MESH_ROUTE_NONE, "a path ends where it ends");

    mesh_route(gate_cstr("GET"), gate_cstr(""), &r);
    is_int(r.route, MESH_ROUTE_NONE, "no path is none");

    mesh_route(gate_cstr("GET"), gate_cstr("/v1/health/state/any"), &r);
    ok(r.route == MESH_ROUTE_HEALTH_STATE && r.blocks && !r.body,
       "a state is waited for");

    is_int(mesh_route_bool(gate_cstr("T")), 1, "T is true");
    is_int(mesh_route_bool(gate_cstr("False")), 0, "False is false");
    is_int(mesh_route_bool(gate_cstr("yes")), -1, "yes is neither");
}


int
main(void)
{
    forms();
    faults();
    updates();
    routes();

    return done_testing();
}
