
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Other places of a request in which a token may stand.
 */


#include "gate_list.h"
#include "gate_places.h"


static gate_str_t gate_places_trim(gate_str_t s);


static const gate_str_t  gate_places_encoded =
    gate_string("base64url.bearer.authorization.k8s.io.");


int
gate_places_cookie(gate_str_t field, gate_str_t name, size_t *pos,
    gate_str_t *value)
{
    size_t      end;
    gate_str_t  cookie;

    while (*pos < field.len) {

        for (end = *pos; end < field.len && field.data[end] != ';'; end++);

        cookie = gate_places_trim(gate_str(field.data + *pos, end - *pos));
        *pos = end + 1;

        if (cookie.len <= name.len || cookie.data[name.len] != '='
            || !gate_str_eq(gate_str(cookie.data, name.len), name))
        {
            continue;
        }

        *value = gate_str(cookie.data + name.len + 1,
                          cookie.len - name.len - 1);

        if (value->len >= 2 && value->data[0] == '"'
            && value->data[value->len - 1] == '"')
        {
            value->data++;
            value->len -= 2;
        }

        return 1;
    }

    return 0;
}


gate_protocol_e
gate_places_protocol(gate_str_t field, gate_str_t prefix,
    gate_protocol_t *state, gate_str_t *element)
{
    if (!gate_list_next(field, &state->pos, element)) {
        return GATE_PROTOCOL_END;
    }

    /* what stands between two commas is no element: RFC 9110 5.6.1.2 */

    if (element->len == 0) {
        return GATE_PROTOCOL_OTHER;
    }

    if (state->next) {
        state->next = 0;
        return GATE_PROTOCOL_TOKEN;
    }

    if (gate_str_eq_nocase(*element, prefix)) {
        state->next = 1;
        return GATE_PROTOCOL_PREFIX;
    }

    if (gate_str_begins_nocase(*element, gate_places_encoded)) {
        element->data += gate_places_encoded.len;
        element->len -= gate_places_encoded.len;

        return GATE_PROTOCOL_ENCODED;
    }

    return GATE_PROTOCOL_OTHER;
}


static gate_str_t
gate_places_trim(gate_str_t s)
{
    while (s.len != 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }

    while (s.len != 0
           && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
    {
        s.len--;
    }

    return s;
}
