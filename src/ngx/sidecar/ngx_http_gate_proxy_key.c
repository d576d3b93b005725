
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The key of a cached answer: who may get it, and for what it is one.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_service_claims.h"
#include "ngx_http_gate_vars.h"

#include "gate_digest.h"


#define NGX_HTTP_GATE_PROXY_BODY  65536   /* bytes that a key looks at */
#define NGX_HTTP_GATE_PROXY_PARTS  12


static void ngx_http_gate_proxy_free(void *data);
static ngx_int_t ngx_http_gate_proxy_key_parts(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *part);
static ngx_str_t ngx_http_gate_proxy_key_method(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_proxy_key_body(ngx_http_request_t *r,
    ngx_str_t *key);


/* for the bodies of keys */

ngx_int_t
ngx_http_gate_proxy_sha(ngx_conf_t *cf,
    ngx_http_gate_service_main_conf_t *smcf)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    smcf->sha = gate_sha256_create();
    if (smcf->sha == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_gate_proxy_free;
    cln->data = smcf->sha;

    return NGX_OK;
}


static void
ngx_http_gate_proxy_free(void *data)
{
    gate_sha256_destroy(data);
}


/*
 * $gate_cache_key: all that decides on an answer but the URL of gate_pass,
 * each part with its length in front, so that no two run into each other.  A
 * token is its issuer, subject, scopes, groups and the claims that are sent:
 * several may be one consumer.
 */

ngx_int_t
ngx_http_gate_proxy_key_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char               *p;
    size_t                len;
    ngx_str_t             part[NGX_HTTP_GATE_PROXY_PARTS], key;
    ngx_uint_t            i;
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_ctx(r);

    if (ctx == NULL || ngx_http_gate_proxy_key_parts(r, ctx, part) != NGX_OK) {
        return NGX_ERROR;
    }

    len = 0;

    for (i = 0; i < NGX_HTTP_GATE_PROXY_PARTS; i++) {
        len += NGX_SIZE_T_LEN + sizeof(":,") - 1 + part[i].len;
    }

    key.data = ngx_pnalloc(r->pool, len + 2 * GATE_SHA256_LEN);
    if (key.data == NULL) {
        return NGX_ERROR;
    }

    p = key.data;

    for (i = 0; i < NGX_HTTP_GATE_PROXY_PARTS; i++) {
        p = ngx_sprintf(p, "%uz:%V,", part[i].len, &part[i]);
    }

    key.len = p - key.data;

    if (ngx_http_gate_proxy_key_body(r, &key) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_gate_set_var(v, &key);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_proxy_key_parts(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *part)
{
    ngx_http_core_loc_conf_t          *clcf;
    ngx_http_gate_identity_t          *who;
    ngx_http_gate_service_loc_conf_t  *slcf;

    ngx_memzero(part, NGX_HTTP_GATE_PROXY_PARTS * sizeof(ngx_str_t));

    who = ngx_http_gate_who(r, ctx);
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    part[0] = ngx_http_gate_api(r)->service;

    if (who->consumer != NULL) {
        part[1].len = who->consumer->name.len;
        part[1].data = who->consumer->name.data;
    }

    part[2] = who->method;

    if (who->issuer != NULL) {
        part[2] = who->issuer->name;
        part[3] = who->sub;

        if (ngx_http_gate_auth_scopes(r, who, &part[4]) != NGX_OK
            || (ngx_http_gate_auth_own_groups(who)
                && ngx_http_gate_auth_groups(r, who, &part[10]) != NGX_OK))
        {
            return NGX_ERROR;
        }
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    if (ngx_http_gate_service_claim_all(r, slcf, who, &part[11]) != NGX_OK) {
        return NGX_ERROR;
    }

    part[5] = ngx_http_gate_proxy_key_method(r);
    part[6] = clcf->name;
    part[7] = r->uri;
    part[8] = r->args;

    return ngx_http_gate_proxy_caller(r, ctx, who, &part[9]);
}


/* as a cache has it: HEAD is answered from what GET has left, unless not */

static ngx_str_t
ngx_http_gate_proxy_key_method(ngx_http_request_t *r)
{
    static ngx_str_t  get = ngx_string("GET");

#if (NGX_HTTP_CACHE)

    if (r->method == NGX_HTTP_HEAD
        && (r->upstream == NULL || r->upstream->conf->cache_convert_head))
    {
        return get;
    }

#endif

    return (r->method == NGX_HTTP_GET) ? get : r->method_name;
}


/*
 * "proxy_cache_methods POST": another body is another question.  One that is
 * in a file, too large or not yet read is like no other.
 */

static ngx_int_t
ngx_http_gate_proxy_key_body(ngx_http_request_t *r, ngx_str_t *key)
{
    u_char                             digest[GATE_SHA256_LEN], *p;
    size_t                             len;
    ngx_str_t                          body;
    ngx_chain_t                       *cl;
    ngx_http_gate_service_main_conf_t *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_gate_service_module);

    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        return NGX_OK;
    }

    len = 0;
    cl = r->request_body ? r->request_body->bufs : NULL;

    for ( /* void */ ; cl && ngx_buf_in_memory(cl->buf); cl = cl->next) {
        len += cl->buf->last - cl->buf->pos;
    }

    if (cl != NULL || len > NGX_HTTP_GATE_PROXY_BODY || smcf->sha == NULL
        || r->request_body_no_buffering)
    {
        if (ngx_http_gate_random(digest, sizeof(digest)) != NGX_OK) {
            return NGX_ERROR;
        }

        goto done;
    }

    body.len = len;
    body.data = ngx_pnalloc(r->pool, len + 1);
    if (body.data == NULL) {
        return NGX_ERROR;
    }

    p = body.data;
    cl = r->request_body ? r->request_body->bufs : NULL;

    for ( /* void */ ; cl; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    if (!gate_sha256(smcf->sha, ngx_http_gate_view(&body), digest)) {
        return NGX_ERROR;
    }

done:

    p = ngx_hex_dump(key->data + key->len, digest, sizeof(digest));
    key->len = p - key->data;

    return NGX_OK;
}
