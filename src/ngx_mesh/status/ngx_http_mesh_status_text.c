
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The status as text for people: totals and sources, a list, one service.
 */


#include "ngx_http_mesh_status.h"
#include "ngx_http_mesh_reply.h"

#include "mesh_page.h"


#define NGX_HTTP_MESH_STATUS_TEXT  "text/plain; charset=utf-8"


static void ngx_http_mesh_status_text_all(const mesh_status_t *status,
    mesh_out_t *out);
static void ngx_http_mesh_status_text_source(const ngx_http_mesh_source_t *s,
    mesh_out_t *out);
static void ngx_http_mesh_status_text_list(gate_str_t after,
    mesh_out_t *out);


ngx_int_t
ngx_http_mesh_status_text(ngx_http_request_t *r, const mesh_status_t *status)
{
    mesh_rc_e        found;
    ngx_int_t        rc, service, list, from;
    mesh_out_t       out;
    gate_str_t       name, after, none;
    mesh_service_t  *known;

    after = gate_str("", 0);

    service = ngx_http_mesh_reply_arg(r, "service", &name);
    list = ngx_http_mesh_reply_arg(r, "list", &none);
    from = ngx_http_mesh_reply_arg(r, "after", &after);

    if (service == NGX_ERROR || list == NGX_ERROR || from == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&out, sizeof(mesh_out_t));
    found = MESH_OK;

    if (service == NGX_OK) {
        found = mesh_status_text(ngx_http_mesh_state(), name, &out);
        known = mesh_catalog_find(ngx_http_mesh_state()->catalog, name);

        if (known != NULL) {
            mesh_out_cstr(&out, "\n");
            ngx_http_mesh_status_knows_text(known, &out);
        }

    } else if (list == NGX_OK) {
        ngx_http_mesh_status_text_list(after, &out);

    } else {
        ngx_http_mesh_status_text_all(status, &out);
    }

    if (found == MESH_NONE) {
        rc = ngx_http_mesh_reply_problem(r, NGX_HTTP_NOT_FOUND,
                                         "No such service",
                                         "Neither a source nor a rule tells "
                                         "of this service.", NULL);
    } else {
        rc = out.failed ? NGX_HTTP_INTERNAL_SERVER_ERROR
                        : ngx_http_mesh_reply(r, NGX_HTTP_OK,
                                              NGX_HTTP_MESH_STATUS_TEXT,
                                              mesh_out_text(&out));
    }

    mesh_out_free(&out);

    return rc;
}


static void
ngx_http_mesh_status_text_all(const mesh_status_t *status, mesh_out_t *out)
{
    ngx_uint_t                      i;
    ngx_array_t                    *sources;
    ngx_http_mesh_source_t        **sp;
    ngx_http_mesh_status_totals_t   totals;

    sources = ngx_http_mesh_sources();
    sp = sources->elts;

    ngx_http_mesh_status_count(&totals);

    mesh_out_cstr(out, ngx_http_mesh_ready() ? "ready, revision "
                                             : "not ready, revision ");
    mesh_out_uint(out, ngx_http_mesh_revision());
    mesh_out_cstr(out, "\nservices ");
    mesh_out_uint(out, status->services);
    mesh_out_cstr(out, ", rules ");
    mesh_out_uint(out, status->rules);
    mesh_out_cstr(out, ", endpoints");

    for (i = MESH_PASSING; i <= MESH_CRITICAL; i++) {
        mesh_out_cstr(out, " ");
        mesh_out_cstr(out, mesh_status_health(i));
        mesh_out_cstr(out, " ");
        mesh_out_uint(out, status->endpoints[i]);
    }

    mesh_out_cstr(out, "\nsidecars ");
    mesh_out_uint(out, totals.sidecars);
    mesh_out_cstr(out, ", of which refuse what they were told last: ");
    mesh_out_uint(out, totals.refusing);
    mesh_out_cstr(out, "\n");

    for (i = 0; i < sources->nelts; i++) {
        ngx_http_mesh_status_text_source(sp[i], out);
    }
}


static void
ngx_http_mesh_status_text_source(const ngx_http_mesh_source_t *s,
    mesh_out_t *out)
{
    mesh_out_cstr(out, "source ");
    mesh_out_add(out, ngx_http_mesh_str(s->name));
    mesh_out_cstr(out, s->loaded ? ": loaded, " : ": not loaded, ");
    mesh_out_uint(out, mesh_map_count(s->services));
    mesh_out_cstr(out, " services, last heard ");
    mesh_out_uint(out, ngx_http_mesh_status_age(s));
    mesh_out_cstr(out, " ms ago, errors ");
    mesh_out_uint(out, s->errors);
    mesh_out_cstr(out, ", refused ");
    mesh_out_uint(out, s->refused);

    if (s->error.len != 0) {
        mesh_out_cstr(out, ", last error ");
        mesh_out_json(out, ngx_http_mesh_str(s->error));
    }

    mesh_out_cstr(out, "\n");
}


static void
ngx_http_mesh_status_text_list(gate_str_t after, mesh_out_t *out)
{
    size_t           i, k;
    mesh_page_t      page;
    mesh_service_t  *s;

    mesh_page_read(&page,
                   mesh_catalog_services(ngx_http_mesh_state()->catalog),
                   after, MESH_PAGE_MAX);

    for (i = 0; i < page.n; i++) {
        s = (mesh_service_t *) page.items[i];

        mesh_out_add(out, s->item.name);
        mesh_out_cstr(out, "\t");
        mesh_out_uint(out, s->nendpoints);

        for (k = 0; k < s->nversions; k++) {
            mesh_out_cstr(out, k == 0 ? "\t" : ",");
            mesh_out_add(out, s->versions[k]);
        }

        mesh_out_cstr(out, "\n");
    }

    if (page.more) {
        mesh_out_cstr(out, "...\n");
    }
}
