
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens that were revoked: those of an issuer with "revocation redis" whose
 * gate:j:{ISSUER=JTI} exists.  Redis is asked once for each token, while its
 * request is parked, and again when the fence says that something may have
 * changed.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_revoked.h"
#include "ngx_http_gate_auth_jwt.h"
#include "ngx_http_gate_fence.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_redis_pool.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"

#include "gate_record.h"
#include "gate_revoked.h"


#define NGX_HTTP_GATE_AUTH_REVOKED_TOKENS  16384   /* answers of a worker */
#define NGX_HTTP_GATE_AUTH_REVOKED_LATE    5       /* ms, after the deadline */


typedef struct {
    gate_revoked_t            *answers;       /* of this worker, on demand */
} ngx_http_gate_auth_revoked_main_conf_t;


/* one question of a client's request, or of a subrequest of it */

typedef struct {
    ngx_http_request_t        *request;       /* that waits */
    ngx_int_t                  rc;            /* NGX_AGAIN: no answer yet */
    gate_revoked_e             answer;
    gate_revoked_t            *answers;
    uint32_t                   fence;         /* its value, before */
    gate_str_t                 name;
    ngx_http_gate_redis_ask_t  ask;
} ngx_http_gate_auth_revoked_t;


static ngx_int_t ngx_http_gate_auth_revoked_name(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_issuer_t *issuer, const json_t *claims, gate_str_t *name);
static gate_revoked_t *ngx_http_gate_auth_revoked_answers(
    ngx_http_request_t *r);
static ngx_http_gate_auth_revoked_t *ngx_http_gate_auth_revoked_question(
    ngx_http_request_t *r, gate_str_t name);
static ngx_int_t ngx_http_gate_auth_revoked_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_revoked_t *answers, gate_str_t name,
    uint32_t fence);
static void ngx_http_gate_auth_revoked_forget(void *data);
static void ngx_http_gate_auth_revoked_cancel(void *data);
static void ngx_http_gate_auth_revoked_answered(void *data,
    redisReply *reply);
static ngx_int_t ngx_http_gate_auth_revoked_judge(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_revoked_e answer);
static void *ngx_http_gate_auth_revoked_create_main_conf(ngx_conf_t *cf);
static void ngx_http_gate_auth_revoked_free(void *data);


static ngx_http_module_t  ngx_http_gate_auth_revoked_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_auth_revoked_create_main_conf, /* create main conf */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_revoked_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_revoked_module_ctx, /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


const ngx_http_gate_reason_t  ngx_http_gate_revoked_token = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("revoked_token"),
    ngx_string("Token revoked"),
    ngx_string("The token has been revoked.")
};


ngx_int_t
ngx_http_gate_auth_revoked(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_issuer_t *issuer, const json_t *claims)
{
    u_char                         text[GATE_RECORD_LONGEST];
    uint32_t                       fence;
    ngx_int_t                      rc;
    gate_str_t                     name;
    gate_revoked_e                 answer;
    gate_revoked_t                *answers;
    ngx_http_gate_auth_revoked_t  *q;

    name.data = text;

    rc = ngx_http_gate_auth_revoked_name(ctx, issuer, claims, &name);
    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : rc;
    }

    answers = ngx_http_gate_auth_revoked_answers(r);
    if (answers == NULL) {
        return NGX_ERROR;
    }

    fence = ngx_http_gate_fence_value(ngx_http_gate_fence_at(GATE_KIND_REVOKED,
                                                             name));
    q = ngx_http_gate_auth_revoked_question(r, name);

    if (q != NULL && q->rc != NGX_BUSY) {
        return (q->rc == NGX_OK)
               ? ngx_http_gate_auth_revoked_judge(r, ctx, q->answer) : q->rc;
    }

    answer = gate_revoked_get(answers, name, fence);

    if (answer != GATE_REVOKED_UNKNOWN && ngx_http_gate_fence_fresh()) {
        return ngx_http_gate_auth_revoked_judge(r, ctx, answer);
    }

    if (q == NULL) {
        if (!ctx->may_park) {
            return NGX_AGAIN;
        }

        rc = ngx_http_gate_auth_revoked_begin(r, ctx, answers, name, fence);
        if (rc != NGX_BUSY) {
            return rc;
        }
    }

    /* Redis does not say; what it said last counts for a while */

    if (answer != GATE_REVOKED_UNKNOWN
        && ngx_http_gate_fence_age() <= issuer->stale)
    {
        return ngx_http_gate_auth_revoked_judge(r, ctx, answer);
    }

    return ngx_http_gate_find_busy(r, ctx);
}


/* "ISSUER=JTI"; NGX_DECLINED: the token has no jti, and need not */

static ngx_int_t
ngx_http_gate_auth_revoked_name(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_issuer_t *issuer, const json_t *claims, gate_str_t *name)
{
    size_t         len;
    u_char        *p;
    const json_t  *jti;

    jti = json_object_get(claims, "jti");

    if (jti == NULL) {
        return issuer->require_jti
               ? ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_token,
                                           "The token has no jti.")
               : NGX_DECLINED;
    }

    len = json_is_string(jti) ? json_string_length(jti) : 0;

    if (len == 0 || issuer->name.len + 1 + len > GATE_RECORD_LONGEST) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_token,
                                         "The token's jti is no text, empty "
                                         "or too long.");
    }

    p = ngx_cpymem(name->data, issuer->name.data, issuer->name.len);
    *p++ = '=';
    p = ngx_cpymem(p, json_string_value(jti), len);

    name->len = p - name->data;

    return NGX_OK;
}


/* in the worker, so that workers do not share pages of the master */

static gate_revoked_t *
ngx_http_gate_auth_revoked_answers(ngx_http_request_t *r)
{
    uint64_t                                 seed;
    ngx_http_gate_auth_revoked_main_conf_t  *rmcf;

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_auth_revoked_module);

    if (rmcf->answers == NULL
        && ngx_http_gate_random((u_char *) &seed, sizeof(uint64_t)) == NGX_OK)
    {
        rmcf->answers = gate_revoked_create(NGX_HTTP_GATE_AUTH_REVOKED_TOKENS,
                                            seed);
    }

    return rmcf->answers;
}


/* an answer is for all of the client's request, a wait is of one who waits */

static ngx_http_gate_auth_revoked_t *
ngx_http_gate_auth_revoked_question(ngx_http_request_t *r, gate_str_t name)
{
    ngx_pool_cleanup_t            *cln;
    ngx_http_gate_auth_revoked_t  *q;

    for (cln = r->main->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler != ngx_http_gate_auth_revoked_forget) {
            continue;
        }

        q = cln->data;

        if ((q->rc != NGX_AGAIN || q->request == r)
            && gate_str_eq(q->name, name))
        {
            return q;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_gate_auth_revoked_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_revoked_t *answers, gate_str_t name,
    uint32_t fence)
{
    size_t                         len[2];
    u_char                         key[GATE_RECORD_KEY];
    const char                    *arg[2];
    ngx_pool_cleanup_t            *cln;
    ngx_http_gate_auth_revoked_t  *q;

    cln = ngx_pool_cleanup_add(r->main->pool,
                               sizeof(ngx_http_gate_auth_revoked_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    q = cln->data;
    ngx_memzero(q, sizeof(ngx_http_gate_auth_revoked_t));

    q->name.data = ngx_pnalloc(r->main->pool, name.len);
    if (q->name.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(q->name.data, name.data, name.len);
    q->name.len = name.len;

    cln->handler = ngx_http_gate_auth_revoked_forget;

    q->request = r;
    q->answers = answers;
    q->fence = fence;
    q->ask.handler = ngx_http_gate_auth_revoked_answered;
    q->ask.data = q;

    arg[0] = "EXISTS";
    len[0] = sizeof("EXISTS") - 1;
    arg[1] = (char *) key;
    len[1] = gate_record_key(GATE_KIND_REVOKED, name, key);

    q->rc = NGX_BUSY;

    if (ngx_http_gate_redis_pool_send(&q->ask, 2, arg, len) != NGX_OK) {
        return NGX_BUSY;
    }

    q->rc = NGX_AGAIN;

    if (ngx_http_gate_park(r, ctx, ngx_http_gate_redis_pool_deadline()
                                   + NGX_HTTP_GATE_AUTH_REVOKED_LATE,
                           ngx_http_gate_auth_revoked_cancel, q)
        != NGX_AGAIN)
    {
        ngx_http_gate_auth_revoked_cancel(q);
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


/* by its handler a question is found among a request's; it has nothing */

static void
ngx_http_gate_auth_revoked_forget(void *data)
{
    /* void */
}


static void
ngx_http_gate_auth_revoked_cancel(void *data)
{
    ngx_http_gate_auth_revoked_t *q = data;

    ngx_http_gate_redis_pool_cancel(&q->ask);

    q->rc = NGX_BUSY;
}


static void
ngx_http_gate_auth_revoked_answered(void *data, redisReply *reply)
{
    ngx_http_gate_auth_revoked_t *q = data;

    if (reply != NULL && reply->type == REDIS_REPLY_INTEGER) {
        q->rc = NGX_OK;
        q->answer = reply->integer ? GATE_REVOKED_YES : GATE_REVOKED_NO;

        gate_revoked_put(q->answers, q->name, q->fence, q->answer);

    } else {
        q->rc = NGX_BUSY;
    }

    ngx_http_gate_resume(q->request);
}


static ngx_int_t
ngx_http_gate_auth_revoked_judge(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_revoked_e answer)
{
    if (answer != GATE_REVOKED_YES) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "gate jwt: token refused: it was revoked");

    return ngx_http_gate_refused_why(ctx, &ngx_http_gate_revoked_token, NULL);
}


static void *
ngx_http_gate_auth_revoked_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t                      *cln;
    ngx_http_gate_auth_revoked_main_conf_t  *rmcf;

    cln = ngx_pool_cleanup_add(cf->pool,
                               sizeof(ngx_http_gate_auth_revoked_main_conf_t));
    if (cln == NULL) {
        return NULL;
    }

    rmcf = cln->data;
    rmcf->answers = NULL;

    cln->handler = ngx_http_gate_auth_revoked_free;

    return rmcf;
}


static void
ngx_http_gate_auth_revoked_free(void *data)
{
    ngx_http_gate_auth_revoked_main_conf_t *rmcf = data;

    gate_revoked_destroy(rmcf->answers);
}
