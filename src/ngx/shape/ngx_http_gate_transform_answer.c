
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a client gets of a service's answer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_transform.h"

#include "gate_field.h"

/* the fields that are edited, and room for those that come */

typedef struct {
    ngx_http_request_t        *r;
    ngx_table_elt_t          **h;
    ngx_uint_t                 n;
} ngx_http_gate_transform_out_t;


static ngx_int_t ngx_http_gate_transform_header_filter(ngx_http_request_t *r);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_transform_answer(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_transform_t *t);
static ngx_int_t ngx_http_gate_transform_out(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_transform_out_t *o,
    ngx_uint_t more);
static ngx_int_t ngx_http_gate_transform_out_op(
    ngx_http_gate_transform_out_t *o, ngx_http_gate_transform_op_t *op,
    ngx_str_t *value);
static void ngx_http_gate_transform_out_rename(
    ngx_http_gate_transform_out_t *o, ngx_http_gate_transform_op_t *op);
static ngx_table_elt_t *ngx_http_gate_transform_out_take(
    ngx_http_gate_transform_out_t *o, ngx_http_gate_transform_name_t *name,
    ngx_uint_t keep);
static ngx_uint_t ngx_http_gate_transform_out_is(ngx_table_elt_t *h,
    ngx_http_gate_transform_name_t *name);
static void ngx_http_gate_transform_out_drop(ngx_http_request_t *r,
    ngx_table_elt_t *h, ngx_http_gate_transform_name_t *name);
static void ngx_http_gate_transform_out_type(ngx_http_request_t *r,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;


/* behind the filter of replies, which judges the answer as it came */

static ngx_int_t
ngx_http_gate_transform_header_filter(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t                 *ctx;
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    tlcf = ngx_http_gate_transform_at(r);

    if (tlcf->answer == NULL || r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->answer->going
        || ctx->answer->from != GATE_FROM_SERVICE)
    {
        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_gate_transform_answer(r, ctx, tlcf->answer) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_transform_answer(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_transform_t *t)
{
    ngx_str_t                      *values;
    ngx_uint_t                      i;
    ngx_http_gate_transform_op_t   *op;
    ngx_http_gate_transform_out_t   o;

    values = ngx_http_gate_transform_values(r, t);

    if (values == NULL
        || ngx_http_gate_transform_out(r, ctx, &o, t->adds) != NGX_OK)
    {
        return NGX_ERROR;
    }

    op = t->ops->elts;

    for (i = 0; i < t->ops->nelts; i++) {

        if (!gate_field_is_value(ngx_http_gate_view(&values[i]))) {
            ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                          "gate transform: a value for \"%V\" of the answer "
                          "has a control byte and is left out",
                          &op[i].name.text);
            values[i].len = 0;
        }

        if (op[i].name.type) {
            ngx_http_gate_transform_out_type(r, &op[i], &values[i]);

        } else if (ngx_http_gate_transform_out_op(&o, &op[i], &values[i])
                   != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    /* what add_header adds begins behind all that */

    ctx->own->behind = r->headers_out.headers.last;
    ctx->own->nbehind = r->headers_out.headers.last->nelts;

    return NGX_OK;
}


/* all that are sent, without those that the gateway has written itself */

static ngx_int_t
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


static ngx_int_t
ngx_http_gate_transform_out_op(ngx_http_gate_transform_out_t *o,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value)
{
    ngx_uint_t         i;
    ngx_table_elt_t   *h, **slot;

    h = NULL;

    switch (op->verb) {

    case NGX_HTTP_GATE_TRANSFORM_REMOVE:
        (void) ngx_http_gate_transform_out_take(o, &op->name, 0);
        return NGX_OK;

    case NGX_HTTP_GATE_TRANSFORM_RENAME:
        ngx_http_gate_transform_out_rename(o, op);
        return NGX_OK;

    case NGX_HTTP_GATE_TRANSFORM_ADD:
        for (i = 0; i < o->n; i++) {
            if (ngx_http_gate_transform_out_is(o->h[i], &op->name)) {
                return NGX_OK;
            }
        }

        break;

    case NGX_HTTP_GATE_TRANSFORM_APPEND:
        break;

    default: /* REPLACE, SET */
        h = ngx_http_gate_transform_out_take(o, &op->name, value->len != 0);

        if (h == NULL && op->verb == NGX_HTTP_GATE_TRANSFORM_REPLACE) {
            return NGX_OK;
        }
    }

    if (value->len == 0) {
        return NGX_OK;
    }

    if (h != NULL) {
        h->value = *value;
        return NGX_OK;
    }

    h = ngx_http_gate_add_out(o->r, &op->name.text, value);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->lowcase_key = op->name.low;
    o->h[o->n++] = h;

    if (op->name.slot) {
        slot = (ngx_table_elt_t **) ((char *) &o->r->headers_out
                                     + op->name.slot);
        *slot = h;
    }

    return NGX_OK;
}


static void
ngx_http_gate_transform_out_rename(ngx_http_gate_transform_out_t *o,
    ngx_http_gate_transform_op_t *op)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    for (i = 0; i < o->n; i++) {
        if (ngx_http_gate_transform_out_is(o->h[i], &op->name)) {
            break;
        }
    }

    if (i == o->n) {
        return;
    }

    (void) ngx_http_gate_transform_out_take(o, &op->to, 0);

    for (i = 0; i < o->n; i++) {
        h = o->h[i];

        if (ngx_http_gate_transform_out_is(h, &op->name)) {
            ngx_http_gate_transform_out_drop(o->r, h, &op->name);

            h->hash = 1;
            h->key = op->to.text;
            h->lowcase_key = op->to.low;
        }
    }
}


/* all of that name, or all but the first, which is given */

static ngx_table_elt_t *
ngx_http_gate_transform_out_take(ngx_http_gate_transform_out_t *o,
    ngx_http_gate_transform_name_t *name, ngx_uint_t keep)
{
    ngx_uint_t        i, n;
    ngx_table_elt_t  *h, *first;

    first = NULL;

    for (i = 0, n = 0; i < o->n; i++) {
        h = o->h[i];

        if (ngx_http_gate_transform_out_is(h, name)) {

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
ngx_http_gate_transform_out_is(ngx_table_elt_t *h,
    ngx_http_gate_transform_name_t *name)
{
    return h->key.len == name->text.len
           && ngx_http_gate_name_is(&h->key, gate_str(name->low, h->key.len));
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


/* nginx has it apart, together with what it adds to it */

static void
ngx_http_gate_transform_out_type(ngx_http_request_t *r,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value)
{
    ngx_uint_t  there;
    u_char     *p;

    there = (r->headers_out.content_type.len != 0);

    if ((op->verb == NGX_HTTP_GATE_TRANSFORM_REPLACE && !there)
        || (op->verb == NGX_HTTP_GATE_TRANSFORM_ADD && there))
    {
        return;
    }

    r->headers_out.content_type = *value;
    r->headers_out.content_type_len = value->len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);

    if (value->len == 0) {
        return;
    }

    p = ngx_strlchr(value->data, value->data + value->len, ';');

    if (p != NULL) {
        r->headers_out.content_type_len = p - value->data;
    }
}


void
ngx_http_gate_transform_filter(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gate_transform_header_filter;
}
