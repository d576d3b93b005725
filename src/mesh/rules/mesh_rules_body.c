
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Bodies that change a rule without being one: new weights, an epoch to go back
 * to.
 */


#include <stdio.h>
#include <stdlib.h>

#include "mesh_rules.h"
#include "gate_json.h"


static mesh_rc_e mesh_rules_weights(json_t *weights,
    gate_rule_error_t *error);
static char *mesh_rules_merged(gate_str_t was, json_t *weights,
    uint64_t epoch);
static json_t *mesh_rules_member(gate_str_t body, const char *name,
    gate_rule_error_t *error, mesh_rc_e *rc);
static mesh_rc_e mesh_rules_wrong(gate_rule_error_t *error,
    const char *pointer, const char *detail);


mesh_rc_e
mesh_rules_epoch(gate_str_t body, uint64_t *epoch, gate_rule_error_t *error)
{
    json_t     *value;
    mesh_rc_e   rc;

    value = mesh_rules_member(body, "epoch", error, &rc);

    if (value == NULL) {
        return rc;
    }

    if (!json_is_integer(value) || json_integer_value(value) < 1) {
        rc = mesh_rules_wrong(error, "/epoch", "must be a whole number above "
                              "0");

    } else {
        *epoch = (uint64_t) json_integer_value(value);
    }

    json_decref(value);

    return rc;
}


/* those that are not named keep their weight */

mesh_rc_e
mesh_rules_reweigh(gate_str_t was, gate_str_t body, uint64_t epoch,
    mesh_rule_t **made, gate_rule_error_t *error)
{
    char        *text;
    json_t      *weights;
    mesh_rc_e    rc;

    *made = NULL;

    weights = mesh_rules_member(body, "weights", error, &rc);

    if (weights == NULL) {
        return rc;
    }

    rc = mesh_rules_weights(weights, error);

    if (rc == MESH_OK) {
        text = mesh_rules_merged(was, weights, epoch);
        rc = (text == NULL) ? MESH_NO_MEMORY
                            : mesh_rules_make(gate_cstr(text), made, error);
        free(text);
    }

    json_decref(weights);

    /* the caller's body has no "split" */

    if (rc == MESH_BAD && strncmp(error->pointer, "/split/", 7) == 0) {
        memmove(error->pointer, error->pointer + 6,
                strlen(error->pointer) - 5);
    }

    return rc;
}


static mesh_rc_e
mesh_rules_weights(json_t *weights, gate_rule_error_t *error)
{
    json_t      *value;
    const char  *name;

    if (!json_is_object(weights)) {
        return mesh_rules_wrong(error, "/weights", "must be an object of "
                                "weights by version");
    }

    json_object_foreach(weights, name, value) {
        if (!json_is_integer(value)) {
            return mesh_rules_wrong(error, "/weights", "must have whole "
                                    "numbers of 0 to 10000");
        }
    }

    return MESH_OK;
}


/* a text to be freed; NULL: no memory */

static char *
mesh_rules_merged(gate_str_t was, json_t *weights, uint64_t epoch)
{
    char    *text;
    json_t  *rule, *split;

    if (gate_json_object(was, &rule) != GATE_JSON_OK) {
        return NULL;
    }

    text = NULL;
    split = json_object_get(json_object_get(rule, "split"), "weights");

    if (json_object_update(split, weights) == 0
        && json_object_set_new(rule, "epoch",
                               json_integer((json_int_t) epoch)) == 0)
    {
        text = json_dumps(rule, JSON_COMPACT);
    }

    json_decref(rule);

    return text;
}


/* the only member of a body, with a reference of its own */

static json_t *
mesh_rules_member(gate_str_t body, const char *name,
    gate_rule_error_t *error, mesh_rc_e *rc)
{
    char             pointer[32];
    json_t          *o, *value;
    gate_json_rc_e   read;

    memset(error, 0, sizeof(gate_rule_error_t));
    *rc = MESH_OK;

    read = gate_json_object(body, &o);

    if (read != GATE_JSON_OK) {
        *rc = (read == GATE_JSON_BAD)
              ? mesh_rules_wrong(error, "", "must be one JSON object, in "
                                 "UTF-8, with no name twice")
              : MESH_NO_MEMORY;
        return NULL;
    }

    value = json_object_get(o, name);

    (void) snprintf(pointer, sizeof(pointer), "/%s", name);

    if (value == NULL) {
        *rc = mesh_rules_wrong(error, pointer, "is missing");

    } else if (json_object_size(o) != 1) {
        *rc = mesh_rules_wrong(error, "", "must have no other member");
        value = NULL;
    }

    json_incref(value);
    json_decref(o);

    return value;
}


static mesh_rc_e
mesh_rules_wrong(gate_rule_error_t *error, const char *pointer,
    const char *detail)
{
    (void) snprintf(error->pointer, sizeof(error->pointer), "%s", pointer);
    (void) snprintf(error->detail, sizeof(error->detail), "%s", detail);

    return MESH_BAD;
}
