
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What other sources know, in the words of Consul 1.8: its metadata says what
 * the mesh knows of a service, by the convention that sources read.
 */


#include <stdio.h>

#include "mesh_answer.h"


#define MESH_ANSWER_ID  512


static void mesh_answer_other_node(mesh_out_t *out, gate_str_t address,
    const mesh_endpoint_t *e);
static void mesh_answer_other_meta(mesh_out_t *out, const char *name,
    const mesh_service_t *s, const mesh_endpoint_t *e);
static void mesh_answer_other_policy(mesh_out_t *out,
    const mesh_policy_t *policy);
static void mesh_answer_other_said(mesh_out_t *out, const char *name,
    gate_str_t value);
static void mesh_answer_other_count(mesh_out_t *out, const char *name,
    uint32_t n, const char *unit);
static void mesh_answer_other_planes(mesh_out_t *out, const char *name,
    const mesh_endpoint_t *e);
static void mesh_answer_other_indexes(mesh_out_t *out, uint64_t index);
static gate_str_t mesh_answer_other_address(const mesh_endpoint_t *e,
    unsigned char *dst);


void
mesh_answer_other_catalog(mesh_out_t *out, const mesh_service_t *s,
    const mesh_endpoint_t *e, uint64_t index)
{
    gate_str_t     address;
    unsigned char  text[MESH_ADDRESS_TEXT];

    address = mesh_answer_other_address(e, text);

    mesh_out_cstr(out, "{");
    mesh_answer_other_node(out, address, e);
    mesh_out_raw(out, "NodeMeta", gate_cstr("{}"));
    mesh_out_member(out, "ServiceKind", gate_str(NULL, 0));
    mesh_out_member(out, "ServiceID", e->id);
    mesh_out_member(out, "ServiceName", s->item.name);
    mesh_out_raw(out, "ServiceTags", gate_cstr("[]"));
    mesh_out_member(out, "ServiceAddress", address);
    mesh_answer_other_planes(out, "ServiceTaggedAddresses", e);
    mesh_out_raw(out, "ServiceWeights", gate_cstr("{"));
    mesh_out_number(out, "Passing", e->weight ? e->weight : 1);
    mesh_out_number(out, "Warning", e->weight ? e->weight : 1);
    mesh_out_cstr(out, "}");
    mesh_answer_other_meta(out, "ServiceMeta", s, e);
    mesh_out_number(out, "ServicePort", e->port);
    mesh_out_raw(out, "ServiceEnableTagOverride", gate_cstr("false"));
    mesh_out_raw(out, "ServiceProxy",
                 gate_cstr("{\"MeshGateway\":{},\"Expose\":{}}"));
    mesh_out_raw(out, "ServiceConnect", gate_cstr("{}"));
    mesh_answer_other_indexes(out, index);
    mesh_out_cstr(out, "}");
}


void
mesh_answer_other_health(mesh_out_t *out, const mesh_service_t *s,
    const mesh_endpoint_t *e, uint64_t index)
{
    gate_str_t     address;
    unsigned char  text[MESH_ADDRESS_TEXT];

    address = mesh_answer_other_address(e, text);

    mesh_out_cstr(out, "{\"Node\":{");
    mesh_answer_other_node(out, address, e);
    mesh_out_raw(out, "Meta", gate_cstr("{}"));
    mesh_answer_other_indexes(out, index);
    mesh_out_cstr(out, "},\"Service\":{");
    mesh_out_member(out, "ID", e->id);
    mesh_out_member(out, "Service", s->item.name);
    mesh_out_raw(out, "Tags", gate_cstr("[]"));
    mesh_out_member(out, "Address", address);
    mesh_answer_other_planes(out, "TaggedAddresses", e);
    mesh_answer_other_meta(out, "Meta", s, e);
    mesh_out_number(out, "Port", e->port);
    mesh_out_raw(out, "Weights", gate_cstr("{"));
    mesh_out_number(out, "Passing", e->weight ? e->weight : 1);
    mesh_out_number(out, "Warning", e->weight ? e->weight : 1);
    mesh_out_cstr(out, "}");
    mesh_out_raw(out, "EnableTagOverride", gate_cstr("false"));
    mesh_out_raw(out, "Proxy",
                 gate_cstr("{\"MeshGateway\":{},\"Expose\":{}}"));
    mesh_out_raw(out, "Connect", gate_cstr("{}"));
    mesh_answer_other_indexes(out, index);
    mesh_out_cstr(out, "},\"Checks\":[");
    mesh_answer_other_check(out, s, e, index);
    mesh_out_cstr(out, "]}");
}


/* one check for what the source found */

void
mesh_answer_other_check(mesh_out_t *out, const mesh_service_t *s,
    const mesh_endpoint_t *e, uint64_t index)
{
    int   len;
    char  id[MESH_ANSWER_ID];

    len = snprintf(id, sizeof(id), "service:%.*s", (int) e->id.len,
                   (char *) e->id.data);

    if (len >= (int) sizeof(id)) {
        len = sizeof(id) - 1;
    }

    mesh_out_cstr(out, "{");
    mesh_out_member(out, "Node", e->node);
    mesh_out_member(out, "CheckID", gate_str(id, (size_t) len));
    mesh_out_member(out, "Name", gate_cstr("Health as another source says"));
    mesh_out_member(out, "Status",
                    mesh_registry_status(e->weight ? e->health
                                                   : MESH_CRITICAL));
    mesh_out_member(out, "Notes", gate_str(NULL, 0));
    mesh_out_member(out, "Output", gate_str(NULL, 0));
    mesh_out_member(out, "ServiceID", e->id);
    mesh_out_member(out, "ServiceName", s->item.name);
    mesh_out_raw(out, "ServiceTags", gate_cstr("[]"));
    mesh_out_member(out, "Type", gate_str(NULL, 0));
    mesh_out_raw(out, "Definition", gate_cstr("{}"));
    mesh_answer_other_indexes(out, index);
    mesh_out_cstr(out, "}");
}


static void
mesh_answer_other_node(mesh_out_t *out, gate_str_t address,
    const mesh_endpoint_t *e)
{
    mesh_out_member(out, "ID", gate_str(NULL, 0));
    mesh_out_member(out, "Node", e->node);
    mesh_out_member(out, "Address", address);
    mesh_out_member(out, "Datacenter", gate_cstr(MESH_ANSWER_DATACENTER));
    mesh_out_raw(out, "TaggedAddresses", gate_cstr("{"));
    mesh_out_member(out, "lan", address);
    mesh_out_member(out, "wan", address);
    mesh_out_cstr(out, "}");
}


static void
mesh_answer_other_meta(mesh_out_t *out, const char *name,
    const mesh_service_t *s, const mesh_endpoint_t *e)
{
    size_t      i;
    mesh_out_t  hosts;

    static const char *const  protocols[] = { "http", "http2", "grpc", "tcp" };

    memset(&hosts, 0, sizeof(mesh_out_t));

    for (i = 0; i < s->nhosts; i++) {
        mesh_out_cstr(&hosts, i ? "," : "");
        mesh_out_add(&hosts, s->hosts[i]);
    }

    mesh_out_raw(out, name, gate_cstr("{"));

    if (!gate_str_eq(e->version, gate_cstr(MESH_NO_VERSION))) {
        mesh_out_member(out, "version", e->version);
    }

    mesh_answer_other_said(out, "process", e->process);
    mesh_out_member(out, "protocol", gate_cstr(protocols[s->protocol]));
    mesh_answer_other_said(out, "path", s->path);
    mesh_answer_other_said(out, "host", gate_str(hosts.data, hosts.len));
    mesh_answer_other_said(out, "network_plane", e->addresses[0].plane);
    mesh_answer_other_policy(out, &s->policy);
    mesh_out_cstr(out, "}");

    out->failed |= hosts.failed;
    mesh_out_free(&hosts);
}


static void
mesh_answer_other_policy(mesh_out_t *out, const mesh_policy_t *policy)
{
    int             len;
    char            prefix[8];
    size_t          i;
    mesh_out_t      nets;
    unsigned char   text[MESH_ADDRESS_TEXT];

    mesh_answer_other_count(out, "timeout", policy->timeout_ms, "ms");
    mesh_answer_other_count(out, "idle", policy->idle_ms, "ms");
    mesh_answer_other_count(out, "retries", policy->retries, "");
    mesh_answer_other_count(out, "rate", policy->rate, "");
    mesh_answer_other_count(out, "burst", policy->burst, "");
    mesh_answer_other_count(out, "connections", policy->connections, "");

    memset(&nets, 0, sizeof(mesh_out_t));

    for (i = 0; i < policy->nallow; i++) {
        len = snprintf(prefix, sizeof(prefix), "/%u",
                       (unsigned) policy->allow[i].prefix);

        mesh_out_cstr(&nets, i ? "," : "");
        mesh_out_add(&nets,
                     gate_str(text,
                              mesh_address_text(&policy->allow[i].address,
                                                text)));
        mesh_out_add(&nets, gate_str(prefix, (size_t) len));
    }

    mesh_answer_other_said(out, "allow", gate_str(nets.data, nets.len));

    out->failed |= nets.failed;
    mesh_out_free(&nets);
}


static void
mesh_answer_other_said(mesh_out_t *out, const char *name, gate_str_t value)
{
    if (value.len != 0) {
        mesh_out_member(out, name, value);
    }
}


static void
mesh_answer_other_count(mesh_out_t *out, const char *name, uint32_t n,
    const char *unit)
{
    int   len;
    char  text[24];

    if (n != 0) {
        len = snprintf(text, sizeof(text), "%u%s", n, unit);
        mesh_out_member(out, name, gate_str(text, (size_t) len));
    }
}


/* addresses behind the first, by their planes */

static void
mesh_answer_other_planes(mesh_out_t *out, const char *name,
    const mesh_endpoint_t *e)
{
    int             len;
    char            number[24];
    size_t          i;
    gate_str_t      plane;
    unsigned char   text[MESH_ADDRESS_TEXT];

    if (e->naddresses < 2) {
        return;
    }

    mesh_out_raw(out, name, gate_cstr("{"));

    for (i = 1; i < e->naddresses; i++) {
        plane = e->addresses[i].plane;

        if (plane.len == 0) {
            len = snprintf(number, sizeof(number), "address-%zu", i + 1);
            plane = gate_str(number, (size_t) len);
        }

        mesh_out_next(out);
        mesh_out_json(out, plane);
        mesh_out_cstr(out, ":{");
        mesh_out_member(out, "Address",
                        gate_str(text, mesh_address_text(&e->addresses[i],
                                                         text)));
        mesh_out_number(out, "Port", e->port);
        mesh_out_cstr(out, "}");
    }

    mesh_out_cstr(out, "}");
}


static void
mesh_answer_other_indexes(mesh_out_t *out, uint64_t index)
{
    mesh_out_number(out, "CreateIndex", index);
    mesh_out_number(out, "ModifyIndex", index);
}


static gate_str_t
mesh_answer_other_address(const mesh_endpoint_t *e, unsigned char *dst)
{
    if (e->naddresses == 0) {
        return gate_str(NULL, 0);
    }

    return gate_str(dst, mesh_address_text(&e->addresses[0], dst));
}
