
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The body of the client's request, for rows of the pipeline that look at all
 * of it before anything is decided.  It is read once, whoever asks, and kept
 * in memory; the row waits, its worker does not.
 *
 *     rc = ngx_http_gate_body_read(r, ctx, 65536, NGX_HTTP_GATE_BODY_STOP);
 *
 *     if (rc == NGX_DECLINED) {
 *         return ngx_http_gate_deny(r, ctx, &too_large);
 *     }
 *
 *     if (rc != NGX_OK) {
 *         return rc;
 *     }
 *
 *     at = NULL;
 *
 *     while (ngx_http_gate_held_next(&ctx->body->held, &at, &piece)) { ... }
 *
 * The row "parks".  It runs again, from its beginning, when the body is there.
 * If the client leaves, is too slow or sends what is no body, it does not run
 * again: nginx has ended the request, with 400, 408, 413 or 499.
 */


#ifndef _NGX_HTTP_GATE_BODY_H_INCLUDED_
#define _NGX_HTTP_GATE_BODY_H_INCLUDED_


#include "ngx_http_gate_held.h"
#include "ngx_http_gate_place.h"


/* what is to become of a body whose length is not known and that grows too
 * large: no more of it is read, and the request has to be refused ... */
#define NGX_HTTP_GATE_BODY_STOP  0
/* ... or it is left to nginx, which has all of it when the row runs again */
#define NGX_HTTP_GATE_BODY_PASS  1


/* who looks at bytes as they arrive, which are not the first if others have
 * had it read before */
typedef void (*ngx_http_gate_body_watch_pt)(ngx_http_gate_ctx_t *ctx,
    gate_str_t bytes);


typedef struct ngx_http_gate_edit_ctx_s  ngx_http_gate_edit_ctx_t;


struct ngx_http_gate_body_ctx_s {
    ngx_uint_t                 state;
    ngx_uint_t                 over;      /* stop or pass */
    off_t                      max;
    ngx_http_gate_held_t       held;      /* as it came, never changed */
    ngx_http_gate_body_watch_pt  watch;   /* or NULL */
    ngx_http_gate_edit_ctx_t  *edit;      /* NULL: no body was edited */
};


/* a location reads bodies: for a merge, as ngx_http_gate_place_gated() is */
void ngx_http_gate_body_use(ngx_conf_t *cf);

/*
 * NGX_OK: it is here, or there is none; NGX_DECLINED: it has more than "max"
 * bytes, nothing of it was read if it says so itself; NGX_AGAIN: to be given
 * back; NGX_ERROR or a status of nginx: to be given back, too.  Not for
 * subrequests.
 */
ngx_int_t ngx_http_gate_body_read(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, size_t max, ngx_uint_t over);

/* it has one, or may have: nothing of it needs to be here yet */
ngx_uint_t ngx_http_gate_body_comes(ngx_http_request_t *r);


/* within the room */

extern ngx_module_t  ngx_http_gate_body_module;


typedef struct {
    ngx_uint_t                 used;
} ngx_http_gate_body_main_conf_t;


typedef struct {
    ngx_uint_t                 used;
} ngx_http_gate_body_loc_conf_t;


/* _body_check.c */

ngx_int_t ngx_http_gate_body_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


#endif /* _NGX_HTTP_GATE_BODY_H_INCLUDED_ */
