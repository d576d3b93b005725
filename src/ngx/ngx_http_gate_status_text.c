
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The status page as JSON, and in Prometheus text format 0.0.4.
 */


#include "ngx_http_gate_status.h"


static void ngx_http_gate_status_json_value(gate_text_t *t,
    ngx_http_gate_status_t *st, const ngx_http_gate_status_row_t *row);
static void ngx_http_gate_status_json_list(gate_text_t *t,
    ngx_http_gate_status_t *st, const ngx_http_gate_status_row_t *row);
static void ngx_http_gate_status_prom_head(gate_text_t *t, const char *name,
    const char *type, const char *help);
static void ngx_http_gate_status_prom_list(gate_text_t *t,
    ngx_http_gate_status_t *st, const ngx_http_gate_status_row_t *row);


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

        gate_text_cstr(t, "}");
    }

    gate_text_cstr(t, "}\n");
}


static void
ngx_http_gate_status_json_value(gate_text_t *t, ngx_http_gate_status_t *st,
    const ngx_http_gate_status_row_t *row)
{
    u_char    hex[sizeof("\"0123456789abcdef\"") - 1];
    uint64_t  value;

    value = ngx_http_gate_status_value(st, row->value);

    switch (row->kind) {

    case NGX_HTTP_GATE_STATUS_BOOLEAN:
        gate_text_cstr(t, value ? "true" : "false");
        break;

    case NGX_HTTP_GATE_STATUS_HEX:
        ngx_sprintf(hex, "\"%016xL\"", value);
        gate_text_add(t, gate_str(hex, sizeof(hex)));
        break;

    default: /* NGX_HTTP_GATE_STATUS_NUMBER */
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
