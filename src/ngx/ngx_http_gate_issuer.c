
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_issuer: whose tokens are accepted, with keys read once at load time.
 */


#include "ngx_http_gate.h"


#define NGX_HTTP_GATE_ISSUER_FILE  (1024 * 1024)      /* bytes of a key file */


typedef struct {
    ngx_array_t               *issuers;   /* of pointers */
    ngx_http_gate_issuer_t    *current;   /* block being read */
    ngx_array_t               *files;     /* of the block: key lines */
    ngx_array_t               *audiences; /* of the block */
} ngx_http_gate_issuer_main_conf_t;


typedef enum {
    NGX_HTTP_GATE_JWKS_FILE = 0,
    NGX_HTTP_GATE_KEY_FILE,
    NGX_HTTP_GATE_SECRET_FILE
} ngx_http_gate_issuer_kind_e;


typedef struct {
    ngx_http_gate_issuer_kind_e  kind;
    ngx_str_t                  path;
    ngx_str_t                  kid;
} ngx_http_gate_issuer_file_t;


static char *ngx_http_gate_issuer_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_issuer_line(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf);
static char *ngx_http_gate_issuer_set(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_algorithms(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_audience(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_leeway(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_consumer(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_file(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_issuer_finish(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf);
static char *ngx_http_gate_issuer_load(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is, ngx_http_gate_issuer_file_t *f);
static void ngx_http_gate_issuer_free(void *data);
static void *ngx_http_gate_issuer_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_issuer_init(ngx_conf_t *cf);


static ngx_command_t  ngx_http_gate_issuer_commands[] = {

    { ngx_string("gate_issuer"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_http_gate_issuer_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_issuer_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_gate_issuer_init,             /* postconfiguration */

    ngx_http_gate_issuer_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_issuer_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_issuer_module_ctx,      /* module context */
    ngx_http_gate_issuer_commands,         /* module directives */
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


ngx_http_gate_issuer_t *
ngx_http_gate_issuer(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                         i;
    ngx_http_gate_issuer_t           **ip;
    ngx_http_gate_issuer_main_conf_t  *imcf;

    imcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_issuer_module);

    ip = imcf->issuers->elts;

    for (i = 0; i < imcf->issuers->nelts; i++) {
        if (ip[i]->name.len == name->len
            && ngx_strncmp(ip[i]->name.data, name->data, name->len) == 0)
        {
            return ip[i];
        }
    }

    ip = ngx_array_push(imcf->issuers);
    if (ip == NULL) {
        return NULL;
    }

    *ip = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_issuer_t));
    if (*ip == NULL) {
        return NULL;
    }

    (*ip)->name = *name;
    (*ip)->file = cf->conf_file->file.name.data;
    (*ip)->line = cf->conf_file->line;
    (*ip)->jwt.leeway_s = -1;

    return *ip;
}


static char *
ngx_http_gate_issuer_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_issuer_main_conf_t *imcf = conf;

    char                    *rv;
    ngx_str_t               *value;
    ngx_conf_t               save;
    ngx_http_gate_issuer_t  *is;

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    is = ngx_http_gate_issuer(cf, &value[1]);
    if (is == NULL) {
        return NGX_CONF_ERROR;
    }

    if (is->defined) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate gate_issuer \"%V\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    is->defined = 1;
    is->file = cf->conf_file->file.name.data;
    is->line = cf->conf_file->line;

    imcf->current = is;
    imcf->files = ngx_array_create(cf->pool, 1,
                                   sizeof(ngx_http_gate_issuer_file_t));
    imcf->audiences = ngx_array_create(cf->pool, 1, sizeof(gate_str_t));

    if (imcf->files == NULL || imcf->audiences == NULL) {
        return NGX_CONF_ERROR;
    }

    save = *cf;

    cf->handler = ngx_http_gate_issuer_line;
    cf->handler_conf = conf;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    return rv == NGX_CONF_OK ? ngx_http_gate_issuer_finish(cf, imcf) : rv;
}


static char *
ngx_http_gate_issuer_line(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    char       *rv;
    ngx_str_t  *value;

    value = cf->args->elts;

    rv = ngx_http_gate_issuer_set(cf, conf, value, cf->args->nelts);

    if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
        return rv;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" %s", &value[0], rv);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_gate_issuer_set(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_issuer_t  *is;

    is = imcf->current;

    if (ngx_strcmp(value[0].data, "issuer") == 0) {

        if (is->jwt.issuer.len != 0) {
            return "is duplicate";
        }

        if (n != 2 || value[1].len == 0) {
            return "takes one value";
        }

        is->jwt.issuer = ngx_http_gate_view(&value[1]);

        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[0].data, "audience") == 0) {
        return ngx_http_gate_issuer_audience(cf, imcf, value, n);
    }

    if (ngx_strcmp(value[0].data, "algorithms") == 0) {
        return ngx_http_gate_issuer_algorithms(cf, is, value, n);
    }

    if (ngx_strcmp(value[0].data, "leeway") == 0) {
        return ngx_http_gate_issuer_leeway(cf, is, value, n);
    }

    if (ngx_strcmp(value[0].data, "consumer") == 0) {
        return ngx_http_gate_issuer_consumer(cf, is, value, n);
    }

    if (ngx_strcmp(value[0].data, "jwks_file") == 0
        || ngx_strcmp(value[0].data, "key_file") == 0
        || ngx_strcmp(value[0].data, "secret") == 0)
    {
        return ngx_http_gate_issuer_file(cf, imcf, value, n);
    }

    if (ngx_strcmp(value[0].data, "jwks") == 0) {
        return ngx_http_gate_unsupported(cf, &value[0]);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "unknown parameter \"%V\"",
                       &value[0]);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_gate_issuer_audience(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_uint_t   i;
    gate_str_t  *s;

    if (n < 2) {
        return "takes at least one value";
    }

    for (i = 1; i < n; i++) {

        if (value[i].len == 0) {
            return "has an empty value";
        }

        s = ngx_array_push(imcf->audiences);
        if (s == NULL) {
            return NGX_CONF_ERROR;
        }

        *s = ngx_http_gate_view(&value[i]);
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_issuer_algorithms(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_str_t *value, ngx_uint_t n)
{
    unsigned    alg;
    ngx_uint_t  i;

    if (n < 2) {
        return "takes at least one value";
    }

    for (i = 1; i < n; i++) {

        alg = gate_alg_parse(ngx_http_gate_view(&value[i]));

        if (alg == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "unknown algorithm \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        if (is->jwt.algs & alg) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate algorithm \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        is->jwt.algs |= alg;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_issuer_leeway(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_str_t *value, ngx_uint_t n)
{
    ngx_int_t  s;

    if (is->jwt.leeway_s != -1) {
        return "is duplicate";
    }

    if (n != 2) {
        return "takes one value";
    }

    s = ngx_parse_time(&value[1], 1);

    if (s == NGX_ERROR || s > 86400) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid leeway \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    is->jwt.leeway_s = s;

    return NGX_CONF_OK;
}


/* consumer claim=NAME [unknown=refuse | unknown=CONSUMER]; */

static char *
ngx_http_gate_issuer_consumer(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_str_t *value, ngx_uint_t n)
{
    ngx_str_t   name;
    ngx_uint_t  i;

    if (is->claim.len != 0 || is->unknown.len != 0) {
        return "is duplicate";
    }

    for (i = 1; i < n; i++) {

        if (ngx_strncmp(value[i].data, "claim=", 6) == 0 && value[i].len > 6
            && is->claim.len == 0)
        {
            is->claim.len = value[i].len - 6;
            is->claim.data = value[i].data + 6;
            continue;
        }

        if (ngx_strncmp(value[i].data, "unknown=", 8) == 0
            && value[i].len > 8 && is->unknown.len == 0)
        {
            name.len = value[i].len - 8;
            name.data = value[i].data + 8;

            is->unknown = name;

            if (ngx_strcmp(name.data, "refuse") == 0) {
                continue;
            }

            is->shared = ngx_http_gate_store_consumer(cf, &name);
            if (is->shared == NULL) {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* jwks_file PATH; key_file PATH [kid=ID]; secret file:PATH [kid=ID]; */

static char *
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


/* keys are read when the whole block is known: they need its algorithms */

static char *
ngx_http_gate_issuer_finish(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf)
{
    char                         *rv;
    const char                   *missing;
    ngx_uint_t                    i;
    ngx_http_gate_issuer_t       *is;
    ngx_http_gate_issuer_file_t  *f;

    is = imcf->current;
    missing = NULL;

    if (is->jwt.issuer.len == 0) {
        missing = "issuer";

    } else if (is->jwt.algs == 0) {
        missing = "algorithms";

    } else if (imcf->files->nelts == 0) {
        missing = "jwks_file\", \"key_file\" or \"secret";
    }

    if (missing != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "gate_issuer \"%V\" must have \"%s\"", &is->name,
                           missing);
        return NGX_CONF_ERROR;
    }

    if (imcf->audiences->nelts == 0) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "gate_issuer \"%V\" has no \"audience\": tokens "
                           "meant for others are accepted", &is->name);
    }

    is->jwt.audiences = imcf->audiences->elts;
    is->jwt.naudiences = imcf->audiences->nelts;

    if (is->jwt.leeway_s == -1) {
        is->jwt.leeway_s = 0;
    }

    if (is->claim.len == 0) {
        ngx_str_set(&is->claim, "sub");
    }

    f = imcf->files->elts;

    for (i = 0; i < imcf->files->nelts; i++) {
        rv = ngx_http_gate_issuer_load(cf, is, &f[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_issuer_load(ngx_conf_t *cf, ngx_http_gate_issuer_t *is,
    ngx_http_gate_issuer_file_t *f)
{
    int                  ok;
    char                 err[256];
    ngx_str_t            text;
    gate_str_t           view;
    ngx_pool_cleanup_t  *cln;

    if (is->jwt.keys == NULL) {
        cln = ngx_pool_cleanup_add(cf->pool, 0);
        if (cln == NULL) {
            return NGX_CONF_ERROR;
        }

        is->jwt.keys = gate_jwks_create();
        if (is->jwt.keys == NULL) {
            return NGX_CONF_ERROR;
        }

        cln->handler = ngx_http_gate_issuer_free;
        cln->data = is->jwt.keys;
    }

    if (ngx_http_gate_read_file(cf, &f->path, NGX_HTTP_GATE_ISSUER_FILE,
                                f->kind == NGX_HTTP_GATE_SECRET_FILE, &text)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    view = ngx_http_gate_view(&text);

    switch (f->kind) {

    case NGX_HTTP_GATE_JWKS_FILE:
        ok = gate_jwks_add_json(is->jwt.keys, view, is->jwt.algs, err,
                                sizeof(err));
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


static void
ngx_http_gate_issuer_free(void *data)
{
    gate_jwks_destroy(data);
}


static void *
ngx_http_gate_issuer_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_issuer_main_conf_t  *imcf;

    imcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_issuer_main_conf_t));
    if (imcf == NULL) {
        return NULL;
    }

    imcf->issuers = ngx_array_create(cf->pool, 4, sizeof(void *));
    if (imcf->issuers == NULL) {
        return NULL;
    }

    return imcf;
}


static ngx_int_t
ngx_http_gate_issuer_init(ngx_conf_t *cf)
{
    ngx_uint_t                         i;
    ngx_http_gate_issuer_t           **ip;
    ngx_http_gate_issuer_main_conf_t  *imcf;

    imcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_issuer_module);

    ip = imcf->issuers->elts;

    for (i = 0; i < imcf->issuers->nelts; i++) {
        if (!ip[i]->defined) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "unknown gate_issuer \"%V\": define it or see how "
                          "it is spelt in %s:%ui",
                          &ip[i]->name, ip[i]->file, ip[i]->line);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_gate_issuer_names(ngx_conf_t *cf)
{
    ngx_http_gate_issuer_main_conf_t  *imcf;

    imcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_issuer_module);

    return imcf->issuers->nelts != 0;
}
