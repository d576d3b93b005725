
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
#include "ngx_http_gate_path.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_transform.h"

#include "gate_cookie.h"
#include "gate_field.h"
#include "gate_path.h"


/* what a request was, and is no more */

typedef struct ngx_http_gate_transform_was_s  ngx_http_gate_transform_was_t;

struct ngx_http_gate_transform_was_s {
    ngx_http_gate_transform_was_t  *next;
    ngx_http_request_t        *request;   /* NULL: it is again */
    ngx_list_t                 headers;
    ngx_str_t                  uri;
    ngx_str_t                  args;
    ngx_str_t                  method;
    u_char                    *now[3];    /* of these, what it is instead */
};


static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_transform_edit(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_transform_t *t);
static ngx_uint_t ngx_http_gate_transform_is_path(ngx_str_t *path);
static ngx_uint_t ngx_http_gate_transform_fit(ngx_http_gate_transform_t *t,
    ngx_str_t *values);
static ngx_int_t ngx_http_gate_transform_target(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_str_t *values);
static ngx_http_gate_transform_was_t *ngx_http_gate_transform_note(
    ngx_http_request_t *r);
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


ngx_uint_t
ngx_http_gate_transform_stands(void **loc_conf)
{
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    tlcf = loc_conf[ngx_http_gate_transform_module.ctx_index];

    return tlcf->request != NULL;
}


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
    ngx_str_t                      *values;
    ngx_http_gate_transform_was_t  *was;

    values = ngx_http_gate_transform_values(r, t);
    if (values == NULL) {
        return NGX_ERROR;
    }

    if (!ngx_http_gate_transform_fit(t, values)) {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_value);
    }

    if (t->path != NULL
        && !ngx_http_gate_transform_is_path(&values[t->ops->nelts]))
    {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_path);
    }

    was = ngx_http_gate_transform_note(r);
    if (was == NULL) {
        return NGX_ERROR;
    }

    if (t->first[NGX_HTTP_GATE_TRANSFORM_QUERY] != 0
        && ngx_http_gate_transform_fields(r, t, values) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_gate_transform_target(r, t, values) != NGX_OK) {
        return NGX_ERROR;
    }

    was->now[0] = r->uri.data;
    was->now[1] = r->args.data;
    was->now[2] = r->method_name.data;

    return NGX_OK;
}


/* by the rules of what was matched: a path is text, and is escaped by proxy */

static ngx_uint_t
ngx_http_gate_transform_is_path(ngx_str_t *path)
{
    return path->len != 0 && path->data[0] == '/'
           && !(gate_path_look(gate_str(NULL, 0), ngx_http_gate_view(path), 1)
                & GATE_PATH_SENT);
}


/*
 * nginx goes on by r->method, as it has to answer what it was asked: only the
 * name is another one.
 */

static ngx_int_t
ngx_http_gate_transform_target(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_str_t *values)
{
    if (t->first[NGX_HTTP_GATE_TRANSFORM_QUERY] != t->ops->nelts) {

        if (ngx_http_gate_transform_pairs(r, t, NGX_HTTP_GATE_TRANSFORM_QUERY,
                                          values, &r->args)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        r->valid_unparsed_uri = 0;
    }

    if (t->path != NULL) {
        r->uri = values[t->ops->nelts];
        r->quoted_uri = 1;
        r->valid_unparsed_uri = 0;

        /* all of it, not what stood behind a location's name */
        r->valid_location = 0;
    }

    if (t->method.len != 0) {
        r->method_name = t->method;
    }

    return NGX_OK;
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

    /* behind those of "ops" */

    if (t->path != NULL
        && ngx_http_complex_value(r, t->path, &values[i]) != NGX_OK)
    {
        return NULL;
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

    for (i = 0; i < t->first[NGX_HTTP_GATE_TRANSFORM_QUERY]; i++) {

        if (op[i].value == NULL || op[i].value->lengths == NULL) {
            continue;
        }

        if (op[i].of == NGX_HTTP_GATE_TRANSFORM_COOKIE
            ? !gate_cookie_is_value(ngx_http_gate_view(&values[i]))
            : !gate_field_is_value(ngx_http_gate_view(&values[i])))
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

static ngx_http_gate_transform_was_t *
ngx_http_gate_transform_note(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_gate_transform_was_t   *was, **noted;

    noted = ngx_http_gate_transform_noted(r);

    if (noted == NULL) {
        cln = ngx_pool_cleanup_add(r->main->pool, sizeof(void *));
        if (cln == NULL) {
            return NULL;
        }

        noted = cln->data;
        *noted = NULL;

        cln->handler = ngx_http_gate_transform_cleanup;
        ngx_http_set_ctx(r->main, noted, ngx_http_gate_transform_module);
    }

    for (was = *noted; was; was = was->next) {
        if (was->request == NULL) {
            break;
        }
    }

    if (was == NULL) {
        was = ngx_palloc(r->main->pool, sizeof(ngx_http_gate_transform_was_t));
        if (was == NULL) {
            return NULL;
        }

        was->next = *noted;
        *noted = was;
    }

    was->request = r;
    was->headers = r->headers_in.headers;
    was->uri = r->uri;
    was->args = r->args;
    was->method = r->method_name;

    return was;
}


/* what nginx has written since is where it leads, and stays */

void
ngx_http_gate_transform_again(ngx_http_request_t *r)
{
    ngx_http_gate_transform_was_t  *was, **noted;

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

        if (r->uri.data == was->now[0]) {
            r->uri = was->uri;
        }

        if (r->args.data == was->now[1]) {
            r->args = was->args;
        }

        if (r->method_name.data == was->now[2]) {
            r->method_name = was->method;
        }

        was->request = NULL;
        break;
    }
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
