
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_allow: methods, groups, scopes and claim values that entitle a caller.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_access.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_deny.h"

#include "gate_jwt.h"


static const ngx_http_gate_reason_t *ngx_http_gate_access_ask(
    ngx_http_request_t *r,    ngx_http_gate_identity_t *who);
static const ngx_http_gate_reason_t *ngx_http_gate_access_line(
    ngx_http_request_t *r, ngx_http_gate_identity_t *who,
    ngx_http_gate_access_line_t *line);
static ngx_uint_t ngx_http_gate_access_in_group(ngx_http_gate_identity_t *who,
    ngx_array_t *groups);
static ngx_uint_t ngx_http_gate_access_has_scopes(
    ngx_http_gate_identity_t *who, ngx_array_t *scopes);
static ngx_uint_t ngx_http_gate_access_has_claims(
    ngx_http_gate_identity_t *who, ngx_array_t *claims);
static char *ngx_http_gate_access_allow(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_http_gate_access_line_t *ngx_http_gate_access_new(ngx_conf_t *cf,
    ngx_http_gate_access_loc_conf_t *alcf);
static void *ngx_http_gate_access_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_access_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_gate_access_identity(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_access_add_claim(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);


static ngx_http_gate_conf_row_t  ngx_http_gate_access_params[] = {

    { ngx_string("methods=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_access_line_t, methods), 0, 0,
      ngx_http_gate_access_methods },

    { ngx_string("group=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_access_line_t, groups), 0, 0,
      ngx_http_gate_access_identity },

    { ngx_string("scope=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_access_line_t, scopes), 0, 0,
      ngx_http_gate_access_identity },

    { ngx_string("claim:NAME=VALUE"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_access_add_claim },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_access_commands[] = {

    { ngx_string("gate_allow"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_access_allow,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
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


const ngx_http_gate_reason_t  *ngx_http_gate_access_reasons[] = {
    &ngx_http_gate_missing_scope,
    &ngx_http_gate_method_not_allowed,
    &ngx_http_gate_not_in_group,
    &ngx_http_gate_claim_mismatch,
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

    reason = ngx_http_gate_access_ask(r, ngx_http_gate_who(r, ctx));

    return (reason == NULL) ? NGX_OK : ngx_http_gate_deny(r, ctx, reason);
}


/* one line that holds suffices; else the reason of the nearest miss */

static const ngx_http_gate_reason_t *
ngx_http_gate_access_ask(ngx_http_request_t *r, ngx_http_gate_identity_t *who)
{
    ngx_uint_t                        i;
    const ngx_http_gate_reason_t     *reason, *worst;
    ngx_http_gate_access_line_t      *line;
    ngx_http_gate_access_loc_conf_t  *alcf;

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_access_module);

    if (alcf->lines == NULL || who->preflight) {
        return NULL;
    }

    line = alcf->lines->elts;
    worst = &ngx_http_gate_method_not_allowed;

    for (i = 0; i < alcf->lines->nelts; i++) {

        reason = ngx_http_gate_access_line(r, who, &line[i]);

        if (reason == NULL) {
            return reason;
        }

        if (reason != &ngx_http_gate_method_not_allowed) {
            worst = reason;
        }
    }

    return worst;
}


static const ngx_http_gate_reason_t *
ngx_http_gate_access_line(ngx_http_request_t *r,
    ngx_http_gate_identity_t *who, ngx_http_gate_access_line_t *line)
{
    ngx_uint_t   i;
    gate_str_t  *m;

    if (line->methods != NULL) {
        m = line->methods->elts;

        for (i = 0; i < line->methods->nelts; i++) {
            if (gate_str_eq(m[i], ngx_http_gate_view(&r->method_name))) {
                break;
            }
        }

        if (i == line->methods->nelts) {
            return &ngx_http_gate_method_not_allowed;
        }
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

    return NULL;
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
ngx_http_gate_access_has_claims(ngx_http_gate_identity_t *who,
    ngx_array_t *claims)
{
    ngx_uint_t                     i;
    ngx_http_gate_access_claim_t  *c;

    if (who->claims == NULL) {
        return 0;
    }

    c = claims->elts;

    for (i = 0; i < claims->nelts; i++) {
        if (!gate_jwt_claim_is(who->claims, c[i].name, c[i].value)) {
            return 0;
        }
    }

    return 1;
}


/* gate_allow [methods=A,B] [group=A,B] [scope=A,B] [claim:NAME=VALUE] ...; */

static char *
ngx_http_gate_access_allow(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_access_loc_conf_t *alcf = conf;

    ngx_http_gate_access_line_t  *line;

    ngx_http_gate_use(cf);

    line = ngx_http_gate_access_new(cf, alcf);
    if (line == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_conf_params(cf, 1, ngx_http_gate_access_params, line);
}


static ngx_http_gate_access_line_t *
ngx_http_gate_access_new(ngx_conf_t *cf, ngx_http_gate_access_loc_conf_t *alcf)
{
    ngx_http_gate_access_line_t  *line;

    if (alcf->lines == NULL) {
        alcf->lines = ngx_array_create(cf->pool, 2,
                                       sizeof(ngx_http_gate_access_line_t));
        if (alcf->lines == NULL) {
            return NULL;
        }
    }

    line = ngx_array_push(alcf->lines);
    if (line == NULL) {
        return NULL;
    }

    ngx_memzero(line, sizeof(ngx_http_gate_access_line_t));

    line->file = cf->conf_file->file.name.data;
    line->line = cf->conf_file->line;

    return line;
}


static char *
ngx_http_gate_access_identity(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_access_line_t *line = conf;

    line->who = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_access_add_claim(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_access_line_t *line = conf;

    u_char                        *eq;
    gate_str_t                     name;
    ngx_uint_t                     i;
    ngx_http_gate_access_claim_t  *c;

    line->who = 1;

    eq = ngx_strlchr(value->data, value->data + value->len, '=');

    if (eq == NULL || eq == value->data) {
        return "must be \"claim:\", the claim, \"=\" and its value";
    }

    if (line->claims == NULL) {
        line->claims = ngx_array_create(cf->pool, 2,
                                        sizeof(ngx_http_gate_access_claim_t));
        if (line->claims == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    name = gate_str(value->data, eq - value->data);
    c = line->claims->elts;

    for (i = 0; i < line->claims->nelts; i++) {
        if (gate_str_eq(c[i].name, name)) {
            return "asks for a second value of one claim, and never do both "
                   "hold: take one of them out";
        }
    }

    c = ngx_array_push(line->claims);
    if (c == NULL) {
        return NGX_CONF_ERROR;
    }

    c->name = name;
    c->value = gate_str(eq + 1, value->data + value->len - eq - 1);

    return NGX_CONF_OK;
}


static void *
ngx_http_gate_access_create_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     alcf->lines = NULL;
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

    if (conf->lines != NULL) {
        ngx_http_gate_place_gated(cf);
    }

    return NGX_CONF_OK;
}
