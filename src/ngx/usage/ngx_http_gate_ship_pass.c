
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A pass of the shipper: every key that changed is sent once.  Totals are
 * absolute, so anything may be sent again.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_ship.h"


#define NGX_HTTP_GATE_SHIP_FLIGHT     16       /* batches */
#define NGX_HTTP_GATE_SHIP_CROWD      224      /* of them, where it is urgent */
#define NGX_HTTP_GATE_SHIP_PASS       1024     /* batches, then look again */


static ngx_uint_t ngx_http_gate_ship_enough(ngx_http_gate_ship_t *ship);
static void ngx_http_gate_ship_finish(ngx_http_gate_ship_t *ship);


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
    ngx_uint_t                  most;
    gate_journal_batch_t        b;
    ngx_http_gate_ship_call_t  *call;

    most = ship->urgent ? NGX_HTTP_GATE_SHIP_CROWD : NGX_HTTP_GATE_SHIP_FLIGHT;

    while (!ship->drained && ship->flight < most && ship->budget != 0) {

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
        ship->budget--;
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
    uint32_t  used, dirty;

    if (ship->sent < ship->limit) {
        return 0;
    }

    if (ship->limit > NGX_HTTP_GATE_SHIP_PASS) {
        return 1;
    }

    gate_journal_room(ship->journal, &used, &dirty);

    ship->limit += dirty;

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

void
ngx_http_gate_ship_keep(ngx_http_gate_ship_t *ship)
{
    ngx_uint_t            n;
    gate_journal_batch_t  b;

    for (n = 0; n < NGX_HTTP_GATE_SHIP_PASS; n++) {

        if (gate_journal_ship_next(ship->ship, &b) == 0) {
            break;
        }

        gate_journal_ship_keep(ship->ship, b.token);
    }

    ship->done = ngx_time();
}
