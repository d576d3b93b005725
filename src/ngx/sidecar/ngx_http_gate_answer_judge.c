
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
#include "gate_grpc.h"
#include "gate_outcome.h"


#define NGX_HTTP_GATE_ANSWER_MARKER  256      /* bytes kept of a value */


static void ngx_http_gate_answer_facts(ngx_http_request_t *r,
    gate_outcome_head_t *h);
static ngx_uint_t ngx_http_gate_answer_cached(ngx_http_request_t *r,
    ngx_http_upstream_t *u);
static ngx_int_t ngx_http_gate_answer_sidecar(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_answer_loc_conf_t *acf,
    gate_outcome_head_t *h);
static void ngx_http_gate_answer_tell(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t level, ngx_uint_t status);
static ngx_http_gate_answer_loc_conf_t *ngx_http_gate_answer_conf(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static void ngx_http_gate_answer_fields(ngx_http_upstream_t *u,
    ngx_http_gate_answer_loc_conf_t *acf, gate_answer_t *a,
    ngx_str_t *marker);
static ngx_uint_t ngx_http_gate_answer_calls(ngx_http_request_t *r,
    ngx_http_upstream_t *u);
static NGX_HTTP_GATE_APART void ngx_http_gate_answer_grpc(
    ngx_http_upstream_t *u, ngx_http_gate_answer_ctx_t *answer);
static ngx_uint_t ngx_http_gate_answer_terse(ngx_http_upstream_t *u);
static ngx_int_t ngx_http_gate_answer_keep(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_uint_t ngx_http_gate_answer_named(
    ngx_http_gate_answer_loc_conf_t *acf, ngx_str_t *server);
static ngx_uint_t ngx_http_gate_answer_is(ngx_str_t *name, ngx_str_t *text);
static void ngx_http_gate_answer_clean(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_answer_loc_conf_t *acf);
static ngx_uint_t ngx_http_gate_answer_tells(ngx_table_elt_t *h,
    ngx_http_gate_answer_loc_conf_t *acf, ngx_uint_t passed);
static ngx_uint_t ngx_http_gate_answer_print(ngx_str_t *name);


/*
 * The header filter's turn: what is about to go out, whose is it?  Kept for
 * the bill, as later actions (post_action) write over all that it depends on.
 */

ngx_int_t
ngx_http_gate_answer_judge(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    gate_outcome_head_t               h;
    ngx_http_gate_answer_loc_conf_t  *acf;

    ngx_memzero(&h, sizeof(gate_outcome_head_t));

    h.refused = (ctx->reason != NULL);

    ngx_http_gate_answer_facts(r, &h);

    acf = ngx_http_gate_answer_conf(r, ctx);

    if (h.status != 0
        && ngx_http_gate_answer_sidecar(r, ctx, acf, &h) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->answer->from = gate_outcome_from(&h);
    ctx->answer->going = h.going;

    if (ctx->answer->repeated && ctx->answer->from == GATE_FROM_NGINX) {
        /* once more what the service gave, clean as it was then */
        ctx->answer->from = GATE_FROM_SERVICE;
        ctx->answer->going = 1;
    }

    ctx->answer->bodiless = r->header_only
                    || r->method == NGX_HTTP_HEAD
                    || r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS
                    || r->headers_out.status == NGX_HTTP_NO_CONTENT
                    || r->headers_out.status == NGX_HTTP_NOT_MODIFIED;

    if (h.going) {
        ngx_http_gate_answer_clean(r, ctx, acf);
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
    ngx_http_gate_answer_loc_conf_t *acf, gate_outcome_head_t *h)
{
    ngx_str_t             marker;
    gate_answer_t         a;
    ngx_http_upstream_t  *u;

    u = r->upstream;

    ngx_memzero(&a, sizeof(gate_answer_t));
    ngx_str_null(&marker);

    a.status = h->status;
    a.upgrade = (r->headers_in.upgrade != NULL);

    ngx_http_gate_answer_fields(u, acf, &a, &marker);

    if ((a.marked || !a.timed) && ngx_http_gate_answer_calls(r, u)) {
        ngx_http_gate_answer_grpc(u, ctx->answer);
        a.failed = (ctx->answer->grpc != 0);
    }

    if (a.status >= NGX_HTTP_BAD_REQUEST || a.failed) {
        /* of a good answer nobody asks */
        a.terse = (a.failed || ngx_http_gate_answer_terse(u));
        a.named = (u->headers_in.server != NULL
                   && ngx_http_gate_answer_named(acf,
                                              &u->headers_in.server->value));
    }

    if (!gate_answer_is_sidecars(&a)) {
        return NGX_OK;
    }

    h->sidecar = 1;

#if (NGX_HTTP_CACHE)
    if (a.failed) {
        /* it looks as good as what is to be kept */
        u->cacheable = 0;
    }
#endif

    if (a.marked && ngx_http_gate_answer_keep(r, ctx, &marker) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!a.marked) {
        ctx->answer->mark.label = "unmarked";
    }

    ngx_http_gate_answer_tell(r, ctx, (h->status < NGX_HTTP_BAD_REQUEST
                                       && !a.failed) ? NGX_LOG_INFO
                                                     : NGX_LOG_WARN,
                              h->status);

    return NGX_OK;
}


/* counted by why, and in the log */

static void
ngx_http_gate_answer_tell(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t level, ngx_uint_t status)
{
    ngx_str_t      flag;
    ngx_atomic_t  *p;

    flag.data = (u_char *) ctx->answer->mark.label;
    flag.len = ngx_strlen(flag.data);

    p = ngx_http_gate_metric(&ngx_http_gate_answer_marks, 1, &flag);
    (void) ngx_atomic_fetch_add(p, 1);

    ngx_log_error(level, r->connection->log, 0,
                  "gate answer: the sidecar itself answered %ui, \"%V\" \"%V\"",
                  status, &ctx->answer->mark.details,
                  &ctx->answer->mark.flags);
}


/* of the location that asked the upstream, which an error page has left */

static ngx_http_gate_answer_loc_conf_t *
ngx_http_gate_answer_conf(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (ctx->answer->conf != NULL) {
        return ctx->answer->conf;
    }

    return ngx_http_get_module_loc_conf(r, ngx_http_gate_answer_module);
}


static void
ngx_http_gate_answer_fields(ngx_http_upstream_t *u,
    ngx_http_gate_answer_loc_conf_t *acf, gate_answer_t *a, ngx_str_t *marker)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static ngx_str_t  time = ngx_string("x-envoy-upstream-service-time");

    for (part = &u->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len == acf->marker.len
                && ngx_http_gate_answer_is(&h[i].key, &acf->marker))
            {
                a->marked = 1;
                *marker = h[i].value;
            }

            if (h[i].key.len == time.len
                && ngx_http_gate_answer_is(&h[i].key, &time))
            {
                a->timed = 1;
            }
        }
    }
}


/*
 * A sidecar looks at the type of the request only, whatever its way: Envoy has
 * the errors of gRPC for GET over HTTP/1, too, and translates those of
 * gRPC-Web.
 */

static ngx_uint_t
ngx_http_gate_answer_calls(ngx_http_request_t *r, ngx_http_upstream_t *u)
{
    gate_str_t        grpc = gate_cstr("application/grpc");
    ngx_table_elt_t  *asked, *type;

    asked = r->headers_in.content_type;
    type = u->headers_in.content_type;

    return (u->schema.len != 0 && u->schema.data[0] == 'g')
           || (asked != NULL
               && gate_str_begins_nocase(ngx_http_gate_view(&asked->value),
                                         grpc))
           || (type != NULL
               && gate_str_begins_nocase(ngx_http_gate_view(&type->value),
                                         grpc));
}


/* an error over gRPC is a 200; what has its status in the head is all of it */

static NGX_HTTP_GATE_APART void
ngx_http_gate_answer_grpc(ngx_http_upstream_t *u,
    ngx_http_gate_answer_ctx_t *answer)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static ngx_str_t  code = ngx_string("grpc-status");
    static ngx_str_t  message = ngx_string("grpc-message");
    static ngx_str_t  late = ngx_string("upstream request timeout");

    answer->grpc = 0;

    for (part = &u->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_http_gate_answer_is(&h[i].key, &code)) {
                answer->grpc = gate_grpc_read(
                                            ngx_http_gate_view(&h[i].value));
            }

            /* Envoy has the code of an unreachable service for a late one */

            if (ngx_http_gate_answer_is(&h[i].key, &message)
                && ngx_http_gate_answer_is(&h[i].value, &late))
            {
                answer->mark.late = 1;
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
    ctx->answer->mark.late |= (m.late != 0);

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_answer_named(ngx_http_gate_answer_loc_conf_t *acf,
    ngx_str_t *server)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = acf->servers->elts;

    for (i = 0; i < acf->servers->nelts; i++) {
        if (ngx_http_gate_answer_is(server, &name[i])) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_gate_answer_is(ngx_str_t *name, ngx_str_t *text)
{
    return ngx_http_gate_name_is(name, ngx_http_gate_view(text));
}


/*
 * What the mesh says of itself is not the client's to read; behind a plain
 * proxy_pass only the marker goes.  Server-sent events go out as they come,
 * which nginx asks for after this filter.
 */

static void
ngx_http_gate_answer_clean(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_answer_loc_conf_t *acf)
{
    ngx_str_t         type;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0
                || !ngx_http_gate_answer_tells(&h[i], acf, ctx->passed))
            {
                continue;
            }

            h[i].hash = 0;

            if (r->headers_out.server == &h[i]) {
                r->headers_out.server = NULL;
            }
        }
    }

    type = r->headers_out.content_type;

    if (ctx->passed && type.len >= sizeof("text/event-stream") - 1
        && gate_str_begins_nocase(ngx_http_gate_view(&type),
                                  gate_cstr("text/event-stream")))
    {
        r->upstream->buffering = 0;
    }
}


ngx_uint_t
ngx_http_gate_answer_of_mesh(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_table_elt_t *h)
{
    return ngx_http_gate_answer_tells(h, ngx_http_gate_answer_conf(r, ctx),
                                      ctx->passed);
}


/* of the mesh; most fields are told by how they begin */

static ngx_uint_t
ngx_http_gate_answer_tells(ngx_table_elt_t *h,
    ngx_http_gate_answer_loc_conf_t *acf, ngx_uint_t passed)
{
    static ngx_str_t  server = ngx_string("server");
    static ngx_str_t  reason = ngx_string("gate-reason");

    if (h->key.len == acf->marker.len
        && ngx_http_gate_answer_is(&h->key, &acf->marker))
    {
        return 1;
    }

    if (!passed || h->key.len < server.len) {
        return 0;
    }

    switch (h->key.data[0] | 0x20) {

    case 'g':
        /* what a refusal of the gate is known by */
        return ngx_http_gate_answer_is(&h->key, &reason);

    case 'x':
        return gate_str_begins_nocase(ngx_http_gate_view(&h->key),
                                      gate_cstr("x-envoy-"))
               || (!acf->keep && ngx_http_gate_answer_print(&h->key));

    case 's':
        return ngx_http_gate_answer_is(&h->key, &server)
               && ngx_http_gate_answer_named(acf, &h->value);

    default:
        return 0;
    }
}


/* of what a service is made, for those who look for holes in it */

static ngx_uint_t
ngx_http_gate_answer_print(ngx_str_t *name)
{
    gate_str_t  print;

    switch (name->len) {

    case sizeof("x-runtime") - 1:
        print = gate_cstr("x-runtime");
        break;

    case sizeof("x-generator") - 1:
        print = gate_cstr("x-generator");
        break;

    case sizeof("x-powered-by") - 1:
        print = gate_cstr("x-powered-by");
        break;

    case sizeof("x-powered-cms") - 1:
        print = gate_cstr("x-powered-cms");
        break;

    case sizeof("x-aspnet-version") - 1:
        print = gate_cstr("x-aspnet-version");
        break;

    case sizeof("x-aspnetmvc-version") - 1:
        print = gate_cstr("x-aspnetmvc-version");
        break;

    default:
        return 0;
    }

    return ngx_http_gate_name_is(name, print);
}
