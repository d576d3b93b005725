
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_versions: which version a request is for, and the way there.  Whoever
 * calls is known by then, and nothing has been debited: all other policies are
 * those of the place it is led to.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vary.h"
#include "ngx_http_gate_version.h"


#define NGX_HTTP_GATE_NOT_ACCEPTABLE  406


/* of a request: by which block, and where to */

typedef struct {
    ngx_http_gate_versions_t  *by;
    ngx_str_t                  to;
} ngx_http_gate_version_led_t;


static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_version_lead(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_versions_t *v);
static ngx_int_t ngx_http_gate_version_asked(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_versions_t *v, gate_str_t *rest);
static ngx_int_t ngx_http_gate_version_unasked(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_versions_t *v, gate_str_t rest);
static gate_str_t ngx_http_gate_version_usual(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_versions_t *v);
static ngx_int_t ngx_http_gate_version_to(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_version_t *version,
    gate_str_t rest);
static ngx_int_t ngx_http_gate_version_go(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_version_deny(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason,
    const char *detail);
static ngx_int_t ngx_http_gate_version_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_version_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_version_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_version_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_version_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_gate_version_init(ngx_conf_t *cf);


static ngx_command_t  ngx_http_gate_version_commands[] = {

    { ngx_string("gate_versions"),
      NGX_HTTP_LOC_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_http_gate_version_block,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static const ngx_http_gate_reason_t  ngx_http_gate_unknown_version = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("unknown_version"),
    ngx_string("Unknown version"),
    ngx_string("There is no such version of the API.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_no_version = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("no_version"),
    ngx_string("No version"),
    ngx_string("The request names no version of the API.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_version_not_acceptable = {
    NGX_HTTP_GATE_NOT_ACCEPTABLE, NGX_LOG_INFO,
    ngx_string("version_not_acceptable"),
    ngx_string("Version not acceptable"),
    ngx_string("There is no such version of the API as Accept asks for.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_version_reasons[] = {
    &ngx_http_gate_unknown_version,
    &ngx_http_gate_no_version,
    &ngx_http_gate_version_not_acceptable,
    NULL
};


static ngx_http_module_t  ngx_http_gate_version_module_ctx = {
    ngx_http_gate_version_preconfiguration,  /* preconfiguration */
    ngx_http_gate_version_init,            /* postconfiguration */

    ngx_http_gate_version_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_version_create_conf,     /* create location configuration */
    ngx_http_gate_version_merge_conf       /* merge location configuration */
};


ngx_module_t  ngx_http_gate_version_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_version_module_ctx,     /* module context */
    ngx_http_gate_version_commands,        /* module directives */
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


ngx_uint_t
ngx_http_gate_version_stands(void **loc_conf)
{
    ngx_http_gate_version_loc_conf_t  *vlcf;

    vlcf = loc_conf[ngx_http_gate_version_module.ctx_index];

    return vlcf->versions != NULL;
}


ngx_int_t
ngx_http_gate_version_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_version_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_version_module);

    return vlcf->versions ? ngx_http_gate_version_lead(r, ctx, vlcf->versions)
                          : NGX_DECLINED;
}


ngx_int_t
ngx_http_gate_version_part(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_version_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_version_module);

    if (vlcf->versions == NULL) {
        return NGX_DECLINED;
    }

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "gate version: subrequest \"%V\" is led nowhere, let it "
                  "name the location of a version", &r->uri);

    return NGX_ERROR;
}


/* the first way that names a version decides; then the caller's, then ours */

static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_version_lead(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_versions_t *v)
{
    ngx_int_t                     rc;
    gate_str_t                    rest;
    ngx_http_gate_version_led_t  *led;

    if (ctx->led != NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gate version: \"%V\" was led to \"gate_versions %V\" "
                      "in %s:%ui, where no version is",
                      &r->uri, &v->name, v->file, v->line);
        return NGX_ERROR;
    }

    led = ngx_pcalloc(r->pool, sizeof(ngx_http_gate_version_led_t));
    if (led == NULL) {
        return NGX_ERROR;
    }

    led->by = v;
    ctx->led = led;

    rest = gate_str(r->uri.data + v->prefix.len, r->uri.len - v->prefix.len);

    rc = ngx_http_gate_version_asked(r, ctx, v, &rest);

    return (rc == NGX_DECLINED)
           ? ngx_http_gate_version_unasked(r, ctx, v, rest) : rc;
}


/* NGX_DECLINED: no version that counts is asked for */

static ngx_int_t
ngx_http_gate_version_asked(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_versions_t *v, gate_str_t *rest)
{
    ngx_int_t                     rc;
    ngx_uint_t                    i;
    gate_str_t                    name;
    ngx_http_gate_version_t      *version;
    ngx_http_gate_version_way_t  *way;

    way = v->ways->elts;

    for (i = 0; i < v->ways->nelts; i++) {

        rc = ngx_http_gate_version_named(r, v, &way[i], &name, rest);

        if (rc == NGX_DECLINED) {
            continue;
        }

        version = (rc == NGX_OK) ? ngx_http_gate_version_find(v, name) : NULL;

        if (version != NULL) {
            return ngx_http_gate_version_to(r, ctx, version, *rest);
        }

        if (rc == NGX_OK && v->lenient) {
            break;
        }

        return ngx_http_gate_version_deny(r, ctx,
                   way[i].by == NGX_HTTP_GATE_VERSION_MEDIA
                   ? &ngx_http_gate_version_not_acceptable
                   : &ngx_http_gate_unknown_version, v->unknown);
    }

    return NGX_DECLINED;
}


/* that of the consumer, or the first one */

static ngx_int_t
ngx_http_gate_version_unasked(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_versions_t *v, gate_str_t rest)
{
    gate_str_t                name;
    ngx_http_gate_version_t  *version;

    name = ngx_http_gate_version_usual(ctx, v);

    if (name.len == 0) {
        return ngx_http_gate_version_deny(r, ctx, &ngx_http_gate_no_version,
                                          v->none);
    }

    version = ngx_http_gate_version_find(v, name);

    if (version == NULL) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "gate version: \"pin %V=%*s\" of the consumer is no "
                      "version in %s:%ui", &v->name, name.len, name.data,
                      v->file, v->line);

        return ngx_http_gate_version_deny(r, ctx,
                                          &ngx_http_gate_unknown_version,
                                          v->unknown);
    }

    return ngx_http_gate_version_to(r, ctx, version, rest);
}


/* of a request that names none */

static gate_str_t
ngx_http_gate_version_usual(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_versions_t *v)
{
    gate_str_t  pin;

    if (ctx->who.consumer != NULL) {
        pin = gate_consumer_pin(ctx->who.consumer,
                                ngx_http_gate_view(&v->name));

        if (pin.len != 0) {
            return pin;
        }
    }

    return ngx_http_gate_view(&v->first);
}


static ngx_int_t
ngx_http_gate_version_to(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_version_t *version, gate_str_t rest)
{
    u_char                       *p;
    ngx_http_gate_version_led_t  *led;

    led = ctx->led;

    led->to.len = version->uri.len + rest.len;
    led->to.data = ngx_pnalloc(r->pool, led->to.len);

    if (led->to.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(led->to.data, version->uri.data, version->uri.len);
    ngx_memcpy(p, rest.data, rest.len);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate version: \"%V\" to \"%V\"", &r->uri, &led->to);

    r->content_handler = ngx_http_gate_version_go;

    return NGX_DONE;
}


/* from the beginning, at the other place: method, body and arguments stay */

static ngx_int_t
ngx_http_gate_version_go(ngx_http_request_t *r)
{
    ngx_str_t                     args;
    ngx_http_gate_ctx_t          *ctx;
    ngx_http_gate_version_led_t  *led;

    ctx = ngx_http_gate_get_ctx(r);
    led = ctx->led;
    args = r->args;

    return ngx_http_internal_redirect(r, &led->to, &args);
}


static ngx_int_t
ngx_http_gate_version_deny(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason, const char *detail)
{
    (void) ngx_http_gate_refused_why(ctx, reason, detail);

    return ngx_http_gate_deny(r, ctx, reason);
}


/* whoever answers: another request would have been led elsewhere */

static ngx_int_t
ngx_http_gate_version_header_filter(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t          *ctx;
    ngx_http_gate_version_led_t  *led;

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_gate_get_ctx(r);
    led = ctx ? ctx->led : NULL;

    if (led != NULL && led->by->vary.len
        && ngx_http_gate_vary(r, &led->by->vary) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_http_gate_version_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_version_reasons) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_version_check);
}


static void *
ngx_http_gate_version_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_version_main_conf_t  *vmcf;

    /*
     * set by ngx_pcalloc():
     *
     *     vmcf->used = 0;
     *     vmcf->places = NULL;
     */

    vmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_version_main_conf_t));

    if (vmcf == NULL
        || ngx_array_init(&vmcf->blocks, cf->temp_pool, 4,
                          sizeof(ngx_http_gate_versions_t *)) != NGX_OK)
    {
        return NULL;
    }

    return vmcf;
}


static void *
ngx_http_gate_version_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_version_loc_conf_t  *vlcf;

    /*
     * set by ngx_pcalloc():
     *
     *     vlcf->versions = NULL;
     *     vlcf->outer = NULL;
     */

    vlcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_version_loc_conf_t));
    if (vlcf == NULL) {
        return NULL;
    }

    /* while http{} itself is being made cf->ctx is not yet http's */

    if (cf->cmd_type != NGX_MAIN_CONF) {
        vlcf->outer = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;
    }

    return vlcf;
}


/* not inherited, as a content handler is not, but by an "if" */

static char *
ngx_http_gate_version_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_version_loc_conf_t *prev = parent;
    ngx_http_gate_version_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t           *clcf;
    ngx_http_gate_version_main_conf_t  *vmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    vmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_version_module);

    if (vmcf->used && ngx_http_gate_version_place(cf, vmcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->versions == NULL) {
        conf->versions = clcf->noname ? prev->versions : NULL;

    } else if (clcf->handler != NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_versions\" leads all requests elsewhere, and "
                      "another directive of the location answers them: take "
                      "that one out in %s:%ui", conf->versions->file,
                      conf->versions->line);
        return NGX_CONF_ERROR;
    }

    if (conf->versions != NULL) {
        ngx_http_gate_place_gated(cf);
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_version_init(ngx_conf_t *cf)
{
    ngx_http_gate_version_main_conf_t  *vmcf;

    vmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_version_module);

    if (ngx_http_gate_version_finish(cf, vmcf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!vmcf->used) {
        return NGX_OK;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gate_version_header_filter;

    return NGX_OK;
}
