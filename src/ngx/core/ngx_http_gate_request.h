
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The client request: its context, its header fields, random bytes.
 */


#ifndef _NGX_HTTP_GATE_REQUEST_H_INCLUDED_
#define _NGX_HTTP_GATE_REQUEST_H_INCLUDED_


#include "ngx_http_gate.h"

#include "gate_names.h"


/*
 * Which pointer of the context is to lead to how many bytes of a room's own:
 * said in its preconfiguration, the same each time.
 */
ngx_int_t ngx_http_gate_ctx_room(ngx_conf_t *cf, size_t pointer, size_t size);
/* in postconfiguration: all of them have been said */
ngx_int_t ngx_http_gate_ctx_ready(ngx_conf_t *cf);

/* the slots that realip reads, kept from hygiene for its turn in a location */

struct ngx_http_gate_typed_ctx_s {
    ngx_table_elt_t             *forwarded;
    ngx_uint_t                   nforwarded;  /* the same before 1.23 */
    ngx_table_elt_t             *real_ip;
    unsigned                     held:1;
};

/* the client request's context, NULL if there is none */
ngx_http_gate_ctx_t *ngx_http_gate_get_ctx(ngx_http_request_t *r);
/*
 * a module's context, which an internal redirect zeroed: the data of the clean
 * up with the handler "mark"; NULL: there is none
 */
void *ngx_http_gate_recall(ngx_http_request_t *r, ngx_module_t *m,
    ngx_pool_cleanup_pt mark);
/* the same, created if need be; NULL: no memory */
ngx_http_gate_ctx_t *ngx_http_gate_ctx(ngx_http_request_t *r);

/* is that the name of a field, in whatever case? */
static ngx_inline ngx_uint_t
ngx_http_gate_name_is(ngx_str_t *key, gate_str_t name)
{
    return gate_str_eq_nocase(ngx_http_gate_view(key), name);
}


/* first field of that name, which must be in lower case; *n, which is never
 * NULL, counts all of them */
ngx_table_elt_t *ngx_http_gate_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_uint_t *n);
/* one after the other; cursor->part is NULL at first */
typedef struct {
    ngx_list_part_t           *part;
    ngx_uint_t                 i;
} ngx_http_gate_cursor_t;

ngx_table_elt_t *ngx_http_gate_header_next(ngx_http_request_t *r,
    ngx_str_t *name, ngx_http_gate_cursor_t *cursor);
/* what a browser asks before it sends credentials (Fetch, 4.8) */
ngx_uint_t ngx_http_gate_is_preflight(ngx_http_request_t *r);
/* keep the fields for which keep() is true, clear typed pointers of the others;
 * it is asked only of names that begin with one of "first", NULL: of all */
typedef ngx_uint_t (*ngx_http_gate_keep_pt)(ngx_table_elt_t *h, void *data);
ngx_int_t ngx_http_gate_headers_filter(ngx_http_request_t *r,
    const gate_name_first_t *first, ngx_http_gate_keep_pt keep, void *data);
/* the slot of a field that is in the list again */
void ngx_http_gate_headers_remember(ngx_http_request_t *r,
    ngx_table_elt_t *h);
/* for a subrequest, before it */
ngx_int_t ngx_http_gate_headers_own(ngx_http_request_t *r);
/* the slots that realip reads: kept before hygiene, shown for its turn */
ngx_int_t ngx_http_gate_typed_hold(ngx_http_request_t *r);
void ngx_http_gate_typed_show(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_uint_t show);
/* add a response field; the value is not copied */
ngx_table_elt_t *ngx_http_gate_add_out(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value);
/* ... "n" of them, each as the only one of its name; "first" has a bit for
 * the first letter of each */
#define ngx_http_gate_out_first(c)  ((uint32_t) 1 << ((c) & 31))
ngx_int_t ngx_http_gate_set_out(ngx_http_request_t *r, ngx_keyval_t *f,
    ngx_uint_t n, uint32_t first);
/* ... a challenge: where other modules look for it, too */
void ngx_http_gate_challenge_out(ngx_http_request_t *r, ngx_table_elt_t *h);
/* ... Cache-Control is sent no more: "expires" writes one of its own */
void ngx_http_gate_cache_control_forget(ngx_http_request_t *r);
/* gives the request its id, once */
ngx_int_t ngx_http_gate_request_id(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* n bytes from a buffered CSPRNG, once per worker; NGX_ERROR if it failed */
ngx_int_t ngx_http_gate_random(u_char *dst, size_t n);
/* the same of what is no secret: good until the next call, NULL if it failed */
u_char *ngx_http_gate_random_open(size_t n);


#endif /* _NGX_HTTP_GATE_REQUEST_H_INCLUDED_ */
