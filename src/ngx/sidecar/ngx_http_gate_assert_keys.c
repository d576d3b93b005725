
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The keys of gate_assert: read once for all of http{}, and the answer of
 * gate_assert_keys, which is their public halves.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_assert.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_request.h"


#define NGX_HTTP_GATE_ASSERT_PEM  (64 * 1024)


static gate_mint_key_t *ngx_http_gate_assert_add(ngx_conf_t *cf,
    ngx_str_t *path, gate_mint_key_t *key);


gate_mint_key_t *
ngx_http_gate_assert_key(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *kid,
    ngx_str_t *algorithm)
{
    char              err[256];
    ngx_str_t         text;
    gate_mint_key_t  *key;

    if (ngx_http_gate_read_file(cf, path, NGX_HTTP_GATE_ASSERT_PEM, 1, &text)
        != NGX_OK)
    {
        return NULL;
    }

    key = gate_mint_key_create(ngx_http_gate_view(&text),
                               ngx_http_gate_view(algorithm),
                               ngx_http_gate_view(kid), err, sizeof(err));

    ngx_explicit_memzero(text.data, text.len);

    if (key == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" in \"key_file=\" of \"gate_assert\": it %s",
                           path, err);
        return NULL;
    }

    return ngx_http_gate_assert_add(cf, path, key);
}


/* the same key may stand in several places, two of one name may not */

static gate_mint_key_t *
ngx_http_gate_assert_add(ngx_conf_t *cf, ngx_str_t *path, gate_mint_key_t *key)
{
    gate_str_t                         kid;
    ngx_uint_t                         i;
    gate_mint_key_t                  **k;
    ngx_http_gate_assert_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_assert_module);

    k = amcf->keys->elts;
    kid = gate_mint_key_kid(key);

    for (i = 0; i < amcf->keys->nelts; i++) {

        if (!gate_str_eq(gate_mint_key_kid(k[i]), kid)) {
            continue;
        }

        if (!gate_str_eq(gate_mint_key_jwk(k[i]), gate_mint_key_jwk(key))) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" in \"key_file=\" of \"gate_assert\": "
                               "another key is called \"%*s\", too: give it a "
                               "\"kid=\" of its own", path, kid.len, kid.data);
            gate_mint_key_destroy(key);
            return NULL;
        }

        gate_mint_key_destroy(key);
        return k[i];
    }

    k = ngx_array_push(amcf->keys);
    if (k == NULL) {
        gate_mint_key_destroy(key);
        return NULL;
    }

    *k = key;

    return key;
}


void
ngx_http_gate_assert_free(void *data)
{
    ngx_http_gate_assert_main_conf_t *amcf = data;

    ngx_uint_t         i;
    gate_mint_key_t  **k;

    k = amcf->keys->elts;

    for (i = 0; i < amcf->keys->nelts; i++) {
        gate_mint_key_destroy(k[i]);
    }

    gate_minted_destroy(amcf->minted);
}


ngx_int_t
ngx_http_gate_assert_publish(ngx_conf_t *cf)
{
    size_t                             len;
    u_char                            *p;
    gate_str_t                         jwk;
    ngx_uint_t                         i;
    gate_mint_key_t                  **k;
    ngx_http_gate_assert_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_assert_module);

    k = amcf->keys->elts;
    len = sizeof("{\"keys\":[]}" CRLF);

    for (i = 0; i < amcf->keys->nelts; i++) {
        len += gate_mint_key_jwk(k[i]).len + 1;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    amcf->jwks.data = p;

    p = ngx_cpymem(p, "{\"keys\":[", sizeof("{\"keys\":[") - 1);

    for (i = 0; i < amcf->keys->nelts; i++) {
        jwk = gate_mint_key_jwk(k[i]);

        if (i > 0) {
            *p++ = ',';
        }

        p = gate_str_copy(p, jwk);
    }

    p = ngx_cpymem(p, "]}\n", sizeof("]}\n") - 1);

    amcf->jwks.len = p - amcf->jwks.data;

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_assert_serve(ngx_http_request_t *r)
{
    ngx_int_t                          rc;
    ngx_buf_t                         *b;
    ngx_str_t                          age;
    ngx_chain_t                        out;
    ngx_http_gate_assert_loc_conf_t   *alcf;
    ngx_http_gate_assert_main_conf_t  *amcf;

    static ngx_str_t  cache = ngx_string("Cache-Control");

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    amcf = ngx_http_get_module_main_conf(r, ngx_http_gate_assert_module);
    alcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_assert_module);

    b = ngx_calloc_buf(r->pool);
    age.data = ngx_pnalloc(r->pool,
                           sizeof("public, max-age=") + NGX_TIME_T_LEN);

    if (b == NULL || age.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    age.len = ngx_sprintf(age.data, "public, max-age=%T", alcf->max_age)
              - age.data;

    if (ngx_http_gate_add_out(r, &cache, &age) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = amcf->jwks.len;
    ngx_str_set(&r->headers_out.content_type, "application/jwk-set+json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    b->pos = amcf->jwks.data;
    b->last = b->pos + amcf->jwks.len;
    b->memory = 1;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, &out);
}
