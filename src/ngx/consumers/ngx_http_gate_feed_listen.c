
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The feed's connection to Redis: it is told of announced changes by a channel,
 * and of all keys that are written, by whomever, as Redis tracks them for it
 * (CLIENT TRACKING in its broadcasting mode, redirected to this connection
 * itself, as RESP2 has no messages but those of channels).
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_feed.h"
#include "ngx_http_gate_redis_link.h"

#include "gate_say.h"


#define NGX_HTTP_GATE_LISTEN_PATIENCE  2000        /* ms, with each command */
#define NGX_HTTP_GATE_LISTEN_RETRY     5000        /* ms, after a refusal */
#define NGX_HTTP_GATE_LISTEN_AGAIN     3600000
#define NGX_HTTP_GATE_LISTEN_ARGS      20


struct ngx_http_gate_listen_s {
    ngx_log_t                     *log;
    ngx_http_gate_redis_link_t    *link;
    ngx_http_gate_listener_t      *listener;
    void                          *data;

    ngx_http_gate_redis_call_t     id;
    ngx_http_gate_redis_call_t     track;
    ngx_http_gate_redis_call_t     keys;
    ngx_http_gate_redis_call_t     changes;
    ngx_http_gate_redis_call_t     ping;

    gate_say_t                     untracked;
    gate_say_t                     refused;
    ngx_msec_t                     retry;     /* 0: it was not refused */
};


static void ngx_http_gate_listen_up(void *data, ngx_uint_t up);
static void ngx_http_gate_listen_identified(void *data, redisReply *reply);
static void ngx_http_gate_listen_tracked(void *data, redisReply *reply);
static void ngx_http_gate_listen_subscribe(ngx_http_gate_listen_t *listen);
static void ngx_http_gate_listen_subscribed(void *data, redisReply *reply);
static void ngx_http_gate_listen_ponged(void *data, redisReply *reply);
static void ngx_http_gate_listen_pushed(void *data, gate_str_t channel,
    redisReply *message);
static void ngx_http_gate_listen_untracked(ngx_http_gate_listen_t *listen,
    redisReply *reply);
static ngx_int_t ngx_http_gate_listen_send(ngx_http_gate_listen_t *listen,
    ngx_http_gate_redis_call_t *call, const char **words);


static ngx_http_gate_redis_terms_t  ngx_http_gate_listen_terms = {
    NGX_HTTP_GATE_LISTEN_PATIENCE,         /* to connect */
    NGX_HTTP_GATE_LISTEN_PATIENCE,         /* with each command */
    0,                                     /* nothing waits for it */
    0,                                     /* nor is it money */
    1,                                     /* others say what is wrong */
    ngx_http_gate_listen_pushed
};


static const char  *ngx_http_gate_listen_written = "__redis__:invalidate";
static const char  *ngx_http_gate_listen_told = "gate:changes";


ngx_http_gate_listen_t *
ngx_http_gate_listen_create(ngx_cycle_t *cycle,
    ngx_http_gate_listener_t *listener, void *data)
{
    ngx_http_gate_listen_t  *listen;

    listen = ngx_pcalloc(cycle->pool, sizeof(ngx_http_gate_listen_t));
    if (listen == NULL) {
        return NULL;
    }

    listen->log = cycle->log;
    listen->listener = listener;
    listen->data = data;

    listen->id.handler = ngx_http_gate_listen_identified;
    listen->id.data = listen;
    listen->track.handler = ngx_http_gate_listen_tracked;
    listen->track.data = listen;
    listen->changes.handler = ngx_http_gate_listen_subscribed;
    listen->changes.data = listen;
    listen->ping.handler = ngx_http_gate_listen_ponged;
    listen->ping.data = listen;

    listen->link = ngx_http_gate_redis_link_create(cycle,
                                                   &ngx_http_gate_listen_terms,
                                                   ngx_http_gate_listen_up,
                                                   listen);

    return (listen->link != NULL) ? listen : NULL;
}


void
ngx_http_gate_listen_destroy(ngx_http_gate_listen_t *listen)
{
    ngx_http_gate_redis_ring_cancel(&listen->id);
    ngx_http_gate_redis_ring_cancel(&listen->track);
    ngx_http_gate_redis_ring_cancel(&listen->changes);
    ngx_http_gate_redis_ring_cancel(&listen->ping);

    ngx_http_gate_redis_link_destroy(listen->link);
}


ngx_int_t
ngx_http_gate_listen_ping(ngx_http_gate_listen_t *listen)
{
    static const char  *words[] = { "PING", NULL };

    return ngx_http_gate_listen_send(listen, &listen->ping, words);
}


void
ngx_http_gate_listen_again(ngx_http_gate_listen_t *listen)
{
    if (listen->retry
        && (ngx_msec_int_t) (ngx_current_msec - listen->retry) >= 0)
    {
        listen->retry = 0;
        ngx_http_gate_listen_subscribe(listen);
    }
}


static void
ngx_http_gate_listen_up(void *data, ngx_uint_t up)
{
    ngx_http_gate_listen_t *listen = data;

    static const char  *words[] = { "CLIENT", "ID", NULL };

    listen->retry = 0;

    if (up) {
        (void) ngx_http_gate_listen_send(listen, &listen->id, words);

    } else {
        listen->listener->listens(listen->data, 0);
    }
}


/* each kind is a prefix of its own: what else begins with "gate:" is busy */

static void
ngx_http_gate_listen_identified(void *data, redisReply *reply)
{
    ngx_http_gate_listen_t *listen = data;

    u_char  id[NGX_INT64_LEN + 1];

    const char  *words[] = {
        "CLIENT", "TRACKING", "ON", "REDIRECT", (char *) id, "BCAST",
        "PREFIX", "gate:c:", "PREFIX", "gate:k:", "PREFIX", "gate:t:",
        "PREFIX", "gate:b:", "PREFIX", "gate:m:", "PREFIX", "gate:s:",
        "PREFIX", "gate:j:", NULL
    };

    if (reply == NULL) {
        return;
    }

    if (reply->type != REDIS_REPLY_INTEGER) {
        ngx_http_gate_listen_untracked(listen, reply);
        ngx_http_gate_listen_subscribe(listen);
        return;
    }

    (void) ngx_sprintf(id, "%L%Z", (int64_t) reply->integer);

    (void) ngx_http_gate_listen_send(listen, &listen->track, words);
}


static void
ngx_http_gate_listen_tracked(void *data, redisReply *reply)
{
    ngx_http_gate_listen_t *listen = data;

    const char  *words[] = {
        "SUBSCRIBE", ngx_http_gate_listen_written, NULL
    };

    if (reply == NULL) {
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_http_gate_listen_untracked(listen, reply);

    } else {
        (void) gate_say_over(&listen->untracked);
        (void) ngx_http_gate_listen_send(listen, NULL, words);
    }

    ngx_http_gate_listen_subscribe(listen);
}


static void
ngx_http_gate_listen_subscribe(ngx_http_gate_listen_t *listen)
{
    const char  *words[] = {
        "SUBSCRIBE", ngx_http_gate_listen_told, NULL
    };

    (void) ngx_http_gate_listen_send(listen, &listen->changes, words);
}


static void
ngx_http_gate_listen_subscribed(void *data, redisReply *reply)
{
    ngx_http_gate_listen_t *listen = data;

    if (reply == NULL) {
        return;
    }

    if (reply->type != REDIS_REPLY_ERROR) {
        (void) gate_say_over(&listen->refused);
        listen->listener->listens(listen->data, 1);
        return;
    }

    listen->retry = ngx_current_msec + NGX_HTTP_GATE_LISTEN_RETRY;

    if (gate_say(&listen->refused, 1, ngx_current_msec,
                 NGX_HTTP_GATE_LISTEN_AGAIN))
    {
        ngx_log_error(NGX_LOG_ERR, listen->log, 0,
                      "gate feed: Redis refuses \"SUBSCRIBE %s\": %*s: allow "
                      "the channel to the user of \"gate_redis\"",
                      ngx_http_gate_listen_told, (size_t) reply->len,
                      reply->str);
    }
}


static void
ngx_http_gate_listen_ponged(void *data, redisReply *reply)
{
    ngx_http_gate_listen_t *listen = data;

    if (reply != NULL && reply->type != REDIS_REPLY_ERROR) {
        listen->listener->ponged(listen->data);
    }
}


static void
ngx_http_gate_listen_pushed(void *data, gate_str_t channel,
    redisReply *message)
{
    ngx_http_gate_listen_t *listen = data;

    if (gate_str_eq(channel, gate_cstr(ngx_http_gate_listen_written))) {
        listen->listener->written(listen->data, message);
        return;
    }

    if (message->type == REDIS_REPLY_STRING
        && gate_str_eq(channel, gate_cstr(ngx_http_gate_listen_told)))
    {
        listen->listener->heard(listen->data,
                                gate_str(message->str, message->len));
    }
}


static void
ngx_http_gate_listen_untracked(ngx_http_gate_listen_t *listen,
    redisReply *reply)
{
    ngx_uint_t  error;

    if (!gate_say(&listen->untracked, 1, ngx_current_msec,
                  NGX_HTTP_GATE_LISTEN_AGAIN))
    {
        return;
    }

    error = (reply->type == REDIS_REPLY_ERROR);

    ngx_log_error(NGX_LOG_WARN, listen->log, 0,
                  "gate feed: Redis does not tell which keys are written "
                  "(CLIENT TRACKING)%s%*s: changes count once they are "
                  "published to %s",
                  error ? ": " : "", error ? (size_t) reply->len : (size_t) 0,
                  reply->str, ngx_http_gate_listen_told);
}


static ngx_int_t
ngx_http_gate_listen_send(ngx_http_gate_listen_t *listen,
    ngx_http_gate_redis_call_t *call, const char **words)
{
    int     n;
    size_t  len[NGX_HTTP_GATE_LISTEN_ARGS];

    for (n = 0; words[n] != NULL; n++) {
        len[n] = ngx_strlen(words[n]);
    }

    return ngx_http_gate_redis_link_send(listen->link, call, 0, n, words, len);
}
