
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Upgrades: WebSocket (RFC 6455 4.2.1) and nothing else.  What is said within
 * another protocol, such as h2c, are requests that no policy would ever see.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_upgrade.h"
#include "ngx_http_gate_path.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vars.h"

#include "gate_list.h"


static ngx_uint_t ngx_http_gate_upgrade_keep(ngx_table_elt_t *h, void *data);
static void ngx_http_gate_upgrade_forget(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_upgrade_asked(ngx_http_request_t *r);


/*
 * PREACCESS, in every location of a server with a policy: one without leads to
 * the same sidecar, and "proxy_set_header Upgrade $http_upgrade" is a common
 * line.
 */

ngx_int_t
ngx_http_gate_upgrade_drop(ngx_http_request_t *r)
{
    if (r->headers_in.upgrade == NULL
        || !ngx_http_gate_path_guards(r)
        || ngx_http_gate_upgrade_is_websocket(r))
    {
        return NGX_OK;
    }

    r->headers_in.upgrade = NULL;

    ngx_http_gate_upgrade_forget(r);

    return ngx_http_gate_headers_filter(r, NULL, ngx_http_gate_upgrade_keep,
                                        NULL);
}


static ngx_uint_t
ngx_http_gate_upgrade_keep(ngx_table_elt_t *h, void *data)
{
    return !(h->key.len == sizeof("upgrade") - 1
             && ngx_memcmp(h->lowcase_key, "upgrade", h->key.len) == 0)
           && !(h->key.len == sizeof("http2-settings") - 1
                && ngx_memcmp(h->lowcase_key, "http2-settings", h->key.len)
                   == 0);
}


/* a variable keeps what an "if" has asked it for */

static void
ngx_http_gate_upgrade_forget(ngx_http_request_t *r)
{
    static ngx_str_t  names[] = {
        ngx_string("http_upgrade"),
        ngx_string("http_http2_settings"),
        ngx_null_string
    };

    ngx_http_gate_forget_vars(r, names);
}


/* a subrequest is never one */

ngx_uint_t
ngx_http_gate_upgrade_is_websocket(ngx_http_request_t *r)
{
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("upgrade");

    if (r->headers_in.upgrade == NULL
        || r != r->main
        || r->method != NGX_HTTP_GET
        || r->http_version != NGX_HTTP_VERSION_11)
    {
        return 0;
    }

    h = ngx_http_gate_header(r, &name, &n);

    return n == 1
           && gate_str_eq_nocase(ngx_http_gate_view(&h->value),
                                 gate_cstr("websocket"))
           && ngx_http_gate_upgrade_asked(r);
}


/* without the connection option it was not meant for us (RFC 9110 7.8) */

static ngx_uint_t
ngx_http_gate_upgrade_asked(ngx_http_request_t *r)
{
    ngx_table_elt_t         *h;
    ngx_http_gate_cursor_t   cursor;

    static ngx_str_t  name = ngx_string("connection");

    cursor.part = NULL;

    for ( ;; ) {
        h = ngx_http_gate_header_next(r, &name, &cursor);

        if (h == NULL) {
            return 0;
        }

        if (gate_list_has(ngx_http_gate_view(&h->value), gate_cstr("upgrade")))
        {
            return 1;
        }
    }
}
