
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A request as its client sent it, for what was signed: the target before it
 * was normalised or rewritten, the method before an error page made it GET,
 * and fields as they came.  What hygiene took is gone, but keys.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_auth_signature.h"
#include "ngx_http_gate_trust.h"


static void ngx_http_gate_signature_line(ngx_http_request_t *r,
    gate_httpsig_request_t *req);
static void ngx_http_gate_signature_absolute(gate_httpsig_request_t *req);
static ngx_int_t ngx_http_gate_signature_host(ngx_http_request_t *r,
    gate_httpsig_request_t *req);
static int ngx_http_gate_signature_field(void *data, gate_str_t name, size_t n,
    gate_str_t *value);
static int ngx_http_gate_signature_taken(ngx_http_request_t *r,
    ngx_str_t *name, size_t n, gate_str_t *value);


ngx_int_t
ngx_http_gate_signature_request(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_httpsig_request_t *req,
    ngx_http_gate_signature_lines_t *lines)
{
    u_char     *p;
    ngx_str_t   scheme, *target;

    r = r->main;

    ngx_memzero(req, sizeof(gate_httpsig_request_t));
    ngx_memzero(lines, sizeof(ngx_http_gate_signature_lines_t));

    lines->r = r;
    req->data = lines;
    req->field = ngx_http_gate_signature_field;

    if (ngx_http_gate_trust_proto(r, ctx, &scheme) != NGX_OK) {
        return NGX_ERROR;
    }

    req->scheme = ngx_http_gate_view(&scheme);

    target = &r->unparsed_uri;
    p = ngx_strlchr(target->data, target->data + target->len, '?');

    req->path = gate_str(target->data, p ? (size_t) (p - target->data)
                                         : target->len);

    if (p != NULL) {
        req->has_query = 1;
        req->query = gate_str(p + 1, target->data + target->len - p - 1);
    }

    if (ctx->keys->query.len != 0) {
        /* the target has them masked */
        req->query = ngx_http_gate_view(&ctx->keys->query);
    }

    ngx_http_gate_signature_line(r, req);

    return ngx_http_gate_signature_host(r, req);
}


/* method and target of the request line, which HTTP/2 and 3 have, too */

static void
ngx_http_gate_signature_line(ngx_http_request_t *r,
    gate_httpsig_request_t *req)
{
    u_char  *p, *q, *last;

    p = r->request_line.data;
    last = p + r->request_line.len;

    q = ngx_strlchr(p, last, ' ');

    if (q == NULL) {
        req->method = ngx_http_gate_view(&r->method_name);
        req->target = ngx_http_gate_view(&r->unparsed_uri);
        return;
    }

    req->method = gate_str(p, q - p);

    while (q < last && *q == ' ') {
        q++;
    }

    p = q;
    q = ngx_strlchr(p, last, ' ');

    req->target = gate_str(p, (q ? q : last) - p);

    ngx_http_gate_signature_absolute(req);
}


/* RFC 9110 7.1: the authority is then that of the target, not Host */

static void
ngx_http_gate_signature_absolute(gate_httpsig_request_t *req)
{
    u_char  *p, *last;
    size_t   n;

    p = req->target.data;
    last = p + req->target.len;

    if (req->target.len == 0 || *p == '/' || *p == '*') {
        return;
    }

    p = ngx_strlchr(p, last, ':');

    if (p == NULL || last - p < 3 || p[1] != '/' || p[2] != '/') {
        return;
    }

    p += 3;

    for (n = 0; p + n < last; n++) {
        if (p[n] == '/' || p[n] == '?' || p[n] == '#') {
            break;
        }
    }

    req->authority = gate_str(p, n);

    if (p + n == last || p[n] != '/') {
        req->path = gate_str(p, 0);
    }
}


/* as the client wrote it, or as a trusted proxy says that it did */

static ngx_int_t
ngx_http_gate_signature_host(ngx_http_request_t *r,
    gate_httpsig_request_t *req)
{
    if (req->authority.len != 0) {
        return NGX_OK;
    }

    if (r->headers_in.host != NULL) {
        req->authority = ngx_http_gate_view(&r->headers_in.host->value);
        return NGX_OK;
    }

    req->authority = ngx_http_gate_view(&r->headers_in.server);

    return NGX_OK;
}


/* lines of one name are asked for one after the other */

static int
ngx_http_gate_signature_field(void *data, gate_str_t name, size_t n,
    gate_str_t *value)
{
    ngx_http_gate_signature_lines_t *lines = data;

    ngx_table_elt_t  *h;

    if (n == 0 || n != lines->n || name.data != lines->name.data
        || name.len != lines->name.len)
    {
        lines->name.data = name.data;
        lines->name.len = name.len;
        lines->cursor.part = NULL;
        lines->n = 0;
    }

    h = NULL;

    while (lines->n <= n) {
        h = ngx_http_gate_header_next(lines->r, &lines->name, &lines->cursor);

        if (h == NULL) {
            n -= lines->n;
            lines->n = 0;

            return ngx_http_gate_signature_taken(lines->r, &lines->name, n,
                                                 value);
        }

        lines->n++;
    }

    *value = ngx_http_gate_view(&h->value);

    return 1;
}


/* what is a key was taken out of the list, and may have been given back */

static int
ngx_http_gate_signature_taken(ngx_http_request_t *r, ngx_str_t *name, size_t n,
    gate_str_t *value)
{
    ngx_uint_t               i;
    ngx_array_t             *taken;
    ngx_table_elt_t         *h, *back;
    ngx_http_gate_cursor_t   cursor;

    taken = ngx_http_gate_keys_taken(r);

    if (taken == NULL) {
        return 0;
    }

    h = taken->elts;

    for (i = 0; i < taken->nelts; i++) {

        if (h[i].key.len != name->len
            || ngx_memcmp(h[i].lowcase_key, name->data, name->len) != 0)
        {
            continue;
        }

        cursor.part = NULL;

        do {
            back = ngx_http_gate_header_next(r, name, &cursor);
        } while (back != NULL && back->value.data != h[i].value.data);

        if (back == NULL && n-- == 0) {
            *value = ngx_http_gate_view(&h[i].value);
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_gate_signature_joined(ngx_http_request_t *r, ngx_str_t *name,
    gate_str_t *value)
{
    u_char                           *p;
    size_t                            len, n;
    gate_str_t                        line, only;
    ngx_http_gate_signature_lines_t   lines;

    ngx_memzero(&lines, sizeof(ngx_http_gate_signature_lines_t));
    lines.r = r->main;

    len = 0;
    only = gate_str(NULL, 0);

    for (n = 0;
         ngx_http_gate_signature_field(&lines, ngx_http_gate_view(name), n,
                                       &line);
         n++)
    {
        only = line;
        len += line.len + 2;
    }

    if (n < 2) {
        *value = only;
        return n ? NGX_OK : NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;

    for (n = 0;
         ngx_http_gate_signature_field(&lines, ngx_http_gate_view(name), n,
                                       &line);
         n++)
    {
        if (n != 0) {
            *p++ = ',';
            *p++ = ' ';
        }

        p = gate_str_copy(p, line);
    }

    value->len = p - value->data;

    return NGX_OK;
}
