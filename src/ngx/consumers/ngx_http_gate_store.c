
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_plan and gate_consumer: blocks of http{} that become the model.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_store.h"

#include "gate_journal.h"
#include "gate_split.h"
#include "gate_text.h"


static char *ngx_http_gate_store_plan_block(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_gate_store_consumer_block(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static ngx_http_gate_store_consumer_t *ngx_http_gate_store_get(ngx_conf_t *cf,
    ngx_str_t *name);
static int ngx_http_gate_store_eq(const void *item, const void *key);
static ngx_int_t ngx_http_gate_store_join(ngx_conf_t *cf, ngx_array_t *names,
    u_char separator, gate_str_t *text);
static void ngx_http_gate_store_free(void *data);
static void *ngx_http_gate_store_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_store_init(ngx_conf_t *cf);
static void ngx_http_gate_store_unknown_plan(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_http_gate_store_plan_t *plan);
static void ngx_http_gate_store_unknown_consumer(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf,
    ngx_http_gate_store_consumer_t *consumer);
static ngx_int_t ngx_http_gate_store_finish(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf,
    ngx_http_gate_store_consumer_t *sc);


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

    sc = ngx_http_gate_store_get(cf, name);
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
    char                            *rv;
    ngx_str_t                        name;
    ngx_http_gate_store_consumer_t  *sc;

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_store_consumer_name,
                                &name);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    sc = ngx_http_gate_store_get(cf, &name);
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

    rv = ngx_http_gate_conf_block(cf, ngx_http_gate_store_consumer_lines, sc);

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
    (*sp)->file = cf->conf_file->file.name.data;
    (*sp)->line = cf->conf_file->line;

    return *sp;
}


static ngx_http_gate_store_consumer_t *
ngx_http_gate_store_get(ngx_conf_t *cf, ngx_str_t *name)
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


static ngx_int_t
ngx_http_gate_store_join(ngx_conf_t *cf, ngx_array_t *names, u_char separator,
    gate_str_t *text)
{
    size_t       len;
    u_char      *p;
    ngx_uint_t   i;
    gate_str_t  *s;

    s = names->elts;
    len = 0;

    for (i = 0; i < names->nelts; i++) {
        len += s[i].len + 1;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;
    text->len = len - 1;

    for (i = 0; i < names->nelts; i++) {
        p = ngx_cpymem(p, s[i].data, s[i].len);
        *p++ = separator;
    }

    return NGX_OK;
}


/* what a canary is picked by is the same for each request of a consumer */

static ngx_int_t
ngx_http_gate_store_lane(ngx_conf_t *cf, gate_consumer_t *c)
{
    u_char       *p;
    gate_text_t   t;

    p = ngx_pnalloc(cf->pool, NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(&t, p, NGX_INT64_LEN);
    gate_text_uint(&t, gate_xxh64(c->name, 0));

    c->lane_text = gate_str(p, t.last - t.start);

    return NGX_OK;
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

    if (smcf->plans == NULL || smcf->consumers == NULL || cln == NULL) {
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


/* after all was read: forward references are resolved or told */

static ngx_int_t
ngx_http_gate_store_init(ngx_conf_t *cf)
{
    ngx_uint_t                        i;
    ngx_http_gate_store_plan_t      **sp;
    ngx_http_gate_store_consumer_t  **sc;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    sp = smcf->plans->elts;

    for (i = 0; i < smcf->plans->nelts; i++) {
        if (!sp[i]->defined) {
            ngx_http_gate_store_unknown_plan(cf, smcf, sp[i]);
            return NGX_ERROR;
        }
    }

    sc = smcf->consumers->elts;

    for (i = 0; i < smcf->consumers->nelts; i++) {
        if (ngx_http_gate_store_finish(cf, smcf, sc[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_gate_store_unknown_plan(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_http_gate_store_plan_t *plan)
{
    ngx_uint_t                    i;
    gate_closest_t                closest;
    ngx_http_gate_store_plan_t  **sp;

    gate_closest_init(&closest, plan->plan.name);

    sp = smcf->plans->elts;

    for (i = 0; i < smcf->plans->nelts; i++) {
        if (sp[i]->defined) {
            gate_closest_try(&closest, sp[i]->plan.name);
        }
    }

    ngx_http_gate_conf_undefined(cf, "gate_plan", &closest, plan->file,
                                 plan->line);
}


static void
ngx_http_gate_store_unknown_consumer(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf,
    ngx_http_gate_store_consumer_t *consumer)
{
    ngx_uint_t                        i;
    gate_closest_t                    closest;
    ngx_http_gate_store_consumer_t  **sc;

    gate_closest_init(&closest, consumer->consumer.name);

    sc = smcf->consumers->elts;

    for (i = 0; i < smcf->consumers->nelts; i++) {
        if (sc[i]->defined) {
            gate_closest_try(&closest, sc[i]->consumer.name);
        }
    }

    ngx_http_gate_conf_undefined(cf, "gate_consumer", &closest,
                                 consumer->file, consumer->line);
}


static ngx_int_t
ngx_http_gate_store_finish(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_http_gate_store_consumer_t *sc)
{
    gate_consumer_t  *c;

    c = &sc->consumer;

    if (!sc->defined) {
        ngx_http_gate_store_unknown_consumer(cf, smcf, sc);
        return NGX_ERROR;
    }

    if (sc->plan != NULL) {
        c->plan = &sc->plan->plan;

    } else if (smcf->need_file != NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "gate_consumer \"%*s\" has no plan, which \"gate_limit "
                      "plan\" in %s:%ui needs: write \"plan NAME;\" in it in "
                      "%s:%ui", c->name.len, c->name.data, smcf->need_file,
                      smcf->need_line, sc->file, sc->line);
        return NGX_ERROR;
    }

    if (!sc->reached && !c->disabled
        && !ngx_http_gate_store_issuers->names(cf))
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"gate_consumer %*s\" can be nobody: write a \"key\" "
                      "or \"claim\" line in it, name it in \"anonymous=\" or "
                      "\"unknown=\", or let an issuer name it by \"map=name\" "
                      "in %s:%ui", c->name.len, c->name.data,
                      sc->file, sc->line);
    }

    if (sc->groups != NULL) {
        c->groups = sc->groups->elts;
        c->ngroups = sc->groups->nelts;

        if (ngx_http_gate_store_join(cf, sc->groups, ',', &c->groups_text)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (sc->scopes != NULL) {
        c->scopes = sc->scopes->elts;
        c->nscopes = sc->scopes->nelts;

        if (ngx_http_gate_store_join(cf, sc->scopes, ' ', &c->scopes_text)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_http_gate_store_lane(cf, c) != NGX_OK) {
        return NGX_ERROR;
    }

    return gate_model_add_consumer(smcf->model, c) == GATE_MODEL_OK
           ? NGX_OK : NGX_ERROR;
}
