
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Reading JSON of strangers: strict, of bounded depth.
 */


#include "gate_json.h"


static int gate_json_shallow(gate_str_t text);


gate_json_rc_e
gate_json_object(gate_str_t text, json_t **object)
{
    json_t        *json;
    json_error_t   error;

    *object = NULL;

    if (!gate_json_shallow(text)) {
        return GATE_JSON_BAD;
    }

    json = json_loadb((char *) text.data, text.len, JSON_REJECT_DUPLICATES,
                      &error);

    if (json == NULL) {

        /* jansson has a sentence for each error but this one */

        return (error.text[0] == '\0') ? GATE_JSON_NO_MEMORY : GATE_JSON_BAD;
    }

    if (!json_is_object(json)) {
        json_decref(json);
        return GATE_JSON_BAD;
    }

    *object = json;

    return GATE_JSON_OK;
}


int
gate_json_string(const json_t *object, const char *name, gate_str_t *s)
{
    const json_t  *value;

    value = json_object_get(object, name);

    if (!json_is_string(value)) {
        return 0;
    }

    *s = gate_str(json_string_value(value), json_string_length(value));

    return 1;
}


/*
 * jansson recurses, to 2048 levels: a text may not choose how much stack it
 * takes.  Whether brackets match is left to jansson.
 */

static int
gate_json_shallow(gate_str_t text)
{
    int                   quoted;
    size_t                depth;
    const unsigned char  *p, *last;

    depth = 0;
    quoted = 0;
    last = text.data + text.len;

    for (p = text.data; p < last; p++) {

        if (*p == '"') {
            quoted = !quoted;
            continue;
        }

        if (quoted) {
            p += (*p == '\\');
            continue;
        }

        if (*p == '{' || *p == '[') {
            depth++;

            if (depth > GATE_JSON_DEPTH) {
                return 0;
            }

        } else if ((*p == '}' || *p == ']') && depth > 0) {
            depth--;
        }
    }

    return 1;
}
