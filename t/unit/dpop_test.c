/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * DPoP proofs: that of RFC 9449 7.1, and what must not be taken.
 */


#include "tap.h"
#include "gate_dpop.h"

#define HEAD  "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVD" \
              "IiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdC" \
              "RnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2" \
              "R1JEQSIsImNydiI6IlAtMjU2In19"
#define BODY  "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0" \
              "cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlh" \
              "dCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9h" \
              "Tnk1OUlpS0NBcWtzbVFFbyJ9"
#define SIGN  "2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6" \
              "Fy1dqd-jfxSYoMxhAJpLjA"

#define TOKEN  "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
#define JKT    "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
#define PATH   "/protectedresource"
#define HOST   "resource.example.org"


static const char *
verify(const char *proof, const char *method, const char *host,
    const char *path, const char *token, const char *jkt, int64_t now)
{
    gate_str_t         copy;
    const char        *why;
    gate_dpop_t        want;
    gate_dpop_proof_t  out;

    want.method = gate_cstr(method);
    want.scheme = gate_cstr("https");
    want.authority = gate_cstr(host);
    want.path = gate_cstr(path);
    want.token = gate_cstr(token);
    want.jkt = gate_cstr(jkt);
    want.now_s = now;
    want.skew_s = 5;
    want.max_age_s = 60;

    copy = gate_str(malloc(strlen(proof) + 1), strlen(proof));
    memcpy(copy.data, proof, copy.len);

    why = gate_dpop_verify(copy, &want, &out);

    if (why == NULL && (out.len != 16
                        || memcmp(out.jti, "e1j3V_bKic8-LAEB", 16) != 0))
    {
        why = "another jti";
    }

    free(copy.data);

    return why;
}


int
main(void)
{
    char    proof[1024];
    size_t  i;

    static const char     good[] = HEAD "." BODY "." SIGN;
    static const int64_t  now = 1562262618;

    is_str(verify(good, "GET", HOST, PATH, TOKEN, JKT, now), NULL,
           "RFC 9449 7.1");
    is_str(verify(good, "GET", "RESOURCE.example.org:443",
                  "/protected%72esource", TOKEN, JKT, now + 65), NULL,
           "the same target, written otherwise, at the last second");
    is_str(verify(good, "GET", HOST, PATH, TOKEN, JKT, now - 5), NULL,
           "a clock that is behind");

    ok(verify(good, "POST", HOST, PATH, TOKEN, JKT, now) != NULL, "htm");
    ok(verify(good, "get", HOST, PATH, TOKEN, JKT, now) != NULL,
       "htm in another case");
    ok(verify(good, "GET", "example.org", PATH, TOKEN, JKT, now) != NULL,
       "another host");
    ok(verify(good, "GET", HOST ":80", PATH, TOKEN, JKT, now) != NULL,
       "another port");
    ok(verify(good, "GET", HOST, "/other", TOKEN, JKT, now) != NULL,
       "another path");
    ok(verify(good, "GET", HOST, "/Protectedresource", TOKEN, JKT, now)
       != NULL, "a path in another case");
    ok(verify(good, "GET", HOST, PATH "/", TOKEN, JKT, now) != NULL,
       "a longer path");
    ok(verify(good, "GET", HOST, "/protected%2Fresource", TOKEN, JKT, now)
       != NULL, "a path with an escape");
    ok(verify(good, "GET", HOST, PATH, "other", JKT, now) != NULL, "ath");
    ok(verify(good, "GET", HOST, PATH, TOKEN,
              "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4M", now) != NULL,
       "another thumbprint");
    ok(verify(good, "GET", HOST, PATH, TOKEN, "", now) != NULL, "none");
    ok(verify(good, "GET", HOST, PATH, TOKEN, JKT, now + 66) != NULL,
       "too old");
    ok(verify(good, "GET", HOST, PATH, TOKEN, JKT, now - 6) != NULL,
       "of the future");

    for (i = 0; i < sizeof(good) - 1; i += 7) {
        memcpy(proof, good, sizeof(good));
        proof[i] = (proof[i] == 'A') ? 'B' : 'A';

        if (proof[i] != good[i]
            && verify(proof, "GET", HOST, PATH, TOKEN, JKT, now) == NULL)
        {
            fail("byte %zu", i);
        }
    }

    pass("no byte may be another");

    ok(verify("", "GET", HOST, PATH, TOKEN, JKT, now) != NULL, "empty");
    ok(verify("..", "GET", HOST, PATH, TOKEN, JKT, now) != NULL, "dots");
    ok(verify(HEAD "." BODY, "GET", HOST, PATH, TOKEN, JKT, now) != NULL,
       "two parts");
    ok(verify(HEAD "." BODY "." SIGN ".", "GET", HOST, PATH, TOKEN, JKT, now)
       != NULL, "four parts");
    ok(verify(HEAD "." BODY ".", "GET", HOST, PATH, TOKEN, JKT, now) != NULL,
       "no signature");

    return done_testing();
}
