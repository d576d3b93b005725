
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the files of the shipper share: _ship.c (when), _ship_lead.c (who),
 * _ship_pass.c (what), _ship_mark.c (the marker of an epoch), _ship_room.c
 * (room in the journal), _ship_send.c (a batch as a command, and its answer).
 */


#ifndef _NGX_HTTP_GATE_SHIP_H_INCLUDED_
#define _NGX_HTTP_GATE_SHIP_H_INCLUDED_


#include "ngx_http_gate_journal.h"
#include "ngx_http_gate_redis_link.h"

#include "gate_journal_ship.h"
#include "gate_journal_stat.h"
#include "gate_wire.h"


extern ngx_module_t  ngx_http_gate_ship_module;

/* within the room */

#define NGX_HTTP_GATE_SHIP_TOKENS     256      /* more than any token */
#define NGX_HTTP_GATE_SHIP_FAILURES   16       /* a pass ends at so many */


extern ngx_http_gate_family_t  ngx_http_gate_ship_lag;      /* seconds */
extern ngx_http_gate_family_t  ngx_http_gate_ship_errors;


typedef struct ngx_http_gate_ship_s  ngx_http_gate_ship_t;


typedef enum {
    NGX_HTTP_GATE_SHIP_FREE = 0,
    NGX_HTTP_GATE_SHIP_SENT,
    NGX_HTTP_GATE_SHIP_FAILED                 /* not again in this pass */
} ngx_http_gate_ship_state_e;


typedef struct {
    ngx_http_gate_redis_call_t     call;
    ngx_http_gate_ship_t          *ship;
    gate_journal_batch_t           batch;
    ngx_http_gate_ship_state_e     state;
    ngx_uint_t                     eval;      /* script and all */
} ngx_http_gate_ship_call_t;


/* while this worker is the one that ships */

struct ngx_http_gate_ship_s {
    gate_journal_ship_t           *ship;
    gate_journal_t                *journal;
    ngx_http_gate_redis_link_t    *redis;
    ngx_log_t                     *log;
    ngx_http_gate_jfile_t         *file;

    time_t                         retain;
    ngx_str_t                      node;
    uint64_t                       epoch;     /* whose marker is looked at */
    u_char                         sha1[GATE_WIRE_SHA1];
    ngx_http_gate_redis_call_t     marker;    /* asked for, or set */
    gate_wire_t                    wire;      /* the command to send */

    ngx_atomic_t                  *errors;
    ngx_atomic_t                  *cells;
    ngx_atomic_t                  *lag;
    ngx_atomic_t                  *redis_up;
    ngx_atomic_t                  *retired;
    ngx_atomic_t                   unseen;    /* instead, of an old file */

    /* a pass: every changed key once */
    ngx_uint_t                     flight;
    ngx_uint_t                     sent;
    ngx_uint_t                     budget;    /* batches until the next turn */
    ngx_uint_t                     limit;
    ngx_uint_t                     failed;
    time_t                         began;
    time_t                         done;      /* start of the last whole one */

    ngx_msec_t                     tick;      /* when the next is due */
    time_t                         said;      /* errors of Redis */

    /* room, in cells, as it was when they were counted last */
    ngx_uint_t                     room;
    ngx_uint_t                     used;
    ngx_uint_t                     dirty;
    uint64_t                       grown;
    time_t                         chores;    /* when they are due */
    ngx_msec_t                     rest;      /* none could be freed: until */
    time_t                         warned;    /* cells given up */
    ngx_uint_t                     early;     /* cells, not yet warned of */

    unsigned                       up:1;
    unsigned                       fresh:1;   /* since then nothing was done */
    unsigned                       asking:1;  /* for the marker */
    unsigned                       all:1;     /* is owed, when it is set */
    unsigned                       passing:1;
    unsigned                       urgent:1;  /* room is short */
    unsigned                       drained:1; /* nothing more to take */
    unsigned                       broken:1;  /* pass was cut short */

    ngx_http_gate_ship_call_t      calls[NGX_HTTP_GATE_SHIP_TOKENS];
};


/* _ship_lead.c: NULL: another one ships this file, or nobody can */

ngx_http_gate_ship_t *ngx_http_gate_ship_lead(ngx_cycle_t *cycle,
    ngx_http_gate_jfile_t *f, ngx_uint_t first, time_t retain);
void ngx_http_gate_ship_leave(ngx_http_gate_ship_t *ship);


/* _ship_pass.c: a pass over what changed */

void ngx_http_gate_ship_begin(ngx_http_gate_ship_t *ship);

/* take batches and send them, while there is room in flight */
void ngx_http_gate_ship_pump(ngx_http_gate_ship_t *ship);

/* instead of it where there is no Redis */
void ngx_http_gate_ship_keep(ngx_http_gate_ship_t *ship);


/* _ship_mark.c: is the marker there?  Then a pass begins. */

void ngx_http_gate_ship_ask(ngx_http_gate_ship_t *ship);

/* set the marker, then send what changed, or all */
void ngx_http_gate_ship_mark(ngx_http_gate_ship_t *ship, ngx_uint_t all);

void ngx_http_gate_ship_label(ngx_http_gate_ship_t *ship);


/* _ship_room.c */

void ngx_http_gate_ship_chores(ngx_http_gate_ship_t *ship);
ngx_uint_t ngx_http_gate_ship_short(ngx_http_gate_ship_t *ship);
ngx_uint_t ngx_http_gate_ship_pinched(ngx_http_gate_ship_t *ship);


/* _ship_send.c */

ngx_int_t ngx_http_gate_ship_send(ngx_http_gate_ship_call_t *call);
ngx_uint_t ngx_http_gate_ship_empty(gate_journal_batch_t *b);
/* log and count an error reply, or a lost connection (NULL) */
void ngx_http_gate_ship_complain(ngx_http_gate_ship_t *ship,
    redisReply *reply);


/* _ship_metrics.c */
ngx_int_t ngx_http_gate_ship_preconfiguration(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_SHIP_H_INCLUDED_ */
