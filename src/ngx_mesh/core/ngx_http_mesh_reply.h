
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Answers of the mesh's locations, and the bodies they read.
 */


#ifndef NGX_HTTP_MESH_REPLY_H_INCLUDED_
#define NGX_HTTP_MESH_REPLY_H_INCLUDED_


#include "ngx_http_mesh.h"


#define NGX_HTTP_MESH_JSON  "application/json"


/* the text is copied; 204 and 304 have none.  What a content handler returns */
ngx_int_t ngx_http_mesh_reply(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, gate_str_t text);

/*
 * application/problem+json (RFC 9457): "title" in few words; "pointer" is a
 * JSON Pointer to what "detail" is about.  Both may be NULL.
 */
ngx_int_t ngx_http_mesh_reply_problem(ngx_http_request_t *r,
    ngx_uint_t status, const char *title, const char *detail,
    const char *pointer);

/* 405 with Allow, a static text */
ngx_int_t ngx_http_mesh_reply_method(ngx_http_request_t *r,
    const char *allow);

/* a field of the answer; the value is copied */
ngx_int_t ngx_http_mesh_reply_field(ngx_http_request_t *r, const char *name,
    gate_str_t value);

/* all of the body as it has been read, in the request's memory */
ngx_int_t ngx_http_mesh_reply_body(ngx_http_request_t *r, gate_str_t *body);

/* a field of the request, of lower case name; NULL: it has none */
ngx_str_t *ngx_http_mesh_reply_asked(ngx_http_request_t *r,
    const char *name);

/*
 * An argument, its %XX decoded, in the request's memory; one without "=" is
 * empty.  NGX_DECLINED: there is none
 */
ngx_int_t ngx_http_mesh_reply_arg(ngx_http_request_t *r, const char *name,
    gate_str_t *value);

/* what the path has behind the location's own, without a slash before it */
gate_str_t ngx_http_mesh_reply_path(ngx_http_request_t *r);


#endif /* NGX_HTTP_MESH_REPLY_H_INCLUDED_ */
