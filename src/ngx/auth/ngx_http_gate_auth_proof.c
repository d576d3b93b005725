
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens that are bound to a key.  It is asked each time, of a token that is
 * remembered, too: the proof is of the request, not of the token.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_jwt.h"
#include "ngx_http_gate_auth_mtls.h"
#include "ngx_http_gate_auth_proof.h"
#include "ngx_http_gate_auth_signature.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_redis_conf.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_replay.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_shield.h"

#include "gate_b64.h"
#include "gate_digest.h"
#include "gate_dpop.h"
#include "gate_json.h"


#define NGX_HTTP_GATE_PROOF_CHALLENGE  256


static ngx_uint_t ngx_http_gate_auth_proof_came(ngx_http_request_t *r,
    gate_str_t token);
static ngx_int_t ngx_http_gate_auth_proof_dpop(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_bound_t *bound,
    const gate_token_t *t, gate_str_t jkt);
static ngx_uint_t ngx_http_gate_auth_proof_field(ngx_http_request_t *r,
    gate_str_t *value);
static ngx_int_t ngx_http_gate_auth_proof_once(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_bound_t *bound, gate_str_t jkt,
    gate_dpop_proof_t *proof);
static ngx_int_t ngx_http_gate_auth_proof_certificate(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_str_t want);
static ngx_int_t ngx_http_gate_auth_proof_peer(ngx_http_request_t *r,
    u_char *digest);
static ngx_int_t ngx_http_gate_auth_proof_bad(ngx_http_gate_ctx_t *ctx,
    const char *why);
static ngx_int_t ngx_http_gate_auth_proof_ask(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf);
static ngx_uint_t ngx_http_gate_auth_proof_taken(ngx_array_t *issuers);
static ngx_int_t ngx_http_gate_auth_proof_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_auth_proof_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


static const ngx_http_gate_reason_t  ngx_http_gate_bad_proof = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("bad_proof"),
    ngx_string("Invalid proof"),
    ngx_string("The DPoP proof is missing or cannot be accepted.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_auth_proof_reasons[] = {
    &ngx_http_gate_bad_proof,
    NULL
};


/* one that was seen before was good */
static const ngx_http_gate_reason_t *const
    ngx_http_gate_auth_proof_failures[] =
{
    &ngx_http_gate_bad_proof,
    NULL
};


static ngx_http_module_t  ngx_http_gate_auth_proof_module_ctx = {
    ngx_http_gate_auth_proof_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_proof_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_proof_module_ctx,  /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


ngx_int_t
ngx_http_gate_auth_proof_token(ngx_array_t *issuers, ngx_str_t *value,
    gate_str_t *token)
{
    size_t             n;
    const gate_str_t   scheme = gate_string("dpop ");

    if (!gate_str_begins_nocase(ngx_http_gate_view(value), scheme)
        || !ngx_http_gate_auth_proof_taken(issuers))
    {
        return NGX_DECLINED;
    }

    for (n = scheme.len; n < value->len && value->data[n] == ' '; n++) {
        /* void */
    }

    *token = gate_str(value->data + n, value->len - n);

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_auth_proof_taken(ngx_array_t *issuers)
{
    ngx_uint_t                i;
    ngx_http_gate_issuer_t  **ip;

    ip = issuers->elts;

    for (i = 0; i < issuers->nelts; i++) {
        if (ip[i]->bound.dpop >= NGX_HTTP_GATE_BOUND_OPTIONAL) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_gate_auth_proof(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const gate_token_t *t)
{
    ngx_int_t                 rc;
    ngx_uint_t                has_jkt, has_x5t, came;
    gate_str_t                jkt, x5t;
    const json_t             *cnf;
    ngx_http_gate_bound_t    *bound;

    bound = &((ngx_http_gate_issuer_t *) t->issuer)->bound;
    cnf = json_object_get(t->claims, "cnf");

    has_jkt = (json_object_get(cnf, "jkt") != NULL);
    has_x5t = (json_object_get(cnf, "x5t#S256") != NULL);
    jkt = gate_str(NULL, 0);
    x5t = gate_str(NULL, 0);

    (void) gate_json_string(cnf, "jkt", &jkt);
    (void) gate_json_string(cnf, "x5t#S256", &x5t);

    if (bound->certificate != NGX_HTTP_GATE_BOUND_OFF
        && (has_x5t || bound->certificate == NGX_HTTP_GATE_BOUND_REQUIRED))
    {
        rc = ngx_http_gate_auth_proof_certificate(r, ctx, x5t);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (bound->dpop == NGX_HTTP_GATE_BOUND_OFF) {
        return NGX_OK;
    }

    came = bound->dpop != NGX_HTTP_GATE_BOUND_UNSET
           && ngx_http_gate_auth_proof_came(r, t->token);

    if (!has_jkt && !came && bound->dpop != NGX_HTTP_GATE_BOUND_REQUIRED) {
        return NGX_OK;
    }

    if (!came) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_token,
                   has_jkt ? "The token is bound to a key, and is taken as "
                             "\"Authorization: DPoP\" with a proof only."
                           : "The token is not bound to a key (cnf.jkt).");
    }

    if (jkt.len == 0) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_token,
                             "The token is not bound to a key (cnf.jkt).");
    }

    return ngx_http_gate_auth_proof_dpop(r, ctx, bound, t, jkt);
}


/* did it come with the scheme "DPoP"? */

static ngx_uint_t
ngx_http_gate_auth_proof_came(ngx_http_request_t *r, gate_str_t token)
{
    ngx_int_t          rc;
    gate_str_t         value;
    const gate_str_t   scheme = gate_string("dpop ");

    static ngx_str_t  name = ngx_string("authorization");

    rc = ngx_http_gate_signature_joined(r, &name, &value);

    return rc == NGX_OK && gate_str_begins_nocase(value, scheme)
           && value.len >= scheme.len + token.len
           && ngx_memcmp(value.data + value.len - token.len, token.data,
                         token.len)
              == 0;
}


static ngx_int_t
ngx_http_gate_auth_proof_dpop(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_bound_t *bound, const gate_token_t *t, gate_str_t jkt)
{
    ngx_int_t                         rc;
    ngx_uint_t                        n;
    gate_str_t                        value;
    const char                       *why;
    gate_dpop_t                       want;
    gate_dpop_proof_t                 proof;
    gate_httpsig_request_t            req;
    ngx_http_gate_signature_lines_t   lines;

    rc = ngx_http_gate_shield_spares(r, ctx, gate_str(NULL, 0));
    if (rc != NGX_OK) {
        return rc;
    }

    n = ngx_http_gate_auth_proof_field(r, &value);

    if (n != 1) {
        return ngx_http_gate_auth_proof_bad(ctx, n ? "The request has more "
                                                     "than one DPoP field."
                                                   : NULL);
    }

    if (ngx_http_gate_signature_request(r, ctx, &req, &lines) != NGX_OK) {
        return NGX_ERROR;
    }

    want.method = req.method;
    want.scheme = req.scheme;
    want.authority = req.authority;
    want.path = req.path;
    want.token = t->token;
    want.jkt = jkt;
    want.now_s = ngx_time();
    want.skew_s = bound->skew;
    want.max_age_s = bound->max_age;

    why = gate_dpop_verify(value, &want, &proof);

    if (why != NULL) {
        return ngx_http_gate_auth_proof_bad(ctx, why);
    }

    return ngx_http_gate_auth_proof_once(r, ctx, bound, jkt, &proof);
}


/* how many there are; where the token did not go on it was taken with it */

static ngx_uint_t
ngx_http_gate_auth_proof_field(ngx_http_request_t *r, gate_str_t *value)
{
    ngx_uint_t        i, n;
    ngx_array_t      *taken;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("dpop");

    h = ngx_http_gate_header(r->main, &name, &n);

    if (h != NULL) {
        *value = ngx_http_gate_view(&h->value);
        return n;
    }

    taken = ngx_http_gate_keys_taken(r);

    if (taken == NULL) {
        return 0;
    }

    h = taken->elts;

    for (i = 0; i < taken->nelts; i++) {
        if (h[i].key.len == name.len
            && ngx_memcmp(h[i].lowcase_key, name.data, name.len) == 0)
        {
            *value = ngx_http_gate_view(&h[i].value);
            n++;
        }
    }

    return n;
}


static ngx_int_t
ngx_http_gate_auth_proof_once(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_bound_t *bound, gate_str_t jkt, gate_dpop_proof_t *proof)
{
    u_char                       *p;
    u_char                        scope[2 + 64];
    ngx_int_t                     rc;
    ngx_http_gate_replay_conf_t   conf;

    conf.redis = bound->redis;
    conf.node = bound->node;

    /* it has the 43 characters of a digest, as the proof has shown */

    p = ngx_cpymem(scope, "d:", 2);
    p = ngx_cpymem(p, jkt.data, ngx_min(jkt.len, 64));

    rc = ngx_http_gate_replay(r, ctx, &conf, gate_str(scope, p - scope),
                              gate_str(proof->jti, proof->len),
                              proof->iat_s + bound->max_age + bound->skew);

    if (rc == NGX_DECLINED) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_replayed, NULL);
    }

    if (rc == NGX_BUSY) {
        return ngx_http_gate_refused_why(ctx,
                                      &ngx_http_gate_replay_unavailable, NULL);
    }

    return rc;
}


/* RFC 8705 3: base64url of the SHA-256 of the certificate */

static ngx_int_t
ngx_http_gate_auth_proof_certificate(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_str_t want)
{
    size_t  len;
    u_char  digest[GATE_SHA256_LEN], text[GATE_SHA256_LEN];

    if (want.len == 0) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_token,
                   "The token is not bound to a certificate (cnf.x5t#S256).");
    }

    if (ngx_http_gate_auth_proof_peer(r, digest) != NGX_OK
        || !gate_b64url_decode(want, text, sizeof(text), &len)
        || len != sizeof(text) || !gate_digest_eq(text, digest, sizeof(text)))
    {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_token,
                   "The token is bound to a certificate, which is not the one "
                   "of this connection.");
    }

    return NGX_OK;
}


/* the handshake, with the server of the request, has proved that the client has
 * its key */

static ngx_int_t
ngx_http_gate_auth_proof_peer(ngx_http_request_t *r, u_char *digest)
{
#if (NGX_HTTP_SSL)

    X509          *cert;
    unsigned       len;
    ngx_int_t      rc;
    const EVP_MD  *md;

    if (ngx_http_gate_auth_mtls_peer(r, &cert) != NGX_OK) {
        return NGX_DECLINED;
    }

    md = EVP_sha256();

    rc = (X509_digest(cert, md, digest, &len) == 1 && len == GATE_SHA256_LEN)
         ? NGX_OK : NGX_DECLINED;

    X509_free(cert);

    return rc;

#else

    return NGX_DECLINED;

#endif
}


static ngx_int_t
ngx_http_gate_auth_proof_bad(ngx_http_gate_ctx_t *ctx, const char *why)
{
    return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_proof, why);
}


/* RFC 9449 7.1: a challenge of its own beside that of Bearer */

static ngx_int_t
ngx_http_gate_auth_proof_ask(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_str_t                    value;
    ngx_table_elt_t             *h;
    ngx_http_gate_ctx_t         *ctx;
    ngx_http_gate_auth_entry_t  *entry;

    static ngx_str_t  name = ngx_string("WWW-Authenticate");
    static ngx_str_t  plain = ngx_string("DPoP algs=\"ES256 ES384 ES512 PS256 "
                                         "PS384 PS512 RS256 RS384 RS512 EdDSA "
                                         "Ed25519\"");
    static ngx_str_t  proof = ngx_string("DPoP algs=\"ES256 ES384 ES512 PS256 "
                                         "PS384 PS512 RS256 RS384 RS512 EdDSA "
                                         "Ed25519\", "
                                         "error=\"invalid_dpop_proof\"");

    entry = ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_jwt_method);

    if (entry == NULL || !ngx_http_gate_auth_proof_taken(entry->data)) {
        return NGX_OK;
    }

    ctx = ngx_http_gate_get_ctx(r);
    value = (ctx != NULL && (ctx->reason == &ngx_http_gate_bad_proof
                             || ctx->reason == &ngx_http_gate_replayed))
            ? proof : plain;

    h = ngx_http_gate_add_out(r, &name, &value);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_http_gate_challenge_out(r, h);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_auth_proof_preconfiguration(ngx_conf_t *cf)
{
    ngx_http_gate_auth_wants_by(ngx_http_gate_auth_proof_ask);

    if (ngx_http_gate_reasons(cf, ngx_http_gate_auth_proof_reasons) != NGX_OK
        || ngx_http_gate_shield_failures(cf, ngx_http_gate_auth_proof_failures)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_auth_proof_check);
}


static ngx_int_t
ngx_http_gate_auth_proof_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_uint_t                    i;
    ngx_array_t                  *issuers;
    ngx_http_gate_issuer_t      **ip;
    ngx_http_gate_auth_conf_t    *acf;
    ngx_http_gate_auth_entry_t   *entry;

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);
    entry = ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_jwt_method);

    if (!acf->enable || entry == NULL) {
        return NGX_OK;
    }

    issuers = entry->data;
    ip = issuers->elts;

    for (i = 0; i < issuers->nelts; i++) {

        if (ip[i]->bound.dpop < NGX_HTTP_GATE_BOUND_OPTIONAL) {
            continue;
        }

        if (!ngx_http_gate_replay_written(cf)) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"dpop\" of \"gate_issuer %V\" needs a memory of "
                          "what was seen before: add \"gate_replay 4m\" to "
                          "http{}, in %s:%ui", &ip[i]->name, ip[i]->file,
                          ip[i]->line);
            return NGX_ERROR;
        }

        if (ip[i]->bound.redis && !ngx_http_gate_redis_conf_written(cf)) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"dpop\" of \"gate_issuer %V\" with "
                          "\"replay=redis\" needs Redis: add \"gate_redis\" "
                          "to http{}, in %s:%ui", &ip[i]->name, ip[i]->file,
                          ip[i]->line);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
