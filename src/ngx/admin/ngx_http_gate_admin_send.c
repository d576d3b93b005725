
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Answers of the API.
 */


#include "ngx_http_gate_admin.h"
#include "ngx_http_gate_request.h"

#include "gate_uri.h"


static ngx_int_t ngx_http_gate_admin_send_fields(ngx_http_gate_admin_t *a);
static u_char *ngx_http_gate_admin_rest(ngx_http_request_t *r, u_char *p);
static u_char *ngx_http_gate_admin_write(ngx_http_gate_admin_t *a,
    size_t *len);
static ngx_int_t ngx_http_gate_admin_send_body(ngx_http_request_t *r,
    ngx_uint_t status, const char *type, u_char *data, size_t len);
static ngx_int_t ngx_http_gate_admin_error_body(json_t *problem,
    ngx_http_request_t *r, ngx_uint_t status);


/* what the admin API shows is kept by nobody */

static const char *const  ngx_http_gate_admin_types[] = {
    "application/json",
    "text/plain; charset=utf-8",
    "text/csv; charset=utf-8"
};


ngx_int_t
ngx_http_gate_admin_send(ngx_http_gate_admin_t *a)
{
    size_t               len;
    u_char              *data;
    ngx_http_request_t  *r;

    r = a->request;

    if (a->problem != NULL) {
        return ngx_http_gate_admin_refuse(r, a->problem, a->detail,
                                          a->change.errors);
    }

    if (ngx_http_gate_admin_send_fields(a) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (a->answer == NULL) {
        return ngx_http_gate_admin_empty(r, a->status);
    }

    data = ngx_http_gate_admin_write(a, &len);
    if (data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gate_admin_send_body(r, a->status,
                                         ngx_http_gate_admin_types[a->format],
                                         data, len);
}


static ngx_int_t
ngx_http_gate_admin_send_fields(ngx_http_gate_admin_t *a)
{
    u_char              *p, *link;
    ngx_http_request_t  *r;

    r = a->request;

    if (a->etag.len != 0) {
        link = ngx_pnalloc(r->pool, a->etag.len + 2);
        if (link == NULL) {
            return NGX_ERROR;
        }

        p = ngx_sprintf(link, "\"%*s\"", a->etag.len, a->etag.data);

        if (ngx_http_gate_admin_out(r, "ETag", link, p - link) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (a->location.len != 0
        && ngx_http_gate_admin_out(r, "Location", a->location.data,
                                   a->location.len)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (a->next.len != 0) {
        link = ngx_pnalloc(r->pool, a->next.len + 4 * r->args.len
                           + sizeof("<?cursor=&>; rel=\"next\""));
        if (link == NULL) {
            return NGX_ERROR;
        }

        /* relative to the request, and with all else that it asked for */

        p = ngx_sprintf(link, "<?cursor=%*s", a->next.len, a->next.data);
        p = ngx_http_gate_admin_rest(r, p);
        p = ngx_cpymem(p, ">; rel=\"next\"", sizeof(">; rel=\"next\"") - 1);

        return ngx_http_gate_admin_out(r, "Link", link, p - link);
    }

    return NGX_OK;
}


/* "&" and the query without its cursor; what would end a link is escaped */

static u_char *
ngx_http_gate_admin_rest(ngx_http_request_t *r, u_char *p)
{
    u_char      *rest;
    size_t       i, n;

    rest = p + 1 + 3 * r->args.len;
    n = gate_uri_args_without(ngx_http_gate_view(&r->args),
                              gate_cstr("cursor"), rest);

    if (n == 0) {
        return p;
    }

    *p++ = '&';

    for (i = 0; i < n; i++) {

        if (rest[i] > ' ' && rest[i] < 0x7f && rest[i] != '<'
            && rest[i] != '>' && rest[i] != '"' && rest[i] != '\\')
        {
            *p++ = rest[i];

        } else {
            p = ngx_sprintf(p, "%%%02Xd", (int) rest[i]);
        }
    }

    return p;
}


/* in the request's memory */

static u_char *
ngx_http_gate_admin_write(ngx_http_gate_admin_t *a, size_t *len)
{
    char          *text;
    u_char        *data;
    const json_t  *shown;

    if (a->format == NGX_HTTP_GATE_ADMIN_JSON) {
        text = json_dumps(a->answer, JSON_COMPACT);
        *len = text ? ngx_strlen(text) : 0;

    } else {
        shown = a->list ? json_object_get(a->answer, a->list) : a->answer;
        text = gate_admin_table(shown, a->list ? a->columns : NULL,
                                a->format == NGX_HTTP_GATE_ADMIN_CSV ? ','
                                                                     : '\t',
                                len);
    }

    if (text == NULL) {
        return NULL;
    }

    data = ngx_pnalloc(a->request->pool, *len + 1);

    if (data != NULL) {
        ngx_memcpy(data, text, *len);

        if (a->format == NGX_HTTP_GATE_ADMIN_JSON) {
            data[(*len)++] = LF;
        }
    }

    if (a->secret.len != 0) {
        ngx_explicit_memzero(text, ngx_strlen(text));
    }

    free(text);

    return data;
}


/* the problem's own detail, if that is NULL */

ngx_int_t
ngx_http_gate_admin_refuse(ngx_http_request_t *r,
    const ngx_http_gate_admin_problem_t *problem, const char *detail,
    json_t *errors)
{
    u_char                type[128];
    json_t               *json;
    ngx_int_t             rc;
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_ctx(r);

    if (ctx == NULL || ngx_http_gate_request_id(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *ngx_sprintf(type, "urn:meshgate:problem:%s", problem->token) = '\0';

    json = json_pack("{s:s,s:s,s:i,s:s,s:s+%,s:s}",
                     "type", type, "title", problem->title,
                     "status", (int) problem->status,
                     "detail", detail ? detail : problem->detail,
                     "instance", "urn:uuid:", ctx->request_id.data,
                     ctx->request_id.len, "reason", problem->token);

    if (json == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (errors != NULL) {
        (void) json_object_set(json, "errors", errors);
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "gate admin: refused: %s", problem->token);

    rc = ngx_http_gate_admin_error_body(json, r, problem->status);

    json_decref(json);

    return rc;
}


static ngx_int_t
ngx_http_gate_admin_error_body(json_t *problem, ngx_http_request_t *r,
    ngx_uint_t status)
{
    char    *text;
    size_t   len;
    u_char  *data;

    text = json_dumps(problem, JSON_COMPACT);
    if (text == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    len = ngx_strlen(text);
    data = ngx_pnalloc(r->pool, len + 1);

    if (data != NULL) {
        ngx_memcpy(data, text, len);
        data[len++] = LF;
    }

    free(text);

    if (data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE
        && ngx_http_gate_admin_out(r, "Retry-After", "1", 1) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gate_admin_send_body(r, status,
                                         "application/problem+json", data,
                                         len);
}


static ngx_int_t
ngx_http_gate_admin_send_body(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, u_char *data, size_t len)
{
    ngx_buf_t    *b;
    ngx_int_t     rc;
    ngx_chain_t   out;

    if (ngx_http_gate_admin_out(r, "Cache-Control", "no-store",
                                sizeof("no-store") - 1)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = status;
    r->headers_out.content_length_n = len;
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = strcspn(type, ";");
    r->headers_out.content_type_lowcase = NULL;

    /* conditions are of records, which the script has compared */

    r->disable_not_modified = 1;

    if (len == 0) {
        return ngx_http_gate_admin_empty(r, status);
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = data;
    b->last = data + len;
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
ngx_http_gate_admin_empty(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_int_t  rc;

    r->headers_out.status = status;
    r->disable_not_modified = 1;

    if (status == NGX_HTTP_NO_CONTENT || status == NGX_HTTP_NOT_MODIFIED) {
        r->header_only = 1;

    } else {
        r->headers_out.content_length_n = 0;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_send_special(r, NGX_HTTP_LAST);
}


ngx_int_t
ngx_http_gate_admin_out(ngx_http_request_t *r, const char *name,
    const void *value, size_t len)
{
    u_char     *p;
    ngx_str_t  *s;

    s = ngx_palloc(r->pool, 2 * sizeof(ngx_str_t) + len);
    if (s == NULL) {
        return NGX_ERROR;
    }

    p = (u_char *) (s + 2);
    ngx_memcpy(p, value, len);

    s[0].data = (u_char *) name;
    s[0].len = ngx_strlen(name);
    s[1].data = p;
    s[1].len = len;

    return (ngx_http_gate_add_out(r, &s[0], &s[1]) != NULL) ? NGX_OK
                                                            : NGX_ERROR;
}
