
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a subrequest or an error page may reach.
 */


#ifndef _NGX_HTTP_GATE_GUARD_H_INCLUDED_
#define _NGX_HTTP_GATE_GUARD_H_INCLUDED_


#include "ngx_http_gate.h"

#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_refused.h"


/* a subrequest: who it is for where it leads, and what became of it there */

struct ngx_http_gate_part_s {
    ngx_http_gate_part_t      *next;
    ngx_http_request_t        *request;
    ngx_http_gate_identity_t   who;
    ngx_http_gate_auth_conf_t *who_conf;
    ngx_int_t                  who_rc;
    ngx_http_gate_refused_t    refused;
    const ngx_http_gate_reason_t  *reason;    /* NULL: not refused */
    void                     **passed;        /* loc_conf where it may go on */
};

/* PREACCESS and PRECONTENT of a subrequest in a gated location */
ngx_int_t ngx_http_gate_guard(ngx_http_request_t *r);
/* PRECONTENT of a request that was refused, here or on its way */
ngx_int_t ngx_http_gate_guard_refused(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* has all of the pipeline let it pass here? */
ngx_uint_t ngx_http_gate_guard_passed(ngx_http_request_t *r);
/* what is known of a subrequest, made if need be; NULL: no memory */
ngx_http_gate_part_t *ngx_http_gate_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* for whom it is: of a subrequest where its location asks, else the client */
ngx_http_gate_identity_t *ngx_http_gate_who(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* for a stage that has nothing to do with subrequests */
ngx_int_t ngx_http_gate_guard_exempt(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* LOG, ahead of the access log */
ngx_int_t ngx_http_gate_guard_log(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GATE_GUARD_H_INCLUDED_ */
