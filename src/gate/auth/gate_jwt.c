
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * JSON Web Tokens: from the bytes of a token to its verified claims.
 */


#include "gate_json.h"
#include "gate_jws.h"


typedef gate_jwt_rc_e (*gate_jwt_last_pt)(const gate_jwt_issuer_t *issuer,
    const gate_jws_t *jws, gate_jwt_result_t *out);


static gate_jwt_rc_e gate_jwt_read(const gate_jwt_issuer_t *const *issuers,
    size_t nissuers, gate_jwt_heads_t *heads, gate_str_t token, int64_t now_s,
    gate_jwt_result_t *out, gate_jwt_last_pt last);
static gate_jwt_rc_e gate_jwt_claims(const gate_jwt_issuer_t *const *issuers,
    size_t n, const gate_jws_t *jws, int64_t now_s, gate_jwt_result_t *out,
    gate_jwt_last_pt last);
static gate_jwt_rc_e gate_jwt_issuer(const gate_jwt_issuer_t *const *issuers,
    size_t n, const json_t *claims, gate_jwt_result_t *out);
static int gate_jwt_audience(const gate_jwt_issuer_t *issuer,
    const json_t *aud);
static int gate_jwt_audience_is(const gate_jwt_issuer_t *issuer,
    const json_t *value);
static gate_jwt_rc_e gate_jwt_signature(const gate_jwt_issuer_t *issuer,
    const gate_jws_t *jws, gate_jwt_result_t *out);
static gate_jwt_rc_e gate_jwt_key(const gate_jwt_issuer_t *issuer,
    const gate_jws_t *jws, gate_jwt_result_t *out);


gate_jwt_rc_e
gate_jwt_verify(const gate_jwt_issuer_t *const *issuers, size_t nissuers,
    gate_jwt_heads_t *heads, gate_str_t token, int64_t now_s,
    gate_jwt_result_t *out)
{
    return gate_jwt_read(issuers, nissuers, heads, token, now_s, out,
                         gate_jwt_signature);
}


int
gate_jwt_keyless(const gate_jwt_issuer_t *const *issuers, size_t nissuers,
    gate_str_t token, int64_t now_s, size_t *issuer)
{
    gate_jwt_result_t  out;

    (void) gate_jwt_read(issuers, nissuers, NULL, token, now_s, &out,
                         gate_jwt_key);

    *issuer = out.issuer;

    return out.keyless;
}


static gate_jwt_rc_e
gate_jwt_read(const gate_jwt_issuer_t *const *issuers, size_t nissuers,
    gate_jwt_heads_t *heads, gate_str_t token, int64_t now_s,
    gate_jwt_result_t *out, gate_jwt_last_pt last)
{
    gate_jws_t     jws;
    gate_jwt_rc_e  rc;

    memset(out, 0, sizeof(gate_jwt_result_t));

    out->why = gate_jws_split(&jws, token, heads);
    if (out->why != NULL) {
        return GATE_JWT_BAD;
    }

    rc = jws.known ? GATE_JWT_OK : gate_jws_header(&jws, out);
    if (rc != GATE_JWT_OK) {
        return rc;
    }

    out->text = jws.payload.len;

    switch (gate_json_object(jws.payload, &out->claims)) {

    case GATE_JSON_OK:
        rc = gate_jwt_claims(issuers, nissuers, &jws, now_s, out, last);
        break;

    case GATE_JSON_NO_MEMORY:
        out->why = "no memory for the claims";
        rc = GATE_JWT_ERROR;
        break;

    default:
        out->why = "payload is no JSON object, or an unfit one";
        rc = GATE_JWT_BAD;
    }

    if (rc != GATE_JWT_OK) {
        json_decref(out->claims);
        out->claims = NULL;
        return rc;
    }

    if (heads != NULL && !jws.known) {
        gate_jwt_heads_put(heads, jws.head, jws.alg, jws.at, jws.kid);
    }

    out->why = "good";

    return GATE_JWT_OK;
}


/* from the cheap to the dear: an ES384 signature costs half a millisecond */

static gate_jwt_rc_e
gate_jwt_claims(const gate_jwt_issuer_t *const *issuers, size_t n,
    const gate_jws_t *jws, int64_t now_s, gate_jwt_result_t *out,
    gate_jwt_last_pt last)
{
    gate_jwt_rc_e             rc;
    const gate_jwt_issuer_t  *issuer;

    rc = gate_jwt_issuer(issuers, n, out->claims, out);
    if (rc != GATE_JWT_OK) {
        return rc;
    }

    issuer = issuers[out->issuer];

    if (!(issuer->algs & jws->alg)) {
        out->why = "alg is not one of the issuer";
        return GATE_JWT_BAD;
    }

    rc = gate_jwt_rules(issuer, jws, now_s, out);
    if (rc != GATE_JWT_OK) {
        return rc;
    }

    if (!gate_jwt_audience(issuer, json_object_get(out->claims, "aud"))) {
        out->why = (json_object_get(out->claims, "aud") == NULL)
                   ? "aud is missing" : "aud has none of ours";
        return GATE_JWT_AUDIENCE;
    }

    return last(issuer, jws, out);
}


static gate_jwt_rc_e
gate_jwt_issuer(const gate_jwt_issuer_t *const *issuers, size_t n,
    const json_t *claims, gate_jwt_result_t *out)
{
    size_t      i;
    gate_str_t  iss;

    if (!gate_json_string(claims, "iss", &iss)) {
        out->why = "iss is missing or no string";
        return GATE_JWT_ISSUER;
    }

    for (i = 0; i < n; i++) {
        if (gate_str_eq(issuers[i]->issuer, iss)) {
            out->issuer = i;
            return GATE_JWT_OK;
        }
    }

    out->why = "iss is none of ours";

    return GATE_JWT_ISSUER;
}


static int
gate_jwt_audience(const gate_jwt_issuer_t *issuer, const json_t *aud)
{
    size_t         i;
    const json_t  *value;

    if (issuer->naudiences == 0) {
        return 1;
    }

    if (!json_is_array(aud)) {
        return gate_jwt_audience_is(issuer, aud);
    }

    json_array_foreach(aud, i, value) {
        if (gate_jwt_audience_is(issuer, value)) {
            return 1;
        }
    }

    return 0;
}


static int
gate_jwt_audience_is(const gate_jwt_issuer_t *issuer, const json_t *value)
{
    size_t      i;
    gate_str_t  text;

    if (!gate_json_text(value, &text)) {
        return 0;
    }

    for (i = 0; i < issuer->naudiences; i++) {
        if (gate_str_eq(issuer->audiences[i], text)) {
            return 1;
        }
    }

    return 0;
}


static gate_jwt_rc_e
gate_jwt_signature(const gate_jwt_issuer_t *issuer, const gate_jws_t *jws,
    gate_jwt_result_t *out)
{
    size_t             i, n;
    const gate_key_t  *keys[GATE_JWT_KEYS];

    n = gate_jwks_find(issuer->keys, jws->alg,
                       jws->kid.len != 0 ? &jws->kid : NULL,
                       keys, GATE_JWT_KEYS);
    if (n == 0) {
        out->why = (jws->kid.len != 0) ? "no key of that kid and alg"
                                       : "no key of that alg";
        out->keyless = 1;
        return GATE_JWT_BAD;
    }

    for (i = 0; i < n; i++) {

        if (!gate_key_fits(keys[i], jws->alg, jws->signature.len)) {
            continue;
        }

        out->tries++;

        if (gate_key_verify(keys[i], jws->alg, jws->input, jws->signature)) {
            return GATE_JWT_OK;
        }
    }

    out->why = "signature is not of our key";
    out->keyless = (jws->kid.len == 0
                    || !gate_jwks_named(issuer->keys));

    return GATE_JWT_BAD;
}


/* never good: it only says whether there is a key */

static gate_jwt_rc_e
gate_jwt_key(const gate_jwt_issuer_t *issuer, const gate_jws_t *jws,
    gate_jwt_result_t *out)
{
    const gate_key_t  *key;

    out->why = "not looked at";
    out->keyless = (gate_jwks_find(issuer->keys, jws->alg,
                                   jws->kid.len != 0 ? &jws->kid : NULL,
                                   &key, 1)
                    == 0);

    return GATE_JWT_BAD;
}
