
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the rooms of replies ask of _answer.c.
 */


#ifndef _NGX_HTTP_GATE_ANSWER_H_INCLUDED_
#define _NGX_HTTP_GATE_ANSWER_H_INCLUDED_


#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_reason.h"
#include "gate_outcome.h"


/* what the marker of an answer of the sidecar's own says */

typedef struct {
    ngx_str_t                  details;
    ngx_str_t                  flags;
    const char                *label;         /* of a closed set, for metrics */
    const char                *words;         /* for people, or NULL */
    ngx_uint_t                 late;
} ngx_http_gate_mark_t;


struct ngx_http_gate_answer_ctx_s {
    gate_from_e                  from;        /* who made what went out */
    ngx_http_gate_mark_t         mark;
    void                        *conf;        /* gate_sidecar's, there */
    const ngx_http_gate_reason_t  *said;      /* the reason when it went out */
    ngx_uint_t                   status;      /* the same, 0: none went out */
    ngx_uint_t                   grpc;        /* an upstream's grpc-status */
    ngx_uint_t                   states;      /* of upstreams until then */
    unsigned                     going:1;     /* an upstream's answer is out */
    unsigned                     bodiless:1;  /* it has no body */
    unsigned                     last_seen:1; /* the answer's end went out */
    unsigned                     kept:1;      /* and can be had again */
    unsigned                     repeated:1;  /* it is one that was kept */
};


extern ngx_module_t  ngx_http_gate_answer_module;

extern const ngx_http_gate_reason_t  ngx_http_gate_sidecar_unavailable;
extern const ngx_http_gate_reason_t  ngx_http_gate_sidecar_refused;
extern const ngx_http_gate_reason_t  ngx_http_gate_service_timeout;

/* why it was refused; what a post_action meets does not count */

static ngx_inline const ngx_http_gate_reason_t *
ngx_http_gate_said(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    return r->main->post_action ? ctx->answer->said : ctx->reason;
}


/* within the room */

typedef struct {
    ngx_str_t                  marker;        /* lower case */
    ngx_array_t               *servers;       /* of ngx_str_t */
    ngx_uint_t                 keep;          /* gate_fingerprint */
} ngx_http_gate_answer_loc_conf_t;


extern ngx_http_gate_family_t  ngx_http_gate_answer_marks;

/* sets "from", "mark" and "bodiless" of ctx->answer; cleans what is about to
 * go out */
ngx_int_t ngx_http_gate_answer_judge(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* a field or a trailer that the mesh adds, in what an upstream sent */
ngx_uint_t ngx_http_gate_answer_of_mesh(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_table_elt_t *h);

/* _answer_judge.c: an upstream's header was read as a whole */
ngx_uint_t ngx_http_gate_answer_complete(ngx_http_request_t *r,
    ngx_http_upstream_t *u);

/* why nginx made a 502 or 504 of an upstream's answer, NULL: it did not */
const char *ngx_http_gate_answer_failure(ngx_http_request_t *r);
/* the same, of a page that is about to be made; NULL: there is none */
const char *ngx_http_gate_answer_foreseen(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


#endif /* _NGX_HTTP_GATE_ANSWER_H_INCLUDED_ */
