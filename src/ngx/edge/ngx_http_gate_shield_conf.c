
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The gate_shield directive, its variable and its counters.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_vars.h"


#define NGX_HTTP_GATE_SHIELD_FAILURES    "10/1m"
#define NGX_HTTP_GATE_SHIELD_CREDENTIAL  "20/1m"


/* as read */

typedef struct {
    ngx_str_t                  failures;
    ngx_str_t                  credential;
    ngx_msec_t                 ban;
    ngx_str_t                  zone;
    ngx_uint_t                 dry_run;
    ngx_uint_t                 off;
} ngx_http_gate_shield_params_t;


static ngx_int_t ngx_http_gate_shield_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static char *ngx_http_gate_shield_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_shield_is_budget(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static void ngx_http_gate_shield_budget(ngx_str_t *text, const char *usual,
    gate_strikes_t *budget);
static ngx_int_t ngx_http_gate_shield_name(ngx_conf_t *cf,
    ngx_http_gate_shield_t *shield, ngx_uint_t i, gate_strikes_t *budget);
static ngx_int_t ngx_http_gate_shield_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_shield_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_shield_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_shield_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_http_gate_family_t  ngx_http_gate_shield_family = {
    "gate_shield_total", NGX_HTTP_GATE_COUNTER,
    "Failed credentials, and those not looked at for too many of them.",
    { "result", NULL, NULL, NULL }, "shield", NGX_HTTP_GATE_FAMILY_QUIET, NULL
};


static ngx_http_gate_family_t  ngx_http_gate_shield_verified = {
    "gate_signatures_total", NGX_HTTP_GATE_COUNTER,
    "Signatures of credentials that were verified.",
    { "result", NULL, NULL, NULL }, "signatures", NGX_HTTP_GATE_FAMILY_QUIET,
    NULL
};


static ngx_http_gate_conf_row_t  ngx_http_gate_shield_rows[] = {

    { ngx_string("failures=NUMBER/TIME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_shield_params_t, failures), 1, 0,
      ngx_http_gate_shield_is_budget },

    { ngx_string("credential=NUMBER/TIME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_shield_params_t, credential), 1, 0,
      ngx_http_gate_shield_is_budget },

    { ngx_string("ban=TIME"), NGX_HTTP_GATE_CONF_MSEC,
      offsetof(ngx_http_gate_shield_params_t, ban), 1000, 86400000, NULL },

    { ngx_string("zone=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_shield_params_t, zone), 1, 0, NULL },

    { ngx_string("dry_run"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_shield_params_t, dry_run), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_shield_params_t, off), 1, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_shield_commands[] = {

    { ngx_string("gate_shield"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_http_gate_shield_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_variable_t  ngx_http_gate_shield_vars[] = {

    { ngx_string("gate_shield"), NULL, ngx_http_gate_shield_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_http_module_t  ngx_http_gate_shield_module_ctx = {
    ngx_http_gate_shield_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_shield_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_shield_create_conf,      /* create location configuration */
    ngx_http_gate_shield_merge_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_gate_shield_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_shield_module_ctx,      /* module context */
    ngx_http_gate_shield_commands,         /* module directives */
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


/* of variable and counter, by ngx_http_gate_shield_e */

static ngx_str_t  ngx_http_gate_shield_results[][2] = {
    { ngx_null_string, ngx_null_string },
    { ngx_string("PASSED"), ngx_null_string },
    { ngx_string("FAILED"), ngx_string("failed") },
    { ngx_string("DEGRADED"), ngx_string("degraded") },
    { ngx_string("REJECTED_DRY_RUN"), ngx_string("rejected_dry_run") },
    { ngx_string("REJECTED"), ngx_string("rejected") }
};


static ngx_int_t
ngx_http_gate_shield_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_gate_ctx_t     *ctx;
    ngx_http_gate_shield_e   result;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->refused->shield == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    result = ctx->refused->shield->result;

    ngx_http_gate_set_var(v, &ngx_http_gate_shield_results[result][0]);

    return NGX_OK;
}


void
ngx_http_gate_shield_count(ngx_http_gate_shield_e result)
{
    /* of this process, looked up once */
    static ngx_atomic_t  *counters[NGX_HTTP_GATE_SHIELD_RESULTS];

    if (counters[result] == NULL) {
        counters[result] = ngx_http_gate_metric(&ngx_http_gate_shield_family, 1,
                                    &ngx_http_gate_shield_results[result][1]);
    }

    (void) ngx_atomic_fetch_add(counters[result], 1);
}


void
ngx_http_gate_shield_signatures(ngx_uint_t good, ngx_uint_t bad)
{
    ngx_str_t  value;

    /* of this process, looked up once */
    static ngx_atomic_t  *counters[2];

    if (counters[0] == NULL) {
        ngx_str_set(&value, "good");
        counters[0] = ngx_http_gate_metric(&ngx_http_gate_shield_verified, 1,
                                           &value);

        ngx_str_set(&value, "bad");
        counters[1] = ngx_http_gate_metric(&ngx_http_gate_shield_verified, 1,
                                           &value);
    }

    (void) ngx_atomic_fetch_add(counters[0], good);
    (void) ngx_atomic_fetch_add(counters[1], bad);
}


/* gate_shield [failures=N/T] [credential=N/T] [ban=T] [zone=N] [dry_run] |
 * off; */

static char *
ngx_http_gate_shield_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_shield_loc_conf_t *slcf = conf;

    char                           *rv;
    ngx_http_gate_shield_t         *shield;
    ngx_http_gate_shield_params_t   p;

    if (slcf->shield != NGX_CONF_UNSET_PTR) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    ngx_memzero(&p, sizeof(ngx_http_gate_shield_params_t));

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_shield_rows, &p);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (p.off) {
        slcf->shield = NULL;

        return cf->args->nelts == 2
               ? NGX_CONF_OK
               : "has \"off\", which stands alone: take it out, or the rest";
    }

    shield = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_shield_t));
    if (shield == NULL) {
        return NGX_CONF_ERROR;
    }

    slcf->shield = shield;

    ngx_http_gate_shield_budget(&p.failures, NGX_HTTP_GATE_SHIELD_FAILURES,
                                &shield->failures);
    ngx_http_gate_shield_budget(&p.credential, NGX_HTTP_GATE_SHIELD_CREDENTIAL,
                                &shield->credential);

    shield->failures.ban_ns = (int64_t) p.ban * 1000000;

    shield->once.n = 1;
    shield->once.span_s = shield->credential.span_s;
    shield->once.interval_ns = (int64_t) shield->once.span_s * 1000000000;

    shield->dry_run = p.dry_run;
    shield->zone_name = p.zone;
    shield->file = cf->conf_file->file.name.data;
    shield->line = cf->conf_file->line;

    if (ngx_http_gate_shield_name(cf, shield, 0, &shield->failures) != NGX_OK
        || ngx_http_gate_shield_name(cf, shield, 1, &shield->credential)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_shield_is_budget(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    gate_strikes_t  budget;

    return gate_strikes_parse(ngx_http_gate_view(value), &budget)
           ? NGX_CONF_OK
           : "must be failures and a time of 1s to 24h, such as 10/1m";
}


static void
ngx_http_gate_shield_budget(ngx_str_t *text, const char *usual,
    gate_strikes_t *budget)
{
    (void) gate_strikes_parse(text->len ? ngx_http_gate_view(text)
                                        : gate_cstr(usual),
                              budget);
}


/* of one budget all locations count together, of two each by itself */

static ngx_int_t
ngx_http_gate_shield_name(ngx_conf_t *cf, ngx_http_gate_shield_t *shield,
    ngx_uint_t i, gate_strikes_t *budget)
{
    ngx_str_t  *text;

    text = &shield->text[i];

    text->data = ngx_pnalloc(cf->pool, 3 * (NGX_INT64_LEN + 1));
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_sprintf(text->data, "%uL/%uD/%L", budget->n,
                            budget->span_s, budget->ban_ns)
                - text->data;

    shield->hash[i] = ngx_http_gate_zone_hash(text);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_shield_failures(ngx_conf_t *cf,
    const ngx_http_gate_reason_t *const *rows)
{
    const ngx_http_gate_reason_t      **row;
    ngx_http_gate_shield_main_conf_t   *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_shield_module);

    for ( /* void */ ; *rows; rows++) {

        row = ngx_array_push(smcf->failures);
        if (row == NULL) {
            return NGX_ERROR;
        }

        *row = *rows;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_shield_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_shield_reasons) != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_shield_family)
           != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_shield_verified)
           != NGX_OK
        || ngx_http_gate_zone_class(cf, &ngx_http_gate_shield_class) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_add_vars(cf, ngx_http_gate_shield_vars);
}


static void *
ngx_http_gate_shield_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_shield_main_conf_t  *smcf;

    smcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_shield_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    smcf->failures = ngx_array_create(cf->pool, 8,
                                      sizeof(ngx_http_gate_reason_t *));

    return (smcf->failures != NULL) ? smcf : NULL;
}


static void *
ngx_http_gate_shield_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_shield_loc_conf_t  *slcf;

    slcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_shield_loc_conf_t));
    if (slcf == NULL) {
        return NULL;
    }

    slcf->shield = NGX_CONF_UNSET_PTR;

    return slcf;
}


/* zones may stand below */

static char *
ngx_http_gate_shield_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_shield_loc_conf_t *prev = parent;
    ngx_http_gate_shield_loc_conf_t *conf = child;

    ngx_http_gate_shield_t  *s;

    ngx_conf_merge_ptr_value(conf->shield, prev->shield, NULL);

    s = conf->shield;

    if (s == NULL || s->zone != NULL) {
        return NGX_CONF_OK;
    }

    s->zone = ngx_http_gate_zone(cf, &s->zone_name);

    if (s->zone != NULL) {
        return NGX_CONF_OK;
    }

    if (s->zone_name.len) {
        ngx_http_gate_zone_unknown(cf, &s->zone_name, s->file, s->line);

    } else {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_shield\" needs \"gate_zone\": write "
                      "\"gate_zone NAME SIZE\" in http in %s:%ui",
                      s->file, s->line);
    }

    return NGX_CONF_ERROR;
}
