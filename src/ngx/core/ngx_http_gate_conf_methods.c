
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names of methods in a configuration.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"


static ngx_uint_t ngx_http_gate_conf_registered(gate_str_t method);


/* RFC 9110, 16.1.1, as of 2026, without what nginx refuses; PURGE is a habit */

static gate_str_t  ngx_http_gate_conf_known[] = {
    gate_string("ACL"), gate_string("BASELINE-CONTROL"), gate_string("BIND"),
    gate_string("CHECKIN"), gate_string("CHECKOUT"), gate_string("CONNECT"),
    gate_string("COPY"), gate_string("DELETE"), gate_string("GET"),
    gate_string("HEAD"), gate_string("LABEL"), gate_string("LINK"),
    gate_string("LOCK"), gate_string("MERGE"), gate_string("MKACTIVITY"),
    gate_string("MKCALENDAR"), gate_string("MKCOL"),
    gate_string("MKREDIRECTREF"), gate_string("MKWORKSPACE"),
    gate_string("MOVE"), gate_string("OPTIONS"), gate_string("ORDERPATCH"),
    gate_string("PATCH"), gate_string("POST"), gate_string("PROPFIND"),
    gate_string("PROPPATCH"), gate_string("PURGE"), gate_string("PUT"),
    gate_string("QUERY"), gate_string("REBIND"), gate_string("REPORT"),
    gate_string("SEARCH"), gate_string("UNBIND"), gate_string("UNCHECKOUT"),
    gate_string("UNLINK"), gate_string("UNLOCK"), gate_string("UPDATE"),
    gate_string("UPDATEREDIRECTREF"), gate_string("VERSION-CONTROL"),
    gate_string("")
};


/* nginx refuses a method of other characters, and TRACE, before any phase */

char *
ngx_http_gate_conf_method(ngx_conf_t *cf, gate_str_t method, const char *of)
{
    size_t     i;
    ngx_str_t  name;

    name.len = method.len;
    name.data = (u_char *) method.data;

    for (i = 0; i < name.len; i++) {
        if ((name.data[i] < 'A' || name.data[i] > 'Z')
            && name.data[i] != '_' && name.data[i] != '-')
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "no request has the method \"%V\" of \"%s\": "
                               "write it in upper case", &name, of);
            return NGX_CONF_ERROR;
        }
    }

    if (gate_str_eq(method, gate_cstr("TRACE"))) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"TRACE\" in \"%s\" is refused by nginx itself: "
                           "take it out", of);

    } else if (!ngx_http_gate_conf_registered(method)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" in \"%s\" is no registered method of HTTP: "
                           "see how it is spelt", &name, of);
    }

    return NGX_CONF_OK;
}


char *
ngx_http_gate_conf_methods(ngx_conf_t *cf, ngx_array_t *methods)
{
    char        *rv;
    ngx_uint_t   i;
    gate_str_t  *m;

    m = methods->elts;
    rv = NGX_CONF_OK;

    for (i = 0; i < methods->nelts && rv == NGX_CONF_OK; i++) {
        rv = ngx_http_gate_conf_method(cf, m[i], "methods=");
    }

    return rv;
}


static ngx_uint_t
ngx_http_gate_conf_registered(gate_str_t method)
{
    gate_str_t  *m;

    for (m = ngx_http_gate_conf_known; m->len; m++) {
        if (gate_str_eq(*m, method)) {
            return 1;
        }
    }

    return 0;
}
