
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Problem details (RFC 9457).
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_limit.h"

#include "gate_text.h"


#define NGX_HTTP_GATE_BODY  2048          /* bytes of a problem */


ngx_int_t
ngx_http_gate_reply_problem(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    u_char       *p;
    ngx_str_t     token, title;
    ngx_uint_t    i, some;
    gate_text_t   t;

    token = reason->token;
    title = reason->title;

    p = ngx_pnalloc(r->pool, NGX_HTTP_GATE_BODY);
    if (p == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(&t, p, NGX_HTTP_GATE_BODY);

    gate_text_cstr(&t, "{\"type\":\"");

    if (reason == &ngx_http_gate_rate_limited) {
        gate_text_cstr(&t, "https://iana.org/assignments/http-problem-types"
                           "#quota-exceeded");

    } else {
        gate_text_cstr(&t, "urn:meshgate:problem:");
        gate_text_add(&t, ngx_http_gate_view(&token));
    }

    gate_text_cstr(&t, "\",\"title\":");
    gate_text_json(&t, ngx_http_gate_view(&title));
    gate_text_cstr(&t, ",\"status\":");
    gate_text_uint(&t, r->headers_out.status);
    gate_text_cstr(&t, ",\"detail\":");
    gate_text_json(&t, ngx_http_gate_view(&ctx->detail));
    gate_text_cstr(&t, ",\"instance\":\"urn:uuid:");
    gate_text_add(&t, ngx_http_gate_view(&ctx->request_id));
    gate_text_cstr(&t, "\",\"reason\":");
    gate_text_json(&t, ngx_http_gate_view(&token));

    if (reason == &ngx_http_gate_rate_limited) {
        gate_text_cstr(&t, ",\"violated-policies\":[");

        for (i = 0, some = 0; i < ctx->limit->n; i++) {
            if (ctx->limit->states[i].refused) {
                gate_text_cstr(&t, some++ ? "," : "");
                gate_text_json(&t, ngx_http_gate_view(
                                       &ctx->limit->states[i].name));
            }
        }

        gate_text_cstr(&t, "]");
    }

    gate_text_cstr(&t, "}\n");

    ctx->reply->body.data = p;
    ctx->reply->body.len = t.last - t.start;

    return NGX_OK;
}
