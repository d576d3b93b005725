
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * JSON Web Tokens: from the bytes of a token to its verified claims.
 */


#include <stdlib.h>

#include "gate_b64.h"
#include "gate_json.h"
#include "gate_jwt.h"


#define GATE_JWT_TIME_MAX  9007199254740992   /* 2^53, exact in a double */


/* a token taken apart */

typedef struct {
    gate_str_t             input;             /* of the signature, as sent */
    gate_str_t             head;              /* of that, the header */
    int                    known;             /* alg and kid are: by "head" */
    gate_str_t             header;            /* decoded, in buf */
    gate_str_t             payload;
    gate_str_t             signature;
    unsigned               alg;
    gate_str_t             kid;               /* len 0: none; in names */
    unsigned char          names[GATE_JWT_KID];
    unsigned char          buf[gate_b64url_decoded_max(GATE_JWT_MAX)];
} gate_jws_t;


static const char *gate_jws_split(gate_jws_t *jws, gate_str_t token,
    const gate_jwt_heads_t *heads);
static int gate_jws_is_jwe(gate_str_t token);
static int gate_jws_known(gate_jws_t *jws, const gate_jwt_heads_t *heads);
static int gate_jws_part(gate_str_t *rest, int last, gate_str_t *part);
static gate_jwt_rc_e gate_jws_header(gate_jws_t *jws, gate_jwt_result_t *out);
static const char *gate_jws_params(gate_jws_t *jws, const json_t *header);
static int gate_jws_nested(gate_str_t cty);
static int gate_jws_typ(const json_t *typ);
static gate_jwt_rc_e gate_jwt_claims(const gate_jwt_issuer_t *const *issuers,
    size_t n, const gate_jws_t *jws, int64_t now_s, gate_jwt_result_t *out);
static gate_jwt_rc_e gate_jwt_issuer(const gate_jwt_issuer_t *const *issuers,
    size_t n, const json_t *claims, gate_jwt_result_t *out);
static gate_jwt_rc_e gate_jwt_times(const gate_jwt_issuer_t *issuer,
    const json_t *claims, int64_t now_s, gate_jwt_result_t *out);
static int gate_jwt_time(const json_t *value, int up, int64_t *time_s);
static int gate_jwt_audience(const gate_jwt_issuer_t *issuer,
    const json_t *aud);
static int gate_jwt_audience_is(const gate_jwt_issuer_t *issuer,
    const json_t *value);
static gate_jwt_rc_e gate_jwt_signature(const gate_jwt_issuer_t *issuer,
    const gate_jws_t *jws, gate_jwt_result_t *out);


/* each changes what is signed, or how: RFC 7515 4.1.11, 7797, 7516 4.1 */

static const struct {
    const char  *name;
    const char  *why;
} gate_jws_refused[] = {
    { "crit", "header has crit" },
    { "b64", "header has b64" },
    { "enc", "header has enc" },
    { "zip", "header has zip" },
    { NULL, NULL }
};


gate_jwt_rc_e
gate_jwt_verify(const gate_jwt_issuer_t *const *issuers, size_t nissuers,
    gate_jwt_heads_t *heads, gate_str_t token, int64_t now_s,
    gate_jwt_result_t *out)
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
        rc = gate_jwt_claims(issuers, nissuers, &jws, now_s, out);
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
        gate_jwt_heads_put(heads, jws.head, jws.alg, jws.kid);
    }

    out->why = "good";

    return GATE_JWT_OK;
}


gate_jwt_rc_e
gate_jwt_check_time(int64_t exp_s, int64_t nbf_s, int64_t leeway_s,
    int64_t now_s)
{
    if (now_s - leeway_s >= exp_s) {
        return GATE_JWT_EXPIRED;
    }

    if (nbf_s - leeway_s > now_s) {
        return GATE_JWT_NOT_YET;
    }

    return GATE_JWT_OK;
}


/*
 * The parts of the JWS compact form (RFC 7515 7.1), decoded one after the
 * other; a header that is known was decoded before.  NULL, or what is wrong.
 */

static const char *
gate_jws_split(gate_jws_t *jws, gate_str_t token,
    const gate_jwt_heads_t *heads)
{
    size_t       i, len, used;
    gate_str_t   rest, part[3], *decoded[3];

    if (token.len > GATE_JWT_MAX) {
        return "token is too long";
    }

    rest = token;

    for (i = 0; i < 3; i++) {
        if (!gate_jws_part(&rest, i == 2, &part[i])) {
            return gate_jws_is_jwe(token) ? "token has five parts"
                                          : "token has not three parts";
        }
    }

    jws->input = gate_str(token.data, part[0].len + 1 + part[1].len);
    jws->head = part[0];
    jws->known = (heads != NULL && gate_jws_known(jws, heads));

    decoded[0] = &jws->header;
    decoded[1] = &jws->payload;
    decoded[2] = &jws->signature;

    used = 0;

    for (i = jws->known ? 1 : 0; i < 3; i++) {
        if (!gate_b64url_decode(part[i], jws->buf + used,
                                sizeof(jws->buf) - used, &len))
        {
            return "token is not canonical base64url";
        }

        *decoded[i] = gate_str(jws->buf + used, len);
        used += len;
    }

    return NULL;
}


/* the compact form of encryption, RFC 7516 7.1 */

static int
gate_jws_is_jwe(gate_str_t token)
{
    size_t  i, dots;

    for (dots = 0, i = 0; i < token.len; i++) {
        dots += (token.data[i] == '.');
    }

    return dots == 4;
}


static int
gate_jws_known(gate_jws_t *jws, const gate_jwt_heads_t *heads)
{
    const gate_jwt_head_t  *head;

    head = gate_jwt_heads_find(heads, jws->head);
    if (head == NULL) {
        return 0;
    }

    jws->alg = head->alg;
    jws->kid = head->kid;

    return 1;
}


/* take the part up to a dot, or the last one, in which no dot may be */

static int
gate_jws_part(gate_str_t *rest, int last, gate_str_t *part)
{
    unsigned char  *dot;

    dot = (rest->len == 0) ? NULL : memchr(rest->data, '.', rest->len);

    if ((dot == NULL) != last) {
        return 0;
    }

    if (last) {
        *part = *rest;
        return part->len != 0;
    }

    *part = gate_str(rest->data, (size_t) (dot - rest->data));

    rest->data += part->len + 1;
    rest->len -= part->len + 1;

    return part->len != 0;
}


static gate_jwt_rc_e
gate_jws_header(gate_jws_t *jws, gate_jwt_result_t *out)
{
    json_t  *header;

    if (jws->header.len > GATE_JWT_HEADER) {
        out->why = "header is too long";
        return GATE_JWT_BAD;
    }

    switch (gate_json_object(jws->header, &header)) {

    case GATE_JSON_OK:
        break;

    case GATE_JSON_NO_MEMORY:
        out->why = "no memory for the header";
        return GATE_JWT_ERROR;

    default:
        out->why = "header is no JSON object, or an unfit one";
        return GATE_JWT_BAD;
    }

    out->why = gate_jws_params(jws, header);

    json_decref(header);

    return (out->why == NULL) ? GATE_JWT_OK : GATE_JWT_BAD;
}


/*
 * What else a header may carry (jwk, jku, x5c, x5u ...) is never looked at:
 * a token cannot bring its own key.
 */

static const char *
gate_jws_params(gate_jws_t *jws, const json_t *header)
{
    size_t      i;
    gate_str_t  alg, kid, text;

    for (i = 0; gate_jws_refused[i].name != NULL; i++) {
        if (json_object_get(header, gate_jws_refused[i].name) != NULL) {
            return gate_jws_refused[i].why;
        }
    }

    if (gate_json_string(header, "cty", &text) && gate_jws_nested(text)) {
        return "token has another one in it";
    }

    if (!gate_jws_typ(json_object_get(header, "typ"))) {
        return "header has a typ of another kind of token";
    }

    jws->alg = gate_json_string(header, "alg", &alg) ? gate_alg_parse(alg)
                                                     : GATE_ALG_NONE;
    if (jws->alg == GATE_ALG_NONE) {
        return "header has no alg of ours";
    }

    jws->kid = gate_str(NULL, 0);

    if (json_object_get(header, "kid") == NULL) {
        return NULL;
    }

    if (!gate_json_string(header, "kid", &kid)
        || kid.len == 0 || kid.len > GATE_JWT_KID)
    {
        return "header has a kid that is empty, too long or no string";
    }

    /* the header is freed before a key is looked for */

    memcpy(jws->names, kid.data, kid.len);
    jws->kid = gate_str(jws->names, kid.len);

    return NULL;
}


/* RFC 7519 5.2: what is signed is a token in its turn, not claims */

static int
gate_jws_nested(gate_str_t cty)
{
    return gate_str_eq_nocase(cty, gate_cstr("jwt"))
           || gate_str_eq_nocase(cty, gate_cstr("application/jwt"));
}


/* RFC 8725 3.11: a token made for something else is not an access token */

static int
gate_jws_typ(const json_t *typ)
{
    size_t      i;
    gate_str_t  text;

    static const char  *names[] = { "jwt", "at+jwt", "application/jwt",
                                    "application/at+jwt", NULL };

    if (typ == NULL) {
        return 1;
    }

    if (!gate_json_text(typ, &text)) {
        return 0;
    }

    for (i = 0; names[i] != NULL; i++) {
        if (gate_str_eq_nocase(text, gate_cstr(names[i]))) {
            return 1;
        }
    }

    return 0;
}


/* from the cheap to the dear: an ES384 signature costs half a millisecond */

static gate_jwt_rc_e
gate_jwt_claims(const gate_jwt_issuer_t *const *issuers, size_t n,
    const gate_jws_t *jws, int64_t now_s, gate_jwt_result_t *out)
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

    rc = gate_jwt_times(issuer, out->claims, now_s, out);
    if (rc != GATE_JWT_OK) {
        return rc;
    }

    if (!gate_jwt_audience(issuer, json_object_get(out->claims, "aud"))) {
        out->why = (json_object_get(out->claims, "aud") == NULL)
                   ? "aud is missing" : "aud has none of ours";
        return GATE_JWT_AUDIENCE;
    }

    return gate_jwt_signature(issuer, jws, out);
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


static gate_jwt_rc_e
gate_jwt_times(const gate_jwt_issuer_t *issuer, const json_t *claims,
    int64_t now_s, gate_jwt_result_t *out)
{
    json_t        *exp, *nbf, *iat;
    gate_str_t     text;
    gate_jwt_rc_e  rc;

    nbf = json_object_get(claims, "nbf");
    iat = json_object_get(claims, "iat");

    exp = json_object_get(claims, "exp");

    if (!gate_jwt_time(exp, 0, &out->exp_s)) {
        out->why = (exp == NULL) ? "exp is missing" : "exp is no time";
        return GATE_JWT_BAD;
    }

    if (nbf != NULL && !gate_jwt_time(nbf, 1, &out->nbf_s)) {
        out->why = "nbf is no time";
        return GATE_JWT_BAD;
    }

    /* nothing follows from when it was made: any number will do */

    if (iat != NULL && !json_is_integer(iat) && !gate_json_number(iat, &text))
    {
        out->why = "iat is no number";
        return GATE_JWT_BAD;
    }

    rc = gate_jwt_check_time(out->exp_s, out->nbf_s, issuer->leeway_s, now_s);

    if (rc != GATE_JWT_OK) {
        out->why = (rc == GATE_JWT_EXPIRED) ? "exp is over" : "nbf is to come";
    }

    return rc;
}


/* NumericDate of RFC 7519 2, fractions rounded up or down */

static int
gate_jwt_time(const json_t *value, int up, int64_t *time_s)
{
    double      real;
    int64_t     n;
    gate_str_t  text;

    if (json_is_integer(value)) {
        n = json_integer_value(value);

        if (n < 0 || n > GATE_JWT_TIME_MAX) {
            return 0;
        }

        *time_s = n;

        return 1;
    }

    if (!gate_json_number(value, &text)) {
        return 0;
    }

    /* what is beyond a double is infinite, and refused below */

    real = strtod((char *) text.data, NULL);

    /* this way round a NaN fails, too */

    if (!(real >= 0 && real <= (double) GATE_JWT_TIME_MAX)) {
        return 0;
    }

    n = (int64_t) real;

    *time_s = (up && (double) n < real) ? n + 1 : n;

    return 1;
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

    return GATE_JWT_BAD;
}
