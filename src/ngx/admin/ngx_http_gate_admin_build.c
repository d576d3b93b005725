
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the script is told, for each operation.
 */


#include "ngx_http_gate_admin.h"
#include "ngx_http_gate_admin_route.h"
#include "ngx_http_gate_request.h"

#include "gate_admin_key.h"
#include "gate_date.h"
#include "gate_digest.h"
#include "gate_hex.h"
#include "gate_record.h"
#include "gate_uri.h"


#define NGX_HTTP_GATE_ADMIN_MOST    200       /* of a list */
#define NGX_HTTP_GATE_ADMIN_LATER   86400     /* s, for leeway and clocks */


static void ngx_http_gate_admin_head(ngx_http_gate_admin_t *a,
    gate_str_t name, gate_str_t id);
static gate_str_t ngx_http_gate_admin_view(const json_t *text);
static void ngx_http_gate_admin_json_arg(ngx_http_gate_admin_t *a,
    const json_t *text);
static void ngx_http_gate_admin_fields(ngx_http_gate_admin_t *a);
static ngx_int_t ngx_http_gate_admin_number(ngx_http_gate_admin_t *a,
    const char *format, int64_t n);
static ngx_int_t ngx_http_gate_admin_ref(ngx_http_gate_admin_t *a);
static ngx_int_t ngx_http_gate_admin_make(ngx_http_gate_admin_t *a);
static gate_str_t ngx_http_gate_admin_escaped(ngx_http_gate_admin_t *a,
    gate_str_t name);


ngx_int_t
ngx_http_gate_admin_build_plain(ngx_http_gate_admin_t *a)
{
    ngx_http_gate_admin_head(a, a->path.name, a->path.id);

    return ngx_http_gate_admin_number(a, "%L", ngx_time());
}


ngx_int_t
ngx_http_gate_admin_build_list(ngx_http_gate_admin_t *a)
{
    ngx_int_t   rc;
    gate_str_t  cursor, value;

    rc = ngx_http_gate_admin_page(a, NGX_HTTP_GATE_ADMIN_MOST, &cursor);
    if (rc != NGX_OK) {
        return rc;
    }

    if (a->route->resource == GATE_ADMIN_CREDENTIALS) {
        ngx_http_gate_admin_head(a, a->path.name, cursor);
        return ngx_http_gate_admin_number(a, "%L", a->limit);
    }

    ngx_http_gate_admin_head(a, cursor, gate_str("", 0));

    if (a->route->resource == GATE_ADMIN_REVOCATIONS) {
        rc = ngx_http_gate_admin_number(a, "%012L", ngx_time());
        return (rc == NGX_OK) ? ngx_http_gate_admin_number(a, "%L", a->limit)
                              : rc;
    }

    if (ngx_http_gate_admin_number(a, "%L", a->limit) != NGX_OK) {
        return NGX_ERROR;
    }

    value = gate_str("", 0);

    if (ngx_http_gate_admin_query(a, "plan", &value) == NGX_ERROR) {
        return NGX_ERROR;
    }

    ngx_http_gate_admin_arg(a, value.data, value.len);
    value = gate_str("", 0);

    if (ngx_http_gate_admin_query(a, "group", &value) == NGX_ERROR) {
        return NGX_ERROR;
    }

    ngx_http_gate_admin_arg(a, value.data, value.len);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_admin_build_consumer(ngx_http_gate_admin_t *a)
{
    gate_str_t  name;

    a->change.how = (a->route->method == NGX_HTTP_POST) ? GATE_ADMIN_CREATE
                    : (a->route->method == NGX_HTTP_PUT) ? GATE_ADMIN_REPLACE
                    : GATE_ADMIN_MERGE;

    gate_admin_consumer(&a->change, a->body, a->path.name);

    if (gate_admin_wrong(&a->change) || a->change.name == NULL) {
        return NGX_OK;
    }

    name = ngx_http_gate_admin_view(a->change.name);
    a->path.name = name;

    ngx_http_gate_admin_head(a, name, gate_str("", 0));
    ngx_http_gate_admin_fields(a);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_admin_build_status(ngx_http_gate_admin_t *a)
{
    static const char *const  none[] = { NULL };

    gate_admin_members(&a->change, a->body, none);
    gate_admin_field(&a->change, "status",
                     gate_cstr(a->route->resource == GATE_ADMIN_DISABLE
                               ? "disabled" : "active"));

    ngx_http_gate_admin_head(a, a->path.name, gate_str("", 0));
    ngx_http_gate_admin_fields(a);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_admin_build_credential(ngx_http_gate_admin_t *a)
{
    gate_admin_credential(&a->change, a->body);

    if (gate_admin_wrong(&a->change)) {
        return NGX_OK;
    }

    ngx_http_gate_admin_head(a, a->path.name,
                             ngx_http_gate_admin_view(a->change.id));

    if (ngx_http_gate_admin_ref(a) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_gate_admin_fields(a);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_admin_build_merge(ngx_http_gate_admin_t *a)
{
    u_char  *kind;

    a->change.how = GATE_ADMIN_MERGE;

    gate_admin_credential_merge(&a->change, a->body);

    kind = ngx_pnalloc(a->pool, 1);
    if (kind == NULL) {
        return NGX_ERROR;
    }

    *kind = (u_char) a->change.kind;

    ngx_http_gate_admin_head(a, a->path.name, a->path.id);
    ngx_http_gate_admin_arg(a, kind, a->change.kind ? 1 : 0);
    ngx_http_gate_admin_fields(a);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_admin_build_rotate(ngx_http_gate_admin_t *a)
{
    size_t   len;
    u_char  *till;

    gate_admin_rotate(&a->change, a->body);

    if (gate_admin_wrong(&a->change)) {
        return NGX_OK;
    }

    till = ngx_pnalloc(a->pool, GATE_DATE_ISO);
    if (till == NULL) {
        return NGX_ERROR;
    }

    len = gate_date_iso(ngx_time() + a->change.overlap_s, till);

    ngx_http_gate_admin_head(a, a->path.name, a->path.id);

    if (ngx_http_gate_admin_ref(a) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_gate_admin_json_arg(a, a->change.id);
    ngx_http_gate_admin_arg(a, till, len);
    ngx_http_gate_admin_fields(a);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_admin_build_revocation(ngx_http_gate_admin_t *a)
{
    int64_t     exp;
    gate_str_t  name;

    gate_admin_revocation(&a->change, a->body, ngx_time());

    if (gate_admin_wrong(&a->change) || a->change.name == NULL) {
        return NGX_OK;
    }

    exp = json_integer_value(a->change.exp);

    name = ngx_http_gate_admin_escaped(a,
                                    ngx_http_gate_admin_view(a->change.name));
    if (name.data == NULL) {
        return NGX_ERROR;
    }

    a->path.name = name;

    ngx_http_gate_admin_head(a, name, gate_str("", 0));

    if (ngx_http_gate_admin_number(a, "%L", exp) != NGX_OK
        || ngx_http_gate_admin_number(a, "%012L", ngx_time()) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_admin_number(a, "%L",
                                      exp + NGX_HTTP_GATE_ADMIN_LATER);
}


/* one of those: the path has ISSUER/JTI, or ISSUER alone and the query jti */

ngx_int_t
ngx_http_gate_admin_build_revoked(ngx_http_gate_admin_t *a)
{
    u_char      *p;
    ngx_int_t    rc;
    gate_str_t   name;

    if (a->path.id.len == 0) {
        rc = ngx_http_gate_admin_query(a, "jti", &a->path.id);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (!gate_admin_path_is_text(a->path.id, GATE_RECORD_NAME)) {
            return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_invalid,
                                            "The argument \"jti\" must be the "
                                            "id of a token.");
        }

        /* the path does not say it, the audit has to */

        a->body = json_pack("{s:s%}", "jti", a->path.id.data, a->path.id.len);
        if (a->body == NULL) {
            return NGX_ERROR;
        }
    }

    p = ngx_pnalloc(a->pool, a->path.name.len + 1 + a->path.id.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    name.data = p;
    p = ngx_cpymem(p, a->path.name.data, a->path.name.len);
    *p++ = '=';
    p = ngx_cpymem(p, a->path.id.data, a->path.id.len);
    name.len = p - name.data;

    name = ngx_http_gate_admin_escaped(a, name);
    if (name.data == NULL) {
        return NGX_ERROR;
    }

    a->path.name = name;

    ngx_http_gate_admin_head(a, name, gate_str("", 0));

    return NGX_OK;
}


static void
ngx_http_gate_admin_head(ngx_http_gate_admin_t *a, gate_str_t name,
    gate_str_t id)
{
    ngx_http_gate_admin_arg(a, a->route->op, ngx_strlen(a->route->op));
    ngx_http_gate_admin_arg(a, name.data, name.len);
    ngx_http_gate_admin_arg(a, id.data, id.len);
    ngx_http_gate_admin_arg(a, a->match.data, a->match.len);
    ngx_http_gate_admin_arg(a, a->now, ngx_strlen(a->now));
}


/* nothing of what is no text */

static gate_str_t
ngx_http_gate_admin_view(const json_t *text)
{
    return gate_str(json_string_value(text), json_string_length(text));
}


static void
ngx_http_gate_admin_json_arg(ngx_http_gate_admin_t *a, const json_t *text)
{
    gate_str_t  s;

    s = ngx_http_gate_admin_view(text);

    ngx_http_gate_admin_arg(a, s.data, s.len);
}


/* three words for each */

static void
ngx_http_gate_admin_fields(ngx_http_gate_admin_t *a)
{
    json_t      *value;
    const char  *name;

    json_object_foreach(a->change.fields, name, value) {
        ngx_http_gate_admin_arg(a, name, ngx_strlen(name));
        ngx_http_gate_admin_arg(a, json_is_null(value) ? "-" : "=", 1);
        ngx_http_gate_admin_json_arg(a, value);
    }
}


static ngx_int_t
ngx_http_gate_admin_number(ngx_http_gate_admin_t *a, const char *format,
    int64_t n)
{
    u_char  *p;

    p = ngx_pnalloc(a->pool, NGX_INT64_LEN + 12);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_http_gate_admin_arg(a, p, ngx_sprintf(p, format, n) - p);

    return NGX_OK;
}


/* KIND:NAME, of a key that may have to be made */

static ngx_int_t
ngx_http_gate_admin_ref(ngx_http_gate_admin_t *a)
{
    u_char      *p;
    gate_str_t   name;

    if (a->change.name == NULL && ngx_http_gate_admin_make(a) != NGX_OK) {
        return NGX_ERROR;
    }

    name = ngx_http_gate_admin_escaped(a,
                                    ngx_http_gate_admin_view(a->change.name));
    if (name.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(a->pool, name.len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    p[0] = (u_char) a->change.kind;
    p[1] = ':';
    ngx_memcpy(p + 2, name.data, name.len);

    ngx_http_gate_admin_arg(a, p, name.len + 2);

    return NGX_OK;
}


/* the one time that it is anywhere but with its owner */

static ngx_int_t
ngx_http_gate_admin_make(ngx_http_gate_admin_t *a)
{
    u_char          random[GATE_ADMIN_KEY_RANDOM];
    u_char          digest[GATE_SHA256_LEN], hex[2 * GATE_SHA256_LEN];
    ngx_int_t       rc;
    gate_sha256_t  *h;

    a->secret.data = ngx_pnalloc(a->pool, GATE_ADMIN_KEY_MAX);

    if (a->secret.data == NULL
        || ngx_http_gate_random(random, GATE_ADMIN_KEY_RANDOM) != NGX_OK)
    {
        return NGX_ERROR;
    }

    a->secret.len = gate_admin_key_make(
                                ngx_http_gate_admin_view(a->change.prefix),
                                random, a->secret.data);

    ngx_explicit_memzero(random, GATE_ADMIN_KEY_RANDOM);

    h = gate_sha256_create();
    if (h == NULL) {
        return NGX_ERROR;
    }

    rc = gate_sha256(h, a->secret, digest) ? NGX_OK : NGX_ERROR;

    gate_sha256_destroy(h);

    (void) gate_hex_write(digest, GATE_SHA256_LEN, hex);

    a->change.name = json_stringn((char *) hex, 2 * GATE_SHA256_LEN);

    return (a->change.name != NULL) ? rc : NGX_ERROR;
}


static gate_str_t
ngx_http_gate_admin_escaped(ngx_http_gate_admin_t *a, gate_str_t name)
{
    u_char  *p;

    p = ngx_pnalloc(a->pool, 3 * name.len + 1);

    return gate_str(p, p ? gate_uri_escape(name, p) : 0);
}
