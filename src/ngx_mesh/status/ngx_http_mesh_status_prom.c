
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The status as Prometheus reads it (text format 0.0.4): figures of the whole,
 * and of each source.
 */


#include "ngx_http_mesh_status.h"
#include "ngx_http_mesh_reply.h"

#include "mesh_status_sidecar.h"


#define NGX_HTTP_MESH_STATUS_PROM  "text/plain; version=0.0.4; charset=utf-8"


typedef struct {
    const char            *name;
    const char            *type;
    const char            *help;
    uint64_t             (*value)(const ngx_http_mesh_source_t *s);
} ngx_http_mesh_status_series_t;


static void ngx_http_mesh_status_series(const char *name, const char *type,
    const char *help, mesh_out_t *out);
static void ngx_http_mesh_status_plain(const char *name, const char *help,
    uint64_t n, mesh_out_t *out);
static void ngx_http_mesh_status_streams(mesh_out_t *out);
static void ngx_http_mesh_status_by_type(const char *name, const char *help,
    const uint64_t *n, mesh_out_t *out);
static void ngx_http_mesh_status_sources(mesh_out_t *out);
static uint64_t ngx_http_mesh_status_loaded(const ngx_http_mesh_source_t *s);
static uint64_t ngx_http_mesh_status_told(const ngx_http_mesh_source_t *s);
static uint64_t ngx_http_mesh_status_requests(
    const ngx_http_mesh_source_t *s);
static uint64_t ngx_http_mesh_status_errors(const ngx_http_mesh_source_t *s);
static uint64_t ngx_http_mesh_status_refused(const ngx_http_mesh_source_t *s);
static uint64_t ngx_http_mesh_status_lag(const ngx_http_mesh_source_t *s);


static const ngx_http_mesh_status_series_t
    ngx_http_mesh_status_source_series[] = {

    { "mesh_source_loaded", "gauge", "1: it has told all it knows.",
      ngx_http_mesh_status_loaded },

    { "mesh_source_services", "gauge", "Services it tells of.",
      ngx_http_mesh_status_told },

    { "mesh_source_requests_total", "counter", "Requests to a registry.",
      ngx_http_mesh_status_requests },

    { "mesh_source_errors_total", "counter", "Requests that failed.",
      ngx_http_mesh_status_errors },

    { "mesh_source_refused_total", "counter", "Instances with a mistake.",
      ngx_http_mesh_status_refused },

    { "mesh_source_lag_milliseconds", "gauge", "Delay of the last change.",
      ngx_http_mesh_status_lag },

    { "mesh_source_age_milliseconds", "gauge",
      "Time since the last good answer.", ngx_http_mesh_status_age }
};


ngx_int_t
ngx_http_mesh_status_prom(ngx_http_request_t *r, const mesh_status_t *status)
{
    ngx_int_t   rc;
    mesh_out_t  out;
    ngx_uint_t  i;

    ngx_memzero(&out, sizeof(mesh_out_t));

    ngx_http_mesh_status_plain("mesh_ready", "1: each source is loaded.",
                               ngx_http_mesh_ready(), &out);
    ngx_http_mesh_status_plain("mesh_revision", "Changes of the state.",
                               ngx_http_mesh_revision(), &out);
    ngx_http_mesh_status_plain("mesh_services", "Services.",
                               status->services, &out);
    ngx_http_mesh_status_plain("mesh_rules", "Traffic rules.", status->rules,
                               &out);

    ngx_http_mesh_status_series("mesh_endpoints", "gauge", "By health.", &out);

    for (i = MESH_PASSING; i <= MESH_CRITICAL; i++) {
        mesh_out_cstr(&out, "mesh_endpoints{health=\"");
        mesh_out_cstr(&out, mesh_status_health(i));
        mesh_out_cstr(&out, "\"} ");
        mesh_out_uint(&out, status->endpoints[i]);
        mesh_out_cstr(&out, "\n");
    }

    ngx_http_mesh_status_sources(&out);
    ngx_http_mesh_status_streams(&out);

    rc = out.failed ? NGX_HTTP_INTERNAL_SERVER_ERROR
                    : ngx_http_mesh_reply(r, NGX_HTTP_OK,
                                          NGX_HTTP_MESH_STATUS_PROM,
                                          mesh_out_text(&out));
    mesh_out_free(&out);

    return rc;
}


static void
ngx_http_mesh_status_series(const char *name, const char *type,
    const char *help, mesh_out_t *out)
{
    mesh_out_cstr(out, "# HELP ");
    mesh_out_cstr(out, name);
    mesh_out_cstr(out, " ");
    mesh_out_cstr(out, help);
    mesh_out_cstr(out, "\n# TYPE ");
    mesh_out_cstr(out, name);
    mesh_out_cstr(out, " ");
    mesh_out_cstr(out, type);
    mesh_out_cstr(out, "\n");
}


static void
ngx_http_mesh_status_plain(const char *name, const char *help, uint64_t n,
    mesh_out_t *out)
{
    ngx_http_mesh_status_series(name, "gauge", help, out);
    mesh_out_cstr(out, name);
    mesh_out_cstr(out, " ");
    mesh_out_uint(out, n);
    mesh_out_cstr(out, "\n");
}


static void
ngx_http_mesh_status_streams(mesh_out_t *out)
{
    ngx_http_mesh_status_totals_t  totals;

    ngx_http_mesh_status_count(&totals);

    ngx_http_mesh_status_plain("mesh_sidecars", "Sidecars connected.",
                               totals.sidecars, out);
    ngx_http_mesh_status_plain("mesh_sidecars_refusing",
                               "Sidecars that refused what they were told "
                               "last.", totals.refusing, out);

    ngx_http_mesh_status_by_type("mesh_xds_sent", "Responses to sidecars "
                                 "that are connected.", totals.sent, out);
    ngx_http_mesh_status_by_type("mesh_xds_acknowledged",
                                 "Responses that they took.", totals.acked,
                                 out);
    ngx_http_mesh_status_by_type("mesh_xds_refused",
                                 "Responses that they refused.",
                                 totals.nacked, out);
}


static void
ngx_http_mesh_status_by_type(const char *name, const char *help,
    const uint64_t *n, mesh_out_t *out)
{
    ngx_uint_t  i;

    /* a sidecar that goes takes its own along: no counters */

    ngx_http_mesh_status_series(name, "gauge", help, out);

    for (i = 0; i < MESH_XDS_TYPES; i++) {
        mesh_out_cstr(out, name);
        mesh_out_cstr(out, "{type=\"");
        mesh_out_cstr(out, mesh_status_type(i));
        mesh_out_cstr(out, "\"} ");
        mesh_out_uint(out, n[i]);
        mesh_out_cstr(out, "\n");
    }
}


static void
ngx_http_mesh_status_sources(mesh_out_t *out)
{
    ngx_uint_t                             i, k;
    ngx_array_t                           *sources;
    ngx_http_mesh_source_t               **sp;
    const ngx_http_mesh_status_series_t   *series;

    sources = ngx_http_mesh_sources();
    sp = sources->elts;
    series = ngx_http_mesh_status_source_series;

    for (k = 0;
         k < sizeof(ngx_http_mesh_status_source_series) / sizeof(*series);
         k++)
    {
        ngx_http_mesh_status_series(series[k].name, series[k].type,
                                    series[k].help, out);

        for (i = 0; i < sources->nelts; i++) {
            mesh_out_cstr(out, series[k].name);
            mesh_out_cstr(out, "{source=\"");
            mesh_out_label(out, ngx_http_mesh_str(sp[i]->name));
            mesh_out_cstr(out, "\"} ");
            mesh_out_uint(out, series[k].value(sp[i]));
            mesh_out_cstr(out, "\n");
        }
    }
}


static uint64_t
ngx_http_mesh_status_loaded(const ngx_http_mesh_source_t *s)
{
    return s->loaded;
}


static uint64_t
ngx_http_mesh_status_told(const ngx_http_mesh_source_t *s)
{
    return mesh_map_count(s->services);
}


static uint64_t
ngx_http_mesh_status_requests(const ngx_http_mesh_source_t *s)
{
    return s->requests;
}


static uint64_t
ngx_http_mesh_status_errors(const ngx_http_mesh_source_t *s)
{
    return s->errors;
}


static uint64_t
ngx_http_mesh_status_refused(const ngx_http_mesh_source_t *s)
{
    return s->refused;
}


static uint64_t
ngx_http_mesh_status_lag(const ngx_http_mesh_source_t *s)
{
    return s->lag_ms;
}
