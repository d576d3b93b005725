
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What limits said of a request, as variables.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vars.h"


static ngx_int_t ngx_http_gate_limit_status_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_limit_name_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_limit_remaining_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


static ngx_http_variable_t  ngx_http_gate_limit_vars[] = {

    { ngx_string("gate_limit_status"), NULL,
      ngx_http_gate_limit_status_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_limit_name"), NULL,
      ngx_http_gate_limit_name_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_limit_remaining"), NULL,
      ngx_http_gate_limit_remaining_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_gate_limit_add_vars(ngx_conf_t *cf)
{
    return ngx_http_gate_add_vars(cf, ngx_http_gate_limit_vars);
}


static ngx_int_t
ngx_http_gate_limit_status_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->limit->status.len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_gate_set_var(v, &ctx->limit->status);

    return NGX_OK;
}


/* of the first limit that refused, else of the one nearest to its end */

static ngx_int_t
ngx_http_gate_limit_name_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_uint_t                    i;
    ngx_http_gate_ctx_t          *ctx;
    ngx_http_gate_limit_state_t  *s;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->limit->n == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    s = &ctx->limit->states[0];

    for (i = 0; i < ctx->limit->n && !s->refused; i++) {
        if (ctx->limit->states[i].refused
            || ctx->limit->states[i].remaining < s->remaining)
        {
            s = &ctx->limit->states[i];
        }
    }

    ngx_http_gate_set_var(v, &s->name);

    return NGX_OK;
}


/* of the limit that is nearest to its end */

static ngx_int_t
ngx_http_gate_limit_remaining_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    uint64_t              n;
    ngx_str_t             value;
    ngx_uint_t            i;
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->limit->n == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    n = ctx->limit->states[0].remaining;

    for (i = 1; i < ctx->limit->n; i++) {
        n = ngx_min(n, ctx->limit->states[i].remaining);
    }

    value.data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%uL", n) - value.data;

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}
