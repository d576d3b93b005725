/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Addresses, networks and durations: what is read is written in one way, and
 * read again as the same.
 */

#include "fuzz.h"
#include "mesh_address.h"
#include "mesh_duration.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t         ms;
    gate_str_t      in, text;
    mesh_net_t      net;
    unsigned char   bytes[MESH_ADDRESS_TEXT];
    mesh_address_t  a, b;

    in = fuzz_copy(data, size);

    if (mesh_address_parse(in, &a)) {
        must(a.family == 4 || a.family == 6);

        text = gate_str(bytes, mesh_address_text(&a, bytes));
        must(text.len < MESH_ADDRESS_TEXT);
        must(mesh_address_parse(text, &b));
        must(mesh_address_same(&a, &b));

        must(mesh_net_parse(text, &net));
        must(mesh_net_has(&net, &a));
        (void) mesh_address_special(&a);
    }

    if (mesh_net_parse(in, &net)) {
        must(net.prefix <= (net.address.family == 4 ? 32 : 128));
        must(mesh_net_has(&net, &net.address));
    }

    if (mesh_duration_parse(in, &ms)) {
        must(ms >= 0 && ms <= MESH_DURATION_MAX);
    }

    free(in.data);

    return 0;
}
