
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The status page in Prometheus text format 0.0.4.
 */


#include "ngx_http_gate_status.h"


static void ngx_http_gate_status_prom_build(gate_text_t *t, ngx_str_t *node);
static void ngx_http_gate_status_prom_family(gate_text_t *t,
    ngx_http_gate_status_t *st, ngx_http_gate_family_t *family);
static void ngx_http_gate_status_prom_histogram(gate_text_t *t,
    ngx_http_gate_sample_t *s, ngx_http_gate_family_t *family);
static void ngx_http_gate_status_prom_group(gate_text_t *t,
    ngx_http_gate_status_t *st, ngx_http_gate_status_item_t *item);
static void ngx_http_gate_status_prom_row(gate_text_t *t,
    ngx_http_gate_status_t *st, ngx_http_gate_status_item_t *item,
    const ngx_http_gate_row_t *row);
static void ngx_http_gate_status_prom_head(gate_text_t *t, const char *name,
    ngx_uint_t type, const char *help);
static void ngx_http_gate_status_prom_labels(gate_text_t *t,
    ngx_http_gate_sample_t *s, ngx_http_gate_family_t *family, gate_str_t le);
static void ngx_http_gate_status_prom_value(gate_text_t *t, uint64_t value);


static const char  *ngx_http_gate_status_prom_types[] = {
    "counter",
    "gauge",
    "histogram"
};


void
ngx_http_gate_status_prom(gate_text_t *t, ngx_http_gate_status_t *st)
{
    ngx_uint_t                    i;
    ngx_http_gate_status_item_t  *item;

    ngx_http_gate_status_prom_build(t, &st->node);

    item = st->items.elts;

    for (i = 0; i < st->items.nelts; i++) {

        if (item[i].group) {
            ngx_http_gate_status_prom_group(t, st, &item[i]);

        } else if (ngx_http_gate_status_is_shown(st, item[i].family)) {
            ngx_http_gate_status_prom_family(t, st, item[i].family);
        }
    }
}


static void
ngx_http_gate_status_prom_build(gate_text_t *t, ngx_str_t *node)
{
    ngx_http_gate_status_prom_head(t, "gate_build_info", NGX_HTTP_GATE_GAUGE,
                                   "Always 1; what runs, and as which node.");

    gate_text_cstr(t, "gate_build_info{version=\"" NGX_HTTP_GATE_VERSION
                      "\",nginx=\"" NGINX_VERSION "\",node=\"");
    gate_text_label(t, ngx_http_gate_view(node));
    gate_text_cstr(t, "\"} 1\n");
}


static void
ngx_http_gate_status_prom_family(gate_text_t *t, ngx_http_gate_status_t *st,
    ngx_http_gate_family_t *family)
{
    ngx_uint_t               i, index;
    ngx_http_gate_sample_t  *s;

    index = ngx_http_gate_metrics_index(family);

    ngx_http_gate_status_prom_head(t, family->name, family->type,
                                   family->help);

    s = st->samples->elts;

    for (i = 0; i < st->samples->nelts; i++) {

        if (s[i].family != index) {
            continue;
        }

        if (s[i].histogram) {
            ngx_http_gate_status_prom_histogram(t, &s[i], family);
            continue;
        }

        gate_text_cstr(t, family->name);
        ngx_http_gate_status_prom_labels(t, &s[i], family, gate_str(NULL, 0));
        ngx_http_gate_status_prom_value(t, s[i].count);
    }
}


/* the count is what the last bucket has, whatever is added meanwhile */

static void
ngx_http_gate_status_prom_histogram(gate_text_t *t, ngx_http_gate_sample_t *s,
    ngx_http_gate_family_t *family)
{
    u_char            buf[sizeof("4294.967295")];
    ngx_uint_t        i;
    gate_text_t       le;
    gate_histogram_t  shown;

    gate_histogram_read(s->histogram, &shown);

    for (i = 0; i <= GATE_HISTOGRAM_BOUNDS; i++) {

        gate_text_cstr(t, family->name);
        gate_text_cstr(t, "_bucket");

        gate_text_init(&le, buf, sizeof(buf));

        if (i < GATE_HISTOGRAM_BOUNDS) {
            gate_text_seconds(&le, family->bounds->us[i]);

        } else {
            gate_text_cstr(&le, "+Inf");
        }

        ngx_http_gate_status_prom_labels(t, s, family,
                                         gate_str(buf, le.last - buf));
        ngx_http_gate_status_prom_value(t, shown.buckets[i]);
    }

    gate_text_cstr(t, family->name);
    gate_text_cstr(t, "_sum");
    ngx_http_gate_status_prom_labels(t, s, family, gate_str(NULL, 0));
    gate_text_cstr(t, " ");
    gate_text_seconds(t, shown.sum_us);
    gate_text_cstr(t, "\n");

    gate_text_cstr(t, family->name);
    gate_text_cstr(t, "_count");
    ngx_http_gate_status_prom_labels(t, s, family, gate_str(NULL, 0));
    ngx_http_gate_status_prom_value(t, shown.buckets[GATE_HISTOGRAM_BOUNDS]);
}


static void
ngx_http_gate_status_prom_group(gate_text_t *t, ngx_http_gate_status_t *st,
    ngx_http_gate_status_item_t *item)
{
    const char                 *last;
    ngx_http_gate_family_t     *f;
    const ngx_http_gate_row_t  *row;

    if (item->parts.nelts == 0) {
        return;
    }

    last = "";

    for (row = item->group->rows; row->key || row->name; row++) {

        f = row->family;

        if (f) {
            ngx_http_gate_status_prom_head(t, f->name, f->type, f->help);

        } else if (row->name == NULL) {
            continue;

        } else if (ngx_strcmp(row->name, last) != 0) {
            last = row->name;
            ngx_http_gate_status_prom_head(t, last, row->type, row->help);
        }

        ngx_http_gate_status_prom_row(t, st, item, row);
    }
}


static void
ngx_http_gate_status_prom_row(gate_text_t *t, ngx_http_gate_status_t *st,
    ngx_http_gate_status_item_t *item, const ngx_http_gate_row_t *row)
{
    ngx_uint_t                    i;
    ngx_http_gate_status_part_t  *p;

    p = item->parts.elts;

    for (i = 0; i < item->parts.nelts; i++) {

        gate_text_cstr(t, row->family ? row->family->name : row->name);

        if (item->group->label) {
            gate_text_cstr(t, "{");
            gate_text_cstr(t, item->group->label);
            gate_text_cstr(t, "=\"");
            gate_text_label(t, ngx_http_gate_view(&p[i].name));
            gate_text_cstr(t, "\"}");

        } else if (row->label) {
            gate_text_cstr(t, "{");
            gate_text_cstr(t, row->label);
            gate_text_cstr(t, "}");
        }

        ngx_http_gate_status_prom_value(t,
                                ngx_http_gate_status_value(st, row, &p[i]));
    }
}


static void
ngx_http_gate_status_prom_head(gate_text_t *t, const char *name,
    ngx_uint_t type, const char *help)
{
    gate_text_cstr(t, "# HELP ");
    gate_text_cstr(t, name);
    gate_text_cstr(t, " ");
    gate_text_cstr(t, help);
    gate_text_cstr(t, "\n# TYPE ");
    gate_text_cstr(t, name);
    gate_text_cstr(t, " ");
    gate_text_cstr(t, ngx_http_gate_status_prom_types[type]);
    gate_text_cstr(t, "\n");
}


static void
ngx_http_gate_status_prom_labels(gate_text_t *t, ngx_http_gate_sample_t *s,
    ngx_http_gate_family_t *family, gate_str_t le)
{
    ngx_uint_t  i;

    for (i = 0; i < s->n && i < NGX_HTTP_GATE_LABELS && family->labels[i]; i++)
    {
        gate_text_cstr(t, i ? "\"," : "{");
        gate_text_cstr(t, family->labels[i]);
        gate_text_cstr(t, "=\"");
        gate_text_label(t, ngx_http_gate_view(&s->values[i]));
    }

    if (le.len) {
        gate_text_cstr(t, i ? "\",le=\"" : "{le=\"");
        gate_text_add(t, le);
        i++;
    }

    gate_text_cstr(t, i ? "\"}" : "");
}


static void
ngx_http_gate_status_prom_value(gate_text_t *t, uint64_t value)
{
    gate_text_cstr(t, " ");
    gate_text_uint(t, value);
    gate_text_cstr(t, "\n");
}
