
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The shipper: of each file of the journal one worker takes the totals to Redis
 * and frees cells; that of the first one has it written down to the disk.  The
 * clockwork is here, _ship_lead.c says who ships, _ship_pass.c what a pass is.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_ship.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_journal.h"


#define NGX_HTTP_GATE_SHIP_TICK       1000     /* ms */
#define NGX_HTTP_GATE_SHIP_SYNC       1000

#define NGX_HTTP_GATE_SHIP_STEP       1024     /* cells of a file that is new */
#define NGX_HTTP_GATE_SHIP_PAUSE      5        /* ms, between steps */
#define NGX_HTTP_GATE_SHIP_STRIDE     2        /* ms, and */
#define NGX_HTTP_GATE_SHIP_BUDGET     16       /* batches in each */
#define NGX_HTTP_GATE_SHIP_URGENT     100000
#define NGX_HTTP_GATE_SHIP_LOOK       20       /* ms, is there room? */


typedef struct {
    ngx_cycle_t                   *cycle;
    ngx_http_gate_journal_conf_t  *journal;
    void                          *dummy;

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                      ident;

    ngx_event_t                    tick;

    /* of each file, NULL: another worker ships it */
    ngx_http_gate_ship_t          *ships[NGX_HTTP_GATE_JOURNALS];

    gate_jfile_sync_t             *sync;
    int                            sync_error;
} ngx_http_gate_ship_conf_t;


static void *ngx_http_gate_ship_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_ship_init_process(ngx_cycle_t *cycle);
static ngx_uint_t ngx_http_gate_ship_make_room(void);
static void ngx_http_gate_ship_exit_process(ngx_cycle_t *cycle);

static void ngx_http_gate_ship_tick(ngx_event_t *ev);
static ngx_msec_t ngx_http_gate_ship_turn(ngx_http_gate_ship_conf_t *scf,
    ngx_uint_t n);
static void ngx_http_gate_ship_damaged(ngx_http_gate_ship_t *ship);
static void ngx_http_gate_ship_work(ngx_http_gate_ship_conf_t *scf,
    ngx_uint_t n);
static void ngx_http_gate_ship_leave_all(ngx_http_gate_ship_conf_t *scf);
static void ngx_http_gate_ship_sync(ngx_http_gate_ship_conf_t *scf);


static ngx_http_module_t  ngx_http_gate_ship_module_ctx = {
    ngx_http_gate_ship_preconfiguration,   /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_ship_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_ship_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_ship_module_ctx,        /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_gate_ship_init_process,       /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_gate_ship_exit_process,       /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_http_gate_ship_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_ship_conf_t));
}


static ngx_int_t
ngx_http_gate_ship_init_process(ngx_cycle_t *cycle)
{
    ngx_http_gate_ship_conf_t  *scf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    scf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_ship_module);

    if (scf == NULL || ngx_http_gate_journal(cycle) == NULL) {
        return NGX_OK;
    }

    ngx_http_gate_journal_room_from(ngx_http_gate_ship_make_room);

    scf->cycle = cycle;
    scf->journal = ngx_http_cycle_get_module_main_conf(cycle,
                                                ngx_http_gate_journal_module);
    scf->ident = -1;

    scf->tick.handler = ngx_http_gate_ship_tick;
    scf->tick.data = scf;
    scf->tick.log = cycle->log;
    scf->tick.cancelable = 1;

    ngx_add_timer(&scf->tick, 50 + ngx_random() % 100);

    return NGX_OK;
}


/* nothing is sent any more: totals are in the file, the next one ships them */

static void
ngx_http_gate_ship_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_gate_ship_conf_t  *scf;

    scf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_gate_ship_module);

    if (scf == NULL || scf->cycle == NULL) {
        return;
    }

    if (scf->tick.timer_set) {
        ngx_del_timer(&scf->tick);
    }

    ngx_http_gate_ship_leave_all(scf);

    if (scf->sync) {
        gate_jfile_sync_stop(scf->sync);
        scf->sync = NULL;
    }
}


static void
ngx_http_gate_ship_tick(ngx_event_t *ev)
{
    ngx_uint_t                  n;
    ngx_msec_t                  pause, next;
    ngx_http_gate_ship_conf_t  *scf;

    scf = ev->data;

    /* another cycle: a reload without a master process */

    if (ngx_exiting || ngx_quit || ngx_terminate || scf->cycle != ngx_cycle) {
        ngx_http_gate_ship_leave_all(scf);
        return;
    }

    next = NGX_HTTP_GATE_SHIP_TICK - 50 + ngx_random() % 100;

    for (n = 0; n < scf->journal->nfiles; n++) {
        pause = ngx_http_gate_ship_turn(scf, n);
        next = ngx_min(next, pause);
    }

    ngx_add_timer(ev, next);
}


/* one of the files; the time until it should be looked at again */

static ngx_msec_t
ngx_http_gate_ship_turn(ngx_http_gate_ship_conf_t *scf, ngx_uint_t n)
{
    ngx_http_gate_ship_t   *ship;
    ngx_http_gate_jfile_t  *f;

    ship = scf->ships[n];

    if (ship == NULL) {
        f = ngx_http_gate_journal_file(scf->journal, n, scf->cycle->log);

        if (f != NULL) {
            ship = ngx_http_gate_ship_lead(scf->cycle, f, n == 0,
                                           scf->journal->retain);
            scf->ships[n] = ship;
        }
    }

    if (ship == NULL) {
        return NGX_HTTP_GATE_SHIP_TICK;
    }

    if (!gate_journal_ship_ready(ship->ship, NGX_HTTP_GATE_SHIP_STEP)) {
        return NGX_HTTP_GATE_SHIP_PAUSE;
    }

    ship->urgent = ngx_http_gate_ship_short(ship);

    /* to send all there is should not take the core from requests */

    ship->budget = ship->urgent ? NGX_HTTP_GATE_SHIP_URGENT
                                : NGX_HTTP_GATE_SHIP_BUDGET;

    if (ship->urgent || ship->fresh
        || (ngx_msec_int_t) (ngx_current_msec - ship->tick) >= 0)
    {
        ngx_http_gate_ship_work(scf, n);
        ship = scf->ships[n];
    }

    if (ship != NULL) {
        ngx_http_gate_ship_damaged(ship);
    }

    if (ship == NULL || !ship->passing) {
        return (ship != NULL && ship->urgent && ship->up)
               ? NGX_HTTP_GATE_SHIP_PAUSE : NGX_HTTP_GATE_SHIP_LOOK;
    }

    ngx_http_gate_ship_pump(ship);
    ngx_http_gate_ship_damaged(ship);

    return NGX_HTTP_GATE_SHIP_STRIDE;
}


/*
 * A total that was found damaged is not part of its sum any more, so that Redis
 * may have more of the key: what comes from now on is of another epoch.
 */

static void
ngx_http_gate_ship_damaged(ngx_http_gate_ship_t *ship)
{
    uint64_t  random;

    if (ngx_http_gate_journal_damaged(ship->file, ship->log) == 0) {
        return;
    }

    if (ngx_http_gate_random((u_char *) &random, sizeof(random)) == NGX_OK) {
        gate_journal_seal(ship->journal, random);
    }
}


static void
ngx_http_gate_ship_work(ngx_http_gate_ship_conf_t *scf, ngx_uint_t n)
{
    ngx_http_gate_ship_t   *ship;
    ngx_http_gate_jfile_t  *f;

    ship = scf->ships[n];
    f = ship->file;

    ship->tick = ngx_current_msec + NGX_HTTP_GATE_SHIP_TICK;

    ngx_http_gate_journal_recover(f, ship->log);

    if (n == 0) {
        ngx_http_gate_ship_sync(scf);
    }

    ngx_http_gate_ship_chores(ship);

    if (ship->redis == NULL) {
        ngx_http_gate_ship_keep(ship);

    } else if (ship->fresh) {
        ship->fresh = 0;
        ship->epoch = gate_journal_epoch_id(ship->journal);
        ngx_http_gate_ship_mark(ship, 1);

    } else if (ship->up && !ship->asking && !ship->passing) {

        if (n != 0 && !ship->all && gate_journal_clean(ship->journal)) {
            scf->ships[n] = NULL;
            ngx_http_gate_ship_leave(ship);
            ngx_http_gate_journal_close_out(scf->journal, f, scf->cycle->log);
            return;
        }

        ngx_http_gate_ship_ask(ship);
    }

    *ship->lag = (ngx_atomic_t) ngx_max(ngx_time() - ship->done, 0);
}


static void
ngx_http_gate_ship_leave_all(ngx_http_gate_ship_conf_t *scf)
{
    ngx_uint_t             n;
    ngx_http_gate_ship_t  *ship;

    for (n = 0; n < NGX_HTTP_GATE_JOURNALS; n++) {
        ship = scf->ships[n];

        if (ship != NULL) {
            scf->ships[n] = NULL;
            ngx_http_gate_ship_leave(ship);
        }
    }
}


/*
 * A request finds no room.  Where another worker ships, that one may just have
 * left or died: it is not waited for a whole second then.
 */

static ngx_uint_t
ngx_http_gate_ship_make_room(void)
{
    ngx_http_gate_ship_conf_t  *scf;

    scf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                              ngx_http_gate_ship_module);

    if (scf == NULL) {
        return 0;
    }

    if (scf->ships[0] != NULL) {
        return ngx_http_gate_ship_pinched(scf->ships[0]);
    }

    if (scf->tick.timer_set
        && (ngx_msec_int_t) (scf->tick.timer.key - ngx_current_msec)
           > NGX_HTTP_GATE_SHIP_LOOK)
    {
        ngx_del_timer(&scf->tick);            /* else it may stay as it is */
        ngx_add_timer(&scf->tick, NGX_HTTP_GATE_SHIP_LOOK);
    }

    return 0;
}


static void
ngx_http_gate_ship_sync(ngx_http_gate_ship_conf_t *scf)
{
    int  err;

    if (scf->sync == NULL) {
        scf->sync = gate_jfile_sync_start(scf->ships[0]->file->fd,
                                          NGX_HTTP_GATE_SHIP_SYNC);
    }

    err = (scf->sync == NULL) ? ngx_errno : gate_jfile_sync_look(scf->sync);

    if (err == scf->sync_error) {
        return;
    }

    scf->sync_error = err;

    if (err) {
        ngx_log_error(NGX_LOG_ERR, scf->cycle->log, err,
                      "gate journal: writing to the disk failed");

    } else {
        ngx_log_error(NGX_LOG_NOTICE, scf->cycle->log, 0,
                      "gate journal: writing to the disk works again");
    }
}
