/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * DPoP proofs.  What has a line break is a header and claims that are encoded
 * here first, so that changes reach what is behind base64url.
 */

#include "fuzz.h"
#include "gate_dpop.h"


static size_t
encode(gate_str_t in, char *dst)
{
    size_t    i, n, bits;
    uint32_t  v;

    static const char  a[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
                             "wxyz0123456789-_";

    n = 0;
    v = 0;
    bits = 0;

    for (i = 0; i < in.len; i++) {
        v = v << 8 | in.data[i];
        bits += 8;

        while (bits >= 6) {
            bits -= 6;
            dst[n++] = a[v >> bits & 63];
        }
    }

    if (bits != 0) {
        dst[n++] = a[v << (6 - bits) & 63];
    }

    return n;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char               text[16384];
    size_t             n;
    gate_str_t         in, head, body;
    const char        *why;
    gate_dpop_t        want;
    gate_dpop_proof_t  out;

    if (size > 8000) {
        return 0;
    }

    in = fuzz_copy(data, size);
    head = fuzz_split(in, '\n', &body);

    want.method = gate_cstr("GET");
    want.scheme = gate_cstr("https");
    want.authority = gate_cstr("resource.example.org");
    want.path = gate_cstr("/protectedresource");
    want.token = gate_cstr("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
    want.jkt = gate_cstr("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    want.now_s = 1562262618;
    want.skew_s = 5;
    want.max_age_s = 60;

    why = gate_dpop_verify(in, &want, &out);

    if (why == NULL) {
        must(out.len != 0 && out.len <= GATE_DPOP_JTI);
        must(out.iat_s >= want.now_s - 65 && out.iat_s <= want.now_s + 5);
    }

    if (head.len != size) {
        n = encode(head, text);
        text[n++] = '.';
        n += encode(body, text + n);
        text[n++] = '.';
        memset(text + n, 'A', 86);

        /* nobody has that key */

        must(gate_dpop_verify(gate_str(text, n + 86), &want, &out) != NULL);
    }

    free(in.data);

    return 0;
}
