
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Questions to Redis: those of a worker who wait for the same one share it, and
 * it goes with the last of them.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_fence.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_park.h"

#include "gate_snapshot.h"


#define NGX_HTTP_GATE_FIND_POOL  1024


static ngx_http_gate_question_t *ngx_http_gate_find_same(
    ngx_http_gate_find_main_conf_t *fmcf, const gate_cache_key_t *key);
static ngx_http_gate_question_t *ngx_http_gate_find_new(
    ngx_http_gate_find_main_conf_t *fmcf, const gate_cache_key_t *key,
    gate_str_t name);
static ngx_int_t ngx_http_gate_find_send(ngx_http_gate_question_t *q,
    ngx_uint_t of, gate_kind_e kind, gate_str_t name);
static void ngx_http_gate_find_answered(void *data, redisReply *reply);
static void ngx_http_gate_find_remember(ngx_http_gate_question_t *q,
    ngx_int_t rc, gate_record_t *record);
static void ngx_http_gate_find_tell(ngx_http_gate_question_t *q,
    ngx_int_t rc, gate_record_t *record, ngx_uint_t unsaid);


ngx_int_t
ngx_http_gate_find_ask(ngx_http_gate_find_main_conf_t *fmcf,
    ngx_http_gate_lookup_t *lookup, gate_str_t name, ngx_uint_t known)
{
    ngx_http_gate_question_t  *q;

    q = ngx_http_gate_find_same(fmcf, &lookup->key);

    if (q == NULL) {

        if (!known && !ngx_http_gate_cache_may_ask()) {
            lookup->result = NGX_HTTP_GATE_FIND_LIMITED;
            return NGX_BUSY;
        }

        q = ngx_http_gate_find_new(fmcf, &lookup->key, name);
        if (q == NULL) {
            return NGX_ERROR;
        }

        if (ngx_http_gate_find_send(q, 0, q->key.kind, q->name) != NGX_OK) {
            ngx_queue_remove(&q->queue);
            ngx_destroy_pool(q->pool);

            lookup->unsaid = 1;
            return NGX_BUSY;
        }
    }

    lookup->question = q;
    ngx_queue_insert_tail(&q->waiting, &lookup->queue);

    return NGX_OK;
}


static ngx_http_gate_question_t *
ngx_http_gate_find_same(ngx_http_gate_find_main_conf_t *fmcf,
    const gate_cache_key_t *key)
{
    ngx_queue_t               *p;
    ngx_http_gate_question_t  *q;

    for (p = ngx_queue_head(&fmcf->questions);
         p != ngx_queue_sentinel(&fmcf->questions);
         p = ngx_queue_next(p))
    {
        q = ngx_queue_data(p, ngx_http_gate_question_t, queue);

        if (q->key.kind == key->kind
            && gate_digest_eq(q->key.digest, key->digest, GATE_SHA256_LEN))
        {
            return q;
        }
    }

    return NULL;
}


static ngx_http_gate_question_t *
ngx_http_gate_find_new(ngx_http_gate_find_main_conf_t *fmcf,
    const gate_cache_key_t *key, gate_str_t name)
{
    ngx_pool_t                *pool;
    ngx_http_gate_question_t  *q;

    pool = ngx_create_pool(NGX_HTTP_GATE_FIND_POOL, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    q = ngx_pcalloc(pool, sizeof(ngx_http_gate_question_t));
    if (q == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    q->name.data = ngx_pnalloc(pool, name.len);
    if (q->name.data == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    q->name.len = name.len;
    ngx_memcpy(q->name.data, name.data, name.len);

    q->pool = pool;
    q->fmcf = fmcf;
    q->key = *key;
    q->ask.handler = ngx_http_gate_find_answered;
    q->ask.data = q;

    ngx_queue_init(&q->waiting);
    ngx_queue_insert_tail(&fmcf->questions, &q->queue);

    return q;
}


/* what the fence says is read first: a change after that makes it void */

static ngx_int_t
ngx_http_gate_find_send(ngx_http_gate_question_t *q, ngx_uint_t of,
    gate_kind_e kind, gate_str_t name)
{
    size_t       len[2];
    u_char       key[GATE_RECORD_KEY];
    const char  *arg[2];

    for ( /* void */ ; of < 2; of++) {
        q->seen.stripe[of] = ngx_http_gate_fence_at(kind, name);
        q->seen.value[of] = ngx_http_gate_fence_value(q->seen.stripe[of]);
    }

    arg[0] = "HGETALL";
    len[0] = sizeof("HGETALL") - 1;
    arg[1] = (char *) key;
    len[1] = gate_record_key(kind, name, key);

    return ngx_http_gate_redis_pool_send(&q->ask, 2, arg, len);
}


void
ngx_http_gate_find_leave(ngx_http_gate_lookup_t *lookup)
{
    ngx_http_gate_question_t  *q;

    q = lookup->question;

    if (q == NULL) {
        return;
    }

    lookup->question = NULL;
    ngx_queue_remove(&lookup->queue);

    if (ngx_queue_empty(&q->waiting)) {
        ngx_http_gate_redis_pool_cancel(&q->ask);
        ngx_queue_remove(&q->queue);
        ngx_destroy_pool(q->pool);
    }
}


static void
ngx_http_gate_find_answered(void *data, redisReply *reply)
{
    ngx_http_gate_question_t *q = data;

    ngx_int_t      rc;
    ngx_uint_t     unsaid;
    gate_record_t  record;

    unsaid = ngx_http_gate_redis_pool_failed(reply);
    rc = unsaid ? NGX_BUSY : ngx_http_gate_find_read(q, reply, &record);

    if (rc == NGX_AGAIN) {

        if (ngx_http_gate_find_send(q, 1, GATE_KIND_CONSUMER, q->owner)
            == NGX_OK)
        {
            return;
        }

        unsaid = 1;
        rc = NGX_BUSY;
    }

    ngx_http_gate_find_remember(q, rc, &record);
    ngx_http_gate_find_tell(q, rc, &record, unsaid);
}


static void
ngx_http_gate_find_remember(ngx_http_gate_question_t *q, ngx_int_t rc,
    gate_record_t *record)
{
    size_t         len;

    /* of this process, which has one thread */
    static u_char  buf[GATE_CACHE_MAX];

    if (rc == NGX_DECLINED) {
        ngx_http_gate_cache_put_unknown(&q->key, &q->seen);
        return;
    }

    if (rc != NGX_OK) {
        return;
    }

    len = gate_record_pack(record, buf, sizeof(buf));

    if (len != 0) {
        ngx_http_gate_cache_put(&q->key, &q->seen, gate_str(buf, len));
    }
}


/* nobody joins it from here on, and those who leave meanwhile may */

static void
ngx_http_gate_find_tell(ngx_http_gate_question_t *q, ngx_int_t rc,
    gate_record_t *record, ngx_uint_t unsaid)
{
    ngx_queue_t              waiting, *p;
    gate_credential_t       *k;
    ngx_http_gate_lookup_t  *lookup;

    k = NULL;

    p = ngx_queue_head(&q->waiting);
    lookup = ngx_queue_data(p, ngx_http_gate_lookup_t, queue);

    if (rc == NGX_OK) {
        rc = ngx_http_gate_find_make(lookup->request, &q->key, q->name,
                                     &q->seen, record, &k);
    }

    ngx_queue_init(&waiting);
    ngx_queue_add(&waiting, &q->waiting);
    ngx_queue_init(&q->waiting);

    for (p = ngx_queue_head(&waiting);
         p != ngx_queue_sentinel(&waiting);
         p = ngx_queue_next(p))
    {
        lookup = ngx_queue_data(p, ngx_http_gate_lookup_t, queue);

        lookup->rc = rc;
        lookup->unsaid = unsaid;
        lookup->result = unsaid ? NGX_HTTP_GATE_FIND_UNAVAILABLE
                                : NGX_HTTP_GATE_FIND_MISS;
        lookup->question = NULL;

        if (k != NULL) {
            (void) gate_snapshot_take(k->consumer);
            lookup->credential = k;
        }
    }

    if (k != NULL) {
        gate_snapshot_release(k->consumer);
    }

    ngx_queue_remove(&q->queue);
    ngx_destroy_pool(q->pool);

    /* who is told may end others: each is taken out first */

    while (!ngx_queue_empty(&waiting)) {
        p = ngx_queue_head(&waiting);
        ngx_queue_remove(p);

        lookup = ngx_queue_data(p, ngx_http_gate_lookup_t, queue);

        ngx_http_gate_resume(lookup->request);
    }
}
