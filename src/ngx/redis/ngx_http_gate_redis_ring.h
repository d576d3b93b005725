
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Calls to Redis: replies come in the order of commands, so they stand in a
 * ring.  One that nobody waits for any more keeps its place, and its reply is
 * dropped when it comes: no later one is taken for it.
 */


#ifndef _NGX_HTTP_GATE_REDIS_RING_H_INCLUDED_
#define _NGX_HTTP_GATE_REDIS_RING_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <hiredis/hiredis.h>


#define NGX_HTTP_GATE_REDIS_CALLS     1024         /* in flight */


typedef struct ngx_http_gate_redis_ring_s  ngx_http_gate_redis_ring_t;

/* reply NULL: the deadline passed, or the connection was lost */
typedef void (*ngx_http_gate_redis_pt)(void *data, redisReply *reply);


/*
 * A call is its user's, zeroed before its first use, and under way from send()
 * until its handler was called or it was cancelled: after that it may be sent
 * again, or freed, by the handler itself, too.
 */

typedef struct {
    ngx_http_gate_redis_pt         handler;
    void                          *data;
    ngx_http_gate_redis_ring_t    *ring;      /* NULL: not under way */

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                      ident;

    ngx_uint_t                     entry;
    ngx_event_t                    timer;     /* deadline of its own */

    /* of one that waits for the connection */
    ngx_queue_t                    queue;
    char                          *command;
    size_t                         len;
} ngx_http_gate_redis_call_t;


typedef struct {
    ngx_http_gate_redis_call_t    *call;      /* NULL: nobody waits for it */
    ngx_msec_t                     sent;
    ngx_uint_t                     probe;
} ngx_http_gate_redis_entry_t;


struct ngx_http_gate_redis_ring_s {
    ngx_log_t                     *log;
    void                          *data;

    void                         (*wake)(void *data);  /* there are bytes */
    void                         (*look)(void *data);  /* for replies, now */

    ngx_http_gate_redis_entry_t    entries[NGX_HTTP_GATE_REDIS_CALLS];
    ngx_uint_t                     first;
    ngx_uint_t                     n;

    ngx_queue_t                    waiting;
    ngx_uint_t                     nwaiting;

    ngx_buf_t                      out;

    ngx_http_gate_redis_call_t   **expiring;  /* where that is asked */

    unsigned                       ready:1;   /* for commands of users */
    unsigned                       hopeful:1; /* will be soon: they wait */
};


void ngx_http_gate_redis_ring_init(ngx_http_gate_redis_ring_t *ring,
    ngx_log_t *log);

/*
 * deadline: ms, or 0: as long as the connection lives.  NGX_DECLINED: it cannot
 * be sent now, nothing is under way.  call NULL: the reply does not matter.
 */
ngx_int_t ngx_http_gate_redis_ring_send(ngx_http_gate_redis_ring_t *ring,
    ngx_http_gate_redis_call_t *call, ngx_msec_t deadline, int argc,
    const char **argv, const size_t *argvlen);

/* the same of who makes the connection ready; its answers prove nothing */
ngx_int_t ngx_http_gate_redis_ring_probe(ngx_http_gate_redis_ring_t *ring,
    ngx_http_gate_redis_call_t *call, int argc, const char **argv,
    const size_t *argvlen);

/* its handler will not be called; one that is not under way is left alone */
void ngx_http_gate_redis_ring_cancel(ngx_http_gate_redis_call_t *call);

/* those who waited are sent */
void ngx_http_gate_redis_ring_ready(ngx_http_gate_redis_ring_t *ring);

/* takes the oldest command off; NULL: there is none */
ngx_http_gate_redis_entry_t *ngx_http_gate_redis_ring_shift(
    ngx_http_gate_redis_ring_t *ring);
void ngx_http_gate_redis_ring_answer(ngx_http_gate_redis_call_t *call,
    redisReply *reply);

/* the connection is gone: so are all calls */
void ngx_http_gate_redis_ring_fail(ngx_http_gate_redis_ring_t *ring);

void ngx_http_gate_redis_ring_free(ngx_http_gate_redis_ring_t *ring);


#endif /* _NGX_HTTP_GATE_REDIS_RING_H_INCLUDED_ */
