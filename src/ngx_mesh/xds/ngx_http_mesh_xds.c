
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * mesh_xds: sidecars have their configuration from here, by the incremental
 * form of aggregated discovery over gRPC.
 */


#include "ngx_http_mesh_xds.h"


typedef struct {
    ngx_flag_t             enable;
} ngx_http_mesh_xds_loc_conf_t;


static ngx_int_t ngx_http_mesh_xds_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_mesh_xds_wanted(ngx_http_request_t *r);
static void ngx_http_mesh_xds_cleanup(void *data);
static void ngx_http_mesh_xds_changed(ngx_http_mesh_watch_t *w,
    const mesh_state_t *from, const mesh_state_t *to);
static void ngx_http_mesh_xds_leave(ngx_event_t *ev);
static void ngx_http_mesh_xds_left(ngx_event_t *ev);
static void *ngx_http_mesh_xds_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_mesh_xds(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_http_mesh_xds_init_process(ngx_cycle_t *cycle);
static void ngx_http_mesh_xds_exit_process(ngx_cycle_t *cycle);


ngx_queue_t  ngx_http_mesh_xds_streams;

static ngx_http_mesh_watch_t   ngx_http_mesh_xds_watch;
static ngx_connection_t       *ngx_http_mesh_xds_bell;
static ngx_event_t             ngx_http_mesh_xds_leaving;


static ngx_command_t  ngx_http_mesh_xds_commands[] = {

    { ngx_string("mesh_xds"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_mesh_xds,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_mesh_xds_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_mesh_xds_create_loc_conf,     /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_xds_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_xds_module_ctx,         /* module context */
    ngx_http_mesh_xds_commands,            /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_mesh_xds_init_process,        /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_mesh_xds_exit_process,        /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_mesh_xds_handler(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_pool_cleanup_t       *cln;
    ngx_http_mesh_xds_ctx_t  *x;

    rc = ngx_http_mesh_xds_wanted(r);
    if (rc != NGX_OK) {
        return rc;
    }

    x = ngx_pcalloc(r->pool, sizeof(ngx_http_mesh_xds_ctx_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (x == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    x->stream.ads = mesh_ads_create();
    if (x->stream.ads == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    x->request = r;
    x->stream.since = ngx_time();
    ngx_queue_insert_tail(&ngx_http_mesh_xds_streams, &x->stream.queue);

    cln->handler = ngx_http_mesh_xds_cleanup;
    cln->data = x;

    ngx_http_set_ctx(r, x, ngx_http_mesh_xds_module);

    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_mesh_xds_begin);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static ngx_int_t
ngx_http_mesh_xds_wanted(ngx_http_request_t *r)
{
    ngx_str_t  *type;

    static const ngx_str_t  grpc = ngx_string("application/grpc");
    static const ngx_str_t  method = ngx_string(
        "/envoy.service.discovery.v3.AggregatedDiscoveryService/"
        "DeltaAggregatedResources");

    if (r->method != NGX_HTTP_POST) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    type = r->headers_in.content_type ? &r->headers_in.content_type->value
                                      : NULL;

    if (r->stream == NULL || type == NULL || type->len < grpc.len
        || ngx_strncasecmp(type->data, grpc.data, grpc.len) != 0)
    {
        return NGX_HTTP_UNSUPPORTED_MEDIA_TYPE;
    }

    /* the other services of discovery: sidecars have to be told of this one */

    if (r->uri.len != method.len
        || ngx_strncmp(r->uri.data, method.data, method.len) != 0)
    {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "mesh xds: \"%V\" is not served: a sidecar needs "
                      "\"ads_config\" with \"api_type: DELTA_GRPC\"", &r->uri);
        return NGX_HTTP_NOT_FOUND;
    }

    return NGX_OK;
}


static void
ngx_http_mesh_xds_cleanup(void *data)
{
    ngx_http_mesh_xds_ctx_t *x = data;

    ngx_queue_remove(&x->stream.queue);

    if (x->patience.timer_set) {
        ngx_del_timer(&x->patience);
    }

    mesh_ads_free(x->stream.ads);
    mesh_grpc_free(&x->reader);
    mesh_pb_free(&x->out);
}


static void
ngx_http_mesh_xds_changed(ngx_http_mesh_watch_t *w, const mesh_state_t *from,
    const mesh_state_t *to)
{
    ngx_queue_t              *q, *next;
    ngx_http_mesh_xds_ctx_t  *x;

    for (q = ngx_queue_head(&ngx_http_mesh_xds_streams);
         q != ngx_queue_sentinel(&ngx_http_mesh_xds_streams);
         q = next)
    {
        next = ngx_queue_next(q);
        x = (ngx_http_mesh_xds_ctx_t *)
                ngx_queue_data(q, ngx_http_mesh_stream_t, queue);

        if (mesh_ads_change(x->stream.ads, from, to) != MESH_OK) {
            ngx_http_mesh_xds_end(x, "13", "no memory");
            continue;
        }

        ngx_http_mesh_xds_say(x);
    }
}


ngx_int_t
ngx_http_mesh_streams(
    ngx_int_t (*visit)(void *data, ngx_http_mesh_stream_t *s), void *data)
{
    ngx_int_t                rc;
    ngx_queue_t             *q;
    ngx_http_mesh_stream_t  *s;

    for (q = ngx_queue_head(&ngx_http_mesh_xds_streams);
         q != ngx_queue_sentinel(&ngx_http_mesh_xds_streams);
         q = ngx_queue_next(q))
    {
        s = ngx_queue_data(q, ngx_http_mesh_stream_t, queue);
        rc = mesh_ads_node(s->ads) ? visit(data, s) : 0;

        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


/*
 * A worker that is to go closes idle connections: one of them is only there to
 * hear of it.  Streams end a moment later, when the connections of HTTP/2 have
 * been told, so that a sidecar comes back by a new one.
 */

static void
ngx_http_mesh_xds_leave(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    c = ev->data;

    if (c->close) {
        ngx_http_mesh_xds_leaving.handler = ngx_http_mesh_xds_left;
        ngx_http_mesh_xds_leaving.log = ngx_cycle->log;
        ngx_add_timer(&ngx_http_mesh_xds_leaving, 1);

        ngx_http_mesh_xds_bell = NULL;
        ngx_close_connection(c);
    }
}


static void
ngx_http_mesh_xds_left(ngx_event_t *ev)
{
    ngx_queue_t              *q, *next;
    ngx_http_mesh_xds_ctx_t  *x;

    for (q = ngx_queue_head(&ngx_http_mesh_xds_streams);
         q != ngx_queue_sentinel(&ngx_http_mesh_xds_streams);
         q = next)
    {
        next = ngx_queue_next(q);
        x = (ngx_http_mesh_xds_ctx_t *)
                ngx_queue_data(q, ngx_http_mesh_stream_t, queue);

        ngx_http_mesh_xds_end(x, "14", "this process goes");
    }
}


static void *
ngx_http_mesh_xds_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_xds_loc_conf_t));
}


static char *
ngx_http_mesh_xds(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_mesh_xds_loc_conf_t *xlcf = conf;

    ngx_http_core_loc_conf_t  *clcf;

    if (xlcf->enable) {
        return "is duplicate";
    }

    xlcf->enable = 1;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_mesh_xds_handler;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_mesh_xds_init_process(ngx_cycle_t *cycle)
{
    ngx_socket_t       s;
    ngx_connection_t  *c;

    if (ngx_http_mesh_sources() == NULL) {
        return NGX_OK;
    }

    ngx_queue_init(&ngx_http_mesh_xds_streams);

    ngx_http_mesh_xds_watch.changed = ngx_http_mesh_xds_changed;
    ngx_http_mesh_watch(&ngx_http_mesh_xds_watch);

    s = ngx_socket(AF_UNIX, SOCK_STREAM, 0);

    if (s == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, ngx_socket_errno,
                      ngx_socket_n " failed");
        return NGX_ERROR;
    }

    c = ngx_get_connection(s, cycle->log);

    if (c == NULL) {
        (void) ngx_close_socket(s);
        return NGX_ERROR;
    }

    c->idle = 1;
    c->log = cycle->log;
    c->read->log = cycle->log;
    c->write->log = cycle->log;
    c->read->handler = ngx_http_mesh_xds_leave;

    ngx_http_mesh_xds_bell = c;

    return NGX_OK;
}


static void
ngx_http_mesh_xds_exit_process(ngx_cycle_t *cycle)
{
    if (ngx_http_mesh_xds_bell != NULL) {
        ngx_close_connection(ngx_http_mesh_xds_bell);
        ngx_http_mesh_xds_bell = NULL;
    }
}
