
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * HTTP Message Signatures (RFC 9421) of requests.  What is cheap comes before
 * what is not: form, times, what is covered; whose key it is; the signature;
 * and at last whether its nonce was seen before.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_identity.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_auth_signature.h"


#define NGX_HTTP_GATE_SIGNATURE_BASE  32768   /* bytes of what is signed */


static ngx_int_t ngx_http_gate_auth_signature_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data);
static ngx_int_t ngx_http_gate_auth_hmac_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data);
static ngx_int_t ngx_http_gate_signature_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t hmac);
static ngx_int_t ngx_http_gate_signature_read(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_httpsig_t *sig);
static ngx_int_t ngx_http_gate_signature_times(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_httpsig_t *sig);
static ngx_int_t ngx_http_gate_signature_covers(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_httpsig_t *sig);
static ngx_uint_t ngx_http_gate_signature_needs(ngx_http_request_t *r,
    ngx_str_t *name, ngx_http_gate_signature_loc_conf_t *slcf);
static ngx_int_t ngx_http_gate_signature_verify(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_httpsig_t *sig, gate_credential_t *k,
    ngx_uint_t hmac);
static ngx_int_t ngx_http_gate_signature_base(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_httpsig_t *sig, gate_str_t *base);
static ngx_int_t ngx_http_gate_signature_nonce(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_httpsig_t *sig);
static ngx_int_t ngx_http_gate_signature_set(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_credential_t *k);
static ngx_int_t ngx_http_gate_signature_bad(ngx_http_gate_ctx_t *ctx,
    const char *why);
static void ngx_http_gate_signature_challenge(gate_text_t *t, gate_str_t realm,
    const ngx_http_gate_reason_t *reason);


static const ngx_http_gate_reason_t  ngx_http_gate_bad_signature = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("bad_signature"),
    ngx_string("Invalid signature"),
    ngx_string("The signature is malformed, wrong, or of a key that is not "
               "known here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_expired_signature = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("expired_signature"),
    ngx_string("Signature expired"),
    ngx_string("The signature is too old, or of the future: make a new one, "
               "and look at the clock.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_unsigned_component = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("unsigned_component"),
    ngx_string("Not all is signed"),
    ngx_string("The signature does not cover what it has to: see "
               "Accept-Signature.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_expired_signature_key = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("expired_signature_key"),
    ngx_string("Key expired"),
    ngx_string("The key of the signature has expired.")
};


const ngx_http_gate_reason_t  *ngx_http_gate_signature_reasons[] = {
    &ngx_http_gate_bad_signature,
    &ngx_http_gate_expired_signature,
    &ngx_http_gate_unsigned_component,
    &ngx_http_gate_expired_signature_key,
    &ngx_http_gate_consumers_unavailable,
    NULL
};


/* a nonce that was seen before was of a good signature */
const ngx_http_gate_reason_t *const  ngx_http_gate_signature_failures[] = {
    &ngx_http_gate_bad_signature,
    NULL
};


const ngx_http_gate_method_t  ngx_http_gate_auth_signature_method = {
    ngx_string("signature"),
    ngx_null_string,
    NULL,
    ngx_http_gate_auth_signature_run,
    NULL,
    ngx_http_gate_signature_challenge,
    NGX_HTTP_GATE_METHOD_PARKS
};


const ngx_http_gate_method_t  ngx_http_gate_auth_hmac_method = {
    ngx_string("hmac"),
    ngx_null_string,
    NULL,
    ngx_http_gate_auth_hmac_run,
    NULL,
    ngx_http_gate_signature_challenge,
    NGX_HTTP_GATE_METHOD_PARKS
};


static ngx_int_t
ngx_http_gate_auth_signature_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data)
{
    return ngx_http_gate_signature_run(r, ctx, 0);
}


static ngx_int_t
ngx_http_gate_auth_hmac_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    void *data)
{
    return ngx_http_gate_signature_run(r, ctx, 1);
}


ngx_uint_t
ngx_http_gate_signature_listed(ngx_http_gate_auth_conf_t *acf)
{
    return acf->enable
           && (ngx_http_gate_auth_entry(acf,
                                        &ngx_http_gate_auth_signature_method)
               || ngx_http_gate_auth_entry(acf,
                                           &ngx_http_gate_auth_hmac_method));
}


static ngx_int_t
ngx_http_gate_signature_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t hmac)
{
    ngx_int_t           rc;
    gate_httpsig_t      sig;
    gate_credential_t  *k;

    rc = ngx_http_gate_signature_read(r, ctx, &sig);

    if (rc == NGX_OK) {
        rc = ngx_http_gate_signature_times(r, ctx, &sig);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_gate_signature_covers(r, ctx, &sig);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_gate_shield_spares(r, ctx, sig.keyid);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_gate_find(r, ctx, GATE_KIND_SIGNATURE, sig.keyid, &k);

    if (rc == NGX_DECLINED) {
        return ngx_http_gate_signature_bad(ctx, NULL);
    }

    if (rc == NGX_BUSY) {
        return ngx_http_gate_find_busy(r, ctx);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_gate_signature_verify(r, ctx, &sig, k, hmac);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_gate_signature_nonce(r, ctx, &sig);
    }

    return (rc == NGX_OK) ? ngx_http_gate_signature_set(r, ctx, k) : rc;
}


static ngx_int_t
ngx_http_gate_signature_read(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_httpsig_t *sig)
{
    ngx_int_t                            rc, one;
    gate_str_t                           input, signature;
    const char                          *why;
    ngx_http_gate_signature_loc_conf_t  *slcf;

    static ngx_str_t  inputs = ngx_string("signature-input");
    static ngx_str_t  signatures = ngx_string("signature");

    rc = ngx_http_gate_signature_joined(r, &inputs, &input);
    one = ngx_http_gate_signature_joined(r, &signatures, &signature);

    if (rc == NGX_ERROR || one == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED && one == NGX_DECLINED) {
        return NGX_DECLINED;
    }

    if (rc != one) {
        return ngx_http_gate_signature_bad(ctx,
                   "The request has one of Signature-Input and Signature, "
                   "without the other.");
    }

    slcf = ngx_http_get_module_loc_conf(r,
                                        ngx_http_gate_auth_signature_module);

    why = gate_httpsig_parse(sig, input, signature,
                             ngx_http_gate_view(&slcf->label),
                             ngx_http_gate_view(&slcf->tag));

    if (why == NULL && sig->keyid.len == 0) {
        why = "The signature has no keyid.";
    }

    if (why == NULL && sig->nonce.len == 0
        && slcf->nonce == NGX_HTTP_GATE_SIGNATURE_REQUIRED)
    {
        why = "The signature has no nonce, which is required here.";
    }

    return (why == NULL) ? NGX_OK : ngx_http_gate_signature_bad(ctx, why);
}


static ngx_int_t
ngx_http_gate_signature_times(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_httpsig_t *sig)
{
    int64_t                              now;
    ngx_http_gate_signature_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r,
                                        ngx_http_gate_auth_signature_module);

    now = ngx_time();

    if (!sig->has_created) {
        return ngx_http_gate_signature_bad(ctx,
                                           "The signature has no \"created\".");
    }

    if (sig->created_s > now + slcf->skew) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_expired_signature,
                   "The signature was created in the future, as this clock "
                   "has it.");
    }

    if (sig->created_s < now - slcf->max_age - slcf->skew
        || (sig->has_expires && sig->expires_s < now - slcf->skew))
    {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_expired_signature,
                                         NULL);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_signature_covers(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_httpsig_t *sig)
{
    ngx_str_t                           *name;
    ngx_uint_t                           i;
    ngx_http_gate_signature_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r,
                                        ngx_http_gate_auth_signature_module);

    name = slcf->components->elts;

    for (i = 0; i < slcf->components->nelts; i++) {

        if (ngx_http_gate_signature_needs(r, &name[i], slcf)
            && !gate_httpsig_covers(sig, ngx_http_gate_view(&name[i])))
        {
            return ngx_http_gate_refused_why(ctx,
                                  &ngx_http_gate_unsigned_component, NULL);
        }
    }

    return NGX_OK;
}


/* a query and a body are signed where there are any */

static ngx_uint_t
ngx_http_gate_signature_needs(ngx_http_request_t *r, ngx_str_t *name,
    ngx_http_gate_signature_loc_conf_t *slcf)
{
    r = r->main;

    if (gate_str_eq(ngx_http_gate_view(name), gate_cstr("@query"))) {
        return ngx_strlchr(r->unparsed_uri.data,
                           r->unparsed_uri.data + r->unparsed_uri.len, '?')
               != NULL;
    }

    if (!gate_str_eq(ngx_http_gate_view(name), gate_cstr("content-digest"))) {
        return 1;
    }

    if (slcf->digest != NGX_HTTP_GATE_SIGNATURE_SIGNED) {
        return 0;
    }

    if (r->headers_in.content_length_n > 0 || r->headers_in.chunked) {
        return 1;
    }

#if (NGX_HTTP_V2)
    /* frames may come though no length was said */
    if (r->stream && r->headers_in.content_length_n != 0
        && !r->stream->in_closed)
    {
        return 1;
    }
#endif

    return 0;
}


static ngx_int_t
ngx_http_gate_signature_verify(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_httpsig_t *sig, gate_credential_t *k, ngx_uint_t hmac)
{
    char                                  err[256];
    unsigned                              alg;
    ngx_int_t                             rc;
    gate_str_t                            base;
    const gate_key_t                     *key;
    ngx_http_gate_signature_main_conf_t  *smcf;

    alg = gate_httpsig_alg(k->algorithm);
    err[0] = '\0';

    /* a shared secret is of the configuration, and never lies in Redis */

    if (alg == 0 || (alg == GATE_HS256 && k->consumer->snapshot != NULL)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gate signature: key \"%*s\" has no algorithm that it "
                      "may have", k->id.len, k->id.data);
        return ngx_http_gate_find_busy(r, ctx);
    }

    if ((hmac && alg != GATE_HS256)
        || (sig->alg.data != NULL && gate_httpsig_alg(sig->alg) != alg))
    {
        return ngx_http_gate_signature_bad(ctx, NULL);
    }

    smcf = ngx_http_get_module_main_conf(r,
                                         ngx_http_gate_auth_signature_module);

    key = ngx_http_gate_signature_key(smcf->keys, k->secret, alg, err,
                                      sizeof(err));
    if (key == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gate signature: key \"%*s\" is of no use: %s",
                      k->id.len, k->id.data, err);
        return ngx_http_gate_find_busy(r, ctx);
    }

    if (!gate_key_fits(key, alg, sig->len)) {
        return ngx_http_gate_signature_bad(ctx, NULL);
    }

    rc = ngx_http_gate_signature_base(r, ctx, sig, &base);

    if (rc != NGX_OK) {
        return rc;
    }

    if (!gate_key_verify(key, alg, base, gate_str(sig->bytes, sig->len))) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "gate signature: it is not one of key \"%*s\"",
                      k->id.len, k->id.data);
        return ngx_http_gate_signature_bad(ctx, NULL);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_signature_base(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_httpsig_t *sig, gate_str_t *base)
{
    u_char                           *buf;
    const char                       *why;
    gate_text_t                       t;
    gate_httpsig_request_t            req;
    ngx_http_gate_signature_lines_t   lines;

    buf = ngx_pnalloc(r->pool, NGX_HTTP_GATE_SIGNATURE_BASE);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_gate_signature_request(r, ctx, &req, &lines) != NGX_OK) {
        return NGX_ERROR;
    }

    gate_text_init(&t, buf, NGX_HTTP_GATE_SIGNATURE_BASE);

    why = gate_httpsig_base(&t, sig, &req);

    if (why != NULL) {
        return ngx_http_gate_signature_bad(ctx, why);
    }

    *base = gate_str(buf, t.last - buf);

    return NGX_OK;
}


/* it counts as long as the signature would be taken */

static ngx_int_t
ngx_http_gate_signature_nonce(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_httpsig_t *sig)
{
    u_char                              *p;
    u_char                               scope[GATE_HTTPSIG_TEXT + 2];
    int64_t                              ends;
    ngx_int_t                            rc;
    ngx_http_gate_signature_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r,
                                        ngx_http_gate_auth_signature_module);

    if (sig->nonce.len == 0 || slcf->nonce == NGX_HTTP_GATE_SIGNATURE_OFF) {
        return NGX_OK;
    }

    ends = sig->created_s + slcf->max_age;

    if (sig->has_expires) {
        ends = ngx_min(ends, sig->expires_s);
    }

    p = ngx_cpymem(scope, "s:", 2);
    p = ngx_cpymem(p, sig->keyid.data, sig->keyid.len);

    rc = ngx_http_gate_replay(r, ctx, &slcf->replay,
                              gate_str(scope, p - scope), sig->nonce,
                              ends + slcf->skew);

    if (rc == NGX_DECLINED) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_replayed, NULL);
    }

    if (rc == NGX_BUSY) {
        return ngx_http_gate_refused_why(ctx,
                                      &ngx_http_gate_replay_unavailable, NULL);
    }

    return rc;
}


static ngx_int_t
ngx_http_gate_signature_set(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_credential_t *k)
{
    ngx_str_t  id;

    id.len = k->id.len;
    id.data = k->id.data;

    if (k->not_after_s != 0 && ngx_time() > k->not_after_s) {
        ngx_http_gate_refused_whom(r, ctx, k->consumer, &id);
        return ngx_http_gate_refused_why(ctx,
                                  &ngx_http_gate_expired_signature_key, NULL);
    }

    if (k->consumer->disabled) {
        ngx_http_gate_refused_whom(r, ctx, k->consumer, &id);
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_disabled_consumer,
                                         NULL);
    }

    ngx_http_gate_identity_by(&ctx->who, k);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_signature_bad(ngx_http_gate_ctx_t *ctx, const char *why)
{
    return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_signature, why);
}


static void
ngx_http_gate_signature_challenge(gate_text_t *t, gate_str_t realm,
    const ngx_http_gate_reason_t *reason)
{
    gate_text_cstr(t, "Signature realm=");
    gate_text_quoted(t, realm);
}


ngx_int_t
ngx_http_gate_signature_ask(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_http_gate_signature_loc_conf_t  *slcf;

    static ngx_str_t  name = ngx_string("Accept-Signature");

    slcf = ngx_http_get_module_loc_conf(r,
                                        ngx_http_gate_auth_signature_module);

    if (!ngx_http_gate_signature_listed(acf) || slcf->accept.len == 0) {
        return NGX_OK;
    }

    return ngx_http_gate_add_out(r, &name, &slcf->accept) ? NGX_OK : NGX_ERROR;
}
