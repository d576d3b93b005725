
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The closed table of field names that only the gateway may send.
 */


#include "gate_names.h"


typedef enum {
    GATE_NAME_WHOLE,              /* the name and no other */
    GATE_NAME_FAMILY,             /* the name, and anything after "name-" */
    GATE_NAME_START               /* anything that begins with the name */
} gate_name_kind_e;


typedef struct {
    gate_str_t             name;
    unsigned char          third;             /* its third byte, 0: none */
    gate_name_kind_e       kind;
    gate_name_e            belongs;
} gate_name_row_t;


static gate_name_e gate_name_lookup(gate_str_t name);
static int gate_name_matches(const gate_name_row_t *row, gate_str_t name);
static int gate_name_begins(gate_str_t name, gate_str_t with);
static unsigned char gate_name_fold(unsigned char c);


static const gate_name_row_t  gate_name_rows[] = {
    { gate_string("x-consumer"), 'c',
      GATE_NAME_FAMILY, GATE_NAME_RESERVED },
    { gate_string("x-credential"), 'c',
      GATE_NAME_FAMILY, GATE_NAME_RESERVED },
    { gate_string("x-client-trace-id"), 'c',
      GATE_NAME_WHOLE, GATE_NAME_RESERVED },
    { gate_string("x-anonymous-consumer"), 'a',
      GATE_NAME_WHOLE, GATE_NAME_RESERVED },
    { gate_string("x-authenticated"), 'a',
      GATE_NAME_FAMILY, GATE_NAME_RESERVED },
    { gate_string("x-gate"), 'g',
      GATE_NAME_FAMILY, GATE_NAME_RESERVED },
    { gate_string("x-lane"), 'l',
      GATE_NAME_START, GATE_NAME_RESERVED },
    { gate_string("x-envoy"), 'e',
      GATE_NAME_FAMILY, GATE_NAME_RESERVED },
    { gate_string("x-istio"), 'i',
      GATE_NAME_FAMILY, GATE_NAME_RESERVED },
    { gate_string("x-forwarded"), 'f',
      GATE_NAME_FAMILY, GATE_NAME_RESERVED },
    { gate_string("x-real-ip"), 'r',
      GATE_NAME_WHOLE, GATE_NAME_RESERVED },
    { gate_string("x-request-id"), 'r',
      GATE_NAME_WHOLE, GATE_NAME_RESERVED },
    { gate_string("x-ot-span-context"), 'o',
      GATE_NAME_WHOLE, GATE_NAME_RESERVED },
    { gate_string("forwarded"), 'r',
      GATE_NAME_WHOLE, GATE_NAME_RESERVED },
    { gate_string("traceparent"), 'a',
      GATE_NAME_WHOLE, GATE_NAME_TRACE_W3C },
    { gate_string("tracestate"), 'a',
      GATE_NAME_WHOLE, GATE_NAME_TRACE_W3C },
    { gate_string("b3"), 0,
      GATE_NAME_WHOLE, GATE_NAME_TRACE_B3 },
    { gate_string("x-b3"), 'b',
      GATE_NAME_FAMILY, GATE_NAME_TRACE_B3 }
};


/* lower case, and "-" for every byte that is no letter or digit */

static const unsigned char  gate_name_folded[256] = {
    [0 ... '0' - 1] = '-', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3',
    ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8',
    ['9'] = '9', ['9' + 1 ... 'A' - 1] = '-', ['A'] = 'a', ['B'] = 'b',
    ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g',
    ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l',
    ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q',
    ['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v',
    ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z',
    ['Z' + 1 ... 'a' - 1] = '-', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c',
    ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h',
    ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm',
    ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r',
    ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w',
    ['x'] = 'x', ['y'] = 'y', ['z'] = 'z', ['z' + 1 ... 255] = '-'
};


gate_name_e
gate_name_class(gate_str_t name, const gate_str_t *more, size_t nmore)
{
    size_t  i;

    /* first: "add=traceparent" means that it goes whatever is traced */

    for (i = 0; i < nmore; i++) {
        if (gate_name_eq(name, more[i])) {
            return GATE_NAME_RESERVED;
        }
    }

    if (name.len < 2) {
        return GATE_NAME_FREE;
    }

    return gate_name_lookup(name);
}


void
gate_name_first_add(gate_name_first_t *first, gate_str_t name)
{
    unsigned  c;

    for (c = 0; name.len != 0 && c < 256; c++) {
        if (gate_name_fold((unsigned char) c) == gate_name_fold(name.data[0])) {
            gate_name_first_bit(first, (unsigned char) c);
        }
    }
}


void
gate_name_first_reserved(gate_name_first_t *first)
{
    size_t  i;

    for (i = 0; i < sizeof(gate_name_rows) / sizeof(gate_name_rows[0]); i++) {
        gate_name_first_add(first, gate_name_rows[i].name);
    }
}


int
gate_name_eq(gate_str_t a, gate_str_t b)
{
    return a.len == b.len && gate_name_begins(a, b);
}


static gate_name_e
gate_name_lookup(gate_str_t name)
{
    size_t         i;
    unsigned char  third;

    third = (name.len > 2) ? gate_name_fold(name.data[2]) : 0;

    for (i = 0; i < sizeof(gate_name_rows) / sizeof(gate_name_rows[0]); i++) {
        if (gate_name_rows[i].third == third
            && gate_name_matches(&gate_name_rows[i], name))
        {
            return gate_name_rows[i].belongs;
        }
    }

    return GATE_NAME_FREE;
}


static int
gate_name_matches(const gate_name_row_t *row, gate_str_t name)
{
    if (name.len < row->name.len) {
        return 0;
    }

    if (name.len > row->name.len) {
        if (row->kind == GATE_NAME_WHOLE) {
            return 0;
        }

        if (row->kind == GATE_NAME_FAMILY
            && gate_name_fold(name.data[row->name.len]) != '-')
        {
            return 0;
        }
    }

    return gate_name_begins(name, row->name);
}


/* the caller has seen that "name" is not shorter */

static int
gate_name_begins(gate_str_t name, gate_str_t with)
{
    size_t  i;

    for (i = 0; i < with.len; i++) {
        if (name.data[i] != with.data[i]
            && gate_name_fold(name.data[i]) != gate_name_fold(with.data[i]))
        {
            return 0;
        }
    }

    return 1;
}


static unsigned char
gate_name_fold(unsigned char c)
{
    return gate_name_folded[c];
}
