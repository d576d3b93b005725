
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The method mtls: the client's certificate is a credential by each of its
 * names, and the first name that somebody has decides.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_mtls.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_shield.h"


static ngx_int_t ngx_http_gate_auth_mtls_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data);
static ngx_int_t ngx_http_gate_auth_mtls_find(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_cert_t *cert, ngx_uint_t n);
static ngx_int_t ngx_http_gate_auth_mtls_bad(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const char *why);


static const ngx_http_gate_reason_t  ngx_http_gate_bad_certificate = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("bad_certificate"),
    ngx_string("Invalid client certificate"),
    ngx_string("The client certificate is not accepted.")
};


const ngx_http_gate_reason_t  *ngx_http_gate_auth_mtls_reasons[] = {
    &ngx_http_gate_bad_certificate,
    NULL
};


const ngx_http_gate_reason_t *const  ngx_http_gate_auth_mtls_failures[] = {
    &ngx_http_gate_bad_certificate,
    NULL
};


const ngx_http_gate_method_t  ngx_http_gate_auth_mtls_method = {
    ngx_string("mtls"),
    ngx_null_string,
    NULL,
    ngx_http_gate_auth_mtls_run,
    NULL,
    NULL,
    NGX_HTTP_GATE_METHOD_PARKS
};


static ngx_int_t
ngx_http_gate_auth_mtls_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    void *data)
{
    ngx_int_t     rc;
    ngx_uint_t    flags;
    const char   *why;
    gate_cert_t   cert;

    flags = 0;
    why = NULL;

    rc = ngx_http_gate_auth_mtls_cert(r, &cert, &flags, &why);

    if (rc == NGX_ABORT) {
        return ngx_http_gate_auth_mtls_bad(r, ctx, why);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    if ((cert.not_before_s != 0 && ngx_time() < cert.not_before_s)
        || (cert.not_after_s != 0 && ngx_time() > cert.not_after_s))
    {
        return ngx_http_gate_auth_mtls_bad(r, ctx,
                                           "The client certificate has "
                                           "expired, or is not valid yet.");
    }

    if (!(flags & NGX_HTTP_GATE_AUTH_MTLS_PINNED)) {
        rc = ngx_http_gate_auth_mtls_find(r, ctx, &cert, cert.n);

        return (rc == NGX_DECLINED)
               ? ngx_http_gate_refused_why(ctx, &ngx_http_gate_unknown_consumer,
                                           NULL)
               : rc;
    }

    /* anybody makes one with any name, but not with any fingerprint */

    rc = ngx_http_gate_auth_mtls_find(r, ctx, &cert, 1);

    return (rc == NGX_DECLINED)
           ? ngx_http_gate_auth_mtls_bad(r, ctx,
                                         "The client certificate is of no "
                                         "issuer that is trusted here.")
           : rc;
}


static ngx_int_t
ngx_http_gate_auth_mtls_find(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_cert_t *cert, ngx_uint_t n)
{
    ngx_int_t           rc;
    ngx_uint_t          i;
    gate_credential_t  *k;

    for (i = 0; i < n; i++) {

        rc = ngx_http_gate_find(r, ctx, GATE_KIND_MTLS, cert->names[i], &k);

        if (rc == NGX_BUSY) {
            return ngx_http_gate_find_busy(r, ctx);
        }

        if (rc == NGX_OK) {
            return ngx_http_gate_auth_credential(r, ctx, k);
        }

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    return NGX_DECLINED;
}


/* the handshake has cost what it costs, but there has to be room to count */

static ngx_int_t
ngx_http_gate_auth_mtls_bad(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const char *why)
{
    ngx_int_t  rc;

    rc = ngx_http_gate_shield_spares(r, ctx, gate_str(NULL, 0));

    return (rc == NGX_OK)
           ? ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_certificate,
                                       why)
           : rc;
}
