
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Where Redis is, if it is written as a name: asked when the configuration is
 * loaded, and again before each new try, by the "resolver" of http{} or, as
 * the system's resolver blocks, in a thread.  No answer: the addresses that
 * were known before are tried.
 */


#include "ngx_http_gate_redis_resolve.h"


#define NGX_HTTP_GATE_REDIS_LOOK      20           /* ms, to look at it */
#define NGX_HTTP_GATE_REDIS_PATIENCE  5000


static ngx_int_t ngx_http_gate_redis_resolve_ask(
    ngx_http_gate_redis_resolve_t *rs);
static void ngx_http_gate_redis_resolve_handler(ngx_resolver_ctx_t *ctx);
static ngx_int_t ngx_http_gate_redis_resolve_ask_system(
    ngx_http_gate_redis_resolve_t *rs);
static void ngx_http_gate_redis_resolve_look(ngx_event_t *ev);
static void ngx_http_gate_redis_resolve_learn(
    ngx_http_gate_redis_resolve_t *rs, struct sockaddr *sockaddr,
    socklen_t socklen);
static void ngx_http_gate_redis_resolve_found(
    ngx_http_gate_redis_resolve_t *rs, const char *error);


void
ngx_http_gate_redis_resolve_init(ngx_http_gate_redis_resolve_t *rs,
    ngx_http_gate_redis_conf_t *conf,
    void (*found)(void *data, const char *error), void *data, ngx_log_t *log)
{
    ngx_uint_t   i;
    ngx_addr_t  *addr;

    rs->conf = conf;
    rs->data = data;
    rs->found = found;
    rs->ident = -1;

    for (i = 0; i < conf->naddrs && i < GATE_LOOKUP_ADDRS; i++) {
        addr = &conf->addrs[i];

        ngx_memcpy(&rs->addrs[i].sockaddr, addr->sockaddr, addr->socklen);
        rs->addrs[i].socklen = addr->socklen;
    }

    rs->naddrs = i;
    rs->next = i ? ngx_random() % i : 0;
    rs->stale = (i == 0);

    rs->look.handler = ngx_http_gate_redis_resolve_look;
    rs->look.data = rs;
    rs->look.log = log;
    rs->look.cancelable = 1;
}


ngx_int_t
ngx_http_gate_redis_resolve_start(ngx_http_gate_redis_resolve_t *rs)
{
    ngx_int_t  rc;

    if (rs->conf->host.len == 0 || !rs->stale) {
        return NGX_OK;
    }

    rs->looked = ngx_current_msec;

    rc = ngx_http_gate_redis_resolve_ask(rs);

    if (rc == NGX_DECLINED) {
        rc = ngx_http_gate_redis_resolve_ask_system(rs);
    }

    if (rc == NGX_ERROR && rs->naddrs) {
        return NGX_OK;
    }

    return rc;
}


ngx_http_gate_redis_addr_t *
ngx_http_gate_redis_resolve_next(ngx_http_gate_redis_resolve_t *rs)
{
    ngx_http_gate_redis_addr_t  *addr;

    addr = &rs->addrs[rs->next];
    rs->next = (rs->next + 1) % rs->naddrs;

    return addr;
}


void
ngx_http_gate_redis_resolve_stop(ngx_http_gate_redis_resolve_t *rs)
{
    if (rs->resolving) {
        ngx_resolve_name_done(rs->resolving);
        rs->resolving = NULL;
    }

    if (rs->look.timer_set) {
        ngx_del_timer(&rs->look);
    }
}


void
ngx_http_gate_redis_resolve_end(ngx_http_gate_redis_resolve_t *rs)
{
    ngx_http_gate_redis_resolve_stop(rs);

    if (rs->lookup) {
        gate_lookup_end(rs->lookup);
        rs->lookup = NULL;
    }
}


/* NGX_DECLINED: http{} has no "resolver" */

static ngx_int_t
ngx_http_gate_redis_resolve_ask(ngx_http_gate_redis_resolve_t *rs)
{
    ngx_resolver_ctx_t        *ctx, temp;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = rs->conf->clcf;

    if (clcf->resolver == NULL) {
        return NGX_DECLINED;
    }

    ngx_memzero(&temp, sizeof(ngx_resolver_ctx_t));

    temp.name = rs->conf->host;

    ctx = ngx_resolve_start(clcf->resolver, &temp);

    if (ctx == NGX_NO_RESOLVER) {
        return NGX_DECLINED;
    }

    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->name = rs->conf->host;
    ctx->handler = ngx_http_gate_redis_resolve_handler;
    ctx->data = rs;
    ctx->cancelable = 1;
    ctx->timeout = (clcf->resolver_timeout == NGX_CONF_UNSET_MSEC)
                   ? NGX_HTTP_GATE_REDIS_PATIENCE : clcf->resolver_timeout;

    rs->resolving = ctx;

    /* the answer may be there before this call returns */

    if (ngx_resolve_name(ctx) != NGX_OK) {
        rs->resolving = NULL;
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


static void
ngx_http_gate_redis_resolve_handler(ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t                      i;
    const char                     *error;
    ngx_http_gate_redis_resolve_t  *rs;

    rs = ctx->data;
    error = NULL;

    if (ctx->state || ctx->naddrs == 0) {
        error = ngx_resolver_strerror(ctx->state);

    } else {
        rs->naddrs = 0;

        for (i = 0; i < ctx->naddrs; i++) {
            ngx_http_gate_redis_resolve_learn(rs, ctx->addrs[i].sockaddr,
                                              ctx->addrs[i].socklen);
        }
    }

    ngx_resolve_name_done(ctx);
    rs->resolving = NULL;

    ngx_http_gate_redis_resolve_found(rs, error);
}


/*
 * One thread at a time: what is slower than our patience, as where the first
 * name server is dead, is still at work at the next try, and waited for again.
 */

static ngx_int_t
ngx_http_gate_redis_resolve_ask_system(ngx_http_gate_redis_resolve_t *rs)
{
    if (rs->lookup == NULL) {
        rs->lookup = gate_lookup_start((char *) rs->conf->host.data);

        if (rs->lookup == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_add_timer(&rs->look, NGX_HTTP_GATE_REDIS_LOOK);

    return NGX_AGAIN;
}


static void
ngx_http_gate_redis_resolve_look(ngx_event_t *ev)
{
    size_t                          i, n;
    const char                     *error;
    const gate_lookup_addr_t       *addrs;
    ngx_http_gate_redis_resolve_t  *rs;

    rs = ev->data;

    if (!gate_lookup_done(rs->lookup)) {

        if (ngx_current_msec - rs->looked < NGX_HTTP_GATE_REDIS_PATIENCE) {
            ngx_add_timer(ev, NGX_HTTP_GATE_REDIS_LOOK);
            return;
        }

        ngx_http_gate_redis_resolve_found(rs, "the system's resolver does not "
                                          "answer");
        return;
    }

    n = gate_lookup_result(rs->lookup, &addrs, &error);

    if (n) {
        error = NULL;
        rs->naddrs = 0;
    }

    for (i = 0; i < n; i++) {
        ngx_http_gate_redis_resolve_learn(rs,
                                          (struct sockaddr *) &addrs[i].addr,
                                          addrs[i].len);
    }

    gate_lookup_end(rs->lookup);
    rs->lookup = NULL;

    ngx_http_gate_redis_resolve_found(rs, error);
}


static void
ngx_http_gate_redis_resolve_learn(ngx_http_gate_redis_resolve_t *rs,
    struct sockaddr *sockaddr, socklen_t socklen)
{
    ngx_http_gate_redis_addr_t  *addr;

    if (rs->naddrs == GATE_LOOKUP_ADDRS || socklen > sizeof(ngx_sockaddr_t)) {
        return;
    }

    addr = &rs->addrs[rs->naddrs++];

    ngx_memcpy(&addr->sockaddr, sockaddr, socklen);
    addr->socklen = socklen;

    ngx_inet_set_port(&addr->sockaddr.sockaddr, rs->conf->port);
}


static void
ngx_http_gate_redis_resolve_found(ngx_http_gate_redis_resolve_t *rs,
    const char *error)
{
    if (error == NULL) {
        rs->stale = 0;
        rs->next = 0;
    }

    rs->found(rs->data, rs->naddrs ? NULL : error);
}
