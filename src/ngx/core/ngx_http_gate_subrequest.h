
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A subrequest: who it is for where it leads, and what became of it there.
 */


#ifndef _NGX_HTTP_GATE_SUBREQUEST_H_INCLUDED_
#define _NGX_HTTP_GATE_SUBREQUEST_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_refused.h"


struct ngx_http_gate_subrequest_s {
    ngx_http_gate_subrequest_t  *next;
    ngx_http_request_t          *request;
    ngx_http_gate_identity_t     who;
    ngx_http_gate_auth_conf_t *who_conf;
    ngx_int_t                  who_rc;
    ngx_http_gate_refused_t    refused;
    const ngx_http_gate_reason_t  *reason;    /* NULL: not refused */
    void                     **passed;        /* loc_conf where it may go on */
};


/* what is known of a subrequest, made if need be; NULL: no memory */
ngx_http_gate_subrequest_t *ngx_http_gate_subrequest(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* the same, NULL: nothing is known */
ngx_http_gate_subrequest_t *ngx_http_gate_subrequest_find(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* for a stage that has nothing to do with subrequests */
ngx_int_t ngx_http_gate_subrequest_exempt(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


#endif /* _NGX_HTTP_GATE_SUBREQUEST_H_INCLUDED_ */
