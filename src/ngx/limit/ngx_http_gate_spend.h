
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a request spends: all of it or nothing.
 */


#ifndef _NGX_HTTP_GATE_SPEND_H_INCLUDED_
#define _NGX_HTTP_GATE_SPEND_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_stage.h"


/*
 * A kind of it (rates, later quotas and the like): a row in the room's own
 * file, which gives it to ngx_http_gate_spend() in its preconfiguration.
 * Where there are several kinds, all are asked before any is taken; what was
 * taken between the two by others shows when it is taken, and then what was
 * taken of the kinds before is given back, the last one first.
 */

typedef struct {
    /* NGX_DECLINED: nothing to take here; NGX_OK: it is there; NGX_ERROR; or
     * what ngx_http_gate_deny() gave */
    ngx_http_gate_stage_pt     check;
    /* the same, and it is taken: this asks once more by itself */
    ngx_http_gate_stage_pt     commit;
    /* gives back what was committed last.  "left": the client did not stay for
     * the decision, and whether it gets that back is the kind's affair */
    ngx_http_gate_undo_pt      undo;
    /* the request has waited: what is told of this kind is told anew */
    void                     (*renew)(ngx_http_request_t *r,
                                 ngx_http_gate_ctx_t *ctx);
} ngx_http_gate_spend_t;

struct ngx_http_gate_spend_ctx_s {
    ngx_uint_t                 taken;     /* kinds, in the last location */
    int64_t                    until_ns;  /* not let on before */
    void                     **waits;     /* loc_conf where it does */
};

extern ngx_module_t  ngx_http_gate_spend_module;

ngx_int_t ngx_http_gate_spend(ngx_conf_t *cf,
    const ngx_http_gate_spend_t *spend);

/* in commit(): not before that time, of the clock below */
void ngx_http_gate_spend_wait(ngx_http_gate_ctx_t *ctx, int64_t until_ns);
int64_t ngx_http_gate_spend_now(void);

/* for a row before this one, which takes by itself: it waits here; NGX_OK
 * once it is its turn, or NGX_AGAIN */
ngx_uint_t ngx_http_gate_spend_waits(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_spend_turn(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* for a later row that refuses: what was taken is not given back */
void ngx_http_gate_spend_keep(ngx_http_gate_ctx_t *ctx);

/* for the pipeline */
ngx_int_t ngx_http_gate_spend_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
void ngx_http_gate_spend_undo(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t left);


#endif /* _NGX_HTTP_GATE_SPEND_H_INCLUDED_ */
