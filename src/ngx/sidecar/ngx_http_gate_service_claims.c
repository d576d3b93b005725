
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_claim_header: claims of a token as fields to the sidecar, which no
 * client of the server can send.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_assert.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_service_claims.h"
#include "ngx_http_gate_vars.h"


typedef struct {
    gate_claim_t               claim;
    ngx_str_t                  field;
    ngx_str_t                  variable;  /* its value, with a "$" */
} ngx_http_gate_service_claim_t;


static const char *ngx_http_gate_service_claim_wrong(ngx_str_t *field);
static ngx_int_t ngx_http_gate_service_claim_variable(ngx_conf_t *cf,
    ngx_http_gate_service_claim_t *c);
static ngx_int_t ngx_http_gate_service_claim_get(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


/* fields of HTTP itself, and credentials of others */

static ngx_str_t  ngx_http_gate_service_claim_taken[] = {
    ngx_string("host"),
    ngx_string("connection"),
    ngx_string("content-length"),
    ngx_string("transfer-encoding"),
    ngx_string("te"),
    ngx_string("upgrade"),
    ngx_string("authorization"),
    ngx_string("cookie"),
    ngx_string("expect"),
    ngx_string("trailer"),
    ngx_string("keep-alive"),
    ngx_string("content-type"),
    ngx_string("http2-settings"),
    ngx_string("proxy-connection"),
    ngx_string("proxy-authorization"),
    ngx_null_string
};


/* gate_claim_header CLAIM FIELD; */

char *
ngx_http_gate_service_claim_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    char                               *rv;
    ngx_str_t                          *value;
    ngx_uint_t                          i;
    const char                         *wrong;
    ngx_http_gate_service_claim_t       *c;

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    wrong = ngx_http_gate_service_claim_wrong(&value[2]);
    if (wrong != NULL) {
        return ngx_http_gate_conf_wrong(cf, &value[2], wrong);
    }

    if (slcf->claims == NULL) {
        slcf->claims = ngx_array_create(cf->pool, 2,
                                        sizeof(ngx_http_gate_service_claim_t));
        if (slcf->claims == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    c = slcf->claims->elts;

    for (i = 0; i < slcf->claims->nelts; i++) {
        if (ngx_http_gate_name_is(&c[i].field,
                                  ngx_http_gate_view(&value[2])))
        {
            return ngx_http_gate_conf_wrong(cf, &value[2],
                                            "has a claim already, take one of "
                                            "them out");
        }
    }

    c = ngx_array_push(slcf->claims);
    if (c == NULL) {
        return NGX_CONF_ERROR;
    }

    c->field = value[2];

    rv = ngx_http_gate_issuer_claim(cf, &value[1], &c->claim);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    return ngx_http_gate_service_claim_variable(cf, c) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static const char *
ngx_http_gate_service_claim_wrong(ngx_str_t *field)
{
    u_char       ch;
    ngx_str_t   *taken;
    ngx_uint_t   i;

    for (i = 0; i < field->len; i++) {
        ch = field->data[i] | 0x20;

        if ((ch < 'a' || ch > 'z')
            && (i == 0 || (field->data[i] != '-'
                           && (field->data[i] < '0' || field->data[i] > '9'))))
        {
            return "must be the name of a field, of letters, digits and \"-\"";
        }
    }

    for (taken = ngx_http_gate_service_claim_taken; taken->len; taken++) {
        if (ngx_http_gate_name_is(field, ngx_http_gate_view(taken))) {
            return "is a field of its own meaning: take another name";
        }
    }

    return ngx_http_gate_fields_are(field)
           ? "is a field that \"gate_pass\" writes: take another name" : NULL;
}


/* the value as nginx reads it, over HTTP and gRPC alike: an empty one is not
 * sent */

static ngx_int_t
ngx_http_gate_service_claim_variable(ngx_conf_t *cf,
    ngx_http_gate_service_claim_t *c)
{
    gate_claim_t                       *claim;
    ngx_str_t                           name;
    ngx_http_variable_t                *var;
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_service_module);

    claim = ngx_palloc(cf->pool, sizeof(gate_claim_t));
    c->variable.data = ngx_pnalloc(cf->pool, sizeof("$gate_claimed_")
                                             + NGX_INT_T_LEN);

    if (claim == NULL || c->variable.data == NULL) {
        return NGX_ERROR;
    }

    *claim = c->claim;

    c->variable.len = ngx_sprintf(c->variable.data, "$gate_claimed_%ui",
                                  smcf->nclaims++)
                      - c->variable.data;

    name.data = c->variable.data + 1;
    name.len = c->variable.len - 1;

    var = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
    if (var == NULL) {
        return NGX_ERROR;
    }

    var->get_handler = ngx_http_gate_service_claim_get;
    var->data = (uintptr_t) claim;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_service_claim_get(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    gate_claim_t *claim = (gate_claim_t *) data;

    u_char                     text[GATE_JWT_MAX];
    ngx_str_t                  value;
    ngx_http_gate_identity_t  *who;

    v->not_found = 1;

    who = ngx_http_gate_auth_ask(r);
    if (who == NULL) {
        return NGX_ERROR;
    }

    if (who->claims == NULL) {
        return NGX_OK;
    }

    /* nothing of what has control bytes */

    value.len = gate_jwt_claim_text(gate_claim_get(claim, who->claims), text,
                                    sizeof(text));

    value.data = ngx_pnalloc(r->pool, value.len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(value.data, text, value.len);

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


/* as lines of ..._set_header */

ngx_int_t
ngx_http_gate_service_claim_push(ngx_http_gate_service_loc_conf_t *conf,
    ngx_array_t *to)
{
    ngx_uint_t                     i;
    ngx_keyval_t                  *h;
    ngx_http_gate_service_claim_t  *c;

    if (conf->claims == NULL) {
        return NGX_OK;
    }

    c = conf->claims->elts;

    for (i = 0; i < conf->claims->nelts; i++) {
        h = ngx_array_push(to);
        if (h == NULL) {
            return NGX_ERROR;
        }

        h->key = c[i].field;
        h->value = c[i].variable;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_gate_service_claim_is(ngx_http_gate_service_loc_conf_t *conf,
    ngx_str_t *name)
{
    ngx_uint_t                     i;
    ngx_http_gate_service_claim_t  *c;

    if (conf->claims == NULL) {
        return 0;
    }

    c = conf->claims->elts;

    for (i = 0; i < conf->claims->nelts; i++) {
        if (ngx_http_gate_name_is(name, ngx_http_gate_view(&c[i].field))) {
            return 1;
        }
    }

    return 0;
}


/* what else a service is told of the bearer, for the key of a cache */

ngx_int_t
ngx_http_gate_service_claim_all(ngx_http_request_t *r,
    ngx_http_gate_service_loc_conf_t *conf, ngx_http_gate_identity_t *who,
    ngx_str_t *value)
{
    u_char                         text[GATE_JWT_MAX], *p, *last;
    ngx_uint_t                     i;
    ngx_http_gate_service_claim_t  *c;

    if (conf->claims == NULL || who->claims == NULL) {
        return NGX_OK;
    }

    c = conf->claims->elts;
    last = text;

    for (i = 0; i < conf->claims->nelts && last < text + sizeof(text); i++) {
        last += gate_jwt_claim_text(gate_claim_get(&c[i].claim, who->claims),
                                    last, text + sizeof(text) - last - 1);
        *last++ = '\n';
    }

    p = ngx_pnalloc(r->pool, last - text);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, text, last - text);

    value->data = p;
    value->len = last - text;

    return NGX_OK;
}


/* no client writes them, in no location of the server */

ngx_int_t
ngx_http_gate_service_claim_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_uint_t                         i;
    ngx_http_gate_assert_t            *a;
    ngx_http_gate_service_claim_t     *c;
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_gate_place_conf(place, &ngx_http_gate_service_module);

    if (slcf->claims == NULL) {
        return NGX_OK;
    }

    a = ngx_http_gate_assert_at(place->loc_conf);

    if (a != NULL && ngx_http_gate_service_claim_is(slcf, &a->header)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the field \"%V\" of \"gate_assert\" is one of "
                      "\"gate_claim_header\", too, in location \"%V\": take "
                      "another name in %s:%ui",
                      &a->header, &place->name, a->file, a->line);
        return NGX_ERROR;
    }

    c = slcf->claims->elts;

    for (i = 0; i < slcf->claims->nelts; i++) {

        if (ngx_http_gate_auth_key_is(place, ngx_http_gate_view(&c[i].field)))
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "the field \"%V\" of \"gate_claim_header\" is one of "
                          "\"gate_key_names\", too, in location \"%V\": take "
                          "another name in %s:%ui", &c[i].field, &place->name,
                          place->file, place->line);
            return NGX_ERROR;
        }

        if (ngx_http_gate_hygiene_reserve(cf, place, &c[i].field) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
