
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Why a request is refused: a row, static in the room that refuses with it.
 */


#ifndef _NGX_HTTP_GATE_REASON_H_INCLUDED_
#define _NGX_HTTP_GATE_REASON_H_INCLUDED_


#include "ngx_http_gate.h"


struct ngx_http_gate_reason_s {
    ngx_uint_t                 status;
    ngx_uint_t                 level;     /* of the error log */
    ngx_str_t                  token;     /* stable, for programs and metrics */
    ngx_str_t                  title;
    ngx_str_t                  detail;    /* unless more is known */
};


extern ngx_module_t  ngx_http_gate_reason_module;

/* the gateway itself failed */
extern const ngx_http_gate_reason_t  ngx_http_gate_internal;
/* of whatever keeps entries in a zone */
extern const ngx_http_gate_reason_t  ngx_http_gate_zone_full;


/*
 * For a room's preconfiguration: the reasons it refuses with, ended by NULL.
 * The same row may be given again, another one of the same token may not.
 */
ngx_int_t ngx_http_gate_reasons(ngx_conf_t *cf,
    const ngx_http_gate_reason_t *const *rows);

/* all of them, once rooms have said theirs: pointers, the first of them NULL */
ngx_array_t *ngx_http_gate_reason_rows(ngx_conf_t *cf);

/* how many numbers there are, from 0: that of no refusal */
ngx_uint_t ngx_http_gate_reason_count(ngx_http_request_t *r);
/* NULL has 0; one that no room has given is counted as "internal" */
ngx_uint_t ngx_http_gate_reason_number(ngx_http_request_t *r,
    const ngx_http_gate_reason_t *reason);


#endif /* _NGX_HTTP_GATE_REASON_H_INCLUDED_ */
