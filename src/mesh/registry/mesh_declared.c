
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Services that files declare.
 */


#include <stdio.h>
#include <stdlib.h>

#include "mesh_declared.h"
#include "mesh_definition.h"
#include "mesh_service_check.h"


static mesh_rc_e mesh_declared_file(const json_t *root, const void *file,
    mesh_declared_t **list, mesh_fault_t *fault);
static mesh_rc_e mesh_declared_one(const json_t *service, const void *file,
    mesh_declared_t **list, mesh_fault_t *fault);
static mesh_rc_e mesh_declared_make(json_t *service, gate_str_t node,
    mesh_health_e health, mesh_declared_t *d, mesh_fault_t *fault);
static int mesh_declared_health(const json_t *value, mesh_health_e *health,
    mesh_fault_t *fault);
static mesh_rc_e mesh_declared_rc(const mesh_fault_t *fault);
static void mesh_declared_no_json(gate_str_t text, mesh_fault_t *fault);
static int mesh_declared_order(const void *a, const void *b);


mesh_rc_e
mesh_declared_read(gate_str_t text, const void *file, mesh_declared_t **list,
    mesh_fault_t *fault)
{
    json_t           *root;
    mesh_rc_e         rc;
    gate_json_rc_e    read;
    mesh_declared_t  *before, *d;

    read = gate_json_object(text, &root);

    if (read == GATE_JSON_BAD) {
        mesh_declared_no_json(text, fault);
        return MESH_BAD;
    }

    if (read != GATE_JSON_OK) {
        return MESH_NO_MEMORY;
    }

    before = *list;

    rc = mesh_declared_file(root, file, list, fault);

    json_decref(root);

    while (rc != MESH_OK && *list != before) {
        d = *list;
        *list = d->next;
        d->next = NULL;
        mesh_declared_free(d);
    }

    return rc;
}


static mesh_rc_e
mesh_declared_file(const json_t *root, const void *file,
    mesh_declared_t **list, mesh_fault_t *fault)
{
    void        *it;
    size_t       i, back, back_to;
    json_t      *value, *service;
    mesh_rc_e    rc;
    gate_str_t   name;

    for (it = json_object_iter((json_t *) root);
         it != NULL;
         it = json_object_iter_next((json_t *) root, it))
    {
        name = gate_cstr(json_object_iter_key(it));
        value = json_object_iter_value(it);
        back = mesh_fault_down(fault, name);

        if (gate_str_eq_nocase(name, gate_cstr("service"))) {
            rc = mesh_declared_one(value, file, list, fault);

            if (rc != MESH_OK) {
                return rc;
            }

        } else if (!gate_str_eq_nocase(name, gate_cstr("services"))) {
            (void) mesh_fault(fault, "is not known: a file has \"service\" or "
                                     "\"services\"");
            return MESH_BAD;

        } else if (!json_is_array(value)) {
            (void) mesh_fault(fault, "must be an array of services");
            return MESH_BAD;
        }

        json_array_foreach(value, i, service) {

            back_to = mesh_fault_down_to(fault, i);
            rc = mesh_declared_one(service, file, list, fault);

            if (rc != MESH_OK) {
                return rc;
            }

            mesh_fault_back(fault, back_to);
        }

        mesh_fault_back(fault, back);
    }

    return MESH_OK;
}


/* what is ours is taken out; the rest is a registration */

static mesh_rc_e
mesh_declared_one(const json_t *service, const void *file,
    mesh_declared_t **list, mesh_fault_t *fault)
{
    json_t           *copy;
    mesh_rc_e         rc;
    gate_str_t        node;
    mesh_health_e     health;
    mesh_declared_t  *d;

    if (!json_is_object(service)) {
        (void) mesh_fault(fault, "must be an object");
        return MESH_BAD;
    }

    node = gate_str(NULL, 0);
    health = MESH_PASSING;

    if (json_object_get(service, "node") != NULL
        && !(gate_json_string(service, "node", &node)
             && mesh_service_instance(node)))
    {
        (void) mesh_fault_at(fault, "node", "must be 1 to 256 bytes without "
                             "spaces");
        return MESH_BAD;
    }

    if (!mesh_declared_health(json_object_get(service, "health"), &health,
                              fault))
    {
        return MESH_BAD;
    }

    copy = json_copy((json_t *) service);
    d = calloc(1, sizeof(mesh_declared_t));

    rc = MESH_NO_MEMORY;

    if (copy != NULL && d != NULL) {
        (void) json_object_del(copy, "node");
        (void) json_object_del(copy, "health");

        d->file = file;
        rc = mesh_declared_make(copy, node, health, d, fault);
    }

    json_decref(copy);

    if (rc != MESH_OK) {
        mesh_declared_free(d);
        return rc;
    }

    d->next = *list;
    *list = d;

    return MESH_OK;
}


static mesh_rc_e
mesh_declared_make(json_t *service, gate_str_t node, mesh_health_e health,
    mesh_declared_t *d, mesh_fault_t *fault)
{
    json_t  *kept;

    if (!mesh_definition_read(service, &d->definition, fault)) {
        return mesh_declared_rc(fault);
    }

    if (json_array_size(json_object_get(d->definition, "Checks")) != 0) {
        (void) mesh_fault_at(fault, "checks", "are not for files, as nobody "
                             "runs them: say \"health\"");
        return MESH_BAD;
    }

    /* the name has to live as long as the definition */

    kept = node.len ? json_stringn((char *) node.data, node.len)
                    : json_incref(json_object_get(d->definition, "Address"));

    if (json_object_set_new(d->definition, "Node", kept) != 0
        || !gate_json_string(d->definition, "Node", &node))
    {
        return MESH_NO_MEMORY;
    }

    if (node.len == 0) {
        (void) mesh_fault_at(fault, "Address", "is missing");
        return MESH_BAD;
    }

    return mesh_instance_definition(d->definition, node, gate_str(NULL, 0),
                                    health, &d->instance, fault);
}


static int
mesh_declared_health(const json_t *value, mesh_health_e *health,
    mesh_fault_t *fault)
{
    gate_str_t  text;

    if (value == NULL) {
        return 1;
    }

    if (!gate_json_text(value, &text) || !mesh_definition_status(text)) {
        return mesh_fault_at(fault, "health", "must be \"passing\", "
                             "\"warning\" or \"critical\"");
    }

    *health = mesh_instance_status(text);

    return 1;
}


static mesh_rc_e
mesh_declared_rc(const mesh_fault_t *fault)
{
    return fault->text[0] == '\0' ? MESH_NO_MEMORY : MESH_BAD;
}


/* where it is, as far as the JSON reader knows */

static void
mesh_declared_no_json(gate_str_t text, mesh_fault_t *fault)
{
    json_t        *root;
    json_error_t   error;

    root = json_loadb((char *) text.data, text.len, JSON_REJECT_DUPLICATES,
                      &error);

    if (root != NULL) {
        json_decref(root);
        (void) mesh_fault(fault, "is not a JSON object, or too deep");
        return;
    }

    (void) snprintf(fault->text, sizeof(fault->text),
                    "is no JSON at line %d: %.160s", error.line, error.text);
}


void
mesh_declared_free(mesh_declared_t *list)
{
    mesh_declared_t  *d;

    while (list != NULL) {
        d = list;
        list = d->next;

        json_decref(d->definition);
        free(d);
    }
}


mesh_rc_e
mesh_declared_services(mesh_declared_t *list, mesh_map_t **services,
    mesh_instance_conflict_pt conflict, void *data)
{
    size_t             i, j, n;
    mesh_rc_e          rc;
    mesh_service_t    *made;
    mesh_declared_t   *d;
    mesh_instance_t  **all;

    n = 0;

    for (d = list; d != NULL; d = d->next) {
        n++;
    }

    if (n == 0) {
        return MESH_OK;
    }

    all = malloc(n * sizeof(mesh_instance_t *));
    if (all == NULL) {
        return MESH_NO_MEMORY;
    }

    for (i = 0, d = list; d != NULL; d = d->next) {
        all[i++] = &d->instance;
    }

    qsort(all, n, sizeof(mesh_instance_t *), mesh_declared_order);

    rc = MESH_OK;

    for (i = 0; i < n && rc == MESH_OK; i = j) {

        for (j = i + 1; j < n; j++) {
            if (mesh_declared_order(&all[i], &all[j]) != 0) {
                break;
            }
        }

        rc = mesh_instance_group(all + i, j - i, &made, conflict, data);

        if (rc == MESH_OK) {
            rc = mesh_map_set(services, &made->item);
            mesh_item_unref(&made->item);
        }
    }

    free(all);

    return rc;
}


static int
mesh_declared_order(const void *a, const void *b)
{
    const mesh_instance_t  *x, *y;

    x = *(mesh_instance_t *const *) a;
    y = *(mesh_instance_t *const *) b;

    return mesh_service_compare(x->service.item.name, y->service.item.name);
}


const mesh_declared_t *
mesh_declared_of(const mesh_instance_t *instance)
{
    return (const mesh_declared_t *) (const void *)
           ((const unsigned char *) instance
            - offsetof(mesh_declared_t, instance));
}
