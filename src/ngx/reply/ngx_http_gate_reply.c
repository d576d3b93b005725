
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Replies: the filters, which put problem details in the place of pages of
 * nginx's and of the sidecar's own.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_entry.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_reply_form.h"
#include "ngx_http_gate_reply_blame.h"
#include "ngx_http_gate_reply_nginx.h"
#include "ngx_http_gate_reply_texts.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_meter.h"
#include "ngx_http_gate_path.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_service_way.h"


static ngx_int_t ngx_http_gate_reply_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_reply_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_reply_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_reply_header(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_reply_open(
    ngx_http_request_t *r);
static void ngx_http_gate_reply_behind(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_uint_t ngx_http_gate_reply_is_open(ngx_http_request_t *r);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_reply_body(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, ngx_chain_t *in);
static ngx_int_t ngx_http_gate_reply_swap(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason);
static ngx_int_t ngx_http_gate_reply_tell(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason);
static ngx_int_t ngx_http_gate_reply_policy(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static char *ngx_http_gate_reply_errors(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_gate_reply_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_reply_create_srv_conf(ngx_conf_t *cf);
static void *ngx_http_gate_reply_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_reply_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_gate_reply_init(ngx_conf_t *cf);


/* the number of the word is one of NGX_HTTP_GATE_ERRORS_... */

static ngx_http_gate_conf_row_t  ngx_http_gate_reply_errors_row = {
    ngx_string("FORM off|on|problem"), NGX_HTTP_GATE_CONF_ENUM,
    offsetof(ngx_http_gate_reply_loc_conf_t, errors), 0, 0, NULL
};


static ngx_command_t  ngx_http_gate_reply_commands[] = {

    { ngx_string("gate_errors"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_reply_errors,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_error_texts"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_reply_texts_line,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_reply_module_ctx = {
    ngx_http_gate_reply_preconfiguration,  /* preconfiguration */
    ngx_http_gate_reply_init,              /* postconfiguration */

    ngx_http_gate_reply_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_gate_reply_create_srv_conf,   /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_reply_create_conf,       /* create location configuration */
    ngx_http_gate_reply_merge_conf         /* merge location configuration */
};


ngx_module_t  ngx_http_gate_reply_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_reply_module_ctx,       /* module context */
    ngx_http_gate_reply_commands,          /* module directives */
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


static ngx_int_t
ngx_http_gate_reply_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, reply),
                               sizeof(ngx_http_gate_reply_ctx_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, own),
                               sizeof(ngx_http_gate_own_ctx_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_gate_deny_challenge_by(ngx_http_gate_reply_challenge_part);

    if (ngx_http_gate_reply_add_variables(cf) != NGX_OK
        || ngx_http_gate_place_check(cf, ngx_http_gate_reply_policy) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_reply_nginx_preconfiguration(cf);
}


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


static ngx_int_t
ngx_http_gate_reply_header_filter(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_gate_hygiene_early(r) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->gated) {
        return (r->err_status < NGX_HTTP_BAD_REQUEST)
               ? ngx_http_next_header_filter(r) : ngx_http_gate_reply_open(r);
    }

    return ngx_http_gate_reply_header(r, ctx);
}


/*
 * No policy was met: by an error before the phases, or because none stands
 * here.  Where one does the request counts as refused.
 */

static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_reply_open(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    if (!ngx_http_gate_reply_nginx_page(r)) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_gate_entry_early(r);

    if (ctx != NULL) {
        return ngx_http_gate_reply_header(r, ctx);
    }

    if (!ngx_http_gate_reply_is_open(r)) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ngx_http_gate_refused_log_id(r, ctx);
    ngx_http_gate_reply_nginx_blame(r, ctx);

    if (ngx_http_gate_reply_fields(r, ctx) != NGX_OK
        || ngx_http_gate_reply_swap(r, ctx, ctx->reason) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_gate_reply_behind(r, ctx);

    return ngx_http_next_header_filter(r);
}


/* HTTP/0.9 has no header that could tell what the body is */

static ngx_uint_t
ngx_http_gate_reply_is_open(ngx_http_request_t *r)
{
    ngx_http_gate_reply_srv_conf_t  *rscf;
    ngx_http_gate_reply_loc_conf_t  *rlcf;

    rscf = ngx_http_get_module_srv_conf(r, ngx_http_gate_reply_module);
    rlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_reply_module);

    return rscf->gated && rlcf->errors != NGX_HTTP_GATE_ERRORS_OFF
           && r->http_version >= NGX_HTTP_VERSION_10;
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_reply_header(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    const ngx_http_gate_reason_t  *reason;

    if (ngx_http_gate_answer_judge(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->meter->metered && ctx->answer->going && r->upstream->upgrade) {
        ngx_http_gate_meter_tunnel(r, ctx);
    }

    if (ngx_http_gate_reply_fields(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_gate_path_status(r, ctx);

    reason = ngx_http_gate_reply_reason(r, ctx);

    ctx->answer->said = ctx->reason;
    ctx->answer->status = r->headers_out.status;

    if (reason != NULL
        && ngx_http_gate_reply_swap(r, ctx, reason) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->answer->states = r->upstream_states ? r->upstream_states->nelts : 0;

    ngx_http_gate_reply_behind(r, ctx);

    return ngx_http_next_header_filter(r);
}


/* what other modules add stands behind what is there now */

static void
ngx_http_gate_reply_behind(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ctx->own->behind = r->headers_out.headers.last;
    ctx->own->nbehind = r->headers_out.headers.last->nelts;
}


static ngx_int_t
ngx_http_gate_reply_swap(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);

    if (r->headers_out.content_encoding != NULL) {
        r->headers_out.content_encoding->hash = 0;
        r->headers_out.content_encoding = NULL;
    }

    ctx->reply->swap = 1;

    if (ngx_http_gate_reply_is_grpc(r)) {
        return ngx_http_gate_reply_grpc(r, ctx, reason);
    }

    if (r->headers_out.status < NGX_HTTP_BAD_REQUEST) {
        ngx_http_gate_reply_grpc_undo(r, ctx, reason);
    }

    return ngx_http_gate_reply_tell(r, ctx, reason);
}


static ngx_int_t
ngx_http_gate_reply_tell(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    ngx_int_t                    rc;
    const ngx_http_gate_form_t  *form;

    rc = ngx_http_gate_reply_choose(r, ctx, reason);

    if (rc == NGX_OK) {
        rc = ngx_http_gate_reply_body_write(r, ctx, reason);
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    form = ngx_http_gate_reply_forms[ctx->reply->form];

    r->headers_out.content_type = form->type;
    r->headers_out.content_type_len = form->type.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.charset = form->charset;

    return NGX_OK;
}


/* sends our body once and drops the input; else only notes the end */

static ngx_int_t
ngx_http_gate_reply_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_chain_t          *cl;
    ngx_http_gate_ctx_t  *ctx;

    if (r != r->main || in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !(ctx->gated || ctx->reply->swap)) {
        return ngx_http_next_body_filter(r, in);
    }

    if (!ctx->reply->swap || ctx->reply->whole) {
        for (cl = in; cl; cl = cl->next) {
            if (cl->buf->last_buf) {
                ctx->answer->last_seen = 1;
                ngx_http_gate_reply_trailers(r, ctx);
            }
        }

        return ngx_http_next_body_filter(r, in);
    }

    return ngx_http_gate_reply_body(r, ctx, in);
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_reply_body(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_chain_t *in)
{
    ngx_chain_t  *cl, out;

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    if (ctx->reply->swapped) {
        return ngx_http_next_body_filter(r, NULL);
    }

    ctx->reply->swapped = 1;
    ctx->answer->last_seen = 1;

    if (ngx_http_gate_reply_chain(r, ctx, &out) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_next_body_filter(r, &out);
}


ngx_int_t
ngx_http_gate_reply_chain(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_chain_t *out)
{
    ngx_buf_t  *b;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = ctx->reply->body.data;
    b->last = ctx->reply->body.data + ctx->reply->body.len;
    b->memory = (ctx->reply->body.len != 0);
    b->last_buf = 1;
    b->last_in_chain = 1;

    out->buf = b;
    out->next = NULL;

    return NGX_OK;
}


/* gate_errors on | off | problem; */

static char *
ngx_http_gate_reply_errors(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_reply_loc_conf_t *rlcf = conf;

    char                            *rv;
    ngx_http_gate_reply_srv_conf_t  *rscf;

    if (rlcf->errors != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_reply_errors_row, rlcf);

    if (rv == NGX_CONF_OK && rlcf->errors != NGX_HTTP_GATE_ERRORS_OFF
        && !(cf->cmd_type & NGX_HTTP_MAIN_CONF))
    {
        rscf = ngx_http_conf_get_module_srv_conf(cf,
                                                 ngx_http_gate_reply_module);
        rscf->gated = 1;
    }

    return rv;
}


/*
 * Pages of nginx's own are replaced in servers that have a policy.  Where the
 * way to a service is gRPC is noted.
 */

static ngx_int_t
ngx_http_gate_reply_policy(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_reply_srv_conf_t     *rscf;
    ngx_http_gate_reply_loc_conf_t     *rlcf;
    const ngx_http_gate_service_way_t  *way;

    rscf = place->srv_conf[ngx_http_gate_reply_module.ctx_index];

    if (place->gated) {
        rscf->gated = 1;
    }

    way = place->server ? NULL : ngx_http_gate_service_way_at(cf, place);

    if (way != NULL && way->grpc) {
        rlcf = ngx_http_gate_place_conf(place, &ngx_http_gate_reply_module);
        rlcf->grpc = 1;
        rscf->grpc = 1;
    }

    return NGX_OK;
}


static void *
ngx_http_gate_reply_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_reply_main_conf_t));
}


static void *
ngx_http_gate_reply_create_srv_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     rscf->gated = 0;
     *     rscf->grpc = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_reply_srv_conf_t));
}


static void *
ngx_http_gate_reply_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_reply_loc_conf_t  *rlcf;

    rlcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_reply_loc_conf_t));
    if (rlcf == NULL) {
        return NULL;
    }

    rlcf->errors = NGX_CONF_UNSET_UINT;
    rlcf->grpc = 0;

    return rlcf;
}


static char *
ngx_http_gate_reply_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_reply_loc_conf_t *prev = parent;
    ngx_http_gate_reply_loc_conf_t *conf = child;

    ngx_http_gate_reply_main_conf_t  *rmcf;

    ngx_conf_merge_uint_value(conf->errors, prev->errors,
                              NGX_HTTP_GATE_ERRORS_ON);

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_reply_module);

    conf->usual = (conf->errors == NGX_HTTP_GATE_ERRORS_ON
                   && rmcf->texts == NULL);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_reply_init(ngx_conf_t *cf)
{
    ngx_http_gate_reply_main_conf_t  *rmcf;

    if (!ngx_http_gate_used(cf)) {
        return NGX_OK;
    }

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_reply_module);

    if (ngx_http_gate_reply_body_init(cf, rmcf) != NGX_OK
        || ngx_http_gate_reply_challenge_init(cf, rmcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gate_reply_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_gate_reply_body_filter;

    return NGX_OK;
}
