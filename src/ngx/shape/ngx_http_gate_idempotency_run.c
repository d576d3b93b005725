
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A request with a key: it is let on if it is the first one, else it has the
 * answer of that one, or is refused.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_idempotency.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_body.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_spend.h"


#define NGX_HTTP_UNPROCESSABLE_CONTENT   422       /* not in nginx */

#define NGX_HTTP_GATE_IDEMPOTENCY_LATER  1         /* s, Retry-After */
#define NGX_HTTP_GATE_IDEMPOTENCY_OVER   1000      /* ms, over the deadline */


static ngx_int_t ngx_http_gate_idempotency_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_loc_conf_t *ilcf);
static ngx_uint_t ngx_http_gate_idempotency_asks(ngx_http_request_t *r,
    ngx_http_gate_idempotency_loc_conf_t *ilcf);
static ngx_int_t ngx_http_gate_idempotency_ask(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_loc_conf_t *ilcf,
    gate_str_t key);
static void ngx_http_gate_idempotency_print(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, u_char *print);
static void ngx_http_gate_idempotency_scope(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_str_t key, u_char *digest);
static ngx_int_t ngx_http_gate_idempotency_decide(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_t *id);
static ngx_int_t ngx_http_gate_idempotency_found(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_t *id);
static ngx_int_t ngx_http_gate_idempotency_was_done(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_t *id);
static ngx_int_t ngx_http_gate_idempotency_deny(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason,
    ngx_http_gate_idempotency_result_e result);
static ngx_int_t ngx_http_gate_idempotency_let_on(ngx_http_request_t *r,
    ngx_http_gate_idempotency_t *id);
static ngx_int_t ngx_http_gate_idempotency_handler(ngx_http_request_t *r);
static void ngx_http_gate_idempotency_over(void *data);


static const ngx_http_gate_reason_t  ngx_http_gate_idempotency_missing = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("idempotency_missing"),
    ngx_string("Idempotency-Key missing"),
    ngx_string("This request needs an Idempotency-Key.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_idempotency_bad_key = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("idempotency_bad_key"),
    ngx_string("Idempotency-Key not valid"),
    ngx_string("The Idempotency-Key must be one text of 1 to 255 printable "
               "characters.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_idempotency_in_flight = {
    NGX_HTTP_CONFLICT, NGX_LOG_INFO, ngx_string("idempotency_in_flight"),
    ngx_string("Request in progress"),
    ngx_string("A request with this Idempotency-Key has not ended yet.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_idempotency_not_kept = {
    NGX_HTTP_CONFLICT, NGX_LOG_INFO, ngx_string("idempotency_not_kept"),
    ngx_string("Answer not kept"),
    ngx_string("This request was done before, but its answer was not kept.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_idempotency_mismatch = {
    NGX_HTTP_UNPROCESSABLE_CONTENT, NGX_LOG_INFO,
    ngx_string("idempotency_mismatch"),
    ngx_string("Idempotency-Key of another request"),
    ngx_string("This Idempotency-Key was used with another request.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_idempotency_unavailable = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_ERR,
    ngx_string("idempotency_unavailable"),
    ngx_string("Idempotency not available"),
    ngx_string("The gateway cannot tell now whether this request was done "
               "before.")
};


const ngx_http_gate_reason_t  *ngx_http_gate_idempotency_reasons[] = {
    &ngx_http_gate_idempotency_missing,
    &ngx_http_gate_idempotency_bad_key,
    &ngx_http_gate_idempotency_in_flight,
    &ngx_http_gate_idempotency_not_kept,
    &ngx_http_gate_idempotency_mismatch,
    &ngx_http_gate_idempotency_unavailable,
    NULL
};


ngx_uint_t
ngx_http_gate_idempotency_stands(void **loc_conf)
{
    ngx_http_gate_idempotency_loc_conf_t  *ilcf;

    ilcf = loc_conf[ngx_http_gate_idempotency_module.ctx_index];

    return ilcf->enable;
}


/*
 * Behind "spend": what asks Redis is limited, also a repetition.  Before
 * "meter": that one opens no entry of the journal.
 */

ngx_int_t
ngx_http_gate_idempotency_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_idempotency_t           *id;
    ngx_http_gate_idempotency_loc_conf_t  *ilcf;

    ilcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_idempotency_module);

    if (!ilcf->enable) {
        return NGX_DECLINED;
    }

    id = ctx->idempotency;

    if (id == NULL) {
        return ngx_http_gate_idempotency_begin(r, ctx, ilcf);
    }

    if (id->decided) {
        /* it was let on, and led elsewhere since */
        return ngx_http_gate_idempotency_let_on(r, id);
    }

    return ngx_http_gate_idempotency_decide(r, ctx, id);
}


static ngx_int_t
ngx_http_gate_idempotency_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_loc_conf_t *ilcf)
{
    ngx_int_t         rc;
    gate_str_t        key;
    ngx_uint_t        n;
    ngx_table_elt_t  *h;
    u_char            text[GATE_IDEMPOTENCY_KEY];

    static ngx_str_t  name = ngx_string("idempotency-key");

    if (!ngx_http_gate_idempotency_asks(r, ilcf)) {
        return NGX_DECLINED;
    }

    h = ngx_http_gate_header(r, &name, &n);

    if (h == NULL) {
        return ilcf->required
               ? ngx_http_gate_idempotency_deny(r, ctx,
                                            &ngx_http_gate_idempotency_missing,
                                            NGX_HTTP_GATE_IDEMPOTENCY_MISSING)
               : NGX_DECLINED;
    }

    key = gate_str(text, gate_idempotency_key(ngx_http_gate_view(&h->value),
                                              text));

    if (n != 1 || key.len == 0) {
        return ngx_http_gate_idempotency_deny(r, ctx,
                                            &ngx_http_gate_idempotency_bad_key,
                                            NGX_HTTP_GATE_IDEMPOTENCY_BAD_KEY);
    }

    rc = ngx_http_gate_body_read(r, ctx, ilcf->max, NGX_HTTP_GATE_BODY_STOP);

    if (rc == NGX_DECLINED) {
        /* as where bodies are edited */
        ngx_http_gate_spend_keep(ctx);

        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_payload_too_large);
    }

    return (rc == NGX_OK) ? ngx_http_gate_idempotency_ask(r, ctx, ilcf, key)
                          : rc;
}


/* a call of gRPC may be a stream both ways, and ends by its trailer */

static ngx_uint_t
ngx_http_gate_idempotency_asks(ngx_http_request_t *r,
    ngx_http_gate_idempotency_loc_conf_t *ilcf)
{
    ngx_uint_t   i;
    gate_str_t  *m;

    if (ngx_http_gate_reply_is_grpc(r)) {
        return 0;
    }

    m = ilcf->methods->elts;

    for (i = 0; i < ilcf->methods->nelts; i++) {
        if (gate_str_eq(m[i], ngx_http_gate_view(&r->method_name))) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_gate_idempotency_ask(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_idempotency_loc_conf_t *ilcf, gate_str_t key)
{
    u_char                        digest[GATE_SHA256_LEN];
    ngx_http_cleanup_t           *cln;
    ngx_http_gate_idempotency_t  *id;

    if (ctx->who.consumer == NULL) {
        return NGX_ERROR;
    }

    cln = ngx_http_cleanup_add(r, sizeof(ngx_http_gate_idempotency_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    id = cln->data;
    ngx_memzero(id, sizeof(ngx_http_gate_idempotency_t));

    cln->handler = ngx_http_gate_idempotency_over;

    id->request = r;
    id->conf = ilcf;

    ctx->idempotency = id;

    ngx_http_gate_idempotency_print(r, ctx, id->print);
    ngx_http_gate_idempotency_scope(r, ctx, key, digest);

    id->rc = ngx_http_gate_idempotency_lock_ask(id, ctx->who.consumer->name,
                                                digest);

    if (id->rc == NGX_BUSY) {
        return ngx_http_gate_idempotency_decide(r, ctx, id);
    }

    if (id->rc != NGX_OK) {
        return NGX_ERROR;
    }

    id->rc = NGX_AGAIN;

    /* the deadline is the call's: this one is for what cannot happen */

    if (ngx_http_gate_park(r, ctx, ngx_http_gate_redis_pool_deadline()
                                   + NGX_HTTP_GATE_IDEMPOTENCY_OVER,
                           ngx_http_gate_idempotency_lock_leave, id)
        != NGX_AGAIN)
    {
        ngx_http_gate_idempotency_lock_leave(id);
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


/* what has to be the same in a repetition, as the client sent it */

static void
ngx_http_gate_idempotency_print(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, u_char *print)
{
    gate_str_t                              slice;
    ngx_chain_t                            *at;
    gate_sha256_t                          *sha;
    ngx_table_elt_t                        *type;
    ngx_http_gate_idempotency_main_conf_t  *imcf;

    imcf = ngx_http_get_module_main_conf(r, ngx_http_gate_idempotency_module);
    sha = imcf->sha;

    type = r->headers_in.content_type;

    gate_sha256_begin(sha);

    gate_idempotency_add(sha, ngx_http_gate_view(&r->method_name));
    gate_idempotency_add(sha, ngx_http_gate_view(&r->unparsed_uri));
    gate_idempotency_add(sha, type ? ngx_http_gate_view(&type->value)
                                   : gate_str("", 0));

    at = NULL;

    while (ngx_http_gate_held_next(&ctx->body->held, &at, &slice)) {
        gate_sha256_add(sha, slice);
    }

    gate_sha256_end(sha, print);
}


/*
 * Whose key it is: of one API, and of the person a token is about, as those of
 * an application, or of all whom an issuer's "unknown" stands for, are one
 * consumer and need not know each other.
 */

static void
ngx_http_gate_idempotency_scope(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_str_t key, u_char *digest)
{
    gate_sha256_t                          *sha;
    ngx_http_gate_api_t                    *api;
    ngx_http_gate_idempotency_main_conf_t  *imcf;

    imcf = ngx_http_get_module_main_conf(r, ngx_http_gate_idempotency_module);
    sha = imcf->sha;

    api = ngx_http_gate_api(r);

    gate_sha256_begin(sha);

    gate_idempotency_add(sha, ngx_http_gate_view(&api->name));
    gate_idempotency_add(sha, ngx_http_gate_view(&api->version));
    gate_idempotency_add(sha, ctx->who.issuer
                              ? ngx_http_gate_view(&ctx->who.issuer->name)
                              : gate_str("", 0));
    gate_idempotency_add(sha, ngx_http_gate_view(&ctx->who.sub));
    gate_idempotency_add(sha, key);

    gate_sha256_end(sha, digest);
}


static ngx_int_t
ngx_http_gate_idempotency_decide(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_t *id)
{
    id->decided = 1;

    switch (id->rc) {

    case NGX_OK:
        ngx_http_gate_idempotency_count(NGX_HTTP_GATE_IDEMPOTENCY_FIRST);
        return ngx_http_gate_idempotency_let_on(r, id);

    case NGX_DONE:
        return ngx_http_gate_idempotency_found(r, ctx, id);

    default:
        break;
    }

    if (id->conf->open) {
        ngx_http_gate_idempotency_count(NGX_HTTP_GATE_IDEMPOTENCY_UNPROTECTED);
        return NGX_OK;
    }

    return ngx_http_gate_idempotency_deny(r, ctx,
                                        &ngx_http_gate_idempotency_unavailable,
                                        NGX_HTTP_GATE_IDEMPOTENCY_UNAVAILABLE);
}


/* Redis was asked: what was spent stays spent, else to repeat cost nothing */

static ngx_int_t
ngx_http_gate_idempotency_found(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_t *id)
{
    ngx_http_gate_spend_keep(ctx);

    if (!gate_digest_eq(id->record.print, id->print, GATE_SHA256_LEN)) {
        return ngx_http_gate_idempotency_deny(r, ctx,
                                           &ngx_http_gate_idempotency_mismatch,
                                           NGX_HTTP_GATE_IDEMPOTENCY_MISMATCH);
    }

    switch (id->record.kind) {

    case GATE_IDEMPOTENCY_LOCKED:
        ctx->retry_after = NGX_HTTP_GATE_IDEMPOTENCY_LATER;

        return ngx_http_gate_idempotency_deny(r, ctx,
                                          &ngx_http_gate_idempotency_in_flight,
                                          NGX_HTTP_GATE_IDEMPOTENCY_IN_FLIGHT);

    case GATE_IDEMPOTENCY_UNKEPT:
        return ngx_http_gate_idempotency_was_done(r, ctx, id);

    default:
        break;
    }

    ngx_http_gate_idempotency_count(NGX_HTTP_GATE_IDEMPOTENCY_REPLAYED);

    ctx->answered = 1;
    r->content_handler = ngx_http_gate_idempotency_replay;

    return NGX_DONE;
}


static ngx_int_t
ngx_http_gate_idempotency_was_done(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_idempotency_t *id)
{
    u_char     *p;
    ngx_int_t   rc;

    static const char  text[] =
        "This request was done before and answered %ui, but that answer was "
        "not kept.";

    rc = ngx_http_gate_idempotency_deny(r, ctx,
                                       &ngx_http_gate_idempotency_not_kept,
                                       NGX_HTTP_GATE_IDEMPOTENCY_NOT_KEPT);

    p = ngx_pnalloc(r->pool, sizeof(text));
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->detail.data = p;
    ctx->detail.len = ngx_sprintf(p, text, (ngx_uint_t) id->record.status) - p;

    return rc;
}


static ngx_int_t
ngx_http_gate_idempotency_deny(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason,
    ngx_http_gate_idempotency_result_e result)
{
    ngx_http_gate_idempotency_count(result);

    return ngx_http_gate_deny(r, ctx, reason);
}


/*
 * A client that leaves now comes back with the same key: the service goes on,
 * as after proxy_ignore_client_abort, and its answer is there then.
 */

static ngx_int_t
ngx_http_gate_idempotency_let_on(ngx_http_request_t *r,
    ngx_http_gate_idempotency_t *id)
{
    if (id->lock != NULL && r->content_handler != NULL
        && r->content_handler != ngx_http_gate_idempotency_handler)
    {
        id->handler = r->content_handler;
        r->content_handler = ngx_http_gate_idempotency_handler;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_idempotency_handler(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_http_gate_ctx_t          *ctx;
    ngx_http_gate_idempotency_t  *id;

    ctx = ngx_http_gate_get_ctx(r);
    id = ctx->idempotency;

    id->handed = 1;

    rc = id->handler(r);

    /* the phase handler's own reference is still there */

    if (rc == NGX_DONE && r->upstream != NULL && r->upstream->cleanup != NULL)
    {
        r->read_event_handler = ngx_http_block_reading;
        r->write_event_handler = ngx_http_request_empty_handler;
    }

    return rc;
}


/* before LOG; an answer that was begun tells that it was done, and one that a
 * service was to give may have been */

static void
ngx_http_gate_idempotency_over(void *data)
{
    ngx_http_gate_idempotency_t *id = data;

    if (id->lock == NULL) {
        return;
    }

    if (id->rc != NGX_OK) {
        ngx_http_gate_idempotency_lock_leave(id);
        return;
    }

    if (id->keeping) {
        ngx_http_gate_idempotency_kept(id);
        return;
    }

    if (id->handed) {
        ngx_http_gate_idempotency_lock_drop(id);
        return;
    }

    ngx_http_gate_idempotency_lock_end(id, NGX_HTTP_GATE_IDEMPOTENCY_RELEASED);
}
