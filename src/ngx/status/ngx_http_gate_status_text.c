
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The status page as JSON, and in Prometheus text format 0.0.4.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_status.h"
#include "ngx_http_gate_metrics.h"


static void ngx_http_gate_status_json_value(gate_text_t *t,
    ngx_http_gate_status_t *st, const ngx_http_gate_status_row_t *row);
static void ngx_http_gate_status_json_list(gate_text_t *t,
    ngx_http_gate_status_t *st, const ngx_http_gate_status_row_t *row);
static void ngx_http_gate_status_json_zones(gate_text_t *t,
    ngx_http_gate_status_t *st);
static void ngx_http_gate_status_prom_head(gate_text_t *t, const char *name,
    const char *type, const char *help);
static void ngx_http_gate_status_prom_list(gate_text_t *t,
    ngx_http_gate_status_t *st, const ngx_http_gate_status_row_t *row);
static void ngx_http_gate_status_prom_zones(gate_text_t *t,
    ngx_http_gate_status_t *st, const ngx_http_gate_status_row_t *row);
static uint64_t ngx_http_gate_status_zone_value(
    ngx_http_gate_status_zone_t *zone, size_t offset);


void
ngx_http_gate_status_json(gate_text_t *t, ngx_http_gate_status_t *st)
{
    ngx_uint_t                           i, g, first;
    const ngx_http_gate_status_row_t    *row;
    const ngx_http_gate_status_group_t  *group;

    row = ngx_http_gate_status_rows;
    i = 0;

    gate_text_cstr(t, "{\"version\":\"" NGX_HTTP_GATE_VERSION "\",\"node\":");
    gate_text_json(t, ngx_http_gate_view(&st->node));

    for (g = 0; g < ngx_http_gate_status_ngroups; g++) {

        group = &ngx_http_gate_status_groups[g];

        if (row[i].kind == NGX_HTTP_GATE_STATUS_LIST
            && !ngx_http_gate_status_value(st, group->on))
        {
            i++;
            continue;
        }

        gate_text_cstr(t, ",\n\"");
        gate_text_cstr(t, group->name);
        gate_text_cstr(t, "\":");

        if (row[i].kind == NGX_HTTP_GATE_STATUS_LIST) {
            ngx_http_gate_status_json_list(t, st, &row[i++]);
            continue;
        }

        gate_text_cstr(t, "{");
        first = 1;

        if (group->optional) {
            gate_text_cstr(t, ngx_http_gate_status_value(st, group->on)
                              ? "\"configured\":true"
                              : "\"configured\":false");
            first = 0;
        }

        for ( /* void */ ;
             i < ngx_http_gate_status_nrows && row[i].group == g;
             i++)
        {
            if (row[i].key == NULL
                || !ngx_http_gate_status_value(st, group->on))
            {
                continue;
            }

            gate_text_cstr(t, first ? "\"" : ",\"");
            gate_text_cstr(t, row[i].key);
            gate_text_cstr(t, "\":");

            ngx_http_gate_status_json_value(t, st, &row[i]);

            first = 0;
        }

        if (row[i - 1].kind == NGX_HTTP_GATE_STATUS_ZONES) {
            ngx_http_gate_status_json_zones(t, st);
        }

        gate_text_cstr(t, "}");
    }

    gate_text_cstr(t, "}\n");
}


static void
ngx_http_gate_status_json_value(gate_text_t *t, ngx_http_gate_status_t *st,
    const ngx_http_gate_status_row_t *row)
{
    u_char                        hex[sizeof("\"0123456789abcdef\"") - 1];
    uint64_t                      value;
    ngx_uint_t                    i;
    ngx_http_gate_status_zone_t  *zone;

    if (row->kind == NGX_HTTP_GATE_STATUS_ZONES) {
        zone = st->zones->elts;
        value = 0;

        for (i = 0; i < st->zones->nelts; i++) {
            value += ngx_http_gate_status_zone_value(&zone[i], row->value);
        }

    } else {
        value = ngx_http_gate_status_value(st, row->value);
    }

    switch (row->kind) {

    case NGX_HTTP_GATE_STATUS_BOOLEAN:
        gate_text_cstr(t, value ? "true" : "false");
        break;

    case NGX_HTTP_GATE_STATUS_HEX:
        ngx_sprintf(hex, "\"%016xL\"", value);
        gate_text_add(t, gate_str(hex, sizeof(hex)));
        break;

    default: /* NGX_HTTP_GATE_STATUS_NUMBER, NGX_HTTP_GATE_STATUS_ZONES */
        gate_text_uint(t, value);
        break;
    }
}


static void
ngx_http_gate_status_json_list(gate_text_t *t, ngx_http_gate_status_t *st,
    const ngx_http_gate_status_row_t *row)
{
    ngx_uint_t               i, k, first;
    ngx_http_gate_sample_t  *s;

    s = st->samples->elts;
    first = 1;

    gate_text_cstr(t, "[");

    for (i = 0; i < st->samples->nelts; i++) {

        if (s[i].family != row->value) {
            continue;
        }

        gate_text_cstr(t, first ? "\n{" : ",\n{");
        first = 0;

        for (k = 0; k < s[i].n && row->labels[k]; k++) {
            gate_text_cstr(t, "\"");
            gate_text_cstr(t, row->labels[k]);
            gate_text_cstr(t, "\":");
            gate_text_json(t, ngx_http_gate_view(&s[i].values[k]));
            gate_text_cstr(t, ",");
        }

        gate_text_cstr(t, "\"count\":");
        gate_text_uint(t, s[i].count);
        gate_text_cstr(t, "}");
    }

    gate_text_cstr(t, "]");
}


/* beside the sums over all zones: each of them, with the same members */

static void
ngx_http_gate_status_json_zones(gate_text_t *t, ngx_http_gate_status_t *st)
{
    ngx_uint_t                         i, k;
    ngx_http_gate_status_zone_t       *zone;
    const ngx_http_gate_status_row_t  *row;

    zone = st->zones->elts;

    for (i = 0; i < st->zones->nelts; i++) {

        gate_text_cstr(t, i ? ",\n{\"zone\":" : ",\"zones\":[\n{\"zone\":");
        gate_text_json(t, ngx_http_gate_view(zone[i].name));

        for (k = 0; k < ngx_http_gate_status_nrows; k++) {

            row = &ngx_http_gate_status_rows[k];

            if (row->kind != NGX_HTTP_GATE_STATUS_ZONES) {
                continue;
            }

            gate_text_cstr(t, ",\"");
            gate_text_cstr(t, row->key);
            gate_text_cstr(t, "\":");
            gate_text_uint(t, ngx_http_gate_status_zone_value(&zone[i],
                                                              row->value));
        }

        gate_text_cstr(t, "}");
    }

    if (i) {
        gate_text_cstr(t, "]");
    }
}


static uint64_t
ngx_http_gate_status_zone_value(ngx_http_gate_status_zone_t *zone,
    size_t offset)
{
    return *(uint64_t *) ((u_char *) &zone->stat + offset);
}


void
ngx_http_gate_status_prom(gate_text_t *t, ngx_http_gate_status_t *st)
{
    ngx_uint_t                           i;
    const char                          *name;
    const ngx_http_gate_status_row_t    *row;
    const ngx_http_gate_status_group_t  *group;

    ngx_http_gate_status_prom_head(t, "gate_build_info", "gauge",
                                   "Always 1; what runs, and as which node.");

    gate_text_cstr(t, "gate_build_info{version=\"" NGX_HTTP_GATE_VERSION
                      "\",node=\"");
    gate_text_label(t, ngx_http_gate_view(&st->node));
    gate_text_cstr(t, "\"} 1\n");

    name = "";

    for (i = 0; i < ngx_http_gate_status_nrows; i++) {

        row = &ngx_http_gate_status_rows[i];
        group = &ngx_http_gate_status_groups[row->group];

        if (row->name == NULL || !ngx_http_gate_status_value(st, group->on)) {
            continue;
        }

        if (ngx_strcmp(row->name, name) != 0) {
            name = row->name;
            ngx_http_gate_status_prom_head(t, name, row->type, row->help);
        }

        if (row->kind == NGX_HTTP_GATE_STATUS_LIST) {
            ngx_http_gate_status_prom_list(t, st, row);
            continue;
        }

        if (row->kind == NGX_HTTP_GATE_STATUS_ZONES) {
            ngx_http_gate_status_prom_zones(t, st, row);
            continue;
        }

        gate_text_cstr(t, name);

        if (row->label) {
            gate_text_cstr(t, "{");
            gate_text_cstr(t, row->label);
            gate_text_cstr(t, "}");
        }

        gate_text_cstr(t, " ");
        gate_text_uint(t, ngx_http_gate_status_value(st, row->value));
        gate_text_cstr(t, "\n");
    }
}


static void
ngx_http_gate_status_prom_head(gate_text_t *t, const char *name,
    const char *type, const char *help)
{
    gate_text_cstr(t, "# HELP ");
    gate_text_cstr(t, name);
    gate_text_cstr(t, " ");
    gate_text_cstr(t, help);
    gate_text_cstr(t, "\n# TYPE ");
    gate_text_cstr(t, name);
    gate_text_cstr(t, " ");
    gate_text_cstr(t, type);
    gate_text_cstr(t, "\n");
}


static void
ngx_http_gate_status_prom_list(gate_text_t *t, ngx_http_gate_status_t *st,
    const ngx_http_gate_status_row_t *row)
{
    ngx_uint_t               i, k;
    ngx_http_gate_sample_t  *s;

    s = st->samples->elts;

    for (i = 0; i < st->samples->nelts; i++) {

        if (s[i].family != row->value) {
            continue;
        }

        gate_text_cstr(t, row->name);

        for (k = 0; k < s[i].n && row->labels[k]; k++) {
            gate_text_cstr(t, k ? "\"," : "{");
            gate_text_cstr(t, row->labels[k]);
            gate_text_cstr(t, "=\"");
            gate_text_label(t, ngx_http_gate_view(&s[i].values[k]));
        }

        gate_text_cstr(t, k ? "\"} " : " ");
        gate_text_uint(t, s[i].count);
        gate_text_cstr(t, "\n");
    }
}


static void
ngx_http_gate_status_prom_zones(gate_text_t *t, ngx_http_gate_status_t *st,
    const ngx_http_gate_status_row_t *row)
{
    ngx_uint_t                    i;
    ngx_http_gate_status_zone_t  *zone;

    zone = st->zones->elts;

    for (i = 0; i < st->zones->nelts; i++) {
        gate_text_cstr(t, row->name);
        gate_text_cstr(t, "{zone=\"");
        gate_text_label(t, ngx_http_gate_view(zone[i].name));
        gate_text_cstr(t, "\"} ");
        gate_text_uint(t, ngx_http_gate_status_zone_value(&zone[i],
                                                          row->value));
        gate_text_cstr(t, "\n");
    }
}
