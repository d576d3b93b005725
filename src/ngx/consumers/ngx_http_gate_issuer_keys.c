
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The keys of an issuer: files that are read once, at load time.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_conf.h"

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
static void ngx_http_gate_issuer_skip(void *data, size_t n, gate_str_t kid,
    const char *why);
static ngx_int_t ngx_http_gate_issuer_set_of_keys(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is);
static void ngx_http_gate_issuer_free(void *data);


ngx_array_t *
ngx_http_gate_issuer_files(ngx_conf_t *cf)
{
    return ngx_array_create(cf->pool, 1, sizeof(ngx_http_gate_issuer_file_t));
}


/* jwks_file PATH; key_file PATH [kid=ID]; secret file:PATH [kid=ID]; */

char *
ngx_http_gate_issuer_file(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_str_t                     path;
    ngx_http_gate_issuer_file_t  *f;

    if (n < 2 || n > 3) {
        return "takes a file";
    }

    f = ngx_array_push(imcf->files);
    if (f == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(f, sizeof(ngx_http_gate_issuer_file_t));

    path = value[1];

    if (value[0].data[0] == 's') {

        if (ngx_strncmp(path.data, "file:", 5) != 0) {
            /* what stands there is a secret: it is not repeated */
            return "takes \"file:\" and a path, never the secret itself";
        }

        f->kind = NGX_HTTP_GATE_SECRET_FILE;
        path.data += 5;
        path.len -= 5;

    } else {
        f->kind = (value[0].data[0] == 'j') ? NGX_HTTP_GATE_JWKS_FILE
                                            : NGX_HTTP_GATE_KEY_FILE;
    }

    if (path.len == 0) {
        return "takes a file";
    }

    if (n == 3) {
        if (f->kind == NGX_HTTP_GATE_JWKS_FILE
            || ngx_strncmp(value[2].data, "kid=", 4) != 0
            || value[2].len == 4)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[2]);
            return NGX_CONF_ERROR;
        }

        f->kid.len = value[2].len - 4;
        f->kid.data = value[2].data + 4;
    }

    f->path = path;

    return ngx_conf_full_name(cf->cycle, &f->path, 1) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_gate_issuer_load(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf)
{
    char                         *rv;
    ngx_uint_t                    i;
    ngx_http_gate_issuer_file_t  *f;

    if (ngx_http_gate_issuer_set_of_keys(cf, imcf->current) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    f = imcf->files->elts;

    for (i = 0; i < imcf->files->nelts; i++) {
        rv = ngx_http_gate_issuer_load_one(cf, imcf->current, &f[i]);
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
                           "\"%V\": %s", &is->name, &f->path, err);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
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
