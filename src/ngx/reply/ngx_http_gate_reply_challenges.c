
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * WWW-Authenticate of each method offered (RFC 9110 11.6.1, RFC 6750 3).
 *
 * Most refusals follow one of the same reason at the same place, and are told
 * the same: what was written last is kept, and written again only for another
 * place or reason.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_subrequest.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_access.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_api.h"

#include "gate_text.h"


#define NGX_HTTP_GATE_CHALLENGE  256      /* bytes of one */


struct ngx_http_gate_offer_s {
    ngx_array_t                   *methods;   /* for whom it was written */
    u_char                        *api;       /* ... where the name stands */
    ngx_uint_t                     flag;
    const ngx_http_gate_reason_t  *reason;

    ngx_uint_t                     n;
    size_t                        *len;       /* of each, behind each other */
    u_char                        *text;
    size_t                         size;
};


static ngx_int_t ngx_http_gate_reply_challenges(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *api, ngx_uint_t flag,
    const ngx_http_gate_reason_t *reason, ngx_str_t *scopes);
static void ngx_http_gate_reply_offer(ngx_http_request_t *r,
    ngx_http_gate_offer_t *offer, ngx_http_gate_auth_conf_t *acf,
    ngx_str_t *api);


ngx_int_t
ngx_http_gate_reply_challenge(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_auth_conf_t  *acf;

    static ngx_str_t  none = ngx_null_string;

    acf = ctx->who_conf;

    if (acf == NULL) {
        return NGX_OK;
    }

    if (r->headers_out.status == NGX_HTTP_UNAUTHORIZED) {
        return ngx_http_gate_reply_challenges(r, acf, &ctx->api->name, 0,
                                              ctx->reason, &none);
    }

    if (ctx->reason == &ngx_http_gate_missing_scope && ctx->who.claims != NULL)
    {
        return ngx_http_gate_reply_challenges(r, acf, &ctx->api->name,
                                              NGX_HTTP_GATE_METHOD_CLAIMS,
                                              ctx->reason,
                                              &ctx->refused->scopes);
    }

    return NGX_OK;
}


/* of a subrequest: auth_request hands them on */

ngx_int_t
ngx_http_gate_reply_challenge_part(ngx_http_request_t *r,
    ngx_http_gate_subrequest_t *part)
{
    static ngx_str_t  none = ngx_null_string;

    if (part->who_conf == NULL) {
        return NGX_OK;
    }

    return ngx_http_gate_reply_challenges(r, part->who_conf,
                                          &ngx_http_gate_api(r)->name, 0,
                                          part->reason, &none);
}


/* "flag": of those methods that have it only; "scopes": that were missing */

static ngx_int_t
ngx_http_gate_reply_challenges(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *api, ngx_uint_t flag,
    const ngx_http_gate_reason_t *reason, ngx_str_t *scopes)
{
    size_t                            size;
    u_char                           *p, *text;
    ngx_str_t                         value;
    ngx_uint_t                        i;
    ngx_table_elt_t                  *h;
    ngx_http_gate_offer_t            *offer;
    ngx_http_gate_reply_main_conf_t  *rmcf;

    static ngx_str_t  name = ngx_string("WWW-Authenticate");

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_reply_module);
    offer = rmcf->offer;

    if (offer->reason != reason || offer->methods != acf->methods
        || offer->api != api->data || offer->flag != flag)
    {
        offer->flag = flag;
        offer->reason = reason;
        ngx_http_gate_reply_offer(r, offer, acf, api);
    }

    /* another refusal may be written before this one is sent */

    size = offer->size;

    if (scopes->len != 0) {
        size += offer->n * (sizeof(", scope=\"\"") - 1 + scopes->len);
    }

    value.data = ngx_pnalloc(r->pool, size);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    text = offer->text;

    for (i = 0; i < offer->n; i++) {
        p = ngx_cpymem(value.data, text, offer->len[i]);
        text += offer->len[i];

        if (scopes->len != 0) {
            p = ngx_sprintf(p, ", scope=\"%V\"", scopes);
        }

        value.len = p - value.data;

        h = ngx_http_gate_add_out(r, &name, &value);
        if (h == NULL) {
            return NGX_ERROR;
        }

        ngx_http_gate_challenge_out(r, h);

        value.data += value.len;
    }

    return flag ? NGX_OK : ngx_http_gate_auth_wants(r, acf);
}


static void
ngx_http_gate_reply_offer(ngx_http_request_t *r, ngx_http_gate_offer_t *offer,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *api)
{
    u_char                         *last;
    ngx_uint_t                      i;
    gate_str_t                      realm;
    gate_text_t                     t;
    ngx_array_t                    *methods;
    const ngx_http_gate_method_t  **m;

    realm = api->len ? ngx_http_gate_view(api) : gate_str("gate", 4);

    offer->methods = acf->methods;
    offer->api = api->data;
    offer->n = 0;

    last = offer->text;

    methods = ngx_http_gate_methods(r->main_conf);
    m = methods->elts;

    for (i = 0; i < methods->nelts; i++) {

        if (m[i]->challenge == NULL
            || (m[i]->flags & offer->flag) != offer->flag
            || ngx_http_gate_auth_entry(acf, m[i]) == NULL)
        {
            continue;
        }

        gate_text_init(&t, last, NGX_HTTP_GATE_CHALLENGE);
        m[i]->challenge(&t, realm, offer->reason);

        offer->len[offer->n++] = t.last - last;
        last = t.last;
    }

    offer->size = last - offer->text;
}


ngx_int_t
ngx_http_gate_reply_challenge_init(ngx_conf_t *cf,
    ngx_http_gate_reply_main_conf_t *rmcf)
{
    ngx_uint_t              n;
    ngx_http_conf_ctx_t    *ctx;
    ngx_http_gate_offer_t  *offer;

    ctx = cf->ctx;
    n = ngx_http_gate_methods(ctx->main_conf)->nelts;

    offer = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_offer_t));
    if (offer == NULL) {
        return NGX_ERROR;
    }

    offer->len = ngx_palloc(cf->pool, n * sizeof(size_t));
    offer->text = ngx_pnalloc(cf->pool, n * NGX_HTTP_GATE_CHALLENGE);

    if (offer->len == NULL || offer->text == NULL) {
        return NGX_ERROR;
    }

    rmcf->offer = offer;

    return NGX_OK;
}
