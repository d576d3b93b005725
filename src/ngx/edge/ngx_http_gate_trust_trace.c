
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Traces (W3C Trace Context): a client's goes on, or one begins here.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_trust.h"
#include "ngx_http_gate_request.h"

#include "gate_trace.h"


static ngx_uint_t ngx_http_gate_trust_has_trace(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_trust_parent(ngx_http_request_t *r,
    gate_trace_t *t);
static ngx_int_t ngx_http_gate_trust_states(ngx_http_request_t *r,
    ngx_uint_t *fields, size_t *len);


static ngx_str_t  ngx_http_gate_trust_state = ngx_string("tracestate");


ngx_int_t
ngx_http_gate_trust_traceparent(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value)
{
    u_char                          *p, *span;
    gate_trace_t                     t;
    ngx_http_gate_trust_loc_conf_t  *tlcf;

    if (ctx->trust->trace.len != 0) {
        *value = ctx->trust->trace;
        return NGX_OK;
    }

    if (ngx_http_gate_request_id(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    /* a span and dice */

    span = ngx_http_gate_random_open(8 + 1);
    if (span == NULL) {
        return NGX_ERROR;
    }

    /* an all-zero id is not one */
    span[0] |= 1;

    p = ngx_pnalloc(r->main->pool, GATE_TRACEPARENT_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->trust->begins = !ngx_http_gate_trust_has_trace(r);

    if (ctx->trust->begins || !ngx_http_gate_trust_parent(r, &t)) {
        tlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_trust_module);

        gate_trace_begin(ctx->request_id.data, span,
                         span[8] * 100 / 256 < (int) tlcf->sample, p);

    } else {
        ngx_memcpy(t.span, span, sizeof(t.span));
        gate_trace_format(&t, p);
    }

    ctx->trust->trace.data = p;
    ctx->trust->trace.len = GATE_TRACEPARENT_LEN;

    *value = ctx->trust->trace;

    return NGX_OK;
}


/* without a parent there is nothing to go on with, whatever else there is */

static ngx_uint_t
ngx_http_gate_trust_has_trace(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->main->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == sizeof("traceparent") - 1
                && h[i].lowcase_key[0] == 't')
            {
                return 1;
            }
        }
    }

    return 0;
}


/* several fields are one list in their order (3.3.1.5 of the W3C text) */

ngx_int_t
ngx_http_gate_trust_tracestate(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value)
{
    u_char                  *p;
    size_t                   len;
    ngx_uint_t               fields;
    gate_trace_t             t;
    ngx_table_elt_t         *h;
    ngx_http_gate_cursor_t   cursor;

    if (ctx->trust->begins
        || ngx_http_gate_trust_states(r, &fields, &len) != NGX_OK
        || fields == 0
        || !ngx_http_gate_trust_parent(r, &t))
    {
        return NGX_OK;
    }

    p = NULL;
    cursor.part = NULL;

    for ( ;; ) {
        h = ngx_http_gate_header_next(r, &ngx_http_gate_trust_state, &cursor);

        if (h == NULL) {
            break;
        }

        if (gate_tracestate_members(ngx_http_gate_view(&h->value)) == 0) {
            continue;
        }

        if (fields == 1) {
            *value = h->value;
            return NGX_OK;
        }

        if (p == NULL) {
            p = ngx_pnalloc(r->pool, len);
            if (p == NULL) {
                return NGX_ERROR;
            }

            value->data = p;

        } else {
            *p++ = ',';
        }

        p = ngx_cpymem(p, h->value.data, h->value.len);
    }

    value->len = p - value->data;

    return NGX_OK;
}


/* how many have members, and room for them; NGX_DECLINED: one is malformed,
 * or there are too many members, so that none is sent */

static ngx_int_t
ngx_http_gate_trust_states(ngx_http_request_t *r, ngx_uint_t *fields,
    size_t *len)
{
    int                      n, members;
    ngx_table_elt_t         *h;
    ngx_http_gate_cursor_t   cursor;

    *fields = 0;
    *len = 0;

    members = 0;
    cursor.part = NULL;

    for ( ;; ) {
        h = ngx_http_gate_header_next(r, &ngx_http_gate_trust_state, &cursor);

        if (h == NULL) {
            return NGX_OK;
        }

        n = gate_tracestate_members(ngx_http_gate_view(&h->value));

        if (n < 0 || members + n > GATE_TRACESTATE_MAX) {
            return NGX_DECLINED;
        }

        members += n;

        if (n > 0) {
            (*fields)++;
            *len += h->value.len + sizeof(",") - 1;
        }
    }
}


/* is there a parent that may be continued? */

static ngx_uint_t
ngx_http_gate_trust_parent(ngx_http_request_t *r, gate_trace_t *t)
{
    ngx_str_t                        peer;
    ngx_uint_t                       n;
    ngx_table_elt_t                 *h;
    ngx_http_gate_trust_loc_conf_t  *tlcf;

    static ngx_str_t  name = ngx_string("traceparent");

    tlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_trust_module);

    if (tlcf->trace == NGX_HTTP_GATE_TRACE_OFF) {
        return 0;
    }

    h = ngx_http_gate_header(r, &name, &n);

    if (h == NULL || n != 1
        || !gate_trace_parse(ngx_http_gate_view(&h->value), t))
    {
        return 0;
    }

    if (tlcf->trace != NGX_HTTP_GATE_TRACE_TRUSTED) {
        return 1;
    }

    /* who speaks for nobody else is the client himself, trusted or not */

    return ngx_http_gate_trust_peer(r, &peer)
           && !gate_str_eq(ngx_http_gate_view(&peer),
                           ngx_http_gate_view(&r->connection->addr_text));
}
