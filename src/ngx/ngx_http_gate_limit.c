
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_limit: how much a caller may, decided over all limits at once.
 */


#include "ngx_http_gate_limit.h"


#define NGX_HTTP_GATE_LIMIT_KEY    1024       /* bytes of a key */

/* ns that a worker's clock may be behind another's */
#define NGX_HTTP_GATE_LIMIT_LAG    10000000000LL


enum {
    NGX_HTTP_GATE_PASSED = 0,
    NGX_HTTP_GATE_REJECTED,
    NGX_HTTP_GATE_REJECTED_DRY_RUN,
    NGX_HTTP_GATE_DEGRADED,
    NGX_HTTP_GATE_STATUSES
};


/* buckets that this request has paid, of one location */

typedef struct ngx_http_gate_limit_paid_s  ngx_http_gate_limit_paid_t;

struct ngx_http_gate_limit_paid_s {
    ngx_http_gate_limit_paid_t  *next;
    ngx_uint_t                 n;

    struct {
        ngx_str_t              key;
        uint32_t               kind;
    } buckets[NGX_HTTP_GATE_LIMITS];
};


/* one limit of this request */

typedef struct {
    const gate_rate_t         *rate;
    ngx_str_t                  name;
    ngx_str_t                  key;
    uint32_t                   kind;
    uint32_t                   hash;
    ngx_uint_t                 dry_run;
    ngx_http_gate_node_t      *node;
    gate_bucket_t              verdict;
} ngx_http_gate_limit_try_t;


static ngx_int_t ngx_http_gate_limit_collect(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_try_t *tries,
    ngx_uint_t *np);
static void ngx_http_gate_limit_plan(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *t);
static ngx_int_t ngx_http_gate_limit_key(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_line_t *line,
    ngx_http_gate_limit_try_t *t);
static ngx_uint_t ngx_http_gate_limit_is_paid(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *t);
static ngx_int_t ngx_http_gate_limit_node_locked(ngx_http_gate_zone_t *zone,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t i, int64_t now_ns);
static ngx_int_t ngx_http_gate_limit_decide(ngx_http_gate_zone_t *zone,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t n);
static ngx_int_t ngx_http_gate_limit_remember(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_try_t *tries, ngx_uint_t n);
static ngx_int_t ngx_http_gate_limit_result(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_try_t *tries, ngx_uint_t n);
static ngx_int_t ngx_http_gate_limit_pay(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_try_t *tries, ngx_uint_t n);
static void ngx_http_gate_limit_count(ngx_http_request_t *r,
    ngx_http_gate_limit_try_t *t, ngx_uint_t status);
static ngx_int_t ngx_http_gate_limit_status_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_limit_remaining_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_limit_add_variables(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_limit_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static void *ngx_http_gate_limit_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_limit_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_limit_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_conf_enum_t  ngx_http_gate_limit_fields[] = {
    { ngx_string("off"), 0 },
    { ngx_string("draft10"), NGX_HTTP_GATE_FIELDS_DRAFT10 },
    { ngx_string("legacy"), NGX_HTTP_GATE_FIELDS_LEGACY },
    { ngx_string("both"),
      NGX_HTTP_GATE_FIELDS_DRAFT10|NGX_HTTP_GATE_FIELDS_LEGACY },
    { ngx_null_string, 0 }
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
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_gate_limit_loc_conf_t, fields),
      &ngx_http_gate_limit_fields },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_limit_module_ctx = {
    ngx_http_gate_limit_add_variables,     /* preconfiguration */
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


static ngx_http_variable_t  ngx_http_gate_limit_vars[] = {

    { ngx_string("gate_limit_status"), NULL,
      ngx_http_gate_limit_status_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_limit_remaining"), NULL,
      ngx_http_gate_limit_remaining_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_str_t  ngx_http_gate_limit_statuses[] = {
    ngx_string("PASSED"),
    ngx_string("REJECTED"),
    ngx_string("REJECTED_DRY_RUN"),
    ngx_string("DEGRADED")
};


ngx_int_t
ngx_http_gate_limit_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                        rc;
    ngx_uint_t                       n;
    ngx_http_gate_zone_t            *zone;
    ngx_http_gate_limit_try_t        tries[NGX_HTTP_GATE_LIMITS];
    ngx_http_gate_limit_loc_conf_t  *llcf;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_limit_module);

    if (llcf->lines == NULL) {
        return NGX_DECLINED;
    }

    if (ngx_http_gate_limit_collect(r, ctx, tries, &n) != NGX_OK) {
        return NGX_ERROR;
    }

    if (n == 0) {
        return NGX_DECLINED;
    }

    zone = ngx_http_gate_zone_of(r);
    ctx->limit_fields = llcf->fields;

    ngx_http_gate_zone_lock(zone);

    rc = ngx_http_gate_limit_decide(zone, tries, n);

    ngx_http_gate_zone_unlock(zone);

    if (rc == NGX_DECLINED) {

        if (ngx_http_gate_zone_serves(zone)) {
            ctx->limit_status =
                         ngx_http_gate_limit_statuses[NGX_HTTP_GATE_DEGRADED];
            ngx_http_gate_limit_count(r, &tries[0], NGX_HTTP_GATE_DEGRADED);
            return NGX_OK;
        }

        return ngx_http_gate_deny(r, ctx, NGX_HTTP_GATE_ZONE_FULL, NULL);
    }

    if (ngx_http_gate_limit_remember(r, ctx, tries, n) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_limit_result(r, ctx, tries, n);
}


static ngx_int_t
ngx_http_gate_limit_collect(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t *np)
{
    ngx_int_t                        rc;
    ngx_uint_t                       i, n;
    ngx_http_gate_limit_try_t       *t;
    ngx_http_gate_limit_line_t      *line;
    ngx_http_gate_limit_loc_conf_t  *llcf;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_limit_module);

    line = llcf->lines->elts;
    n = 0;

    for (i = 0; i < llcf->lines->nelts; i++) {

        t = &tries[n];
        t->rate = NULL;
        t->dry_run = line[i].dry_run;

        if (line[i].plan) {
            ngx_http_gate_limit_plan(ctx, t);

        } else {
            rc = ngx_http_gate_limit_key(r, ctx, &line[i], t);

            if (rc != NGX_OK) {
                return rc;
            }
        }

        if (t->rate == NULL || ngx_http_gate_limit_is_paid(ctx, t)) {
            continue;
        }

        t->hash = ngx_murmur_hash2(t->key.data, t->key.len) ^ t->kind;
        n++;
    }

    *np = n;

    return NGX_OK;
}


static void
ngx_http_gate_limit_plan(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *t)
{
    const gate_plan_t  *plan;

    if (ctx->who.consumer == NULL) {
        /* a CORS preflight */
        return;
    }

    plan = ctx->who.consumer->plan;

    if (plan == NULL || !plan->has_rate) {
        return;
    }

    t->rate = &plan->rate;
    t->name.len = plan->name.len;
    t->name.data = plan->name.data;
    t->kind = ngx_murmur_hash2(plan->name.data, plan->name.len);
    t->key.len = ctx->who.consumer->name.len;
    t->key.data = ctx->who.consumer->name.data;
}


static ngx_int_t
ngx_http_gate_limit_key(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_line_t *line, ngx_http_gate_limit_try_t *t)
{
    if (line->key == NULL) {

        if (ctx->who.consumer == NULL) {
            return NGX_OK;
        }

        t->key.len = ctx->who.consumer->name.len;
        t->key.data = ctx->who.consumer->name.data;

    } else if (ngx_http_complex_value(r, line->key, &t->key) != NGX_OK) {
        return NGX_ERROR;
    }

    if (t->key.len == 0) {
        /* as limit_req has it: an empty key is not counted */
        return NGX_OK;
    }

    if (t->key.len > NGX_HTTP_GATE_LIMIT_KEY) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "gate limit: a key of %uz bytes is cut to %d",
                      t->key.len, NGX_HTTP_GATE_LIMIT_KEY);
        t->key.len = NGX_HTTP_GATE_LIMIT_KEY;
    }

    t->rate = &line->rate->rate;
    t->name = line->rate->name;
    t->kind = line->rate->kind;

    return NGX_OK;
}


/*
 * Once for a bucket, whatever try_files and error_page lead to; limits that
 * only a later location has are not paid by those of an earlier one.
 */

static ngx_uint_t
ngx_http_gate_limit_is_paid(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *t)
{
    ngx_uint_t                   i;
    ngx_http_gate_limit_paid_t  *paid;

    for (paid = ctx->paid; paid; paid = paid->next) {

        for (i = 0; i < paid->n; i++) {
            if (paid->buckets[i].kind == t->kind
                && paid->buckets[i].key.len == t->key.len
                && ngx_memcmp(paid->buckets[i].key.data, t->key.data,
                              t->key.len)
                   == 0)
            {
                return 1;
            }
        }
    }

    return 0;
}


/* all are asked before any is debited; NGX_DECLINED: the zone is full */

static ngx_int_t
ngx_http_gate_limit_decide(ngx_http_gate_zone_t *zone,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t n)
{
    int64_t                     now_ns;
    ngx_uint_t                  i, refused;
    ngx_http_gate_limit_try_t  *t;

    now_ns = (int64_t) ngx_current_msec * 1000000;
    refused = 0;

    for (i = 0; i < n; i++) {
        t = &tries[i];

        if (ngx_http_gate_limit_node_locked(zone, tries, i, now_ns) != NGX_OK)
        {
            return NGX_DECLINED;
        }

        gate_bucket_try(t->rate, t->node->tat_ns, now_ns, 1, &t->verdict);

        if (!t->verdict.allow && !t->dry_run) {
            refused = 1;
        }
    }

    for (i = 0; i < n; i++) {
        t = &tries[i];

        if (!t->verdict.allow) {
            continue;
        }

        if (refused) {
            /* nothing is debited: what is told is what is there */
            gate_bucket_try(t->rate, t->node->tat_ns, now_ns, 0, &t->verdict);
            continue;
        }

        t->node->tat_ns = t->verdict.tat_ns;
    }

    return NGX_OK;
}


/* the bucket of try "i", found or made; NGX_DECLINED: the zone is full */

static ngx_int_t
ngx_http_gate_limit_node_locked(ngx_http_gate_zone_t *zone,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t i, int64_t now_ns)
{
    int64_t                     empty_ns;
    ngx_uint_t                  j;
    ngx_http_gate_limit_try_t  *t;

    t = &tries[i];

    t->node = ngx_http_gate_zone_find_locked(zone, t->kind, &t->key, t->hash);

    if (t->node == NULL) {
        t->node = ngx_http_gate_zone_add_locked(zone, t->kind, &t->key,
                                                t->hash, now_ns);
        if (t->node == NULL) {
            return NGX_DECLINED;
        }

        /* its making may have evicted an idle one found before */

        for (j = 0; j < i; j++) {
            if (ngx_http_gate_zone_find_locked(zone, tries[j].kind,
                                               &tries[j].key, tries[j].hash)
                != tries[j].node)
            {
                return NGX_DECLINED;
            }
        }
    }

    /*
     * Of a slower rate, before a reload: none is emptier than empty.  The
     * clocks of workers differ by what one turn of their loops takes, and a
     * worker that is behind must not give back what another has taken.
     */

    empty_ns = now_ns + t->rate->tolerance_ns + t->rate->interval_ns;

    if (t->node->tat_ns > empty_ns + NGX_HTTP_GATE_LIMIT_LAG) {
        t->node->tat_ns = empty_ns;
    }

    return NGX_OK;
}


/* for RateLimit fields, Retry-After and variables; shadows are not told */

static ngx_int_t
ngx_http_gate_limit_remember(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t n)
{
    ngx_uint_t                    i;
    ngx_http_gate_limit_try_t    *t;
    ngx_http_gate_limit_state_t  *s;

    s = ngx_palloc(r->pool, (ctx->nlimits + n)
                            * sizeof(ngx_http_gate_limit_state_t));
    if (s == NULL) {
        return NGX_ERROR;
    }

    if (ctx->nlimits != 0) {
        ngx_memcpy(s, ctx->limits,
                   ctx->nlimits * sizeof(ngx_http_gate_limit_state_t));
    }

    ctx->limits = s;
    s += ctx->nlimits;

    for (i = 0; i < n; i++) {
        t = &tries[i];

        if (t->dry_run) {
            continue;
        }

        s->name = t->name;
        s->quota = t->rate->depth;
        s->window = t->rate->window_s;
        s->remaining = t->verdict.remaining;
        s->next = (t->verdict.next_ns + 999999999) / 1000000000;
        s->full = (t->verdict.full_ns + 999999999) / 1000000000;
        s->refused = !t->verdict.allow;

        s++;
    }

    ctx->nlimits = s - ctx->limits;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_limit_result(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t n)
{
    int64_t                     retry_ns;
    ngx_uint_t                  i, refused, status;
    ngx_http_gate_limit_try_t  *t;

    retry_ns = 0;
    refused = 0;

    ctx->limit_status = ngx_http_gate_limit_statuses[NGX_HTTP_GATE_PASSED];

    for (i = 0; i < n; i++) {
        t = &tries[i];

        if (t->verdict.allow) {
            status = NGX_HTTP_GATE_PASSED;

        } else if (t->dry_run) {
            status = NGX_HTTP_GATE_REJECTED_DRY_RUN;

            ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                          "gate limit: over \"%V\", dry run", &t->name);

        } else {
            status = NGX_HTTP_GATE_REJECTED;
            refused = 1;
            retry_ns = ngx_max(retry_ns, t->verdict.retry_ns);
        }

        ngx_http_gate_limit_count(r, t, status);

        if (status == NGX_HTTP_GATE_REJECTED
            || (status == NGX_HTTP_GATE_REJECTED_DRY_RUN && !refused))
        {
            ctx->limit_status = ngx_http_gate_limit_statuses[status];
        }
    }

    if (!refused) {
        return ngx_http_gate_limit_pay(r, ctx, tries, n);
    }

    ctx->retry_after = ngx_max((retry_ns + 999999999) / 1000000000, 1);

    return ngx_http_gate_deny(r, ctx, NGX_HTTP_GATE_RATE_LIMITED, NULL);
}


static ngx_int_t
ngx_http_gate_limit_pay(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t n)
{
    ngx_uint_t                   i;
    ngx_http_gate_limit_paid_t  *paid;

    paid = ngx_palloc(r->pool, sizeof(ngx_http_gate_limit_paid_t));
    if (paid == NULL) {
        return NGX_ERROR;
    }

    paid->next = ctx->paid;
    paid->n = n;

    for (i = 0; i < n; i++) {
        paid->buckets[i].key = tries[i].key;
        paid->buckets[i].kind = tries[i].kind;
    }

    ctx->paid = paid;

    return NGX_OK;
}


static void
ngx_http_gate_limit_count(ngx_http_request_t *r, ngx_http_gate_limit_try_t *t,
    ngx_uint_t status)
{
    ngx_str_t                         values[2];
    ngx_http_gate_limit_counter_t    *c;
    ngx_http_gate_limit_main_conf_t  *lmcf;

    lmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_limit_module);

    c = &lmcf->counters[(t->kind + status) % NGX_HTTP_GATE_LIMIT_COUNTERS];

    /* names are of the configuration: the same address, the same name */

    if (c->name != t->name.data || c->status != status) {
        values[0] = t->name;
        values[1] = ngx_http_gate_limit_statuses[status];

        c->name = t->name.data;
        c->status = status;
        c->value = ngx_http_gate_metric(NGX_HTTP_GATE_M_LIMITS, 2, values);
    }

    (void) ngx_atomic_fetch_add(c->value, 1);
}


static ngx_int_t
ngx_http_gate_limit_status_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->limit_status.len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_gate_set_var(v, &ctx->limit_status);

    return NGX_OK;
}


/* of the limit that is nearest to its end */

static ngx_int_t
ngx_http_gate_limit_remaining_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    uint64_t              n;
    ngx_str_t             value;
    ngx_uint_t            i;
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->nlimits == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    n = ctx->limits[0].remaining;

    for (i = 1; i < ctx->nlimits; i++) {
        n = ngx_min(n, ctx->limits[i].remaining);
    }

    value.data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%uL", n) - value.data;

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_limit_add_variables(ngx_conf_t *cf)
{
    if (ngx_http_gate_add_vars(cf, ngx_http_gate_limit_vars) != NGX_OK) {
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
     *     llcf->file = NULL;
     *     llcf->line = 0;
     *     llcf->who = 0;
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

    if (conf->lines == NULL) {
        conf->lines = prev->lines;
        conf->file = prev->file;
        conf->line = prev->line;
        conf->who = prev->who;
    }

    if (conf->lines == NULL) {
        return NGX_CONF_OK;
    }

    ngx_http_gate_policy(cf);

    if (ngx_http_gate_zone(cf) == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_limit\" needs \"gate_zone\": write "
                      "\"gate_zone NAME SIZE\" in http in %s:%ui",
                      conf->file, conf->line);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_limit_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_auth_conf_t       *acf;
    ngx_http_gate_limit_loc_conf_t  *llcf;

    llcf = ngx_http_gate_place_conf(place, &ngx_http_gate_limit_module);
    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (llcf->lines != NULL && llcf->who && !acf->enable && !place->server) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_limit\" by consumer needs \"gate_auth\" in "
                      "location \"%V\", or a \"key=\" in %s:%ui",
                      &place->name, llcf->file, llcf->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}
