
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines of gate_plan and gate_consumer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_rate.h"

#include "gate_date.h"


typedef char *(*ngx_http_gate_store_line_pt)(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);


typedef struct {
    ngx_str_t                  name;
    ngx_http_gate_store_line_pt  set;
} ngx_http_gate_store_line_t;


static char *ngx_http_gate_store_line(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_http_gate_store_line_t *lines);
static char *ngx_http_gate_store_rate(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_later(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_set_plan(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_group(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_scope(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_add_names(ngx_conf_t *cf, ngx_array_t **ap,
    ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_key(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static ngx_int_t ngx_http_gate_store_key_id(ngx_conf_t *cf,
    gate_credential_t *k);
static char *ngx_http_gate_store_claim(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_disabled(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);


static ngx_http_gate_store_line_t  ngx_http_gate_store_plan_lines[] = {
    { ngx_string("rate"), ngx_http_gate_store_rate },
    { ngx_string("quota"), ngx_http_gate_store_later },
    { ngx_string("price"), ngx_http_gate_store_later },
    { ngx_null_string, NULL }
};


static ngx_http_gate_store_line_t  ngx_http_gate_store_consumer_lines[] = {
    { ngx_string("plan"), ngx_http_gate_store_set_plan },
    { ngx_string("group"), ngx_http_gate_store_group },
    { ngx_string("scope"), ngx_http_gate_store_scope },
    { ngx_string("key"), ngx_http_gate_store_key },
    { ngx_string("claim"), ngx_http_gate_store_claim },
    { ngx_string("disabled"), ngx_http_gate_store_disabled },
    { ngx_null_string, NULL }
};


char *
ngx_http_gate_store_plan_line(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    return ngx_http_gate_store_line(cf, conf, ngx_http_gate_store_plan_lines);
}


char *
ngx_http_gate_store_consumer_line(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf)
{
    return ngx_http_gate_store_line(cf, conf,
                                    ngx_http_gate_store_consumer_lines);
}


static char *
ngx_http_gate_store_line(ngx_conf_t *cf, ngx_http_gate_store_main_conf_t *smcf,
    ngx_http_gate_store_line_t *lines)
{
    char                        *rv;
    u_char                      *p;
    ngx_str_t                   *value;
    u_char                       known[128];
    ngx_http_gate_store_line_t  *line;

    value = cf->args->elts;

    if (ngx_strcmp(value[0].data, "include") == 0) {
        if (cf->args->nelts != 2) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"include\" takes one name of a file");
            return NGX_CONF_ERROR;
        }

        return ngx_conf_include(cf, NULL, NULL);
    }

    for (line = lines; line->set; line++) {

        if (line->name.len != value[0].len
            || ngx_strcmp(line->name.data, value[0].data) != 0)
        {
            continue;
        }

        rv = line->set(cf, smcf, value, cf->args->nelts);

        if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
            return rv;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" %s", &value[0], rv);

        return NGX_CONF_ERROR;
    }

    p = known;

    for (line = lines; line->set; line++) {
        if (line->set != ngx_http_gate_store_later) {
            p = ngx_slprintf(p, known + sizeof(known), " \"%V\"",
                             &line->name);
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown parameter \"%V\": known are%*s", &value[0],
                       (size_t) (p - known), known);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_gate_store_rate(ngx_conf_t *cf, ngx_http_gate_store_main_conf_t *smcf,
    ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_plan_t *sp = smcf->current;

    ngx_str_t  burst;

    if (sp->plan.has_rate) {
        return "is duplicate";
    }

    ngx_str_null(&burst);

    if (n == 3 && ngx_strncmp(value[2].data, "burst=", 6) == 0) {
        burst.data = value[2].data + 6;
        burst.len = value[2].len - 6;

    } else if (n != 2) {
        return "takes a rate and \"burst=\"";
    }

    if (ngx_http_gate_rate(cf, &value[1], &burst, &sp->plan.rate) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    sp->plan.has_rate = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_store_later(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    return ngx_http_gate_unsupported(cf, &value[0]);
}


static char *
ngx_http_gate_store_set_plan(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    if (sc->plan != NULL) {
        return "is duplicate";
    }

    if (n != 2) {
        return "takes one name";
    }

    sc->plan = ngx_http_gate_store_plan(cf, smcf, &value[1]);

    return sc->plan ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_gate_store_group(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    return ngx_http_gate_store_add_names(cf, &sc->groups, value, n);
}


static char *
ngx_http_gate_store_scope(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    return ngx_http_gate_store_add_names(cf, &sc->scopes, value, n);
}


static char *
ngx_http_gate_store_add_names(ngx_conf_t *cf, ngx_array_t **ap,
    ngx_str_t *value, ngx_uint_t n)
{
    char        *rv;
    ngx_uint_t   i;
    gate_str_t  *s;

    if (n < 2) {
        return "takes at least one name";
    }

    if (*ap == NULL) {
        *ap = ngx_array_create(cf->pool, n, sizeof(gate_str_t));
        if (*ap == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    for (i = 1; i < n; i++) {
        rv = ngx_http_gate_store_name(cf, &value[i], 256);
        if (rv != NGX_CONF_OK) {
            return rv;
        }

        s = ngx_array_push(*ap);
        if (s == NULL) {
            return NGX_CONF_ERROR;
        }

        *s = ngx_http_gate_view(&value[i]);
    }

    return NGX_CONF_OK;
}


/* key sha256:HEX [id=ID] [not_after=YYYY-MM-DD]; */

static char *
ngx_http_gate_store_key(ngx_conf_t *cf, ngx_http_gate_store_main_conf_t *smcf,
    ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    ngx_uint_t          i;
    gate_str_t          s;
    gate_credential_t  *k;

    k = ngx_pcalloc(cf->pool, sizeof(gate_credential_t));
    if (k == NULL) {
        return NGX_CONF_ERROR;
    }

    if (n < 2 || !gate_sha256_parse(ngx_http_gate_view(&value[1]), k->digest)) {
        /* what stands there may be a key: it is not repeated */
        return "takes \"sha256:\" and 64 hexadecimal digits";
    }

    k->consumer = &sc->consumer;

    for (i = 2; i < n; i++) {

        if (ngx_strncmp(value[i].data, "id=", 3) == 0 && value[i].len > 3
            && k->id.len == 0)
        {
            k->id = gate_str(value[i].data + 3, value[i].len - 3);
            continue;
        }

        if (ngx_strncmp(value[i].data, "not_after=", 10) == 0
            && k->not_after_s == 0)
        {
            s = gate_str(value[i].data + 10, value[i].len - 10);

            k->not_after_s = gate_date_end(s);
            if (k->not_after_s > 0) {
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\": \"id=ID\" and "
                           "\"not_after=YYYY-MM-DD\" are known, each once",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    if (k->id.len == 0 && ngx_http_gate_store_key_id(cf, k) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (k->not_after_s != 0 && k->not_after_s <= ngx_time()) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "key \"%*s\" of \"gate_consumer %*s\" has expired: "
                           "take the line out, or give it a later "
                           "\"not_after=\"",
                           k->id.len, k->id.data, sc->consumer.name.len,
                           sc->consumer.name.data);
    }

    sc->reached = 1;

    switch (gate_model_add_key(smcf->model, k)) {

    case GATE_MODEL_OK:
        return NGX_CONF_OK;

    case GATE_MODEL_DUPLICATE:
        return "is the same as another one";

    default:
        return NGX_CONF_ERROR;
    }
}


/* unnamed keys go by the first digits of their digest, which tell nothing */

static ngx_int_t
ngx_http_gate_store_key_id(ngx_conf_t *cf, gate_credential_t *k)
{
    k->id.data = ngx_pnalloc(cf->pool, 12);
    if (k->id.data == NULL) {
        return NGX_ERROR;
    }

    k->id.len = ngx_hex_dump(k->id.data, k->digest, 6) - k->id.data;

    return NGX_OK;
}


/* claim ISSUER=VALUE; */

static char *
ngx_http_gate_store_claim(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    u_char                  *p, *last;
    ngx_str_t                issuer;
    gate_model_rc_e          rc;
    ngx_http_gate_issuer_t  *is;

    if (n != 2) {
        return "takes ISSUER=VALUE";
    }

    last = value[1].data + value[1].len;

    p = ngx_strlchr(value[1].data, last, '=');

    if (p == NULL || p == value[1].data || p + 1 == last) {
        return "takes ISSUER=VALUE";
    }

    issuer.data = value[1].data;
    issuer.len = p - value[1].data;

    is = ngx_http_gate_issuer(cf, &issuer);
    if (is == NULL) {
        return NGX_CONF_ERROR;
    }

    is->listed = 1;

    rc = gate_model_add_claim(smcf->model, ngx_http_gate_view(&issuer),
                              gate_str(p + 1, last - p - 1), &sc->consumer);

    sc->reached = 1;

    if (rc == GATE_MODEL_DUPLICATE) {
        return "is listed for another consumer";
    }

    return rc == GATE_MODEL_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_gate_store_disabled(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    if (n != 1) {
        return "takes no parameter";
    }

    if (sc->consumer.disabled) {
        return "is duplicate";
    }

    sc->consumer.disabled = 1;

    return NGX_CONF_OK;
}


/* names travel in header fields, in Redis fields and on the status page */

char *
ngx_http_gate_store_name(ngx_conf_t *cf, ngx_str_t *name, size_t max)
{
    ngx_uint_t  i;

    if (name->len == 0 || name->len > max
        || (name->len == 1 && name->data[0] == '-'))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name \"%V\", it may have 1 to %uz bytes "
                           "and not be \"-\"", name, max);
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < name->len; i++) {
        if (name->data[i] < 0x20 || name->data[i] == 0x7f
            || name->data[i] == ',')
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid character in name \"%V\": commas and "
                               "control characters cannot be in it", name);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
