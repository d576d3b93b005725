
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_issuer: whose tokens are accepted, and which consumers they name.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_conf.h"


/* a gate_auth line and the issuers it lists */

typedef struct {
    ngx_array_t               *issuers;   /* of pointers */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_issuer_line_t;


static char *ngx_http_gate_issuer_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_issuer_finish(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf);
static void *ngx_http_gate_issuer_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_issuer_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_issuer_distinct(ngx_conf_t *cf,
    ngx_http_gate_issuer_line_t *line);


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


ngx_int_t
ngx_http_gate_issuer_together(ngx_conf_t *cf, ngx_array_t *issuers)
{
    ngx_http_gate_issuer_line_t      *line;
    ngx_http_gate_issuer_main_conf_t  *imcf;

    imcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_issuer_module);

    line = ngx_array_push(imcf->lines);
    if (line == NULL) {
        return NGX_ERROR;
    }

    line->issuers = issuers;
    line->file = cf->conf_file->file.name.data;
    line->line = cf->conf_file->line;

    return NGX_OK;
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
    imcf->files = ngx_http_gate_issuer_files(cf);
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


/* keys are read when the whole block is known: they need its algorithms */

static char *
ngx_http_gate_issuer_finish(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf)
{
    const char              *missing;
    ngx_http_gate_issuer_t  *is;

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
                           "meant for others are accepted, write one",
                           &is->name);
    }

    is->jwt.audiences = imcf->audiences->elts;
    is->jwt.naudiences = imcf->audiences->nelts;

    if (is->jwt.leeway_s == -1) {
        is->jwt.leeway_s = 0;
    }

    if (is->claim.len == 0) {
        ngx_str_set(&is->claim, "sub");
    }

    return ngx_http_gate_issuer_load(cf, imcf);
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
    imcf->lines = ngx_array_create(cf->pool, 4,
                                    sizeof(ngx_http_gate_issuer_line_t));

    if (imcf->issuers == NULL || imcf->lines == NULL) {
        return NULL;
    }

    return imcf;
}


/* after all was read: forward references are resolved or told */

static ngx_int_t
ngx_http_gate_issuer_init(ngx_conf_t *cf)
{
    ngx_uint_t                         i;
    ngx_http_gate_issuer_t           **ip;
    ngx_http_gate_issuer_line_t      *line;
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

        if (!ip[i]->listed && !ip[i]->map && ip[i]->shared == NULL) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "gate_issuer \"%V\" names no consumer, all of its "
                          "tokens are refused: list values by \"claim %V=...\""
                          " in gate_consumer, or say \"consumer map=name\" or "
                          "\"consumer unknown=NAME\" in %s:%ui", &ip[i]->name,
                          &ip[i]->name, ip[i]->file, ip[i]->line);
        }
    }

    line = imcf->lines->elts;

    for (i = 0; i < imcf->lines->nelts; i++) {
        if (ngx_http_gate_issuer_distinct(cf, &line[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * A token is of one issuer: of two with its iss the one would decide whose
 * keys, audience and times let it in first, which is a matter of the hour and
 * not of the configuration.
 */

static ngx_int_t
ngx_http_gate_issuer_distinct(ngx_conf_t *cf,
    ngx_http_gate_issuer_line_t *line)
{
    ngx_uint_t                i, j;
    ngx_http_gate_issuer_t  **ip;

    ip = line->issuers->elts;

    for (i = 0; i < line->issuers->nelts; i++) {
        for (j = 0; j < i; j++) {

            if (!gate_str_eq(ip[i]->jwt.issuer, ip[j]->jwt.issuer)) {
                continue;
            }

            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "gate_issuer \"%V\" and \"%V\" have the same "
                          "\"issuer\", \"%*s\": make them one block, or list "
                          "one of them only in \"gate_auth\" in %s:%ui",
                          &ip[j]->name, &ip[i]->name, ip[i]->jwt.issuer.len,
                          ip[i]->jwt.issuer.data, line->file, line->line);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_gate_issuer_names(ngx_conf_t *cf)
{
    ngx_uint_t                         i;
    ngx_http_gate_issuer_t           **ip;
    ngx_http_gate_issuer_main_conf_t  *imcf;

    imcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_issuer_module);

    ip = imcf->issuers->elts;

    for (i = 0; i < imcf->issuers->nelts; i++) {
        if (ip[i]->map) {
            return 1;
        }
    }

    return 0;
}
