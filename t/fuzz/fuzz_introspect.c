
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Answers to token introspection, and tokens asked about.
 */

#include "fuzz.h"
#include "gate_introspect.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gate_str_t               in, aud[1];
    unsigned char            buf[GATE_INTROSPECT_ASK];
    gate_introspect_t        rules[2];
    gate_introspect_rc_e     rc;
    gate_introspect_said_t   said;
    size_t                   i;

    in = fuzz_copy(data, size);
    aud[0] = gate_cstr("api");

    memset(rules, 0, sizeof(rules));
    rules[1].issuer = gate_cstr("i");
    rules[1].audiences = aud;
    rules[1].naudiences = 1;

    for (i = 0; i < 2; i++) {
        rc = gate_introspect_read(&rules[i], in, 1000, &said);

        must((rc == GATE_INTROSPECT_OK) == (said.claims != NULL));
        must(said.why != NULL);

        if (rc == GATE_INTROSPECT_OK) {
            must(said.exp_s > 1000 && said.nbf_s <= 1000);
            must(json_is_true(json_object_get(said.claims, "active")));
        }

        json_decref(said.claims);
    }

    if (gate_introspect_fits(in)) {
        must(gate_introspect_ask(in, buf) <= sizeof(buf));
    }

    free(in.data);

    return 0;
}
