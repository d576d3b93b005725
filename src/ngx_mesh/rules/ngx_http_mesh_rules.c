
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * "mesh_rules" and "mesh_rules_file": the rules of a worker, from files and
 * from the log of what the API was told.
 */


#include "ngx_http_mesh_rules.h"
#include "ngx_http_mesh_guard.h"


#define NGX_HTTP_MESH_RULES_LOG  "rules.log"


static char *ngx_http_mesh_rules(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_mesh_rules_start(ngx_http_mesh_source_t *s);
static ngx_int_t ngx_http_mesh_rules_load(ngx_http_mesh_file_t *f,
    gate_str_t text);
static int ngx_http_mesh_rules_put(void *data, mesh_item_t *item);
static ngx_int_t ngx_http_mesh_rules_content(ngx_http_mesh_file_t *f,
    gate_str_t *text);
static void ngx_http_mesh_rules_leave(ngx_http_mesh_file_t *f);
static void *ngx_http_mesh_rules_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_mesh_rules_init_process(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_mesh_rules_tell(ngx_http_mesh_rules_told_t *t);
static void ngx_http_mesh_rules_keep(mesh_item_t *item);
static void ngx_http_mesh_rules_exit_process(ngx_cycle_t *cycle);


ngx_http_mesh_rules_t  ngx_http_mesh_rules_own;


static ngx_command_t  ngx_http_mesh_rules_commands[] = {

    { ngx_string("mesh_rules"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_mesh_rules,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mesh_rules_file"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_mesh_rules_files,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_mesh_rules_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_mesh_rules_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_rules_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_rules_module_ctx,       /* module context */
    ngx_http_mesh_rules_commands,          /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_mesh_rules_init_process,      /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_mesh_rules_exit_process,      /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static char *
ngx_http_mesh_rules(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_mesh_rules_conf_t *rmcf = conf;

    ngx_str_t  name = ngx_string("rules");

    if (!rmcf->enabled) {

        ngx_str_set(&rmcf->file.name, NGX_HTTP_MESH_RULES_LOG);
        rmcf->file.directive = "mesh_rules";
        rmcf->file.load = ngx_http_mesh_rules_load;
        rmcf->file.content = ngx_http_mesh_rules_content;
        rmcf->file.leave = ngx_http_mesh_rules_leave;
        rmcf->file.data = rmcf;

        /* sidecars are told of routes when their rules are there */

        rmcf->source = ngx_http_mesh_source_add(cf, &name);

        if (rmcf->source == NULL
            || ngx_http_mesh_state_add(cf, &rmcf->file) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        rmcf->source->start = ngx_http_mesh_rules_start;
        rmcf->enabled = 1;
    }

    return ngx_http_mesh_guard(cf, &ngx_http_mesh_rules_module,
                               ngx_http_mesh_rules_handler, 1);
}


static ngx_int_t
ngx_http_mesh_rules_start(ngx_http_mesh_source_t *s)
{
    s->heard = ngx_current_msec;

    return NGX_OK;
}


static ngx_int_t
ngx_http_mesh_rules_load(ngx_http_mesh_file_t *f, gate_str_t text)
{
    int                          torn;
    size_t                       line;
    mesh_rc_e                    rc;
    ngx_http_mesh_rules_t       *own;
    ngx_http_mesh_rules_conf_t  *rmcf;

    own = &ngx_http_mesh_rules_own;
    rmcf = f->data;

    rc = mesh_rules_load(&own->rules, text, &torn, &line);

    if (rc != MESH_OK) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "mesh rules: line %uz of \"%V\" %s", line, &f->path,
                      rc == MESH_BAD ? "is no change of a rule"
                                     : "found no memory");
        return NGX_ERROR;
    }

    own->lines = line;

    if (torn) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "mesh rules: the last line of \"%V\" is not whole, and "
                      "was answered to nobody", &f->path);
        ngx_http_mesh_state_rewrite(f);
    }

    if (mesh_map_walk(own->rules.services, ngx_http_mesh_rules_put, NULL)
        != 0)
    {
        return NGX_ERROR;
    }

    rmcf->source->heard = ngx_current_msec;
    ngx_http_mesh_loaded(rmcf->source);

    return NGX_OK;
}


static int
ngx_http_mesh_rules_put(void *data, mesh_item_t *item)
{
    mesh_rule_t                *rule;
    ngx_int_t                   rc;
    gate_rule_error_t           error;
    const mesh_rules_change_t  *now;

    now = mesh_rules_now((mesh_rules_past_t *) item);

    if (now == NULL || ngx_http_mesh_rules_by_file(item->name) != NULL) {
        return 0;
    }

    if (mesh_rules_make(now->text, &rule, &error) != MESH_OK) {
        return 1;
    }

    rc = ngx_http_mesh_put_rule(rule);
    mesh_item_unref(&rule->item);

    return rc != NGX_OK;
}


static ngx_int_t
ngx_http_mesh_rules_content(ngx_http_mesh_file_t *f, gate_str_t *text)
{
    mesh_out_t              out;
    ngx_http_mesh_rules_t  *own;

    own = &ngx_http_mesh_rules_own;
    ngx_memzero(&out, sizeof(mesh_out_t));

    mesh_rules_log(&own->rules, &out);

    if (out.failed) {
        mesh_out_free(&out);
        return NGX_ERROR;
    }

    own->lines = own->rules.changes;
    *text = mesh_out_text(&out);

    return NGX_OK;
}


static void
ngx_http_mesh_rules_leave(ngx_http_mesh_file_t *f)
{
    ngx_http_mesh_rules_own.leaving = 1;

    ngx_http_mesh_rules_wake_all();
}


ngx_http_mesh_rules_told_t *
ngx_http_mesh_rules_by_file(gate_str_t service)
{
    return (ngx_http_mesh_rules_told_t *)
           mesh_map_find(ngx_http_mesh_rules_own.told, service);
}


ngx_uint_t
ngx_http_mesh_rules_get(gate_str_t service, uint64_t *epoch, gate_str_t *text)
{
    const mesh_rules_change_t   *now;
    ngx_http_mesh_rules_told_t  *told;

    told = ngx_http_mesh_rules_by_file(service);

    if (told != NULL) {
        *epoch = told->epoch;
        *text = told->text;
        return 1;
    }

    now = mesh_rules_now(mesh_rules_find(&ngx_http_mesh_rules_own.rules,
                                         service));
    if (now == NULL) {
        return 0;
    }

    *epoch = now->epoch;
    *text = now->text;

    return 1;
}


static void *
ngx_http_mesh_rules_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_mesh_rules_conf_t  *rmcf;

    /*
     * set by ngx_pcalloc():
     *
     *     rmcf->file = { 0 };
     *     rmcf->enabled = 0;
     *     rmcf->source = NULL;
     */

    rmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_rules_conf_t));
    if (rmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&rmcf->told, cf->pool, 4,
                       sizeof(ngx_http_mesh_rules_told_t))
        != NGX_OK)
    {
        return NULL;
    }

    return rmcf;
}


/* before the folder of the state is this worker's: files are told already */

static ngx_int_t
ngx_http_mesh_rules_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                   i;
    ngx_http_mesh_rules_t       *own;
    ngx_http_mesh_rules_conf_t  *rmcf;
    ngx_http_mesh_rules_told_t  *told;

    rmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_mesh_rules_module);

    if (rmcf == NULL || (ngx_process != NGX_PROCESS_WORKER
                         && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    own = &ngx_http_mesh_rules_own;
    own->file = &rmcf->file;
    ngx_queue_init(&own->polls);
    ngx_queue_init(&own->ops);

    told = rmcf->told.elts;

    for (i = 0; i < rmcf->told.nelts; i++) {
        if (ngx_http_mesh_rules_tell(&told[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_mesh_rules_tell(ngx_http_mesh_rules_told_t *t)
{
    ngx_int_t           rc;
    mesh_rule_t        *rule;
    gate_rule_error_t   error;

    t->item.refs = 1;
    t->item.free = ngx_http_mesh_rules_keep;

    if (mesh_map_set(&ngx_http_mesh_rules_own.told, &t->item) != MESH_OK
        || mesh_rules_make(t->text, &rule, &error) != MESH_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_mesh_put_rule(rule);
    mesh_item_unref(&rule->item);

    return rc;
}


/* it is the configuration's */

static void
ngx_http_mesh_rules_keep(mesh_item_t *item)
{
    item->refs = 0;
}


static void
ngx_http_mesh_rules_exit_process(ngx_cycle_t *cycle)
{
    mesh_rules_free(&ngx_http_mesh_rules_own.rules);
    mesh_map_unref(ngx_http_mesh_rules_own.told);
    ngx_http_mesh_rules_own.told = NULL;
}
