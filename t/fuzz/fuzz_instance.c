/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Instances in Consul's words: what the reader takes is a service, and what it
 * refuses has a member and a reason.
 */

#include "fuzz.h"
#include "mesh_declared.h"


static void
told(const mesh_fault_t *fault)
{
    must(memchr(fault->pointer, '\0', sizeof(fault->pointer)) != NULL);
    must(memchr(fault->text, '\0', sizeof(fault->text)) != NULL);
    must(fault->text[0] != '\0');
}


static void
made(mesh_instance_t *one)
{
    mesh_rc_e         rc;
    const char       *why;
    mesh_service_t   *alone, *grouped;
    mesh_instance_t  *all[1];

    rc = mesh_service_make(&one->service, &alone, &why);
    must(rc == MESH_OK);
    must(alone->nendpoints == 1 && alone->nversions == 1);

    all[0] = one;
    rc = mesh_instance_group(all, 1, &grouped, NULL, NULL);
    must(rc == MESH_OK);
    must(mesh_service_same(alone, grouped));

    mesh_item_unref(&alone->item);
    mesh_item_unref(&grouped->item);
}


static int
found(void *data, mesh_item_t *item)
{
    must(((mesh_service_t *) (void *) item)->nendpoints > 0);

    return 0;
}


static void
declared(gate_str_t in)
{
    mesh_rc_e         rc;
    mesh_map_t       *services;
    mesh_fault_t      fault;
    mesh_declared_t  *list, *d;

    memset(&fault, 0, sizeof(fault));
    list = NULL;
    services = NULL;

    rc = mesh_declared_read(in, NULL, &list, &fault);

    if (rc != MESH_OK) {
        must(rc == MESH_BAD && list == NULL);
        told(&fault);
        return;
    }

    must(fault.len == 0);

    for (d = list; d != NULL; d = d->next) {
        made(&d->instance);
    }

    must(mesh_declared_services(list, &services, NULL, NULL) == MESH_OK);
    (void) mesh_map_walk(services, found, NULL);

    mesh_map_unref(services);
    mesh_declared_free(list);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t           *root;
    mesh_rc_e         rc;
    gate_str_t        in;
    mesh_fault_t      fault;
    mesh_instance_t   one;

    in = fuzz_copy(data, size);
    declared(in);

    if (gate_json_object(in, &root) == GATE_JSON_OK) {

        memset(&fault, 0, sizeof(fault));
        rc = mesh_instance_health(root, &one, &fault);

        if (rc == MESH_OK) {
            must(fault.len == 0);
            made(&one);

        } else if (rc == MESH_BAD) {
            told(&fault);
        }

        json_decref(root);
    }

    free(in.data);

    return 0;
}
