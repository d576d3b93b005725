
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


/*
 * What a request was, and is no more, in one block with the values of an edit
 * and the list of fields that it makes.
 */

struct ngx_http_gate_was_s {
    ngx_http_gate_was_t       *next;
    ngx_http_request_t        *request;
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
    ngx_http_gate_transform_op_t *op, ngx_str_t *value);
static ngx_int_t ngx_http_gate_transform_target(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_str_t *values);
static void ngx_http_gate_transform_read(ngx_http_request_t *r,
    ngx_uint_t index, ngx_str_t *value);
static void ngx_http_gate_transform_note(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_was_t *was);


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
    ngx_int_t             rc;
    ngx_str_t            *values;
    ngx_uint_t            nvalues, nfields;
    ngx_http_gate_was_t  *was;

    nvalues = t->ops->nelts + 1;
    nfields = ngx_http_gate_transform_fields_room(r, t);

    was = ngx_palloc(r->pool, sizeof(ngx_http_gate_was_t)
                              + nvalues * sizeof(ngx_str_t)
                              + nfields * sizeof(ngx_table_elt_t));
    if (was == NULL) {
        return NGX_ERROR;
    }

    values = (ngx_str_t *) (was + 1);

    rc = ngx_http_gate_transform_values(r, t, values);

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED)
               ? ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_value)
               : NGX_ERROR;
    }

    if (t->path != NULL
        && !ngx_http_gate_transform_is_path(&values[t->ops->nelts]))
    {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_path);
    }

    ngx_http_gate_transform_note(r, ctx, was);

    if (nfields != 0
        && ngx_http_gate_transform_fields(r, t, values,
                                       (ngx_table_elt_t *) (values + nvalues))
           != NGX_OK)
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


ngx_int_t
ngx_http_gate_transform_values(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_str_t *values)
{
    ngx_uint_t                     i;
    ngx_http_complex_value_t      *value;
    ngx_http_gate_transform_op_t  *op;

    op = t->ops->elts;

    for (i = 0; i < t->ops->nelts; i++) {

        value = op[i].value;

        if (value == NULL) {
            values[i].len = 0;
            continue;
        }

        if (value->lengths == NULL) {
            values[i] = value->value;
            continue;
        }

        if (op[i].index != NGX_ERROR) {
            ngx_http_gate_transform_read(r, op[i].index, &values[i]);

        } else if (ngx_http_complex_value(r, value, &values[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        if (!ngx_http_gate_transform_fit(t, &op[i], &values[i])) {
            return NGX_DECLINED;
        }
    }

    if (t->path == NULL) {
        return NGX_OK;
    }

    return (ngx_http_complex_value(r, t->path, &values[i]) == NGX_OK)
           ? NGX_OK : NGX_ERROR;
}


/*
 * A variable that is made anew each time, and that nothing sets, is asked for
 * itself; what nginx keeps of the others is found by nginx.
 */

static void
ngx_http_gate_transform_read(ngx_http_request_t *r, ngx_uint_t index,
    ngx_str_t *value)
{
    ngx_http_variable_t        *var;
    ngx_http_variable_value_t   own, *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    var = cmcf->variables.elts;
    var += index;

    if ((var->flags & (NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_CHANGEABLE))
        == NGX_HTTP_VAR_NOCACHEABLE)
    {
        ngx_memzero(&own, sizeof(ngx_http_variable_value_t));

        v = (var->get_handler(r, &own, var->data) == NGX_OK) ? &own : NULL;

    } else {
        v = ngx_http_get_flushed_variable(r, index);
    }

    value->len = (v == NULL || v->not_found) ? 0 : v->len;
    value->data = (v == NULL) ? NULL : v->data;
}


/* what the configuration itself says was looked at as it was read */

static ngx_uint_t
ngx_http_gate_transform_fit(ngx_http_gate_transform_t *t,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value)
{
    if (t->answer || op->of == NGX_HTTP_GATE_TRANSFORM_QUERY) {
        return 1;
    }

    return (op->of == NGX_HTTP_GATE_TRANSFORM_COOKIE)
           ? gate_cookie_is_value(ngx_http_gate_view(value))
           : gate_field_is_value(ngx_http_gate_view(value));
}


/*
 * The list that was stays as it is while another one is in its place, so that
 * an element of it is still what slots point at.
 */

static void
ngx_http_gate_transform_note(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_was_t *was)
{
    was->request = r;
    was->headers = r->headers_in.headers;
    was->uri = r->uri;
    was->args = r->args;
    was->method = r->method_name;

    was->now[0] = NULL;
    was->now[1] = NULL;
    was->now[2] = NULL;

    was->next = ctx->was;
    ctx->was = was;
}


/* what nginx has written since is where it leads, and stays */

void
ngx_http_gate_transform_again(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;
    ngx_http_gate_was_t  *was, **from;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL) {
        return;
    }

    for (from = &ctx->was; *from; from = &(*from)->next) {
        if ((*from)->request == r) {
            break;
        }
    }

    was = *from;

    if (was == NULL) {
        return;
    }

    *from = was->next;

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
}
