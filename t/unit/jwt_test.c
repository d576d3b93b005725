/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens: each of the corpus is answered as it should be; times to the
 * second; published tokens; and no change of a good token is accepted.
 */

#include <openssl/err.h>
#include <openssl/rand.h>

#include "jwt_corpus.h"


#define RANDOM  10000


static gate_jwt_heads_t  heads;


/* headers that are remembered, here of all the tokens before, change nothing */

static gate_jwt_rc_e
corpus_both(gate_str_t token, int64_t now_s, gate_jwt_result_t *out)
{
    int                same;
    gate_jwt_rc_e      rc, again;
    gate_jwt_result_t  other;

    rc = corpus_verify(token, now_s, out);
    again = gate_jwt_verify(corpus_issuers, corpus_nissuers, &heads, token,
                            now_s, &other);

    same = again == rc && other.why == out->why && other.exp_s == out->exp_s
           && other.nbf_s == out->nbf_s && other.tries == out->tries
           && other.text == out->text && other.issuer == out->issuer
           && json_equal(other.claims, out->claims)
              == json_equal(out->claims, out->claims);

    if (!same) {
        ok(0, "the same with headers that are remembered: %s, and %s",
           out->why, other.why);
    }

    json_decref(other.claims);

    return rc;
}


static void
test_corpus(void)
{
    size_t             i, good;
    gate_jwt_rc_e      rc;
    gate_jwt_result_t  out;

    good = 0;

    for (i = 0; i < ncorpus; i++) {
        rc = corpus_both(corpus[i].token, NOW, &out);

        ok(rc == corpus[i].rc && out.why != NULL
           && (out.claims != NULL) == (rc == OK)
           && out.tries <= GATE_JWT_KEYS
           && (rc != BAD || gate_jwt_detail(out.why) != NULL)
           && (out.tries == 0 || rc == OK || rc == BAD)
           && ERR_peek_error() == 0,
           "%s: %s: %s", rc == OK ? "good" : "refused", corpus[i].name,
           out.why);

        good += (rc == OK);
        json_decref(out.claims);
    }

    diag("%zu tokens, %zu of them good", ncorpus, good);
}


typedef struct {
    const char      *times;
    int64_t          leeway_s;
    int64_t          now_s;
    gate_jwt_rc_e    rc;
    int64_t          exp_s;
    int64_t          nbf_s;
} instant_t;


/* RFC 7519 4.1.4: expired on that second; 4.1.5: good on that second */

static const instant_t  instants[] = {
    { "'exp':1000", 0, 999, OK, 1000, 0 },
    { "'exp':1000", 0, 1000, EXP, 0, 0 },
    { "'exp':1000", 0, 1001, EXP, 0, 0 },
    { "'exp':1000", 30, 1029, OK, 1000, 0 },
    { "'exp':1000", 30, 1030, EXP, 0, 0 },
    { "'exp':1000.0", 0, 999, OK, 1000, 0 },
    { "'exp':1000.9", 0, 999, OK, 1000, 0 },
    { "'exp':1000.9", 0, 1000, EXP, 0, 0 },
    { "'exp':1000,'nbf':900", 0, 899, NBF, 0, 0 },
    { "'exp':1000,'nbf':900", 0, 900, OK, 1000, 900 },
    { "'exp':1000,'nbf':900", 30, 869, NBF, 0, 0 },
    { "'exp':1000,'nbf':900", 30, 870, OK, 1000, 900 },
    { "'exp':1000,'nbf':900.1", 0, 900, NBF, 0, 0 },
    { "'exp':1000,'nbf':900.1", 0, 901, OK, 1000, 901 },
    { "'exp':1000,'nbf':1000", 0, 1000, EXP, 0, 0 },
    { "'exp':1000,'nbf':2000", 0, 1500, EXP, 0, 0 },
    { "'exp':4294967296", 0, 4294967295, OK, 4294967296, 0 },
    { "'exp':4294967296", 0, 4294967296, EXP, 0, 0 },
    { "'exp':9007199254740992", 0, 9007199254740991, OK, 9007199254740992, 0 },
    { "'exp':9007199254740992.0", 0, 1, OK, 9007199254740992, 0 },
    { "'exp':9007199254740994.0", 0, 1, BAD, 0, 0 },
    { NULL, 0, 0, BAD, 0, 0 }
};


static void
test_times(void)
{
    char               *token;
    gate_jwt_rc_e       rc, again;
    const instant_t    *t;
    gate_jwt_result_t   out;

    for (t = instants; t->times != NULL; t++) {
        corpus_issuer[2].leeway_s = t->leeway_s;

        token = mint("{'alg':'HS256'}",
                     mint_fmt("{'iss':'https://hs',%s}", t->times), "HS256",
                     "secret");
        rc = corpus_both(gate_cstr(token), t->now_s, &out);
        again = gate_jwt_check_time(out.exp_s, out.nbf_s, t->leeway_s,
                                    t->now_s);

        ok(rc == t->rc && (rc == BAD || again == rc)
           && (rc != OK || (out.exp_s == t->exp_s && out.nbf_s == t->nbf_s)),
           "%s, leeway %ld, at %ld: %s", t->times, (long) t->leeway_s,
           (long) t->now_s, out.why);

        json_decref(out.claims);
    }

    corpus_issuer[2].leeway_s = 0;
}


/* RFC 7515 A.1 to A.3: one payload, which ends in March 2011 */

#define RFC_PAYLOAD                                                           \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmN" \
    "vbS9pc19yb290Ijp0cnVlfQ"

#define RFC_KEYS                                                              \
    "{'keys':[{'kty':'oct','k':'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T" \
    "-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'},"                           \
    "{'kty':'RSA','e':'AQAB','n':'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoT" \
    "bji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCg" \
    "NMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re" \
    "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9" \
    "kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW" \
    "9gb54h4FRWyuXpoQ'},"                                                     \
    "{'kty':'EC','crv':'P-256','x':'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvR" \
    "VEU','y':'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'}]}"


static const char  *rfc_tokens[] = {
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." RFC_PAYLOAD
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",

    "eyJhbGciOiJSUzI1NiJ9." RFC_PAYLOAD
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm"
    "4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f"
    "_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOL"
    "n6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUT"
    "I8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",

    "eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxf"
    "KTUJqPP3-Kg6NU1Q"
};


static void
test_published(void)
{
    char                      err[256];
    size_t                    i;
    gate_jwt_rc_e             rc;
    gate_jwt_issuer_t         joe;
    gate_jwt_result_t         out;
    const gate_jwt_issuer_t  *issuers[1];

    memset(&joe, 0, sizeof(joe));
    joe.issuer = gate_cstr("joe");
    joe.algs = HS|RS|ES;
    joe.keys = gate_jwks_create();
    issuers[0] = &joe;

    ok(gate_jwks_add_json(joe.keys, gate_cstr(mint_json(RFC_KEYS)), joe.algs,
                          err, sizeof(err)), "the keys of RFC 7515");

    for (i = 0; i < 3; i++) {
        rc = gate_jwt_verify(issuers, 1, NULL, gate_cstr(rfc_tokens[i]),
                             1300819379, &out);
        ok(rc == OK && gate_jwt_claim_is(out.claims,
           gate_cstr("http://example.com/is_root"), gate_cstr("true")),
           "RFC 7515 A.%zu: %s", i + 1, out.why);
        json_decref(out.claims);

        rc = gate_jwt_verify(issuers, 1, NULL, gate_cstr(rfc_tokens[i]),
                             1300819380, &out);
        is_int(rc, EXP, "RFC 7515 A.%zu a second later", i + 1);

        rc = gate_jwt_verify(corpus_issuers, corpus_nissuers, NULL,
                             gate_cstr(rfc_tokens[i]), 1300819379, &out);
        is_int(rc, ISS, "RFC 7515 A.%zu for others", i + 1);
    }

    is_int(gate_jwt_verify(NULL, 0, NULL, gate_cstr(rfc_tokens[0]), 1, &out),
           ISS,
           "no issuers at all");

    gate_jwks_destroy(joe.keys);
}


static unsigned
dice(unsigned n)
{
    static unsigned  state = 20260101;

    state = state * 1103515245 + 12345;

    return (state >> 8) % n;
}


static void
test_mutations(void)
{
    char              *t;
    size_t             i, k, len, accepted;
    unsigned char     *copy;
    gate_jwt_result_t  out;

    static const char  *algs[] = { "HS256", "HS512", "RS256", "ES256" };
    static const char  *keys[] = { "secret", "secret", "rsa", "p256" };
    static const char  *iss[] = { "hs", "hs", "pem", "es256" };

    for (k = 0; k < 4; k++) {
        t = mint(mint_fmt("{'alg':'%s'}", algs[k]),
                 mint_fmt("{'iss':'https://%s','exp':2000000000}", iss[k]),
                 algs[k], keys[k]);
        len = strlen(t);
        copy = mint_alloc(len + 1);
        accepted = 0;

        for (i = 0; i < RANDOM; i++) {
            memcpy(copy, t, len);

            /* each bit once, bytes from then on */

            if (i < 8 * len) {
                copy[i / 8] ^= (unsigned char) (1 << i % 8);

            } else {
                copy[dice((unsigned) len)] = (unsigned char) dice(256);
            }

            if (corpus_both(gate_str(copy, len), NOW, &out) == OK) {
                accepted += (memcmp(copy, t, len) != 0);
                json_decref(out.claims);
            }
        }

        is_int(accepted, 0, "%s: no change of a bit or byte in %d is accepted",
               algs[k], RANDOM);

        accepted = 0;

        for (i = 0; i < len; i++) {
            accepted += (corpus_both(gate_str(t, i), NOW, &out) == OK);
        }

        is_int(accepted, 0, "%s: nor is a part of it", algs[k]);
    }
}


static void
test_noise(void)
{
    size_t              i, k, n, accepted;
    unsigned char       buf[512];
    gate_jwt_result_t   out;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
                                    "pqrstuvwxyz0123456789-_....";
    accepted = 0;

    for (i = 0; i < RANDOM; i++) {
        n = dice(sizeof(buf));

        for (k = 0; k < n; k++) {
            buf[k] = (unsigned char) ((i % 2) ? dice(256)
                                      : (unsigned) alphabet[dice(68)]);
        }

        accepted += (corpus_both(gate_str(buf, n), NOW, &out) == OK);
    }

    is_int(accepted, 0, "no noise in %d is accepted", RANDOM);
}


/* the issuer's list holds, whatever its keys could do */

static void
test_list(void)
{
    char               *t;
    gate_jwt_result_t   out;

    t = mint("{'alg':'RS512'}", "{'iss':'https://rs','exp':2e9,'aud':'api'}",
             "RS512", "rsa");
    corpus_issuer[0].algs = GATE_RS256|GATE_RS384;

    is_int(corpus_both(gate_cstr(t), NOW, &out), BAD, "alg is not listed");
    is_str(out.why, "alg is not one of the issuer", "which is said");

    corpus_issuer[0].algs = RS;

    is_int(corpus_both(gate_cstr(t), NOW, &out), OK, "alg is listed");
    json_decref(out.claims);
}


/* two good tokens: no exchange of parts is accepted */

static void
test_parts(void)
{
    int                 n, accepted;
    char               *a, *b, *part[2][3];
    gate_jwt_result_t   out;

    a = mint("{'alg':'HS256'}", "{'iss':'https://hs','exp':2000000000}",
             "HS256", "secret");
    b = mint("{'alg':'HS512'}", "{'iss':'https://mixed','exp':2000000000}",
             "HS512", "secret");
    accepted = 0;

    for (n = 0; n < 2; n++) {
        part[n][0] = strtok(n ? b : a, ".");
        part[n][1] = strtok(NULL, ".");
        part[n][2] = strtok(NULL, ".");
    }

    for (n = 0; n < 8; n++) {
        a = mint_fmt("%s.%s.%s", part[n & 1][0], part[n >> 1 & 1][1],
                     part[n >> 2][2]);

        if (corpus_both(gate_cstr(a), NOW, &out) == OK) {
            accepted++;
            json_decref(out.claims);
        }
    }

    is_int(accepted, 2, "of the eight exchanges of parts two are good");
}


/* what a token costs: signatures are looked at last, and few of them */

typedef struct {
    const char  *name;
    const char  *keys;                      /* "NAME:MORE NAME:MORE ..." */
    const char  *header;
    const char  *alg;
    const char  *signer;
    unsigned     tries;
    int          good;
} cost_t;


static const cost_t  costs[] = {
    { "a kid", "rsa:,'kid':'a' rsa2:,'kid':'b' rsa-evil:,'kid':'c'",
      "{'alg':'RS256','kid':'b'}", "RS256", "rsa2", 1, 1 },
    { "a kid, forged", "rsa:,'kid':'a' rsa2:,'kid':'b'",
      "{'alg':'RS256','kid':'b'}", "RS256", "rsa", 1, 0 },
    { "a kid of nobody", "rsa:,'kid':'a' rsa2:,'kid':'b'",
      "{'alg':'RS256','kid':'z'}", "RS256", "rsa", 0, 0 },
    { "no kid, alg leaves one of three",
      "rsa:,'alg':'RS256' rsa2:,'alg':'RS384' rsa-evil:,'alg':'RS512'",
      "{'alg':'RS512'}", "RS512", "rsa-evil", 1, 1 },
    { "no kid, alg leaves one, forged", "rsa: p256: p384: p521:",
      "{'alg':'ES384'}", "ES384", "p384-evil", 1, 0 },
    { "no kid, alg leaves none", "rsa: p256:", "{'alg':'ES384'}", "ES384",
      "p384", 0, 0 },
    { "no kid, the length leaves one", "rsa: rsa3072: rsa2:",
      "{'alg':'RS256'}", "RS256", "rsa3072", 1, 1 },
    { "no kid, the length leaves none", "rsa: rsa2:", "{'alg':'RS256'}",
      "RS256", "rsa3072", 0, 0 },
    { "no kid, three keys, the last", "rsa: rsa2: rsa-evil:",
      "{'alg':'RS256'}", "RS256", "rsa-evil", 3, 1 },
    { "no kid, three keys, forged", "rsa: rsa2: rsa-evil:",
      "{'alg':'RS256'}", "RS256", "rsa-other", 3, 0 },
    { "no kid, six keys, forged", "rsa:,'kid':'1' rsa2:,'kid':'2' "
      "rsa-evil:,'kid':'3' rsa:,'kid':'4' rsa:,'kid':'5' rsa:,'kid':'6'",
      "{'alg':'RS256'}", "RS256", "rsa-other", GATE_JWT_KEYS, 0 },
    { "none, forged", "rsa: rsa2:", "{'alg':'none'}", "RS256", "rsa", 0, 0 },
    { "alg not of the issuer", "rsa: rsa2:", "{'alg':'HS256'}", "HS256",
      "secret", 0, 0 },
    { NULL, NULL, NULL, NULL, NULL, 0, 0 }
};


static void
cost(const cost_t *row, const char *payload, gate_jwt_rc_e rc, unsigned tries)
{
    size_t                     at;
    char                      *set, *word, *next, err[256];
    gate_jwt_rc_e              got;
    gate_jwt_issuer_t          issuer;
    gate_jwt_result_t          out;
    const gate_jwt_issuer_t   *issuers[1];

    memset(&issuer, 0, sizeof(issuer));
    issuer.issuer = gate_cstr("i");
    issuer.audiences = corpus_aud;
    issuer.naudiences = 1;
    issuer.algs = RS|ES;
    issuer.keys = gate_jwks_create();
    issuers[0] = &issuer;

    set = "";

    for (word = mint_fmt("%s", row->keys); word != NULL; word = next) {
        next = strchr(word, ' ');

        if (next != NULL) {
            *next++ = '\0';
        }

        *strchr(word, ':') = '\0';
        set = mint_fmt("%s%s%s", set, set[0] ? "," : "",
                       mint_jwk(word, word + strlen(word) + 1));
    }

    if (!gate_jwks_add_json(issuer.keys,
                            gate_cstr(mint_fmt("{\"keys\":[%s]}", set)),
                            RS|ES, err, sizeof(err)))
    {
        mint_die(err);
    }

    got = gate_jwt_verify(issuers, 1, NULL,
                          gate_cstr(mint(row->header, payload, row->alg,
                                         row->signer)), NOW, &out);

    is_int(got, rc, "%s: as it should be: %s", row->name, out.why);
    is_int(out.tries, tries, "%s: %u signatures looked at", row->name, tries);

    at = 9;
    is_int(gate_jwt_keyless(issuers, 1, gate_cstr(mint(row->header, payload,
                                                       row->alg, row->signer)),
                            NOW, &at),
           strncmp(out.why, "no key of ", 10) == 0, "%s: is there a key?", row->name);
    is_int(at, 0, "%s: ... of which issuer", row->name);

    json_decref(out.claims);
    gate_jwks_destroy(issuer.keys);
}


static void
test_cost(void)
{
    const cost_t  *row;

    for (row = costs; row->name != NULL; row++) {
        cost(row, "{'iss':'i','aud':'api','exp':2e9}", row->good ? OK : BAD,
             row->tries);
    }

    /* whatever is wrong and cheap to see comes before any signature */

    cost(&costs[9], "{'iss':'j','aud':'api','exp':2e9}", ISS, 0);
    cost(&costs[9], "{'iss':'i','aud':'x','exp':2e9}", AUD, 0);
    cost(&costs[9], "{'iss':'i','aud':'api','exp':1}", EXP, 0);
    cost(&costs[9], "{'iss':'i','aud':'api','exp':2e9,'nbf':2e9}", NBF, 0);
    cost(&costs[9], "{'iss':'i','aud':'api'}", BAD, 0);
    cost(&costs[9], "{'iss':'i','aud':'api','exp':2e9,}", BAD, 0);
}


int
main(void)
{
    corpus_build();

    test_corpus();
    test_times();
    test_published();
    test_mutations();
    test_noise();
    test_list();
    test_parts();
    test_cost();

    corpus_end();

    return done_testing();
}
