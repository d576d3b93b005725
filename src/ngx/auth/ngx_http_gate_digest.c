
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Content-Digest is held against the body (RFC 9530): a signature covers the
 * field, and the field covers the body.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_digest.h"
#include "ngx_http_gate_auth_signature.h"
#include "ngx_http_gate_body.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_reply.h"

#include "gate_body_digest.h"


static ngx_int_t ngx_http_gate_digest_body(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_str_t field);
static ngx_int_t ngx_http_gate_digest_preconfiguration(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_digest_module_ctx = {
    ngx_http_gate_digest_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_digest_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_digest_module_ctx,      /* module context */
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


static const ngx_http_gate_reason_t  ngx_http_gate_bad_digest = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("bad_digest"),
    ngx_string("Wrong digest"),
    ngx_string("The body is not what Content-Digest says.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_digest_reasons[] = {
    &ngx_http_gate_bad_digest,
    &ngx_http_gate_payload_too_large,
    NULL
};


ngx_uint_t
ngx_http_gate_digest_stands(void **loc_conf)
{
    ngx_http_gate_auth_conf_t           *acf;
    ngx_http_gate_signature_loc_conf_t  *slcf;

    acf = loc_conf[ngx_http_gate_auth_module.ctx_index];
    slcf = loc_conf[ngx_http_gate_auth_signature_module.ctx_index];

    return slcf->digest != NGX_HTTP_GATE_SIGNATURE_NO_BODY
           && ngx_http_gate_signature_listed(acf);
}


/*
 * What a signature has to cover was looked at with it.  Of a caller who did not
 * sign the field is held against the body, too, if it is there.
 */

ngx_int_t
ngx_http_gate_digest_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                            rc;
    gate_str_t                           field;
    ngx_http_gate_signature_loc_conf_t  *slcf;

    static ngx_str_t  name = ngx_string("content-digest");

    rc = ngx_http_gate_signature_joined(r, &name, &field);

    if (rc != NGX_OK) {
        return rc;
    }

    slcf = ngx_http_get_module_loc_conf(r,
                                        ngx_http_gate_auth_signature_module);

    rc = ngx_http_gate_body_read(r, ctx, slcf->max, NGX_HTTP_GATE_BODY_STOP);

    if (rc == NGX_DECLINED) {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_payload_too_large);
    }

    return (rc == NGX_OK) ? ngx_http_gate_digest_body(r, ctx, field) : rc;
}


static ngx_int_t
ngx_http_gate_digest_body(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_str_t field)
{
    ngx_int_t                denied;
    gate_str_t               piece;
    ngx_chain_t             *at;
    gate_body_digest_t       d;
    gate_body_digest_rc_e    rc;

    static const char  *details[] = {
        NULL,
        "Content-Digest has neither sha-256 nor sha-512.",
        "Content-Digest is not a dictionary of digests (RFC 9530)."
    };

    rc = gate_body_digest_begin(&d, field);
    at = NULL;

    while (ngx_http_gate_held_next(&ctx->body->held, &at, &piece)) {
        gate_body_digest_add(&d, piece);
    }

    if (rc == GATE_BODY_DIGEST_OK && gate_body_digest_end(&d)) {
        return NGX_OK;
    }

    denied = ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_digest);

    if (details[rc] != NULL) {
        ctx->detail.data = (u_char *) details[rc];
        ctx->detail.len = ngx_strlen(details[rc]);
    }

    return denied;
}


static ngx_int_t
ngx_http_gate_digest_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_reasons(cf, ngx_http_gate_digest_reasons);
}
