/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * HTTP Message Signatures: the messages, keys and signatures of RFC 9421 2.1,
 * 2.2, 4.3 and Appendix B, and what must not be taken.
 */


#include "tap.h"

#include "gate_httpsig.h"
#include "gate_jwks.h"


typedef struct {
    const char            *name;
    const char            *value;
} line_t;


static char  base[16384];


static const char  p256[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf\n"
    "w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==\n"
    "-----END PUBLIC KEY-----\n";

static const char  ed25519[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n"
    "-----END PUBLIC KEY-----\n";

static const char  pss[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2\n"
    "+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+\n"
    "oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq\n"
    "gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W\n"
    "Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4\n"
    "aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI\n"
    "2wIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

static const char  rsa[] =
    "-----BEGIN RSA PUBLIC KEY-----\n"
    "MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw\n"
    "WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq\n"
    "MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg\n"
    "kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P\n"
    "uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ\n"
    "PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB\n"
    "-----END RSA PUBLIC KEY-----\n";

/* B.1.5, in base64 */
static const char  secret[] =
    ":uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6p"
    "cl8jsasjlTMtDQ==:";

#define DIGEST  "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgB" \
                "WnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"

#define CERT                                                                   \
    "MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50" \
    "aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0y" \
    "MTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" \
    "8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJi" \
    "Ny6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0Z" \
    "aSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMw" \
    "EYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6Y" \
    "K0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk="


static const line_t  b2[] = {
    { "host", "example.com" },
    { "date", "Tue, 20 Apr 2021 02:07:55 GMT" },
    { "content-type", "application/json" },
    { "content-digest", DIGEST },
    { "content-length", "18" },
    { NULL, NULL }
};

static const line_t  b3[] = {
    { "date", "Tue, 20 Apr 2021 02:07:55 GMT" },
    { "content-type", "application/json" },
    { "content-length", "18" },
    { "client-cert", ":" CERT ":" },
    { NULL, NULL }
};

static const line_t  forwarded[] = {
    { "date", "Tue, 20 Apr 2021 02:07:56 GMT" },
    { "content-type", "application/json" },
    { "content-digest", DIGEST },
    { "content-length", "18" },
    { "forwarded", "for=192.0.2.123;host=example.com;proto=https" },
    { NULL, NULL }
};

static const line_t  b4[] = {
    { "accept", "application/json" },
    { "date", "Fri, 15 Jul 2022 14:24:55 GMT" },
    { "accept", "*/*" },
    { NULL, NULL }
};

static const line_t  b4_one[] = {
    { "accept", " application/json, */*\t" },
    { NULL, NULL }
};

static const line_t  b4_turned[] = {
    { "accept", "*/*" },
    { "accept", "application/json" },
    { NULL, NULL }
};

static const line_t  s21[] = {
    { "x-ows-header", "  Leading and trailing whitespace.   " },
    { "cache-control", "max-age=60" },
    { "x-empty-header", " " },
    { "cache-control", "   must-revalidate" },
    { "example-dict", " a=1,    b=2;x=1;y=2,   c=(a   b   c)" },
    { "example-dict", "d" },
    { "example-header", "value, with, lots" },
    { "example-header", "of, commas" },
    { "priority", "u=1,i=?1" },
    { NULL, NULL }
};


static int
field(void *data, gate_str_t name, size_t n, gate_str_t *value)
{
    const line_t  *l;

    for (l = data; l->name != NULL; l++) {
        if (gate_str_eq(name, gate_cstr(l->name)) && n-- == 0) {
            *value = gate_cstr(l->value);
            return 1;
        }
    }

    return 0;
}


static gate_httpsig_request_t
request(const char *method, const char *host, const char *target,
    const line_t *lines)
{
    const char              *q;
    gate_httpsig_request_t   r;

    memset(&r, 0, sizeof(r));

    q = strchr(target, '?');

    r.method = gate_cstr(method);
    r.scheme = gate_cstr("https");
    r.authority = gate_cstr(host);
    r.target = gate_cstr(target);
    r.path = gate_str(target, q ? (size_t) (q - target) : strlen(target));
    r.has_query = (q != NULL);
    r.query = q ? gate_cstr(q + 1) : gate_cstr("");
    r.data = (void *) lines;
    r.field = field;

    return r;
}


/* NULL, and the text is in base; or why not */

static const char *
make(gate_httpsig_t *sig, const gate_httpsig_request_t *r, const char *input,
    const char *signature, const char *label)
{
    const char   *why;
    gate_text_t   t;

    why = gate_httpsig_parse(sig, gate_cstr(input), gate_cstr(signature),
                             gate_cstr(label), gate_cstr(""));
    if (why != NULL) {
        return why;
    }

    gate_text_init(&t, (unsigned char *) base, sizeof(base) - 1);
    why = gate_httpsig_base(&t, sig, r);
    *t.last = '\0';

    return why;
}


static int
verifies(unsigned alg, const char *key, gate_str_t text, gate_str_t signature)
{
    int                good;
    char               err[256];
    size_t             len;
    gate_jwks_t       *set;
    unsigned char      bytes[64];
    gate_sfv_item_t    item;
    const gate_key_t  *k[4];

    set = gate_jwks_create();

    if (alg == GATE_HS256) {
        (void) gate_sfv_item(gate_cstr(key), &item);
        (void) gate_sfv_bytes(&item, bytes, sizeof(bytes), &len);
        good = gate_jwks_add_secret(set, gate_str(bytes, len), gate_cstr(""),
                                    alg, err, sizeof(err));
    } else {
        good = gate_jwks_add_pem(set, gate_cstr(key), gate_cstr(""), alg, err,
                                 sizeof(err));
    }

    good = good && gate_jwks_find(set, alg, NULL, k, 4) == 1
           && gate_key_verify(k[0], alg, text, signature);

    gate_jwks_destroy(set);

    return good;
}


static void
vector(const char *name, gate_httpsig_request_t r, const char *alg,
    const char *key, const char *input, const char *signature)
{
    const char       *why;
    gate_httpsig_t    sig;

    why = make(&sig, &r, input, signature, "");

    if (!ok(why == NULL, "%s: the text is made", name)) {
        diag("%s", why);
        return;
    }

    ok(verifies(gate_httpsig_alg(gate_cstr(alg)), key, gate_cstr(base),
                gate_str(sig.bytes, sig.len)), "%s: it is good", name);

    base[strlen(base) / 2] ^= 1;

    ok(!verifies(gate_httpsig_alg(gate_cstr(alg)), key, gate_cstr(base),
                 gate_str(sig.bytes, sig.len)), "%s: one bit less is not",
       name);
}


static void
test_vectors(void)
{
    gate_httpsig_request_t  r, get;

    r = request("POST", "example.com", "/foo?param=Value&Pet=dog", b2);

    vector("B.2.1", r, "rsa-pss-sha512", pss,
           "sig-b21=();created=1618884473;keyid=\"test-key-rsa-pss\""
           ";nonce=\"b3k2pp5k7z-50gnwp.yemd\"",
           "sig-b21=:d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkb"
           "bHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJe"
           "NqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMI"
           "QKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5W"
           "Sb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLh"
           "dxO5Nyt8C8ssinQ98Xw9Q==:");

    vector("B.2.2", r, "rsa-pss-sha512", pss,
           "sig-b22=(\"@authority\" \"content-digest\" \"@query-param\""
           ";name=\"Pet\");created=1618884473;keyid=\"test-key-rsa-pss\""
           ";tag=\"header-example\"",
           "sig-b22=:LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHx"
           "ICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIX"
           "xi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVt"
           "R8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ"
           "99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb"
           "0rQl3/XaVe4bXTugEjHSw==:");

    vector("B.2.3", r, "rsa-pss-sha512", pss,
           "sig-b23=(\"date\" \"@method\" \"@path\" \"@query\" \"@authority\" "
           "\"content-type\" \"content-digest\" \"content-length\")"
           ";created=1618884473;keyid=\"test-key-rsa-pss\"",
           "sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYw"
           "Z/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59Dz"
           "Yx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXX"
           "ZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF"
           "8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL"
           "2FUo5fTIztsDZKEgM4cUA==:");

    vector("B.2.5", r, "hmac-sha256", secret,
           "sig-b25=(\"date\" \"@authority\" \"content-type\")"
           ";created=1618884473;keyid=\"test-shared-secret\"",
           "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:");

    vector("B.2.6", r, "ed25519", ed25519,
           "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" "
           "\"content-type\" \"content-length\");created=1618884473"
           ";keyid=\"test-key-ed25519\"",
           "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9E"
           "DgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:");

    r = request("POST", "service.internal.example", "/foo?param=Value&Pet=dog",
                b3);

    vector("B.3", r, "ecdsa-p256-sha256", p256,
           "ttrp=(\"@path\" \"@query\" \"@method\" \"@authority\" "
           "\"client-cert\");created=1618884473;keyid=\"test-key-ecc-p256\"",
           "ttrp=:xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6Mce9315T6x"
           "oklyy0yzhD9ah4JHRwMLOgmizw==:");

    r = request("POST", "origin.host.internal.example",
                "/foo?param=Value&Pet=dog", forwarded);

    vector("4.3", r, "rsa-v1_5-sha256", rsa,
           "proxy_sig=(\"@method\" \"@authority\" \"@path\" \"content-digest\" "
           "\"content-type\" \"content-length\" \"forwarded\")"
           ";created=1618884480;keyid=\"test-key-rsa\";alg=\"rsa-v1_5-sha256\""
           ";expires=1618884540",
           "proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+J"
           "H+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyU"
           "pZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0"
           "RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3"
           "LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6W"
           "fgS9ddzirrswsE1w5o0LV/g==:");

#define B4_INPUT  "transform=(\"@method\" \"@path\" \"@authority\" \"accept\")" \
                  ";created=1618884473;keyid=\"test-key-ed25519\""
#define B4_SIGN   "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1e" \
                  "RGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==:"

    get = request("GET", "example.org", "/demo?name1=Value1&Name2=value2", b4);
    vector("B.4", get, "ed25519", ed25519, B4_INPUT, B4_SIGN);

    get = request("GET", "EXAMPLE.org:443", "/demo?name1=Value1&param=added",
                  b4_one);
    vector("B.4, transformed", get, "ed25519", ed25519, B4_INPUT, B4_SIGN);
}


/* B.2.4 is of an answer, of which we know the text alone */

static void
test_answer(void)
{
    size_t           len;
    unsigned char    bytes[64];
    gate_sfv_item_t  item;

    static const char  text[] =
        "\"@status\": 200\n"
        "\"content-type\": application/json\n"
        "\"content-digest\": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ4"
        "1QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:\n"
        "\"content-length\": 23\n"
        "\"@signature-params\": (\"@status\" \"content-type\" \"content-digest\""
        " \"content-length\");created=1618884473;keyid=\"test-key-ecc-p256\"";

    (void) gate_sfv_item(gate_cstr(":wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpa"
                                   "CLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oi"
                                   "asw==:"), &item);
    (void) gate_sfv_bytes(&item, bytes, sizeof(bytes), &len);

    ok(verifies(GATE_ES256, p256, gate_cstr(text), gate_str(bytes, len)),
       "B.2.4: it is good");
}


/* B.4: what must not stay good; 2.1, 2.2: what a component's value is */

static void
test_components(void)
{
    size_t                  i;
    char                    input[512], want[512];
    gate_httpsig_t          sig;
    gate_httpsig_request_t  r;

    static const char  query[] =
        "/parameters?var=this%20is%20a%20big%0Amultiline%20value"
        "&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something";

    static const struct {
        const char        *host;
        const char        *target;
        const char        *component;
        const char        *value;             /* NULL: refused */
    } row[] = {
        { "www.example.com", "/path?param=value", "\"@target-uri\"",
          "https://www.example.com/path?param=value" },
        { "WWW.example.com:443", "/", "\"@authority\"", "www.example.com" },
        { "www.example.com:80", "/", "\"@authority\"", "www.example.com:80" },
        { "[::1]:8443", "/", "\"@authority\"", "[::1]:8443" },
        { "[::1]", "/", "\"@authority\"", "[::1]" },
        { "", "/", "\"@authority\"", NULL },
        { "a", "/", "\"@scheme\"", "https" },
        { "a", "/path?param=value", "\"@request-target\"",
          "/path?param=value" },
        { "a", "/path?param=value", "\"@path\"", "/path" },
        { "a", "/a%2Fb//c/../d", "\"@path\"", "/a%2Fb//c/../d" },
        { "a", "", "\"@path\"", "/" },
        { "a", "/path?param=value&foo=bar&baz=bat%2Dman", "\"@query\"",
          "?param=value&foo=bar&baz=bat%2Dman" },
        { "a", "/path?queryString", "\"@query\"", "?queryString" },
        { "a", "/path?", "\"@query\"", "?" },
        { "a", "/path", "\"@query\"", "?" },
        { "a", "/path?param=value&foo=bar&baz=batman&qux=",
          "\"@query-param\";name=\"baz\"", "batman" },
        { "a", "/path?param=value&foo=bar&baz=batman&qux=",
          "\"@query-param\";name=\"qux\"", "" },
        { "a", query, "\"@query-param\";name=\"var\"",
          "this%20is%20a%20big%0Amultiline%20value" },
        { "a", query, "\"@query-param\";name=\"bar\"",
          "with%20plus%20whitespace" },
        { "a", query, "\"@query-param\";name=\"fa%C3%A7ade%22%3A%20\"",
          "something" },
        { "a", "/?a=1&a=2", "\"@query-param\";name=\"a\"", NULL },
        { "a", "/?a=1&%61=2", "\"@query-param\";name=\"a\"", NULL },
        { "a", "/?a=1", "\"@query-param\";name=\"b\"", NULL },
        { "a", "/?a=1", "\"@query-param\"", NULL },
        { "a", "/", "\"@query-param\";name=\"a\"", NULL },
        { "a", "/", "\"@method\";name=\"a\"", NULL },
        { "a", "/", "\"@method\";sf", NULL },
        { "a", "/", "\"@status\"", NULL },
        { "a", "/", "\"@signature-params\"", NULL },
        { "a", "/", "\"@method\";req", NULL },
        { "a", "/", "\"cache-control\";tr", NULL },
        { "a", "/", "\"cache-control\";x", NULL },
        { "a", "/", "\"cache-control\";sf=?0", NULL },
        { "a", "/", "\"cache-control\"", "max-age=60, must-revalidate" },
        { "a", "/", "\"Cache-Control\"", NULL },
        { "a", "/", "cache-control", NULL },
        { "a", "/", "\"\"", NULL },
        { "a", "/", "\"x-ows-header\"", "Leading and trailing whitespace." },
        { "a", "/", "\"x-empty-header\"", "" },
        { "a", "/", "\"x-none\"", NULL },
        { "a", "/", "\"x-none\";bs", NULL },
        { "a", "/", "\"example-dict\"",
          "a=1,    b=2;x=1;y=2,   c=(a   b   c), d" },
        { "a", "/", "\"example-dict\";sf", NULL },
        { "a", "/", "\"priority\";sf", "u=1, i" },
        { "a", "/", "\"example-dict\";key=\"a\"", "1" },
        { "a", "/", "\"example-dict\";key=\"d\"", "?1" },
        { "a", "/", "\"example-dict\";key=\"b\"", "2;x=1;y=2" },
        { "a", "/", "\"example-dict\";key=\"c\"", "(a b c)" },
        { "a", "/", "\"example-dict\";key=\"e\"", NULL },
        { "a", "/", "\"example-header\";bs",
          ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:" },
        { "a", "/", "\"example-header\";bs;sf", NULL },
        { "a", "/", "\"example-dict\";bs;key=\"a\"", NULL },
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {

        r = request("GET", row[i].host, row[i].target, s21);

        snprintf(input, sizeof(input), "a=(%s)", row[i].component);
        snprintf(want, sizeof(want), "%s: %s\n\"@signature-params\": (%s)",
                 row[i].component, row[i].value ? row[i].value : "",
                 row[i].component);

        if (make(&sig, &r, input, "a=:AAAA:", "") != NULL) {
            ok(row[i].value == NULL, "%s of %s is refused", row[i].component,
               row[i].target);

        } else if (row[i].value == NULL) {
            fail("%s of %s is refused", row[i].component, row[i].target);

        } else {
            is_str(base, want, "%s of %s", row[i].component, row[i].target);
        }
    }

    r = request("GET", "example.org", "/demo", b4_turned);

    (void) make(&sig, &r, B4_INPUT, B4_SIGN, "");
    ok(!verifies(GATE_ED25519, ed25519, gate_cstr(base),
                 gate_str(sig.bytes, sig.len)),
       "B.4: lines in another order are not what was signed");

    r = request("POST", "example.com", "/demo", b4);

    (void) make(&sig, &r, B4_INPUT, B4_SIGN, "");
    ok(!verifies(GATE_ED25519, ed25519, gate_cstr(base),
                 gate_str(sig.bytes, sig.len)),
       "B.4: nor are another method and authority");
}


static void
test_parse(void)
{
    size_t                   i;
    const char              *why;
    gate_httpsig_t           sig;
    gate_httpsig_request_t   r;

    static const char  *bad[][2] = {
        { "a=1", "a=:AAAA:" }, { "a", "a=:AAAA:" }, { "a=(", "a=:AAAA:" },
        { "a=()", "a=\"x\"" }, { "a=()", "b=:AAAA:" }, { "a=()", "a" },
        { "a=()", ":AAAA:" }, { "", "" }, { "a=(), a=()", "a=:AAAA:" },
        { "a=(), b=1", "a=:AAAA:" }, { "a=();created=1.5", "a=:AAAA:" },
        { "a=();created=\"1\"", "a=:AAAA:" }, { "a=();created", "a=:AAAA:" },
        { "a=();keyid=a", "a=:AAAA:" }, { "a=();expires=@1", "a=:AAAA:" },
        { "a=(\"@method\" \"@method\")", "a=:AAAA:" },
        { "a=(\"x\";a=1;b=1 \"x\";b=1;a=1)", "a=:AAAA:" },
        { "a=(\"@method\"),b=(),c=(),d=(),e=(),f=(),g=(),h=(),i=()",
          "a=:AAAA:" },
    };

    r = request("GET", "a", "/", s21);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = make(&sig, &r, bad[i][0], bad[i][1], "");
        ok(why != NULL, "%s and %s: %s", bad[i][0], bad[i][1],
           why ? why : "taken");
    }

    why = make(&sig, &r, "a=(\"@method\");created=1, "
               "b=( \"@path\"  \"@method\" );  keyid=\"k\\\"\\\\\";created=-2"
               ";expires=03;tag=\"t\";nonce=\"n\";alg=\"ed25519\";x",
               "a=:AAAA:, b=:AAAB:;x", "b");

    ok(why == NULL, "a signature is chosen by its label");
    is_str(base, "\"@path\": /\n\"@method\": GET\n\"@signature-params\": "
           "(\"@path\" \"@method\");keyid=\"k\\\"\\\\\";created=-2;expires=3"
           ";tag=\"t\";nonce=\"n\";alg=\"ed25519\";x",
           "the parameters are written canonically");
    ok(sig.keyid.len == 3 && memcmp(sig.keyid.data, "k\"\\", 3) == 0,
       "the keyid has no escapes");
    ok(sig.has_created && sig.created_s == -2 && sig.has_expires
       && sig.expires_s == 3, "times are numbers");
    ok(gate_str_eq(sig.tag, gate_cstr("t"))
       && gate_str_eq(sig.nonce, gate_cstr("n"))
       && gate_str_eq(sig.alg, gate_cstr("ed25519")), "texts are there");
    ok(sig.len == 3 && sig.bytes[2] == 1, "it is the signature of that label");

    why = gate_httpsig_parse(&sig, gate_cstr("a=();tag=\"x\", b=();tag=\"y\""),
                             gate_cstr("a=:AAAA:, b=:AAAB:"), gate_cstr(""),
                             gate_cstr("y"));
    ok(why == NULL && gate_str_eq(sig.label, gate_cstr("b")),
       "one is chosen by its tag");
    ok(gate_httpsig_parse(&sig, gate_cstr("a=();tag=\"x\""),
                          gate_cstr("a=:AAAA:"), gate_cstr(""), gate_cstr("z"))
       != NULL, "another tag is none");
}


static void
test_covers(void)
{
    gate_httpsig_t  sig;

    (void) gate_httpsig_parse(&sig, gate_cstr("a=(\"@target-uri\" \"x\";sf "
                                              "\"y\";key=\"z\" \"@query-param\""
                                              ";name=\"a\")"),
                              gate_cstr("a=:AAAA:"), gate_cstr(""),
                              gate_cstr(""));

    ok(gate_httpsig_covers(&sig, gate_cstr("@target-uri")), "what is there");
    ok(gate_httpsig_covers(&sig, gate_cstr("@path"))
       && gate_httpsig_covers(&sig, gate_cstr("@query"))
       && gate_httpsig_covers(&sig, gate_cstr("@authority")),
       "the target has its parts in it");
    ok(gate_httpsig_covers(&sig, gate_cstr("x")), "a field in another form");
    ok(!gate_httpsig_covers(&sig, gate_cstr("y")), "a member is not a field");
    ok(!gate_httpsig_covers(&sig, gate_cstr("@method")), "what is not there");

    is_int(gate_httpsig_alg(gate_cstr("none")), 0, "no algorithm is none");
    is_str(gate_httpsig_alg_name(GATE_ES384), "ecdsa-p384-sha384",
           "one has a name");
    ok(gate_httpsig_alg_name(GATE_RS512) == NULL, "another has none there");
}


int
main(void)
{
    test_vectors();
    test_answer();
    test_components();
    test_parse();
    test_covers();

    return done_testing();
}
