/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Origins of strangers and of lists: a pattern, a line break, an origin.
 */

#include "fuzz.h"
#include "gate_cors.h"


/* what goes back in a field breaks no line, and ends no value */

static void
harmless(gate_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        must(s.data[i] > ' ' && s.data[i] < 0x7f && s.data[i] != ','
             && s.data[i] != '@' && s.data[i] != '\\' && s.data[i] != '"');
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                 fine;
    size_t              i;
    gate_str_t          in, pattern, value, copy, names[2];
    gate_origin_t       o;
    gate_cors_origin_t  p;

    in = fuzz_copy(data, size);
    pattern = fuzz_split(in, '\n', &value);
    copy = fuzz_copy(value.data, value.len);

    memset(&o, 0, sizeof(o));

    if (gate_origin_parse(copy, &o)) {
        harmless(copy);
        must(o.port <= 65535 && o.host.len != 0 && o.scheme.len != 0);
        must(o.host.data > o.scheme.data
             && o.host.data + o.host.len <= copy.data + copy.len);

        /* it is its own pattern */

        must(gate_cors_origin_parse(copy, &p) && p.kind == GATE_CORS_EXACT);
        must(gate_cors_allows(&p, 1, copy));
    }

    if (gate_cors_origin_parse(pattern, &p)
        && gate_cors_allows(&p, 1, copy) && p.kind != GATE_CORS_ANY)
    {
        harmless(copy);

        if (p.kind == GATE_CORS_BELOW) {
            must(o.host.len > p.origin.host.len);
            must(gate_str_eq_nocase(p.origin.host,
                     gate_str(o.host.data + o.host.len - p.origin.host.len,
                              p.origin.host.len)));
        }
    }

    names[0] = pattern;
    names[1] = gate_cstr("x-a");

    fine = gate_cors_fields(names, 2, copy);
    must(!fine || gate_cors_fields(NULL, 0, copy));

    if (gate_cors_fields(NULL, 0, copy)) {
        for (i = 0; i < copy.len; i++) {
            must(copy.data[i] == '\t'
                 || (copy.data[i] >= ' ' && copy.data[i] < 0x7f));
        }
    }

    free(copy.data);
    free(in.data);

    return 0;
}
