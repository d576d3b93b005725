
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The status as JSON: totals and sources; or a list of services, or one.
 */


#include "ngx_http_mesh_status.h"
#include "ngx_http_mesh_reply.h"

#include "mesh_page.h"


static ngx_int_t ngx_http_mesh_status_all(ngx_http_request_t *r,
    const mesh_status_t *status);
static ngx_int_t ngx_http_mesh_status_one(ngx_http_request_t *r,
    gate_str_t name);
static ngx_int_t ngx_http_mesh_status_list(ngx_http_request_t *r);
static void ngx_http_mesh_status_head(mesh_out_t *out);
static void ngx_http_mesh_status_source(const ngx_http_mesh_source_t *s,
    mesh_out_t *out);
static ngx_int_t ngx_http_mesh_status_send(ngx_http_request_t *r,
    mesh_out_t *out);


ngx_int_t
ngx_http_mesh_status_json(ngx_http_request_t *r, const mesh_status_t *status)
{
    gate_str_t  name;

    if (ngx_http_mesh_reply_arg(r, "format", &name) == NGX_OK
        && gate_str_eq(name, gate_cstr("text")))
    {
        return ngx_http_mesh_status_text(r, status);
    }

    switch (ngx_http_mesh_reply_arg(r, "service", &name)) {

    case NGX_OK:
        return ngx_http_mesh_status_one(r, name);

    case NGX_ERROR:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    switch (ngx_http_mesh_reply_arg(r, "list", &name)) {

    case NGX_OK:
        return ngx_http_mesh_status_list(r);

    case NGX_ERROR:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_mesh_status_all(r, status);
}


static ngx_int_t
ngx_http_mesh_status_all(ngx_http_request_t *r, const mesh_status_t *status)
{
    int                       first;
    mesh_out_t                out;
    ngx_uint_t                i;
    ngx_array_t              *sources;
    ngx_http_mesh_source_t  **sp;

    ngx_memzero(&out, sizeof(mesh_out_t));

    first = 1;
    sources = ngx_http_mesh_sources();
    sp = sources->elts;

    ngx_http_mesh_status_head(&out);
    mesh_status_totals(status, &out);
    mesh_out_cstr(&out, ",\"sources\":[");

    for (i = 0; i < sources->nelts; i++) {
        mesh_out_comma(&out, &first);
        ngx_http_mesh_status_source(sp[i], &out);
    }

    mesh_out_cstr(&out, "],");
    ngx_http_mesh_status_sidecars(&out);
    mesh_out_cstr(&out, "}\n");

    return ngx_http_mesh_status_send(r, &out);
}


static ngx_int_t
ngx_http_mesh_status_one(ngx_http_request_t *r, gate_str_t name)
{
    mesh_rc_e   rc;
    mesh_out_t  out;

    ngx_memzero(&out, sizeof(mesh_out_t));

    ngx_http_mesh_status_head(&out);
    mesh_out_name(&out, "services");
    mesh_out_cstr(&out, "{");
    mesh_out_json(&out, name);
    mesh_out_cstr(&out, ":");

    rc = mesh_status_service(ngx_http_mesh_state(), name, &out);

    if (rc == MESH_NONE) {
        mesh_out_free(&out);
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_NOT_FOUND,
                                           "No such service",
                                           "Neither a source nor a rule tells "
                                           "of this service.", NULL);
    }

    mesh_out_cstr(&out, "},");
    ngx_http_mesh_status_knows(mesh_catalog_find(
                                   ngx_http_mesh_state()->catalog, name),
                               &out);
    mesh_out_cstr(&out, "}\n");

    return ngx_http_mesh_status_send(r, &out);
}


/* "?list", "after=NAME", "limit=N" */

static ngx_int_t
ngx_http_mesh_status_list(ngx_http_request_t *r)
{
    int         more;
    ngx_int_t   limit, rc;
    mesh_out_t  out;
    gate_str_t  after, n;

    after = gate_str("", 0);
    limit = 100;

    if (ngx_http_mesh_reply_arg(r, "after", &after) == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_mesh_reply_arg(r, "limit", &n);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_OK) {
        limit = ngx_atoi(n.data, n.len);

        if (limit < 1 || limit > MESH_PAGE_MAX) {
            return ngx_http_mesh_reply_problem(r, NGX_HTTP_BAD_REQUEST,
                                               "A value is wrong",
                                               "\"limit\" is a number of 1 to "
                                               "1000.", NULL);
        }
    }

    ngx_memzero(&out, sizeof(mesh_out_t));

    ngx_http_mesh_status_head(&out);
    mesh_out_cstr(&out, "\"list\":[");

    if (mesh_status_list(ngx_http_mesh_state(), after, limit, &more, &out)
        != MESH_OK)
    {
        out.failed = 1;
    }

    mesh_out_cstr(&out, "],\"more\":");
    mesh_out_cstr(&out, more ? "true}\n" : "false}\n");

    return ngx_http_mesh_status_send(r, &out);
}


static void
ngx_http_mesh_status_head(mesh_out_t *out)
{
    mesh_out_cstr(out, "{\"ready\":");
    mesh_out_cstr(out, ngx_http_mesh_ready() ? "true" : "false");
    mesh_out_cstr(out, ",\"revision\":");
    mesh_out_uint(out, ngx_http_mesh_revision());
    mesh_out_cstr(out, ",");
}


static void
ngx_http_mesh_status_source(const ngx_http_mesh_source_t *s, mesh_out_t *out)
{
    mesh_out_cstr(out, "{\"name\":");
    mesh_out_json(out, ngx_http_mesh_str(s->name));
    mesh_out_cstr(out, ",\"loaded\":");
    mesh_out_cstr(out, s->loaded ? "true" : "false");
    mesh_out_cstr(out, ",\"services\":");
    mesh_out_uint(out, mesh_map_count(s->services));
    mesh_out_cstr(out, ",\"requests\":");
    mesh_out_uint(out, s->requests);
    mesh_out_cstr(out, ",\"errors\":");
    mesh_out_uint(out, s->errors);
    mesh_out_cstr(out, ",\"refused\":");
    mesh_out_uint(out, s->refused);
    mesh_out_cstr(out, ",\"lag_ms\":");
    mesh_out_uint(out, s->lag_ms);
    mesh_out_cstr(out, ",\"age_ms\":");
    mesh_out_uint(out, ngx_http_mesh_status_age(s));
    mesh_out_cstr(out, ",\"error\":");
    mesh_out_json(out, ngx_http_mesh_str(s->error));
    mesh_out_cstr(out, "}");
}


/* frees what has been written */

static ngx_int_t
ngx_http_mesh_status_send(ngx_http_request_t *r, mesh_out_t *out)
{
    ngx_int_t  rc;

    rc = out->failed ? NGX_HTTP_INTERNAL_SERVER_ERROR
                     : ngx_http_mesh_reply(r, NGX_HTTP_OK,
                                           NGX_HTTP_MESH_JSON,
                                           mesh_out_text(out));
    mesh_out_free(out);

    return rc;
}
