
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Places: where each server and location begins, whether a policy is in
 * force there, and the checks that are run over all of them.
 *
 * A merge sees only the modules that merge before its own.  What several
 * rooms have a part in is looked at here, when all of them have merged, so
 * that no order of modules decides whether a mistake is seen.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"


typedef struct {
    ngx_array_t               *places;    /* of ngx_http_gate_place_t */
    ngx_array_t               *checks;    /* of ngx_http_gate_check_pt */
    ngx_uint_t                 used;      /* any gate directive in http{} */
} ngx_http_gate_place_main_conf_t;


typedef struct {
    u_char                    *file;
    ngx_uint_t                 line;
    ngx_uint_t                 own;
    ngx_uint_t                 gated;
} ngx_http_gate_place_loc_conf_t;


static void *ngx_http_gate_place_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_place_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_place_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_gate_place_init(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_place_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_gate_place_init,              /* postconfiguration */

    ngx_http_gate_place_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_place_create_loc_conf,   /* create location configuration */
    ngx_http_gate_place_merge_loc_conf     /* merge location configuration */
};


ngx_module_t  ngx_http_gate_place_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_place_module_ctx,       /* module context */
    NULL,                                  /* module directives */
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


ngx_int_t
ngx_http_gate_place_check(ngx_conf_t *cf, ngx_http_gate_check_pt check)
{
    ngx_http_gate_check_pt           *c;
    ngx_http_gate_place_main_conf_t  *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_place_module);

    c = ngx_array_push(pmcf->checks);
    if (c == NULL) {
        return NGX_ERROR;
    }

    *c = check;

    return NGX_OK;
}


void
ngx_http_gate_use(ngx_conf_t *cf)
{
    ngx_http_gate_place_loc_conf_t   *plcf;
    ngx_http_gate_place_main_conf_t  *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_place_module);
    pmcf->used = 1;

    plcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_gate_place_module);
    plcf->own = 1;
}


ngx_uint_t
ngx_http_gate_used(ngx_conf_t *cf)
{
    ngx_http_gate_place_main_conf_t  *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_place_module);

    return pmcf->used;
}


void
ngx_http_gate_place_gated(ngx_conf_t *cf)
{
    ngx_http_gate_place_loc_conf_t  *plcf;

    plcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_gate_place_module);
    plcf->gated = 1;
}


ngx_module_t *
ngx_http_gate_place_module_named(ngx_conf_t *cf, const char *name)
{
    ngx_uint_t      i;
    ngx_module_t  **m;

    m = cf->cycle->modules;

    for (i = 0; m[i]; i++) {
        if (m[i]->type == NGX_HTTP_MODULE && ngx_strcmp(m[i]->name, name) == 0)
        {
            return m[i];
        }
    }

    return NULL;
}


ngx_uint_t
ngx_http_gate_place_is_gated(ngx_http_request_t *r)
{
    ngx_http_gate_place_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_place_module);

    return plcf->gated;
}


ngx_command_t *
ngx_http_gate_place_command(ngx_conf_t *cf, const char *name,
    ngx_module_t **mp)
{
    ngx_uint_t      i;
    ngx_command_t  *cmd;

    for (i = 0; cf->cycle->modules[i]; i++) {

        if (cf->cycle->modules[i]->type != NGX_HTTP_MODULE
            || cf->cycle->modules[i]->commands == NULL)
        {
            continue;
        }

        for (cmd = cf->cycle->modules[i]->commands; cmd->name.len; cmd++) {
            if (ngx_strcmp(cmd->name.data, name) == 0) {
                *mp = cf->cycle->modules[i];
                return cmd;
            }
        }
    }

    return NULL;
}


static void *
ngx_http_gate_place_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_place_main_conf_t  *pmcf;

    /*
     * set by ngx_pcalloc():
     *
     *     pmcf->used = 0;
     */

    pmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_place_main_conf_t));
    if (pmcf == NULL) {
        return NULL;
    }

    pmcf->places = ngx_array_create(cf->temp_pool, 16,
                                    sizeof(ngx_http_gate_place_t));
    pmcf->checks = ngx_array_create(cf->temp_pool, 8,
                                    sizeof(ngx_http_gate_check_pt));

    if (pmcf->places == NULL || pmcf->checks == NULL) {
        return NULL;
    }

    return pmcf;
}


/* the file is just being read at the "{" of what this is made for */

static void *
ngx_http_gate_place_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_place_loc_conf_t  *plcf;

    /*
     * set by ngx_pcalloc():
     *
     *     plcf->own = 0;
     *     plcf->gated = 0;
     */

    plcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_place_loc_conf_t));
    if (plcf == NULL) {
        return NULL;
    }

    plcf->file = cf->conf_file->file.name.data;
    plcf->line = cf->conf_file->line;

    if (plcf->file == NULL) {
        plcf->file = (u_char *) "command line";
    }

    return plcf;
}


static char *
ngx_http_gate_place_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_place_loc_conf_t *conf = child;

    ngx_http_conf_ctx_t              *ctx;
    ngx_http_gate_place_t            *place;
    ngx_http_core_loc_conf_t         *clcf;
    ngx_http_gate_place_main_conf_t  *pmcf;

    if (!ngx_http_gate_used(cf)) {
        return NGX_CONF_OK;
    }

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_place_module);

    place = ngx_array_push(pmcf->places);
    if (place == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(place, sizeof(ngx_http_gate_place_t));

    ctx = cf->ctx;
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    place->loc_conf = ctx->loc_conf;
    place->srv_conf = ctx->srv_conf;
    place->name = clcf->name;
    place->file = conf->file;
    place->line = conf->line;
    place->own = conf->own;
    place->block = clcf->noname;
    place->server = (clcf->name.len == 0 && !clcf->noname);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_place_init(ngx_conf_t *cf)
{
    ngx_uint_t                        i, j;
    ngx_http_gate_place_t            *place;
    ngx_http_gate_check_pt           *check;
    ngx_http_gate_place_loc_conf_t   *plcf;
    ngx_http_gate_place_main_conf_t  *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_place_module);

    place = pmcf->places->elts;
    check = pmcf->checks->elts;

    for (i = 0; i < pmcf->places->nelts; i++) {

        plcf = ngx_http_gate_place_conf(&place[i],
                                        &ngx_http_gate_place_module);
        place[i].gated = plcf->gated;

        for (j = 0; j < pmcf->checks->nelts; j++) {
            if (check[j](cf, &place[i]) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}
