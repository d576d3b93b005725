
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the rooms of Redis share: _redis.c (a connection from its first try to
 * its last), _redis_resolve.c (where to), _redis_hello.c (its beginning),
 * _redis_conn.c (commands and replies), _redis_conf.c (the directive).
 */


#ifndef _NGX_HTTP_GATE_REDIS_H_INCLUDED_
#define _NGX_HTTP_GATE_REDIS_H_INCLUDED_


#include "ngx_http_gate.h"

#include <hiredis/hiredis.h>

#include "gate_lookup.h"
#include "gate_say.h"


typedef struct ngx_http_gate_redis_s  ngx_http_gate_redis_t;

extern ngx_module_t  ngx_http_gate_redis_module;

struct redisReply;

/* reply NULL: not connected, deadline passed, connection lost */
typedef void (*ngx_http_gate_redis_pt)(void *data, struct redisReply *reply);
typedef void (*ngx_http_gate_redis_up_pt)(void *data, ngx_uint_t up);

ngx_uint_t ngx_http_gate_redis_configured(ngx_cycle_t *cycle);
ngx_http_gate_redis_t *ngx_http_gate_redis_create(ngx_cycle_t *cycle,
    ngx_msec_t deadline, ngx_http_gate_redis_up_pt up, void *data);
ngx_int_t ngx_http_gate_redis_send(ngx_http_gate_redis_t *rd,
    ngx_http_gate_redis_pt handler, void *data, int argc, const char **argv,
    const size_t *argvlen);
void ngx_http_gate_redis_destroy(ngx_http_gate_redis_t *rd);


/* within the room */

#define NGX_HTTP_GATE_REDIS_CALLS     1024         /* in flight */
#define NGX_HTTP_GATE_REDIS_AGAIN     60000        /* ms, to complain again */

/* how bad it is: by our own will, away, answers but is of no use */

#define NGX_HTTP_GATE_REDIS_MEANT     0
#define NGX_HTTP_GATE_REDIS_AWAY      1
#define NGX_HTTP_GATE_REDIS_USELESS   2


typedef struct {
    ngx_str_t                      url;
    ngx_str_t                      host;      /* a name; "": an address */
    in_port_t                      port;
    ngx_addr_t                    *addrs;     /* as found at load time */
    ngx_uint_t                     naddrs;
    ngx_http_core_loc_conf_t      *clcf;      /* http{}'s, for "resolver" */
    ngx_str_t                      user;
    ngx_str_t                      password;
    ngx_int_t                      db;
    ngx_msec_t                     timeout;
} ngx_http_gate_redis_conf_t;


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


typedef struct {
    ngx_sockaddr_t                 sockaddr;
    socklen_t                      socklen;
} ngx_http_gate_redis_addr_t;


struct ngx_http_gate_redis_s {
    ngx_log_t                     *log;
    ngx_http_gate_redis_conf_t    *conf;
    redisReader                   *reader;

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                      ident;

    ngx_http_gate_redis_up_pt      up;
    void                          *data;

    ngx_http_gate_redis_addr_t     addrs[GATE_LOOKUP_ADDRS];
    ngx_uint_t                     naddrs;
    ngx_uint_t                     address;   /* index, the next to try */

    ngx_resolver_ctx_t            *resolving; /* by nginx's resolver */
    gate_lookup_t                 *lookup;    /* by the system's */
    ngx_event_t                    look;
    ngx_msec_t                     looked;    /* since when */

    ngx_peer_connection_t          peer;
    ngx_log_t                      quiet;     /* for what we log ourselves */
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

    gate_say_t                     said;      /* of its absence */
    gate_say_t                     evicts;    /* of its policy */
    ngx_uint_t                     ask;       /* how to ask for it */

    ngx_uint_t                     depth;     /* of our calls on the stack */

    unsigned                       stale:1;   /* addresses may have changed */
    unsigned                       proved:1;  /* a command was answered */
    unsigned                       back:1;    /* and that was said */
    unsigned                       gone:1;    /* destroyed */
};


/* _redis.c */

/* to the next address */
void ngx_http_gate_redis_dial(ngx_http_gate_redis_t *rd);
void ngx_http_gate_redis_connected(ngx_http_gate_redis_t *rd);
/* a complaint of that badness, and another try later */
void ngx_http_gate_redis_lose(ngx_http_gate_redis_t *rd, ngx_uint_t badness,
    ngx_err_t err, const char *why);
/* by an error reply, of which len bytes may be logged */
void ngx_http_gate_redis_refused(ngx_http_gate_redis_t *rd, const char *what,
    redisReply *reply, size_t len);
void ngx_http_gate_redis_proved(ngx_http_gate_redis_t *rd);
/* while one of us is on the stack, destroy() leaves the memory to leave() */
void ngx_http_gate_redis_enter(ngx_http_gate_redis_t *rd);
void ngx_http_gate_redis_leave(ngx_http_gate_redis_t *rd);

/* _redis_resolve.c: NGX_OK: dial now; NGX_AGAIN: it will dial, or lose */
ngx_int_t ngx_http_gate_redis_resolve(ngx_http_gate_redis_t *rd);
/* do not wait now; what was asked may be heard by the next try */
void ngx_http_gate_redis_resolve_stop(ngx_http_gate_redis_t *rd);
/* and forget what was asked */
void ngx_http_gate_redis_resolve_end(ngx_http_gate_redis_t *rd);
void ngx_http_gate_redis_look(ngx_event_t *ev);

/* _redis_hello.c */
ngx_int_t ngx_http_gate_redis_greet(ngx_http_gate_redis_t *rd);
/* one that would not hear of its policy may be asked once more */
void ngx_http_gate_redis_ask_again(ngx_http_gate_redis_t *rd);

/* _redis_conn.c: without looking at the state */
ngx_int_t ngx_http_gate_redis_put(ngx_http_gate_redis_t *rd,
    ngx_http_gate_redis_pt handler, void *data, int argc, const char **argv,
    const size_t *argvlen);
void ngx_http_gate_redis_write_handler(ngx_event_t *wev);
void ngx_http_gate_redis_read_handler(ngx_event_t *rev);
void ngx_http_gate_redis_expire(ngx_event_t *ev);

/* _redis_conf.c */
char *ngx_http_gate_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


#endif /* _NGX_HTTP_GATE_REDIS_H_INCLUDED_ */
