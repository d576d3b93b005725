
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the rooms of replies ask of _answer.c.
 */


#ifndef _NGX_HTTP_GATE_ANSWER_H_INCLUDED_
#define _NGX_HTTP_GATE_ANSWER_H_INCLUDED_


#include "ngx_http_gate.h"


/* sets ctx->from, ctx->mark, ctx->bodiless; cleans what is about to go out */
ngx_int_t ngx_http_gate_answer_judge(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* why nginx made a 502 or 504 of an upstream's answer, NULL: it did not */
const char *ngx_http_gate_answer_failure(ngx_http_request_t *r);
/* the same, of a page that is about to be made; NULL: there is none */
const char *ngx_http_gate_answer_foreseen(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


#endif /* _NGX_HTTP_GATE_ANSWER_H_INCLUDED_ */
