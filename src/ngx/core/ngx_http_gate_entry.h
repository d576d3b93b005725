
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * By which place a request is counted that met the gate otherwise than by the
 * phases: one that nginx refused, or one without a policy.
 */


#ifndef _NGX_HTTP_GATE_ENTRY_H_INCLUDED_
#define _NGX_HTTP_GATE_ENTRY_H_INCLUDED_


#include "ngx_http_gate.h"


/* for what nginx refused in a gated location before any phase of ours */
ngx_http_gate_ctx_t *ngx_http_gate_entry_early(ngx_http_request_t *r);
/* for a refusal where no policy stands: it is counted as one of this place */
void ngx_http_gate_entry(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);


#endif /* _NGX_HTTP_GATE_ENTRY_H_INCLUDED_ */
