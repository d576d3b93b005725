
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * When a credential of Redis was used last, as Redis is told: gate:last.
 */


#ifndef _NGX_HTTP_GATE_USED_H_INCLUDED_
#define _NGX_HTTP_GATE_USED_H_INCLUDED_


#include "ngx_http_gate.h"


extern ngx_module_t  ngx_http_gate_used_module;


/* it is, now; Redis hears of it in the background */
void ngx_http_gate_used_note(ngx_http_request_t *r, const gate_credential_t *k);


#endif /* _NGX_HTTP_GATE_USED_H_INCLUDED_ */
