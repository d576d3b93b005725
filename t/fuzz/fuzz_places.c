/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens in a cookie or in subprotocols: a name, and after a line break the
 * value of the field.  What is left of it holds none.
 */

#include "fuzz.h"
#include "gate_cookie.h"
#include "gate_places.h"


static void
cookie(gate_str_t name, gate_str_t field)
{
    size_t          pos, n;
    gate_str_t      value, rest;
    unsigned char  *dst;

    n = 0;
    pos = 0;

    while (gate_places_cookie(field, name, &pos, &value)) {
        must(value.data >= field.data
             && value.data + value.len <= field.data + field.len);
        n++;
    }

    must(n == 0 || gate_cookie_have(field, name));

    dst = malloc(field.len + 1);
    rest = gate_str(dst, gate_cookie_without(field, name, dst));

    pos = 0;
    must(!gate_places_cookie(rest, name, &pos, &value));

    free(dst);
}


/* the others joined again */

static void
protocol(gate_str_t prefix, gate_str_t field)
{
    gate_str_t        element;
    unsigned char    *dst, *last;
    gate_protocol_e   kind;
    gate_protocol_t   state;

    dst = malloc(2 * field.len + 1);
    last = dst;
    memset(&state, 0, sizeof(gate_protocol_t));

    for ( ;; ) {
        kind = gate_places_protocol(field, prefix, &state, &element);

        if (kind == GATE_PROTOCOL_END) {
            break;
        }

        must(element.len == 0
             || (element.data >= field.data
                 && element.data + element.len <= field.data + field.len));

        if (kind == GATE_PROTOCOL_OTHER && element.len != 0) {

            if (last != dst) {
                *last++ = ',';
                *last++ = ' ';
            }

            memcpy(last, element.data, element.len);
            last += element.len;
        }
    }

    must((size_t) (last - dst) <= 2 * field.len);

    field = gate_str(dst, (size_t) (last - dst));
    memset(&state, 0, sizeof(gate_protocol_t));

    for ( ;; ) {
        kind = gate_places_protocol(field, prefix, &state, &element);
        must(kind == GATE_PROTOCOL_END || kind == GATE_PROTOCOL_OTHER);

        if (kind == GATE_PROTOCOL_END) {
            break;
        }
    }

    free(dst);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gate_str_t  in, name, field;

    in = fuzz_copy(data, size);
    name = fuzz_split(in, '\n', &field);

    if (name.len != 0) {
        cookie(name, field);
        protocol(name, field);
    }

    free(in.data);

    return 0;
}
