
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Checks of what a client registers, and their names.
 */


#include <stdio.h>

#include "mesh_definition_checks.h"
#include "mesh_duration.h"


#define MESH_DEFINITION_NO_CHECK                                              \
    "is not offered here: only TTL checks are"


static int mesh_definition_one_check(json_t *value, json_t *into, int first,
    mesh_fault_t *fault);
static int mesh_definition_check_status(const mesh_member_t *m,
    json_t *value, json_t *made, mesh_fault_t *fault);
static int mesh_definition_finish_check(json_t *check, gate_str_t id,
    gate_str_t name, size_t number);


static const mesh_member_t  mesh_definition_check_members[] = {
    { "CheckID", mesh_member_text, 0, MESH_ID_MAX, NULL },
    { "ID", mesh_member_text, 0, MESH_ID_MAX, NULL },
    { "Name", mesh_member_text, 0, MESH_DEFINITION_TEXT, NULL },
    { "Notes", mesh_definition_long, 0, MESH_OUTPUT_MAX, NULL },
    { "Status", mesh_definition_check_status, 0, 0, NULL },
    { "TTL", mesh_member_duration, 1, MESH_DURATION_MAX, NULL },
    { "DeregisterCriticalServiceAfter", mesh_member_duration, 0,
      MESH_DURATION_MAX, NULL },
    { "ServiceID", mesh_member_ignore, 0, 0, NULL },
    { "Token", mesh_member_ignore, 0, 0, NULL },
    { "Interval", mesh_member_ignore, 0, 0, NULL },
    { "Timeout", mesh_member_ignore, 0, 0, NULL },
    { "OutputMaxSize", mesh_member_ignore, 0, 0, NULL },
    { "Header", mesh_member_ignore, 0, 0, NULL },
    { "Method", mesh_member_ignore, 0, 0, NULL },
    { "Body", mesh_member_ignore, 0, 0, NULL },
    { "TLSSkipVerify", mesh_member_ignore, 0, 0, NULL },
    { "GRPCUseTLS", mesh_member_ignore, 0, 0, NULL },
    { "Shell", mesh_member_ignore, 0, 0, NULL },
    { "Namespace", mesh_member_ignore, 0, 0, NULL },
    { "HTTP", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CHECK },
    { "TCP", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CHECK },
    { "GRPC", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CHECK },
    { "Script", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CHECK },
    { "Args", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CHECK },
    { "ScriptArgs", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CHECK },
    { "DockerContainerID", mesh_member_refuse, 0, 0,
      MESH_DEFINITION_NO_CHECK },
    { "AliasNode", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CHECK },
    { "AliasService", mesh_member_refuse, 0, 0, MESH_DEFINITION_NO_CHECK },
    { "SuccessBeforePassing", mesh_member_refuse, 0, 0,
      MESH_DEFINITION_NO_CHECK },
    { "FailuresBeforeCritical", mesh_member_refuse, 0, 0,
      MESH_DEFINITION_NO_CHECK },
    { NULL, NULL, 0, 0, NULL }
};


/* the one of "Check" goes before those of "Checks" */

int
mesh_definition_check(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    return mesh_definition_one_check(value, json_object_get(made, "Checks"), 1,
                                     fault);
}


int
mesh_definition_checks(const mesh_member_t *m, json_t *value, json_t *made,
    mesh_fault_t *fault)
{
    size_t   i, back;
    json_t  *check, *checks;

    if (!json_is_array(value) || json_array_size(value) > MESH_CHECKS_MAX) {
        return mesh_fault(fault, "must be an array of at most 16 checks");
    }

    checks = json_object_get(made, "Checks");

    json_array_foreach(value, i, check) {
        back = mesh_fault_down_to(fault, i);

        if (!mesh_definition_one_check(check, checks, 0, fault)) {
            return 0;
        }

        mesh_fault_back(fault, back);
    }

    return 1;
}


static int
mesh_definition_one_check(json_t *value, json_t *into, int first,
    mesh_fault_t *fault)
{
    int      rc;
    json_t  *check, *after;

    check = json_pack("{s:s, s:s, s:s, s:s}", "CheckID", "", "Name", "",
                      "Notes", "", "Status", "");

    if (check == NULL) {
        return 0;
    }

    rc = first ? json_array_insert_new(into, 0, check)
               : json_array_append_new(into, check);

    if (rc != 0) {
        return 0;
    }

    if (!mesh_member_read(value, mesh_definition_check_members, check, fault)) {
        return 0;
    }

    if (json_object_get(check, "TTL") == NULL) {
        return mesh_fault_at(fault, "TTL", "is missing: only TTL checks are "
                             "offered here");
    }

    after = json_object_get(check, "DeregisterCriticalServiceAfter");

    if (after == NULL) {
        return 1;
    }

    if (json_integer_value(after) != 0
        && json_integer_value(after) < MESH_AFTER_MIN)
    {
        (void) json_integer_set(after, MESH_AFTER_MIN);
    }

    return mesh_member_set(check, "After", json_incref(after))
           && json_object_del(check, "DeregisterCriticalServiceAfter") == 0;
}


static int
mesh_definition_check_status(const mesh_member_t *m, json_t *value,
    json_t *made, mesh_fault_t *fault)
{
    gate_str_t  s;

    if (gate_json_text(value, &s)
        && (s.len == 0 || mesh_definition_status(s)))
    {
        return json_object_set(made, m->name, value) == 0;
    }

    return mesh_fault(fault, "must be \"passing\", \"warning\" or "
                             "\"critical\"");
}


int
mesh_definition_finish_checks(json_t *made, mesh_fault_t *fault)
{
    size_t       i, j, n;
    json_t      *checks, *check;
    gate_str_t   id;

    checks = json_object_get(made, "Checks");
    n = json_array_size(checks);

    json_array_foreach(checks, i, check) {

        if (!mesh_definition_finish_check(check,
                                          mesh_definition_text(made, "ID"),
                                          mesh_definition_text(made, "Name"),
                                          n == 1 ? 0 : i + 1))
        {
            return 0;
        }

        id = mesh_definition_text(check, "CheckID");

        for (j = 0; j < i; j++) {

            if (gate_str_eq(id, mesh_definition_text(json_array_get(checks, j),
                                                     "CheckID")))
            {
                (void) mesh_fault_down(fault, gate_cstr("Checks"));
                return mesh_fault(fault, "has two checks of the same CheckID");
            }
        }
    }

    return 1;
}


/* "number" is the check's, 0 where it is the only one */

static int
mesh_definition_finish_check(json_t *check, gate_str_t id, gate_str_t name,
    size_t number)
{
    int      rc;
    char     text[2 * MESH_ID_MAX + 64];
    json_t  *value;

    rc = mesh_definition_default(check, "CheckID",
                                 json_object_get(check, "ID"));
    (void) json_object_del(check, "ID");

    if (!rc) {
        return 0;
    }

    if (number == 0) {
        (void) snprintf(text, sizeof(text), "service:%.*s", (int) id.len,
                        (char *) id.data);

    } else {
        (void) snprintf(text, sizeof(text), "service:%.*s:%zu", (int) id.len,
                        (char *) id.data, number);
    }

    value = json_string(text);
    rc = value != NULL && mesh_definition_default(check, "CheckID", value);
    json_decref(value);

    if (!rc) {
        return 0;
    }

    (void) snprintf(text, sizeof(text), "Service '%.*s' check",
                    (int) name.len, (char *) name.data);

    value = json_string(text);
    rc = value != NULL && mesh_definition_default(check, "Name", value);
    json_decref(value);

    return rc;
}


/* where the member is an empty text; a value of NULL changes nothing */

int
mesh_definition_default(json_t *object, const char *name, json_t *value)
{
    if (value == NULL || mesh_definition_text(object, name).len != 0) {
        return 1;
    }

    return json_object_set(object, name, value) == 0;
}
