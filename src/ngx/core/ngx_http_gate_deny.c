
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The one place where a request is refused.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_subrequest.h"
#include "ngx_http_gate_refused.h"


static ngx_int_t ngx_http_gate_deny_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason);


/* who writes challenges; said in each configuration, the same each time */
static ngx_http_gate_challenge_pt  ngx_http_gate_deny_challenge;


void
ngx_http_gate_deny_challenge_by(ngx_http_gate_challenge_pt challenge)
{
    ngx_http_gate_deny_challenge = challenge;
}


ngx_int_t
ngx_http_gate_deny(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    const char  *detail;

    if (r != r->main) {
        return ngx_http_gate_deny_part(r, ctx, reason);
    }

    ctx->reason = reason;
    ctx->redirects = r->uri_changes;
    ctx->detail = reason->detail;

    detail = ctx->refused->whom.detail;

    if (reason == ctx->refused->whom.reason && detail != NULL) {
        ctx->detail.len = ngx_strlen(detail);
        ctx->detail.data = (u_char *) detail;
    }

    ngx_http_gate_deny_log(r, ctx, reason);

    return reason->status;
}


void
ngx_http_gate_deny_log(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    ngx_http_gate_refused_t  refused;

    refused = ngx_http_gate_refused(&ctx->refused->whom, &ctx->who);

    ngx_http_gate_refused_log_id(r, ctx);

    ngx_log_error(reason->level, r->connection->log, 0,
                  "gate: refused, %V, consumer: \"%V\", credential: \"%V\""
                  "%s%V%s", &reason->token, &refused.name, &refused.credential,
                  refused.claim.len ? ", claim: \"" : "", &refused.claim,
                  refused.claim.len ? "\"" : "");
}


static ngx_int_t
ngx_http_gate_deny_part(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    ngx_http_gate_subrequest_t  *part;
    ngx_http_gate_refused_t      refused;

    part = ngx_http_gate_subrequest(r, ctx);
    if (part == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    part->reason = reason;

    refused = ngx_http_gate_refused(&part->refused, &part->who);

    ngx_http_gate_refused_log_id(r, ctx);

    ngx_log_error(reason->level, r->connection->log, 0,
                  "gate: subrequest \"%V\" refused, %V, consumer: \"%V\", "
                  "credential: \"%V\"%s%V%s", &r->uri, &reason->token,
                  &refused.name, &refused.credential,
                  refused.claim.len ? ", claim: \"" : "", &refused.claim,
                  refused.claim.len ? "\"" : "");

    if (reason->status == NGX_HTTP_UNAUTHORIZED
        && ngx_http_gate_deny_challenge(r, part) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return reason->status;
}
