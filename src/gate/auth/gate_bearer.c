
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The token of an Authorization field.
 */


#include "gate_bearer.h"


int
gate_bearer_token(gate_str_t field, gate_str_t *token)
{
    size_t             pos;
    const gate_str_t   scheme = gate_string("bearer");

    if (field.len == 0) {
        *token = field;
        return 1;
    }

    if (!gate_str_begins_nocase(field, scheme)
        || (field.len > scheme.len && field.data[scheme.len] != ' '))
    {
        return 0;
    }

    pos = scheme.len;

    while (pos < field.len && field.data[pos] == ' ') {
        pos++;
    }

    *token = gate_str(field.data + pos, field.len - pos);

    return 1;
}


int
gate_bearer_is_jose(gate_str_t token)
{
    size_t  i, dots;

    dots = 0;

    for (i = 0; i < token.len && dots < 2; i++) {
        dots += (token.data[i] == '.');
    }

    return dots == 2;
}


int
gate_bearer_is_key(gate_str_t field)
{
    gate_str_t  token;

    return field.len != 0 && gate_bearer_token(field, &token)
           && !gate_bearer_is_jose(token);
}
