
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A stream of gRPC in both directions, within nginx's HTTP/2 server: messages
 * are read as they come, one response is on its way at a time, and trailers end
 * it.
 */


#include "ngx_http_mesh_xds.h"


/* how long routes wait for endpoints that nobody asks for */
#define NGX_HTTP_MESH_XDS_PATIENCE  2000

/* statuses of gRPC */
#define NGX_HTTP_MESH_XDS_OK        "0"
#define NGX_HTTP_MESH_XDS_INVALID   "3"
#define NGX_HTTP_MESH_XDS_INTERNAL  "13"


static void ngx_http_mesh_xds_read(ngx_http_request_t *r);
static ngx_int_t ngx_http_mesh_xds_take(ngx_http_mesh_xds_ctx_t *x,
    ngx_chain_t *in);
static ngx_int_t ngx_http_mesh_xds_message(ngx_http_mesh_xds_ctx_t *x,
    gate_str_t message);
static void ngx_http_mesh_xds_write(ngx_http_request_t *r);
static ngx_int_t ngx_http_mesh_xds_flush(ngx_http_mesh_xds_ctx_t *x,
    ngx_chain_t *out);
static void ngx_http_mesh_xds_impatient(ngx_event_t *ev);
static ngx_int_t ngx_http_mesh_xds_trailer(ngx_http_request_t *r,
    const char *name, const char *value);


void
ngx_http_mesh_xds_begin(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_http_mesh_xds_ctx_t  *x;

    x = ngx_http_get_module_ctx(r, ngx_http_mesh_xds_module);

    r->headers_out.status = NGX_HTTP_OK;
    ngx_str_set(&r->headers_out.content_type, "application/grpc");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    ngx_http_clear_content_length(r);

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    x->patience.handler = ngx_http_mesh_xds_impatient;
    x->patience.data = x;
    x->patience.log = r->connection->log;
    x->patience.cancelable = 1;

    r->read_event_handler = ngx_http_mesh_xds_read;
    r->write_event_handler = ngx_http_mesh_xds_write;

    ngx_http_mesh_xds_read(r);
}


/*
 * A sidecar may be silent for days: the timer that nginx sets for a body is
 * taken back.  What was read is given back when the next is asked for, so it is
 * asked for until nothing comes.
 */

static void
ngx_http_mesh_xds_read(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_chain_t              *in;
    ngx_connection_t         *c;
    ngx_http_mesh_xds_ctx_t  *x;

    c = r->connection;
    x = ngx_http_get_module_ctx(r, ngx_http_mesh_xds_module);

    if (c->error || x->ending) {
        ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
        return;
    }

    for ( ;; ) {
        rc = r->reading_body ? ngx_http_read_unbuffered_request_body(r)
                             : NGX_OK;

        if (c->read->timer_set) {
            ngx_del_timer(c->read);
        }

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
            return;
        }

        in = r->request_body->bufs;
        r->request_body->bufs = NULL;

        if (in == NULL) {
            break;
        }

        if (ngx_http_mesh_xds_take(x, in) != NGX_OK) {
            return;
        }
    }

    if (!r->reading_body) {
        ngx_http_mesh_xds_end(x, NGX_HTTP_MESH_XDS_OK, "");
        return;
    }

    ngx_http_mesh_xds_say(x);
}


/* DONE: the stream has ended */

static ngx_int_t
ngx_http_mesh_xds_take(ngx_http_mesh_xds_ctx_t *x, ngx_chain_t *in)
{
    ngx_int_t     rc;
    gate_str_t    bytes, message;
    ngx_chain_t  *next;

    for ( /* void */ ; in; in = next) {
        next = in->next;
        bytes = gate_str(in->buf->pos, in->buf->last - in->buf->pos);
        in->buf->pos = in->buf->last;
        ngx_free_chain(x->request->pool, in);

        while ((rc = mesh_grpc_read(&x->reader, &bytes, &message)) == 1) {

            if (ngx_http_mesh_xds_message(x, message) != NGX_OK) {
                return NGX_DONE;
            }
        }

        if (rc < 0) {
            ngx_http_mesh_xds_end(x, NGX_HTTP_MESH_XDS_INVALID,
                                  "the message is compressed or too long");
            return NGX_DONE;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_mesh_xds_message(ngx_http_mesh_xds_ctx_t *x, gate_str_t message)
{
    int               answer;
    mesh_rc_e         rc;
    const char       *why;
    mesh_ads_stat_t   stat;
    mesh_xds_node_t  *node;
    mesh_xds_type_e   type;

    rc = mesh_ads_receive(x->stream.ads, message, ngx_http_mesh_state(), &why);

    if (rc == MESH_BAD || rc == MESH_NO_MEMORY) {
        ngx_log_error(NGX_LOG_WARN, x->request->connection->log, 0,
                      "mesh xds: a sidecar's message is refused: %s", why);
        ngx_http_mesh_xds_end(x, (rc == MESH_BAD)
                                 ? NGX_HTTP_MESH_XDS_INVALID
                                 : NGX_HTTP_MESH_XDS_INTERNAL, why);
        return NGX_ERROR;
    }

    answer = mesh_ads_answer(x->stream.ads, &type);

    if (answer != 0) {
        x->stream.took_ms = ngx_current_msec - x->stream.sent_at;
    }

    if (answer < 0) {
        node = mesh_ads_node(x->stream.ads);
        mesh_ads_stat(x->stream.ads, type, &stat);

        ngx_log_error(NGX_LOG_ERR, x->request->connection->log, 0,
                      "mesh xds: sidecar \"%*s\" refuses what it was told: "
                      "%*s", node->sidecar.id.len, node->sidecar.id.data,
                      stat.nack.len, stat.nack.data);
    }

    return NGX_OK;
}


void
ngx_http_mesh_xds_say(ngx_http_mesh_xds_ctx_t *x)
{
    size_t       begun;
    mesh_rc_e    rc;
    ngx_chain_t  out;

    if (x->ending) {
        return;
    }

    /* an answer now would be a lie, and take all from the sidecar */

    while (ngx_http_mesh_ready() && x->out.len == 0) {

        begun = mesh_grpc_begin(&x->out);
        rc = mesh_ads_next(x->stream.ads, ngx_http_mesh_state(), &x->out);

        if (rc != MESH_OK) {
            x->out.len = 0;

            if (rc != MESH_NONE) {
                ngx_http_mesh_xds_end(x, NGX_HTTP_MESH_XDS_INTERNAL,
                                      "no memory");
                return;
            }

            break;
        }

        mesh_grpc_end(&x->out, begun);
        x->stream.sent_at = ngx_current_msec;

        ngx_memzero(&x->buf, sizeof(ngx_buf_t));
        x->buf.start = x->out.data;
        x->buf.pos = x->out.data;
        x->buf.last = x->out.data + x->out.len;
        x->buf.end = x->buf.last;
        x->buf.memory = 1;
        x->buf.flush = 1;

        out.buf = &x->buf;
        out.next = NULL;

        if (ngx_http_mesh_xds_flush(x, &out) != NGX_OK) {
            return;
        }
    }

    if (!mesh_ads_waits(x->stream.ads)) {

        if (x->patience.timer_set) {
            ngx_del_timer(&x->patience);
        }

    } else if (!x->patience.timer_set) {
        ngx_add_timer(&x->patience, NGX_HTTP_MESH_XDS_PATIENCE);
    }
}


/* AGAIN: it is under way; ERROR: the request has ended */

static ngx_int_t
ngx_http_mesh_xds_flush(ngx_http_mesh_xds_ctx_t *x, ngx_chain_t *out)
{
    ngx_event_t               *wev;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = x->request;
    wev = r->connection->write;

    if (ngx_http_output_filter(r, out) == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
        return NGX_ERROR;
    }

    if (x->buf.pos == x->buf.last && !r->buffered) {
        x->out.len = 0;

        if (wev->timer_set) {
            ngx_del_timer(wev);
        }

        return NGX_OK;
    }

    /* a sidecar that does not read must not be kept */

    if (!wev->timer_set) {
        clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
        ngx_add_timer(wev, clcf->send_timeout);
    }

    return NGX_AGAIN;
}


static void
ngx_http_mesh_xds_write(ngx_http_request_t *r)
{
    ngx_http_mesh_xds_ctx_t  *x;

    x = ngx_http_get_module_ctx(r, ngx_http_mesh_xds_module);

    if (r->connection->error || r->connection->write->timedout) {

        if (r->connection->write->timedout) {
            ngx_log_error(NGX_LOG_INFO, r->connection->log, NGX_ETIMEDOUT,
                          "mesh xds: a sidecar does not read");
            r->connection->timedout = 1;
        }

        ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
        return;
    }

    if (x->ending) {
        return;
    }

    if (x->out.len != 0 && ngx_http_mesh_xds_flush(x, NULL) != NGX_OK) {
        return;
    }

    ngx_http_mesh_xds_say(x);
}


static void
ngx_http_mesh_xds_impatient(ngx_event_t *ev)
{
    ngx_http_mesh_xds_ctx_t  *x;

    x = ev->data;

    mesh_ads_give_up(x->stream.ads);
    ngx_http_mesh_xds_say(x);
}


/* behind what is under way */

void
ngx_http_mesh_xds_end(ngx_http_mesh_xds_ctx_t *x, const char *status,
    const char *message)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = x->request;

    if (x->ending) {
        return;
    }

    x->ending = 1;

    if (ngx_http_mesh_xds_trailer(r, "grpc-status", status) != NGX_OK
        || (*message && ngx_http_mesh_xds_trailer(r, "grpc-message", message)
                        != NGX_OK))
    {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    rc = ngx_http_send_special(r, NGX_HTTP_LAST);

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_mesh_xds_trailer(ngx_http_request_t *r, const char *name,
    const char *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.trailers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key.len = ngx_strlen(name);
    h->key.data = (u_char *) name;
    h->value.len = ngx_strlen(value);
    h->value.data = (u_char *) value;

    return NGX_OK;
}
