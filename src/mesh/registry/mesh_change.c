
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Records of changes, as text for the log; and all there is, as the log
 * begins when it is written anew.
 */


#include <stdlib.h>

#include "mesh_change.h"
#include "mesh_record.h"


static size_t mesh_change_begin(mesh_out_t *out, const char *op);
static void mesh_change_end(mesh_out_t *out, size_t begun);
static void mesh_change_have_record(mesh_out_t *out,
    const mesh_enrolled_t *e);
static void mesh_change_have_one(mesh_out_t *out, const mesh_check_t *c);


void
mesh_change_put_record(mesh_out_t *out, gate_str_t node, gate_str_t from,
    const json_t *definition, int replace)
{
    char    *text;
    size_t   begun;

    text = json_dumps(definition, JSON_COMPACT|JSON_SORT_KEYS);

    if (text == NULL) {
        out->failed = 1;
        return;
    }

    begun = mesh_change_begin(out, "put");
    mesh_out_member(out, "node", node);
    mesh_out_member(out, "from", from);

    if (replace) {
        mesh_out_raw(out, "replace", gate_cstr("true"));
    }

    mesh_out_raw(out, "service", gate_cstr(text));
    mesh_change_end(out, begun);

    free(text);
}


void
mesh_change_drop_record(mesh_out_t *out, gate_str_t node, gate_str_t id)
{
    size_t  begun;

    begun = mesh_change_begin(out, "drop");
    mesh_out_member(out, "node", node);
    mesh_out_member(out, "id", id);
    mesh_change_end(out, begun);
}


void
mesh_change_check_record(mesh_out_t *out, const mesh_check_t *c,
    mesh_health_e status, gate_str_t output, int expired)
{
    size_t  begun;

    begun = mesh_change_begin(out, "check");
    mesh_out_member(out, "node", c->instance->node);
    mesh_out_member(out, "check", c->id);
    mesh_out_member(out, "status", mesh_registry_status(status));
    mesh_out_member(out, "output", output);

    if (expired) {
        mesh_out_raw(out, "expired", gate_cstr("true"));
    }

    mesh_change_end(out, begun);
}


void
mesh_change_maintain_record(mesh_out_t *out, const mesh_enrolled_t *e,
    int on, gate_str_t reason)
{
    size_t  begun;

    begun = mesh_change_begin(out, "maintain");
    mesh_out_member(out, "node", e->node);
    mesh_out_member(out, "id", e->id);

    if (on) {
        mesh_out_member(out, "reason", reason);

    } else {
        mesh_out_raw(out, "off", gate_cstr("true"));
    }

    mesh_change_end(out, begun);
}


void
mesh_change_index_record(mesh_out_t *out, uint64_t to)
{
    size_t  begun;

    begun = mesh_change_begin(out, "index");
    mesh_out_number(out, "to", to);
    mesh_change_end(out, begun);
}


static size_t
mesh_change_begin(mesh_out_t *out, const char *op)
{
    size_t  begun;

    begun = mesh_record_begin(out);
    mesh_out_cstr(out, "{");
    mesh_out_member(out, "op", gate_cstr(op));

    return begun;
}


static void
mesh_change_end(mesh_out_t *out, size_t begun)
{
    mesh_out_cstr(out, "}");
    mesh_record_end(out, begun);
}


void
mesh_registry_save(const mesh_registry_t *r, mesh_out_t *out)
{
    size_t         i;
    mesh_named_t  *n;

    mesh_change_index_record(out, r->reserved ? r->reserved : 1);

    for (i = 0; i < r->instances.size; i++) {
        for (n = r->instances.buckets[i]; n != NULL; n = n->next) {
            mesh_change_have_record(out, n->thing);
        }
    }
}


static void
mesh_change_have_record(mesh_out_t *out, const mesh_enrolled_t *e)
{
    size_t         begun;
    mesh_check_t  *c;

    begun = mesh_change_begin(out, "have");
    mesh_out_member(out, "node", e->node);
    mesh_out_member(out, "from", e->from);
    mesh_out_number(out, "created", e->created);
    mesh_out_number(out, "modified", e->modified);
    mesh_out_raw(out, "service", e->definition);
    mesh_out_raw(out, "checks", gate_cstr("["));

    for (c = e->checks; c != NULL; c = c->next) {
        mesh_out_next(out);
        mesh_change_have_one(out, c);
    }

    mesh_out_cstr(out, "]");
    mesh_change_end(out, begun);
}


static void
mesh_change_have_one(mesh_out_t *out, const mesh_check_t *c)
{
    mesh_out_cstr(out, "{");
    mesh_out_member(out, "id", c->id);
    mesh_out_member(out, "name", c->name);
    mesh_out_member(out, "notes", c->notes);
    mesh_out_member(out, "output", c->output);
    mesh_out_member(out, "status", mesh_registry_status(c->status));
    mesh_out_number(out, "ttl", (uint64_t) c->ttl_ms);
    mesh_out_number(out, "after", (uint64_t) c->after_ms);

    if (c->maintenance) {
        mesh_out_raw(out, "maintenance", gate_cstr("true"));
    }

    mesh_out_number(out, "created", c->created);
    mesh_out_number(out, "modified", c->modified);
    mesh_out_cstr(out, "}");
}
