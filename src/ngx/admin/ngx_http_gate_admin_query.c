
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Arguments of a request: limit, cursor, format, and those of one path.
 */


#include "ngx_http_gate_admin.h"

#include "gate_uri.h"


#define NGX_HTTP_GATE_ADMIN_LIMIT   50
#define NGX_HTTP_GATE_ADMIN_CURSOR  2048      /* bytes of it, decoded */


static ngx_int_t ngx_http_gate_admin_query_wrong(ngx_http_gate_admin_t *a,
    const char *detail);


ngx_int_t
ngx_http_gate_admin_query(ngx_http_gate_admin_t *a, const char *name,
    gate_str_t *value)
{
    size_t       pos;
    u_char      *p;
    gate_str_t   arg, raw;

    pos = 0;

    if (!gate_uri_arg(ngx_http_gate_view(&a->request->args), gate_cstr(name),
                      &pos, &arg, &raw))
    {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(a->pool, raw.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    *value = gate_str(p, gate_uri_unescape(raw, p));

    return NGX_OK;
}


/* the limit, and where to go on: "" from the beginning */

ngx_int_t
ngx_http_gate_admin_page(ngx_http_gate_admin_t *a, ngx_uint_t most,
    gate_str_t *cursor)
{
    ngx_int_t   n, rc;
    ngx_str_t   from, to;
    gate_str_t  value;

    a->limit = ngx_min(NGX_HTTP_GATE_ADMIN_LIMIT, most);
    *cursor = gate_str("", 0);

    rc = ngx_http_gate_admin_query(a, "limit", &value);

    if (rc == NGX_OK) {
        n = ngx_atoi(value.data, value.len);

        if (n < 1 || (ngx_uint_t) n > most) {
            return ngx_http_gate_admin_query_wrong(a, "The argument \"limit\" "
                                                   "must be a number from 1 to "
                                                   "200, of usage to 100.");
        }

        a->limit = n;
    }

    if (rc != NGX_ERROR) {
        rc = ngx_http_gate_admin_query(a, "cursor", &value);
    }

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    if (value.len == 0) {
        return NGX_OK;
    }

    from.data = value.data;
    from.len = value.len;
    to.data = ngx_pnalloc(a->pool, ngx_base64_decoded_length(from.len) + 1);

    if (to.data == NULL) {
        return NGX_ERROR;
    }

    if (value.len > NGX_HTTP_GATE_ADMIN_CURSOR
        || ngx_decode_base64url(&to, &from) != NGX_OK
        || !gate_admin_path_is_text(ngx_http_gate_view(&to),
                                    NGX_HTTP_GATE_ADMIN_CURSOR))
    {
        return ngx_http_gate_admin_query_wrong(a, "The argument \"cursor\" "
                                               "must be one that an answer "
                                               "has given.");
    }

    *cursor = ngx_http_gate_view(&to);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_admin_format(ngx_http_gate_admin_t *a)
{
    ngx_int_t   rc;
    gate_str_t  value;

    rc = ngx_http_gate_admin_query(a, "format", &value);

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    if (gate_str_eq(value, gate_cstr("json"))) {
        a->format = NGX_HTTP_GATE_ADMIN_JSON;

    } else if (gate_str_eq(value, gate_cstr("text"))) {
        a->format = NGX_HTTP_GATE_ADMIN_TEXT;

    } else if (gate_str_eq(value, gate_cstr("csv"))
               && a->route->resource == GATE_ADMIN_USAGE)
    {
        a->format = NGX_HTTP_GATE_ADMIN_CSV;

    } else {
        return ngx_http_gate_admin_query_wrong(a, "The argument \"format\" "
                                               "must be \"json\" or \"text\", "
                                               "of usage also \"csv\".");
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_admin_next(ngx_http_gate_admin_t *a, gate_str_t name)
{
    ngx_str_t  from, to;

    if (name.len == 0) {
        return NGX_OK;
    }

    from.data = name.data;
    from.len = name.len;
    to.data = ngx_pnalloc(a->pool, ngx_base64_encoded_length(from.len) + 1);

    if (to.data == NULL) {
        return NGX_ERROR;
    }

    ngx_encode_base64url(&to, &from);

    a->next = ngx_http_gate_view(&to);

    return json_object_set_new(a->answer, "next",
                               json_stringn((char *) to.data, to.len)) == 0
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_gate_admin_query_wrong(ngx_http_gate_admin_t *a, const char *detail)
{
    return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_invalid, detail);
}
