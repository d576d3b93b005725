/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * No memory: whichever allocation of jansson or OpenSSL fails, keys are not
 * loaded by half, no token is accepted that is not good, nothing is left over.
 */

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "jwt_corpus.h"


#define MOST  5000


static int     failing;                     /* count at all? */
static size_t  left;                        /* allocations that succeed */
static size_t  refused;


static int
refuse(void)
{
    if (!failing) {
        return 0;
    }

    if (left > 0) {
        left--;
        return 0;
    }

    refused++;

    return 1;
}


static void *
json_alloc(size_t size)
{
    return refuse() ? NULL : malloc(size);
}


static void *
crypto_alloc(size_t size, const char *file, int line)
{
    (void) file;
    (void) line;

    return refuse() ? NULL : malloc(size);
}


static void *
crypto_realloc(void *p, size_t size, const char *file, int line)
{
    (void) file;
    (void) line;

    return refuse() ? NULL : realloc(p, size);
}


static void
crypto_free(void *p, const char *file, int line)
{
    (void) file;
    (void) line;

    free(p);
}


/* the n-th allocation and all that follow fail */

static void
start(size_t n)
{
    failing = 1;
    left = n;
    refused = 0;
}


static void
test_verify(const char *token, const char *name)
{
    size_t             n, accepted, errors;
    gate_jwt_rc_e      rc;
    gate_jwt_result_t  out;

    accepted = 0;
    errors = 0;

    for (n = 0; n < MOST; n++) {
        start(n);
        rc = corpus_verify(gate_cstr(token), NOW, &out);
        failing = 0;

        if (refused == 0) {
            break;
        }

        accepted += (rc == OK || out.claims != NULL);
        errors += (rc == GATE_JWT_ERROR);
    }

    ok(rc == OK && n < MOST, "%s: good with %zu allocations", name, n);
    is_int(accepted, 0, "%s: not good with fewer", name);
    ok(errors > 0, "%s: %zu times said to be an error", name, errors);

    json_decref(out.claims);
}


typedef int (*load_pt)(gate_jwks_t *set, gate_str_t text, unsigned algs,
    char *err, size_t errlen);


static int
add_pem(gate_jwks_t *set, gate_str_t text, unsigned algs, char *err,
    size_t errlen)
{
    return gate_jwks_add_pem(set, text, gate_cstr("k"), algs, err, errlen);
}


static int
add_secret(gate_jwks_t *set, gate_str_t text, unsigned algs, char *err,
    size_t errlen)
{
    return gate_jwks_add_secret(set, text, gate_cstr("k"), algs, err, errlen);
}


static void
test_load(load_pt load, gate_str_t text, const char *name)
{
    int           rc;
    char          err[256];
    size_t        n, silent;
    gate_jwks_t  *set;

    silent = 0;

    for (n = 0; n < MOST; n++) {
        set = gate_jwks_create();
        err[0] = '\0';

        start(n);
        rc = load(set, text, HS|RS|PS|ES|ED, err, sizeof(err));
        failing = 0;

        silent += (!rc && err[0] == '\0');
        ERR_clear_error();
        gate_jwks_destroy(set);

        if (refused == 0) {
            break;
        }
    }

    ok(rc == 1 && n < MOST, "%s is loaded with %zu allocations", name, n);
    is_int(silent, 0, "and never refused in silence");
}


int
main(void)
{
    if (!CRYPTO_set_mem_functions(crypto_alloc, crypto_realloc, crypto_free)) {
        skip_all("OpenSSL has allocated already");
    }

    json_set_alloc_funcs(json_alloc, free);

    corpus_start();

    test_verify(mint("{'alg':'HS256'}", "{'iss':'https://hs','exp':2e9,"
                     "'a':[1,{'b':'c'}]}", "HS256", "secret"), "HS256");
    test_verify(mint("{'alg':'RS256','kid':'r1'}", "{'iss':'https://rs',"
                     "'aud':'api','exp':2e9}", "RS256", "rsa"), "RS256");
    test_verify(mint("{'alg':'ES256','kid':'e1'}", "{'iss':'https://es',"
                     "'exp':2e9}", "ES256", "p256"), "ES256");

    test_verify(mint("{'alg':'PS256','kid':'r1'}", "{'iss':'https://ps',"
                     "'exp':2e9}", "PS256", "rsa"), "PS256");
    test_verify(mint("{'alg':'EdDSA','kid':'d1'}", "{'iss':'https://ed',"
                     "'exp':2e9}", "EdDSA", "ed25519"), "EdDSA");

    test_load(gate_jwks_add_json, gate_cstr(mint_jwk("rsa", ",'kid':'a'")),
              "an RSA key");
    test_load(gate_jwks_add_json, gate_cstr(mint_jwk("p256", "")),
              "an EC key");
    test_load(gate_jwks_add_json, gate_cstr(mint_jwk("ed25519", "")),
              "an Ed25519 key");
    test_load(gate_jwks_add_json, gate_cstr(mint_jwk("secret", "")),
              "a JSON secret");
    test_load(add_pem, gate_cstr(mint_pem("rsa", 0)), "a PEM file");
    test_load(add_pem, gate_cstr(mint_pem("p256", 0)), "an EC PEM file");
    test_load(add_secret, mint_key("secret")->secret, "a secret");

    corpus_end();

    return done_testing();
}
