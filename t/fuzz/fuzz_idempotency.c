/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys, and records that were kept in Redis.  Input: a key, a newline, a
 * record.
 */

#include "fuzz.h"
#include "gate_idempotency.h"


static void
must_line(gate_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        must(s.data[i] != '\r' && s.data[i] != '\n' && s.data[i] != '\0');
    }
}


/* written again it is the same */

static void
must_return(gate_str_t in, const gate_idempotency_t *r)
{
    size_t          pos;
    gate_str_t      name, value;
    unsigned char  *p, *whole;

    whole = malloc(in.len);
    p = gate_idempotency_head(whole, r, r->fields.len);

    pos = 0;

    while (gate_idempotency_field(r, &pos, &name, &value)) {
        must(name.len != 0);
        must_line(name);
        must_line(value);
        p = gate_idempotency_put(p, name, value);
    }

    must(pos == r->fields.len);

    p = gate_str_copy(gate_idempotency_length(p, r->body.len), r->body);

    must((size_t) (p - whole) == in.len);
    must(memcmp(whole, in.data, in.len) == 0);

    free(whole);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t              n, i;
    gate_str_t          key, rest, in;
    unsigned char       dst[GATE_IDEMPOTENCY_KEY];
    gate_idempotency_t  r;

    key = fuzz_split(gate_str(data, size), '\n', &rest);

    key = fuzz_copy(key.data, key.len);
    in = fuzz_copy(rest.data, rest.len);

    n = gate_idempotency_key(key, dst);

    must(n <= GATE_IDEMPOTENCY_KEY && n <= key.len);

    for (i = 0; i < n; i++) {
        must(dst[i] >= 0x20 && dst[i] <= 0x7e);
    }

    if (gate_idempotency_parse(in, &r)) {
        must_line(r.line);
        must_line(r.type);

        if (r.kind == GATE_IDEMPOTENCY_ANSWER) {
            must_return(in, &r);
        }
    }

    free(key.data);
    free(in.data);

    return 0;
}
