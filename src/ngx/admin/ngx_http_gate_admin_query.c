
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Arguments of a request: limit, cursor, format, and those of one path.
 */


#include "ngx_http_gate_admin.h"

#include "gate_closest.h"
#include "gate_uri.h"


#define NGX_HTTP_GATE_ADMIN_LIMIT   50
#define NGX_HTTP_GATE_ADMIN_CURSOR  2048      /* bytes of it, decoded */

#define NGX_HTTP_GATE_ADMIN_NAMED   64        /* bytes of a name in a detail */
#define NGX_HTTP_GATE_ADMIN_STRAY   256       /* of the detail */

#define NGX_HTTP_GATE_ADMIN_OF_ALL        0
#define NGX_HTTP_GATE_ADMIN_OF_LISTS      1
#define NGX_HTTP_GATE_ADMIN_OF_CONSUMERS  2
#define NGX_HTTP_GATE_ADMIN_OF_USAGE      3
#define NGX_HTTP_GATE_ADMIN_OF_TOKENS     4


typedef struct {
    gate_str_t                 name;
    ngx_uint_t                 of;            /* which paths take it */
} ngx_http_gate_admin_argument_t;


static ngx_int_t ngx_http_gate_admin_arguments(ngx_http_gate_admin_t *a);
static ngx_uint_t ngx_http_gate_admin_takes(ngx_http_gate_admin_t *a,
    ngx_uint_t of);
static ngx_int_t ngx_http_gate_admin_query_stray(ngx_http_gate_admin_t *a,
    gate_str_t name, ngx_uint_t twice);
static ngx_int_t ngx_http_gate_admin_query_wrong(ngx_http_gate_admin_t *a,
    const char *detail);


static const ngx_http_gate_admin_argument_t  ngx_http_gate_admin_args[] = {
    { gate_string("format"), NGX_HTTP_GATE_ADMIN_OF_ALL },
    { gate_string("limit"), NGX_HTTP_GATE_ADMIN_OF_LISTS },
    { gate_string("cursor"), NGX_HTTP_GATE_ADMIN_OF_LISTS },
    { gate_string("plan"), NGX_HTTP_GATE_ADMIN_OF_CONSUMERS },
    { gate_string("group"), NGX_HTTP_GATE_ADMIN_OF_CONSUMERS },
    { gate_string("month"), NGX_HTTP_GATE_ADMIN_OF_USAGE },
    { gate_string("consumer"), NGX_HTTP_GATE_ADMIN_OF_USAGE },
    { gate_string("jti"), NGX_HTTP_GATE_ADMIN_OF_TOKENS }
};

#define NGX_HTTP_GATE_ADMIN_NARGS                                            \
    (sizeof(ngx_http_gate_admin_args) / sizeof(ngx_http_gate_admin_args[0]))


/* an argument that nobody reads, or one that is there twice, is a mistake */

static ngx_int_t
ngx_http_gate_admin_arguments(ngx_http_gate_admin_t *a)
{
    size_t       pos, end, n;
    u_char      *p;
    gate_str_t   args, piece, name, value;
    ngx_uint_t   i, seen;

    args = ngx_http_gate_view(&a->request->args);
    seen = 0;

    for (pos = 0; pos < args.len; pos = end + 1) {

        for (end = pos; end < args.len && args.data[end] != '&'; end++) {
            /* void */
        }

        piece = gate_str(args.data + pos, end - pos);

        if (piece.len == 0) {
            continue;
        }

        for (i = 0; i < NGX_HTTP_GATE_ADMIN_NARGS; i++) {
            if (ngx_http_gate_admin_takes(a, ngx_http_gate_admin_args[i].of)
                && gate_uri_is(piece, ngx_http_gate_admin_args[i].name,
                               &value))
            {
                break;
            }
        }

        if (i < NGX_HTTP_GATE_ADMIN_NARGS && !(seen & (1 << i))) {
            seen |= 1 << i;
            continue;
        }

        for (n = 0; n < piece.len && piece.data[n] != '='; n++) {
            /* void */
        }

        p = ngx_pnalloc(a->pool, n + 1);
        if (p == NULL) {
            return NGX_ERROR;
        }

        name = gate_str(p, gate_uri_unescape(gate_str(piece.data, n), p));

        return ngx_http_gate_admin_query_stray(a, name,
                                          i < NGX_HTTP_GATE_ADMIN_NARGS);
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_admin_takes(ngx_http_gate_admin_t *a, ngx_uint_t of)
{
    gate_admin_resource_e  resource;

    resource = a->route->resource;

    if (of == NGX_HTTP_GATE_ADMIN_OF_ALL) {
        return 1;
    }

    if (of == NGX_HTTP_GATE_ADMIN_OF_TOKENS) {
        return resource == GATE_ADMIN_REVOCATION;
    }

    if (a->route->method != NGX_HTTP_GET) {
        return 0;
    }

    switch (of) {

    case NGX_HTTP_GATE_ADMIN_OF_CONSUMERS:
        return resource == GATE_ADMIN_CONSUMERS;

    case NGX_HTTP_GATE_ADMIN_OF_USAGE:
        return resource == GATE_ADMIN_USAGE;

    default:
        return resource == GATE_ADMIN_CONSUMERS
               || resource == GATE_ADMIN_CREDENTIALS
               || resource == GATE_ADMIN_REVOCATIONS
               || resource == GATE_ADMIN_USAGE;
    }
}


static ngx_int_t
ngx_http_gate_admin_query_stray(ngx_http_gate_admin_t *a, gate_str_t name,
    ngx_uint_t twice)
{
    u_char          *detail;
    ngx_uint_t       i;
    gate_closest_t   closest;

    if (!gate_admin_path_is_text(name, NGX_HTTP_GATE_ADMIN_NAMED)) {
        return ngx_http_gate_admin_query_wrong(a, "The query has an argument "
                                               "that there is not here.");
    }

    gate_closest_init(&closest, name);

    for (i = 0; i < NGX_HTTP_GATE_ADMIN_NARGS; i++) {
        if (ngx_http_gate_admin_takes(a, ngx_http_gate_admin_args[i].of)) {
            gate_closest_try(&closest, ngx_http_gate_admin_args[i].name);
        }
    }

    detail = ngx_pnalloc(a->pool, NGX_HTTP_GATE_ADMIN_STRAY);
    if (detail == NULL) {
        return NGX_ERROR;
    }

    if (twice) {
        ngx_sprintf(detail, "The argument \"%*s\" is there twice.%Z",
                    name.len, name.data);

    } else if (closest.name.len != 0) {
        ngx_sprintf(detail, "The argument \"%*s\" is none that there is "
                    "here: do you mean \"%*s\"?%Z", name.len, name.data,
                    closest.name.len, closest.name.data);

    } else {
        ngx_sprintf(detail, "The argument \"%*s\" is none that there is "
                    "here.%Z", name.len, name.data);
    }

    return ngx_http_gate_admin_query_wrong(a, (char *) detail);
}


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

    rc = ngx_http_gate_admin_arguments(a);

    if (rc != NGX_OK) {
        return rc;
    }

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
