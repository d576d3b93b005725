
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the keys by URL tell of themselves on the status page.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_keyset_own.h"


typedef struct {
    uint64_t                   age;
    uint64_t                   keys;
    uint64_t                   version;
    uint64_t                   failures;
    uint64_t                   usable;
} ngx_http_gate_keyset_stat_t;


static ngx_int_t ngx_http_gate_keyset_stat(ngx_uint_t n, ngx_str_t *name,
    void *values);


ngx_http_gate_family_t  ngx_http_gate_keyset_fetches = {
    "gate_key_set_fetches_total", NGX_HTTP_GATE_COUNTER,
    "Fetches of an issuer's keys.",
    { "issuer", "result", NULL, NULL }, "key_set_fetches", 0, NULL
};


static const ngx_http_gate_row_t  ngx_http_gate_keyset_rows[] = {

    { "age_seconds", "gate_key_set_age_seconds", NGX_HTTP_GATE_GAUGE,
      "Since the issuer's keys were fetched last.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_keyset_stat_t, age) },

    { "keys", "gate_key_set_keys", NGX_HTTP_GATE_GAUGE,
      "Keys of the issuer that can be used.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_keyset_stat_t, keys) },

    { "version", "gate_key_set_version", NGX_HTTP_GATE_GAUGE,
      "Times that the issuer's keys have changed.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_keyset_stat_t, version) },

    { "failures", "gate_key_set_failures", NGX_HTTP_GATE_GAUGE,
      "Fetches that failed since the last good one.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_keyset_stat_t, failures) },

    { "usable", "gate_key_set_usable", NGX_HTTP_GATE_GAUGE,
      "Whether tokens can be verified now.", NULL,
      ngx_http_gate_row(BOOLEAN, ngx_http_gate_keyset_stat_t, usable) },

      ngx_http_gate_null_row
};


static ngx_http_gate_group_t  ngx_http_gate_keyset_group = {
    "key_set", 1, "issuer", "issuers", sizeof(ngx_http_gate_keyset_stat_t),
    ngx_http_gate_keyset_stat, ngx_http_gate_keyset_rows
};


ngx_int_t
ngx_http_gate_keyset_metrics(ngx_conf_t *cf)
{
    if (ngx_http_gate_metrics_add_group(cf, &ngx_http_gate_keyset_group)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_metrics_add(cf, &ngx_http_gate_keyset_fetches);
}


static ngx_int_t
ngx_http_gate_keyset_stat(ngx_uint_t n, ngx_str_t *name, void *values)
{
    ngx_http_gate_keyset_stat_t *st = values;

    int64_t                             now_ms;
    ngx_http_gate_keyset_t            **sp, *set;
    ngx_http_gate_keyset_main_conf_t   *kmcf;

    kmcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_gate_keyset_module);

    if (kmcf == NULL || n >= kmcf->sets->nelts) {
        return NGX_DECLINED;
    }

    sp = kmcf->sets->elts;
    set = sp[n];

    *name = set->issuer->name;
    ngx_memzero(st, sizeof(ngx_http_gate_keyset_stat_t));

    now_ms = ngx_http_gate_keyset_now();

    ngx_shmtx_lock(&set->shpool->mutex);

    st->keys = set->sh->keys;
    st->version = set->sh->state.version;
    st->failures = set->sh->state.failures;
    st->usable = gate_keyset_usable(&set->sh->state, &set->plan, now_ms);

    if (st->version != 0 && now_ms > set->sh->state.fetched_ms) {
        st->age = (now_ms - set->sh->state.fetched_ms) / 1000;
    }

    ngx_shmtx_unlock(&set->shpool->mutex);

    return NGX_OK;
}
