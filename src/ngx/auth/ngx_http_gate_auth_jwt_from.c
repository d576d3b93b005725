
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_token_from: where else than in Authorization a token may stand.  What
 * is named here is a secret of its server: hygiene takes it off everywhere.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_jwt.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_refused.h"

#include "gate_bearer.h"
#include "gate_field.h"
#include "gate_jwt.h"


typedef struct {
    gate_str_t                 token;
    ngx_uint_t                 n;         /* found, same or not */
    ngx_uint_t                 conflict;
} ngx_http_gate_auth_jwt_found_t;


static void ngx_http_gate_auth_jwt_from_fields(ngx_http_request_t *r,
    ngx_http_gate_auth_jwt_loc_conf_t *jlcf,
    ngx_http_gate_auth_jwt_found_t *found);
static ngx_uint_t ngx_http_gate_auth_jwt_from_has(ngx_array_t *names,
    gate_str_t name);
static void ngx_http_gate_auth_jwt_from_args(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_jwt_loc_conf_t *jlcf,
    ngx_http_gate_auth_jwt_found_t *found);
static void ngx_http_gate_auth_jwt_from_add(gate_str_t value,
    ngx_http_gate_auth_jwt_found_t *found);
static char *ngx_http_gate_auth_jwt_from_header(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);


static ngx_http_gate_conf_row_t  ngx_http_gate_auth_jwt_from_params[] = {

    { ngx_string("header=NAME"),
      NGX_HTTP_GATE_CONF_TEXT|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_auth_jwt_loc_conf_t, headers), 1, 0,
      ngx_http_gate_auth_jwt_from_header },

    { ngx_string("cookie=NAME"),
      NGX_HTTP_GATE_CONF_TEXT|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_auth_jwt_loc_conf_t, cookies), 1, 0, NULL },

    { ngx_string("query=NAME"),
      NGX_HTTP_GATE_CONF_TEXT|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_auth_jwt_loc_conf_t, args), 1, 0, NULL },

    { ngx_string("subprotocol=PREFIX"),
      NGX_HTTP_GATE_CONF_TEXT|NGX_HTTP_GATE_CONF_MANY,
      offsetof(ngx_http_gate_auth_jwt_loc_conf_t, protocols), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_jwt_loc_conf_t, off), 1, 0, NULL },

      ngx_http_gate_conf_end
};


/*
 * "rc" and *token: what Authorization gave.  Two tokens are no choice: which of
 * them counts would be another thing here and at the service.
 */

ngx_int_t
ngx_http_gate_auth_jwt_from(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_int_t rc, gate_str_t *token)
{
    ngx_http_gate_auth_jwt_found_t      found;
    ngx_http_gate_auth_jwt_loc_conf_t  *jlcf;

    if (rc != NGX_OK && rc != NGX_DECLINED) {
        return rc;
    }

    jlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_jwt_module);

    ngx_memzero(&found, sizeof(ngx_http_gate_auth_jwt_found_t));

    if (rc == NGX_OK && !ngx_http_gate_auth_key_bears(r, *token)) {
        ngx_http_gate_auth_jwt_from_add(*token, &found);
    }

    ngx_http_gate_auth_jwt_from_fields(r, jlcf, &found);
    ngx_http_gate_auth_jwt_from_args(ctx, jlcf, &found);

    if (found.n == 0) {
        return rc;
    }

    if (found.conflict) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_token,
                                    "The request has more than one token.");
    }

    if (found.token.len == 0 || found.token.len > GATE_JWT_MAX) {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_bad_token,
                                       "The token is missing or too long.");
    }

    *token = found.token;

    return NGX_OK;
}


/* of what hygiene took, and for a subrequest from its request */

static void
ngx_http_gate_auth_jwt_from_fields(ngx_http_request_t *r,
    ngx_http_gate_auth_jwt_loc_conf_t *jlcf,
    ngx_http_gate_auth_jwt_found_t *found)
{
    gate_str_t        name, value, bare;
    ngx_uint_t        i;
    ngx_array_t      *taken;
    ngx_table_elt_t  *h;

    static const gate_str_t  cookie = gate_string(NGX_HTTP_GATE_KEYS_COOKIE);
    static const gate_str_t  protocol =
        gate_string(NGX_HTTP_GATE_KEYS_PROTOCOL);

    taken = ngx_http_gate_keys_taken(r);
    if (taken == NULL) {
        return;
    }

    h = taken->elts;

    for (i = 0; i < taken->nelts; i++) {
        name = gate_str(h[i].lowcase_key, h[i].key.len);
        value = ngx_http_gate_view(&h[i].value);

        if (gate_str_eq(name, protocol)) {
            if (jlcf->protocols == NULL) {
                continue;
            }

        } else if (gate_str_begins_nocase(name, cookie)) {
            name = gate_str(name.data + cookie.len, name.len - cookie.len);

            if (!ngx_http_gate_auth_jwt_from_has(jlcf->cookies, name)) {
                continue;
            }

        } else {
            if (!ngx_http_gate_auth_jwt_from_has(jlcf->headers, name)) {
                continue;
            }

            if (gate_bearer_token(value, &bare)) {
                value = bare;
            }
        }

        ngx_http_gate_auth_jwt_from_add(value, found);
    }
}


static ngx_uint_t
ngx_http_gate_auth_jwt_from_has(ngx_array_t *names, gate_str_t name)
{
    ngx_str_t   *s;
    ngx_uint_t   i;

    if (names == NULL) {
        return 0;
    }

    s = names->elts;

    for (i = 0; i < names->nelts; i++) {
        if (gate_str_eq(name, ngx_http_gate_view(&s[i]))) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_gate_auth_jwt_from_args(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_jwt_loc_conf_t *jlcf,
    ngx_http_gate_auth_jwt_found_t *found)
{
    ngx_uint_t            i;
    ngx_http_gate_key_t  *key;

    if (ctx->keys->args == NULL) {
        return;
    }

    key = ctx->keys->args->elts;

    for (i = 0; i < ctx->keys->args->nelts; i++) {
        if (ngx_http_gate_auth_jwt_from_has(jlcf->args, key[i].name)) {
            ngx_http_gate_auth_jwt_from_add(ngx_http_gate_view(&key[i].value),
                                            found);
        }
    }
}


static void
ngx_http_gate_auth_jwt_from_add(gate_str_t value,
    ngx_http_gate_auth_jwt_found_t *found)
{
    if (found->n++ == 0) {
        found->token = value;
        return;
    }

    if (!gate_str_eq(value, found->token)) {
        found->conflict = 1;
    }
}


/* gate_token_from [header=NAME] [cookie=NAME] [query=NAME]
 *                 [subprotocol=PREFIX] ... | off; */

char *
ngx_http_gate_auth_jwt_from_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_gate_auth_jwt_loc_conf_t *jlcf = conf;

    char  *rv;

    if (jlcf->from || jlcf->off) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_auth_jwt_from_params,
                                   jlcf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (jlcf->off && cf->args->nelts > 2) {
        return "has \"off\", which stands alone: take it out, or the rest";
    }

    jlcf->from = !jlcf->off;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_auth_jwt_from_header(ngx_conf_t *cf, void *conf,
    ngx_str_t *value)
{
    const char  *why;

    ngx_strlow(value->data, value->data, value->len);

    if (ngx_strcmp(value->data, "authorization") == 0) {
        return "is \"Authorization\", where tokens are looked for anyway: take "
               "it out";
    }

    if (ngx_strcmp(value->data, "cookie") == 0) {
        return "is \"Cookie\": write \"cookie=NAME\"";
    }

    why = gate_field_carrier(ngx_http_gate_view(value));

    return why ? (char *) why : NGX_CONF_OK;
}


/* what is in force somewhere in a server is taken off everywhere in it */

ngx_int_t
ngx_http_gate_auth_jwt_from_in_force(ngx_conf_t *cf,
    ngx_http_gate_place_t *place)
{
    ngx_array_t                        *headers;
    ngx_http_gate_auth_jwt_loc_conf_t  *jlcf;

    static ngx_array_t  none = { NULL, 0, sizeof(ngx_str_t), 0, NULL };

    jlcf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_jwt_module);

    if (!jlcf->from) {
        return NGX_OK;
    }

    headers = jlcf->headers ? jlcf->headers : &none;

    if ((jlcf->headers != NULL || jlcf->args != NULL)
        && ngx_http_gate_hygiene_token_names(cf, place, headers, jlcf->args)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (jlcf->cookies == NULL && jlcf->protocols == NULL) {
        return NGX_OK;
    }

    return ngx_http_gate_hygiene_places(cf, place, jlcf->cookies,
                                        jlcf->protocols);
}
