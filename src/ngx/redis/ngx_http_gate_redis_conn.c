
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One connection to Redis: the socket, what goes out, what comes in.
 *
 * The socket is nginx's; hiredis formats commands and parses replies.  Its
 * asynchronous half is not used: 0.14 ends the process by assert() on a reply
 * that nobody asked for, reads 16 KB per event and has no deadlines.
 */


#include "ngx_http_gate_redis_conn.h"


#define NGX_HTTP_GATE_REDIS_REPLY     (1024 * 1024)    /* bytes */
/* elements of an array: none is shorter than "+\r\n" */
#define NGX_HTTP_GATE_REDIS_ARRAY     (NGX_HTTP_GATE_REDIS_REPLY / 3)


static void ngx_http_gate_redis_conn_established(
    ngx_http_gate_redis_conn_t *conn);
static ngx_int_t ngx_http_gate_redis_conn_reader(
    ngx_http_gate_redis_conn_t *conn);
#if (HIREDIS_MAJOR < 1)
static void *ngx_http_gate_redis_conn_array(const redisReadTask *task, int n);
#endif
static void ngx_http_gate_redis_conn_lose(ngx_http_gate_redis_conn_t *conn,
    ngx_uint_t badness, ngx_err_t err, const char *why);
static void ngx_http_gate_redis_conn_wake(void *data);
static void ngx_http_gate_redis_conn_look(void *data);
static void ngx_http_gate_redis_conn_write_handler(ngx_event_t *wev);
static void ngx_http_gate_redis_conn_write(ngx_http_gate_redis_conn_t *conn);
static void ngx_http_gate_redis_conn_read_handler(ngx_event_t *rev);
static void ngx_http_gate_redis_conn_read(ngx_http_gate_redis_conn_t *conn);
static ngx_int_t ngx_http_gate_redis_conn_replies(
    ngx_http_gate_redis_conn_t *conn);
static void ngx_http_gate_redis_conn_answered(
    ngx_http_gate_redis_conn_t *conn, redisReply *reply);
static void ngx_http_gate_redis_conn_expire(ngx_event_t *ev);


void
ngx_http_gate_redis_conn_init(ngx_http_gate_redis_conn_t *conn,
    ngx_http_gate_redis_owner_t *owner, void *data, ngx_log_t *log)
{
    conn->log = log;
    conn->data = data;
    conn->owner = owner;
    conn->ident = -1;

    conn->quiet = *log;
    conn->quiet.log_level = NGX_LOG_STDERR;

    conn->timer.handler = ngx_http_gate_redis_conn_expire;
    conn->timer.data = conn;
    conn->timer.log = log;
    conn->timer.cancelable = 1;

    ngx_http_gate_redis_ring_init(&conn->ring, log);

    conn->ring.data = conn;
    conn->ring.wake = ngx_http_gate_redis_conn_wake;
    conn->ring.look = ngx_http_gate_redis_conn_look;
}


void
ngx_http_gate_redis_conn_open(ngx_http_gate_redis_conn_t *conn,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_str_t *name)
{
    ngx_int_t          rc;
    ngx_connection_t  *c;

    ngx_memzero(&conn->peer, sizeof(ngx_peer_connection_t));

    conn->peer.sockaddr = sockaddr;
    conn->peer.socklen = socklen;
    conn->peer.name = name;
    conn->peer.get = ngx_event_get_peer;
    conn->peer.log = &conn->quiet;
    conn->peer.log_error = NGX_ERROR_INFO;
    conn->peer.so_keepalive = (sockaddr->sa_family != AF_UNIX);

    ngx_set_socket_errno(0);

    rc = ngx_event_connect_peer(&conn->peer);

    if (rc != NGX_OK && rc != NGX_AGAIN) {
        ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_AWAY,
                                      ngx_socket_errno, "cannot connect");
        return;
    }

    c = conn->peer.connection;
    c->data = conn;
    c->idle = !conn->stays;
    c->log = conn->log;
    c->read->log = conn->log;
    c->write->log = conn->log;
    c->read->handler = ngx_http_gate_redis_conn_read_handler;
    c->write->handler = ngx_http_gate_redis_conn_write_handler;

    conn->state = NGX_HTTP_GATE_REDIS_CONNECTING;
    conn->since = ngx_current_msec;

    ngx_add_timer(&conn->timer, conn->opening);

    if (rc == NGX_OK) {
        ngx_http_gate_redis_conn_established(conn);
    }
}


static void
ngx_http_gate_redis_conn_established(ngx_http_gate_redis_conn_t *conn)
{
    int                err;
    socklen_t          len;
    ngx_connection_t  *c;

    c = conn->peer.connection;
    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_AWAY, err,
                                      "cannot connect");
        return;
    }

    if (conn->peer.sockaddr->sa_family != AF_UNIX
        && ngx_tcp_nodelay(c) != NGX_OK)
    {
        ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                      "setsockopt() failed");
        return;
    }

    if (ngx_http_gate_redis_conn_reader(conn) != NGX_OK
        || ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                      "no memory");
        return;
    }

    conn->state = NGX_HTTP_GATE_REDIS_OPEN;

    conn->owner->opened(conn->data);
}


/* hiredis makes an array as long as it is said to be before it has come */

static ngx_int_t
ngx_http_gate_redis_conn_reader(ngx_http_gate_redis_conn_t *conn)
{
    conn->reader = redisReaderCreate();
    if (conn->reader == NULL) {
        return NGX_ERROR;
    }

    conn->unanswered = 0;

#if (HIREDIS_MAJOR < 1)

    conn->objects = *conn->reader->fn;
    conn->array = conn->objects.createArray;
    conn->objects.createArray = ngx_http_gate_redis_conn_array;

    conn->reader->fn = &conn->objects;
    conn->reader->privdata = conn;

#else

    conn->reader->maxelements = NGX_HTTP_GATE_REDIS_ARRAY;

#endif

    return NGX_OK;
}


#if (HIREDIS_MAJOR < 1)

static void *
ngx_http_gate_redis_conn_array(const redisReadTask *task, int n)
{
    ngx_http_gate_redis_conn_t *conn = task->privdata;

    return (n <= NGX_HTTP_GATE_REDIS_ARRAY) ? conn->array(task, n) : NULL;
}

#endif


static void
ngx_http_gate_redis_conn_lose(ngx_http_gate_redis_conn_t *conn,
    ngx_uint_t badness, ngx_err_t err, const char *why)
{
    conn->owner->lost(conn->data, badness, err, why);
}


void
ngx_http_gate_redis_conn_close(ngx_http_gate_redis_conn_t *conn)
{
    conn->state = NGX_HTTP_GATE_REDIS_CLOSED;

    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    if (conn->peer.connection) {
        ngx_close_connection(conn->peer.connection);
        conn->peer.connection = NULL;
    }

    if (conn->reader) {
        redisReaderFree(conn->reader);
        conn->reader = NULL;
    }

    ngx_http_gate_redis_ring_fail(&conn->ring);
}


void
ngx_http_gate_redis_conn_enter(ngx_http_gate_redis_conn_t *conn)
{
    conn->depth++;
}


void
ngx_http_gate_redis_conn_leave(ngx_http_gate_redis_conn_t *conn)
{
    conn->depth--;

    if (conn->depth || !conn->gone) {
        return;
    }

    ngx_http_gate_redis_ring_free(&conn->ring);

    conn->owner->bury(conn->data);
}


/* commands of one turn of the event loop leave in one write */

static void
ngx_http_gate_redis_conn_wake(void *data)
{
    ngx_http_gate_redis_conn_t *conn = data;

    if (!conn->timer.timer_set) {
        ngx_add_timer(&conn->timer, conn->ring.ready ? conn->patience
                                                     : conn->opening);
    }

    ngx_post_event(conn->peer.connection->write, &ngx_posted_events);
}


static void
ngx_http_gate_redis_conn_look(void *data)
{
    ngx_http_gate_redis_conn_t *conn = data;

    ngx_http_gate_redis_conn_enter(conn);
    ngx_http_gate_redis_conn_read(conn);
    ngx_http_gate_redis_conn_leave(conn);
}


static void
ngx_http_gate_redis_conn_write_handler(ngx_event_t *wev)
{
    ngx_connection_t            *c;
    ngx_http_gate_redis_conn_t  *conn;

    c = wev->data;
    conn = c->data;

    ngx_http_gate_redis_conn_enter(conn);

    if (conn->state == NGX_HTTP_GATE_REDIS_CONNECTING) {
        ngx_http_gate_redis_conn_established(conn);

    } else {
        ngx_http_gate_redis_conn_write(conn);
    }

    ngx_http_gate_redis_conn_leave(conn);
}


static void
ngx_http_gate_redis_conn_write(ngx_http_gate_redis_conn_t *conn)
{
    ssize_t            n;
    ngx_buf_t         *b;
    ngx_connection_t  *c;

    c = conn->peer.connection;
    b = &conn->ring.out;

    while (b->pos < b->last && c->write->ready) {
        n = c->send(c, b->pos, b->last - b->pos);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR) {
            ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                          "cannot write");
            return;
        }

        b->pos += n;
    }

    if (b->pos == b->last) {
        b->pos = b->start;
        b->last = b->start;
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                      "cannot write");
    }
}


static void
ngx_http_gate_redis_conn_read_handler(ngx_event_t *rev)
{
    ngx_connection_t            *c;
    ngx_http_gate_redis_conn_t  *conn;

    c = rev->data;
    conn = c->data;

    ngx_http_gate_redis_conn_enter(conn);

    if (c->close) {
        ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_MEANT, 0,
                                      "closed by shutdown");

    } else if (conn->state == NGX_HTTP_GATE_REDIS_CONNECTING) {
        ngx_http_gate_redis_conn_established(conn);

    } else {
        ngx_http_gate_redis_conn_read(conn);
    }

    ngx_http_gate_redis_conn_leave(conn);
}


/* the caller holds it by enter(); it may be lost afterwards */

static void
ngx_http_gate_redis_conn_read(ngx_http_gate_redis_conn_t *conn)
{
    u_char             buf[4096];
    ssize_t            n;
    ngx_connection_t  *c;

    c = conn->peer.connection;

    for ( ;; ) {
        n = c->recv(c, buf, sizeof(buf));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                          "closed by the other side");
            return;
        }

        if (redisReaderFeed(conn->reader, (char *) buf, n) != REDIS_OK) {
            ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                          "no memory");
            return;
        }

        conn->unanswered += n;

        if (ngx_http_gate_redis_conn_replies(conn) != NGX_OK) {
            return;
        }

        if (conn->unanswered > NGX_HTTP_GATE_REDIS_REPLY) {
            ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_USELESS, 0,
                                          "reply is too large");
            return;
        }
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                      "cannot read");
    }
}


static ngx_int_t
ngx_http_gate_redis_conn_replies(ngx_http_gate_redis_conn_t *conn)
{
    void        *p;
    redisReply  *reply;

    for ( ;; ) {
        p = NULL;

        if (redisReaderGetReply(conn->reader, &p) != REDIS_OK) {
            ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_USELESS, 0,
                                          conn->reader->err == REDIS_ERR_OOM
                                          ? "reply is too large, or no memory"
                                          : "this is not Redis's protocol");
            return NGX_ERROR;
        }

        if (p == NULL) {
            return NGX_OK;
        }

        reply = p;
        conn->unanswered = conn->reader->len - conn->reader->pos;

        ngx_http_gate_redis_conn_answered(conn, reply);

        freeReplyObject(reply);

        if (conn->state == NGX_HTTP_GATE_REDIS_CLOSED) {
            return NGX_ERROR;
        }
    }
}


static void
ngx_http_gate_redis_conn_answered(ngx_http_gate_redis_conn_t *conn,
    redisReply *reply)
{
    ngx_uint_t                    whose;
    ngx_http_gate_redis_entry_t  *entry;

    if (conn->owner->pushed != NULL
        && conn->owner->pushed(conn->data, reply))
    {
        return;
    }

    entry = ngx_http_gate_redis_ring_shift(&conn->ring);

    if (entry == NULL) {
        conn->owner->heard(conn->data, reply, NGX_HTTP_GATE_REDIS_STRAY);
        return;
    }

    whose = entry->probe ? NGX_HTTP_GATE_REDIS_PROBED
                        : NGX_HTTP_GATE_REDIS_ANSWERED;

    if (entry->call != NULL) {
        ngx_http_gate_redis_ring_answer(entry->call, reply);
    }

    if (conn->state != NGX_HTTP_GATE_REDIS_CLOSED) {
        conn->owner->heard(conn->data, reply, whose);
    }
}


/*
 * A connection whose oldest command has no answer for so long is dead, whether
 * somebody still waits for that or not.
 */

static void
ngx_http_gate_redis_conn_expire(ngx_event_t *ev)
{
    ngx_msec_t                   since, ms;
    ngx_msec_int_t               left;
    ngx_http_gate_redis_conn_t  *conn;

    conn = ev->data;

    ngx_http_gate_redis_conn_enter(conn);

    if (conn->state == NGX_HTTP_GATE_REDIS_OPEN) {

        /* the loop may have been late, not Redis: look before judging */

        ngx_http_gate_redis_conn_read(conn);
    }

    if (conn->state == NGX_HTTP_GATE_REDIS_CLOSED
        || (conn->state == NGX_HTTP_GATE_REDIS_OPEN && conn->ring.n == 0))
    {
        ngx_http_gate_redis_conn_leave(conn);
        return;
    }

    since = (conn->state == NGX_HTTP_GATE_REDIS_CONNECTING)
            ? conn->since : conn->ring.entries[conn->ring.first].sent;
    ms = conn->ring.ready ? conn->patience : conn->opening;

    left = (ngx_msec_int_t) (since + ms - ngx_current_msec);

    if (left > 0) {
        ngx_add_timer(ev, (ngx_msec_t) left);

    } else {
        ngx_http_gate_redis_conn_lose(conn, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                      "deadline passed");
    }

    ngx_http_gate_redis_conn_leave(conn);
}
