
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A body that is kept in memory until all of it is there.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_held.h"


#define NGX_HTTP_GATE_HELD_FIRST    4096
#define NGX_HTTP_GATE_HELD_LARGEST  262144


static ngx_buf_t *ngx_http_gate_held_room(ngx_pool_t *pool,
    ngx_http_gate_held_t *held, off_t most);


ngx_int_t
ngx_http_gate_held_bytes(ngx_pool_t *pool, ngx_http_gate_held_t *held,
    u_char *data, size_t len, off_t most)
{
    size_t      n;
    ngx_buf_t  *to;

    while (len != 0) {

        to = ngx_http_gate_held_room(pool, held, ngx_max(most - held->size,
                                                         (off_t) len));
        if (to == NULL) {
            return NGX_ERROR;
        }

        n = ngx_min(len, (size_t) (to->end - to->last));

        to->last = ngx_cpymem(to->last, data, n);
        data += n;
        len -= n;
        held->size += n;
    }

    return NGX_OK;
}


/* a buffer with room in it: each new one as large as all before */

static ngx_buf_t *
ngx_http_gate_held_room(ngx_pool_t *pool, ngx_http_gate_held_t *held,
    off_t most)
{
    off_t       size;
    ngx_buf_t  *buf;

    if (held->last != NULL && held->last->buf->last < held->last->buf->end) {
        return held->last->buf;
    }

    size = ngx_max(held->size, NGX_HTTP_GATE_HELD_FIRST);
    size = ngx_min(size, NGX_HTTP_GATE_HELD_LARGEST);

    buf = ngx_create_temp_buf(pool, ngx_min(size, most));

    if (buf == NULL || ngx_http_gate_held_buf(pool, held, buf) != NGX_OK) {
        return NULL;
    }

    return buf;
}


ngx_int_t
ngx_http_gate_held_buf(ngx_pool_t *pool, ngx_http_gate_held_t *held,
    ngx_buf_t *buf)
{
    ngx_chain_t  *cl;

    cl = ngx_alloc_chain_link(pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = buf;
    cl->next = NULL;

    if (held->last == NULL) {
        held->first = cl;

    } else {
        held->last->next = cl;
    }

    held->last = cl;
    held->size += buf->last - buf->start;

    return NGX_OK;
}


u_char *
ngx_http_gate_held_copy(ngx_http_gate_held_t *held, u_char *dst, size_t from,
    size_t len)
{
    size_t        n;
    gate_str_t    piece;
    ngx_chain_t  *at;

    at = NULL;

    while (len != 0 && ngx_http_gate_held_next(held, &at, &piece)) {

        if (from >= piece.len) {
            from -= piece.len;
            continue;
        }

        n = ngx_min(len, piece.len - from);

        dst = ngx_cpymem(dst, piece.data + from, n);
        from = 0;
        len -= n;
    }

    return dst;
}


ngx_uint_t
ngx_http_gate_held_next(ngx_http_gate_held_t *held, ngx_chain_t **at,
    gate_str_t *piece)
{
    *at = (*at == NULL) ? held->first : (*at)->next;

    if (*at == NULL) {
        return 0;
    }

    *piece = gate_str((*at)->buf->start, (*at)->buf->last - (*at)->buf->start);

    return 1;
}
