
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of a query, on its bytes.
 */


#include "gate_query.h"
#include "gate_uri.h"


/* a word of eight such bytes is this times the byte */
#define GATE_QUERY_EACH  UINT64_C(0x0101010101010101)


static int gate_query_has(gate_str_t args, unsigned char first);
static uint64_t gate_query_zero(uint64_t w);


/* it begins with its first byte, or with an escape; "+" is a space */

int
gate_query_may_have(gate_str_t args, gate_str_t name)
{
    unsigned char         first;
    const unsigned char  *p, *last;

    if (name.len == 0 || name.data[0] == ' ') {
        return 1;
    }

    if (args.len == 0) {
        return 0;
    }

    first = name.data[0];
    last = args.data + args.len;

    if (!gate_query_has(args, first)) {
        return 0;
    }

    for (p = args.data; p < last; p++) {

        if (*p != first && *p != '%') {
            continue;
        }

        if (p == args.data || memchr("&;?#", p[-1], 4) != NULL) {
            return 1;
        }
    }

    return 0;
}


/* is that byte, or "%", among them? 1 may be wrong, 0 is not */

static int
gate_query_has(gate_str_t args, unsigned char first)
{
    size_t    i;
    uint64_t  w, each;

    each = GATE_QUERY_EACH * first;

    for (i = 0; i < args.len; i += 8) {

        if (args.len < 8) {
            w = gate_word_few(args.data, args.len);

        } else {
            /* the last ones with some that have been looked at */
            w = gate_word(args.data + (i + 8 <= args.len ? i : args.len - 8));
        }

        if (gate_query_zero(w ^ each)
            | gate_query_zero(w ^ GATE_QUERY_EACH * '%'))
        {
            return 1;
        }
    }

    return 0;
}


/* not 0 if one of eight bytes is */

static uint64_t
gate_query_zero(uint64_t w)
{
    return (w - GATE_QUERY_EACH) & ~w & (GATE_QUERY_EACH * 0x80);
}


size_t
gate_query_count(gate_str_t args, gate_str_t name)
{
    size_t      n, pos;
    gate_str_t  arg, value;

    n = 0;
    pos = 0;

    while (gate_uri_arg(args, name, &pos, &arg, &value)) {
        n++;
    }

    return n;
}


size_t
gate_query_rename(gate_str_t args, gate_str_t name, gate_str_t to,
    unsigned char *dst)
{
    size_t          pos;
    gate_str_t      arg, value;
    unsigned char  *d;
    const unsigned char  *from, *eq;

    d = dst;
    pos = 0;
    from = args.data;

    while (gate_uri_arg(args, name, &pos, &arg, &value)) {

        d = gate_str_copy(d, gate_str(from, (size_t) (arg.data - from)));
        d = gate_str_copy(d, to);

        /* what ends the name: "=", or the argument itself */

        eq = memchr(arg.data, '=', arg.len);
        from = eq ? eq : arg.data + arg.len;
    }

    if (args.len != 0) {
        d = gate_str_copy(d, gate_str(from, (size_t) (args.data + args.len
                                                      - from)));
    }

    return (size_t) (d - dst);
}


size_t
gate_query_add(unsigned char *dst, size_t len, gate_str_t name,
    gate_str_t value)
{
    unsigned char  *d;

    d = dst + len;

    if (len != 0) {
        *d++ = '&';
    }

    d = gate_str_copy(d, name);
    *d++ = '=';

    return (size_t) (d - dst) + gate_uri_escape(value, d);
}


size_t
gate_query_room(gate_str_t name, gate_str_t value)
{
    return 2 + name.len + 3 * value.len;
}
