
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Errors that nginx itself answers: before it has chosen a location, in one
 * without a policy, or beside ours.  What nginx calls them is a number; the
 * reasons say as much.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_reply_nginx.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_seen.h"


static const ngx_http_gate_reason_t *ngx_http_gate_reply_nginx_reason(
    ngx_http_request_t *r);
static const ngx_http_gate_reason_t *ngx_http_gate_reply_nginx_early(
    ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_reply_nginx_large(ngx_http_request_t *r);
#if (NGX_HTTP_SSL)
static ngx_uint_t ngx_http_gate_reply_nginx_stranger(ngx_http_request_t *r);
#endif


static const ngx_http_gate_reason_t  ngx_http_gate_bad_request = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("bad_request"),
    ngx_string("Bad request"),
    ngx_string("The request could not be read, or is not valid HTTP.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_headers_too_large = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("headers_too_large"),
    ngx_string("Header too large"),
    ngx_string("The header of the request is larger than is accepted here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_https_required = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("https_required"),
    ngx_string("HTTPS required"),
    ngx_string("A plain HTTP request came to a port for HTTPS.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_certificate_required = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("certificate_required"),
    ngx_string("Client certificate required"),
    ngx_string("The connection has no client certificate that is "
               "accepted here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_unauthorized = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("unauthorized"),
    ngx_string("Unauthorized"),
    ngx_string("The request has no credentials that are accepted here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_forbidden = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("forbidden"),
    ngx_string("Forbidden"),
    ngx_string("This is not open to the request.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_not_found = {
    NGX_HTTP_NOT_FOUND, NGX_LOG_INFO, ngx_string("not_found"),
    ngx_string("Not found"),
    ngx_string("There is nothing at this path.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_method_not_supported = {
    NGX_HTTP_NOT_ALLOWED, NGX_LOG_INFO, ngx_string("method_not_supported"),
    ngx_string("Method not supported"),
    ngx_string("The method of the request is not supported here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_precondition_failed = {
    NGX_HTTP_PRECONDITION_FAILED, NGX_LOG_INFO,
    ngx_string("precondition_failed"),
    ngx_string("Precondition failed"),
    ngx_string("A condition of the request does not hold.")
};


const ngx_http_gate_reason_t  ngx_http_gate_payload_too_large = {
    NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, NGX_LOG_INFO,
    ngx_string("payload_too_large"),
    ngx_string("Payload too large"),
    ngx_string("The request body is larger than allowed.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_uri_too_long = {
    NGX_HTTP_REQUEST_URI_TOO_LARGE, NGX_LOG_INFO, ngx_string("uri_too_long"),
    ngx_string("URI too long"),
    ngx_string("The URI of the request is longer than is accepted here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_unsupported_media_type = {
    NGX_HTTP_UNSUPPORTED_MEDIA_TYPE, NGX_LOG_INFO,
    ngx_string("unsupported_media_type"),
    ngx_string("Unsupported media type"),
    ngx_string("The type of the content is not supported here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_range_not_satisfiable = {
    NGX_HTTP_RANGE_NOT_SATISFIABLE, NGX_LOG_INFO,
    ngx_string("range_not_satisfiable"),
    ngx_string("Range not satisfiable"),
    ngx_string("The content has no part that the request asks for.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_misdirected_request = {
    NGX_HTTP_MISDIRECTED_REQUEST, NGX_LOG_INFO,
    ngx_string("misdirected_request"),
    ngx_string("Misdirected request"),
    ngx_string("The host of the request is not the one of its connection.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_too_many_requests = {
    NGX_HTTP_TOO_MANY_REQUESTS, NGX_LOG_INFO, ngx_string("too_many_requests"),
    ngx_string("Too many requests"),
    ngx_string("There are too many requests at the moment.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_client_error = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("client_error"),
    ngx_string("Request refused"),
    ngx_string("The request was refused.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_not_implemented = {
    NGX_HTTP_NOT_IMPLEMENTED, NGX_LOG_INFO, ngx_string("not_implemented"),
    ngx_string("Not implemented"),
    ngx_string("The request asks for something that is not supported here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_bad_gateway = {
    NGX_HTTP_BAD_GATEWAY, NGX_LOG_INFO, ngx_string("bad_gateway"),
    ngx_string("Bad gateway"),
    ngx_string("The gateway got no valid answer.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_service_unavailable = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_INFO,
    ngx_string("service_unavailable"),
    ngx_string("Service unavailable"),
    ngx_string("The service is not available at the moment.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_gateway_timeout = {
    NGX_HTTP_GATEWAY_TIME_OUT, NGX_LOG_INFO, ngx_string("gateway_timeout"),
    ngx_string("Gateway timeout"),
    ngx_string("The gateway got no answer in time.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_version_not_supported = {
    NGX_HTTP_VERSION_NOT_SUPPORTED, NGX_LOG_INFO,
    ngx_string("version_not_supported"),
    ngx_string("HTTP version not supported"),
    ngx_string("The version of HTTP is not supported here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_server_error = {
    NGX_HTTP_INTERNAL_SERVER_ERROR, NGX_LOG_INFO, ngx_string("server_error"),
    ngx_string("Server error"),
    ngx_string("The request could not be answered.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_reply_nginx_reasons[] = {
    &ngx_http_gate_bad_request,
    &ngx_http_gate_headers_too_large,
    &ngx_http_gate_https_required,
    &ngx_http_gate_certificate_required,
    &ngx_http_gate_unauthorized,
    &ngx_http_gate_forbidden,
    &ngx_http_gate_not_found,
    &ngx_http_gate_method_not_supported,
    &ngx_http_gate_precondition_failed,
    &ngx_http_gate_payload_too_large,
    &ngx_http_gate_uri_too_long,
    &ngx_http_gate_unsupported_media_type,
    &ngx_http_gate_range_not_satisfiable,
    &ngx_http_gate_misdirected_request,
    &ngx_http_gate_too_many_requests,
    &ngx_http_gate_client_error,
    &ngx_http_gate_not_implemented,
    &ngx_http_gate_bad_gateway,
    &ngx_http_gate_service_unavailable,
    &ngx_http_gate_gateway_timeout,
    &ngx_http_gate_version_not_supported,
    &ngx_http_gate_server_error,
    NULL
};


ngx_int_t
ngx_http_gate_reply_nginx_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_reasons(cf, ngx_http_gate_reply_nginx_reasons);
}


/*
 * The status of an error stays while its error_page is made: it is seen where
 * a request enters one.  Another error there, or a page that is missing, is
 * answered by nginx again, unless it has the same status.
 */

ngx_uint_t
ngx_http_gate_reply_nginx_page(ngx_http_request_t *r)
{
    ngx_http_gate_seen_t  *seen;

    if (r->err_status < NGX_HTTP_BAD_REQUEST) {
        return 0;
    }

    seen = ngx_http_gate_seen(r);

    return seen == NULL || seen->error != r->err_status;
}


void
ngx_http_gate_reply_nginx_blame(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    ctx->reason = ngx_http_gate_reply_nginx_reason(r);
    ctx->detail = ctx->reason->detail;
    ctx->redirects = r->uri_changes;

    /* nginx's own line was written before the request had an id */

    ngx_http_gate_deny_log(r, ctx, ctx->reason);
}


static const ngx_http_gate_reason_t *
ngx_http_gate_reply_nginx_reason(ngx_http_request_t *r)
{
    ngx_uint_t                            status;
    const ngx_http_gate_reason_t *const  *row;

    status = r->err_status;

    if (status == NGX_HTTP_BAD_REQUEST) {
        return ngx_http_gate_reply_nginx_early(r);
    }

    if (status == NGX_HTTP_INTERNAL_SERVER_ERROR) {
        return &ngx_http_gate_internal;
    }

    for (row = ngx_http_gate_reply_nginx_reasons; *row; row++) {
        if ((*row)->status == status) {
            return *row;
        }
    }

    return (status < NGX_HTTP_INTERNAL_SERVER_ERROR)
           ? &ngx_http_gate_client_error : &ngx_http_gate_server_error;
}


/* of a request that has entered no phase: what nginx has made a 400 of */

static const ngx_http_gate_reason_t *
ngx_http_gate_reply_nginx_early(ngx_http_request_t *r)
{
    if (r->phase_handler != 0 || r->internal) {
        return &ngx_http_gate_bad_request;
    }

    if (ngx_http_gate_reply_nginx_large(r)) {
        return &ngx_http_gate_headers_too_large;
    }

#if (NGX_HTTP_SSL)

    if (r->http_connection->ssl && r->connection->ssl == NULL) {
        return &ngx_http_gate_https_required;
    }

    if (r->connection->ssl != NULL && ngx_http_gate_reply_nginx_stranger(r)) {
        return &ngx_http_gate_certificate_required;
    }

#endif

    return &ngx_http_gate_bad_request;
}


/* the last buffer for it is full, or there were too many fields: nginx wants
 * to read on before it closes, as it does not after other errors */

static ngx_uint_t
ngx_http_gate_reply_nginx_large(ngx_http_request_t *r)
{
    return r->http_version < NGX_HTTP_VERSION_20
           && (r->header_in->pos == r->header_in->end
               || (r->lingering_close && !r->discard_body));
}


#if (NGX_HTTP_SSL)

static ngx_uint_t
ngx_http_gate_reply_nginx_stranger(ngx_http_request_t *r)
{
    ngx_str_t                 verified;
    ngx_http_ssl_srv_conf_t  *sscf;

    sscf = ngx_http_get_module_srv_conf(r, ngx_http_ssl_module);

    if (!sscf->verify
        || ngx_ssl_get_client_verify(r->connection, r->pool, &verified)
           != NGX_OK)
    {
        return 0;
    }

    /* "SUCCESS", "NONE" or "FAILED:..."; 1: "ssl_verify_client on" */

    return verified.data[0] == 'F'
           || (verified.data[0] == 'N' && sscf->verify == 1);
}

#endif
