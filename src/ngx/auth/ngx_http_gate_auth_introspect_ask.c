
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Questions about tokens: one at a time for each token, and answers that are
 * remembered by the worker.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_introspect.h"
#include "ngx_http_gate_fetch.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_request.h"

#include "gate_keyset.h"


#define NGX_HTTP_GATE_INTROSPECT_CALLS  256   /* of a worker, at once */
#define NGX_HTTP_GATE_INTROSPECT_LATE   2000  /* ms, after the deadline */


/* a question, for all who ask it */

typedef struct {
    ngx_queue_t                queue;
    ngx_http_gate_introspection_t  *in;
    ngx_http_gate_fetch_t     *fetch;
    ngx_queue_t                waiting;
    u_char                     digest[GATE_SHA256_LEN];
} ngx_http_gate_introspect_call_t;


/* a request that asks, or was answered */

typedef struct {
    ngx_queue_t                queue;
    ngx_http_request_t        *request;
    ngx_http_gate_introspection_t  *in;
    ngx_http_gate_introspect_call_t  *call;   /* NULL: it does not wait */
    ngx_http_gate_introspect_known_t  known;
    u_char                     digest[GATE_SHA256_LEN];
} ngx_http_gate_introspect_wait_t;


static ngx_http_gate_introspect_wait_t *ngx_http_gate_introspect_waited(
    ngx_http_request_t *r, ngx_http_gate_introspection_t *in,
    u_char digest[GATE_SHA256_LEN]);
static gate_token_t *ngx_http_gate_introspect_find(gate_tokens_t *tokens,
    ngx_http_gate_introspection_t *in, gate_str_t digest);
static ngx_int_t ngx_http_gate_introspect_begin(
    ngx_http_gate_introspection_t *in);
static ngx_http_gate_introspect_call_t *ngx_http_gate_introspect_call(
    ngx_http_gate_introspection_t *in, gate_str_t token,
    u_char digest[GATE_SHA256_LEN]);
static ngx_http_gate_fetch_t *ngx_http_gate_introspect_fetch(
    ngx_http_gate_introspect_call_t *call, gate_str_t token);
static void ngx_http_gate_introspect_cancel(void *data);
static void ngx_http_gate_introspect_forget(void *data);
static void ngx_http_gate_introspect_answered(void *data,
    ngx_http_gate_fetch_answer_t *answer);
static ngx_int_t ngx_http_gate_introspect_read(
    ngx_http_gate_introspection_t *in, ngx_http_gate_fetch_answer_t *answer,
    gate_introspect_said_t *said);
static void ngx_http_gate_introspect_keep(ngx_http_gate_introspect_call_t *call,
    ngx_int_t rc, gate_introspect_said_t *said, size_t text);
static void ngx_http_gate_introspect_end(
    ngx_http_gate_introspect_call_t *call, ngx_int_t rc, gate_token_t *t);
static void ngx_http_gate_introspect_count(
    ngx_http_gate_introspection_t *in, char *result);


ngx_http_gate_family_t  ngx_http_gate_introspected = {
    "gate_introspections_total", NGX_HTTP_GATE_COUNTER,
    "Look-ups of tokens whose server is asked.",
    { "introspection", "result", NULL, NULL }, "introspections",
    NGX_HTTP_GATE_FAMILY_QUIET, NULL
};


/* by what is remembered, of this request or of others */

ngx_uint_t
ngx_http_gate_auth_introspect_cheap(ngx_http_request_t *r,
    ngx_http_gate_introspection_t *in, gate_str_t token,
    ngx_http_gate_introspect_known_t *known)
{
    u_char                            digest[GATE_SHA256_LEN];
    gate_token_t                     *e;
    ngx_http_gate_introspect_wait_t  *w;

    if (ngx_http_gate_introspect_begin(in) != NGX_OK
        || !gate_sha256(in->sha, token, digest))
    {
        return 0;
    }

    w = ngx_http_gate_introspect_waited(r, in, digest);

    if (w != NULL && w->call == NULL) {
        *known = w->known;
        return 1;
    }

    e = ngx_http_gate_introspect_find(in->known, in,
                                      gate_str(digest, GATE_SHA256_LEN));

    if (e != NULL && ngx_time() < e->nbf_s) {
        /* it is of the time until which it is remembered */

        known->rc = GATE_INTROSPECT_OK;
        known->token = *e;

        ngx_http_gate_introspect_count(in, "hit");
        return 1;
    }

    e = ngx_http_gate_introspect_find(in->refused, in,
                                      gate_str(digest, GATE_SHA256_LEN));

    if (e != NULL && ngx_time() < e->nbf_s) {
        known->rc = (ngx_int_t) e->version;

        ngx_http_gate_introspect_count(in, "hit");
        return 1;
    }

    return 0;
}


static gate_token_t *
ngx_http_gate_introspect_find(gate_tokens_t *tokens,
    ngx_http_gate_introspection_t *in, gate_str_t digest)
{
    gate_token_t  *e;

    e = gate_tokens_next(tokens, digest, NULL);

    while (e != NULL && e->issuer != in->issuer) {
        e = gate_tokens_next(tokens, digest, e);
    }

    if (e != NULL) {
        gate_tokens_touch(tokens, e);
    }

    return e;
}


/* in the worker, so that workers do not share pages of the master */

static ngx_int_t
ngx_http_gate_introspect_begin(ngx_http_gate_introspection_t *in)
{
    uint64_t  seed;

    if (in->sha != NULL) {
        return (in->known && in->refused) ? NGX_OK : NGX_ERROR;
    }

    if (ngx_http_gate_random((u_char *) &seed, sizeof(uint64_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    in->sha = gate_sha256_create();
    in->known = gate_tokens_create(in->size, seed);
    in->refused = gate_tokens_create(ngx_max(in->size / 4, GATE_TOKENS_MIN),
                                     seed);

    return (in->sha && in->known && in->refused) ? NGX_OK : NGX_ERROR;
}


void
ngx_http_gate_auth_introspect_free(void *data)
{
    ngx_http_gate_introspection_t *in = data;

    if (in->known != NULL) {
        gate_tokens_destroy(in->known);
    }

    if (in->refused != NULL) {
        gate_tokens_destroy(in->refused);
    }

    if (in->sha != NULL) {
        gate_sha256_destroy(in->sha);
    }
}


static ngx_http_gate_introspect_wait_t *
ngx_http_gate_introspect_waited(ngx_http_request_t *r,
    ngx_http_gate_introspection_t *in, u_char digest[GATE_SHA256_LEN])
{
    ngx_pool_cleanup_t               *cln;
    ngx_http_gate_introspect_wait_t  *w;

    for (cln = r->main->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler != ngx_http_gate_introspect_forget) {
            continue;
        }

        w = cln->data;

        if (w->request == r && w->in == in
            && gate_digest_eq(w->digest, digest, GATE_SHA256_LEN))
        {
            return w;
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_gate_auth_introspect_ask(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_introspection_t *in,
    gate_str_t token, ngx_http_gate_introspect_known_t *known)
{
    u_char                            digest[GATE_SHA256_LEN];
    ngx_pool_cleanup_t               *cln;
    ngx_http_gate_introspect_wait_t  *w;

    if (!ctx->may_park) {
        return NGX_AGAIN;
    }

    if (ngx_http_gate_introspect_begin(in) != NGX_OK
        || !gate_sha256(in->sha, token, digest))
    {
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(r->main->pool,
                               sizeof(ngx_http_gate_introspect_wait_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    w = cln->data;
    ngx_memzero(w, sizeof(ngx_http_gate_introspect_wait_t));

    w->request = r;
    w->in = in;
    w->known.rc = NGX_BUSY;
    ngx_memcpy(w->digest, digest, GATE_SHA256_LEN);

    cln->handler = ngx_http_gate_introspect_forget;

    w->call = ngx_http_gate_introspect_call(in, token, digest);

    if (w->call == NULL) {
        ngx_http_gate_introspect_count(in, "failed");
        *known = w->known;
        return NGX_OK;
    }

    ngx_queue_insert_tail(&w->call->waiting, &w->queue);

    if (ngx_http_gate_park(r, ctx, in->timeout + NGX_HTTP_GATE_INTROSPECT_LATE,
                           ngx_http_gate_introspect_cancel, w)
        != NGX_AGAIN)
    {
        ngx_http_gate_introspect_cancel(w);
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


/* the one that is under way, or a new one; NULL: there is no room for it */

static ngx_http_gate_introspect_call_t *
ngx_http_gate_introspect_call(ngx_http_gate_introspection_t *in,
    gate_str_t token, u_char digest[GATE_SHA256_LEN])
{
    ngx_queue_t                      *q;
    ngx_http_gate_introspect_call_t  *call;

    for (q = ngx_queue_head(&in->calls);
         q != ngx_queue_sentinel(&in->calls);
         q = ngx_queue_next(q))
    {
        call = ngx_queue_data(q, ngx_http_gate_introspect_call_t, queue);

        if (gate_digest_eq(call->digest, digest, GATE_SHA256_LEN)) {
            return call;
        }
    }

    if (in->ncalls >= NGX_HTTP_GATE_INTROSPECT_CALLS) {
        return NULL;
    }

    call = ngx_alloc(sizeof(ngx_http_gate_introspect_call_t), ngx_cycle->log);
    if (call == NULL) {
        return NULL;
    }

    call->in = in;
    ngx_memcpy(call->digest, digest, GATE_SHA256_LEN);
    ngx_queue_init(&call->waiting);

    call->fetch = ngx_http_gate_introspect_fetch(call, token);

    if (call->fetch == NULL) {
        ngx_free(call);
        return NULL;
    }

    ngx_queue_insert_tail(&in->calls, &call->queue);
    in->ncalls++;

    return call;
}


static ngx_http_gate_fetch_t *
ngx_http_gate_introspect_fetch(ngx_http_gate_introspect_call_t *call,
    gate_str_t token)
{
    u_char                     body[GATE_INTROSPECT_ASK];
    ngx_http_gate_fetch_t     *f;
    ngx_http_gate_fetch_ask_t  ask;

    ngx_memzero(&ask, sizeof(ngx_http_gate_fetch_ask_t));

    ask.server = call->in->server;
    ask.uri = call->in->uri;
    ngx_str_set(&ask.type, "application/x-www-form-urlencoded");
    ask.body.data = body;
    ask.body.len = gate_introspect_ask(token, body);
    ask.max = GATE_INTROSPECT_ANSWER;
    ask.ms = call->in->timeout;
    ask.handler = ngx_http_gate_introspect_answered;
    ask.data = call;

    f = ngx_http_gate_fetch(&ask);

    ngx_explicit_memzero(body, ask.body.len);

    return f;
}


/* the last one who leaves takes the question with him */

static void
ngx_http_gate_introspect_cancel(void *data)
{
    ngx_http_gate_introspect_wait_t *w = data;

    ngx_http_gate_introspect_call_t  *call;

    call = w->call;

    if (call == NULL) {
        return;
    }

    w->call = NULL;
    ngx_queue_remove(&w->queue);

    if (ngx_queue_empty(&call->waiting)) {
        ngx_http_gate_fetch_cancel(call->fetch);
        ngx_queue_remove(&call->queue);
        call->in->ncalls--;
        ngx_free(call);
    }
}


static void
ngx_http_gate_introspect_forget(void *data)
{
    ngx_http_gate_introspect_wait_t *w = data;

    ngx_http_gate_introspect_cancel(w);

    json_decref(w->known.token.claims);
    w->known.token.claims = NULL;
}


static void
ngx_http_gate_introspect_answered(void *data,
    ngx_http_gate_fetch_answer_t *answer)
{
    ngx_http_gate_introspect_call_t *call = data;

    ngx_int_t                rc;
    gate_introspect_said_t   said;

    rc = ngx_http_gate_introspect_read(call->in, answer, &said);

    ngx_queue_remove(&call->queue);
    call->in->ncalls--;

    ngx_http_gate_introspect_keep(call, rc, &said, answer->body.len);

    ngx_free(call);
}


static ngx_int_t
ngx_http_gate_introspect_read(ngx_http_gate_introspection_t *in,
    ngx_http_gate_fetch_answer_t *answer, gate_introspect_said_t *said)
{
    ngx_int_t  rc;

    rc = GATE_INTROSPECT_BAD;
    said->claims = NULL;
    said->why = answer->why;

    if (said->why == NULL && answer->status != NGX_HTTP_OK) {
        said->why = "the status is not 200";
    }

    if (said->why == NULL
        && !gate_keyset_json(ngx_http_gate_view(&answer->type)))
    {
        said->why = "its Content-Type is not application/json";
    }

    if (said->why == NULL) {
        rc = gate_introspect_read(&in->rules,
                                  ngx_http_gate_view(&answer->body),
                                  ngx_time(), said);
    }

    if (rc == GATE_INTROSPECT_BAD) {
        ngx_http_gate_introspect_count(in, "failed");

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "gate introspection \"%V\": \"%V\", status %ui: %s",
                      &in->issuer->name, &in->uri, answer->status, said->why);

        return NGX_BUSY;
    }

    ngx_http_gate_introspect_count(in, rc == GATE_INTROSPECT_OK ? "active"
                                                                : "refused");
    return rc;
}


/* not beyond the token's own end; what nobody knows is not remembered */

static void
ngx_http_gate_introspect_keep(ngx_http_gate_introspect_call_t *call,
    ngx_int_t rc, gate_introspect_said_t *said, size_t text)
{
    gate_token_t                    t;
    ngx_http_gate_introspection_t  *in;

    in = call->in;

    ngx_memzero(&t, sizeof(gate_token_t));

    t.token = gate_str(call->digest, GATE_SHA256_LEN);
    t.issuer = in->issuer;
    t.claims = said->claims;
    t.text = text;

    if (rc == GATE_INTROSPECT_OK) {
        t.exp_s = said->exp_s;
        t.nbf_s = ngx_time() + in->good;

        if (said->exp_s != INT64_MAX
            && t.nbf_s > said->exp_s + in->rules.leeway_s)
        {
            t.nbf_s = said->exp_s + in->rules.leeway_s;
        }

        if (in->good) {
            (void) gate_tokens_put(in->known, &t);
        }

    } else if (rc != NGX_BUSY && in->bad) {
        t.text = 0;
        t.version = (uint64_t) rc;
        t.nbf_s = ngx_time() + in->bad;

        (void) gate_tokens_put(in->refused, &t);
    }

    ngx_http_gate_introspect_end(call, rc, &t);

    json_decref(said->claims);
}


static void
ngx_http_gate_introspect_end(ngx_http_gate_introspect_call_t *call,
    ngx_int_t rc, gate_token_t *t)
{
    ngx_queue_t                      *q;
    ngx_http_gate_introspect_wait_t  *w;

    while (!ngx_queue_empty(&call->waiting)) {
        q = ngx_queue_head(&call->waiting);
        w = ngx_queue_data(q, ngx_http_gate_introspect_wait_t, queue);

        ngx_queue_remove(q);

        w->call = NULL;
        w->known.rc = rc;
        w->known.token = *t;
        w->known.token.token = gate_str(w->digest, GATE_SHA256_LEN);

        (void) json_incref(w->known.token.claims);

        ngx_http_gate_resume(w->request);
    }
}


static void
ngx_http_gate_introspect_count(ngx_http_gate_introspection_t *in, char *result)
{
    ngx_str_t  values[2];

    values[0] = in->issuer->name;
    values[1].data = (u_char *) result;
    values[1].len = ngx_strlen(result);

    (void) ngx_atomic_fetch_add(
               ngx_http_gate_metric(&ngx_http_gate_introspected, 2, values),
               1);
}
