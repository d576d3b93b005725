
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Vary: which fields of a request an answer depends on.  An answer has one
 * field of that name, whoever wrote how many: caches that read the first one
 * alone are not misled.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_vary.h"
#include "ngx_http_gate_request.h"

#include "gate_list.h"


static size_t ngx_http_gate_vary_size(ngx_http_request_t *r);
static u_char *ngx_http_gate_vary_join(ngx_http_request_t *r, u_char *p,
    ngx_table_elt_t **first);
static u_char *ngx_http_gate_vary_more(u_char *start, u_char *last,
    ngx_str_t *names);
static ngx_table_elt_t *ngx_http_gate_vary_next(ngx_http_request_t *r,
    ngx_http_gate_cursor_t *cursor);


ngx_int_t
ngx_http_gate_vary(ngx_http_request_t *r, ngx_str_t *names)
{
    u_char           *p;
    size_t            len;
    ngx_str_t         value;
    ngx_table_elt_t  *first;

    static ngx_str_t  name = ngx_string("Vary");

    len = ngx_http_gate_vary_size(r);

    if (len == 0) {
        return ngx_http_gate_add_out(r, &name, names) ? NGX_OK : NGX_ERROR;
    }

    value.data = ngx_pnalloc(r->pool, len + names->len + 2);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_http_gate_vary_join(r, value.data, &first);
    p = ngx_http_gate_vary_more(value.data, p, names);

    value.len = p - value.data;
    first->value = value;

    return NGX_OK;
}


/* bytes of all of them and what stands between; 0: there is none */

static size_t
ngx_http_gate_vary_size(ngx_http_request_t *r)
{
    size_t                   len;
    ngx_table_elt_t         *h;
    ngx_http_gate_cursor_t   cursor;

    len = 0;
    cursor.part = NULL;

    while ((h = ngx_http_gate_vary_next(r, &cursor)) != NULL) {
        len += h->value.len + 2;
    }

    return len;
}


/* the first is to have them all, the others do not go out */

static u_char *
ngx_http_gate_vary_join(ngx_http_request_t *r, u_char *p,
    ngx_table_elt_t **first)
{
    ngx_table_elt_t         *h;
    ngx_http_gate_cursor_t   cursor;

    *first = NULL;
    cursor.part = NULL;

    while ((h = ngx_http_gate_vary_next(r, &cursor)) != NULL) {
        p = ngx_sprintf(p, *first ? ", %V" : "%V", &h->value);

        if (*first != NULL) {
            h->hash = 0;

        } else {
            *first = h;
        }
    }

    return p;
}


/* those that are not there yet; "*" stands for all */

static u_char *
ngx_http_gate_vary_more(u_char *start, u_char *last, ngx_str_t *names)
{
    size_t      pos;
    gate_str_t  value, name;

    pos = 0;

    while (gate_list_next(ngx_http_gate_view(names), &pos, &name)) {

        value = gate_str(start, last - start);

        if (gate_list_has(value, gate_cstr("*"))
            || gate_list_has(value, name))
        {
            continue;
        }

        if (last != start) {
            *last++ = ',';
            *last++ = ' ';
        }

        last = gate_str_copy(last, name);
    }

    return last;
}


static ngx_table_elt_t *
ngx_http_gate_vary_next(ngx_http_request_t *r, ngx_http_gate_cursor_t *cursor)
{
    ngx_table_elt_t  *h;

    if (cursor->part == NULL) {
        cursor->part = &r->headers_out.headers.part;
        cursor->i = 0;
    }

    for ( ;; ) {

        if (cursor->i >= cursor->part->nelts) {
            if (cursor->part->next == NULL) {
                return NULL;
            }

            cursor->part = cursor->part->next;
            cursor->i = 0;
            continue;
        }

        h = cursor->part->elts;
        h += cursor->i++;

        if (h->hash != 0
            && ngx_http_gate_name_is(&h->key, gate_cstr("Vary")))
        {
            return h;
        }
    }
}
