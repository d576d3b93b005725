
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Groups and scopes of a caller: of the token where it says them, else of the
 * consumer.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_issuer.h"


static const gate_claim_names_t *ngx_http_gate_auth_token_groups(
    ngx_http_gate_identity_t *who);
static const gate_claim_names_t *ngx_http_gate_auth_token_scopes(
    ngx_http_gate_identity_t *who);
static ngx_int_t ngx_http_gate_auth_names(ngx_http_request_t *r,
    const gate_claim_names_t *names, const json_t *claims, u_char by,
    ngx_str_t *value);
static ngx_int_t ngx_http_gate_auth_usual_scopes(ngx_http_request_t *r,
    const json_t *claims, ngx_str_t *value);


/*
 * In the place of those of the consumer, not beside them: what a consumer may
 * by its other credentials its issuer has not said of this bearer.
 */

ngx_uint_t
ngx_http_gate_auth_in_group(ngx_http_gate_identity_t *who, gate_str_t group)
{
    const gate_claim_names_t  *names;

    if (who->consumer == NULL) {
        return 0;
    }

    names = ngx_http_gate_auth_token_groups(who);

    return names ? gate_claim_names_have(names, who->claims, group)
                 : gate_consumer_in_group(who->consumer, group);
}


ngx_int_t
ngx_http_gate_auth_groups(ngx_http_request_t *r, ngx_http_gate_identity_t *who,
    ngx_str_t *value)
{
    const gate_claim_names_t  *names;

    ngx_str_null(value);

    if (who->consumer == NULL) {
        return NGX_OK;
    }

    names = ngx_http_gate_auth_token_groups(who);

    if (names != NULL) {
        return ngx_http_gate_auth_names(r, names, who->claims, ',', value);
    }

    value->len = who->consumer->groups_text.len;
    value->data = who->consumer->groups_text.data;

    return NGX_OK;
}


ngx_uint_t
ngx_http_gate_auth_own_groups(ngx_http_gate_identity_t *who)
{
    return ngx_http_gate_auth_token_groups(who) != NULL;
}


/* a token's own scopes bind its bearer; keys have those of the consumer */

ngx_uint_t
ngx_http_gate_auth_has_scope(ngx_http_gate_identity_t *who, gate_str_t scope)
{
    const gate_claim_names_t  *names;

    if (who->consumer == NULL) {
        return 0;
    }

    if (who->claims == NULL) {
        return gate_consumer_has_scope(who->consumer, scope);
    }

    names = ngx_http_gate_auth_token_scopes(who);

    return names ? gate_claim_names_have(names, who->claims, scope)
                 : gate_jwt_has_scope(who->claims, scope);
}


ngx_int_t
ngx_http_gate_auth_scopes(ngx_http_request_t *r, ngx_http_gate_identity_t *who,
    ngx_str_t *value)
{
    const gate_claim_names_t  *names;

    if (who->claims == NULL) {
        value->len = who->consumer->scopes_text.len;
        value->data = who->consumer->scopes_text.data;
        return NGX_OK;
    }

    ngx_str_null(value);

    names = ngx_http_gate_auth_token_scopes(who);

    return names ? ngx_http_gate_auth_names(r, names, who->claims, ' ', value)
                 : ngx_http_gate_auth_usual_scopes(r, who->claims, value);
}


/* NULL: those of the consumer count */

static const gate_claim_names_t *
ngx_http_gate_auth_token_groups(ngx_http_gate_identity_t *who)
{
    return (who->issuer != NULL && who->issuer->groups.n != 0)
           ? &who->issuer->groups : NULL;
}


/* NULL: where most issuers have them */

static const gate_claim_names_t *
ngx_http_gate_auth_token_scopes(ngx_http_gate_identity_t *who)
{
    return (who->issuer != NULL && who->issuer->scopes.n != 0)
           ? &who->issuer->scopes : NULL;
}


static ngx_int_t
ngx_http_gate_auth_names(ngx_http_request_t *r,
    const gate_claim_names_t *names, const json_t *claims, u_char by,
    ngx_str_t *value)
{
    value->len = gate_claim_names_text(names, claims, by, NULL);

    value->data = ngx_pnalloc(r->pool, value->len);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    (void) gate_claim_names_text(names, claims, by, value->data);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_auth_usual_scopes(ngx_http_request_t *r, const json_t *claims,
    ngx_str_t *value)
{
    u_char        *p, *last;
    const json_t  *claim;

    claim = gate_jwt_claim(claims, gate_str("scope", 5));

    if (claim == NULL) {
        claim = gate_jwt_claim(claims, gate_str("scp", 3));
    }

    if (claim == NULL) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, GATE_JWT_MAX);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;
    value->len = gate_jwt_claim_text(claim, p, GATE_JWT_MAX);

    /* a list reads as the text does; none of its members has a comma */

    for (last = p + value->len; json_is_array(claim) && p < last; p++) {
        if (*p == ',') {
            *p = ' ';
        }
    }

    return NGX_OK;
}
