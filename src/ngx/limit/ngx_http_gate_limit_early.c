
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Limits that stand before WHO: what they count is counted whoever calls, and
 * nothing of it is given back.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_limit_early.h"
#include "ngx_http_gate_spend.h"


static ngx_uint_t ngx_http_gate_limit_key_next(ngx_str_t *text, size_t *at,
    ngx_str_t *name);
static ngx_uint_t ngx_http_gate_limit_early_known(ngx_str_t *name);


/* variables of ours that have a value there; ended by an empty one */

static ngx_str_t  ngx_http_gate_limit_early_vars[] = {
    ngx_string("gate_api"),
    ngx_string("gate_api_version"),
    ngx_string("gate_service"),
    ngx_string("gate_lifecycle"),
    ngx_string("gate_request_id"),
    ngx_string("gate_forwarded_for"),
    ngx_string("gate_forwarded_proto"),
    ngx_string("gate_forwarded_host"),
    ngx_null_string
};


ngx_uint_t
ngx_http_gate_limit_early_stands(void **loc_conf)
{
    ngx_http_gate_limit_loc_conf_t  *llcf;

    llcf = loc_conf[ngx_http_gate_limit_module.ctx_index];

    return llcf->early != NULL;
}


/* SHIELD */

ngx_int_t
ngx_http_gate_limit_early_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                        rc;
    ngx_http_gate_limit_loc_conf_t  *llcf;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_limit_module);

    if (llcf->early == NULL) {
        return NGX_DECLINED;
    }

    if (!ngx_http_gate_spend_waits(r, ctx)) {

        ctx->spend->until_ns = 0;

        rc = ngx_http_gate_limit_run(r, ctx, llcf->early, 1);

        ctx->limit->fields = llcf->fields;
        ctx->limit->before = ctx->limit->worst;

        if (rc != NGX_OK || ctx->spend->until_ns == 0) {
            return rc;
        }
    }

    rc = ngx_http_gate_spend_turn(r, ctx);

    if (rc == NGX_OK) {
        ngx_http_gate_limit_renew(r, ctx);
    }

    return rc;
}


/*
 * Of nginx's own variables none asks who it is; one of ours would, for all the
 * cryptography that the limit is there to spare.
 */

char *
ngx_http_gate_limit_early_fits(ngx_conf_t *cf, ngx_http_complex_value_t *key)
{
    size_t      at;
    ngx_str_t   name;

    if (key == NULL) {
        return "has \"early\", before it is known who calls: add a \"key=\", "
               "such as key=$binary_remote_addr";
    }

    at = 0;

    while (ngx_http_gate_limit_key_next(&key->value, &at, &name)) {

        if (!ngx_http_gate_limit_early_known(&name)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"$%V\" has no value where an \"early\" limit "
                               "stands, before it is known who calls: take "
                               "\"early\" out, or write another key, such as "
                               "key=$binary_remote_addr", &name);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* the next variable in "text"; 0: there are no more */

static ngx_uint_t
ngx_http_gate_limit_key_next(ngx_str_t *text, size_t *at, ngx_str_t *name)
{
    u_char  *p, *last;

    last = text->data + text->len;
    p = ngx_strlchr(text->data + *at, last, '$');

    if (p == NULL) {
        return 0;
    }

    p++;
    name->data = (p < last && *p == '{') ? p + 1 : p;

    for (p = name->data;
         p < last && (*p == '_' || (*p >= '0' && *p <= '9')
                      || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'));
         p++)
    {
        /* void */
    }

    name->len = p - name->data;
    *at = p - text->data;

    return 1;
}


/* a key leaves the request before any limit: what it was in is empty then, and
 * of an empty key nothing is counted */

ngx_int_t
ngx_http_gate_limit_key_check(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_array_t *lines, ngx_uint_t early)
{
    size_t                       at;
    ngx_str_t                    name;
    ngx_uint_t                   i;
    ngx_http_gate_limit_line_t  *line;

    line = lines->elts;

    for (i = 0; i < lines->nelts; i++) {

        if (line[i].key == NULL) {
            continue;
        }

        at = 0;

        while (ngx_http_gate_limit_key_next(&line[i].key->value, &at, &name)) {

            if (!ngx_http_gate_auth_key_takes(place,
                                              ngx_http_gate_view(&name)))
            {
                continue;
            }

            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"$%V\" in \"key=\" of \"gate_limit\" is empty in "
                          "location \"%V\", as \"gate_auth key\" takes the "
                          "key out of the request: %s in %s:%ui", &name,
                          &place->name,
                          early ? "write key=$binary_remote_addr"
                          : "take \"key=\" out, each caller has a limit then",
                          line[i].file, line[i].line);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_limit_early_known(ngx_str_t *name)
{
    ngx_str_t  *v;

    static const gate_str_t  ours = gate_string("gate_");

    if (!gate_str_begins_nocase(ngx_http_gate_view(name), ours)) {
        return 1;
    }

    for (v = ngx_http_gate_limit_early_vars; v->len; v++) {
        if (gate_str_eq_nocase(ngx_http_gate_view(name),
                               ngx_http_gate_view(v)))
        {
            return 1;
        }
    }

    return 0;
}
