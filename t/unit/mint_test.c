
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens of our own: what they say, and that our own verifier takes them by
 * the key set that is made of the private key.
 */


#include <jwt.h>

#include "mint.h"
#include "gate_jwks.h"
#include "gate_jwt.h"
#include "gate_mint.h"


#define ISS  "https://gate.example"


static gate_str_t
pem_of(const char *name)
{
    BIO         *bio;
    char        *data;
    long         len;
    gate_str_t   s;

    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, mint_key(name)->pkey, NULL, NULL, 0, NULL,
                             NULL);
    len = BIO_get_mem_data(bio, &data);

    s = gate_str(malloc((size_t) len), (size_t) len);
    memcpy(s.data, data, (size_t) len);

    BIO_free(bio);

    return s;
}


static gate_mint_key_t *
key_of(const char *name, const char *alg, const char *kid)
{
    char              err[256];
    gate_str_t        pem;
    gate_mint_key_t  *key;

    pem = pem_of(name);
    key = gate_mint_key_create(pem, gate_cstr(alg), gate_cstr(kid), err,
                               sizeof(err));

    if (key == NULL) {
        diag("%s: it %s", name, err);
    }

    free(pem.data);

    return key;
}


/* another opinion; it knows neither PS nor EdDSA */

static void
test_libjwt(const char *name, const char *alg, gate_str_t token)
{
    BIO    *bio;
    char   *data;
    long    len;
    jwt_t  *jwt;

    if (alg[0] == 'P' || strncmp(name, "ed", 2) == 0) {
        return;
    }

    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, mint_key(name)->pkey);
    len = BIO_get_mem_data(bio, &data);
    data = memcpy(malloc((size_t) len + 1), data, (size_t) len);
    data[len] = '\0';

    is_int(jwt_decode(&jwt, (char *) token.data, (unsigned char *) data,
                      (int) len), 0, "libjwt takes it");

    jwt_free(jwt);
    free(data);
    BIO_free(bio);
}


/* the verdict of our own side */

static void
test_round(const char *name, const char *alg, unsigned bit)
{
    char                    err[256];
    gate_str_t              token;
    gate_text_t             t;
    gate_jwks_t            *set;
    gate_mint_key_t        *key;
    gate_jwt_result_t       res;
    gate_jwt_issuer_t       issuer;
    gate_mint_claims_t      claims;
    const gate_jwt_issuer_t *list[1];
    static unsigned char    buf[2048];

    key = key_of(name, alg, "");
    ok(key != NULL, "%s is taken", name);

    if (key == NULL) {
        return;
    }

    is_int((int) gate_mint_key_kid(key).len, 43, "its name is a thumbprint");

    memset(&claims, 0, sizeof(claims));

    claims.iss = gate_cstr(ISS);
    claims.aud = gate_cstr("orders");
    claims.sub = gate_cstr("ac\"me");
    claims.groups = gate_cstr("a,b");
    claims.anonymous = 1;

    gate_text_init(&t, buf, sizeof(buf));
    gate_mint_claims(&t, &claims, 1000, 1030);
    ok(!t.full, "the claims fit");

    token.len = (size_t) (t.last - buf);
    token.data = malloc(gate_mint_size(key, token.len) + 1);
    token.len = gate_mint(key, gate_str(buf, token.len), token.data);
    ok(token.len != 0, "a token is minted");
    token.data[token.len] = '\0';

    test_libjwt(name, alg, token);

    set = gate_jwks_create();
    ok(gate_jwks_add_json(set, gate_mint_key_jwk(key), bit, err, sizeof(err)),
       "its public half is a JWK");

    memset(&issuer, 0, sizeof(issuer));
    issuer.issuer = gate_cstr(ISS);
    issuer.algs = bit;
    issuer.keys = set;
    list[0] = &issuer;

    is_int(gate_jwt_verify(list, 1, NULL, token, 1010, &res),
           GATE_JWT_OK, "%s %s is verified by it", name, alg);

    if (res.claims != NULL) {
        is_str(json_string_value(json_object_get(res.claims, "sub")), "ac\"me",
               "it says who it is");
        is_int((int) json_array_size(json_object_get(res.claims, "groups")), 2,
               "it has the groups");
        is_int(json_is_true(json_object_get(res.claims, "anonymous")), 1,
               "it says that nobody is known");
        ok(json_object_get(res.claims, "scope") == NULL,
           "what is empty is not there");
        json_decref(res.claims);
    }

    free(token.data);
    gate_jwks_destroy(set);
    gate_mint_key_destroy(key);
}


static void
test_wrong(const char *pem, const char *alg, const char *said)
{
    char        err[256];
    gate_str_t  text;

    text = (strchr(pem, ' ') == NULL) ? pem_of(pem) : gate_cstr(pem);

    ok(gate_mint_key_create(text, gate_cstr(alg), gate_cstr(""), err,
                            sizeof(err)) == NULL,
       "%s is refused", pem);
    ok(strstr(err, said) != NULL, "... as it %s", err);

    if (text.data != (unsigned char *) pem) {
        free(text.data);
    }
}


int
main(void)
{
    test_round("p256", "", GATE_ES256);
    test_round("p384", "ES384", GATE_ES384);
    test_round("p521", "", GATE_ES512);
    test_round("rsa", "", GATE_RS256);
    test_round("rsa", "RS512", GATE_RS512);
    test_round("rsa", "PS256", GATE_PS256);
    test_round("ed25519", "", GATE_EDDSA);
    test_round("ed25519", "Ed25519", GATE_ED25519);

    test_wrong("rsa1024", "", "1024 bits");
    test_wrong("ed25519", "ES256", "take EdDSA");
    test_wrong("k256", "", "cannot sign");
    test_wrong("p256", "ES384", "take ES256");
    test_wrong("rsa", "ES256", "take one of RS256");
    test_wrong("rsa", "none", "take one of RS256");
    test_wrong("no key", "", "no private key");

    return done_testing();
}
