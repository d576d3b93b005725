
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The shipper: one worker of all takes the journal's totals to Redis, writes
 * the file down to the disk and frees cells of hours that are over.
 *
 * Totals are absolute, so anything may be sent again.
 */


#include "ngx_http_gate_ship.h"

#include <ngx_sha1.h>
#include <hiredis/hiredis.h>

#include "gate_jfile.h"


#define NGX_HTTP_GATE_SHIP_TICK       1000     /* ms */
#define NGX_HTTP_GATE_SHIP_DEADLINE   2000
#define NGX_HTTP_GATE_SHIP_SYNC       1000

#define NGX_HTTP_GATE_SHIP_FLIGHT     128      /* batches */
#define NGX_HTTP_GATE_SHIP_PASS       1024     /* batches, then look again */

#define NGX_HTTP_GATE_SHIP_CHORES     60       /* seconds */
#define NGX_HTTP_GATE_SHIP_HASTE      5        /* when it is almost full */
#define NGX_HTTP_GATE_SHIP_RETIRE     1024     /* cells at once */
#define NGX_HTTP_GATE_SHIP_YOUNG      2        /* hours, never given up */


typedef struct {
    ngx_cycle_t                   *cycle;
    void                          *dummy;
    ngx_http_gate_ship_t          *ship;      /* NULL: another one ships */

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                      ident;

    ngx_event_t                    tick;
    gate_jfile_sync_t             *sync;
    int                            sync_error;
} ngx_http_gate_ship_conf_t;


static void *ngx_http_gate_ship_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_ship_init_process(ngx_cycle_t *cycle);
static void ngx_http_gate_ship_exit_process(ngx_cycle_t *cycle);

static void ngx_http_gate_ship_tick(ngx_event_t *ev);
static void ngx_http_gate_ship_lead(ngx_http_gate_ship_conf_t *scf);
static ngx_http_gate_ship_t *ngx_http_gate_ship_open(
    ngx_http_gate_ship_conf_t *scf, int fd);
static ngx_int_t ngx_http_gate_ship_names(ngx_http_gate_ship_t *ship,
    ngx_cycle_t *cycle);
static void ngx_http_gate_ship_free(ngx_http_gate_ship_t *ship);
static void ngx_http_gate_ship_leave(ngx_http_gate_ship_conf_t *scf);
static void ngx_http_gate_ship_sync(ngx_http_gate_ship_conf_t *scf);

static void ngx_http_gate_ship_up(void *data, ngx_uint_t up);
static ngx_uint_t ngx_http_gate_ship_enough(ngx_http_gate_ship_t *ship);
static void ngx_http_gate_ship_finish(ngx_http_gate_ship_t *ship);
static void ngx_http_gate_ship_keep(ngx_http_gate_ship_t *ship);


static void ngx_http_gate_ship_chores(ngx_http_gate_ship_t *ship);
static ngx_uint_t ngx_http_gate_ship_give_up(ngx_http_gate_ship_t *ship,
    uint32_t hour, ngx_uint_t wanted);


static ngx_http_module_t  ngx_http_gate_ship_module_ctx = {
    NULL,                                  /* preconfiguration */
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

    scf->cycle = cycle;
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

    ngx_http_gate_ship_leave(scf);

    if (scf->sync) {
        gate_jfile_sync_stop(scf->sync);
        scf->sync = NULL;
    }
}


static void
ngx_http_gate_ship_tick(ngx_event_t *ev)
{
    ngx_http_gate_ship_t       *ship;
    ngx_http_gate_ship_conf_t  *scf;

    scf = ev->data;

    /* another cycle: a reload without a master process */

    if (ngx_exiting || ngx_quit || ngx_terminate || scf->cycle != ngx_cycle) {
        ngx_http_gate_ship_leave(scf);
        return;
    }

    ngx_add_timer(ev, NGX_HTTP_GATE_SHIP_TICK - 50 + ngx_random() % 100);

    if (scf->ship == NULL) {
        ngx_http_gate_ship_lead(scf);
    }

    ship = scf->ship;

    if (ship == NULL) {
        return;
    }

    ngx_http_gate_ship_sync(scf);

    if (ngx_time() >= ship->chores) {
        ngx_http_gate_ship_chores(ship);
    }

    if (ship->redis == NULL) {
        ngx_http_gate_ship_keep(ship);

    } else if (ship->up && !ship->asking && !ship->passing) {
        ngx_http_gate_ship_ask(ship);
    }

    *ship->lag = (ngx_atomic_t) ngx_max(ngx_time() - ship->done, 0);
}


static void
ngx_http_gate_ship_lead(ngx_http_gate_ship_conf_t *scf)
{
    int                    fd;
    ngx_http_gate_ship_t  *ship;

    fd = ngx_http_gate_journal_fd(scf->cycle);

    if (fd == -1 || !gate_jfile_try_ship(fd)) {
        return;
    }

    ship = ngx_http_gate_ship_open(scf, fd);

    if (ship == NULL) {
        ngx_log_error(NGX_LOG_ERR, scf->cycle->log, 0,
                      "gate ship: no memory");
        gate_jfile_end_ship(fd);
        return;
    }

    scf->ship = ship;

    ngx_log_error(NGX_LOG_INFO, ship->log, 0, "gate ship: this worker ships");

    if (!ngx_http_gate_redis_configured(scf->cycle)) {
        return;
    }

    ship->redis = ngx_http_gate_redis_create(scf->cycle,
                                             NGX_HTTP_GATE_SHIP_DEADLINE,
                                             ngx_http_gate_ship_up, scf);
    if (ship->redis == NULL) {
        ngx_http_gate_ship_leave(scf);
    }
}


static ngx_http_gate_ship_t *
ngx_http_gate_ship_open(ngx_http_gate_ship_conf_t *scf, int fd)
{
    ngx_http_gate_ship_t  *ship;

    ship = ngx_calloc(sizeof(ngx_http_gate_ship_t), scf->cycle->log);
    if (ship == NULL) {
        return NULL;
    }

    ship->fd = fd;
    ship->log = scf->cycle->log;
    ship->journal = ngx_http_gate_journal(scf->cycle);
    ship->retain = ngx_http_gate_journal_retain(scf->cycle);

    if (ngx_http_gate_ship_names(ship, scf->cycle) != NGX_OK
        || gate_journal_ship_open(ship->journal, &ship->ship)
           != GATE_JOURNAL_OK)
    {
        ngx_http_gate_ship_free(ship);
        return NULL;
    }

    ship->epoch = gate_journal_epoch_id(ship->journal);

    ship->errors = ngx_http_gate_metric(NGX_HTTP_GATE_M_SHIP_ERRORS, 0, NULL);
    ship->cells = ngx_http_gate_metric(NGX_HTTP_GATE_M_SHIP_CELLS, 0, NULL);
    ship->lag = ngx_http_gate_metric(NGX_HTTP_GATE_M_SHIP_LAG, 0, NULL);
    ship->redis_up = ngx_http_gate_metric(NGX_HTTP_GATE_M_REDIS_UP, 0, NULL);
    ship->retired = ngx_http_gate_metric(NGX_HTTP_GATE_M_RETIRED_EARLY, 0,
                                         NULL);

    /* the lag goes on from where the last shipper left it */

    ship->done = ngx_time() - (time_t) *ship->lag;
    ship->chores = ngx_time() + 1;
    *ship->redis_up = 0;

    return ship;
}


static ngx_int_t
ngx_http_gate_ship_names(ngx_http_gate_ship_t *ship, ngx_cycle_t *cycle)
{
    u_char      hash[20];
    ngx_str_t  *node;
    ngx_sha1_t  sha1;

    /* in memory of its own: without a master the cycle may end before us */

    node = ngx_http_gate_journal_node(cycle);

    ship->node.data = ngx_alloc(node->len + 1, ship->log);
    if (ship->node.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(ship->node.data, node->data, node->len);
    ship->node.len = node->len;

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, ngx_http_gate_ship_script.data,
                    ngx_http_gate_ship_script.len);
    ngx_sha1_final(hash, &sha1);

    (void) ngx_hex_dump(ship->sha1, hash, sizeof(hash));

    return NGX_OK;
}


static void
ngx_http_gate_ship_free(ngx_http_gate_ship_t *ship)
{
    if (ship->ship) {
        gate_journal_ship_close(ship->ship);
    }

    if (ship->node.data) {
        ngx_free(ship->node.data);
    }

    ngx_free(ship);
}


/*
 * The thread goes on until the process ends: a worker that shuts down may
 * serve for long, and waiting for the disk is for the very end.
 */

static void
ngx_http_gate_ship_leave(ngx_http_gate_ship_conf_t *scf)
{
    ngx_http_gate_ship_t  *ship;

    ship = scf->ship;

    if (ship == NULL) {
        return;
    }

    scf->ship = NULL;

    ngx_log_error(NGX_LOG_INFO, ship->log, 0,
                  "gate ship: this worker ships no more");

    if (ship->redis) {
        ngx_http_gate_redis_destroy(ship->redis);
    }

    gate_jfile_end_ship(ship->fd);

    ngx_http_gate_ship_free(ship);
}


static void
ngx_http_gate_ship_sync(ngx_http_gate_ship_conf_t *scf)
{
    int  err;

    if (scf->sync == NULL) {
        scf->sync = gate_jfile_sync_start(scf->ship->fd,
                                          NGX_HTTP_GATE_SHIP_SYNC);
    }

    err = (scf->sync == NULL) ? ngx_errno : gate_jfile_sync_error(scf->sync);

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


static void
ngx_http_gate_ship_up(void *data, ngx_uint_t up)
{
    ngx_http_gate_ship_conf_t *scf = data;

    ngx_http_gate_ship_t  *ship;

    ship = scf->ship;

    if (ship == NULL) {
        return;
    }

    ship->up = up;

    if (up) {
        ship->epoch = gate_journal_epoch_id(ship->journal);
        ngx_http_gate_ship_mark(ship, 1);
        return;
    }

    *ship->redis_up = 0;

    if (ngx_exiting) {
        ngx_http_gate_ship_leave(scf);
        return;
    }

    (void) ngx_atomic_fetch_add(ship->errors, 1);
}


void
ngx_http_gate_ship_begin(ngx_http_gate_ship_t *ship)
{
    *ship->redis_up = 1;

    ship->passing = 1;
    ship->drained = 0;
    ship->broken = 0;
    ship->sent = 0;
    ship->failed = 0;
    ship->limit = NGX_HTTP_GATE_SHIP_PASS;
    ship->began = ngx_time();

    ngx_http_gate_ship_pump(ship);
}


void
ngx_http_gate_ship_pump(ngx_http_gate_ship_t *ship)
{
    gate_journal_batch_t        b;
    ngx_http_gate_ship_call_t  *call;

    while (!ship->drained && ship->flight < NGX_HTTP_GATE_SHIP_FLIGHT) {

        if (ngx_http_gate_ship_enough(ship)
            || gate_journal_ship_next(ship->ship, &b) == 0)
        {
            ship->drained = 1;
            break;
        }

        if (ngx_http_gate_ship_empty(&b)) {
            gate_journal_ship_ack(ship->ship, b.token);
            continue;
        }

        call = &ship->calls[b.token];
        call->ship = ship;
        call->batch = b;
        call->eval = 0;

        if (ngx_http_gate_ship_send(call) != NGX_OK) {
            gate_journal_ship_nack(ship->ship, b.token);
            ship->drained = 1;
            ship->broken = 1;
            break;
        }

        call->state = NGX_HTTP_GATE_SHIP_SENT;
        ship->flight++;
        ship->sent++;
    }

    if (ship->passing && ship->drained && ship->flight == 0) {
        ngx_http_gate_ship_finish(ship);
    }
}


/*
 * Keys that change all the time would keep a pass going for ever.  The count
 * of what is left to send is not for free, so it is taken late.
 */

static ngx_uint_t
ngx_http_gate_ship_enough(ngx_http_gate_ship_t *ship)
{
    gate_journal_stat_t  st;

    if (ship->sent < ship->limit) {
        return 0;
    }

    if (ship->limit > NGX_HTTP_GATE_SHIP_PASS) {
        return 1;
    }

    gate_journal_stat(ship->journal, &st);

    ship->limit += st.dirty;

    return ship->sent >= ship->limit;
}


static void
ngx_http_gate_ship_finish(ngx_http_gate_ship_t *ship)
{
    ngx_uint_t  i;

    ship->passing = 0;

    if (ship->failed == 0) {

        if (!ship->broken) {
            ship->done = ship->began;
            *ship->lag = (ngx_atomic_t) ngx_max(ngx_time() - ship->done, 0);
        }

        return;
    }

    for (i = 0; i < NGX_HTTP_GATE_SHIP_TOKENS; i++) {
        if (ship->calls[i].state == NGX_HTTP_GATE_SHIP_FAILED) {
            ship->calls[i].state = NGX_HTTP_GATE_SHIP_FREE;
            gate_journal_ship_nack(ship->ship, i);
        }
    }
}


/* without Redis the journal is where totals stay, until retain ends */

static void
ngx_http_gate_ship_keep(ngx_http_gate_ship_t *ship)
{
    ngx_uint_t            n;
    gate_journal_batch_t  b;

    for (n = 0; n < NGX_HTTP_GATE_SHIP_PASS; n++) {

        if (gate_journal_ship_next(ship->ship, &b) == 0) {
            break;
        }

        gate_journal_ship_ack(ship->ship, b.token);
    }

    ship->done = ngx_time();
}


static void
ngx_http_gate_ship_chores(ngx_http_gate_ship_t *ship)
{
    uint32_t              hour, keep;
    ngx_uint_t            used, room, wanted, n;
    gate_journal_stat_t   st;

    ship->chores = ngx_time() + NGX_HTTP_GATE_SHIP_CHORES;

    if (ship->up) {
        ngx_http_gate_ship_label(ship);
    }

    gate_journal_stat(ship->journal, &st);

    room = st.cells;
    used = st.cells_used;
    hour = (uint32_t) (ngx_time() / 3600);
    keep = (uint32_t) (ship->retain / 3600);
    keep = ngx_max(keep, 1);

    n = gate_journal_ship_retire(ship->ship, hour - ngx_min(keep, hour),
                                 NGX_HTTP_GATE_SHIP_RETIRE);
    used -= ngx_min(n, used);

    /* what has arrived can go before its time, in need: new totals cannot */

    if (used > room - room / 8 && ship->redis && keep > 2) {
        wanted = used - (room - room / 8);
        wanted = ngx_min(wanted, NGX_HTTP_GATE_SHIP_RETIRE);

        n = ngx_http_gate_ship_give_up(ship, hour, wanted);
        used -= ngx_min(n, used);
    }

    if (used <= room - room / 5) {
        return;
    }

    ship->chores = ngx_time() + NGX_HTTP_GATE_SHIP_HASTE;

    if (n == 0 && ngx_time() - ship->full >= 60) {
        ship->full = ngx_time();

        ngx_log_error(NGX_LOG_WARN, ship->log, 0,
                      "gate journal: %ui%% full", used * 100 / room);
    }
}


/* the oldest first: as many hours as it takes, halving the age */

static ngx_uint_t
ngx_http_gate_ship_give_up(ngx_http_gate_ship_t *ship, uint32_t hour,
    ngx_uint_t wanted)
{
    uint32_t    age;
    ngx_uint_t  n;

    n = 0;
    age = (uint32_t) (ship->retain / 3600);

    while (n < wanted && age > NGX_HTTP_GATE_SHIP_YOUNG) {
        age /= 2;
        age = ngx_max(age, NGX_HTTP_GATE_SHIP_YOUNG);

        n += gate_journal_ship_retire(ship->ship, hour - age, wanted - n);
    }

    if (n == 0) {
        return 0;
    }

    (void) ngx_atomic_fetch_add(ship->retired, n);
    ship->early += n;

    if (ngx_time() - ship->warned >= 3600) {
        ngx_log_error(NGX_LOG_WARN, ship->log, 0,
                      "gate journal: almost full, %ui cells that Redis has "
                      "were given up before \"retain\" ended", ship->early);

        ship->warned = ngx_time();
        ship->early = 0;
    }

    return n;
}
