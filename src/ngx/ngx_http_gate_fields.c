
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fields towards the sidecar: who called, from where, as which request of
 * which trace, and the number that picks a canary.
 */


#include "ngx_http_gate_service.h"

#include "gate_split.h"
#include "gate_trace.h"


static ngx_int_t ngx_http_gate_fields_api(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_fields_connection(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_fields_forwarded(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_fields_chain(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_variable_value_t *v);
static ngx_int_t ngx_http_gate_fields_id(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_fields_lane(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_fields_traceparent(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_fields_tracestate(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_uint_t ngx_http_gate_fields_parent(ngx_http_request_t *r,
    gate_trace_t *t);
static u_char *ngx_http_gate_fields_last(ngx_str_t *chain, ngx_str_t *addr);
static ngx_uint_t ngx_http_gate_fields_trusted(ngx_http_request_t *r,
    ngx_str_t *peer);
static void ngx_http_gate_fields_set(ngx_http_variable_value_t *v,
    ngx_str_t *value);


ngx_keyval_t  ngx_http_gate_fields[] = {
    { ngx_string("Connection"), ngx_string("$gate_connection") },
    { ngx_string("Upgrade"), ngx_string("$http_upgrade") },
    { ngx_string("X-Request-Id"), ngx_string("$gate_request_id") },
    { ngx_string("traceparent"), ngx_string("$gate_traceparent") },
    { ngx_string("tracestate"), ngx_string("$gate_tracestate") },
    { ngx_string("X-Forwarded-For"), ngx_string("$gate_forwarded_for") },
    { ngx_string("X-Forwarded-Proto"), ngx_string("$scheme") },
    { ngx_string("X-Forwarded-Host"), ngx_string("$http_host") },
    { ngx_string("X-Consumer-ID"), ngx_string("$gate_consumer_id") },
    { ngx_string("X-Consumer-Username"), ngx_string("$gate_consumer") },
    { ngx_string("X-Consumer-Groups"), ngx_string("$gate_groups") },
    { ngx_string("X-Credential-Identifier"),
      ngx_string("$gate_credential_id") },
    { ngx_string("X-Anonymous-Consumer"), ngx_string("$gate_anonymous") },
    { ngx_string("X-Lane-Hash"), ngx_string("$gate_lane_hash") },
    { ngx_null_string, ngx_null_string }
};


static ngx_http_variable_t  ngx_http_gate_fields_vars[] = {

    { ngx_string("gate_api"), NULL, ngx_http_gate_fields_api,
      offsetof(ngx_http_gate_api_t, name), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_api_version"), NULL, ngx_http_gate_fields_api,
      offsetof(ngx_http_gate_api_t, version), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_service"), NULL, ngx_http_gate_fields_api,
      offsetof(ngx_http_gate_api_t, service), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_connection"), NULL, ngx_http_gate_fields_connection, 0,
      0, 0 },

    { ngx_string("gate_forwarded_for"), NULL, ngx_http_gate_fields_forwarded,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_request_id"), NULL, ngx_http_gate_fields_id, 0, 0, 0 },

    { ngx_string("gate_lane_hash"), NULL, ngx_http_gate_fields_lane, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_traceparent"), NULL, ngx_http_gate_fields_traceparent,
      0, 0, 0 },

    { ngx_string("gate_tracestate"), NULL, ngx_http_gate_fields_tracestate, 0,
      0, 0 },

      ngx_http_null_variable
};


static void
ngx_http_gate_fields_set(ngx_http_variable_value_t *v, ngx_str_t *value)
{
    if (value->len == 0) {
        v->not_found = 1;
        return;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = value->len;
    v->data = value->data;
}


static ngx_int_t
ngx_http_gate_fields_api(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_http_gate_fields_set(v, (ngx_str_t *)
                                ((char *) ngx_http_gate_api(r) + data));

    return NGX_OK;
}


/* "upgrade" for WebSocket (RFC 6455 4.2.1), else nothing: keepalive */

static ngx_int_t
ngx_http_gate_fields_connection(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    static ngx_str_t  upgrade = ngx_string("upgrade");

    if (r->headers_in.upgrade == NULL || r->headers_in.upgrade->value.len == 0)
    {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_gate_fields_set(v, &upgrade);

    return NGX_OK;
}


/*
 * X-Forwarded-For: the client's address as realip left it, alone: Envoy takes
 * the last one for the trusted one.  A unix socket has no address to tell.
 */

static ngx_int_t
ngx_http_gate_fields_forwarded(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_gate_ctx_t               *ctx;
    ngx_http_gate_service_loc_conf_t  *slcf;

    if (r->connection->addr_text.len >= 5
        && ngx_strncmp(r->connection->addr_text.data, "unix:", 5) == 0)
    {
        v->not_found = 1;
        return NGX_OK;
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    if (slcf->append) {
        ctx = ngx_http_gate_get_ctx(r);

        if (ctx != NULL && ctx->forwarded.len != 0) {
            return ngx_http_gate_fields_chain(r, ctx, v);
        }
    }

    ngx_http_gate_fields_set(v, &r->connection->addr_text);

    return NGX_OK;
}


/* the trusted part of the chain: from the client's address on, and the peer */

static ngx_int_t
ngx_http_gate_fields_chain(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_variable_value_t *v)
{
    u_char     *p;
    size_t      len;
    ngx_str_t   value, peer, *addr;

    addr = &r->connection->addr_text;

    if (!ngx_http_gate_fields_trusted(r, &peer)) {
        ngx_http_gate_fields_set(v, addr);
        return NGX_OK;
    }

    p = ngx_http_gate_fields_last(&ctx->forwarded, addr);

    if (p == NULL) {
        ngx_http_gate_fields_set(v, addr);
        return NGX_OK;
    }

    len = ctx->forwarded.data + ctx->forwarded.len - p;

    value.data = ngx_pnalloc(r->pool, len + 2 + peer.len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%*s, %V", len, p, &peer) - value.data;

    ngx_http_gate_fields_set(v, &value);

    return NGX_OK;
}


/* where an address stands in a chain for the last time, not as a part of one */

static u_char *
ngx_http_gate_fields_last(ngx_str_t *chain, ngx_str_t *addr)
{
    u_char  *p, *end, *last;

    last = chain->data + chain->len;

    for (end = last; end > chain->data; end = p - 1) {

        for (p = end; p > chain->data; p--) {
            if (p[-1] == ',' || p[-1] == ' ') {
                break;
            }
        }

        if ((size_t) (end - p) == addr->len
            && ngx_strncmp(p, addr->data, addr->len) == 0)
        {
            return p;
        }

        if (p == chain->data) {
            break;
        }
    }

    return NULL;
}


/* did realip take the address from a peer that it trusts? */

static ngx_uint_t
ngx_http_gate_fields_trusted(ngx_http_request_t *r, ngx_str_t *peer)
{
    ngx_str_t                   name;
    ngx_uint_t                  key;
    ngx_http_variable_value_t  *vv;

    ngx_str_set(&name, "realip_remote_addr");
    key = ngx_hash_key(name.data, name.len);

    vv = ngx_http_get_variable(r, &name, key);

    if (vv == NULL || vv->not_found || vv->len == 0) {
        return 0;
    }

    peer->len = vv->len;
    peer->data = vv->data;

    return peer->len != r->connection->addr_text.len
           || ngx_strncmp(peer->data, r->connection->addr_text.data, peer->len)
              != 0;
}


ngx_int_t
ngx_http_gate_fields_request_id(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    u_char  random[16];

    if (ctx->request_id.len != 0) {
        return NGX_OK;
    }

    if (ngx_http_gate_random(random, sizeof(random)) != NGX_OK) {
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


static ngx_int_t
ngx_http_gate_fields_id(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_ctx(r);

    if (ctx == NULL || ngx_http_gate_fields_request_id(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_gate_fields_set(v, &ctx->request_id);

    return NGX_OK;
}


/*
 * x-lane-hash: XXH64 of the caller, in decimal; Envoy takes it modulo the sum
 * of weights, so that a caller stays on a version.
 */

static ngx_int_t
ngx_http_gate_fields_lane(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    uint64_t                           hash;
    ngx_str_t                          value;
    gate_str_t                         who;
    ngx_http_gate_ctx_t               *ctx;
    ngx_http_gate_service_loc_conf_t  *slcf;

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    if (slcf->lane != NULL) {
        if (ngx_http_complex_value(r, slcf->lane, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        hash = gate_xxh64(ngx_http_gate_view(&value), 0);

    } else if (ctx->who.issuer != NULL) {
        hash = gate_xxh64_pair(ctx->who.issuer->jwt.issuer,
                               ngx_http_gate_view(&ctx->who.sub), 0);

    } else {
        if (ctx->who.consumer != NULL && !ctx->who.anonymous) {
            who = ctx->who.consumer->name;

        } else {
            who = ngx_http_gate_view(&r->connection->addr_text);
        }

        hash = gate_xxh64(who, 0);
    }

    value.data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%uL", hash) - value.data;

    ngx_http_gate_fields_set(v, &value);

    return NGX_OK;
}


/* the client's trace goes on with a span of ours, or a trace begins here */

static ngx_int_t
ngx_http_gate_fields_traceparent(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                             dice;
    gate_trace_t                       t;
    ngx_http_gate_ctx_t               *ctx;
    ngx_http_gate_service_loc_conf_t  *slcf;

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (ctx->trace.len != 0) {
        ngx_http_gate_fields_set(v, &ctx->trace);
        return NGX_OK;
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    if (!ngx_http_gate_fields_parent(r, &t)) {

        if (ngx_http_gate_random(t.trace, sizeof(t.trace)) != NGX_OK
            || ngx_http_gate_random(&dice, 1) != NGX_OK)
        {
            return NGX_ERROR;
        }

        /* an all-zero id is not one */
        t.trace[0] |= 1;
        t.flags = (dice * 100 / 256 < (int) slcf->sample);
    }

    if (ngx_http_gate_random(t.span, sizeof(t.span)) != NGX_OK) {
        return NGX_ERROR;
    }

    t.span[0] |= 1;

    ctx->trace.data = ngx_pnalloc(r->main->pool, GATE_TRACEPARENT_LEN);
    if (ctx->trace.data == NULL) {
        return NGX_ERROR;
    }

    gate_trace_format(&t, ctx->trace.data);
    ctx->trace.len = GATE_TRACEPARENT_LEN;

    ngx_http_gate_fields_set(v, &ctx->trace);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fields_tracestate(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_uint_t        n;
    gate_trace_t      t;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("tracestate");

    h = ngx_http_gate_header(r, &name, &n);

    if (h == NULL || n != 1 || !ngx_http_gate_fields_parent(r, &t)) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_gate_fields_set(v, &h->value);

    return NGX_OK;
}


/* is there a parent that may be continued? */

static ngx_uint_t
ngx_http_gate_fields_parent(ngx_http_request_t *r, gate_trace_t *t)
{
    ngx_str_t                          peer;
    ngx_uint_t                         n;
    ngx_table_elt_t                   *h;
    ngx_http_gate_service_loc_conf_t  *slcf;

    static ngx_str_t  name = ngx_string("traceparent");

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    if (slcf->trace == NGX_HTTP_GATE_TRACE_OFF) {
        return 0;
    }

    h = ngx_http_gate_header(r, &name, &n);

    if (h == NULL || n != 1
        || !gate_trace_parse(ngx_http_gate_view(&h->value), t))
    {
        return 0;
    }

    return slcf->trace != NGX_HTTP_GATE_TRACE_TRUSTED
           || ngx_http_gate_fields_trusted(r, &peer);
}


ngx_int_t
ngx_http_gate_fields_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_gate_fields_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}
