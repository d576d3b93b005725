
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Answers of the registry.
 */


#include "ngx_http_mesh_registry.h"


static const char *ngx_http_mesh_registry_title(ngx_uint_t status);


ngx_int_t
ngx_http_mesh_registry_send_json(ngx_http_request_t *r, mesh_out_t *out,
    uint64_t index)
{
    u_char      text[NGX_INT64_LEN], *last;
    ngx_int_t   rc;

    rc = out->failed ? NGX_ERROR : NGX_OK;

    if (rc == NGX_OK && index != 0) {
        last = ngx_sprintf(text, "%uL", index);

        rc = ngx_http_mesh_reply_field(r, "X-Consul-Index",
                                       gate_str(text, last - text));

        if (rc == NGX_OK) {
            rc = ngx_http_mesh_reply_field(r, "X-Consul-Knownleader",
                                           gate_cstr("true"));
        }

        if (rc == NGX_OK) {
            rc = ngx_http_mesh_reply_field(r, "X-Consul-Lastcontact",
                                           gate_cstr("0"));
        }
    }

    if (rc == NGX_OK) {
        rc = ngx_http_mesh_reply(r, NGX_HTTP_OK, NGX_HTTP_MESH_JSON,
                                 mesh_out_text(out));

    } else {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    mesh_out_free(out);

    return rc;
}


ngx_int_t
ngx_http_mesh_registry_send_ok(ngx_http_request_t *r)
{
    return ngx_http_mesh_reply(r, NGX_HTTP_OK, NULL, gate_str(NULL, 0));
}


ngx_int_t
ngx_http_mesh_registry_refuse(ngx_http_request_t *r, ngx_uint_t status,
    const char *pointer, const char *detail)
{
    return ngx_http_mesh_reply_problem(r, status,
                                       ngx_http_mesh_registry_title(status),
                                       detail, pointer);
}


static const char *
ngx_http_mesh_registry_title(ngx_uint_t status)
{
    switch (status) {

    case NGX_HTTP_BAD_REQUEST:
        return "The request is not what it has to be";

    case NGX_HTTP_NOT_FOUND:
        return "There is nothing of that name";

    case NGX_HTTP_CONFLICT:
        return "It is not clear which one is meant";

    case NGX_HTTP_REQUEST_ENTITY_TOO_LARGE:
        return "The body is too large";

    case NGX_HTTP_SERVICE_UNAVAILABLE:
        return "Not at this moment";

    default:
        return "It could not be done";
    }
}
