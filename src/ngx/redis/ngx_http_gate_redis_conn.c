
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Connections to Redis, their middle: commands out, replies in, one deadline.
 *
 * The socket is nginx's; hiredis formats commands and parses replies.  Its
 * asynchronous half is not used: 0.14 ends the process by assert() on a reply
 * that nobody asked for, reads 16 KB per event and has no deadlines.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_redis.h"


#define NGX_HTTP_GATE_REDIS_OUT       (4 * 1024 * 1024)
#define NGX_HTTP_GATE_REDIS_REPLY     (1024 * 1024)


static ngx_int_t ngx_http_gate_redis_append(ngx_buf_t *b, const char *data,
    size_t len);
static void ngx_http_gate_redis_read(ngx_http_gate_redis_t *rd);
static ngx_int_t ngx_http_gate_redis_replies(ngx_http_gate_redis_t *rd);
static void ngx_http_gate_redis_answered(ngx_http_gate_redis_t *rd,
    redisReply *reply);


ngx_int_t
ngx_http_gate_redis_put(ngx_http_gate_redis_t *rd,
    ngx_http_gate_redis_pt handler, void *data, int argc, const char **argv,
    const size_t *argvlen)
{
    char                        *cmd;
    ssize_t                      len;
    ngx_int_t                    rc;
    ngx_http_gate_redis_call_t  *call;

    if (rd->ncalls == NGX_HTTP_GATE_REDIS_CALLS) {
        return NGX_DECLINED;
    }

    len = redisFormatCommandArgv(&cmd, argc, argv, argvlen);
    if (len < 0) {
        return NGX_DECLINED;
    }

    rc = ngx_http_gate_redis_append(&rd->out, cmd, len);

    redisFreeCommand(cmd);

    if (rc != NGX_OK) {
        return NGX_DECLINED;
    }

    call = &rd->calls[(rd->first + rd->ncalls) % NGX_HTTP_GATE_REDIS_CALLS];
    call->handler = handler;
    call->data = data;
    call->sent = ngx_current_msec;
    rd->ncalls++;

    if (!rd->timer.timer_set) {
        ngx_add_timer(&rd->timer, rd->deadline);
    }

    /* commands of one turn of the event loop leave in one write */

    ngx_post_event(rd->peer.connection->write, &ngx_posted_events);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_redis_append(ngx_buf_t *b, const char *data, size_t len)
{
    size_t   used, size;
    u_char  *p;

    used = b->last - b->pos;

    if ((size_t) (b->end - b->last) < len) {

        if (used + len > NGX_HTTP_GATE_REDIS_OUT) {
            return NGX_DECLINED;
        }

        for (size = 4096; size < used + len; size *= 2) {
            /* void */
        }

        if (size > (size_t) (b->end - b->start)) {
            p = ngx_alloc(size, ngx_cycle->log);
            if (p == NULL) {
                return NGX_DECLINED;
            }

        } else {
            p = b->start;
            size = b->end - b->start;
        }

        ngx_memmove(p, b->pos, used);

        if (p != b->start && b->start != NULL) {
            ngx_free(b->start);
        }

        b->start = p;
        b->end = p + size;
        b->pos = p;
        b->last = p + used;
    }

    b->last = ngx_cpymem(b->last, data, len);

    return NGX_OK;
}


void
ngx_http_gate_redis_write_handler(ngx_event_t *wev)
{
    ssize_t                 n;
    ngx_buf_t              *b;
    ngx_connection_t       *c;
    ngx_http_gate_redis_t  *rd;

    c = wev->data;
    rd = c->data;
    b = &rd->out;

    if (rd->state == NGX_HTTP_GATE_REDIS_CONNECTING) {
        ngx_http_gate_redis_connected(rd);
        return;
    }

    while (b->pos < b->last && wev->ready) {
        n = c->send(c, b->pos, b->last - b->pos);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR) {
            ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                     "cannot write");
            return;
        }

        b->pos += n;
    }

    if (b->pos == b->last) {
        b->pos = b->start;
        b->last = b->start;
    }

    if (ngx_handle_write_event(wev, 0) != NGX_OK) {
        ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                 "cannot write");
    }
}


void
ngx_http_gate_redis_read_handler(ngx_event_t *rev)
{
    ngx_connection_t       *c;
    ngx_http_gate_redis_t  *rd;

    c = rev->data;
    rd = c->data;

    if (c->close) {
        ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_MEANT, 0,
                                 "closed by shutdown");
        return;
    }

    if (rd->state == NGX_HTTP_GATE_REDIS_CONNECTING) {
        ngx_http_gate_redis_connected(rd);
        return;
    }

    ngx_http_gate_redis_enter(rd);
    ngx_http_gate_redis_read(rd);
    ngx_http_gate_redis_leave(rd);
}


/* the caller holds rd by enter(); the connection may be lost afterwards */

static void
ngx_http_gate_redis_read(ngx_http_gate_redis_t *rd)
{
    u_char             buf[4096];
    ssize_t            n;
    ngx_connection_t  *c;

    c = rd->peer.connection;

    for ( ;; ) {
        n = c->recv(c, buf, sizeof(buf));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                     "closed by the other side");
            return;
        }

        if (redisReaderFeed(rd->reader, (char *) buf, n) != REDIS_OK) {
            ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                     "no memory");
            return;
        }

        if (ngx_http_gate_redis_replies(rd) != NGX_OK) {
            return;
        }

        if (rd->reader->len - rd->reader->pos > NGX_HTTP_GATE_REDIS_REPLY) {
            ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_USELESS, 0,
                                     "reply is too large");
            return;
        }
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                 "cannot read");
    }
}


static ngx_int_t
ngx_http_gate_redis_replies(ngx_http_gate_redis_t *rd)
{
    void        *p;
    redisReply  *reply;

    for ( ;; ) {
        p = NULL;

        if (redisReaderGetReply(rd->reader, &p) != REDIS_OK) {
            ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_USELESS, 0,
                                     rd->reader->err == REDIS_ERR_OOM
                                     ? "no memory"
                                     : "this is not Redis's protocol");
            return NGX_ERROR;
        }

        if (p == NULL) {
            return NGX_OK;
        }

        reply = p;

        ngx_http_gate_redis_answered(rd, reply);

        freeReplyObject(reply);

        if (rd->state == NGX_HTTP_GATE_REDIS_DOWN) {
            return NGX_ERROR;
        }
    }
}


static void
ngx_http_gate_redis_answered(ngx_http_gate_redis_t *rd, redisReply *reply)
{
    ngx_http_gate_redis_call_t  call;

    if (rd->ncalls == 0) {

        if (reply->type == REDIS_REPLY_ERROR) {
            ngx_http_gate_redis_refused(rd, "refused", reply, reply->len);
            return;
        }

        ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_USELESS, 0,
                                 "reply without a command");
        return;
    }

    call = rd->calls[rd->first];
    rd->first = (rd->first + 1) % NGX_HTTP_GATE_REDIS_CALLS;
    rd->ncalls--;

    /* answers to our own questions (data is rd) prove nothing */

    if (rd->state == NGX_HTTP_GATE_REDIS_UP && !rd->proved
        && call.data != rd && reply->type != REDIS_REPLY_ERROR)
    {
        ngx_http_gate_redis_proved(rd);
    }

    call.handler(call.data, reply);

    /* the master is elsewhere now: a name or a proxy may lead to it */

    if (rd->state == NGX_HTTP_GATE_REDIS_UP
        && reply->type == REDIS_REPLY_ERROR
        && ngx_strncmp(reply->str, "READONLY ", 9) == 0)
    {
        ngx_http_gate_redis_refused(rd, "refused", reply, reply->len);
    }
}


/* one deadline for all: that of the oldest command, or of connecting */

void
ngx_http_gate_redis_expire(ngx_event_t *ev)
{
    ngx_msec_t              since;
    ngx_msec_int_t          left;
    ngx_http_gate_redis_t  *rd;

    rd = ev->data;

    ngx_http_gate_redis_enter(rd);

    if (rd->state >= NGX_HTTP_GATE_REDIS_HELLO) {

        /* the loop may have been late, not Redis: look before judging */

        ngx_http_gate_redis_read(rd);
    }

    if (rd->state == NGX_HTTP_GATE_REDIS_DOWN
        || (rd->state != NGX_HTTP_GATE_REDIS_CONNECTING && rd->ncalls == 0))
    {
        ngx_http_gate_redis_leave(rd);
        return;
    }

    since = (rd->state == NGX_HTTP_GATE_REDIS_CONNECTING)
            ? rd->started : rd->calls[rd->first].sent;

    left = (ngx_msec_int_t) (since + rd->deadline - ngx_current_msec);

    if (left > 0) {
        ngx_add_timer(ev, (ngx_msec_t) left);

    } else {
        ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                 "deadline passed");
    }

    ngx_http_gate_redis_leave(rd);
}
