
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is remembered of each client request, also of one that met no policy
 * and has no context.
 */


#ifndef _NGX_HTTP_GATE_SEEN_H_INCLUDED_
#define _NGX_HTTP_GATE_SEEN_H_INCLUDED_


#include "ngx_http_gate.h"


typedef struct {
    ngx_array_t                taken;     /* fields, of ngx_table_elt_t */
    ngx_str_t                  target;    /* raw, nothing found in its path */
    ngx_uint_t                 clean;     /* hygiene has run */
    ngx_uint_t                 error;     /* for which a page is made, or 0 */
    ngx_table_elt_t            fields[2]; /* the first of "taken" */
} ngx_http_gate_seen_t;


/* NULL: hygiene has not begun */
ngx_http_gate_seen_t *ngx_http_gate_seen(ngx_http_request_t *r);
/* the same, made if need be; NULL: no memory */
ngx_http_gate_seen_t *ngx_http_gate_seen_make(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GATE_SEEN_H_INCLUDED_ */
