
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The table of the API: each path with each of its methods.
 */


#include "ngx_http_gate_admin.h"
#include "ngx_http_gate_admin_route.h"


static const ngx_http_gate_admin_route_t  ngx_http_gate_admin_routes[] = {

    { GATE_ADMIN_CONSUMERS, NGX_HTTP_GET, "consumer.list", 0, 0,
      ngx_http_gate_admin_build_list, ngx_http_gate_admin_answer_consumers },

    { GATE_ADMIN_CONSUMERS, NGX_HTTP_POST, "consumer.create", 1, 2,
      ngx_http_gate_admin_build_consumer,
      ngx_http_gate_admin_answer_consumer },

    { GATE_ADMIN_CONSUMER, NGX_HTTP_GET, "consumer.get", 0, 0,
      ngx_http_gate_admin_build_plain, ngx_http_gate_admin_answer_consumer },

    { GATE_ADMIN_CONSUMER, NGX_HTTP_PUT, "consumer.put", 1, 2,
      ngx_http_gate_admin_build_consumer,
      ngx_http_gate_admin_answer_consumer },

    { GATE_ADMIN_CONSUMER, NGX_HTTP_PATCH, "consumer.patch", 1, 2,
      ngx_http_gate_admin_build_consumer,
      ngx_http_gate_admin_answer_consumer },

    { GATE_ADMIN_CONSUMER, NGX_HTTP_DELETE, "consumer.delete", 1, 0,
      ngx_http_gate_admin_build_plain, ngx_http_gate_admin_answer_consumer },

    { GATE_ADMIN_DISABLE, NGX_HTTP_POST, "consumer.patch", 1, 1,
      ngx_http_gate_admin_build_status, ngx_http_gate_admin_answer_consumer },

    { GATE_ADMIN_ENABLE, NGX_HTTP_POST, "consumer.patch", 1, 1,
      ngx_http_gate_admin_build_status, ngx_http_gate_admin_answer_consumer },

    { GATE_ADMIN_CREDENTIALS, NGX_HTTP_GET, "credential.list", 0, 0,
      ngx_http_gate_admin_build_list, ngx_http_gate_admin_answer_credentials },

    { GATE_ADMIN_CREDENTIALS, NGX_HTTP_POST, "credential.create", 1, 2,
      ngx_http_gate_admin_build_credential,
      ngx_http_gate_admin_answer_credential },

    { GATE_ADMIN_ONE, NGX_HTTP_GET, "credential.get", 0, 0,
      ngx_http_gate_admin_build_plain, ngx_http_gate_admin_answer_credential },

    { GATE_ADMIN_ONE, NGX_HTTP_PATCH, "credential.patch", 1, 2,
      ngx_http_gate_admin_build_merge, ngx_http_gate_admin_answer_credential },

    { GATE_ADMIN_ONE, NGX_HTTP_DELETE, "credential.delete", 1, 0,
      ngx_http_gate_admin_build_plain, ngx_http_gate_admin_answer_credential },

    { GATE_ADMIN_ROTATE, NGX_HTTP_POST, "credential.rotate", 1, 2,
      ngx_http_gate_admin_build_rotate,
      ngx_http_gate_admin_answer_credential },

    { GATE_ADMIN_REVOKE, NGX_HTTP_POST, "credential.revoke", 1, 1,
      ngx_http_gate_admin_build_plain, ngx_http_gate_admin_answer_credential },

    { GATE_ADMIN_REVOCATIONS, NGX_HTTP_GET, "revocation.list", 0, 0,
      ngx_http_gate_admin_build_list, ngx_http_gate_admin_answer_revocations },

    { GATE_ADMIN_REVOCATIONS, NGX_HTTP_POST, "revocation.create", 1, 2,
      ngx_http_gate_admin_build_revocation,
      ngx_http_gate_admin_answer_revocation },

    { GATE_ADMIN_REVOCATION, NGX_HTTP_GET, "revocation.get", 0, 0,
      ngx_http_gate_admin_build_revoked,
      ngx_http_gate_admin_answer_revocation },

    { GATE_ADMIN_REVOCATION, NGX_HTTP_DELETE, "revocation.delete", 1, 0,
      ngx_http_gate_admin_build_revoked,
      ngx_http_gate_admin_answer_revocation },

    { GATE_ADMIN_USAGE, NGX_HTTP_GET, "usage", 0, 0,
      ngx_http_gate_admin_build_usage, ngx_http_gate_admin_answer_usage }
};

#define NGX_HTTP_GATE_ADMIN_ROUTES                                           \
    (sizeof(ngx_http_gate_admin_routes)                                      \
     / sizeof(ngx_http_gate_admin_routes[0]))


const ngx_http_gate_admin_route_t *
ngx_http_gate_admin_route(gate_admin_resource_e resource, ngx_uint_t method)
{
    ngx_uint_t  i;

    if (method == NGX_HTTP_HEAD) {
        method = NGX_HTTP_GET;
    }

    for (i = 0; i < NGX_HTTP_GATE_ADMIN_ROUTES; i++) {
        if (ngx_http_gate_admin_routes[i].resource == resource
            && ngx_http_gate_admin_routes[i].method == method)
        {
            return &ngx_http_gate_admin_routes[i];
        }
    }

    return NULL;
}


size_t
ngx_http_gate_admin_allow(gate_admin_resource_e resource, ngx_uint_t write,
    u_char *dst)
{
    u_char                             *p;
    ngx_uint_t                          i;
    const ngx_http_gate_admin_route_t  *route;

    p = dst;

    for (i = 0; i < NGX_HTTP_GATE_ADMIN_ROUTES; i++) {
        route = &ngx_http_gate_admin_routes[i];

        if (route->resource != resource || (route->write && !write)) {
            continue;
        }

        p = ngx_sprintf(p, "%s, ",
                        route->method == NGX_HTTP_GET ? "GET, HEAD"
                        : route->method == NGX_HTTP_POST ? "POST"
                        : route->method == NGX_HTTP_PUT ? "PUT"
                        : route->method == NGX_HTTP_PATCH ? "PATCH"
                        : "DELETE");
    }

    p = ngx_cpymem(p, "OPTIONS", sizeof("OPTIONS") - 1);

    return p - dst;
}
