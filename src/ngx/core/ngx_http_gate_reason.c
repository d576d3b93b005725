
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Reasons: which ones there are, as the rooms say in preconfiguration.
 *
 * The rows are constant, and which ones there are is the configuration's, so
 * that a reload, which asks the rooms again, changes nothing for requests that
 * are on their way.
 */


#include "ngx_http_gate_reason.h"


typedef struct {
    ngx_array_t               *rows;      /* of pointers, the first is NULL */
    ngx_uint_t                 last;      /* asked for, the worker's own */
} ngx_http_gate_reason_main_conf_t;


static const ngx_http_gate_reason_t **ngx_http_gate_reason_find(
    ngx_array_t *rows, const ngx_http_gate_reason_t *reason);
static ngx_int_t ngx_http_gate_reason_add(ngx_conf_t *cf, ngx_array_t *rows,
    const ngx_http_gate_reason_t *reason);
static void *ngx_http_gate_reason_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_reason_preconfiguration(ngx_conf_t *cf);


const ngx_http_gate_reason_t  ngx_http_gate_internal = {
    NGX_HTTP_INTERNAL_SERVER_ERROR, NGX_LOG_ERR, ngx_string("internal"),
    ngx_string("Internal error"),
    ngx_string("The gateway failed.")
};


const ngx_http_gate_reason_t  ngx_http_gate_zone_full = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_WARN, ngx_string("zone_full"),
    ngx_string("Gateway at capacity"),
    ngx_string("The gateway cannot account for one more caller now.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_reason_own[] = {
    &ngx_http_gate_internal,
    NULL
};


static ngx_http_module_t  ngx_http_gate_reason_module_ctx = {
    ngx_http_gate_reason_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_reason_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_reason_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_reason_module_ctx,      /* module context */
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


ngx_array_t *
ngx_http_gate_reason_rows(ngx_conf_t *cf)
{
    ngx_http_gate_reason_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_reason_module);

    return rmcf->rows;
}


ngx_uint_t
ngx_http_gate_reason_count(ngx_http_request_t *r)
{
    ngx_http_gate_reason_main_conf_t  *rmcf;

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_reason_module);

    return rmcf->rows->nelts;
}


ngx_uint_t
ngx_http_gate_reason_number(ngx_http_request_t *r,
    const ngx_http_gate_reason_t *reason)
{
    const ngx_http_gate_reason_t      **row, **rows;
    ngx_http_gate_reason_main_conf_t   *rmcf;

    if (reason == NULL) {
        return 0;
    }

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_reason_module);
    rows = rmcf->rows->elts;

    /* most that are refused follow one of the same reason */

    if (rows[rmcf->last] == reason) {
        return rmcf->last;
    }

    row = ngx_http_gate_reason_find(rmcf->rows, reason);

    if (row == NULL) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "gate: no room has said that it refuses with \"%V\"",
                      &reason->token);

        row = ngx_http_gate_reason_find(rmcf->rows, &ngx_http_gate_internal);
    }

    rmcf->last = row - rows;

    return rmcf->last;
}


static const ngx_http_gate_reason_t **
ngx_http_gate_reason_find(ngx_array_t *rows,
    const ngx_http_gate_reason_t *reason)
{
    ngx_uint_t                      i;
    const ngx_http_gate_reason_t  **row;

    row = rows->elts;

    for (i = 1; i < rows->nelts; i++) {
        if (row[i] == reason) {
            return &row[i];
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_gate_reasons(ngx_conf_t *cf, const ngx_http_gate_reason_t *const *rows)
{
    ngx_http_gate_reason_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_reason_module);

    for ( /* void */ ; *rows; rows++) {
        if (ngx_http_gate_reason_add(cf, rmcf->rows, *rows) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_reason_add(ngx_conf_t *cf, ngx_array_t *rows,
    const ngx_http_gate_reason_t *reason)
{
    ngx_uint_t                      i;
    const ngx_http_gate_reason_t  **row;

    if (ngx_http_gate_reason_find(rows, reason) != NULL) {
        return NGX_OK;
    }

    row = rows->elts;

    for (i = 1; i < rows->nelts; i++) {
        if (row[i]->token.len == reason->token.len
            && ngx_strncmp(row[i]->token.data, reason->token.data,
                           reason->token.len) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "gate: two reasons are called \"%V\": rename "
                               "one of them", &reason->token);
            return NGX_ERROR;
        }
    }

    row = ngx_array_push(rows);
    if (row == NULL) {
        return NGX_ERROR;
    }

    *row = reason;

    return NGX_OK;
}


static void *
ngx_http_gate_reason_create_main_conf(ngx_conf_t *cf)
{
    const ngx_http_gate_reason_t      **row;
    ngx_http_gate_reason_main_conf_t   *rmcf;

    rmcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_reason_main_conf_t));
    if (rmcf == NULL) {
        return NULL;
    }

    rmcf->last = 0;

    rmcf->rows = ngx_array_create(cf->pool, 32,
                                  sizeof(ngx_http_gate_reason_t *));
    if (rmcf->rows == NULL) {
        return NULL;
    }

    row = ngx_array_push(rmcf->rows);
    *row = NULL;

    return rmcf;
}


static ngx_int_t
ngx_http_gate_reason_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_reasons(cf, ngx_http_gate_reason_own);
}
