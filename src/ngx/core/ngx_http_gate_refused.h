
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whom a refusal met.
 */


#ifndef _NGX_HTTP_GATE_REFUSED_H_INCLUDED_
#define _NGX_HTTP_GATE_REFUSED_H_INCLUDED_


#include "ngx_http_gate.h"

#include <jansson.h>


/* whom a refusal met, see _refused.c: of no use to any policy */

typedef struct {
    ngx_str_t                  name;          /* of the consumer */
    ngx_str_t                  credential;
    ngx_str_t                  claim;         /* its value, escaped and cut */
    const char                *detail;        /* for the caller, or NULL */
    const ngx_http_gate_reason_t  *reason;    /* of a method */
} ngx_http_gate_refused_t;

struct ngx_http_gate_refused_ctx_s {
    ngx_http_gate_refused_t      whom;
    ngx_http_log_handler_pt      log_handler; /* the one before ours */
    ngx_str_t                    scopes;      /* that were missing */
    const ngx_http_gate_reason_t  *would;     /* see _dry_run.h, or NULL */
    struct ngx_http_gate_shield_ctx_s  *shield;  /* see _shield.h, or NULL */
};

/* for methods: why they refuse a credential, and more about it for the caller
 * or NULL; the answer is theirs, too */
ngx_int_t ngx_http_gate_refused_why(ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason, const char *detail);
/* ... before that, of one that they know: whose it is */
void ngx_http_gate_refused_whom(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_consumer_t *c, ngx_str_t *credential);
void ngx_http_gate_refused_by_claim(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const json_t *claim);
/* all that is known, also of one who was known and then not entitled */
ngx_http_gate_refused_t ngx_http_gate_refused(
    ngx_http_gate_refused_t *refused, ngx_http_gate_identity_t *who);
/* lines of the error log have the request's id from here on */
void ngx_http_gate_refused_log_id(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* for the preconfiguration of who asks for the above */
ngx_int_t ngx_http_gate_refused_preconfiguration(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_REFUSED_H_INCLUDED_ */
