
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Token introspection (RFC 7662).
 */


#include <string.h>

#include "gate_introspect.h"
#include "gate_json.h"
#include "gate_uri.h"


/* the year 9999 */
#define GATE_INTROSPECT_LAST  253402300799LL


static gate_introspect_rc_e gate_introspect_times(const gate_introspect_t *in,
    const json_t *json, int64_t now_s, gate_introspect_said_t *said);
static int gate_introspect_time(const json_t *value, int64_t *time_s);
static int gate_introspect_audience(const gate_introspect_t *in,
    const json_t *aud);
static int gate_introspect_audience_is(const gate_introspect_t *in,
    const json_t *value);


int
gate_introspect_fits(gate_str_t token)
{
    size_t         i;
    unsigned char  c;

    if (token.len == 0 || token.len > GATE_INTROSPECT_TOKEN) {
        return 0;
    }

    for (i = 0; i < token.len; i++) {
        c = token.data[i];

        if (c <= ' ' || c >= 0x7f) {
            return 0;
        }
    }

    return 1;
}


size_t
gate_introspect_ask(gate_str_t token, unsigned char buf[GATE_INTROSPECT_ASK])
{
    size_t  n;

    static const char  first[] = "token_type_hint=access_token&token=";

    memcpy(buf, first, sizeof(first) - 1);
    n = sizeof(first) - 1;

    return n + gate_uri_escape(token, buf + n);
}


gate_introspect_rc_e
gate_introspect_read(const gate_introspect_t *in, gate_str_t text,
    int64_t now_s, gate_introspect_said_t *said)
{
    json_t                *json, *active;
    gate_str_t             iss;
    gate_introspect_rc_e   rc;

    said->claims = NULL;
    said->exp_s = INT64_MAX;
    said->nbf_s = 0;

    if (text.len > GATE_INTROSPECT_ANSWER
        || gate_json_object(text, &json) != GATE_JSON_OK)
    {
        said->why = "it is not one JSON object without duplicate members";
        return GATE_INTROSPECT_BAD;
    }

    active = json_object_get(json, "active");

    if (!json_is_boolean(active)) {
        said->why = "it has no member \"active\" that is true or false";
        rc = GATE_INTROSPECT_BAD;

    } else if (!json_is_true(active)) {
        said->why = "the token is not active";
        rc = GATE_INTROSPECT_INACTIVE;

    } else if (in->issuer.len != 0
               && !(gate_json_string(json, "iss", &iss)
                    && gate_str_eq(iss, in->issuer)))
    {
        said->why = "iss is missing or not ours";
        rc = GATE_INTROSPECT_ISSUER;

    } else if (!gate_introspect_audience(in, json_object_get(json, "aud"))) {
        said->why = "aud has none of ours";
        rc = GATE_INTROSPECT_AUDIENCE;

    } else {
        rc = gate_introspect_times(in, json, now_s, said);
    }

    if (rc != GATE_INTROSPECT_OK) {
        json_decref(json);
        return rc;
    }

    said->claims = json;
    said->why = "good";

    return rc;
}


/* a server that says "active" has looked at them: its clock is another */

static gate_introspect_rc_e
gate_introspect_times(const gate_introspect_t *in, const json_t *json,
    int64_t now_s, gate_introspect_said_t *said)
{
    const json_t  *exp, *nbf;

    exp = json_object_get(json, "exp");
    nbf = json_object_get(json, "nbf");

    if ((exp != NULL && !gate_introspect_time(exp, &said->exp_s))
        || (nbf != NULL && !gate_introspect_time(nbf, &said->nbf_s)))
    {
        said->why = "exp or nbf is no time";
        return GATE_INTROSPECT_BAD;
    }

    if (exp != NULL && now_s - in->leeway_s >= said->exp_s) {
        said->why = "exp is over";
        return GATE_INTROSPECT_EXPIRED;
    }

    if (said->nbf_s - in->leeway_s > now_s) {
        said->why = "nbf is to come";
        return GATE_INTROSPECT_NOT_YET;
    }

    return GATE_INTROSPECT_OK;
}


static int
gate_introspect_time(const json_t *value, int64_t *time_s)
{
    int64_t     n;
    size_t      i;
    gate_str_t  text;

    if (json_is_integer(value)) {
        n = json_integer_value(value);

    } else if (gate_json_number(value, &text)) {

        /* of a fraction the whole seconds, and nothing with an exponent */

        n = 0;

        for (i = 0; i < text.len && text.data[i] != '.'; i++) {
            if (text.data[i] < '0' || text.data[i] > '9'
                || n > GATE_INTROSPECT_LAST)
            {
                return 0;
            }

            n = n * 10 + (text.data[i] - '0');
        }

        for ( /* void */ ; i < text.len; i++) {
            if (text.data[i] == 'e' || text.data[i] == 'E') {
                return 0;
            }
        }

    } else {
        return 0;
    }

    if (n < 0 || n > GATE_INTROSPECT_LAST) {
        return 0;
    }

    *time_s = n;

    return 1;
}


static int
gate_introspect_audience(const gate_introspect_t *in, const json_t *aud)
{
    size_t         i;
    const json_t  *value;

    if (in->naudiences == 0) {
        return 1;
    }

    if (!json_is_array(aud)) {
        return gate_introspect_audience_is(in, aud);
    }

    json_array_foreach(aud, i, value) {
        if (gate_introspect_audience_is(in, value)) {
            return 1;
        }
    }

    return 0;
}


static int
gate_introspect_audience_is(const gate_introspect_t *in, const json_t *value)
{
    size_t      i;
    gate_str_t  text;

    if (!gate_json_text(value, &text)) {
        return 0;
    }

    for (i = 0; i < in->naudiences; i++) {
        if (gate_str_eq(in->audiences[i], text)) {
            return 1;
        }
    }

    return 0;
}
