
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The operator's texts of refusals, by language: gate_error_texts.
 */


#ifndef _NGX_HTTP_GATE_REPLY_TEXTS_H_INCLUDED_
#define _NGX_HTTP_GATE_REPLY_TEXTS_H_INCLUDED_


#include "ngx_http_gate_reply_form.h"


/* "data" is NULL: the file leaves it out */

typedef struct {
    gate_str_t                     title;
    gate_str_t                     detail;
} ngx_http_gate_words_t;


/* of one reason, by its number; the first language is English, of which the
 * file may have no words */

struct ngx_http_gate_texts_s {
    const ngx_http_gate_reason_t  *reason;    /* NULL: no words of it */
    ngx_uint_t                     n;         /* languages */
    gate_str_t                    *tags;
    ngx_http_gate_words_t         *words;
};


/* gate_error_texts FILE; */
char *ngx_http_gate_reply_texts_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * NGX_DONE: the body is written, by words of the file; NGX_OK: the file has
 * none for this reason and client
 */
ngx_int_t ngx_http_gate_reply_texts(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason);


#endif /* _NGX_HTTP_GATE_REPLY_TEXTS_H_INCLUDED_ */
