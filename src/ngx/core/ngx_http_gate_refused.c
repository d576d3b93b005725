
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whom a refusal met, for logs and variables.  It is kept apart from who was
 * let in: no policy looks at it, so that it entitles to nothing.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reason.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"

#include "gate_json.h"
#include "gate_text.h"
#include "gate_jwt.h"


#define NGX_HTTP_GATE_REFUSED_CLAIM  64       /* bytes shown of a claim */


static void ngx_http_gate_refused_keep(ngx_http_request_t *r, ngx_str_t *s);
static u_char *ngx_http_gate_refused_log(ngx_http_request_t *r,
    ngx_http_request_t *sr, u_char *buf, size_t len);


ngx_int_t
ngx_http_gate_refused_why(ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason, const char *detail)
{
    ctx->refused->whom.reason = reason;
    ctx->refused->whom.detail = detail;

    return reason->status;
}


void
ngx_http_gate_refused_whom(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_consumer_t *c, ngx_str_t *credential)
{
    ngx_http_gate_refused_t  *whom;

    whom = &ctx->refused->whom;

    ngx_str_null(&whom->name);
    whom->credential = *credential;

    if (c == NULL) {
        return;
    }

    whom->name.len = c->name.len;
    whom->name.data = c->name.data;

    if (c->snapshot != NULL) {
        /* a refusal keeps no reference to whom it met */
        ngx_http_gate_refused_keep(r, &whom->name);
        ngx_http_gate_refused_keep(r, &whom->credential);
    }
}


static void
ngx_http_gate_refused_keep(ngx_http_request_t *r, ngx_str_t *s)
{
    u_char  *p;

    p = s->len ? ngx_pnalloc(r->main->pool, s->len) : NULL;

    if (p == NULL) {
        ngx_str_null(s);
        return;
    }

    s->data = ngx_movemem(p, s->data, s->len) - s->len;
}


/* the value of the claim that should have said who it is, fit for a log */

void
ngx_http_gate_refused_by_claim(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const json_t *claim)
{
    u_char       *p, buf[GATE_TEXT_SHOWN(NGX_HTTP_GATE_REFUSED_CLAIM)];
    ngx_str_t    *shown;
    gate_str_t    value;
    gate_text_t   t;

    p = NULL;

    if (!gate_json_text(claim, &value)) {

        /* numbers, lists and so on: as long as a token may be */

        p = ngx_pnalloc(r->pool, GATE_JWT_MAX);
        if (p == NULL) {
            return;
        }

        value = gate_str(p, gate_jwt_claim_text(claim, p, GATE_JWT_MAX));
    }

    gate_text_init(&t, buf, sizeof(buf));
    gate_text_shown(&t, value, NGX_HTTP_GATE_REFUSED_CLAIM);

    shown = &ctx->refused->whom.claim;
    shown->len = t.last - t.start;
    shown->data = ngx_pnalloc(r->pool, shown->len);

    if (shown->data == NULL) {
        shown->len = 0;
        return;
    }

    ngx_memcpy(shown->data, t.start, shown->len);
}


ngx_http_gate_refused_t
ngx_http_gate_refused(ngx_http_gate_refused_t *refused,
    ngx_http_gate_identity_t *who)
{
    ngx_http_gate_refused_t  whom;

    whom = *refused;

    /* who was known, and then not entitled or over his limit */

    if (who->consumer != NULL) {
        whom.name.len = who->consumer->name.len;
        whom.name.data = who->consumer->name.data;
        whom.credential = who->credential;
    }

    return whom;
}


/* each line about the request, ours and nginx's, has its id from here on */

void
ngx_http_gate_refused_log_id(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    r = r->main;

    if (ctx->refused->log_handler != NULL
        || ngx_http_gate_request_id(r, ctx) != NGX_OK)
    {
        return;
    }

    ctx->refused->log_handler = r->log_handler;
    r->log_handler = ngx_http_gate_refused_log;
}


static u_char *
ngx_http_gate_refused_log(ngx_http_request_t *r, ngx_http_request_t *sr,
    u_char *buf, size_t len)
{
    u_char               *p;
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);
    if (ctx == NULL) {
        return buf;
    }

    p = ctx->refused->log_handler(r, sr, buf, len);

    return ngx_snprintf(p, len - (p - buf), ", request id: \"%V\"",
                        &ctx->request_id);
}


ngx_int_t
ngx_http_gate_refused_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, refused),
                                  sizeof(ngx_http_gate_refused_ctx_t));
}
