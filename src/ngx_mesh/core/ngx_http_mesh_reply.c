
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Answers of the mesh's locations, and the bodies they read.
 */


#include "ngx_http_mesh_reply.h"

#include "gate_text.h"


ngx_int_t
ngx_http_mesh_reply(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, gate_str_t text)
{
    u_char       *p;
    ngx_buf_t    *b;
    ngx_int_t     rc;
    ngx_chain_t   out;

    if (ngx_http_mesh_reply_field(r, "Cache-Control", gate_cstr("no-store"))
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = status;

    /* conditions are of what is told, and have been looked at */

    r->disable_not_modified = 1;
    r->allow_ranges = 0;

    if (status == NGX_HTTP_NO_CONTENT || status == NGX_HTTP_NOT_MODIFIED
        || text.len == 0)
    {
        r->header_only = (status == NGX_HTTP_NO_CONTENT
                          || status == NGX_HTTP_NOT_MODIFIED);
        r->headers_out.content_length_n = r->header_only ? -1 : 0;

        rc = ngx_http_send_header(r);

        if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
            return rc;
        }

        return ngx_http_send_special(r, NGX_HTTP_LAST);
    }

    p = ngx_pnalloc(r->pool, text.len);
    b = ngx_calloc_buf(r->pool);

    if (p == NULL || b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.content_length_n = text.len;
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = strcspn(type, ";");
    r->headers_out.content_type_lowcase = NULL;

    b->pos = p;
    b->last = ngx_cpymem(p, text.data, text.len);
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_http_mesh_reply_problem(ngx_http_request_t *r, ngx_uint_t status,
    const char *title, const char *detail, const char *pointer)
{
    size_t       size;
    u_char      *buf;
    gate_text_t  t;

    size = 128 + 6 * (ngx_strlen(title) + (detail ? ngx_strlen(detail) : 0)
                      + (pointer ? ngx_strlen(pointer) : 0));

    buf = ngx_pnalloc(r->pool, size);
    if (buf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    gate_text_init(&t, buf, size);

    gate_text_cstr(&t, "{\"title\":");
    gate_text_json(&t, gate_cstr(title));
    gate_text_cstr(&t, ",\"status\":");
    gate_text_uint(&t, status);

    if (detail != NULL) {
        gate_text_cstr(&t, ",\"detail\":");
        gate_text_json(&t, gate_cstr(detail));
    }

    if (pointer != NULL) {
        gate_text_cstr(&t, ",\"pointer\":");
        gate_text_json(&t, gate_cstr(pointer));
    }

    gate_text_cstr(&t, "}\n");

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE
        && ngx_http_mesh_reply_field(r, "Retry-After", gate_cstr("1"))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "mesh: refused with %ui: %s%s%s", status,
                  pointer ? pointer : "", pointer ? ": " : "",
                  detail ? detail : title);

    return ngx_http_mesh_reply(r, status, "application/problem+json",
                               gate_str(buf, t.last - buf));
}


ngx_int_t
ngx_http_mesh_reply_method(ngx_http_request_t *r, const char *allow)
{
    if (ngx_http_mesh_reply_field(r, "Allow", gate_cstr(allow)) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_mesh_reply_problem(r, NGX_HTTP_NOT_ALLOWED,
                                       "Method not allowed",
                                       "The field Allow has the methods of "
                                       "this path.", NULL);
}


ngx_int_t
ngx_http_mesh_reply_field(ngx_http_request_t *r, const char *name,
    gate_str_t value)
{
    u_char           *p;
    ngx_table_elt_t  *h;

    p = ngx_pnalloc(r->pool, value.len + 1);
    h = ngx_list_push(&r->headers_out.headers);

    if (h == NULL) {
        return NGX_ERROR;
    }

    if (p == NULL) {
        h->hash = 0;
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = p;
    h->value.len = value.len;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    ngx_memcpy(p, value.data, value.len);

    return NGX_OK;
}


ngx_int_t
ngx_http_mesh_reply_body(ngx_http_request_t *r, gate_str_t *body)
{
    size_t        len;
    u_char       *p;
    ssize_t       n;
    ngx_chain_t  *in;

    *body = gate_str("", 0);

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    len = 0;

    for (in = r->request_body->bufs; in; in = in->next) {
        len += ngx_buf_size(in->buf);
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    *body = gate_str(p, len);

    for (in = r->request_body->bufs; in; in = in->next) {

        n = ngx_buf_size(in->buf);

        /* that of an empty body is neither in memory nor in a file */

        if (n == 0) {
            continue;
        }

        if (!ngx_buf_in_memory(in->buf)) {
            if (ngx_read_file(in->buf->file, p, n, in->buf->file_pos) != n) {
                return NGX_ERROR;
            }

        } else {
            ngx_memcpy(p, in->buf->pos, n);
        }

        p += n;
    }

    return NGX_OK;
}


ngx_str_t *
ngx_http_mesh_reply_asked(ngx_http_request_t *r, const char *name)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    for (part = &r->headers_in.headers.part; part; part = part->next) {

        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
            {
                return &h[i].value;
            }
        }
    }

    return NULL;
}


/* nginx's own finds none without a "=" */

ngx_int_t
ngx_http_mesh_reply_arg(ngx_http_request_t *r, const char *name,
    gate_str_t *value)
{
    size_t   len;
    u_char  *p, *end, *last, *dst;

    len = ngx_strlen(name);
    last = r->args.data + r->args.len;

    for (p = r->args.data; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, '&');

        if (end == NULL) {
            end = last;
        }

        if ((size_t) (end - p) < len || ngx_memcmp(p, name, len) != 0
            || (p + len < end && p[len] != '='))
        {
            continue;
        }

        p = ngx_min(p + len + 1, end);

        dst = ngx_pnalloc(r->pool, end - p + 1);
        if (dst == NULL) {
            return NGX_ERROR;
        }

        *value = gate_str(dst, 0);

        ngx_unescape_uri(&dst, &p, end - p, 0);

        value->len = dst - value->data;

        return NGX_OK;
    }

    return NGX_DECLINED;
}


gate_str_t
ngx_http_mesh_reply_path(ngx_http_request_t *r)
{
    size_t                     n;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    n = ngx_min(clcf->name.len, r->uri.len);

    while (n < r->uri.len && r->uri.data[n] == '/') {
        n++;
    }

    return gate_str(r->uri.data + n, r->uri.len - n);
}
