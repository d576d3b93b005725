
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a request spends: all of it or nothing.  Who has taken more than goes
 * at once waits for his turn here.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_spend.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_request.h"


typedef struct {
    ngx_array_t               *kinds;     /* of pointers to rows */
} ngx_http_gate_spend_main_conf_t;


static ngx_int_t ngx_http_gate_spend_commit(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_array_t *kinds);
static ngx_int_t ngx_http_gate_spend_go_on(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_array_t *kinds);
static ngx_array_t *ngx_http_gate_spend_kinds(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_spend_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_spend_create_main_conf(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_spend_module_ctx = {
    ngx_http_gate_spend_preconfiguration,  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_spend_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_spend_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_spend_module_ctx,       /* module context */
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
ngx_http_gate_spend_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                     rc;
    ngx_uint_t                    i;
    ngx_array_t                  *kinds;
    const ngx_http_gate_spend_t **kind;

    kinds = ngx_http_gate_spend_kinds(r);

    if (ngx_http_gate_spend_waits(r, ctx)) {
        return ngx_http_gate_spend_go_on(r, ctx, kinds);
    }

    ctx->spend->taken = 0;
    ctx->spend->until_ns = 0;

    kind = kinds->elts;

    /* the only kind there is asks when it takes */

    for (i = 0; kinds->nelts > 1 && i < kinds->nelts; i++) {
        rc = kind[i]->check(r, ctx);

        if (rc != NGX_OK && rc != NGX_DECLINED) {
            return rc;
        }
    }

    rc = ngx_http_gate_spend_commit(r, ctx, kinds);

    if (rc != NGX_OK || ctx->spend->until_ns == 0) {
        return rc;
    }

    return ngx_http_gate_spend_go_on(r, ctx, kinds);
}


static ngx_int_t
ngx_http_gate_spend_commit(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_array_t *kinds)
{
    ngx_int_t                     rc;
    ngx_uint_t                    i;
    const ngx_http_gate_spend_t **kind;

    kind = kinds->elts;

    for (i = 0; i < kinds->nelts; i++) {
        rc = kind[i]->commit(r, ctx);

        if (rc == NGX_DECLINED) {
            continue;
        }

        if (rc != NGX_OK) {
            ngx_http_gate_spend_undo(r, ctx, 0);
            return rc;
        }

        ctx->spend->taken |= (ngx_uint_t) 1 << i;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_gate_spend_waits(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    return ctx->spend->waits == r->loc_conf;
}


/* a timer of nginx's may be early by as much as its cached time is late */

ngx_int_t
ngx_http_gate_spend_turn(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    int64_t  now_ns;

    now_ns = ngx_http_gate_spend_now();

    if (now_ns < ctx->spend->until_ns) {
        ctx->spend->waits = r->loc_conf;

        return ngx_http_gate_park(r, ctx,
                                  (ctx->spend->until_ns - now_ns + 999999)
                                  / 1000000,
                                  NULL, NULL);
    }

    ctx->spend->waits = NULL;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_spend_go_on(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_array_t *kinds)
{
    ngx_int_t                     rc;
    ngx_uint_t                    i;
    const ngx_http_gate_spend_t **kind;

    rc = ngx_http_gate_spend_turn(r, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    kind = kinds->elts;

    for (i = 0; i < kinds->nelts; i++) {
        if (ctx->spend->taken & (ngx_uint_t) 1 << i) {
            kind[i]->renew(r, ctx);
        }
    }

    return NGX_OK;
}


void
ngx_http_gate_spend_undo(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t left)
{
    ngx_uint_t                    i;
    ngx_array_t                  *kinds;
    const ngx_http_gate_spend_t **kind;

    kinds = ngx_http_gate_spend_kinds(r);
    kind = kinds->elts;

    for (i = kinds->nelts; i-- > 0; /* void */) {
        if (ctx->spend->taken & (ngx_uint_t) 1 << i) {
            kind[i]->undo(r, ctx, left);
        }
    }

    ctx->spend->taken = 0;
}


void
ngx_http_gate_spend_keep(ngx_http_gate_ctx_t *ctx)
{
    ctx->spend->taken = 0;
}


void
ngx_http_gate_spend_wait(ngx_http_gate_ctx_t *ctx, int64_t until_ns)
{
    ctx->spend->until_ns = ngx_max(ctx->spend->until_ns, until_ns);
}


/*
 * The workers of a master have one clock (a time namespace is inherited), and
 * Linux has it never go back, whichever core is asked.  While a machine is
 * suspended it stands, and buckets wait.  nginx's cached time is as old as the
 * turn of the loop, and differs between workers.
 */

int64_t
ngx_http_gate_spend_now(void)
{
    struct timespec  ts;

    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0) {
        return (int64_t) ngx_current_msec * 1000000;
    }

    return (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}


static ngx_array_t *
ngx_http_gate_spend_kinds(ngx_http_request_t *r)
{
    ngx_http_gate_spend_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_gate_spend_module);

    return smcf->kinds;
}


ngx_int_t
ngx_http_gate_spend(ngx_conf_t *cf, const ngx_http_gate_spend_t *spend)
{
    const ngx_http_gate_spend_t      **kind;
    ngx_http_gate_spend_main_conf_t   *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_spend_module);

    kind = ngx_array_push(smcf->kinds);
    if (kind == NULL) {
        return NGX_ERROR;
    }

    *kind = spend;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_spend_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, spend),
                                  sizeof(ngx_http_gate_spend_ctx_t));
}


static void *
ngx_http_gate_spend_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_spend_main_conf_t  *smcf;

    smcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_spend_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    smcf->kinds = ngx_array_create(cf->pool, 2, sizeof(void *));
    if (smcf->kinds == NULL) {
        return NULL;
    }

    return smcf;
}
