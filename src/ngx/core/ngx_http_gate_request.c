
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The client request: its context, its id, random bytes.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_identity.h"

#include "gate_trace.h"

#include <openssl/rand.h>


/* pointers to what rooms keep, which follow each other in the context */

#define NGX_HTTP_GATE_CTX_FIRST  offsetof(ngx_http_gate_ctx_t, typed)
#define NGX_HTTP_GATE_CTX_ROOMS                                               \
    ((offsetof(ngx_http_gate_ctx_t, requests) - NGX_HTTP_GATE_CTX_FIRST)      \
     / sizeof(void *) + 1)


static ngx_msec_t ngx_http_gate_ctx_before(ngx_http_request_t *r);
static void ngx_http_gate_ctx_cleanup(void *data);


/* where these lead to in the block, 0: nobody has said; the process's */

static size_t  ngx_http_gate_ctx_at[NGX_HTTP_GATE_CTX_ROOMS];
static size_t  ngx_http_gate_ctx_size =
    ngx_align(sizeof(ngx_http_gate_ctx_t), NGX_ALIGNMENT);


/* each time a configuration is read; the sizes are the binary's */

ngx_int_t
ngx_http_gate_ctx_room(ngx_conf_t *cf, size_t pointer, size_t size)
{
    size_t  *at;

    at = &ngx_http_gate_ctx_at[(pointer - NGX_HTTP_GATE_CTX_FIRST)
                               / sizeof(void *)];

    if (*at == 0) {
        *at = ngx_http_gate_ctx_size;
        ngx_http_gate_ctx_size += ngx_align(size, NGX_ALIGNMENT);
    }

    return NGX_OK;
}


/* in postconfiguration: every room has said how much it keeps */

ngx_int_t
ngx_http_gate_ctx_ready(ngx_conf_t *cf)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_GATE_CTX_ROOMS; i++) {
        if (ngx_http_gate_ctx_at[i] == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "room %ui of a request's context has no size",
                               i);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* one ctx lives as long as the client request: internal redirects zero the
 * modules' contexts, the pool's cleanup list stays (realip does the same) */

ngx_http_gate_ctx_t *
ngx_http_gate_get_ctx(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    r = r->main;

    ctx = ngx_http_get_module_ctx(r, ngx_http_gate_module);

    if (ctx != NULL || !(r->internal || r->filter_finalize)) {
        return ctx;
    }

    return ngx_http_gate_recall(r, &ngx_http_gate_module,
                                ngx_http_gate_ctx_cleanup);
}


void *
ngx_http_gate_recall(ngx_http_request_t *r, ngx_module_t *m,
    ngx_pool_cleanup_pt mark)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == mark) {
            r->ctx[m->ctx_index] = cln->data;
            return cln->data;
        }
    }

    return NULL;
}


ngx_http_gate_ctx_t *
ngx_http_gate_ctx(ngx_http_request_t *r)
{
    u_char                *p, **room;
    ngx_uint_t             i;
    ngx_pool_cleanup_t    *cln;
    ngx_http_gate_ctx_t   *ctx;

    ctx = ngx_http_gate_get_ctx(r);
    if (ctx != NULL) {
        return ctx;
    }

    r = r->main;

    cln = ngx_pool_cleanup_add(r->pool, ngx_http_gate_ctx_size);
    if (cln == NULL) {
        return NULL;
    }

    p = cln->data;
    ctx = cln->data;
    ngx_memzero(p, ngx_http_gate_ctx_size);

    room = (u_char **) (p + NGX_HTTP_GATE_CTX_FIRST);

    for (i = 0; i < NGX_HTTP_GATE_CTX_ROOMS; i++) {
        room[i] = p + ngx_http_gate_ctx_at[i];
    }

    cln->handler = ngx_http_gate_ctx_cleanup;
    ngx_http_set_ctx(r, ctx, ngx_http_gate_module);

    ctx->begun = ngx_current_msec;
    ctx->before = ngx_http_gate_ctx_before(r);

    return ctx;
}


/*
 * nginx notes by the wall clock when a request begins.  Its header has been
 * read since, for which there is a time limit: a step of the clock meanwhile
 * counts as no more than that, and a later one not at all.
 */

static ngx_msec_t
ngx_http_gate_ctx_before(ngx_http_request_t *r)
{
    int64_t                    ms;
    ngx_time_t                *tp;
    ngx_http_core_srv_conf_t  *cscf;

    tp = ngx_timeofday();

    ms = (int64_t) (tp->sec - r->start_sec) * 1000
         + (int64_t) tp->msec - (int64_t) r->start_msec;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    if (ms < 0) {
        return 0;
    }

    return ngx_min((ngx_msec_t) ms, cscf->client_header_timeout);
}


static void
ngx_http_gate_ctx_cleanup(void *data)
{
    ngx_http_gate_ctx_t  *ctx = data;

    ngx_http_gate_identity_release(&ctx->who);
}


/*
 * A worker serves ids from a block, as one call of the generator costs as
 * much for 16 bytes as for some hundred.  The block is the process's own: it
 * is empty in the master, which handles no request.
 */

u_char *
ngx_http_gate_random_open(size_t n)
{
    static u_char  block[4096];
    static size_t  left;

    if (n > left) {
        if (n > sizeof(block) || RAND_bytes(block, sizeof(block)) != 1) {
            return NULL;
        }

        left = sizeof(block);
    }

    left -= n;

    return block + left;
}


ngx_int_t
ngx_http_gate_random(u_char *dst, size_t n)
{
    u_char  *p;

    p = ngx_http_gate_random_open(n);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(dst, p, n);
    ngx_explicit_memzero(p, n);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_request_id(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    u_char  *random;

    if (ctx->request_id.len != 0) {
        return NGX_OK;
    }

    random = ngx_http_gate_random_open(16);
    if (random == NULL) {
        return NGX_ERROR;
    }

    ctx->request_id.data = ngx_pnalloc(r->main->pool, GATE_UUID_LEN);
    if (ctx->request_id.data == NULL) {
        return NGX_ERROR;
    }

    gate_uuid_format(random, ctx->request_id.data);
    ctx->request_id.len = GATE_UUID_LEN;

    return NGX_OK;
}
