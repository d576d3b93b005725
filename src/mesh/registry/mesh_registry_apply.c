
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Records of changes, and what each of them does.
 */


#include <stdlib.h>

#include "mesh_enrolled.h"
#include "mesh_change.h"


#define MESH_CHANGE_MAINTENANCE  "_service_maintenance:"


typedef struct {
    mesh_registry_t       *r;
    const json_t          *record;
    gate_str_t             node;
    int64_t                now;
    uint64_t               index;
} mesh_change_t;


typedef struct {
    const char            *op;
    mesh_rc_e            (*apply)(mesh_change_t *c);
} mesh_change_op_t;


static mesh_rc_e mesh_change_put(mesh_change_t *c);
static mesh_rc_e mesh_change_put_checks(mesh_change_t *c, mesh_enrolled_t *e,
    mesh_enrolled_t *old);
static void mesh_change_new_check(mesh_change_t *c, const json_t *json,
    mesh_enrolled_t *old, mesh_check_t *check);
static mesh_rc_e mesh_change_have(mesh_change_t *c);
static mesh_rc_e mesh_change_have_check(mesh_change_t *c, mesh_enrolled_t *e,
    const json_t *json);
static mesh_rc_e mesh_change_drop(mesh_change_t *c);
static mesh_rc_e mesh_change_check(mesh_change_t *c);
static mesh_rc_e mesh_change_maintain(mesh_change_t *c);
static mesh_rc_e mesh_change_maintain_on(mesh_change_t *c,
    mesh_enrolled_t *e, gate_str_t id);
static mesh_rc_e mesh_change_index(mesh_change_t *c);
static mesh_rc_e mesh_change_into(mesh_change_t *c, mesh_enrolled_t *e);
static mesh_enrolled_t *mesh_change_instance(mesh_change_t *c);
static gate_str_t mesh_change_text(const json_t *json, const char *name);
static int64_t mesh_change_number(const json_t *json, const char *name);


static const mesh_change_op_t  mesh_change_ops[] = {
    { "put", mesh_change_put },
    { "have", mesh_change_have },
    { "drop", mesh_change_drop },
    { "check", mesh_change_check },
    { "maintain", mesh_change_maintain },
    { "index", mesh_change_index },
    { NULL, NULL }
};


mesh_rc_e
mesh_registry_apply(mesh_registry_t *r, const json_t *record, int64_t now_ms,
    uint64_t index)
{
    gate_str_t               op;
    mesh_change_t            c;
    const mesh_change_op_t  *o;

    op = mesh_change_text(record, "op");

    c.r = r;
    c.record = record;
    c.node = mesh_change_text(record, "node");
    c.now = now_ms;
    c.index = index;

    for (o = mesh_change_ops; o->op != NULL; o++) {

        if (gate_str_eq(op, gate_cstr(o->op))) {
            return o->apply(&c);
        }
    }

    return MESH_BAD;
}


static mesh_rc_e
mesh_change_put(mesh_change_t *c)
{
    int               many;
    mesh_rc_e         rc;
    mesh_enrolled_t  *e, *old;
    const json_t     *definition;

    definition = json_object_get(c->record, "service");

    e = mesh_enrolled_make(c->node, mesh_change_text(c->record, "from"),
                           definition);
    if (e == NULL) {
        return json_is_object(definition) ? MESH_NO_MEMORY : MESH_BAD;
    }

    old = mesh_registry_find(c->r, c->node, e->id, e->from, &many);

    e->modified = c->index;
    e->created = old ? old->created : c->index;

    rc = mesh_change_put_checks(c, e, old);

    if (rc != MESH_OK) {
        mesh_enrolled_free(e);
        return rc;
    }

    return mesh_change_into(c, e);
}


/* as Consul: those it had before stay, but where they are to be replaced */

static mesh_rc_e
mesh_change_put_checks(mesh_change_t *c, mesh_enrolled_t *e,
    mesh_enrolled_t *old)
{
    size_t          i;
    json_t         *checks, *json;
    mesh_check_t    check, *had;

    checks = json_object_get(json_object_get(c->record, "service"), "Checks");

    json_array_foreach(checks, i, json) {
        mesh_change_new_check(c, json, old, &check);

        if (check.id.len == 0) {
            return MESH_BAD;
        }

        if (!mesh_enrolled_check(e, &check)) {
            return MESH_NO_MEMORY;
        }
    }

    if (old == NULL || json_is_true(json_object_get(c->record, "replace"))) {
        return MESH_OK;
    }

    for (had = old->checks; had != NULL; had = had->next) {

        if (mesh_enrolled_find(e, had->id) == NULL
            && !mesh_enrolled_check(e, had))
        {
            return MESH_NO_MEMORY;
        }
    }

    return MESH_OK;
}


/* one of the same name goes on as it was */

static void
mesh_change_new_check(mesh_change_t *c, const json_t *json,
    mesh_enrolled_t *old, mesh_check_t *check)
{
    gate_str_t     status;
    mesh_check_t  *had;

    memset(check, 0, sizeof(mesh_check_t));

    check->id = mesh_change_text(json, "CheckID");
    check->name = mesh_change_text(json, "Name");
    check->notes = mesh_change_text(json, "Notes");
    check->ttl_ms = mesh_change_number(json, "TTL");
    check->after_ms = mesh_change_number(json, "After");
    check->ttl_at = c->now + check->ttl_ms;
    check->created = c->index;
    check->modified = c->index;

    status = mesh_change_text(json, "Status");
    check->status = mesh_registry_word(status);

    had = old ? mesh_enrolled_find(old, check->id) : NULL;

    if (had != NULL) {
        check->status = had->status;
        check->output = had->output;
        check->created = had->created;
    }
}


/* an instance with its checks as they were when the log was rewritten */

static mesh_rc_e
mesh_change_have(mesh_change_t *c)
{
    size_t            i;
    json_t           *checks, *json;
    mesh_rc_e         rc;
    mesh_enrolled_t  *e;

    e = mesh_enrolled_make(c->node, mesh_change_text(c->record, "from"),
                           json_object_get(c->record, "service"));
    if (e == NULL) {
        return MESH_BAD;
    }

    e->created = (uint64_t) mesh_change_number(c->record, "created");
    e->modified = (uint64_t) mesh_change_number(c->record, "modified");

    checks = json_object_get(c->record, "checks");

    json_array_foreach(checks, i, json) {
        rc = mesh_change_have_check(c, e, json);

        if (rc != MESH_OK) {
            mesh_enrolled_free(e);
            return rc;
        }
    }

    return mesh_change_into(c, e);
}


/* who was silent while we were away has the whole of his time again */

static mesh_rc_e
mesh_change_have_check(mesh_change_t *c, mesh_enrolled_t *e,
    const json_t *json)
{
    mesh_check_t  check;

    memset(&check, 0, sizeof(mesh_check_t));

    check.id = mesh_change_text(json, "id");
    check.name = mesh_change_text(json, "name");
    check.notes = mesh_change_text(json, "notes");
    check.output = mesh_change_text(json, "output");
    check.status = mesh_registry_word(mesh_change_text(json, "status"));
    check.maintenance = json_is_true(json_object_get(json, "maintenance"));
    check.ttl_ms = mesh_change_number(json, "ttl");
    check.after_ms = mesh_change_number(json, "after");
    check.ttl_at = check.maintenance ? 0 : c->now + check.ttl_ms;
    check.created = (uint64_t) mesh_change_number(json, "created");
    check.modified = (uint64_t) mesh_change_number(json, "modified");

    if (check.id.len == 0 || mesh_enrolled_find(e, check.id) != NULL) {
        return MESH_BAD;
    }

    return mesh_enrolled_check(e, &check) ? MESH_OK : MESH_NO_MEMORY;
}


static mesh_rc_e
mesh_change_into(mesh_change_t *c, mesh_enrolled_t *e)
{
    if (!mesh_enrolled_reserve(c->r, e)) {
        mesh_enrolled_free(e);
        return MESH_NO_MEMORY;
    }

    mesh_enrolled_link(c->r, e);

    return MESH_OK;
}


static mesh_rc_e
mesh_change_drop(mesh_change_t *c)
{
    mesh_enrolled_t  *e;

    e = mesh_change_instance(c);

    if (e == NULL) {
        return MESH_NONE;
    }

    mesh_enrolled_unlink(c->r, e);

    return MESH_OK;
}


static mesh_rc_e
mesh_change_check(mesh_change_t *c)
{
    int            many;
    gate_str_t     id;
    mesh_check_t  *check;
    mesh_health_e  status;

    id = mesh_change_text(c->record, "check");

    if (c->node.len == 0 || id.len == 0) {
        return MESH_BAD;
    }

    check = mesh_registry_check(c->r, c->node, id, c->node, &many);

    if (check == NULL || check->maintenance) {
        return MESH_NONE;
    }

    if (!mesh_enrolled_text(&check->output,
                            mesh_change_text(c->record, "output")))
    {
        return MESH_NO_MEMORY;
    }

    status = mesh_registry_word(mesh_change_text(c->record, "status"));

    check->status = status;
    check->modified = c->index;

    check->ttl_at = json_is_true(json_object_get(c->record, "expired"))
                    ? 0 : c->now + check->ttl_ms;

    if (status != MESH_CRITICAL || check->after_ms == 0) {
        check->drop_at = 0;

    } else if (check->drop_at == 0) {
        check->drop_at = c->now + check->after_ms;
    }

    mesh_enrolled_arm(c->r, check);
    mesh_enrolled_changed(c->r, check->instance);

    return MESH_OK;
}


static mesh_rc_e
mesh_change_maintain(mesh_change_t *c)
{
    char              id[sizeof(MESH_CHANGE_MAINTENANCE) + MESH_ENROLLED_KEY];
    gate_str_t        text;
    mesh_check_t     *check;
    mesh_enrolled_t  *e;

    e = mesh_change_instance(c);

    if (e == NULL || e->id.len > MESH_ENROLLED_KEY) {
        return MESH_NONE;
    }

    text = gate_cstr(MESH_CHANGE_MAINTENANCE);
    (void) gate_str_copy(gate_str_copy((unsigned char *) id, text), e->id);
    text = gate_str(id, text.len + e->id.len);

    if (!json_is_true(json_object_get(c->record, "off"))) {
        return mesh_change_maintain_on(c, e, text);
    }

    check = mesh_enrolled_find(e, text);

    if (check != NULL) {
        mesh_enrolled_drop_check(c->r, check);
        e->modified = c->index;
    }

    return MESH_OK;
}


static mesh_rc_e
mesh_change_maintain_on(mesh_change_t *c, mesh_enrolled_t *e, gate_str_t id)
{
    mesh_check_t  check;

    if (mesh_enrolled_find(e, id) != NULL) {
        return MESH_OK;
    }

    memset(&check, 0, sizeof(mesh_check_t));

    check.id = id;
    check.name = gate_cstr("Service Maintenance Mode");
    check.notes = mesh_change_text(c->record, "reason");
    check.status = MESH_CRITICAL;
    check.maintenance = 1;
    check.created = c->index;
    check.modified = c->index;

    if (!mesh_named_reserve(&c->r->checks, 1)
        || !mesh_named_reserve(&c->r->check_ids, 1)
        || !mesh_deadline_reserve(&c->r->deadlines, 1)
        || !mesh_enrolled_check(e, &check))
    {
        return MESH_NO_MEMORY;
    }

    e->modified = c->index;

    mesh_enrolled_add_check(c->r, mesh_enrolled_find(e, id));
    mesh_enrolled_changed(c->r, e);

    return MESH_OK;
}


static mesh_rc_e
mesh_change_index(mesh_change_t *c)
{
    int64_t  to;

    to = mesh_change_number(c->record, "to");

    if (to <= 0) {
        return MESH_BAD;
    }

    if ((uint64_t) to > c->r->reserved) {
        c->r->reserved = (uint64_t) to;
    }

    return MESH_OK;
}


static mesh_enrolled_t *
mesh_change_instance(mesh_change_t *c)
{
    int  many;

    if (c->node.len == 0) {
        return NULL;
    }

    return mesh_registry_find(c->r, c->node, mesh_change_text(c->record, "id"),
                              c->node, &many);
}


static gate_str_t
mesh_change_text(const json_t *json, const char *name)
{
    gate_str_t  s;

    return gate_json_string(json, name, &s) ? s : gate_str(NULL, 0);
}


static int64_t
mesh_change_number(const json_t *json, const char *name)
{
    int64_t  n;

    n = json_integer_value(json_object_get(json, name));

    return n > 0 ? n : 0;
}
