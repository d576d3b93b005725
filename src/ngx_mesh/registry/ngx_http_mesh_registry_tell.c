
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the registrations of a service mean for the mesh.
 */


#include "ngx_http_mesh_registry.h"

#include "mesh_instance.h"


typedef struct {
    mesh_instance_t        instance;
    json_t                *definition;
} ngx_http_mesh_registry_told_t;


static ngx_int_t ngx_http_mesh_registry_read_one(const mesh_enrolled_t *e,
    ngx_http_mesh_registry_told_t *told);
static mesh_rc_e ngx_http_mesh_registry_make(const mesh_group_t *g,
    ngx_http_mesh_registry_told_t *told, mesh_instance_t **of,
    mesh_service_t **made);
static void ngx_http_mesh_registry_conflict(void *data,
    const mesh_instance_t *kept, const mesh_instance_t *other,
    const char *pointer);


int
ngx_http_mesh_registry_fits(const json_t *definition, gate_str_t node,
    gate_str_t from, mesh_fault_t *fault)
{
    mesh_rc_e         rc;
    mesh_service_t   *made;
    mesh_instance_t   instance, *of;

    rc = mesh_instance_definition(definition, node, from, MESH_PASSING,
                                  &instance, fault);

    if (rc != MESH_OK) {
        return 0;
    }

    of = &instance;

    rc = mesh_instance_group(&of, 1, &made, NULL, NULL);

    if (rc == MESH_OK) {
        mesh_item_unref(&made->item);
        return 1;
    }

    return (rc == MESH_BAD) ? mesh_fault_at(fault, "Name",
                                            "is no service of a mesh") : 0;
}


void
ngx_http_mesh_registry_tell(const mesh_group_t *g)
{
    size_t                          i;
    mesh_rc_e                       rc;
    mesh_service_t                 *made;
    mesh_instance_t               **of;
    ngx_http_mesh_registry_t       *own;
    ngx_http_mesh_registry_told_t  *told;

    own = &ngx_http_mesh_registry_own;

    if (g->n == 0) {
        (void) ngx_http_mesh_drop(own->source, g->named.name);
        return;
    }

    told = ngx_calloc(g->n * sizeof(ngx_http_mesh_registry_told_t),
                      ngx_cycle->log);
    of = ngx_alloc(g->n * sizeof(mesh_instance_t *), ngx_cycle->log);

    rc = (told && of) ? ngx_http_mesh_registry_make(g, told, of, &made)
                      : MESH_NO_MEMORY;

    if (rc == MESH_OK) {
        (void) ngx_http_mesh_put(own->source, made);
        mesh_item_unref(&made->item);

    } else if (rc == MESH_NONE) {
        (void) ngx_http_mesh_drop(own->source, g->named.name);

    } else {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "mesh registry: service \"%*s\" is not told",
                      g->named.name.len, g->named.name.data);
    }

    for (i = 0; told && i < g->n; i++) {
        json_decref(told[i].definition);
    }

    ngx_free(told);
    ngx_free(of);
}


/* NONE: no registration of it can be used */

static mesh_rc_e
ngx_http_mesh_registry_make(const mesh_group_t *g,
    ngx_http_mesh_registry_told_t *told, mesh_instance_t **of,
    mesh_service_t **made)
{
    size_t     i, n;
    ngx_int_t  rc;

    n = 0;

    for (i = 0; i < g->n; i++) {
        rc = ngx_http_mesh_registry_read_one(g->instances[i], &told[i]);

        if (rc == NGX_ERROR) {
            return MESH_NO_MEMORY;
        }

        if (rc == NGX_OK) {
            of[n++] = &told[i].instance;
        }
    }

    if (n == 0) {
        return MESH_NONE;
    }

    return mesh_instance_group(of, n, made, ngx_http_mesh_registry_conflict,
                               NULL);
}


/* one that a former version took and this one does not is left out */

static ngx_int_t
ngx_http_mesh_registry_read_one(const mesh_enrolled_t *e,
    ngx_http_mesh_registry_told_t *told)
{
    mesh_rc_e     rc;
    mesh_fault_t  fault;

    ngx_memzero(&fault, sizeof(mesh_fault_t));

    if (gate_json_object(e->definition, &told->definition) != GATE_JSON_OK) {
        return NGX_ERROR;
    }

    rc = mesh_instance_definition(told->definition, e->node, e->from,
                                  mesh_registry_health(e), &told->instance,
                                  &fault);

    if (rc == MESH_NO_MEMORY) {
        return NGX_ERROR;
    }

    if (rc == MESH_OK) {
        return NGX_OK;
    }

    ngx_http_mesh_registry_own.source->refused++;

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "mesh registry: \"%*s\" of node \"%*s\": %s %s",
                  e->id.len, e->id.data, e->node.len, e->node.data,
                  fault.pointer, fault.text);

    return NGX_DECLINED;
}


static void
ngx_http_mesh_registry_conflict(void *data, const mesh_instance_t *kept,
    const mesh_instance_t *other, const char *pointer)
{
    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "mesh registry: \"%*s\" says another %s than \"%*s\", which "
                  "counts",
                  other->endpoint.id.len, other->endpoint.id.data, pointer,
                  kept->endpoint.id.len, kept->endpoint.id.data);
}
