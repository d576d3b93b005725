
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Where Redis is, if it is written as a name: asked when the configuration is
 * loaded, and again before each new try, by the "resolver" of http{} or, as
 * the system's resolver blocks, in a thread.  No answer: the addresses that
 * were known before are tried.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_redis.h"


#define NGX_HTTP_GATE_REDIS_LOOK      20           /* ms, to look at it */
#define NGX_HTTP_GATE_REDIS_PATIENCE  5000


static ngx_int_t ngx_http_gate_redis_ask_resolver(ngx_http_gate_redis_t *rd);
static void ngx_http_gate_redis_resolved(ngx_resolver_ctx_t *ctx);
static ngx_int_t ngx_http_gate_redis_ask_system(ngx_http_gate_redis_t *rd);
static void ngx_http_gate_redis_learn(ngx_http_gate_redis_t *rd,
    struct sockaddr *sockaddr, socklen_t socklen);
static void ngx_http_gate_redis_found(ngx_http_gate_redis_t *rd,
    const char *error);


ngx_int_t
ngx_http_gate_redis_resolve(ngx_http_gate_redis_t *rd)
{
    ngx_int_t  rc;

    if (rd->conf->host.len == 0 || !rd->stale) {
        return NGX_OK;
    }

    rd->looked = ngx_current_msec;

    rc = ngx_http_gate_redis_ask_resolver(rd);

    if (rc == NGX_DECLINED) {
        rc = ngx_http_gate_redis_ask_system(rd);
    }

    if (rc != NGX_ERROR) {
        return rc;
    }

    if (rd->naddrs) {
        return NGX_OK;
    }

    ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0,
                             "its name cannot be asked for");

    return NGX_AGAIN;
}


void
ngx_http_gate_redis_resolve_stop(ngx_http_gate_redis_t *rd)
{
    if (rd->resolving) {
        ngx_resolve_name_done(rd->resolving);
        rd->resolving = NULL;
    }

    if (rd->look.timer_set) {
        ngx_del_timer(&rd->look);
    }
}


void
ngx_http_gate_redis_resolve_end(ngx_http_gate_redis_t *rd)
{
    ngx_http_gate_redis_resolve_stop(rd);

    if (rd->lookup) {
        gate_lookup_end(rd->lookup);
        rd->lookup = NULL;
    }
}


/* NGX_DECLINED: http{} has no "resolver" */

static ngx_int_t
ngx_http_gate_redis_ask_resolver(ngx_http_gate_redis_t *rd)
{
    ngx_resolver_ctx_t        *ctx, temp;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = rd->conf->clcf;

    if (clcf->resolver == NULL) {
        return NGX_DECLINED;
    }

    ngx_memzero(&temp, sizeof(ngx_resolver_ctx_t));

    temp.name = rd->conf->host;

    ctx = ngx_resolve_start(clcf->resolver, &temp);

    if (ctx == NGX_NO_RESOLVER) {
        return NGX_DECLINED;
    }

    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->name = rd->conf->host;
    ctx->handler = ngx_http_gate_redis_resolved;
    ctx->data = rd;
    ctx->cancelable = 1;
    ctx->timeout = (clcf->resolver_timeout == NGX_CONF_UNSET_MSEC)
                   ? NGX_HTTP_GATE_REDIS_PATIENCE : clcf->resolver_timeout;

    rd->resolving = ctx;

    /* the answer may be there before this call returns */

    ngx_http_gate_redis_enter(rd);

    if (ngx_resolve_name(ctx) != NGX_OK) {
        rd->resolving = NULL;
        ngx_http_gate_redis_leave(rd);
        return NGX_ERROR;
    }

    ngx_http_gate_redis_leave(rd);

    return NGX_AGAIN;
}


static void
ngx_http_gate_redis_resolved(ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t              i;
    const char             *error;
    ngx_http_gate_redis_t  *rd;

    rd = ctx->data;
    error = NULL;

    if (ctx->state || ctx->naddrs == 0) {
        error = ngx_resolver_strerror(ctx->state);

    } else {
        rd->naddrs = 0;

        for (i = 0; i < ctx->naddrs; i++) {
            ngx_http_gate_redis_learn(rd, ctx->addrs[i].sockaddr,
                                      ctx->addrs[i].socklen);
        }
    }

    ngx_resolve_name_done(ctx);
    rd->resolving = NULL;

    ngx_http_gate_redis_found(rd, error);
}


/*
 * One thread at a time: what is slower than our patience, as where the first
 * name server is dead, is still at work at the next try, and waited for again.
 */

static ngx_int_t
ngx_http_gate_redis_ask_system(ngx_http_gate_redis_t *rd)
{
    if (rd->lookup == NULL) {
        rd->lookup = gate_lookup_start((char *) rd->conf->host.data);

        if (rd->lookup == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_add_timer(&rd->look, NGX_HTTP_GATE_REDIS_LOOK);

    return NGX_AGAIN;
}


void
ngx_http_gate_redis_look(ngx_event_t *ev)
{
    size_t                     i, n;
    const char                *error;
    ngx_http_gate_redis_t     *rd;
    const gate_lookup_addr_t  *addrs;

    rd = ev->data;

    if (!gate_lookup_done(rd->lookup)) {

        if (ngx_current_msec - rd->looked < NGX_HTTP_GATE_REDIS_PATIENCE) {
            ngx_add_timer(ev, NGX_HTTP_GATE_REDIS_LOOK);
            return;
        }

        ngx_http_gate_redis_found(rd, "the system's resolver does not answer");
        return;
    }

    n = gate_lookup_result(rd->lookup, &addrs, &error);

    if (n) {
        error = NULL;
        rd->naddrs = 0;
    }

    for (i = 0; i < n; i++) {
        ngx_http_gate_redis_learn(rd, (struct sockaddr *) &addrs[i].addr,
                                  addrs[i].len);
    }

    gate_lookup_end(rd->lookup);
    rd->lookup = NULL;

    ngx_http_gate_redis_found(rd, error);
}


static void
ngx_http_gate_redis_learn(ngx_http_gate_redis_t *rd, struct sockaddr *sockaddr,
    socklen_t socklen)
{
    ngx_http_gate_redis_addr_t  *addr;

    if (rd->naddrs == GATE_LOOKUP_ADDRS || socklen > sizeof(ngx_sockaddr_t)) {
        return;
    }

    addr = &rd->addrs[rd->naddrs++];

    ngx_memcpy(&addr->sockaddr, sockaddr, socklen);
    addr->socklen = socklen;

    ngx_inet_set_port(&addr->sockaddr.sockaddr, rd->conf->port);
}


static void
ngx_http_gate_redis_found(ngx_http_gate_redis_t *rd, const char *error)
{
    u_char  buf[256];

    if (rd->gone || ngx_exiting) {
        return;
    }

    if (error == NULL) {
        rd->stale = 0;
        rd->address = 0;
    }

    if (rd->naddrs) {
        ngx_http_gate_redis_dial(rd);
        return;
    }

    ngx_snprintf(buf, sizeof(buf), "its name cannot be resolved: %s%Z", error);
    buf[sizeof(buf) - 1] = '\0';

    ngx_http_gate_redis_lose(rd, NGX_HTTP_GATE_REDIS_AWAY, 0, (char *) buf);
}
