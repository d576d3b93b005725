
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Lines of gate_issuer for tokens that are of use only together with a key:
 * DPoP (RFC 9449) and certificates (RFC 8705).
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_redis_pool.h"


#define NGX_HTTP_GATE_BOUND_SKEW     30       /* s */
#define NGX_HTTP_GATE_BOUND_MAX_AGE  60
#define NGX_HTTP_GATE_BOUND_MOST     3600


static char *ngx_http_gate_issuer_mode(ngx_conf_t *cf, ngx_str_t *value,
    ngx_uint_t *mode);


static ngx_http_gate_conf_row_t  ngx_http_gate_issuer_dpop_params[] = {

    { ngx_string("skew=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_bound_t, skew),
      0, NGX_HTTP_GATE_BOUND_MOST, NULL },

    { ngx_string("max_age=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_bound_t, max_age),
      1, NGX_HTTP_GATE_BOUND_MOST, NULL },

    { ngx_string("replay=node|redis"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_bound_t, redis), 0, 0, NULL },

    { ngx_string("redis_down=closed|node"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_bound_t, node), 0, 0, NULL },

      ngx_http_gate_conf_end
};


/* dpop off|optional|required [skew=TIME] [max_age=TIME] ...; */

char *
ngx_http_gate_issuer_dpop(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    char                   *rv;
    ngx_http_gate_bound_t  *bound;

    bound = &block->issuer->bound;
    bound->skew = NGX_HTTP_GATE_BOUND_SKEW;
    bound->max_age = NGX_HTTP_GATE_BOUND_MAX_AGE;

    rv = ngx_http_gate_issuer_mode(cf, value, &bound->dpop);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_gate_conf_params(cf, 2, ngx_http_gate_issuer_dpop_params,
                                   bound);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (bound->node && !bound->redis) {
        return "has \"redis_down\", which says nothing without "
               "\"replay=redis\": add that, or take it out";
    }

    if (bound->redis) {
        ngx_http_gate_redis_pool_need(cf);
    }

    return NGX_CONF_OK;
}


char *
ngx_http_gate_issuer_certificate(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    if (cf->args->nelts > 2) {
        return "takes one word: write off, optional or required";
    }

    return ngx_http_gate_issuer_mode(cf, value,
                                     &block->issuer->bound.certificate);
}


static char *
ngx_http_gate_issuer_mode(ngx_conf_t *cf, ngx_str_t *value, ngx_uint_t *mode)
{
    ngx_uint_t  i;

    static const char  *words[] = { "", "off", "optional", "required" };

    for (i = NGX_HTTP_GATE_BOUND_OFF;
         cf->args->nelts > 1 && i <= NGX_HTTP_GATE_BOUND_REQUIRED; i++)
    {
        if (gate_str_eq(ngx_http_gate_view(&value[1]), gate_cstr(words[i]))) {
            *mode = i;
            return NGX_CONF_OK;
        }
    }

    return "takes one word: write off, optional or required";
}
