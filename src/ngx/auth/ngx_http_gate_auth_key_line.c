
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The line of gate_consumer by which a consumer has an API key.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_store.h"

#include "gate_digest.h"


/* what may stand behind the digest */

typedef struct {
    ngx_str_t                  id;
    time_t                     not_after;
    ngx_str_t                  successor;
} ngx_http_gate_auth_key_words_t;


static char *ngx_http_gate_auth_key_set(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static ngx_int_t ngx_http_gate_auth_key_id(ngx_conf_t *cf,
    gate_credential_t *k);


const ngx_http_gate_conf_row_t  ngx_http_gate_auth_key_line = {
    ngx_string("key sha256:DIGEST [id=ID] [not_after=YYYY-MM-DD] "
               "[successor=ID]"),
    NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY
                           |NGX_HTTP_GATE_CONF_HIDDEN,
    0, 0, 0, ngx_http_gate_auth_key_set
};


static ngx_http_gate_conf_row_t  ngx_http_gate_auth_key_words[] = {

    { ngx_string("id=ID"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_auth_key_words_t, id), 1, 0, NULL },

    { ngx_string("not_after=YYYY-MM-DD"), NGX_HTTP_GATE_CONF_DATE,
      offsetof(ngx_http_gate_auth_key_words_t, not_after), 0, 0, NULL },

    { ngx_string("successor=ID"), NGX_HTTP_GATE_CONF_NAME,
      offsetof(ngx_http_gate_auth_key_words_t, successor), 1, 256, NULL },

      ngx_http_gate_conf_end
};


/* key sha256:HEX [id=ID] [not_after=YYYY-MM-DD] [successor=ID]; */

static char *
ngx_http_gate_auth_key_set(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    char                            *rv;
    gate_credential_t               *k;
    ngx_http_gate_auth_key_words_t   words;

    k = ngx_pcalloc(cf->pool, sizeof(gate_credential_t));
    if (k == NULL) {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 1
        || !gate_sha256_parse(ngx_http_gate_view(&value[1]), k->digest))
    {
        return "takes \"sha256:\" and 64 hexadecimal digits, never the key "
               "itself";
    }

    ngx_memzero(&words, sizeof(ngx_http_gate_auth_key_words_t));

    rv = ngx_http_gate_conf_params(cf, 2, ngx_http_gate_auth_key_words,
                                   &words);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    k->kind = GATE_KIND_KEY;
    k->id = ngx_http_gate_view(&words.id);
    k->not_after_s = words.not_after;
    k->successor = ngx_http_gate_view(&words.successor);

    if (k->id.len == 0 && ngx_http_gate_auth_key_id(cf, k) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_store_credential(cf, conf, k);
}


/* unnamed keys go by the first digits of their digest, which tell nothing */

static ngx_int_t
ngx_http_gate_auth_key_id(ngx_conf_t *cf, gate_credential_t *k)
{
    k->id.data = ngx_pnalloc(cf->pool, 12);
    if (k->id.data == NULL) {
        return NGX_ERROR;
    }

    k->id.len = ngx_hex_dump(k->id.data, k->digest, 6) - k->id.data;

    return NGX_OK;
}
