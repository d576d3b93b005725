
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A second module, for tests alone: it stands in front of a row of the
 * gateway's table and holds, resumes, forgets or refuses requests there.  It
 * brings a method "held" for gate_auth, a row like the others: in the end the
 * request has no such credential, and with the field "Held: NAME" it has.
 *
 * It has a toll to be spent: the field "Toll: WHERE" of a request says where it
 * is refused, "check" or "commit", or it is paid.
 *
 *     hold ROW WHAT [MS];     in a location, several rows
 *
 *     count       only says that the row runs
 *     resume      parks, and resumes after MS
 *     now         parks, and resumes at once, before the row has answered
 *     late        parks for MS, and nobody resumes
 *     idle        answers NGX_AGAIN without having parked
 *     twice       parks a second time
 *     refuse      refuses with "rate_limited"
 *
 * What a held request waits for is memory of its own, not the request's: who
 * touches either of the two too late is seen by AddressSanitizer.  Each event
 * is a line of the error log: "hold: URI ROW EVENT".
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_stage.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_spend.h"
#include "ngx_http_gate_stages.h"


#define HOLD_ROWS  16


typedef struct {
    ngx_str_t                 *name;
    ngx_http_gate_stage_pt     run;
    ngx_http_gate_stage_pt     part;
} hold_row_t;


typedef struct {
    ngx_str_t                  what;
    ngx_msec_t                 ms;
} hold_line_t;


typedef struct {
    hold_line_t                lines[HOLD_ROWS];
} hold_loc_conf_t;


/* of a request, or of a subrequest: which rows have let it go already */

typedef struct {
    unsigned                   done[HOLD_ROWS];
} hold_ctx_t;


/* what is being waited for */

typedef struct {
    ngx_event_t                event;
    ngx_http_request_t        *r;
    ngx_uint_t                 row;
    u_char                     uri[64];
} hold_call_t;


static ngx_int_t hold_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t i);
static ngx_int_t hold_begin(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t i, hold_line_t *line);
static void hold_due(ngx_event_t *ev);
static void hold_cancel(void *data);
static ngx_int_t hold_method(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    void *data);
static ngx_int_t hold_proves(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static ngx_int_t hold_toll(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const char *where);
static ngx_int_t hold_toll_check(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t hold_toll_commit(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static void hold_toll_undo(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t left);
static void hold_toll_renew(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static ngx_int_t hold_preconfiguration(ngx_conf_t *cf);
static char *hold_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static void *hold_create_loc_conf(ngx_conf_t *cf);
static char *hold_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);


extern ngx_module_t  ngx_http_gate_hold_module;


static ngx_http_gate_method_t  hold_method_row = {
    ngx_string("held"),
    ngx_null_string,
    NULL,
    hold_method,
    NULL,
    NULL,
    NGX_HTTP_GATE_METHOD_PARKS
};


static const ngx_http_gate_spend_t  hold_spend = {
    hold_toll_check,
    hold_toll_commit,
    hold_toll_undo,
    hold_toll_renew
};


/* the first is the method */

static hold_row_t  hold_rows[HOLD_ROWS] = {
    { &hold_method_row.name, hold_proves, hold_proves }
};

static ngx_uint_t  hold_nrows = 1;


static ngx_command_t  hold_commands[] = {

    { ngx_string("hold"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE23,
      hold_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  hold_module_ctx = {
    hold_preconfiguration,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    hold_create_loc_conf,
    hold_merge_loc_conf
};


ngx_module_t  ngx_http_gate_hold_module = {
    NGX_MODULE_V1,
    &hold_module_ctx,
    hold_commands,
    NGX_HTTP_MODULE,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NGX_MODULE_V1_PADDING
};


/* what nginx looks for in a file that it loads */

ngx_module_t  *ngx_modules[] = { &ngx_http_gate_hold_module, NULL };
char          *ngx_module_names[] = { "ngx_http_gate_hold_module", NULL };
char          *ngx_module_order[] = { NULL };


/* a row calls its function without saying which row it is */

#define HOLD_RUN(n)                                                           \
    static ngx_int_t                                                          \
    hold_run_##n(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)             \
    {                                                                         \
        return hold_run(r, ctx, n);                                           \
    }

HOLD_RUN(0) HOLD_RUN(1) HOLD_RUN(2) HOLD_RUN(3)
HOLD_RUN(4) HOLD_RUN(5) HOLD_RUN(6) HOLD_RUN(7)
HOLD_RUN(8) HOLD_RUN(9) HOLD_RUN(10) HOLD_RUN(11)
HOLD_RUN(12) HOLD_RUN(13) HOLD_RUN(14) HOLD_RUN(15)


static ngx_http_gate_stage_pt  hold_runs[HOLD_ROWS] = {
    hold_run_0, hold_run_1, hold_run_2, hold_run_3,
    hold_run_4, hold_run_5, hold_run_6, hold_run_7,
    hold_run_8, hold_run_9, hold_run_10, hold_run_11,
    hold_run_12, hold_run_13, hold_run_14, hold_run_15
};


static void
hold_say(ngx_log_t *log, u_char *uri, size_t len, ngx_uint_t i,
    const char *event)
{
    ngx_log_error(NGX_LOG_NOTICE, log, 0, "hold: %*s %V %s", len, uri,
                  hold_rows[i].name, event);
}


static ngx_int_t
hold_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, ngx_uint_t i)
{
    hold_ctx_t             *hctx;
    hold_line_t            *line;
    hold_loc_conf_t        *hlcf;
    ngx_http_gate_stage_pt  run;

    run = (r == r->main) ? hold_rows[i].run : hold_rows[i].part;

    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_hold_module);
    line = &hlcf->lines[i];

    if (line->what.len == 0) {
        return run(r, ctx);
    }

    hctx = ngx_http_get_module_ctx(r, ngx_http_gate_hold_module);

    if (hctx == NULL) {
        hctx = ngx_pcalloc(r->pool, sizeof(hold_ctx_t));
        if (hctx == NULL) {
            return NGX_ERROR;
        }

        ngx_http_set_ctx(r, hctx, ngx_http_gate_hold_module);
    }

    if (hctx->done[i] || ngx_strcmp(line->what.data, "count") == 0) {
        hold_say(r->connection->log, r->uri.data, r->uri.len, i, "runs");
        return run(r, ctx);
    }

    if (ngx_strcmp(line->what.data, "refuse") == 0) {
        hold_say(r->connection->log, r->uri.data, r->uri.len, i, "refuses");
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_rate_limited);
    }

    if (ngx_strcmp(line->what.data, "idle") == 0) {
        return NGX_AGAIN;
    }

    if (!ctx->may_park) {
        hold_say(r->connection->log, r->uri.data, r->uri.len, i,
                 "asked early");
        return NGX_AGAIN;
    }

    hctx->done[i] = 1;

    return hold_begin(r, ctx, i, line);
}


static ngx_int_t
hold_begin(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, ngx_uint_t i,
    hold_line_t *line)
{
    ngx_int_t     rc;
    ngx_msec_t    ms;
    hold_call_t  *call;

    call = ngx_calloc(sizeof(hold_call_t), r->connection->log);
    if (call == NULL) {
        return NGX_ERROR;
    }

    call->r = r;
    call->row = i;
    call->event.handler = hold_due;
    call->event.data = call;
    call->event.log = ngx_cycle->log;
    ngx_cpystrn(call->uri, r->uri.data, ngx_min(r->uri.len + 1, 64));

    ms = (ngx_strcmp(line->what.data, "late") == 0) ? line->ms : 60000;

    rc = ngx_http_gate_park(r, ctx, ms, hold_cancel, call);

    if (rc != NGX_AGAIN) {
        ngx_free(call);
        return rc;
    }

    hold_say(r->connection->log, r->uri.data, r->uri.len, i, "parks");

    if (ngx_strcmp(line->what.data, "resume") == 0) {
        ngx_add_timer(&call->event, line->ms);

    } else if (ngx_strcmp(line->what.data, "now") == 0) {
        hold_due(&call->event);

    } else if (ngx_strcmp(line->what.data, "twice") == 0) {
        return ngx_http_gate_park(r, ctx, ms, hold_cancel, call);
    }

    return NGX_AGAIN;
}


static void
hold_due(ngx_event_t *ev)
{
    ngx_http_request_t  *r;
    hold_call_t         *call;

    call = ev->data;
    r = call->r;

    hold_say(ngx_cycle->log, call->uri, ngx_strlen(call->uri), call->row,
             "resumes");

    ngx_free(call);

    ngx_http_gate_resume(r);
    ngx_http_gate_resume(r);              /* once more changes nothing */
}


static void
hold_cancel(void *data)
{
    hold_call_t *call = data;

    if (call->event.timer_set) {
        ngx_del_timer(&call->event);
    }

    hold_say(ngx_cycle->log, call->uri, ngx_strlen(call->uri), call->row,
             "is cancelled");

    ngx_free(call);
}


static ngx_int_t
hold_method(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, void *data)
{
    return hold_run(r, ctx, 0);
}


static ngx_int_t
hold_proves(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    static ngx_str_t        name = ngx_string("held");
    static gate_consumer_t  consumer;

    h = ngx_http_gate_header(r, &name, &n);
    if (h == NULL) {
        return NGX_DECLINED;
    }

    consumer.name = ngx_http_gate_view(&h->value);
    consumer.id = consumer.name;
    ctx->who.consumer = &consumer;

    return NGX_OK;
}


static ngx_int_t
hold_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_method(cf, &hold_method_row) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_spend(cf, &hold_spend);
}


static ngx_int_t
hold_toll(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, const char *where)
{
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("toll");

    h = ngx_http_gate_header(r, &name, &n);

    if (h == NULL) {
        return NGX_DECLINED;
    }

    return (ngx_strcmp(h->value.data, where) == 0)
           ? ngx_http_gate_deny(r, ctx, &ngx_http_gate_rate_limited) : NGX_OK;
}


static void
hold_toll_say(ngx_http_request_t *r, const char *event)
{
    ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0, "hold: %V toll %s",
                  &r->uri, event);
}


static ngx_int_t
hold_toll_check(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    return hold_toll(r, ctx, "check");
}


static ngx_int_t
hold_toll_commit(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = hold_toll(r, ctx, "commit");

    if (rc == NGX_OK) {
        hold_toll_say(r, "takes");
    }

    return rc;
}


static void
hold_toll_undo(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t left)
{
    hold_toll_say(r, left ? "is left" : "gives back");
}


static void
hold_toll_renew(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    hold_toll_say(r, "is renewed");
}


static char *
hold_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    hold_loc_conf_t *hlcf = conf;

    ngx_str_t              *value;
    ngx_uint_t              i;
    ngx_http_gate_stage_t  *row;

    value = cf->args->elts;

    for (i = 0; i < hold_nrows; i++) {
        if (ngx_strcmp(hold_rows[i].name->data, value[1].data) == 0) {
            break;
        }
    }

    if (i == hold_nrows) {

        for (row = ngx_http_gate_stages; row->run; row++) {
            if (ngx_strcmp(row->name.data, value[1].data) == 0) {
                break;
            }
        }

        if (row->run == NULL || i == HOLD_ROWS) {
            return "names no row, or one too many";
        }

        hold_nrows++;

        hold_rows[i].name = &row->name;
        hold_rows[i].run = row->run;
        hold_rows[i].part = row->part;

        row->run = hold_runs[i];
        row->part = hold_runs[i];
        row->parks = 1;
        row->stands = NULL;
    }

    hlcf->lines[i].what = value[2];
    hlcf->lines[i].ms = (cf->args->nelts == 4)
                        ? (ngx_msec_t) ngx_atoi(value[3].data, value[3].len)
                        : 0;

    return NGX_CONF_OK;
}


static void *
hold_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(hold_loc_conf_t));
}


static char *
hold_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    return NGX_CONF_OK;
}
