
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Sidecars on the status page: as many as a page has, and totals of all.
 */


#include "ngx_http_mesh_status.h"
#include "ngx_http_mesh_streams.h"

#include "mesh_page.h"
#include "mesh_status_sidecar.h"


typedef struct {
    mesh_out_t                     *out;
    const mesh_service_t           *service;
    ngx_http_mesh_status_totals_t  *totals;
    int                             first;
    ngx_uint_t                      n;
} ngx_http_mesh_status_walk_t;


static ngx_int_t ngx_http_mesh_status_total(void *data,
    ngx_http_mesh_stream_t *s);
static ngx_int_t ngx_http_mesh_status_one_of(void *data,
    ngx_http_mesh_stream_t *s);
static ngx_int_t ngx_http_mesh_status_one_knows(void *data,
    ngx_http_mesh_stream_t *s);
static ngx_int_t ngx_http_mesh_status_one_line(void *data,
    ngx_http_mesh_stream_t *s);


void
ngx_http_mesh_status_count(ngx_http_mesh_status_totals_t *totals)
{
    ngx_memzero(totals, sizeof(ngx_http_mesh_status_totals_t));

    (void) ngx_http_mesh_streams(ngx_http_mesh_status_total, totals);
}


static ngx_int_t
ngx_http_mesh_status_total(void *data, ngx_http_mesh_stream_t *s)
{
    ngx_http_mesh_status_totals_t *totals = data;

    ngx_uint_t       i, refused;
    mesh_ads_stat_t  stat;

    totals->sidecars++;
    refused = 0;

    for (i = 0; i < MESH_XDS_TYPES; i++) {
        mesh_ads_stat(s->ads, i, &stat);

        totals->sent[i] += stat.sent;
        totals->acked[i] += stat.acked;
        totals->nacked[i] += stat.nacked;
        refused |= stat.refused;
    }

    totals->refusing += refused;

    return 0;
}


/* a member "sidecars": how many, and the first of them in full */

void
ngx_http_mesh_status_sidecars(mesh_out_t *out)
{
    ngx_http_mesh_status_walk_t    walk;
    ngx_http_mesh_status_totals_t  totals;

    ngx_http_mesh_status_count(&totals);

    mesh_out_cstr(out, "\"sidecars\":{\"connected\":");
    mesh_out_uint(out, totals.sidecars);
    mesh_out_cstr(out, ",\"refusing\":");
    mesh_out_uint(out, totals.refusing);
    mesh_out_cstr(out, ",\"list\":[");

    ngx_memzero(&walk, sizeof(ngx_http_mesh_status_walk_t));
    walk.out = out;
    walk.first = 1;

    (void) ngx_http_mesh_streams(ngx_http_mesh_status_one_of, &walk);

    mesh_out_cstr(out, "]}");
}


static ngx_int_t
ngx_http_mesh_status_one_of(void *data, ngx_http_mesh_stream_t *s)
{
    ngx_http_mesh_status_walk_t *walk = data;

    mesh_out_comma(walk->out, &walk->first);
    mesh_out_cstr(walk->out, "{\"since\":");
    mesh_out_uint(walk->out, s->since);
    mesh_out_cstr(walk->out, ",\"took_ms\":");
    mesh_out_uint(walk->out, s->took_ms);
    mesh_out_cstr(walk->out, ",");
    mesh_status_sidecar(s->ads, walk->out);
    mesh_out_cstr(walk->out, "}");

    return ++walk->n == MESH_PAGE_MAX;
}


/* a member "sidecars": what each knows of the service */

void
ngx_http_mesh_status_knows(const mesh_service_t *service, mesh_out_t *out)
{
    ngx_http_mesh_status_walk_t  walk;

    ngx_memzero(&walk, sizeof(ngx_http_mesh_status_walk_t));
    walk.out = out;
    walk.first = 1;
    walk.service = service;

    mesh_out_cstr(out, "\"sidecars\":[");

    if (service != NULL) {
        (void) ngx_http_mesh_streams(ngx_http_mesh_status_one_knows, &walk);
    }

    mesh_out_cstr(out, "]");
}


static ngx_int_t
ngx_http_mesh_status_one_knows(void *data, ngx_http_mesh_stream_t *s)
{
    ngx_http_mesh_status_walk_t *walk = data;

    mesh_out_comma(walk->out, &walk->first);
    mesh_out_cstr(walk->out, "{");
    mesh_status_knows(s->ads, walk->service, walk->out);
    mesh_out_cstr(walk->out, "}");

    return ++walk->n == MESH_PAGE_MAX;
}


/* the same as lines for people */

void
ngx_http_mesh_status_knows_text(const mesh_service_t *service,
    mesh_out_t *out)
{
    ngx_http_mesh_status_walk_t  walk;

    ngx_memzero(&walk, sizeof(ngx_http_mesh_status_walk_t));
    walk.out = out;
    walk.service = service;

    (void) ngx_http_mesh_streams(ngx_http_mesh_status_one_line, &walk);
}


static ngx_int_t
ngx_http_mesh_status_one_line(void *data, ngx_http_mesh_stream_t *s)
{
    ngx_http_mesh_status_walk_t *walk = data;

    mesh_status_knows_text(s->ads, walk->service, walk->out);

    return ++walk->n == MESH_PAGE_MAX;
}
