
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_sidecar: telling apart who answered (service, sidecar, gateway), and
 * taking off what the mesh says of itself.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_answer.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vars.h"



static ngx_int_t ngx_http_gate_answer_marker_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_answer_by_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_answer_preconfiguration(ngx_conf_t *cf);
static char *ngx_http_gate_answer_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_answer_is_field(ngx_conf_t *cf, void *conf,
    ngx_str_t *name);
static char *ngx_http_gate_answer_fingerprint(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static void *ngx_http_gate_answer_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_answer_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_http_gate_conf_row_t  ngx_http_gate_answer_params[] = {

    { ngx_string("marker=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_answer_loc_conf_t, marker), 1, 0,
      ngx_http_gate_answer_is_field },

    { ngx_string("server=NAME,..."), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_answer_loc_conf_t, servers), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_answer_prints[] = {

    { ngx_string("remove"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_answer_loc_conf_t, keep), 0, 0, NULL },

    { ngx_string("keep"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_answer_loc_conf_t, keep), 1, 0, NULL },

      ngx_http_gate_conf_end
};


ngx_http_gate_family_t  ngx_http_gate_answer_marks = {
    "gate_sidecar_answers_total", NGX_HTTP_GATE_COUNTER,
    "Answers of the sidecar's own, by its first flag.",
    { "flag", NULL, NULL, NULL }, "sidecar", NGX_HTTP_GATE_FAMILY_QUIET, NULL
};


static ngx_str_t  ngx_http_gate_answer_servers[] = {
    ngx_string("envoy"),
    ngx_string("istio-envoy")
};


static ngx_command_t  ngx_http_gate_answer_commands[] = {

    { ngx_string("gate_sidecar"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_answer_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_fingerprint"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_answer_fingerprint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


const ngx_http_gate_reason_t  ngx_http_gate_sidecar_unavailable = {
    NGX_HTTP_BAD_GATEWAY, NGX_LOG_ERR, ngx_string("sidecar_unavailable"),
    ngx_string("Mesh unavailable"),
    ngx_string("The gateway got no answer from the mesh.")
};


const ngx_http_gate_reason_t  ngx_http_gate_sidecar_refused = {
    NGX_HTTP_BAD_GATEWAY, NGX_LOG_ERR, ngx_string("sidecar_refused"),
    ngx_string("Refused by the mesh"),
    ngx_string("The mesh could not hand the request to the service.")
};


const ngx_http_gate_reason_t  ngx_http_gate_service_timeout = {
    NGX_HTTP_GATEWAY_TIME_OUT, NGX_LOG_ERR, ngx_string("service_timeout"),
    ngx_string("Service timeout"),
    ngx_string("The service did not answer in time.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_answer_reasons[] = {
    &ngx_http_gate_sidecar_unavailable,
    &ngx_http_gate_sidecar_refused,
    &ngx_http_gate_service_timeout,
    NULL
};


static ngx_http_module_t  ngx_http_gate_answer_module_ctx = {
    ngx_http_gate_answer_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_answer_create_conf,      /* create location configuration */
    ngx_http_gate_answer_merge_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_gate_answer_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_answer_module_ctx,      /* module context */
    ngx_http_gate_answer_commands,         /* module directives */
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


#define NGX_HTTP_GATE_ANSWER_DETAILS   0
#define NGX_HTTP_GATE_ANSWER_FLAGS     1


static ngx_http_variable_t  ngx_http_gate_answer_vars[] = {

    { ngx_string("gate_sidecar_details"), NULL,
      ngx_http_gate_answer_marker_variable, NGX_HTTP_GATE_ANSWER_DETAILS,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_sidecar_flags"), NULL,
      ngx_http_gate_answer_marker_variable, NGX_HTTP_GATE_ANSWER_FLAGS,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_answered_by"), NULL, ngx_http_gate_answer_by_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_str_t  ngx_http_gate_answer_marker = ngx_string("x-gate-sidecar");


/*
 * A 502 or 504 that nginx made of what came from the upstream, in words that
 * are true of it; NULL: it was something else that failed.
 */

const char *
ngx_http_gate_answer_failure(ngx_http_request_t *r)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    if (u == NULL || u->state == NULL
        || ngx_http_gate_answer_complete(r, u))
    {
        return NULL;
    }

    if (u->state->status == NGX_HTTP_GATEWAY_TIME_OUT) {
        return u->headers_in.status_n
               ? "The answer began but its head was not complete in time."
               : "The gateway got no answer from the mesh in time.";
    }

    if (u->state->status != NGX_HTTP_BAD_GATEWAY) {
        return NULL;
    }

    if (u->state->bytes_received == 0) {
        return "The gateway got no answer from the mesh.";
    }

    if (u->buffer.start != NULL && u->buffer.last == u->buffer.end) {
        return "The head of the answer is larger than the gateway accepts.";
    }

    return "The head of the answer was not complete or not valid.";
}


/*
 * The reason is known to the header filter of the page that is put in the
 * place of an answer; a page may ask for it before, to tell it.
 */

const char *
ngx_http_gate_answer_foreseen(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (r != r->main || r->header_sent || r->post_action || !ctx->handed
        || ctx->reason != NULL
        || r->err_status < NGX_HTTP_INTERNAL_SERVER_ERROR)
    {
        return NULL;
    }

    return ngx_http_gate_answer_failure(r);
}


static ngx_int_t
ngx_http_gate_answer_marker_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_gate_set_var(v, data == NGX_HTTP_GATE_ANSWER_FLAGS
                             ? &ctx->answer->mark.flags
                             : &ctx->answer->mark.details);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_answer_by_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_gate_ctx_t  *ctx;

    /* by gate_from_e */

    static ngx_str_t  names[] = {
        ngx_null_string,
        ngx_string("gateway"),
        ngx_string("sidecar"),
        ngx_string("nginx"),
        ngx_string("service")
    };

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_gate_set_var(v, &names[ctx->answer->from]);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_answer_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, answer),
                               sizeof(ngx_http_gate_answer_ctx_t))
        != NGX_OK
        || ngx_http_gate_reasons(cf, ngx_http_gate_answer_reasons) != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_answer_marks)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_add_vars(cf, ngx_http_gate_answer_vars);
}


/*
 * gate_sidecar [marker=NAME] [server=NAME,...];  A sidecar that marks its
 * answers needs no guess: with "marker" alone no name counts.
 */

static char *
ngx_http_gate_answer_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_answer_loc_conf_t *acf = conf;

    char  *rv;

    if (acf->servers != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    acf->servers = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
    if (acf->servers == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_answer_params, acf);

    if (rv == NGX_CONF_OK && acf->marker.len == 0) {
        acf->marker = ngx_http_gate_answer_marker;
    }

    return rv;
}


static char *
ngx_http_gate_answer_is_field(ngx_conf_t *cf, void *conf, ngx_str_t *name)
{
    u_char      c;
    ngx_uint_t  i;

    for (i = 0; i < name->len; i++) {
        c = name->data[i] | 0x20;

        if (!(c >= 'a' && c <= 'z')
            && !(name->data[i] >= '0' && name->data[i] <= '9')
            && name->data[i] != '-' && name->data[i] != '_')
        {
            return "must be the name of a field: letters, digits, \"-\" and "
                   "\"_\"";
        }
    }

    return NGX_CONF_OK;
}


/* gate_fingerprint remove|keep; */

static char *
ngx_http_gate_answer_fingerprint(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_gate_answer_loc_conf_t *acf = conf;

    if (acf->keep != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    return ngx_http_gate_conf_params(cf, 1, ngx_http_gate_answer_prints, acf);
}


static void *
ngx_http_gate_answer_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_answer_loc_conf_t  *acf;

    /*
     * set by ngx_pcalloc():
     *
     *     acf->marker = { 0, NULL };
     *     acf->servers = NULL;
     */

    acf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_answer_loc_conf_t));
    if (acf == NULL) {
        return NULL;
    }

    acf->keep = NGX_CONF_UNSET_UINT;

    return acf;
}


static char *
ngx_http_gate_answer_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_answer_loc_conf_t *prev = parent;
    ngx_http_gate_answer_loc_conf_t *conf = child;

    static ngx_array_t  servers = {
        ngx_http_gate_answer_servers, 2, sizeof(ngx_str_t), 2, NULL
    };

    ngx_conf_merge_uint_value(conf->keep, prev->keep, 0);

    if (conf->servers != NULL) {
        return NGX_CONF_OK;
    }

    if (prev->servers != NULL) {
        conf->marker = prev->marker;
        conf->servers = prev->servers;
        return NGX_CONF_OK;
    }

    conf->marker = ngx_http_gate_answer_marker;
    conf->servers = &servers;

    return NGX_CONF_OK;
}
