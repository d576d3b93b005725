
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_admin: consumers and credentials at run time.
 */


#include "ngx_http_gate_admin.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_store.h"

#include "gate_admin_script.h"

#include <ngx_sha1.h>


#define NGX_HTTP_GATE_ADMIN_SPOOL  (1024 * 1024)


static char *ngx_http_gate_admin_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_admin_set_audit(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static ngx_int_t ngx_http_gate_admin_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_admin_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_admin_names(ngx_conf_t *cf,
    ngx_http_gate_admin_main_conf_t *amcf);
static int ngx_libc_cdecl ngx_http_gate_admin_order(const void *one,
    const void *two);
static void *ngx_http_gate_admin_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_admin_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_admin_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_http_gate_conf_row_t  ngx_http_gate_admin_params[] = {

    { ngx_string("write=off|on"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_admin_loc_conf_t, write), 0, 0, NULL },

    { ngx_string("hosts=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_admin_loc_conf_t, hosts), 0, 0, NULL },

    { ngx_string("audit=FILE"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_admin_loc_conf_t, audit), 1, 1024,
      ngx_http_gate_admin_set_audit },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_admin_commands[] = {

    { ngx_string("gate_admin"),
      NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_http_gate_admin_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_admin_module_ctx = {
    ngx_http_gate_admin_preconfiguration,  /* preconfiguration */
    ngx_http_gate_admin_init,              /* postconfiguration */

    ngx_http_gate_admin_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_admin_create_loc_conf,   /* create location configuration */
    ngx_http_gate_admin_merge_loc_conf     /* merge location configuration */
};


ngx_module_t  ngx_http_gate_admin_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_admin_module_ctx,       /* module context */
    ngx_http_gate_admin_commands,          /* module directives */
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


static char *
ngx_http_gate_admin_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_admin_loc_conf_t *alcf = conf;

    ngx_http_core_loc_conf_t  *clcf;

    if (alcf->enable) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL) {
        return "is not alone: take the other content handler out of the "
               "location";
    }

    alcf->enable = 1;
    alcf->conf_file = cf->conf_file->file.name.data;
    alcf->conf_line = cf->conf_file->line;
    clcf->handler = ngx_http_gate_admin_handler;

    ngx_http_gate_use(cf);
    ngx_http_gate_redis_pool_need(cf);

    return ngx_http_gate_conf_params(cf, 1, ngx_http_gate_admin_params, alcf);
}


/* "off", or a file that nginx opens, and opens again as its other logs */

static char *
ngx_http_gate_admin_set_audit(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_admin_loc_conf_t *alcf = conf;

    if (gate_str_eq(ngx_http_gate_view(value), gate_cstr("off"))) {
        alcf->quiet = 1;
        return NGX_CONF_OK;
    }

    alcf->file = ngx_conf_open_file(cf->cycle, value);

    return (alcf->file != NULL) ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_gate_admin_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_place_check(cf, ngx_http_gate_admin_check);
}


static ngx_int_t
ngx_http_gate_admin_init(ngx_conf_t *cf)
{
    u_char                            digest[20];
    ngx_sha1_t                        sha1;
    ngx_http_gate_admin_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_admin_module);

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, gate_admin_script.data, gate_admin_script.len);
    ngx_sha1_final(digest, &sha1);

    (void) ngx_hex_dump(amcf->sha1, digest, sizeof(digest));

    return ngx_http_gate_admin_names(cf, amcf);
}


static ngx_int_t
ngx_http_gate_admin_names(ngx_conf_t *cf,
    ngx_http_gate_admin_main_conf_t *amcf)
{
    ngx_uint_t                          i;
    gate_str_t                         *plans, *issuers, *consumers;
    ngx_http_gate_issuer_t            **is;
    ngx_http_gate_store_plan_t        **sp;
    ngx_http_gate_store_consumer_t    **sc;
    ngx_http_gate_store_main_conf_t    *smcf;
    ngx_http_gate_issuer_main_conf_t   *imcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);
    imcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_issuer_module);

    sp = smcf->plans->elts;
    sc = smcf->consumers->elts;
    is = imcf->issuers->elts;

    plans = ngx_palloc(cf->pool, (smcf->plans->nelts + imcf->issuers->nelts
                                  + smcf->consumers->nelts + 1)
                                 * sizeof(gate_str_t));
    if (plans == NULL) {
        return NGX_ERROR;
    }

    issuers = plans + smcf->plans->nelts;
    consumers = issuers + imcf->issuers->nelts;

    for (i = 0; i < smcf->plans->nelts; i++) {
        plans[i] = sp[i]->plan.name;
    }

    for (i = 0; i < imcf->issuers->nelts; i++) {
        issuers[i] = ngx_http_gate_view(&is[i]->name);
    }

    for (i = 0; i < smcf->consumers->nelts; i++) {
        consumers[i] = sc[i]->consumer.name;
    }

    ngx_qsort(consumers, i, sizeof(gate_str_t), ngx_http_gate_admin_order);

    amcf->known.plans = plans;
    amcf->known.nplans = smcf->plans->nelts;
    amcf->known.issuers = issuers;
    amcf->known.nissuers = imcf->issuers->nelts;
    amcf->known.need_plan = (smcf->need_file != NULL);
    amcf->consumers = consumers;
    amcf->nconsumers = i;

    return NGX_OK;
}


static int ngx_libc_cdecl
ngx_http_gate_admin_order(const void *one, const void *two)
{
    const gate_str_t *a = one;
    const gate_str_t *b = two;

    return (int) ngx_memn2cmp(a->data, b->data, a->len, b->len);
}


static void *
ngx_http_gate_admin_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_admin_main_conf_t));
}


static void *
ngx_http_gate_admin_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_admin_loc_conf_t  *alcf;

    /*
     * set by ngx_pcalloc():
     *
     *     alcf->enable = 0;
     *     alcf->quiet = 0;
     *     alcf->audit = { 0, NULL };
     *     alcf->file = NULL;
     *     alcf->hosts = NULL;
     *     alcf->certificate = 0;
     *     alcf->basic = 0;
     */

    alcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_admin_loc_conf_t));
    if (alcf == NULL) {
        return NULL;
    }

    alcf->write = NGX_CONF_UNSET_UINT;

    return alcf;
}


static char *
ngx_http_gate_admin_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_admin_loc_conf_t *prev = parent;
    ngx_http_gate_admin_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* limit_except is a location of its own: the same handler for it */

    if (clcf->lmt_excpt && clcf->handler == NULL && prev->enable) {
        *conf = *prev;
        clcf->handler = ngx_http_gate_admin_handler;
    }

    ngx_conf_init_uint_value(conf->write, 1);

    if (!conf->enable) {
        return NGX_CONF_OK;
    }

    /* a body that may be read is in memory, and a disk is not filled */

    clcf->client_body_in_file_only = 0;
    clcf->client_body_buffer_size = ngx_max(clcf->client_body_buffer_size,
                                            GATE_ADMIN_BODY + 1);

    if (clcf->client_max_body_size == 0
        || clcf->client_max_body_size > NGX_HTTP_GATE_ADMIN_SPOOL)
    {
        clcf->client_max_body_size = NGX_HTTP_GATE_ADMIN_SPOOL;
    }

    return NGX_CONF_OK;
}
