
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Totals of the mesh, which follow each change, and lists of services.
 */


#include "mesh_status.h"
#include "mesh_page.h"


static int mesh_status_differs(void *data, mesh_item_t *before,
    mesh_item_t *after);
static void mesh_status_row(const mesh_state_t *state,
    const mesh_service_t *s, mesh_out_t *out);


void
mesh_status_change(mesh_status_t *status, const mesh_state_t *from,
    const mesh_state_t *to)
{
    (void) mesh_map_diff(mesh_catalog_services(from->catalog),
                         mesh_catalog_services(to->catalog),
                         mesh_status_differs, status);

    status->services = mesh_catalog_count(to->catalog);
    status->rules = mesh_map_count(to->rules);
}


static int
mesh_status_differs(void *data, mesh_item_t *before, mesh_item_t *after)
{
    mesh_status_t *status = data;

    size_t           i;
    mesh_service_t  *s;

    s = (mesh_service_t *) before;

    for (i = 0; s != NULL && i < s->nendpoints; i++) {
        status->endpoints[s->endpoints[i].health]--;
    }

    s = (mesh_service_t *) after;

    for (i = 0; s != NULL && i < s->nendpoints; i++) {
        status->endpoints[s->endpoints[i].health]++;
    }

    return 0;
}


const char *
mesh_status_health(mesh_health_e health)
{
    switch (health) {

    case MESH_PASSING:
        return "passing";

    case MESH_WARNING:
        return "warning";

    default:
        return "critical";
    }
}


void
mesh_status_totals(const mesh_status_t *status, mesh_out_t *out)
{
    int     i;
    size_t  all;

    all = 0;

    mesh_out_name(out, "services");
    mesh_out_uint(out, status->services);
    mesh_out_cstr(out, ",\"endpoints\":{");

    for (i = MESH_PASSING; i <= MESH_CRITICAL; i++) {
        mesh_out_cstr(out, "\"");
        mesh_out_cstr(out, mesh_status_health((mesh_health_e) i));
        mesh_out_cstr(out, "\":");
        mesh_out_uint(out, status->endpoints[i]);
        mesh_out_cstr(out, ",");

        all += status->endpoints[i];
    }

    mesh_out_name(out, "all");
    mesh_out_uint(out, all);
    mesh_out_cstr(out, "},\"rules\":");
    mesh_out_uint(out, status->rules);
}


mesh_rc_e
mesh_status_list(const mesh_state_t *state, gate_str_t after, size_t limit,
    int *more, mesh_out_t *out)
{
    int          first;
    size_t       i;
    mesh_page_t  page;

    mesh_page_read(&page, mesh_catalog_services(state->catalog), after,
                   limit);

    first = 1;

    for (i = 0; i < page.n; i++) {
        mesh_out_comma(out, &first);
        mesh_status_row(state, (mesh_service_t *) page.items[i], out);
    }

    *more = page.more;

    return out->failed ? MESH_NO_MEMORY : MESH_OK;
}


static void
mesh_status_row(const mesh_state_t *state, const mesh_service_t *s,
    mesh_out_t *out)
{
    int     first;
    size_t  i, passing;

    passing = 0;
    first = 1;

    for (i = 0; i < s->nendpoints; i++) {
        passing += (s->endpoints[i].health != MESH_CRITICAL);
    }

    mesh_out_cstr(out, "{\"name\":");
    mesh_out_json(out, s->item.name);
    mesh_out_cstr(out, ",\"versions\":[");

    for (i = 0; i < s->nversions; i++) {
        mesh_out_comma(out, &first);
        mesh_out_json(out, s->versions[i]);
    }

    mesh_out_cstr(out, "],\"endpoints\":");
    mesh_out_uint(out, s->nendpoints);
    mesh_out_cstr(out, ",\"usable\":");
    mesh_out_uint(out, passing);
    mesh_out_cstr(out, ",\"rule\":");
    mesh_out_cstr(out, mesh_map_find(state->rules, s->item.name) != NULL
                       ? "true}" : "false}");
}
