
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_claim_header: claims of a token as fields to the sidecar.
 */


#ifndef _NGX_HTTP_GATE_SERVICE_CLAIMS_H_INCLUDED_
#define _NGX_HTTP_GATE_SERVICE_CLAIMS_H_INCLUDED_


#include "ngx_http_gate_service.h"


char *ngx_http_gate_service_claim_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
/* as lines of ..._set_header */
ngx_int_t ngx_http_gate_service_claim_push(
    ngx_http_gate_service_loc_conf_t *conf, ngx_array_t *to);
/* is that one of them? */
ngx_uint_t ngx_http_gate_service_claim_is(
    ngx_http_gate_service_loc_conf_t *conf, ngx_str_t *name);
/* all that is said of the bearer, for the key of a cache */
ngx_int_t ngx_http_gate_service_claim_all(ngx_http_request_t *r,
    ngx_http_gate_service_loc_conf_t *conf, ngx_http_gate_identity_t *who,
    ngx_str_t *value);
/* a check of each place */
ngx_int_t ngx_http_gate_service_claim_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


#endif /* _NGX_HTTP_GATE_SERVICE_CLAIMS_H_INCLUDED_ */
