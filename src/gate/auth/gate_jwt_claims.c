
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Asking verified claims: by name or path, as text, for scopes.
 */


#include <stdio.h>

#include "gate_json.h"
#include "gate_jwt.h"


#define GATE_CLAIM_NUMBER  32                 /* bytes of any number's text */


static int gate_claim_scalar_is(const json_t *claim, gate_str_t value);
static size_t gate_claim_scalar(const json_t *claim, char *buf,
    gate_str_t *text);
static int gate_claim_is_integer(gate_str_t number);
static int gate_claim_clean(gate_str_t text);
static int gate_claim_lists(const json_t *claim, gate_str_t scope);


const json_t *
gate_jwt_claim(const json_t *claims, gate_str_t name)
{
    const json_t   *value;
    unsigned char  *dot;

    for ( ;; ) {
        value = json_object_getn(claims, (char *) name.data, name.len);
        if (value != NULL) {
            return value;
        }

        dot = (name.len == 0) ? NULL : memchr(name.data, '.', name.len);
        if (dot == NULL) {
            return NULL;
        }

        /* NULL unless it is an object */

        claims = json_object_getn(claims, (char *) name.data,
                                  (size_t) (dot - name.data));

        name.len -= (size_t) (dot - name.data) + 1;
        name.data = dot + 1;
    }
}


int
gate_jwt_claim_is(const json_t *claims, gate_str_t name, gate_str_t value)
{
    return gate_jwt_value_is(gate_jwt_claim(claims, name), value);
}


int
gate_jwt_value_is(const json_t *claim, gate_str_t value)
{
    size_t         i;
    const json_t  *element;

    if (!json_is_array(claim)) {
        return gate_claim_scalar_is(claim, value);
    }

    json_array_foreach(claim, i, element) {
        if (gate_claim_scalar_is(element, value)) {
            return 1;
        }
    }

    return 0;
}


int
gate_jwt_value_begins(const json_t *claim, gate_str_t prefix)
{
    size_t         i;
    gate_str_t     text;
    const json_t  *element;

    if (!json_is_array(claim)) {
        return gate_json_text(claim, &text) && text.len >= prefix.len
               && gate_str_eq(gate_str(text.data, prefix.len), prefix);
    }

    json_array_foreach(claim, i, element) {
        if (!json_is_array(element) && gate_jwt_value_begins(element, prefix)) {
            return 1;
        }
    }

    return 0;
}


static int
gate_claim_scalar_is(const json_t *claim, gate_str_t value)
{
    char        buf[GATE_CLAIM_NUMBER];
    gate_str_t  text;

    if (claim == NULL) {
        return 0;
    }

    if (gate_json_text(claim, &text)) {
        return gate_str_eq(text, value);
    }

    /* a real has many spellings, none of them is an identity */

    if (gate_json_number(claim, &text) && !gate_claim_is_integer(text)) {
        return 0;
    }

    return gate_claim_scalar(claim, buf, &text) != 0
           && gate_str_eq(text, value);
}


size_t
gate_jwt_claim_text(const json_t *value, unsigned char *dst, size_t cap)
{
    char            buf[GATE_CLAIM_NUMBER];
    size_t          i, n, need, len;
    gate_str_t      text;
    const json_t   *element;

    n = json_is_array(value) ? json_array_size(value) : 1;
    len = 0;

    for (i = 0; i < n; i++) {
        element = json_is_array(value) ? json_array_get(value, i) : value;

        if (gate_claim_scalar(element, buf, &text) == 0
            || !gate_claim_clean(text)
            || (json_is_array(value) && memchr(text.data, ',', text.len)))
        {
            return 0;
        }

        need = text.len + (i != 0);

        if (need > cap - len) {
            return 0;
        }

        if (i != 0) {
            dst[len++] = ',';
        }

        memcpy(dst + len, text.data, text.len);
        len += text.len;
    }

    return len;
}


size_t
gate_jwt_claim_name(const json_t *value, unsigned char *dst, size_t cap)
{
    gate_str_t  text;

    if (!gate_json_text(value, &text) && !json_is_integer(value)
        && !(gate_json_number(value, &text) && gate_claim_is_integer(text)))
    {
        return 0;
    }

    return gate_jwt_claim_text(value, dst, cap);
}


/* gives text.len, 0: it has no text; "buf" is for those that are no string */

static size_t
gate_claim_scalar(const json_t *claim, char *buf, gate_str_t *text)
{
    switch (claim == NULL ? JSON_NULL : json_typeof(claim)) {

    case JSON_STRING:
        if (!gate_json_number(claim, text)) {
            (void) gate_json_text(claim, text);
        }
        break;

    case JSON_TRUE:
        *text = gate_cstr("true");
        break;

    case JSON_FALSE:
        *text = gate_cstr("false");
        break;

    case JSON_INTEGER:
        *text = gate_str(buf, (size_t) snprintf(buf, GATE_CLAIM_NUMBER,
                                                "%" JSON_INTEGER_FORMAT,
                                                json_integer_value(claim)));
        break;

    default:
        *text = gate_str(NULL, 0);
    }

    return text->len;
}


static int
gate_claim_is_integer(gate_str_t number)
{
    size_t  i;

    for (i = 0; i < number.len; i++) {
        if (number.data[i] != '-'
            && (number.data[i] < '0' || number.data[i] > '9'))
        {
            return 0;
        }
    }

    return 1;
}


/* fit for a header field */

static int
gate_claim_clean(gate_str_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return 0;
        }
    }

    return 1;
}


int
gate_jwt_has_scope(const json_t *claims, gate_str_t scope)
{
    if (scope.len == 0 || memchr(scope.data, ' ', scope.len) != NULL) {
        return 0;
    }

    return gate_claim_lists(json_object_get(claims, "scope"), scope)
           || gate_claim_lists(json_object_get(claims, "scp"), scope);
}


static int
gate_claim_lists(const json_t *claim, gate_str_t scope)
{
    size_t         i;
    gate_str_t     word;
    const char    *p, *last, *space;
    const json_t  *element;

    json_array_foreach(claim, i, element) {
        if (gate_json_text(element, &word) && gate_str_eq(word, scope)) {
            return 1;
        }
    }

    if (!gate_json_text(claim, &word)) {
        return 0;
    }

    p = (char *) word.data;
    last = p + word.len;

    for ( ;; ) {
        space = memchr(p, ' ', (size_t) (last - p));

        word = gate_str(p, (size_t) ((space == NULL ? last : space) - p));

        if (gate_str_eq(word, scope)) {
            return 1;
        }

        if (space == NULL) {
            return 0;
        }

        p = space + 1;
    }
}
