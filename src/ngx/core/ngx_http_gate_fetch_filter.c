
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The answer to a request of our own is taken in here, and goes no further.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_fetch.h"
#include "ngx_http_gate_fetch_filter.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_vars.h"


typedef struct {
    ngx_uint_t                 used;
} ngx_http_gate_fetch_main_conf_t;


static ngx_int_t ngx_http_gate_fetch_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_fetch_keep(ngx_http_gate_fetch_t *f,
    ngx_str_t *dst, ngx_str_t *src);
static ngx_int_t ngx_http_gate_fetch_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_gate_fetch_append(ngx_http_gate_fetch_t *f,
    ngx_buf_t *b);
static ngx_int_t ngx_http_gate_fetch_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_fetch_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_fetch_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_fetch_init(ngx_conf_t *cf);


static ngx_http_variable_t  ngx_http_gate_fetch_vars[] = {

    { ngx_string("gate_jwks_uri"), NULL, ngx_http_gate_fetch_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_http_module_t  ngx_http_gate_fetch_module_ctx = {
    ngx_http_gate_fetch_preconfiguration,  /* preconfiguration */
    ngx_http_gate_fetch_init,              /* postconfiguration */

    ngx_http_gate_fetch_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_fetch_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_fetch_module_ctx,       /* module context */
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
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


/* of subrequests that a location there makes, nothing is of use */

static ngx_int_t
ngx_http_gate_fetch_header_filter(ngx_http_request_t *r)
{
    ngx_uint_t              i;
    ngx_list_part_t        *part;
    ngx_table_elt_t        *h;
    ngx_http_gate_fetch_t  *f;

    f = ngx_http_gate_fetch_of(r);

    if (f == NULL) {
        return ngx_http_next_header_filter(r);
    }

    if (r != r->main) {
        return NGX_OK;
    }

    f->status = r->headers_out.status;

    if (ngx_http_gate_fetch_keep(f, &f->content_type,
                                 &r->headers_out.content_type)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    part = &r->headers_out.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].hash == 0) {
            continue;
        }

        if (h[i].key.len == sizeof("Content-Encoding") - 1
            && ngx_strncasecmp(h[i].key.data, (u_char *) "Content-Encoding",
                               h[i].key.len)
               == 0)
        {
            f->why = "the answer is compressed";
        }

        if (h[i].key.len == sizeof("Cache-Control") - 1
            && ngx_strncasecmp(h[i].key.data, (u_char *) "Cache-Control",
                               h[i].key.len)
               == 0
            && ngx_http_gate_fetch_keep(f, &f->cache_control, &h[i].value)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    /* the copy filter reads what is in files */

    r->filter_need_in_memory = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fetch_keep(ngx_http_gate_fetch_t *f, ngx_str_t *dst,
    ngx_str_t *src)
{
    if (src->len == 0) {
        return NGX_OK;
    }

    dst->len = ngx_min(src->len, NGX_HTTP_GATE_FETCH_FIELD);
    dst->data = ngx_pnalloc(f->pool, dst->len);

    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(dst->data, src->data, dst->len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fetch_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t              *b;
    ngx_chain_t            *cl;
    ngx_http_gate_fetch_t  *f;

    f = ngx_http_gate_fetch_of(r);

    if (f == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;

        if (r == r->main) {
            if (ngx_http_gate_fetch_append(f, b) != NGX_OK) {
                return NGX_ERROR;
            }

            f->complete |= b->last_buf;
        }

        b->pos = b->last;
        b->file_pos = b->file_last;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fetch_append(ngx_http_gate_fetch_t *f, ngx_buf_t *b)
{
    size_t   n, size;
    u_char  *p;

    if (!ngx_buf_in_memory(b)) {
        return NGX_OK;
    }

    n = b->last - b->pos;

    if (n > f->max - f->len) {
        f->why = "the answer is too large";
        return NGX_ERROR;
    }

    if (n > f->size - f->len) {
        size = ngx_max(f->len + n, 2 * f->size);
        size = ngx_min(ngx_max(size, 4096), f->max);

        p = ngx_alloc(size, &f->log);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (f->answer != NULL) {
            ngx_memcpy(p, f->answer, f->len);
            ngx_explicit_memzero(f->answer, f->len);
            ngx_free(f->answer);
        }

        f->answer = p;
        f->size = size;
    }

    f->len = ngx_cpymem(f->answer + f->len, b->pos, n) - f->answer;

    return NGX_OK;
}


/* where the keys are, as a provider says and its host was checked */

static ngx_int_t
ngx_http_gate_fetch_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_gate_fetch_t  *f;

    f = ngx_http_gate_fetch_of(r);

    if (f == NULL || f->target.len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_gate_set_var(v, &f->target);

    return NGX_OK;
}


void
ngx_http_gate_fetch_use(ngx_conf_t *cf)
{
    ngx_http_gate_fetch_main_conf_t  *fmcf;

    fmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_fetch_module);

    fmcf->used = 1;
}


static ngx_int_t
ngx_http_gate_fetch_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_add_vars(cf, ngx_http_gate_fetch_vars);
}


static void *
ngx_http_gate_fetch_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_fetch_main_conf_t));
}


static ngx_int_t
ngx_http_gate_fetch_init(ngx_conf_t *cf)
{
    ngx_http_gate_fetch_main_conf_t  *fmcf;

    fmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_fetch_module);

    if (!fmcf->used) {
        return NGX_OK;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gate_fetch_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_gate_fetch_body_filter;

    return NGX_OK;
}
