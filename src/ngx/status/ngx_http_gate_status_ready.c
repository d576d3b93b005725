
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_status?ready: does a sidecar accept connections?
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_status.h"
#include "ngx_http_gate_service.h"


#define NGX_HTTP_GATE_STATUS_CONNECT  1000    /* ms, of each address */


typedef struct {
    ngx_http_request_t        *request;
    ngx_array_t               *addrs;         /* of ngx_addr_t */
    ngx_uint_t                 next;
    ngx_peer_connection_t      peer;
} ngx_http_gate_status_probe_t;


static ngx_int_t ngx_http_gate_status_probe(
    ngx_http_gate_status_probe_t *probe);
static void ngx_http_gate_status_probe_handler(ngx_event_t *ev);
static ngx_uint_t ngx_http_gate_status_connected(
    ngx_http_gate_status_probe_t *probe, ngx_event_t *ev);
static void ngx_http_gate_status_probe_close(
    ngx_http_gate_status_probe_t *probe);
static void ngx_http_gate_status_probe_cleanup(void *data);
static ngx_int_t ngx_http_gate_status_answer(ngx_http_request_t *r,
    ngx_uint_t ready);


/*
 * Ready: one of the addresses that gate_pass hands requests to accepts a
 * connection.  They are asked one after the other.  Where upstreams have
 * several sidecars between them, this tells that not all of them are away.
 */

ngx_int_t
ngx_http_gate_status_ready(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_array_t                   *addrs;
    ngx_http_cleanup_t            *cln;
    ngx_http_gate_status_probe_t  *probe;

    addrs = ngx_http_gate_service_sidecars((ngx_cycle_t *) ngx_cycle);

    if (addrs == NULL || addrs->nelts == 0) {
        return ngx_http_gate_status_answer(r, 1);
    }

    cln = ngx_http_cleanup_add(r, sizeof(ngx_http_gate_status_probe_t));
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    probe = cln->data;
    ngx_memzero(probe, sizeof(ngx_http_gate_status_probe_t));

    probe->request = r;
    probe->addrs = addrs;

    cln->handler = ngx_http_gate_status_probe_cleanup;

    rc = ngx_http_gate_status_probe(probe);

    if (rc != NGX_AGAIN) {
        return ngx_http_gate_status_answer(r, rc == NGX_OK);
    }

    r->main->count++;

    if (!r->discard_body) {
        r->read_event_handler = ngx_http_test_reading;
    }

    return NGX_DONE;
}


/* NGX_OK: one accepts, NGX_DECLINED: none does, NGX_AGAIN: it will tell */

static ngx_int_t
ngx_http_gate_status_probe(ngx_http_gate_status_probe_t *probe)
{
    ngx_int_t          rc;
    ngx_addr_t        *addr;
    ngx_connection_t  *c;

    addr = probe->addrs->elts;

    while (probe->next < probe->addrs->nelts) {

        ngx_memzero(&probe->peer, sizeof(ngx_peer_connection_t));

        probe->peer.sockaddr = addr[probe->next].sockaddr;
        probe->peer.socklen = addr[probe->next].socklen;
        probe->peer.name = &addr[probe->next].name;
        probe->peer.get = ngx_event_get_peer;
        probe->peer.log = probe->request->connection->log;
        probe->peer.log_error = NGX_ERROR_ERR;

        probe->next++;

        rc = ngx_event_connect_peer(&probe->peer);

        c = probe->peer.connection;

        if (rc == NGX_OK) {
            ngx_http_gate_status_probe_close(probe);
            return NGX_OK;
        }

        if (rc != NGX_AGAIN) {
            ngx_http_gate_status_probe_close(probe);
            continue;
        }

        c->data = probe;
        c->read->handler = ngx_http_empty_handler;
        c->write->handler = ngx_http_gate_status_probe_handler;

        ngx_add_timer(c->write, NGX_HTTP_GATE_STATUS_CONNECT);

        return NGX_AGAIN;
    }

    return NGX_DECLINED;
}


static void
ngx_http_gate_status_probe_handler(ngx_event_t *ev)
{
    ngx_int_t                      rc;
    ngx_connection_t              *c;
    ngx_http_request_t            *r;
    ngx_http_gate_status_probe_t  *probe;

    c = ev->data;
    probe = c->data;
    r = probe->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    rc = ngx_http_gate_status_connected(probe, ev) ? NGX_OK : NGX_DECLINED;

    ngx_http_gate_status_probe_close(probe);

    if (rc != NGX_OK) {
        rc = ngx_http_gate_status_probe(probe);
    }

    if (rc == NGX_AGAIN) {
        return;
    }

    ngx_http_finalize_request(r, ngx_http_gate_status_answer(r, rc == NGX_OK));

    ngx_http_run_posted_requests(c);
}


static ngx_uint_t
ngx_http_gate_status_connected(ngx_http_gate_status_probe_t *probe,
    ngx_event_t *ev)
{
    int                err;
    socklen_t          len;
    ngx_connection_t  *c;

    c = probe->peer.connection;

    if (ev->timedout) {
        err = NGX_ETIMEDOUT;

    } else {
        err = 0;
        len = sizeof(int);

        if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len)
            == -1)
        {
            err = ngx_socket_errno;
        }
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ev->log, err,
                   "gate status: probe %V t:%d", probe->peer.name,
                   ev->timedout);

    if (err) {
        ngx_log_error(NGX_LOG_ERR, ev->log, err,
                      "gate status: sidecar %V does not accept connections",
                      probe->peer.name);
        return 0;
    }

    return 1;
}


static void
ngx_http_gate_status_probe_close(ngx_http_gate_status_probe_t *probe)
{
    if (probe->peer.connection) {
        ngx_close_connection(probe->peer.connection);
        probe->peer.connection = NULL;
    }
}


/* the client went away */

static void
ngx_http_gate_status_probe_cleanup(void *data)
{
    ngx_http_gate_status_probe_t  *probe = data;

    ngx_http_gate_status_probe_close(probe);
}


static ngx_int_t
ngx_http_gate_status_answer(ngx_http_request_t *r, ngx_uint_t ready)
{
    static u_char  yes[] = "{\"ready\":true}\n";
    static u_char  no[] = "{\"ready\":false,"
                          "\"reason\":\"sidecar_unavailable\"}\n";

    if (ready) {
        return ngx_http_gate_status_send(r, NGX_HTTP_OK,
                                         NGX_HTTP_GATE_STATUS_JSON,
                                         yes, sizeof(yes) - 1);
    }

    return ngx_http_gate_status_send(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                     NGX_HTTP_GATE_STATUS_JSON,
                                     no, sizeof(no) - 1);
}
