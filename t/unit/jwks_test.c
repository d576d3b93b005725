/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys: what is loaded, what is skipped, what is refused and how that is
 * said; which key is found for a token.
 */

#include <openssl/err.h>
#include <openssl/x509.h>

#include "gate_jwks.h"
#include "mint.h"


#define HS    GATE_ALGS_HS
#define RS    GATE_ALGS_RS
#define PS    GATE_ALGS_PS
#define ES    GATE_ALGS_ES
#define ED    GATE_ALGS_ED
#define ALL   GATE_ALGS_ALL


typedef struct {
    const char  *name;
    const char  *text;                      /* %NAME% is a key's JWK */
    unsigned     algs;
    size_t       count;                     /* 0: refused */
    const char  *err;                       /* a part of the sentence */
} row_t;


/* "%rsa,MORE%" stands for the JWK of key "rsa" with members MORE */

static const row_t  rows[] = {

    { "a set of one", "{'keys':[%rsa,%]}", RS, 1, NULL },
    { "one key alone", "%rsa,%", RS, 1, NULL },
    { "a set of each type",
      "{'keys':[%rsa,%,%p256,%,%p384,%,%p521,%,%secret,%,%ed25519,%]}", ALL, 6,
      NULL },
    { "further members of the set", "{'keys':[%rsa,%],'x':{}}", RS, 1, NULL },
    { "further members of a key",
      "%rsa,'x5c':['AA'],'x5t':'A','oops':1,%", RS, 1, NULL },
    { "use sig", "%rsa,'use':'sig',%", RS, 1, NULL },
    { "key_ops verify", "%rsa,'key_ops':['sign','verify'],%", RS, 1, NULL },
    { "an alg of ours", "%rsa,'alg':'RS384',%", RS, 1, NULL },

    { "use enc beside a usable one",
      "{'keys':[%rsa,'use':'enc',%,%rsa2,%]}", RS, 1, "key 1: its \"use\"" },
    { "use unknown beside a usable one",
      "{'keys':[%rsa,'use':'tls',%,%rsa2,%]}", RS, 1, "\"use\"" },
    { "key_ops without verify beside a usable one",
      "{'keys':[%rsa,'key_ops':['encrypt'],%,%rsa2,%]}", RS, 1, "key_ops" },
    { "kty unknown beside a usable one",
      "{'keys':[{'kty':'AKP','pub':'AA'},%rsa,%]}", RS, 1,
      "none of RSA, EC, OKP" },
    { "OKP for key agreement beside a usable one",
      "{'keys':[{'kty':'OKP','crv':'X25519','x':'AA'},%ed25519,%]}", ED, 1,
      "\"crv\"" },
    { "OKP of the larger curve beside a usable one",
      "{'keys':[{'kty':'OKP','crv':'Ed448','x':'AA'},%ed25519,%]}", ED, 1,
      "\"crv\"" },
    { "a curve of EC in OKP", "{'kty':'OKP','crv':'P-256','x':'AA'}", ALL, 0,
      "\"crv\"" },
    { "a curve of OKP in EC", "{'kty':'EC','crv':'Ed25519','x':'AA','y':'AA'}",
      ALL, 0, "\"crv\"" },
    { "OKP by the older name", "%ed25519,'alg':'EdDSA',%", ED, 1, NULL },
    { "OKP by the newer name", "%ed25519,'alg':'Ed25519',%", ED, 1, NULL },
    { "OKP of the other name", "%ed25519,'alg':'Ed25519',%", GATE_EDDSA, 0,
      "none of" },
    { "OKP with alg of EC", "%ed25519,'alg':'ES256',%", ALL, 0,
      "does not fit" },
    { "OKP of 31 bytes", "{'kty':'OKP','crv':'Ed25519',"
      "'x':'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg'}", ED, 0,
      "32 bytes" },
    { "OKP of 33 bytes", "{'kty':'OKP','crv':'Ed25519',"
      "'x':'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g'}", ED, 0,
      "32 bytes" },
    { "OKP without x", "{'kty':'OKP','crv':'Ed25519'}", ED, 0, "\"x\"" },
    { "OKP of zeros, of order 4", "{'kty':'OKP','crv':'Ed25519',"
      "'x':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}", ED, 0,
      "small order" },
    { "OKP of one, the neutral point", "{'kty':'OKP','crv':'Ed25519',"
      "'x':'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}", ED, 0,
      "small order" },
    { "OKP of minus one, of order 2", "{'kty':'OKP','crv':'Ed25519',"
      "'x':'7P_______________________________________38'}", ED, 0,
      "small order" },
    { "OKP of order 8", "{'kty':'OKP','crv':'Ed25519',"
      "'x':'JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU'}", ED, 0,
      "small order" },
    { "OKP of order 8, the other", "{'kty':'OKP','crv':'Ed25519',"
      "'x':'xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA_o'}", ED, 0,
      "small order" },
    { "OKP of the prime", "{'kty':'OKP','crv':'Ed25519',"
      "'x':'7f_______________________________________38'}", ED, 0,
      "no point" },
    { "OKP above the prime", "{'kty':'OKP','crv':'Ed25519',"
      "'x':'__________________________________________8'}", ED, 0,
      "no point" },
    { "private OKP", "%ed25519,'d':'AQAB',%", ED, 0, "private" },
    { "kty in other case is unknown",
      "{'keys':[{'kty':'rsa','n':'AQAB','e':'AQAB'},%rsa,%]}", RS, 1, "kty" },
    { "crv unknown beside a usable one",
      "{'keys':[%k256,%,%p256,%]}", ES, 1, "\"crv\"" },
    { "alg unknown beside a usable one",
      "{'keys':[%rsa,'alg':'RSA-OAEP',%,%rsa2,%]}", RS, 1, "\"alg\"" },
    { "alg PS256, which is not listed, beside a usable one",
      "{'keys':[%rsa,'alg':'PS256',%,%rsa2,%]}", RS, 1, NULL },
    { "alg PS256, which is", "%rsa,'alg':'PS256',%", PS, 1, NULL },
    { "alg of another type beside a usable one",
      "{'keys':[%rsa,'alg':'ES256',%,%rsa2,%]}", ALL, 1, "does not fit" },
    { "types not listed are skipped",
      "{'keys':[%rsa,%,%p256,%,%secret,%]}", GATE_ES256, 1, NULL },
    { "a small RSA key for encryption is skipped",
      "{'keys':[%rsa1024,'use':'enc',%,%rsa2,%]}", RS, 1, "\"use\"" },
    { "same kid, other types",
      "{'keys':[%rsa,'kid':'a',%,%p256,'kid':'a',%]}", ALL, 2, NULL },
    { "same kid, other algorithms",
      "{'keys':[%rsa,'kid':'a','alg':'RS256',%,"
      "%rsa2,'kid':'a','alg':'RS512',%]}", RS, 2, NULL },
    { "a secret that is long enough for one",
      "%secret32,%", GATE_HS256|GATE_HS512, 1, NULL },

    { "nothing", "", RS, 0, "one JSON object" },
    { "no JSON", "-----BEGIN", RS, 0, "one JSON object" },
    { "an array", "[%rsa,%]", RS, 0, "one JSON object" },
    { "more after it", "%rsa,% x", RS, 0, "one JSON object" },
    { "duplicate members", "{'keys':[],'keys':[%rsa,%]}", RS, 0, "duplicate" },
    { "duplicate members of a key", "%rsa,'e':'Aw',%", RS, 0, "duplicate" },
    { "a set of none", "{'keys':[]}", RS, 0, "none of the keys" },
    { "an empty object", "{}", RS, 0, "\"kty\"" },
    { "keys not an array", "{'keys':%rsa,%}", RS, 0, "not an array" },
    { "a key that is no object", "{'keys':['a']}", RS, 0, "key 1" },
    { "kty not a string", "{'keys':[%rsa,%,{'kty':1}]}", RS, 1, "key 2: it" },
    { "only keys for encryption", "%rsa,'use':'enc',%", RS, 0, "\"use\"" },
    { "only other types", "%rsa,%", ES, 0, "none of" },
    { "only another curve", "%p384,%", GATE_ES256, 0, "none of" },

    { "use not a string", "%rsa,'use':1,%", RS, 0, "\"use\"" },
    { "key_ops not an array", "%rsa,'key_ops':'verify',%", RS, 0, "key_ops" },
    { "key_ops of numbers", "%rsa,'key_ops':[1],%", RS, 0, "key_ops" },
    { "alg not a string", "%rsa,'alg':null,%", RS, 0, "\"alg\"" },
    { "kid not a string", "%rsa,'kid':7,%", RS, 0, "\"kid\"" },
    { "kid empty", "%rsa,'kid':'',%", RS, 0, "\"kid\"" },
    { "kid of 129 bytes", "%rsa,'kid':'0123456789012345678901234567890123456"
      "78901234567890123456789012345678901234567890123456789012345678901234567"
      "89012345678901234567890',%", RS, 0, "\"kid\"" },
    { "two keys of one kid",
      "{'keys':[%rsa,'kid':'a',%,%rsa2,'kid':'a',%]}", RS, 1,
      "key 2: another key has the same \"kid\"" },
    { "five keys without kid",
      "{'keys':[%rsa,%,%rsa,%,%rsa,%,%rsa,%,%rsa,%]}", RS, 4,
      "key 5: there are too many" },

    { "RSA of 1024 bits", "%rsa1024,%", RS, 0, "1024 bits" },
    { "n missing", "{'kty':'RSA','e':'AQAB'}", RS, 0, "\"n\"" },
    { "e missing", "{'kty':'RSA','n':'AQAB'}", RS, 0, "\"e\"" },
    { "n empty", "{'kty':'RSA','n':'','e':'AQAB'}", RS, 0, "base64url" },
    { "n padded", "{'kty':'RSA','n':'AQ==','e':'AQAB'}", RS, 0, "base64url" },
    { "n zero", "{'kty':'RSA','n':'AA','e':'AQAB'}", RS, 0, "RSA" },
    { "n a number", "{'kty':'RSA','n':1,'e':'AQAB'}", RS, 0, "base64url" },

    { "crv missing", "{'kty':'EC','x':'AA','y':'AA'}", ES, 0, "\"crv\"" },
    { "x short", "{'kty':'EC','crv':'P-256','x':'AA','y':'AA'}", ES, 0,
      "32 bytes" },
    { "a point that is not on the curve", "{'kty':'EC','crv':'P-256',"
      "'x':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE',"
      "'y':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE'}", ES, 0, "EC" },
    { "the point of another curve, named P-521", "{'kty':'EC','crv':'P-521',"
      "'x':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE',"
      "'y':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE'}", ES, 0,
      "66 bytes" },

    { "a secret of 31 bytes", "%secret31,%", HS, 0, "31 bytes" },
    { "a secret of 32 bytes for HS512", "%secret32,%", GATE_HS512, 0,
      "at least 64" },
    { "a secret of 32 bytes with alg HS384", "%secret32,'alg':'HS384',%", HS,
      0, "at least 48" },
    { "k missing", "{'kty':'oct'}", HS, 0, "\"k\"" },
    { "k empty", "{'kty':'oct','k':''}", HS, 0, "\"k\"" },

    { "private RSA", "%rsa,'d':'AQAB',%", RS, 0, "private member \"d\"" },
    { "private RSA by its primes", "%rsa,'p':'AQAB',%", RS, 0, "private" },
    { "private EC", "%p256,'d':'AQAB',%", ES, 0, "private" },
    { "a private key of a type not used",
      "{'keys':[%rsa,%,{'kty':'OKP','crv':'Ed25519','x':'A','d':'A'}]}", RS, 0,
      "key 2 of the set: it has the private" },
    { "a private key for encryption",
      "{'keys':[%rsa,%,%rsa2,'use':'enc','d':'A',%]}", RS, 0, "private" },

    { NULL, NULL, 0, 0, NULL }
};


static char *
expand(const char *text)
{
    char        *out, *more, *name;
    const char  *p, *end, *comma;

    out = "";

    for (p = text; (end = strchr(p, '%')) != NULL; p = end + 1) {
        out = mint_fmt("%s%.*s", out, (int) (end - p), p);

        p = end + 1;
        comma = strchr(p, ',');
        end = strchr(p, '%');

        /* ",MORE," to ",MORE" */

        name = mint_fmt("%.*s", (int) (comma - p), p);
        more = mint_fmt("%.*s", (int) (end - comma - 1), comma);
        out = mint_fmt("%s%s", out, mint_jwk(name, more));
    }

    return mint_json(mint_fmt("%s%s", out, p));
}


/* no sentence may have key material: no word of it is long */

static int
is_discreet(const char *err)
{
    size_t  n, longest;

    longest = 0;

    for (n = 0; *err != '\0'; err++) {
        n = (*err == ' ') ? 0 : n + 1;
        longest = (n > longest) ? n : longest;
    }

    return longest < 20;
}


/* what was said of the last key that was skipped, and of how many */

static char    skipped[512];
static size_t  nskipped;


static void
on_skip(void *data, size_t n, gate_str_t kid, const char *why)
{
    (void) kid;

    snprintf(skipped, sizeof(skipped), "key %zu: %s", n, why);
    *(size_t *) data += 1;
}


static void
test_rows(void)
{
    int           rc;
    char          err[256];
    const row_t  *row;
    gate_jwks_t  *set;

    for (row = rows; row->name != NULL; row++) {
        set = gate_jwks_create();
        err[0] = '\0';
        skipped[0] = '\0';
        nskipped = 0;

        gate_jwks_on_skip(set, on_skip, &nskipped);

        rc = gate_jwks_add_json(set, gate_cstr(expand(row->text)), row->algs,
                                err, sizeof(err));

        if (row->count != 0) {
            ok(rc == 1 && gate_jwks_count(set) == row->count
               && nskipped == (row->err != NULL)
               && (row->err == NULL || strstr(skipped, row->err) != NULL)
               && is_discreet(skipped), "%s: %s", row->name,
               nskipped ? skipped : "nothing is said");

        } else if (nskipped == 0) {
            ok(rc == 0 && strstr(err, row->err) != NULL && is_discreet(err),
               "refused: %s: %s", row->name, err);

        } else {
            ok(rc == 0 && strstr(err, "none of the keys") != NULL
               && strstr(skipped, row->err) != NULL && is_discreet(skipped),
               "skipped, and nothing is left: %s: %s", row->name, skipped);
        }

        gate_jwks_destroy(set);
    }
}


/* an even modulus, exponents that are even or 1: told by their text */

static void
test_rsa_numbers(void)
{
    int           rc;
    char          err[256], *n, *pub;
    size_t        i;
    gate_jwks_t  *set;

    static const struct { const char *e; int good; } table[] = {
        { "AQAB", 1 }, { "Aw", 1 }, { "AAEAAQ", 1 }, { "AQ", 0 }, { "AA", 0 },
        { "Ag", 0 }, { "AQAA", 0 }, { "AQAAAAE", 0 }
    };

    n = mint_bn(mint_key("rsa")->pkey, "n", 0);

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        set = gate_jwks_create();
        pub = mint_json(mint_fmt("{'kty':'RSA','n':'%s','e':'%s'}", n,
                                 table[i].e));
        rc = gate_jwks_add_json(set, gate_cstr(pub), RS, err, sizeof(err));
        is_int(rc, table[i].good, "exponent %s", table[i].e);
        gate_jwks_destroy(set);
    }

    set = gate_jwks_create();
    n[strlen(n) - 1] = 'A';
    pub = mint_json(mint_fmt("{'kty':'RSA','n':'%s','e':'AQAB'}", n));
    ok(!gate_jwks_add_json(set, gate_cstr(pub), RS, err, sizeof(err)),
       "an even modulus: %s", err);
    gate_jwks_destroy(set);
}


static char *
certificate(const char *name)
{
    BIO   *bio;
    X509  *cert;
    char  *text, *copy;
    long   len;

    cert = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, mint_key(name)->pkey);
    X509_sign(cert, mint_key(name)->pkey, EVP_sha256());

    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, cert);
    len = BIO_get_mem_data(bio, &text);
    copy = mint_fmt("%.*s", (int) len, text);

    BIO_free(bio);
    X509_free(cert);

    return copy;
}


/* "more": bytes of the DER that do not belong to it */

static char *
rsa_public(const char *name, int more)
{
    int             len;
    BIO            *bio;
    char           *text, *copy;
    long            n;
    unsigned char  *der, *p;

    len = i2d_PublicKey(mint_key(name)->pkey, NULL);
    der = mint_alloc((size_t) (len + more));
    p = der;
    i2d_PublicKey(mint_key(name)->pkey, &p);

    bio = BIO_new(BIO_s_mem());
    PEM_write_bio(bio, PEM_STRING_RSA_PUBLIC, "", der, len + more);
    n = BIO_get_mem_data(bio, &text);
    copy = mint_fmt("%.*s", (int) n, text);

    BIO_free(bio);

    return copy;
}


static void
pem(const char *name, const char *text, unsigned algs, const char *part)
{
    int           rc;
    char          err[256];
    gate_jwks_t  *set;

    set = gate_jwks_create();
    err[0] = '\0';

    rc = gate_jwks_add_pem(set, gate_cstr(text), gate_cstr("k"), algs, err,
                           sizeof(err));
    if (part == NULL) {
        ok(rc == 1 && gate_jwks_count(set) == 1, "PEM: %s", name);

    } else {
        ok(rc == 0 && strstr(err, part) != NULL && is_discreet(err),
           "PEM refused: %s: %s", name, err);
    }

    is_int(ERR_peek_error(), 0, "nothing is left in the error queue");

    gate_jwks_destroy(set);
}


static void
test_pem(void)
{
    char  *rsa, *broken;

    rsa = mint_pem("rsa", 0);

    pem("a public RSA key", rsa, RS, NULL);
    pem("a public EC key", mint_pem("p256", 0), ES, NULL);
    pem("RSA PUBLIC KEY", rsa_public("rsa", 0), RS, NULL);
    pem("a certificate", certificate("rsa"), RS, NULL);
    pem("a certificate of an EC key", certificate("p384"), ES, NULL);
    pem("text around it", mint_fmt("# comment\n%s\n# end\n", rsa), RS, NULL);

    pem("nothing", "", RS, "empty");
    pem("no PEM", "hello", RS, "no PEM block");
    pem("a private RSA key", mint_pem("rsa", 1), RS, "private key");
    pem("a private EC key", mint_pem("p256", 1), ES, "private key");
    pem("public, then private", mint_fmt("%s%s", rsa, mint_pem("rsa", 1)), RS,
        "private key");
    pem("two keys", mint_fmt("%s%s", rsa, mint_pem("rsa2", 0)), RS,
        "more than one");
    pem("another block", "-----BEGIN DH PARAMETERS-----\nAAAA\n"
        "-----END DH PARAMETERS-----\n", RS, "neither a public key nor");
    pem("an unsuitable algorithm", rsa, ES, "none of the listed");
    pem("an unsuitable curve", mint_pem("p384", 0), GATE_ES256, "none of");
    pem("a curve we do not know", mint_pem("k256", 0), ES, "none of");
    pem("Ed25519", mint_pem("ed25519", 0), ALL, NULL);
    pem("Ed25519 where RSA is listed", mint_pem("ed25519", 0), RS, "none of");
    pem("a private Ed25519 key", mint_pem("ed25519", 1), ED, "private key");
    pem("X25519", mint_pem("x25519", 0), ALL, "neither RSA nor EC");
    pem("RSA of 1024 bits", mint_pem("rsa1024", 0), RS, "1024 bits");
    pem("not DER inside", "-----BEGIN PUBLIC KEY-----\nAAAA\n"
        "-----END PUBLIC KEY-----\n", RS, "does not decode");

    pem("more than DER inside", rsa_public("rsa", 1), RS, "does not decode");

    broken = mint_fmt("%s", rsa);
    broken[strlen(broken) - 30] = '\0';
    pem("cut off", broken, RS, "no PEM block");
    pem("a cut one after it", mint_fmt("%s%s", rsa, broken), RS, "broken");
}


static void
secret(const char *name, size_t len, unsigned algs, unsigned fit,
    const char *part)
{
    int               rc;
    char              err[256];
    unsigned          alg, got;
    gate_str_t        text;
    gate_jwks_t      *set;
    const gate_key_t *key;

    text = mint_key("secret")->secret;
    text.len = len;
    set = gate_jwks_create();
    err[0] = '\0';
    got = 0;

    rc = gate_jwks_add_secret(set, text, gate_str(NULL, 0), algs, err,
                              sizeof(err));

    for (alg = GATE_HS256; rc && alg <= GATE_ED25519; alg <<= 1) {
        got |= gate_jwks_find(set, alg, NULL, &key, 1) ? alg : 0;
    }

    ok(got == fit && (part == NULL || strstr(err, part) != NULL),
       "secret: %s: %s", name, err[0] ? err : "fine");

    gate_jwks_destroy(set);
}


static void
test_secret(void)
{
    secret("of 64 bytes, for all three", 64, ALL, HS, NULL);
    secret("of 63 bytes, not for HS512", 63, HS, GATE_HS256|GATE_HS384, NULL);
    secret("of 47 bytes, for HS256 only", 47, HS, GATE_HS256, NULL);
    secret("of 32 bytes", 32, GATE_HS256, GATE_HS256, NULL);
    secret("of 31 bytes", 31, HS, 0, "at least 32");
    secret("of 32 bytes for HS384", 32, GATE_HS384|GATE_HS512, 0,
           "at least 48");
    secret("of no bytes", 0, HS, 0, "0 bytes");
    secret("for RS256", 64, GATE_RS256, 0, "none of the listed");
}


static size_t
find(gate_jwks_t *set, unsigned alg, const char *kid, const gate_key_t **keys)
{
    gate_str_t  text;

    if (kid == NULL) {
        return gate_jwks_find(set, alg, NULL, keys, 4);
    }

    text = gate_cstr(kid);

    return gate_jwks_find(set, alg, &text, keys, 4);
}


static void
test_find(void)
{
    char               err[256];
    gate_str_t         none;
    gate_jwks_t       *set;
    const gate_key_t  *keys[4];

    none = gate_str(NULL, 0);
    set = gate_jwks_create();

    ok(find(set, GATE_RS256, NULL, keys) == 0, "an empty set has none");

    gate_jwks_add_pem(set, gate_cstr(mint_pem("rsa", 0)), none, RS, err, 256);
    gate_jwks_add_pem(set, gate_cstr(mint_pem("rsa2", 0)), none,
                      RS, err, 256);

    is_int(find(set, GATE_RS256, "x", keys), 2,
           "where no key has a kid, the token's says nothing");

    gate_jwks_add_pem(set, gate_cstr(mint_pem("rsa-evil", 0)),
                      gate_cstr("a"), RS, err, 256);

    is_int(find(set, GATE_RS256, "x", keys), 0,
           "where one has, an unknown kid finds none");
    is_int(find(set, GATE_RS256, "a", keys), 1, "the exact match");
    is_int(find(set, GATE_RS256, "A", keys), 0, "of the same case");
    is_int(find(set, GATE_RS256, "aa", keys), 0, "of the same length");
    is_int(find(set, GATE_ES256, "a", keys), 0, "and of that algorithm");
    is_int(find(set, GATE_RS256, NULL, keys), 3, "without kid all of them");

    gate_jwks_add_json(set, gate_cstr(expand(
                       "{'keys':[%rsa,'kid':'b',%,%rsa,'kid':'c',%]}")),
                       RS, err, 256);

    is_int(find(set, GATE_RS256, NULL, keys), 4, "but no more than asked for");
    is_int(gate_jwks_count(set), 5, "of five");

    gate_jwks_destroy(set);
    gate_jwks_destroy(NULL);
}


static void
test_names(void)
{
    unsigned  alg;

    for (alg = GATE_HS256; alg <= GATE_ED25519; alg <<= 1) {
        is_int(gate_alg_parse(gate_cstr(gate_alg_name(alg))), alg, "%s",
               gate_alg_name(alg));
    }

    is_int(gate_alg_parse(gate_cstr("none")), 0, "none is none");
    is_int(gate_alg_parse(gate_cstr("rs256")), 0, "of exact case");
    is_int(gate_alg_parse(gate_cstr("RS256 ")), 0, "of exact length");
    is_int(gate_alg_parse(gate_cstr("Ed448")), 0, "no Ed448");
    is_int(gate_alg_parse(gate_cstr("ES256K")), 0, "no curve of Bitcoin");
    is_int(gate_alg_parse(gate_cstr("")), 0, "nothing");
    is_str(gate_alg_name(0), "none", "the name of none");
    is_str(gate_alg_name(3), "none", "the name of two at once");
}


int
main(void)
{
    test_names();
    test_rows();
    test_rsa_numbers();
    test_pem();
    test_secret();
    test_find();

    return done_testing();
}
