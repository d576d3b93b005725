
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines of gate_issuer that name claims: which its tokens must have, and
 * which have scopes and groups.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_issuer.h"


static ngx_uint_t ngx_http_gate_issuer_params_last(ngx_conf_t *cf,
    ngx_str_t *value);
static char *ngx_http_gate_issuer_places(ngx_conf_t *cf, ngx_str_t *value,
    ngx_uint_t from, ngx_uint_t n, gate_claim_t **places, size_t *nplaces);


static ngx_http_gate_conf_row_t  ngx_http_gate_issuer_groups_params[] = {

    { ngx_string("prefix=TEXT"), NGX_HTTP_GATE_CONF_NAME,
      offsetof(ngx_http_gate_issuer_block_t, prefix), 1, 64, NULL },

      ngx_http_gate_conf_end
};


/* type at+jwt [optional|required]; */

char *
ngx_http_gate_issuer_type(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    static char  usage[] = "takes \"at+jwt\", and \"optional\" or \"required\" "
                           "behind it";

    if (cf->args->nelts < 2 || cf->args->nelts > 3
        || ngx_strcmp(value[1].data, "at+jwt") != 0)
    {
        return usage;
    }

    if (cf->args->nelts == 2 || ngx_strcmp(value[2].data, "required") == 0) {
        block->issuer->jwt.at_jwt = GATE_JWT_AT_REQUIRED;

    } else if (ngx_strcmp(value[2].data, "optional") == 0) {
        block->issuer->jwt.at_jwt = GATE_JWT_AT_OPTIONAL;

    } else {
        return usage;
    }

    return NGX_CONF_OK;
}


/* require CLAIM ...; */

char *
ngx_http_gate_issuer_require(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    return ngx_http_gate_issuer_places(cf, value, 1, cf->args->nelts,
                                       &block->issuer->jwt.require,
                                       &block->issuer->jwt.nrequire);
}


/* scopes CLAIM ...; */

char *
ngx_http_gate_issuer_scopes(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    block->issuer->scopes.words = 1;

    return ngx_http_gate_issuer_places(cf, value, 1, cf->args->nelts,
                                       &block->issuer->scopes.places,
                                       &block->issuer->scopes.n);
}


/* groups CLAIM ... [prefix=TEXT], in any order; */

char *
ngx_http_gate_issuer_groups(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_issuer_block_t *block = conf;

    char        *rv;
    ngx_uint_t   n;

    n = ngx_http_gate_issuer_params_last(cf, value);

    rv = ngx_http_gate_conf_params(cf, n, ngx_http_gate_issuer_groups_params,
                                   block);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (block->prefix.len != 0
        && ngx_strlchr(block->prefix.data,
                       block->prefix.data + block->prefix.len, ',') != NULL)
    {
        return "has a \"prefix\" with a \",\", which no group may have: "
               "take it out";
    }

    block->issuer->groups.prefix = ngx_http_gate_view(&block->prefix);

    return ngx_http_gate_issuer_places(cf, value, 1, n,
                                       &block->issuer->groups.places,
                                       &block->issuer->groups.n);
}


/*
 * Behind the claims, whose number with the first word is returned.  A word with
 * "=" is none of them: a parameter that is misspelt must not become a claim.
 */

static ngx_uint_t
ngx_http_gate_issuer_params_last(ngx_conf_t *cf, ngx_str_t *value)
{
    ngx_str_t   word;
    ngx_uint_t  i, j, n;

    n = 1;

    for (i = 1; i < cf->args->nelts; i++) {

        if (value[i].data[0] != '/'
            && ngx_strlchr(value[i].data, value[i].data + value[i].len, '=')
               != NULL)
        {
            continue;
        }

        word = value[i];

        for (j = i; j > n; j--) {
            value[j] = value[j - 1];
        }

        value[n++] = word;
    }

    return n;
}


/* words "from" to "n" behind those that are there */

static char *
ngx_http_gate_issuer_places(ngx_conf_t *cf, ngx_str_t *value, ngx_uint_t from,
    ngx_uint_t n, gate_claim_t **places, size_t *nplaces)
{
    ngx_uint_t     i;
    gate_claim_t  *claims;

    if (n <= from) {
        return "takes one claim or more, by its name or as a JSON Pointer, "
               "such as \"/realm_access/roles\"";
    }

    claims = ngx_palloc(cf->pool, (*nplaces + n) * sizeof(gate_claim_t));
    if (claims == NULL) {
        return NGX_CONF_ERROR;
    }

    if (*nplaces != 0) {
        ngx_memcpy(claims, *places, *nplaces * sizeof(gate_claim_t));
    }

    for (i = from; i < n; i++) {
        if (ngx_http_gate_issuer_claim(cf, &value[i], &claims[*nplaces])
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }

        (*nplaces)++;
    }

    *places = claims;

    return NGX_CONF_OK;
}


char *
ngx_http_gate_issuer_claim(ngx_conf_t *cf, ngx_str_t *value,
    gate_claim_t *claim)
{
    u_char          *buf;
    const char      *wrong;
    gate_pointer_t  *pointer;

    pointer = ngx_palloc(cf->pool, sizeof(gate_pointer_t));
    buf = ngx_pnalloc(cf->pool, value->len + 1);

    if (pointer == NULL || buf == NULL) {
        return NGX_CONF_ERROR;
    }

    wrong = gate_claim_parse(claim, ngx_http_gate_view(value), pointer, buf);

    if (wrong == NULL && claim->pointer == NULL
        && value->data[strcspn((char *) value->data, "=,")] != '\0')
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid claim \"%V\": it has \"=\" or \",\": "
                           "write one claim in each word; if this is its "
                           "name, write it as a JSON Pointer, \"/%V\"", value,
                           value);
        return NGX_CONF_ERROR;
    }

    if (wrong != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid claim \"%V\": it %s: write its name, or "
                           "a JSON Pointer (RFC 6901), such as "
                           "\"/realm_access/roles\"", value, wrong);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
