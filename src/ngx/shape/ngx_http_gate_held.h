
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A body that is kept in memory until all of it is there.  Memory is taken as
 * bytes arrive, not as somebody says that they will.
 */


#ifndef _NGX_HTTP_GATE_HELD_H_INCLUDED_
#define _NGX_HTTP_GATE_HELD_H_INCLUDED_


#include "ngx_http_gate.h"


/* all zero: nothing.  What a buffer holds is from "start" to "last": nginx
 * moves "pos" when it sends or writes it */

typedef struct {
    ngx_chain_t               *first;
    ngx_chain_t               *last;
    off_t                      size;
} ngx_http_gate_held_t;


/* a copy of these bytes behind the others; "most": all that can come at last */
ngx_int_t ngx_http_gate_held_bytes(ngx_pool_t *pool, ngx_http_gate_held_t *held,
    u_char *data, size_t len, off_t most);
/* a buffer behind the others */
ngx_int_t ngx_http_gate_held_buf(ngx_pool_t *pool, ngx_http_gate_held_t *held,
    ngx_buf_t *buf);
/* "len" bytes from that one on; the end of the copy */
u_char *ngx_http_gate_held_copy(ngx_http_gate_held_t *held, u_char *dst,
    size_t from, size_t len);
/* the next piece; *at is NULL at first.  0: no further one */
ngx_uint_t ngx_http_gate_held_next(ngx_http_gate_held_t *held,
    ngx_chain_t **at, gate_str_t *piece);


#endif /* _NGX_HTTP_GATE_HELD_H_INCLUDED_ */
