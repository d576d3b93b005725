
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_maintenance: all are refused, from now on or at times that were said
 * before, ahead of any question who calls.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_maintenance.h"
#include "ngx_http_gate_place.h"

#include "gate_lifecycle.h"


typedef struct {
    ngx_uint_t                 on;        /* whatever the clock says */
    ngx_uint_t                 off;
    time_t                     retry_after;  /* NGX_CONF_UNSET: not said */
    gate_life_span_t          *spans;
    ngx_uint_t                 nspans;
} ngx_http_gate_maintenance_t;


typedef struct {
    ngx_http_gate_maintenance_t  *closed;  /* NULL: never */
} ngx_http_gate_maintenance_loc_conf_t;


static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_maintenance_ask(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_maintenance_t *m);
static char *ngx_http_gate_maintenance_line(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_gate_maintenance_word(ngx_conf_t *cf,
    ngx_http_gate_maintenance_t *m, ngx_str_t *word);
static char *ngx_http_gate_maintenance_retry(ngx_conf_t *cf,
    ngx_http_gate_maintenance_t *m, ngx_str_t *word);
static char *ngx_http_gate_maintenance_span(ngx_conf_t *cf,
    ngx_http_gate_maintenance_t *m, ngx_str_t *word);
static ngx_int_t ngx_http_gate_maintenance_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_maintenance_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_maintenance_merge_conf(ngx_conf_t *cf,
    void *parent, void *child);

extern ngx_module_t  ngx_http_gate_maintenance_module;


static ngx_http_gate_conf_row_t  ngx_http_gate_maintenance_after = {
    ngx_string("retry_after=TIME"), NGX_HTTP_GATE_CONF_SEC,
    offsetof(ngx_http_gate_maintenance_t, retry_after), 1, 0, NULL
};


static ngx_command_t  ngx_http_gate_maintenance_commands[] = {

    { ngx_string("gate_maintenance"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_maintenance_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static const ngx_http_gate_reason_t  ngx_http_gate_maintenance = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_INFO, ngx_string("maintenance"),
    ngx_string("Maintenance"),
    ngx_string("The API is not available for a while, as it is worked on.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_maintenance_reasons[] = {
    &ngx_http_gate_maintenance,
    NULL
};


static ngx_http_module_t  ngx_http_gate_maintenance_module_ctx = {
    ngx_http_gate_maintenance_preconfiguration,  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_maintenance_create_conf,  /* create location configuration */
    ngx_http_gate_maintenance_merge_conf   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_maintenance_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_maintenance_module_ctx,  /* module context */
    ngx_http_gate_maintenance_commands,    /* module directives */
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


ngx_uint_t
ngx_http_gate_maintenance_stands(void **loc_conf)
{
    ngx_http_gate_maintenance_loc_conf_t  *mlcf;

    mlcf = loc_conf[ngx_http_gate_maintenance_module.ctx_index];

    return mlcf->closed != NULL;
}


ngx_int_t
ngx_http_gate_maintenance_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_maintenance_loc_conf_t  *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_maintenance_module);

    return mlcf->closed ? ngx_http_gate_maintenance_ask(r, ctx, mlcf->closed)
                        : NGX_DECLINED;
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_maintenance_ask(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_maintenance_t *m)
{
    time_t   now, after;
    int64_t  until_s;

    now = ngx_time();
    until_s = now;

    if (!m->on
        && !gate_lifecycle_within(m->spans, m->nspans, now, &until_s))
    {
        return NGX_OK;
    }

    if (r->err_status != 0 && r->content_handler == NULL) {
        /* a file as the page of an error asks nobody */
        return NGX_OK;
    }

    if (r == r->main) {
        after = (m->retry_after != NGX_CONF_UNSET) ? m->retry_after
                                                   : (time_t) until_s - now;
        ctx->retry_after = after;
    }

    return ngx_http_gate_deny(r, ctx, &ngx_http_gate_maintenance);
}


/* gate_maintenance on | off | START/DURATION ... [retry_after=TIME]; */

static char *
ngx_http_gate_maintenance_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_maintenance_loc_conf_t *mlcf = conf;

    char                         *rv;
    ngx_str_t                    *word;
    ngx_uint_t                    i;
    ngx_http_gate_maintenance_t  *m;

    if (mlcf->closed != NGX_CONF_UNSET_PTR) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    m = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_maintenance_t));
    if (m == NULL) {
        return NGX_CONF_ERROR;
    }

    m->retry_after = NGX_CONF_UNSET;

    m->spans = ngx_pcalloc(cf->pool,
                           cf->args->nelts * sizeof(gate_life_span_t));
    if (m->spans == NULL) {
        return NGX_CONF_ERROR;
    }

    word = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_gate_maintenance_word(cf, m, &word[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (m->on + m->off + (m->nspans != 0) != 1) {
        return "takes one of \"on\", \"off\" and times as START/DURATION: "
               "write one of them";
    }

    if (m->off && m->retry_after != NGX_CONF_UNSET) {
        return "has \"off\", which stands alone: take \"retry_after=\" out";
    }

    mlcf->closed = m->off ? NULL : m;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_maintenance_word(ngx_conf_t *cf, ngx_http_gate_maintenance_t *m,
    ngx_str_t *word)
{
    if (ngx_strcmp(word->data, "on") == 0) {
        m->on++;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(word->data, "off") == 0) {
        m->off++;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(word->data, "retry_after=", sizeof("retry_after=") - 1)
        == 0)
    {
        return ngx_http_gate_maintenance_retry(cf, m, word);
    }

    return ngx_http_gate_maintenance_span(cf, m, word);
}


static char *
ngx_http_gate_maintenance_retry(ngx_conf_t *cf,
    ngx_http_gate_maintenance_t *m, ngx_str_t *word)
{
    ngx_str_t  value;

    if (m->retry_after != NGX_CONF_UNSET) {
        return "has \"retry_after=\" twice: take one of them out";
    }

    value.data = word->data + sizeof("retry_after=") - 1;
    value.len = word->len - (sizeof("retry_after=") - 1);

    if (ngx_http_gate_conf_set(cf, &ngx_http_gate_maintenance_after, &value, m)
        != NGX_OK)
    {
        return ngx_http_gate_conf_wrong(cf, word,
                                        "must be a time of 1s or more, such "
                                        "as 30m");
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_maintenance_span(ngx_conf_t *cf, ngx_http_gate_maintenance_t *m,
    ngx_str_t *word)
{
    gate_life_span_t  *span;

    span = &m->spans[m->nspans++];

    if (!gate_lifecycle_span(ngx_http_gate_view(word), span)) {
        return ngx_http_gate_conf_wrong(cf, word,
                                        "must be \"on\", \"off\", "
                                        "\"retry_after=TIME\", or "
                                        "START/DURATION, such as "
                                        "2027-02-01T22:00Z/2h");
    }

    if (gate_lifecycle_overlaps(m->spans, m->nspans)) {
        return ngx_http_gate_conf_wrong(cf, word, "overlaps another one: take "
                                                  "one of them out");
    }

    if (span->until_s <= ngx_time()) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" of \"gate_maintenance\" is over: take it "
                           "out", word);
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_maintenance_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_reasons(cf, ngx_http_gate_maintenance_reasons);
}


static void *
ngx_http_gate_maintenance_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_maintenance_loc_conf_t  *mlcf;

    mlcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_maintenance_loc_conf_t));
    if (mlcf == NULL) {
        return NULL;
    }

    mlcf->closed = NGX_CONF_UNSET_PTR;

    return mlcf;
}


static char *
ngx_http_gate_maintenance_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_maintenance_loc_conf_t *prev = parent;
    ngx_http_gate_maintenance_loc_conf_t *conf = child;

    ngx_conf_merge_ptr_value(conf->closed, prev->closed, NULL);

    if (conf->closed != NULL) {
        ngx_http_gate_place_gated(cf);
    }

    return NGX_CONF_OK;
}
