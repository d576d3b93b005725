
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whose credential it is: asked of the configuration, of what this worker and
 * this node remember of Redis, and at last of Redis, while the request is
 * parked.
 *
 * What is remembered counts as long as the fence says that nothing of it has
 * changed; if the fence has heard nothing lately Redis is asked, and only if
 * that cannot say it counts for as long as gate_consumer_cache calls stale.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_fence.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_store_redis.h"
#include "ngx_http_gate_vars.h"

#include "gate_hex.h"
#include "gate_snapshot.h"


#define NGX_HTTP_GATE_FIND_LATE    5         /* ms, after the deadline */
#define NGX_HTTP_GATE_FIND_RETRY   1         /* seconds, while Redis is away */


static ngx_int_t ngx_http_gate_find_key(ngx_http_gate_find_main_conf_t *fmcf,
    gate_kind_e kind, gate_str_t name, gate_cache_key_t *key);
static ngx_http_gate_lookup_t *ngx_http_gate_find_lookup(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const gate_cache_key_t *key);
static ngx_http_gate_lookup_t *ngx_http_gate_find_add(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const gate_cache_key_t *key);
static ngx_int_t ngx_http_gate_find_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const gate_cache_key_t *key, gate_str_t name,
    gate_credential_t **k);
static ngx_int_t ngx_http_gate_find_spares(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_kind_e kind, gate_str_t name);
static ngx_int_t ngx_http_gate_find_park(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_lookup_t *lookup,
    gate_str_t name, ngx_uint_t known);
static ngx_int_t ngx_http_gate_find_settle(ngx_http_gate_lookup_t *lookup,
    ngx_http_request_t *r, gate_str_t name, gate_credential_t **k);
static void ngx_http_gate_find_forget(void *data);
static void ngx_http_gate_find_cancel(void *data);
static void ngx_http_gate_find_count(ngx_http_gate_find_result_e result);
static ngx_int_t ngx_http_gate_find_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_find_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_find_create_main_conf(ngx_conf_t *cf);
static void ngx_http_gate_find_free(void *data);


/* whoever it is may come again: it is not said that the credential is wrong */

const ngx_http_gate_reason_t  ngx_http_gate_consumers_unavailable = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_WARN,
    ngx_string("consumers_unavailable"),
    ngx_string("Consumers unavailable"),
    ngx_string("The gateway cannot look the credential up now.")
};


/* the same where the configuration says "unavailable=401" */

static const ngx_http_gate_reason_t  ngx_http_gate_credential_unverified = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_WARN,
    ngx_string("credential_unverified"),
    ngx_string("Credential not verified"),
    ngx_string("The gateway cannot look the credential up now.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_find_reasons[] = {
    &ngx_http_gate_consumers_unavailable,
    &ngx_http_gate_credential_unverified,
    NULL
};


static ngx_http_gate_family_t  ngx_http_gate_find_lookups = {
    "gate_consumer_lookups_total", NGX_HTTP_GATE_COUNTER,
    "Credentials that the configuration does not have, by what was known.",
    { "result", NULL, NULL, NULL }, "consumer_lookups", 0, NULL
};


static ngx_str_t  ngx_http_gate_find_names[NGX_HTTP_GATE_FIND_RESULTS] = {
    ngx_string("hit"),
    ngx_string("miss"),
    ngx_string("stale"),
    ngx_string("unknown"),
    ngx_string("limited"),
    ngx_string("unavailable")
};


static ngx_http_variable_t  ngx_http_gate_find_vars[] = {

    { ngx_string("gate_cache"), NULL, ngx_http_gate_find_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_http_module_t  ngx_http_gate_find_module_ctx = {
    ngx_http_gate_find_preconfiguration,   /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_find_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_find_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_find_module_ctx,        /* module context */
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


ngx_int_t
ngx_http_gate_find(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_kind_e kind, gate_str_t name, gate_credential_t **k)
{
    gate_cache_key_t                 key;
    ngx_http_gate_lookup_t          *lookup;
    ngx_http_gate_find_main_conf_t  *fmcf;

    *k = gate_model_credential(ngx_http_gate_model(r), kind, name);

    if (*k != NULL) {
        return NGX_OK;
    }

    if (!ngx_http_gate_store_redis_stands(r)
        || name.len == 0 || name.len > GATE_RECORD_LONGEST
        || (kind == GATE_KIND_CONSUMER && !gate_record_consumer(name)))
    {
        return NGX_DECLINED;
    }

    fmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_find_module);

    if (ngx_http_gate_find_key(fmcf, kind, name, &key) != NGX_OK) {
        return NGX_ERROR;
    }

    lookup = ngx_http_gate_find_lookup(r, ctx, &key);

    if (lookup == NULL) {
        return ngx_http_gate_find_begin(r, ctx, &key, name, k);
    }

    return ngx_http_gate_find_settle(lookup, r, name, k);
}


ngx_int_t
ngx_http_gate_find_busy(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (ngx_http_gate_cache_refuses()) {
        return ngx_http_gate_refused_why(ctx,
                                         &ngx_http_gate_credential_unverified,
                                         NULL);
    }

    if (r == r->main) {
        ctx->retry_after = NGX_HTTP_GATE_FIND_RETRY;
    }

    return ngx_http_gate_refused_why(ctx,
                                     &ngx_http_gate_consumers_unavailable,
                                     NULL);
}


ngx_uint_t
ngx_http_gate_find_counts(ngx_http_request_t *r, const gate_credential_t *k)
{
    if (!ngx_http_gate_find_unchanged(&k->seen)
        || !ngx_http_gate_fence_fresh()
        || !ngx_http_gate_store_redis_stands(r))
    {
        return 0;
    }

    ngx_http_gate_find_count(NGX_HTTP_GATE_FIND_HIT);

    return 1;
}


/* all are known by a digest, and what is the digest of a key by that */

static ngx_int_t
ngx_http_gate_find_key(ngx_http_gate_find_main_conf_t *fmcf, gate_kind_e kind,
    gate_str_t name, gate_cache_key_t *key)
{
    key->kind = kind;

    if (kind == GATE_KIND_KEY && name.len == 2 * GATE_SHA256_LEN
        && gate_hex_read(name.data, key->digest, GATE_SHA256_LEN))
    {
        return NGX_OK;
    }

    if (fmcf->sha == NULL) {
        fmcf->sha = gate_sha256_create();
    }

    return (fmcf->sha != NULL && gate_sha256(fmcf->sha, name, key->digest))
           ? NGX_OK : NGX_ERROR;
}


/* an answer is for all of the client's request, a wait is of one who waits */

static ngx_http_gate_lookup_t *
ngx_http_gate_find_lookup(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const gate_cache_key_t *key)
{
    ngx_http_gate_lookup_t  *lookup;

    for (lookup = ctx->lookups; lookup; lookup = lookup->next) {

        if ((lookup->rc != NGX_AGAIN || lookup->request == r)
            && lookup->key.kind == key->kind
            && gate_digest_eq(lookup->key.digest, key->digest,
                              GATE_SHA256_LEN))
        {
            break;
        }
    }

    return lookup;
}


static ngx_http_gate_lookup_t *
ngx_http_gate_find_add(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const gate_cache_key_t *key)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_gate_lookup_t  *lookup;

    cln = ngx_pool_cleanup_add(r->main->pool, sizeof(ngx_http_gate_lookup_t));
    if (cln == NULL) {
        return NULL;
    }

    lookup = cln->data;
    ngx_memzero(lookup, sizeof(ngx_http_gate_lookup_t));

    cln->handler = ngx_http_gate_find_forget;

    lookup->request = r;
    lookup->key = *key;
    lookup->next = ctx->lookups;
    ctx->lookups = lookup;

    return lookup;
}


static ngx_int_t
ngx_http_gate_find_begin(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const gate_cache_key_t *key, gate_str_t name, gate_credential_t **k)
{
    ngx_int_t                     rc, spared;
    gate_seen_t                   seen;
    ngx_http_gate_lookup_t       *lookup;
    ngx_http_gate_find_result_e   result;

    *k = NULL;

    rc = ngx_http_gate_find_remembered(r, key, name,
                                       NGX_HTTP_GATE_FENCE_FRESH, k);
    result = NGX_HTTP_GATE_FIND_HIT;

    if (rc == NGX_DECLINED && ngx_http_gate_cache_unknown(key, &seen)
        && ngx_http_gate_find_unchanged(&seen)
        && ngx_http_gate_fence_fresh())
    {
        result = NGX_HTTP_GATE_FIND_UNKNOWN;

    } else if (rc == NGX_DECLINED || rc == NGX_AGAIN) {

        if (!ctx->may_park) {
            return NGX_AGAIN;
        }

        if (rc == NGX_DECLINED) {
            spared = ngx_http_gate_find_spares(r, ctx, key->kind, name);

            if (spared != NGX_OK) {
                return spared;
            }
        }

        lookup = ngx_http_gate_find_add(r, ctx, key);
        if (lookup == NULL) {
            return NGX_ERROR;
        }

        lookup->rc = ngx_http_gate_find_park(r, ctx, lookup, name,
                                             rc == NGX_AGAIN);

        return (lookup->rc == NGX_AGAIN)
               ? NGX_AGAIN
               : ngx_http_gate_find_settle(lookup, r, name, k);
    }

    lookup = ngx_http_gate_find_add(r, ctx, key);

    if (lookup == NULL) {
        if (rc == NGX_OK) {
            gate_snapshot_release((*k)->consumer);
        }

        return NGX_ERROR;
    }

    lookup->rc = rc;
    lookup->result = result;
    lookup->credential = *k;

    return ngx_http_gate_find_settle(lookup, r, name, k);
}


/*
 * What this node has known before is looked up in any case.  Of a token and of
 * a certificate all has been proved by now; a key is no name, that others could
 * use.
 */

static ngx_int_t
ngx_http_gate_find_spares(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_kind_e kind, gate_str_t name)
{
    switch (kind) {

    case GATE_KIND_KEY:
        return ngx_http_gate_shield_spares(r, ctx, gate_str(NULL, 0));

    case GATE_KIND_BASIC:
    case GATE_KIND_SIGNATURE:
        return ngx_http_gate_shield_spares(r, ctx, name);

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_http_gate_find_park(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_lookup_t *lookup, gate_str_t name, ngx_uint_t known)
{
    ngx_int_t                        rc;
    ngx_http_gate_find_main_conf_t  *fmcf;

    fmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_find_module);

    lookup->result = NGX_HTTP_GATE_FIND_UNAVAILABLE;

    rc = ngx_http_gate_find_ask(fmcf, lookup, name, known);
    if (rc != NGX_OK) {
        return rc;
    }

    /* each question has a deadline of its own, this one is of both */

    if (ngx_http_gate_park(r, ctx, ngx_http_gate_redis_pool_deadline()
                                   + NGX_HTTP_GATE_FIND_LATE,
                           ngx_http_gate_find_cancel, lookup)
        != NGX_AGAIN)
    {
        ngx_http_gate_find_leave(lookup);
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


/* the answer of a look-up; the first to see that there is none looks at what is
 * remembered once more */

static ngx_int_t
ngx_http_gate_find_settle(ngx_http_gate_lookup_t *lookup,
    ngx_http_request_t *r, gate_str_t name, gate_credential_t **k)
{
    ngx_int_t  rc;

    if (lookup->rc == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    if (lookup->unsaid) {
        lookup->unsaid = 0;

        rc = ngx_http_gate_find_remembered(r, &lookup->key, name,
                                           ngx_http_gate_cache_stale(), k);
        if (rc == NGX_OK) {
            lookup->credential = *k;
            lookup->rc = NGX_OK;
            lookup->result = NGX_HTTP_GATE_FIND_STALE;
        }
    }

    /* it is counted once, here, as it is asked for once more then */

    if (lookup->request != NULL) {
        lookup->request = NULL;
        ngx_http_gate_find_count(lookup->result);
    }

    *k = lookup->credential;

    return lookup->rc;
}


/* what went to the service may be of a consumer that is not the one any more */

static void
ngx_http_gate_find_forget(void *data)
{
    ngx_http_gate_lookup_t *lookup = data;

    ngx_http_gate_find_leave(lookup);

    if (lookup->credential != NULL) {
        gate_snapshot_release(lookup->credential->consumer);
    }
}


static void
ngx_http_gate_find_cancel(void *data)
{
    ngx_http_gate_lookup_t *lookup = data;

    ngx_http_gate_find_leave(lookup);

    lookup->rc = NGX_BUSY;
    lookup->unsaid = 1;
}


static void
ngx_http_gate_find_count(ngx_http_gate_find_result_e result)
{
    /* of this process, looked up once */
    static ngx_atomic_t  *results[NGX_HTTP_GATE_FIND_RESULTS];

    if (results[result] == NULL) {
        results[result] = ngx_http_gate_metric(&ngx_http_gate_find_lookups, 1,
                                          &ngx_http_gate_find_names[result]);
    }

    (void) ngx_atomic_fetch_add(results[result], 1);
}


/* $gate_cache: the last look-up; one without any was at hand, or needs none */

static ngx_int_t
ngx_http_gate_find_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t             *name;
    ngx_http_gate_ctx_t   *ctx;

    static ngx_str_t       none = ngx_string("-");

    ctx = ngx_http_gate_get_ctx(r);
    name = &none;

    if (ctx != NULL && ctx->lookups != NULL) {
        name = &ngx_http_gate_find_names[ctx->lookups->result];

    } else if (ctx != NULL && ctx->who.consumer != NULL
               && ctx->who.consumer->snapshot != NULL)
    {
        name = &ngx_http_gate_find_names[NGX_HTTP_GATE_FIND_HIT];
    }

    ngx_http_gate_set_var(v, name);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_find_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_find_reasons) != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_find_lookups)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_add_vars(cf, ngx_http_gate_find_vars);
}


static void *
ngx_http_gate_find_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_gate_find_main_conf_t  *fmcf;

    cln = ngx_pool_cleanup_add(cf->pool,
                               sizeof(ngx_http_gate_find_main_conf_t));
    if (cln == NULL) {
        return NULL;
    }

    fmcf = cln->data;
    ngx_memzero(fmcf, sizeof(ngx_http_gate_find_main_conf_t));

    ngx_queue_init(&fmcf->questions);

    cln->handler = ngx_http_gate_find_free;

    return fmcf;
}


static void
ngx_http_gate_find_free(void *data)
{
    ngx_http_gate_find_main_conf_t *fmcf = data;

    ngx_uint_t  i;

    for (i = 0; fmcf->recent != NULL && i < NGX_HTTP_GATE_FIND_RECENT; i++) {
        if (fmcf->recent[i] != NULL) {
            gate_snapshot_release(fmcf->recent[i]->consumer);
        }
    }

    ngx_free(fmcf->recent);
    gate_sha256_destroy(fmcf->sha);
}
