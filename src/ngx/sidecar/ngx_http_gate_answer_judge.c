
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Who answered: what an upstream sent is looked at before it goes out.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_request.h"

#include "gate_answer.h"
#include "gate_outcome.h"


#define NGX_HTTP_GATE_ANSWER_MARKER  256      /* bytes kept of a value */


static void ngx_http_gate_answer_facts(ngx_http_request_t *r,
    gate_outcome_head_t *h);
static ngx_uint_t ngx_http_gate_answer_cached(ngx_http_request_t *r,
    ngx_http_upstream_t *u);
static ngx_int_t ngx_http_gate_answer_sidecar(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_outcome_head_t *h);
static ngx_http_gate_answer_loc_conf_t *ngx_http_gate_answer_conf(
    ngx_http_request_t *r);
static void ngx_http_gate_answer_fields(ngx_http_request_t *r,
    gate_answer_t *a, ngx_str_t *marker);
static ngx_uint_t ngx_http_gate_answer_terse(ngx_http_upstream_t *u);
static ngx_int_t ngx_http_gate_answer_keep(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_uint_t ngx_http_gate_answer_named(ngx_http_request_t *r,
    ngx_str_t *server);
static ngx_uint_t ngx_http_gate_answer_is(ngx_str_t *name, const char *text,
    size_t len);
static void ngx_http_gate_answer_clean(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


/*
 * The header filter's turn: what is about to go out, whose is it?  Kept for
 * the bill, as later actions (post_action) write over all that it depends on.
 */

ngx_int_t
ngx_http_gate_answer_judge(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    gate_outcome_head_t  h;

    ngx_memzero(&h, sizeof(gate_outcome_head_t));

    h.refused = (ctx->reason != NULL);

    ngx_http_gate_answer_facts(r, &h);

    if (h.status != 0
        && ngx_http_gate_answer_sidecar(r, ctx, &h) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->answer->from = gate_outcome_from(&h);
    ctx->answer->going = h.going;

    ctx->answer->bodiless = r->header_only
                    || r->method == NGX_HTTP_HEAD
                    || r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS
                    || r->headers_out.status == NGX_HTTP_NO_CONTENT
                    || r->headers_out.status == NGX_HTTP_NOT_MODIFIED;

    if (h.going) {
        ngx_http_gate_answer_clean(r, ctx);
    }

    return NGX_OK;
}


static void
ngx_http_gate_answer_facts(ngx_http_request_t *r, gate_outcome_head_t *h)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    h->error = r->err_status;
    h->filtered = r->filter_finalize;
    h->cycle = (r->uri_changes == 0
                && r->err_status == NGX_HTTP_INTERNAL_SERVER_ERROR);

    if (u == NULL) {
        return;
    }

    h->upstream = 1;

    if (!ngx_http_gate_answer_complete(r, u)) {
#if (NGX_HTTP_CACHE)
        h->remembered = (u->cache_status == NGX_HTTP_CACHE_HIT);
#endif
        return;
    }

    h->status = u->headers_in.status_n;

    h->redirected = (u->headers_in.x_accel_redirect != NULL
                     && !(u->conf->ignore_headers
                          & NGX_HTTP_UPSTREAM_IGN_XA_REDIRECT));

    /* one that has been ended before was intercepted, or led elsewhere */

    h->going = (u->cleanup != NULL
                || (!h->redirected && ngx_http_gate_answer_cached(r, u)));
}


/* status_n is set by the status line; this time by the end of the header */

ngx_uint_t
ngx_http_gate_answer_complete(ngx_http_request_t *r, ngx_http_upstream_t *u)
{
    if (u->headers_in.status_n == 0) {
        return 0;
    }

    return ngx_http_gate_answer_cached(r, u)
           || (u->state != NULL && u->state->header_time != (ngx_msec_t) -1);
}


static ngx_uint_t
ngx_http_gate_answer_cached(ngx_http_request_t *r, ngx_http_upstream_t *u)
{
#if (NGX_HTTP_CACHE)

    return r->cached
           && (u->cache_status == NGX_HTTP_CACHE_HIT
               || u->cache_status == NGX_HTTP_CACHE_STALE
               || u->cache_status == NGX_HTTP_CACHE_UPDATING
               || u->cache_status == NGX_HTTP_CACHE_REVALIDATED);

#else

    return 0;

#endif
}


static ngx_int_t
ngx_http_gate_answer_sidecar(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_outcome_head_t *h)
{
    ngx_str_t             marker, flag;
    ngx_uint_t            level;
    ngx_atomic_t         *p;
    gate_answer_t         a;
    ngx_http_upstream_t  *u;

    u = r->upstream;

    ngx_memzero(&a, sizeof(gate_answer_t));
    ngx_str_null(&marker);

    a.status = h->status;
    a.upgrade = (r->headers_in.upgrade != NULL);
    a.terse = ngx_http_gate_answer_terse(u);
    a.named = (u->headers_in.server != NULL
               && ngx_http_gate_answer_named(r,
                                             &u->headers_in.server->value));

    ngx_http_gate_answer_fields(r, &a, &marker);

    if (!gate_answer_is_sidecars(&a)) {
        return NGX_OK;
    }

    h->sidecar = 1;

    if (a.marked && ngx_http_gate_answer_keep(r, ctx, &marker) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->answer->mark.label = a.marked ? ctx->answer->mark.label : "unmarked";

    flag.data = (u_char *) ctx->answer->mark.label;
    flag.len = ngx_strlen(flag.data);

    p = ngx_http_gate_metric(&ngx_http_gate_answer_marks, 1, &flag);
    (void) ngx_atomic_fetch_add(p, 1);

    level = (h->status < NGX_HTTP_BAD_REQUEST) ? NGX_LOG_INFO : NGX_LOG_WARN;

    ngx_log_error(level, r->connection->log, 0,
                  "gate answer: the sidecar itself answered %ui, \"%V\" \"%V\"",
                  h->status, &ctx->answer->mark.details,
                  &ctx->answer->mark.flags);

    return NGX_OK;
}


/* of the location that asked the upstream, which an error page has left */

static ngx_http_gate_answer_loc_conf_t *
ngx_http_gate_answer_conf(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx != NULL && ctx->answer->conf != NULL) {
        return ctx->answer->conf;
    }

    return ngx_http_get_module_loc_conf(r, ngx_http_gate_answer_module);
}


static void
ngx_http_gate_answer_fields(ngx_http_request_t *r, gate_answer_t *a,
    ngx_str_t *marker)
{
    ngx_str_t                        *name;
    ngx_uint_t                        i;
    ngx_list_part_t                  *part;
    ngx_table_elt_t                  *h;
    ngx_http_gate_answer_loc_conf_t  *acf;

    acf = ngx_http_gate_answer_conf(r);
    name = &acf->marker;

    part = &r->upstream->headers_in.headers.part;

    for ( /* void */ ; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_http_gate_answer_is(&h[i].key, (char *) name->data,
                                        name->len))
            {
                a->marked = 1;
                *marker = h[i].value;
            }

            if (ngx_http_gate_answer_is(&h[i].key,
                                        "x-envoy-upstream-service-time", 29))
            {
                a->timed = 1;
            }
        }
    }
}


/* no body, or text/plain, which a body without a type is taken for */

static ngx_uint_t
ngx_http_gate_answer_terse(ngx_http_upstream_t *u)
{
    ngx_str_t  *type;

    if (u->headers_in.content_length_n == 0
        || u->headers_in.content_type == NULL)
    {
        return 1;
    }

    type = &u->headers_in.content_type->value;

    return gate_str_begins_nocase(ngx_http_gate_view(type),
                                  gate_cstr("text/plain"));
}


/* a copy without bytes that a log could not show */

static ngx_int_t
ngx_http_gate_answer_keep(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    u_char                *p;
    size_t                 i, len;
    gate_answer_marker_t   m;

    len = ngx_min(value->len, NGX_HTTP_GATE_ANSWER_MARKER);

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < len; i++) {
        p[i] = (value->data[i] < 0x20 || value->data[i] > 0x7e
                || value->data[i] == '"') ? '?' : value->data[i];
    }

    gate_answer_marker(gate_str(p, len), &m);

    ctx->answer->mark.details.len = m.details.len;
    ctx->answer->mark.details.data = m.details.data;
    ctx->answer->mark.flags.len = m.flags.len;
    ctx->answer->mark.flags.data = m.flags.data;
    ctx->answer->mark.label = m.flag;
    ctx->answer->mark.words = m.words;
    ctx->answer->mark.late = m.late;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_answer_named(ngx_http_request_t *r, ngx_str_t *server)
{
    ngx_str_t                        *name;
    ngx_uint_t                        i;
    ngx_http_gate_answer_loc_conf_t  *acf;

    acf = ngx_http_gate_answer_conf(r);

    name = acf->servers->elts;

    for (i = 0; i < acf->servers->nelts; i++) {
        if (ngx_http_gate_answer_is(server, (char *) name[i].data,
                                    name[i].len))
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_gate_answer_is(ngx_str_t *name, const char *text, size_t len)
{
    return ngx_http_gate_name_is(name, gate_str(text, len));
}


/*
 * What the mesh says of itself is not the client's to read; behind a plain
 * proxy_pass only the marker goes.  Server-sent events go out as they come,
 * which nginx asks for after this filter.
 */

static void
ngx_http_gate_answer_clean(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t                        i;
    ngx_list_part_t                  *part;
    ngx_table_elt_t                  *h;
    ngx_http_gate_answer_loc_conf_t  *acf;

    acf = ngx_http_gate_answer_conf(r);

    part = &r->headers_out.headers.part;

    for ( /* void */ ; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0) {
                continue;
            }

            if (ngx_http_gate_answer_is(&h[i].key, (char *) acf->marker.data,
                                        acf->marker.len)
                || (ctx->passed
                    && gate_str_begins_nocase(ngx_http_gate_view(&h[i].key),
                                              gate_cstr("x-envoy-"))))
            {
                h[i].hash = 0;
                continue;
            }

            if (ctx->passed
                && ngx_http_gate_answer_is(&h[i].key, "server", 6)
                && ngx_http_gate_answer_named(r, &h[i].value))
            {
                h[i].hash = 0;

                if (r->headers_out.server == &h[i]) {
                    r->headers_out.server = NULL;
                }
            }
        }
    }

    if (ctx->passed
        && gate_str_begins_nocase(
               ngx_http_gate_view(&r->headers_out.content_type),
               gate_cstr("text/event-stream")))
    {
        r->upstream->buffering = 0;
    }
}
