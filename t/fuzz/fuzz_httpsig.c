/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Signature-Input, Signature and the text that was signed, of any request.
 * Lines of the input: Signature-Input, Signature, authority, target, and one
 * field that is asked for under each name.
 */

#include "fuzz.h"
#include "gate_httpsig.h"


static int
field(void *data, gate_str_t name, size_t n, gate_str_t *value)
{
    must(name.len == 0 || memchr(name.data, '"', name.len) == NULL);

    *value = *(gate_str_t *) data;

    return n < 2;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                   i;
    const char              *why;
    gate_str_t               in, line[5], rest;
    gate_text_t              t, again;
    unsigned char           *one, *two;
    gate_httpsig_t           sig;
    gate_httpsig_request_t   r;

    in = fuzz_copy(data, size);
    rest = in;

    for (i = 0; i < 5; i++) {
        line[i] = fuzz_split(rest, '\n', &rest);
    }

    memset(&r, 0, sizeof(r));

    r.method = gate_cstr("GET");
    r.scheme = gate_cstr("http");
    r.authority = line[2];
    r.target = line[3];
    r.path = fuzz_split(line[3], '?', &r.query);
    r.has_query = (r.path.len != line[3].len);
    r.data = &line[4];
    r.field = field;

    one = malloc(65536);
    two = malloc(65536);

    if (gate_httpsig_parse(&sig, line[0], line[1], gate_str("", 0),
                           gate_str("", 0))
        == NULL)
    {
        must(sig.len <= GATE_HTTPSIG_BYTES);
        must(sig.keyid.len <= GATE_HTTPSIG_TEXT);

        gate_text_init(&t, one, 65536);
        gate_text_init(&again, two, 65536);

        why = gate_httpsig_base(&t, &sig, &r);

        must(gate_httpsig_base(&again, &sig, &r) == why);

        if (why == NULL) {
            must(!t.full);
            must(t.last - t.start == again.last - again.start);
            must(memcmp(one, two, (size_t) (t.last - t.start)) == 0);
            must(gate_httpsig_covers(&sig, gate_str("@method", 7)) == 0
                 || t.last - t.start > 14);
        }
    }

    free(one);
    free(two);
    free(in.data);

    return 0;
}
