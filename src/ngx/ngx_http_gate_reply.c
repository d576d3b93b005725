
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Replies: every refusal as problem details (RFC 9457), the fields of limits
 * and challenges, and telling apart who answered: service, sidecar, gateway.
 */


#include "ngx_http_gate_service.h"

#include "gate_text.h"


#define NGX_HTTP_GATE_BODY  2048


typedef struct {
    ngx_uint_t                 status;
    ngx_uint_t                 level;     /* of the log */
    ngx_str_t                  token;     /* stable */
    ngx_str_t                  title;
    ngx_str_t                  detail;
} ngx_http_gate_reason_t;


typedef struct {
    ngx_flag_t                 errors;    /* problem details, or nginx's page */
} ngx_http_gate_reply_loc_conf_t;


static ngx_int_t ngx_http_gate_reply_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_reply_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_gate_reply_judge(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static void ngx_http_gate_reply_clean(ngx_http_request_t *r);
static ngx_http_gate_reason_e ngx_http_gate_reply_reason(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_reply_fields(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_reply_limits(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_reply_legacy(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_reply_challenge(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_reply_add(ngx_http_request_t *r,
    const char *name, gate_text_t *t);
static ngx_int_t ngx_http_gate_reply_swap(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_reason_e reason);
static ngx_int_t ngx_http_gate_reply_problem(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_reason_t *why);
static char *ngx_http_gate_reply_errors(ngx_conf_t *cf, void *post,
    void *data);
static void *ngx_http_gate_reply_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_reply_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_uint_t ngx_http_gate_reply_returns(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_reply_init(ngx_conf_t *cf);


static ngx_conf_post_t  ngx_http_gate_reply_post = {
    ngx_http_gate_reply_errors
};


static ngx_command_t  ngx_http_gate_reply_commands[] = {

    { ngx_string("gate_errors"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_gate_reply_loc_conf_t, errors),
      &ngx_http_gate_reply_post },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_reply_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_gate_reply_init,              /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_reply_create_conf,       /* create location configuration */
    ngx_http_gate_reply_merge_conf         /* merge location configuration */
};


ngx_module_t  ngx_http_gate_reply_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_reply_module_ctx,       /* module context */
    ngx_http_gate_reply_commands,          /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


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
      ngx_string("The path has encoded slashes, backslashes or control "
                 "characters.") },

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


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


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


ngx_int_t
ngx_http_gate_deny(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_reason_e reason, const char *detail)
{
    ngx_str_t                name;
    ngx_http_gate_reason_t  *why;

    why = &ngx_http_gate_reasons[reason];

    ctx->reason = reason;
    ctx->redirects = r->uri_changes;

    if (detail != NULL) {
        ctx->detail.len = ngx_strlen(detail);
        ctx->detail.data = (u_char *) detail;

    } else {
        ctx->detail = why->detail;
    }

    ngx_str_null(&name);

    if (ctx->who.consumer != NULL) {
        name.len = ctx->who.consumer->name.len;
        name.data = ctx->who.consumer->name.data;
    }

    ngx_log_error(why->level, r->connection->log, 0,
                  "gate: refused, %V, consumer: \"%V\"", &why->token, &name);

    return why->status;
}


static ngx_int_t
ngx_http_gate_reply_header_filter(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t     *ctx;
    ngx_http_gate_reason_e   reason;

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->gated) {
        return ngx_http_next_header_filter(r);
    }

    if (r->upstream != NULL && r->upstream->headers_in.status_n != 0) {
        ngx_http_gate_reply_judge(r, ctx);
    }

    if (ngx_http_gate_reply_fields(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    reason = ngx_http_gate_reply_reason(r, ctx);

    if (reason != NGX_HTTP_GATE_ADMITTED
        && ngx_http_gate_reply_swap(r, ctx, reason) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


/*
 * Envoy marks what came from a service with x-envoy-upstream-service-time;
 * its own answers have only its name.  Another peer's answer is a service's
 * unless it is one that gateways give.
 */

static void
ngx_http_gate_reply_judge(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t             i, status;
    ngx_list_part_t       *part;
    ngx_table_elt_t       *h, *server;
    ngx_http_upstream_t   *u;

    u = r->upstream;
    status = u->headers_in.status_n;

    ctx->from_service = 0;
    ctx->from_sidecar = 0;

    server = u->headers_in.server;

    part = &u->headers_in.headers.part;

    for ( /* void */ ; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == sizeof("x-envoy-upstream-service-time") - 1
                && ngx_strncasecmp(h[i].key.data,
                                   (u_char *) "x-envoy-upstream-service-time",
                                   h[i].key.len)
                   == 0)
            {
                ctx->from_service = 1;
            }
        }
    }

    if (!ctx->from_service) {

        if (server != NULL && server->value.len == 5
            && ngx_strncmp(server->value.data, "envoy", 5) == 0)
        {
            ctx->from_sidecar = 1;

        } else if (status >= NGX_HTTP_BAD_GATEWAY
                   && status <= NGX_HTTP_GATEWAY_TIME_OUT)
        {
            ctx->from_sidecar = ctx->passed;

        } else {
            ctx->from_service = 1;
        }
    }

    if (ctx->passed) {
        ngx_http_gate_reply_clean(r);

        /* server-sent events go out as they come; asked after this filter */

        if (r->headers_out.content_type.len >= 17
            && ngx_strncasecmp(r->headers_out.content_type.data,
                               (u_char *) "text/event-stream", 17)
               == 0)
        {
            u->buffering = 0;
        }
    }
}


/* what the mesh says of itself is not the client's to read */

static void
ngx_http_gate_reply_clean(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &r->headers_out.headers.part;

    for ( /* void */ ; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0 || (h[i].key.data[0] | 0x20) != 'x') {
                continue;
            }

            if ((h[i].key.len > 8
                 && ngx_strncasecmp(h[i].key.data, (u_char *) "x-envoy-", 8)
                    == 0)
                || (h[i].key.len == 12
                    && ngx_strncasecmp(h[i].key.data,
                                       (u_char *) "x-request-id", 12)
                       == 0))
            {
                h[i].hash = 0;
            }
        }
    }

    h = r->headers_out.server;

    if (h != NULL && h->value.len == 5
        && ngx_strncmp(h->value.data, "envoy", 5) == 0)
    {
        h->hash = 0;
        r->headers_out.server = NULL;
    }
}


/*
 * Whose page is this?  Ours to replace: a refusal that no error_page took, an
 * error of nginx's own on the way to the sidecar, an answer of the sidecar's
 * own.
 */

static ngx_http_gate_reason_e
ngx_http_gate_reply_reason(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t                       status;
    ngx_http_gate_reply_loc_conf_t  *rlcf;

    rlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_reply_module);
    status = r->headers_out.status;

    if (ctx->reason != NGX_HTTP_GATE_ADMITTED) {

        if (!rlcf->errors || r->err_status != status
            || status != ngx_http_gate_reason_status(ctx->reason)
            || ctx->redirects != r->uri_changes)
        {
            return NGX_HTTP_GATE_ADMITTED;
        }

        return ctx->reason;
    }

    if (ctx->from_sidecar && r->err_status == 0) {

        if (status < NGX_HTTP_BAD_REQUEST) {
            return NGX_HTTP_GATE_ADMITTED;
        }

        ctx->reason = (status == NGX_HTTP_GATEWAY_TIME_OUT)
                      ? NGX_HTTP_GATE_SERVICE_TIMEOUT
                      : NGX_HTTP_GATE_SIDECAR_REFUSED;

    } else if (r->err_status == 0 || ctx->error_entry) {
        return NGX_HTTP_GATE_ADMITTED;

    } else if (status == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE) {
        ctx->reason = NGX_HTTP_GATE_PAYLOAD_TOO_LARGE;

    } else if (ctx->passed && (status == NGX_HTTP_BAD_GATEWAY
                               || status == NGX_HTTP_SERVICE_UNAVAILABLE
                               || status == NGX_HTTP_GATEWAY_TIME_OUT))
    {
        ctx->reason = NGX_HTTP_GATE_SIDECAR_UNAVAILABLE;

    } else if (status == NGX_HTTP_INTERNAL_SERVER_ERROR) {
        ctx->reason = NGX_HTTP_GATE_INTERNAL;

    } else {
        return NGX_HTTP_GATE_ADMITTED;
    }

    ctx->detail = ngx_http_gate_reasons[ctx->reason].detail;
    ctx->redirects = r->uri_changes;

    return rlcf->errors ? ctx->reason : NGX_HTTP_GATE_ADMITTED;
}


/* on any answer of a gated location, also of its error pages */

static ngx_int_t
ngx_http_gate_reply_fields(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    u_char       buf[NGX_INT64_LEN];
    gate_text_t  t;

    static ngx_str_t  id = ngx_string("X-Request-Id");

    if (ngx_http_gate_fields_request_id(r, ctx) != NGX_OK
        || ngx_http_gate_add_out(r, &id, &ctx->request_id) == NULL)
    {
        return NGX_ERROR;
    }

    if (ctx->nlimits != 0
        && ngx_http_gate_reply_limits(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->reason == NGX_HTTP_GATE_ADMITTED) {
        return NGX_OK;
    }

    if (ctx->retry_after != 0) {
        gate_text_init(&t, buf, sizeof(buf));
        gate_text_uint(&t, ctx->retry_after);

        if (ngx_http_gate_reply_add(r, "Retry-After", &t) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_http_gate_reply_challenge(r, ctx);
}


/* RateLimit and RateLimit-Policy, draft-ietf-httpapi-ratelimit-headers-10 */

static ngx_int_t
ngx_http_gate_reply_limits(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    u_char                        buf[2][NGX_HTTP_GATE_BODY];
    ngx_uint_t                    i;
    gate_text_t                   policy, limit;
    ngx_http_gate_limit_state_t  *s;

    if (!(ctx->limit_fields & NGX_HTTP_GATE_FIELDS_DRAFT10)) {
        return ngx_http_gate_reply_legacy(r, ctx);
    }

    gate_text_init(&policy, buf[0], NGX_HTTP_GATE_BODY);
    gate_text_init(&limit, buf[1], NGX_HTTP_GATE_BODY);

    for (i = 0; i < ctx->nlimits; i++) {
        s = &ctx->limits[i];

        if (i != 0) {
            gate_text_cstr(&policy, ", ");
            gate_text_cstr(&limit, ", ");
        }

        gate_text_sf(&policy, ngx_http_gate_view(&s->name));
        gate_text_cstr(&policy, ";q=");
        gate_text_uint(&policy, s->quota);
        gate_text_cstr(&policy, ";w=");
        gate_text_uint(&policy, s->window);

        gate_text_sf(&limit, ngx_http_gate_view(&s->name));
        gate_text_cstr(&limit, ";r=");
        gate_text_uint(&limit, s->remaining);
        gate_text_cstr(&limit, ";t=");
        gate_text_uint(&limit, s->next);
    }

    if (ngx_http_gate_reply_add(r, "RateLimit-Policy", &policy) != NGX_OK
        || ngx_http_gate_reply_add(r, "RateLimit", &limit) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_reply_legacy(r, ctx);
}


/* X-RateLimit-*: of the limit nearest to its end; Reset in seconds left */

static ngx_int_t
ngx_http_gate_reply_legacy(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    u_char                        buf[NGX_INT64_LEN];
    uint64_t                      values[3];
    ngx_uint_t                    i;
    gate_text_t                   t;
    ngx_http_gate_limit_state_t  *s;

    static const char  *names[] = {
        "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"
    };

    if (!(ctx->limit_fields & NGX_HTTP_GATE_FIELDS_LEGACY)) {
        return NGX_OK;
    }

    s = &ctx->limits[0];

    for (i = 1; i < ctx->nlimits; i++) {
        if (ctx->limits[i].remaining < s->remaining) {
            s = &ctx->limits[i];
        }
    }

    values[0] = s->quota;
    values[1] = s->remaining;
    values[2] = s->full;

    for (i = 0; i < 3; i++) {
        gate_text_init(&t, buf, sizeof(buf));
        gate_text_uint(&t, values[i]);

        if (ngx_http_gate_reply_add(r, names[i], &t) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* WWW-Authenticate: one for each method offered (RFC 9110 11.6.1, RFC 6750 3) */

static ngx_int_t
ngx_http_gate_reply_challenge(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    u_char                      buf[256];
    ngx_str_t                   realm;
    gate_text_t                 t;
    ngx_http_gate_auth_conf_t  *acf;

    acf = ctx->who_conf;

    if (acf == NULL
        || (r->headers_out.status != NGX_HTTP_UNAUTHORIZED
            && ctx->reason != NGX_HTTP_GATE_MISSING_SCOPE))
    {
        return NGX_OK;
    }

    realm = ctx->api->name;

    if (realm.len == 0) {
        ngx_str_set(&realm, "gate");
    }

    if (acf->key && r->headers_out.status == NGX_HTTP_UNAUTHORIZED) {
        gate_text_init(&t, buf, sizeof(buf));
        gate_text_cstr(&t, "Key realm=");
        gate_text_quoted(&t, ngx_http_gate_view(&realm));

        if (ngx_http_gate_reply_add(r, "WWW-Authenticate", &t) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (!acf->jwt
        || (ctx->reason == NGX_HTTP_GATE_MISSING_SCOPE
            && ctx->who.claims == NULL))
    {
        return NGX_OK;
    }

    gate_text_init(&t, buf, sizeof(buf));
    gate_text_cstr(&t, "Bearer realm=");
    gate_text_quoted(&t, ngx_http_gate_view(&realm));

    switch (ctx->reason) {

    case NGX_HTTP_GATE_BAD_TOKEN:
    case NGX_HTTP_GATE_EXPIRED_TOKEN:
    case NGX_HTTP_GATE_NOT_YET_VALID:
    case NGX_HTTP_GATE_WRONG_ISSUER:
    case NGX_HTTP_GATE_WRONG_AUDIENCE:
        gate_text_cstr(&t, ", error=\"invalid_token\"");
        break;

    case NGX_HTTP_GATE_MISSING_SCOPE:
        gate_text_cstr(&t, ", error=\"insufficient_scope\"");
        break;

    default:
        break;
    }

    return ngx_http_gate_reply_add(r, "WWW-Authenticate", &t);
}


static ngx_int_t
ngx_http_gate_reply_add(ngx_http_request_t *r, const char *name,
    gate_text_t *t)
{
    ngx_str_t  key, value;

    value.len = t->last - t->start;
    value.data = ngx_pnalloc(r->pool, value.len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(value.data, t->start, value.len);

    key.len = ngx_strlen(name);
    key.data = (u_char *) name;

    return ngx_http_gate_add_out(r, &key, &value) ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_gate_reply_swap(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_reason_e reason)
{
    if (ngx_http_gate_reply_problem(r, ctx, &ngx_http_gate_reasons[reason])
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);

    if (r->headers_out.content_encoding != NULL) {
        r->headers_out.content_encoding->hash = 0;
        r->headers_out.content_encoding = NULL;
    }

    ngx_str_set(&r->headers_out.content_type, "application/problem+json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);

    r->headers_out.content_length_n = ctx->body.len;

    ctx->swap = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_reply_problem(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_reason_t *why)
{
    u_char       *p;
    ngx_uint_t    i, some;
    gate_text_t   t;

    p = ngx_pnalloc(r->pool, NGX_HTTP_GATE_BODY);
    if (p == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(&t, p, NGX_HTTP_GATE_BODY);

    gate_text_cstr(&t, "{\"type\":\"");

    if (ctx->reason == NGX_HTTP_GATE_RATE_LIMITED) {
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

    if (ctx->reason == NGX_HTTP_GATE_RATE_LIMITED) {
        gate_text_cstr(&t, ",\"violated-policies\":[");

        for (i = 0, some = 0; i < ctx->nlimits; i++) {
            if (ctx->limits[i].refused) {
                gate_text_cstr(&t, some++ ? "," : "");
                gate_text_json(&t, ngx_http_gate_view(&ctx->limits[i].name));
            }
        }

        gate_text_cstr(&t, "]");
    }

    gate_text_cstr(&t, "}\n");

    ctx->body.data = p;
    ctx->body.len = t.last - t.start;

    return NGX_OK;
}


/* sends our body once and drops the input; else only notes the end */

static ngx_int_t
ngx_http_gate_reply_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t            *b;
    ngx_chain_t          *cl, out;
    ngx_http_gate_ctx_t  *ctx;

    if (r != r->main || in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->gated) {
        return ngx_http_next_body_filter(r, in);
    }

    if (!ctx->swap) {
        for (cl = in; cl; cl = cl->next) {
            if (cl->buf->last_buf) {
                ctx->last_seen = 1;
            }
        }

        return ngx_http_next_body_filter(r, in);
    }

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    if (ctx->swapped) {
        return ngx_http_next_body_filter(r, NULL);
    }

    ctx->swapped = 1;
    ctx->last_seen = 1;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = ctx->body.data;
    b->last = ctx->body.data + ctx->body.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_next_body_filter(r, &out);
}


static char *
ngx_http_gate_reply_errors(ngx_conf_t *cf, void *post, void *data)
{
    ngx_http_gate_use(cf);

    return NGX_CONF_OK;
}


static void *
ngx_http_gate_reply_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_reply_loc_conf_t  *rlcf;

    rlcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_reply_loc_conf_t));
    if (rlcf == NULL) {
        return NULL;
    }

    rlcf->errors = NGX_CONF_UNSET;

    return rlcf;
}


static char *
ngx_http_gate_reply_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_reply_loc_conf_t *prev = parent;
    ngx_http_gate_reply_loc_conf_t *conf = child;

    ngx_conf_merge_value(conf->errors, prev->errors, 1);

    /* the last of our modules to merge: all policies are known */

    if (ngx_http_gate_in_location(cf) && ngx_http_gate_is_policy(cf)
        && ngx_http_gate_reply_returns(cf))
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"return\" in the gated location \"%V\" runs before "
                      "every policy", ngx_http_gate_location_name(cf));
    }

    return NGX_CONF_OK;
}


/*
 * The rewrite module's configuration is private, but its first member has
 * been the array of codes in every version; "return" is a code whose function
 * is public.  Only a warning depends on it.
 */

static ngx_uint_t
ngx_http_gate_reply_returns(ngx_conf_t *cf)
{
    u_char         *p, *last;
    void          **rlcf;
    ngx_uint_t      i;
    ngx_array_t    *codes;
    ngx_module_t  **modules;

    modules = cf->cycle->modules;

    for (i = 0; modules[i]; i++) {
        if (ngx_strcmp(modules[i]->name, "ngx_http_rewrite_module") == 0) {
            break;
        }
    }

    if (modules[i] == NULL) {
        return 0;
    }

    rlcf = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf[modules[i]->ctx_index];
    codes = *rlcf;

    if (codes == NULL || codes->size != 1) {
        return 0;
    }

    last = (u_char *) codes->elts + codes->nelts;

    for (p = codes->elts;
         p + sizeof(uintptr_t) <= last;
         p += sizeof(uintptr_t))
    {
        if (*(ngx_http_script_code_pt *) p == ngx_http_script_return_code) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_gate_reply_init(ngx_conf_t *cf)
{
    if (!ngx_http_gate_used(cf)) {
        return NGX_OK;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gate_reply_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_gate_reply_body_filter;

    return NGX_OK;
}
