
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * API keys: read from header fields and query arguments, looked up by digest.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_identity.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_store_redis.h"

#include "gate_bearer.h"
#include "gate_hex.h"
#include "gate_uri.h"


typedef struct {
    ngx_str_t                  key;
    ngx_uint_t                 n;         /* found, same or not */
    ngx_uint_t                 conflict;
} ngx_http_gate_auth_key_found_t;


static ngx_int_t ngx_http_gate_auth_key_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data);
static ngx_int_t ngx_http_gate_auth_key_ask(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, u_char *digest, gate_credential_t **c);
static void ngx_http_gate_auth_key_collect(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_key_found_t *found);
static void ngx_http_gate_auth_key_in_list(ngx_list_part_t *part,
    ngx_http_gate_auth_key_loc_conf_t *klcf,
    ngx_http_gate_auth_key_found_t *found);
static void ngx_http_gate_auth_key_match(ngx_table_elt_t *h,
    ngx_array_t *names, ngx_http_gate_auth_key_found_t *found);
static void ngx_http_gate_auth_key_in_bearer(ngx_http_request_t *r,
    ngx_array_t *taken, ngx_http_gate_auth_key_found_t *found);
static void ngx_http_gate_auth_key_add_bearer(ngx_table_elt_t *h,
    ngx_http_gate_auth_key_found_t *found);
static void ngx_http_gate_auth_key_add(ngx_str_t *value,
    ngx_http_gate_auth_key_found_t *found);
static ngx_uint_t ngx_http_gate_auth_key_is_arg(gate_str_t name,
    ngx_array_t *args);
static void ngx_http_gate_auth_key_challenge(gate_text_t *t, gate_str_t realm,
    const ngx_http_gate_reason_t *reason);


const ngx_http_gate_reason_t  ngx_http_gate_bad_key = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("bad_key"),
    ngx_string("Invalid API key"),
    ngx_string("The API key is not known, or several are given.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_expired_key = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("expired_key"),
    ngx_string("API key expired"),
    ngx_string("The API key has expired.")
};


const ngx_http_gate_reason_t  *ngx_http_gate_auth_key_reasons[] = {
    &ngx_http_gate_bad_key,
    &ngx_http_gate_expired_key,
    NULL
};


const ngx_http_gate_method_t  ngx_http_gate_auth_key_method = {
    ngx_string("key"),
    ngx_null_string,
    NULL,
    ngx_http_gate_auth_key_run,
    NULL,
    ngx_http_gate_auth_key_challenge,
    NGX_HTTP_GATE_METHOD_PARKS
};


ngx_uint_t
ngx_http_gate_auth_key_args_stand(void **loc_conf)
{
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = loc_conf[ngx_http_gate_auth_key_module.ctx_index];

    return klcf->args != NULL;
}


ngx_uint_t
ngx_http_gate_auth_key_bears(ngx_http_request_t *r, gate_str_t token)
{
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_key_module);

    return klcf->bearer && !gate_bearer_is_jose(token)
           && ngx_http_gate_auth_entry(ngx_http_gate_auth_conf(r),
                                       &ngx_http_gate_auth_key_method);
}


/* SHIELD: hygiene took the client's; a rewrite may have made others since */

ngx_int_t
ngx_http_gate_auth_key_shield(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_key_module);

    if (klcf->args == NULL || r->args.len == 0
        || !ngx_http_gate_auth_entry(ngx_http_gate_auth_conf(r),
                                     &ngx_http_gate_auth_key_method))
    {
        return NGX_DECLINED;
    }

    return ngx_http_gate_keys_take_more(r, ctx, klcf->args);
}


/* an argument of a subrequest goes, too, but is not what the client sent */

ngx_int_t
ngx_http_gate_auth_key_shield_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    u_char                             *p;
    ngx_str_t                          *name;
    ngx_uint_t                          i;
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_key_module);

    if (klcf->args == NULL || r->args.len == 0
        || !ngx_http_gate_auth_entry(ngx_http_gate_auth_conf(r),
                                     &ngx_http_gate_auth_key_method))
    {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, r->args.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, r->args.data, r->args.len);
    r->args.data = p;

    name = klcf->args->elts;

    for (i = 0; i < klcf->args->nelts; i++) {
        r->args.len = gate_uri_args_without(ngx_http_gate_view(&r->args),
                                            ngx_http_gate_view(&name[i]), p);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_auth_key_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    void *data)
{
    u_char                               digest[GATE_SHA256_LEN];
    ngx_int_t                            rc;
    ngx_str_t                            id;
    gate_credential_t                   *c;
    ngx_http_gate_auth_key_found_t       found;
    ngx_http_gate_auth_key_main_conf_t  *kmcf;

    /* a variable may ask in the rewrite phase, before SHIELD */

    if (r == r->main && ngx_http_gate_auth_key_shield(r, ctx) == NGX_ERROR) {
        return NGX_ERROR;
    }

    ngx_http_gate_auth_key_collect(r, ctx, &found);

    if (found.n == 0) {
        return NGX_DECLINED;
    }

    if (found.conflict || found.key.len == 0) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_key, NULL);
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_auth_key_module);

    if (ngx_http_gate_auth_known(r, kmcf->known, &found.key, &c, digest)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (c == NULL) {
        rc = ngx_http_gate_auth_key_ask(r, ctx, digest, &c);
        if (rc != NGX_OK) {
            return rc;
        }

        ngx_http_gate_auth_known_keep(kmcf->known, &found.key, c);
    }

    id.len = c->id.len;
    id.data = c->id.data;

    if (c->not_after_s != 0 && ngx_time() > c->not_after_s) {
        ngx_http_gate_refused_whom(r, ctx, c->consumer, &id);
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_expired_key, NULL);
    }

    if (c->consumer->disabled) {
        ngx_http_gate_refused_whom(r, ctx, c->consumer, &id);
        return ngx_http_gate_refused_why(ctx,
                                      &ngx_http_gate_disabled_consumer, NULL);
    }

    ngx_http_gate_identity_by(&ctx->who, c);

    return NGX_OK;
}


/* one that the configuration does not have */

static ngx_int_t
ngx_http_gate_auth_key_ask(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    u_char *digest, gate_credential_t **c)
{
    u_char     name[2 * GATE_SHA256_LEN];
    ngx_int_t  rc;

    rc = NGX_DECLINED;

    if (ngx_http_gate_store_redis_stands(r)) {
        (void) gate_hex_write(digest, GATE_SHA256_LEN, name);

        rc = ngx_http_gate_find(r, ctx, GATE_KIND_KEY,
                                gate_str(name, sizeof(name)), c);
    }

    if (rc == NGX_DECLINED) {
        /* a key is no name: nobody could lock another one out by it */
        rc = ngx_http_gate_shield_spares(r, ctx, gate_str(NULL, 0));

        return (rc == NGX_OK)
               ? ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_key, NULL)
               : rc;
    }

    return (rc == NGX_BUSY) ? ngx_http_gate_find_busy(r, ctx) : rc;
}


/*
 * From what hygiene took; the list has a key only if another module put it
 * there since, or if a service that is an error page's predecessor was given
 * it, and then it is the same one.
 */

static void
ngx_http_gate_auth_key_collect(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_key_found_t *found)
{
    ngx_uint_t                          i;
    ngx_array_t                        *taken;
    ngx_table_elt_t                    *h;
    ngx_http_gate_key_t                *key;
    ngx_http_gate_auth_key_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_key_module);

    ngx_memzero(found, sizeof(ngx_http_gate_auth_key_found_t));

    ngx_http_gate_auth_key_in_list(&r->main->headers_in.headers.part, klcf,
                                   found);

    taken = ngx_http_gate_keys_taken(r);

    if (taken != NULL) {
        h = taken->elts;

        for (i = 0; i < taken->nelts; i++) {
            ngx_http_gate_auth_key_match(&h[i], klcf->headers, found);
        }
    }

    if (klcf->bearer) {
        ngx_http_gate_auth_key_in_bearer(r, taken, found);
    }

    if (ctx->keys->args != NULL && klcf->args != NULL) {
        key = ctx->keys->args->elts;

        for (i = 0; i < ctx->keys->args->nelts; i++) {
            if (ngx_http_gate_auth_key_is_arg(key[i].name, klcf->args)) {
                ngx_http_gate_auth_key_add(&key[i].value, found);
            }
        }
    }
}


static void
ngx_http_gate_auth_key_in_list(ngx_list_part_t *part,
    ngx_http_gate_auth_key_loc_conf_t *klcf,
    ngx_http_gate_auth_key_found_t *found)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    for ( /* void */ ; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (klcf->lens & (uint64_t) 1 << h[i].key.len % 64) {
                ngx_http_gate_auth_key_match(&h[i], klcf->headers, found);
            }
        }
    }
}


static void
ngx_http_gate_auth_key_match(ngx_table_elt_t *h, ngx_array_t *names,
    ngx_http_gate_auth_key_found_t *found)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = names->elts;

    for (i = 0; i < names->nelts; i++) {
        if (h->key.len == name[i].len
            && gate_word_same(h->lowcase_key, name[i].data, name[i].len))
        {
            ngx_http_gate_auth_key_add(&h->value, found);
            return;
        }
    }
}


/* nginx refuses a request with two of these */

static void
ngx_http_gate_auth_key_in_bearer(ngx_http_request_t *r, ngx_array_t *taken,
    ngx_http_gate_auth_key_found_t *found)
{
    ngx_uint_t               i;
    ngx_table_elt_t         *h;
    ngx_http_gate_cursor_t   cursor;

    static ngx_str_t  name = ngx_string("authorization");

    cursor.part = NULL;

    while ((h = ngx_http_gate_header_next(r->main, &name, &cursor))) {
        ngx_http_gate_auth_key_add_bearer(h, found);
    }

    if (taken != NULL) {
        h = taken->elts;

        for (i = 0; i < taken->nelts; i++) {
            ngx_http_gate_auth_key_add_bearer(&h[i], found);
        }
    }
}


/* a value with two dots is a token, which a method of tokens looks for */

static void
ngx_http_gate_auth_key_add_bearer(ngx_table_elt_t *h,
    ngx_http_gate_auth_key_found_t *found)
{
    ngx_str_t   value;
    gate_str_t  key;

    if (!ngx_http_gate_keys_is_bearer(h)) {
        return;
    }

    (void) gate_bearer_token(ngx_http_gate_view(&h->value), &key);

    value.len = key.len;
    value.data = key.data;

    ngx_http_gate_auth_key_add(&value, found);
}


static void
ngx_http_gate_auth_key_add(ngx_str_t *value,
    ngx_http_gate_auth_key_found_t *found)
{
    if (found->n++ == 0) {
        found->key = *value;
        return;
    }

    if (value->len != found->key.len
        || ngx_memcmp(value->data, found->key.data, value->len) != 0)
    {
        found->conflict = 1;
    }
}


static ngx_uint_t
ngx_http_gate_auth_key_is_arg(gate_str_t name, ngx_array_t *args)
{
    ngx_str_t   *arg;
    ngx_uint_t   i;

    arg = args->elts;

    for (i = 0; i < args->nelts; i++) {
        if (gate_str_eq(name, ngx_http_gate_view(&arg[i]))) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_gate_auth_key_challenge(gate_text_t *t, gate_str_t realm,
    const ngx_http_gate_reason_t *reason)
{
    gate_text_cstr(t, "Key realm=");
    gate_text_quoted(t, realm);
}
