
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What an issuer's tokens must have: times that hold, the type of an access
 * token, claims that are there, a life that is not too long.
 */


#include <stdlib.h>

#include "gate_json.h"
#include "gate_jws.h"


#define GATE_JWT_TIME_MAX  9007199254740992   /* 2^53, exact in a double */


typedef struct {
    const char            *name;
    const char            *why;               /* it is missing */
} gate_jwt_claim_row_t;


static gate_jwt_rc_e gate_jwt_times(const gate_jwt_issuer_t *issuer,
    const json_t *claims, int64_t now_s, gate_jwt_result_t *out);
static int gate_jwt_time(const json_t *value, int up, int64_t *time_s);
static gate_jwt_rc_e gate_jwt_life(const gate_jwt_issuer_t *issuer,
    const json_t *claims, int64_t now_s, gate_jwt_result_t *out);
static const char *gate_jwt_type(const gate_jwt_issuer_t *issuer,
    const gate_jws_t *jws, const json_t *claims);
static const char *gate_jwt_required(const gate_jwt_issuer_t *issuer,
    const json_t *claims, gate_jwt_result_t *out);


/* RFC 9068 2.2; of iss and exp any token is asked, and told, before */

static const gate_jwt_claim_row_t  gate_jwt_at_claims[] = {
    { "aud", "at+jwt without aud" },
    { "sub", "at+jwt without sub" },
    { "client_id", "at+jwt without client_id" },
    { "iat", "at+jwt without iat" },
    { "jti", "at+jwt without jti" },
    { NULL, NULL }
};


gate_jwt_rc_e
gate_jwt_rules(const gate_jwt_issuer_t *issuer, const gate_jws_t *jws,
    int64_t now_s, gate_jwt_result_t *out)
{
    gate_jwt_rc_e  rc;

    rc = gate_jwt_times(issuer, out->claims, now_s, out);
    if (rc != GATE_JWT_OK) {
        return rc;
    }

    if (issuer->max_lifetime_s != 0) {
        rc = gate_jwt_life(issuer, out->claims, now_s, out);
        if (rc != GATE_JWT_OK) {
            return rc;
        }
    }

    out->why = gate_jwt_type(issuer, jws, out->claims);

    if (out->why == NULL) {
        out->why = gate_jwt_required(issuer, out->claims, out);
    }

    return (out->why == NULL) ? GATE_JWT_OK : GATE_JWT_BAD;
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


/*
 * A token that says to have been made in times to come could live as long as it
 * likes from now on.
 */

static gate_jwt_rc_e
gate_jwt_life(const gate_jwt_issuer_t *issuer, const json_t *claims,
    int64_t now_s, gate_jwt_result_t *out)
{
    int64_t        iat_s;
    const json_t  *iat;

    iat = json_object_get(claims, "iat");

    if (!gate_jwt_time(iat, 0, &iat_s)) {
        out->why = (iat == NULL) ? "iat is missing" : "iat is no time";
        return GATE_JWT_BAD;
    }

    if (iat_s - issuer->leeway_s > now_s) {
        out->why = "iat is to come";
        return GATE_JWT_BAD;
    }

    if (out->exp_s - iat_s > issuer->max_lifetime_s) {
        out->why = "exp is too long after iat";
        return GATE_JWT_BAD;
    }

    return GATE_JWT_OK;
}


/* where they are optional, what says to be one has to be one */

static const char *
gate_jwt_type(const gate_jwt_issuer_t *issuer, const gate_jws_t *jws,
    const json_t *claims)
{
    const json_t                *value;
    const gate_jwt_claim_row_t  *row;

    if (issuer->at_jwt == GATE_JWT_ANY) {
        return NULL;
    }

    if (!jws->at) {
        return (issuer->at_jwt == GATE_JWT_AT_REQUIRED) ? "typ is not at+jwt"
                                                        : NULL;
    }

    for (row = gate_jwt_at_claims; row->name != NULL; row++) {
        value = json_object_get(claims, row->name);

        if (value == NULL || json_is_null(value)) {
            return row->why;
        }
    }

    return NULL;
}


static const char *
gate_jwt_required(const gate_jwt_issuer_t *issuer, const json_t *claims,
    gate_jwt_result_t *out)
{
    size_t         i;
    const json_t  *value;

    for (i = 0; i < issuer->nrequire; i++) {
        value = gate_claim_get(&issuer->require[i], claims);

        if (value == NULL || json_is_null(value)) {
            out->what = issuer->require[i].text;
            return "a claim is missing that the issuer's tokens must have";
        }
    }

    return NULL;
}
