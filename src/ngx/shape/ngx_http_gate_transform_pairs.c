
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is made of pairs, NAME=VALUE: the query, and cookies.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_transform.h"

#include "gate_cookie.h"
#include "gate_query.h"
#include "gate_uri.h"


/* "may_have" is a quick look before the others, or NULL */

typedef struct {
    int        (*may_have)(gate_str_t text, gate_str_t name);
    int        (*have)(gate_str_t text, gate_str_t name);
    size_t     (*count)(gate_str_t text, gate_str_t name);
    size_t     (*without)(gate_str_t text, gate_str_t name, u_char *dst);
    size_t     (*rename)(gate_str_t text, gate_str_t name, gate_str_t to,
                         u_char *dst);
    size_t     (*add)(u_char *dst, size_t len, gate_str_t name,
                      gate_str_t value);
    size_t     (*room)(gate_str_t name, gate_str_t value);
} ngx_http_gate_transform_pairs_t;


static void ngx_http_gate_transform_pairs_op(
    const ngx_http_gate_transform_pairs_t *p,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value, ngx_str_t *text);
static ngx_int_t ngx_http_gate_transform_pairs_one(ngx_http_request_t *r,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value, ngx_str_t *args);
static size_t ngx_http_gate_transform_pairs_room(
    const ngx_http_gate_transform_pairs_t *p, ngx_http_gate_transform_t *t,
    ngx_uint_t of, ngx_str_t *values);
static ngx_int_t ngx_http_gate_transform_pairs_rename(ngx_http_request_t *r,
    const ngx_http_gate_transform_pairs_t *p,
    ngx_http_gate_transform_op_t *op, size_t room, ngx_str_t *text);


/* by ngx_http_gate_transform_of_e */

static const ngx_http_gate_transform_pairs_t  ngx_http_gate_transform_kinds[] =
{
    { NULL, NULL, NULL, NULL, NULL, NULL, NULL },

    { NULL, gate_cookie_have, gate_cookie_count, gate_cookie_without,
      gate_cookie_rename, gate_cookie_add, gate_cookie_room },

    { gate_query_may_have, gate_uri_args_have, gate_query_count,
      gate_uri_args_without,
      gate_query_rename, gate_query_add, gate_query_room }
};


/* in a copy that has room for all that is added */

ngx_int_t
ngx_http_gate_transform_pairs(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_uint_t of, ngx_str_t *values,
    ngx_str_t *text)
{
    u_char                                 *data;
    size_t                                  room;
    ngx_uint_t                              i;
    ngx_http_gate_transform_op_t           *op;
    const ngx_http_gate_transform_pairs_t  *p;

    op = t->ops->elts;
    i = t->first[of];

    /* most blocks that touch the query set one argument that is not there */

    if (of == NGX_HTTP_GATE_TRANSFORM_QUERY && i + 1 == t->first[of + 1]
        && op[i].verb == NGX_HTTP_GATE_TRANSFORM_SET
        && !gate_query_may_have(ngx_http_gate_view(text),
                                ngx_http_gate_view(&op[i].name.text)))
    {
        return ngx_http_gate_transform_pairs_one(r, &op[i], &values[i], text);
    }

    p = &ngx_http_gate_transform_kinds[of];
    room = ngx_http_gate_transform_pairs_room(p, t, of, values);

    data = ngx_pnalloc(r->pool, text->len + room);
    if (data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(data, text->data, text->len);
    text->data = data;

    for ( /* void */ ; i < t->first[of + 1]; i++) {

        if (op[i].verb == NGX_HTTP_GATE_TRANSFORM_RENAME) {

            if (ngx_http_gate_transform_pairs_rename(r, p, &op[i], room, text)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            continue;
        }

        ngx_http_gate_transform_pairs_op(p, &op[i], &values[i], text);
    }

    return NGX_OK;
}


/* there is room for what is added */

static void
ngx_http_gate_transform_pairs_op(const ngx_http_gate_transform_pairs_t *p,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value, ngx_str_t *text)
{
    gate_str_t  name;

    name = ngx_http_gate_view(&op->name.text);

    switch (op->verb) {

    case NGX_HTTP_GATE_TRANSFORM_ADD:
        if (p->have(ngx_http_gate_view(text), name)) {
            return;
        }

        break;

    case NGX_HTTP_GATE_TRANSFORM_REPLACE:
        if (!p->have(ngx_http_gate_view(text), name)) {
            return;
        }

        /* fall through */

    case NGX_HTTP_GATE_TRANSFORM_REMOVE:
    case NGX_HTTP_GATE_TRANSFORM_SET:
        if (p->may_have == NULL || p->may_have(ngx_http_gate_view(text), name))
        {
            text->len = p->without(ngx_http_gate_view(text), name, text->data);
        }

        break;

    default: /* APPEND */
        break;
    }

    if (op->value != NULL) {
        text->len = p->add(text->data, text->len,
                           ngx_http_gate_view(&op->name.sent),
                           ngx_http_gate_view(value));
    }
}


/* one more */

static ngx_int_t
ngx_http_gate_transform_pairs_one(ngx_http_request_t *r,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value, ngx_str_t *args)
{
    u_char      *data;
    gate_str_t   name, text;

    name = ngx_http_gate_view(&op->name.sent);
    text = ngx_http_gate_view(value);

    data = ngx_pnalloc(r->pool, args->len + gate_query_room(name, text));
    if (data == NULL) {
        return NGX_ERROR;
    }

    (void) gate_str_copy(data, ngx_http_gate_view(args));

    args->len = gate_query_add(data, args->len, name, text);
    args->data = data;

    return NGX_OK;
}


static size_t
ngx_http_gate_transform_pairs_room(const ngx_http_gate_transform_pairs_t *p,
    ngx_http_gate_transform_t *t, ngx_uint_t of, ngx_str_t *values)
{
    size_t                         room;
    ngx_uint_t                     i;
    ngx_http_gate_transform_op_t  *op;

    op = t->ops->elts;
    room = 0;

    for (i = t->first[of]; i < t->first[of + 1]; i++) {
        if (op[i].value != NULL) {
            room += p->room(ngx_http_gate_view(&op[i].name.sent),
                            ngx_http_gate_view(&values[i]));
        }
    }

    return room;
}


/* what has the new name already gives way */

static ngx_int_t
ngx_http_gate_transform_pairs_rename(ngx_http_request_t *r,
    const ngx_http_gate_transform_pairs_t *p,
    ngx_http_gate_transform_op_t *op, size_t room, ngx_str_t *text)
{
    u_char      *data;
    size_t       n;
    gate_str_t   name;

    name = ngx_http_gate_view(&op->name.text);

    if (p->count(ngx_http_gate_view(text), name) == 0) {
        return NGX_OK;
    }

    text->len = p->without(ngx_http_gate_view(text),
                           ngx_http_gate_view(&op->to.text), text->data);

    /* "old;new=1" is "old" now: there may be more of them than before */

    n = p->count(ngx_http_gate_view(text), name);

    data = ngx_pnalloc(r->pool, text->len + n * op->to.sent.len + room);
    if (data == NULL) {
        return NGX_ERROR;
    }

    text->len = p->rename(ngx_http_gate_view(text), name,
                          ngx_http_gate_view(&op->to.sent), data);
    text->data = data;

    return NGX_OK;
}
