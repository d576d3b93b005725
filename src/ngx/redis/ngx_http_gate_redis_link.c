
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A link to Redis, from the first try to the last: where to, the connection,
 * its beginning, what is said of it, and when the next try is due.
 */


#include "ngx_http_gate_redis_link.h"

#include "ngx_http_gate_redis_conn.h"
#include "ngx_http_gate_redis_hello.h"
#include "ngx_http_gate_redis_resolve.h"


#define NGX_HTTP_GATE_REDIS_BACKOFF   100          /* ms, doubling */
#define NGX_HTTP_GATE_REDIS_LONGEST   5000
#define NGX_HTTP_GATE_REDIS_STEADY    1000         /* to be lost anew */


struct ngx_http_gate_redis_link_s {
    ngx_log_t                     *log;
    ngx_http_gate_redis_conf_t    *conf;
    void                          *data;

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                      ident;

    ngx_http_gate_redis_up_pt      up;
    ngx_http_gate_redis_pushed_pt  pushed;

    ngx_http_gate_redis_resolve_t  where;
    ngx_http_gate_redis_conn_t     conn;
    ngx_http_gate_redis_hello_t    hello;

    ngx_event_t                    retry;
    ngx_msec_t                     backoff;
    ngx_msec_t                     since;     /* it answers */

    gate_say_t                     said;      /* of its absence */

    unsigned                       waits:1;
    unsigned                       bills:1;
    unsigned                       quiet:1;
    unsigned                       proved:1;  /* a command was answered */
    unsigned                       back:1;    /* and that was said */
};


static void ngx_http_gate_redis_link_connect(ngx_event_t *ev);
static void ngx_http_gate_redis_link_found(void *data, const char *error);
static void ngx_http_gate_redis_link_dial(ngx_http_gate_redis_link_t *link);
static void ngx_http_gate_redis_link_opened(void *data);
static void ngx_http_gate_redis_link_ready(void *data);
static ngx_uint_t ngx_http_gate_redis_link_pushed(void *data,
    redisReply *reply);
static void ngx_http_gate_redis_link_heard(void *data, redisReply *reply,
    ngx_uint_t whose);
static void ngx_http_gate_redis_link_proved(ngx_http_gate_redis_link_t *link);
static void ngx_http_gate_redis_link_lost(void *data, ngx_uint_t badness,
    ngx_err_t err, const char *why);
static void ngx_http_gate_redis_link_refused(void *data, const char *what,
    redisReply *reply, size_t len);
static void ngx_http_gate_redis_link_complain(
    ngx_http_gate_redis_link_t *link, ngx_uint_t badness, ngx_err_t err,
    ngx_str_t *why);
static ngx_uint_t ngx_http_gate_redis_link_lived(
    ngx_http_gate_redis_link_t *link, ngx_msec_t ms);
static ngx_uint_t ngx_http_gate_redis_link_ends(
    ngx_http_gate_redis_link_t *link);
static void ngx_http_gate_redis_link_retry(ngx_http_gate_redis_link_t *link);
static void ngx_http_gate_redis_link_close(ngx_http_gate_redis_link_t *link);
static void ngx_http_gate_redis_link_bury(void *data);


static ngx_http_gate_redis_owner_t  ngx_http_gate_redis_link_owner = {
    ngx_http_gate_redis_link_opened,
    ngx_http_gate_redis_link_pushed,
    ngx_http_gate_redis_link_heard,
    ngx_http_gate_redis_link_lost,
    ngx_http_gate_redis_link_bury
};


/* conditions that pass by themselves */

static ngx_str_t  ngx_http_gate_redis_link_passing[] = {
    ngx_string("LOADING "),
    ngx_string("MASTERDOWN "),
    ngx_string("BUSY "),
    ngx_string("ERR max number of clients reached"),
    ngx_null_string
};


ngx_http_gate_redis_link_t *
ngx_http_gate_redis_link_create(ngx_cycle_t *cycle,
    ngx_http_gate_redis_terms_t *terms, ngx_http_gate_redis_up_pt up,
    void *data)
{
    ngx_http_gate_redis_conf_t  *rcf;
    ngx_http_gate_redis_link_t  *link;

    rcf = ngx_http_gate_redis_conf(cycle);
    if (rcf == NULL) {
        return NULL;
    }

    link = ngx_calloc(sizeof(ngx_http_gate_redis_link_t), cycle->log);
    if (link == NULL) {
        return NULL;
    }

    link->log = cycle->log;
    link->conf = rcf;
    link->data = data;
    link->ident = -1;
    link->up = up;
    link->waits = terms->waits;
    link->bills = terms->bills;
    link->quiet = terms->quiet;
    link->pushed = terms->pushed;

    ngx_http_gate_redis_resolve_init(&link->where, rcf,
                                     ngx_http_gate_redis_link_found, link,
                                     cycle->log);

    ngx_http_gate_redis_conn_init(&link->conn, &ngx_http_gate_redis_link_owner,
                                  link, cycle->log);

    link->conn.opening = terms->opening;
    link->conn.patience = terms->patience;
    link->conn.stays = terms->waits;
    link->conn.ring.hopeful = terms->waits;

    link->hello.conf = rcf;
    link->hello.ring = &link->conn.ring;
    link->hello.log = cycle->log;
    link->hello.data = link;
    link->hello.done = ngx_http_gate_redis_link_ready;
    link->hello.refused = ngx_http_gate_redis_link_refused;

    ngx_http_gate_redis_hello_init(&link->hello);

    link->retry.handler = ngx_http_gate_redis_link_connect;
    link->retry.data = link;
    link->retry.log = cycle->log;
    link->retry.cancelable = 1;

    ngx_add_timer(&link->retry, 1);

    return link;
}


void
ngx_http_gate_redis_link_destroy(ngx_http_gate_redis_link_t *link)
{
    if (link->conn.gone) {
        return;
    }

    link->conn.gone = 1;

    ngx_http_gate_redis_resolve_end(&link->where);

    if (link->retry.timer_set) {
        ngx_del_timer(&link->retry);
    }

    ngx_http_gate_redis_conn_enter(&link->conn);
    ngx_http_gate_redis_link_close(link);
    ngx_http_gate_redis_conn_leave(&link->conn);
}


ngx_uint_t
ngx_http_gate_redis_link_able(ngx_http_gate_redis_link_t *link)
{
    return link->conn.ring.ready || link->conn.ring.hopeful;
}


ngx_int_t
ngx_http_gate_redis_link_send(ngx_http_gate_redis_link_t *link,
    ngx_http_gate_redis_call_t *call, ngx_msec_t deadline, int argc,
    const char **argv, const size_t *argvlen)
{
    return ngx_http_gate_redis_ring_send(&link->conn.ring, call, deadline,
                                         argc, argv, argvlen);
}


static void
ngx_http_gate_redis_link_connect(ngx_event_t *ev)
{
    ngx_int_t                    rc;
    ngx_http_gate_redis_link_t  *link;

    link = ev->data;

    if (ngx_http_gate_redis_link_ends(link)) {
        return;
    }

    ngx_http_gate_redis_conn_enter(&link->conn);

    link->conn.ring.hopeful = link->waits;

    rc = ngx_http_gate_redis_resolve_start(&link->where);

    if (rc == NGX_OK) {
        ngx_http_gate_redis_link_dial(link);

    } else if (rc == NGX_ERROR) {
        ngx_http_gate_redis_link_lost(link, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                      "its name cannot be asked for");
    }

    ngx_http_gate_redis_conn_leave(&link->conn);
}


static void
ngx_http_gate_redis_link_found(void *data, const char *error)
{
    ngx_http_gate_redis_link_t *link = data;

    u_char  buf[256];

    if (link->conn.gone || ngx_http_gate_redis_link_ends(link)) {
        return;
    }

    ngx_http_gate_redis_conn_enter(&link->conn);

    if (error == NULL) {
        ngx_http_gate_redis_link_dial(link);

    } else {
        ngx_snprintf(buf, sizeof(buf), "its name cannot be resolved: %s%Z",
                     error);
        buf[sizeof(buf) - 1] = '\0';

        ngx_http_gate_redis_link_lost(link, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                      (char *) buf);
    }

    ngx_http_gate_redis_conn_leave(&link->conn);
}


static void
ngx_http_gate_redis_link_dial(ngx_http_gate_redis_link_t *link)
{
    ngx_http_gate_redis_addr_t  *addr;

    link->proved = 0;

    addr = ngx_http_gate_redis_resolve_next(&link->where);

    ngx_http_gate_redis_conn_open(&link->conn, &addr->sockaddr.sockaddr,
                                  addr->socklen, &link->conf->url);
}


static void
ngx_http_gate_redis_link_opened(void *data)
{
    ngx_http_gate_redis_link_t *link = data;

    if (ngx_http_gate_redis_hello_start(&link->hello) != NGX_OK) {
        ngx_http_gate_redis_link_lost(link, NGX_HTTP_GATE_REDIS_AWAY, 0,
                                      "no memory");
    }
}


static void
ngx_http_gate_redis_link_ready(void *data)
{
    ngx_http_gate_redis_link_t *link = data;

    /* an address that is still to come would be an old one when it is needed */

    ngx_http_gate_redis_resolve_end(&link->where);

    ngx_http_gate_redis_ring_ready(&link->conn.ring);

    link->up(link->data, 1);

    if (link->bills && link->conn.ring.ready) {
        ngx_http_gate_redis_hello_policy(&link->hello);
    }
}


/* no command has such a reply on a connection that subscribes */

static ngx_uint_t
ngx_http_gate_redis_link_pushed(void *data, redisReply *reply)
{
    ngx_http_gate_redis_link_t *link = data;

    redisReply  **e;

    if (link->pushed == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 3)
    {
        return 0;
    }

    e = reply->element;

    if (e[0]->type != REDIS_REPLY_STRING || e[1]->type != REDIS_REPLY_STRING
        || !gate_str_eq(gate_str(e[0]->str, e[0]->len), gate_cstr("message")))
    {
        return 0;
    }

    link->pushed(link->data, gate_str(e[1]->str, e[1]->len), e[2]);

    return 1;
}


static void
ngx_http_gate_redis_link_heard(void *data, redisReply *reply,
    ngx_uint_t whose)
{
    ngx_http_gate_redis_link_t *link = data;

    if (whose == NGX_HTTP_GATE_REDIS_STRAY) {

        if (reply->type == REDIS_REPLY_ERROR) {
            ngx_http_gate_redis_link_refused(link, "refused", reply,
                                             reply->len);
            return;
        }

        ngx_http_gate_redis_link_lost(link, NGX_HTTP_GATE_REDIS_USELESS, 0,
                                      "reply without a command");
        return;
    }

    if (!link->conn.ring.ready) {
        return;
    }

    if (reply->type != REDIS_REPLY_ERROR) {

        /* answers to our own questions prove nothing */

        if (!link->proved && whose == NGX_HTTP_GATE_REDIS_ANSWERED) {
            ngx_http_gate_redis_link_proved(link);
        }

        return;
    }

    /* the master is elsewhere now: a name or a proxy may lead to it */

    if (ngx_strncmp(reply->str, "READONLY ", 9) == 0) {
        ngx_http_gate_redis_link_refused(link, "refused", reply, reply->len);
    }
}


/* a command of a user was answered, for the first time on this connection */

static void
ngx_http_gate_redis_link_proved(ngx_http_gate_redis_link_t *link)
{
    ngx_uint_t  level;

    level = (link->said.badness && !link->back && !link->quiet)
            ? NGX_LOG_NOTICE : NGX_LOG_INFO;

    ngx_log_error(level, link->log, 0, "gate redis: \"%V\" answers",
                  &link->conf->url);

    link->proved = 1;
    link->back = 1;
    link->since = ngx_current_msec;
}


static void
ngx_http_gate_redis_link_lost(void *data, ngx_uint_t badness, ngx_err_t err,
    const char *why)
{
    ngx_http_gate_redis_link_t *link = data;

    ngx_str_t  text;

    text.data = (u_char *) why;
    text.len = ngx_strlen(why);

    ngx_http_gate_redis_link_complain(link, badness, err, &text);
    ngx_http_gate_redis_link_retry(link);
}


static void
ngx_http_gate_redis_link_refused(void *data, const char *what,
    redisReply *reply, size_t len)
{
    ngx_http_gate_redis_link_t *link = data;

    u_char      buf[256];
    ngx_str_t   text, *s;
    ngx_uint_t  badness;

    badness = link->conn.ring.ready ? NGX_HTTP_GATE_REDIS_AWAY
                                    : NGX_HTTP_GATE_REDIS_USELESS;

    for (s = ngx_http_gate_redis_link_passing; s->len; s++) {
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

    ngx_http_gate_redis_link_complain(link, badness, 0, &text);
    ngx_http_gate_redis_link_retry(link);
}


/* an error at once, when it gets worse, and each minute while it lasts */

static void
ngx_http_gate_redis_link_complain(ngx_http_gate_redis_link_t *link,
    ngx_uint_t badness, ngx_err_t err, ngx_str_t *why)
{
    ngx_uint_t  level;

    if (ngx_http_gate_redis_link_lived(link, NGX_HTTP_GATE_REDIS_STEADY)) {
        (void) gate_say_over(&link->said);
    }

    level = NGX_LOG_INFO;

    if (badness != NGX_HTTP_GATE_REDIS_MEANT
        && gate_say(&link->said, badness, ngx_current_msec,
                    NGX_HTTP_GATE_REDIS_AGAIN))
    {
        level = link->quiet ? NGX_LOG_INFO : NGX_LOG_ERR;
        link->back = 0;
    }

    ngx_log_error(level, link->log, err, "gate redis: \"%V\" is %s: %V",
                  &link->conf->url, link->conn.ring.ready ? "lost" : "away",
                  why);
}


static ngx_uint_t
ngx_http_gate_redis_link_lived(ngx_http_gate_redis_link_t *link,
    ngx_msec_t ms)
{
    return link->proved && ngx_current_msec - link->since >= ms;
}


static ngx_uint_t
ngx_http_gate_redis_link_ends(ngx_http_gate_redis_link_t *link)
{
    return ngx_terminate || (!link->waits && (ngx_exiting || ngx_quit));
}


static void
ngx_http_gate_redis_link_retry(ngx_http_gate_redis_link_t *link)
{
    ngx_msec_t  ms;
    ngx_uint_t  lived;

    ngx_http_gate_redis_conn_enter(&link->conn);
    ngx_http_gate_redis_link_close(link);

    if (!link->conn.gone && !ngx_http_gate_redis_link_ends(link)) {

        lived = ngx_http_gate_redis_link_lived(link,
                                               NGX_HTTP_GATE_REDIS_LONGEST);
        if (lived) {
            link->backoff = 0;
            ngx_http_gate_redis_hello_again(&link->hello);
        }

        link->proved = 0;
        link->where.stale = 1;

        if (lived && link->waits) {

            /* an idle one was closed, as Redis does by its "timeout" */

            link->conn.ring.hopeful = 1;
            ms = 1;

        } else {
            ms = link->backoff ? link->backoff * 2
                               : NGX_HTTP_GATE_REDIS_BACKOFF;
            ms = ngx_min(ms, NGX_HTTP_GATE_REDIS_LONGEST);
            link->backoff = ms;

            ms = ms - ms / 4 + ngx_random() % (ms / 2);
        }

        ngx_add_timer(&link->retry, ms);
    }

    ngx_http_gate_redis_conn_leave(&link->conn);
}


/* the caller holds it by enter(): handlers may destroy it */

static void
ngx_http_gate_redis_link_close(ngx_http_gate_redis_link_t *link)
{
    ngx_uint_t  was;

    was = link->conn.ring.ready;

    ngx_http_gate_redis_resolve_stop(&link->where);

    ngx_http_gate_redis_conn_close(&link->conn);

    if (was && !link->conn.gone) {
        link->up(link->data, 0);
    }
}


static void
ngx_http_gate_redis_link_bury(void *data)
{
    ngx_free(data);
}
