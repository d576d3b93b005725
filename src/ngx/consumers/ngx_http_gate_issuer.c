
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_issuer: whose tokens are accepted, and which consumers they name.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_store_redis.h"


/* a gate_auth line and the issuers it lists */

typedef struct {
    ngx_array_t               *issuers;   /* of pointers */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_issuer_line_t;


static ngx_int_t ngx_http_gate_issuer_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_issuer_list(ngx_conf_t *cf, ngx_str_t *name);
static ngx_uint_t ngx_http_gate_issuer_names(ngx_conf_t *cf);
static char *ngx_http_gate_issuer_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_issuer_finish(ngx_conf_t *cf,
    ngx_http_gate_issuer_block_t *block);
static void *ngx_http_gate_issuer_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_issuer_init(ngx_conf_t *cf);
static void ngx_http_gate_issuer_nobody(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is);
static void ngx_http_gate_issuer_undefined(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_http_gate_issuer_t *is);
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
    ngx_http_gate_issuer_preconfiguration, /* preconfiguration */
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


static const ngx_http_gate_store_issuers_t  ngx_http_gate_issuer_known = {
    ngx_http_gate_issuer_list,
    ngx_http_gate_issuer_names
};


/* the same each time a configuration is read */

const ngx_http_gate_issuer_sets_t  *ngx_http_gate_issuer_sets;


void
ngx_http_gate_issuer_sets_by(const ngx_http_gate_issuer_sets_t *sets)
{
    ngx_http_gate_issuer_sets = sets;
}


static ngx_int_t
ngx_http_gate_issuer_preconfiguration(ngx_conf_t *cf)
{
    ngx_http_gate_store_issuers_by(&ngx_http_gate_issuer_known);

    return NGX_OK;
}


/* a consumer has a line with it */

static ngx_int_t
ngx_http_gate_issuer_list(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_http_gate_issuer_t  *is;

    is = ngx_http_gate_issuer(cf, name);
    if (is == NULL) {
        return NGX_ERROR;
    }

    is->listed = 1;

    return NGX_OK;
}


static ngx_uint_t
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
    char                          *rv;
    ngx_str_t                     *value;
    ngx_http_gate_issuer_t        *is;
    ngx_http_gate_issuer_block_t   block;

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    is = ngx_http_gate_issuer(cf, &value[1]);
    if (is == NULL) {
        return NGX_CONF_ERROR;
    }

    if (is->defined) {
        return ngx_http_gate_conf_duplicate(cf);
    }

    is->defined = 1;
    is->file = cf->conf_file->file.name.data;
    is->line = cf->conf_file->line;

    ngx_memzero(&block, sizeof(ngx_http_gate_issuer_block_t));

    block.issuer = is;
    block.files = ngx_http_gate_issuer_files(cf);
    block.audiences = ngx_array_create(cf->pool, 1, sizeof(ngx_str_t));

    if (block.files == NULL || block.audiences == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_gate_conf_block(cf, ngx_http_gate_issuer_lines, &block);

    return rv == NGX_CONF_OK ? ngx_http_gate_issuer_finish(cf, &block) : rv;
}


/* keys are read when the whole block is known: they need its algorithms */

static char *
ngx_http_gate_issuer_finish(ngx_conf_t *cf,
    ngx_http_gate_issuer_block_t *block)
{
    const char              *missing;
    ngx_http_gate_issuer_t  *is;

    is = block->issuer;
    missing = NULL;

    if (block->iss.len == 0) {
        missing = "issuer";

    } else if (is->jwt.algs == 0) {
        missing = "algorithms";

    } else if (is->set != NULL) {
        missing = ngx_http_gate_issuer_sets->missing(is);

    } else if (block->files->nelts == 0) {
        missing = "jwks\", \"jwks_file\", \"key_file\" or \"secret";
    }

    if (missing != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "gate_issuer \"%V\" must have \"%s\": write such "
                           "a line in it", &is->name, missing);
        return NGX_CONF_ERROR;
    }

    if (is->set != NULL && block->files->nelts != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "gate_issuer \"%V\" has keys by \"jwks\" and by "
                           "files: take one of them out", &is->name);
        return NGX_CONF_ERROR;
    }

    if (block->audiences->nelts == 0) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "gate_issuer \"%V\" has no \"audience\": tokens "
                           "meant for others are accepted, write one",
                           &is->name);
    }

    is->jwt.issuer = ngx_http_gate_view(&block->iss);
    is->jwt.leeway_s = block->leeway;

    /* of ngx_str_t, which has the layout of gate_str_t */

    is->jwt.audiences = block->audiences->elts;
    is->jwt.naudiences = block->audiences->nelts;

    if (block->claim.len == 0) {
        ngx_str_set(&block->claim, "sub");
    }

    is->jwt.max_lifetime_s = block->max_lifetime;

    if (ngx_http_gate_issuer_claim(cf, &block->claim, &is->claim)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_gate_issuer_load(cf, block) != NGX_CONF_OK
        || (is->set != NULL
            && ngx_http_gate_issuer_sets->finish(cf, is) != NGX_OK))
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
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
            ngx_http_gate_issuer_undefined(cf, imcf, ip[i]);
            return NGX_ERROR;
        }

        if (ngx_http_gate_issuer_revocable(cf, ip[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        if (!ip[i]->listed && !ip[i]->map && ip[i]->shared == NULL) {
            ngx_http_gate_issuer_nobody(cf, ip[i]);
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


/* none of the configuration: those of Redis are not known here */

static void
ngx_http_gate_issuer_nobody(ngx_conf_t *cf, ngx_http_gate_issuer_t *is)
{
    if (ngx_http_gate_store_redis_written(cf)) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "%s \"%V\" names no consumer, all of its tokens are "
                  "refused: list values by \"claim %V=...\" in "
                  "gate_consumer, or say \"consumer map=name\" or \"consumer "
                  "unknown=NAME\", or \"gate_consumers redis\" where they "
                  "are known to Redis, in %s:%ui",
                  is->asked ? "gate_introspection" : "gate_issuer", &is->name,
                  &is->name, is->file, is->line);
}


static void
ngx_http_gate_issuer_undefined(ngx_conf_t *cf,
    ngx_http_gate_issuer_main_conf_t *imcf, ngx_http_gate_issuer_t *is)
{
    ngx_uint_t                i;
    gate_closest_t            closest;
    ngx_http_gate_issuer_t  **ip;

    gate_closest_init(&closest, ngx_http_gate_view(&is->name));

    ip = imcf->issuers->elts;

    for (i = 0; i < imcf->issuers->nelts; i++) {
        if (ip[i]->defined) {
            gate_closest_try(&closest, ngx_http_gate_view(&ip[i]->name));
        }
    }

    ngx_http_gate_conf_undefined(cf, "gate_issuer", &closest, is->file,
                                 is->line);
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

        if (ip[i]->asked) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"jwt=%V\" names a gate_introspection: write "
                          "\"introspect=%V\" in %s:%ui", &ip[i]->name,
                          &ip[i]->name, line->file, line->line);
            return NGX_ERROR;
        }

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


