
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_allow and gate_deny: what entitles a caller, and what shuts him out.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_access.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_dry_run.h"
#include "ngx_http_gate_identity.h"
#include "ngx_http_gate_refused.h"

#include "gate_jwt.h"


static const ngx_http_gate_reason_t *ngx_http_gate_access_ask(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_identity_t *who);
static NGX_HTTP_GATE_APART ngx_uint_t ngx_http_gate_access_denied(
    ngx_http_request_t *r, ngx_http_gate_identity_t *who, ngx_array_t *denied);
static const ngx_http_gate_reason_t *ngx_http_gate_access_meets(
    ngx_http_request_t *r, ngx_http_gate_identity_t *who,
    ngx_http_gate_access_line_t *line);
static NGX_HTTP_GATE_APART const ngx_http_gate_reason_t *
    ngx_http_gate_access_more(ngx_http_gate_identity_t *who,
    ngx_http_gate_access_more_t *more);
static ngx_uint_t ngx_http_gate_access_has_method(ngx_http_request_t *r,
    ngx_array_t *methods);
static ngx_uint_t ngx_http_gate_access_in_group(ngx_http_gate_identity_t *who,
    ngx_array_t *groups);
static ngx_uint_t ngx_http_gate_access_has_scopes(
    ngx_http_gate_identity_t *who, ngx_array_t *scopes);
static ngx_uint_t ngx_http_gate_access_has_scope(
    ngx_http_gate_identity_t *who, ngx_array_t *scopes);
static ngx_uint_t ngx_http_gate_access_has_claims(
    ngx_http_gate_identity_t *who, ngx_array_t *claims);
static ngx_uint_t ngx_http_gate_access_has_claim(const json_t *claims,
    ngx_http_gate_access_claim_t *c);
static ngx_uint_t ngx_http_gate_access_is_one(gate_str_t name,
    ngx_array_t *names);
static ngx_uint_t ngx_http_gate_access_within(ngx_array_t *windows);
static void *ngx_http_gate_access_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_access_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_command_t  ngx_http_gate_access_commands[] = {

    { ngx_string("gate_allow"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_access_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_gate_access_loc_conf_t, lines),
      NULL },

    { ngx_string("gate_deny"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_access_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_gate_access_loc_conf_t, denied),
      NULL },

      ngx_null_command
};


const ngx_http_gate_reason_t  ngx_http_gate_missing_scope = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("missing_scope"),
    ngx_string("Insufficient scope"),
    ngx_string("The credential lacks a scope that is needed.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_method_not_allowed = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("method_not_allowed"),
    ngx_string("Method not allowed"),
    ngx_string("The caller is not entitled to this method.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_not_in_group = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("not_in_group"),
    ngx_string("Not in group"),
    ngx_string("The caller is in none of the groups allowed.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_claim_mismatch = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("claim_mismatch"),
    ngx_string("Claim mismatch"),
    ngx_string("A claim of the token does not have the value needed.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_denied = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("denied"),
    ngx_string("Denied"),
    ngx_string("The caller is shut out here.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_not_entitled = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("not_entitled"),
    ngx_string("Not entitled"),
    ngx_string("The caller, or the way it proved who it is, is not one that "
               "is allowed.")
};


static const ngx_http_gate_reason_t  ngx_http_gate_outside_hours = {
    NGX_HTTP_FORBIDDEN, NGX_LOG_INFO, ngx_string("outside_hours"),
    ngx_string("Outside hours"),
    ngx_string("The caller is not entitled at this time.")
};


const ngx_http_gate_reason_t  *ngx_http_gate_access_reasons[] = {
    &ngx_http_gate_missing_scope,
    &ngx_http_gate_method_not_allowed,
    &ngx_http_gate_not_in_group,
    &ngx_http_gate_claim_mismatch,
    &ngx_http_gate_denied,
    &ngx_http_gate_not_entitled,
    &ngx_http_gate_outside_hours,
    NULL
};


static ngx_http_module_t  ngx_http_gate_access_module_ctx = {
    ngx_http_gate_access_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_access_create_conf,      /* create location configuration */
    ngx_http_gate_access_merge_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_gate_access_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_access_module_ctx,      /* module context */
    ngx_http_gate_access_commands,         /* module directives */
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


/* a subrequest: by its own method, for whom it is where it leads */

ngx_int_t
ngx_http_gate_access_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    const ngx_http_gate_reason_t  *reason;

    reason = ngx_http_gate_access_ask(r, ctx, ngx_http_gate_who(r, ctx));

    if (reason == NULL
        || ngx_http_gate_dry_run(r, ctx, NGX_HTTP_GATE_DRY_RUN_ACCESS, reason))
    {
        return NGX_OK;
    }

    return ngx_http_gate_deny(r, ctx, reason);
}


/* one line that holds suffices; else the reason of the nearest miss */

static const ngx_http_gate_reason_t *
ngx_http_gate_access_ask(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_identity_t *who)
{
    ngx_uint_t                        i;
    const ngx_http_gate_reason_t     *reason, *worst;
    ngx_http_gate_access_line_t      *line;
    ngx_http_gate_access_loc_conf_t  *alcf;

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_access_module);

    if (who->preflight) {
        return NULL;
    }

    if (alcf->denied != NULL
        && ngx_http_gate_access_denied(r, who, alcf->denied))
    {
        return &ngx_http_gate_denied;
    }

    if (alcf->lines == NULL) {
        return NULL;
    }

    line = alcf->lines->elts;
    worst = &ngx_http_gate_method_not_allowed;

    for (i = 0; i < alcf->lines->nelts; i++) {

        reason = ngx_http_gate_access_meets(r, who, &line[i]);

        if (reason == NULL) {
            return reason;
        }

        if (reason != &ngx_http_gate_method_not_allowed) {
            worst = reason;
        }

        if (reason == &ngx_http_gate_missing_scope && r == r->main) {
            ctx->refused->scopes = line[i].scopes_text;
        }
    }

    return worst;
}


/* one line of which all holds shuts out, whatever else entitles */

static NGX_HTTP_GATE_APART ngx_uint_t
ngx_http_gate_access_denied(ngx_http_request_t *r,
    ngx_http_gate_identity_t *who, ngx_array_t *denied)
{
    ngx_uint_t                    i;
    ngx_http_gate_access_line_t  *line;

    line = denied->elts;

    for (i = 0; i < denied->nelts; i++) {
        if (ngx_http_gate_access_meets(r, who, &line[i]) == NULL) {
            return 1;
        }
    }

    return 0;
}


static const ngx_http_gate_reason_t *
ngx_http_gate_access_meets(ngx_http_request_t *r,
    ngx_http_gate_identity_t *who, ngx_http_gate_access_line_t *line)
{
    if (line->methods != NULL
        && !ngx_http_gate_access_has_method(r, line->methods))
    {
        return &ngx_http_gate_method_not_allowed;
    }

    if (line->groups != NULL
        && !ngx_http_gate_access_in_group(who, line->groups))
    {
        return &ngx_http_gate_not_in_group;
    }

    if (line->scopes != NULL
        && !ngx_http_gate_access_has_scopes(who, line->scopes))
    {
        return &ngx_http_gate_missing_scope;
    }

    if (line->claims != NULL
        && !ngx_http_gate_access_has_claims(who, line->claims))
    {
        return &ngx_http_gate_claim_mismatch;
    }

    return line->more ? ngx_http_gate_access_more(who, line->more) : NULL;
}


/* what few lines have */

static NGX_HTTP_GATE_APART const ngx_http_gate_reason_t *
ngx_http_gate_access_more(ngx_http_gate_identity_t *who,
    ngx_http_gate_access_more_t *more)
{
    if (more->any_scopes != NULL
        && !ngx_http_gate_access_has_scope(who, more->any_scopes))
    {
        return &ngx_http_gate_missing_scope;
    }

    if (more->consumers != NULL
        && (who->consumer == NULL
            || !ngx_http_gate_access_is_one(who->consumer->name,
                                            more->consumers)))
    {
        return &ngx_http_gate_not_entitled;
    }

    if (more->credentials != NULL
        && !ngx_http_gate_access_is_one(ngx_http_gate_view(&who->method),
                                        more->credentials))
    {
        return &ngx_http_gate_not_entitled;
    }

    if (more->windows != NULL && !ngx_http_gate_access_within(more->windows)) {
        return &ngx_http_gate_outside_hours;
    }

    return NULL;
}


/* HEAD is GET without a body: who may the one may the other (RFC 9110 9.3.2) */

static ngx_uint_t
ngx_http_gate_access_has_method(ngx_http_request_t *r, ngx_array_t *methods)
{
    gate_str_t  name;

    static const gate_str_t  get = gate_string("GET");

    name = ngx_http_gate_view(&r->method_name);

    return ngx_http_gate_access_is_one(name, methods)
           || (r->method == NGX_HTTP_HEAD
               && ngx_http_gate_access_is_one(get, methods));
}


static ngx_uint_t
ngx_http_gate_access_is_one(gate_str_t name, ngx_array_t *names)
{
    ngx_uint_t   i;
    gate_str_t  *n;

    n = names->elts;

    for (i = 0; i < names->nelts; i++) {
        if (gate_str_eq(n[i], name)) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_gate_access_within(ngx_array_t *windows)
{
    ngx_uint_t      i;
    gate_window_t  *w;

    w = windows->elts;

    for (i = 0; i < windows->nelts; i++) {
        if (gate_window_has(&w[i], ngx_time())) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_gate_access_in_group(ngx_http_gate_identity_t *who,
    ngx_array_t *groups)
{
    ngx_uint_t   i;
    gate_str_t  *g;

    g = groups->elts;

    for (i = 0; i < groups->nelts; i++) {
        if (ngx_http_gate_auth_in_group(who, g[i])) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_gate_access_has_scopes(ngx_http_gate_identity_t *who,
    ngx_array_t *scopes)
{
    ngx_uint_t   i;
    gate_str_t  *s;

    s = scopes->elts;

    for (i = 0; i < scopes->nelts; i++) {
        if (!ngx_http_gate_auth_has_scope(who, s[i])) {
            return 0;
        }
    }

    return 1;
}


static ngx_uint_t
ngx_http_gate_access_has_scope(ngx_http_gate_identity_t *who,
    ngx_array_t *scopes)
{
    ngx_uint_t   i;
    gate_str_t  *s;

    s = scopes->elts;

    for (i = 0; i < scopes->nelts; i++) {
        if (ngx_http_gate_auth_has_scope(who, s[i])) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_gate_access_has_claims(ngx_http_gate_identity_t *who,
    ngx_array_t *claims)
{
    ngx_uint_t                     i;
    const json_t                  *claimed;
    ngx_http_gate_access_claim_t  *c;

    claimed = ngx_http_gate_identity_claimed(who);

    if (claimed == NULL) {
        return 0;
    }

    c = claims->elts;

    for (i = 0; i < claims->nelts; i++) {
        if (!ngx_http_gate_access_has_claim(claimed, &c[i])) {
            return 0;
        }
    }

    return 1;
}


static ngx_uint_t
ngx_http_gate_access_has_claim(const json_t *claims,
    ngx_http_gate_access_claim_t *c)
{
    ngx_uint_t     i;
    gate_str_t    *value;
    const json_t  *claim;

    claim = gate_claim_get(&c->claim, claims);

    if (claim == NULL || json_is_null(claim)) {
        return 0;
    }

    if (c->test == NGX_HTTP_GATE_ACCESS_PRESENT) {
        return 1;
    }

    value = c->values->elts;

    for (i = 0; i < c->values->nelts; i++) {
        if (c->test == NGX_HTTP_GATE_ACCESS_BEGINS
            ? gate_jwt_value_begins(claim, value[i])
            : gate_jwt_value_is(claim, value[i]))
        {
            return 1;
        }
    }

    return 0;
}


static void *
ngx_http_gate_access_create_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     alcf->lines = NULL;
     *     alcf->denied = NULL;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_access_loc_conf_t));
}


static char *
ngx_http_gate_access_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_access_loc_conf_t *prev = parent;
    ngx_http_gate_access_loc_conf_t *conf = child;

    if (conf->lines == NULL) {
        conf->lines = prev->lines;
    }

    if (conf->denied == NULL) {
        conf->denied = prev->denied;
    }

    if (conf->lines != NULL || conf->denied != NULL) {
        ngx_http_gate_place_gated(cf);
    }

    return NGX_CONF_OK;
}
