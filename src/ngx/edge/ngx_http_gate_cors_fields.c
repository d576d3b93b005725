
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What answers tell browsers (Fetch, 3.3.3), on each answer of a location:
 * what the service or add_header say of it is taken off, as two values are
 * none.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_cors.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vary.h"


static ngx_int_t ngx_http_gate_cors_header_filter(ngx_http_request_t *r);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_cors_answer(
    ngx_http_request_t *r, ngx_http_gate_cors_policy_t *policy,
    ngx_uint_t allowed);
static ngx_int_t ngx_http_gate_cors_actual(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy);
static ngx_int_t ngx_http_gate_cors_allowed(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy);
static ngx_int_t ngx_http_gate_cors_common(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy, ngx_str_t *origin);
static ngx_int_t ngx_http_gate_cors_add(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);
static void ngx_http_gate_cors_clear(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_cors_vary(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy, ngx_uint_t preflight);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;


/* what the names of all of these fields begin with */
static gate_str_t  ngx_http_gate_cors_prefix = gate_string("Access-Control-");


static ngx_str_t  ngx_http_gate_cors_star = ngx_string("*");


/* an error page may stand elsewhere: it answers what was asked here.  What
 * nginx refuses before any phase is the location's, too */

static ngx_int_t
ngx_http_gate_cors_header_filter(ngx_http_request_t *r)
{
    ngx_uint_t                      allowed;
    ngx_http_gate_ctx_t            *ctx;
    ngx_http_gate_cors_policy_t    *policy;
    ngx_http_gate_cors_loc_conf_t  *ccf;

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    ccf = ngx_http_get_module_loc_conf(r, ngx_http_gate_cors_module);
    ctx = ngx_http_gate_get_ctx(r);

    policy = ccf->policy;
    allowed = 0;

    if (ctx != NULL) {
        policy = policy ? policy : ctx->cors->policy;
        allowed = ctx->cors->allowed;
    }

    if (policy != NULL
        && ngx_http_gate_cors_answer(r, policy, allowed) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_cors_answer(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy, ngx_uint_t allowed)
{
    ngx_int_t   rc;
    ngx_uint_t  preflight;

    ngx_http_gate_cors_clear(r);

    preflight = ngx_http_gate_is_preflight(r);

    if (allowed) {
        rc = ngx_http_gate_cors_allowed(r, policy);

    } else {
        /* of a preflight that was refused nobody may read more */
        rc = preflight ? NGX_OK : ngx_http_gate_cors_actual(r, policy);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_gate_cors_vary(r, policy, preflight);
}


/* with "origin=*" the same for all, whether they say where they are or not */

static ngx_int_t
ngx_http_gate_cors_actual(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy)
{
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    static ngx_str_t  origin = ngx_string("origin");

    h = ngx_http_gate_header(r, &origin, &n);

    if (!policy->any
        && (n != 1 || !ngx_http_gate_cors_origin(policy, &h->value)))
    {
        return NGX_OK;
    }

    if (ngx_http_gate_cors_common(r, policy, h ? &h->value : NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_cors_add(r, "Expose-Headers", &policy->expose);
}


static ngx_int_t
ngx_http_gate_cors_allowed(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy)
{
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    static ngx_str_t  origin = ngx_string("origin");
    static ngx_str_t  method = ngx_string("access-control-request-method");
    static ngx_str_t  fields = ngx_string("access-control-request-headers");

    h = ngx_http_gate_header(r, &origin, &n);

    if (h == NULL
        || ngx_http_gate_cors_common(r, policy, &h->value) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* what was asked for where anything is fine: a browser takes "*" as a name
     * beside credentials, and Authorization is never in it */

    h = policy->methods ? NULL : ngx_http_gate_header(r, &method, &n);

    if (ngx_http_gate_cors_add(r, "Allow-Methods",
                               h ? &h->value : &policy->methods_text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = policy->fields ? NULL : ngx_http_gate_header(r, &fields, &n);

    if (ngx_http_gate_cors_add(r, "Allow-Headers",
                               h ? &h->value : &policy->fields_text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_cors_add(r, "Max-Age", &policy->max_age);
}


static ngx_int_t
ngx_http_gate_cors_common(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy, ngx_str_t *origin)
{
    static ngx_str_t  yes = ngx_string("true");

    if (ngx_http_gate_cors_add(r, "Allow-Origin",
                               policy->any ? &ngx_http_gate_cors_star : origin)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return policy->credentials
           ? ngx_http_gate_cors_add(r, "Allow-Credentials", &yes) : NGX_OK;
}


/* nothing if it is empty */

static ngx_int_t
ngx_http_gate_cors_add(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    u_char     *p;
    ngx_str_t   key;

    if (value->len == 0) {
        return NGX_OK;
    }

    key.len = ngx_http_gate_cors_prefix.len + ngx_strlen(name);

    key.data = ngx_pnalloc(r->pool, key.len);
    if (key.data == NULL) {
        return NGX_ERROR;
    }

    p = gate_str_copy(key.data, ngx_http_gate_cors_prefix);
    ngx_memcpy(p, name, ngx_strlen(name));

    return ngx_http_gate_add_out(r, &key, value) ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_gate_cors_clear(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash != 0
                && gate_str_begins_nocase(ngx_http_gate_view(&h[i].key),
                                          ngx_http_gate_cors_prefix))
            {
                h[i].hash = 0;
            }
        }
    }
}


/*
 * Whether there is an Origin or not, the answer would be another one with
 * another: a cache has to know.
 */

static ngx_int_t
ngx_http_gate_cors_vary(ngx_http_request_t *r,
    ngx_http_gate_cors_policy_t *policy, ngx_uint_t preflight)
{
    ngx_str_t  names;

    if (preflight) {
        ngx_str_set(&names, "Origin, Access-Control-Request-Method, "
                            "Access-Control-Request-Headers");

        if (policy->any) {
            names.data += sizeof("Origin, ") - 1;
            names.len -= sizeof("Origin, ") - 1;
        }

        return ngx_http_gate_vary(r, &names);
    }

    if (policy->any) {
        return NGX_OK;
    }

    ngx_str_set(&names, "Origin");

    return ngx_http_gate_vary(r, &names);
}


void
ngx_http_gate_cors_filter(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gate_cors_header_filter;
}
