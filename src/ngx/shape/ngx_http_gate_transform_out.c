
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fields of an answer, and the cookies that it sets, edited in place.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_transform.h"

#include "gate_cookie.h"
#include "gate_names.h"


static ngx_int_t ngx_http_gate_transform_out_add(
    ngx_http_gate_transform_out_t *o, ngx_http_gate_transform_op_t *op,
    ngx_str_t *value);
static ngx_int_t ngx_http_gate_transform_out_rename(
    ngx_http_gate_transform_out_t *o, ngx_http_gate_transform_op_t *op);
static ngx_int_t ngx_http_gate_transform_out_call(ngx_http_request_t *r,
    ngx_table_elt_t *h, ngx_http_gate_transform_op_t *op);
static ngx_table_elt_t *ngx_http_gate_transform_out_take(
    ngx_http_gate_transform_out_t *o, ngx_uint_t of,
    ngx_http_gate_transform_name_t *name, ngx_uint_t keep);
static ngx_uint_t ngx_http_gate_transform_out_is(ngx_table_elt_t *h,
    ngx_uint_t of, ngx_http_gate_transform_name_t *name);
static void ngx_http_gate_transform_out_drop(ngx_http_request_t *r,
    ngx_table_elt_t *h, ngx_http_gate_transform_name_t *name);


/* all that are sent, without those that the gateway has written itself */

ngx_int_t
ngx_http_gate_transform_out(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_transform_out_t *o, ngx_uint_t more)
{
    ngx_uint_t        i, own;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        more += part->nelts;
    }

    o->r = r;
    o->n = 0;
    o->h = ngx_palloc(r->pool, more * sizeof(ngx_table_elt_t *));
    if (o->h == NULL) {
        return NGX_ERROR;
    }

    own = 0;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (part == ctx->own->part && i == ctx->own->i) {
                own = 1;
            }

            if (h[i].hash != 0 && !own) {
                o->h[o->n++] = &h[i];
            }

            if (&h[i] == ctx->own->last) {
                own = 0;
            }
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_transform_out_op(ngx_http_gate_transform_out_t *o,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    switch (op->verb) {

    case NGX_HTTP_GATE_TRANSFORM_REMOVE:
        (void) ngx_http_gate_transform_out_take(o, op->of, &op->name, 0);
        return NGX_OK;

    case NGX_HTTP_GATE_TRANSFORM_RENAME:
        return ngx_http_gate_transform_out_rename(o, op);

    case NGX_HTTP_GATE_TRANSFORM_ADD:
        for (i = 0; i < o->n; i++) {
            if (ngx_http_gate_transform_out_is(o->h[i], op->of, &op->name)) {
                return NGX_OK;
            }
        }

        break;

    case NGX_HTTP_GATE_TRANSFORM_APPEND:
        break;

    default: /* REPLACE, SET */
        h = ngx_http_gate_transform_out_take(o, op->of, &op->name,
                                             value->len != 0);
        if (h != NULL) {
            h->value = *value;
            return NGX_OK;
        }

        if (op->verb == NGX_HTTP_GATE_TRANSFORM_REPLACE) {
            return NGX_OK;
        }
    }

    return (value->len == 0) ? NGX_OK
                             : ngx_http_gate_transform_out_add(o, op, value);
}


static ngx_int_t
ngx_http_gate_transform_out_add(ngx_http_gate_transform_out_t *o,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value)
{
    ngx_str_t         *name;
    ngx_table_elt_t   *h, **slot;

    static ngx_str_t  cookie = ngx_string("Set-Cookie");

    name = (op->of == NGX_HTTP_GATE_TRANSFORM_COOKIE) ? &cookie
                                                      : &op->name.text;

    h = ngx_http_gate_add_out(o->r, name, value);
    if (h == NULL) {
        return NGX_ERROR;
    }

    o->h[o->n++] = h;

    if (op->name.slot) {
        slot = (ngx_table_elt_t **) ((char *) &o->r->headers_out
                                     + op->name.slot);
        *slot = h;
    }

    return NGX_OK;
}


/* in place; what has the new name already gives way */

static ngx_int_t
ngx_http_gate_transform_out_rename(ngx_http_gate_transform_out_t *o,
    ngx_http_gate_transform_op_t *op)
{
    ngx_uint_t  i;

    for (i = 0; i < o->n; i++) {
        if (ngx_http_gate_transform_out_is(o->h[i], op->of, &op->name)) {
            break;
        }
    }

    if (i == o->n) {
        return NGX_OK;
    }

    (void) ngx_http_gate_transform_out_take(o, op->of, &op->to, 0);

    for (i = 0; i < o->n; i++) {
        if (ngx_http_gate_transform_out_is(o->h[i], op->of, &op->name)
            && ngx_http_gate_transform_out_call(o->r, o->h[i], op) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_transform_out_call(ngx_http_request_t *r, ngx_table_elt_t *h,
    ngx_http_gate_transform_op_t *op)
{
    u_char  *p, *rest, *last;

    if (op->of == NGX_HTTP_GATE_TRANSFORM_FIELD) {
        ngx_http_gate_transform_out_drop(r, h, &op->name);

        h->hash = 1;
        h->key = op->to.text;
        h->lowcase_key = op->to.low;

        return NGX_OK;
    }

    last = h->value.data + h->value.len;

    for (rest = h->value.data; *rest == ' ' || *rest == '\t'; rest++) {
        /* void */
    }

    rest += op->name.text.len;

    p = ngx_pnalloc(r->pool, op->to.text.len + (last - rest));
    if (p == NULL) {
        return NGX_ERROR;
    }

    h->value.data = p;
    p = ngx_cpymem(p, op->to.text.data, op->to.text.len);
    h->value.len = ngx_cpymem(p, rest, last - rest) - h->value.data;

    return NGX_OK;
}


/* all of that name, or all but the first, which is given */

static ngx_table_elt_t *
ngx_http_gate_transform_out_take(ngx_http_gate_transform_out_t *o,
    ngx_uint_t of, ngx_http_gate_transform_name_t *name, ngx_uint_t keep)
{
    ngx_uint_t        i, n;
    ngx_table_elt_t  *h, *first;

    first = NULL;

    for (i = 0, n = 0; i < o->n; i++) {
        h = o->h[i];

        if (ngx_http_gate_transform_out_is(h, of, name)) {

            if (!keep || first != NULL) {
                ngx_http_gate_transform_out_drop(o->r, h, name);
                continue;
            }

            first = h;
        }

        o->h[n++] = h;
    }

    o->n = n;

    return first;
}


static ngx_uint_t
ngx_http_gate_transform_out_is(ngx_table_elt_t *h, ngx_uint_t of,
    ngx_http_gate_transform_name_t *name)
{
    if (of == NGX_HTTP_GATE_TRANSFORM_COOKIE) {
        return ngx_http_gate_name_is(&h->key, gate_cstr("set-cookie"))
               && gate_cookie_sets(ngx_http_gate_view(&h->value),
                                   ngx_http_gate_view(&name->text));
    }

    return h->key.len == name->text.len
           && gate_name_eq(ngx_http_gate_view(&h->key),
                           gate_str(name->low, h->key.len));
}


/* it is sent no more, nor by what nginx keeps of it beside the list */

static void
ngx_http_gate_transform_out_drop(ngx_http_request_t *r, ngx_table_elt_t *h,
    ngx_http_gate_transform_name_t *name)
{
    ngx_table_elt_t  **slot;

    h->hash = 0;

    if (name->slot) {
        slot = (ngx_table_elt_t **) ((char *) &r->headers_out + name->slot);

        if (*slot == h) {
            *slot = NULL;
        }
    }

    if (name->slot == offsetof(ngx_http_headers_out_t, last_modified)) {
        r->headers_out.last_modified_time = -1;
    }

    if (name->cached) {
        ngx_http_gate_cache_control_forget(r);
    }
}
