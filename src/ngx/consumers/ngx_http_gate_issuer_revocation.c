
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The line "revocation" of gate_issuer: where it is said which tokens count no
 * more.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"
#include "ngx_http_gate_fence.h"
#include "ngx_http_gate_redis_conf.h"
#include "ngx_http_gate_redis_pool.h"


#define NGX_HTTP_GATE_ISSUER_STALE     60000       /* ms */
#define NGX_HTTP_GATE_ISSUER_STALEST   86400000


static ngx_http_gate_conf_row_t  ngx_http_gate_issuer_revocation_params[] = {

    { ngx_string("redis"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_issuer_t, revocation), 1, 0, NULL },

    { ngx_string("require_jti"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_issuer_t, require_jti), 1, 0, NULL },

    { ngx_string("stale=TIME"), NGX_HTTP_GATE_CONF_MSEC,
      offsetof(ngx_http_gate_issuer_t, stale),
      0, NGX_HTTP_GATE_ISSUER_STALEST, NULL },

      ngx_http_gate_conf_end
};


/* revocation redis [require_jti] [stale=60s]; */

char *
ngx_http_gate_issuer_revocation(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    char                    *rv;
    ngx_http_gate_issuer_t  *is;

    is = block->issuer;

    is->revocation = NGX_CONF_UNSET_UINT;
    is->require_jti = NGX_CONF_UNSET_UINT;
    is->stale = NGX_CONF_UNSET_MSEC;

    rv = ngx_http_gate_conf_params(cf, 1,
                                   ngx_http_gate_issuer_revocation_params, is);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (is->revocation == NGX_CONF_UNSET_UINT) {
        return "takes the word \"redis\"";
    }

    ngx_conf_init_uint_value(is->require_jti, 0);
    ngx_conf_init_msec_value(is->stale, NGX_HTTP_GATE_ISSUER_STALE);

    ngx_http_gate_redis_pool_need(cf);
    ngx_http_gate_fence_need(cf);

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_gate_issuer_revocable(ngx_conf_t *cf, ngx_http_gate_issuer_t *is)
{
    if (!is->revocation || ngx_http_gate_redis_conf_written(cf)) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"revocation redis\" needs \"gate_redis\": write "
                  "\"gate_redis ADDRESS\" into http, for gate_issuer \"%V\" in "
                  "%s:%ui", &is->name, is->file, is->line);

    return NGX_ERROR;
}
