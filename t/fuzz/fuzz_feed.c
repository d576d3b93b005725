/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Messages and keys of the feed: what is taken apart stays in its buffer, and
 * what was written by the rules is read as it was meant.
 */

#include "fuzz.h"
#include "gate_feed.h"
#include "gate_uri.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t               n;
    uint64_t             version;
    gate_str_t           in;
    unsigned char        text[32 + 3 * 1400];
    gate_feed_change_t   change;

    in = gate_str(data, size);

    if (gate_feed_message(in, &version, &change)) {
        must(change.name.len <= GATE_FEED_NAME);
    }

    if (gate_feed_key(in, &change)) {
        must(change.name.len <= GATE_FEED_NAME);
    }

    if (size == 0 || size > 1400) {
        return 0;
    }

    n = (size_t) sprintf((char *) text, "17 %c ", 'k');
    n += gate_uri_escape(in, text + n);

    if (gate_feed_message(gate_str(text, n), &version, &change)) {
        must(version == 17);
        must(gate_str_eq(change.name, in));

    } else {
        must(n - 5 > GATE_FEED_NAME);
    }

    return 0;
}
