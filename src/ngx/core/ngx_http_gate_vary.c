
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Vary: which fields of a request an answer depends on.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_vary.h"
#include "ngx_http_gate_request.h"

#include "gate_list.h"


static ngx_table_elt_t *ngx_http_gate_vary_field(ngx_http_request_t *r,
    ngx_str_t *name);
static ngx_uint_t ngx_http_gate_vary_has(ngx_str_t *value, ngx_str_t *names);


ngx_int_t
ngx_http_gate_vary(ngx_http_request_t *r, ngx_str_t *names)
{
    u_char           *p;
    size_t            len;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("Vary");

    h = ngx_http_gate_vary_field(r, &name);

    if (h == NULL) {
        return ngx_http_gate_add_out(r, &name, names) ? NGX_OK : NGX_ERROR;
    }

    if (ngx_http_gate_vary_has(&h->value, names)) {
        return NGX_OK;
    }

    len = h->value.len + sizeof(", ") - 1 + names->len;

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    h->value.data = ngx_sprintf(p, "%V, %V", &h->value, names) - len;
    h->value.len = len;

    return NGX_OK;
}


/* the first that goes out */

static ngx_table_elt_t *
ngx_http_gate_vary_field(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == name->len && h[i].hash != 0
                && ngx_http_gate_name_is(&h[i].key, ngx_http_gate_view(name)))
            {
                return &h[i];
            }
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_http_gate_vary_has(ngx_str_t *value, ngx_str_t *names)
{
    size_t      pos;
    gate_str_t  list, e;

    list = ngx_http_gate_view(value);

    if (gate_list_has(list, gate_str("*", 1))) {
        return 1;
    }

    pos = 0;

    while (gate_list_next(ngx_http_gate_view(names), &pos, &e)) {
        if (!gate_list_has(list, e)) {
            return 0;
        }
    }

    return 1;
}
