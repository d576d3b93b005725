
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which credentials of a request go on to its service.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_request.h"


typedef struct {
    ngx_http_request_t        *r;
    ngx_http_gate_auth_conf_t *acf;
    ngx_str_t                  decided;       /* the method that did */
    ngx_uint_t                 failed;
} ngx_http_gate_auth_strip_t;


static ngx_uint_t ngx_http_gate_auth_goes_on(ngx_http_gate_auth_strip_t *strip,
    const ngx_http_gate_method_t *method);
static ngx_uint_t ngx_http_gate_auth_carries(
    const ngx_http_gate_method_t *method, ngx_table_elt_t *h);
static ngx_uint_t ngx_http_gate_auth_keep(ngx_table_elt_t *h, void *data);


const ngx_str_t  ngx_http_gate_auth_password_fields[] = {
    ngx_string("authorization"),
    ngx_null_string
};


/* a proof (RFC 9449) is of its token, and of no use without it */

const ngx_str_t  ngx_http_gate_auth_token_fields[] = {
    ngx_string("authorization"),
    ngx_string("dpop"),
    ngx_null_string
};


/*
 * SHAPE: a credential that decided goes on if its method forwards it, unless
 * "hide"; a listed one that did not decide was not verified and stays here.
 * Keys are gone since hygiene.  What is taken stays at hand for an error page's
 * location, which asks again.
 */

ngx_int_t
ngx_http_gate_auth_strip(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t                   i, any;
    const ngx_str_t             *field;
    gate_name_first_t            first;
    ngx_http_gate_auth_entry_t  *entry;
    ngx_http_gate_auth_strip_t   strip;

    strip.acf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_module);

    if (!strip.acf->enable) {
        return NGX_DECLINED;
    }

    strip.r = r;
    strip.decided = ngx_http_gate_who(r, ctx)->method;
    strip.failed = 0;

    entry = strip.acf->methods->elts;
    any = 0;
    ngx_memzero(&first, sizeof(gate_name_first_t));

    for (i = 0; i < strip.acf->methods->nelts; i++) {
        field = entry[i].method->carries;

        if (field == NULL
            || ngx_http_gate_auth_goes_on(&strip, entry[i].method))
        {
            continue;
        }

        for ( /* void */ ; field->len != 0; field++) {
            gate_name_first_bit(&first, field->data[0]);
        }

        any = 1;
    }

    if (!any) {
        return NGX_DECLINED;
    }

    if (r != r->main && ngx_http_gate_headers_own(r) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_gate_headers_filter(r, &first, ngx_http_gate_auth_keep,
                                     &strip)
        != NGX_OK
        || strip.failed)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_auth_goes_on(ngx_http_gate_auth_strip_t *strip,
    const ngx_http_gate_method_t *method)
{
    if (strip->acf->hide || !(method->flags & NGX_HTTP_GATE_METHOD_FORWARDS)) {
        return 0;
    }

    if (strip->decided.len == 0) {
        /* nobody was let in by any: on trial */
        return 0;
    }

    return strip->acf->all
           || (strip->decided.len == method->name.len
               && ngx_strncmp(strip->decided.data, method->name.data,
                              method->name.len) == 0);
}


static ngx_uint_t
ngx_http_gate_auth_carries(const ngx_http_gate_method_t *method,
    ngx_table_elt_t *h)
{
    const ngx_str_t  *field;

    for (field = method->carries; field && field->len != 0; field++) {
        if (h->key.len == field->len
            && ngx_memcmp(h->lowcase_key, field->data, field->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* a field of two methods goes on with the one that decided */

static ngx_uint_t
ngx_http_gate_auth_keep(ngx_table_elt_t *h, void *data)
{
    ngx_http_gate_auth_strip_t *strip = data;

    ngx_uint_t                   i, carried;
    ngx_http_gate_auth_entry_t  *entry;

    entry = strip->acf->methods->elts;
    carried = 0;

    for (i = 0; i < strip->acf->methods->nelts; i++) {

        if (!ngx_http_gate_auth_carries(entry[i].method, h)) {
            continue;
        }

        if (ngx_http_gate_auth_goes_on(strip, entry[i].method)) {
            return 1;
        }

        carried = 1;
    }

    if (!carried) {
        return 1;
    }

    /* if this is a subrequest, the request still has it, or has taken it */

    if (strip->r == strip->r->main
        && ngx_http_gate_keys_take_field(strip->r, h) != NGX_OK)
    {
        strip->failed = 1;
    }

    return 0;
}
