/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens for tests, good and hostile, and the issuers they meet.  Most are
 * rows of jwt_corpus_rows.h; those that JSON cannot say are made here.
 */

#ifndef JWT_CORPUS_H
#define JWT_CORPUS_H

#include "gate_b64.h"
#include "gate_jwt.h"
#include "mint.h"


#define NOW    1500000000
#define MAXED  1024

#define HS     GATE_ALGS_HS
#define RS     GATE_ALGS_RS
#define PS     GATE_ALGS_PS
#define ES     GATE_ALGS_ES
#define ED     GATE_ALGS_ED

#define OK     GATE_JWT_OK
#define BAD    GATE_JWT_BAD
#define EXP    GATE_JWT_EXPIRED
#define NBF    GATE_JWT_NOT_YET
#define ISS    GATE_JWT_ISSUER
#define AUD    GATE_JWT_AUDIENCE


typedef struct {
    const char      *name;
    gate_str_t       token;
    gate_jwt_rc_e    rc;

    /* what a user of a library would hand to it for this token, NULL: none */
    const char      *key;
} corpus_t;


#include "jwt_corpus_rows.h"


static corpus_t  corpus[MAXED];
static size_t    ncorpus;

static gate_str_t                corpus_aud[2];
static gate_jwt_issuer_t         corpus_issuer[12];
static const gate_jwt_issuer_t  *corpus_issuers[12];
static size_t                    corpus_nissuers;


static void
corpus_issuer_add(const char *name, unsigned algs, const char *json,
    const char *pem, const char *secret)
{
    int                 rc;
    char                err[256];
    gate_str_t          none;
    gate_jwt_issuer_t  *issuer;

    none = gate_str(NULL, 0);
    issuer = &corpus_issuer[corpus_nissuers];

    issuer->issuer = gate_cstr(name);
    issuer->algs = algs;
    issuer->keys = gate_jwks_create();

    rc = (json == NULL
          || gate_jwks_add_json(issuer->keys, gate_cstr(json), algs, err, 256))
         && (pem == NULL
             || gate_jwks_add_pem(issuer->keys, gate_cstr(mint_pem(pem, 0)),
                                  none, algs, err, 256))
         && (secret == NULL
             || gate_jwks_add_secret(issuer->keys, mint_key(secret)->secret,
                                     none, algs, err, 256));
    if (!rc) {
        mint_die(err);
    }

    corpus_issuers[corpus_nissuers++] = issuer;
}


static void
corpus_start(void)
{
    char  *rs, *es, *ps, *ed;

    rs = mint_fmt("{\"keys\":[%s,%s]}", mint_jwk("rsa", ",'kid':'r1'"),
                  mint_jwk("rsa2", ",'kid':'r2','alg':'RS256'"));
    es = mint_fmt("{\"keys\":[%s,%s,%s]}", mint_jwk("p256", ",'kid':'e1'"),
                  mint_jwk("p384", ",'kid':'e2'"),
                  mint_jwk("p521", ",'kid':'e3'"));

    ps = mint_fmt("{\"keys\":[%s,%s]}", mint_jwk("rsa", ",'kid':'r1'"),
                  mint_jwk("rsa2", ",'kid':'r2','alg':'PS256'"));
    ed = mint_fmt("{\"keys\":[%s,%s]}", mint_jwk("ed25519", ",'kid':'d1'"),
                  mint_jwk("ed25519-evil", ",'kid':'d2','alg':'EdDSA'"));

    corpus_issuer_add("https://rs", RS, rs, NULL, NULL);
    corpus_issuer_add("https://es", ES, es, NULL, NULL);
    corpus_issuer_add("https://hs", HS, NULL, NULL, "secret");
    corpus_issuer_add("https://pem", GATE_RS256, NULL, "rsa", NULL);
    corpus_issuer_add("https://es256", GATE_ES256, NULL, "p256", NULL);

    /* the worst that one can configure */
    corpus_issuer_add("https://mixed", HS|RS|ES|PS, NULL, "rsa", "secret");

    corpus_issuer_add("https://ps", PS, ps, NULL, NULL);
    corpus_issuer_add("https://rsps", RS|PS, ps, NULL, NULL);
    corpus_issuer_add("https://ed", ED, ed, NULL, NULL);
    corpus_issuer_add("https://edpem", GATE_EDDSA, NULL, "ed25519", NULL);

    corpus_aud[0] = gate_cstr("api");
    corpus_aud[1] = gate_cstr("https://api.example/");
    corpus_issuer[0].audiences = corpus_aud;
    corpus_issuer[0].naudiences = 2;
}


static void
corpus_end(void)
{
    while (corpus_nissuers > 0) {
        gate_jwks_destroy(corpus_issuer[--corpus_nissuers].keys);
    }
}


static gate_jwt_rc_e
corpus_verify(gate_str_t token, int64_t now_s, gate_jwt_result_t *out)
{
    return gate_jwt_verify(corpus_issuers, corpus_nissuers, NULL, token, now_s,
                           out);
}


static void
corpus_add_str(const char *name, gate_str_t token, gate_jwt_rc_e rc,
    const char *key)
{
    corpus_t  *c;

    if (ncorpus == MAXED) {
        mint_die("too many tokens");
    }

    c = &corpus[ncorpus++];
    c->name = name;
    c->token = token;
    c->rc = rc;
    c->key = key;
}


static void
corpus_add(const char *name, const char *token, gate_jwt_rc_e rc,
    const char *key)
{
    corpus_add_str(name, gate_cstr(token), rc, key);
}


/* the token with a signature of other bytes */

static void
corpus_resigned(const char *name, const char *header, const char *iss,
    const void *sig, size_t len, gate_jwt_rc_e rc, const char *key)
{
    char  *input;

    input = mint_input(header, mint_fmt("{'iss':'%s','exp':2000000000,"
                                        "'aud':'api'}", iss));
    corpus_add(name, mint_fmt("%s.%s", input, mint_b64(sig, len)), rc, key);
}


static void
corpus_shapes(void)
{
    char    *h, *p, *s, *t;
    size_t   i;

    static const char  *format[] = {
        "", ".", "..", "...", "%1$s", "%1$s.", "%1$s.%2$s", "%1$s.%2$s.",
        "%1$s..%3$s", ".%2$s.%3$s", "..%3$s", "%1$s.%2$s.%3$s.",
        "%1$s.%2$s.%3$s.%3$s", "%1$s.%2$s..%3$s", ".%1$s.%2$s.%3$s",
        "%1$s.%2$s.%3$s.AAAA.AAAA", "%1$s.%2$s.%3$s=", "%1$s.%2$s.%3$s==",
        "%1$s=.%2$s.%3$s", "%1$s.%2$s=.%3$s", " %1$s.%2$s.%3$s",
        "%1$s.%2$s.%3$s ", "%1$s.%2$s.%3$s\n", "%1$s.%2$s.%3$s\r\n",
        "\t%1$s.%2$s.%3$s", "%1$s .%2$s.%3$s", "%1$s. %2$s.%3$s",
        "%1$s.%2$s. %3$s", "%1$s.%2$s.%3$s junk", "%1$s.%2$s.%3$s,%1$s",
        "%1$s.%2$s.%3$s;x", "%1$s.%2$s.%3$sA", "%1$s.%2$s.%3$sAAAA",
        "Bearer %1$s.%2$s.%3$s", "\"%1$s.%2$s.%3$s\"", "%1$s%%2e%2$s%%2e%3$s",
        "%1$s,%2$s,%3$s", "%1$s.%2$s.%3$s\x7f", "%1$s.%2$s.%3$s\xff",
        "{\"protected\":\"%1$s\",\"payload\":\"%2$s\",\"signature\":\"%3$s\"}",
        "%3$s.%2$s.%1$s", "%2$s.%1$s.%3$s", NULL
    };

    t = mint("{'alg':'HS256'}", "{'iss':'https://hs','exp':2000000000}",
             "HS256", "secret");
    corpus_add("the one that the shapes are made of", t, OK, "secret");

    h = mint_fmt("%s", t);
    p = strchr(h, '.');
    *p++ = '\0';
    s = strchr(p, '.');
    *s++ = '\0';

    for (i = 0; format[i] != NULL; i++) {
        corpus_add(mint_fmt(format[i], "HEADER", "PAYLOAD", "SIGNATURE"),
                   mint_fmt(format[i], h, p, s), BAD, "secret");
    }

    corpus_add_str("a NUL after it", gate_str(t, strlen(t) + 1), BAD, NULL);
    corpus_add_str("cut by a byte", gate_str(t, strlen(t) - 1), BAD, "secret");
}


/* other spellings of the same bytes: HS256 leaves 2 bits free, RS and ES 4 */

static void
corpus_respell(const char *alg, const char *iss, const char *key, unsigned n)
{
    char      *t, *last;
    unsigned   i, value;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
                                    "pqrstuvwxyz0123456789-_";

    for (i = 1; i < n; i++) {
        t = mint(mint_fmt("{'alg':'%s'}", alg),
                 mint_fmt("{'iss':'%s','exp':2000000000}", iss), alg, key);

        last = t + strlen(t) - 1;
        value = (unsigned) (strchr(alphabet, *last) - alphabet);
        *last = alphabet[value | i];

        corpus_add(mint_fmt("another spelling of an %s signature", alg), t,
                   BAD, key);
    }
}


/* a header or payload that is spelled otherwise, and signed so */

static void
corpus_spelled(void)
{
    char        *h, *p;
    size_t       i;
    gate_str_t   sig;

    static const struct { const char *name, *header, *payload; } table[] = {
        { "header with a free bit, signed", "eyJhbGciOiJIUzI1NiJ9IB", "%s" },
        { "header padded, signed", "eyJhbGciOiJIUzI1NiJ9IA==", "%s" },
        { "payload padded, signed", "eyJhbGciOiJIUzI1NiJ9", "%s==" },
        { "payload with a space, signed", "eyJhbGciOiJIUzI1NiJ9", "%s " },
        { "payload of base64, signed", "eyJhbGciOiJIUzI1NiJ9", "%s+/+/" },
        { NULL, NULL, NULL }
    };

    for (i = 0; table[i].name != NULL; i++) {
        p = mint_json("{'iss':'https://hs','exp':2000000000} ");
        p = mint_b64(p, strlen(p));
        h = mint_fmt("%s.%s", table[i].header, mint_fmt(table[i].payload, p));
        sig = mint_hmac("HS256", mint_key("secret")->secret, gate_cstr(h));

        corpus_add(table[i].name, mint_fmt("%s.%s", h, mint_b64(sig.data, 32)),
                   BAD, "secret");
    }
}


/* signatures that mathematics or code gone wrong let pass */

static void
corpus_ecdsa(void)
{
    BIGNUM         *n;
    unsigned char   order[32], s[256];

    static const char  *h = "{'alg':'ES256'}", *iss = "https://es256";

    n = NULL;
    EVP_PKEY_get_bn_param(mint_key("p256")->pkey, "order", &n);
    BN_bn2binpad(n, order, 32);
    BN_free(n);

    memset(s, 0, sizeof(s));
    corpus_resigned("r and s zero", h, iss, s, 64, BAD, "p256");
    corpus_resigned("nothing but two zero bytes", h, iss, s, 2, BAD, "p256");
    s[31] = 1;
    corpus_resigned("s zero", h, iss, s, 64, BAD, "p256");
    s[63] = 1;
    corpus_resigned("r and s one", h, iss, s, 64, BAD, "p256");
    s[31] = 0;
    corpus_resigned("r zero", h, iss, s, 64, BAD, "p256");
    memcpy(s, order, 32);
    corpus_resigned("r the order", h, iss, s, 64, BAD, "p256");
    memcpy(s + 32, order, 32);
    corpus_resigned("r and s the order", h, iss, s, 64, BAD, "p256");
    s[31]++;
    corpus_resigned("r the order and one", h, iss, s, 64, BAD, "p256");
    memset(s, 0xff, sizeof(s));
    corpus_resigned("r and s all ones", h, iss, s, 64, BAD, "p256");
    corpus_resigned("256 bytes", h, iss, s, 256, BAD, "p256");
}


static void
corpus_ecdsa_lengths(void)
{
    char           *t;
    size_t          i, len;
    gate_str_t      sig;
    unsigned char   s[256];

    static const char  *h = "{'alg':'ES256'}", *iss = "https://es256";

    /* a good one whose r begins with a zero: accepted whole, not stripped */

    t = mint_input(h, "{'iss':'https://es256','exp':2000000000,'aud':'api'}");

    do {
        sig = mint_sign("ES256", "p256", gate_cstr(t));
    } while (sig.data[0] != 0);

    corpus_resigned("r with a leading zero", h, iss, sig.data, 64, OK, "p256");
    corpus_resigned("its zero left out", h, iss, sig.data + 1, 63, BAD,
                    "p256");

    memset(s, 0, sizeof(s));
    memcpy(s + 1, sig.data, 64);
    corpus_resigned("a zero in front", h, iss, s, 65, BAD, "p256");
    corpus_resigned("a zero behind", h, iss, s + 1, 65, BAD, "p256");

    memcpy(s, sig.data, 32);
    memset(s + 32, 0, 2);
    memcpy(s + 33, sig.data + 32, 32);
    corpus_resigned("33 bytes each", h, iss, s, 65, BAD, "p256");

    sig = mint_sign("DER ES256", "p256", gate_cstr(t));
    corpus_resigned("DER, not r and s", h, iss, sig.data, sig.len, BAD,
                    "p256");

    for (i = 0; i < 2; i++) {
        len = (i == 0) ? 96 : 132;
        memset(s, 0, sizeof(s));
        corpus_resigned("zeros of another curve", i ? "{'alg':'ES512'}"
                        : "{'alg':'ES384'}", "https://es", s, len, BAD,
                        i ? "p521" : "p384");
    }
}


static void
corpus_rsa(void)
{
    char           *t;
    BIGNUM         *n, *s;
    gate_str_t      sig;
    unsigned char   buf[300];

    static const char  *h = "{'alg':'RS256'}", *iss = "https://pem";

    memset(buf, 0, sizeof(buf));
    corpus_resigned("a zero signature", h, iss, buf, 256, BAD, "rsa");
    buf[255] = 1;
    corpus_resigned("a signature of one", h, iss, buf, 256, BAD, "rsa");
    corpus_resigned("a byte", h, iss, buf + 255, 1, BAD, "rsa");

    t = mint_input(h, "{'iss':'https://pem','exp':2000000000,'aud':'api'}");
    sig = mint_sign("RS256", "rsa", gate_cstr(t));
    corpus_resigned("as it should be", h, iss, sig.data, 256, OK, "rsa");
    corpus_resigned("a byte short", h, iss, sig.data, 255, BAD, "rsa");

    memset(buf, 0, sizeof(buf));
    memcpy(buf + 1, sig.data, 256);
    corpus_resigned("a zero in front", h, iss, buf, 257, BAD, "rsa");
    corpus_resigned("a zero behind", h, iss, buf + 1, 257, BAD, "rsa");

    /* the same number modulo n */

    n = NULL;
    EVP_PKEY_get_bn_param(mint_key("rsa")->pkey, "n", &n);
    s = BN_bin2bn(sig.data, 256, NULL);
    BN_add(s, s, n);
    BN_bn2binpad(s, buf, 257);
    corpus_resigned("s plus n", h, iss, buf[0] ? buf : buf + 1,
                    buf[0] ? 257 : 256, BAD, "rsa");
    BN_bn2binpad(n, buf, 256);
    corpus_resigned("n", h, iss, buf, 256, BAD, "rsa");
    BN_free(s);
    BN_free(n);

    sig = mint_sign("RS512", "rsa", gate_cstr(t));
    corpus_resigned("of SHA-512 under RS256", h, iss, sig.data, 256, BAD,
                    "rsa");
    sig = mint_sign("PS256", "rsa", gate_cstr(t));
    corpus_resigned("of PSS under RS256", h, iss, sig.data, 256, BAD, "rsa");
}


/* the public key as an HMAC secret, in each form an attacker could take */

static void
corpus_confused(void)
{
    int             len;
    char           *pem, *t, *iss, *alg;
    size_t          i, k;
    unsigned char  *der;
    gate_str_t      secret[4], sig;

    static const char  *algs[] = { "HS256", "HS384", "HS512" };
    static const char  *issuers[] = { "https://pem", "https://mixed",
                                      "https://rs" };

    pem = mint_pem("rsa", 0);
    der = NULL;
    len = i2d_PUBKEY(mint_key("rsa")->pkey, &der);

    secret[0] = gate_cstr(pem);
    secret[1] = gate_str(pem, strlen(pem) - 1);
    secret[2] = gate_str(mint_alloc((size_t) len), (size_t) len);
    secret[3] = gate_cstr(mint_jwk("rsa", ",'kid':'r1'"));
    memcpy(secret[2].data, der, (size_t) len);
    OPENSSL_free(der);

    for (i = 0; i < 9; i++) {
        alg = (char *) algs[i / 3];
        iss = (char *) issuers[i % 3];
        t = mint_input(mint_fmt("{'alg':'%s'}", alg),
                       mint_fmt("{'iss':'%s','exp':2000000000,'aud':'api'}",
                                iss));

        for (k = 0; k < 4; k++) {
            sig = mint_hmac(alg, secret[k], gate_cstr(t));
            corpus_add(mint_fmt("%s with the public key of %s, form %zu", alg,
                                iss, k),
                       mint_fmt("%s.%s", t, mint_b64(sig.data, sig.len)), BAD,
                       "rsa");
        }
    }

    t = mint_input("{'alg':'HS256'}", "{'iss':'https://mixed','exp':2e9}");
    sig = mint_hmac("HS256", gate_cstr(""), gate_cstr(t));
    corpus_add("HS256 with the empty secret",
               mint_fmt("%s.%s", t, mint_b64(sig.data, sig.len)), BAD, "rsa");
}


/* as long and deep as may be, and by one more */

static void
corpus_large(void)
{
    char    *pad, *t;
    size_t   i, len;

    pad = mint_alloc(20001);
    memset(pad, 'x', 20000);

    for (len = 12000; len < 12300; len++) {
        t = mint("{'alg':'HS256'}", mint_fmt("{'iss':'https://hs','exp':2e9,"
                 "'x':'%.*s'}", (int) len, pad), "HS256", "secret");

        if (strlen(t) >= GATE_JWT_MAX - 1 && strlen(t) <= GATE_JWT_MAX + 2) {
            corpus_add(mint_fmt("a token of %zu bytes", strlen(t)), t,
                       strlen(t) > GATE_JWT_MAX ? BAD : OK, "secret");
        }
    }

    for (i = 0; i < 2; i++) {
        len = GATE_JWT_HEADER - strlen("{'alg':'HS256','x':''}") + i;
        t = mint_fmt("{'alg':'HS256','x':'%.*s'}", (int) len, pad);
        corpus_add(mint_fmt("a header of %zu bytes", strlen(t)),
                   mint(t, "{'iss':'https://hs','exp':2000000000}", "HS256",
                        "secret"), i ? BAD : OK, "secret");
    }

    memset(pad, '[', 20000);
    memset(pad + 10000, ']', 10000);

    for (i = 31; i <= 32; i++) {
        t = mint_fmt("%.*s%.*s", (int) i, pad, (int) i, pad + 10000);
        corpus_add(mint_fmt("a payload of %zu levels", i + 1),
                   mint("{'alg':'HS256'}",
                        mint_fmt("{'iss':'https://hs','exp':2e9,'x':%s}", t),
                        "HS256", "secret"), i == 31 ? OK : BAD, "secret");
        corpus_add(mint_fmt("a header of %zu levels", i + 1),
                   mint(mint_fmt("{'alg':'HS256','x':%s}", t),
                        "{'iss':'https://hs','exp':2000000000}", "HS256",
                        "secret"), i == 31 ? OK : BAD, "secret");
    }

    corpus_add("a payload of 5000 levels",
               mint("{'alg':'HS256'}",
                    mint_fmt("{'iss':'https://hs','exp':2e9,'x':%.*s%.*s}",
                             5000, pad, 5000, pad + 10000), "HS256", "secret"),
               BAD, NULL);
    corpus_add("brackets in a string are no levels",
               mint("{'alg':'HS256'}",
                    mint_fmt("{'iss':'https://hs','exp':2e9,'x':'\\\\\\'%.*s'}",
                             500, pad), "HS256", "secret"), OK, "secret");
}


#include "jwt_corpus_new.h"


MINT_UNUSED
static void
corpus_build(void)
{
    const row_t  *row;

    corpus_start();

    for (row = rows; row->name != NULL; row++) {
        corpus_add(row->name, (row->key == NULL)
                   ? mint_fmt("%s.", mint_input(row->header, row->payload))
                   : mint(row->header, row->payload, row->alg, row->key),
                   row->rc, row->library);
    }

    corpus_shapes();
    corpus_respell("HS256", "https://hs", "secret", 4);
    corpus_respell("RS256", "https://pem", "rsa", 16);
    corpus_respell("ES256", "https://es256", "p256", 16);
    corpus_spelled();
    corpus_ecdsa();
    corpus_ecdsa_lengths();
    corpus_rsa();
    corpus_confused();
    corpus_large();
    corpus_new();
}


#endif
