/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Signatures that others made and published: RFC 7515 A.4, RFC 7520 4.1 to
 * 4.4, RFC 8037 A.4.  Those of RFC 7515 A.1 to A.3 are tokens: jwt_test.c.
 */

#include "gate_b64.h"
#include "gate_jwks.h"
#include "mint.h"


static const struct {
    const char  *name;
    const char  *jwk;
    const char  *input;
    const char  *sig;
    unsigned     alg;
} published[] = {

    { "RFC 7515 A.4, ES512",
      "{'kty':'EC','crv':'P-521','x':'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTj"
      "xrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk','y':'ADSmRA43Z1DSNx_R"
      "vcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj"
      "2'}",
      "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA",
      "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-"
      "KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7i"
      "KvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn", GATE_ES512 },

    { "RFC 7520 4.3, ES512",
      "{'kty':'EC','kid':'bilbo.baggins@hobbiton.example','use':'sig','crv':'P-"
      "521','x':'AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKq"
      "jqvjyekWF-7ytDyRXYgCF5cj0Kt','y':'AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34"
      "kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1'}",
      "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ"
      "9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZ"
      "G9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlv"
      "dXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB"
      "0IG9mZiB0by4",
      "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KR"
      "TzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_I"
      "EKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2", GATE_ES512 },

    { "RFC 7520 4.4, HS256",
      "{'kty':'oct','kid':'018c0ae5-4d9b-471b-bfd6-eef314bc7037','use':'sig',"
      "'alg':'HS256','k':'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg'}",
      "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJ"
      "jNzAzNyJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0I"
      "HlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBr"
      "ZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJ"
      "lIHN3ZXB0IG9mZiB0by4",
      "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0", GATE_HS256 },

    { "RFC 7520 4.1, RS256",
      "{'kty':'RSA','kid':'bilbo.baggins@hobbiton.example','use':'sig','n':'n"
      "4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWT"
      "DvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr"
      "5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHp"
      "PI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqK"
      "nS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw','e':'AQ"
      "AB'}",
      "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZS"
      "J9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXI"
      "gZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwI"
      "HlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN"
      "3ZXB0IG9mZiB0by4",
      "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O"
      "2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-Xt"
      "L0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8"
      "Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-"
      "ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
      GATE_RS256 },

    { "RFC 7520 4.2, PS384",
      "{'kty':'RSA','kid':'bilbo.baggins@hobbiton.example','use':'sig','n':'n"
      "4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWT"
      "DvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr"
      "5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHp"
      "PI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqK"
      "nS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw','e':'AQ"
      "AB'}",
      "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZS"
      "J9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXI"
      "gZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwI"
      "HlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN"
      "3ZXB0IG9mZiB0by4",
      "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid"
      "6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiRe"
      "QFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm"
      "8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64Q"
      "QSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
      GATE_PS384 },

    { "RFC 8037 A.4, EdDSA",
      "{'kty':'OKP','crv':'Ed25519','x':'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIa"
      "aPcHURo'}",
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9"
      "g7sVvpAr_MuM0KAg", GATE_EDDSA },

    { NULL, NULL, NULL, NULL, 0 }
};


static void
test_published(void)
{
    char               err[256];
    size_t             i, n, len;
    unsigned           alg;
    gate_jwks_t       *set;
    unsigned char      sig[512];
    const gate_key_t  *key;

    for (i = 0; published[i].name != NULL; i++) {
        n = 0;
        set = gate_jwks_create();

        ok(gate_jwks_add_json(set, gate_cstr(mint_json(published[i].jwk)),
                              GATE_ALGS_ALL, err, sizeof(err))
           && gate_jwks_find(set, published[i].alg, NULL, &key, 1) == 1
           && gate_b64url_decode(gate_cstr(published[i].sig), sig, 512, &len)
           && gate_key_verify(key, published[i].alg,
                              gate_cstr(published[i].input),
                              gate_str(sig, len)), "%s", published[i].name);

        ok(!gate_key_verify(key, published[i].alg,
                            gate_str(published[i].input,
                                     strlen(published[i].input) - 1),
                            gate_str(sig, len)), "not of a shorter text");

        for (alg = GATE_HS256; alg <= GATE_EDDSA; alg <<= 1) {
            n += (alg != published[i].alg
                  && gate_key_verify(key, alg, gate_cstr(published[i].input),
                                     gate_str(sig, len)));
        }

        is_int(n, 0, "not under another alg");

        gate_jwks_destroy(set);
    }
}


int
main(void)
{
    test_published();

    return done_testing();
}
