
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is registered here, in the words of Consul 1.8.
 */


#include "mesh_address.h"
#include "mesh_answer.h"


static void mesh_answer_weights(mesh_out_t *out, const char *name,
    const mesh_enrolled_t *e);
static void mesh_answer_tagged_addresses(mesh_out_t *out, const char *name,
    const mesh_enrolled_t *e);
static void mesh_answer_plane(mesh_out_t *out, const mesh_enrolled_t *e,
    const char *plane);
static void mesh_answer_bool(mesh_out_t *out, const char *name, int value);
static void mesh_answer_indexes(mesh_out_t *out, uint64_t created,
    uint64_t modified);
static void mesh_answer_check_members(mesh_out_t *out,
    const mesh_check_t *c, uint64_t created, uint64_t modified);


void
mesh_answer_agent_service(mesh_out_t *out, const mesh_enrolled_t *e,
    gate_str_t hash)
{
    mesh_out_cstr(out, "{");
    mesh_out_member(out, "ID", e->id);
    mesh_out_member(out, "Service", e->service);
    mesh_out_raw(out, "Tags", e->tags_json);
    mesh_out_raw(out, "Meta", e->meta_json);
    mesh_out_number(out, "Port", e->port);
    mesh_out_member(out, "Address", e->address);
    mesh_answer_tagged_addresses(out, "TaggedAddresses", e);
    mesh_answer_weights(out, "Weights", e);
    mesh_answer_bool(out, "EnableTagOverride", e->override);

    if (hash.len != 0) {
        mesh_out_member(out, "ContentHash", hash);
    }

    mesh_out_cstr(out, "}");
}


void
mesh_answer_agent_check(mesh_out_t *out, const mesh_check_t *c)
{
    mesh_answer_check_members(out, c, 0, 0);
}


void
mesh_answer_check(mesh_out_t *out, const mesh_check_t *c)
{
    mesh_answer_check_members(out, c, c->created, c->modified);
}


void
mesh_answer_catalog(mesh_out_t *out, const mesh_enrolled_t *e)
{
    mesh_out_cstr(out, "{");
    mesh_out_member(out, "ID", gate_str(NULL, 0));
    mesh_out_member(out, "Node", e->node);
    mesh_out_member(out, "Address", e->from);
    mesh_out_member(out, "Datacenter", gate_cstr(MESH_ANSWER_DATACENTER));
    mesh_out_raw(out, "TaggedAddresses", gate_cstr("{"));
    mesh_out_member(out, "lan", e->from);
    mesh_out_member(out, "wan", e->from);
    mesh_out_cstr(out, "}");
    mesh_out_raw(out, "NodeMeta", gate_cstr("{}"));
    mesh_out_member(out, "ServiceKind", gate_str(NULL, 0));
    mesh_out_member(out, "ServiceID", e->id);
    mesh_out_member(out, "ServiceName", e->service);
    mesh_out_raw(out, "ServiceTags", e->tags_json);
    mesh_out_member(out, "ServiceAddress", e->address);
    mesh_answer_tagged_addresses(out, "ServiceTaggedAddresses", e);
    mesh_answer_weights(out, "ServiceWeights", e);
    mesh_out_raw(out, "ServiceMeta", e->meta_json);
    mesh_out_number(out, "ServicePort", e->port);
    mesh_answer_bool(out, "ServiceEnableTagOverride", e->override);
    mesh_out_raw(out, "ServiceProxy",
                 gate_cstr("{\"MeshGateway\":{},\"Expose\":{}}"));
    mesh_out_raw(out, "ServiceConnect", gate_cstr("{}"));
    mesh_answer_indexes(out, e->created, e->modified);
    mesh_out_cstr(out, "}");
}


void
mesh_answer_health(mesh_out_t *out, const mesh_enrolled_t *e)
{
    int            meta;
    mesh_check_t  *c;

    mesh_out_cstr(out, "{\"Node\":{");
    mesh_out_member(out, "ID", gate_str(NULL, 0));
    mesh_out_member(out, "Node", e->node);
    mesh_out_member(out, "Address", e->from);
    mesh_out_member(out, "Datacenter", gate_cstr(MESH_ANSWER_DATACENTER));
    mesh_out_raw(out, "TaggedAddresses", gate_cstr("{"));
    mesh_out_member(out, "lan", e->from);
    mesh_out_member(out, "wan", e->from);
    mesh_out_cstr(out, "}");
    mesh_out_raw(out, "Meta", gate_cstr("{}"));
    mesh_answer_indexes(out, e->created, e->modified);
    mesh_out_cstr(out, "},\"Service\":{");

    /* Consul's own word for no metadata, here alone */
    meta = !gate_str_eq(e->meta_json, gate_cstr("{}"));

    mesh_out_member(out, "ID", e->id);
    mesh_out_member(out, "Service", e->service);
    mesh_out_raw(out, "Tags", e->tags_json);
    mesh_out_member(out, "Address", e->address);
    mesh_answer_tagged_addresses(out, "TaggedAddresses", e);
    mesh_out_raw(out, "Meta", meta ? e->meta_json : gate_cstr("null"));
    mesh_out_number(out, "Port", e->port);
    mesh_answer_weights(out, "Weights", e);
    mesh_answer_bool(out, "EnableTagOverride", e->override);
    mesh_out_raw(out, "Proxy",
                 gate_cstr("{\"MeshGateway\":{},\"Expose\":{}}"));
    mesh_out_raw(out, "Connect", gate_cstr("{}"));
    mesh_answer_indexes(out, e->created, e->modified);
    mesh_out_cstr(out, "},\"Checks\":[");

    for (c = e->checks; c != NULL; c = c->next) {
        mesh_out_next(out);
        mesh_answer_check(out, c);
    }

    mesh_out_cstr(out, "]}");
}


static void
mesh_answer_check_members(mesh_out_t *out, const mesh_check_t *c,
    uint64_t created, uint64_t modified)
{
    mesh_out_cstr(out, "{");
    mesh_out_member(out, "Node", c->instance->node);
    mesh_out_member(out, "CheckID", c->id);
    mesh_out_member(out, "Name", c->name);
    mesh_out_member(out, "Status", mesh_registry_status(c->status));
    mesh_out_member(out, "Notes", c->notes);
    mesh_out_member(out, "Output", c->output);
    mesh_out_member(out, "ServiceID", c->instance->id);
    mesh_out_member(out, "ServiceName", c->instance->service);
    mesh_out_raw(out, "ServiceTags", c->instance->tags_json);
    mesh_out_member(out, "Type", gate_cstr(c->maintenance ? "maintenance"
                                                          : "ttl"));
    mesh_out_raw(out, "Definition", gate_cstr("{}"));
    mesh_answer_indexes(out, created, modified);
    mesh_out_cstr(out, "}");
}


static void
mesh_answer_weights(mesh_out_t *out, const char *name,
    const mesh_enrolled_t *e)
{
    mesh_out_raw(out, name, gate_cstr("{"));
    mesh_out_number(out, "Passing", e->passing);
    mesh_out_number(out, "Warning", e->warning);
    mesh_out_cstr(out, "}");
}


/* Consul says an address once more under the names of its family */

static void
mesh_answer_tagged_addresses(mesh_out_t *out, const char *name,
    const mesh_enrolled_t *e)
{
    int             family;
    mesh_address_t  address;

    family = mesh_address_parse(e->address, &address) ? address.family : 0;

    if (e->tagged_json.len == 0 && family == 0) {
        return;
    }

    mesh_out_raw(out, name, gate_cstr("{"));

    if (e->tagged_json.len != 0) {
        mesh_out_add(out, gate_str(e->tagged_json.data + 1,
                                   e->tagged_json.len - 2));
    }

    if (family != 0) {
        mesh_answer_plane(out, e, family == 4 ? "lan_ipv4" : "lan_ipv6");
        mesh_answer_plane(out, e, family == 4 ? "wan_ipv4" : "wan_ipv6");
    }

    mesh_out_cstr(out, "}");
}


/* unless the client said it */

static void
mesh_answer_plane(mesh_out_t *out, const mesh_enrolled_t *e,
    const char *plane)
{
    size_t                len;
    const unsigned char  *p, *last;

    len = strlen(plane);

    if (e->tagged_json.len != 0) {
        last = e->tagged_json.data + e->tagged_json.len - len;

        for (p = e->tagged_json.data; p < last; p++) {

            if (*p == '"' && memcmp(p + 1, plane, len) == 0
                && p[len + 1] == '"')
            {
                return;
            }
        }
    }

    mesh_out_raw(out, plane, gate_cstr("{"));
    mesh_out_member(out, "Address", e->address);
    mesh_out_number(out, "Port", e->port);
    mesh_out_cstr(out, "}");
}


static void
mesh_answer_bool(mesh_out_t *out, const char *name, int value)
{
    mesh_out_raw(out, name, gate_cstr(value ? "true" : "false"));
}


static void
mesh_answer_indexes(mesh_out_t *out, uint64_t created, uint64_t modified)
{
    mesh_out_number(out, "CreateIndex", created);
    mesh_out_number(out, "ModifyIndex", modified);
}


/* in the text: a quote within a string has a backslash before it */

int
mesh_answer_tagged(const mesh_enrolled_t *e, gate_str_t tag)
{
    int                   found;
    mesh_out_t            quoted;
    const unsigned char  *p, *last;

    memset(&quoted, 0, sizeof(mesh_out_t));
    mesh_out_json(&quoted, tag);

    found = 0;

    if (!quoted.failed && e->tags_json.len >= quoted.len + 2) {
        last = e->tags_json.data + e->tags_json.len - 1 - quoted.len;

        for (p = e->tags_json.data + 1; p <= last && !found; p++) {
            found = (p[-1] == '[' || p[-1] == ',')
                    && (p[quoted.len] == ',' || p[quoted.len] == ']')
                    && gate_str_eq_nocase(gate_str(p, quoted.len),
                                          gate_str(quoted.data, quoted.len));
        }
    }

    mesh_out_free(&quoted);

    return found;
}
