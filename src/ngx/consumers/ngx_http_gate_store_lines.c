
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines of gate_plan and gate_consumer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_rate.h"


#define NGX_HTTP_GATE_STORE_NAME  256     /* bytes of a group or scope */


/* what may stand behind a rate */

typedef struct {
    ngx_str_t                  burst;
} ngx_http_gate_store_params_t;


static char *ngx_http_gate_store_rate(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_store_set_plan(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_store_pin(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static ngx_int_t ngx_http_gate_store_own(ngx_conf_t *cf,
    ngx_http_gate_store_consumer_t *sc, gate_credential_t *k);
static char *ngx_http_gate_store_twin(ngx_conf_t *cf, gate_credential_t *k);
static char *ngx_http_gate_store_claim(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);


ngx_http_gate_conf_row_t  ngx_http_gate_store_plan_lines[] = {

    { ngx_string("rate RATE [burst=NUMBER]"), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_store_rate },

    { ngx_string("quota"), NGX_HTTP_GATE_CONF_LATER, 0, 0, 0, NULL },
    { ngx_string("price"), NGX_HTTP_GATE_CONF_LATER, 0, 0, 0, NULL },

      ngx_http_gate_conf_end
};


/* those of a consumer itself: methods add the lines of their credentials */

static ngx_http_gate_conf_row_t  ngx_http_gate_store_consumer_lines[] = {

    { ngx_string("plan NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_store_consumer_t, plan_name), 1, 0,
      ngx_http_gate_store_set_plan },

    { ngx_string("group NAME ..."),
      NGX_HTTP_GATE_CONF_NAME|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_store_consumer_t, groups),
      1, NGX_HTTP_GATE_STORE_NAME, NULL },

    { ngx_string("scope NAME ..."),
      NGX_HTTP_GATE_CONF_NAME|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_store_consumer_t, scopes),
      1, NGX_HTTP_GATE_STORE_NAME, NULL },

    { ngx_string("pin API=VERSION ..."),
      NGX_HTTP_GATE_CONF_NAME|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_store_consumer_t, pins),
      3, NGX_HTTP_GATE_STORE_NAME, ngx_http_gate_store_pin },

    { ngx_string("claim ISSUER=VALUE"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_store_claim },

    { ngx_string("disabled"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_store_consumer_t, disabled), 1, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_store_rate_params[] = {

    { ngx_string("burst=NUMBER"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_store_params_t, burst), 1, 0, NULL },

      ngx_http_gate_conf_end
};


static char *
ngx_http_gate_store_rate(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_store_plan_t *sp = conf;

    char                          *rv;
    ngx_http_gate_store_params_t   params;

    if (cf->args->nelts == 1) {
        return "takes a rate: write \"rate RATE [burst=NUMBER];\"";
    }

    ngx_memzero(&params, sizeof(ngx_http_gate_store_params_t));

    rv = ngx_http_gate_conf_params(cf, 2, ngx_http_gate_store_rate_params,
                                   &params);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (ngx_http_gate_rate(cf, &value[1], &params.burst, &sp->plan.rate)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    sp->plan.has_rate = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_store_set_plan(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_store_consumer_t *sc = conf;

    sc->plan = ngx_http_gate_store_plan(cf, value);

    return sc->plan ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* pin API=VERSION; the version that gate_versions of that name gives it */

static char *
ngx_http_gate_store_pin(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_store_consumer_t *sc = conf;

    u_char       *eq;
    ngx_str_t    *pin;
    ngx_uint_t    i;

    eq = ngx_strlchr(value->data, value->data + value->len, '=');

    if (eq == NULL || eq == value->data
        || eq + 1 == value->data + value->len)
    {
        return "must be API=VERSION";
    }

    pin = sc->pins->elts;

    for (i = 0; i + 1 < sc->pins->nelts; i++) {
        if (ngx_strncmp(pin[i].data, value->data, eq + 1 - value->data) == 0) {
            return "is the second one for this API: take one of them out";
        }
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_gate_store_line(ngx_conf_t *cf, const ngx_http_gate_conf_row_t *line)
{
    ngx_http_gate_conf_row_t         *row;
    ngx_http_gate_store_main_conf_t  *smcf;

    static ngx_http_gate_conf_row_t  end = ngx_http_gate_conf_end;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    row = ngx_array_push(&smcf->lines);
    if (row == NULL) {
        return NGX_ERROR;
    }

    /* before the end, which goes one further */

    row[-1] = *line;
    *row = end;

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_store_lines(ngx_conf_t *cf, ngx_array_t *lines)
{
    ngx_uint_t                 n;
    ngx_http_gate_conf_row_t  *row;

    n = sizeof(ngx_http_gate_store_consumer_lines)
        / sizeof(ngx_http_gate_conf_row_t);

    if (ngx_array_init(lines, cf->pool, 2 * n,
                       sizeof(ngx_http_gate_conf_row_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    row = ngx_array_push_n(lines, n);
    if (row == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(row, ngx_http_gate_store_consumer_lines,
               sizeof(ngx_http_gate_store_consumer_lines));

    return NGX_OK;
}


char *
ngx_http_gate_store_credential(ngx_conf_t *cf, void *conf,
    gate_credential_t *k)
{
    ngx_http_gate_store_consumer_t *sc = conf;

    k->consumer = &sc->consumer;

    if (k->id.len == 0) {
        k->id = k->name;
    }

    if (k->not_after_s != 0 && k->not_after_s <= ngx_time()) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "%V \"%*s\" of \"gate_consumer %*s\" has expired: "
                           "take the line out, or give it a later "
                           "\"not_after=\"",
                           &((ngx_str_t *) cf->args->elts)[0],
                           k->id.len, k->id.data, sc->consumer.name.len,
                           sc->consumer.name.data);
    }

    sc->reached = 1;

    if (ngx_http_gate_store_own(cf, sc, k) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    switch (gate_model_add(ngx_http_gate_store_model(cf), k->kind, k->name,
                           k))
    {

    case GATE_MODEL_OK:
        return NGX_CONF_OK;

    case GATE_MODEL_DUPLICATE:
        return ngx_http_gate_store_twin(cf, k);

    default:
        return NGX_CONF_ERROR;
    }
}


static ngx_int_t
ngx_http_gate_store_own(ngx_conf_t *cf, ngx_http_gate_store_consumer_t *sc,
    gate_credential_t *k)
{
    ngx_uint_t                         i;
    gate_credential_t                **own;
    ngx_http_gate_store_main_conf_t   *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);
    smcf->kinds |= ngx_http_gate_store_bit(k->kind);

    if (sc->credentials == NULL) {
        sc->credentials = ngx_array_create(cf->pool, 1, sizeof(void *));
        if (sc->credentials == NULL) {
            return NGX_ERROR;
        }
    }

    own = sc->credentials->elts;

    for (i = 0; i < sc->credentials->nelts; i++) {
        if (gate_str_eq(own[i]->id, k->id)) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "two credentials of \"gate_consumer %*s\" have "
                               "the id \"%*s\", by which logs and services "
                               "tell them apart: give one another \"id=\"",
                               sc->consumer.name.len, sc->consumer.name.data,
                               k->id.len, k->id.data);
            break;
        }
    }

    own = ngx_array_push(sc->credentials);
    if (own == NULL) {
        return NGX_ERROR;
    }

    *own = k;

    return NGX_OK;
}


/* the other one may stand in any of many files */

static char *
ngx_http_gate_store_twin(ngx_conf_t *cf, gate_credential_t *k)
{
    u_char                   *text;
    size_t                    len;
    gate_model_t             *model;
    const gate_credential_t  *other;

    static const char  format[] = "is the same as another one, take one of "
                                  "them out: the other is \"%*s\" of "
                                  "\"gate_consumer %*s\"%Z";

    model = ngx_http_gate_store_model(cf);

    other = (k->kind == GATE_KIND_KEY)
            ? gate_model_key(model, k->digest)
            : gate_model_credential(model, k->kind, k->name);

    len = sizeof(format) + other->id.len + other->consumer->name.len;

    text = ngx_pnalloc(cf->pool, len);
    if (text == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_snprintf(text, len, format, other->id.len, other->id.data,
                 other->consumer->name.len, other->consumer->name.data);

    return (char *) text;
}


/* claim ISSUER=VALUE; */

static char *
ngx_http_gate_store_claim(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_store_consumer_t *sc = conf;

    u_char           *p, *last;
    ngx_str_t         issuer;
    gate_model_rc_e   rc;

    if (cf->args->nelts != 2) {
        return "takes ISSUER=VALUE";
    }

    last = value[1].data + value[1].len;

    p = ngx_strlchr(value[1].data, last, '=');

    if (p == NULL || p == value[1].data || p + 1 == last) {
        return "takes ISSUER=VALUE";
    }

    issuer.data = value[1].data;
    issuer.len = p - value[1].data;

    if (ngx_http_gate_store_issuers->list(cf, &issuer) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    rc = gate_model_add_claim(ngx_http_gate_store_model(cf),
                              ngx_http_gate_view(&issuer),
                              gate_str(p + 1, last - p - 1), &sc->consumer);

    sc->reached = 1;

    if (rc == GATE_MODEL_DUPLICATE) {
        return "is listed for another consumer, take one of them out";
    }

    return rc == GATE_MODEL_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}
