
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A second module, for tests alone: it stands in front of a row of the
 * gateway's table and reads the client's body there.
 *
 *     read_body ROW MAX stop|pass;      in a location, several rows
 *
 * A line of the error log says what it has seen, "reader: URI ROW EVENT":
 * "asks" each time, then "has SIZE bytes CRC32 in PIECES" or "is over".  With
 * "stop" what is over is refused as "rate_limited", which is 429.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_stage.h"
#include "ngx_http_gate_body.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_stages.h"


#define READER_ROWS  2


typedef struct {
    size_t                     max;
    ngx_uint_t                 over;
} reader_line_t;


typedef struct {
    reader_line_t              lines[READER_ROWS];
} reader_loc_conf_t;


static ngx_int_t reader_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t i);
static ngx_int_t reader_run_0(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static ngx_int_t reader_run_1(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static char *reader_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static void *reader_create_loc_conf(ngx_conf_t *cf);
static char *reader_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);


extern ngx_module_t  ngx_http_gate_reader_module;


static ngx_http_gate_stage_t  reader_rows[READER_ROWS];

static ngx_http_gate_stage_pt  reader_runs[READER_ROWS] = {
    reader_run_0, reader_run_1
};


static ngx_command_t  reader_commands[] = {

    { ngx_string("read_body"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE3,
      reader_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  reader_module_ctx = {
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    reader_create_loc_conf,
    reader_merge_loc_conf
};


ngx_module_t  ngx_http_gate_reader_module = {
    NGX_MODULE_V1,
    &reader_module_ctx,
    reader_commands,
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

ngx_module_t  *ngx_modules[] = { &ngx_http_gate_reader_module, NULL };
char          *ngx_module_names[] = { "ngx_http_gate_reader_module", NULL };
char          *ngx_module_order[] = { NULL };


static ngx_int_t
reader_run_0(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    return reader_run(r, ctx, 0);
}


static ngx_int_t
reader_run_1(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    return reader_run(r, ctx, 1);
}


static ngx_int_t
reader_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, ngx_uint_t i)
{
    size_t               size;
    uint32_t             crc;
    ngx_int_t            rc;
    ngx_uint_t           n;
    gate_str_t           slice;
    ngx_chain_t         *at;
    reader_line_t       *line;
    reader_loc_conf_t   *rlcf;

    rlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_reader_module);
    line = &rlcf->lines[i];

    if (r != r->main || line->max == 0) {
        return reader_rows[i].run(r, ctx);
    }

    ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0, "reader: %V %V asks",
                  &r->uri, &reader_rows[i].name);

    rc = ngx_http_gate_body_read(r, ctx, line->max, line->over);

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0,
                      "reader: %V %V is over", &r->uri, &reader_rows[i].name);

        return (line->over == NGX_HTTP_GATE_BODY_PASS)
               ? reader_rows[i].run(r, ctx)
               : ngx_http_gate_deny(r, ctx, &ngx_http_gate_rate_limited);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    size = 0;
    n = 0;
    at = NULL;
    ngx_crc32_init(crc);

    while (ngx_http_gate_held_next(&ctx->body->held, &at, &slice)) {
        ngx_crc32_update(&crc, (u_char *) slice.data, slice.len);
        size += slice.len;
        n++;
    }

    ngx_crc32_final(crc);

    ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0,
                  "reader: %V %V has %uz bytes %08xD in %ui", &r->uri,
                  &reader_rows[i].name, size, crc, n);

    return reader_rows[i].run(r, ctx);
}


static char *
reader_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    reader_loc_conf_t *rlcf = conf;

    ngx_str_t              *value;
    ngx_uint_t              i;
    ngx_http_gate_stage_t  *row;

    value = cf->args->elts;

    for (i = 0; i < READER_ROWS && reader_rows[i].run; i++) {
        if (ngx_strcmp(reader_rows[i].name.data, value[1].data) == 0) {
            break;
        }
    }

    if (i == READER_ROWS) {
        return "names one row too many";
    }

    if (reader_rows[i].run == NULL) {

        for (row = ngx_http_gate_stages; row->run; row++) {
            if (ngx_strcmp(row->name.data, value[1].data) == 0) {
                break;
            }
        }

        if (row->run == NULL) {
            return "names no row";
        }

        reader_rows[i] = *row;

        row->run = reader_runs[i];
        row->parks = 1;
        row->stands = NULL;
    }

    rlcf->lines[i].max = ngx_parse_size(&value[2]);
    rlcf->lines[i].over = (ngx_strcmp(value[3].data, "pass") == 0)
                          ? NGX_HTTP_GATE_BODY_PASS : NGX_HTTP_GATE_BODY_STOP;

    return NGX_CONF_OK;
}


static void *
reader_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(reader_loc_conf_t));
}


static char *
reader_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    reader_loc_conf_t *conf = child;

    if (conf->lines[0].max || conf->lines[1].max) {
        ngx_http_gate_body_use(cf);
    }

    return NGX_CONF_OK;
}
