
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a client registers, in the form in which it is kept.
 */


#include "mesh_definition_checks.h"


#define MESH_DEFINITION_BODY    65536        /* of a text that is ignored */
#define MESH_DEFINITION_WEIGHT  65535

#define MESH_DEFINITION_NO_CONNECT                                            \
    "is not offered here: Consul's Connect is not"


static int mesh_definition_tags(const mesh_member_t *m, json_t *value,
    json_t *made, mesh_fault_t *fault);
static int mesh_definition_meta(const mesh_member_t *m, json_t *value,
    json_t *made, mesh_fault_t *fault);
static int mesh_definition_tagged(const mesh_member_t *m, json_t *value,
    json_t *made, mesh_fault_t *fault);
static int mesh_definition_address(gate_str_t plane, json_t *value,
    json_t *made, mesh_fault_t *fault);
static int mesh_definition_weights(const mesh_member_t *m, json_t *value,
    json_t *made, mesh_fault_t *fault);
static json_t *mesh_definition_empty(void);
static int mesh_definition_finish(json_t *made, mesh_fault_t *fault);


static const mesh_member_t  mesh_definition_members[] = {
    { "ID", mesh_member_text, 0, MESH_ID_MAX, NULL },
    { "Name", mesh_member_text, 0, MESH_ID_MAX, NULL },
    { "Tags", mesh_definition_tags, 0, 0, NULL },
    { "Meta", mesh_definition_meta, 0, 0, NULL },
    { "Port", mesh_member_integer, 0, 65535, NULL },
    { "Address", mesh_member_text, 0, MESH_ID_MAX, NULL },
    { "TaggedAddresses", mesh_definition_tagged, 0, 0, NULL },
    { "Weights", mesh_definition_weights, 0, 0, NULL },
    { "EnableTagOverride", mesh_member_bool, 0, 0, NULL },
    { "Check", mesh_definition_check, 0, 0, NULL },
    { "Checks", mesh_definition_checks, 0, 0, NULL },
    { "Token", mesh_member_ignore, 0, 0, NULL },
    { "Kind", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CONNECT },
    { "Proxy", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CONNECT },
    { "Connect", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CONNECT },
    { "Namespace", mesh_member_refuse, 0, 0,
      "is not offered here: there is one namespace" },
    { NULL, NULL, 0, 0, NULL }
};


static const mesh_member_t  mesh_definition_address_members[] = {
    { "Address", mesh_member_text, 0, MESH_ID_MAX, NULL },
    { "Port", mesh_member_integer, 0, 65535, NULL },
    { NULL, NULL, 0, 0, NULL }
};


static const mesh_member_t  mesh_definition_weight_members[] = {
    { "Passing", mesh_member_integer, 1, MESH_DEFINITION_WEIGHT, NULL },
    { "Warning", mesh_member_integer, 0, MESH_DEFINITION_WEIGHT, NULL },
    { NULL, NULL, 0, 0, NULL }
};


static const mesh_member_t  mesh_definition_update_members[] = {
    { "Status", mesh_member_text, 0, MESH_ID_MAX, NULL },
    { "Output", mesh_definition_long, 0, MESH_DEFINITION_BODY * 16, NULL },
    { NULL, NULL, 0, 0, NULL }
};


int
mesh_definition_read(const json_t *body, json_t **made, mesh_fault_t *fault)
{
    fault->text[0] = '\0';
    *made = mesh_definition_empty();

    if (*made != NULL
        && mesh_member_read(body, mesh_definition_members, *made, fault)
        && mesh_definition_finish(*made, fault))
    {
        return 1;
    }

    json_decref(*made);
    *made = NULL;

    return 0;
}


int
mesh_definition_update(const json_t *body, json_t **made,
    mesh_fault_t *fault)
{
    fault->text[0] = '\0';
    *made = json_object();

    if (*made != NULL
        && mesh_member_read(body, mesh_definition_update_members, *made,
                            fault))
    {
        if (mesh_definition_status(mesh_definition_text(*made, "Status"))) {
            return 1;
        }

        (void) mesh_fault_at(fault, "Status", "must be \"passing\", "
                             "\"warning\" or \"critical\"");
    }

    json_decref(*made);
    *made = NULL;

    return 0;
}


int
mesh_definition_node(gate_str_t node)
{
    size_t  i;

    for (i = 0; i < node.len; i++) {

        if (node.data[i] < 0x20 || node.data[i] == 0x7f) {
            return 0;
        }
    }

    return node.len != 0 && node.len <= MESH_NODE_MAX;
}


int
mesh_definition_status(gate_str_t status)
{
    return gate_str_eq(status, gate_cstr("passing"))
           || gate_str_eq(status, gate_cstr("warning"))
           || gate_str_eq(status, gate_cstr("critical"));
}


static json_t *
mesh_definition_empty(void)
{
    return json_pack("{s:s, s:s, s:[], s:{}, s:i, s:s, s:{s:i, s:i}, s:b,"
                     " s:[]}",
                     "ID", "", "Name", "", "Tags", "Meta", "Port", 0,
                     "Address", "", "Weights", "Passing", 1, "Warning", 1,
                     "EnableTagOverride", 0, "Checks");
}


static int
mesh_definition_tags(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    size_t       i, back;
    json_t      *tags, *tag;
    gate_str_t   s;

    if (!json_is_array(value) || json_array_size(value) > MESH_TAGS_MAX) {
        return mesh_fault(fault, "must be an array of at most 64 strings");
    }

    tags = json_object_get(made, m->name);

    json_array_foreach(value, i, tag) {
        back = mesh_fault_down_to(fault, i);

        if (!gate_json_text(tag, &s)) {
            return mesh_fault(fault, "must be a string");
        }

        if (s.len > MESH_DEFINITION_TEXT) {
            return mesh_fault(fault, "has more than 512 bytes");
        }

        if (json_array_append(tags, tag) != 0) {
            return 0;
        }

        mesh_fault_back(fault, back);
    }

    return 1;
}


static int
mesh_definition_meta(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    void        *it;
    size_t       back;
    json_t      *meta, *text;
    gate_str_t   s;

    if (!json_is_object(value) || json_object_size(value) > MESH_META_MAX) {
        return mesh_fault(fault, "must be an object of at most 64 strings");
    }

    meta = json_object_get(made, m->name);

    for (it = json_object_iter(value);
         it != NULL;
         it = json_object_iter_next(value, it))
    {
        back = mesh_fault_down(fault, gate_cstr(json_object_iter_key(it)));
        text = json_object_iter_value(it);

        if (!gate_json_text(text, &s)) {
            return mesh_fault(fault, "must be a string");
        }

        if (s.len > MESH_DEFINITION_TEXT) {
            return mesh_fault(fault, "has more than 512 bytes");
        }

        if (strlen(json_object_iter_key(it)) > MESH_NODE_MAX) {
            return mesh_fault(fault, "has a name of more than 128 bytes");
        }

        if (json_object_set_nocheck(meta, json_object_iter_key(it), text)
            != 0)
        {
            return 0;
        }

        mesh_fault_back(fault, back);
    }

    return 1;
}


static int
mesh_definition_tagged(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    void    *it;
    size_t   back;
    json_t  *tagged;

    if (!json_is_object(value) || json_object_size(value) > MESH_META_MAX) {
        return mesh_fault(fault, "must be an object of at most 64 addresses");
    }

    if (json_object_size(value) == 0) {
        return 1;
    }

    tagged = json_object();

    if (!mesh_member_set(made, m->name, tagged)) {
        return 0;
    }

    for (it = json_object_iter(value);
         it != NULL;
         it = json_object_iter_next(value, it))
    {
        back = mesh_fault_down(fault, gate_cstr(json_object_iter_key(it)));

        if (!mesh_definition_address(gate_cstr(json_object_iter_key(it)),
                                     json_object_iter_value(it), tagged,
                                     fault))
        {
            return 0;
        }

        mesh_fault_back(fault, back);
    }

    return 1;
}


static int
mesh_definition_address(gate_str_t plane, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    json_t  *address;

    address = json_pack("{s:s, s:i}", "Address", "", "Port", 0);

    if (!mesh_member_set(made, (char *) plane.data, address)) {
        return 0;
    }

    return mesh_member_read(value, mesh_definition_address_members, address,
                            fault);
}


/* as Consul: what is not said is 0 where anything is */

static int
mesh_definition_weights(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    json_t  *weights;

    weights = json_pack("{s:i, s:i}", "Passing", 0, "Warning", 0);

    if (!mesh_member_set(made, m->name, weights)) {
        return 0;
    }

    if (!mesh_member_read(value, mesh_definition_weight_members, weights,
                          fault))
    {
        return 0;
    }

    if (json_integer_value(json_object_get(weights, "Passing")) == 0) {
        return mesh_fault_at(fault, "Passing", "must be an integer from 1 to "
                             "65535");
    }

    return 1;
}


/* a text of several lines */

int
mesh_definition_long(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    gate_str_t  s;

    if (!gate_json_text(value, &s)) {
        return mesh_fault(fault, "must be a string");
    }

    if (s.len > (size_t) m->max) {
        return mesh_fault(fault, "is too long");
    }

    return json_object_set(made, m->name, value) == 0;
}


/* what Consul sets where a client says nothing */

static int
mesh_definition_finish(json_t *made, mesh_fault_t *fault)
{
    if (mesh_definition_text(made, "Name").len == 0) {
        return mesh_fault_at(fault, "Name", "is missing");
    }

    return mesh_definition_default(made, "ID", json_object_get(made, "Name"))
           && mesh_definition_finish_checks(made, fault);
}


gate_str_t
mesh_definition_text(const json_t *object, const char *name)
{
    gate_str_t  s;

    return gate_json_string(object, name, &s) ? s : gate_str(NULL, 0);
}
