
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whose page is about to go out, and why.
 */


#ifndef _NGX_HTTP_GATE_REPLY_BLAME_H_INCLUDED_
#define _NGX_HTTP_GATE_REPLY_BLAME_H_INCLUDED_


#include "ngx_http_gate_reason.h"


/* the reason that is told by a body of ours; NULL: the page stays as it is */
const ngx_http_gate_reason_t *ngx_http_gate_reply_reason(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);


#endif /* _NGX_HTTP_GATE_REPLY_BLAME_H_INCLUDED_ */
