
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys in error logs.
 */


#ifndef _NGX_HTTP_GATE_SCRUB_H_INCLUDED_
#define _NGX_HTTP_GATE_SCRUB_H_INCLUDED_


#include "ngx_http_gate.h"

#include "ngx_http_gate_keys.h"


ngx_int_t ngx_http_gate_scrub_logs(ngx_cycle_t *cycle,
    ngx_http_gate_key_names_t *names, ngx_array_t *locations);


#endif /* _NGX_HTTP_GATE_SCRUB_H_INCLUDED_ */
