
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The keys of an issuer: files that are read once, at load time.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"

#include "gate_text.h"


#define NGX_HTTP_GATE_ISSUER_KID   64                 /* bytes shown of a kid */
#define NGX_HTTP_GATE_ISSUER_FILE  (1024 * 1024)      /* bytes of a key file */


typedef enum {
    NGX_HTTP_GATE_JWKS_FILE = 0,
    NGX_HTTP_GATE_KEY_FILE,
    NGX_HTTP_GATE_SECRET_FILE
} ngx_http_gate_issuer_kind_e;


/* the file that is being read, for warnings */

typedef struct {
    ngx_conf_t                  *cf;
    ngx_http_gate_issuer_t      *issuer;
    ngx_str_t                   *path;
} ngx_http_gate_issuer_skip_t;


typedef struct {
    ngx_http_gate_issuer_kind_e  kind;
    ngx_str_t                    path;
    ngx_str_t                    kid;
} ngx_http_gate_issuer_file_t;


static char *ngx_http_gate_issuer_load_one(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is, ngx_http_gate_issuer_file_t *f);
static ngx_int_t ngx_http_gate_issuer_form(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is, ngx_http_gate_issuer_file_t *f,
    gate_str_t text);
static void ngx_http_gate_issuer_skip(void *data, size_t n, gate_str_t kid,
    const char *why);
static ngx_int_t ngx_http_gate_issuer_set_of_keys(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is);
static void ngx_http_gate_issuer_free(void *data);


static ngx_http_gate_conf_row_t  ngx_http_gate_issuer_path = {
    ngx_string("FILE"), NGX_HTTP_GATE_CONF_FILE,
    offsetof(ngx_http_gate_issuer_file_t, path), 0, 0, NULL
};


static ngx_http_gate_conf_row_t  ngx_http_gate_issuer_secret = {
    ngx_string("VALUE"), NGX_HTTP_GATE_CONF_SECRET,
    offsetof(ngx_http_gate_issuer_file_t, path), 0, 0, NULL
};


static ngx_http_gate_conf_row_t  ngx_http_gate_issuer_kid[] = {

    { ngx_string("kid=ID"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_issuer_file_t, kid), 1, 0, NULL },

      ngx_http_gate_conf_end
};


ngx_array_t *
ngx_http_gate_issuer_files(ngx_conf_t *cf)
{
    return ngx_array_create(cf->pool, 1, sizeof(ngx_http_gate_issuer_file_t));
}


/* jwks_file PATH; key_file PATH [kid=ID]; secret file:PATH [kid=ID]; */

char *
ngx_http_gate_issuer_file(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    char                         *rv;
    ngx_uint_t                    secret;
    ngx_http_gate_issuer_file_t  *f;

    if (cf->args->nelts == 1) {
        return "takes the path of a file";
    }

    f = ngx_array_push(block->files);
    if (f == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(f, sizeof(ngx_http_gate_issuer_file_t));

    secret = (value[0].data[0] == 's');

    rv = ngx_http_gate_conf_arg(cf, 1,
                                secret ? &ngx_http_gate_issuer_secret
                                       : &ngx_http_gate_issuer_path, f);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (value[0].data[0] == 'j') {
        f->kind = NGX_HTTP_GATE_JWKS_FILE;

        return cf->args->nelts == 2 ? NGX_CONF_OK
                                    : "takes the path of a file alone";
    }

    f->kind = secret ? NGX_HTTP_GATE_SECRET_FILE : NGX_HTTP_GATE_KEY_FILE;

    return ngx_http_gate_conf_params(cf, 2, ngx_http_gate_issuer_kid, f);
}


char *
ngx_http_gate_issuer_load(ngx_conf_t *cf,
    ngx_http_gate_issuer_block_t *block)
{
    char                         *rv;
    ngx_uint_t                    i;
    ngx_http_gate_issuer_file_t  *f;

    if (ngx_http_gate_issuer_set_of_keys(cf, block->issuer) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    f = block->files->elts;

    for (i = 0; i < block->files->nelts; i++) {
        rv = ngx_http_gate_issuer_load_one(cf, block->issuer, &f[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_issuer_set_of_keys(ngx_conf_t *cf, ngx_http_gate_issuer_t *is)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    is->jwt.keys = gate_jwks_create();
    if (is->jwt.keys == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_gate_issuer_free;
    cln->data = is->jwt.keys;

    return NGX_OK;
}


static char *
ngx_http_gate_issuer_load_one(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_http_gate_issuer_file_t *f)
{
    int                          ok;
    char                         err[256];
    ngx_str_t                    text;
    gate_str_t                   view;
    ngx_http_gate_issuer_skip_t  skip;

    if (ngx_http_gate_read_file(cf, &f->path, NGX_HTTP_GATE_ISSUER_FILE,
                                f->kind == NGX_HTTP_GATE_SECRET_FILE, &text)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    view = ngx_http_gate_view(&text);

    if (ngx_http_gate_issuer_form(cf, is, f, view) != NGX_OK) {
        ngx_explicit_memzero(text.data, text.len);
        return NGX_CONF_ERROR;
    }

    switch (f->kind) {

    case NGX_HTTP_GATE_JWKS_FILE:
        skip.cf = cf;
        skip.issuer = is;
        skip.path = &f->path;

        gate_jwks_on_skip(is->jwt.keys, ngx_http_gate_issuer_skip, &skip);

        ok = gate_jwks_add_json(is->jwt.keys, view, is->jwt.algs, err,
                                sizeof(err));

        gate_jwks_on_skip(is->jwt.keys, NULL, NULL);
        break;

    case NGX_HTTP_GATE_KEY_FILE:
        ok = gate_jwks_add_pem(is->jwt.keys, view,
                               ngx_http_gate_view(&f->kid), is->jwt.algs, err,
                               sizeof(err));
        break;

    default:
        ok = gate_jwks_add_secret(is->jwt.keys, view,
                                  ngx_http_gate_view(&f->kid), is->jwt.algs,
                                  err, sizeof(err));
    }

    ngx_explicit_memzero(text.data, text.len);

    if (!ok) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "gate_issuer \"%V\": "
                           "\"%V\": %s: mend that file or \"algorithms\"",
                           &is->name, &f->path, err);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* PEM and key sets are files of keys both, and easily taken for each other */

static ngx_int_t
ngx_http_gate_issuer_form(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_http_gate_issuer_file_t *f, gate_str_t text)
{
    const char  *form, *line;

    if (f->kind == NGX_HTTP_GATE_JWKS_FILE
        && gate_str_begins_nocase(text, gate_cstr("-----BEGIN ")))
    {
        form = "PEM";
        line = "key_file";

    } else if (f->kind == NGX_HTTP_GATE_KEY_FILE
               && gate_str_begins_nocase(text, gate_cstr("{")))
    {
        form = "JSON";
        line = "jwks_file";

    } else {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "gate_issuer \"%V\": \"%V\" is "
                       "%s: write \"%s\" before it", &is->name, &f->path,
                       form, line);

    return NGX_ERROR;
}


/* a kid is the text of others: it is told as JSON has it, and not all of it */

static void
ngx_http_gate_issuer_skip(void *data, size_t n, gate_str_t kid,
    const char *why)
{
    ngx_http_gate_issuer_skip_t *skip = data;

    u_char       buf[NGX_HTTP_GATE_ISSUER_KID * 6 + 16];
    gate_text_t  t;

    gate_text_init(&t, buf, sizeof(buf));

    if (kid.len != 0) {
        kid.len = ngx_min(kid.len, NGX_HTTP_GATE_ISSUER_KID);

        gate_text_cstr(&t, ", kid ");
        gate_text_json(&t, kid);
        gate_text_cstr(&t, ",");
    }

    ngx_conf_log_error(NGX_LOG_WARN, skip->cf, 0,
                       "gate_issuer \"%V\": \"%V\": key %uz%*s is skipped: %s",
                       &skip->issuer->name, skip->path, n,
                       (size_t) (t.last - t.start), t.start, why);
}


static void
ngx_http_gate_issuer_free(void *data)
{
    gate_jwks_destroy(data);
}
