
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * An answer that was kept, given once more.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_idempotency.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_request.h"


static ngx_int_t ngx_http_gate_idempotency_body(ngx_http_request_t *r,
    gate_idempotency_t *record);
static ngx_int_t ngx_http_gate_idempotency_fields(ngx_http_request_t *r,
    gate_idempotency_t *record);
static void ngx_http_gate_idempotency_typed(ngx_http_request_t *r,
    ngx_table_elt_t *h);
static void ngx_http_gate_idempotency_content(ngx_http_request_t *r,
    gate_idempotency_t *record);
static ngx_str_t ngx_http_gate_idempotency_str(gate_str_t s);


ngx_int_t
ngx_http_gate_idempotency_replay(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_http_gate_ctx_t  *ctx;
    gate_idempotency_t   *record;

    ctx = ngx_http_gate_get_ctx(r);
    record = &ctx->idempotency->record;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    ctx->answer->repeated = 1;

    r->headers_out.status = record->status;
    r->headers_out.status_line = ngx_http_gate_idempotency_str(record->line);

    /* RFC 9110, 8.6: of these two it would say what is not so */

    if (record->status != NGX_HTTP_NO_CONTENT
        && record->status != NGX_HTTP_NOT_MODIFIED)
    {
        r->headers_out.content_length_n = record->body.len;
    }

    /* as what comes from an upstream: its conditions were the service's */
    r->disable_not_modified = 1;

    ngx_http_gate_idempotency_content(r, record);

    if (ngx_http_gate_idempotency_fields(r, record) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_gate_idempotency_body(r, record);
}


static ngx_int_t
ngx_http_gate_idempotency_body(ngx_http_request_t *r,
    gate_idempotency_t *record)
{
    ngx_buf_t    *b;
    ngx_chain_t   out;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = record->body.data;
    b->last = record->body.data + record->body.len;
    b->memory = (record->body.len != 0);
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/* with its character set apart, as nginx has it of an upstream */

static void
ngx_http_gate_idempotency_content(ngx_http_request_t *r,
    gate_idempotency_t *record)
{
    u_char     *p, *last;
    ngx_str_t  *type;

    type = &r->headers_out.content_type;

    *type = ngx_http_gate_idempotency_str(record->type);

    r->headers_out.content_type_len = type->len;
    r->headers_out.content_type_lowcase = NULL;

    last = type->data + type->len;
    p = ngx_strlchr(type->data, last, ';');

    if (p == NULL) {
        return;
    }

    r->headers_out.content_type_len = p - type->data;

    do {
        p++;
    } while (p < last && *p == ' ');

    if ((size_t) (last - p) > sizeof("charset=") - 1
        && ngx_strncasecmp(p, (u_char *) "charset=", sizeof("charset=") - 1)
           == 0)
    {
        p += sizeof("charset=") - 1;
        r->headers_out.charset.data = p;
        r->headers_out.charset.len = last - p;
    }
}


static ngx_int_t
ngx_http_gate_idempotency_fields(ngx_http_request_t *r,
    gate_idempotency_t *record)
{
    size_t            pos;
    ngx_str_t         name, value;
    gate_str_t        n, v;
    ngx_table_elt_t  *h;

    static ngx_str_t  replayed = ngx_string("Idempotency-Replayed");
    static ngx_str_t  yes = ngx_string("true");

    pos = 0;

    while (gate_idempotency_field(record, &pos, &n, &v)) {

        name = ngx_http_gate_idempotency_str(n);
        value = ngx_http_gate_idempotency_str(v);

        h = ngx_http_gate_add_out(r, &name, &value);
        if (h == NULL) {
            return NGX_ERROR;
        }

        ngx_http_gate_idempotency_typed(r, h);
    }

    return ngx_http_gate_add_out(r, &replayed, &yes) ? NGX_OK : NGX_ERROR;
}


/* where filters of nginx's look for them */

static void
ngx_http_gate_idempotency_typed(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    if (ngx_http_gate_name_is(&h->key, gate_cstr("content-encoding"))) {
        r->headers_out.content_encoding = h;

    } else if (ngx_http_gate_name_is(&h->key, gate_cstr("etag"))) {
        r->headers_out.etag = h;

    } else if (ngx_http_gate_name_is(&h->key, gate_cstr("last-modified"))) {
        r->headers_out.last_modified = h;
        r->headers_out.last_modified_time = ngx_parse_http_time(h->value.data,
                                                                h->value.len);

    } else if (ngx_http_gate_name_is(&h->key, gate_cstr("server"))) {
        r->headers_out.server = h;
    }
}


static ngx_str_t
ngx_http_gate_idempotency_str(gate_str_t s)
{
    ngx_str_t  text;

    text.len = s.len;
    text.data = s.data;

    return text;
}
