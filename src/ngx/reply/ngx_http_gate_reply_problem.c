
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Problem details (RFC 9457).  Of most of them all but the id of the request is
 * known when the configuration is read, and written then.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_request.h"

#include "gate_text.h"
#include "gate_trace.h"


#define NGX_HTTP_GATE_BODY  2048          /* bytes of a problem */


struct ngx_http_gate_problem_s {
    const ngx_http_gate_reason_t  *reason;
    gate_str_t                     head;      /* with the reason's own detail */
    gate_str_t                     tail;      /* from behind the id on */
    gate_str_t                     length;    /* of all, in digits */
};


static ngx_http_gate_problem_t *ngx_http_gate_reply_problem_usual(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason);
static ngx_int_t ngx_http_gate_reply_problem_write(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_problem_t *problem);
static void ngx_http_gate_reply_problem_head(gate_text_t *t,
    const ngx_http_gate_reason_t *reason, ngx_uint_t status, gate_str_t detail);
static void ngx_http_gate_reply_problem_tail(gate_text_t *t,
    const ngx_http_gate_reason_t *reason);
static void ngx_http_gate_reply_problem_limits(gate_text_t *t,
    ngx_http_gate_limit_ctx_t *limit);
static ngx_int_t ngx_http_gate_reply_problem_keep(ngx_conf_t *cf,
    gate_text_t *t, gate_str_t *kept);


ngx_int_t
ngx_http_gate_reply_problem(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    u_char                   *p;
    gate_text_t               t;
    ngx_http_gate_problem_t  *problem;

    problem = ngx_http_gate_reply_problem_usual(r, ctx, reason);

    if (problem != NULL) {
        return ngx_http_gate_reply_problem_write(r, ctx, problem);
    }

    p = ngx_pnalloc(r->pool, NGX_HTTP_GATE_BODY);
    if (p == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(&t, p, NGX_HTTP_GATE_BODY);

    ngx_http_gate_reply_problem_head(&t, reason, r->headers_out.status,
                                     ngx_http_gate_view(&ctx->detail));
    gate_text_add(&t, ngx_http_gate_view(&ctx->request_id));
    ngx_http_gate_reply_problem_tail(&t, reason);

    if (reason == &ngx_http_gate_rate_limited) {
        ngx_http_gate_reply_problem_limits(&t, ctx->limit);
    }

    gate_text_cstr(&t, "}\n");

    ctx->reply->body.data = p;
    ctx->reply->body.len = t.last - t.start;

    ngx_http_clear_content_length(r);
    r->headers_out.content_length_n = ctx->reply->body.len;

    return NGX_OK;
}


/* NULL: more is known of this refusal than its reason says */

static ngx_http_gate_problem_t *
ngx_http_gate_reply_problem_usual(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason)
{
    ngx_http_gate_problem_t          *problem;
    ngx_http_gate_reply_main_conf_t  *rmcf;

    if (ctx->detail.data != reason->detail.data
        || r->headers_out.status != reason->status
        || reason == &ngx_http_gate_rate_limited)
    {
        return NULL;
    }

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_reply_module);

    problem = &rmcf->problems[ngx_http_gate_reason_number(r, reason)];

    return (problem->reason == reason) ? problem : NULL;
}


/* the length is known: nginx would format it, and takes a field instead */

static ngx_int_t
ngx_http_gate_reply_problem_write(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_problem_t *problem)
{
    u_char           *p;
    ngx_str_t         value;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("Content-Length");

    ctx->reply->body.len = problem->head.len + ctx->request_id.len
                           + problem->tail.len;

    p = ngx_pnalloc(r->pool, ctx->reply->body.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->reply->body.data = p;

    p = ngx_cpymem(p, problem->head.data, problem->head.len);
    p = ngx_cpymem(p, ctx->request_id.data, ctx->request_id.len);
    ngx_memcpy(p, problem->tail.data, problem->tail.len);

    value.len = problem->length.len;
    value.data = problem->length.data;

    ngx_http_clear_content_length(r);

    h = ngx_http_gate_add_out(r, &name, &value);
    if (h == NULL) {
        return NGX_ERROR;
    }

    r->headers_out.content_length = h;
    r->headers_out.content_length_n = ctx->reply->body.len;

    return NGX_OK;
}


static void
ngx_http_gate_reply_problem_head(gate_text_t *t,
    const ngx_http_gate_reason_t *reason, ngx_uint_t status, gate_str_t detail)
{
    gate_text_cstr(t, "{\"type\":\"");

    if (reason == &ngx_http_gate_rate_limited) {
        gate_text_cstr(t, "https://iana.org/assignments/http-problem-types"
                          "#quota-exceeded");

    } else {
        gate_text_cstr(t, "urn:meshgate:problem:");
        gate_text_add(t, gate_str(reason->token.data, reason->token.len));
    }

    gate_text_cstr(t, "\",\"title\":");
    gate_text_json(t, gate_str(reason->title.data, reason->title.len));
    gate_text_cstr(t, ",\"status\":");
    gate_text_uint(t, status);
    gate_text_cstr(t, ",\"detail\":");
    gate_text_json(t, detail);
    gate_text_cstr(t, ",\"instance\":\"urn:uuid:");
}


/* all but the end, before which a limit has more to say */

static void
ngx_http_gate_reply_problem_tail(gate_text_t *t,
    const ngx_http_gate_reason_t *reason)
{
    gate_text_cstr(t, "\",\"reason\":");
    gate_text_json(t, gate_str(reason->token.data, reason->token.len));
}


static void
ngx_http_gate_reply_problem_limits(gate_text_t *t,
    ngx_http_gate_limit_ctx_t *limit)
{
    ngx_uint_t  i, some;

    gate_text_cstr(t, ",\"violated-policies\":[");

    for (i = 0, some = 0; i < limit->n; i++) {
        if (limit->states[i].refused) {
            gate_text_cstr(t, some++ ? "," : "");
            gate_text_json(t, ngx_http_gate_view(&limit->states[i].name));
        }
    }

    gate_text_cstr(t, "]");
}


ngx_int_t
ngx_http_gate_reply_problem_init(ngx_conf_t *cf,
    ngx_http_gate_reply_main_conf_t *rmcf)
{
    u_char                          buf[NGX_HTTP_GATE_BODY];
    ngx_uint_t                      i;
    gate_text_t                     t;
    ngx_array_t                    *rows;
    const ngx_http_gate_reason_t  **row;
    ngx_http_gate_problem_t        *problem;

    rows = ngx_http_gate_reason_rows(cf);
    row = rows->elts;

    problem = ngx_pcalloc(cf->pool,
                          rows->nelts * sizeof(ngx_http_gate_problem_t));
    if (problem == NULL) {
        return NGX_ERROR;
    }

    rmcf->problems = problem++;

    for (i = 1; i < rows->nelts; i++, problem++) {

        problem->reason = row[i];

        gate_text_init(&t, buf, sizeof(buf));
        ngx_http_gate_reply_problem_head(&t, row[i], row[i]->status,
                                         gate_str(row[i]->detail.data,
                                                  row[i]->detail.len));

        if (ngx_http_gate_reply_problem_keep(cf, &t, &problem->head) != NGX_OK)
        {
            return NGX_ERROR;
        }

        gate_text_init(&t, buf, sizeof(buf));
        ngx_http_gate_reply_problem_tail(&t, row[i]);
        gate_text_cstr(&t, "}\n");

        if (ngx_http_gate_reply_problem_keep(cf, &t, &problem->tail) != NGX_OK)
        {
            return NGX_ERROR;
        }

        gate_text_init(&t, buf, sizeof(buf));
        gate_text_uint(&t, problem->head.len + GATE_UUID_LEN
                           + problem->tail.len);

        if (ngx_http_gate_reply_problem_keep(cf, &t, &problem->length)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_reply_problem_keep(ngx_conf_t *cf, gate_text_t *t,
    gate_str_t *kept)
{
    kept->len = t->last - t->start;

    kept->data = ngx_pnalloc(cf->pool, kept->len);
    if (kept->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(kept->data, t->start, kept->len);

    return NGX_OK;
}
