
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A token taken apart, and its header read.
 */


#include "gate_json.h"
#include "gate_jws.h"


static int gate_jws_is_jwe(gate_str_t token);
static int gate_jws_known(gate_jws_t *jws, const gate_jwt_heads_t *heads);
static int gate_jws_part(gate_str_t *rest, int last, gate_str_t *part);
static const char *gate_jws_params(gate_jws_t *jws, const json_t *header);
static int gate_jws_nested(gate_str_t cty);
static int gate_jws_typ(const json_t *typ, int *at);


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


const char *
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
    jws->at = head->at;
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


gate_jwt_rc_e
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

    if (!gate_jws_typ(json_object_get(header, "typ"), &jws->at)) {
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
gate_jws_typ(const json_t *typ, int *at)
{
    size_t      i;
    gate_str_t  text;

    static const struct { const char *name; int at; } names[] = {
        { "jwt", 0 },
        { "at+jwt", 1 },
        { "application/jwt", 0 },
        { "application/at+jwt", 1 },
        { NULL, 0 }
    };

    *at = 0;

    if (typ == NULL) {
        return 1;
    }

    if (!gate_json_text(typ, &text)) {
        return 0;
    }

    for (i = 0; names[i].name != NULL; i++) {
        if (gate_str_eq_nocase(text, gate_cstr(names[i].name))) {
            *at = names[i].at;
            return 1;
        }
    }

    return 0;
}
