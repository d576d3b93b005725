
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The marker of an epoch, by which the shipper knows that Redis has what was
 * sent, and the epoch's label: the name of the node, for people.
 *
 * The marker is set before the first total, and where it is found missing
 * everything goes once more.  EXPIRE says whether it is there and, being a
 * write, whether this Redis takes any.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_ship.h"


static void ngx_http_gate_ship_put(ngx_http_gate_ship_t *ship,
    ngx_http_gate_redis_pt handler);
static void ngx_http_gate_ship_asked(void *data, redisReply *reply);
static void ngx_http_gate_ship_marked(void *data, redisReply *reply);
static ngx_uint_t ngx_http_gate_ship_is(ngx_http_gate_ship_t *ship,
    redisReply *reply, int type);


void
ngx_http_gate_ship_ask(ngx_http_gate_ship_t *ship)
{
    gate_wire_ask(&ship->wire, ship->epoch, ship->retain);

    ngx_http_gate_ship_put(ship, ngx_http_gate_ship_asked);
}


/*
 * "all": this Redis may lack anything, so that everything is sent again.  One
 * that is out of memory says that the marker is there, and does not set it: so
 * this is owed until it is set.
 */

void
ngx_http_gate_ship_mark(ngx_http_gate_ship_t *ship, ngx_uint_t all)
{
    u_char      text[NGX_TIME_T_LEN];
    gate_str_t  now;

    ngx_http_gate_ship_label(ship);

    now = gate_str(text, ngx_sprintf(text, "%T", ngx_time()) - text);

    gate_wire_set(&ship->wire, 'm', ship->epoch, now, ship->retain);

    ngx_http_gate_ship_put(ship, ngx_http_gate_ship_marked);

    ship->all |= all;
}


/* a label that is missing harms nobody: it is set again with the chores */

void
ngx_http_gate_ship_label(ngx_http_gate_ship_t *ship)
{
    gate_wire_set(&ship->wire, 'n', ship->epoch,
                  ngx_http_gate_view(&ship->node), ship->retain);

    (void) ngx_http_gate_redis_link_send(ship->redis, NULL, 0, ship->wire.n,
                                         ship->wire.argv, ship->wire.len);
}


/* one question at a time */

static void
ngx_http_gate_ship_put(ngx_http_gate_ship_t *ship,
    ngx_http_gate_redis_pt handler)
{
    ngx_int_t  rc;

    ship->marker.handler = handler;
    ship->marker.data = ship;

    rc = ngx_http_gate_redis_link_send(ship->redis, &ship->marker, 0,
                                       ship->wire.n, ship->wire.argv,
                                       ship->wire.len);

    ship->asking = (rc == NGX_OK);
}


static void
ngx_http_gate_ship_asked(void *data, redisReply *reply)
{
    ngx_http_gate_ship_t *ship = data;

    uint64_t  epoch;

    ship->asking = 0;

    if (!ngx_http_gate_ship_is(ship, reply, REDIS_REPLY_INTEGER)) {
        return;
    }

    if (reply->integer == 0 || ship->all) {
        ship->epoch = gate_journal_epoch_id(ship->journal);
        ngx_http_gate_ship_mark(ship, 1);
        return;
    }

    epoch = gate_journal_epoch_id(ship->journal);

    if (epoch != ship->epoch) {

        /* a new epoch began, and Redis has not lost the last one's */

        ship->epoch = epoch;
        ngx_http_gate_ship_mark(ship, 0);
        return;
    }

    ngx_http_gate_ship_begin(ship);
}


static void
ngx_http_gate_ship_marked(void *data, redisReply *reply)
{
    ngx_http_gate_ship_t *ship = data;

    ship->asking = 0;

    if (!ngx_http_gate_ship_is(ship, reply, REDIS_REPLY_STATUS)) {
        return;
    }

    if (ship->all) {
        ship->all = 0;
        gate_journal_ship_all(ship->ship);
    }

    ngx_http_gate_ship_begin(ship);
}


static ngx_uint_t
ngx_http_gate_ship_is(ngx_http_gate_ship_t *ship, redisReply *reply, int type)
{
    if (reply == NULL) {
        return 0;
    }

    if (reply->type != type) {
        *ship->redis_up = 0;
        ngx_http_gate_ship_complain(ship, reply);
        return 0;
    }

    return 1;
}
