
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * anonymous=CONSUMER: who a caller without any listed credential is.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_identity.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_store.h"


static ngx_int_t ngx_http_gate_auth_anonymous_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data);
static char *ngx_http_gate_auth_anonymous_param(ngx_conf_t *cf,
    ngx_http_gate_auth_entry_t *entry, ngx_str_t *value);
static ngx_int_t ngx_http_gate_auth_anonymous_preconfiguration(ngx_conf_t *cf);


static const ngx_http_gate_method_t  ngx_http_gate_auth_anonymous_method = {
    ngx_string("anonymous"),
    ngx_string("CONSUMER"),
    ngx_http_gate_auth_anonymous_param,
    ngx_http_gate_auth_anonymous_run,
    NULL,
    NULL,
    NGX_HTTP_GATE_METHOD_LAST
};


static ngx_http_module_t  ngx_http_gate_auth_anonymous_module_ctx = {
    ngx_http_gate_auth_anonymous_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_anonymous_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_anonymous_module_ctx, /* module context */
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


static ngx_int_t
ngx_http_gate_auth_anonymous_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data)
{
    gate_consumer_t *c = data;

    static ngx_str_t  none = ngx_null_string;

    if (c->disabled) {
        ngx_http_gate_refused_whom(r, ctx, c, &none);
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_disabled_consumer,
                                         NULL);
    }

    ngx_http_gate_identity_set(&ctx->who, c, &none);
    ctx->who.anonymous = 1;

    return NGX_OK;
}


static char *
ngx_http_gate_auth_anonymous_param(ngx_conf_t *cf,
    ngx_http_gate_auth_entry_t *entry, ngx_str_t *value)
{
    gate_consumer_t  *c;

    if (entry->data != NULL) {
        return "has a duplicate \"anonymous\": take one of them out";
    }

    c = ngx_http_gate_store_consumer(cf, value);
    if (c == NULL) {
        return NGX_CONF_ERROR;
    }

    c->stands_in = 1;
    entry->data = c;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_auth_anonymous_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_method(cf, &ngx_http_gate_auth_anonymous_method);
}
