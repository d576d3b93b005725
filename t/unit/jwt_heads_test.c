/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Headers of good tokens: the same bytes only, what they said, and no more of
 * them than there is room for; of a token that was refused none is kept.
 */

#include <stdio.h>

#include "jwt_corpus.h"


static void
test_table(void)
{
    char                    text[32];
    size_t                  i, found;
    unsigned char           large[GATE_JWT_HEAD + 1];
    gate_jwt_heads_t        h;
    const gate_jwt_head_t  *head;

    memset(&h, 0, sizeof(h));
    memset(large, 'x', sizeof(large));

    ok(gate_jwt_heads_find(&h, gate_cstr("")) == NULL, "none is not known");
    ok(gate_jwt_heads_find(&h, gate_cstr("abc")) == NULL, "one is not known");

    gate_jwt_heads_put(&h, gate_cstr("abc"), GATE_RS256, 0, gate_cstr("k"));
    gate_jwt_heads_put(&h, gate_cstr("abcd"), GATE_HS256, 1, gate_str(NULL, 0));

    head = gate_jwt_heads_find(&h, gate_cstr("abc"));
    ok(head != NULL && head->alg == GATE_RS256
       && gate_str_eq(head->kid, gate_cstr("k")), "it says what it said");

    head = gate_jwt_heads_find(&h, gate_cstr("abcd"));
    ok(head != NULL && head->alg == GATE_HS256 && head->kid.len == 0,
       "another one has no kid");

    ok(gate_jwt_heads_find(&h, gate_cstr("ab")) == NULL
       && gate_jwt_heads_find(&h, gate_cstr("abx")) == NULL
       && gate_jwt_heads_find(&h, gate_cstr("abcde")) == NULL,
       "each byte counts");

    gate_jwt_heads_put(&h, gate_str(large, GATE_JWT_HEAD + 1), GATE_RS256, 0,
                       gate_str(NULL, 0));
    ok(gate_jwt_heads_find(&h, gate_str(large, GATE_JWT_HEAD + 1)) == NULL,
       "one that is too long is not kept");

    gate_jwt_heads_put(&h, gate_str(large, GATE_JWT_HEAD), GATE_RS256, 0,
                       gate_str(large, GATE_KID_MAX));
    head = gate_jwt_heads_find(&h, gate_str(large, GATE_JWT_HEAD));
    ok(head != NULL && head->kid.len == GATE_KID_MAX, "the longest is");

    for (i = 0; i < 3 * GATE_JWT_HEADS; i++) {
        snprintf(text, sizeof(text), "header %zu", i);
        gate_jwt_heads_put(&h, gate_cstr(text), GATE_RS256, 0,
                           gate_cstr(text));
    }

    found = 0;

    for (i = 0; i < 3 * GATE_JWT_HEADS; i++) {
        snprintf(text, sizeof(text), "header %zu", i);
        head = gate_jwt_heads_find(&h, gate_cstr(text));
        found += (head != NULL && gate_str_eq(head->kid, gate_cstr(text)));
        ok((head != NULL) == (i >= 2 * GATE_JWT_HEADS), "%s", text);
    }

    is_int(found, GATE_JWT_HEADS, "the last ones are kept");
}


static size_t
kept(const gate_jwt_heads_t *h)
{
    size_t  i, n;

    for (i = 0, n = 0; i < GATE_JWT_HEADS; i++) {
        n += (h->heads[i].len != 0);
    }

    return n;
}


static gate_jwt_rc_e
verify(gate_jwt_heads_t *h, const char *header, const char *iss,
    const char *alg, const char *signer)
{
    gate_str_t         token;
    gate_jwt_rc_e      rc;
    gate_jwt_result_t  out;

    token = gate_cstr(mint(header,
                           mint_fmt("{'iss':'%s','aud':'api','exp':2e9}", iss),
                           alg, signer));

    rc = gate_jwt_verify(corpus_issuers, corpus_nissuers, h, token, NOW, &out);
    json_decref(out.claims);

    /* the same without */

    is_int(corpus_verify(token, NOW, &out), rc, "... as without a memory");
    json_decref(out.claims);

    return rc;
}


static void
test_tokens(void)
{
    gate_jwt_heads_t  h;

    static const char  *r1 = "{'alg':'RS256','kid':'r1'}";

    memset(&h, 0, sizeof(h));

    is_int(verify(&h, r1, "https://rs", "RS256", "rsa2"), BAD,
           "a signature of another key");
    is_int(kept(&h), 0, "... its header is not kept");
    is_int(verify(&h, r1, "https://rs", "RS256", "rsa"), OK, "a good one");
    is_int(kept(&h), 1, "... its header is");
    is_int(verify(&h, r1, "https://rs", "RS256", "rsa"), OK, "again");
    is_int(kept(&h), 1, "... it is kept once");
    is_int(verify(&h, r1, "https://rs", "RS256", "rsa2"), BAD,
           "a known header proves nothing");
    is_int(verify(&h, r1, "https://es", "RS256", "rsa"), BAD,
           "... nor does it open another issuer");
    is_int(verify(&h, r1, "https://mixed", "HS256", "secret"), BAD,
           "... nor another algorithm");
    is_int(verify(&h, "{'alg':'RS256','kid':'r2'}", "https://rs", "RS256",
                  "rsa"), BAD, "another header is read");
    is_int(verify(&h, "{'alg':'RS256','kid':'r2'}", "https://rs", "RS256",
                  "rsa2"), OK, "... with the key that it names");
    is_int(kept(&h), 2, "... and kept");
}


int
main(void)
{
    corpus_start();

    test_table();
    test_tokens();

    corpus_end();

    return done_testing();
}
