
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the status page shows, read once from all rooms that have added
 * something.
 */


#include "ngx_http_gate_status.h"
#include "ngx_http_gate_journal.h"


static ngx_int_t ngx_http_gate_status_read_items(ngx_pool_t *pool,
    ngx_http_gate_status_t *st, ngx_array_t *items);
static ngx_int_t ngx_http_gate_status_read_group(ngx_pool_t *pool,
    ngx_http_gate_status_item_t *shown);


ngx_int_t
ngx_http_gate_status_read(ngx_http_request_t *r, ngx_http_gate_status_t *st)
{
    ngx_str_t               *node;
    ngx_uint_t               i, families;
    ngx_array_t             *items;
    ngx_http_gate_sample_t  *s;

    ngx_memzero(st, sizeof(ngx_http_gate_status_t));

    node = ngx_http_gate_journal_node((ngx_cycle_t *) ngx_cycle);

    if (node != NULL) {
        st->node = *node;
    }

    items = ngx_http_gate_metrics_items(&families);

    st->samples = ngx_http_gate_metrics_samples(r->pool);
    st->counts = ngx_pcalloc(r->pool, families * sizeof(uint64_t));

    if (st->samples == NULL || st->counts == NULL) {
        return NGX_ERROR;
    }

    s = st->samples->elts;

    for (i = 0; i < st->samples->nelts; i++) {
        if (s[i].family < families) {
            st->counts[s[i].family] += s[i].count;
        }
    }

    return ngx_http_gate_status_read_items(r->pool, st, items);
}


static ngx_int_t
ngx_http_gate_status_read_items(ngx_pool_t *pool, ngx_http_gate_status_t *st,
    ngx_array_t *items)
{
    ngx_uint_t                     i;
    ngx_http_gate_status_item_t   *shown;
    ngx_http_gate_metrics_item_t  *item;

    if (ngx_array_init(&st->items, pool, items->nelts,
                       sizeof(ngx_http_gate_status_item_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    item = items->elts;

    for (i = 0; i < items->nelts; i++) {

        shown = ngx_array_push(&st->items);
        if (shown == NULL) {
            return NGX_ERROR;
        }

        shown->family = item[i].family;
        shown->group = item[i].group;

        if (shown->group
            && ngx_http_gate_status_read_group(pool, shown) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_status_read_group(ngx_pool_t *pool,
    ngx_http_gate_status_item_t *shown)
{
    ngx_uint_t                    n;
    ngx_http_gate_group_t        *group;
    ngx_http_gate_status_part_t   part, *p;

    group = shown->group;

    if (ngx_array_init(&shown->parts, pool, 1,
                       sizeof(ngx_http_gate_status_part_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (n = 0; n == 0 || group->label != NULL; n++) {

        ngx_str_null(&part.name);

        part.values = ngx_pcalloc(pool, group->size);
        if (part.values == NULL) {
            return NGX_ERROR;
        }

        if (group->read(n, &part.name, part.values) != NGX_OK) {
            break;
        }

        p = ngx_array_push(&shown->parts);
        if (p == NULL) {
            return NGX_ERROR;
        }

        *p = part;
    }

    return NGX_OK;
}


uint64_t
ngx_http_gate_status_value(ngx_http_gate_status_t *st,
    const ngx_http_gate_row_t *row, ngx_http_gate_status_part_t *part)
{
    if (row->family) {
        return st->counts[ngx_http_gate_metrics_index(row->family)];
    }

    return *(uint64_t *) ((u_char *) part->values + row->value);
}


ngx_uint_t
ngx_http_gate_status_is_shown(ngx_http_gate_status_t *st,
    ngx_http_gate_family_t *family)
{
    return !(family->flags & NGX_HTTP_GATE_FAMILY_QUIET)
           || st->counts[ngx_http_gate_metrics_index(family)] != 0;
}
