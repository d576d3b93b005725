
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Parking: a request waits for a time or for an answer, and its worker does
 * not.
 *
 * A row of the pipeline that "parks" may answer NGX_AGAIN.  It does so in one
 * of two ways:
 *
 *     if (!ctx->may_park) {
 *         return NGX_AGAIN;
 *     }
 *
 * A variable asks, long before the phase in which the row may wait: nothing is
 * begun, what the variable gives is "not found", and nobody remembers it.
 *
 *     if (ngx_http_gate_park(r, ctx, 20, room_cancel, call) != NGX_AGAIN) {
 *         return NGX_ERROR;
 *     }
 *
 *     room_begin(call);
 *
 *     return NGX_AGAIN;
 *
 * From here on exactly one of three things happens, and never within the call
 * that parked:
 *
 *   - ngx_http_gate_resume(r) was called, from any event handler, also from
 *     within room_begin(): the row is run again, and no row before it;
 *   - so many milliseconds have passed: cancel(data), then the row is run
 *     again, as it was not told of an answer;
 *   - the client has left, the request was led elsewhere or the worker closes
 *     its connections: cancel(data), and the row is not run again.
 *
 * After cancel() or ngx_http_gate_resume() what was begun must not use "r" any
 * more: cancel() takes the request out of it.  It may be NULL, if there is
 * nothing to take it out of.  It may neither park nor end the request.
 *
 * The time is of a timer that is not cancelable: a worker that is told to end
 * waits for those who wait.  0 is for what has a time of its own.
 */


#ifndef _NGX_HTTP_GATE_PARK_H_INCLUDED_
#define _NGX_HTTP_GATE_PARK_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_stage.h"


typedef void (*ngx_http_gate_cancel_pt)(void *data);

/* for rows: NGX_AGAIN, or NGX_ERROR after a message */
ngx_int_t ngx_http_gate_park(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_msec_t ms, ngx_http_gate_cancel_pt cancel, void *data);
/* the request that was parked, the client's or a subrequest */
void ngx_http_gate_resume(ngx_http_request_t *r);


/* for the pipeline */

/* where rows begin to run: NULL, or the row that had parked and was woken.  If
 * it was not, phases have begun anew or the row has failed: it is cancelled */
void *ngx_http_gate_park_enter(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* a row has answered NGX_AGAIN, or the request has a park: what comes of it;
 * "s" is where it goes on then */
ngx_int_t ngx_http_gate_park_ran(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_int_t rc, ngx_http_gate_stage_t *s);


#endif /* _NGX_HTTP_GATE_PARK_H_INCLUDED_ */
