
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Rates.
 */


#ifndef _NGX_HTTP_GATE_RATE_H_INCLUDED_
#define _NGX_HTTP_GATE_RATE_H_INCLUDED_


#include "ngx_http_gate.h"

#include "gate_model.h"


/* "5r/s" and a burst, one without bytes at NULL if there is none;
 * NGX_ERROR after a message that says what is possible */
ngx_int_t ngx_http_gate_rate(ngx_conf_t *cf, ngx_str_t *rate,
    ngx_str_t *burst, gate_rate_t *parsed);


#endif /* _NGX_HTTP_GATE_RATE_H_INCLUDED_ */
