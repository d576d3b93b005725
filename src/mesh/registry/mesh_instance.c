
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One instance of a service in Consul's words: the registration, and the
 * answer of /v1/health/service.
 */


#include <stdlib.h>

#include "mesh_instance.h"
#include "mesh_instance_meta.h"
#include "mesh_service_check.h"


#define MESH_INSTANCE_TAGGED   64             /* that are looked at */
#define MESH_INSTANCE_WEIGHT   65535


/* what is not in the registration itself */

typedef struct {
    const char            *name;              /* of the member with the name */
    gate_str_t             node;
    gate_str_t             address;           /* of the node */
    mesh_health_e          health;
} mesh_instance_from_t;


static mesh_rc_e mesh_instance_read(const json_t *service,
    const mesh_instance_from_t *from, mesh_instance_t *made,
    mesh_fault_t *fault);
static int mesh_instance_names(const json_t *service,
    const mesh_instance_from_t *from, mesh_instance_t *made,
    mesh_fault_t *fault);
static int mesh_instance_port(const json_t *service, mesh_instance_t *made,
    mesh_fault_t *fault);
static int mesh_instance_address(const json_t *service,
    const mesh_instance_from_t *from, mesh_instance_t *made,
    mesh_fault_t *fault);
static int mesh_instance_weight(const json_t *service, mesh_instance_t *made,
    mesh_fault_t *fault);
static int mesh_instance_tagged(const json_t *service, mesh_instance_t *made,
    mesh_fault_t *fault);
static int mesh_instance_further(gate_str_t name, const json_t *value,
    mesh_instance_t *made, mesh_address_t *a, mesh_fault_t *fault);
static int mesh_instance_add(mesh_instance_t *made, mesh_address_t *tagged,
    size_t n, mesh_fault_t *fault);
static int mesh_instance_order(const void *a, const void *b);
static int mesh_instance_usable(const mesh_address_t *a);
static int mesh_instance_unset(const json_t *value);
static int mesh_instance_proxy(const json_t *service);
static mesh_health_e mesh_instance_checks(const json_t *checks);


/* planes of Consul itself, to which it gives addresses unasked */

static const gate_str_t  mesh_instance_lan = gate_string("lan");
static const gate_str_t  mesh_instance_wan = gate_string("wan");
static const gate_str_t  mesh_instance_virtual = gate_string("virtual");


mesh_rc_e
mesh_instance_definition(const json_t *definition, gate_str_t node,
    gate_str_t address, mesh_health_e health, mesh_instance_t *made,
    mesh_fault_t *fault)
{
    mesh_instance_from_t  from;

    from.name = "Name";
    from.node = node;
    from.address = address;
    from.health = health;

    return mesh_instance_read(definition, &from, made, fault);
}


mesh_rc_e
mesh_instance_health(const json_t *entry, mesh_instance_t *made,
    mesh_fault_t *fault)
{
    json_t                *node, *service;
    mesh_instance_from_t   from;

    node = json_object_get(entry, "Node");
    service = json_object_get(entry, "Service");

    if (!json_is_object(node)) {
        (void) mesh_fault_at(fault, "Node", "must be an object");
        return MESH_BAD;
    }

    if (!json_is_object(service)) {
        (void) mesh_fault_at(fault, "Service", "must be an object");
        return MESH_BAD;
    }

    if (mesh_instance_proxy(service)) {
        return MESH_NONE;
    }

    from.name = "Service";
    from.health = mesh_instance_checks(json_object_get(entry, "Checks"));

    if (!gate_json_string(node, "Node", &from.node)) {
        from.node = gate_str(NULL, 0);
    }

    if (!gate_json_string(node, "Address", &from.address)) {
        from.address = gate_str(NULL, 0);
    }

    return mesh_instance_read(service, &from, made, fault);
}


static mesh_rc_e
mesh_instance_read(const json_t *service, const mesh_instance_from_t *from,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    int      ok;
    size_t   back;
    json_t  *meta;

    memset(made, 0, offsetof(mesh_instance_t, addresses));
    memset(&made->addresses[0], 0, sizeof(mesh_address_t));

    made->service.endpoints = &made->endpoint;
    made->service.nendpoints = 1;
    made->endpoint.addresses = made->addresses;
    made->endpoint.version = gate_cstr(MESH_NO_VERSION);
    made->endpoint.health = from->health;

    if (!json_is_object(service)) {
        (void) mesh_fault(fault, "must be an object");
        return MESH_BAD;
    }

    ok = mesh_instance_names(service, from, made, fault)
         && mesh_instance_port(service, made, fault)
         && mesh_instance_address(service, from, made, fault)
         && mesh_instance_weight(service, made, fault);

    meta = json_object_get(service, "Meta");

    if (ok && !mesh_instance_unset(meta)) {
        back = mesh_fault_down(fault, gate_cstr("Meta"));
        ok = mesh_instance_meta(meta, made, fault);

        if (ok) {
            mesh_fault_back(fault, back);
        }
    }

    /* they know the plane of the first address, which metadata may say */

    ok = ok && mesh_instance_tagged(service, made, fault);

    return ok ? MESH_OK : MESH_BAD;
}


static int
mesh_instance_names(const json_t *service, const mesh_instance_from_t *from,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    if (!gate_json_string(service, from->name, &made->service.item.name)
        || !mesh_service_word(made->service.item.name, MESH_NAME_MAX))
    {
        return mesh_fault_at(fault, from->name, "must be 1 to 128 letters, "
                             "digits, \".\", \"_\" and \"-\"");
    }

    if (mesh_instance_unset(json_object_get(service, "ID"))) {
        made->endpoint.id = made->service.item.name;

    } else if (!gate_json_string(service, "ID", &made->endpoint.id)
               || !mesh_service_instance(made->endpoint.id))
    {
        return mesh_fault_at(fault, "ID", "must be 1 to 256 bytes without "
                             "spaces");
    }

    made->endpoint.node = from->node;

    if (!mesh_service_instance(from->node)) {
        return mesh_fault_at(fault, "Node", "must be 1 to 256 bytes without "
                             "spaces");
    }

    return 1;
}


static int
mesh_instance_port(const json_t *service, mesh_instance_t *made,
    mesh_fault_t *fault)
{
    json_t      *value;
    json_int_t   port;

    value = json_object_get(service, "Port");
    port = json_is_integer(value) ? json_integer_value(value) : 0;

    if (port < 1 || port > 65535) {
        return mesh_fault_at(fault, "Port", "must be a number from 1 to "
                             "65535");
    }

    made->endpoint.port = (uint16_t) port;

    return 1;
}


static int
mesh_instance_address(const json_t *service, const mesh_instance_from_t *from,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    gate_str_t  address;

    if (mesh_instance_unset(json_object_get(service, "Address"))) {
        address = from->address;

    } else if (!gate_json_string(service, "Address", &address)) {
        return mesh_fault_at(fault, "Address", "must be a string");
    }

    if (!mesh_address_parse(address, &made->addresses[0])
        || !mesh_instance_usable(&made->addresses[0]))
    {
        return mesh_fault_at(fault, "Address", "must be an IPv4 or IPv6 "
                             "address of a node");
    }

    made->endpoint.naddresses = 1;

    return 1;
}


/* that of its health, as Consul's DNS has it */

static int
mesh_instance_weight(const json_t *service, mesh_instance_t *made,
    mesh_fault_t *fault)
{
    json_t      *weights, *value;
    json_int_t   n;
    const char  *name;

    made->endpoint.weight = 1;
    weights = json_object_get(service, "Weights");

    if (mesh_instance_unset(weights)) {
        return 1;
    }

    name = made->endpoint.health == MESH_WARNING ? "Warning" : "Passing";
    value = json_object_get(weights, name);

    if (mesh_instance_unset(value)) {
        return 1;
    }

    n = json_is_integer(value) ? json_integer_value(value) : -1;

    if (n < 0 || n > MESH_INSTANCE_WEIGHT) {
        (void) mesh_fault_down(fault, gate_cstr("Weights"));
        return mesh_fault_at(fault, name, "must be a number from 0 to 65535");
    }

    made->endpoint.weight = (uint32_t) n;

    return 1;
}


/* further addresses, in an order that is not that of the text */

static int
mesh_instance_tagged(const json_t *service, mesh_instance_t *made,
    mesh_fault_t *fault)
{
    int              rc;
    void            *it;
    size_t           n, back, back_to;
    json_t          *tagged;
    gate_str_t       name;
    mesh_address_t   all[MESH_INSTANCE_TAGGED];

    tagged = json_object_get(service, "TaggedAddresses");

    if (mesh_instance_unset(tagged)) {
        return 1;
    }

    back = mesh_fault_down(fault, gate_cstr("TaggedAddresses"));

    if (!json_is_object(tagged)
        || json_object_size(tagged) > MESH_INSTANCE_TAGGED)
    {
        return mesh_fault(fault, "must be an object of at most 64 addresses");
    }

    n = 0;

    for (it = json_object_iter(tagged);
         it != NULL;
         it = json_object_iter_next(tagged, it))
    {
        name = gate_cstr(json_object_iter_key(it));
        back_to = mesh_fault_down(fault, name);

        rc = mesh_instance_further(name, json_object_iter_value(it), made,
                                   &all[n], fault);
        if (rc < 0) {
            return 0;
        }

        n += (size_t) rc;
        mesh_fault_back(fault, back_to);
    }

    if (!mesh_instance_add(made, all, n, fault)) {
        return 0;
    }

    mesh_fault_back(fault, back);

    return 1;
}


/* 1: it is one; 0: one of Consul's own that is none for us; -1: a fault */

static int
mesh_instance_further(gate_str_t name, const json_t *value,
    mesh_instance_t *made, mesh_address_t *a, mesh_fault_t *fault)
{
    int          own;
    json_t      *port;
    gate_str_t   text;

    static const gate_str_t  v4 = gate_string("_ipv4");
    static const gate_str_t  v6 = gate_string("_ipv6");

    /* the two forms of a plane are the plane */

    if (name.len > v4.len) {
        text = gate_str(name.data + name.len - v4.len, v4.len);

        if (gate_str_eq(text, v4) || gate_str_eq(text, v6)) {
            name.len -= v4.len;
        }
    }

    if (gate_str_eq(name, mesh_instance_virtual)) {
        return 0;
    }

    own = gate_str_eq(name, mesh_instance_lan)
          || gate_str_eq(name, mesh_instance_wan);

    if (!mesh_service_word(name, MESH_PLANE_MAX)) {
        (void) mesh_fault(fault, "must have a name of 1 to 64 letters, digits, "
                                 "\".\", \"_\" and \"-\"");
        return -1;
    }

    if (!gate_json_string(value, "Address", &text)
        || !mesh_address_parse(text, a) || !mesh_instance_usable(a))
    {
        (void) mesh_fault_at(fault, "Address", "must be an IPv4 or IPv6 "
                             "address of a node");
        return own ? 0 : -1;
    }

    port = json_object_get(value, "Port");

    if (!mesh_instance_unset(port)
        && !(json_is_integer(port)
             && (json_integer_value(port) == 0
                 || json_integer_value(port) == made->endpoint.port)))
    {
        (void) mesh_fault_at(fault, "Port", "must be the port of the service");
        return own ? 0 : -1;
    }

    a->plane = name;

    return 1;
}


/* each address once; of the first one they may tell the plane */

static int
mesh_instance_add(mesh_instance_t *made, mesh_address_t *tagged, size_t n,
    mesh_fault_t *fault)
{
    size_t           i, j;
    mesh_address_t  *a;

    if (n > 1) {
        qsort(tagged, n, sizeof(mesh_address_t), mesh_instance_order);
    }

    a = made->addresses;

    for (i = 0; i < n; i++) {

        for (j = 0; j < made->endpoint.naddresses; j++) {
            if (mesh_address_same(&a[j], &tagged[i])) {
                break;
            }
        }

        if (j == 0 && a[0].plane.len == 0) {
            a[0].plane = tagged[i].plane;
        }

        if (j < made->endpoint.naddresses) {
            continue;
        }

        if (j == MESH_INSTANCE_ADDRESSES) {
            return mesh_fault(fault, "has too many addresses: 15 at most");
        }

        a[made->endpoint.naddresses++] = tagged[i];
    }

    return 1;
}


static int
mesh_instance_order(const void *a, const void *b)
{
    int                    order;
    const mesh_address_t  *x, *y;

    x = a;
    y = b;

    order = mesh_service_compare(x->plane, y->plane);

    if (order == 0) {
        order = (int) x->family - (int) y->family;
    }

    return order ? order : memcmp(x->bytes, y->bytes, sizeof(x->bytes));
}


/* loopback and link-local are, on one machine and on one link */

static int
mesh_instance_usable(const mesh_address_t *a)
{
    size_t                i;
    const unsigned char  *p;

    p = a->bytes;

    if (a->family == 4) {
        return p[0] != 0 && p[0] < 224;
    }

    for (i = 0; i < 16 && p[i] == 0; i++) {
        /* void */
    }

    return i < 16 && p[0] != 0xff;
}


/* not there, null, or an empty text, as clients of Consul write it */

static int
mesh_instance_unset(const json_t *value)
{
    gate_str_t  s;

    return value == NULL || json_is_null(value)
           || (gate_json_text(value, &s) && s.len == 0);
}


static int
mesh_instance_proxy(const json_t *service)
{
    gate_str_t  kind;

    return gate_json_string(service, "Kind", &kind) && kind.len > 0;
}


/* the worst of them; maintenance is one of them that is critical */

static mesh_health_e
mesh_instance_checks(const json_t *checks)
{
    size_t         i;
    json_t        *check;
    gate_str_t     text;
    mesh_health_e  health, worst;

    worst = MESH_PASSING;

    json_array_foreach(checks, i, check) {

        health = gate_json_string(check, "Status", &text)
                 ? mesh_instance_status(text) : MESH_CRITICAL;

        worst = health > worst ? health : worst;
    }

    return worst;
}


mesh_health_e
mesh_instance_status(gate_str_t status)
{
    if (gate_str_eq(status, gate_cstr("passing"))) {
        return MESH_PASSING;
    }

    return gate_str_eq(status, gate_cstr("warning")) ? MESH_WARNING
                                                     : MESH_CRITICAL;
}
