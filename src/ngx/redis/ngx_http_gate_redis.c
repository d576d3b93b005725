
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_redis: connections to Redis that never block, from the first try to the
 * last: they reconnect by themselves, and say when Redis goes and comes.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_redis.h"


#define NGX_HTTP_GATE_REDIS_BACKOFF   100          /* ms, doubling */
#define NGX_HTTP_GATE_REDIS_LONGEST   5000
#define NGX_HTTP_GATE_REDIS_STEADY    1000         /* to be lost anew */


static void *ngx_http_gate_redis_create_main_conf(ngx_conf_t *cf);

static void ngx_http_gate_redis_connect(ngx_event_t *ev);
static void ngx_http_gate_redis_complain(ngx_http_gate_redis_t *rd,
    ngx_uint_t badness, ngx_err_t err, ngx_str_t *why);
static ngx_uint_t ngx_http_gate_redis_lived(ngx_http_gate_redis_t *rd,
    ngx_msec_t ms);
static void ngx_http_gate_redis_retry(ngx_http_gate_redis_t *rd);
static void ngx_http_gate_redis_close(ngx_http_gate_redis_t *rd);


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

    return rcf != NULL && rcf->url.len != 0;
}


ngx_http_gate_redis_t *
ngx_http_gate_redis_create(ngx_cycle_t *cycle, ngx_msec_t deadline,
    ngx_http_gate_redis_up_pt up, void *data)
{
    ngx_uint_t              i;
    ngx_addr_t             *addr;
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

    for (i = 0; i < rd->conf->naddrs && i < GATE_LOOKUP_ADDRS; i++) {
        addr = &rd->conf->addrs[i];

        ngx_memcpy(&rd->addrs[i].sockaddr, addr->sockaddr, addr->socklen);
        rd->addrs[i].socklen = addr->socklen;
    }

    rd->naddrs = i;
    rd->address = i ? ngx_random() % i : 0;
    rd->stale = (i == 0);

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

    rd->look.handler = ngx_http_gate_redis_look;
    rd->look.data = rd;
    rd->look.log = cycle->log;
    rd->look.cancelable = 1;

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

    ngx_http_gate_redis_resolve_end(rd);

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
    ngx_http_gate_redis_t  *rd;

    rd = ev->data;

    if (ngx_exiting || ngx_quit || ngx_terminate) {
        return;
    }

    if (ngx_http_gate_redis_resolve(rd) == NGX_OK) {
        ngx_http_gate_redis_dial(rd);
    }
}


void
ngx_http_gate_redis_dial(ngx_http_gate_redis_t *rd)
{
    ngx_int_t                    rc;
    ngx_connection_t            *c;
    ngx_http_gate_redis_addr_t  *addr;

    addr = &rd->addrs[rd->address];
    rd->address = (rd->address + 1) % rd->naddrs;

    ngx_memzero(&rd->peer, sizeof(ngx_peer_connection_t));

    rd->peer.sockaddr = &addr->sockaddr.sockaddr;
    rd->peer.socklen = addr->socklen;
    rd->peer.name = &rd->conf->url;
    rd->peer.get = ngx_event_get_peer;
    rd->peer.log = &rd->quiet;
    rd->peer.log_error = NGX_ERROR_INFO;
    rd->peer.so_keepalive = (rd->peer.sockaddr->sa_family != AF_UNIX);

    ngx_set_socket_errno(0);

    rc = ngx_event_connect_peer(&rd->peer);

    if (rc != NGX_OK && rc != NGX_AGAIN) {
        ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY,
                                 ngx_socket_errno, "cannot connect");
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


void
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
        ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, err,
                                 "cannot connect");
        return;
    }

    if (rd->peer.sockaddr->sa_family != AF_UNIX
        && ngx_tcp_nodelay(c) != NGX_OK)
    {
        ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                 "setsockopt() failed");
        return;
    }

    rd->reader = redisReaderCreate();
    if (rd->reader == NULL) {
        ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                 "no memory");
        return;
    }

    rd->state = NGX_HTTP_GATE_REDIS_HELLO;

    if (ngx_http_gate_redis_greet(rd) != NGX_OK
        || ngx_handle_read_event(c->read, 0) != NGX_OK)
    {
        ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                 "no memory");
    }
}


void
ngx_http_gate_redis_lose(ngx_http_gate_redis_t *rd, ngx_uint_t badness,
    ngx_err_t err, const char *why)
{
    ngx_str_t  text;

    text.data = (u_char *) why;
    text.len = ngx_strlen(why);

    ngx_http_gate_redis_complain(rd, badness, err, &text);
    ngx_http_gate_redis_retry(rd);
}


void
ngx_http_gate_redis_refused(ngx_http_gate_redis_t *rd, const char *what,
    redisReply *reply, size_t len)
{
    u_char      buf[256];
    ngx_str_t   text, *s;
    ngx_uint_t  badness;

    badness = (rd->state == NGX_HTTP_GATE_REDIS_HELLO)
              ? NGX_HTTP_GATE_REDIS_USELESS : NGX_HTTP_GATE_REDIS_AWAY;

    for (s = ngx_http_gate_redis_passing; s->len; s++) {
        if (reply->len >= s->len
            && ngx_memcmp(reply->str, s->data, s->len) == 0)
        {
            badness = NGX_HTTP_GATE_REDIS_AWAY;
            break;
        }
    }

    text.data = buf;
    text.len = ngx_snprintf(buf, sizeof(buf), "%s: %*s", what, len, reply->str)
               - buf;

    ngx_http_gate_redis_complain(rd, badness, 0, &text);
    ngx_http_gate_redis_retry(rd);
}


/* an error at once, when it gets worse, and each minute while it lasts */

static void
ngx_http_gate_redis_complain(ngx_http_gate_redis_t *rd, ngx_uint_t badness,
    ngx_err_t err, ngx_str_t *why)
{
    ngx_uint_t  level;

    if (ngx_http_gate_redis_lived(rd, NGX_HTTP_GATE_REDIS_STEADY)) {
        (void) gate_say_over(&rd->said);
    }

    level = NGX_LOG_INFO;

    if (badness != NGX_HTTP_GATE_REDIS_MEANT
        && gate_say(&rd->said, badness, ngx_current_msec,
                    NGX_HTTP_GATE_REDIS_AGAIN))
    {
        level = NGX_LOG_ERR;
        rd->back = 0;
    }

    ngx_log_error(level, rd->log, err, "gate redis: \"%V\" is %s: %V",
                  &rd->conf->url,
                  (rd->state == NGX_HTTP_GATE_REDIS_UP) ? "lost" : "away",
                  why);
}


static ngx_uint_t
ngx_http_gate_redis_lived(ngx_http_gate_redis_t *rd, ngx_msec_t ms)
{
    return rd->proved && ngx_current_msec - rd->started >= ms;
}


/* a command of ours was answered, for the first time on this connection */

void
ngx_http_gate_redis_proved(ngx_http_gate_redis_t *rd)
{
    ngx_uint_t  level;

    level = (rd->said.badness && !rd->back) ? NGX_LOG_NOTICE : NGX_LOG_INFO;

    ngx_log_error(level, rd->log, 0, "gate redis: \"%V\" answers",
                  &rd->conf->url);

    rd->proved = 1;
    rd->back = 1;
    rd->started = ngx_current_msec;
}


static void
ngx_http_gate_redis_retry(ngx_http_gate_redis_t *rd)
{
    ngx_msec_t  ms;

    ngx_http_gate_redis_enter(rd);
    ngx_http_gate_redis_close(rd);

    if (!rd->gone && !ngx_exiting) {

        if (ngx_http_gate_redis_lived(rd, NGX_HTTP_GATE_REDIS_LONGEST)) {
            rd->backoff = 0;
            ngx_http_gate_redis_ask_again(rd);
        }

        rd->proved = 0;
        rd->stale = 1;

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

    ngx_http_gate_redis_resolve_stop(rd);

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


void
ngx_http_gate_redis_enter(ngx_http_gate_redis_t *rd)
{
    rd->depth++;
}


void
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
