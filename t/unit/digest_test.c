/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * SHA-256: the vectors of FIPS 180, and our text form.
 */

#include "gate_digest.h"
#include "tap.h"


#define HEX_ABC                                                               \
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


typedef struct {
    const char  *message;
    const char  *digest;
} vector_t;


static const vector_t  vectors[] = {
    { "", "sha256:e3b0c44298fc1c149afbf4c8996fb924"
          "27ae41e4649b934ca495991b7852b855" },
    { "abc", "sha256:" HEX_ABC },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "sha256:248d6a61d20638b8e5c026930c3e6039"
      "a33ce45964ff2167f6ecedd419db06c1" },
    { NULL, NULL }
};


static const char  *malformed[] = {
    "", "sha256:", HEX_ABC, "sha256:" HEX_ABC "0", "SHA256:" HEX_ABC,
    "sha512:" HEX_ABC, "sha256:" HEX_ABC "\n", " sha256:" HEX_ABC,
    "sha256:ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sha256:b 7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
    NULL
};


int
main(void)
{
    size_t           i;
    unsigned char    got[GATE_SHA256_LEN], want[GATE_SHA256_LEN];
    gate_sha256_t   *h;

    h = gate_sha256_create();

    for (i = 0; vectors[i].message != NULL; i++) {
        ok(gate_sha256_parse(gate_cstr(vectors[i].digest), want)
           && gate_sha256(h, gate_cstr(vectors[i].message), got)
           && gate_digest_eq(got, want, GATE_SHA256_LEN),
           "vector %zu of FIPS 180", i);
    }

    gate_sha256_begin(h);
    gate_sha256_add(h, gate_cstr("a"));
    gate_sha256_add(h, gate_cstr(""));
    gate_sha256_add(h, gate_cstr("bc"));
    gate_sha256_end(h, got);

    ok(gate_sha256_parse(gate_cstr(vectors[1].digest), want)
       && gate_digest_eq(got, want, GATE_SHA256_LEN), "the same in pieces");

    for (i = 0; i < 1000; i++) {
        gate_sha256(h, gate_cstr("abc"), got);
    }

    gate_sha256_parse(gate_cstr("sha256:" HEX_ABC), want);
    is_mem(got, want, GATE_SHA256_LEN, "the context is as new each time");

    ok(gate_sha256_parse(gate_cstr("sha256:BA7816BF8F01CFEA414140DE5DAE2223"
                                   "b00361a396177a9cb410ff61f20015ad"), got)
       && memcmp(got, want, GATE_SHA256_LEN) == 0, "hex of either case");

    for (i = 0; malformed[i] != NULL; i++) {
        ok(!gate_sha256_parse(gate_cstr(malformed[i]), got),
           "not a digest: \"%s\"", malformed[i]);
    }

    got[31] ^= 1;
    ok(!gate_digest_eq(got, want, GATE_SHA256_LEN), "the last bit counts");
    ok(gate_digest_eq(got, want, 31), "the length counts");

    gate_sha256_destroy(h);
    gate_sha256_destroy(NULL);

    return done_testing();
}
