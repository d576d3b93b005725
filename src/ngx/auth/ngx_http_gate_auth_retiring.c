
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Credentials that have a successor: until their time is over they are as good
 * as any other one, and it is told who still uses them.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_retiring.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_vars.h"

#include "gate_say.h"
#include "gate_text.h"
#include "gate_xxh.h"


#define NGX_HTTP_GATE_AUTH_RETIRING_ONES   256     /* a power of 2 */
#define NGX_HTTP_GATE_AUTH_RETIRING_AGAIN  3600000 /* ms */


/* of this worker: of which credentials it was said, by a hash of their id */

typedef struct {
    uint64_t                   ids[NGX_HTTP_GATE_AUTH_RETIRING_ONES];
    gate_say_t                 said[NGX_HTTP_GATE_AUTH_RETIRING_ONES];
} ngx_http_gate_auth_retiring_main_conf_t;


static void ngx_http_gate_auth_retiring_say(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_auth_retiring_expires(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_auth_retiring_add(ngx_conf_t *cf);
static void *ngx_http_gate_auth_retiring_create_main_conf(ngx_conf_t *cf);


static ngx_http_variable_t  ngx_http_gate_auth_retiring_vars[] = {

    { ngx_string("gate_credential_expires"), NULL,
      ngx_http_gate_auth_retiring_expires, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_http_gate_family_t  ngx_http_gate_auth_retiring_family = {
    "gate_retiring_credentials_total", NGX_HTTP_GATE_COUNTER,
    "Requests with a credential that has a successor.",
    { "method", NULL, NULL, NULL }, "retiring", 0, NULL
};


static ngx_http_module_t  ngx_http_gate_auth_retiring_module_ctx = {
    ngx_http_gate_auth_retiring_add,       /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_auth_retiring_create_main_conf, /* create main conf */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_retiring_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_retiring_module_ctx, /* module context */
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


void
ngx_http_gate_auth_retiring(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_atomic_t  *count;

    count = ngx_http_gate_metric(&ngx_http_gate_auth_retiring_family, 1,
                                 &ctx->who.method);

    (void) ngx_atomic_fetch_add(count, 1);

    ngx_http_gate_auth_retiring_say(r, ctx);
}


/* once an hour of each, but where two of a hash drive each other out */

static void
ngx_http_gate_auth_retiring_say(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    u_char                                    shown[GATE_TEXT_SHOWN(64)];
    u_char                                    time[sizeof(
                                       "Mon, 28 Sep 1970 06:00:00 GMT")];
    uint64_t                                  id;
    ngx_uint_t                                i;
    gate_text_t                               t;
    const gate_credential_t                  *k;
    ngx_http_gate_auth_retiring_main_conf_t  *rmcf;

    k = ctx->who.by;

    rmcf = ngx_http_get_module_main_conf(r,
                                         ngx_http_gate_auth_retiring_module);

    id = gate_xxh64(k->id, (uint64_t) k->kind);
    i = id & (NGX_HTTP_GATE_AUTH_RETIRING_ONES - 1);

    if (rmcf->ids[i] != id) {
        rmcf->ids[i] = id;
        ngx_memzero(&rmcf->said[i], sizeof(gate_say_t));
    }

    if (!gate_say(&rmcf->said[i], 1, ngx_current_msec,
                  NGX_HTTP_GATE_AUTH_RETIRING_AGAIN))
    {
        return;
    }

    gate_text_init(&t, shown, sizeof(shown));
    gate_text_shown(&t, k->successor, 64);

    *time = '\0';

    if (k->not_after_s != 0) {
        *ngx_http_time(time, (time_t) k->not_after_s) = '\0';
    }

    ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0,
                  "gate auth: consumer \"%*s\" still uses credential \"%V\", "
                  "whose successor is \"%*s\"%s%s",
                  ctx->who.consumer->name.len, ctx->who.consumer->name.data,
                  &ctx->who.credential, (size_t) (t.last - t.start), t.start,
                  *time ? ", until " : "", time);
}


/* of any credential that has an end */

static ngx_int_t
ngx_http_gate_auth_retiring_expires(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                    *p;
    ngx_str_t                  value;
    ngx_http_gate_identity_t  *who;

    ngx_str_null(&value);

    who = ngx_http_gate_auth_ask(r);

    if (who == NULL) {
        return NGX_ERROR;
    }

    if (who->by != NULL && who->by->not_after_s != 0) {
        p = ngx_pnalloc(r->pool, sizeof("Mon, 28 Sep 1970 06:00:00 GMT"));
        if (p == NULL) {
            return NGX_ERROR;
        }

        value.data = p;
        value.len = ngx_http_time(p, (time_t) who->by->not_after_s) - p;
    }

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_auth_retiring_add(ngx_conf_t *cf)
{
    if (ngx_http_gate_add_vars(cf, ngx_http_gate_auth_retiring_vars)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_metrics_add(cf, &ngx_http_gate_auth_retiring_family);
}


static void *
ngx_http_gate_auth_retiring_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool,
                       sizeof(ngx_http_gate_auth_retiring_main_conf_t));
}
