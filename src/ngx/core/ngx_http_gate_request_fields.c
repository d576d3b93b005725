
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fields of a request and of its answer, and the slots that nginx keeps
 * beside the lists. The only file that looks at nginx's version.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_request.h"


#include <openssl/rand.h>


static ngx_int_t ngx_http_gate_headers_cut(ngx_http_request_t *r,
    ngx_list_part_t *part, ngx_uint_t i);
static void ngx_http_gate_headers_unlink(ngx_list_t *list,
    ngx_list_part_t *prev);
static void ngx_http_gate_headers_forget(ngx_http_request_t *r,
    ngx_table_elt_t *h);
static void ngx_http_gate_fill_out(ngx_table_elt_t *h, ngx_str_t *name,
    ngx_str_t *value);
static ngx_uint_t ngx_http_gate_is_one_of(ngx_str_t *name, ngx_keyval_t *f,
    ngx_uint_t n);


ngx_table_elt_t *
ngx_http_gate_header(ngx_http_request_t *r, ngx_str_t *name, ngx_uint_t *n)
{
    ngx_table_elt_t         *h, *first;
    ngx_http_gate_cursor_t   cursor;

    cursor.part = NULL;
    first = NULL;
    *n = 0;

    for ( ;; ) {
        h = ngx_http_gate_header_next(r, name, &cursor);

        if (h == NULL) {
            return first;
        }

        if (first == NULL) {
            first = h;
        }

        (*n)++;
    }
}


ngx_table_elt_t *
ngx_http_gate_header_next(ngx_http_request_t *r, ngx_str_t *name,
    ngx_http_gate_cursor_t *cursor)
{
    ngx_table_elt_t  *h;

    if (cursor->part == NULL) {
        cursor->part = &r->main->headers_in.headers.part;
        cursor->i = 0;
    }

    for ( ;; ) {

        if (cursor->i >= cursor->part->nelts) {
            if (cursor->part->next == NULL) {
                return NULL;
            }

            cursor->part = cursor->part->next;
            cursor->i = 0;
            continue;
        }

        h = cursor->part->elts;
        h += cursor->i++;

        if (h->key.len == name->len
            && ngx_memcmp(h->lowcase_key, name->data, name->len) == 0)
        {
            return h;
        }
    }
}


ngx_uint_t
ngx_http_gate_is_preflight(ngx_http_request_t *r)
{
    ngx_uint_t  n;

    static ngx_str_t  origin = ngx_string("origin");
    static ngx_str_t  method = ngx_string("access-control-request-method");

    return r->method == NGX_HTTP_OPTIONS
           && ngx_http_gate_header(r, &origin, &n) != NULL
           && ngx_http_gate_header(r, &method, &n) != NULL;
}


/* a subrequest shares the parts of its parent's list: a copy may be cut */

ngx_int_t
ngx_http_gate_headers_own(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_t       *list;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h, *to;

    list = ngx_list_create(r->pool, 20, sizeof(ngx_table_elt_t));
    if (list == NULL) {
        return NGX_ERROR;
    }

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            to = ngx_list_push(list);
            if (to == NULL) {
                return NGX_ERROR;
            }

            *to = h[i];
        }
    }

    r->headers_in.headers = *list;

    if (list->last == &list->part) {
        r->headers_in.headers.last = &r->headers_in.headers.part;
    }

    return NGX_OK;
}


/*
 * Proxying copies every element of the list and does not look at hash == 0,
 * so that a field is removed by cutting the list around it: its part ends
 * before it, another part begins behind it.  No element moves, as typed slots
 * point at them.  Only the first part may be empty: loops over lists rely on
 * it.
 */

ngx_int_t
ngx_http_gate_headers_filter(ngx_http_request_t *r,
    const gate_name_first_t *first, ngx_http_gate_keep_pt keep, void *data)
{
    ngx_uint_t        i;
    ngx_list_t       *list;
    ngx_list_part_t  *part, *prev;
    ngx_table_elt_t  *h;

    static const gate_name_first_t  all = {
        { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX }
    };

    first = first ? first : &all;

    list = &r->headers_in.headers;
    prev = NULL;
    part = &list->part;

    while (part) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len != 0
                && gate_name_first_has(first, h[i].lowcase_key[0])
                && !keep(&h[i], data))
            {
                break;
            }
        }

        if (i < part->nelts) {
            ngx_http_gate_headers_forget(r, &h[i]);

            if (ngx_http_gate_headers_cut(r, part, i) != NGX_OK) {
                return NGX_ERROR;
            }

            if (i == 0 && part->nelts != 0) {
                /* it begins behind the removed one now */
                continue;
            }
        }

        if (part->nelts == 0 && prev != NULL) {
            ngx_http_gate_headers_unlink(list, prev);

        } else {
            prev = part;
        }

        part = prev->next;
    }

    return NGX_OK;
}


/* what follows element "i" becomes the next part, or this one if i is 0;
 * list->nalloc is the room of the last part */

static ngx_int_t
ngx_http_gate_headers_cut(ngx_http_request_t *r, ngx_list_part_t *part,
    ngx_uint_t i)
{
    ngx_uint_t        n;
    ngx_list_t       *list;
    ngx_list_part_t  *rest;
    ngx_table_elt_t  *h;

    list = &r->headers_in.headers;
    h = part->elts;
    n = part->nelts - i - 1;

    if (n == 0) {
        part->nelts = i;
        return NGX_OK;
    }

    if (i == 0) {
        rest = part;

    } else {
        rest = ngx_palloc(r->pool, sizeof(ngx_list_part_t));
        if (rest == NULL) {
            return NGX_ERROR;
        }

        rest->next = part->next;
        part->next = rest;
        part->nelts = i;
    }

    rest->elts = &h[i + 1];
    rest->nelts = n;

    if (list->last == part) {
        list->last = rest;
        list->nalloc -= i + 1;
    }

    return NGX_OK;
}


static void
ngx_http_gate_headers_unlink(ngx_list_t *list, ngx_list_part_t *prev)
{
    ngx_list_part_t  *part;

    part = prev->next;
    prev->next = part->next;

    if (list->last == part) {
        list->last = prev;

        /* full: what was behind it is not its own any more */
        list->nalloc = ngx_max(prev->nelts, 1);
    }
}


/* variables and modules read some fields through slots, past the list; no
 * NUL follows lowcase_key */

static void
ngx_http_gate_headers_forget(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    if (h->key.len == sizeof("authorization") - 1
        && ngx_memcmp(h->lowcase_key, "authorization", h->key.len) == 0)
    {
        r->headers_in.authorization = NULL;
        return;
    }

#if (NGX_HTTP_X_FORWARDED_FOR)
    if (h->key.len == sizeof("x-forwarded-for") - 1
        && ngx_memcmp(h->lowcase_key, "x-forwarded-for", h->key.len) == 0)
    {
#if (nginx_version >= 1023000)
        r->headers_in.x_forwarded_for = NULL;
#else
        r->headers_in.x_forwarded_for.nelts = 0;
#endif
        return;
    }
#endif

#if (NGX_HTTP_REALIP)
    if (h->key.len == sizeof("x-real-ip") - 1
        && ngx_memcmp(h->lowcase_key, "x-real-ip", h->key.len) == 0)
    {
        r->headers_in.x_real_ip = NULL;
    }
#endif
}


void
ngx_http_gate_headers_remember(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    if (h->key.len == sizeof("authorization") - 1
        && ngx_memcmp(h->lowcase_key, "authorization", h->key.len) == 0)
    {
        r->headers_in.authorization = h;
    }
}


/*
 * realip of a location reads its fields in PREACCESS, long after they left the
 * list: what its slots pointed at is held, shown for its turn, and hidden.
 */

ngx_int_t
ngx_http_gate_typed_hold(ngx_http_request_t *r)
{
#if (NGX_HTTP_X_FORWARDED_FOR && NGX_HTTP_REALIP)

    ngx_http_gate_ctx_t  *ctx;

#if (nginx_version >= 1023000)
    if (r->headers_in.x_forwarded_for == NULL
#else
    if (r->headers_in.x_forwarded_for.nelts == 0
#endif
        && r->headers_in.x_real_ip == NULL)
    {
        return NGX_OK;
    }

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

#if (nginx_version >= 1023000)
    ctx->typed->forwarded = r->headers_in.x_forwarded_for;
#else
    ctx->typed->nforwarded = r->headers_in.x_forwarded_for.nelts;
#endif
    ctx->typed->real_ip = r->headers_in.x_real_ip;
    ctx->typed->held = 1;

#endif

    return NGX_OK;
}


void
ngx_http_gate_typed_show(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t show)
{
#if (NGX_HTTP_X_FORWARDED_FOR && NGX_HTTP_REALIP)

    if (ctx == NULL || !ctx->typed->held || r != r->main) {
        return;
    }

#if (nginx_version >= 1023000)
    r->headers_in.x_forwarded_for = show ? ctx->typed->forwarded : NULL;
#else
    r->headers_in.x_forwarded_for.nelts = show ? ctx->typed->nforwarded : 0;
#endif
    r->headers_in.x_real_ip = show ? ctx->typed->real_ip : NULL;

#endif
}


ngx_table_elt_t *
ngx_http_gate_add_out(ngx_http_request_t *r, ngx_str_t *name, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_http_gate_fill_out(h, name, value);

    return h;
}


static void
ngx_http_gate_fill_out(ngx_table_elt_t *h, ngx_str_t *name, ngx_str_t *value)
{
    h->hash = 1;
    h->key = *name;
    h->value = *value;
    h->lowcase_key = NULL;

#if (nginx_version >= 1023000)
    h->next = NULL;
#endif
}


/* the slot that auth_request hands on to its request, a chain since 1.23 */

void
ngx_http_gate_challenge_out(ngx_http_request_t *r, ngx_table_elt_t *h)
{
#if (nginx_version >= 1023000)

    h->next = r->headers_out.www_authenticate;

#endif

    r->headers_out.www_authenticate = h;
}


void
ngx_http_gate_cache_control_forget(ngx_http_request_t *r)
{
#if (nginx_version >= 1023000)

    r->headers_out.cache_control = NULL;

#else

    r->headers_out.cache_control.elts = NULL;

#endif
}


/* one look at what is there, for all of them */

ngx_int_t
ngx_http_gate_set_out(ngx_http_request_t *r, ngx_keyval_t *f, ngx_uint_t n,
    uint32_t first)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len != 0
                && (first & ngx_http_gate_out_first(h[i].key.data[0]))
                && ngx_http_gate_is_one_of(&h[i].key, f, n))
            {
                h[i].hash = 0;
            }
        }
    }

    part = r->headers_out.headers.last;

    if (n <= r->headers_out.headers.nalloc - part->nelts) {
        h = part->elts;
        h += part->nelts;
        part->nelts += n;

        for (i = 0; i < n; i++) {
            ngx_http_gate_fill_out(&h[i], &f[i].key, &f[i].value);
        }

        return NGX_OK;
    }

    for (i = 0; i < n; i++) {
        if (ngx_http_gate_add_out(r, &f[i].key, &f[i].value) == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_is_one_of(ngx_str_t *name, ngx_keyval_t *f, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (ngx_http_gate_name_is(name, ngx_http_gate_view(&f[i].key))) {
            return 1;
        }
    }

    return 0;
}
