
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The files of the journal: the one that is written to, and those that were
 * before it and are not clean yet.  _journal_files.c opens and closes them,
 * _journal.c writes, _ship.c ships.
 */


#ifndef _NGX_HTTP_GATE_JOURNAL_H_INCLUDED_
#define _NGX_HTTP_GATE_JOURNAL_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_metrics.h"

#include "gate_jfile.h"
#include "gate_journal.h"


extern ngx_module_t  ngx_http_gate_journal_module;

/* requests admitted without a slot; cells given up before "retain" ends, and
 * acknowledged by Redis; workers that began to ship */
extern ngx_http_gate_family_t  ngx_http_gate_journal_unbilled;
extern ngx_http_gate_family_t  ngx_http_gate_journal_retired;
extern ngx_http_gate_family_t  ngx_http_gate_journal_shipped;
extern ngx_http_gate_family_t  ngx_http_gate_journal_takeovers;

ngx_uint_t ngx_http_gate_journal_configured(ngx_conf_t *cf);
/* this worker's writer, made when first needed; NULL: none could be had */
gate_journal_writer_t *ngx_http_gate_journal_writer(ngx_http_request_t *r);
/* no room: says so in the log; 1: serve without billing, 0: refuse */
ngx_uint_t ngx_http_gate_journal_serves(ngx_http_request_t *r);
/* is room being made? */
ngx_uint_t ngx_http_gate_journal_moves(ngx_http_request_t *r);

/* gate_journal_reserve() in this hour; what has arrived makes room for it */
gate_journal_rc_e ngx_http_gate_journal_reserve(gate_journal_writer_t *w,
    const gate_journal_key_t *key, uint32_t *cell);

/* in a worker: who takes cells to Redis frees some at once, true: it has */
typedef ngx_uint_t (*ngx_http_gate_journal_room_pt)(void);
void ngx_http_gate_journal_room_from(ngx_http_gate_journal_room_pt room);

/* for the shipper and the status page; NULL without gate_journal */
gate_journal_t *ngx_http_gate_journal(ngx_cycle_t *cycle);
ngx_str_t *ngx_http_gate_journal_node(ngx_cycle_t *cycle);


/* within the room */

#define NGX_HTTP_GATE_JOURNALS  8


typedef struct {
    ngx_str_t                  path;      /* with a NUL */
    gate_jfile_t               file;      /* mapped by the master */
    ngx_uint_t                 mapped;
    int                        fd;        /* of this worker, for its locks */
} ngx_http_gate_jfile_t;


typedef struct {
    ngx_str_t                  path;
    ssize_t                    size;
    time_t                     retain;
    ngx_uint_t                 serves;    /* when the journal is full */
    ngx_str_t                  node;
    u_char                    *conf;      /* where "gate_journal" stands */
    ngx_uint_t                 line;
    ngx_shm_zone_t            *zone;
    ngx_pool_t                *pool;
    ngx_cycle_t               *cycle;

    ngx_uint_t                 nfiles;    /* the first is written to */
    ngx_http_gate_jfile_t      files[NGX_HTTP_GATE_JOURNALS];

    /* of this worker */
    gate_journal_lock_t        lock;
    gate_journal_writer_t     *writer;
    ngx_uint_t                 tried;
    ngx_event_t                again;
    time_t                     told;      /* when it was last full */

    /* is room being made?  see _journal_moves.c */
    ngx_atomic_t              *redis_up;
    ngx_atomic_t              *shipped;
    ngx_atomic_t              *retired;
    ngx_atomic_t              *takeovers;
    ngx_uint_t                 takeover;  /* the last one seen */
    ngx_msec_t                 begun;     /* when that was */
    ngx_uint_t                 moved_to;
    ngx_msec_t                 moved;     /* when that was */
    ngx_msec_t                 asked;
} ngx_http_gate_journal_conf_t;


/* _journal.c: end what is open of workers that died; "f" was reopened */
void ngx_http_gate_journal_recover(ngx_http_gate_jfile_t *f, ngx_log_t *log);

/*
 * _journal_damage.c: say what was found since the last call; gives the number
 * of parts.  The other one: what was found when the file was opened.
 */
ngx_uint_t ngx_http_gate_journal_damaged(ngx_http_gate_jfile_t *f,
    ngx_log_t *log);
void ngx_http_gate_journal_examined(ngx_http_gate_jfile_t *f, ngx_log_t *log);

/* _journal_files.c: in the master */
ngx_int_t ngx_http_gate_journal_open_files(ngx_http_gate_journal_conf_t *jcf,
    ngx_http_gate_journal_conf_t *prev, ngx_log_t *log);
void ngx_http_gate_journal_close_file(ngx_http_gate_jfile_t *f);

/* in a worker: the file with a description of its own, NULL: there is none */
ngx_http_gate_jfile_t *ngx_http_gate_journal_file(
    ngx_http_gate_journal_conf_t *jcf, ngx_uint_t n, ngx_log_t *log);

/* all of it has arrived, and nobody writes to it: forget it for good */
void ngx_http_gate_journal_close_out(ngx_http_gate_journal_conf_t *jcf,
    ngx_http_gate_jfile_t *f, ngx_log_t *log);


/* _journal_metrics.c */
ngx_int_t ngx_http_gate_journal_preconfiguration(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_JOURNAL_H_INCLUDED_ */
