
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Upgrade and Connection.
 */


#ifndef _NGX_HTTP_GATE_UPGRADE_H_INCLUDED_
#define _NGX_HTTP_GATE_UPGRADE_H_INCLUDED_


#include "ngx_http_gate.h"


/* drops what asks for another protocol than WebSocket's */
ngx_int_t ngx_http_gate_upgrade_drop(ngx_http_request_t *r);
ngx_uint_t ngx_http_gate_upgrade_is_websocket(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GATE_UPGRADE_H_INCLUDED_ */
