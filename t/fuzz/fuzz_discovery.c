
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A discovery document, and the file and fields of a set of keys.
 */

#include "fuzz.h"
#include "gate_discovery.h"
#include "gate_keyset.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t              ttl;
    gate_str_t           in, uri, hosts[1];
    const char          *why;
    unsigned char        buf[GATE_DISCOVERY_URI];
    gate_discovery_t     d;
    gate_keyset_file_t   f;

    in = fuzz_copy(data, size);

    hosts[0] = gate_cstr("keys.example:8443");

    d.issuer = gate_cstr("https://id.example/a");
    d.hosts = hosts;
    d.nhosts = 1;

    why = gate_discovery_keys(&d, in, buf, &uri);

    if (why == NULL) {
        must(uri.data == buf && uri.len <= GATE_DISCOVERY_URI);
        must(gate_str_begins_nocase(uri, gate_cstr("https://id.example"))
             || gate_str_begins_nocase(uri,
                                   gate_cstr("https://keys.example:8443")));
    }

    ttl = gate_keyset_ttl(in);
    must(ttl >= GATE_KEYSET_TTL_MIN && ttl <= GATE_KEYSET_TTL_MAX);

    (void) gate_keyset_json(in);

    if (gate_keyset_parse(in, &f)) {
        must(f.text.data + f.text.len == in.data + in.len);
    }

    free(in.data);

    return 0;
}
