
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The method basic (RFC 7617).  A password costs as much for a user that there
 * is as for one that there is not, so that the time of an answer tells nothing.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_basic.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_shield.h"

#include <openssl/crypto.h>


#define NGX_HTTP_GATE_AUTH_BASIC_TIME   10000  /* ms, for a hash and its turn */
#define NGX_HTTP_GATE_AUTH_BASIC_RETRY  1      /* seconds */


static ngx_int_t ngx_http_gate_auth_basic_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, void *data);
static ngx_table_elt_t *ngx_http_gate_auth_basic_field(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_auth_basic_whose(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_str_t user, gate_str_t password);
static ngx_int_t ngx_http_gate_auth_basic_waited(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_credential_t *k, u_char *digest);
static ngx_int_t ngx_http_gate_auth_basic_look(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_credential_t *k, gate_str_t password,
    gate_str_t hash, u_char *digest);
static ngx_int_t ngx_http_gate_auth_basic_wrong(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_credential_t *k);
static ngx_int_t ngx_http_gate_auth_basic_busy(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static void ngx_http_gate_auth_basic_challenge(gate_text_t *t,
    gate_str_t realm, const ngx_http_gate_reason_t *reason);


static const ngx_http_gate_reason_t  ngx_http_gate_bad_password = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("bad_password"),
    ngx_string("Invalid user name or password"),
    ngx_string("The user name is not known, or the password is another one.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_passwords_busy = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_WARN, ngx_string("passwords_busy"),
    ngx_string("Too many passwords"),
    ngx_string("The gateway has too many passwords to look at now.")
};


const ngx_http_gate_reason_t  *ngx_http_gate_auth_basic_reasons[] = {
    &ngx_http_gate_bad_password,
    &ngx_http_gate_passwords_busy,
    NULL
};


const ngx_http_gate_reason_t *const  ngx_http_gate_auth_basic_failures[] = {
    &ngx_http_gate_bad_password,
    NULL
};


const ngx_http_gate_method_t  ngx_http_gate_auth_basic_method = {
    ngx_string("basic"),
    ngx_null_string,
    NULL,
    ngx_http_gate_auth_basic_run,
    ngx_http_gate_auth_password_fields,
    ngx_http_gate_auth_basic_challenge,
    NGX_HTTP_GATE_METHOD_PARKS
};


static ngx_int_t
ngx_http_gate_auth_basic_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    void *data)
{
    u_char            text[GATE_BASIC_MAX];
    ngx_int_t         rc;
    gate_str_t        user, password;
    gate_basic_rc_e   form;
    ngx_table_elt_t  *h;

    h = ngx_http_gate_auth_basic_field(r);

    if (h == NULL) {
        return NGX_DECLINED;
    }

    form = gate_basic_parse(ngx_http_gate_view(&h->value), text, &user,
                            &password);

    if (form == GATE_BASIC_OTHER) {
        return NGX_DECLINED;
    }

    rc = (form == GATE_BASIC_OK)
         ? ngx_http_gate_auth_basic_whose(r, ctx, user, password)
         : ngx_http_gate_shield_spares(r, ctx, gate_str(NULL, 0));

    if (form != GATE_BASIC_OK && rc == NGX_OK) {
        rc = ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_password,
                                       "The Authorization field is not what "
                                       "Basic has there.");
    }

    ngx_explicit_memzero(text, sizeof(text));

    return rc;
}


/* nginx refuses a request with two; an earlier location may have taken it */

static ngx_table_elt_t *
ngx_http_gate_auth_basic_field(ngx_http_request_t *r)
{
    ngx_uint_t        i, n;
    ngx_array_t      *taken;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("authorization");

    h = ngx_http_gate_header(r, &name, &n);

    if (h != NULL) {
        return h;
    }

    taken = ngx_http_gate_keys_taken(r);

    if (taken == NULL) {
        return NULL;
    }

    h = taken->elts;

    for (i = 0; i < taken->nelts; i++) {
        if (gate_str_eq(gate_str(h[i].lowcase_key, h[i].key.len),
                        ngx_http_gate_view(&name)))
        {
            return &h[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_gate_auth_basic_whose(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_str_t user, gate_str_t password)
{
    u_char                                 digest[
                                             NGX_HTTP_GATE_AUTH_BASIC_DIGEST];
    ngx_int_t                              rc;
    gate_str_t                             hash;
    gate_credential_t                     *k;
    ngx_http_gate_auth_basic_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_auth_basic_module);

    rc = ngx_http_gate_find(r, ctx, GATE_KIND_BASIC, user, &k);

    if (rc == NGX_BUSY) {
        return ngx_http_gate_find_busy(r, ctx);
    }

    if (rc == NGX_DECLINED) {
        k = NULL;
        hash = bmcf->usual;

    } else if (rc == NGX_OK) {
        hash = k->secret;

        if (gate_crypt_wrong(hash) != NULL) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "gate basic: the password of \"%*s\" is no hash "
                          "that is taken", k->id.len, k->id.data);
            return ngx_http_gate_find_busy(r, ctx);
        }

    } else {
        return rc;
    }

    if (ngx_http_gate_auth_basic_digest(user, password, hash, digest)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (k != NULL && ngx_http_gate_auth_basic_known(digest)) {
        ngx_http_gate_auth_basic_count("remembered");
        return ngx_http_gate_auth_credential(r, ctx, k);
    }

    rc = ngx_http_gate_auth_basic_waited(r, ctx, k, digest);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    rc = ngx_http_gate_shield_spares(r, ctx, user);

    return (rc == NGX_OK)
           ? ngx_http_gate_auth_basic_look(r, ctx, k, password, hash, digest)
           : rc;
}


/* what came of it where this request has waited; else NGX_DECLINED */

static ngx_int_t
ngx_http_gate_auth_basic_waited(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_credential_t *k, u_char *digest)
{
    ngx_http_gate_auth_basic_wait_t  *wait;

    wait = ngx_http_get_module_ctx(r, ngx_http_gate_auth_basic_module);

    if (wait == NULL
        || CRYPTO_memcmp(wait->digest, digest, sizeof(wait->digest)) != 0)
    {
        return NGX_DECLINED;
    }

    switch (wait->state) {

    case NGX_HTTP_GATE_AUTH_BASIC_GOOD:
        return k ? ngx_http_gate_auth_credential(r, ctx, k)
                 : ngx_http_gate_auth_basic_wrong(r, ctx, k);

    case NGX_HTTP_GATE_AUTH_BASIC_WRONG:
        return ngx_http_gate_auth_basic_wrong(r, ctx, k);

    case NGX_HTTP_GATE_AUTH_BASIC_LATE:
        return ngx_http_gate_auth_basic_busy(r, ctx);

    default:
        return NGX_DECLINED;
    }
}


static ngx_int_t
ngx_http_gate_auth_basic_look(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_credential_t *k, gate_str_t password, gate_str_t hash, u_char *digest)
{
    ngx_int_t                              rc;
    ngx_http_gate_auth_basic_wait_t       *wait;
    ngx_http_gate_auth_basic_main_conf_t  *bmcf;

    if (!ctx->may_park) {
        return NGX_AGAIN;
    }

    wait = ngx_pcalloc(r->pool, sizeof(ngx_http_gate_auth_basic_wait_t));
    if (wait == NULL) {
        return NGX_ERROR;
    }

    wait->request = r;
    ngx_memcpy(wait->digest, digest, sizeof(wait->digest));

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_auth_basic_module);

    rc = ngx_http_gate_auth_basic_begin(bmcf, wait, password, hash, k != NULL);

    if (rc == NGX_BUSY) {
        return ngx_http_gate_auth_basic_busy(r, ctx);
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_set_ctx(r, wait, ngx_http_gate_auth_basic_module);

    if (ngx_http_gate_park(r, ctx, NGX_HTTP_GATE_AUTH_BASIC_TIME,
                           ngx_http_gate_auth_basic_cancel, wait)
        != NGX_AGAIN)
    {
        ngx_http_gate_auth_basic_cancel(wait);
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


/* whose it would have been is for the logs alone */

static ngx_int_t
ngx_http_gate_auth_basic_wrong(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_credential_t *k)
{
    ngx_str_t  id;

    if (k != NULL) {
        id.len = k->id.len;
        id.data = k->id.data;

        ngx_http_gate_refused_whom(r, ctx, k->consumer, &id);
    }

    return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_password, NULL);
}


static ngx_int_t
ngx_http_gate_auth_basic_busy(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_auth_basic_count("busy");

    if (r == r->main) {
        ctx->retry_after = NGX_HTTP_GATE_AUTH_BASIC_RETRY;
    }

    return ngx_http_gate_refused_why(ctx, &ngx_http_gate_passwords_busy, NULL);
}


static void
ngx_http_gate_auth_basic_challenge(gate_text_t *t, gate_str_t realm,
    const ngx_http_gate_reason_t *reason)
{
    gate_text_cstr(t, "Basic realm=");
    gate_text_quoted(t, realm);
    gate_text_cstr(t, ", charset=\"UTF-8\"");
}
