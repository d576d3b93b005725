
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One connection to Redis: a socket of nginx's, commands out, replies in.  Who
 * owns it decides when it begins and what follows its end.
 */


#ifndef _NGX_HTTP_GATE_REDIS_CONN_H_INCLUDED_
#define _NGX_HTTP_GATE_REDIS_CONN_H_INCLUDED_


#include "ngx_http_gate_redis_ring.h"

#include <ngx_event_connect.h>


/* how bad its end is: by our own will, away, answers but is of no use */

#define NGX_HTTP_GATE_REDIS_MEANT     0
#define NGX_HTTP_GATE_REDIS_AWAY      1
#define NGX_HTTP_GATE_REDIS_USELESS   2

/* whose reply it was that was heard */

#define NGX_HTTP_GATE_REDIS_STRAY     0            /* of no command */
#define NGX_HTTP_GATE_REDIS_PROBED    1
#define NGX_HTTP_GATE_REDIS_ANSWERED  2


typedef enum {
    NGX_HTTP_GATE_REDIS_CLOSED = 0,
    NGX_HTTP_GATE_REDIS_CONNECTING,
    NGX_HTTP_GATE_REDIS_OPEN
} ngx_http_gate_redis_state_e;


/* each may close the connection, lost() must, and all may bury the owner */

typedef struct {
    void                         (*opened)(void *data);
    /* NULL, or 1: no reply, but what Redis tells by itself */
    ngx_uint_t                   (*pushed)(void *data, redisReply *reply);
    /* a reply, after the call's handler had it */
    void                         (*heard)(void *data, redisReply *reply,
                                       ngx_uint_t whose);
    void                         (*lost)(void *data, ngx_uint_t badness,
                                       ngx_err_t err, const char *why);
    /* it is closed for good, and nobody on the stack needs it any more */
    void                         (*bury)(void *data);
} ngx_http_gate_redis_owner_t;


typedef struct {
    ngx_log_t                     *log;
    void                          *data;
    ngx_http_gate_redis_owner_t   *owner;

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                      ident;

    redisReader                   *reader;
    size_t                         unanswered;  /* bytes of the next reply */
#if (HIREDIS_MAJOR < 1)
    redisReplyObjectFunctions      objects;   /* of the reader */
    void                        *(*array)(const redisReadTask *task, int n);
#endif
    ngx_peer_connection_t          peer;
    ngx_log_t                      quiet;     /* for what we log ourselves */
    ngx_http_gate_redis_state_e    state;

    ngx_event_t                    timer;
    ngx_msec_t                     opening;   /* ms, to connect and log in */
    ngx_msec_t                     patience;  /* ms, with each command */
    ngx_msec_t                     since;     /* connecting */

    ngx_http_gate_redis_ring_t     ring;

    ngx_uint_t                     depth;     /* of our calls on the stack */

    unsigned                       stays:1;   /* until the worker exits */
    unsigned                       gone:1;    /* to be buried */
} ngx_http_gate_redis_conn_t;


void ngx_http_gate_redis_conn_init(ngx_http_gate_redis_conn_t *conn,
    ngx_http_gate_redis_owner_t *owner, void *data, ngx_log_t *log);

/* opened() or lost() will be called, or was */
void ngx_http_gate_redis_conn_open(ngx_http_gate_redis_conn_t *conn,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_str_t *name);

/* the caller holds it by enter(): handlers of calls may end its owner */
void ngx_http_gate_redis_conn_close(ngx_http_gate_redis_conn_t *conn);

/* with "gone", the last leave() buries the owner */
void ngx_http_gate_redis_conn_enter(ngx_http_gate_redis_conn_t *conn);
void ngx_http_gate_redis_conn_leave(ngx_http_gate_redis_conn_t *conn);


#endif /* _NGX_HTTP_GATE_REDIS_CONN_H_INCLUDED_ */
