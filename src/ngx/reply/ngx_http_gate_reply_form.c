
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * In which form a refusal is told: problem details, unless the client asks for
 * text or HTML by name and likes it better.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply_texts.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vary.h"


/* nginx has no name for it */
#define NGX_HTTP_GATE_GONE  410


static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_reply_unusual(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason);
static ngx_uint_t ngx_http_gate_reply_takes_all(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_reply_is_kept(ngx_uint_t status);
static ngx_int_t ngx_http_gate_reply_negotiate(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_uint_t ngx_http_gate_reply_accept(ngx_http_request_t *r);


const ngx_http_gate_form_t  *ngx_http_gate_reply_forms[] = {
    &ngx_http_gate_reply_problem,
    &ngx_http_gate_reply_text,
    &ngx_http_gate_reply_html
};


/*
 * Into ctx->reply->form; the one place where it is chosen.  What is told to a
 * program that takes anything depends on Accept, too, but no cache keeps it,
 * unless its status is one of those below.
 */

ngx_int_t
ngx_http_gate_reply_choose(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    ngx_http_gate_reply_loc_conf_t  *rlcf;

    ctx->reply->form = GATE_ACCEPT_PROBLEM;

    rlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_reply_module);

    if (rlcf->usual
        && ngx_http_gate_reply_takes_all(r)
        && !ngx_http_gate_reply_is_kept(r->headers_out.status))
    {
        return NGX_OK;
    }

    return ngx_http_gate_reply_unusual(r, ctx, reason);
}

static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_reply_unusual(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    ngx_http_gate_reply_loc_conf_t   *rlcf;
    ngx_http_gate_reply_main_conf_t  *rmcf;

    rlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_reply_module);
    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_reply_module);

    if (rlcf->errors != NGX_HTTP_GATE_ERRORS_PROBLEM
        && (!ngx_http_gate_reply_takes_all(r)
            || ngx_http_gate_reply_is_kept(r->headers_out.status))
        && ngx_http_gate_reply_negotiate(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (rmcf->texts == NULL) {
        return NGX_OK;
    }

    return ngx_http_gate_reply_texts(r, ctx, reason);
}


/* what most programs send, and some leave out */

static ngx_uint_t
ngx_http_gate_reply_takes_all(ngx_http_request_t *r)
{
#if (NGX_HTTP_HEADERS)

    ngx_table_elt_t  *h;

    h = r->headers_in.accept;

    return h == NULL
           || (h->value.len == sizeof("*/*") - 1 && h->value.data[0] == '*');

#else

    return 0;

#endif
}


/* errors that a cache may keep without being told to (RFC 9110 15.1) */

static ngx_uint_t
ngx_http_gate_reply_is_kept(ngx_uint_t status)
{
    return status == NGX_HTTP_NOT_FOUND
           || status == NGX_HTTP_NOT_ALLOWED
           || status == NGX_HTTP_GATE_GONE
           || status == NGX_HTTP_REQUEST_URI_TOO_LARGE
           || status == NGX_HTTP_NOT_IMPLEMENTED;
}


static ngx_int_t
ngx_http_gate_reply_negotiate(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    static ngx_str_t  names = ngx_string("Accept");

    ctx->reply->form = ngx_http_gate_reply_accept(r);

    return ngx_http_gate_vary(r, &names);
}


static ngx_uint_t
ngx_http_gate_reply_accept(ngx_http_request_t *r)
{
    gate_accept_t            a;
    ngx_table_elt_t         *h;
    ngx_http_gate_cursor_t   cursor;

    static ngx_str_t  name = ngx_string("accept");

    ngx_memzero(&a, sizeof(gate_accept_t));
    cursor.part = NULL;

    for ( ;; ) {
        h = ngx_http_gate_header_next(r, &name, &cursor);

        if (h == NULL) {
            return gate_accept_form(&a);
        }

        gate_accept_add(&a, ngx_http_gate_view(&h->value));
    }
}
