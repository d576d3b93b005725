
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A request to the API, until all of it is there and it is known what it asks
 * for.
 */


#include "ngx_http_gate_admin.h"
#include "ngx_http_gate_request.h"


static ngx_int_t ngx_http_gate_admin_method_wrong(ngx_http_request_t *r,
    gate_admin_path_t *path);
static const ngx_http_gate_admin_problem_t *ngx_http_gate_admin_stranger(
    ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_admin_is_named(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_admin_is_own(ngx_http_request_t *r,
    ngx_str_t *origin);
static ngx_int_t ngx_http_gate_admin_path_of(ngx_http_request_t *r,
    gate_admin_path_t *path);
static const ngx_http_gate_admin_problem_t *ngx_http_gate_admin_body_wrong(
    ngx_http_request_t *r);
static void ngx_http_gate_admin_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_admin_whole(ngx_http_request_t *r,
    gate_str_t *body);


ngx_int_t
ngx_http_gate_admin_handler(ngx_http_request_t *r)
{
    ngx_int_t                             rc;
    gate_admin_path_t                     path;
    const ngx_http_gate_admin_route_t    *route;
    const ngx_http_gate_admin_problem_t  *problem;
    ngx_http_gate_admin_loc_conf_t       *alcf;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate admin: \"%V\"", &r->uri);

    if (r != r->main) {
        return NGX_HTTP_FORBIDDEN;
    }

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_admin_module);

    problem = ngx_http_gate_admin_stranger(r);

    if (problem == NULL && ngx_http_gate_admin_path_of(r, &path) != NGX_OK) {
        problem = &ngx_http_gate_admin_not_found;
    }

    route = NULL;

    if (problem == NULL) {
        route = ngx_http_gate_admin_route(path.resource, r->method);

        if (route == NULL || (route->write && !alcf->write)) {
            return ngx_http_gate_admin_method_wrong(r, &path);
        }

        problem = route->body ? ngx_http_gate_admin_body_wrong(r) : NULL;
    }

    if (problem != NULL || !route->body) {
        rc = ngx_http_discard_request_body(r);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (problem != NULL) {
        return ngx_http_gate_admin_refuse(r, problem, NULL, NULL);
    }

    if (!route->body) {
        return ngx_http_gate_admin_begin(r, route, &path, gate_str("", 0), 0);
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_gate_admin_body);

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


/* 405, or what OPTIONS asks for */

static ngx_int_t
ngx_http_gate_admin_method_wrong(ngx_http_request_t *r,
    gate_admin_path_t *path)
{
    u_char                           allow[64];
    ngx_int_t                        rc;
    ngx_http_gate_admin_loc_conf_t  *alcf;

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_admin_module);

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_gate_admin_out(r, "Allow", allow,
                                 ngx_http_gate_admin_allow(path->resource,
                                                           alcf->write,
                                                           allow));
    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method == NGX_HTTP_OPTIONS) {
        return ngx_http_gate_admin_empty(r, NGX_HTTP_NO_CONTENT);
    }

    return ngx_http_gate_admin_refuse(r,
               ngx_http_gate_admin_route(path->resource, r->method)
               ? &ngx_http_gate_admin_read_only
               : &ngx_http_gate_admin_method, NULL, NULL);
}


/*
 * A browser adds what it knows of its user to requests that pages of other
 * sites make; it says of them where they come from (Fetch, Fetch Metadata).
 */

static const ngx_http_gate_admin_problem_t *
ngx_http_gate_admin_stranger(ngx_http_request_t *r)
{
    ngx_uint_t                       n, browser;
    ngx_table_elt_t                 *h;
    ngx_http_variable_value_t       *v;
    ngx_http_gate_admin_loc_conf_t  *alcf;

    static ngx_str_t  site = ngx_string("sec-fetch-site");
    static ngx_str_t  origin = ngx_string("origin");
    static ngx_str_t  verify = ngx_string("ssl_client_verify");

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_admin_module);

    if (alcf->certificate) {
        v = ngx_http_gate_admin_variable(r, &verify);

        if (v == NULL || v->len != sizeof("SUCCESS") - 1
            || ngx_strncmp(v->data, "SUCCESS", v->len) != 0)
        {
            return &ngx_http_gate_admin_certificate_required;
        }
    }

    h = ngx_http_gate_header(r, &site, &n);
    browser = (h != NULL);

    if (h != NULL
        && (n != 1
            || (!gate_str_eq(ngx_http_gate_view(&h->value),
                             gate_cstr("same-origin"))
                && !gate_str_eq(ngx_http_gate_view(&h->value),
                                gate_cstr("none")))))
    {
        return &ngx_http_gate_admin_cross_site;
    }

    h = ngx_http_gate_header(r, &origin, &n);

    if (h != NULL && (n != 1 || !ngx_http_gate_admin_is_own(r, &h->value))) {
        return &ngx_http_gate_admin_cross_site;
    }

    browser |= (h != NULL);

    return (browser && !ngx_http_gate_admin_is_named(r))
           ? &ngx_http_gate_admin_cross_site : NULL;
}


/*
 * Is Host one of the names that this server has?  A page may give its own name
 * the address of this server (DNS rebinding); then it is of the same origin.
 * It cannot do so to an address.
 */

static ngx_uint_t
ngx_http_gate_admin_is_named(ngx_http_request_t *r)
{
    ngx_str_t                       *host, *known;
    ngx_uint_t                       i;
    ngx_http_gate_admin_loc_conf_t  *alcf;

    host = &r->headers_in.server;

    if (host->len == 0) {
        return 0;
    }

    if (host->data[0] == '['
        || ngx_inet_addr(host->data, host->len) != INADDR_NONE)
    {
        return 1;
    }

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_admin_module);
    known = alcf->hosts->elts;

    for (i = 0; i < alcf->hosts->nelts; i++) {
        if (gate_str_eq_nocase(ngx_http_gate_view(&known[i]),
                               ngx_http_gate_view(host)))
        {
            return 1;
        }
    }

    return 0;
}


/* SCHEME://HOST[:PORT], as in Host */

static ngx_uint_t
ngx_http_gate_admin_is_own(ngx_http_request_t *r, ngx_str_t *origin)
{
    size_t       len;
    ngx_str_t    scheme;
    gate_str_t   host;

    if (r->headers_in.host == NULL) {
        return 0;
    }

    ngx_str_set(&scheme, "http://");

#if (NGX_HTTP_SSL)
    if (r->connection->ssl) {
        ngx_str_set(&scheme, "https://");
    }
#endif

    len = scheme.len;

    if (origin->len < len
        || ngx_strncmp(origin->data, scheme.data, len) != 0)
    {
        return 0;
    }

    host = gate_str(origin->data + len, origin->len - len);

    return gate_str_eq_nocase(host,
                           ngx_http_gate_view(&r->headers_in.host->value));
}


static ngx_int_t
ngx_http_gate_admin_path_of(ngx_http_request_t *r, gate_admin_path_t *path)
{
    size_t                     len;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    len = clcf->name.len;

    if (r->uri.len < len
        || !gate_admin_path_is_plain(ngx_http_gate_view(&r->unparsed_uri)))
    {
        return NGX_DECLINED;
    }

    if (r->uri.len > len) {

        if (r->uri.data[len] == '/') {
            len++;

        } else if (len == 0 || r->uri.data[len - 1] != '/') {

            /* "/gate/admin" is not the beginning of "/gate/adminconsumers" */

            return NGX_DECLINED;
        }
    }

    gate_admin_path(gate_str(r->uri.data + len, r->uri.len - len), path);

    return (path->resource != GATE_ADMIN_NOTHING) ? NGX_OK : NGX_DECLINED;
}


static const ngx_http_gate_admin_problem_t *
ngx_http_gate_admin_body_wrong(ngx_http_request_t *r)
{
    gate_str_t   type;
    ngx_uint_t   n;
    const char  *semicolon;

    if (r->headers_in.content_length_n > GATE_ADMIN_BODY) {
        return &ngx_http_gate_admin_too_large;
    }

    if (r->headers_in.content_length_n <= 0 && !r->headers_in.chunked) {
        return NULL;
    }

    if (r->headers_in.content_type == NULL) {
        return &ngx_http_gate_admin_media_type;
    }

    type = ngx_http_gate_view(&r->headers_in.content_type->value);

    semicolon = type.len ? memchr(type.data, ';', type.len) : NULL;
    n = semicolon ? (ngx_uint_t) (semicolon - (char *) type.data) : type.len;

    while (n > 0 && type.data[n - 1] == ' ') {
        n--;
    }

    type.len = n;

    if (gate_str_eq_nocase(type, gate_cstr("application/json"))
        || (r->method == NGX_HTTP_PATCH
            && gate_str_eq_nocase(type,
                                gate_cstr("application/merge-patch+json"))))
    {
        return NULL;
    }

    return &ngx_http_gate_admin_media_type;
}


static void
ngx_http_gate_admin_body(ngx_http_request_t *r)
{
    ngx_int_t                           rc;
    gate_str_t                          body;
    gate_admin_path_t                   path;
    const ngx_http_gate_admin_route_t  *route;

    rc = ngx_http_gate_admin_path_of(r, &path);

    route = (rc == NGX_OK) ? ngx_http_gate_admin_route(path.resource,
                                                       r->method)
                           : NULL;

    if (route == NULL) {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else if (ngx_http_gate_admin_whole(r, &body) != NGX_OK) {
        rc = ngx_http_gate_admin_refuse(r, &ngx_http_gate_admin_too_large,
                                        NULL, NULL);

    } else {
        rc = ngx_http_gate_admin_begin(r, route, &path, body, 1);
    }

    if (rc != NGX_DONE) {
        ngx_http_finalize_request(r, rc);
    }
}


/* NGX_DECLINED: it is larger than what stays in memory */

static ngx_int_t
ngx_http_gate_admin_whole(ngx_http_request_t *r, gate_str_t *body)
{
    size_t        len;
    u_char       *p;
    ngx_chain_t  *cl;

    *body = gate_str("", 0);
    len = 0;

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        if (cl->buf->in_file) {
            return NGX_DECLINED;
        }

        len += cl->buf->last - cl->buf->pos;
    }

    if (len > GATE_ADMIN_BODY) {
        return NGX_DECLINED;
    }

    cl = r->request_body->bufs;

    if (cl->next == NULL) {
        *body = gate_str(cl->buf->pos, len);
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_DECLINED;
    }

    *body = gate_str(p, len);

    for ( /* void */ ; cl; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    return NGX_OK;
}
