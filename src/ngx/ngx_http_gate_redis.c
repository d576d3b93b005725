
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_redis: where Redis is, and connections to it that never block: many
 * commands in flight on one connection, a deadline, reconnecting by itself.
 *
 * The socket is nginx's; hiredis formats commands and parses replies.  Its
 * asynchronous half is not used: 0.14 ends the process by assert() on a reply
 * that nobody asked for, reads 16 KB per event and has no deadlines.
 */


#include "ngx_http_gate_redis.h"

#include <hiredis/hiredis.h>


#define NGX_HTTP_GATE_REDIS_CALLS     1024         /* in flight */
#define NGX_HTTP_GATE_REDIS_OUT       (4 * 1024 * 1024)
#define NGX_HTTP_GATE_REDIS_REPLY     (1024 * 1024)

#define NGX_HTTP_GATE_REDIS_BACKOFF   100          /* ms, doubling */
#define NGX_HTTP_GATE_REDIS_LONGEST   5000


typedef enum {
    NGX_HTTP_GATE_REDIS_DOWN = 0,
    NGX_HTTP_GATE_REDIS_CONNECTING,
    NGX_HTTP_GATE_REDIS_HELLO,
    NGX_HTTP_GATE_REDIS_UP
} ngx_http_gate_redis_state_e;


typedef struct {
    ngx_http_gate_redis_pt         handler;
    void                          *data;
    ngx_msec_t                     sent;
} ngx_http_gate_redis_call_t;


struct ngx_http_gate_redis_s {
    ngx_log_t                     *log;
    ngx_http_gate_redis_conf_t    *conf;
    redisReader                   *reader;

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                      ident;

    ngx_http_gate_redis_up_pt      up;
    void                          *data;

    ngx_peer_connection_t          peer;
    ngx_log_t                      quiet;     /* for what we log ourselves */
    ngx_uint_t                     address;   /* index, the next to try */
    ngx_http_gate_redis_state_e    state;

    ngx_event_t                    timer;     /* deadline */
    ngx_event_t                    retry;
    ngx_msec_t                     deadline;
    ngx_msec_t                     started;   /* to connect, to answer */
    ngx_msec_t                     backoff;

    /* a ring: replies come in the order of commands */
    ngx_http_gate_redis_call_t     calls[NGX_HTTP_GATE_REDIS_CALLS];
    ngx_uint_t                     first;
    ngx_uint_t                     ncalls;
    ngx_uint_t                     hellos;

    ngx_buf_t                      out;

    ngx_uint_t                     said;      /* level of the last complaint */
    ngx_uint_t                     depth;     /* of our calls on the stack */

    unsigned                       proved:1;  /* a command was answered */
    unsigned                       gone:1;    /* destroyed */
};


static void *ngx_http_gate_redis_create_main_conf(ngx_conf_t *cf);

static void ngx_http_gate_redis_connect(ngx_event_t *ev);
static void ngx_http_gate_redis_connected(ngx_http_gate_redis_t *rd);
static ngx_int_t ngx_http_gate_redis_greet(ngx_http_gate_redis_t *rd);
static void ngx_http_gate_redis_authenticated(void *data, redisReply *reply);
static void ngx_http_gate_redis_greeted(void *data, redisReply *reply);
static ngx_int_t ngx_http_gate_redis_put(ngx_http_gate_redis_t *rd,
    ngx_http_gate_redis_pt handler, void *data, int argc, const char **argv,
    const size_t *argvlen);
static ngx_int_t ngx_http_gate_redis_append(ngx_buf_t *b, const char *data,
    size_t len);
static void ngx_http_gate_redis_write_handler(ngx_event_t *wev);
static void ngx_http_gate_redis_read_handler(ngx_event_t *rev);
static void ngx_http_gate_redis_read(ngx_http_gate_redis_t *rd);
static ngx_int_t ngx_http_gate_redis_replies(ngx_http_gate_redis_t *rd);
static void ngx_http_gate_redis_answered(ngx_http_gate_redis_t *rd,
    redisReply *reply);
static void ngx_http_gate_redis_expire(ngx_event_t *ev);
static void ngx_http_gate_redis_lose(ngx_http_gate_redis_t *rd,
    ngx_uint_t level, ngx_err_t err, const char *why);
static void ngx_http_gate_redis_refused(ngx_http_gate_redis_t *rd,
    const char *what, redisReply *reply, size_t len);
static void ngx_http_gate_redis_complain(ngx_http_gate_redis_t *rd,
    ngx_uint_t level, ngx_err_t err, ngx_str_t *why);
static void ngx_http_gate_redis_retry(ngx_http_gate_redis_t *rd);
static void ngx_http_gate_redis_close(ngx_http_gate_redis_t *rd);
static void ngx_http_gate_redis_enter(ngx_http_gate_redis_t *rd);
static void ngx_http_gate_redis_leave(ngx_http_gate_redis_t *rd);


static ngx_command_t  ngx_http_gate_redis_commands[] = {

    { ngx_string("gate_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_gate_redis,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_redis_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_redis_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_redis_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_redis_module_ctx,       /* module context */
    ngx_http_gate_redis_commands,          /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/*
 * What may be logged of an answer to AUTH.  All else is cut after its first
 * word: "unknown command" repeats the arguments, hence the password.
 */

static ngx_str_t  ngx_http_gate_redis_harmless[] = {
    ngx_string("WRONGPASS "),
    ngx_string("NOPERM "),
    ngx_string("LOADING "),
    ngx_string("MASTERDOWN "),
    ngx_string("ERR max number of clients reached"),
    ngx_string("ERR invalid password"),
    ngx_string("ERR Client sent AUTH, but no password is set"),
    ngx_string("ERR AUTH <password> called without any password"),
    ngx_string("ERR wrong number of arguments for 'auth' command"),
    ngx_null_string
};


/* conditions that pass by themselves */

static ngx_str_t  ngx_http_gate_redis_passing[] = {
    ngx_string("LOADING "),
    ngx_string("MASTERDOWN "),
    ngx_string("BUSY "),
    ngx_string("ERR max number of clients reached"),
    ngx_null_string
};


ngx_uint_t
ngx_http_gate_redis_configured(ngx_cycle_t *cycle)
{
    ngx_http_gate_redis_conf_t  *rcf;

    rcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_redis_module);

    return rcf != NULL && rcf->naddrs != 0;
}


ngx_http_gate_redis_t *
ngx_http_gate_redis_create(ngx_cycle_t *cycle, ngx_msec_t deadline,
    ngx_http_gate_redis_up_pt up, void *data)
{
    ngx_http_gate_redis_t  *rd;

    if (!ngx_http_gate_redis_configured(cycle)) {
        return NULL;
    }

    rd = ngx_calloc(sizeof(ngx_http_gate_redis_t), cycle->log);
    if (rd == NULL) {
        return NULL;
    }

    rd->log = cycle->log;
    rd->conf = ngx_http_cycle_get_module_main_conf(cycle,
                                                   ngx_http_gate_redis_module);
    rd->ident = -1;
    rd->up = up;
    rd->data = data;
    rd->deadline = deadline;
    rd->said = NGX_LOG_INFO;
    rd->address = ngx_random() % rd->conf->naddrs;

    rd->quiet = *cycle->log;
    rd->quiet.log_level = NGX_LOG_STDERR;

    rd->timer.handler = ngx_http_gate_redis_expire;
    rd->timer.data = rd;
    rd->timer.log = cycle->log;
    rd->timer.cancelable = 1;

    rd->retry.handler = ngx_http_gate_redis_connect;
    rd->retry.data = rd;
    rd->retry.log = cycle->log;
    rd->retry.cancelable = 1;

    ngx_add_timer(&rd->retry, 1);

    return rd;
}


void
ngx_http_gate_redis_destroy(ngx_http_gate_redis_t *rd)
{
    if (rd->gone) {
        return;
    }

    rd->gone = 1;

    if (rd->retry.timer_set) {
        ngx_del_timer(&rd->retry);
    }

    ngx_http_gate_redis_enter(rd);
    ngx_http_gate_redis_close(rd);
    ngx_http_gate_redis_leave(rd);
}


ngx_int_t
ngx_http_gate_redis_send(ngx_http_gate_redis_t *rd,
    ngx_http_gate_redis_pt handler, void *data, int argc, const char **argv,
    const size_t *argvlen)
{
    if (rd->state != NGX_HTTP_GATE_REDIS_UP) {
        return NGX_DECLINED;
    }

    return ngx_http_gate_redis_put(rd, handler, data, argc, argv, argvlen);
}


static void
ngx_http_gate_redis_connect(ngx_event_t *ev)
{
    ngx_int_t               rc;
    ngx_addr_t             *addr;
    ngx_connection_t       *c;
    ngx_http_gate_redis_t  *rd;

    rd = ev->data;

    if (ngx_exiting || ngx_quit || ngx_terminate) {
        return;
    }

    addr = &rd->conf->addrs[rd->address];
    rd->address = (rd->address + 1) % rd->conf->naddrs;

    ngx_memzero(&rd->peer, sizeof(ngx_peer_connection_t));

    rd->peer.sockaddr = addr->sockaddr;
    rd->peer.socklen = addr->socklen;
    rd->peer.name = &addr->name;
    rd->peer.get = ngx_event_get_peer;
    rd->peer.log = &rd->quiet;
    rd->peer.log_error = NGX_ERROR_INFO;
    rd->peer.so_keepalive = (addr->sockaddr->sa_family != AF_UNIX);

    ngx_set_socket_errno(0);

    rc = ngx_event_connect_peer(&rd->peer);

    if (rc != NGX_OK && rc != NGX_AGAIN) {
        ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, ngx_socket_errno,
                                 "cannot connect");
        return;
    }

    c = rd->peer.connection;
    c->data = rd;
    c->idle = 1;
    c->log = rd->log;
    c->read->log = rd->log;
    c->write->log = rd->log;
    c->read->handler = ngx_http_gate_redis_read_handler;
    c->write->handler = ngx_http_gate_redis_write_handler;

    rd->state = NGX_HTTP_GATE_REDIS_CONNECTING;
    rd->started = ngx_current_msec;
    rd->proved = 0;

    ngx_add_timer(&rd->timer, rd->deadline);

    if (rc == NGX_OK) {
        ngx_http_gate_redis_connected(rd);
    }
}


static void
ngx_http_gate_redis_connected(ngx_http_gate_redis_t *rd)
{
    int                err;
    socklen_t          len;
    ngx_connection_t  *c;

    c = rd->peer.connection;
    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, err, "cannot connect");
        return;
    }

    if (rd->peer.sockaddr->sa_family != AF_UNIX
        && ngx_tcp_nodelay(c) != NGX_OK)
    {
        ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, 0, "setsockopt() failed");
        return;
    }

    rd->reader = redisReaderCreate();
    if (rd->reader == NULL) {
        ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, 0, "no memory");
        return;
    }

    rd->state = NGX_HTTP_GATE_REDIS_HELLO;

    if (ngx_http_gate_redis_greet(rd) != NGX_OK
        || ngx_handle_read_event(c->read, 0) != NGX_OK)
    {
        ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, 0, "no memory");
    }
}


/* at least one command, so that a listener that is no Redis is found out */

static ngx_int_t
ngx_http_gate_redis_greet(ngx_http_gate_redis_t *rd)
{
    u_char                       db[NGX_INT_T_LEN];
    size_t                       len[3];
    ngx_int_t                    rc;
    const char                  *arg[3];
    ngx_uint_t                   n;
    ngx_http_gate_redis_conf_t  *rcf;

    rcf = rd->conf;
    rd->hellos = 1;

    if (rcf->password.len) {
        rd->hellos++;
        n = 0;

        arg[n] = "AUTH";
        len[n++] = sizeof("AUTH") - 1;

        if (rcf->user.len) {
            arg[n] = (char *) rcf->user.data;
            len[n++] = rcf->user.len;
        }

        arg[n] = (char *) rcf->password.data;
        len[n++] = rcf->password.len;

        rc = ngx_http_gate_redis_put(rd, ngx_http_gate_redis_authenticated, rd,
                                     n, arg, len);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (rcf->db == 0) {
        arg[0] = "PING";
        len[0] = sizeof("PING") - 1;

        return ngx_http_gate_redis_put(rd, ngx_http_gate_redis_greeted, rd, 1,
                                       arg, len);
    }

    arg[0] = "SELECT";
    len[0] = sizeof("SELECT") - 1;
    arg[1] = (char *) db;
    len[1] = ngx_sprintf(db, "%i", rcf->db) - db;

    return ngx_http_gate_redis_put(rd, ngx_http_gate_redis_greeted, rd, 2, arg,
                                   len);
}


static void
ngx_http_gate_redis_authenticated(void *data, redisReply *reply)
{
    ngx_http_gate_redis_t *rd = data;

    size_t      len;
    ngx_str_t  *s;

    if (reply == NULL || reply->type != REDIS_REPLY_ERROR) {
        ngx_http_gate_redis_greeted(data, reply);
        return;
    }

    for (len = 0; len < reply->len && reply->str[len] != ' '; len++) {
        /* void */
    }

    for (s = ngx_http_gate_redis_harmless; s->len; s++) {
        if (reply->len >= s->len
            && ngx_memcmp(reply->str, s->data, s->len) == 0)
        {
            len = reply->len;
            break;
        }
    }

    ngx_http_gate_redis_refused(rd, "AUTH was refused", reply, len);
}


static void
ngx_http_gate_redis_greeted(void *data, redisReply *reply)
{
    ngx_http_gate_redis_t *rd = data;

    if (reply == NULL) {
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_http_gate_redis_refused(rd, "refused", reply, reply->len);
        return;
    }

    if (--rd->hellos) {
        return;
    }

    rd->state = NGX_HTTP_GATE_REDIS_UP;

    rd->up(rd->data, 1);
}


static ngx_int_t
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


static void
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
            ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, 0, "cannot write");
            return;
        }

        b->pos += n;
    }

    if (b->pos == b->last) {
        b->pos = b->start;
        b->last = b->start;
    }

    if (ngx_handle_write_event(wev, 0) != NGX_OK) {
        ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, 0, "cannot write");
    }
}


static void
ngx_http_gate_redis_read_handler(ngx_event_t *rev)
{
    ngx_connection_t       *c;
    ngx_http_gate_redis_t  *rd;

    c = rev->data;
    rd = c->data;

    if (c->close) {
        ngx_http_gate_redis_lose(rd, NGX_LOG_INFO, 0, "closed by shutdown");
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
            ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, 0,
                                     "closed by the other side");
            return;
        }

        if (redisReaderFeed(rd->reader, (char *) buf, n) != REDIS_OK) {
            ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, 0, "no memory");
            return;
        }

        if (ngx_http_gate_redis_replies(rd) != NGX_OK) {
            return;
        }

        if (rd->reader->len - rd->reader->pos > NGX_HTTP_GATE_REDIS_REPLY) {
            ngx_http_gate_redis_lose(rd, NGX_LOG_ERR, 0, "reply is too large");
            return;
        }
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, 0, "cannot read");
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
            ngx_http_gate_redis_lose(rd, NGX_LOG_ERR, 0,
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
    ngx_uint_t                  level;
    ngx_http_gate_redis_call_t  call;

    if (rd->ncalls == 0) {

        if (reply->type == REDIS_REPLY_ERROR) {
            ngx_http_gate_redis_refused(rd, "refused", reply, reply->len);
            return;
        }

        ngx_http_gate_redis_lose(rd, NGX_LOG_ERR, 0,
                                 "reply without a command");
        return;
    }

    call = rd->calls[rd->first];
    rd->first = (rd->first + 1) % NGX_HTTP_GATE_REDIS_CALLS;
    rd->ncalls--;

    if (rd->state == NGX_HTTP_GATE_REDIS_UP && !rd->proved
        && reply->type != REDIS_REPLY_ERROR)
    {
        level = (rd->said < NGX_LOG_INFO) ? NGX_LOG_NOTICE : NGX_LOG_INFO;

        ngx_log_error(level, rd->log, 0, "gate redis: \"%V\" answers",
                      &rd->conf->url);

        rd->proved = 1;
        rd->started = ngx_current_msec;
        rd->said = NGX_LOG_INFO;
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

static void
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
        ngx_http_gate_redis_lose(rd, NGX_LOG_WARN, 0, "deadline passed");
    }

    ngx_http_gate_redis_leave(rd);
}


static void
ngx_http_gate_redis_lose(ngx_http_gate_redis_t *rd, ngx_uint_t level,
    ngx_err_t err, const char *why)
{
    ngx_str_t  text;

    text.data = (u_char *) why;
    text.len = ngx_strlen(why);

    ngx_http_gate_redis_complain(rd, level, err, &text);
    ngx_http_gate_redis_retry(rd);
}


/* by an error reply, of which len bytes may be logged */

static void
ngx_http_gate_redis_refused(ngx_http_gate_redis_t *rd, const char *what,
    redisReply *reply, size_t len)
{
    u_char      buf[256];
    ngx_str_t   text, *s;
    ngx_uint_t  level;

    level = (rd->state == NGX_HTTP_GATE_REDIS_HELLO) ? NGX_LOG_ERR
                                                     : NGX_LOG_WARN;

    for (s = ngx_http_gate_redis_passing; s->len; s++) {
        if (reply->len >= s->len
            && ngx_memcmp(reply->str, s->data, s->len) == 0)
        {
            level = NGX_LOG_WARN;
            break;
        }
    }

    text.data = buf;
    text.len = ngx_snprintf(buf, sizeof(buf), "%s: %*s", what, len, reply->str)
               - buf;

    ngx_http_gate_redis_complain(rd, level, 0, &text);
    ngx_http_gate_redis_retry(rd);
}


/* once until it answers again, and once more if it gets worse */

static void
ngx_http_gate_redis_complain(ngx_http_gate_redis_t *rd, ngx_uint_t level,
    ngx_err_t err, ngx_str_t *why)
{
    if (level < rd->said) {
        rd->said = level;

    } else {
        level = NGX_LOG_INFO;
    }

    ngx_log_error(level, rd->log, err, "gate redis: \"%V\" is %s: %V",
                  &rd->conf->url,
                  (rd->state == NGX_HTTP_GATE_REDIS_UP) ? "lost" : "away",
                  why);
}


static void
ngx_http_gate_redis_retry(ngx_http_gate_redis_t *rd)
{
    ngx_msec_t  ms;

    ngx_http_gate_redis_enter(rd);
    ngx_http_gate_redis_close(rd);

    if (!rd->gone && !ngx_exiting) {

        if (rd->proved
            && ngx_current_msec - rd->started >= NGX_HTTP_GATE_REDIS_LONGEST)
        {
            rd->backoff = 0;
        }

        rd->proved = 0;

        ms = rd->backoff ? rd->backoff * 2 : NGX_HTTP_GATE_REDIS_BACKOFF;
        ms = ngx_min(ms, NGX_HTTP_GATE_REDIS_LONGEST);
        rd->backoff = ms;

        ngx_add_timer(&rd->retry, ms - ms / 4 + ngx_random() % (ms / 2));
    }

    ngx_http_gate_redis_leave(rd);
}


/* the caller holds rd by enter(): handlers may destroy it */

static void
ngx_http_gate_redis_close(ngx_http_gate_redis_t *rd)
{
    ngx_uint_t                  was;
    ngx_http_gate_redis_call_t  call;

    was = rd->state;
    rd->state = NGX_HTTP_GATE_REDIS_DOWN;

    if (rd->timer.timer_set) {
        ngx_del_timer(&rd->timer);
    }

    if (rd->peer.connection) {
        ngx_close_connection(rd->peer.connection);
        rd->peer.connection = NULL;
    }

    if (rd->reader) {
        redisReaderFree(rd->reader);
        rd->reader = NULL;
    }

    rd->out.pos = rd->out.start;
    rd->out.last = rd->out.start;

    /* nothing can be added now: send() declines */

    while (rd->ncalls) {
        call = rd->calls[rd->first];
        rd->first = (rd->first + 1) % NGX_HTTP_GATE_REDIS_CALLS;
        rd->ncalls--;

        call.handler(call.data, NULL);
    }

    if (was == NGX_HTTP_GATE_REDIS_UP && !rd->gone) {
        rd->up(rd->data, 0);
    }
}


/* while one of us is on the stack, destroy() leaves the memory to leave() */

static void
ngx_http_gate_redis_enter(ngx_http_gate_redis_t *rd)
{
    rd->depth++;
}


static void
ngx_http_gate_redis_leave(ngx_http_gate_redis_t *rd)
{
    rd->depth--;

    if (rd->depth || !rd->gone) {
        return;
    }

    if (rd->out.start) {
        ngx_free(rd->out.start);
    }

    ngx_free(rd);
}


static void *
ngx_http_gate_redis_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_redis_conf_t  *rcf;

    rcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_redis_conf_t));
    if (rcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     rcf->url = { 0, NULL };
     *     rcf->addrs = NULL;
     *     rcf->naddrs = 0;
     *     rcf->user = { 0, NULL };
     *     rcf->password = { 0, NULL };
     */

    rcf->db = NGX_CONF_UNSET;
    rcf->timeout = NGX_CONF_UNSET_MSEC;

    return rcf;
}
