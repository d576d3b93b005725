
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Rules over time: the changes of each service.
 */


#include <stdlib.h>

#include "mesh_rules.h"


static void mesh_rules_past_free(mesh_item_t *item);
static int mesh_rules_room(mesh_rules_past_t *past);
static void mesh_rules_rule_free(mesh_item_t *item);


void
mesh_rules_free(mesh_rules_t *rules)
{
    mesh_map_unref(rules->services);
    memset(rules, 0, sizeof(mesh_rules_t));
}


static void
mesh_rules_past_free(mesh_item_t *item)
{
    size_t              i;
    mesh_rules_past_t  *past;

    past = (mesh_rules_past_t *) item;

    for (i = 0; i < past->n; i++) {
        free(past->changes[i].text.data);
    }

    free(past->changes);
    free(past);
}


mesh_rules_past_t *
mesh_rules_find(const mesh_rules_t *rules, gate_str_t service)
{
    return (mesh_rules_past_t *) mesh_map_find(rules->services, service);
}


mesh_rules_past_t *
mesh_rules_past(mesh_rules_t *rules, gate_str_t service)
{
    unsigned char      *name;
    mesh_rules_past_t  *past;

    past = mesh_rules_find(rules, service);

    if (past != NULL) {
        return past;
    }

    past = calloc(1, sizeof(mesh_rules_past_t) + service.len);

    if (past == NULL) {
        return NULL;
    }

    name = (unsigned char *) (past + 1);
    (void) gate_str_copy(name, service);

    past->item.name = gate_str(name, service.len);
    past->item.refs = 1;
    past->item.free = mesh_rules_past_free;

    if (mesh_map_set(&rules->services, &past->item) != MESH_OK) {
        free(past);
        return NULL;
    }

    /* the map has its own reference, and lives longer than anybody's */

    mesh_item_unref(&past->item);

    return past;
}


const mesh_rules_change_t *
mesh_rules_now(const mesh_rules_past_t *past)
{
    if (past == NULL || past->n == 0
        || past->changes[past->n - 1].text.len == 0)
    {
        return NULL;
    }

    return &past->changes[past->n - 1];
}


const mesh_rules_change_t *
mesh_rules_of(const mesh_rules_past_t *past, uint64_t epoch)
{
    size_t  i;

    for (i = 0; past != NULL && i < past->n; i++) {
        if (past->changes[i].epoch == epoch) {
            return &past->changes[i];
        }
    }

    return NULL;
}


mesh_rc_e
mesh_rules_add(mesh_rules_t *rules, gate_str_t service,
    const mesh_rules_change_t *change)
{
    unsigned char        *text;
    mesh_rules_past_t    *past;
    mesh_rules_change_t  *c;

    past = mesh_rules_past(rules, service);

    /* malloc(0) may be NULL */

    text = malloc(change->text.len + 1);

    if (past == NULL || text == NULL || !mesh_rules_room(past)) {
        free(text);
        return MESH_NO_MEMORY;
    }

    if (past->n == MESH_RULES_HISTORY) {
        free(past->changes[0].text.data);
        past->n--;
        rules->changes--;
        memmove(&past->changes[0], &past->changes[1],
                past->n * sizeof(mesh_rules_change_t));
    }

    (void) gate_str_copy(text, change->text);

    c = &past->changes[past->n++];
    *c = *change;
    c->text = gate_str(text, change->text.len);

    rules->changes++;

    /* others may be on their way behind it */

    if (past->last <= change->epoch) {
        past->last = change->epoch;
        past->there = (change->text.len != 0);
    }

    return MESH_OK;
}


/* most services have one change or two */

static int
mesh_rules_room(mesh_rules_past_t *past)
{
    size_t                size;
    mesh_rules_change_t  *changes;

    if (past->n < past->size) {
        return 1;
    }

    size = (past->size == 0) ? 2 : past->size * 2;
    changes = realloc(past->changes, size * sizeof(mesh_rules_change_t));

    if (changes == NULL) {
        return 0;
    }

    past->changes = changes;
    past->size = size;

    return 1;
}


mesh_rc_e
mesh_rules_make(gate_str_t text, mesh_rule_t **made, gate_rule_error_t *error)
{
    mesh_rule_t     *r;
    gate_rule_rc_e   rc;

    *made = NULL;

    r = calloc(1, sizeof(mesh_rule_t));

    if (r == NULL) {
        return MESH_NO_MEMORY;
    }

    rc = gate_rule_parse(text, &r->rule, error);

    if (rc != GATE_RULE_OK) {
        free(r);
        return rc == GATE_RULE_BAD ? MESH_BAD : MESH_NO_MEMORY;
    }

    r->item.name = r->rule.service;
    r->item.refs = 1;
    r->item.free = mesh_rules_rule_free;

    *made = r;

    return MESH_OK;
}


static void
mesh_rules_rule_free(mesh_item_t *item)
{
    mesh_rule_t  *r;

    r = (mesh_rule_t *) item;

    gate_rule_free(&r->rule);
    free(r);
}
