
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Variables of the identity: $gate_consumer and its kin.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vars.h"



static ngx_int_t ngx_http_gate_auth_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_auth_variable_any(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_str_t ngx_http_gate_auth_value(ngx_http_gate_identity_t *who,
    uintptr_t which);


enum {
    NGX_HTTP_GATE_V_CONSUMER = 0,
    NGX_HTTP_GATE_V_CONSUMER_ID,
    NGX_HTTP_GATE_V_CREDENTIAL_ID,
    NGX_HTTP_GATE_V_METHOD,
    NGX_HTTP_GATE_V_GROUPS,
    NGX_HTTP_GATE_V_PLAN,
    NGX_HTTP_GATE_V_SCOPES,
    NGX_HTTP_GATE_V_ANONYMOUS
};


/*
 * Not cacheable: a value read before the location is known (at server level)
 * would otherwise stay "nobody" and open the door of a limit.
 */

static ngx_http_variable_t  ngx_http_gate_auth_vars[] = {

    { ngx_string("gate_consumer"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_CONSUMER, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_consumer_id"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_CONSUMER_ID, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_credential_id"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_CREDENTIAL_ID, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_auth_method"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_METHOD, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_groups"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_GROUPS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_plan"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_PLAN, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_scopes"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_SCOPES, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_anonymous"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_ANONYMOUS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_http_gate_identity_t *
ngx_http_gate_auth_ask(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_uint_t            may_park;
    ngx_http_gate_ctx_t  *ctx;

    static ngx_http_gate_identity_t  nobody;

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NULL;
    }

    if (r == r->main && (ctx->admitted || ctx->reason != NULL)) {
        /* after a decision it is the identity that was decided on */
        return &ctx->who;
    }

    may_park = ctx->may_park;
    ctx->may_park = 0;

    rc = ngx_http_gate_auth_identify(r, ctx);

    ctx->may_park = may_park;

    if (rc == NGX_ERROR) {
        return NULL;
    }

    return (rc == NGX_AGAIN) ? &nobody : ngx_http_gate_who(r, ctx);
}


/* most ask who it is that was let in */

static ngx_int_t
ngx_http_gate_auth_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    gate_str_t            s;
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->admitted || r != r->main
        || ctx->who.consumer == NULL || data > NGX_HTTP_GATE_V_CONSUMER_ID)
    {
        return ngx_http_gate_auth_variable_any(r, v, data);
    }

    s = (data == NGX_HTTP_GATE_V_CONSUMER) ? ctx->who.consumer->name
                                           : ctx->who.consumer->id;

    v->len = s.len;
    v->data = s.data;
    v->valid = (s.len != 0);
    v->no_cacheable = 0;
    v->not_found = (s.len == 0);

    return NGX_OK;
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_auth_variable_any(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                  value;
    ngx_http_gate_identity_t  *who;

    v->not_found = 1;

    who = ngx_http_gate_auth_ask(r);
    if (who == NULL) {
        return NGX_ERROR;
    }

    if (who->consumer == NULL) {
        return NGX_OK;
    }

    if (data == NGX_HTTP_GATE_V_SCOPES) {
        if (ngx_http_gate_auth_scopes(r, who, &value) != NGX_OK) {
            return NGX_ERROR;
        }

    } else if (data == NGX_HTTP_GATE_V_GROUPS) {
        if (ngx_http_gate_auth_groups(r, who, &value) != NGX_OK) {
            return NGX_ERROR;
        }

    } else {
        value = ngx_http_gate_auth_value(who, data);
    }

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


static ngx_str_t
ngx_http_gate_auth_value(ngx_http_gate_identity_t *who, uintptr_t which)
{
    ngx_str_t         value;
    gate_str_t        s;
    gate_consumer_t  *c;

    c = who->consumer;
    s = gate_str(NULL, 0);

    switch (which) {

    case NGX_HTTP_GATE_V_CONSUMER:
        s = c->name;
        break;

    case NGX_HTTP_GATE_V_CONSUMER_ID:
        s = c->id;
        break;

    case NGX_HTTP_GATE_V_PLAN:
        if (c->plan) {
            s = c->plan->name;
        }
        break;

    case NGX_HTTP_GATE_V_CREDENTIAL_ID:
        return who->credential;

    case NGX_HTTP_GATE_V_METHOD:
        return who->method;

    default: /* NGX_HTTP_GATE_V_ANONYMOUS */
        if (who->anonymous) {
            s = gate_str("true", 4);
        }
    }

    value.len = s.len;
    value.data = s.data;

    return value;
}


ngx_int_t
ngx_http_gate_auth_add_variables(ngx_conf_t *cf)
{
    if (ngx_http_gate_refused_preconfiguration(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_add_vars(cf, ngx_http_gate_auth_vars);
}
