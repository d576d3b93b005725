
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Claims as variables: $gate_claim_NAME by name, gate_claim by JSON Pointer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_identity.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_vars.h"

#include "gate_pointer.h"
#include "gate_jwt.h"


static ngx_int_t ngx_http_gate_claim_named(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_claim_pointed(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_claim_text(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, const json_t *claim);
static char *ngx_http_gate_claim(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_gate_claim_add_variables(ngx_conf_t *cf);


static ngx_command_t  ngx_http_gate_claim_commands[] = {

    { ngx_string("gate_claim"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE2,
      ngx_http_gate_claim,
      0,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_claim_module_ctx = {
    ngx_http_gate_claim_add_variables,     /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_claim_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_claim_module_ctx,       /* module context */
    ngx_http_gate_claim_commands,          /* module directives */
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


/* $gate_claim_NAME */

static ngx_int_t
ngx_http_gate_claim_named(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t *name = (ngx_str_t *) data;

    gate_str_t                 key;
    const json_t              *claims;
    ngx_http_gate_identity_t  *who;

    v->not_found = 1;

    who = ngx_http_gate_auth_ask(r);
    if (who == NULL) {
        return NGX_ERROR;
    }

    claims = ngx_http_gate_identity_claimed(who);

    if (claims == NULL) {
        return NGX_OK;
    }

    key = gate_str(name->data + sizeof("gate_claim_") - 1,
                   name->len - (sizeof("gate_claim_") - 1));

    return ngx_http_gate_claim_text(r, v, gate_jwt_claim(claims, key));
}


static ngx_int_t
ngx_http_gate_claim_pointed(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    gate_pointer_t *pointer = (gate_pointer_t *) data;

    ngx_http_gate_identity_t  *who;

    v->not_found = 1;

    who = ngx_http_gate_auth_ask(r);
    if (who == NULL) {
        return NGX_ERROR;
    }

    return ngx_http_gate_claim_text(r, v, gate_pointer_find(pointer,
                                        ngx_http_gate_identity_claimed(who)));
}


static ngx_int_t
ngx_http_gate_claim_text(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    const json_t *claim)
{
    ngx_str_t  value;

    if (claim == NULL) {
        return NGX_OK;
    }

    value.data = ngx_pnalloc(r->pool, GATE_JWT_MAX);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = gate_jwt_claim_text(claim, value.data, GATE_JWT_MAX);

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


/* gate_claim $variable /json/pointer; */

static char *
ngx_http_gate_claim(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    u_char               *buf;
    ngx_str_t            *value, name;
    const char           *wrong;
    gate_pointer_t       *pointer;
    ngx_http_variable_t  *var;

    ngx_http_gate_use(cf);

    value = cf->args->elts;
    name = value[1];

    if (name.len < 2 || name.data[0] != '$') {
        return ngx_http_gate_conf_wrong(cf, &name,
                                        "must be the name of a variable, "
                                        "which begins with \"$\"");
    }

    name.data++;
    name.len--;

    pointer = ngx_palloc(cf->pool, sizeof(gate_pointer_t));
    buf = ngx_pnalloc(cf->pool, value[2].len + 1);

    if (pointer == NULL || buf == NULL) {
        return NGX_CONF_ERROR;
    }

    wrong = gate_pointer_parse(pointer, ngx_http_gate_view(&value[2]), buf);

    if (wrong != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid JSON Pointer \"%V\": it %s (RFC 6901), as "
                           "in \"/realm_access/roles/0\"", &value[2], wrong);
        return NGX_CONF_ERROR;
    }

    var = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
    if (var == NULL) {
        return NGX_CONF_ERROR;
    }

    /* one that may be changed is there already: of a map, a geo ... */

    if (var->get_handler != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the variable \"$%V\" is defined elsewhere, take "
                           "another name", &name);
        return NGX_CONF_ERROR;
    }

    var->get_handler = ngx_http_gate_claim_pointed;
    var->data = (uintptr_t) pointer;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_claim_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var;

    static ngx_str_t  name = ngx_string("gate_claim_");

    var = ngx_http_add_variable(cf, &name,
                                NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX);
    if (var == NULL) {
        return NGX_ERROR;
    }

    var->get_handler = ngx_http_gate_claim_named;

    return NGX_OK;
}
