
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_meter.
 */


#ifndef _NGX_HTTP_GATE_METER_H_INCLUDED_
#define _NGX_HTTP_GATE_METER_H_INCLUDED_


#include "ngx_http_gate.h"

#include "gate_journal.h"


struct ngx_http_gate_meter_ctx_s {
    gate_journal_open_t          slot;
    uint32_t                     cell;
    ngx_uint_t                   waits;       /* for room in the journal */
    void                        *conf;        /* gate_meter's */
    ngx_http_gate_api_t         *billed;      /* "api" then */
    ngx_str_t                    usage_id;
    ngx_recv_pt                  recv;        /* of an upgraded client */
    off_t                        tunnelled;   /* bytes that came through it */
    unsigned                     metered:1;   /* a slot is open */
    unsigned                     unbilled:1;  /* there was no room for one */
};

extern ngx_module_t  ngx_http_gate_meter_module;

/* room in the journal, asked before anything is debited */
ngx_int_t ngx_http_gate_meter_reserve(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_meter_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_meter_open(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_meter_settle(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* counts what a client sends once its connection is upgraded */
void ngx_http_gate_meter_tunnel(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


/* within the room */

#define NGX_HTTP_GATE_METER_HINTS  64

typedef struct {
    ngx_flag_t                 enable;
    ngx_uint_t                 bytes;
    ngx_atomic_t             **outcomes;  /* counters, the worker's own */
    uint32_t                  *hints;     /* cells used last, by consumer */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_meter_loc_conf_t;

extern const ngx_http_gate_reason_t  ngx_http_gate_journal_full;

/* _meter_room.c: there is none; it is served unbilled, or refused */
ngx_int_t ngx_http_gate_meter_full(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


#endif /* _NGX_HTTP_GATE_METER_H_INCLUDED_ */
