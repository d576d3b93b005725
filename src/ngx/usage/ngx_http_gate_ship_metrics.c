
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the shipper tells of itself on the status page.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_ship.h"
#include "ngx_http_gate_journal.h"
#include "ngx_http_gate_redis_conf.h"


static ngx_int_t ngx_http_gate_ship_read(ngx_uint_t n, ngx_str_t *name,
    void *values);


ngx_http_gate_family_t  ngx_http_gate_ship_lag = {
    "gate_ship_lag_seconds", NGX_HTTP_GATE_GAUGE,
    "Age of the oldest change that Redis has not acknowledged.",
    { NULL, NULL, NULL, NULL }, NULL, 0, NULL
};


ngx_http_gate_family_t  ngx_http_gate_ship_errors = {
    "gate_ship_errors_total", NGX_HTTP_GATE_COUNTER,
    "Batches that Redis did not acknowledge.",
    { NULL, NULL, NULL, NULL }, NULL, 0, NULL
};


static const ngx_http_gate_row_t  ngx_http_gate_ship_rows[] = {

    { "lag_seconds",
      ngx_http_gate_row_family(NUMBER, &ngx_http_gate_ship_lag) },

    { "errors", ngx_http_gate_row_family(NUMBER, &ngx_http_gate_ship_errors) },

    { "cells",
      ngx_http_gate_row_family(NUMBER, &ngx_http_gate_journal_shipped) },

    { "takeovers",
      ngx_http_gate_row_family(NUMBER, &ngx_http_gate_journal_takeovers) },

      ngx_http_gate_null_row
};


static ngx_http_gate_group_t  ngx_http_gate_ship_group = {
    "ship", 1, NULL, NULL, 0, ngx_http_gate_ship_read, ngx_http_gate_ship_rows
};


ngx_int_t
ngx_http_gate_ship_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_metrics_add_group(cf, &ngx_http_gate_ship_group);
}


static ngx_int_t
ngx_http_gate_ship_read(ngx_uint_t n, ngx_str_t *name, void *values)
{
    ngx_cycle_t  *cycle;

    cycle = (ngx_cycle_t *) ngx_cycle;

    return (ngx_http_gate_redis_configured(cycle)
            && ngx_http_gate_journal(cycle) != NULL)
           ? NGX_OK : NGX_DECLINED;
}
