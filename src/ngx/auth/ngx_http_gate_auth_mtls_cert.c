
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which certificate a client has: that of its connection, or behind a proxy
 * that is trusted the one that the proxy tells of.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_mtls.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_trust.h"

#include "gate_uri.h"


static ngx_int_t ngx_http_gate_auth_mtls_told(ngx_http_request_t *r,
    ngx_uint_t whole, gate_cert_t *cert, const char **why);
static ngx_table_elt_t *ngx_http_gate_auth_mtls_field(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_auth_mtls_whole(ngx_http_request_t *r,
    gate_xfcc_t *x, gate_cert_t *cert);
static ngx_int_t ngx_http_gate_auth_mtls_own(ngx_http_request_t *r,
    gate_cert_t *cert, ngx_uint_t *flags, const char **why);

#if (NGX_HTTP_SSL)
static ngx_uint_t ngx_http_gate_auth_mtls_is_of(ngx_http_request_t *r);


/* the module of nginx; the same one in all cycles */
static ngx_module_t  *ngx_http_gate_auth_mtls_ssl;
#endif


/* a proxy's own certificate is nobody's who calls through it */

ngx_int_t
ngx_http_gate_auth_mtls_cert(ngx_http_request_t *r, gate_cert_t *cert,
    ngx_uint_t *flags, const char **why)
{
    ngx_http_gate_auth_mtls_loc_conf_t  *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_mtls_module);

    if (mlcf->from != NULL && ngx_http_gate_trust_peer_in(r, mlcf->from)) {
        return ngx_http_gate_auth_mtls_told(r, mlcf->cert, cert, why);
    }

    return ngx_http_gate_auth_mtls_own(r, cert, flags, why);
}


static ngx_int_t
ngx_http_gate_auth_mtls_told(ngx_http_request_t *r, ngx_uint_t whole,
    gate_cert_t *cert, const char **why)
{
    ngx_int_t         rc;
    gate_xfcc_t       x;
    ngx_table_elt_t  *h;

    h = ngx_http_gate_auth_mtls_field(r);

    if (h == NULL) {
        return NGX_DECLINED;
    }

    if (!gate_xfcc_last(ngx_http_gate_view(&h->value), &x)) {
        *why = "What the proxy says of the client certificate is not "
               "understood.";
        return NGX_ABORT;
    }

    if (x.cert.len != 0) {
        rc = ngx_http_gate_auth_mtls_whole(r, &x, cert);

        if (rc == NGX_DECLINED) {
            *why = "The client certificate that the proxy sends cannot be "
                   "read, or has another fingerprint.";
            return NGX_ABORT;
        }

        return rc;
    }

    if (whole || !gate_cert_told(cert, &x)) {
        *why = "The proxy does not say enough of the client certificate.";
        return NGX_ABORT;
    }

    return NGX_OK;
}


/* as hygiene took it; of several the last, as of several elements */

static ngx_table_elt_t *
ngx_http_gate_auth_mtls_field(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_array_t      *taken;
    ngx_table_elt_t  *h;

    taken = ngx_http_gate_keys_taken(r);

    if (taken == NULL) {
        return NULL;
    }

    h = taken->elts;

    for (i = taken->nelts; i > 0; i--) {
        if (ngx_http_gate_hygiene_is_xfcc(&h[i - 1])) {
            return &h[i - 1];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_gate_auth_mtls_whole(ngx_http_request_t *r, gate_xfcc_t *x,
    gate_cert_t *cert)
{
    u_char       *p;
    size_t        len;
    gate_cert_t   told;

    p = ngx_pnalloc(r->pool, x->cert.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    len = gate_uri_unescape(x->cert, p);

    if (!gate_cert_pem(cert, gate_str(p, len))) {
        return NGX_DECLINED;
    }

    if (x->hash.len != 0
        && (!gate_cert_told(&told, x)
            || !gate_str_eq(told.names[0], cert->names[0])))
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


#if (NGX_HTTP_SSL)

void
ngx_http_gate_auth_mtls_module_ssl(ngx_conf_t *cf)
{
    ngx_http_gate_auth_mtls_ssl =
                  ngx_http_gate_place_module_named(cf, "ngx_http_ssl_module");
}


ngx_int_t
ngx_http_gate_auth_mtls_peer(ngx_http_request_t *r, X509 **x)
{
    if (r->connection->ssl == NULL) {
        return NGX_DECLINED;
    }

    *x = SSL_get_peer_certificate(r->connection->ssl->connection);

    if (*x == NULL) {
        return NGX_DECLINED;
    }

    if (ngx_http_gate_auth_mtls_is_of(r)) {
        return NGX_OK;
    }

    X509_free(*x);

    return NGX_ABORT;
}


/*
 * Servers that share an address: the name of the handshake chooses who asks for
 * a certificate and verifies it, and the field Host who answers.  nginx has a
 * look at both only where there was a name, and where the second asks, too.
 */

static ngx_uint_t
ngx_http_gate_auth_mtls_is_of(ngx_http_request_t *r)
{
    ngx_http_ssl_srv_conf_t  *sscf;

    if (ngx_http_gate_auth_mtls_ssl == NULL) {
        return 0;
    }

    sscf = r->srv_conf[ngx_http_gate_auth_mtls_ssl->ctx_index];

    return sscf->ssl.ctx != NULL
           && SSL_get_SSL_CTX(r->connection->ssl->connection) == sscf->ssl.ctx;
}


/*
 * That it is good is what nginx says, which also asks OCSP if it is told to.
 * "optional_no_ca" lets in one whose issuer nobody knows; then OpenSSL gives
 * the last error of several, and so times are looked at by the method.
 */

static ngx_int_t
ngx_http_gate_auth_mtls_own(ngx_http_request_t *r, gate_cert_t *cert,
    ngx_uint_t *flags, const char **why)
{
    int          good;
    X509        *x;
    ngx_int_t    rc;
    ngx_str_t    verify;

    rc = ngx_http_gate_auth_mtls_peer(r, &x);

    if (rc == NGX_ABORT) {
        *why = "The connection was made with another server, which has "
               "verified the client certificate: name this one in the "
               "handshake (SNI).";
    }

    if (rc != NGX_OK) {
        return rc;
    }

    good = gate_cert_read(cert, x);

    X509_free(x);

    if (!good) {
        *why = "The client certificate cannot be read.";
        return NGX_ABORT;
    }

    if (ngx_ssl_get_client_verify(r->connection, r->pool, &verify) != NGX_OK) {
        return NGX_ERROR;
    }

    if (verify.len == sizeof("SUCCESS") - 1
        && ngx_strncmp(verify.data, "SUCCESS", verify.len) == 0)
    {
        return NGX_OK;
    }

    if (ngx_ssl_verify_error_optional(
            SSL_get_verify_result(r->connection->ssl->connection)))
    {
        *flags |= NGX_HTTP_GATE_AUTH_MTLS_PINNED;
        return NGX_OK;
    }

    *why = "The client certificate could not be verified.";

    return NGX_ABORT;
}

#else

static ngx_int_t
ngx_http_gate_auth_mtls_own(ngx_http_request_t *r, gate_cert_t *cert,
    ngx_uint_t *flags, const char **why)
{
    return NGX_DECLINED;
}

#endif
