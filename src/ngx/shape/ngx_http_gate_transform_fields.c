
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fields of a request, edited in a list of its own.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_transform.h"

#include "gate_names.h"


typedef struct {
    ngx_table_elt_t           *h;
    ngx_uint_t                 n;
    uint64_t                   lens;      /* a bit for the length of each */
} ngx_http_gate_transform_list_t;


#define ngx_http_gate_transform_len(n)  ((uint64_t) 1 << ((n) & 63))


static void ngx_http_gate_transform_list(ngx_http_request_t *r,
    ngx_http_gate_transform_list_t *l, ngx_table_elt_t *list);
static ngx_int_t ngx_http_gate_transform_cookies(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_str_t *values,
    ngx_http_gate_transform_list_t *l);
static void ngx_http_gate_transform_field(ngx_http_gate_transform_list_t *l,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value);
static void ngx_http_gate_transform_rename(ngx_http_gate_transform_list_t *l,
    ngx_http_gate_transform_op_t *op);
static ngx_table_elt_t *ngx_http_gate_transform_take(
    ngx_http_gate_transform_list_t *l, ngx_http_gate_transform_name_t *name,
    ngx_uint_t keep);
static ngx_uint_t ngx_http_gate_transform_is(ngx_table_elt_t *h,
    ngx_http_gate_transform_name_t *name);
static void ngx_http_gate_transform_write(ngx_http_gate_transform_list_t *l,
    ngx_table_elt_t *h, ngx_http_gate_transform_name_t *name,
    ngx_str_t *value);
static void ngx_http_gate_transform_call(ngx_table_elt_t *h,
    ngx_http_gate_transform_name_t *name);


static ngx_http_gate_transform_name_t  ngx_http_gate_transform_cookie = {
    ngx_string("Cookie"), ngx_string("Cookie"), (u_char *) "cookie",
    ngx_hash(ngx_hash(ngx_hash(ngx_hash(ngx_hash('c', 'o'), 'o'), 'k'), 'i'),
             'e'),
    0, 0, 0
};


ngx_uint_t
ngx_http_gate_transform_fields_room(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t)
{
    ngx_uint_t        n;
    ngx_list_part_t  *part;

    if (t->first[NGX_HTTP_GATE_TRANSFORM_QUERY] == 0) {
        return 0;
    }

    /* a list has room for one at least */

    n = t->adds + 1;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        n += part->nelts;
    }

    return n;
}


ngx_int_t
ngx_http_gate_transform_fields(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_str_t *values, ngx_table_elt_t *list)
{
    ngx_uint_t                       i;
    ngx_http_gate_transform_op_t    *op;
    ngx_http_gate_transform_list_t   l;

    ngx_http_gate_transform_list(r, &l, list);

    op = t->ops->elts;

    for (i = 0; i < t->first[NGX_HTTP_GATE_TRANSFORM_FIELD + 1]; i++) {

        if (l.lens & ngx_http_gate_transform_len(op[i].name.text.len)) {
            ngx_http_gate_transform_field(&l, &op[i], &values[i]);
            continue;
        }

        /* most edits are of what is not there */

        if (op[i].verb >= NGX_HTTP_GATE_TRANSFORM_ADD && values[i].len != 0) {
            ngx_http_gate_transform_write(&l, NULL, &op[i].name, &values[i]);
        }
    }

    if (t->first[NGX_HTTP_GATE_TRANSFORM_COOKIE]
        != t->first[NGX_HTTP_GATE_TRANSFORM_QUERY]
        && ngx_http_gate_transform_cookies(r, t, values, &l) != NGX_OK)
    {
        return NGX_ERROR;
    }

    r->headers_in.headers.part.nelts = l.n;
    r->headers_in.headers.nalloc = l.n + (l.n == 0);

    return NGX_OK;
}


/* several Cookie fields are one: HTTP/2 and browsers split what they like */

static ngx_int_t
ngx_http_gate_transform_cookies(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_str_t *values,
    ngx_http_gate_transform_list_t *l)
{
    u_char           *p;
    ngx_str_t         text;
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    text.len = 0;

    for (i = 0; i < l->n; i++) {
        if (ngx_http_gate_transform_is(&l->h[i],
                                       &ngx_http_gate_transform_cookie))
        {
            text.len += l->h[i].value.len + 2;
        }
    }

    text.data = ngx_pnalloc(r->pool, text.len + 1);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    p = text.data;

    for (i = 0; i < l->n; i++) {
        if (ngx_http_gate_transform_is(&l->h[i],
                                       &ngx_http_gate_transform_cookie))
        {
            if (p != text.data) {
                *p++ = ';';
                *p++ = ' ';
            }

            p = ngx_cpymem(p, l->h[i].value.data, l->h[i].value.len);
        }
    }

    text.len = p - text.data;

    if (ngx_http_gate_transform_pairs(r, t, NGX_HTTP_GATE_TRANSFORM_COOKIE,
                                      values, &text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = ngx_http_gate_transform_take(l, &ngx_http_gate_transform_cookie,
                                     text.len != 0);

    if (text.len != 0) {
        ngx_http_gate_transform_write(l, h, &ngx_http_gate_transform_cookie,
                                      &text);
    }

    return NGX_OK;
}


/* one part, with room for all that may come; the list that was is not touched,
 * a subrequest shares it with its parent */

static void
ngx_http_gate_transform_list(ngx_http_request_t *r,
    ngx_http_gate_transform_list_t *l, ngx_table_elt_t *list)
{
    uint64_t          lens;
    ngx_list_t       *headers;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h, *last;

    headers = &r->headers_in.headers;

    h = list;
    lens = 0;

    for (part = &headers->part; part; part = part->next) {

        ngx_memcpy(h, part->elts, part->nelts * sizeof(ngx_table_elt_t));

        for (last = h + part->nelts; h < last; h++) {
            lens |= ngx_http_gate_transform_len(h->key.len);
        }
    }

    l->lens = lens;
    l->h = list;
    l->n = h - list;

    headers->part.elts = list;
    headers->part.next = NULL;
    headers->last = &headers->part;
    headers->pool = r->pool;
}


/* an empty value is sent by no field */

static void
ngx_http_gate_transform_field(ngx_http_gate_transform_list_t *l,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value)
{
    ngx_uint_t        there;
    ngx_table_elt_t  *h;

    switch (op->verb) {

    case NGX_HTTP_GATE_TRANSFORM_REMOVE:
        (void) ngx_http_gate_transform_take(l, &op->name, 0);
        return;

    case NGX_HTTP_GATE_TRANSFORM_RENAME:
        ngx_http_gate_transform_rename(l, op);
        return;

    case NGX_HTTP_GATE_TRANSFORM_ADD:
        for (h = l->h; h < l->h + l->n; h++) {
            if (ngx_http_gate_transform_is(h, &op->name)) {
                return;
            }
        }

        h = NULL;
        there = 0;
        break;

    case NGX_HTTP_GATE_TRANSFORM_APPEND:
        h = NULL;
        there = 0;
        break;

    default: /* REPLACE, SET */
        h = ngx_http_gate_transform_take(l, &op->name, value->len != 0);
        there = (op->verb == NGX_HTTP_GATE_TRANSFORM_REPLACE);
    }

    if (value->len == 0 || (h == NULL && there)) {
        return;
    }

    ngx_http_gate_transform_write(l, h, &op->name, value);
}


/* in place; what has the new name already gives way */

static void
ngx_http_gate_transform_rename(ngx_http_gate_transform_list_t *l,
    ngx_http_gate_transform_op_t *op)
{
    ngx_uint_t        i, n;
    ngx_table_elt_t  *h;

    h = l->h;
    n = 0;

    for (i = 0; i < l->n; i++) {
        if (ngx_http_gate_transform_is(&h[i], &op->name)) {
            break;
        }
    }

    if (i == l->n) {
        return;
    }

    l->lens |= ngx_http_gate_transform_len(op->to.text.len);

    for (i = 0; i < l->n; i++) {

        if (ngx_http_gate_transform_is(&h[i], &op->name)) {
            h[n] = h[i];
            ngx_http_gate_transform_call(&h[n++], &op->to);

        } else if (!ngx_http_gate_transform_is(&h[i], &op->to)) {
            h[n++] = h[i];
        }
    }

    l->n = n;
}


/* all of that name, or all but the first, which is given */

static ngx_table_elt_t *
ngx_http_gate_transform_take(ngx_http_gate_transform_list_t *l,
    ngx_http_gate_transform_name_t *name, ngx_uint_t keep)
{
    ngx_uint_t        i, n;
    ngx_table_elt_t  *h, *first;

    h = l->h;
    first = NULL;

    for (i = 0; i < l->n; i++) {
        if (ngx_http_gate_transform_is(&h[i], name)) {
            break;
        }
    }

    for (n = i; i < l->n; i++) {

        if (ngx_http_gate_transform_is(&h[i], name)) {

            if (!keep || first != NULL) {
                continue;
            }

            first = &h[n];
        }

        if (n != i) {
            h[n] = h[i];
        }

        n++;
    }

    l->n = n;

    return first;
}


/* as hygiene takes them: "X_A" is "X-A" to many a service */

static ngx_uint_t
ngx_http_gate_transform_is(ngx_table_elt_t *h,
    ngx_http_gate_transform_name_t *name)
{
    return h->key.len == name->text.len
           && gate_name_eq(gate_str(h->lowcase_key, h->key.len),
                           gate_str(name->low, h->key.len));
}


/* into that one, or one more; there is room for it */

static void
ngx_http_gate_transform_write(ngx_http_gate_transform_list_t *l,
    ngx_table_elt_t *h, ngx_http_gate_transform_name_t *name,
    ngx_str_t *value)
{
    if (h == NULL) {
        h = &l->h[l->n++];
        ngx_memzero(h, sizeof(ngx_table_elt_t));
        l->lens |= ngx_http_gate_transform_len(name->text.len);
    }

    ngx_http_gate_transform_call(h, name);
    h->value = *value;
}


/* proxying looks for fields of its own by the hash */

static void
ngx_http_gate_transform_call(ngx_table_elt_t *h,
    ngx_http_gate_transform_name_t *name)
{
    h->hash = name->hash;
    h->key = name->text;
    h->lowcase_key = name->low;
}
