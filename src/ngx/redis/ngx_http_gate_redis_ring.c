
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Calls to Redis, from the command to the reply: order, deadlines, cancelling.
 */


#include "ngx_http_gate_redis_ring.h"


#define NGX_HTTP_GATE_REDIS_OUT       (4 * 1024 * 1024)


static ngx_int_t ngx_http_gate_redis_ring_put(ngx_http_gate_redis_ring_t *ring,
    ngx_http_gate_redis_call_t *call, const char *command, size_t len,
    ngx_uint_t probe);
static ngx_int_t ngx_http_gate_redis_ring_append(ngx_buf_t *b,
    const char *data, size_t len, ngx_log_t *log);
static void ngx_http_gate_redis_ring_wait(ngx_http_gate_redis_ring_t *ring,
    ngx_http_gate_redis_call_t *call, char *command, size_t len);
static void ngx_http_gate_redis_ring_deadline(
    ngx_http_gate_redis_ring_t *ring, ngx_http_gate_redis_call_t *call,
    ngx_msec_t deadline);
static void ngx_http_gate_redis_ring_expire(ngx_event_t *ev);
static void ngx_http_gate_redis_ring_take_off(
    ngx_http_gate_redis_call_t *call);


void
ngx_http_gate_redis_ring_init(ngx_http_gate_redis_ring_t *ring, ngx_log_t *log)
{
    ring->log = log;

    ngx_queue_init(&ring->waiting);
}


ngx_int_t
ngx_http_gate_redis_ring_send(ngx_http_gate_redis_ring_t *ring,
    ngx_http_gate_redis_call_t *call, ngx_msec_t deadline, int argc,
    const char **argv, const size_t *argvlen)
{
    char       *command;
    ssize_t     len;
    ngx_int_t   rc;

    if (!ring->ready && (!ring->hopeful || call == NULL)) {
        return NGX_DECLINED;
    }

    if (ring->n + ring->nwaiting >= NGX_HTTP_GATE_REDIS_CALLS) {
        return NGX_DECLINED;
    }

    len = redisFormatCommandArgv(&command, argc, argv, argvlen);
    if (len < 0) {
        return NGX_DECLINED;
    }

    if (ring->ready) {
        rc = ngx_http_gate_redis_ring_put(ring, call, command, len, 0);

        redisFreeCommand(command);

        if (rc != NGX_OK) {
            return rc;
        }

    } else {
        ngx_http_gate_redis_ring_wait(ring, call, command, len);
    }

    if (call != NULL && deadline != 0) {
        ngx_http_gate_redis_ring_deadline(ring, call, deadline);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_redis_ring_probe(ngx_http_gate_redis_ring_t *ring,
    ngx_http_gate_redis_call_t *call, int argc, const char **argv,
    const size_t *argvlen)
{
    char       *command;
    ssize_t     len;
    ngx_int_t   rc;

    len = redisFormatCommandArgv(&command, argc, argv, argvlen);
    if (len < 0) {
        return NGX_DECLINED;
    }

    rc = ngx_http_gate_redis_ring_put(ring, call, command, len, 1);

    redisFreeCommand(command);

    return rc;
}


static ngx_int_t
ngx_http_gate_redis_ring_put(ngx_http_gate_redis_ring_t *ring,
    ngx_http_gate_redis_call_t *call, const char *command, size_t len,
    ngx_uint_t probe)
{
    ngx_uint_t                    i;
    ngx_http_gate_redis_entry_t  *entry;

    if (ring->n == NGX_HTTP_GATE_REDIS_CALLS
        || ngx_http_gate_redis_ring_append(&ring->out, command, len, ring->log)
           != NGX_OK)
    {
        return NGX_DECLINED;
    }

    i = (ring->first + ring->n) % NGX_HTTP_GATE_REDIS_CALLS;
    ring->n++;

    entry = &ring->entries[i];
    entry->call = call;
    entry->sent = ngx_current_msec;
    entry->probe = probe;

    if (call != NULL) {
        call->ring = ring;
        call->entry = i;
    }

    ring->wake(ring->data);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_redis_ring_append(ngx_buf_t *b, const char *data, size_t len,
    ngx_log_t *log)
{
    size_t   used, size;
    u_char  *p;

    used = b->last - b->pos;

    if ((size_t) (b->end - b->last) < len) {

        if (used + len > NGX_HTTP_GATE_REDIS_OUT) {
            return NGX_DECLINED;
        }

        for (size = 4096; size < used + len; size *= 2) {
            /* void */
        }

        if (size > (size_t) (b->end - b->start)) {
            p = ngx_alloc(size, log);
            if (p == NULL) {
                return NGX_DECLINED;
            }

        } else {
            p = b->start;
            size = b->end - b->start;
        }

        ngx_memmove(p, b->pos, used);

        if (p != b->start && b->start != NULL) {
            ngx_free(b->start);
        }

        b->start = p;
        b->end = p + size;
        b->pos = p;
        b->last = p + used;
    }

    b->last = ngx_cpymem(b->last, data, len);

    return NGX_OK;
}


static void
ngx_http_gate_redis_ring_wait(ngx_http_gate_redis_ring_t *ring,
    ngx_http_gate_redis_call_t *call, char *command, size_t len)
{
    call->ring = ring;
    call->command = command;
    call->len = len;

    ngx_queue_insert_tail(&ring->waiting, &call->queue);
    ring->nwaiting++;
}


/* a worker that quits does not go while somebody waits: not cancelable */

static void
ngx_http_gate_redis_ring_deadline(ngx_http_gate_redis_ring_t *ring,
    ngx_http_gate_redis_call_t *call, ngx_msec_t deadline)
{
    call->ident = -1;

    call->timer.handler = ngx_http_gate_redis_ring_expire;
    call->timer.data = call;
    call->timer.log = ring->log;

    ngx_add_timer(&call->timer, deadline);
}


static void
ngx_http_gate_redis_ring_expire(ngx_event_t *ev)
{
    ngx_http_gate_redis_call_t  *call, *left;
    ngx_http_gate_redis_ring_t  *ring;

    call = ev->data;
    ring = call->ring;

    if (call->command != NULL) {
        ngx_http_gate_redis_ring_answer(call, NULL);
        return;
    }

    /* the loop may have been late, not Redis: look before judging */

    left = call;
    ring->expiring = &left;

    ring->look(ring->data);

    /* answered: then neither the call nor the ring need be there any more */

    if (left == NULL) {
        return;
    }

    ring->expiring = NULL;

    ngx_http_gate_redis_ring_answer(call, NULL);
}


void
ngx_http_gate_redis_ring_cancel(ngx_http_gate_redis_call_t *call)
{
    if (call->ring != NULL) {
        ngx_http_gate_redis_ring_take_off(call);
    }
}


/* its place in the ring stays, as its reply will come */

static void
ngx_http_gate_redis_ring_take_off(ngx_http_gate_redis_call_t *call)
{
    ngx_http_gate_redis_ring_t  *ring;

    ring = call->ring;
    call->ring = NULL;

    if (call->timer.timer_set) {
        ngx_del_timer(&call->timer);
    }

    if (ring->expiring != NULL && *ring->expiring == call) {
        *ring->expiring = NULL;
        ring->expiring = NULL;
    }

    if (call->command != NULL) {
        ngx_queue_remove(&call->queue);
        ring->nwaiting--;

        redisFreeCommand(call->command);
        call->command = NULL;
        return;
    }

    ring->entries[call->entry].call = NULL;
}


void
ngx_http_gate_redis_ring_answer(ngx_http_gate_redis_call_t *call,
    redisReply *reply)
{
    ngx_http_gate_redis_ring_take_off(call);

    call->handler(call->data, reply);
}


ngx_http_gate_redis_entry_t *
ngx_http_gate_redis_ring_shift(ngx_http_gate_redis_ring_t *ring)
{
    ngx_http_gate_redis_entry_t  *entry;

    if (ring->n == 0) {
        return NULL;
    }

    entry = &ring->entries[ring->first];

    ring->first = (ring->first + 1) % NGX_HTTP_GATE_REDIS_CALLS;
    ring->n--;

    return entry;
}


void
ngx_http_gate_redis_ring_ready(ngx_http_gate_redis_ring_t *ring)
{
    ngx_queue_t                 *q;
    ngx_http_gate_redis_call_t  *call;

    ring->ready = 1;

    while (!ngx_queue_empty(&ring->waiting)) {
        q = ngx_queue_head(&ring->waiting);
        call = ngx_queue_data(q, ngx_http_gate_redis_call_t, queue);

        if (ngx_http_gate_redis_ring_put(ring, call, call->command, call->len,
                                         0)
            != NGX_OK)
        {
            ngx_http_gate_redis_ring_answer(call, NULL);
            continue;
        }

        ngx_queue_remove(q);
        ring->nwaiting--;

        redisFreeCommand(call->command);
        call->command = NULL;
    }
}


void
ngx_http_gate_redis_ring_fail(ngx_http_gate_redis_ring_t *ring)
{
    ngx_queue_t                  *q;
    ngx_http_gate_redis_call_t   *call;
    ngx_http_gate_redis_entry_t  *entry;

    /* nothing can be added now: send() declines */

    ring->ready = 0;
    ring->hopeful = 0;

    ring->out.pos = ring->out.start;
    ring->out.last = ring->out.start;

    for (entry = ngx_http_gate_redis_ring_shift(ring); entry != NULL;
         entry = ngx_http_gate_redis_ring_shift(ring))
    {
        if (entry->call != NULL) {
            ngx_http_gate_redis_ring_answer(entry->call, NULL);
        }
    }

    while (!ngx_queue_empty(&ring->waiting)) {
        q = ngx_queue_head(&ring->waiting);
        call = ngx_queue_data(q, ngx_http_gate_redis_call_t, queue);

        ngx_http_gate_redis_ring_answer(call, NULL);
    }
}


void
ngx_http_gate_redis_ring_free(ngx_http_gate_redis_ring_t *ring)
{
    if (ring->out.start) {
        ngx_free(ring->out.start);
    }
}
