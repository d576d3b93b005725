
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Is an answer, by its header, one whose body can be edited?
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_edit.h"
#include "ngx_http_gate_request.h"


static ngx_uint_t ngx_http_gate_edit_apart(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_edit_types(ngx_http_request_t *r);


/* has it a body, or would it have, that an edit is about? */

ngx_uint_t
ngx_http_gate_edit_concerns(ngx_http_request_t *r, ngx_http_gate_edit_t *e)
{
    ngx_uint_t  status;

    status = r->headers_out.status;

    /* a repeated answer is of no upstream */

    if ((r->upstream && r->upstream->upgrade)
        || status == NGX_HTTP_SWITCHING_PROTOCOLS
        || status == NGX_HTTP_NO_CONTENT)
    {
        return 0;
    }

    if (status == NGX_HTTP_NOT_MODIFIED) {
        return 1;
    }

    if (e->body != NULL) {
        return !ngx_http_gate_edit_apart(r);
    }

    /* to HEAD: what a GET would be answered with */

    return r->headers_out.content_length_n != 0
           && (r->method != NGX_HTTP_HEAD
               || (!ngx_http_gate_edit_apart(r)
                   && ngx_http_gate_edit_is_type(e,
                         ngx_http_gate_view(&r->headers_out.content_type))));
}


const char *
ngx_http_gate_edit_unfit(ngx_http_request_t *r, ngx_http_gate_edit_t *e,
    ngx_uint_t *policy)
{
    if (ngx_http_gate_edit_apart(r)
        || ngx_http_gate_edit_types(r) > 1
        || !ngx_http_gate_edit_is_type(e,
               ngx_http_gate_view(&r->headers_out.content_type)))
    {
        *policy = e->other;
        return "it is of another type";
    }

    if (ngx_http_gate_edit_encoded(r, 0)) {
        *policy = e->encoded;
        return "it is encoded";
    }

    if (r->headers_out.content_length_n > (off_t) e->max) {
        *policy = e->over;
        return "it is too large";
    }

    return NULL;
}


/* a part, a stream of events, or what is no final answer: never one text */

static ngx_uint_t
ngx_http_gate_edit_apart(ngx_http_request_t *r)
{
    gate_str_t  type;

    type = ngx_http_gate_view(&r->headers_out.content_type);
    type = ngx_http_gate_edit_bare(type);

    return r->headers_out.status < NGX_HTTP_OK
           || r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT
           || gate_str_eq_nocase(type, gate_cstr("text/event-stream"));
}


/* how often the service has said it; nginx sends one of them */

static ngx_uint_t
ngx_http_gate_edit_types(ngx_http_request_t *r)
{
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    if (r->upstream == NULL) {
        return 0;
    }

    n = 0;

    for (part = &r->upstream->headers_in.headers.part; part; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            n += ngx_http_gate_name_is(&h[i].key, gate_cstr("content-type"));
        }
    }

    return n;
}


/* a service may have said it in several fields, of which nginx knows one */

ngx_uint_t
ngx_http_gate_edit_encoded(ngx_http_request_t *r, ngx_uint_t remove)
{
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    if (r->headers_out.content_encoding == NULL) {
        return 0;
    }

    n = 0;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0
                || !ngx_http_gate_name_is(&h[i].key,
                                          gate_cstr("content-encoding")))
            {
                continue;
            }

            n += (h[i].value.len != 0);

            if (remove) {
                h[i].hash = 0;
            }
        }
    }

    if (remove) {
        r->headers_out.content_encoding = NULL;
    }

    return n;
}
