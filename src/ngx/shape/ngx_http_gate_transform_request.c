
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a service gets of a request.  The request is edited in place, in a list
 * of fields of its own; what it was is kept, as it may be led elsewhere.
 *
 * nginx's slots (headers_in.range, .accept_encoding and so on) stay as they
 * are: how nginx deals with its client depends on what that one has said.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_transform.h"

#include "gate_field.h"


/* what a request was, and is no more */

typedef struct ngx_http_gate_transform_was_s  ngx_http_gate_transform_was_t;

struct ngx_http_gate_transform_was_s {
    ngx_http_gate_transform_was_t  *next;
    ngx_http_request_t        *request;   /* NULL: it is again */
    ngx_list_t                 headers;
};


static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_transform_edit(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_transform_t *t);
static ngx_uint_t ngx_http_gate_transform_fit(ngx_http_gate_transform_t *t,
    ngx_str_t *values);
static ngx_int_t ngx_http_gate_transform_note(ngx_http_request_t *r);
static ngx_http_gate_transform_was_t **ngx_http_gate_transform_noted(
    ngx_http_request_t *r);
static void ngx_http_gate_transform_cleanup(void *data);


static const ngx_http_gate_reason_t  ngx_http_gate_bad_value = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("bad_value"),
    ngx_string("Value not fit for a service"),
    ngx_string("Something in the request has a line break or another control "
               "byte where a service must not get one.")
};


const ngx_http_gate_reason_t  *ngx_http_gate_transform_reasons[] = {
    &ngx_http_gate_bad_value,
    NULL
};


/* SHAPE: only what goes to a service is edited, not what leads to a file */

ngx_int_t
ngx_http_gate_transform_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    tlcf = ngx_http_gate_transform_at(r);

    if (tlcf->request == NULL || r->content_handler == NULL) {
        return NGX_DECLINED;
    }

    return ngx_http_gate_transform_edit(r, ctx, tlcf->request);
}


/* all values are of the request as it came, and are known before an edit */

static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_transform_edit(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_transform_t *t)
{
    ngx_str_t  *values;

    values = ngx_http_gate_transform_values(r, t);
    if (values == NULL) {
        return NGX_ERROR;
    }

    if (!ngx_http_gate_transform_fit(t, values)) {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_value);
    }

    if (ngx_http_gate_transform_note(r) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_transform_fields(r, t, values);
}


ngx_str_t *
ngx_http_gate_transform_values(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t)
{
    ngx_str_t                     *values;
    ngx_uint_t                     i;
    ngx_http_gate_transform_op_t  *op;

    values = ngx_palloc(r->pool, (t->ops->nelts + 1) * sizeof(ngx_str_t));
    if (values == NULL) {
        return NULL;
    }

    op = t->ops->elts;

    for (i = 0; i < t->ops->nelts; i++) {

        if (op[i].value == NULL) {
            values[i].len = 0;
            continue;
        }

        if (ngx_http_complex_value(r, op[i].value, &values[i]) != NGX_OK) {
            return NULL;
        }
    }

    return values;
}


/* what the configuration itself says was looked at as it was read */

static ngx_uint_t
ngx_http_gate_transform_fit(ngx_http_gate_transform_t *t, ngx_str_t *values)
{
    ngx_uint_t                     i;
    ngx_http_gate_transform_op_t  *op;

    op = t->ops->elts;

    for (i = 0; i < t->first[NGX_HTTP_GATE_TRANSFORM_FIELD + 1]; i++) {
        if (op[i].value != NULL && op[i].value->lengths != NULL
            && !gate_field_is_value(ngx_http_gate_view(&values[i])))
        {
            return 0;
        }
    }

    return 1;
}


/*
 * The list that was stays as it is while another one is in its place, so that
 * an element of it is still what slots point at.
 */

static ngx_int_t
ngx_http_gate_transform_note(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_gate_transform_was_t  **was;

    was = ngx_http_gate_transform_noted(r);

    if (was == NULL) {
        cln = ngx_pool_cleanup_add(r->main->pool, sizeof(void *));
        if (cln == NULL) {
            return NGX_ERROR;
        }

        was = cln->data;
        *was = NULL;

        cln->handler = ngx_http_gate_transform_cleanup;
        ngx_http_set_ctx(r->main, was, ngx_http_gate_transform_module);

    } else {
        (void) ngx_http_gate_transform_again(r);

        while (*was != NULL && (*was)->request != NULL) {
            was = &(*was)->next;
        }
    }

    if (*was == NULL) {
        *was = ngx_pcalloc(r->main->pool,
                           sizeof(ngx_http_gate_transform_was_t));
        if (*was == NULL) {
            return NGX_ERROR;
        }
    }

    (*was)->request = r;
    (*was)->headers = r->headers_in.headers;

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_transform_again(ngx_http_request_t *r)
{
    ngx_http_gate_transform_was_t  *was, **noted;

    if (!r->internal) {
        return NGX_DECLINED;
    }

    noted = ngx_http_gate_transform_noted(r);

    for (was = noted ? *noted : NULL; was; was = was->next) {

        if (was->request != r) {
            continue;
        }

        if (was->headers.last == &r->headers_in.headers.part) {
            was->headers.last = NULL;
        }

        r->headers_in.headers = was->headers;

        if (r->headers_in.headers.last == NULL) {
            r->headers_in.headers.last = &r->headers_in.headers.part;
        }

        was->request = NULL;
        break;
    }

    return NGX_DECLINED;
}


/* of the client's request and of its subrequests, which share a pool */

static ngx_http_gate_transform_was_t **
ngx_http_gate_transform_noted(ngx_http_request_t *r)
{
    void  *noted;

    noted = ngx_http_get_module_ctx(r->main, ngx_http_gate_transform_module);

    if (noted != NULL || !(r->main->internal || r->main->filter_finalize)) {
        return noted;
    }

    return ngx_http_gate_recall(r->main, &ngx_http_gate_transform_module,
                                ngx_http_gate_transform_cleanup);
}


/* nothing but a mark: what a redirect zeroes is found again by it */

static void
ngx_http_gate_transform_cleanup(void *data)
{
}
