
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A refusal in the language that the client likes best, of those that the
 * operator has written it in.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply_texts.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vary.h"


static size_t ngx_http_gate_reply_texts_language(ngx_http_request_t *r,
    ngx_http_gate_texts_t *texts);
static ngx_int_t ngx_http_gate_reply_texts_field(ngx_http_request_t *r,
    gate_str_t tag);


ngx_int_t
ngx_http_gate_reply_texts(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    size_t                            i;
    ngx_http_gate_said_t              said;
    ngx_http_gate_words_t            *words;
    ngx_http_gate_texts_t            *texts;
    ngx_http_gate_reply_main_conf_t  *rmcf;

    static ngx_str_t  name = ngx_string("Accept-Language");

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_reply_module);
    texts = &rmcf->texts[ngx_http_gate_reason_number(r, reason)];

    if (texts->reason != reason) {
        return NGX_OK;
    }

    if (ngx_http_gate_vary(r, &name) != NGX_OK) {
        return NGX_ERROR;
    }

    i = ngx_http_gate_reply_texts_language(r, texts);
    words = &texts->words[i];

    if (words->title.data == NULL && words->detail.data == NULL) {
        return NGX_OK;
    }

    if (ngx_http_gate_reply_texts_field(r, texts->tags[i]) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_gate_reply_body_said(r, ctx, reason, &said);

    said.language = texts->tags[i];

    if (words->title.data != NULL) {
        said.title = words->title;
    }

    if (words->detail.data != NULL) {
        said.detail = words->detail;
    }

    return (ngx_http_gate_reply_body_tell(r, ctx, &said) == NGX_OK)
           ? NGX_DONE : NGX_ERROR;
}


static size_t
ngx_http_gate_reply_texts_language(ngx_http_request_t *r,
    ngx_http_gate_texts_t *texts)
{
    ngx_table_elt_t         *h;
    gate_accept_language_t   l;
    ngx_http_gate_cursor_t   cursor;

    static ngx_str_t  name = ngx_string("accept-language");

    ngx_memzero(&l, sizeof(gate_accept_language_t));
    cursor.part = NULL;

    for ( ;; ) {
        h = ngx_http_gate_header_next(r, &name, &cursor);

        if (h == NULL) {
            return l.found;
        }

        gate_accept_language_add(&l, ngx_http_gate_view(&h->value),
                                 texts->tags, texts->n);
    }
}


static ngx_int_t
ngx_http_gate_reply_texts_field(ngx_http_request_t *r, gate_str_t tag)
{
    ngx_keyval_t  f;

    ngx_str_set(&f.key, "Content-Language");
    f.value.len = tag.len;
    f.value.data = tag.data;

    return ngx_http_gate_set_out(r, &f, 1, ngx_http_gate_out_first('C'));
}
