
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Bearer tokens (RFC 6750 2.1): verified once, remembered, mapped to a
 * consumer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_auth_jwt.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_auth_proof.h"
#include "ngx_http_gate_auth_revoked.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_identity.h"
#include "ngx_http_gate_keyset.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_store_redis.h"

#include "gate_bearer.h"
#include "gate_json.h"
#include "gate_jwt.h"
#include "gate_text.h"
#include "gate_xxh.h"


#define NGX_HTTP_GATE_AUTH_JWT_ISSUER  256    /* bytes of its name */
#define NGX_HTTP_GATE_AUTH_JWT_VALUE   1024   /* bytes of a claim */


static ngx_int_t ngx_http_gate_auth_jwt_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data);
static ngx_int_t ngx_http_gate_auth_jwt_find(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_auth_jwt_token(ngx_http_gate_ctx_t *ctx,
    ngx_array_t *issuers, ngx_str_t *value, gate_str_t *token);
static gate_token_t *ngx_http_gate_auth_jwt_known(ngx_array_t *issuers,
    gate_tokens_t *tokens, gate_str_t token);
static ngx_uint_t ngx_http_gate_auth_jwt_listed(ngx_array_t *issuers,
    const void *issuer);
static ngx_int_t ngx_http_gate_auth_jwt_recall(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_token_t *e);
static ngx_int_t ngx_http_gate_auth_jwt_verify(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_array_t *issuers, gate_str_t token);
static ngx_int_t ngx_http_gate_auth_jwt_spared(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_array_t *issuers, gate_str_t token,
    ngx_int_t rc);
static ngx_int_t ngx_http_gate_auth_jwt_keyless(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_issuer_t *issuer);
static gate_consumer_t *ngx_http_gate_auth_jwt_consumer(ngx_http_request_t *r,
    ngx_http_gate_issuer_t *issuer, const json_t *claims);
static const ngx_http_gate_reason_t *ngx_http_gate_auth_jwt_barred(
    const gate_consumer_t *consumer, const gate_credential_t *k);
static ngx_int_t ngx_http_gate_auth_jwt_other(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_token_t *t, gate_credential_t **k);
static void ngx_http_gate_auth_jwt_subject(gate_token_t *t);
static void ngx_http_gate_auth_jwt_count(ngx_uint_t hit);
static void ngx_http_gate_auth_jwt_challenge(gate_text_t *t, gate_str_t realm,
    const ngx_http_gate_reason_t *reason);


ngx_http_gate_family_t  ngx_http_gate_auth_jwt_cached = {
    "gate_token_cache_total", NGX_HTTP_GATE_COUNTER,
    "Look-ups in the cache of verified tokens.",
    { "result", NULL, NULL, NULL }, "tokens", 0, NULL
};


const ngx_http_gate_reason_t  ngx_http_gate_bad_token = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("bad_token"),
    ngx_string("Invalid token"),
    ngx_string("The token is malformed or its signature is wrong.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_expired_token = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("expired_token"),
    ngx_string("Token expired"),
    ngx_string("The token has expired.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_not_yet_valid = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("not_yet_valid"),
    ngx_string("Token not yet valid"),
    ngx_string("The token is not valid yet.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_wrong_issuer = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("wrong_issuer"),
    ngx_string("Wrong issuer"),
    ngx_string("The token's issuer is not accepted here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_wrong_audience = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("wrong_audience"),
    ngx_string("Wrong audience"),
    ngx_string("The token is meant for another audience.")
};


const ngx_http_gate_reason_t  *ngx_http_gate_auth_jwt_reasons[] = {
    &ngx_http_gate_bad_token,
    &ngx_http_gate_expired_token,
    &ngx_http_gate_not_yet_valid,
    &ngx_http_gate_wrong_issuer,
    &ngx_http_gate_wrong_audience,
    &ngx_http_gate_revoked_token,
    NULL
};


const ngx_http_gate_method_t  ngx_http_gate_auth_jwt_method = {
    ngx_string("jwt"),
    ngx_string("ISSUER"),
    ngx_http_gate_auth_jwt_param,
    ngx_http_gate_auth_jwt_run,
    ngx_http_gate_auth_token_fields,
    ngx_http_gate_auth_jwt_challenge,
    NGX_HTTP_GATE_METHOD_FORWARDS|NGX_HTTP_GATE_METHOD_CLAIMS
                                 |NGX_HTTP_GATE_METHOD_PARKS
};


static ngx_int_t
ngx_http_gate_auth_jwt_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    void *data)
{
    ngx_array_t *issuers = data;

    uint64_t                             seed;
    ngx_int_t                            rc;
    gate_str_t                           token;
    gate_token_t                        *e;
    ngx_http_gate_auth_jwt_loc_conf_t   *jlcf;
    ngx_http_gate_auth_jwt_main_conf_t  *jmcf;

    rc = ngx_http_gate_auth_jwt_bearer(r, ctx, issuers, &token);

    jlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_jwt_module);

    if (jlcf->from) {
        rc = ngx_http_gate_auth_jwt_from(r, ctx, rc, &token);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_auth_jwt_module);

    if (jmcf->tokens == NULL && jmcf->bytes != 0) {

        if (ngx_http_gate_random((u_char *) &seed, sizeof(uint64_t)) != NGX_OK)
        {
            return NGX_ERROR;
        }

        /* in the worker, so that workers do not share pages of the master */
        jmcf->tokens = gate_tokens_create(jmcf->bytes, seed);
    }

    if (jmcf->tokens != NULL) {
        e = ngx_http_gate_auth_jwt_known(issuers, jmcf->tokens, token);

        if (e != NULL) {
            return ngx_http_gate_auth_jwt_recall(r, ctx, e);
        }
    }

    if (ngx_http_gate_auth_key_bears(r, token)) {
        return NGX_DECLINED;
    }

    /* the kid is no name: it is the same in all tokens of a key */

    rc = ngx_http_gate_shield_spares(r, ctx, gate_str(NULL, 0));
    if (rc != NGX_OK) {
        return ngx_http_gate_auth_jwt_spared(r, ctx, issuers, token, rc);
    }

    return ngx_http_gate_auth_jwt_verify(r, ctx, issuers, token);
}


/* no signature is looked at, but keys that nobody has yet are fetched: callers
 * of that address may have none else */

static ngx_int_t
ngx_http_gate_auth_jwt_spared(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_array_t *issuers, gate_str_t token, ngx_int_t rc)
{
    size_t                               n, issuer;
    ngx_uint_t                           fetched;
    const gate_jwt_issuer_t             *jwt[NGX_HTTP_GATE_ISSUERS];
    ngx_http_gate_issuer_t             **ip;

    ip = issuers->elts;
    fetched = 0;

    for (n = 0; n < issuers->nelts && n < NGX_HTTP_GATE_ISSUERS; n++) {
        ngx_http_gate_keyset_see(ip[n]);
        jwt[n] = &ip[n]->jwt;
        fetched |= (ip[n]->set != NULL);
    }

    if (!fetched || !gate_jwt_keyless(jwt, n, token, ngx_time(), &issuer)
        || ngx_http_gate_keyset_ask(r, ctx, ip[issuer]) != NGX_AGAIN)
    {
        return rc;
    }

    return NGX_AGAIN;
}


ngx_int_t
ngx_http_gate_auth_jwt_bearer(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_array_t *issuers, gate_str_t *token)
{
    ngx_int_t  rc;
    ngx_str_t  value;

    rc = ngx_http_gate_auth_jwt_find(r, ctx, &value);

    return (rc == NGX_OK)
           ? ngx_http_gate_auth_jwt_token(ctx, issuers, &value, token) : rc;
}


/* the one Authorization field, also if an earlier location took it */

static ngx_int_t
ngx_http_gate_auth_jwt_find(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_uint_t        i, n;
    ngx_array_t      *taken;
    ngx_table_elt_t  *h, *found;

    static ngx_str_t  name = ngx_string("authorization");

    ngx_str_null(value);

    found = ngx_http_gate_header(r, &name, &n);

    taken = ngx_http_gate_keys_taken(r);

    if (taken != NULL) {
        h = taken->elts;

        for (i = 0; i < taken->nelts; i++) {
            if (h[i].key.len == name.len
                && ngx_memcmp(h[i].lowcase_key, name.data, name.len) == 0)
            {
                if (found != NULL && found->value.data == h[i].value.data) {
                    /* the same one: "gate_key_names off" gave it back */
                    continue;
                }

                found = &h[i];
                n++;
            }
        }
    }

    if (found == NULL) {
        return NGX_DECLINED;
    }

    if (n != 1) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_token,
                     "The request has more than one Authorization field.");
    }

    *value = found->value;

    return NGX_OK;
}


/* another scheme is another method's */

static ngx_int_t
ngx_http_gate_auth_jwt_token(ngx_http_gate_ctx_t *ctx, ngx_array_t *issuers,
    ngx_str_t *value, gate_str_t *token)
{
    if (!gate_bearer_token(ngx_http_gate_view(value), token)
        && (issuers == NULL
            || ngx_http_gate_auth_proof_token(issuers, value, token)
               != NGX_OK))
    {
        return NGX_DECLINED;
    }

    if (token->len == 0 || token->len > GATE_JWT_MAX) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_token,
                                       "The token is missing or too long.");
    }

    return NGX_OK;
}


/*
 * What another location's issuer made of it counts for nothing here.  Of those
 * listed here one at most has the token's iss, so that one entry at most fits.
 */

static gate_token_t *
ngx_http_gate_auth_jwt_known(ngx_array_t *issuers, gate_tokens_t *tokens,
    gate_str_t token)
{
    gate_token_t            *e;
    ngx_http_gate_issuer_t  *issuer;

    e = gate_tokens_next(tokens, token, NULL);

    while (e != NULL && !ngx_http_gate_auth_jwt_listed(issuers, e->issuer)) {
        e = gate_tokens_next(tokens, token, e);
    }

    if (e == NULL) {
        return NULL;
    }

    issuer = (ngx_http_gate_issuer_t *) e->issuer;

    ngx_http_gate_keyset_see(issuer);

    if (e->version != issuer->version) {
        /* its key may be gone: it is verified again, and takes this place */
        return NULL;
    }

    gate_tokens_touch(tokens, e);

    return e;
}


static ngx_uint_t
ngx_http_gate_auth_jwt_listed(ngx_array_t *issuers, const void *issuer)
{
    ngx_uint_t                i;
    ngx_http_gate_issuer_t  **ip;

    ip = issuers->elts;

    for (i = 0; i < issuers->nelts; i++) {
        if (ip[i] == issuer) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_gate_auth_jwt_recall(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_token_t *e)
{
    gate_jwt_rc_e            rc;
    ngx_http_gate_issuer_t  *issuer;

    ngx_http_gate_auth_jwt_count(1);

    issuer = (ngx_http_gate_issuer_t *) e->issuer;

    rc = gate_jwt_check_time(e->exp_s, e->nbf_s, issuer->jwt.leeway_s,
                             ngx_time());

    if (rc != GATE_JWT_OK) {
        return ngx_http_gate_auth_jwt_refuse(ctx, rc, NULL);
    }

    (void) json_incref(e->claims);

    return ngx_http_gate_auth_jwt_set(r, ctx, e);
}


static ngx_int_t
ngx_http_gate_auth_jwt_verify(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_array_t *issuers, gate_str_t token)
{
    size_t                               n;
    ngx_int_t                            wait;
    gate_token_t                         t;
    gate_jwt_rc_e                        rc;
    gate_consumer_t                     *consumer;
    gate_jwt_result_t                    res;
    const gate_jwt_issuer_t             *jwt[NGX_HTTP_GATE_ISSUERS];
    ngx_http_gate_issuer_t             **ip;
    ngx_http_gate_auth_jwt_main_conf_t  *jmcf;

    ip = issuers->elts;

    for (n = 0; n < issuers->nelts && n < NGX_HTTP_GATE_ISSUERS; n++) {
        ngx_http_gate_keyset_see(ip[n]);
        jwt[n] = &ip[n]->jwt;
    }

    ngx_http_gate_auth_jwt_count(0);

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_auth_jwt_module);

    rc = gate_jwt_verify(jwt, n, &jmcf->heads, token, ngx_time(), &res);

    ngx_http_gate_shield_signatures(rc == GATE_JWT_OK,
                                    res.tries - (rc == GATE_JWT_OK));

    if (res.keyless) {
        wait = ngx_http_gate_auth_jwt_keyless(r, ctx, ip[res.issuer]);

        if (wait != NGX_DECLINED) {
            return wait;
        }
    }

    if (res.keyless && res.tries == 0) {
        /* keys are changed, and callers know of it first */
        ngx_http_gate_shield_pardon(r, ctx);
    }

    if (rc != GATE_JWT_OK) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "gate jwt: token refused: %s%s%*s", res.why,
                      res.what.len ? ": " : "", res.what.len, res.what.data);

        return ngx_http_gate_auth_jwt_refuse(ctx, rc, gate_jwt_detail(res.why));
    }

    consumer = ngx_http_gate_auth_jwt_consumer(r, ip[res.issuer], res.claims);

    t.token = token;
    t.issuer = ip[res.issuer];
    t.version = ip[res.issuer]->version;
    t.data = consumer;
    t.claims = res.claims;
    t.text = res.text;
    t.exp_s = res.exp_s;
    t.nbf_s = res.nbf_s;

    ngx_http_gate_auth_jwt_subject(&t);

    if (jmcf->tokens != NULL) {
        (void) gate_tokens_put(jmcf->tokens, &t);
    }

    return ngx_http_gate_auth_jwt_set(r, ctx, &t);
}


/* a key that is not known yet is fetched, for this token and all others; when
 * nobody can say which keys there are, a token is neither good nor bad */

static ngx_int_t
ngx_http_gate_auth_jwt_keyless(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_issuer_t *issuer)
{
    ngx_int_t  rc;

    rc = ngx_http_gate_keyset_ask(r, ctx, issuer);

    return (rc == NGX_BUSY)
           ? ngx_http_gate_refused_why(ctx, &ngx_http_gate_keys_unavailable,
                                       NULL)
           : rc;
}


gate_consumer_t *
ngx_http_gate_auth_jwt_named(ngx_http_request_t *r, gate_token_t *t)
{
    ngx_http_gate_auth_jwt_subject(t);

    return ngx_http_gate_auth_jwt_consumer(r,
                              (ngx_http_gate_issuer_t *) t->issuer, t->claims);
}


/* who it is about, and the number that picks a canary for him */

static void
ngx_http_gate_auth_jwt_subject(gate_token_t *t)
{
    u_char                        *last;
    const ngx_http_gate_issuer_t  *issuer;

    issuer = t->issuer;

    if (!gate_json_string(t->claims, "sub", &t->sub)) {
        t->sub = gate_str(NULL, 0);
    }

    last = gate_text_digits(t->lane, gate_xxh64_pair(issuer->jwt.issuer,
                                                     t->sub, 0));
    t->nlane = last - t->lane;
}


/* of the configuration; NULL: the claim is missing, or nobody is listed under
 * its value */

static gate_consumer_t *
ngx_http_gate_auth_jwt_consumer(ngx_http_request_t *r,
    ngx_http_gate_issuer_t *issuer, const json_t *claims)
{
    size_t            len;
    u_char            text[NGX_HTTP_GATE_AUTH_JWT_VALUE];
    gate_str_t        value;
    gate_model_t     *model;
    const json_t     *claim;
    gate_consumer_t  *c;

    claim = gate_claim_get(&issuer->claim, claims);

    len = gate_jwt_claim_name(claim, text, sizeof(text));
    if (len == 0) {
        return NULL;
    }

    value = gate_str(text, len);
    model = ngx_http_gate_model(r);

    c = gate_model_claim(model, ngx_http_gate_view(&issuer->name), value);

    if (c == NULL && issuer->map) {
        c = gate_model_named(model, value);
    }

    return c;
}


/* one that the configuration does not have: Redis may, it is asked each time */

static ngx_int_t
ngx_http_gate_auth_jwt_other(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_token_t *t, gate_credential_t **k)
{
    u_char                   text[NGX_HTTP_GATE_AUTH_JWT_ISSUER
                                  + NGX_HTTP_GATE_AUTH_JWT_VALUE];
    size_t                   len;
    u_char                  *p;
    ngx_int_t                rc;
    ngx_http_gate_issuer_t  *issuer;

    issuer = (ngx_http_gate_issuer_t *) t->issuer;

    if (!ngx_http_gate_store_redis_stands(r)
        || issuer->name.len >= NGX_HTTP_GATE_AUTH_JWT_ISSUER)
    {
        return NGX_DECLINED;
    }

    p = ngx_cpymem(text, issuer->name.data, issuer->name.len);
    *p++ = '=';

    len = gate_jwt_claim_name(gate_claim_get(&issuer->claim, t->claims), p,
                              NGX_HTTP_GATE_AUTH_JWT_VALUE);
    if (len == 0) {
        return NGX_DECLINED;
    }

    rc = ngx_http_gate_find(r, ctx, GATE_KIND_CLAIM,
                            gate_str(text, p + len - text), k);

    if (rc == NGX_DECLINED && issuer->map) {
        rc = ngx_http_gate_find(r, ctx, GATE_KIND_CONSUMER, gate_str(p, len),
                                k);
    }

    return rc;
}


/*
 * NULL: it is let in.  A claim that was revoked, or whose time is over, is no
 * stranger: what the issuer does with those is not for it.
 */

static const ngx_http_gate_reason_t *
ngx_http_gate_auth_jwt_barred(const gate_consumer_t *consumer,
    const gate_credential_t *k)
{
    if (consumer == NULL) {
        return &ngx_http_gate_unknown_consumer;
    }

    if (consumer->disabled) {
        return &ngx_http_gate_disabled_consumer;
    }

    if (k != NULL && k->not_after_s != 0 && ngx_time() > k->not_after_s) {
        return &ngx_http_gate_expired_credential;
    }

    return NULL;
}


/* takes over a reference to claims; of "t" nothing is kept */

ngx_int_t
ngx_http_gate_auth_jwt_set(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_token_t *t)
{
    ngx_int_t                      rc;
    ngx_str_t                      id;
    gate_consumer_t               *consumer;
    gate_credential_t             *k;
    ngx_http_gate_issuer_t        *issuer;
    const ngx_http_gate_reason_t  *reason;

    issuer = (ngx_http_gate_issuer_t *) t->issuer;
    consumer = t->data;
    id = issuer->name;
    k = NULL;

    if (issuer->revocation) {
        rc = ngx_http_gate_auth_revoked(r, ctx, issuer, t->claims);

        if (rc != NGX_OK) {
            json_decref(t->claims);
            return rc;
        }
    }

    if (consumer == NULL) {
        rc = ngx_http_gate_auth_jwt_other(r, ctx, t, &k);

        if (rc == NGX_OK) {
            consumer = k->consumer;
            id.len = k->id.len;
            id.data = k->id.data;

        } else if (rc == NGX_DECLINED) {
            consumer = issuer->shared;
            k = NULL;

        } else {
            json_decref(t->claims);

            return (rc == NGX_BUSY) ? ngx_http_gate_find_busy(r, ctx) : rc;
        }
    }

    rc = ngx_http_gate_auth_proof(r, ctx, t);
    if (rc != NGX_OK) {
        json_decref(t->claims);
        return rc;
    }

    ngx_http_gate_identity_claims(&ctx->who, t->claims);

    reason = ngx_http_gate_auth_jwt_barred(consumer, k);

    if (reason != NULL) {
        ngx_http_gate_refused_whom(r, ctx, consumer, &id);
        ngx_http_gate_refused_by_claim(r, ctx, gate_claim_get(&issuer->claim,
                                                              t->claims));

        return ngx_http_gate_refused_why(ctx, reason, NULL);
    }

    ngx_http_gate_identity_set(&ctx->who, consumer, &id);
    ctx->who.by = k;
    ctx->who.issuer = issuer;

    ctx->who.sub.len = t->sub.len;
    ctx->who.sub.data = t->sub.data;

    ngx_memcpy(ctx->who.lane, t->lane, sizeof(t->lane));
    ctx->who.nlane = t->nlane;

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_auth_jwt_refuse(ngx_http_gate_ctx_t *ctx, gate_jwt_rc_e rc,
    const char *detail)
{
    const ngx_http_gate_reason_t  *reason;

    switch (rc) {

    case GATE_JWT_EXPIRED:
        reason = &ngx_http_gate_expired_token;
        break;

    case GATE_JWT_NOT_YET:
        reason = &ngx_http_gate_not_yet_valid;
        break;

    case GATE_JWT_ISSUER:
        reason = &ngx_http_gate_wrong_issuer;
        break;

    case GATE_JWT_AUDIENCE:
        reason = &ngx_http_gate_wrong_audience;
        break;

    case GATE_JWT_ERROR:
        return NGX_ERROR;

    default:
        reason = &ngx_http_gate_bad_token;
    }

    return ngx_http_gate_refused_why(ctx, reason, detail);
}


static void
ngx_http_gate_auth_jwt_count(ngx_uint_t hit)
{
    ngx_str_t  value;

    /* of this process, looked up once */
    static ngx_atomic_t  *results[2];

    if (results[hit] == NULL) {
        if (hit) {
            ngx_str_set(&value, "hit");

        } else {
            ngx_str_set(&value, "miss");
        }

        results[hit] = ngx_http_gate_metric(&ngx_http_gate_auth_jwt_cached, 1,
                                            &value);
    }

    (void) ngx_atomic_fetch_add(results[hit], 1);
}


/* RFC 6750 3.1: a code only where a token was presented; 403: for its scopes */

static void
ngx_http_gate_auth_jwt_challenge(gate_text_t *t, gate_str_t realm,
    const ngx_http_gate_reason_t *reason)
{
    const ngx_http_gate_reason_t  **row;

    gate_text_cstr(t, "Bearer realm=");
    gate_text_quoted(t, realm);

    if (reason->status == NGX_HTTP_FORBIDDEN) {
        gate_text_cstr(t, ", error=\"insufficient_scope\"");
        return;
    }

    for (row = ngx_http_gate_auth_jwt_reasons; *row; row++) {
        if (*row == reason) {
            gate_text_cstr(t, ", error=\"invalid_token\"");
        }
    }
}
