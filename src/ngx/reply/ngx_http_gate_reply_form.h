
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The forms in which a refusal is told.
 */


#ifndef _NGX_HTTP_GATE_REPLY_FORM_H_INCLUDED_
#define _NGX_HTTP_GATE_REPLY_FORM_H_INCLUDED_


#include "ngx_http_gate_reply.h"

#include "gate_accept.h"
#include "gate_text.h"


#define NGX_HTTP_GATE_FORMS  (GATE_ACCEPT_HTML + 1)


/* what is told */

typedef struct {
    const ngx_http_gate_reason_t  *reason;
    gate_str_t                     token;
    ngx_uint_t                     status;
    gate_str_t                     title;
    gate_str_t                     detail;
    gate_str_t                     language;
} ngx_http_gate_said_t;


/* how: the id of the request stands between head and tail, limits follow */

typedef struct {
    ngx_str_t                      type;      /* Content-Type */
    ngx_str_t                      charset;
    void                         (*head)(gate_text_t *t,
                                     const ngx_http_gate_said_t *said);
    void                         (*tail)(gate_text_t *t,
                                     const ngx_http_gate_said_t *said);
    void                         (*limits)(gate_text_t *t,
                                     ngx_http_gate_limit_ctx_t *limit);
    const char                    *end;
} ngx_http_gate_form_t;


/* by gate_accept_e */
extern const ngx_http_gate_form_t  *ngx_http_gate_reply_forms[];

extern const ngx_http_gate_form_t  ngx_http_gate_reply_problem;
extern const ngx_http_gate_form_t  ngx_http_gate_reply_text;
extern const ngx_http_gate_form_t  ngx_http_gate_reply_html;


/* what is known of this refusal, in English */
void ngx_http_gate_reply_body_said(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason,
    ngx_http_gate_said_t *said);
/* the body that tells it, and its length */
ngx_int_t ngx_http_gate_reply_body_tell(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_said_t *said);


#endif /* _NGX_HTTP_GATE_REPLY_FORM_H_INCLUDED_ */
