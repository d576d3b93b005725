
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Who ships a file: the worker that gets the shipper's lock of it, with a
 * connection to Redis of its own, until it leaves.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_ship.h"
#include "ngx_http_gate_journal.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_redis_conf.h"

#include <ngx_sha1.h>


#define NGX_HTTP_GATE_SHIP_DEADLINE   2000     /* ms */


static ngx_http_gate_ship_t *ngx_http_gate_ship_open(ngx_cycle_t *cycle,
    ngx_http_gate_jfile_t *f, ngx_uint_t first, time_t retain);
static ngx_int_t ngx_http_gate_ship_names(ngx_http_gate_ship_t *ship,
    ngx_cycle_t *cycle);
static void ngx_http_gate_ship_free(ngx_http_gate_ship_t *ship);
static void ngx_http_gate_ship_up(void *data, ngx_uint_t up);


/*
 * A link of its own: what ships in bulk must not stand in front of what a
 * request waits for.
 */

static ngx_http_gate_redis_terms_t  ngx_http_gate_ship_terms = {
    NGX_HTTP_GATE_SHIP_DEADLINE,           /* to connect */
    NGX_HTTP_GATE_SHIP_DEADLINE,           /* with each command */
    0,                                     /* nothing waits for it */
    1,                                     /* these are bills */
    0,                                     /* what is wrong is said */
    NULL                                   /* nothing is subscribed */
};


ngx_http_gate_ship_t *
ngx_http_gate_ship_lead(ngx_cycle_t *cycle, ngx_http_gate_jfile_t *f,
    ngx_uint_t first, time_t retain)
{
    ngx_uint_t             redis;
    ngx_http_gate_ship_t  *ship;

    redis = ngx_http_gate_redis_configured(cycle);

    /* there is nothing to do for an old file as long as there is no Redis */

    if ((!first && !redis) || !gate_jfile_try_ship(f->fd)) {
        return NULL;
    }

    ship = ngx_http_gate_ship_open(cycle, f, first, retain);

    if (ship == NULL) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0, "gate ship: no memory");
        gate_jfile_end_ship(f->fd);
        return NULL;
    }

    ngx_log_error(NGX_LOG_INFO, ship->log, 0,
                  "gate ship: this worker ships \"%V\"", &f->path);

    if (!redis) {
        return ship;
    }

    ship->redis = ngx_http_gate_redis_link_create(cycle,
                                                &ngx_http_gate_ship_terms,
                                                ngx_http_gate_ship_up, ship);
    if (ship->redis == NULL) {
        ngx_http_gate_ship_leave(ship);
        return NULL;
    }

    return ship;
}


static ngx_http_gate_ship_t *
ngx_http_gate_ship_open(ngx_cycle_t *cycle, ngx_http_gate_jfile_t *f,
    ngx_uint_t first, time_t retain)
{
    ngx_http_gate_ship_t  *ship;

    ship = ngx_calloc(sizeof(ngx_http_gate_ship_t), cycle->log);
    if (ship == NULL) {
        return NULL;
    }

    ship->file = f;
    ship->log = cycle->log;
    ship->journal = f->file.journal;
    ship->retain = retain;

    if (ngx_http_gate_ship_names(ship, cycle) != NGX_OK
        || gate_journal_ship_open(ship->journal, &ship->ship)
           != GATE_JOURNAL_OK)
    {
        ngx_http_gate_ship_free(ship);
        return NULL;
    }

    ship->epoch = gate_journal_epoch_id(ship->journal);
    ship->room = gate_journal_cells(ship->journal);

    ship->errors = ngx_http_gate_metric(&ngx_http_gate_ship_errors, 0, NULL);
    ship->cells = ngx_http_gate_metric(&ngx_http_gate_journal_shipped, 0, NULL);
    ship->retired = ngx_http_gate_metric(&ngx_http_gate_journal_retired, 0,
                                         NULL);
    ship->lag = &ship->unseen;
    ship->redis_up = &ship->unseen;

    if (first) {
        ship->lag = ngx_http_gate_metric(&ngx_http_gate_ship_lag, 0, NULL);
        ship->redis_up = ngx_http_gate_metric(&ngx_http_gate_redis_answers, 0,
                                              NULL);
    }

    /* the lag goes on from where the last shipper left it */

    ship->done = ngx_time() - (time_t) *ship->lag;
    *ship->redis_up = 0;

    if (first) {
        (void) ngx_atomic_fetch_add(
            ngx_http_gate_metric(&ngx_http_gate_journal_takeovers, 0, NULL),
            1);
    }

    return ship;
}


static ngx_int_t
ngx_http_gate_ship_names(ngx_http_gate_ship_t *ship, ngx_cycle_t *cycle)
{
    u_char      hash[20];
    ngx_str_t  *node;
    ngx_sha1_t  sha1;

    node = ngx_http_gate_journal_node(cycle);

    ship->node.data = ngx_alloc(node->len + 1, ship->log);
    if (ship->node.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(ship->node.data, node->data, node->len);
    ship->node.len = node->len;

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, gate_wire_script.data, gate_wire_script.len);
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


/* totals are in the file: the next one ships them */

void
ngx_http_gate_ship_leave(ngx_http_gate_ship_t *ship)
{
    ngx_log_error(NGX_LOG_INFO, ship->log, 0,
                  "gate ship: this worker ships \"%V\" no more",
                  &ship->file->path);

    if (ship->redis) {
        ngx_http_gate_redis_link_destroy(ship->redis);
    }

    gate_jfile_end_ship(ship->file->fd);

    ngx_http_gate_ship_free(ship);
}


static void
ngx_http_gate_ship_up(void *data, ngx_uint_t up)
{
    ngx_http_gate_ship_t *ship = data;

    ship->up = up;
    ship->fresh = up;                         /* looked at very soon */

    if (up) {
        return;
    }

    *ship->redis_up = 0;

    if (!ngx_exiting) {
        (void) ngx_atomic_fetch_add(ship->errors, 1);
    }
}
