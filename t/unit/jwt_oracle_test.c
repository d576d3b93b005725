/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Another opinion: the tokens of the corpus as libjwt judges them, given the
 * right key.  What it refuses, we refuse; what we accept, it accepts; what it
 * accepts and we refuse is listed.  And it mints what we accept.
 */

#include <jwt.h>

#include "jwt_corpus.h"


static gate_str_t
library_key(const char *name)
{
    mint_key_t  *key;

    key = mint_key(name);

    return (key->pkey == NULL) ? key->secret : gate_cstr(mint_pem(name, 0));
}


/* 1: decoded, and not as a token of alg none */

static int
library_accepts(const corpus_t *c)
{
    int         rc;
    char       *token;
    jwt_t      *jwt;
    gate_str_t  key;

    key = library_key(c->key);
    token = mint_fmt("%.*s", (int) c->token.len, c->token.data);
    jwt = NULL;

    if (jwt_decode(&jwt, token, key.data, (int) key.len) != 0) {
        return 0;
    }

    rc = (jwt_get_alg(jwt) != JWT_ALG_NONE);
    jwt_free(jwt);

    return rc;
}


static void
test_corpus(void)
{
    int                 ours, its;
    size_t              i, agreed, looser, asked;
    gate_jwt_result_t   out;

    asked = 0;
    agreed = 0;
    looser = 0;

    for (i = 0; i < ncorpus; i++) {

        /* those that only times, names of keys and the like decide */

        if (corpus[i].key == NULL) {
            continue;
        }

        asked++;
        ours = (corpus_verify(corpus[i].token, NOW, &out) == OK);
        its = library_accepts(&corpus[i]);
        json_decref(out.claims);

        if (ours || !its) {
            ok(ours == its, "both %s: %s", ours ? "accept" : "refuse",
               corpus[i].name);
            agreed += (ours == its);
            continue;
        }

        looser++;
        diag("libjwt accepts, we do not: %s (%s)", corpus[i].name, out.why);
    }

    diag("%zu tokens, libjwt agrees on %zu, accepts %zu that we refuse",
         asked, agreed, looser);
}


typedef struct {
    jwt_alg_t    alg;
    const char  *iss;
    const char  *key;
} made_t;


static const made_t  made[] = {
    { JWT_ALG_HS256, "https://hs", "secret" },
    { JWT_ALG_HS384, "https://hs", "secret" },
    { JWT_ALG_HS512, "https://hs", "secret" },
    { JWT_ALG_RS256, "https://rs", "rsa" },
    { JWT_ALG_RS384, "https://rs", "rsa" },
    { JWT_ALG_RS512, "https://rs", "rsa" },
    { JWT_ALG_ES256, "https://es", "p256" },
    { JWT_ALG_ES384, "https://es", "p384" },
    { JWT_ALG_ES512, "https://es", "p521" },
    { JWT_ALG_NONE, NULL, NULL }
};


/* "sub" of several lengths, so that all endings of base64 come up */

static char *
library_mint(const made_t *m, int n)
{
    char        *text, *copy;
    jwt_t       *jwt;
    gate_str_t   key;

    key = (mint_key(m->key)->pkey == NULL) ? mint_key(m->key)->secret
                                           : gate_cstr(mint_pem(m->key, 1));
    text = NULL;

    if (jwt_new(&jwt) != 0
        || jwt_set_alg(jwt, m->alg, key.data, (int) key.len) != 0
        || jwt_add_grant(jwt, "iss", m->iss) != 0
        || jwt_add_grant(jwt, "aud", "api") != 0
        || jwt_add_grant(jwt, "sub", mint_fmt("%0*d", n, n)) != 0
        || jwt_add_grant_int(jwt, "exp", NOW + 60) != 0)
    {
        mint_die("libjwt does not mint");
    }

    text = jwt_encode_str(jwt);
    copy = mint_fmt("%s", text);

    free(text);
    jwt_free(jwt);

    return copy;
}


static void
test_minted(void)
{
    int                 n, good;
    const made_t       *m;
    gate_jwt_result_t   out;

    for (m = made; m->iss != NULL; m++) {
        good = 0;

        for (n = 1; n <= 12; n++) {
            good += (corpus_verify(gate_cstr(library_mint(m, n)), NOW, &out)
                     == OK)
                    && gate_jwt_claim_is(out.claims, gate_cstr("sub"),
                                         gate_cstr(mint_fmt("%0*d", n, n)));
            json_decref(out.claims);
        }

        is_int(good, 12, "what libjwt mints with %s is good",
               jwt_alg_str(m->alg));
    }
}


int
main(void)
{
    corpus_build();

    test_corpus();
    test_minted();

    corpus_end();

    return done_testing();
}
