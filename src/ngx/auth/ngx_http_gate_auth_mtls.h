
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Client certificates: _auth_mtls.c (the method), _auth_mtls_cert.c (which one
 * it is), _auth_mtls_conf.c (directives, and a line of gate_consumer).
 */


#ifndef _NGX_HTTP_GATE_AUTH_MTLS_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_MTLS_H_INCLUDED_


#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_place.h"

#include "gate_cert.h"


extern ngx_module_t  ngx_http_gate_auth_mtls_module;


#if (NGX_HTTP_SSL)

/*
 * the certificate of the connection; NGX_OK: it is to be freed; NGX_DECLINED:
 * there is none; NGX_ABORT: it was asked for and verified by another server
 * than that of the request, and says nothing here
 */
ngx_int_t ngx_http_gate_auth_mtls_peer(ngx_http_request_t *r, X509 **x);

#endif


/* within the room */

typedef struct {
    ngx_array_t               *from;      /* of ngx_cidr_t; NULL: no proxy */
    ngx_uint_t                 cert;      /* it must send the certificate */
    ngx_uint_t                 off;
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_auth_mtls_loc_conf_t;


/* whose chain was not verified: by its fingerprint alone */
#define NGX_HTTP_GATE_AUTH_MTLS_PINNED  1


extern const ngx_http_gate_method_t  ngx_http_gate_auth_mtls_method;
extern const ngx_http_gate_reason_t  *ngx_http_gate_auth_mtls_reasons[];
extern const ngx_http_gate_reason_t *const  ngx_http_gate_auth_mtls_failures[];

/*
 * the names of the client's certificate.  NGX_OK; NGX_DECLINED: there is none;
 * NGX_ABORT: it is no good, "why" is a sentence about it; NGX_ERROR
 */
ngx_int_t ngx_http_gate_auth_mtls_cert(ngx_http_request_t *r,
    gate_cert_t *cert, ngx_uint_t *flags, const char **why);

#if (NGX_HTTP_SSL)
/* for the preconfiguration: where nginx has what it knows of TLS */
void ngx_http_gate_auth_mtls_module_ssl(ngx_conf_t *cf);
#endif


#endif /* _NGX_HTTP_GATE_AUTH_MTLS_H_INCLUDED_ */
