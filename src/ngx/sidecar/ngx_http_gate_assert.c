
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The signed assertion: a short token that tells a service, or the sidecar in
 * front of it, that a request has passed the gate, and as whom.
 *
 * A signature costs as much as some requests, so that a worker keeps what it
 * has minted and sends it again with requests that say the same, for half of
 * its time: the other half is for the way to the service.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_assert.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vars.h"


#define NGX_HTTP_GATE_ASSERT_MINTED  2048     /* tokens that a worker keeps */
#define NGX_HTTP_GATE_ASSERT_KEY     1536     /* bytes that one is found by */
#define NGX_HTTP_GATE_ASSERT_TEXT    2048     /* of claims, at first */
#define NGX_HTTP_GATE_ASSERT_MOST    (64 * 1024)


static ngx_int_t ngx_http_gate_assert_claims(ngx_http_request_t *r,
    ngx_http_gate_identity_t *who, ngx_http_gate_assert_t *a,
    gate_mint_claims_t *claims);
static gate_str_t ngx_http_gate_assert_name(ngx_http_gate_assert_t *a,
    gate_mint_claims_t *claims, u_char *buf);
static ngx_int_t ngx_http_gate_assert_mint(ngx_http_request_t *r,
    ngx_http_gate_assert_t *a, gate_mint_claims_t *claims, ngx_str_t *line);
static ngx_int_t ngx_http_gate_assert_text(ngx_http_request_t *r,
    gate_mint_claims_t *claims, time_t ttl, gate_str_t *text);
static ngx_int_t ngx_http_gate_assert_begin(
    ngx_http_gate_assert_main_conf_t *amcf);
static void ngx_http_gate_assert_count(ngx_uint_t hit);
static ngx_int_t ngx_http_gate_assert_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


static ngx_http_gate_family_t  ngx_http_gate_assert_sent = {
    "gate_assertions_total", NGX_HTTP_GATE_COUNTER,
    "Signed assertions to services.",
    { "result", NULL, NULL, NULL }, "assertions", NGX_HTTP_GATE_FAMILY_QUIET,
    NULL
};


static ngx_http_variable_t  ngx_http_gate_assert_vars[] = {

    { ngx_string("gate_assertion"), NULL, ngx_http_gate_assert_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_gate_assert_line(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_assert_t *a, ngx_str_t *line)
{
    u_char                             buf[NGX_HTTP_GATE_ASSERT_KEY];
    gate_str_t                         name, value;
    gate_mint_claims_t                 claims;
    ngx_http_gate_identity_t          *who;
    ngx_http_gate_assert_main_conf_t  *amcf;

    ngx_str_null(line);

    who = ngx_http_gate_who(r, ctx);

    if (who->consumer == NULL && !a->always) {
        return NGX_OK;
    }

    amcf = ngx_http_get_module_main_conf(r, ngx_http_gate_assert_module);

    if (amcf->minted == NULL && ngx_http_gate_assert_begin(amcf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_gate_assert_claims(r, who, a, &claims) != NGX_OK) {
        return NGX_ERROR;
    }

    name = ngx_http_gate_assert_name(a, &claims, buf);

    if (name.len != 0
        && gate_minted_get(amcf->minted, name, ngx_time(), &value))
    {
        line->len = value.len;
        line->data = value.data;

        ngx_http_gate_assert_count(1);

        return NGX_OK;
    }

    if (ngx_http_gate_request_id(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    claims.jti = ngx_http_gate_view(&ctx->request_id);

    if (ngx_http_gate_assert_mint(r, a, &claims, line) != NGX_OK) {
        return NGX_ERROR;
    }

    if (name.len != 0) {
        gate_minted_put(amcf->minted, name, ngx_http_gate_view(line),
                        ngx_time() + a->ttl / 2);
    }

    ngx_http_gate_assert_count(0);

    return NGX_OK;
}


/* groups and scopes are those that rights and fields go by */

static ngx_int_t
ngx_http_gate_assert_claims(ngx_http_request_t *r,
    ngx_http_gate_identity_t *who, ngx_http_gate_assert_t *a,
    gate_mint_claims_t *claims)
{
    ngx_str_t             groups, scopes;
    ngx_http_gate_api_t  *api;

    ngx_memzero(claims, sizeof(gate_mint_claims_t));

    api = ngx_http_gate_api(r);

    claims->iss = ngx_http_gate_view(&a->issuer);
    claims->aud = ngx_http_gate_view(a->audience.len ? &a->audience
                                                     : &api->service);
    claims->api = ngx_http_gate_view(&api->name);
    claims->version = ngx_http_gate_view(&api->version);

    if (who->consumer == NULL) {
        return NGX_OK;
    }

    claims->sub = who->consumer->name;
    claims->consumer_id = who->consumer->id;
    claims->credential = ngx_http_gate_view(&who->credential);
    claims->method = ngx_http_gate_view(&who->method);
    claims->anonymous = who->anonymous;

    if (ngx_http_gate_auth_groups(r, who, &groups) != NGX_OK
        || ngx_http_gate_auth_scopes(r, who, &scopes) != NGX_OK)
    {
        return NGX_ERROR;
    }

    claims->groups = ngx_http_gate_view(&groups);
    claims->scope = ngx_http_gate_view(&scopes);

    return NGX_OK;
}


/* all that it says, each with its length; empty: it is minted anew */

static gate_str_t
ngx_http_gate_assert_name(ngx_http_gate_assert_t *a,
    gate_mint_claims_t *claims, u_char *buf)
{
    u_char      *p;
    uint32_t     n;
    ngx_uint_t   i;

    gate_str_t  *part[] = {
        &claims->sub, &claims->consumer_id, &claims->groups, &claims->scope,
        &claims->credential, &claims->method, &claims->api, &claims->version,
        &claims->aud
    };

    if (a->fresh) {
        return gate_str(buf, 0);
    }

    p = ngx_cpymem(buf, &a->number, sizeof(uint32_t));
    *p++ = (u_char) claims->anonymous;

    for (i = 0; i < sizeof(part) / sizeof(part[0]); i++) {

        if (part[i]->len > (size_t) (buf + NGX_HTTP_GATE_ASSERT_KEY - p)
                           - sizeof(uint32_t))
        {
            return gate_str(buf, 0);
        }

        n = (uint32_t) part[i]->len;

        p = ngx_cpymem(p, &n, sizeof(uint32_t));
        p = gate_str_copy(p, *part[i]);
    }

    return gate_str(buf, (size_t) (p - buf));
}


static ngx_int_t
ngx_http_gate_assert_mint(ngx_http_request_t *r, ngx_http_gate_assert_t *a,
    gate_mint_claims_t *claims, ngx_str_t *line)
{
    size_t             n;
    u_char            *p;
    gate_str_t         text;
    gate_mint_key_t  **key;

    key = a->keys->elts;

    if (ngx_http_gate_assert_text(r, claims, a->ttl, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    n = sizeof(CRLF ": ") - 1 + a->header.len;

    p = ngx_pnalloc(r->pool, n + gate_mint_size(key[0], text.len));
    if (p == NULL) {
        return NGX_ERROR;
    }

    line->data = p;
    p = ngx_sprintf(p, CRLF "%V: ", &a->header);

    n = gate_mint(key[0], text, p);

    if (n == 0) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "gate assert: an assertion could not be signed");
        return NGX_ERROR;
    }

    line->len = p + n - line->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_assert_text(ngx_http_request_t *r, gate_mint_claims_t *claims,
    time_t ttl, gate_str_t *text)
{
    size_t        size;
    u_char       *buf;
    gate_text_t   t;

    for (size = NGX_HTTP_GATE_ASSERT_TEXT;
         size <= NGX_HTTP_GATE_ASSERT_MOST;
         size *= 2)
    {
        buf = ngx_palloc(r->pool, size);
        if (buf == NULL) {
            return NGX_ERROR;
        }

        gate_text_init(&t, buf, size);
        gate_mint_claims(&t, claims, ngx_time(), ngx_time() + ttl);

        if (!t.full) {
            *text = gate_str(buf, (size_t) (t.last - buf));
            return NGX_OK;
        }
    }

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "gate assert: an assertion would have more than %d bytes",
                  NGX_HTTP_GATE_ASSERT_MOST);

    return NGX_ERROR;
}


/* in the worker, so that workers do not share pages of the master */

static ngx_int_t
ngx_http_gate_assert_begin(ngx_http_gate_assert_main_conf_t *amcf)
{
    uint64_t  seed;

    if (ngx_http_gate_random((u_char *) &seed, sizeof(uint64_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    amcf->minted = gate_minted_create(NGX_HTTP_GATE_ASSERT_MINTED, seed);

    return amcf->minted ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_gate_assert_count(ngx_uint_t hit)
{
    ngx_str_t  value;

    /* of this process, looked up once */
    static ngx_atomic_t  *results[2];

    if (results[hit] == NULL) {
        if (hit) {
            ngx_str_set(&value, "again");

        } else {
            ngx_str_set(&value, "minted");
        }

        results[hit] = ngx_http_gate_metric(&ngx_http_gate_assert_sent, 1,
                                            &value);
    }

    (void) ngx_atomic_fetch_add(results[hit], 1);
}


/* the token alone, for gRPC and for who writes the field otherwise */

static ngx_int_t
ngx_http_gate_assert_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    size_t                   skip;
    ngx_str_t                line, value;
    ngx_http_gate_ctx_t     *ctx;
    ngx_http_gate_assert_t  *a;

    ctx = ngx_http_gate_get_ctx(r);
    a = ngx_http_gate_assert_at(r->loc_conf);

    ngx_str_null(&value);

    if (ctx == NULL || a == NULL || !ctx->admitted) {
        ngx_http_gate_set_var(v, &value);
        return NGX_OK;
    }

    if (ngx_http_gate_assert_line(r, ctx, a, &line) != NGX_OK) {
        return NGX_ERROR;
    }

    if (line.len != 0) {
        skip = sizeof(CRLF) - 1 + a->header.len + sizeof(": ") - 1;

        value.len = line.len - skip;
        value.data = ngx_pnalloc(r->pool, value.len);

        if (value.data == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(value.data, line.data + skip, value.len);
    }

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_assert_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_add_vars(cf, ngx_http_gate_assert_vars) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_metrics_add(cf, &ngx_http_gate_assert_sent);
}
