
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

#include "gate_cookie.h"
#include "gate_field.h"

static ngx_int_t ngx_http_gate_transform_header_filter(ngx_http_request_t *r);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_transform_answer(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_transform_t *t);
static ngx_int_t ngx_http_gate_transform_answer_value(ngx_http_request_t *r,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value);
static void ngx_http_gate_transform_answer_status(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t);
static void ngx_http_gate_transform_answer_type(ngx_http_request_t *r,
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

    values = ngx_palloc(r->pool, (t->ops->nelts + 1) * sizeof(ngx_str_t));

    if (values == NULL
        || ngx_http_gate_transform_values(r, t, values) != NGX_OK
        || ngx_http_gate_transform_out(r, ctx, &o, t->adds) != NGX_OK)
    {
        return NGX_ERROR;
    }

    op = t->ops->elts;

    for (i = 0; i < t->ops->nelts; i++) {

        if (op[i].value != NULL
            && ngx_http_gate_transform_answer_value(r, &op[i], &values[i])
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (op[i].name.type) {
            ngx_http_gate_transform_answer_type(r, &op[i], &values[i]);

        } else if (ngx_http_gate_transform_out_op(&o, &op[i], &values[i])
                   != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (t->statuses != NULL) {
        ngx_http_gate_transform_answer_status(r, t);
    }

    /* what add_header adds begins behind all that */

    ctx->own->behind = r->headers_out.headers.last;
    ctx->own->nbehind = r->headers_out.headers.last->nelts;

    return NGX_OK;
}


/* as it is sent: of a cookie all of its field; empty: it is not fit for that */

static ngx_int_t
ngx_http_gate_transform_answer_value(ngx_http_request_t *r,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value)
{
    u_char      *p;
    ngx_uint_t   fit;

    fit = (op->of == NGX_HTTP_GATE_TRANSFORM_COOKIE)
          ? gate_cookie_is_value(ngx_http_gate_view(value))
          : gate_field_is_value(ngx_http_gate_view(value));

    if (!fit) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "gate transform: a value for \"%V\" of the answer has "
                      "a byte that ends it and is left out", &op->name.text);
        value->len = 0;

        return NGX_OK;
    }

    if (op->of != NGX_HTTP_GATE_TRANSFORM_COOKIE) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, op->name.text.len + value->len + op->more.len
                             + sizeof("=; "));
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->len = ngx_sprintf(p, "%V=%V%s%V", &op->name.text, value,
                             op->more.len ? "; " : "", &op->more) - p;
    value->data = p;

    return NGX_OK;
}


/* what a client gets: who answered, and the bill, go by what there was */

static void
ngx_http_gate_transform_answer_status(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t)
{
    ngx_uint_t                         i, status, to;
    ngx_http_gate_transform_status_t  *s;

    status = r->headers_out.status;

    if (status < NGX_HTTP_OK || status == NGX_HTTP_PARTIAL_CONTENT
        || status == NGX_HTTP_NOT_MODIFIED)
    {
        return;
    }

    to = 0;
    s = t->statuses->elts;

    for (i = 0; i < t->statuses->nelts; i++) {

        if (status < s[i].from || status > s[i].last) {
            continue;
        }

        if (s[i].from == s[i].last) {
            to = s[i].to;
            break;
        }

        if (to == 0) {
            to = s[i].to;
        }
    }

    if (to == 0) {
        return;
    }

    if (status == NGX_HTTP_NO_CONTENT) {
        ngx_http_clear_content_length(r);
        r->headers_out.content_length_n = 0;
    }

    r->headers_out.status = to;
    ngx_str_null(&r->headers_out.status_line);
}


/* nginx has it apart, together with what it adds to it */

static void
ngx_http_gate_transform_answer_type(ngx_http_request_t *r,
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
