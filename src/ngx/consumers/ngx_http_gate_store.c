
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_plan and gate_consumer: blocks of http{} that become the model.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_store_redis.h"

#include "gate_journal.h"
#include "gate_xxh.h"


static char *ngx_http_gate_store_plan_block(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_gate_store_consumer_block(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static ngx_http_gate_store_consumer_t *ngx_http_gate_store_make(ngx_conf_t *cf,
    ngx_str_t *name);
static int ngx_http_gate_store_eq(const void *item, const void *key);
static void ngx_http_gate_store_free(void *data);
static void *ngx_http_gate_store_create_main_conf(ngx_conf_t *cf);


static ngx_http_gate_conf_row_t  ngx_http_gate_store_plan_name = {
    ngx_string("NAME"), NGX_HTTP_GATE_CONF_NAME, 0, 1, GATE_JOURNAL_PLAN, NULL
};


static ngx_http_gate_conf_row_t  ngx_http_gate_store_consumer_name = {
    ngx_string("NAME"), NGX_HTTP_GATE_CONF_NAME, 0, 1, GATE_JOURNAL_CONSUMER,
    NULL
};


/* gate_str_t has the layout of nginx's own */

static ngx_http_gate_conf_row_t  ngx_http_gate_store_consumer_params[] = {

    { ngx_string("id=ID"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_store_consumer_t, consumer.id), 1, 0, NULL },

      ngx_http_gate_conf_end
};


/* the same for each configuration */
const ngx_http_gate_store_issuers_t  *ngx_http_gate_store_issuers;


static ngx_command_t  ngx_http_gate_store_commands[] = {

    { ngx_string("gate_plan"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_http_gate_store_plan_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_consumer"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE12,
      ngx_http_gate_store_consumer_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_store_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_gate_store_init,              /* postconfiguration */

    ngx_http_gate_store_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_store_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_store_module_ctx,       /* module context */
    ngx_http_gate_store_commands,          /* module directives */
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


void
ngx_http_gate_store_issuers_by(const ngx_http_gate_store_issuers_t *issuers)
{
    ngx_http_gate_store_issuers = issuers;
}


gate_model_t *
ngx_http_gate_model(ngx_http_request_t *r)
{
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_gate_store_module);

    return smcf->model;
}


gate_model_t *
ngx_http_gate_store_model(ngx_conf_t *cf)
{
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    return smcf->model;
}


gate_consumer_t *
ngx_http_gate_store_consumer(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_http_gate_store_consumer_t  *sc;

    sc = ngx_http_gate_store_make(cf, name);
    if (sc == NULL) {
        return NULL;
    }

    sc->reached = 1;

    return &sc->consumer;
}


ngx_int_t
ngx_http_gate_store_plan_of(ngx_http_request_t *r, gate_str_t name,
    gate_plan_t **plan)
{
    ngx_uint_t                        i;
    ngx_http_gate_store_plan_t      **sp;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_gate_store_module);

    *plan = NULL;

    if (name.len == 0) {
        return (smcf->need_file != NULL) ? NGX_DECLINED : NGX_OK;
    }

    sp = smcf->plans->elts;

    for (i = 0; i < smcf->plans->nelts; i++) {
        if (gate_str_eq(sp[i]->plan.name, name)) {
            *plan = &sp[i]->plan;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


ngx_uint_t
ngx_http_gate_store_grants(ngx_conf_t *cf, gate_str_t name, ngx_uint_t scope)
{
    ngx_uint_t                        i, j;
    gate_str_t                       *s;
    ngx_array_t                      *names;
    ngx_http_gate_store_consumer_t  **sc;
    ngx_http_gate_store_main_conf_t  *smcf;

    if (ngx_http_gate_store_redis_written(cf)) {
        return 1;
    }

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    sc = smcf->consumers->elts;

    for (i = 0; i < smcf->consumers->nelts; i++) {

        names = scope ? sc[i]->scopes : sc[i]->groups;
        if (names == NULL) {
            continue;
        }

        s = names->elts;

        for (j = 0; j < names->nelts; j++) {
            if (gate_str_eq(s[j], name)) {
                return 1;
            }
        }
    }

    return 0;
}


void
ngx_http_gate_store_pins(ngx_conf_t *cf, ngx_http_gate_store_pin_pt handler)
{
    ngx_uint_t                        i, j;
    gate_str_t                       *pin;
    ngx_http_gate_store_consumer_t  **sc;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    sc = smcf->consumers->elts;

    for (i = 0; i < smcf->consumers->nelts; i++) {

        if (sc[i]->pins == NULL) {
            continue;
        }

        pin = sc[i]->pins->elts;

        for (j = 0; j < sc[i]->pins->nelts; j++) {
            handler(cf, sc[i]->consumer.name, pin[j], sc[i]->file,
                    sc[i]->line);
        }
    }
}


void
ngx_http_gate_store_need_plans(ngx_conf_t *cf)
{
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    if (smcf->need_file == NULL) {
        smcf->need_file = cf->conf_file->file.name.data;
        smcf->need_line = cf->conf_file->line;
    }
}


/* gate_plan NAME { rate 5r/s [burst=N]; } */

static char *
ngx_http_gate_store_plan_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                        *rv;
    ngx_str_t                    name;
    ngx_http_gate_store_plan_t  *sp;

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_store_plan_name, &name);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    sp = ngx_http_gate_store_plan(cf, &name);
    if (sp == NULL) {
        return NGX_CONF_ERROR;
    }

    if (sp->defined) {
        return ngx_http_gate_conf_duplicate(cf);
    }

    sp->defined = 1;

    return ngx_http_gate_conf_block(cf, ngx_http_gate_store_plan_lines, sp);
}


/* gate_consumer NAME [id=ID] { ... } */

static char *
ngx_http_gate_store_consumer_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    char                             *rv;
    ngx_str_t                         name;
    ngx_http_gate_store_consumer_t   *sc;
    ngx_http_gate_store_main_conf_t  *smcf;

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_store_consumer_name,
                                &name);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    sc = ngx_http_gate_store_make(cf, &name);
    if (sc == NULL) {
        return NGX_CONF_ERROR;
    }

    if (sc->defined) {
        return ngx_http_gate_conf_duplicate(cf);
    }

    sc->defined = 1;
    sc->file = cf->conf_file->file.name.data;
    sc->line = cf->conf_file->line;

    rv = ngx_http_gate_conf_params(cf, 2, ngx_http_gate_store_consumer_params,
                                   sc);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    rv = ngx_http_gate_conf_block(cf, smcf->lines.elts, sc);

    sc->consumer.disabled = (sc->disabled != 0);

    return rv;
}


ngx_http_gate_store_plan_t *
ngx_http_gate_store_plan(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                        i;
    ngx_http_gate_store_plan_t      **sp;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    sp = smcf->plans->elts;

    for (i = 0; i < smcf->plans->nelts; i++) {
        if (gate_str_eq(sp[i]->plan.name, ngx_http_gate_view(name))) {
            return sp[i];
        }
    }

    sp = ngx_array_push(smcf->plans);
    if (sp == NULL) {
        return NULL;
    }

    *sp = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_store_plan_t));
    if (*sp == NULL) {
        return NULL;
    }

    (*sp)->plan.name = ngx_http_gate_view(name);
    (*sp)->plan.hash = gate_model_hash((*sp)->plan.name);
    (*sp)->file = cf->conf_file->file.name.data;
    (*sp)->line = cf->conf_file->line;

    return *sp;
}


/* the consumer of this name, found or made */

static ngx_http_gate_store_consumer_t *
ngx_http_gate_store_make(ngx_conf_t *cf, ngx_str_t *name)
{
    uint64_t                          hash;
    gate_str_t                        view;
    ngx_http_gate_store_consumer_t   *sc, **scp;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    view = ngx_http_gate_view(name);
    hash = gate_xxh64(view, 0);

    sc = gate_table_find(&smcf->names, hash, &view);
    if (sc != NULL) {
        return sc;
    }

    sc = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_store_consumer_t));
    scp = ngx_array_push(smcf->consumers);

    if (sc == NULL || scp == NULL) {
        return NULL;
    }

    *scp = sc;

    sc->consumer.name = view;
    sc->consumer.hash = gate_model_hash(view);
    sc->consumer.id = view;
    sc->file = cf->conf_file->file.name.data;
    sc->line = cf->conf_file->line;

    if (gate_table_add(&smcf->names, hash, &view, sc) != GATE_TABLE_OK) {
        return NULL;
    }

    return sc;
}


static int
ngx_http_gate_store_eq(const void *item, const void *key)
{
    const gate_str_t                      *name = key;
    const ngx_http_gate_store_consumer_t  *sc = item;

    return gate_str_eq(sc->consumer.name, *name);
}


static void
ngx_http_gate_store_free(void *data)
{
    ngx_http_gate_store_main_conf_t *smcf = data;

    gate_table_free(&smcf->names);
    gate_model_destroy(smcf->model);
}


static void *
ngx_http_gate_store_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t               *cln;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_store_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    smcf->plans = ngx_array_create(cf->pool, 4, sizeof(void *));
    smcf->consumers = ngx_array_create(cf->pool, 16, sizeof(void *));
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (smcf->plans == NULL || smcf->consumers == NULL || cln == NULL
        || ngx_http_gate_store_lines(cf, &smcf->lines) != NGX_OK)
    {
        return NULL;
    }

    smcf->names.eq = ngx_http_gate_store_eq;

    smcf->model = gate_model_create();
    if (smcf->model == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_gate_store_free;
    cln->data = smcf;

    return smcf;
}
