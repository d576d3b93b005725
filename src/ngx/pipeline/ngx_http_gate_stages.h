
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The table of stages.
 */


#ifndef _NGX_HTTP_GATE_STAGES_H_INCLUDED_
#define _NGX_HTTP_GATE_STAGES_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_stage.h"


/* what a location walks: where each step begins; a step ends with its rows */

typedef struct {
    ngx_http_gate_stage_t    **first[NGX_HTTP_GATE_SHAPE + 1];
} ngx_http_gate_walk_t;


/* ended by a row without "run" */
extern ngx_http_gate_stage_t  ngx_http_gate_stages[];
extern ngx_http_gate_stage_t *const  ngx_http_gate_stages_end;
/* all of them: where nothing is known of a location */
extern ngx_http_gate_walk_t  ngx_http_gate_stages_all;
/* rows with "settle", ended by NULL */
extern ngx_http_gate_stage_t  *ngx_http_gate_stages_settle[];

/* in postconfiguration */
void ngx_http_gate_stages_init(void);
/* behind it, for a location of which all has been merged; NULL: no memory */
ngx_http_gate_walk_t *ngx_http_gate_stages_walk(ngx_conf_t *cf,
    void **loc_conf);
/* where a row is among all */
ngx_http_gate_stage_t **ngx_http_gate_stages_from(ngx_http_gate_stage_t *s);


/* runs a row, or what is like one, which may park if "parks"; "s" is where it
 * goes on then */

static ngx_inline ngx_int_t
ngx_http_gate_stages_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_stage_pt run, ngx_uint_t parks, ngx_http_gate_stage_t *s)
{
    ngx_int_t  rc;

    ctx->may_park = parks;

    rc = run(r, ctx);

    ctx->may_park = 0;

    return (rc == NGX_AGAIN || ctx->park != NULL)
           ? ngx_http_gate_park_ran(r, ctx, rc, s) : rc;
}


#endif /* _NGX_HTTP_GATE_STAGES_H_INCLUDED_ */
