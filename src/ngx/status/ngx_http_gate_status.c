
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_status: what the gate counted, as a content handler.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_status.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_request.h"


#define NGX_HTTP_GATE_STATUS_BUFFER   (16 * 1024)
#define NGX_HTTP_GATE_STATUS_SAMPLE   512
#define NGX_HTTP_GATE_STATUS_MAX      (64 * 1024 * 1024)


typedef struct {
    ngx_uint_t                 format;
    ngx_flag_t                 enable;
} ngx_http_gate_status_loc_conf_t;


static ngx_int_t ngx_http_gate_status_handler(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_status_arg(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);
static ngx_uint_t ngx_http_gate_status_format(ngx_str_t *name);
static ngx_int_t ngx_http_gate_status_show(ngx_http_request_t *r,
    ngx_uint_t format);
static void *ngx_http_gate_status_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_status_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_gate_status(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_str_t  ngx_http_gate_status_formats[] = {
    ngx_string("json"),
    ngx_string("prometheus")
};


static ngx_str_t  ngx_http_gate_status_types[] = {
    ngx_string("application/json"),
    ngx_string("text/plain; version=0.0.4; charset=utf-8")
};


static ngx_http_gate_conf_row_t  ngx_http_gate_status_params[] = {

    { ngx_string("format=json|prometheus"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_status_loc_conf_t, format), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_status_commands[] = {

    { ngx_string("gate_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_http_gate_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_status_module_ctx = {
    NULL,                                    /* preconfiguration */
    NULL,                                    /* postconfiguration */

    NULL,                                    /* create main configuration */
    NULL,                                    /* init main configuration */

    NULL,                                    /* create server configuration */
    NULL,                                    /* merge server configuration */

    ngx_http_gate_status_create_loc_conf,    /* create location configuration */
    ngx_http_gate_status_merge_loc_conf      /* merge location configuration */
};


ngx_module_t  ngx_http_gate_status_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_status_module_ctx,        /* module context */
    ngx_http_gate_status_commands,           /* module directives */
    NGX_HTTP_MODULE,                         /* module type */
    NULL,                                    /* init master */
    NULL,                                    /* init module */
    NULL,                                    /* init process */
    NULL,                                    /* init thread */
    NULL,                                    /* exit thread */
    NULL,                                    /* exit process */
    NULL,                                    /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_gate_status_handler(ngx_http_request_t *r)
{
    ngx_int_t                         rc;
    ngx_str_t                         value;
    ngx_uint_t                        format;
    ngx_http_gate_status_loc_conf_t  *slcf;

    static ngx_str_t  allow = ngx_string("Allow");
    static ngx_str_t  methods = ngx_string("GET, HEAD");
    static ngx_str_t  ready = ngx_string("ready");
    static ngx_str_t  name = ngx_string("format");

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate status: \"%V\"", &r->args);

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {

        if (ngx_http_gate_add_out(r, &allow, &methods) == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_gate_status_arg(r, &ready, &value)) {
        return ngx_http_gate_status_ready(r);
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_status_module);

    format = slcf->format;

    if (!ngx_http_gate_status_arg(r, &name, &value)) {
        return ngx_http_gate_status_show(r, format);
    }

    format = ngx_http_gate_status_format(&value);

    if (format != NGX_CONF_UNSET_UINT) {
        return ngx_http_gate_status_show(r, format);
    }

    return NGX_HTTP_BAD_REQUEST;
}


/* "NAME" or "NAME=VALUE"; ngx_http_arg() knows the latter only */

static ngx_uint_t
ngx_http_gate_status_arg(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    u_char  *p, *end, *last;

    p = r->args.data;
    last = p + r->args.len;

    while (p < last) {

        end = ngx_strlchr(p, last, '&');
        if (end == NULL) {
            end = last;
        }

        if ((size_t) (end - p) >= name->len
            && ngx_strncmp(p, name->data, name->len) == 0)
        {
            p += name->len;

            if (p == end) {
                ngx_str_null(value);
                return 1;
            }

            if (*p == '=') {
                value->data = p + 1;
                value->len = end - p - 1;
                return 1;
            }
        }

        p = end + 1;
    }

    return 0;
}


static ngx_uint_t
ngx_http_gate_status_format(ngx_str_t *name)
{
    ngx_str_t   *format;
    ngx_uint_t   i;

    format = ngx_http_gate_status_formats;

    for (i = 0; i <= NGX_HTTP_GATE_STATUS_PROM; i++) {
        if (format[i].len == name->len
            && ngx_strncmp(format[i].data, name->data, name->len) == 0)
        {
            return i;
        }
    }

    return NGX_CONF_UNSET_UINT;
}


static ngx_int_t
ngx_http_gate_status_show(ngx_http_request_t *r, ngx_uint_t format)
{
    size_t                  size;
    u_char                 *buf;
    gate_text_t             t;
    ngx_http_gate_status_t  st;

    if (ngx_http_gate_status_read(r, &st) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    size = NGX_HTTP_GATE_STATUS_BUFFER
           + st.samples->nelts * NGX_HTTP_GATE_STATUS_SAMPLE;

    for ( ;; ) {

        buf = ngx_palloc(r->pool, size);
        if (buf == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        gate_text_init(&t, buf, size);

        if (format == NGX_HTTP_GATE_STATUS_JSON) {
            ngx_http_gate_status_json(&t, &st);

        } else {
            ngx_http_gate_status_prom(&t, &st);
        }

        if (!t.full) {
            break;
        }

        (void) ngx_pfree(r->pool, buf);

        size *= 2;

        if (size > NGX_HTTP_GATE_STATUS_MAX) {
            ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                          "gate status: the text does not end");
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_http_gate_status_send(r, NGX_HTTP_OK, format, buf,
                                     t.last - buf);
}


ngx_int_t
ngx_http_gate_status_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_uint_t format, u_char *data, size_t len)
{
    ngx_buf_t    *b;
    ngx_int_t     rc;
    ngx_chain_t   out;

    static ngx_str_t  cache = ngx_string("Cache-Control");
    static ngx_str_t  no_store = ngx_string("no-store");

    if (ngx_http_gate_add_out(r, &cache, &no_store) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = status;
    r->headers_out.content_length_n = len;
    r->headers_out.content_type = ngx_http_gate_status_types[format];
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (format == NGX_HTTP_GATE_STATUS_PROM) {

        /* as for types with a charset from an upstream: none is appended */

        r->headers_out.content_type_len = sizeof("text/plain") - 1;
        ngx_str_set(&r->headers_out.charset, "utf-8");
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = data;
    b->last = data + len;
    b->memory = 1;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, &out);
}


static void *
ngx_http_gate_status_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_status_loc_conf_t  *slcf;

    slcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_status_loc_conf_t));
    if (slcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     slcf->enable = 0;
     */

    slcf->format = NGX_CONF_UNSET_UINT;

    return slcf;
}


static char *
ngx_http_gate_status_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_status_loc_conf_t  *prev = parent;
    ngx_http_gate_status_loc_conf_t  *conf = child;

    ngx_http_core_loc_conf_t         *clcf;

    ngx_conf_merge_uint_value(conf->format, prev->format,
                              NGX_HTTP_GATE_STATUS_JSON);

    /* limit_except is a location of its own: the same handler for it */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->lmt_excpt && clcf->handler == NULL && prev->enable) {
        conf->enable = 1;
        clcf->handler = ngx_http_gate_status_handler;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_status_loc_conf_t  *slcf = conf;

    ngx_http_core_loc_conf_t  *clcf;

    if (slcf->enable) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL) {
        return "is not alone: take the other content handler out of the "
               "location";
    }

    slcf->enable = 1;
    clcf->handler = ngx_http_gate_status_handler;

    ngx_http_gate_use(cf);

    return ngx_http_gate_conf_params(cf, 1, ngx_http_gate_status_params, slcf);
}
