
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_journal, gate_node, gate_meter: every admitted request opens a slot and
 * ends as exactly one outcome.
 */


#include "ngx_http_gate.h"

#include "gate_jfile.h"


#define NGX_HTTP_GATE_NODE_MAX  128


typedef struct {
    ngx_str_t                  path;
    ssize_t                    size;
    time_t                     retain;
    ngx_uint_t                 serves;    /* when the journal is full */
    ngx_str_t                  node;
    ngx_shm_zone_t            *zone;
    ngx_pool_t                *pool;
    ngx_cycle_t               *cycle;
    gate_jfile_t               file;      /* mapped by the master */
    ngx_uint_t                 mapped;

    /* of this worker */
    int                        fd;
    gate_journal_lock_t        lock;
    gate_journal_writer_t     *writer;
    ngx_uint_t                 tried;
    ngx_event_t                recover;
    time_t                     told;      /* when it was last full */
} ngx_http_gate_meter_main_conf_t;


typedef struct {
    ngx_flag_t                 enable;
    ngx_uint_t                 bytes;
    ngx_atomic_t             **outcomes;  /* counters, the worker's own */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_meter_loc_conf_t;


static gate_journal_writer_t *ngx_http_gate_meter_writer(
    ngx_http_gate_meter_main_conf_t *mmcf, ngx_log_t *log);
static void ngx_http_gate_meter_key(ngx_http_gate_ctx_t *ctx,
    gate_journal_key_t *key);
static ngx_int_t ngx_http_gate_meter_full(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_meter_main_conf_t *mmcf);
static gate_unit_e ngx_http_gate_meter_outcome(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_uint_t ngx_http_gate_meter_complete(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static uint64_t ngx_http_gate_meter_duration(ngx_http_request_t *r);
static void ngx_http_gate_meter_count(ngx_http_gate_ctx_t *ctx,
    gate_unit_e outcome);
static ngx_int_t ngx_http_gate_meter_id_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_meter_units_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static void ngx_http_gate_meter_recover(ngx_event_t *ev);
static char *ngx_http_gate_meter_journal_line(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_gate_meter_param(ngx_conf_t *cf,
    ngx_http_gate_meter_main_conf_t *mmcf, ngx_str_t *value,
    ngx_uint_t *seen);
static char *ngx_http_gate_meter_node_line(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_gate_meter_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_gate_meter_init_zone(ngx_shm_zone_t *zone,
    void *data);
static void ngx_http_gate_meter_close(void *data);
static ngx_int_t ngx_http_gate_meter_add_variables(ngx_conf_t *cf);
static void *ngx_http_gate_meter_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_meter_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_meter_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_gate_meter_init_process(ngx_cycle_t *cycle);
static void ngx_http_gate_meter_exit_process(ngx_cycle_t *cycle);


static ngx_command_t  ngx_http_gate_meter_commands[] = {

    { ngx_string("gate_journal"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_gate_meter_journal_line,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_node"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_meter_node_line,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_meter"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_meter_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_meter_module_ctx = {
    ngx_http_gate_meter_add_variables,     /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_meter_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_meter_create_loc_conf,   /* create location configuration */
    ngx_http_gate_meter_merge_loc_conf     /* merge location configuration */
};


ngx_module_t  ngx_http_gate_meter_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_meter_module_ctx,       /* module context */
    ngx_http_gate_meter_commands,          /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_gate_meter_init_process,      /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_gate_meter_exit_process,      /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_variable_t  ngx_http_gate_meter_vars[] = {

    { ngx_string("gate_usage_id"), NULL, ngx_http_gate_meter_id_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_units"), NULL, ngx_http_gate_meter_units_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


/* the four that a request can end as, in the order of gate_unit_e */

static ngx_str_t  ngx_http_gate_meter_outcomes[] = {
    ngx_string("served"),
    ngx_string("refused_upstream"),
    ngx_string("aborted"),
    ngx_string("interrupted")
};


/* MAY: asked before a limit is debited, as the answer may be a refusal */

ngx_int_t
ngx_http_gate_meter_reserve(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    gate_journal_key_t                key;
    gate_journal_writer_t            *w;
    ngx_http_gate_meter_loc_conf_t   *mlcf;
    ngx_http_gate_meter_main_conf_t  *mmcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_meter_module);

    if (!mlcf->enable || ctx->metered) {
        return NGX_DECLINED;
    }

    mmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_meter_module);

    ctx->cell = GATE_JOURNAL_NO_CELL;

    w = ngx_http_gate_meter_writer(mmcf, r->connection->log);
    if (w == NULL) {
        return ngx_http_gate_meter_full(r, ctx, mmcf);
    }

    ngx_http_gate_meter_key(ctx, &key);

    if (gate_journal_reserve(w, &key, ngx_time() / 3600, &ctx->cell)
        != GATE_JOURNAL_OK)
    {
        ctx->cell = GATE_JOURNAL_NO_CELL;
        return ngx_http_gate_meter_full(r, ctx, mmcf);
    }

    return NGX_OK;
}


/* made when first needed: without a master a reload does not call
 * init_process for the new cycle */

static gate_journal_writer_t *
ngx_http_gate_meter_writer(ngx_http_gate_meter_main_conf_t *mmcf,
    ngx_log_t *log)
{
    gate_journal_rc_e  rc;

    if (mmcf->writer != NULL || mmcf->tried) {
        return mmcf->writer;
    }

    if (mmcf->fd == -1
        && gate_jfile_reopen(&mmcf->file, (char *) mmcf->path.data, &mmcf->fd)
           != GATE_JOURNAL_OK)
    {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      "gate journal: could not open \"%V\" in a worker",
                      &mmcf->path);
        mmcf->tried = 1;
        return NULL;
    }

    mmcf->lock.try_lock = gate_jfile_try_lock;
    mmcf->lock.unlock = gate_jfile_unlock;
    mmcf->lock.data = &mmcf->fd;

    rc = gate_journal_writer_open(mmcf->file.journal, &mmcf->lock,
                                  ngx_time() / 3600, &mmcf->writer);

    if (rc != GATE_JOURNAL_OK) {
        /* not "tried": a record may come free */
        ngx_log_error(NGX_LOG_ALERT, log, 0,
                      "gate journal: no writer record is free in \"%V\"",
                      &mmcf->path);
        mmcf->writer = NULL;
    }

    return mmcf->writer;
}


static void
ngx_http_gate_meter_key(ngx_http_gate_ctx_t *ctx, gate_journal_key_t *key)
{
    gate_consumer_t  *c;

    /* "-" where there is none; no consumer and no plan can be called so */

    static ngx_str_t  none = ngx_string("-");

    c = ctx->who.consumer;

    key->consumer = c ? c->name : ngx_http_gate_view(&none);
    key->plan = (c && c->plan) ? c->plan->name : ngx_http_gate_view(&none);
    key->api = ngx_http_gate_view(&ctx->api->name);
    key->version = ngx_http_gate_view(ctx->api->version.len
                                      ? &ctx->api->version : &none);
}


static ngx_int_t
ngx_http_gate_meter_full(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_meter_main_conf_t *mmcf)
{
    ngx_atomic_t  *p;

    if (mmcf->told != ngx_time()) {
        mmcf->told = ngx_time();

        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "gate journal: no room in \"%V\", requests are %s",
                      &mmcf->path, mmcf->serves ? "served and not billed"
                                                : "refused");
    }

    if (!mmcf->serves) {
        return ngx_http_gate_deny(r, ctx, NGX_HTTP_GATE_JOURNAL_FULL, NULL);
    }

    p = ngx_http_gate_metric(NGX_HTTP_GATE_M_UNBILLED, 0, NULL);
    (void) ngx_atomic_fetch_add(p, 1);

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_meter_open(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    gate_journal_rc_e                 rc;
    ngx_http_gate_meter_loc_conf_t   *mlcf;
    ngx_http_gate_meter_main_conf_t  *mmcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_meter_module);

    if (!mlcf->enable || ctx->metered
        || ctx->cell == GATE_JOURNAL_NO_CELL)
    {
        return NGX_DECLINED;
    }

    mmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_meter_module);

    rc = gate_journal_open(mmcf->writer, ctx->cell, &ctx->slot);

    if (rc != GATE_JOURNAL_OK) {
        return ngx_http_gate_meter_full(r, ctx, mmcf);
    }

    ctx->metered = 1;
    ctx->meter = mlcf;

    return NGX_OK;
}


/* LOG: the one place where a slot ends */

ngx_int_t
ngx_http_gate_meter_settle(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    uint64_t                          units[GATE_JOURNAL_UNITS];
    gate_unit_e                       outcome;
    gate_journal_rc_e                 rc;
    ngx_http_gate_meter_loc_conf_t   *mlcf;
    ngx_http_gate_meter_main_conf_t  *mmcf;

    if (!ctx->metered) {
        return NGX_DECLINED;
    }

    mmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_meter_module);
    mlcf = ctx->meter;

    outcome = ngx_http_gate_meter_outcome(r, ctx);

    ngx_memzero(units, sizeof(units));

    units[GATE_DURATION_MS] = ngx_http_gate_meter_duration(r);

    if (mlcf->bytes) {
        units[GATE_BYTES_IN] = r->request_length;
        units[GATE_BYTES_OUT] = r->connection->sent;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate meter: slot %uL, %V", ctx->slot.seq,
                   &ngx_http_gate_meter_outcomes[outcome]);

    rc = gate_journal_close(mmcf->writer, &ctx->slot, outcome, units,
                            ngx_time() / 3600);

    if (rc != GATE_JOURNAL_OK) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "gate journal: %s at the end of a request",
                      rc == GATE_JOURNAL_SATURATED ? "a total is at its bound"
                                                   : "an inconsistency");
    }

    ngx_http_gate_meter_count(ctx, outcome);

    return NGX_OK;
}


/*
 * served: an answer of the service reached the client as a whole.  aborted:
 * the client left, or the answer was cut.  Else the gateway, the sidecar or
 * nobody answered.  What nginx serves itself (files, a cache) is a service.
 */

static gate_unit_e
ngx_http_gate_meter_outcome(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t  answered;

    if (r->upstream_states != NULL && r->upstream_states->nelts != 0) {
        answered = ctx->from_service;

    } else {
        answered = ctx->from_service
                   || (ctx->reason == NGX_HTTP_GATE_ADMITTED
                       && r->headers_out.status < NGX_HTTP_BAD_GATEWAY);
    }

    if (r->headers_out.status == NGX_HTTP_CLIENT_CLOSED_REQUEST
        || (r->connection->error && !answered))
    {
        return GATE_ABORTED;
    }

    if (!answered) {
        return GATE_REFUSED_UPSTREAM;
    }

    return ngx_http_gate_meter_complete(r, ctx) ? GATE_SERVED : GATE_ABORTED;
}


static ngx_uint_t
ngx_http_gate_meter_complete(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (r->connection->error || !r->request_complete) {
        return 0;
    }

    if (r->header_only || r->method == NGX_HTTP_HEAD
        || r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS)
    {
        return 1;
    }

    return ctx->last_seen;
}


static uint64_t
ngx_http_gate_meter_duration(ngx_http_request_t *r)
{
    int64_t      ms;
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    ms = (int64_t) (tp->sec - r->start_sec) * 1000
         + (int64_t) tp->msec - (int64_t) r->start_msec;

    return ms > 0 ? ms : 0;
}


static void
ngx_http_gate_meter_count(ngx_http_gate_ctx_t *ctx, gate_unit_e outcome)
{
    ngx_str_t                         values[3];
    ngx_http_gate_meter_loc_conf_t   *mlcf;

    mlcf = ctx->meter;

    if (mlcf->outcomes[outcome] == NULL) {
        values[0] = ctx->api->name;
        values[1] = ctx->api->version;
        values[2] = ngx_http_gate_meter_outcomes[outcome];

        mlcf->outcomes[outcome] =
                   ngx_http_gate_metric(NGX_HTTP_GATE_M_OUTCOMES, 3, values);
    }

    (void) ngx_atomic_fetch_add(mlcf->outcomes[outcome], 1);
}


gate_journal_t *
ngx_http_gate_meter_journal(ngx_cycle_t *cycle)
{
    ngx_http_gate_meter_main_conf_t  *mmcf;

    mmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_meter_module);

    return (mmcf != NULL && mmcf->mapped) ? mmcf->file.journal : NULL;
}


int
ngx_http_gate_meter_fd(ngx_cycle_t *cycle)
{
    ngx_http_gate_meter_main_conf_t  *mmcf;

    mmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_meter_module);

    return mmcf ? mmcf->fd : -1;
}


ngx_str_t *
ngx_http_gate_meter_node(ngx_cycle_t *cycle)
{
    ngx_http_gate_meter_main_conf_t  *mmcf;

    mmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_meter_module);

    if (mmcf == NULL || mmcf->node.len == 0) {
        return &cycle->hostname;
    }

    return &mmcf->node;
}


time_t
ngx_http_gate_meter_retain(ngx_cycle_t *cycle)
{
    ngx_http_gate_meter_main_conf_t  *mmcf;

    mmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_meter_module);

    return mmcf->retain;
}


/* $gate_usage_id: NODE-EPOCH-SEQUENCE, unique for ever */

static ngx_int_t
ngx_http_gate_meter_id_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char               *p;
    ngx_str_t            *node;
    gate_journal_t       *j;
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->metered) {
        v->not_found = 1;
        return NGX_OK;
    }

    if (ctx->usage_id.len == 0) {
        node = ngx_http_gate_meter_node((ngx_cycle_t *) ngx_cycle);
        j = ngx_http_gate_meter_journal((ngx_cycle_t *) ngx_cycle);

        if (j == NULL) {
            v->not_found = 1;
            return NGX_OK;
        }

        p = ngx_pnalloc(r->pool, node->len + 2 * 16 + 2);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ctx->usage_id.data = p;
        ctx->usage_id.len = ngx_sprintf(p, "%V-%016xL-%xL", node,
                                        gate_journal_epoch_id(j),
                                        ctx->slot.seq)
                            - p;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = ctx->usage_id.len;
    v->data = ctx->usage_id.data;

    return NGX_OK;
}


/* $gate_units: what this request counts as */

static ngx_int_t
ngx_http_gate_meter_units_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->metered) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = 1;
    v->data = (u_char *) "1";

    return NGX_OK;
}


/* once a second each worker looks after those that died */

static void
ngx_http_gate_meter_recover(ngx_event_t *ev)
{
    uint32_t                          n;
    ngx_http_gate_meter_main_conf_t  *mmcf;

    if (ngx_exiting || ngx_quit || ngx_terminate) {
        return;
    }

    mmcf = ev->data;

    if (ngx_http_gate_meter_writer(mmcf, ev->log) != NULL) {

        n = gate_journal_recover(mmcf->file.journal, &mmcf->lock,
                                 ngx_time() / 3600);
        if (n != 0) {
            ngx_log_error(NGX_LOG_WARN, ev->log, 0,
                          "gate journal: %uD open requests of a worker that "
                          "died are interrupted", n);
        }
    }

    ngx_add_timer(ev, 1000);
}


/* gate_journal PATH [size=64m] [full=refuse|serve] [retain=40d]; */

static char *
ngx_http_gate_meter_journal_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_gate_meter_main_conf_t *mmcf = conf;

    ngx_str_t   *value, name;
    ngx_uint_t   i, seen;

    if (mmcf->path.len != 0) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;
    mmcf->path = value[1];
    seen = 0;

    if (ngx_conf_full_name(cf->cycle, &mmcf->path, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_gate_meter_param(cf, mmcf, &value[i], &seen)
            != NGX_CONF_OK)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    /*
     * The zone is there for its callback alone: it is called after all was
     * read, before workers start, not as root's last word on a failed reload,
     * and an error in it leaves the old configuration serving.
     */

    ngx_str_set(&name, "gate_journal");

    mmcf->zone = ngx_shared_memory_add(cf, &name, 8 * ngx_pagesize,
                                       &ngx_http_gate_meter_module);
    if (mmcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    mmcf->zone->init = ngx_http_gate_meter_init_zone;
    mmcf->zone->data = mmcf;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_meter_param(ngx_conf_t *cf,
    ngx_http_gate_meter_main_conf_t *mmcf, ngx_str_t *value, ngx_uint_t *seen)
{
    ngx_str_t   s;
    ngx_uint_t  bit;

    if (ngx_strncmp(value->data, "size=", 5) == 0) {
        s.len = value->len - 5;
        s.data = value->data + 5;

        mmcf->size = ngx_parse_size(&s);
        if (mmcf->size < GATE_JOURNAL_MIN_SIZE) {
            return NGX_CONF_ERROR;
        }

        bit = 1;

    } else if (ngx_strncmp(value->data, "retain=", 7) == 0) {
        s.len = value->len - 7;
        s.data = value->data + 7;

        mmcf->retain = ngx_parse_time(&s, 1);
        if (mmcf->retain < 3600) {
            return NGX_CONF_ERROR;
        }

        bit = 2;

    } else if (ngx_strcmp(value->data, "full=serve") == 0) {
        mmcf->serves = 1;
        bit = 4;

    } else if (ngx_strcmp(value->data, "full=refuse") == 0) {
        bit = 4;

    } else {
        return NGX_CONF_ERROR;
    }

    if (*seen & bit) {
        return NGX_CONF_ERROR;
    }

    *seen |= bit;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_meter_node_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_meter_main_conf_t *mmcf = conf;

    ngx_str_t  *value;

    if (mmcf->node.len != 0) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (value[1].len == 0 || value[1].len > NGX_HTTP_GATE_NODE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid node name \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    mmcf->node = value[1];

    return NGX_CONF_OK;
}


/* gate_meter requests [bytes] | off; */

static char *
ngx_http_gate_meter_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_meter_loc_conf_t *mlcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;

    if (mlcf->enable != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    mlcf->file = cf->conf_file->file.name.data;
    mlcf->line = cf->conf_file->line;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        mlcf->enable = 0;
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "requests") == 0) {
            mlcf->enable = 1;
            continue;
        }

        if (ngx_strcmp(value[i].data, "bytes") == 0) {
            mlcf->bytes = 1;
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    if (mlcf->enable == NGX_CONF_UNSET) {
        return "must count \"requests\"";
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_meter_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_gate_meter_main_conf_t *mmcf = zone->data;

    char                  err[512];
    ngx_uid_t             uid;
    ngx_gid_t             gid;
    ngx_core_conf_t      *ccf;
    gate_journal_rc_e     rc;
    ngx_pool_cleanup_t   *cln;

    err[0] = '\0';

    if (ngx_test_config) {
        rc = gate_jfile_test((char *) mmcf->path.data, mmcf->size, err,
                             sizeof(err));
        goto done;
    }

    cln = ngx_pool_cleanup_add(mmcf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    /* workers open the file themselves, as another user */

    ccf = (ngx_core_conf_t *) ngx_get_conf(mmcf->cycle->conf_ctx,
                                           ngx_core_module);

    uid = (geteuid() == 0) ? ccf->user : (ngx_uid_t) -1;
    gid = (geteuid() == 0) ? ccf->group : (ngx_gid_t) -1;

    if (uid == (ngx_uid_t) NGX_CONF_UNSET_UINT) {
        uid = (ngx_uid_t) -1;
        gid = (ngx_gid_t) -1;
    }

    rc = gate_jfile_open(&mmcf->file, (char *) mmcf->path.data, mmcf->size,
                         uid, gid, err, sizeof(err));

    if (rc == GATE_JOURNAL_OK) {
        mmcf->mapped = 1;

        cln->handler = ngx_http_gate_meter_close;
        cln->data = mmcf;
    }

done:

    if (rc != GATE_JOURNAL_OK) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                      "gate_journal \"%V\": %s", &mmcf->path, err);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_http_gate_meter_close(void *data)
{
    ngx_http_gate_meter_main_conf_t *mmcf = data;

    /* without a master the old cycle's worker part is still there */

    if (mmcf->writer != NULL) {
        gate_journal_writer_close(mmcf->writer);
        mmcf->writer = NULL;
    }

    if (mmcf->fd != -1) {
        (void) close(mmcf->fd);
        mmcf->fd = -1;
    }

    gate_jfile_close(&mmcf->file);
    mmcf->mapped = 0;
}


static ngx_int_t
ngx_http_gate_meter_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_gate_meter_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static void *
ngx_http_gate_meter_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_meter_main_conf_t  *mmcf;

    /*
     * set by ngx_pcalloc():
     *
     *     mmcf->path = { 0, NULL };
     *     mmcf->node = { 0, NULL };
     *     mmcf->serves = 0;
     *     mmcf->mapped = 0;
     *     mmcf->writer = NULL;
     */

    mmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_meter_main_conf_t));
    if (mmcf == NULL) {
        return NULL;
    }

    mmcf->size = 64 * 1024 * 1024;
    mmcf->retain = 40 * 86400;
    mmcf->fd = -1;
    mmcf->pool = cf->pool;
    mmcf->cycle = cf->cycle;

    return mmcf;
}


static void *
ngx_http_gate_meter_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_meter_loc_conf_t  *mlcf;

    /*
     * set by ngx_pcalloc():
     *
     *     mlcf->bytes = 0;
     *     mlcf->outcomes[] = NULL;
     */

    mlcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_meter_loc_conf_t));
    if (mlcf == NULL) {
        return NULL;
    }

    mlcf->enable = NGX_CONF_UNSET;

    mlcf->outcomes = ngx_pcalloc(cf->pool, 4 * sizeof(ngx_atomic_t *));
    if (mlcf->outcomes == NULL) {
        return NULL;
    }

    return mlcf;
}


static char *
ngx_http_gate_meter_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_meter_loc_conf_t *prev = parent;
    ngx_http_gate_meter_loc_conf_t *conf = child;

    ngx_http_gate_api_t              *api;
    ngx_http_gate_meter_main_conf_t  *mmcf;

    if (conf->enable == NGX_CONF_UNSET) {
        conf->enable = (prev->enable == NGX_CONF_UNSET) ? 0 : prev->enable;
        conf->bytes = prev->bytes;
        conf->file = prev->file;
        conf->line = prev->line;
    }

    mmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_meter_module);
    api = ngx_http_gate_api_conf(cf);

    if (!conf->enable) {

        if (mmcf->path.len != 0 && conf->file == NULL
            && ngx_http_gate_in_location(cf)
            && ngx_http_gate_is_policy(cf))
        {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "location \"%V\" is gated but has no "
                          "\"gate_meter\": its requests are not billed",
                          ngx_http_gate_location_name(cf));
        }

        return NGX_CONF_OK;
    }

    ngx_http_gate_policy(cf);

    if (mmcf->path.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_meter\" needs \"gate_journal\" in %s:%ui",
                      conf->file, conf->line);
        return NGX_CONF_ERROR;
    }

    if (api->name.len == 0 && ngx_http_gate_in_location(cf)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_meter\" needs \"gate_api\" in %s:%ui",
                      conf->file, conf->line);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_meter_init_process(ngx_cycle_t *cycle)
{
    ngx_event_t                      *ev;
    ngx_http_gate_meter_main_conf_t  *mmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    mmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_meter_module);

    if (mmcf == NULL || !mmcf->mapped) {
        return NGX_OK;
    }

    (void) ngx_http_gate_meter_writer(mmcf, cycle->log);

    ev = &mmcf->recover;

    ev->handler = ngx_http_gate_meter_recover;
    ev->data = mmcf;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, 1000);

    return NGX_OK;
}


static void
ngx_http_gate_meter_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_gate_meter_main_conf_t  *mmcf;

    mmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_meter_module);

    if (mmcf == NULL || mmcf->writer == NULL) {
        return;
    }

    /* requests that are still open will not end: they are interrupted */

    gate_journal_writer_close(mmcf->writer);
    mmcf->writer = NULL;
    mmcf->tried = 1;
}
