
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A call of the API: what it asks for, its body, and where it waits.
 */


#include "ngx_http_mesh_registry.h"

#include "gate_uri.h"
#include "mesh_definition.h"
#include "mesh_duration.h"


#define NGX_HTTP_MESH_REGISTRY_BODY    262144
#define NGX_HTTP_MESH_REGISTRY_OPENS   15000  /* ms that a call waits for it */
#define NGX_HTTP_MESH_REGISTRY_WAIT    300000 /* ms, as in Consul */
#define NGX_HTTP_MESH_REGISTRY_LONGEST 600000


static ngx_int_t ngx_http_mesh_registry_query(
    ngx_http_mesh_registry_call_t *call, const char **why);
static ngx_int_t ngx_http_mesh_registry_query_index(
    ngx_http_mesh_registry_call_t *call, const char **why);
static void ngx_http_mesh_registry_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_mesh_registry_run(
    ngx_http_mesh_registry_call_t *call);
static void ngx_http_mesh_registry_timed_out(ngx_event_t *ev);
static void ngx_http_mesh_registry_unpark(
    ngx_http_mesh_registry_call_t *call);
static void ngx_http_mesh_registry_cleanup(void *data);


ngx_int_t
ngx_http_mesh_registry_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    const char                     *why;
    ngx_http_mesh_registry_call_t  *call;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "mesh registry: \"%V\"", &r->uri);

    if (r != r->main) {
        return NGX_HTTP_FORBIDDEN;
    }

    call = ngx_pcalloc(r->pool, sizeof(ngx_http_mesh_registry_call_t));
    if (call == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    call->request = r;
    call->from = ngx_http_mesh_str(r->connection->addr_text);

    mesh_route(ngx_http_mesh_str(r->method_name), ngx_http_mesh_str(r->uri),
               &call->route);

    ngx_http_set_ctx(r, call, ngx_http_mesh_registry_module);

    if (call->route.body) {
        r->request_body_in_single_buf = 1;

        if (r->headers_in.content_length_n <= NGX_HTTP_MESH_REGISTRY_BODY) {
            rc = ngx_http_read_client_request_body(r,
                                              ngx_http_mesh_registry_body);

            return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
        }
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (call->route.body) {
        return ngx_http_mesh_registry_refuse(r, 413, NULL,
                                             "A body may have 256 KB.");
    }

    why = NULL;

    if (ngx_http_mesh_registry_query(call, &why) != NGX_OK) {
        return ngx_http_mesh_registry_refuse(r, 400, NULL, why);
    }

    rc = ngx_http_mesh_registry_run(call);

    if (rc == NGX_AGAIN) {
        r->main->count++;
        return NGX_DONE;
    }

    return rc;
}


static void
ngx_http_mesh_registry_body(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    const char                     *why;
    ngx_http_mesh_registry_call_t  *call;

    call = ngx_http_get_module_ctx(r, ngx_http_mesh_registry_module);
    why = NULL;

    if (ngx_http_mesh_reply_body(r, &call->body) != NGX_OK) {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else if (call->body.len > NGX_HTTP_MESH_REGISTRY_BODY) {
        rc = ngx_http_mesh_registry_refuse(r, 413, NULL,
                                           "A body may have 256 KB.");

    } else if (call->body.len == 0) {
        rc = ngx_http_mesh_registry_refuse(r, 400, NULL,
                                           "The body is missing.");

    } else if (ngx_http_mesh_registry_query(call, &why) != NGX_OK) {
        rc = ngx_http_mesh_registry_refuse(r, 400, NULL, why);

    } else {
        rc = ngx_http_mesh_registry_run(call);
    }

    if (rc != NGX_AGAIN) {
        ngx_http_finalize_request(r, rc);
    }
}


static ngx_int_t
ngx_http_mesh_registry_query(ngx_http_mesh_registry_call_t *call,
    const char **why)
{
    gate_str_t  value;

    if (ngx_http_mesh_registry_arg(call, "node", &value) == NGX_OK) {

        if (!mesh_definition_node(value)) {
            *why = "\"node\" must have 1 to 128 bytes and no control "
                   "character";
            return NGX_ERROR;
        }

        call->node = value;
    }

    if (ngx_http_mesh_registry_arg(call, "filter", &value) == NGX_OK) {
        *why = "\"filter\" is not offered here";
        return NGX_ERROR;
    }

    if (ngx_http_mesh_registry_arg(call, "dc", &value) == NGX_OK
        && !gate_str_eq(value, gate_cstr("dc1")))
    {
        *why = "\"dc\": there is one datacenter, \"dc1\"";
        return NGX_ERROR;
    }

    return call->route.blocks
           ? ngx_http_mesh_registry_query_index(call, why) : NGX_OK;
}


static ngx_int_t
ngx_http_mesh_registry_query_index(ngx_http_mesh_registry_call_t *call,
    const char **why)
{
    ngx_int_t   n;
    gate_str_t  value;

    call->wait_ms = NGX_HTTP_MESH_REGISTRY_WAIT;

    if (ngx_http_mesh_registry_arg(call, "index", &value) == NGX_OK) {
        n = ngx_atoi(value.data, value.len);

        if (n == NGX_ERROR) {
            *why = "\"index\" is no index";
            return NGX_ERROR;
        }

        call->asked = (uint64_t) n;
    }

    if (ngx_http_mesh_registry_arg(call, "wait", &value) == NGX_OK
        && !mesh_duration_parse(value, &call->wait_ms))
    {
        *why = "\"wait\" must be a duration such as \"30s\" or \"5m\"";
        return NGX_ERROR;
    }

    if (call->wait_ms > NGX_HTTP_MESH_REGISTRY_LONGEST) {
        call->wait_ms = NGX_HTTP_MESH_REGISTRY_LONGEST;
    }

    if (call->wait_ms == 0) {
        call->wait_ms = NGX_HTTP_MESH_REGISTRY_WAIT;
    }

    return NGX_OK;
}


/* decoded; NGX_DECLINED: it is not there */

ngx_int_t
ngx_http_mesh_registry_arg(ngx_http_mesh_registry_call_t *call,
    const char *name, gate_str_t *value)
{
    size_t               pos;
    gate_str_t           arg, raw;
    unsigned char       *p;
    ngx_http_request_t  *r;

    r = call->request;
    pos = 0;

    if (!gate_uri_arg(ngx_http_mesh_str(r->args), gate_cstr(name), &pos, &arg,
                      &raw))
    {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, raw.len + 1);
    if (p == NULL) {
        return NGX_DECLINED;
    }

    *value = gate_str(p, gate_uri_unescape(raw, p));

    return NGX_OK;
}


static ngx_int_t
ngx_http_mesh_registry_run(ngx_http_mesh_registry_call_t *call)
{
    ngx_http_request_t        *r;
    ngx_http_mesh_registry_t  *own;

    r = call->request;
    own = &ngx_http_mesh_registry_own;

    if (call->route.route == MESH_ROUTE_NONE) {
        return ngx_http_mesh_registry_refuse(r, 404, NULL,
                                             "Nothing has that path.");
    }

    if (call->route.route == MESH_ROUTE_METHOD) {
        return ngx_http_mesh_reply_method(r, call->route.allow);
    }

    if (own->closed) {
        return ngx_http_mesh_registry_refuse(r, 503, NULL,
                                             "This process ends, or has no "
                                             "folder: try again.");
    }

    if (!own->open) {
        return ngx_http_mesh_registry_park(call, &own->waits,
                                           NGX_HTTP_MESH_REGISTRY_OPENS);
    }

    return (call->route.route < MESH_ROUTE_AGENT_SERVICES)
           ? ngx_http_mesh_registry_write(call)
           : ngx_http_mesh_registry_read(call);
}


ngx_int_t
ngx_http_mesh_registry_park(ngx_http_mesh_registry_call_t *call,
    ngx_queue_t *queue, ngx_msec_t ms)
{
    ngx_http_cleanup_t  *cln;
    ngx_http_request_t  *r;

    r = call->request;

    if (!call->parked) {
        cln = ngx_http_cleanup_add(r, 0);
        if (cln == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        cln->handler = ngx_http_mesh_registry_cleanup;
        cln->data = call;
        call->parked = 1;

        r->read_event_handler = ngx_http_test_reading;
        r->write_event_handler = ngx_http_request_empty_handler;
    }

    if (queue != NULL) {
        ngx_queue_insert_tail(queue, &call->queue);
        call->queued = 1;
    }

    if (ms != 0) {
        call->timer.handler = ngx_http_mesh_registry_timed_out;
        call->timer.data = call;
        call->timer.log = r->connection->log;
        ngx_add_timer(&call->timer, ms);
    }

    return NGX_AGAIN;
}


/* nothing has changed in that time; or it is not open yet */

static void
ngx_http_mesh_registry_timed_out(ngx_event_t *ev)
{
    ngx_http_mesh_registry_call_t  *call;

    call = ev->data;

    if (ngx_http_mesh_registry_own.open) {
        call->asked = 0;
        ngx_http_mesh_registry_wake(call);
        return;
    }

    ngx_http_mesh_registry_finish(call,
        ngx_http_mesh_registry_refuse(call->request, 503, NULL,
                                      "Another process still has the "
                                      "folder: try again."));
}


void
ngx_http_mesh_registry_wake(ngx_http_mesh_registry_call_t *call)
{
    ngx_int_t  rc;

    ngx_http_mesh_registry_unpark(call);

    rc = ngx_http_mesh_registry_run(call);

    if (rc != NGX_AGAIN) {
        ngx_http_mesh_registry_finish(call, rc);
    }
}


void
ngx_http_mesh_registry_finish(ngx_http_mesh_registry_call_t *call,
    ngx_int_t rc)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = call->request;
    c = r->connection;

    ngx_http_mesh_registry_unpark(call);

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


static void
ngx_http_mesh_registry_unpark(ngx_http_mesh_registry_call_t *call)
{
    if (call->timer.timer_set) {
        ngx_del_timer(&call->timer);
    }

    if (call->queued) {
        call->queued = 0;
        ngx_queue_remove(&call->queue);
    }

    if (call->name != NULL) {
        call->name->refs--;
        ngx_http_mesh_registry_unname(call->name);
        call->name = NULL;
    }
}


/* the client has left */

static void
ngx_http_mesh_registry_cleanup(void *data)
{
    ngx_http_mesh_registry_call_t *call = data;

    ngx_http_mesh_registry_unpark(call);
    ngx_http_mesh_registry_left(call);
}
