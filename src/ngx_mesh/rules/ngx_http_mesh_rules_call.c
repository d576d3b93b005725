
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A request to the rules, until its body is there and the log has been read.
 */


#include "ngx_http_mesh_rules.h"


static void ngx_http_mesh_rules_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_mesh_rules_begin(ngx_http_request_t *r);
static void ngx_http_mesh_rules_path(ngx_http_mesh_rules_call_t *call);
static void ngx_http_mesh_rules_gone(void *data);
static void ngx_http_mesh_rules_ready(ngx_http_mesh_wait_t *w, ngx_int_t rc);
static ngx_int_t ngx_http_mesh_rules_run(ngx_http_mesh_rules_call_t *call);


ngx_int_t
ngx_http_mesh_rules_handler(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "mesh rules: \"%V\"", &r->uri);

    if (r != r->main) {
        return NGX_HTTP_FORBIDDEN;
    }

    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {

        rc = ngx_http_discard_request_body(r);

        if (rc != NGX_OK) {
            return rc;
        }

        r->main->count++;
        ngx_http_finalize_request(r, ngx_http_mesh_rules_begin(r));

        return NGX_DONE;
    }

    rc = ngx_http_read_client_request_body(r, ngx_http_mesh_rules_body);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static void
ngx_http_mesh_rules_body(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_mesh_rules_begin(r));
}


/* NGX_DONE: parked, with the reference that the caller does not give back */

static ngx_int_t
ngx_http_mesh_rules_begin(ngx_http_request_t *r)
{
    ngx_http_cleanup_t          *cln;
    ngx_http_mesh_rules_call_t  *call;

    call = ngx_pcalloc(r->pool, sizeof(ngx_http_mesh_rules_call_t));
    cln = ngx_http_cleanup_add(r, 0);

    if (call == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    call->request = r;
    call->wait.data = call;
    call->wait.ready = ngx_http_mesh_rules_ready;

    cln->handler = ngx_http_mesh_rules_gone;
    cln->data = call;

    ngx_http_mesh_rules_path(call);

    switch (ngx_http_mesh_state_wait(&call->wait)) {

    case NGX_OK:
        return ngx_http_mesh_rules_run(call);

    case NGX_AGAIN:
        call->waiting = 1;
        return ngx_http_mesh_rules_park(r);
    }

    /* this worker ends, or may not read: it still knows what it has read */

    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)
        && ngx_http_mesh_rules_own.leaving)
    {
        return ngx_http_mesh_rules_run(call);
    }

    return ngx_http_mesh_reply_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                       "Not now",
                                       "The folder of mesh_state is another "
                                       "process's, or not usable.", NULL);
}


/* NAME, NAME/history, NAME/rollback */

static void
ngx_http_mesh_rules_path(ngx_http_mesh_rules_call_t *call)
{
    size_t      n;
    u_char     *slash;
    gate_str_t  path;

    path = ngx_http_mesh_reply_path(call->request);

    slash = (path.len == 0) ? NULL : memchr(path.data, '/', path.len);
    n = (slash == NULL) ? path.len : (size_t) (slash - path.data);

    call->service = gate_str(path.data, n);
    call->what = gate_str(path.data + n, path.len - n);
}


static void
ngx_http_mesh_rules_gone(void *data)
{
    ngx_http_mesh_rules_call_t *call = data;

    if (call->waiting) {
        call->waiting = 0;
        ngx_http_mesh_state_unwait(&call->wait);
    }
}


static void
ngx_http_mesh_rules_ready(ngx_http_mesh_wait_t *w, ngx_int_t rc)
{
    ngx_http_request_t          *r;
    ngx_http_mesh_rules_call_t  *call;

    call = w->data;
    r = call->request;
    call->waiting = 0;

    if (rc == NGX_OK) {
        rc = ngx_http_mesh_rules_run(call);

    } else {
        rc = ngx_http_mesh_reply_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                         "Not now",
                                         "The folder of mesh_state is not "
                                         "this worker's.", NULL);
    }

    ngx_http_mesh_rules_finish(r, rc);
}


/* a client that goes is seen meanwhile */

ngx_int_t
ngx_http_mesh_rules_park(ngx_http_request_t *r)
{
    if (!r->discard_body) {
        r->read_event_handler = ngx_http_test_reading;
    }

    r->write_event_handler = ngx_http_request_empty_handler;
    r->main->count++;

    return NGX_DONE;
}


void
ngx_http_mesh_rules_finish(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_connection_t  *c;

    c = r->connection;

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_http_mesh_rules_run(ngx_http_mesh_rules_call_t *call)
{
    ngx_uint_t           method;
    ngx_http_request_t  *r;

    r = call->request;
    method = r->method;

    if (call->service.len == 0) {

        if (method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
            return ngx_http_mesh_rules_read(call);
        }

        return ngx_http_mesh_reply_method(r, "GET, HEAD");
    }

    if (!gate_rule_is_name(call->service, GATE_RULE_NAME)) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_NOT_FOUND,
                                           "No such path",
                                           "The name of a service has 1 to "
                                           "128 letters, digits, dots, "
                                           "underscores and hyphens.", NULL);
    }

    if (call->what.len == 0) {

        if (method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
            return ngx_http_mesh_rules_read(call);
        }

        if (method & (NGX_HTTP_PUT|NGX_HTTP_PATCH|NGX_HTTP_DELETE)) {
            return ngx_http_mesh_rules_write(call);
        }

        return ngx_http_mesh_reply_method(r, "GET, HEAD, PUT, PATCH, DELETE");
    }

    if (gate_str_eq(call->what, gate_cstr("/history"))) {
        return (method & (NGX_HTTP_GET|NGX_HTTP_HEAD))
               ? ngx_http_mesh_rules_read(call)
               : ngx_http_mesh_reply_method(r, "GET, HEAD");
    }

    if (gate_str_eq(call->what, gate_cstr("/rollback"))) {
        return (method & NGX_HTTP_POST)
               ? ngx_http_mesh_rules_write(call)
               : ngx_http_mesh_reply_method(r, "POST");
    }

    return ngx_http_mesh_reply_problem(r, NGX_HTTP_NOT_FOUND, "No such path",
                                       "A rule has /history and /rollback "
                                       "below it.", NULL);
}
