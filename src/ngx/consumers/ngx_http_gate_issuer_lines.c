
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines of gate_issuer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_store.h"

#include "gate_alg.h"


#define NGX_HTTP_GATE_ISSUER_LEEWAY    86400      /* seconds at the most */
#define NGX_HTTP_GATE_ISSUER_LIFETIME  (366 * 86400)


static char *ngx_http_gate_issuer_algorithms(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_issuer_algorithm(ngx_conf_t *cf, ngx_str_t *name);
static char *ngx_http_gate_issuer_jwks(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_issuer_discovery(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_issuer_map(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_issuer_unknown(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);


ngx_http_gate_conf_row_t  ngx_http_gate_issuer_lines[] = {

    { ngx_string("issuer ISS"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_issuer_block_t, iss), 1, 0, NULL },

    { ngx_string("audience AUD ..."),
      NGX_HTTP_GATE_CONF_TEXT|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_issuer_block_t, audiences), 1, 0, NULL },

    { ngx_string("algorithms ALG ..."),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_issuer_algorithms },

    { ngx_string("leeway TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_issuer_block_t, leeway),
      0, NGX_HTTP_GATE_ISSUER_LEEWAY, NULL },

    { ngx_string("max_lifetime TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_issuer_block_t, max_lifetime),
      1, NGX_HTTP_GATE_ISSUER_LIFETIME, NULL },

    { ngx_string("type at+jwt [optional|required]"), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_issuer_type },

    { ngx_string("require CLAIM ..."),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_issuer_require },

    { ngx_string("scopes CLAIM ..."), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_issuer_scopes },

    { ngx_string("groups CLAIM ... [prefix=TEXT]"), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_issuer_groups },

    { ngx_string("consumer [claim=NAME] [map=name] [unknown=...]"),
      NGX_HTTP_GATE_CONF_CALL, 0, 0, 0, ngx_http_gate_issuer_consumer },

    { ngx_string("dpop off|optional|required [skew=TIME] ..."),
      NGX_HTTP_GATE_CONF_CALL, 0, 0, 0, ngx_http_gate_issuer_dpop },

    { ngx_string("certificate_bound off|optional|required"),
      NGX_HTTP_GATE_CONF_CALL, 0, 0, 0, ngx_http_gate_issuer_certificate },

    { ngx_string("jwks_file FILE"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_issuer_file },

    { ngx_string("key_file FILE [kid=ID]"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_issuer_file },

    { ngx_string("secret file:FILE [kid=ID]"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY
                             |NGX_HTTP_GATE_CONF_HIDDEN,
      0, 0, 0, ngx_http_gate_issuer_file },

    { ngx_string("jwks URI [refresh=TIME] [stale=TIME] [...]"),
      NGX_HTTP_GATE_CONF_CALL, 0, 0, 0, ngx_http_gate_issuer_jwks },

    { ngx_string("discovery URI [hosts=HOST,...]"),
      NGX_HTTP_GATE_CONF_CALL, 0, 0, 0, ngx_http_gate_issuer_discovery },

    { ngx_string("revocation redis [require_jti] [stale=TIME]"),
      NGX_HTTP_GATE_CONF_CALL, 0, 0, 0, ngx_http_gate_issuer_revocation },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_issuer_consumer_params[] = {

    { ngx_string("claim=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_issuer_block_t, claim), 1, 0, NULL },

    { ngx_string("map=name"), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_issuer_map },

    { ngx_string("unknown=refuse|CONSUMER"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_issuer_block_t, unknown), 1, 0,
      ngx_http_gate_issuer_unknown },

      ngx_http_gate_conf_end
};


static char *
ngx_http_gate_issuer_algorithms(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    unsigned    alg;
    ngx_uint_t  i;

    if (cf->args->nelts == 1) {
        return "takes one algorithm or more, such as RS256";
    }

    for (i = 1; i < cf->args->nelts; i++) {

        alg = gate_alg_parse(ngx_http_gate_view(&value[i]));

        if (alg == 0) {
            return ngx_http_gate_issuer_algorithm(cf, &value[i]);
        }

        if (block->issuer->jwt.algs & alg) {
            return ngx_http_gate_conf_wrong(cf, &value[i],
                                            "is there already, take one of "
                                            "them out");
        }

        block->issuer->jwt.algs |= alg;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_issuer_algorithm(ngx_conf_t *cf, ngx_str_t *name)
{
    u_char             *p;
    u_char              known[128];
    const gate_alg_t   *row;

    p = known;

    for (row = gate_alg_rows(); row->name != NULL; row++) {
        p = ngx_slprintf(p, known + sizeof(known) - 1, " %s", row->name);
    }

    *p = '\0';

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"algorithms\": it must be "
                       "some of%s", name, known);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_gate_issuer_jwks(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    return ngx_http_gate_issuer_sets->jwks(cf, conf, value);
}


static char *
ngx_http_gate_issuer_discovery(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    return ngx_http_gate_issuer_sets->discovery(cf, conf, value);
}


/* consumer [claim=NAME] [map=name] [unknown=refuse | unknown=CONSUMER]; */

char *
ngx_http_gate_issuer_consumer(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    if (cf->args->nelts == 1) {
        return "takes \"claim=NAME\", \"map=name\" or \"unknown=CONSUMER\"";
    }

    return ngx_http_gate_conf_params(cf, 1,
                                     ngx_http_gate_issuer_consumer_params,
                                     conf);
}


static char *
ngx_http_gate_issuer_map(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    if (ngx_strcmp(value->data, "name") != 0) {
        return "must be \"map=name\"";
    }

    block->issuer->map = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_issuer_unknown(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    ngx_http_gate_issuer_t  *is;

    if (ngx_strcmp(value->data, "refuse") == 0) {
        return NGX_CONF_OK;
    }

    is = block->issuer;

    is->shared = ngx_http_gate_store_consumer(cf, &block->unknown);
    if (is->shared == NULL) {
        return NGX_CONF_ERROR;
    }

    is->shared->stands_in = 1;

    return NGX_CONF_OK;
}
