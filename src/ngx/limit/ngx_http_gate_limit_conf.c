
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The gate_limit directive: plans, rates with names, keys, zones.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_limit_early.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_rate.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_vars.h"
#include "ngx_http_gate_zone.h"


/* the parameters of a line, as read */

typedef struct {
    ngx_uint_t                 plan;
    ngx_uint_t                 dry_run;
    ngx_uint_t                 early;
    ngx_uint_t                 scope;
    ngx_uint_t                 delay;
    ngx_http_complex_value_t  *key;
    ngx_str_t                  rate;
    ngx_str_t                  burst;
    ngx_str_t                  name;
    ngx_str_t                  zone;
} ngx_http_gate_limit_params_t;


static ngx_http_gate_limit_loc_conf_t *ngx_http_gate_limit_list(
    ngx_conf_t *cf, ngx_http_gate_limit_loc_conf_t *llcf);
static ngx_uint_t ngx_http_gate_limit_lines(ngx_array_t *lines,
    ngx_uint_t unnamed);
static ngx_http_gate_limit_line_t *ngx_http_gate_limit_new(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf);
static char *ngx_http_gate_limit_parse(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf, ngx_http_gate_limit_line_t *line);
static char *ngx_http_gate_limit_set_rate(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf, ngx_http_gate_limit_line_t *line,
    ngx_http_gate_limit_params_t *p);
static ngx_int_t ngx_http_gate_limit_name(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf, ngx_http_gate_limit_rate_t *lr);
static ngx_http_gate_limit_rate_t *ngx_http_gate_limit_add_rate(
    ngx_conf_t *cf, ngx_str_t *name);
static char *ngx_http_gate_limit_find_zone(ngx_conf_t *cf,
    ngx_http_gate_limit_line_t *line);
static ngx_int_t ngx_http_gate_limit_add_zone(ngx_array_t *zones,
    ngx_http_gate_zone_t *zone);


static ngx_http_gate_conf_row_t  ngx_http_gate_limit_params[] = {

    { ngx_string("plan"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_limit_params_t, plan), 1, 0, NULL },

    { ngx_string("rate=RATE"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_limit_params_t, rate), 1, 0, NULL },

    { ngx_string("burst=NUMBER"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_limit_params_t, burst), 1, 0, NULL },

    { ngx_string("delay=NUMBER"), NGX_HTTP_GATE_CONF_NUMBER,
      offsetof(ngx_http_gate_limit_params_t, delay),
      0, GATE_BUCKET_MAX_DEPTH, NULL },

    { ngx_string("key=VALUE"), NGX_HTTP_GATE_CONF_VALUE,
      offsetof(ngx_http_gate_limit_params_t, key), 0, 0, NULL },

    { ngx_string("name=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_limit_params_t, name), 1, 0, NULL },

    { ngx_string("zone=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_limit_params_t, zone), 1, 0, NULL },

    { ngx_string("scope=global"), NGX_HTTP_GATE_CONF_LATER,
      0, 0, 0, NULL },

    { ngx_string("scope=node"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_limit_params_t, scope), 0, 0, NULL },

    { ngx_string("redis_down="), NGX_HTTP_GATE_CONF_LATER,
      0, 0, 0, NULL },

    { ngx_string("dry_run"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_limit_params_t, dry_run), 1, 0, NULL },

    { ngx_string("early"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_limit_params_t, early), 1, 0, NULL },

      ngx_http_gate_conf_end
};


/* the number of the word is the mask of what is sent */

static ngx_http_gate_conf_row_t  ngx_http_gate_limit_fields_row = {
    ngx_string("FIELDS off|draft10|legacy|both"), NGX_HTTP_GATE_CONF_ENUM,
    offsetof(ngx_http_gate_limit_loc_conf_t, fields), 0, 0, NULL
};


/* gate_limit plan | rate=R [burst=N] [key=V] [name=N] [delay=N] [zone=Z]
 * [early] [dry_run]; */

char *
ngx_http_gate_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_limit_loc_conf_t *llcf = conf;

    ngx_http_gate_limit_line_t      *line;
    ngx_http_gate_limit_loc_conf_t  *own;

    ngx_http_gate_use(cf);

    own = ngx_http_gate_limit_list(cf, llcf);
    if (own == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_gate_limit_lines(llcf->lines, 0)
        + (llcf->early ? ngx_http_gate_limit_lines(llcf->early->lines, 0) : 0)
        == NGX_HTTP_GATE_LIMITS)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "more than %d \"gate_limit\" lines in one place: "
                           "take some of them out", NGX_HTTP_GATE_LIMITS);
        return NGX_CONF_ERROR;
    }

    line = ngx_http_gate_limit_new(cf, own);
    if (line == NULL) {
        return NGX_CONF_ERROR;
    }

    line->directive = "gate_limit";

    return ngx_http_gate_limit_parse(cf, own, line);
}


/* lines with "early" are a list of their own */

static ngx_http_gate_limit_loc_conf_t *
ngx_http_gate_limit_list(ngx_conf_t *cf, ngx_http_gate_limit_loc_conf_t *llcf)
{
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;

    for (i = 1; ngx_strcmp(value[i].data, "early") != 0; i++) {
        if (i + 1 == cf->args->nelts) {
            return llcf;
        }
    }

    if (llcf->early == NULL) {
        llcf->early = ngx_pcalloc(cf->pool,
                                  sizeof(ngx_http_gate_limit_loc_conf_t));
        if (llcf->early == NULL) {
            return NULL;
        }

        llcf->early->beside = llcf;
    }

    return llcf->early;
}


static ngx_uint_t
ngx_http_gate_limit_lines(ngx_array_t *lines, ngx_uint_t unnamed)
{
    ngx_uint_t                   i, n;
    ngx_http_gate_limit_line_t  *line;

    if (lines == NULL) {
        return 0;
    }

    line = lines->elts;

    for (i = 0, n = 0; i < lines->nelts; i++) {
        if (!unnamed
            || (line[i].rate != NULL
                && line[i].rate->type == NGX_HTTP_GATE_LIMIT_UNNAMED))
        {
            n++;
        }
    }

    return n;
}


static ngx_http_gate_limit_line_t *
ngx_http_gate_limit_new(ngx_conf_t *cf, ngx_http_gate_limit_loc_conf_t *llcf)
{
    ngx_http_gate_limit_line_t  *line;

    if (llcf->lines == NULL) {
        llcf->lines = ngx_array_create(cf->pool, 2,
                                       sizeof(ngx_http_gate_limit_line_t));
        if (llcf->lines == NULL) {
            return NULL;
        }
    }

    line = ngx_array_push(llcf->lines);
    if (line == NULL) {
        return NULL;
    }

    ngx_memzero(line, sizeof(ngx_http_gate_limit_line_t));

    line->file = cf->conf_file->file.name.data;
    line->line = cf->conf_file->line;

    return line;
}


char *
ngx_http_gate_limit_by_address(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t **own, const char *directive,
    const char *name, ngx_str_t texts[3])
{
    ngx_str_t                          address;
    ngx_http_gate_limit_line_t        *line;
    ngx_http_gate_limit_params_t       p;
    ngx_http_compile_complex_value_t   ccv;

    ngx_memzero(&p, sizeof(ngx_http_gate_limit_params_t));

    *own = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_limit_loc_conf_t));
    p.key = ngx_pcalloc(cf->pool, sizeof(ngx_http_complex_value_t));

    if (*own == NULL || p.key == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&address, "$binary_remote_addr");

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));
    ccv.cf = cf;
    ccv.value = &address;
    ccv.complex_value = p.key;

    line = ngx_http_gate_limit_new(cf, *own);

    if (line == NULL || ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    p.delay = NGX_CONF_UNSET_UINT;
    p.name.len = ngx_strlen(name);
    p.name.data = (u_char *) name;
    p.rate = texts[0];
    p.burst = texts[1];

    line->directive = directive;
    line->key = p.key;
    line->undelayed = p.delay;
    line->zone_name = texts[2];

    return ngx_http_gate_limit_set_rate(cf, *own, line, &p);
}


/* gate_limit_fields off | draft10 | legacy | both; */

char *
ngx_http_gate_limit_fields(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_limit_loc_conf_t *llcf = conf;

    if (llcf->fields != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    return ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_limit_fields_row,
                                  llcf);
}


static char *
ngx_http_gate_limit_parse(ngx_conf_t *cf, ngx_http_gate_limit_loc_conf_t *llcf,
    ngx_http_gate_limit_line_t *line)
{
    char                          *rv;
    ngx_http_gate_limit_params_t   p;

    ngx_memzero(&p, sizeof(ngx_http_gate_limit_params_t));
    p.delay = NGX_CONF_UNSET_UINT;

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_limit_params, &p);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    line->plan = p.plan;
    line->dry_run = p.dry_run;
    line->undelayed = p.delay;
    line->key = p.key;
    line->zone_name = p.zone;

    if (p.early) {
        rv = p.plan ? "takes \"plan\" without \"early\", as nobody is known "
                      "there: take one of them out"
                    : ngx_http_gate_limit_early_fits(cf, p.key);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (p.key == NULL) {
        llcf->who = 1;

    } else if (p.key->lengths == NULL
               && ngx_http_gate_known_var(cf, &p.key->value))
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0, "\"key=%V\" of \"gate_limit\" "
                           "is the same text for all callers, who share one "
                           "bucket: write \"key=$%V\"", &p.key->value,
                           &p.key->value);
    }

    if (!p.plan) {
        return p.rate.len ? ngx_http_gate_limit_set_rate(cf, llcf, line, &p)
                          : "takes \"plan\" or \"rate=\": add one of them";
    }

    if (p.rate.len || p.burst.len || p.key || p.name.len) {
        return "takes \"plan\" without rate, burst, key and name: take them "
               "out, or \"plan\"";
    }

    ngx_http_gate_store_need_plans(cf);

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_limit_set_rate(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf, ngx_http_gate_limit_line_t *line,
    ngx_http_gate_limit_params_t *p)
{
    gate_rate_t                  parsed;
    ngx_http_gate_limit_rate_t  *lr;

    if (ngx_http_gate_rate(cf, &p->rate, &p->burst, &parsed) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    lr = ngx_http_gate_limit_add_rate(cf, &p->name);
    if (lr == NULL) {
        return NGX_CONF_ERROR;
    }

    if (p->delay != NGX_CONF_UNSET_UINT && p->delay >= parsed.depth - 1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"delay=%ui\" delays nobody: of this rate and "
                           "burst, %uL go beyond the rate, write less or take "
                           "it out", p->delay, parsed.depth - 1);
        return NGX_CONF_ERROR;
    }

    if (lr->rate.interval_ns != 0
        && (lr->rate.interval_ns != parsed.interval_ns
            || lr->rate.depth != parsed.depth))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "limit \"%V\" has another rate or burst elsewhere: "
                           "write the same ones%s", &p->name,
                           ngx_strcmp(line->directive, "gate_limit") == 0
                           ? ", or give it another name" : "");
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

    lr->hash = ngx_http_gate_zone_hash(&lr->id);

    return lr;
}


/* "rate", "rate-2" ...: two policies of one answer need two names */

static ngx_int_t
ngx_http_gate_limit_name(ngx_conf_t *cf, ngx_http_gate_limit_loc_conf_t *llcf,
    ngx_http_gate_limit_rate_t *lr)
{
    ngx_uint_t                       n;
    ngx_http_gate_limit_loc_conf_t  *other;

    other = llcf->beside ? llcf->beside : llcf->early;

    n = 1 + ngx_http_gate_limit_lines(llcf->lines, 1)
        + (other ? ngx_http_gate_limit_lines(other->lines, 1) : 0);

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
        ngx_http_gate_zone_unknown(cf, &line->zone_name, line->file,
                                   line->line);
        return NGX_CONF_ERROR;
    }

    if (line->zone == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%s\" needs \"gate_zone\": write "
                      "\"gate_zone NAME SIZE\" in http in %s:%ui",
                      line->directive, line->file, line->line);
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&plan, "plan");

    zone = line->plan ? &lmcf->plans : &line->rate->zone;
    name = line->plan ? &plan : &line->rate->name;

    if (*zone != NULL && *zone != line->zone) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "limit \"%V\" is in gate_zone \"%V\" elsewhere: name "
                      "that zone, or give the limit another name in %s:%ui",
                      name, ngx_http_gate_zone_name(*zone),
                      line->file, line->line);
        return NGX_CONF_ERROR;
    }

    *zone = line->zone;

    return NGX_CONF_OK;
}


/*
 * Each once, in the order of their names, so that no two workers deadlock: also
 * not one of the configuration before, whose lines had another order.
 */

static ngx_int_t
ngx_http_gate_limit_add_zone(ngx_array_t *zones, ngx_http_gate_zone_t *zone)
{
    ngx_str_t              *name, *before;
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
    name = ngx_http_gate_zone_name(zone);

    for ( /* void */ ; i > 0; i--) {
        before = ngx_http_gate_zone_name(z[i - 1]);

        if (ngx_memn2cmp(before->data, name->data, before->len, name->len)
            < 0)
        {
            break;
        }

        z[i] = z[i - 1];
    }

    z[i] = zone;

    return NGX_OK;
}
