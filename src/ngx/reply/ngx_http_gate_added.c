
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Fields that the configuration adds (add_header): one that has the name of
 * one of ours takes its place.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_request.h"


static ngx_int_t ngx_http_gate_added_header_filter(ngx_http_request_t *r);
static void ngx_http_gate_added_hide(ngx_http_gate_ctx_t *ctx,
    ngx_table_elt_t *added);
static void ngx_http_gate_added_date(ngx_http_gate_ctx_t *ctx,
    ngx_table_elt_t *added);
static ngx_int_t ngx_http_gate_added_init(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_added_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_gate_added_init,              /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_added_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_added_module_ctx,       /* module context */
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


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;


/* behind add_header, which adds to the end of the list */

static ngx_int_t
ngx_http_gate_added_header_filter(ngx_http_request_t *r)
{
    ngx_uint_t            i;
    ngx_list_part_t      *part;
    ngx_table_elt_t      *h;
    ngx_http_gate_ctx_t  *ctx;

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || ctx->own->behind == NULL) {
        return ngx_http_next_header_filter(r);
    }

    i = ctx->own->nbehind;

    for (part = ctx->own->behind; part; part = part->next, i = 0) {
        h = part->elts;

        for ( /* void */ ; i < part->nelts; i++) {
            if (h[i].hash == 0) {
                continue;
            }

            ngx_http_gate_added_hide(ctx, &h[i]);

            if (ctx->api != NULL && ctx->api->life != NULL) {
                ngx_http_gate_added_date(ctx, &h[i]);
            }
        }
    }

    return ngx_http_next_header_filter(r);
}


static void
ngx_http_gate_added_hide(ngx_http_gate_ctx_t *ctx, ngx_table_elt_t *added)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    i = ctx->own->i;

    for (part = ctx->own->part; part; part = part->next, i = 0) {
        h = part->elts;

        for ( /* void */ ; i < part->nelts; i++) {

            if (ngx_http_gate_name_is(&h[i].key,
                                      ngx_http_gate_view(&added->key)))
            {
                h[i].hash = 0;
            }

            if (&h[i] == ctx->own->last) {
                return;
            }
        }
    }
}


/* the dates of an API's life stand behind, too, and in front of add_header's */

static void
ngx_http_gate_added_date(ngx_http_gate_ctx_t *ctx, ngx_table_elt_t *added)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    if (!ngx_http_gate_name_is(&added->key, gate_cstr("deprecation"))
        && !ngx_http_gate_name_is(&added->key, gate_cstr("sunset")))
    {
        return;
    }

    i = ctx->own->nbehind;

    for (part = ctx->own->behind; part; part = part->next, i = 0) {
        h = part->elts;

        for ( /* void */ ; i < part->nelts; i++) {

            if (&h[i] == added) {
                return;
            }

            if (ngx_http_gate_name_is(&h[i].key,
                                      ngx_http_gate_view(&added->key)))
            {
                h[i].hash = 0;
            }
        }
    }
}


static ngx_int_t
ngx_http_gate_added_init(ngx_conf_t *cf)
{
    if (!ngx_http_gate_used(cf)) {
        return NGX_OK;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gate_added_header_filter;

    return NGX_OK;
}
