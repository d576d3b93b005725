
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is remembered of each client request.  It is a tenth of a context, and
 * all that most requests to a location without policy need.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_seen.h"
#include "ngx_http_gate_request.h"


static void ngx_http_gate_seen_cleanup(void *data);


/* for its slot among the modules' contexts */

static ngx_http_module_t  ngx_http_gate_seen_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_seen_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_seen_module_ctx,        /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/* as with the context: internal redirects zero the slot, and not the list */

ngx_http_gate_seen_t *
ngx_http_gate_seen(ngx_http_request_t *r)
{
    ngx_http_gate_seen_t  *seen;

    r = r->main;

    seen = ngx_http_get_module_ctx(r, ngx_http_gate_seen_module);

    if (seen != NULL || !(r->internal || r->filter_finalize)) {
        return seen;
    }

    return ngx_http_gate_recall(r, &ngx_http_gate_seen_module,
                                ngx_http_gate_seen_cleanup);
}


ngx_http_gate_seen_t *
ngx_http_gate_seen_make(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t    *cln;
    ngx_http_gate_seen_t  *seen;

    seen = ngx_http_gate_seen(r);
    if (seen != NULL) {
        return seen;
    }

    r = r->main;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gate_seen_t));
    if (cln == NULL) {
        return NULL;
    }

    seen = cln->data;

    seen->taken.elts = seen->fields;
    seen->taken.nelts = 0;
    seen->taken.size = sizeof(ngx_table_elt_t);
    seen->taken.nalloc = sizeof(seen->fields) / sizeof(ngx_table_elt_t);
    seen->taken.pool = r->pool;

    ngx_str_null(&seen->target);
    seen->clean = 0;
    seen->error = 0;

    cln->handler = ngx_http_gate_seen_cleanup;
    ngx_http_set_ctx(r, seen, ngx_http_gate_seen_module);

    return seen;
}


static void
ngx_http_gate_seen_cleanup(void *data)
{
    /* a mark only */
}
