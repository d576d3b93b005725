
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
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_reply.h"

#include "gate_body_digest.h"


static ngx_uint_t ngx_http_gate_digest_signed(ngx_http_gate_identity_t *who);
static ngx_int_t ngx_http_gate_digest_unread(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_digest_body(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_str_t field);
static ngx_int_t ngx_http_gate_digest_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
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

    rc = ngx_http_gate_body_read(r->main, ctx, slcf->max,
                                 NGX_HTTP_GATE_BODY_STOP);

    if (rc == NGX_DECLINED) {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_payload_too_large);
    }

    return (rc == NGX_OK) ? ngx_http_gate_digest_body(r, ctx, field) : rc;
}


/*
 * The body is the client's request's, whose own location has it read.  Where
 * that one asks for a signature, too, it is held against the digest there;
 * where it has been read, here.
 */

ngx_int_t
ngx_http_gate_digest_part(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_request_t  *main;

    main = r->main;

    if (!ngx_http_gate_digest_stands(r->loc_conf)
        || !ngx_http_gate_digest_signed(ngx_http_gate_who(r, ctx)))
    {
        return NGX_DECLINED;
    }

    if (r != main && ngx_http_gate_digest_stands(main->loc_conf)) {
        return NGX_DECLINED;
    }

    if (main->request_body == NULL && ngx_http_gate_body_comes(main)) {
        return ngx_http_gate_digest_unread(r, ctx);
    }

    return ngx_http_gate_digest_run(r, ctx);
}


static ngx_uint_t
ngx_http_gate_digest_signed(ngx_http_gate_identity_t *who)
{
    ngx_uint_t  i;

    static const ngx_http_gate_method_t *const  methods[] = {
        &ngx_http_gate_auth_signature_method, &ngx_http_gate_auth_hmac_method
    };

    for (i = 0; i < 2; i++) {
        if (gate_str_eq(ngx_http_gate_view(&who->method),
                        gate_str(methods[i]->name.data, methods[i]->name.len)))
        {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_gate_digest_unread(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "gate digest: a subrequest to \"%V\" cannot read the body "
                  "that was signed: write \"gate_auth\" in the location of "
                  "the request itself, or \"gate_signature digest=off\" "
                  "where it leads to", &r->uri);

    return ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_digest);
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

    if (details[rc] != NULL && r == r->main) {
        ctx->detail.data = (u_char *) details[rc];
        ctx->detail.len = ngx_strlen(details[rc]);
    }

    return denied;
}


static ngx_int_t
ngx_http_gate_digest_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_digest_reasons) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_digest_check);
}


static ngx_int_t
ngx_http_gate_digest_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_gate_place_conf(place, &ngx_http_core_module);

    if (!clcf->internal || place->server || place->block
        || !ngx_http_gate_digest_stands(place->loc_conf))
    {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "signatures of requests with a body are refused in location "
                  "\"%V\" if \"auth_request\" leads there, as a subrequest "
                  "cannot read it: write \"gate_auth\" in the location of the "
                  "request itself, or \"gate_signature digest=off\", in %s:%ui",
                  &place->name, place->file, place->line);

    return NGX_OK;
}
