
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_limit, as it is written: plans, rates with names, keys, zones.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_rate.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_zone.h"


enum {
    NGX_HTTP_GATE_LIMIT_RATE = 0,
    NGX_HTTP_GATE_LIMIT_BURST,
    NGX_HTTP_GATE_LIMIT_BY,
    NGX_HTTP_GATE_LIMIT_NAME,
    NGX_HTTP_GATE_LIMIT_ZONE,
    NGX_HTTP_GATE_LIMIT_TEXTS
};


static char *ngx_http_gate_limit_parse(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf, ngx_http_gate_limit_line_t *line);
static ngx_int_t ngx_http_gate_limit_text(ngx_str_t *value, ngx_str_t *texts);
static char *ngx_http_gate_limit_apply(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf, ngx_http_gate_limit_line_t *line,
    ngx_str_t *texts);
static char *ngx_http_gate_limit_set_rate(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf, ngx_http_gate_limit_line_t *line,
    ngx_str_t *rate, ngx_str_t *burst, ngx_str_t *name);
static char *ngx_http_gate_limit_set_key(ngx_conf_t *cf,
    ngx_http_gate_limit_line_t *line, ngx_str_t *key);
static ngx_int_t ngx_http_gate_limit_name(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf, ngx_http_gate_limit_rate_t *lr);
static ngx_http_gate_limit_rate_t *ngx_http_gate_limit_add_rate(
    ngx_conf_t *cf, ngx_str_t *name);
static char *ngx_http_gate_limit_find_zone(ngx_conf_t *cf,
    ngx_http_gate_limit_line_t *line);
static ngx_int_t ngx_http_gate_limit_add_zone(ngx_array_t *zones,
    ngx_http_gate_zone_t *zone);


/* in the order above */

static ngx_str_t  ngx_http_gate_limit_names[] = {
    ngx_string("rate="),
    ngx_string("burst="),
    ngx_string("key="),
    ngx_string("name="),
    ngx_string("zone=")
};


/* gate_limit plan | rate=R [burst=N] [key=V] [name=N] [zone=Z] [dry_run]; */

char *
ngx_http_gate_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_limit_loc_conf_t *llcf = conf;

    ngx_http_gate_limit_line_t  *line;

    ngx_http_gate_use(cf);

    if (llcf->lines == NULL) {
        llcf->lines = ngx_array_create(cf->pool, 2,
                                       sizeof(ngx_http_gate_limit_line_t));
        if (llcf->lines == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (llcf->lines->nelts == NGX_HTTP_GATE_LIMITS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "more than %d \"gate_limit\" lines",
                           NGX_HTTP_GATE_LIMITS);
        return NGX_CONF_ERROR;
    }

    line = ngx_array_push(llcf->lines);
    if (line == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(line, sizeof(ngx_http_gate_limit_line_t));

    line->file = cf->conf_file->file.name.data;
    line->line = cf->conf_file->line;

    return ngx_http_gate_limit_parse(cf, llcf, line);
}


static char *
ngx_http_gate_limit_parse(ngx_conf_t *cf, ngx_http_gate_limit_loc_conf_t *llcf,
    ngx_http_gate_limit_line_t *line)
{
    ngx_str_t   *value;
    ngx_uint_t   i;
    ngx_str_t    texts[NGX_HTTP_GATE_LIMIT_TEXTS];

    ngx_memzero(texts, sizeof(texts));

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "plan") == 0 && !line->plan) {
            line->plan = 1;
            llcf->who = 1;
            ngx_http_gate_store_need_plans(cf);

        } else if (ngx_strcmp(value[i].data, "dry_run") == 0) {
            line->dry_run = 1;

        } else if (ngx_strcmp(value[i].data, "scope=global") == 0
                   || ngx_strncmp(value[i].data, "redis_down=", 11) == 0)
        {
            return ngx_http_gate_unsupported(cf, &value[i]);

        } else if (ngx_strcmp(value[i].data, "scope=node") != 0
                   && ngx_http_gate_limit_text(&value[i], texts) != NGX_OK)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_gate_limit_apply(cf, llcf, line, texts);
}


/* a NAME=VALUE into its place; NGX_DECLINED: unknown, empty or a second one */

static ngx_int_t
ngx_http_gate_limit_text(ngx_str_t *value, ngx_str_t *texts)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    for (i = 0; i < NGX_HTTP_GATE_LIMIT_TEXTS; i++) {

        name = &ngx_http_gate_limit_names[i];

        if (value->len > name->len && texts[i].data == NULL
            && ngx_strncmp(value->data, name->data, name->len) == 0)
        {
            texts[i].len = value->len - name->len;
            texts[i].data = value->data + name->len;

            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


static char *
ngx_http_gate_limit_apply(ngx_conf_t *cf, ngx_http_gate_limit_loc_conf_t *llcf,
    ngx_http_gate_limit_line_t *line, ngx_str_t *texts)
{
    ngx_str_t  *rate, *burst, *key, *name;

    rate = &texts[NGX_HTTP_GATE_LIMIT_RATE];
    burst = &texts[NGX_HTTP_GATE_LIMIT_BURST];
    key = &texts[NGX_HTTP_GATE_LIMIT_BY];
    name = &texts[NGX_HTTP_GATE_LIMIT_NAME];

    line->zone_name = texts[NGX_HTTP_GATE_LIMIT_ZONE];

    if (line->plan) {
        if (rate->data || burst->data || key->data || name->data) {
            return "takes \"plan\" without rate, burst, key and name";
        }

        return NGX_CONF_OK;
    }

    if (rate->data == NULL) {
        return "takes \"plan\" or \"rate=\"";
    }

    if (key->data == NULL) {
        llcf->who = 1;

    } else if (ngx_http_gate_limit_set_key(cf, line, key) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_limit_set_rate(cf, llcf, line, rate, burst, name);
}


static char *
ngx_http_gate_limit_set_rate(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf, ngx_http_gate_limit_line_t *line,
    ngx_str_t *rate, ngx_str_t *burst, ngx_str_t *name)
{
    gate_rate_t                  parsed;
    ngx_http_gate_limit_rate_t  *lr;

    if (ngx_http_gate_rate(cf, rate, burst, &parsed) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    lr = ngx_http_gate_limit_add_rate(cf, name);
    if (lr == NULL) {
        return NGX_CONF_ERROR;
    }

    if (lr->rate.interval_ns != 0
        && (lr->rate.interval_ns != parsed.interval_ns
            || lr->rate.depth != parsed.depth))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "limit \"%V\" has another rate or burst elsewhere",
                           name);
        return NGX_CONF_ERROR;
    }

    if (lr->type == NGX_HTTP_GATE_LIMIT_UNNAMED
        && ngx_http_gate_limit_name(cf, llcf, lr) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    lr->rate = parsed;
    line->rate = lr;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_limit_set_key(ngx_conf_t *cf, ngx_http_gate_limit_line_t *line,
    ngx_str_t *key)
{
    ngx_http_compile_complex_value_t  ccv;

    line->key = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (line->key == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = key;
    ccv.complex_value = line->key;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


/* by name; an unnamed one is numbered in the order of the configuration */

static ngx_http_gate_limit_rate_t *
ngx_http_gate_limit_add_rate(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                         i;
    ngx_http_gate_limit_rate_t        *lr, **rates;
    ngx_http_gate_limit_main_conf_t   *lmcf;

    lmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_limit_module);

    rates = lmcf->rates->elts;

    for (i = 0; i < lmcf->rates->nelts && name->len; i++) {

        lr = rates[i];

        if (lr->type == NGX_HTTP_GATE_LIMIT_NAMED
            && lr->id.len == name->len
            && ngx_strncmp(lr->id.data, name->data, name->len) == 0)
        {
            return lr;
        }
    }

    rates = ngx_array_push(lmcf->rates);
    if (rates == NULL) {
        return NULL;
    }

    lr = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_limit_rate_t));
    if (lr == NULL) {
        return NULL;
    }

    *rates = lr;

    if (name->len) {
        lr->type = NGX_HTTP_GATE_LIMIT_NAMED;
        lr->name = *name;
        lr->id = *name;

    } else {
        lr->type = NGX_HTTP_GATE_LIMIT_UNNAMED;

        lr->id.data = ngx_pnalloc(cf->pool, NGX_INT_T_LEN);
        if (lr->id.data == NULL) {
            return NULL;
        }

        lr->id.len = ngx_sprintf(lr->id.data, "%ui", ++lmcf->unnamed)
                     - lr->id.data;
    }

    lr->hash = ngx_murmur_hash2(lr->id.data, lr->id.len);

    return lr;
}


/* "rate", "rate-2" ...: two policies of one answer need two names */

static ngx_int_t
ngx_http_gate_limit_name(ngx_conf_t *cf, ngx_http_gate_limit_loc_conf_t *llcf,
    ngx_http_gate_limit_rate_t *lr)
{
    ngx_uint_t                   i, n;
    ngx_http_gate_limit_line_t  *line;

    line = llcf->lines->elts;
    n = 1;

    for (i = 0; i < llcf->lines->nelts; i++) {
        if (line[i].rate != NULL
            && line[i].rate->type == NGX_HTTP_GATE_LIMIT_UNNAMED)
        {
            n++;
        }
    }

    ngx_str_set(&lr->name, "rate");

    if (n == 1) {
        return NGX_OK;
    }

    lr->name.data = ngx_pnalloc(cf->pool, sizeof("rate-") + NGX_INT_T_LEN);
    if (lr->name.data == NULL) {
        return NGX_ERROR;
    }

    lr->name.len = ngx_sprintf(lr->name.data, "rate-%ui", n) - lr->name.data;

    return NGX_OK;
}


/* in a merge: zones may stand below the limits that use them */

char *
ngx_http_gate_limit_find_zones(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf)
{
    ngx_uint_t                   i;
    ngx_http_gate_limit_line_t  *line;

    llcf->zones = ngx_array_create(cf->pool, 1, sizeof(void *));
    if (llcf->zones == NULL) {
        return NGX_CONF_ERROR;
    }

    line = llcf->lines->elts;

    for (i = 0; i < llcf->lines->nelts; i++) {

        if (ngx_http_gate_limit_find_zone(cf, &line[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }

        if (ngx_http_gate_limit_add_zone(llcf->zones, line[i].zone) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* the buckets of a name are in one zone: in two it would be two limits */

static char *
ngx_http_gate_limit_find_zone(ngx_conf_t *cf, ngx_http_gate_limit_line_t *line)
{
    ngx_str_t                         plan, *name;
    ngx_http_gate_zone_t            **zone;
    ngx_http_gate_limit_main_conf_t  *lmcf;

    lmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_limit_module);

    line->zone = ngx_http_gate_zone(cf, &line->zone_name);

    if (line->zone == NULL && line->zone_name.len) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "unknown gate_zone \"%V\" in %s:%ui",
                      &line->zone_name, line->file, line->line);
        return NGX_CONF_ERROR;
    }

    if (line->zone == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_limit\" needs \"gate_zone\": write "
                      "\"gate_zone NAME SIZE\" in http in %s:%ui",
                      line->file, line->line);
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&plan, "plan");

    zone = line->plan ? &lmcf->plans : &line->rate->zone;
    name = line->plan ? &plan : &line->rate->name;

    if (*zone != NULL && *zone != line->zone) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "limit \"%V\" is in gate_zone \"%V\" elsewhere "
                      "in %s:%ui", name, ngx_http_gate_zone_name(*zone),
                      line->file, line->line);
        return NGX_CONF_ERROR;
    }

    *zone = line->zone;

    return NGX_CONF_OK;
}


/* each once, in the order of their indices, so that no two workers deadlock */

static ngx_int_t
ngx_http_gate_limit_add_zone(ngx_array_t *zones, ngx_http_gate_zone_t *zone)
{
    ngx_uint_t              i;
    ngx_http_gate_zone_t  **z;

    z = zones->elts;

    for (i = 0; i < zones->nelts; i++) {
        if (z[i] == zone) {
            return NGX_OK;
        }
    }

    if (ngx_array_push(zones) == NULL) {
        return NGX_ERROR;
    }

    z = zones->elts;

    while (i > 0
           && ngx_http_gate_zone_index(z[i - 1])
              > ngx_http_gate_zone_index(zone))
    {
        z[i] = z[i - 1];
        i--;
    }

    z[i] = zone;

    return NGX_OK;
}
