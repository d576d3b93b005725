
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_meter: every admitted request opens a slot and ends as exactly one
 * outcome.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_meter.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_journal.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_vars.h"


static gate_unit_e ngx_http_gate_meter_outcome(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static uint64_t ngx_http_gate_meter_duration(ngx_http_gate_ctx_t *ctx);
static ssize_t ngx_http_gate_meter_recv(ngx_connection_t *c, u_char *buf,
    size_t size);
static void ngx_http_gate_meter_count(ngx_http_gate_ctx_t *ctx,
    gate_unit_e outcome);
static ngx_int_t ngx_http_gate_meter_id_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_meter_units_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static char *ngx_http_gate_meter_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_gate_meter_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_meter_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static void *ngx_http_gate_meter_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_meter_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_http_gate_conf_row_t  ngx_http_gate_meter_params[] = {

    { ngx_string("requests"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_meter_loc_conf_t, enable), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_meter_loc_conf_t, enable), 0, 0, NULL },

    { ngx_string("bytes"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_meter_loc_conf_t, bytes), 1, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_family_t  ngx_http_gate_meter_ended = {
    "gate_request_outcomes_total", NGX_HTTP_GATE_COUNTER,
    "Metered requests, by how they ended.",
    { "api", "version", "outcome", NULL }, "outcomes", 0, NULL
};


static ngx_command_t  ngx_http_gate_meter_commands[] = {

    { ngx_string("gate_meter"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_meter_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


const ngx_http_gate_reason_t  ngx_http_gate_journal_full = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_WARN, ngx_string("journal_full"),
    ngx_string("Gateway at capacity"),
    ngx_string("The gateway cannot record one more request now.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_meter_reasons[] = {
    &ngx_http_gate_journal_full,
    NULL
};


static ngx_http_module_t  ngx_http_gate_meter_module_ctx = {
    ngx_http_gate_meter_preconfiguration,  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
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
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
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


ngx_int_t
ngx_http_gate_meter_open(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                         rc;
    ngx_http_gate_meter_loc_conf_t   *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_meter_module);

    /* the room that was found may have become another one's meanwhile */

    rc = ctx->waited ? ngx_http_gate_meter_reserve(r, ctx) : NGX_OK;

    if (rc != NGX_OK) {
        return rc;
    }

    if (!mlcf->enable || ctx->meter->metered
        || ctx->meter->cell == GATE_JOURNAL_NO_CELL)
    {
        return NGX_DECLINED;
    }

    if (gate_journal_open(ngx_http_gate_journal_writer(r), ctx->meter->cell,
                          &ctx->meter->slot)
        != GATE_JOURNAL_OK)
    {
        return ngx_http_gate_meter_full(r, ctx);
    }

    ctx->meter->metered = 1;
    ctx->meter->conf = mlcf;
    ctx->meter->billed = ctx->api;

    return NGX_OK;
}


/* LOG: the one place where a slot ends */

ngx_int_t
ngx_http_gate_meter_settle(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    uint64_t                         units[GATE_JOURNAL_UNITS];
    gate_unit_e                      outcome;
    gate_journal_rc_e                rc;
    gate_journal_writer_t           *w;
    ngx_http_gate_meter_loc_conf_t  *mlcf;

    if (!ctx->meter->metered) {
        return NGX_DECLINED;
    }

    if (ctx->meter->recv != NULL) {
        r->connection->recv = ctx->meter->recv;
    }

    /* only now: without "gate_journal" there is nothing to open */

    w = ngx_http_gate_journal_writer(r);
    if (w == NULL) {
        return NGX_DECLINED;
    }

    mlcf = ctx->meter->conf;

    outcome = ngx_http_gate_meter_outcome(r, ctx);

    ngx_memzero(units, sizeof(units));

    units[GATE_DURATION_MS] = ngx_http_gate_meter_duration(ctx);

    if (mlcf->bytes) {
        units[GATE_BYTES_IN] = r->request_length + ctx->meter->tunnelled;
        units[GATE_BYTES_OUT] = r->connection->sent;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate meter: slot %uL, %V", ctx->meter->slot.seq,
                   &ngx_http_gate_meter_outcomes[outcome]);

    rc = gate_journal_close(w, &ctx->meter->slot, outcome, units,
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
 * Who made the answer was seen when it went out: a post_action has written
 * over status and upstream since.  An error that a filter put in place ends
 * by a torn connection, though all of it went out.
 */

static gate_unit_e
ngx_http_gate_meter_outcome(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_connection_t    *c;
    gate_outcome_end_t   e;

    c = r->connection;

    e.from = ctx->answer->from;
    e.whole = (ctx->answer->bodiless || ctx->answer->last_seen);

    if (r->filter_finalize) {
        e.gone = 0;

    } else if (ctx->answer->kept) {
        /* who leaves early has it when he comes back, and that is free */
        e.whole = 1;
        e.gone = 0;

    } else {
        e.whole = (e.whole && r->request_complete);
        e.gone = c->error;
    }

    if (e.from == GATE_FROM_NOBODY
        && (r->headers_out.status == NGX_HTTP_CLIENT_CLOSED_REQUEST
            || (c->timedout && r->headers_out.status != NGX_HTTP_CLOSE)))
    {
        e.gone = 1;
    }

    return gate_outcome(&e);
}


/* on a clock that nobody sets, to the millisecond at which events were seen */

static uint64_t
ngx_http_gate_meter_duration(ngx_http_gate_ctx_t *ctx)
{
    return (uint64_t) (ngx_current_msec - ctx->begun) + ctx->before;
}


/*
 * What a client sends on an upgraded connection is read past r->request_length
 * by the function of its connection, plain or TLS: ours stands before it.
 */

void
ngx_http_gate_meter_tunnel(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_meter_loc_conf_t  *mlcf;

    mlcf = ctx->meter->conf;

    if (!mlcf->bytes || ctx->meter->recv != NULL
        || r->http_version > NGX_HTTP_VERSION_11)
    {
        return;
    }

    ctx->meter->tunnelled = r->header_in->last - r->header_in->pos;
    ctx->meter->recv = r->connection->recv;
    r->connection->recv = ngx_http_gate_meter_recv;
}


static ssize_t
ngx_http_gate_meter_recv(ngx_connection_t *c, u_char *buf, size_t size)
{
    ssize_t               n;
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(c->data);

    n = ctx->meter->recv(c, buf, size);

    if (n > 0) {
        ctx->meter->tunnelled += n;
    }

    return n;
}


static void
ngx_http_gate_meter_count(ngx_http_gate_ctx_t *ctx, gate_unit_e outcome)
{
    ngx_str_t                         values[3];
    ngx_http_gate_meter_loc_conf_t   *mlcf;

    mlcf = ctx->meter->conf;

    if (mlcf->outcomes[outcome] == NULL) {
        values[0] = ctx->meter->billed->name;
        values[1] = ctx->meter->billed->version;
        values[2] = ngx_http_gate_meter_outcomes[outcome];

        mlcf->outcomes[outcome] =
            ngx_http_gate_metric(&ngx_http_gate_meter_ended, 3, values);
    }

    (void) ngx_atomic_fetch_add(mlcf->outcomes[outcome], 1);
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

    if (ctx == NULL || !ctx->meter->metered) {
        v->not_found = 1;
        return NGX_OK;
    }

    if (ctx->meter->usage_id.len == 0) {
        node = ngx_http_gate_journal_node((ngx_cycle_t *) ngx_cycle);
        j = ngx_http_gate_journal((ngx_cycle_t *) ngx_cycle);

        if (j == NULL) {
            v->not_found = 1;
            return NGX_OK;
        }

        p = ngx_pnalloc(r->pool, node->len + 2 * 16 + 2);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ctx->meter->usage_id.data = p;
        ctx->meter->usage_id.len = ngx_sprintf(p, "%V-%016xL-%xL", node,
                                        gate_journal_epoch_id(j),
                                        ctx->meter->slot.seq)
                            - p;
    }

    ngx_http_gate_set_var(v, &ctx->meter->usage_id);

    return NGX_OK;
}


/* $gate_units: what this request counts as */

static ngx_int_t
ngx_http_gate_meter_units_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_gate_ctx_t  *ctx;

    static ngx_str_t  one = ngx_string("1");

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->meter->metered) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_gate_set_var(v, &one);

    return NGX_OK;
}


/* gate_meter requests [bytes] | off; */

static char *
ngx_http_gate_meter_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_meter_loc_conf_t *mlcf = conf;

    char  *rv;

    if (mlcf->enable != NGX_CONF_UNSET) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    mlcf->file = cf->conf_file->file.name.data;
    mlcf->line = cf->conf_file->line;

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_meter_params, mlcf);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (mlcf->enable == NGX_CONF_UNSET) {
        return "must count \"requests\": add that word";
    }

    if (!mlcf->enable && mlcf->bytes) {
        return "has \"off\", which stands alone: take \"bytes\" out";
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_meter_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, meter),
                               sizeof(ngx_http_gate_meter_ctx_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_gate_add_vars(cf, ngx_http_gate_meter_vars) != NGX_OK
        || ngx_http_gate_reasons(cf, ngx_http_gate_meter_reasons) != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_meter_ended) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_meter_check);
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
     *     mlcf->hints[] = 0;
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

    mlcf->hints = ngx_pcalloc(cf->pool, NGX_HTTP_GATE_METER_HINTS
                                        * sizeof(uint32_t));
    if (mlcf->hints == NULL) {
        return NULL;
    }

    return mlcf;
}


static char *
ngx_http_gate_meter_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_meter_loc_conf_t *prev = parent;
    ngx_http_gate_meter_loc_conf_t *conf = child;

    if (conf->enable == NGX_CONF_UNSET) {
        conf->enable = (prev->enable == NGX_CONF_UNSET) ? 0 : prev->enable;
        conf->bytes = prev->bytes;
        conf->file = prev->file;
        conf->line = prev->line;
    }

    if (conf->enable) {
        ngx_http_gate_place_gated(cf);
    }

    return NGX_CONF_OK;
}


/* what a bill needs, and where one might be missed */

static ngx_int_t
ngx_http_gate_meter_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    const char                      *missing, *cure;
    ngx_uint_t                       journal;
    ngx_http_gate_meter_loc_conf_t  *mlcf;

    mlcf = ngx_http_gate_place_conf(place, &ngx_http_gate_meter_module);
    journal = ngx_http_gate_journal_configured(cf);

    if (!mlcf->enable) {

        /* a location that says "off" has a line */

        if (journal && mlcf->file == NULL && place->gated && !place->server
            && !place->block)
        {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "location \"%V\" is gated but has no "
                          "\"gate_meter\", its requests are not billed: write "
                          "\"gate_meter requests\", or \"gate_meter off\" if "
                          "that is meant, in %s:%ui",
                          &place->name, place->file, place->line);
        }

        return NGX_OK;
    }

    if (!journal) {
        missing = "gate_journal";
        cure = "write \"gate_journal FILE\" in http";

    } else if (!place->server
               && ngx_http_gate_api_at(place->loc_conf)->name.len == 0)
    {
        missing = "gate_api";
        cure = "write \"gate_api NAME\" beside it";

    } else {
        missing = NULL;
        cure = NULL;
    }

    if (missing != NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_meter\" needs \"%s\": %s in %s:%ui",
                      missing, cure, mlcf->file, mlcf->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}
