
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lock of a request in Redis.  Its value tells whose it is: what comes late
 * does not write over what another one has taken or remembered since.
 *
 * It outlives its request until Redis knows what became of that, so it is in
 * no pool.  While the request goes on the lock is renewed, so that it need be
 * no longer than what one waits for a gateway that has died.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_idempotency.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_request.h"

#include "gate_hex.h"
#include "gate_say.h"
#include "gate_uri.h"


#define NGX_HTTP_GATE_IDEMPOTENCY_ASKING  0
#define NGX_HTTP_GATE_IDEMPOTENCY_HELD    1
#define NGX_HTTP_GATE_IDEMPOTENCY_ENDING  2

#define NGX_HTTP_GATE_IDEMPOTENCY_TRIES   5
#define NGX_HTTP_GATE_IDEMPOTENCY_PAUSE   1000     /* ms, between them */


static ngx_http_gate_idempotency_lock_t *ngx_http_gate_idempotency_lock_new(
    gate_str_t consumer, const u_char *digest);
static void ngx_http_gate_idempotency_lock_free(
    ngx_http_gate_idempotency_lock_t *lock);
static ngx_int_t ngx_http_gate_idempotency_lock_send(
    ngx_http_gate_idempotency_lock_t *lock, gate_str_t script,
    gate_str_t value, ngx_msec_t ms);
static void ngx_http_gate_idempotency_lock_answered(void *data,
    redisReply *reply);
static void ngx_http_gate_idempotency_lock_asked(
    ngx_http_gate_idempotency_lock_t *lock, redisReply *reply);
static ngx_int_t ngx_http_gate_idempotency_lock_read(
    ngx_http_gate_idempotency_lock_t *lock, redisReply *reply);
static ngx_int_t ngx_http_gate_idempotency_lock_wrong(const char *what,
    redisReply *reply);
static void ngx_http_gate_idempotency_lock_hold(
    ngx_http_gate_idempotency_lock_t *lock);
static void ngx_http_gate_idempotency_lock_turn(ngx_event_t *ev);
static void ngx_http_gate_idempotency_lock_tell(
    ngx_http_gate_idempotency_lock_t *lock);
static void ngx_http_gate_idempotency_lock_ended(
    ngx_http_gate_idempotency_lock_t *lock, redisReply *reply);
static ngx_uint_t ngx_http_gate_idempotency_lock_level(void);


/* what is there; or nothing, and then it is ours */

static gate_str_t  ngx_http_gate_idempotency_take = gate_string(
    "local v = redis.call('GET', KEYS[1]) "
    "if v then return v end "
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3]) "
    "return false");

/*
 * Ours becomes what is to be remembered, itself once more, or nothing.  One
 * that is not there any more was ours and has run out, and nobody has taken it
 * since; what we have written already is ours, too.
 */

static gate_str_t  ngx_http_gate_idempotency_give = gate_string(
    "local v = redis.call('GET', KEYS[1]) "
    "if v and v ~= ARGV[1] and v ~= ARGV[2] then return 0 end "
    "if ARGV[2] == '' then redis.call('DEL', KEYS[1]) "
    "else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end "
    "return 1");


ngx_int_t
ngx_http_gate_idempotency_lock_ask(ngx_http_gate_idempotency_t *id,
    gate_str_t consumer, const u_char *digest)
{
    u_char                             token[GATE_IDEMPOTENCY_TOKEN];
    ngx_http_gate_idempotency_lock_t  *lock;

    if (ngx_http_gate_random(token, GATE_IDEMPOTENCY_TOKEN) != NGX_OK) {
        return NGX_ERROR;
    }

    lock = ngx_http_gate_idempotency_lock_new(consumer, digest);
    if (lock == NULL) {
        return NGX_ERROR;
    }

    gate_idempotency_lock(lock->value, id->print, token);

    lock->lock = id->conf->lock;
    lock->ttl = (ngx_msec_t) id->conf->ttl * 1000;

    if (ngx_http_gate_idempotency_lock_send(lock,
                                            ngx_http_gate_idempotency_take,
                                            gate_str("", 0), lock->lock)
        != NGX_OK)
    {
        ngx_http_gate_idempotency_lock_free(lock);
        return NGX_BUSY;
    }

    lock->of = id;
    id->lock = lock;

    return NGX_OK;
}


/* gate:i:{CONSUMER}:DIGEST */

static ngx_http_gate_idempotency_lock_t *
ngx_http_gate_idempotency_lock_new(gate_str_t consumer, const u_char *digest)
{
    u_char                            *p;
    ngx_http_gate_idempotency_lock_t  *lock;

    lock = ngx_calloc(sizeof(ngx_http_gate_idempotency_lock_t)
                      + sizeof("gate:i:{}:") + 3 * consumer.len
                      + 2 * GATE_SHA256_LEN, ngx_cycle->log);
    if (lock == NULL) {
        return NULL;
    }

    lock->key = (u_char *) (lock + 1);

    p = ngx_cpymem(lock->key, "gate:i:{", 8);
    p += gate_uri_escape(consumer, p);
    p = ngx_cpymem(p, "}:", 2);
    p = gate_hex_write(digest, GATE_SHA256_LEN, p);

    lock->key_len = p - lock->key;

    lock->data = lock->first;
    lock->size = sizeof(lock->first);

    lock->ask.handler = ngx_http_gate_idempotency_lock_answered;
    lock->ask.data = lock;

    lock->timer.handler = ngx_http_gate_idempotency_lock_turn;
    lock->timer.data = lock;
    lock->timer.log = ngx_cycle->log;

    return lock;
}


static void
ngx_http_gate_idempotency_lock_free(ngx_http_gate_idempotency_lock_t *lock)
{
    if (lock->timer.timer_set) {
        ngx_del_timer(&lock->timer);
    }

    if (lock->data != lock->first) {
        ngx_free(lock->data);
    }

    ngx_free(lock);
}


static ngx_int_t
ngx_http_gate_idempotency_lock_send(ngx_http_gate_idempotency_lock_t *lock,
    gate_str_t script, gate_str_t value, ngx_msec_t ms)
{
    size_t       len[7];
    u_char       digits[NGX_INT64_LEN];
    const char  *arg[7];

    arg[0] = "EVAL";
    len[0] = 4;
    arg[1] = (char *) script.data;
    len[1] = script.len;
    arg[2] = "1";
    len[2] = 1;
    arg[3] = (char *) lock->key;
    len[3] = lock->key_len;
    arg[4] = (char *) lock->value;
    len[4] = GATE_IDEMPOTENCY_LOCK;
    arg[5] = (char *) value.data;
    len[5] = value.len;
    arg[6] = (char *) digits;
    len[6] = ngx_sprintf(digits, "%M", ms) - digits;

    return ngx_http_gate_redis_pool_send(&lock->ask, 7, arg, len);
}


static void
ngx_http_gate_idempotency_lock_answered(void *data, redisReply *reply)
{
    ngx_http_gate_idempotency_lock_t *lock = data;

    switch (lock->state) {

    case NGX_HTTP_GATE_IDEMPOTENCY_ASKING:
        ngx_http_gate_idempotency_lock_asked(lock, reply);
        break;

    case NGX_HTTP_GATE_IDEMPOTENCY_HELD:
        /* renewed; if not, it is tried again, and the end will be told */
        break;

    default:
        ngx_http_gate_idempotency_lock_ended(lock, reply);
    }
}


static void
ngx_http_gate_idempotency_lock_asked(ngx_http_gate_idempotency_lock_t *lock,
    redisReply *reply)
{
    ngx_int_t                     rc;
    ngx_http_gate_idempotency_t  *id;

    id = lock->of;
    rc = ngx_http_gate_idempotency_lock_read(lock, reply);

    if (rc == NGX_OK && id != NULL) {
        ngx_http_gate_idempotency_lock_hold(lock);

    } else {

        if (id != NULL) {
            id->lock = NULL;
            lock->of = NULL;
        }

        if (rc == NGX_OK || reply == NULL) {
            /* nobody is to wait for one who has left, or was not told */
            lock->result = NGX_HTTP_GATE_IDEMPOTENCY_RELEASED;
            ngx_http_gate_idempotency_lock_tell(lock);

        } else {
            ngx_http_gate_idempotency_lock_free(lock);
        }
    }

    if (id != NULL) {
        id->rc = rc;
        ngx_http_gate_resume(id->request);
    }
}


static ngx_int_t
ngx_http_gate_idempotency_lock_read(ngx_http_gate_idempotency_lock_t *lock,
    redisReply *reply)
{
    u_char  *p;

    if (reply == NULL) {
        return NGX_BUSY;
    }

    if (reply->type == REDIS_REPLY_NIL) {
        return NGX_OK;
    }

    if (reply->type != REDIS_REPLY_STRING) {
        return ngx_http_gate_idempotency_lock_wrong("is refused", reply);
    }

    if (lock->of == NULL) {
        return NGX_DONE;
    }

    p = ngx_pnalloc(lock->of->request->pool, reply->len + 1);
    if (p == NULL) {
        return NGX_BUSY;
    }

    ngx_memcpy(p, reply->str, reply->len);

    if (!gate_idempotency_parse(gate_str(p, reply->len), &lock->of->record)) {
        return ngx_http_gate_idempotency_lock_wrong("is not understood", NULL);
    }

    return NGX_DONE;
}


/* what is there may be an answer, of which nothing is shown */

static ngx_int_t
ngx_http_gate_idempotency_lock_wrong(const char *what, redisReply *reply)
{
    size_t  len;

    len = (reply != NULL && reply->type == REDIS_REPLY_ERROR)
          ? ngx_min(reply->len, 128) : 0;

    ngx_log_error(ngx_http_gate_idempotency_lock_level(), ngx_cycle->log, 0,
                  "gate idempotency: what Redis has for a key %s%s%*s", what,
                  len ? ": " : "", len, len ? reply->str : "");

    return NGX_BUSY;
}


void
ngx_http_gate_idempotency_lock_leave(void *data)
{
    ngx_http_gate_idempotency_t *id = data;

    id->rc = NGX_BUSY;

    if (id->lock != NULL) {
        id->lock->of = NULL;
        id->lock = NULL;
    }
}


/* thrice in its time: one call may be lost */

static void
ngx_http_gate_idempotency_lock_hold(ngx_http_gate_idempotency_lock_t *lock)
{
    lock->state = NGX_HTTP_GATE_IDEMPOTENCY_HELD;

    ngx_add_timer(&lock->timer, ngx_max(lock->lock / 3, 1));
}


static void
ngx_http_gate_idempotency_lock_turn(ngx_event_t *ev)
{
    ngx_http_gate_idempotency_lock_t *lock = ev->data;

    if (lock->state == NGX_HTTP_GATE_IDEMPOTENCY_ENDING) {
        ngx_http_gate_idempotency_lock_tell(lock);
        return;
    }

    ngx_http_gate_redis_pool_cancel(&lock->ask);

    (void) ngx_http_gate_idempotency_lock_send(lock,
                                               ngx_http_gate_idempotency_give,
                                               gate_str(lock->value,
                                                        GATE_IDEMPOTENCY_LOCK),
                                               lock->lock);

    ngx_http_gate_idempotency_lock_hold(lock);
}


ngx_int_t
ngx_http_gate_idempotency_lock_room(ngx_http_gate_idempotency_lock_t *lock,
    size_t n)
{
    size_t   size;
    u_char  *p;

    if (lock->size - lock->len >= n) {
        return NGX_OK;
    }

    size = ngx_max(2 * lock->size, lock->len + n);

    p = ngx_alloc(size, ngx_cycle->log);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, lock->data, lock->len);

    if (lock->data != lock->first) {
        ngx_free(lock->data);
    }

    lock->data = p;
    lock->size = size;

    return NGX_OK;
}


void
ngx_http_gate_idempotency_lock_end(ngx_http_gate_idempotency_t *id,
    ngx_http_gate_idempotency_result_e result)
{
    ngx_http_gate_idempotency_lock_t  *lock;

    lock = id->lock;

    id->lock = NULL;
    lock->of = NULL;
    lock->result = result;

    ngx_http_gate_redis_pool_cancel(&lock->ask);

    ngx_http_gate_idempotency_lock_tell(lock);
}


void
ngx_http_gate_idempotency_lock_drop(ngx_http_gate_idempotency_t *id)
{
    ngx_http_gate_idempotency_lock_t  *lock;

    lock = id->lock;
    id->lock = NULL;

    ngx_http_gate_redis_pool_cancel(&lock->ask);

    ngx_http_gate_idempotency_lock_free(lock);
}


static void
ngx_http_gate_idempotency_lock_tell(ngx_http_gate_idempotency_lock_t *lock)
{
    lock->state = NGX_HTTP_GATE_IDEMPOTENCY_ENDING;

    if (lock->timer.timer_set) {
        ngx_del_timer(&lock->timer);
    }

    if (ngx_http_gate_idempotency_lock_send(lock,
                                            ngx_http_gate_idempotency_give,
                                            gate_str(lock->data, lock->len),
                                            lock->ttl)
        != NGX_OK)
    {
        ngx_http_gate_idempotency_lock_ended(lock, NULL);
    }
}


/* a lock that was not given back runs out */

static void
ngx_http_gate_idempotency_lock_ended(ngx_http_gate_idempotency_lock_t *lock,
    redisReply *reply)
{
    if (reply != NULL && reply->type == REDIS_REPLY_INTEGER) {
        ngx_http_gate_idempotency_count(reply->integer
                                        ? lock->result
                                        : NGX_HTTP_GATE_IDEMPOTENCY_LATE);

    } else if (lock->len != 0) {

        if (++lock->tries < NGX_HTTP_GATE_IDEMPOTENCY_TRIES) {
            ngx_add_timer(&lock->timer, NGX_HTTP_GATE_IDEMPOTENCY_PAUSE);
            return;
        }

        ngx_http_gate_idempotency_count(NGX_HTTP_GATE_IDEMPOTENCY_LOST);

        ngx_log_error(ngx_http_gate_idempotency_lock_level(), ngx_cycle->log,
                      0, "gate idempotency: Redis could not be told that a "
                      "request was done: it is done once more if it is "
                      "repeated");
    }

    ngx_http_gate_idempotency_lock_free(lock);
}


/* an error once a minute, of this worker */

static ngx_uint_t
ngx_http_gate_idempotency_lock_level(void)
{
    static gate_say_t  said;

    return gate_say(&said, 1, ngx_current_msec, NGX_HTTP_GATE_REDIS_AGAIN)
           ? NGX_LOG_ERR : NGX_LOG_INFO;
}
