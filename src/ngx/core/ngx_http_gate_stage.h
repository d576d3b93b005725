
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a stage of the pipeline is: a row of the table in _stages.c.
 */


#ifndef _NGX_HTTP_GATE_STAGE_H_INCLUDED_
#define _NGX_HTTP_GATE_STAGE_H_INCLUDED_


#include "ngx_http_gate.h"


typedef ngx_int_t (*ngx_http_gate_stage_pt)(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
typedef void (*ngx_http_gate_undo_pt)(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t left);
typedef ngx_uint_t (*ngx_http_gate_stands_pt)(void **loc_conf);


#define NGX_HTTP_GATE_SHIELD           1
#define NGX_HTTP_GATE_MAY              2
#define NGX_HTTP_GATE_SHAPE            3


/*
 * A stage answers NGX_DECLINED (not mine), NGX_OK (done), NGX_AGAIN (parked, if
 * the row says so: see _park.h), what ngx_http_gate_deny() gave, NGX_ERROR, or
 * with ctx->answered a status, which is an answer without a body, or NGX_DONE:
 * r->content_handler gives the answer here, and nothing is undone.
 * So does "part", the same for a subrequest: it does not touch what the
 * client's request is and who it is.  A stage without it refuses subrequests.
 *
 * "undo" is for those that take something: it is called, the last row first,
 * when a later row refuses or fails, and at the end of a request that "left"
 * before it was decided on.  It gives back what the stage says is given back
 * then, and knows what this request has taken.
 *
 * "stands" says of a location, once all has been merged, whether "run" may do
 * anything there: where it does not, the row is not walked at all.  NULL: it
 * is walked everywhere, as what must never be left out has to be.
 */

typedef struct {
    ngx_str_t                  name;      /* metric label and log prefix */
    ngx_uint_t                 step;
    ngx_http_gate_stage_pt     run;
    ngx_http_gate_stage_pt     settle;    /* log phase, may be NULL */
    ngx_http_gate_undo_pt      undo;      /* may be NULL */
    ngx_http_gate_stage_pt     part;
    ngx_uint_t                 parks;
    ngx_http_gate_stands_pt    stands;    /* may be NULL */
} ngx_http_gate_stage_t;


#endif /* _NGX_HTTP_GATE_STAGE_H_INCLUDED_ */
