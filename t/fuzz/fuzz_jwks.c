/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys: text as JSON, as PEM, as a secret.
 */

#include <openssl/err.h>

#include "fuzz.h"
#include "gate_jwks.h"



typedef int (*load_pt)(gate_jwks_t *set, gate_str_t text, unsigned algs,
    char *err, size_t errlen);


static int
add_pem(gate_jwks_t *set, gate_str_t text, unsigned algs, char *err,
    size_t errlen)
{
    return gate_jwks_add_pem(set, text, gate_str(NULL, 0), algs, err, errlen);
}


static int
add_secret(gate_jwks_t *set, gate_str_t text, unsigned algs, char *err,
    size_t errlen)
{
    return gate_jwks_add_secret(set, text, gate_cstr("k"), algs, err, errlen);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char               err[160];
    size_t             i, k, n;
    unsigned           alg;
    gate_str_t         in;
    gate_jwks_t       *set;
    const gate_key_t  *found[4];

    static const load_pt  loads[] = { gate_jwks_add_json, add_pem, add_secret };

    in = fuzz_copy(data, size);

    for (i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
        set = gate_jwks_create();
        memset(err, 'x', sizeof(err));

        if (!loads[i](set, in, GATE_ALGS_ALL, err, sizeof(err))) {
            must(memchr(err, '\0', sizeof(err)) != NULL && err[0] != '\0');

        } else {
            must(gate_jwks_count(set) != 0);
        }

        /* a key that was loaded verifies no noise, and does not fall over */

        for (alg = GATE_HS256; alg <= GATE_ED25519; alg <<= 1) {
            n = gate_jwks_find(set, alg, NULL, found, 4);

            for (k = 0; k < n; k++) {
                must(!gate_key_verify(found[k], alg, in, in));
            }
        }

        must(ERR_peek_error() == 0);
        gate_jwks_destroy(set);
    }

    free(in.data);

    return 0;
}
