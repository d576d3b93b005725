/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * traceparent, tracestate, UUIDs, and what proxies say.
 */

#include "fuzz.h"
#include "gate_forwarded.h"
#include "gate_trace.h"


static void
uuid(const uint8_t *data)
{
    size_t         i;
    unsigned char  text[GATE_UUID_LEN];

    gate_uuid_format(data, text);

    for (i = 0; i < GATE_UUID_LEN; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            must(text[i] == '-');
            continue;
        }

        must((text[i] >= '0' && text[i] <= '9')
             || (text[i] >= 'a' && text[i] <= 'f'));
    }

    must(text[14] == '4');
    must(memchr("89ab", text[19], 4) != NULL);
}


/* well formed: so is each half at a comma, and they add up */

static void
state(gate_str_t in)
{
    int         n;
    gate_str_t  head, tail;

    n = gate_tracestate_members(in);
    head = fuzz_split(in, ',', &tail);

    if (n >= 0) {
        must(gate_tracestate_members(head)
             + gate_tracestate_members(tail) == n);
    }

    /* what a list ends with is in it, and no list */

    tail = gate_forwarded_last(in);
    must(tail.len <= in.len);
    must(tail.len == 0 || memchr(tail.data, ',', tail.len) == NULL);

    if (gate_forwarded_is_host(in)) {
        must(in.len > 0 && in.len <= 255);
        must(memchr(in.data, ' ', in.len) == NULL
             && memchr(in.data, ',', in.len) == NULL
             && memchr(in.data, '/', in.len) == NULL);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gate_str_t     in;
    gate_trace_t   t, again;
    unsigned char  text[GATE_TRACEPARENT_LEN];

    in = fuzz_copy(data, size);
    memset(&t, 0x5a, sizeof(t));
    memset(&again, 0xa5, sizeof(again));

    if (gate_trace_parse(in, &t)) {
        must(size >= GATE_TRACEPARENT_LEN);

        gate_trace_format(&t, text);

        must(gate_trace_parse(gate_str(text, sizeof(text)), &again));
        must(memcmp(&t, &again, sizeof(t)) == 0);
        must(memcmp(text, "00-", 3) == 0);

        /* ids go on as they came */

        must(memcmp(text + 3, in.data + 3, 49) == 0
             || in.data[0] != '0' || in.data[1] != '0');
    }

    state(in);

    if (size >= 16) {
        uuid(data);
    }

    free(in.data);

    return 0;
}
