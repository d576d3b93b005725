
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A second module, for tests alone: it stands in front of the gateway's rooms,
 * and adds a family of metrics and a class of zone entries before they do.  So
 * what they add has other places than without it.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_zone.h"


static int64_t shift_may_go(const void *payload);
static ngx_int_t shift_add(ngx_conf_t *cf);


static ngx_http_module_t  shift_ctx = {
    shift_add,                             /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_shift_module = {
    NGX_MODULE_V1,
    &shift_ctx,                            /* module context */
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


ngx_module_t  *ngx_modules[] = { &ngx_http_gate_shift_module, NULL };
char          *ngx_module_names[] = { "ngx_http_gate_shift_module", NULL };

/* before all of the gateway's */

char          *ngx_module_order[] = {
    "ngx_http_gate_shift_module", "ngx_http_gate_hygiene_module",
    "ngx_http_gate_api_module", "ngx_http_gate_module", NULL
};


static ngx_http_gate_family_t  shift_family = {
    "gate_shift_total", NGX_HTTP_GATE_COUNTER,
    "Nothing.",
    { NULL, NULL, NULL, NULL }, NULL, 0, NULL
};


static ngx_http_gate_zone_class_t  shift_class = {
    "shift", 8, shift_may_go
};


static int64_t
shift_may_go(const void *payload)
{
    return 0;
}


static ngx_int_t
shift_add(ngx_conf_t *cf)
{
    if (ngx_http_gate_metrics_add(cf, &shift_family) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_zone_class(cf, &shift_class);
}
