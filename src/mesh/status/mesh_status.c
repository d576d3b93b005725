
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Totals of the mesh, which follow each change, and lists of services.
 */


#include <stdlib.h>

#include "mesh_status.h"


typedef struct {
    gate_str_t             after;
    mesh_service_t       **heap;              /* the last name is the first */
    size_t                 n;
    size_t                 limit;
    int                    more;
} mesh_status_page_t;


static int mesh_status_differs(void *data, mesh_item_t *before,
    mesh_item_t *after);
static int mesh_status_visit(void *data, mesh_item_t *item);
static void mesh_status_sink(mesh_service_t **heap, size_t n, size_t i);
static int mesh_status_order(gate_str_t a, gate_str_t b);
static int mesh_status_by_name(const void *a, const void *b);
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


/* the first "limit" names: a heap of those seen so far, the last one on top */

mesh_rc_e
mesh_status_list(const mesh_state_t *state, gate_str_t after, size_t limit,
    int *more, mesh_out_t *out)
{
    int                 first;
    size_t              i;
    mesh_status_page_t  page;

    memset(&page, 0, sizeof(mesh_status_page_t));

    page.after = after;
    page.limit = limit;
    page.heap = malloc((limit + 1) * sizeof(mesh_service_t *));

    if (page.heap == NULL) {
        return MESH_NO_MEMORY;
    }

    (void) mesh_map_walk(mesh_catalog_services(state->catalog),
                         mesh_status_visit, &page);

    qsort(page.heap, page.n, sizeof(mesh_service_t *), mesh_status_by_name);

    first = 1;

    for (i = 0; i < page.n; i++) {
        mesh_out_comma(out, &first);
        mesh_status_row(state, page.heap[i], out);
    }

    *more = page.more;
    free(page.heap);

    return out->failed ? MESH_NO_MEMORY : MESH_OK;
}


static int
mesh_status_visit(void *data, mesh_item_t *item)
{
    mesh_status_page_t *page = data;

    size_t           i, up;
    mesh_service_t  *s;

    s = (mesh_service_t *) item;

    if (mesh_status_order(item->name, page->after) <= 0) {
        return 0;
    }

    if (page->n == page->limit) {

        page->more = 1;

        if (page->n != 0
            && mesh_status_order(item->name, page->heap[0]->item.name) < 0)
        {
            page->heap[0] = s;
            mesh_status_sink(page->heap, page->n, 0);
        }

        return 0;
    }

    for (i = page->n++; i > 0; i = up) {
        up = (i - 1) / 2;

        if (mesh_status_order(page->heap[up]->item.name, item->name) >= 0) {
            break;
        }

        page->heap[i] = page->heap[up];
    }

    page->heap[i] = s;

    return 0;
}


static void
mesh_status_sink(mesh_service_t **heap, size_t n, size_t i)
{
    size_t           k;
    mesh_service_t  *s;

    s = heap[i];

    for ( ;; ) {
        k = 2 * i + 1;

        if (k >= n) {
            break;
        }

        if (k + 1 < n && mesh_status_order(heap[k]->item.name,
                                           heap[k + 1]->item.name) < 0)
        {
            k++;
        }

        if (mesh_status_order(s->item.name, heap[k]->item.name) >= 0) {
            break;
        }

        heap[i] = heap[k];
        i = k;
    }

    heap[i] = s;
}


static int
mesh_status_order(gate_str_t a, gate_str_t b)
{
    int     rc;
    size_t  n;

    n = a.len < b.len ? a.len : b.len;
    rc = (n == 0) ? 0 : memcmp(a.data, b.data, n);

    if (rc != 0) {
        return rc;
    }

    return (a.len > b.len) - (a.len < b.len);
}


static int
mesh_status_by_name(const void *a, const void *b)
{
    return mesh_status_order((*(mesh_service_t *const *) a)->item.name,
                             (*(mesh_service_t *const *) b)->item.name);
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
