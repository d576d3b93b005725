
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of bodies: lines "json" and "body" of gate_transform.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_edit.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_reason.h"
#include "ngx_http_gate_reply.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_transform.h"


typedef struct {
    ngx_uint_t                 request;   /* it stands anywhere */
    ngx_uint_t                 answer;
} ngx_http_gate_edit_main_conf_t;


static void *ngx_http_gate_edit_alloc(void *pool, size_t size);
static ngx_int_t ngx_http_gate_edit_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_edit_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_edit_init(ngx_conf_t *cf);
static void *ngx_http_gate_edit_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_edit_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_edit_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);


const ngx_http_gate_reason_t  ngx_http_gate_bad_body = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("bad_body"),
    ngx_string("Body not usable"),
    ngx_string("The body of the request is not a JSON text that can be "
               "edited.")
};


const ngx_http_gate_reason_t  ngx_http_gate_unsupported_body = {
    NGX_HTTP_UNSUPPORTED_MEDIA_TYPE, NGX_LOG_INFO,
    ngx_string("unsupported_body"),
    ngx_string("Unsupported body"),
    ngx_string("The body of the request has a type or an encoding that is not "
               "taken here.")
};


const ngx_http_gate_reason_t  ngx_http_gate_bad_answer = {
    NGX_HTTP_BAD_GATEWAY, NGX_LOG_ERR, ngx_string("bad_answer"),
    ngx_string("Answer not usable"),
    ngx_string("The answer of the service could not be edited.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_edit_reasons[] = {
    &ngx_http_gate_bad_body,
    &ngx_http_gate_unsupported_body,
    &ngx_http_gate_bad_answer,
    &ngx_http_gate_payload_too_large,
    NULL
};


static ngx_http_module_t  ngx_http_gate_edit_module_ctx = {
    ngx_http_gate_edit_preconfiguration,   /* preconfiguration */
    ngx_http_gate_edit_init,               /* postconfiguration */

    ngx_http_gate_edit_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_edit_create_conf,        /* create location configuration */
    ngx_http_gate_edit_merge_conf          /* merge location configuration */
};


ngx_module_t  ngx_http_gate_edit_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_edit_module_ctx,        /* module context */
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


ngx_uint_t
ngx_http_gate_edit_stands(void **loc_conf)
{
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    tlcf = loc_conf[ngx_http_gate_transform_module.ctx_index];

    return (tlcf->request != NULL && tlcf->request->body != NULL)
           || (tlcf->answer != NULL && tlcf->answer->body != NULL);
}


/*
 * A subrequest has the body of its request, and its answer is a part of another
 * one or of none.  What has to be edited first does not go on.
 */

ngx_int_t
ngx_http_gate_edit_subrequest(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_edit_t                *e;
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    tlcf = ngx_http_gate_transform_at(r);

    e = tlcf->request ? tlcf->request->body : NULL;

    if (e != NULL
        && (e->body != NULL
            || (r->request_body != NULL && r->request_body->bufs != NULL)))
    {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gate edit: the body of subrequest \"%V\" cannot be "
                      "edited, let it lead to a location without \"json\" and "
                      "\"body\"", &r->uri);
        return NGX_ERROR;
    }

    /* what nobody reads, of auth_request and mirror, needs no edit */

    if (tlcf->answer != NULL && tlcf->answer->body != NULL && !r->header_only) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gate edit: the answer to subrequest \"%V\" cannot be "
                      "edited, let it lead to a location without \"json\" and "
                      "\"body\"", &r->uri);
        return NGX_ERROR;
    }

    return NGX_DECLINED;
}


ngx_uint_t
ngx_http_gate_edit_is_type(ngx_http_gate_edit_t *e, gate_str_t type)
{
    ngx_str_t   *t;
    ngx_uint_t   i;

    type = ngx_http_gate_edit_bare(type);

    if (e->types == NULL) {
        return ngx_http_gate_edit_is_json(type);
    }

    t = e->types->elts;

    for (i = 0; i < e->types->nelts; i++) {
        if (gate_str_eq_nocase(type, ngx_http_gate_view(&t[i]))) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_http_gate_edit_is_json(gate_str_t type)
{
    gate_str_t  end;

    type = ngx_http_gate_edit_bare(type);
    end = gate_cstr("+json");

    if (type.len > end.len) {
        end.data = type.data + type.len - end.len;
    }

    return gate_str_eq_nocase(type, gate_cstr("application/json"))
           || (type.len > end.len && gate_str_eq_nocase(end,
                                                        gate_cstr("+json")));
}


gate_str_t
ngx_http_gate_edit_bare(gate_str_t type)
{
    size_t  n;

    for (n = 0; n < type.len; n++) {
        if (type.data[n] == ';' || type.data[n] == ' '
            || type.data[n] == '\t')
        {
            break;
        }
    }

    return gate_str(type.data, n);
}


gate_edit_memory_t
ngx_http_gate_edit_memory(ngx_pool_t *pool)
{
    gate_edit_memory_t  memory;

    memory.alloc = ngx_http_gate_edit_alloc;
    memory.pool = pool;

    return memory;
}


ngx_http_gate_edit_ctx_t *
ngx_http_gate_edit_ctx(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (ctx->body->edit == NULL) {
        ctx->body->edit = ngx_pcalloc(r->pool,
                                      sizeof(ngx_http_gate_edit_ctx_t));
    }

    return ctx->body->edit;
}


static void *
ngx_http_gate_edit_alloc(void *pool, size_t size)
{
    return ngx_palloc(pool, size);
}


static ngx_int_t
ngx_http_gate_edit_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_edit_reasons) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_gate_place_check(cf, ngx_http_gate_edit_check) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_transform_lines(cf, ngx_http_gate_edit_rows);
}


/* what gRPC carries is no text */

static ngx_int_t
ngx_http_gate_edit_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_transform_t           *t;
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    if (place->server || place->block
        || !ngx_http_gate_service_is_grpc(place))
    {
        return NGX_OK;
    }

    tlcf = ngx_http_gate_place_conf(place, &ngx_http_gate_transform_module);

    t = (tlcf->request && tlcf->request->body) ? tlcf->request : tlcf->answer;

    if (t != NULL && t->body != NULL) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"json\" and \"body\" of \"gate_transform %s\" edit "
                      "no message of gRPC beside \"gate_pass grpc://\" in "
                      "location \"%V\": write a block without them into the "
                      "location, for the one in %s:%ui",
                      t->answer ? "response" : "request", &place->name,
                      t->file, t->line);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_edit_init(ngx_conf_t *cf)
{
    ngx_uint_t                       i;
    ngx_http_handler_pt             *h;
    ngx_http_core_main_conf_t       *cmcf;
    ngx_http_gate_edit_main_conf_t  *emcf;

    static ngx_uint_t  phases[] = {
        NGX_HTTP_SERVER_REWRITE_PHASE, NGX_HTTP_REWRITE_PHASE
    };

    emcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_edit_module);
    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (emcf->answer) {
        ngx_http_gate_edit_filter();
    }

    for (i = 0; (emcf->request || emcf->answer) && i < 2; i++) {

        h = ngx_array_push(&cmcf->phases[phases[i]].handlers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *h = ngx_http_gate_edit_again;
    }

    return NGX_OK;
}


static void *
ngx_http_gate_edit_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_edit_main_conf_t));
}


static void *
ngx_http_gate_edit_create_conf(ngx_conf_t *cf)
{
    /* all there is is in the block of gate_transform */

    return ngx_palloc(cf->pool, 1);
}


/* behind gate_transform's: what is in force here is known */

static char *
ngx_http_gate_edit_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_uint_t                            i;
    ngx_http_gate_edit_t                 *e;
    ngx_http_gate_transform_t            *t;
    ngx_http_gate_edit_main_conf_t       *emcf;
    ngx_http_gate_transform_loc_conf_t   *tlcf;

    tlcf = ngx_http_conf_get_module_loc_conf(cf,
                                             ngx_http_gate_transform_module);
    emcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_edit_module);

    for (i = 0; i < 2; i++) {

        t = i ? tlcf->answer : tlcf->request;
        e = t ? t->body : NULL;

        if (e == NULL) {
            continue;
        }

        if (ngx_http_gate_edit_prepare(cf, e, t->file, t->line) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        if (i) {
            emcf->answer = 1;

        } else {
            emcf->request = 1;
            ngx_http_gate_body_use(cf);
        }
    }

    return NGX_CONF_OK;
}
