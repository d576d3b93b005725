
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The names of a certificate: which there are, in which order, and which are
 * none.
 */


#include <openssl/x509v3.h>

#include "mint.h"
#include "gate_cert.h"


static gate_cert_t  c;


static void
extension(X509 *x, const char *value)
{
    X509V3_CTX       ctx;
    X509_EXTENSION  *e;

    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);

    e = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, value);
    X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
}


static X509 *
certificate(const char *cn, const char *sans)
{
    X509       *x;
    X509_NAME  *name;

    x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    ASN1_TIME_set(X509_getm_notBefore(x), 1000000000);
    ASN1_TIME_set(X509_getm_notAfter(x), 2000000000);
    X509_set_pubkey(x, mint_key("p256")->pkey);

    name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                               (unsigned char *) "Org, Inc", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               (unsigned char *) cn, -1, -1, 0);
    X509_set_issuer_name(x, name);

    if (sans != NULL) {
        extension(x, sans);
    }

    X509_sign(x, mint_key("p256")->pkey, EVP_sha256());

    return x;
}


static int
has(size_t i, const char *name)
{
    return i < c.n && gate_str_eq(c.names[i], gate_cstr(name));
}


static void
test_read(void)
{
    X509           *x;
    GENERAL_NAME   *gn;
    GENERAL_NAMES  *gns;
    ASN1_IA5STRING *ia5;

    x = certificate("Client \"1\"", "DNS:Api.Example,URI:spiffe://d/b,"
                    "email:a@b.c,DNS:two.example");

    is_int(gate_cert_read(&c, x), 1, "a certificate is read");
    is_int((int) c.n, 6, "it has six names");
    is_int((int) c.names[0].len, 7 + 64, "the first is its fingerprint");
    ok(has(1, "san:uri:spiffe://d/b"), "then the URI");
    ok(has(2, "san:dns:api.example"), "then DNS names, in lower case");
    ok(has(3, "san:dns:two.example"), "... all");
    ok(has(4, "san:email:a@b.c"), "then an address");
    ok(has(5, "subject:CN=Client \\\"1\\\",O=Org\\, Inc"),
       "the subject is the last, as of RFC 2253");
    is_int(c.not_before_s, 1000000000, "when it begins");
    is_int(c.not_after_s, 2000000000, "when it ends");
    X509_free(x);

    x = certificate("a", NULL);
    gate_cert_read(&c, x);
    is_int((int) c.n, 2, "without alternative names there are two");
    X509_free(x);

    /* a NUL ends the name for those who read C strings */

    x = certificate("a", NULL);
    ia5 = ASN1_IA5STRING_new();
    ASN1_STRING_set(ia5, "good.example\0.evil.example", 26);
    gn = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(gn, GEN_DNS, ia5);
    gns = GENERAL_NAMES_new();
    sk_GENERAL_NAME_push(gns, gn);
    X509_add1_ext_i2d(x, NID_subject_alt_name, gns, 0, 0);
    GENERAL_NAMES_free(gns);
    X509_sign(x, mint_key("p256")->pkey, EVP_sha256());

    gate_cert_read(&c, x);
    is_int((int) c.n, 2, "a name with a NUL is none");
    X509_free(x);
}


static void
test_pem(void)
{
    BIO   *bio;
    X509  *x;
    char  *text;
    long   len;

    x = certificate("a", "DNS:a.b");
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, x);
    len = BIO_get_mem_data(bio, &text);

    is_int(gate_cert_pem(&c, gate_str(text, (size_t) len)), 1, "PEM is read");
    ok(has(1, "san:dns:a.b"), "... with its names");
    is_int(gate_cert_pem(&c, gate_str(text, (size_t) len / 2)), 0,
           "half of it is not");
    is_int(gate_cert_pem(&c, gate_cstr("")), 0, "nothing is not");

    BIO_free(bio);
    X509_free(x);
}


static void
test_told(void)
{
    char         field[256];
    gate_xfcc_t  x;

    snprintf(field, sizeof(field), "Hash=%064d;URI=spiffe://a;DNS=A.b;"
             "Subject=\"CN=a\"", 7);

    ok(gate_xfcc_last(gate_cstr(field), &x) && gate_cert_told(&c, &x),
       "what a proxy tells");
    is_int((int) c.n, 4, "four names");
    ok(has(1, "san:uri:spiffe://a") && has(2, "san:dns:a.b")
       && has(3, "subject:CN=a"), "in that order");

    ok(gate_xfcc_last(gate_cstr("Hash=aa;URI=b"), &x)
       && !gate_cert_told(&c, &x), "a short fingerprint is refused");
    ok(gate_xfcc_last(gate_cstr("By=a"), &x) && !gate_cert_told(&c, &x),
       "nothing to find anybody by");
}


static void
test_name(void)
{
    size_t         i, n;
    unsigned char  dst[256];

    static const char  hex[] = "sha256:00112233445566778899aabbccddeeff"
                               "00112233445566778899aabbccddeeff";

    static const struct {
        const char   *name;
        const char   *is;
    } row[] = {
        { hex, hex },
        { "sha256:00112233445566778899AABBCCDDEEFF"
          "00112233445566778899AABBCCDDEEFF", hex },
        { "sha256:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
          "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF", hex },
        { "san:dns:A.Example", "san:dns:a.example" },
        { "san:uri:spiffe://A/b", "san:uri:spiffe://A/b" },
        { "san:email:A@b", "san:email:A@b" },
        { "subject:CN=a,O=b c", "subject:CN=a,O=b c" },
        { "sha256:00", "" }, { "sha256:", "" }, { "san:ip:1", "" },
        { "subject:", "" }, { "CN=a", "" }, { "", "" },
        { "sha256:::112233445566778899aabbccddeeff"
          "00112233445566778899aabbccddeeff", "" },
        { "sha256:0:0112233445566778899aabbccddeeff"
          "00112233445566778899aabbccddeeff", "" },
        { "sha256:00112233445566778899aabbccddeeff"
          "00112233445566778899aabbccddeeff00", "" },
        { "sha256:g0112233445566778899aabbccddeeff"
          "00112233445566778899aabbccddeeff", "" },
        { "san:dns:a\x01", "" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        n = gate_cert_name(gate_cstr(row[i].name), dst);
        ok(gate_str_eq(gate_str(dst, n), gate_cstr(row[i].is)), "\"%s\"",
           row[i].name);
    }
}


int
main(void)
{
    test_read();
    test_pem();
    test_told();
    test_name();

    return done_testing();
}
