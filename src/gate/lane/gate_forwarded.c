
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What proxies in front say of a client: the values of X-Forwarded-* fields.
 */


#include "gate_forwarded.h"
#include "gate_list.h"


#define GATE_FORWARDED_HOST  255              /* bytes of a name, RFC 1035 */
#define GATE_FORWARDED_PORT  5


static int gate_forwarded_is_port(gate_str_t value);
static int gate_forwarded_is_alnum(unsigned char c);


/* of a name: letters, digits and the others that are unreserved, and "_" */

static const unsigned char  gate_forwarded_named[256] = {
    ['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1,
    ['-'] = 1, ['.'] = 1, ['_'] = 1, ['~'] = 1
};


gate_str_t
gate_forwarded_last(gate_str_t list)
{
    size_t      pos;
    gate_str_t  element, last;

    pos = 0;
    last = gate_str(NULL, 0);

    while (gate_list_next(list, &pos, &element)) {
        last = element;
    }

    return last;
}


gate_str_t
gate_forwarded_proto(gate_str_t value)
{
    if (gate_str_eq_nocase(value, gate_cstr("https"))) {
        return gate_cstr("https");
    }

    if (gate_str_eq_nocase(value, gate_cstr("http"))) {
        return gate_cstr("http");
    }

    return gate_str(NULL, 0);
}


int
gate_forwarded_is_host(gate_str_t value)
{
    size_t  i;

    if (value.len == 0 || value.len > GATE_FORWARDED_HOST) {
        return 0;
    }

    if (value.data[0] == '[') {
        for (i = 1; i < value.len && value.data[i] != ']'; i++) {
            if (!gate_forwarded_is_alnum(value.data[i])
                && value.data[i] != ':' && value.data[i] != '.')
            {
                return 0;
            }
        }

        if (i == value.len || i == 1) {
            return 0;
        }

        i++;

    } else {
        for (i = 0;
             i < value.len && gate_forwarded_named[value.data[i]];
             i++)
        {
            /* void */
        }

        if (i == 0) {
            return 0;
        }
    }

    return i == value.len
           || (value.data[i] == ':'
               && gate_forwarded_is_port(gate_str(value.data + i + 1,
                                                  value.len - i - 1)));
}


gate_str_t
gate_forwarded_from(gate_str_t chain, gate_str_t addr)
{
    size_t  from, end;

    for (end = chain.len; end > 0; end = from - 1) {

        for (from = end; from > 0; from--) {
            if (chain.data[from - 1] == ',' || chain.data[from - 1] == ' ') {
                break;
            }
        }

        if (gate_str_eq(gate_str(chain.data + from, end - from), addr)) {
            return gate_str(chain.data + from, chain.len - from);
        }

        if (from == 0) {
            break;
        }
    }

    return gate_str(NULL, 0);
}


static int
gate_forwarded_is_port(gate_str_t value)
{
    size_t  i;

    for (i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return 0;
        }
    }

    return value.len > 0 && value.len <= GATE_FORWARDED_PORT;
}


static int
gate_forwarded_is_alnum(unsigned char c)
{
    unsigned char  l;

    l = gate_lower(c);

    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9');
}
