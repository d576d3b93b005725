
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_limit: how much a caller may, decided over all limits at once.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_limit_early.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_spend.h"


/* of several limits the last of these is the request's */

enum {
    NGX_HTTP_GATE_PASSED = 0,
    NGX_HTTP_GATE_DELAYED_DRY_RUN,
    NGX_HTTP_GATE_REJECTED_DRY_RUN,
    NGX_HTTP_GATE_DEGRADED,
    NGX_HTTP_GATE_DELAYED,
    NGX_HTTP_GATE_REJECTED
};


static ngx_int_t ngx_http_gate_limit_look(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_limit_commit(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_limit_remember(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_paid_t *paid);
static ngx_int_t ngx_http_gate_limit_result(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_try_t *tries, ngx_uint_t n);
static ngx_uint_t ngx_http_gate_limit_status(ngx_http_gate_limit_try_t *t);
static void ngx_http_gate_limit_count(ngx_http_request_t *r,
    ngx_http_gate_limit_try_t *t, ngx_uint_t status);
static ngx_int_t ngx_http_gate_limit_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_limit_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static void *ngx_http_gate_limit_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_limit_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_limit_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_http_gate_family_t  ngx_http_gate_limit_decisions = {
    "gate_limit_decisions_total", NGX_HTTP_GATE_COUNTER,
    "Decisions of limits.",
    { "limit", "status", NULL, NULL }, "limits", 0, NULL
};


static ngx_command_t  ngx_http_gate_limit_commands[] = {

    { ngx_string("gate_limit"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_limit,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_limit_fields"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_limit_fields,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


const ngx_http_gate_reason_t  ngx_http_gate_rate_limited = {
    NGX_HTTP_TOO_MANY_REQUESTS, NGX_LOG_INFO, ngx_string("rate_limited"),
    ngx_string("Rate limit exceeded"),
    ngx_string("Too many requests.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_limit_reasons[] = {
    &ngx_http_gate_rate_limited,
    &ngx_http_gate_zone_full,
    NULL
};


static ngx_http_module_t  ngx_http_gate_limit_module_ctx = {
    ngx_http_gate_limit_preconfiguration,  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_limit_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_limit_create_conf,       /* create location configuration */
    ngx_http_gate_limit_merge_conf         /* merge location configuration */
};


ngx_module_t  ngx_http_gate_limit_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_limit_module_ctx,       /* module context */
    ngx_http_gate_limit_commands,          /* module directives */
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


static ngx_str_t  ngx_http_gate_limit_statuses[] = {
    ngx_string("PASSED"),
    ngx_string("DELAYED_DRY_RUN"),
    ngx_string("REJECTED_DRY_RUN"),
    ngx_string("DEGRADED"),
    ngx_string("DELAYED"),
    ngx_string("REJECTED")
};


static const ngx_http_gate_spend_t  ngx_http_gate_limit_spend = {
    ngx_http_gate_limit_look,
    ngx_http_gate_limit_commit,
    ngx_http_gate_limit_undo,
    ngx_http_gate_limit_renew
};


static ngx_int_t
ngx_http_gate_limit_look(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    return ngx_http_gate_limit_run(r, ctx,
               ngx_http_get_module_loc_conf(r, ngx_http_gate_limit_module), 0);
}


static ngx_int_t
ngx_http_gate_limit_commit(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    return ngx_http_gate_limit_run(r, ctx,
               ngx_http_get_module_loc_conf(r, ngx_http_gate_limit_module), 1);
}


ngx_int_t
ngx_http_gate_limit_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_loc_conf_t *llcf, ngx_uint_t commit)
{
    int64_t                      now_ns;
    ngx_uint_t                   i, n;
    ngx_http_gate_limit_try_t   *tries;
    ngx_http_gate_limit_paid_t  *paid;

    if (llcf->lines == NULL) {
        return NGX_DECLINED;
    }

    /* they are made where they are kept if they are paid */

    paid = ngx_palloc(r->pool, offsetof(ngx_http_gate_limit_paid_t, tries)
                               + llcf->lines->nelts
                                 * sizeof(ngx_http_gate_limit_try_t));
    if (paid == NULL) {
        return NGX_ERROR;
    }

    tries = paid->tries;

    if (ngx_http_gate_limit_collect(r, ctx, llcf->lines, tries, &n)
        != NGX_OK) {
        return NGX_ERROR;
    }

    if (n == 0) {
        return NGX_DECLINED;
    }

    ctx->limit->fields = llcf->fields;

    if (ngx_http_gate_limit_take(llcf->zones, tries, n, commit, &now_ns)
        != NGX_OK)
    {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_zone_full);
    }

    if (!commit && !ngx_http_gate_limit_over(tries, n)) {
        return NGX_OK;
    }

    for (i = 0; i < n; i++) {
        if (tries[i].delay_ns != 0 && !tries[i].dry_run) {
            ngx_http_gate_spend_wait(ctx, now_ns + tries[i].delay_ns);
        }
    }

    paid->zones = llcf->zones;
    paid->n = n;

    if (ngx_http_gate_limit_remember(r, ctx, paid) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_limit_result(r, ctx, tries, n);
}


/* for RateLimit fields, Retry-After and variables; shadows are not told */

static ngx_int_t
ngx_http_gate_limit_remember(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_paid_t *paid)
{
    ngx_uint_t                    i, over, state;
    ngx_http_gate_limit_try_t    *t;
    ngx_http_gate_limit_state_t  *s;

    state = ctx->limit->n;
    over = ngx_http_gate_limit_over(paid->tries, paid->n);

    s = ngx_palloc(r->pool, (state + paid->n)
                            * sizeof(ngx_http_gate_limit_state_t));
    if (s == NULL) {
        return NGX_ERROR;
    }

    if (state != 0) {
        ngx_memcpy(s, ctx->limit->states,
                   state * sizeof(ngx_http_gate_limit_state_t));
    }

    ctx->limit->states = s;
    s += state;

    for (i = 0; i < paid->n; i++) {
        t = &paid->tries[i];

        if (t->dry_run || t->bucket == NULL) {
            continue;
        }

        s->name = t->name;
        s->quota = t->rate->depth;
        s->window = t->rate->window_s;
        s->refused = !t->verdict.allow;

        ngx_http_gate_limit_tell(s++, &t->verdict);
    }

    ctx->limit->n = s - ctx->limit->states;

    if (!over) {
        paid->state = state;
        paid->next = ctx->limit->paid;
        ctx->limit->paid = paid;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_limit_result(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t n)
{
    int64_t                     retry_ns;
    ngx_uint_t                  i, status, worst;
    ngx_http_gate_limit_try_t  *t;

    retry_ns = 0;
    worst = NGX_HTTP_GATE_PASSED;

    for (i = 0; i < n; i++) {
        t = &tries[i];

        status = ngx_http_gate_limit_status(t);

        if (status == NGX_HTTP_GATE_REJECTED) {
            retry_ns = ngx_max(retry_ns, t->verdict.retry_ns);

        } else if (status == NGX_HTTP_GATE_REJECTED_DRY_RUN) {
            ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                          "gate limit: over \"%V\", dry run", &t->name);
        }

        ngx_http_gate_limit_count(r, t, status);

        worst = ngx_max(worst, status);
    }

    ctx->limit->worst = ngx_max(worst, ctx->limit->before);
    ctx->limit->status = ngx_http_gate_limit_statuses[ctx->limit->worst];

    if (worst != NGX_HTTP_GATE_REJECTED) {
        return NGX_OK;
    }

    /* up: who comes when told must not be too early */

    ctx->retry_after = ngx_max((retry_ns + 999999999) / 1000000000, 1);

    return ngx_http_gate_deny(r, ctx, &ngx_http_gate_rate_limited);
}


static ngx_uint_t
ngx_http_gate_limit_status(ngx_http_gate_limit_try_t *t)
{
    if (t->bucket == NULL) {
        return NGX_HTTP_GATE_DEGRADED;
    }

    if (!t->verdict.allow) {
        return t->dry_run ? NGX_HTTP_GATE_REJECTED_DRY_RUN
                          : NGX_HTTP_GATE_REJECTED;
    }

    if (t->delay_ns != 0) {
        return t->dry_run ? NGX_HTTP_GATE_DELAYED_DRY_RUN
                          : NGX_HTTP_GATE_DELAYED;
    }

    return NGX_HTTP_GATE_PASSED;
}


static void
ngx_http_gate_limit_count(ngx_http_request_t *r, ngx_http_gate_limit_try_t *t,
    ngx_uint_t status)
{
    size_t                            n;
    ngx_str_t                         values[2];
    ngx_uint_t                        i;
    ngx_http_gate_limit_counter_t    *c;
    ngx_http_gate_limit_main_conf_t  *lmcf;

    lmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_limit_module);

    /* the address of a name only chooses the place: its bytes decide */

    i = (ngx_uint_t) t->name.data / sizeof(void *) + status;
    c = &lmcf->counters[i % NGX_HTTP_GATE_LIMIT_COUNTERS];

    n = ngx_min(t->name.len, NGX_HTTP_GATE_LIMIT_COUNTED);

    if (c->value == NULL || c->status != status || c->len != t->name.len
        || !gate_word_same(c->name, t->name.data, n))
    {
        values[0] = t->name;
        values[1] = ngx_http_gate_limit_statuses[status];

        ngx_memcpy(c->name, t->name.data, n);
        c->len = t->name.len;
        c->status = status;
        c->value = ngx_http_gate_metric(&ngx_http_gate_limit_decisions, 2,
                                        values);
    }

    (void) ngx_atomic_fetch_add(c->value, 1);
}


static ngx_int_t
ngx_http_gate_limit_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, limit),
                               sizeof(ngx_http_gate_limit_ctx_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_gate_limit_add_vars(cf) != NGX_OK
        || ngx_http_gate_reasons(cf, ngx_http_gate_limit_reasons) != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_limit_decisions)
           != NGX_OK
        || ngx_http_gate_limit_add_class(cf) != NGX_OK
        || ngx_http_gate_spend(cf, &ngx_http_gate_limit_spend) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_limit_check);
}


static void *
ngx_http_gate_limit_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_limit_main_conf_t  *lmcf;

    lmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_limit_main_conf_t));
    if (lmcf == NULL) {
        return NULL;
    }

    lmcf->rates = ngx_array_create(cf->pool, 4, sizeof(void *));
    if (lmcf->rates == NULL) {
        return NULL;
    }

    return lmcf;
}


static void *
ngx_http_gate_limit_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_limit_loc_conf_t  *llcf;

    /*
     * set by ngx_pcalloc():
     *
     *     llcf->lines = NULL;
     *     llcf->zones = NULL;
     *     llcf->who = 0;
     *     llcf->early = NULL;
     *     llcf->beside = NULL;
     */

    llcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_limit_loc_conf_t));
    if (llcf == NULL) {
        return NULL;
    }

    llcf->fields = NGX_CONF_UNSET_UINT;

    return llcf;
}


static char *
ngx_http_gate_limit_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_limit_loc_conf_t *prev = parent;
    ngx_http_gate_limit_loc_conf_t *conf = child;

    ngx_conf_merge_uint_value(conf->fields, prev->fields,
                              NGX_HTTP_GATE_FIELDS_DRAFT10
                              |NGX_HTTP_GATE_FIELDS_LEGACY);

    if (conf->lines == NULL && conf->early == NULL) {
        conf->lines = prev->lines;
        conf->zones = prev->zones;
        conf->who = prev->who;
        conf->early = prev->early;
    }

    if (conf->early != NULL) {
        ngx_http_gate_place_gated(cf);

        if (conf->early->zones == NULL
            && ngx_http_gate_limit_find_zones(cf, conf->early) != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (conf->lines == NULL) {
        return NGX_CONF_OK;
    }

    ngx_http_gate_place_gated(cf);

    if (conf->zones == NULL
        && ngx_http_gate_limit_find_zones(cf, conf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_limit_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_auth_conf_t       *acf;
    ngx_http_gate_limit_line_t      *line;
    ngx_http_gate_limit_loc_conf_t  *llcf;

    llcf = ngx_http_gate_place_conf(place, &ngx_http_gate_limit_module);
    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (llcf->lines != NULL && llcf->who && !acf->enable && !place->server) {
        line = llcf->lines->elts;

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_limit\" by consumer needs \"gate_auth\" in "
                      "location \"%V\", or a \"key=\": add one of them in "
                      "%s:%ui",
                      &place->name, line->file, line->line);
        return NGX_ERROR;
    }

    if (place->server) {
        return NGX_OK;
    }

    if (llcf->early != NULL
        && ngx_http_gate_limit_key_check(cf, place, llcf->early->lines, 1)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return llcf->lines
           ? ngx_http_gate_limit_key_check(cf, place, llcf->lines, 0) : NGX_OK;
}
