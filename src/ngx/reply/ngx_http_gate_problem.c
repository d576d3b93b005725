
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Problem details (RFC 9457): the reasons of a refusal, their statuses and
 * texts, and the one place where a request is refused.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_problem.h"
#include "ngx_http_gate_guard.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_reply.h"

#include "gate_text.h"


#define NGX_HTTP_GATE_BODY  2048          /* bytes of a problem */


typedef struct {
    ngx_uint_t                 status;
    ngx_uint_t                 level;     /* of the log */
    ngx_str_t                  token;     /* stable */
    ngx_str_t                  title;
    ngx_str_t                  detail;
} ngx_http_gate_reason_t;


/* by ngx_http_gate_reason_e */

static ngx_http_gate_reason_t  ngx_http_gate_reasons[] = {

    { 0, 0, ngx_string(""), ngx_string(""), ngx_string("") },

    { NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("no_credential"),
      ngx_string("Credential required"),
      ngx_string("The request carries no credential that is accepted here.") },

    { NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("bad_key"),
      ngx_string("Invalid API key"),
      ngx_string("The API key is not known, or several are given.") },

    { NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("bad_token"),
      ngx_string("Invalid token"),
      ngx_string("The token is malformed or its signature is wrong.") },

    { NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("expired_token"),
      ngx_string("Token expired"),
      ngx_string("The token has expired.") },

    { NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("not_yet_valid"),
      ngx_string("Token not yet valid"),
      ngx_string("The token is not valid yet.") },

    { NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("wrong_issuer"),
      ngx_string("Wrong issuer"),
      ngx_string("The token's issuer is not accepted here.") },

    { NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("wrong_audience"),
      ngx_string("Wrong audience"),
      ngx_string("The token is meant for another audience.") },

    { NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("unknown_consumer"),
      ngx_string("Unknown consumer"),
      ngx_string("The credential is valid but names no one consumer "
                 "known here.") },

    { NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("disabled_consumer"),
      ngx_string("Consumer disabled"),
      ngx_string("The consumer is disabled.") },

    { NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("expired_key"),
      ngx_string("API key expired"),
      ngx_string("The API key has expired.") },

    { NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("method_not_allowed"),
      ngx_string("Method not allowed"),
      ngx_string("The caller is not entitled to this method.") },

    { NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("not_in_group"),
      ngx_string("Not in group"),
      ngx_string("The caller is in none of the groups allowed.") },

    { NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("missing_scope"),
      ngx_string("Insufficient scope"),
      ngx_string("The credential lacks a scope that is needed.") },

    { NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("claim_mismatch"),
      ngx_string("Claim mismatch"),
      ngx_string("A claim of the token does not have the value needed.") },

    { NGX_HTTP_TOO_MANY_REQUESTS, NGX_LOG_INFO, ngx_string("rate_limited"),
      ngx_string("Rate limit exceeded"),
      ngx_string("Too many requests.") },

    { NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_WARN, ngx_string("zone_full"),
      ngx_string("Gateway at capacity"),
      ngx_string("The gateway cannot account for one more caller now.") },

    { NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_WARN, ngx_string("journal_full"),
      ngx_string("Gateway at capacity"),
      ngx_string("The gateway cannot record one more request now.") },

    { NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("bad_path"),
      ngx_string("Ambiguous path"),
      ngx_string("The path has a part that servers read differently, "
                 "such as an encoded slash or a dot segment.") },

    { NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, NGX_LOG_INFO,
      ngx_string("payload_too_large"),
      ngx_string("Payload too large"),
      ngx_string("The request body is larger than allowed.") },

    { NGX_HTTP_BAD_GATEWAY, NGX_LOG_ERR, ngx_string("sidecar_unavailable"),
      ngx_string("Mesh unavailable"),
      ngx_string("The gateway got no answer from the mesh.") },

    { NGX_HTTP_BAD_GATEWAY, NGX_LOG_ERR, ngx_string("sidecar_refused"),
      ngx_string("Refused by the mesh"),
      ngx_string("The mesh could not hand the request to the service.") },

    { NGX_HTTP_GATEWAY_TIME_OUT, NGX_LOG_ERR, ngx_string("service_timeout"),
      ngx_string("Service timeout"),
      ngx_string("The service did not answer in time.") },

    { NGX_HTTP_INTERNAL_SERVER_ERROR, NGX_LOG_ERR, ngx_string("internal"),
      ngx_string("Internal error"),
      ngx_string("The gateway failed.") }
};


ngx_str_t *
ngx_http_gate_reason_name(ngx_http_gate_reason_e reason)
{
    return &ngx_http_gate_reasons[reason].token;
}


ngx_uint_t
ngx_http_gate_reason_status(ngx_http_gate_reason_e reason)
{
    return ngx_http_gate_reasons[reason].status;
}


ngx_str_t *
ngx_http_gate_reason_detail(ngx_http_gate_reason_e reason)
{
    return &ngx_http_gate_reasons[reason].detail;
}


ngx_int_t
ngx_http_gate_deny(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_reason_e reason, const char *detail)
{
    ngx_http_gate_reason_t  *why;

    why = &ngx_http_gate_reasons[reason];

    if (detail == NULL && reason == (ngx_http_gate_reason_e) ctx->who_rc) {
        detail = ctx->refused->whom.detail;
    }

    ctx->reason = reason;
    ctx->redirects = r->uri_changes;

    if (detail != NULL) {
        ctx->detail.len = ngx_strlen(detail);
        ctx->detail.data = (u_char *) detail;

    } else {
        ctx->detail = why->detail;
    }

    ngx_http_gate_deny_log(r, ctx, reason);

    return why->status;
}


void
ngx_http_gate_deny_log(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_reason_e reason)
{
    ngx_http_gate_reason_t   *why;
    ngx_http_gate_refused_t   refused;

    why = &ngx_http_gate_reasons[reason];

    refused = ngx_http_gate_refused(&ctx->refused->whom, &ctx->who);

    ngx_http_gate_refused_log_id(r, ctx);

    ngx_log_error(why->level, r->connection->log, 0,
                  "gate: refused, %V, consumer: \"%V\", credential: \"%V\""
                  "%s%V%s", &why->token, &refused.name, &refused.credential,
                  refused.claim.len ? ", claim: \"" : "", &refused.claim,
                  refused.claim.len ? "\"" : "");
}


ngx_int_t
ngx_http_gate_deny_part(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_part_t *part)
{
    ngx_http_gate_reason_t   *why;
    ngx_http_gate_refused_t   refused;

    why = &ngx_http_gate_reasons[part->reason];

    refused = ngx_http_gate_refused(&part->refused, &part->who);

    ngx_http_gate_refused_log_id(r, ctx);

    ngx_log_error(why->level, r->connection->log, 0,
                  "gate: subrequest \"%V\" refused, %V, consumer: \"%V\", "
                  "credential: \"%V\"%s%V%s", &r->uri, &why->token,
                  &refused.name, &refused.credential,
                  refused.claim.len ? ", claim: \"" : "", &refused.claim,
                  refused.claim.len ? "\"" : "");

    if (why->status == NGX_HTTP_UNAUTHORIZED
        && ngx_http_gate_reply_challenge_part(r, part) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return why->status;
}


ngx_int_t
ngx_http_gate_reply_problem(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_reason_e reason)
{
    u_char                  *p;
    ngx_uint_t               i, some;
    gate_text_t              t;
    ngx_http_gate_reason_t  *why;

    why = &ngx_http_gate_reasons[reason];

    p = ngx_pnalloc(r->pool, NGX_HTTP_GATE_BODY);
    if (p == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(&t, p, NGX_HTTP_GATE_BODY);

    gate_text_cstr(&t, "{\"type\":\"");

    if (reason == NGX_HTTP_GATE_RATE_LIMITED) {
        gate_text_cstr(&t, "https://iana.org/assignments/http-problem-types"
                           "#quota-exceeded");

    } else {
        gate_text_cstr(&t, "urn:meshgate:problem:");
        gate_text_add(&t, ngx_http_gate_view(&why->token));
    }

    gate_text_cstr(&t, "\",\"title\":");
    gate_text_json(&t, ngx_http_gate_view(&why->title));
    gate_text_cstr(&t, ",\"status\":");
    gate_text_uint(&t, r->headers_out.status);
    gate_text_cstr(&t, ",\"detail\":");
    gate_text_json(&t, ngx_http_gate_view(&ctx->detail));
    gate_text_cstr(&t, ",\"instance\":\"urn:uuid:");
    gate_text_add(&t, ngx_http_gate_view(&ctx->request_id));
    gate_text_cstr(&t, "\",\"reason\":");
    gate_text_json(&t, ngx_http_gate_view(&why->token));

    if (reason == NGX_HTTP_GATE_RATE_LIMITED) {
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
