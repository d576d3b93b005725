
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A batch of the journal as one command of Redis, and what its answer means.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_ship.h"
#include "ngx_http_gate_request.h"


static void ngx_http_gate_ship_sent(void *data, redisReply *reply);
static ngx_int_t ngx_http_gate_ship_judge(ngx_http_gate_ship_call_t *call,
    redisReply *reply);
static void ngx_http_gate_ship_ahead(ngx_http_gate_ship_call_t *call);


ngx_int_t
ngx_http_gate_ship_send(ngx_http_gate_ship_call_t *call)
{
    ngx_http_gate_ship_t  *ship;

    ship = call->ship;

    gate_wire_totals(&ship->wire, call->eval ? NULL : (char *) ship->sha1,
                     &call->batch, ship->retain);

    call->call.handler = ngx_http_gate_ship_sent;
    call->call.data = call;

    return ngx_http_gate_redis_link_send(ship->redis, &call->call, 0,
                                         ship->wire.n, ship->wire.argv,
                                         ship->wire.len);
}


ngx_uint_t
ngx_http_gate_ship_empty(gate_journal_batch_t *b)
{
    ngx_uint_t  i;

    for (i = 0; i < GATE_UNITS; i++) {
        if (b->units[i]) {
            return 0;
        }
    }

    return 1;
}


static void
ngx_http_gate_ship_sent(void *data, redisReply *reply)
{
    ngx_http_gate_ship_call_t *call = data;

    ngx_int_t              rc;
    ngx_http_gate_ship_t  *ship;

    ship = call->ship;

    rc = ngx_http_gate_ship_judge(call, reply);

    if (rc == NGX_AGAIN) {
        return;
    }

    ship->flight--;

    if (rc == NGX_OK) {
        call->state = NGX_HTTP_GATE_SHIP_FREE;
        gate_journal_ship_ack(ship->ship, call->batch.token);
        ship->rest = ngx_current_msec;        /* this one could go */
        (void) ngx_atomic_fetch_add(ship->cells, 1);

    } else {
        call->state = NGX_HTTP_GATE_SHIP_FAILED;
        ship->failed++;

        if (reply == NULL || ship->failed >= NGX_HTTP_GATE_SHIP_FAILURES) {
            ship->drained = 1;
            ship->broken = 1;
        }
    }

    ngx_http_gate_ship_pump(ship);
}


/* NGX_AGAIN: sent once more */

static ngx_int_t
ngx_http_gate_ship_judge(ngx_http_gate_ship_call_t *call, redisReply *reply)
{
    if (reply == NULL) {
        return NGX_ERROR;
    }

    if (reply->type == REDIS_REPLY_ERROR
        && ngx_strncmp(reply->str, "NOSCRIPT ", 9) == 0
        && !call->eval)
    {
        call->eval = 1;

        return (ngx_http_gate_ship_send(call) == NGX_OK) ? NGX_AGAIN
                                                         : NGX_ERROR;
    }

    if (reply->type != REDIS_REPLY_INTEGER) {
        ngx_http_gate_ship_complain(call->ship, reply);
        return NGX_ERROR;
    }

    if (reply->integer > 0) {
        ngx_http_gate_ship_ahead(call);
    }

    return NGX_OK;
}


static void
ngx_http_gate_ship_ahead(ngx_http_gate_ship_call_t *call)
{
    uint64_t               random;
    ngx_http_gate_ship_t  *ship;

    ship = call->ship;

    if (ngx_http_gate_random((u_char *) &random, sizeof(random)) != NGX_OK
        || !gate_journal_ship_ahead(ship->ship, &call->batch, random))
    {
        return;
    }

    ngx_log_error(NGX_LOG_ALERT, ship->log, 0,
                  "gate journal: Redis has more of epoch %016xL than the file, "
                  "which went back in time: epoch %016xL begins",
                  call->batch.epoch, gate_journal_epoch_id(ship->journal));
}


/* at most once a minute; of READONLY the connection complains */

void
ngx_http_gate_ship_complain(ngx_http_gate_ship_t *ship, redisReply *reply)
{
    size_t      len;
    ngx_uint_t  level;

    (void) ngx_atomic_fetch_add(ship->errors, 1);

    level = NGX_LOG_INFO;

    if (ngx_time() - ship->said >= 60
        && (reply->type != REDIS_REPLY_ERROR
            || ngx_strncmp(reply->str, "READONLY ", 9) != 0))
    {
        ship->said = ngx_time();
        level = NGX_LOG_ERR;
    }

    if (reply->type != REDIS_REPLY_ERROR) {
        ngx_log_error(level, ship->log, 0,
                      "gate ship: unexpected type of reply %d", reply->type);
        return;
    }

    len = ngx_min(reply->len, 200);

    ngx_log_error(level, ship->log, 0, "gate ship: Redis refused: %*s", len,
                  reply->str);
}
