
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hygiene: fields that belong to the gateway never come in from outside, on
 * any location, and keys in the query never reach a log.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_seen.h"
#include "ngx_http_gate_trust.h"

#include "gate_names.h"


typedef struct {
    ngx_http_request_t        *r;
    ngx_http_gate_hygiene_srv_conf_t  *hscf;
    ngx_http_gate_key_names_t  *keys;
    ngx_uint_t                 b3;        /* trace fields to keep */
    uint32_t                   next;      /* see ngx_http_gate_keys_cut() */
    ngx_uint_t                 failed;
} ngx_http_gate_hygiene_t;


static ngx_int_t ngx_http_gate_hygiene_run(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *keys, ngx_uint_t early);
static ngx_int_t ngx_http_gate_hygiene_once(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_hygiene_keep(ngx_table_elt_t *h, void *data);
static ngx_uint_t ngx_http_gate_hygiene_whole(ngx_table_elt_t *h,
    ngx_http_gate_hygiene_t *hy);


/* POST_READ, after realip: the address is settled, no location is chosen */

ngx_int_t
ngx_http_gate_hygiene_handler(ngx_http_request_t *r)
{
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    hscf = ngx_http_get_module_srv_conf(r, ngx_http_gate_hygiene_module);

    return ngx_http_gate_hygiene_run(r, &hscf->keys, 0);
}


/*
 * SERVER_REWRITE, and REWRITE as named locations begin there: a request that
 * nginx refused while it read it comes in by its error page.  Each request
 * that is on its way to such a page passes here.
 */

ngx_int_t
ngx_http_gate_hygiene_server(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_http_gate_seen_t  *seen;

    if (!r->internal || r != r->main) {
        return NGX_DECLINED;
    }

    rc = ngx_http_gate_hygiene_once(r);

    if (rc == NGX_DECLINED) {
        seen = ngx_http_gate_seen(r);
        seen->error = r->err_status;
    }

    return rc;
}


ngx_int_t
ngx_http_gate_hygiene_rewrite(ngx_http_request_t *r)
{
    ngx_int_t                          rc;
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    rc = ngx_http_gate_hygiene_server(r);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    hscf = ngx_http_get_module_srv_conf(r, ngx_http_gate_hygiene_module);

    if (hscf->gives != NULL && hscf->keys.fields != NULL
        && ngx_http_gate_keys_give(r, &hscf->keys, hscf->gives(r)) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DECLINED;
}


/*
 * The same for one that has no error page.  The engine has not moved: phases
 * that ran left its position behind the handler above.
 */

ngx_int_t
ngx_http_gate_hygiene_early(ngx_http_request_t *r)
{
    if (r->phase_handler != 0 || r->internal || r != r->main) {
        return NGX_OK;
    }

    return (ngx_http_gate_hygiene_once(r) == NGX_DECLINED) ? NGX_OK
                                                            : NGX_ERROR;
}


/* LOG, before the access log; of a subrequest, too: "log_subrequest on" */

ngx_int_t
ngx_http_gate_hygiene_log(ngx_http_request_t *r)
{
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    (void) ngx_http_gate_hygiene_early(r);

    hscf = ngx_http_get_module_srv_conf(r, ngx_http_gate_hygiene_module);

    if (hscf->gives != NULL && hscf->keys.fields != NULL) {
        ngx_http_gate_keys_hide(r, &hscf->keys);
    }

    return NGX_OK;
}


/*
 * The server of a request that was not read to its end may be another than it
 * asked for: the names of all servers count.
 */

static ngx_int_t
ngx_http_gate_hygiene_once(ngx_http_request_t *r)
{
    ngx_http_gate_seen_t               *seen;
    ngx_http_gate_hygiene_main_conf_t  *hmcf;

    seen = ngx_http_gate_seen(r);

    if (seen != NULL && seen->clean) {
        return NGX_DECLINED;
    }

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_hygiene_module);

    return ngx_http_gate_hygiene_run(r, &hmcf->keys, 1);
}


static ngx_int_t
ngx_http_gate_hygiene_run(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *keys, ngx_uint_t early)
{
    ngx_uint_t                i;
    gate_name_first_t         first;
    ngx_http_gate_seen_t     *seen;
    ngx_http_gate_hygiene_t   hy;

    seen = ngx_http_gate_seen_make(r);
    if (seen == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (keys->args != NULL
        && ngx_http_gate_keys_take_args(r, keys, early) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    hy.r = r;
    hy.hscf = ngx_http_get_module_srv_conf(r, ngx_http_gate_hygiene_module);
    hy.keys = keys;
    hy.b3 = 0;
    hy.next = 0;
    hy.failed = 0;

    if (hy.hscf->enable) {

        if (ngx_http_gate_trust_hold(r) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (ngx_http_gate_typed_hold(r) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        hy.b3 = ngx_http_gate_trust_keeps_b3(r);
    }

    for (i = 0; i < 4; i++) {
        first.bits[i] = hy.hscf->first.bits[i] | keys->first.bits[i];
    }

    if (ngx_http_gate_headers_filter(r, &first, ngx_http_gate_hygiene_keep,
                                     &hy)
        != NGX_OK
        || hy.failed)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    seen->clean = 1;

    return NGX_DECLINED;
}


/* PREACCESS, after realip of the location: what SHIELD showed is hidden */

ngx_int_t
ngx_http_gate_hygiene_preaccess(ngx_http_request_t *r)
{
    ngx_http_gate_typed_show(r, ngx_http_gate_get_ctx(r), 0);

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_http_gate_hygiene_keep(ngx_table_elt_t *h, void *data)
{
    ngx_http_gate_hygiene_t *hy = data;

    gate_name_e   class;
    gate_str_t   *more;
    ngx_uint_t    n;

    /* first, as a key may have one of the names below */

    if ((hy->keys->lens & ((uint64_t) 1 << h->key.len % 64))
        && ngx_http_gate_keys_is_field(h, hy->keys))
    {
        if (ngx_http_gate_keys_take_field(hy->r, h) != NGX_OK) {
            hy->failed = 1;
        }

        return 0;
    }

    if ((hy->keys->cookies != NULL || hy->keys->protocols != NULL)
        && !ngx_http_gate_hygiene_whole(h, hy))
    {
        return 0;
    }

    if (!gate_name_first_has(&hy->hscf->first, h->lowcase_key[0])) {
        return 1;
    }

    more = NULL;
    n = 0;

    if (hy->hscf->more != NULL) {
        more = hy->hscf->more->elts;
        n = hy->hscf->more->nelts;
    }

    class = gate_name_class(gate_str(h->lowcase_key, h->key.len), more, n);

    switch (class) {

    case GATE_NAME_RESERVED:
        if (hy->hscf->xfcc && ngx_http_gate_hygiene_is_xfcc(h)
            && ngx_http_gate_keys_take_field(hy->r, h) != NGX_OK)
        {
            hy->failed = 1;
        }

        return 0;

    case GATE_NAME_TRACE_B3:
        return hy->b3;

    default:
        return 1;
    }
}


/* 0: nothing is left of the field */

static ngx_uint_t
ngx_http_gate_hygiene_whole(ngx_table_elt_t *h, ngx_http_gate_hygiene_t *hy)
{
    switch (ngx_http_gate_keys_cut(hy->r, h, hy->keys, &hy->next)) {

    case NGX_OK:
    case NGX_DECLINED:
        return 1;

    case NGX_DONE:
        return 0;

    default:
        hy->failed = 1;
        return 0;
    }
}


/* another spelling is no proxy's */

ngx_uint_t
ngx_http_gate_hygiene_is_xfcc(ngx_table_elt_t *h)
{
    return gate_str_eq(gate_str(h->lowcase_key, h->key.len),
                       gate_cstr("x-forwarded-client-cert"));
}
