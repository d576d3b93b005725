
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The status page as JSON.
 */


#include "ngx_http_gate_status.h"

#include "gate_date.h"


static void ngx_http_gate_status_json_list(gate_text_t *t,
    ngx_http_gate_status_t *st, ngx_http_gate_family_t *family);
static void ngx_http_gate_status_json_sample(gate_text_t *t,
    ngx_http_gate_sample_t *s, ngx_http_gate_family_t *family);
static void ngx_http_gate_status_json_group(gate_text_t *t,
    ngx_http_gate_status_t *st, ngx_http_gate_status_item_t *item);
static void ngx_http_gate_status_json_rows(gate_text_t *t,
    ngx_http_gate_status_t *st, ngx_http_gate_status_item_t *item,
    ngx_uint_t part, ngx_uint_t n, ngx_uint_t first);
static void ngx_http_gate_status_json_value(gate_text_t *t, ngx_uint_t kind,
    uint64_t value);
static void ngx_http_gate_status_json_parts(gate_text_t *t,
    ngx_http_gate_status_t *st, ngx_http_gate_status_item_t *item);


void
ngx_http_gate_status_json(gate_text_t *t, ngx_http_gate_status_t *st)
{
    ngx_uint_t                    i;
    ngx_http_gate_status_item_t  *item;

    item = st->items.elts;

    gate_text_cstr(t, "{\"version\":\"" NGX_HTTP_GATE_VERSION "\",\"node\":");
    gate_text_json(t, ngx_http_gate_view(&st->node));

    for (i = 0; i < st->items.nelts; i++) {

        if (item[i].group) {
            ngx_http_gate_status_json_group(t, st, &item[i]);

        } else if (ngx_http_gate_status_is_shown(st, item[i].family)) {
            ngx_http_gate_status_json_list(t, st, item[i].family);
        }
    }

    gate_text_cstr(t, "}\n");
}


static void
ngx_http_gate_status_json_list(gate_text_t *t, ngx_http_gate_status_t *st,
    ngx_http_gate_family_t *family)
{
    ngx_uint_t               i, first, index;
    ngx_http_gate_sample_t  *s;

    if (family->list == NULL) {
        return;
    }

    gate_text_cstr(t, ",\n\"");
    gate_text_cstr(t, family->list);
    gate_text_cstr(t, "\":[");

    s = st->samples->elts;
    index = ngx_http_gate_metrics_index(family);
    first = 1;

    for (i = 0; i < st->samples->nelts; i++) {

        if (s[i].family != index) {
            continue;
        }

        gate_text_cstr(t, first ? "\n{" : ",\n{");
        first = 0;

        ngx_http_gate_status_json_sample(t, &s[i], family);
    }

    gate_text_cstr(t, "]");
}


static void
ngx_http_gate_status_json_sample(gate_text_t *t, ngx_http_gate_sample_t *s,
    ngx_http_gate_family_t *family)
{
    u_char            iso[GATE_DATE_ISO];
    ngx_uint_t        i;
    gate_histogram_t  shown;

    for (i = 0; i < s->n && i < NGX_HTTP_GATE_LABELS && family->labels[i]; i++)
    {
        gate_text_cstr(t, "\"");
        gate_text_cstr(t, family->labels[i]);
        gate_text_cstr(t, "\":");
        gate_text_json(t, ngx_http_gate_view(&s->values[i]));
        gate_text_cstr(t, ",");
    }

    gate_text_cstr(t, "\"count\":");

    if (s->histogram == NULL) {
        gate_text_uint(t, s->count);

        if (family->flags & NGX_HTTP_GATE_FAMILY_DATED) {
            gate_text_cstr(t, ",\"last\":\"");
            gate_text_add(t, gate_str(iso, gate_date_iso(s->last, iso)));
            gate_text_cstr(t, "\"");
        }

        gate_text_cstr(t, "}");
        return;
    }

    gate_histogram_read(s->histogram, &shown);

    gate_text_uint(t, shown.buckets[GATE_HISTOGRAM_BOUNDS]);
    gate_text_cstr(t, ",\"sum_us\":");
    gate_text_uint(t, shown.sum_us);
    gate_text_cstr(t, "}");
}


static void
ngx_http_gate_status_json_group(gate_text_t *t, ngx_http_gate_status_t *st,
    ngx_http_gate_status_item_t *item)
{
    gate_text_cstr(t, ",\n\"");
    gate_text_cstr(t, item->group->name);
    gate_text_cstr(t, "\":{");

    if (item->group->optional) {
        gate_text_cstr(t, item->parts.nelts ? "\"configured\":true"
                                            : "\"configured\":false");
    }

    if (item->parts.nelts) {
        ngx_http_gate_status_json_rows(t, st, item, 0, item->parts.nelts,
                                       !item->group->optional);

        if (item->group->label) {
            ngx_http_gate_status_json_parts(t, st, item);
        }
    }

    gate_text_cstr(t, "}");
}


/* of several parts the sums */

static void
ngx_http_gate_status_json_rows(gate_text_t *t, ngx_http_gate_status_t *st,
    ngx_http_gate_status_item_t *item, ngx_uint_t part, ngx_uint_t n,
    ngx_uint_t first)
{
    uint64_t                      value;
    ngx_uint_t                    i;
    const ngx_http_gate_row_t    *row;
    ngx_http_gate_status_part_t  *p;

    p = item->parts.elts;

    for (row = item->group->rows; row->key || row->name; row++) {

        if (row->key == NULL) {
            continue;
        }

        value = 0;

        for (i = 0; i < n; i++) {
            value += ngx_http_gate_status_value(st, row, &p[part + i]);
        }

        gate_text_cstr(t, first ? "\"" : ",\"");
        first = 0;

        gate_text_cstr(t, row->key);
        gate_text_cstr(t, "\":");
        ngx_http_gate_status_json_value(t, row->kind, value);
    }
}


static void
ngx_http_gate_status_json_value(gate_text_t *t, ngx_uint_t kind,
    uint64_t value)
{
    u_char  hex[sizeof("\"0123456789abcdef\"") - 1];

    switch (kind) {

    case NGX_HTTP_GATE_ROW_BOOLEAN:
        gate_text_cstr(t, value ? "true" : "false");
        break;

    case NGX_HTTP_GATE_ROW_HEX:
        ngx_sprintf(hex, "\"%016xL\"", value);
        gate_text_add(t, gate_str(hex, sizeof(hex)));
        break;

    default: /* NGX_HTTP_GATE_ROW_NUMBER */
        gate_text_uint(t, value);
        break;
    }
}


/* beside the sums: each of them, with the same members */

static void
ngx_http_gate_status_json_parts(gate_text_t *t, ngx_http_gate_status_t *st,
    ngx_http_gate_status_item_t *item)
{
    ngx_uint_t                    i;
    ngx_http_gate_status_part_t  *p;

    p = item->parts.elts;

    gate_text_cstr(t, ",\"");
    gate_text_cstr(t, item->group->list);
    gate_text_cstr(t, "\":[");

    for (i = 0; i < item->parts.nelts; i++) {
        gate_text_cstr(t, i ? ",\n{\"" : "\n{\"");
        gate_text_cstr(t, item->group->label);
        gate_text_cstr(t, "\":");
        gate_text_json(t, ngx_http_gate_view(&p[i].name));
        ngx_http_gate_status_json_rows(t, st, item, i, 1, 0);
        gate_text_cstr(t, "}");
    }

    gate_text_cstr(t, "]");
}
