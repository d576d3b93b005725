
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The hub: one state of the mesh, made of what the sources tell.
 */


#include "ngx_http_mesh.h"


typedef struct {
    ngx_array_t            sources;           /* ngx_http_mesh_source_t * */
    ngx_uint_t             alone;             /* there must be one worker */
} ngx_http_mesh_main_conf_t;


/* of a worker, which has one configuration in its life */

typedef struct {
    ngx_array_t           *sources;
    mesh_state_t           state;             /* all have been told of it */
    mesh_state_t           next;
    uint64_t               revision;
    ngx_event_t            changed;
    ngx_queue_t            watches;
} ngx_http_mesh_hub_t;


static ngx_int_t ngx_http_mesh_settle(ngx_http_mesh_source_t *s,
    gate_str_t name, mesh_map_t *before);
static ngx_int_t ngx_http_mesh_again(gate_str_t name);
static ngx_int_t ngx_http_mesh_told(mesh_rc_e rc);
static void ngx_http_mesh_tell(ngx_event_t *ev);
static void *ngx_http_mesh_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_mesh_check_workers(ngx_cycle_t *cycle, void *conf);
static ngx_int_t ngx_http_mesh_init_process(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_mesh_start_sources(ngx_cycle_t *cycle);
static void ngx_http_mesh_end(ngx_cycle_t *cycle);


static ngx_http_mesh_hub_t  ngx_http_mesh_hub;


static ngx_http_module_t  ngx_http_mesh_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_mesh_create_main_conf,        /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_module_ctx,             /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_mesh_init_process,            /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/*
 * worker_processes may stand behind http{}: it is looked at when all has been
 * read.  Not in init_module, where a failure ends a running master.
 */

static ngx_core_module_t  ngx_http_mesh_workers_module_ctx = {
    ngx_string("mesh_workers"),
    NULL,                                  /* create configuration */
    ngx_http_mesh_check_workers            /* init configuration */
};


ngx_module_t  ngx_http_mesh_workers_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_workers_module_ctx,     /* module context */
    NULL,                                  /* module directives */
    NGX_CORE_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/*
 * The last one of all: sources begin when each room is there, and what they
 * told goes when no room needs it any more.
 */

static ngx_http_module_t  ngx_http_mesh_sources_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_sources_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_sources_module_ctx,     /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_mesh_start_sources,           /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_mesh_end,                     /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


void
ngx_http_mesh_alone(ngx_conf_t *cf)
{
    ngx_http_mesh_main_conf_t  *mmcf;

    mmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_mesh_module);

    mmcf->alone = 1;
}


ngx_http_mesh_source_t *
ngx_http_mesh_source_add(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_http_mesh_source_t      *s, **sp;
    ngx_http_mesh_main_conf_t   *mmcf;

    mmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_mesh_module);

    s = ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_source_t));
    if (s == NULL) {
        return NULL;
    }

    sp = ngx_array_push(&mmcf->sources);
    if (sp == NULL) {
        return NULL;
    }

    s->name = *name;
    *sp = s;

    mmcf->alone = 1;

    return s;
}


ngx_int_t
ngx_http_mesh_put(ngx_http_mesh_source_t *s, mesh_service_t *service)
{
    mesh_map_t      *before;
    mesh_service_t  *old;

    old = (mesh_service_t *) mesh_map_find(s->services, service->item.name);

    if (old != NULL && mesh_service_same(old, service)) {
        return NGX_OK;
    }

    before = mesh_map_ref(s->services);

    if (ngx_http_mesh_told(mesh_map_set(&s->services, &service->item))
        != NGX_OK)
    {
        mesh_map_unref(before);
        return NGX_ERROR;
    }

    return ngx_http_mesh_settle(s, service->item.name, before);
}


/* "name" may be in the service that goes */

ngx_int_t
ngx_http_mesh_drop(ngx_http_mesh_source_t *s, gate_str_t name)
{
    mesh_map_t   *before;
    mesh_item_t  *old;

    old = mesh_map_find(s->services, name);
    if (old == NULL) {
        return NGX_OK;
    }

    before = mesh_map_ref(s->services);

    if (ngx_http_mesh_told(mesh_map_delete(&s->services, name)) != NGX_OK) {
        mesh_map_unref(before);
        return NGX_ERROR;
    }

    return ngx_http_mesh_settle(s, old->name, before);
}


/* all or nothing: a source that has failed says the same again */

static ngx_int_t
ngx_http_mesh_settle(ngx_http_mesh_source_t *s, gate_str_t name,
    mesh_map_t *before)
{
    ngx_int_t  rc;

    rc = ngx_http_mesh_again(name);

    if (rc == NGX_OK) {
        mesh_map_unref(before);

    } else {
        mesh_map_unref(s->services);
        s->services = before;
    }

    return rc;
}


void
ngx_http_mesh_loaded(ngx_http_mesh_source_t *s)
{
    if (s->loaded) {
        return;
    }

    s->loaded = 1;

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "mesh: source \"%V\" is loaded, %uz services", &s->name,
                  mesh_map_count(s->services));

    ngx_post_event(&ngx_http_mesh_hub.changed, &ngx_posted_events);
}


ngx_int_t
ngx_http_mesh_put_rule(mesh_rule_t *rule)
{
    return ngx_http_mesh_told(mesh_map_set(&ngx_http_mesh_hub.next.rules,
                                           &rule->item));
}


ngx_int_t
ngx_http_mesh_drop_rule(gate_str_t service)
{
    return ngx_http_mesh_told(mesh_map_delete(&ngx_http_mesh_hub.next.rules,
                                              service));
}


void
ngx_http_mesh_watch(ngx_http_mesh_watch_t *w)
{
    w->since = ngx_http_mesh_hub.revision;

    ngx_queue_insert_tail(&ngx_http_mesh_hub.watches, &w->queue);
}


const mesh_state_t *
ngx_http_mesh_state(void)
{
    return &ngx_http_mesh_hub.state;
}


uint64_t
ngx_http_mesh_revision(void)
{
    return ngx_http_mesh_hub.revision;
}


ngx_uint_t
ngx_http_mesh_ready(void)
{
    ngx_uint_t                i;
    ngx_http_mesh_source_t  **sp;

    sp = ngx_http_mesh_hub.sources->elts;

    for (i = 0; i < ngx_http_mesh_hub.sources->nelts; i++) {
        if (!sp[i]->loaded) {
            return 0;
        }
    }

    return 1;
}


ngx_array_t *
ngx_http_mesh_sources(void)
{
    return ngx_http_mesh_hub.sources;
}


/* what all sources together say of a name, in the next state */

static ngx_int_t
ngx_http_mesh_again(gate_str_t name)
{
    size_t                    n;
    mesh_rc_e                 rc;
    ngx_uint_t                i;
    mesh_service_t           *merged, **of;
    ngx_http_mesh_hub_t      *hub;
    ngx_http_mesh_source_t  **sp;

    hub = &ngx_http_mesh_hub;
    sp = hub->sources->elts;

    of = ngx_alloc(hub->sources->nelts * sizeof(mesh_service_t *),
                   ngx_cycle->log);
    if (of == NULL) {
        return NGX_ERROR;
    }

    n = 0;

    for (i = 0; i < hub->sources->nelts; i++) {
        of[n] = (mesh_service_t *) mesh_map_find(sp[i]->services, name);
        n += (of[n] != NULL);
    }

    if (n == 0) {
        rc = mesh_catalog_delete(&hub->next.catalog, name);

    } else {
        rc = mesh_service_merge(of, n, &merged);

        if (rc == MESH_OK) {
            rc = mesh_catalog_set(&hub->next.catalog, merged);
            mesh_item_unref(&merged->item);
        }
    }

    ngx_free(of);

    return ngx_http_mesh_told(rc);
}


static ngx_int_t
ngx_http_mesh_told(mesh_rc_e rc)
{
    if (rc == MESH_NONE) {
        return NGX_OK;
    }

    if (rc != MESH_OK) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "mesh: no memory for a change");
        return NGX_ERROR;
    }

    ngx_post_event(&ngx_http_mesh_hub.changed, &ngx_posted_events);

    return NGX_OK;
}


static void
ngx_http_mesh_tell(ngx_event_t *ev)
{
    mesh_state_t            from;
    ngx_queue_t            *q;
    ngx_http_mesh_hub_t    *hub;
    ngx_http_mesh_watch_t  *w;

    hub = ev->data;
    from = hub->state;

    hub->state.catalog = mesh_catalog_ref(hub->next.catalog);
    hub->state.rules = mesh_map_ref(hub->next.rules);
    hub->revision++;

    /* who comes meanwhile has the new state already */

    for (q = ngx_queue_head(&hub->watches);
         q != ngx_queue_sentinel(&hub->watches);
         q = ngx_queue_next(q))
    {
        w = ngx_queue_data(q, ngx_http_mesh_watch_t, queue);

        if (w->since != hub->revision) {
            w->changed(w, &from, &hub->state);
        }
    }

    mesh_catalog_unref(from.catalog);
    mesh_map_unref(from.rules);
}


static void *
ngx_http_mesh_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_mesh_main_conf_t  *mmcf;

    mmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_main_conf_t));
    if (mmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&mmcf->sources, cf->pool, 4,
                       sizeof(ngx_http_mesh_source_t *))
        != NGX_OK)
    {
        return NULL;
    }

    return mmcf;
}


static char *
ngx_http_mesh_check_workers(ngx_cycle_t *cycle, void *conf)
{
    ngx_core_conf_t            *ccf;
    ngx_http_mesh_main_conf_t  *mmcf;

    mmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_mesh_module);

    if (mmcf == NULL || !mmcf->alone) {
        return NGX_CONF_OK;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (ccf->worker_processes != 1) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "directives of the mesh need \"worker_processes 1\" "
                      "in %V: the mesh has an nginx of its own",
                      &cycle->conf_file);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_mesh_init_process(ngx_cycle_t *cycle)
{
    ngx_http_mesh_hub_t         *hub;
    ngx_http_mesh_main_conf_t   *mmcf;

    mmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_mesh_module);

    if (mmcf == NULL) {
        return NGX_OK;
    }

    hub = &ngx_http_mesh_hub;

    hub->sources = &mmcf->sources;
    hub->changed.handler = ngx_http_mesh_tell;
    hub->changed.data = hub;
    hub->changed.log = cycle->log;
    ngx_queue_init(&hub->watches);

    return NGX_OK;
}


/* not in nginx's process that looks after its cache */

static ngx_int_t
ngx_http_mesh_start_sources(ngx_cycle_t *cycle)
{
    ngx_uint_t                i;
    ngx_http_mesh_source_t  **sp;

    if (ngx_http_mesh_hub.sources == NULL
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    sp = ngx_http_mesh_hub.sources->elts;

    for (i = 0; i < ngx_http_mesh_hub.sources->nelts; i++) {
        if (sp[i]->start(sp[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_mesh_end(ngx_cycle_t *cycle)
{
    ngx_uint_t                i;
    ngx_http_mesh_hub_t      *hub;
    ngx_http_mesh_source_t  **sp;

    hub = &ngx_http_mesh_hub;

    if (hub->sources == NULL) {
        return;
    }

    sp = hub->sources->elts;

    for (i = 0; i < hub->sources->nelts; i++) {
        mesh_map_unref(sp[i]->services);
        sp[i]->services = NULL;
    }

    if (hub->changed.posted) {
        ngx_delete_posted_event(&hub->changed);
    }

    mesh_catalog_unref(hub->state.catalog);
    mesh_map_unref(hub->state.rules);
    mesh_catalog_unref(hub->next.catalog);
    mesh_map_unref(hub->next.rules);

    ngx_memzero(&hub->state, sizeof(mesh_state_t));
    ngx_memzero(&hub->next, sizeof(mesh_state_t));
}
