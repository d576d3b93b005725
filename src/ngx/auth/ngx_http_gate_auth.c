
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_auth: which credentials a location accepts, and who the caller is.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_auth_retiring.h"
#include "ngx_http_gate_subrequest.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_identity.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_used.h"


typedef struct {
    ngx_array_t               *methods;       /* of pointers to rows */
} ngx_http_gate_auth_main_conf_t;


/* said in each configuration, the same each time */
static ngx_http_gate_auth_wants_pt  ngx_http_gate_auth_asks[4];


static void ngx_http_gate_auth_by(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static void *ngx_http_gate_auth_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_auth_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_auth_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);


const ngx_http_gate_reason_t  ngx_http_gate_no_credential = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("no_credential"),
    ngx_string("Credential required"),
    ngx_string("The request carries no credential that is accepted here.")
};


const ngx_http_gate_reason_t  ngx_http_gate_unknown_consumer = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("unknown_consumer"),
    ngx_string("Unknown consumer"),
    ngx_string("The credential is valid but names no one consumer "
               "known here.")
};


const ngx_http_gate_reason_t  ngx_http_gate_disabled_consumer = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("disabled_consumer"),
    ngx_string("Consumer disabled"),
    ngx_string("The consumer is disabled.")
};


const ngx_http_gate_reason_t  ngx_http_gate_expired_credential = {
    NGX_HTTP_UNAUTHORIZED, NGX_LOG_INFO, ngx_string("expired_credential"),
    ngx_string("Credential expired"),
    ngx_string("The credential has expired.")
};


const ngx_http_gate_reason_t  *ngx_http_gate_auth_reasons[] = {
    &ngx_http_gate_no_credential,
    &ngx_http_gate_unknown_consumer,
    &ngx_http_gate_disabled_consumer,
    &ngx_http_gate_expired_credential,
    NULL
};


ngx_http_gate_family_t  ngx_http_gate_auth_checked = {
    "gate_auth_total", NGX_HTTP_GATE_COUNTER,
    "Credentials that were checked.",
    { "method", "result", NULL, NULL }, "auth", 0, NULL
};


static ngx_command_t  ngx_http_gate_auth_commands[] = {

    { ngx_string("gate_auth"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_1MORE,
      ngx_http_gate_auth,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_auth_module_ctx = {
    ngx_http_gate_auth_preconfiguration,   /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_auth_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_auth_create_conf,        /* create location configuration */
    ngx_http_gate_auth_merge_conf          /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_module_ctx,        /* module context */
    ngx_http_gate_auth_commands,           /* module directives */
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


ngx_http_gate_auth_conf_t *
ngx_http_gate_auth_conf(ngx_http_request_t *r)
{
    return ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_module);
}


ngx_array_t *
ngx_http_gate_methods(void **main_conf)
{
    ngx_http_gate_auth_main_conf_t  *amcf;

    amcf = main_conf[ngx_http_gate_auth_module.ctx_index];

    return amcf->methods;
}


ngx_http_gate_auth_entry_t *
ngx_http_gate_auth_entry(ngx_http_gate_auth_conf_t *acf,
    const ngx_http_gate_method_t *method)
{
    ngx_uint_t                   i;
    ngx_http_gate_auth_entry_t  *entry;

    if (acf->methods == NULL) {
        return NULL;
    }

    entry = acf->methods->elts;

    for (i = 0; i < acf->methods->nelts; i++) {
        if (entry[i].method == method) {
            return &entry[i];
        }
    }

    return NULL;
}


ngx_http_gate_auth_entry_t *
ngx_http_gate_auth_flagged(ngx_http_gate_auth_conf_t *acf, ngx_uint_t flag)
{
    ngx_uint_t                   i;
    ngx_http_gate_auth_entry_t  *entry;

    if (acf->methods == NULL) {
        return NULL;
    }

    entry = acf->methods->elts;

    for (i = 0; i < acf->methods->nelts; i++) {
        if (entry[i].method->flags & flag) {
            return &entry[i];
        }
    }

    return NULL;
}


void
ngx_http_gate_auth_wants_by(ngx_http_gate_auth_wants_pt ask)
{
    ngx_uint_t  i;

    for (i = 0; i < 3; i++) {
        if (ngx_http_gate_auth_asks[i] == NULL
            || ngx_http_gate_auth_asks[i] == ask)
        {
            ngx_http_gate_auth_asks[i] = ask;
            break;
        }
    }
}


ngx_int_t
ngx_http_gate_auth_wants(ngx_http_request_t *r, ngx_http_gate_auth_conf_t *acf)
{
    ngx_uint_t  i;

    for (i = 0; ngx_http_gate_auth_asks[i] != NULL; i++) {
        if (ngx_http_gate_auth_asks[i](r, acf) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_auth_credential(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_credential_t *k)
{
    ngx_str_t  id;

    id.len = k->id.len;
    id.data = k->id.data;

    if (k->not_after_s != 0 && ngx_time() > k->not_after_s) {
        ngx_http_gate_refused_whom(r, ctx, k->consumer, &id);
        return ngx_http_gate_refused_why(ctx,
                                     &ngx_http_gate_expired_credential, NULL);
    }

    if (k->consumer->disabled) {
        ngx_http_gate_refused_whom(r, ctx, k->consumer, &id);
        return ngx_http_gate_refused_why(ctx,
                                      &ngx_http_gate_disabled_consumer, NULL);
    }

    ngx_http_gate_identity_by(&ctx->who, k);

    return NGX_OK;
}


/* MAY: "satisfy any" may have let in a request that nobody answers for */

ngx_int_t
ngx_http_gate_auth_require(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_gate_auth_identify(r, ctx);

    if (rc > NGX_OK) {
        return ngx_http_gate_deny(r, ctx, ctx->refused->whom.reason);
    }

    if (ctx->who.by != NULL) {
        ngx_http_gate_auth_by(r, ctx);
    }

    return rc;
}


/* a credential whose use somebody wants to know of */

static void
ngx_http_gate_auth_by(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    const gate_credential_t  *k;

    k = ctx->who.by;

    if (k->consumer->snapshot != NULL && k->kind != GATE_KIND_CONSUMER) {
        ngx_http_gate_used_note(r, k);
    }

    if (k->successor.len != 0) {
        ngx_http_gate_auth_retiring(r, ctx);
    }
}


/*
 * The same for a subrequest.  What else could let it in under "satisfy any" is
 * not asked, as the access phase is not for subrequests, so that it takes one
 * who is known.
 */

ngx_int_t
ngx_http_gate_auth_require_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t                    rc;
    ngx_http_gate_subrequest_t  *part;
    ngx_http_core_loc_conf_t    *clcf;

    part = ngx_http_gate_subrequest(r, ctx);
    if (part == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_gate_auth_identify(r, ctx);

    if (rc > NGX_OK) {
        rc = ngx_http_gate_deny(r, ctx, part->refused.reason);

        /* auth_request takes any status but 401 and 403 for a failure */

        return (rc == NGX_HTTP_TOO_MANY_REQUESTS) ? NGX_HTTP_FORBIDDEN : rc;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (rc == NGX_OK && clcf->satisfy == NGX_HTTP_SATISFY_ANY
        && (part->who.anonymous || part->who.consumer == NULL))
    {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_no_credential);
    }

    return rc;
}


static void *
ngx_http_gate_auth_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_auth_main_conf_t  *amcf;

    amcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_auth_main_conf_t));
    if (amcf == NULL) {
        return NULL;
    }

    amcf->methods = ngx_array_create(cf->pool, 4,
                                     sizeof(ngx_http_gate_method_t *));
    if (amcf->methods == NULL) {
        return NULL;
    }

    return amcf;
}


static void *
ngx_http_gate_auth_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_auth_conf_t  *acf;

    /*
     * set by ngx_pcalloc():
     *
     *     acf->methods = NULL;
     *     acf->any = 0;
     *     acf->all = 0;
     *     acf->preflight = 0;
     *     acf->hide = 0;
     *     acf->off = 0;
     */

    acf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_auth_conf_t));
    if (acf == NULL) {
        return NULL;
    }

    acf->enable = NGX_CONF_UNSET;

    return acf;
}


static char *
ngx_http_gate_auth_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_auth_conf_t *prev = parent;
    ngx_http_gate_auth_conf_t *conf = child;

    if (conf->enable == NGX_CONF_UNSET) {

        if (prev->enable == NGX_CONF_UNSET) {
            conf->enable = 0;

        } else {
            *conf = *prev;
        }
    }

    if (conf->enable) {
        ngx_http_gate_place_gated(cf);
    }

    return NGX_CONF_OK;
}


ngx_http_gate_identity_t *
ngx_http_gate_who(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_subrequest_t  *part;

    while (r != r->main) {
        part = ngx_http_gate_subrequest_find(r, ctx);

        if (part != NULL) {
            return part->who_conf == ngx_http_gate_auth_conf(r) ? &part->who
                                                                : &ctx->who;
        }

        if (r->loc_conf != r->parent->loc_conf) {
            break;
        }

        r = r->parent;
    }

    return &ctx->who;
}
