
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A batch of the journal as one command of Redis, and what its answer means.
 */


#include "ngx_http_gate_ship.h"

#include "gate_uri.h"


static void ngx_http_gate_ship_totals(ngx_http_gate_ship_args_t *a,
    gate_journal_batch_t *b);
static void ngx_http_gate_ship_key(ngx_http_gate_ship_args_t *a, char kind,
    gate_journal_batch_t *b);
static u_char *ngx_http_gate_ship_name(u_char *p, gate_str_t name);
static void ngx_http_gate_ship_sent(void *data, redisReply *reply);
static ngx_int_t ngx_http_gate_ship_judge(ngx_http_gate_ship_call_t *call,
    redisReply *reply);
static void ngx_http_gate_ship_ahead(ngx_http_gate_ship_call_t *call);


static ngx_str_t  ngx_http_gate_ship_units[GATE_UNITS] = {
    ngx_string("served"),
    ngx_string("refused_upstream"),
    ngx_string("aborted"),
    ngx_string("interrupted"),
    ngx_string("bytes_in"),
    ngx_string("bytes_out"),
    ngx_string("duration_ms")
};


/*
 * KEYS: totals, values per epoch.  ARGV: when both end, "EPOCH|",
 * "API|VERSION|PLAN|", then unit and value in turn.  The total is changed
 * first: if that fails nothing is remembered as added.  Answers with the number
 * of units of which Redis has more.
 */

ngx_str_t  ngx_http_gate_ship_script = ngx_string(
    "local ahead = 0\n"
    "for i = 4, #ARGV, 2 do\n"
    "  local u = ARGV[3] .. ARGV[i]\n"
    "  local e = ARGV[2] .. u\n"
    "  local old = redis.call('HGET', KEYS[2], e) or '0'\n"
    "  local diff = tonumber(ARGV[i + 1]) - tonumber(old)\n"
    "  if diff > 0 then\n"
    "    redis.call('HINCRBY', KEYS[1], u, string.format('%.0f', diff))\n"
    "    redis.call('HSET', KEYS[2], e, ARGV[i + 1])\n"
    "  elseif diff < 0 then\n"
    "    ahead = ahead + 1\n"
    "  end\n"
    "end\n"
    "redis.call('EXPIREAT', KEYS[1], ARGV[1])\n"
    "redis.call('EXPIREAT', KEYS[2], ARGV[1])\n"
    "return ahead\n"
);


ngx_int_t
ngx_http_gate_ship_send(ngx_http_gate_ship_call_t *call)
{
    gate_journal_batch_t       *b;
    ngx_http_gate_ship_t       *ship;
    ngx_http_gate_ship_args_t  *a;

    b = &call->batch;
    ship = call->ship;

    a = &ship->args;
    a->n = 0;
    a->p = a->text;

    if (call->eval) {
        ngx_http_gate_ship_word(a, "EVAL", 4);
        ngx_http_gate_ship_word(a, ngx_http_gate_ship_script.data,
                                ngx_http_gate_ship_script.len);

    } else {
        ngx_http_gate_ship_word(a, "EVALSHA", 7);
        ngx_http_gate_ship_word(a, ship->sha1, sizeof(ship->sha1));
    }

    ngx_http_gate_ship_word(a, "2", 1);
    ngx_http_gate_ship_key(a, 'u', b);
    ngx_http_gate_ship_key(a, 'e', b);

    ngx_http_gate_ship_written(a, ngx_sprintf(a->p, "%T",
                                              ((time_t) b->hour + 1) * 3600
                                              + ship->retain));
    ngx_http_gate_ship_written(a, ngx_sprintf(a->p, "%016xL|", b->epoch));
    ngx_http_gate_ship_totals(a, b);

    return ngx_http_gate_redis_send(ship->redis, ngx_http_gate_ship_sent, call,
                                    a->n, a->argv, a->len);
}


static void
ngx_http_gate_ship_totals(ngx_http_gate_ship_args_t *a,
    gate_journal_batch_t *b)
{
    u_char      *p;
    ngx_uint_t   i;

    p = ngx_http_gate_ship_name(a->p, b->key.api);
    p = ngx_http_gate_ship_name(p, b->key.version);
    p = ngx_http_gate_ship_name(p, b->key.plan);

    ngx_http_gate_ship_written(a, p);

    for (i = 0; i < GATE_UNITS; i++) {
        if (b->units[i] == 0) {
            continue;
        }

        ngx_http_gate_ship_word(a, ngx_http_gate_ship_units[i].data,
                                ngx_http_gate_ship_units[i].len);
        ngx_http_gate_ship_written(a, ngx_sprintf(a->p, "%uL", b->units[i]));
    }
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


/* an argument that stands elsewhere */

void
ngx_http_gate_ship_word(ngx_http_gate_ship_args_t *a, const void *data,
    size_t len)
{
    a->argv[a->n] = data;
    a->len[a->n] = len;
    a->n++;
}


/* an argument that was just written at a->p */

void
ngx_http_gate_ship_written(ngx_http_gate_ship_args_t *a, u_char *last)
{
    ngx_http_gate_ship_word(a, a->p, last - a->p);

    a->p = last;
}


/* braces: both keys of a consumer are in one slot of a cluster */

static void
ngx_http_gate_ship_key(ngx_http_gate_ship_args_t *a, char kind,
    gate_journal_batch_t *b)
{
    u_char    *p;
    ngx_tm_t   tm;

    ngx_gmtime((time_t) b->hour * 3600, &tm);

    p = ngx_sprintf(a->p, "gate:%c:{", kind);
    p += gate_uri_escape(b->key.consumer, p);
    p = ngx_sprintf(p, "}:%4d%02d%02d%02d", tm.ngx_tm_year, tm.ngx_tm_mon,
                    tm.ngx_tm_mday, tm.ngx_tm_hour);

    ngx_http_gate_ship_written(a, p);
}


static u_char *
ngx_http_gate_ship_name(u_char *p, gate_str_t name)
{
    p += gate_uri_escape(name, p);
    *p++ = '|';

    return p;
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
