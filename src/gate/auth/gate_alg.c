
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The algorithms of signatures that are known here (RFC 7518 3.1, RFC 8037
 * 3.1, RFC 9864 2.2): names, hashes, curves.
 */


#include "gate_alg.h"


static const gate_alg_t  gate_algs[] = {

    { "HS256", GATE_HS256, "SHA2-256", 32, NULL, NULL, 0 },
    { "HS384", GATE_HS384, "SHA2-384", 48, NULL, NULL, 0 },
    { "HS512", GATE_HS512, "SHA2-512", 64, NULL, NULL, 0 },
    { "RS256", GATE_RS256, "SHA2-256", 32, NULL, NULL, 0 },
    { "RS384", GATE_RS384, "SHA2-384", 48, NULL, NULL, 0 },
    { "RS512", GATE_RS512, "SHA2-512", 64, NULL, NULL, 0 },
    { "PS256", GATE_PS256, "SHA2-256", 32, NULL, NULL, 0 },
    { "PS384", GATE_PS384, "SHA2-384", 48, NULL, NULL, 0 },
    { "PS512", GATE_PS512, "SHA2-512", 64, NULL, NULL, 0 },
    { "ES256", GATE_ES256, "SHA2-256", 32, "P-256", "prime256v1", 32 },
    { "ES384", GATE_ES384, "SHA2-384", 48, "P-384", "secp384r1", 48 },
    { "ES512", GATE_ES512, "SHA2-512", 64, "P-521", "secp521r1", 66 },
    { "EdDSA", GATE_EDDSA, NULL, 0, "Ed25519", NULL, 32 },
    { "Ed25519", GATE_ED25519, NULL, 0, "Ed25519", NULL, 32 },

    { NULL, GATE_ALG_NONE, NULL, 0, NULL, NULL, 0 }
};


unsigned
gate_alg_parse(gate_str_t name)
{
    const gate_alg_t  *row;

    for (row = gate_algs; row->name != NULL; row++) {
        if (gate_str_eq(name, gate_cstr(row->name))) {
            return row->alg;
        }
    }

    return GATE_ALG_NONE;
}


const char *
gate_alg_name(unsigned alg)
{
    const gate_alg_t  *row;

    row = gate_alg_row(alg);

    return (row == NULL) ? "none" : row->name;
}


const gate_alg_t *
gate_alg_row(unsigned alg)
{
    const gate_alg_t  *row;

    for (row = gate_algs; row->name != NULL; row++) {
        if (row->alg == alg) {
            return row;
        }
    }

    return NULL;
}


const gate_alg_t *
gate_alg_rows(void)
{
    return gate_algs;
}


unsigned
gate_alg_curve(gate_str_t crv)
{
    unsigned           algs;
    const gate_alg_t  *row;

    algs = 0;

    for (row = gate_algs; row->name != NULL; row++) {
        if (row->crv != NULL && gate_str_eq(crv, gate_cstr(row->crv))) {
            algs |= row->alg;
        }
    }

    return algs;
}
