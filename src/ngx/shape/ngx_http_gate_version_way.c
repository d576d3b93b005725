
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_versions: where a request may name a version, and whether it does.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_version.h"


static ngx_int_t ngx_http_gate_version_arg(ngx_http_request_t *r,
    gate_str_t arg, gate_str_t *name);
static ngx_int_t ngx_http_gate_version_media(ngx_http_request_t *r,
    ngx_http_gate_versions_t *v, gate_version_media_t *media,
    gate_str_t *name);


ngx_int_t
ngx_http_gate_version_named(ngx_http_request_t *r,
    ngx_http_gate_versions_t *v, ngx_http_gate_version_way_t *way,
    gate_str_t *name, gate_str_t *rest)
{
    ngx_uint_t        n;
    gate_str_t        behind;
    ngx_table_elt_t  *h;

    switch (way->by) {

    case NGX_HTTP_GATE_VERSION_PATH:

        /* else it is the name of something else */

        if (!gate_version_segment(*rest, name, &behind)
            || ngx_http_gate_version_find(v, *name) == NULL)
        {
            return NGX_DECLINED;
        }

        *rest = behind;

        if (rest->len) {
            *rest = gate_str(rest->data + 1, rest->len - 1);
        }

        return NGX_OK;

    case NGX_HTTP_GATE_VERSION_FIELD:

        h = ngx_http_gate_header(r, &way->name, &n);

        if (h == NULL) {
            return NGX_DECLINED;
        }

        *name = ngx_http_gate_view(&h->value);

        return (n == 1) ? NGX_OK : NGX_ABORT;

    case NGX_HTTP_GATE_VERSION_QUERY:
        return ngx_http_gate_version_arg(r, ngx_http_gate_view(&way->name),
                                         name);

    default: /* NGX_HTTP_GATE_VERSION_MEDIA */
        return ngx_http_gate_version_media(r, v, &way->media, name);
    }
}


static ngx_int_t
ngx_http_gate_version_arg(ngx_http_request_t *r, gate_str_t arg,
    gate_str_t *name)
{
    u_char     *p, *last, *end;
    ngx_int_t   rc;

    rc = NGX_DECLINED;
    last = r->args.data + r->args.len;

    for (p = r->args.data; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, '&');
        end = end ? end : last;

        if ((size_t) (end - p) < arg.len
            || !gate_str_eq(gate_str(p, arg.len), arg)
            || (p + arg.len < end && p[arg.len] != '='))
        {
            continue;
        }

        if (rc == NGX_OK) {
            return NGX_ABORT;
        }

        rc = NGX_OK;
        p += arg.len;
        *name = (p < end) ? gate_str(p + 1, end - p - 1) : gate_str(p, 0);
    }

    return rc;
}


/* what is wanted most of what there is, the first of several; else of what is
 * asked for, and there is not */

static ngx_int_t
ngx_http_gate_version_media(ngx_http_request_t *r,
    ngx_http_gate_versions_t *v, gate_version_media_t *media,
    gate_str_t *name)
{
    unsigned                 weight, most;
    gate_str_t               version;
    ngx_uint_t               is, known;
    ngx_table_elt_t         *h;
    gate_version_ranges_t    ranges;
    ngx_http_gate_cursor_t   cursor;

    static ngx_str_t  accept = ngx_string("accept");

    ngx_memzero(&cursor, sizeof(ngx_http_gate_cursor_t));
    ngx_memzero(&ranges, sizeof(gate_version_ranges_t));

    most = 0;
    known = 0;

    for ( ;; ) {
        h = ngx_http_gate_header_next(r, &accept, &cursor);

        if (h == NULL) {
            return most ? NGX_OK : NGX_DECLINED;
        }

        ranges.accept = ngx_http_gate_view(&h->value);
        ranges.pos = 0;

        while (gate_version_accept(media, &ranges, &version, &weight)) {

            is = (ngx_http_gate_version_find(v, version) != NULL);

            if (is > known || (is == known && weight > most)) {
                *name = version;
                most = weight;
                known = is;
            }
        }
    }
}


ngx_http_gate_version_t *
ngx_http_gate_version_find(ngx_http_gate_versions_t *v, gate_str_t name)
{
    ngx_uint_t                i;
    ngx_http_gate_version_t  *version;

    version = v->versions->elts;

    for (i = 0; i < v->versions->nelts; i++) {
        if (gate_str_eq(ngx_http_gate_view(&version[i].name), name)) {
            return &version[i];
        }
    }

    return NULL;
}
