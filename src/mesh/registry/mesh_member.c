
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Members of an object that a client wrote, by a table.
 */


#include <stdio.h>

#include "mesh_duration.h"
#include "mesh_member.h"


static const mesh_member_t *mesh_member_find(const mesh_member_t *table,
    gate_str_t name);
static int mesh_member_is(const char *name, gate_str_t written);
static int mesh_member_empty(const json_t *value);


/* tables mark what they have met: two spellings of a name are one member */

int
mesh_member_read(const json_t *object, const mesh_member_t *table,
    json_t *made, mesh_fault_t *fault)
{
    int                   rc;
    void                 *it;
    json_t               *value;
    size_t                back;
    uint64_t              met;
    gate_str_t            name;
    const mesh_member_t  *m;

    if (!json_is_object(object)) {
        return mesh_fault(fault, "must be an object");
    }

    met = 0;

    for (it = json_object_iter((json_t *) object);
         it != NULL;
         it = json_object_iter_next((json_t *) object, it))
    {
        name = gate_cstr(json_object_iter_key(it));
        value = json_object_iter_value(it);

        back = mesh_fault_down(fault, name);
        m = mesh_member_find(table, name);

        if (m == NULL) {
            return mesh_fault(fault, "is not known");
        }

        if (met & ((uint64_t) 1 << (m - table))) {
            return mesh_fault(fault, "is there twice, in another spelling");
        }

        met |= (uint64_t) 1 << (m - table);

        rc = json_is_null(value) ? 1 : m->take(m, value, made, fault);

        if (!rc) {
            return 0;
        }

        mesh_fault_back(fault, back);
    }

    return 1;
}


int
mesh_member_text(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    size_t      i;
    gate_str_t  s;

    if (!gate_json_text(value, &s)) {
        return mesh_fault(fault, "must be a string");
    }

    if (s.len > (size_t) m->max) {
        (void) snprintf(fault->text, sizeof(fault->text),
                        "has more than %lld bytes", (long long) m->max);
        return 0;
    }

    for (i = 0; i < s.len; i++) {

        if (s.data[i] < 0x20 || s.data[i] == 0x7f) {
            return mesh_fault(fault, "has a control character");
        }
    }

    return mesh_member_set(made, m->name, json_stringn((char *) s.data, s.len));
}


int
mesh_member_integer(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    if (!json_is_integer(value)
        || json_integer_value(value) < m->min
        || json_integer_value(value) > m->max)
    {
        (void) snprintf(fault->text, sizeof(fault->text),
                        "must be an integer from %lld to %lld",
                        (long long) m->min, (long long) m->max);
        return 0;
    }

    return mesh_member_set(made, m->name,
                           json_integer(json_integer_value(value)));
}


int
mesh_member_bool(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    if (!json_is_boolean(value)) {
        return mesh_fault(fault, "must be true or false");
    }

    return mesh_member_set(made, m->name, json_boolean(json_is_true(value)));
}


int
mesh_member_duration(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    int64_t     ms;
    gate_str_t  s;

    if (json_is_integer(value)) {
        ms = json_integer_value(value);
        ms = (ms < 0) ? -1 : ms / 1000000;

    } else if (!gate_json_text(value, &s)
               || (s.len != 0 && !mesh_duration_parse(s, &ms)))
    {
        return mesh_fault(fault, "must be a duration such as \"15s\" or "
                                 "\"1h30m\"");

    } else if (s.len == 0) {
        return 1;
    }

    if (ms < m->min || ms > m->max) {
        (void) snprintf(fault->text, sizeof(fault->text),
                        "must be a duration from %lldms to %lldh",
                        (long long) m->min, (long long) m->max / 3600000);
        return 0;
    }

    return mesh_member_set(made, m->name, json_integer(ms));
}


int
mesh_member_ignore(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    return 1;
}


int
mesh_member_refuse(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    if (mesh_member_empty(value)) {
        return 1;
    }

    return mesh_fault(fault, m->why);
}


int
mesh_member_set(json_t *made, const char *name, json_t *value)
{
    return json_object_set_new_nocheck(made, name, value) == 0;
}


static const mesh_member_t *
mesh_member_find(const mesh_member_t *table, gate_str_t name)
{
    const mesh_member_t  *m;

    for (m = table; m->name != NULL; m++) {

        if (mesh_member_is(m->name, name)) {
            return m;
        }
    }

    return NULL;
}


static int
mesh_member_is(const char *name, gate_str_t written)
{
    size_t  i;

    for (i = 0; i < written.len; i++) {

        if (written.data[i] == '_') {
            continue;
        }

        if (gate_lower(written.data[i]) != gate_lower((unsigned char) *name)) {
            return 0;
        }

        name++;
    }

    return *name == '\0';
}


/* clients write members that they do not use, all of them empty */

static int
mesh_member_empty(const json_t *value)
{
    void        *it;
    json_t      *object;
    gate_str_t   s;

    if (json_is_object(value)) {
        object = (json_t *) value;

        for (it = json_object_iter(object);
             it != NULL;
             it = json_object_iter_next(object, it))
        {
            if (!mesh_member_empty(json_object_iter_value(it))) {
                return 0;
            }
        }

        return 1;
    }

    return json_is_null(value) || json_is_false(value)
           || (json_is_array(value) && json_array_size(value) == 0)
           || (json_is_integer(value) && json_integer_value(value) == 0)
           || (gate_json_text(value, &s) && s.len == 0);
}
