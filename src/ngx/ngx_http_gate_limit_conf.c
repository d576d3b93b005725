
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_limit, as it is written: plans, rates with names, keys.
 */


#include "ngx_http_gate_limit.h"


enum {
    NGX_HTTP_GATE_LIMIT_RATE = 0,
    NGX_HTTP_GATE_LIMIT_BURST,
    NGX_HTTP_GATE_LIMIT_BY,
    NGX_HTTP_GATE_LIMIT_NAME,
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


/* in the order above */

static ngx_str_t  ngx_http_gate_limit_names[] = {
    ngx_string("rate="),
    ngx_string("burst="),
    ngx_string("key="),
    ngx_string("name=")
};


/* gate_limit plan | rate=R [burst=N] [key=V] [name=N] [dry_run]; */

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

        llcf->file = cf->conf_file->file.name.data;
        llcf->line = cf->conf_file->line;
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
    ngx_int_t                    n;
    gate_rate_t                  parsed;
    ngx_http_gate_limit_rate_t  *lr;

    n = -1;

    if (burst->data != NULL) {
        n = ngx_atoi(burst->data, burst->len);
        if (n == NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid burst \"%V\"",
                               burst);
            return NGX_CONF_ERROR;
        }
    }

    ngx_memzero(&parsed, sizeof(gate_rate_t));

    if (!gate_rate_parse(ngx_http_gate_view(rate), n, &parsed)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid rate \"%V\"", rate);
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

    if (!lr->named && ngx_http_gate_limit_name(cf, llcf, lr) != NGX_OK) {
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
    u_char                            text[NGX_INT_T_LEN + 1];
    ngx_uint_t                        i;
    ngx_http_gate_limit_rate_t      **lr;
    ngx_http_gate_limit_main_conf_t  *lmcf;

    lmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_limit_module);

    lr = lmcf->rates->elts;

    for (i = 0; i < lmcf->rates->nelts && name->len; i++) {
        if (lr[i]->named
            && lr[i]->name.len == name->len
            && ngx_strncmp(lr[i]->name.data, name->data, name->len) == 0)
        {
            return lr[i];
        }
    }

    lr = ngx_array_push(lmcf->rates);
    if (lr == NULL) {
        return NULL;
    }

    *lr = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_limit_rate_t));
    if (*lr == NULL) {
        return NULL;
    }

    if (name->len) {
        (*lr)->named = 1;
        (*lr)->name = *name;
        (*lr)->kind = ~ngx_murmur_hash2(name->data, name->len);

        return *lr;
    }

    text[0] = '#';
    (*lr)->kind = ngx_murmur_hash2(text, ngx_sprintf(text + 1, "%ui",
                                                     ++lmcf->unnamed) - text);

    return *lr;
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
        if (line[i].rate != NULL && !line[i].rate->named) {
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
