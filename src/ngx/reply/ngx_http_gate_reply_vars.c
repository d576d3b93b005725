
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Variables of a refusal: whom it met, and what the caller is told.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vars.h"


enum {
    NGX_HTTP_GATE_V_REFUSED_CONSUMER = 0,
    NGX_HTTP_GATE_V_REFUSED_CREDENTIAL,
    NGX_HTTP_GATE_V_REFUSED_CLAIM,
    NGX_HTTP_GATE_V_DETAIL
};


static ngx_int_t ngx_http_gate_reply_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


/* not cacheable: there is nobody before the decision, and somebody after it */

static ngx_http_variable_t  ngx_http_gate_reply_vars[] = {

    { ngx_string("gate_refused_consumer"), NULL,
      ngx_http_gate_reply_variable, NGX_HTTP_GATE_V_REFUSED_CONSUMER,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_refused_credential_id"), NULL,
      ngx_http_gate_reply_variable, NGX_HTTP_GATE_V_REFUSED_CREDENTIAL,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_refused_claim"), NULL,
      ngx_http_gate_reply_variable, NGX_HTTP_GATE_V_REFUSED_CLAIM,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_detail"), NULL, ngx_http_gate_reply_variable,
      NGX_HTTP_GATE_V_DETAIL, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_int_t
ngx_http_gate_reply_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                value;
    const char              *failure;
    ngx_http_gate_ctx_t     *ctx;
    ngx_http_gate_refused_t  refused;

    v->not_found = 1;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL) {
        return NGX_OK;
    }

    failure = ngx_http_gate_answer_foreseen(r, ctx);

    if (failure != NULL && data == NGX_HTTP_GATE_V_DETAIL) {
        value.len = ngx_strlen(failure);
        value.data = (u_char *) failure;
        ngx_http_gate_set_var(v, &value);
        return NGX_OK;
    }

    if (ctx->reason == NULL) {
        return NGX_OK;
    }

    if (ctx->admitted && data != NGX_HTTP_GATE_V_DETAIL) {
        /* he was let in: it is the sidecar that refused */
        return NGX_OK;
    }

    refused = ngx_http_gate_refused(&ctx->refused->whom, &ctx->who);

    switch (data) {

    case NGX_HTTP_GATE_V_REFUSED_CONSUMER:
        value = refused.name;
        break;

    case NGX_HTTP_GATE_V_REFUSED_CREDENTIAL:
        value = refused.credential;
        break;

    case NGX_HTTP_GATE_V_REFUSED_CLAIM:
        value = refused.claim;
        break;

    default: /* NGX_HTTP_GATE_V_DETAIL */
        value = ctx->detail;
    }

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_reply_add_variables(ngx_conf_t *cf)
{
    return ngx_http_gate_add_vars(cf, ngx_http_gate_reply_vars);
}
