
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Bearer tokens (RFC 6750 2.1): verified once, remembered, mapped to a
 * consumer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_store.h"

#include "gate_json.h"
#include "gate_tokens.h"
#include "gate_jwt.h"


#define NGX_HTTP_GATE_AUTH_JWT_CACHE  (8 * 1024 * 1024)       /* by default */
#define NGX_HTTP_GATE_AUTH_JWT_MOST   (1024 * 1024 * 1024)


typedef struct {
    gate_tokens_t             *tokens;    /* of this worker, made on demand */
    size_t                     bytes;     /* of the cache, 0: none */
} ngx_http_gate_auth_jwt_main_conf_t;


static ngx_int_t ngx_http_gate_auth_jwt_find(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_auth_jwt_token(ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value, gate_str_t *token);
static ngx_array_t *ngx_http_gate_auth_jwt_issuers(ngx_http_request_t *r);
static gate_token_t *ngx_http_gate_auth_jwt_known(ngx_http_request_t *r,
    gate_tokens_t *tokens, gate_str_t token);
static ngx_uint_t ngx_http_gate_auth_jwt_listed(ngx_http_request_t *r,
    const void *issuer);
static ngx_int_t ngx_http_gate_auth_jwt_recall(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_token_t *e);
static ngx_int_t ngx_http_gate_auth_jwt_verify(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_str_t token);
static gate_consumer_t *ngx_http_gate_auth_jwt_consumer(ngx_http_request_t *r,
    ngx_http_gate_issuer_t *issuer, const json_t *claims);
static ngx_int_t ngx_http_gate_auth_jwt_set(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_issuer_t *issuer,
    gate_consumer_t *consumer, json_t *claims);
static ngx_int_t ngx_http_gate_auth_jwt_reason(gate_jwt_rc_e rc);
static void ngx_http_gate_auth_jwt_count(ngx_uint_t hit);
static char *ngx_http_gate_auth_jwt_cache(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void ngx_http_gate_auth_jwt_free(void *data);
static void *ngx_http_gate_auth_jwt_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_gate_auth_jwt_init_main_conf(ngx_conf_t *cf,
    void *conf);


static ngx_command_t  ngx_http_gate_auth_jwt_commands[] = {

    { ngx_string("gate_token_cache"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_auth_jwt_cache,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_auth_jwt_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_auth_jwt_create_main_conf,  /* create main configuration */
    ngx_http_gate_auth_jwt_init_main_conf, /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_jwt_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_jwt_module_ctx,    /* module context */
    ngx_http_gate_auth_jwt_commands,       /* module directives */
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
ngx_http_gate_auth_jwt_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    uint64_t                             seed;
    ngx_int_t                            rc;
    ngx_str_t                            value;
    gate_str_t                           token;
    gate_token_t                        *e;
    ngx_http_gate_auth_jwt_main_conf_t  *jmcf;

    rc = ngx_http_gate_auth_jwt_find(r, ctx, &value);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_gate_auth_jwt_token(ctx, &value, &token);
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
        e = ngx_http_gate_auth_jwt_known(r, jmcf->tokens, token);

        if (e != NULL) {
            return ngx_http_gate_auth_jwt_recall(r, ctx, e);
        }
    }

    return ngx_http_gate_auth_jwt_verify(r, ctx, token);
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

    found = ngx_http_gate_header(r, &name, &n);

    taken = ngx_http_gate_keys_taken(r, ctx);

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
        ctx->refused->whom.detail = "The request has more than one "
                                    "Authorization field.";
        return NGX_HTTP_GATE_BAD_TOKEN;
    }

    *value = found->value;

    return NGX_OK;
}


/* "Bearer" SP token; another scheme is another method's */

static ngx_int_t
ngx_http_gate_auth_jwt_token(ngx_http_gate_ctx_t *ctx, ngx_str_t *value,
    gate_str_t *token)
{
    u_char  *p, *last;

    p = value->data;
    last = p + value->len;

    if (value->len != 0
        && (value->len < 6 || ngx_strncasecmp(p, (u_char *) "bearer", 6) != 0
            || (value->len > 6 && p[6] != ' ')))
    {
        return NGX_DECLINED;
    }

    p += (value->len != 0) ? 6 : 0;

    while (p < last && *p == ' ') {
        p++;
    }

    token->data = p;
    token->len = last - p;

    if (token->len == 0 || token->len > GATE_JWT_MAX) {
        ctx->refused->whom.detail = "The token is missing or too long.";
        return NGX_HTTP_GATE_BAD_TOKEN;
    }

    return NGX_OK;
}


static ngx_array_t *
ngx_http_gate_auth_jwt_issuers(ngx_http_request_t *r)
{
    ngx_uint_t                  i;
    ngx_http_gate_method_t     *m;
    ngx_http_gate_auth_conf_t  *acf;

    acf = ngx_http_gate_auth_conf(r);
    m = acf->methods->elts;

    for (i = 0; m[i].issuers->nelts == 0; i++) { /* void */ }

    return m[i].issuers;
}


/*
 * What another location's issuer made of it counts for nothing here.  Of those
 * listed here one at most has the token's iss, so that one entry at most fits.
 */

static gate_token_t *
ngx_http_gate_auth_jwt_known(ngx_http_request_t *r, gate_tokens_t *tokens,
    gate_str_t token)
{
    gate_token_t  *e;

    e = gate_tokens_next(tokens, token, NULL);

    while (e != NULL && !ngx_http_gate_auth_jwt_listed(r, e->issuer)) {
        e = gate_tokens_next(tokens, token, e);
    }

    if (e != NULL) {
        gate_tokens_touch(tokens, e);
    }

    return e;
}


static ngx_uint_t
ngx_http_gate_auth_jwt_listed(ngx_http_request_t *r, const void *issuer)
{
    ngx_uint_t                i;
    ngx_array_t              *issuers;
    ngx_http_gate_issuer_t  **ip;

    issuers = ngx_http_gate_auth_jwt_issuers(r);
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
        return ngx_http_gate_auth_jwt_reason(rc);
    }

    return ngx_http_gate_auth_jwt_set(r, ctx, issuer, e->data,
                                      json_incref(e->claims));
}


static ngx_int_t
ngx_http_gate_auth_jwt_verify(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_str_t token)
{
    size_t                               n;
    ngx_array_t                         *issuers;
    gate_token_t                         t;
    gate_jwt_rc_e                        rc;
    gate_consumer_t                     *consumer;
    gate_jwt_result_t                    res;
    const gate_jwt_issuer_t             *jwt[NGX_HTTP_GATE_ISSUERS];
    ngx_http_gate_issuer_t             **ip;
    ngx_http_gate_auth_jwt_main_conf_t  *jmcf;

    issuers = ngx_http_gate_auth_jwt_issuers(r);
    ip = issuers->elts;

    for (n = 0; n < issuers->nelts && n < NGX_HTTP_GATE_ISSUERS; n++) {
        jwt[n] = &ip[n]->jwt;
    }

    ngx_http_gate_auth_jwt_count(0);

    rc = gate_jwt_verify(jwt, n, token, ngx_time(), &res);

    if (rc != GATE_JWT_OK) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "gate jwt: token refused: %s", res.why);

        ctx->refused->whom.detail = gate_jwt_detail(res.why);

        return ngx_http_gate_auth_jwt_reason(rc);
    }

    consumer = ngx_http_gate_auth_jwt_consumer(r, ip[res.issuer], res.claims);

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_auth_jwt_module);

    if (jmcf->tokens != NULL) {
        t.token = token;
        t.issuer = ip[res.issuer];
        t.data = consumer;
        t.claims = res.claims;
        t.text = res.text;
        t.exp_s = res.exp_s;
        t.nbf_s = res.nbf_s;

        (void) gate_tokens_put(jmcf->tokens, &t);
    }

    return ngx_http_gate_auth_jwt_set(r, ctx, ip[res.issuer], consumer,
                                      res.claims);
}


/* NULL: the claim is missing, or nobody is listed under its value */

static gate_consumer_t *
ngx_http_gate_auth_jwt_consumer(ngx_http_request_t *r,
    ngx_http_gate_issuer_t *issuer, const json_t *claims)
{
    size_t            len;
    u_char            text[1024];
    gate_str_t        value;
    gate_model_t     *model;
    const json_t     *claim;
    gate_consumer_t  *c;

    claim = gate_jwt_claim(claims, ngx_http_gate_view(&issuer->claim));

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

    return c ? c : issuer->shared;
}


/* takes over the reference to claims */

static ngx_int_t
ngx_http_gate_auth_jwt_set(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_issuer_t *issuer, gate_consumer_t *consumer, json_t *claims)
{
    gate_str_t  sub;

    json_decref((json_t *) ctx->who.claims);
    ctx->who.claims = claims;

    if (consumer == NULL || consumer->disabled) {
        ngx_http_gate_refused_whom(ctx, consumer, &issuer->name);
        ngx_http_gate_refused_by_claim(r, ctx, gate_jwt_claim(claims,
                                       ngx_http_gate_view(&issuer->claim)));

        return (consumer == NULL) ? NGX_HTTP_GATE_UNKNOWN_CONSUMER
                                  : NGX_HTTP_GATE_DISABLED_CONSUMER;
    }

    ctx->who.consumer = consumer;
    ctx->who.issuer = issuer;
    ctx->who.credential = issuer->name;
    ngx_str_set(&ctx->who.method, "jwt");

    if (gate_json_string(claims, "sub", &sub)) {
        ctx->who.sub.len = sub.len;
        ctx->who.sub.data = sub.data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_auth_jwt_reason(gate_jwt_rc_e rc)
{
    switch (rc) {

    case GATE_JWT_EXPIRED:
        return NGX_HTTP_GATE_EXPIRED_TOKEN;

    case GATE_JWT_NOT_YET:
        return NGX_HTTP_GATE_NOT_YET_VALID;

    case GATE_JWT_ISSUER:
        return NGX_HTTP_GATE_WRONG_ISSUER;

    case GATE_JWT_AUDIENCE:
        return NGX_HTTP_GATE_WRONG_AUDIENCE;

    case GATE_JWT_ERROR:
        return NGX_ERROR;

    default:
        return NGX_HTTP_GATE_BAD_TOKEN;
    }
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

        results[hit] = ngx_http_gate_metric(NGX_HTTP_GATE_M_TOKENS, 1, &value);
    }

    (void) ngx_atomic_fetch_add(results[hit], 1);
}


/* gate_token_cache SIZE | off; */

static char *
ngx_http_gate_auth_jwt_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_auth_jwt_main_conf_t *jmcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    if (jmcf->bytes != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0
        || ngx_strcmp(value[1].data, "0") == 0)
    {
        jmcf->bytes = 0;
        return NGX_CONF_OK;
    }

    size = ngx_parse_size(&value[1]);

    /* a bare number looks like a number of tokens: which is not what it is */

    if (size < GATE_TOKENS_MIN || size > NGX_HTTP_GATE_AUTH_JWT_MOST
        || ngx_atoi(value[1].data, value[1].len) != NGX_ERROR)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid size \"%V\" of \"gate_token_cache\", it is "
                           "memory of each worker, with its unit, of 64k to "
                           "1024m, such as \"8m\", or \"off\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    jmcf->bytes = size;

    return NGX_CONF_OK;
}


static void
ngx_http_gate_auth_jwt_free(void *data)
{
    ngx_http_gate_auth_jwt_main_conf_t *jmcf = data;

    if (jmcf->tokens != NULL) {
        gate_tokens_destroy(jmcf->tokens);
    }
}


static void *
ngx_http_gate_auth_jwt_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t                  *cln;
    ngx_http_gate_auth_jwt_main_conf_t  *jmcf;

    jmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_auth_jwt_main_conf_t));
    if (jmcf == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_gate_auth_jwt_free;
    cln->data = jmcf;

    jmcf->bytes = NGX_CONF_UNSET_SIZE;

    return jmcf;
}


static char *
ngx_http_gate_auth_jwt_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_gate_auth_jwt_main_conf_t *jmcf = conf;

    ngx_conf_init_size_value(jmcf->bytes, NGX_HTTP_GATE_AUTH_JWT_CACHE);

    return NGX_CONF_OK;
}
