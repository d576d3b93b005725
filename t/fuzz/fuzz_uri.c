/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Arguments by name.  Input: a name, a line break, the text.
 */

#include "fuzz.h"
#include "gate_scrub.h"
#include "gate_uri.h"


static void
both_ways(gate_str_t in)
{
    size_t          n;
    unsigned char  *escaped, *again;

    escaped = malloc(3 * in.len);
    again = malloc(3 * in.len);

    n = gate_uri_escape(in, escaped);
    must(n <= 3 * in.len);

    n = gate_uri_unescape(gate_str(escaped, n), again);
    must(gate_str_eq(in, gate_str(again, n)));

    free(escaped);
    free(again);
}


static size_t
count(gate_str_t args, gate_str_t name)
{
    size_t      n, pos, before;
    gate_str_t  arg, value;

    n = 0;
    pos = 0;
    before = 0;

    while (gate_uri_arg(args, name, &pos, &arg, &value)) {
        must(pos > before && n <= args.len);
        must(arg.data >= args.data
             && arg.data + arg.len <= args.data + args.len);
        must(value.data >= arg.data
             && value.data + value.len == arg.data + arg.len);
        before = pos;
        n++;
    }

    return n;
}


static void
arguments(gate_str_t args, gate_str_t name)
{
    size_t          n, len, pos;
    gate_str_t      copy, arg, value;
    unsigned char  *dst;

    n = count(args, name);
    dst = malloc(args.len);
    len = gate_uri_args_without(args, name, dst);

    must(len <= args.len);
    must(count(gate_str(dst, len), name) == 0);
    must(!gate_uri_args_have(gate_str(dst, len), name));
    must(gate_uri_args_have(args, name)
         == !gate_str_eq(args, gate_str(dst, len)));
    free(dst);

    copy = fuzz_copy(args.data, args.len);
    must(gate_uri_args_mask(copy, name) >= n);
    must(count(copy, name) == n);

    pos = 0;

    while (gate_uri_arg(copy, name, &pos, &arg, &value)) {
        for (len = 0; len < value.len; len++) {
            must(value.data[len] == '*');
        }
    }

    /* in place */

    len = gate_uri_args_without(copy, name, copy.data);
    must(count(gate_str(copy.data, len), name) == 0);
    free(copy.data);
}


/* a line of a log: its length and separators stay, and twice is once */

static void
scrub(gate_str_t text, gate_str_t name)
{
    size_t        i;
    gate_str_t    copy, again;
    gate_scrub_t  names;

    names.fields = &name;
    names.nfields = 1;
    names.args = &name;
    names.nargs = 1;

    copy = fuzz_copy(text.data, text.len);
    (void) gate_scrub_line(copy, &names);

    for (i = 0; i < text.len; i++) {
        must(copy.data[i] == text.data[i] || copy.data[i] == '*');
    }

    again = fuzz_copy(copy.data, copy.len);
    (void) gate_scrub_line(again, &names);
    must(gate_str_eq(copy, again));
    free(again.data);

    (void) gate_scrub_target(copy, &names);
    free(copy.data);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gate_str_t  name, text, args;

    name = fuzz_split(gate_str(data, size), '\n', &text);
    name = fuzz_copy(name.data, name.len);
    args = fuzz_copy(text.data, text.len);

    both_ways(args);
    arguments(args, name);
    scrub(args, name);

    free(args.data);
    free(name.data);

    return 0;
}
