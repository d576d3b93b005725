
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * introspect=NAME: a bearer token says nothing by itself, and the server that
 * has issued it is asked (RFC 7662).
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_introspect.h"
#include "ngx_http_gate_auth_jwt.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_shield.h"


static ngx_int_t ngx_http_gate_auth_introspect_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data);
static ngx_int_t ngx_http_gate_auth_introspect_said(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_introspection_t *in,
    ngx_http_gate_introspect_known_t *known);
static void ngx_http_gate_auth_introspect_challenge(gate_text_t *t,
    gate_str_t realm, const ngx_http_gate_reason_t *reason);
static ngx_int_t ngx_http_gate_auth_introspect_in_force(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_auth_introspect_preconfiguration(
    ngx_conf_t *cf);


static const ngx_http_gate_reason_t  ngx_http_gate_introspection_unavailable = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_ERR,
    ngx_string("introspection_unavailable"),
    ngx_string("Introspection unavailable"),
    ngx_string("The server that knows the token has not said what it is.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_introspect_reasons[] = {
    &ngx_http_gate_introspection_unavailable,
    NULL
};


static const ngx_http_gate_method_t  ngx_http_gate_auth_introspect_method = {
    ngx_string("introspect"),
    ngx_string("NAME"),
    ngx_http_gate_auth_introspect_param,
    ngx_http_gate_auth_introspect_run,
    ngx_http_gate_auth_token_fields,
    ngx_http_gate_auth_introspect_challenge,
    NGX_HTTP_GATE_METHOD_FORWARDS|NGX_HTTP_GATE_METHOD_CLAIMS
                                 |NGX_HTTP_GATE_METHOD_PARKS
};


static ngx_command_t  ngx_http_gate_auth_introspect_commands[] = {

    { ngx_string("gate_introspection"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_http_gate_auth_introspect_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_auth_introspect_module_ctx = {
    ngx_http_gate_auth_introspect_preconfiguration, /* preconfiguration */
    ngx_http_gate_auth_introspect_init,    /* postconfiguration */

    ngx_http_gate_auth_introspect_create_main_conf, /* create main conf */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_introspect_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_introspect_module_ctx, /* module context */
    ngx_http_gate_auth_introspect_commands, /* module directives */
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


static ngx_int_t
ngx_http_gate_auth_introspect_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data)
{
    ngx_http_gate_introspection_t *in = data;

    ngx_int_t                          rc;
    gate_str_t                         token;
    ngx_http_gate_introspect_known_t   known;

    rc = ngx_http_gate_auth_jwt_bearer(r, ctx, NULL, &token);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_gate_auth_key_bears(r, token)) {
        return NGX_DECLINED;
    }

    if (!gate_introspect_fits(token)) {
        return ngx_http_gate_auth_jwt_refuse(ctx, GATE_JWT_BAD,
                                             "The token is not of the form "
                                             "that tokens have.");
    }

    if (!ngx_http_gate_auth_introspect_cheap(r, in, token, &known)) {

        rc = ngx_http_gate_shield_spares(r, ctx, gate_str(NULL, 0));
        if (rc != NGX_OK) {
            return rc;
        }

        rc = ngx_http_gate_auth_introspect_ask(r, ctx, in, token, &known);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_http_gate_auth_introspect_said(r, ctx, in, &known);
}


static ngx_int_t
ngx_http_gate_auth_introspect_said(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_introspection_t *in,
    ngx_http_gate_introspect_known_t *known)
{
    switch (known->rc) {

    case GATE_INTROSPECT_OK:
        (void) json_incref(known->token.claims);

        known->token.data = ngx_http_gate_auth_jwt_named(r, &known->token);

        return ngx_http_gate_auth_jwt_set(r, ctx, &known->token);

    case GATE_INTROSPECT_INACTIVE:
        return ngx_http_gate_auth_jwt_refuse(ctx, GATE_JWT_BAD,
                                             "The token is not active.");

    case GATE_INTROSPECT_EXPIRED:
        return ngx_http_gate_auth_jwt_refuse(ctx, GATE_JWT_EXPIRED, NULL);

    case GATE_INTROSPECT_NOT_YET:
        return ngx_http_gate_auth_jwt_refuse(ctx, GATE_JWT_NOT_YET, NULL);

    case GATE_INTROSPECT_ISSUER:
        return ngx_http_gate_auth_jwt_refuse(ctx, GATE_JWT_ISSUER, NULL);

    case GATE_INTROSPECT_AUDIENCE:
        return ngx_http_gate_auth_jwt_refuse(ctx, GATE_JWT_AUDIENCE, NULL);

    default:
        break;
    }

    if (in->unavailable) {
        ngx_http_gate_shield_pardon(r, ctx);
        return ngx_http_gate_auth_jwt_refuse(ctx, GATE_JWT_BAD,
                                             "Nobody says what the token is.");
    }

    ctx->retry_after = 1;

    return ngx_http_gate_refused_why(ctx,
                               &ngx_http_gate_introspection_unavailable, NULL);
}


static void
ngx_http_gate_auth_introspect_challenge(gate_text_t *t, gate_str_t realm,
    const ngx_http_gate_reason_t *reason)
{
    ngx_http_gate_auth_jwt_method.challenge(t, realm, reason);
}


static ngx_int_t
ngx_http_gate_auth_introspect_in_force(ngx_conf_t *cf,
    ngx_http_gate_place_t *place)
{
    ngx_http_gate_auth_conf_t   *acf;
    ngx_http_gate_auth_entry_t  *entry;

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);
    entry = ngx_http_gate_auth_entry(acf,
                                     &ngx_http_gate_auth_introspect_method);

    if (entry == NULL) {
        return NGX_OK;
    }

    if (ngx_http_gate_auth_introspect_in(cf, entry, place) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_hygiene_tokens(cf);
}


static ngx_int_t
ngx_http_gate_auth_introspect_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_introspect_reasons) != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_introspected)
           != NGX_OK
        || ngx_http_gate_method(cf, &ngx_http_gate_auth_introspect_method)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf,
                                     ngx_http_gate_auth_introspect_in_force);
}
