
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * _auth_known.c: whose key it is.
 */


#ifndef _NGX_HTTP_GATE_AUTH_KNOWN_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_KNOWN_H_INCLUDED_


#include "ngx_http_gate.h"


typedef struct ngx_http_gate_auth_known_s  ngx_http_gate_auth_known_t;


/* it lives as long as the configuration */
ngx_http_gate_auth_known_t *ngx_http_gate_auth_known_create(ngx_conf_t *cf);

/* NGX_OK: *credential is its, or NULL, and then there is its digest; whether it
 * still counts is not asked */
ngx_int_t ngx_http_gate_auth_known(ngx_http_request_t *r,
    ngx_http_gate_auth_known_t *known, ngx_str_t *key,
    gate_credential_t **credential, unsigned char digest[GATE_SHA256_LEN]);

/* that key is whose Redis said, which is remembered with what it depends on */
void ngx_http_gate_auth_known_keep(ngx_http_gate_auth_known_t *known,
    ngx_str_t *key, gate_credential_t *credential);


#endif /* _NGX_HTTP_GATE_AUTH_KNOWN_H_INCLUDED_ */
