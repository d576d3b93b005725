
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * DPoP proofs (RFC 9449 4.3), in the order of what it costs.  The key that a
 * proof brings counts only if it is the one to which the token is bound.
 */


#include <openssl/crypto.h>

#include "gate_b64.h"
#include "gate_dpop.h"
#include "gate_hex.h"
#include "gate_json.h"
#include "gate_jwk.h"
#include "gate_text.h"


#define GATE_DPOP_SIGNATURE  1024             /* bytes: RSA of 8192 bits */


typedef struct {
    gate_str_t             head;              /* parts, as sent */
    gate_str_t             body;
    gate_str_t             sign;
    gate_str_t             input;             /* what is signed */
} gate_dpop_parts_t;


static int gate_dpop_split(gate_str_t proof, gate_dpop_parts_t *parts);
static json_t *gate_dpop_object(gate_str_t part);
static const char *gate_dpop_header(const json_t *head, unsigned *alg);
static const char *gate_dpop_claims(const json_t *claims,
    const gate_dpop_t *want, gate_dpop_proof_t *out);
static const char *gate_dpop_time(const json_t *claims,
    const gate_dpop_t *want, gate_dpop_proof_t *out);
static int gate_dpop_ath(const json_t *claims, gate_str_t token);
static int gate_dpop_htu(gate_str_t htu, const gate_dpop_t *want);
static int gate_dpop_same_host(gate_str_t a, gate_str_t b, int https);
static gate_str_t gate_dpop_host(gate_str_t host, int https);
static int gate_dpop_same_path(gate_str_t a, gate_str_t b);
static unsigned gate_dpop_next(gate_str_t *path);
static int gate_dpop_bound(const json_t *jwk, gate_str_t jkt);
static int gate_dpop_print(const json_t *jwk, gate_text_t *t);
static const char *gate_dpop_signed(const json_t *jwk, unsigned alg,
    const gate_dpop_parts_t *parts);
static int gate_dpop_sha256(gate_str_t in, gate_str_t want);


const char *
gate_dpop_verify(gate_str_t proof, const gate_dpop_t *want,
    gate_dpop_proof_t *out)
{
    json_t             *head, *claims;
    unsigned            alg;
    const char         *why;
    gate_dpop_parts_t   parts;

    if (!gate_dpop_split(proof, &parts)) {
        return "The DPoP proof is not a JWT, or it is too long.";
    }

    head = gate_dpop_object(parts.head);
    claims = (head == NULL) ? NULL : gate_dpop_object(parts.body);

    if (claims == NULL) {
        why = "The DPoP proof is not a JWT, or it is too long.";

    } else {
        why = gate_dpop_header(head, &alg);

        if (why == NULL) {
            why = gate_dpop_claims(claims, want, out);
        }

        if (why == NULL
            && !gate_dpop_bound(json_object_get(head, "jwk"), want->jkt))
        {
            why = "The DPoP proof is of another key than the token.";
        }

        if (why == NULL) {
            why = gate_dpop_signed(json_object_get(head, "jwk"), alg, &parts);
        }
    }

    json_decref(head);
    json_decref(claims);

    return why;
}


static int
gate_dpop_split(gate_str_t proof, gate_dpop_parts_t *parts)
{
    unsigned char  *one, *two, *last;

    last = proof.data + proof.len;

    if (proof.len == 0 || proof.len > GATE_DPOP_MAX) {
        return 0;
    }

    one = memchr(proof.data, '.', proof.len);
    two = one ? memchr(one + 1, '.', (size_t) (last - one - 1)) : NULL;

    if (two == NULL || memchr(two + 1, '.', (size_t) (last - two - 1)) != NULL)
    {
        return 0;
    }

    parts->head = gate_str(proof.data, (size_t) (one - proof.data));
    parts->body = gate_str(one + 1, (size_t) (two - one - 1));
    parts->sign = gate_str(two + 1, (size_t) (last - two - 1));
    parts->input = gate_str(proof.data, (size_t) (two - proof.data));

    return 1;
}


static json_t *
gate_dpop_object(gate_str_t part)
{
    size_t          len;
    json_t         *object;
    unsigned char   text[GATE_DPOP_MAX];

    if (!gate_b64url_decode(part, text, sizeof(text), &len)
        || gate_json_object(gate_str(text, len), &object) != GATE_JSON_OK)
    {
        return NULL;
    }

    return object;
}


static const char *
gate_dpop_header(const json_t *head, unsigned *alg)
{
    gate_str_t  text;

    if (!gate_json_string(head, "typ", &text)
        || !gate_str_eq(text, gate_cstr("dpop+jwt")))
    {
        return "The DPoP proof has not the type \"dpop+jwt\".";
    }

    *alg = gate_json_string(head, "alg", &text) ? gate_alg_parse(text) : 0;

    if ((*alg & GATE_DPOP_ALGS) == 0) {
        return "The DPoP proof has an algorithm that is not taken.";
    }

    if (json_object_get(head, "crit") != NULL
        || !json_is_object(json_object_get(head, "jwk")))
    {
        return "The DPoP proof has no key, or \"crit\".";
    }

    return NULL;
}


static const char *
gate_dpop_claims(const json_t *claims, const gate_dpop_t *want,
    gate_dpop_proof_t *out)
{
    const char  *why;
    gate_str_t   text;

    if (!gate_json_string(claims, "htm", &text)
        || !gate_str_eq(text, want->method))
    {
        return "The DPoP proof is for another method (htm).";
    }

    if (!gate_json_string(claims, "htu", &text) || !gate_dpop_htu(text, want)) {
        return "The DPoP proof is for another target (htu).";
    }

    why = gate_dpop_time(claims, want, out);
    if (why != NULL) {
        return why;
    }

    if (!gate_json_string(claims, "jti", &text) || text.len == 0
        || text.len > GATE_DPOP_JTI)
    {
        return "The DPoP proof has no id (jti), or a long one.";
    }

    memcpy(out->jti, text.data, text.len);
    out->len = text.len;

    return gate_dpop_ath(claims, want->token)
           ? NULL : "The DPoP proof is for another token (ath).";
}


static const char *
gate_dpop_time(const json_t *claims, const gate_dpop_t *want,
    gate_dpop_proof_t *out)
{
    const json_t  *iat;

    iat = json_object_get(claims, "iat");

    if (!json_is_integer(iat)) {
        return "The DPoP proof has no time (iat) that is an integer.";
    }

    out->iat_s = json_integer_value(iat);

    if (out->iat_s > want->now_s + want->skew_s
        || out->iat_s < want->now_s - want->max_age_s - want->skew_s)
    {
        return "The DPoP proof is too old, or of the future (iat).";
    }

    return NULL;
}


static int
gate_dpop_ath(const json_t *claims, gate_str_t token)
{
    gate_str_t  ath;

    return gate_json_string(claims, "ath", &ath)
           && gate_dpop_sha256(token, ath);
}


/* is "want" the base64url of the SHA-256 of "in"? */

static int
gate_dpop_sha256(gate_str_t in, gate_str_t want)
{
    int             same;
    size_t          len;
    gate_sha256_t  *h;
    unsigned char   digest[GATE_SHA256_LEN], text[GATE_SHA256_LEN];

    h = gate_sha256_create();

    same = h != NULL && gate_sha256(h, in, digest)
           && gate_b64url_decode(want, text, sizeof(text), &len)
           && len == sizeof(text)
           && gate_digest_eq(digest, text, sizeof(text));

    gate_sha256_destroy(h);

    return same;
}


/* RFC 9449 4.3: without query and fragment, after RFC 3986 6.2.2 and 6.2.3 */

static int
gate_dpop_htu(gate_str_t htu, const gate_dpop_t *want)
{
    int         https;
    size_t      i, n;
    gate_str_t  rest;

    for (n = 0; n < htu.len; n++) {
        if (htu.data[n] == '?' || htu.data[n] == '#') {
            break;
        }
    }

    htu.len = n;
    n = want->scheme.len;

    if (htu.len < n + 3
        || !gate_str_eq_nocase(gate_str(htu.data, n), want->scheme)
        || memcmp(htu.data + n, "://", 3) != 0)
    {
        return 0;
    }

    rest = gate_str(htu.data + n + 3, htu.len - n - 3);
    https = gate_str_eq_nocase(want->scheme, gate_cstr("https"));

    for (i = 0; i < rest.len && rest.data[i] != '/'; i++) { /* void */ }

    return gate_dpop_same_host(gate_str(rest.data, i), want->authority, https)
           && gate_dpop_same_path(gate_str(rest.data + i, rest.len - i),
                                  want->path);
}


static int
gate_dpop_same_host(gate_str_t a, gate_str_t b, int https)
{
    a = gate_dpop_host(a, https);
    b = gate_dpop_host(b, https);

    return a.len != 0 && gate_str_eq_nocase(a, b);
}


/* without the port that the scheme has */

static gate_str_t
gate_dpop_host(gate_str_t host, int https)
{
    size_t      i;
    gate_str_t  port;

    for (i = host.len; i > 0; i--) {
        if (host.data[i - 1] < '0' || host.data[i - 1] > '9') {
            break;
        }
    }

    if (i == 0 || host.data[i - 1] != ':') {
        return host;
    }

    port = gate_str(host.data + i, host.len - i);

    if (port.len == 0
        || gate_str_eq(port, gate_cstr(https ? "443" : "80")))
    {
        host.len = i - 1;
    }

    return host;
}


static int
gate_dpop_same_path(gate_str_t a, gate_str_t b)
{
    unsigned  one;

    a = (a.len == 0) ? gate_cstr("/") : a;
    b = (b.len == 0) ? gate_cstr("/") : b;

    while (a.len != 0 && b.len != 0) {

        one = gate_dpop_next(&a);

        if (one != gate_dpop_next(&b)) {
            return 0;
        }
    }

    return a.len == 0 && b.len == 0;
}


/* one character: what is escaped without need is itself, else it stays apart */

static unsigned
gate_dpop_next(gate_str_t *path)
{
    unsigned char  c, low;

    c = path->data[0];

    if (c != '%' || path->len < 3
        || !gate_hex_read(path->data + 1, &low, 1))
    {
        path->data++;
        path->len--;
        return c;
    }

    path->data += 3;
    path->len -= 3;

    if ((gate_lower(low) >= 'a' && gate_lower(low) <= 'z')
        || (low >= '0' && low <= '9')
        || low == '-' || low == '.' || low == '_' || low == '~')
    {
        return low;
    }

    return 0x100u + low;
}


static int
gate_dpop_bound(const json_t *jwk, gate_str_t jkt)
{
    gate_text_t    t;
    unsigned char  text[GATE_DPOP_MAX];

    gate_text_init(&t, text, sizeof(text));

    return gate_dpop_print(jwk, &t) && !t.full
           && gate_dpop_sha256(gate_str(text, (size_t) (t.last - text)), jkt);
}


/* RFC 7638 3: the members that make the key, in order, without spaces */

static int
gate_dpop_print(const json_t *jwk, gate_text_t *t)
{
    size_t      i, j;
    gate_str_t  kty, value;

    static const char  *members[][5] = {
        { "EC", "crv", "kty", "x", "y" },
        { "RSA", "e", "kty", "n", NULL },
        { "OKP", "crv", "kty", "x", NULL }
    };

    if (!gate_json_string(jwk, "kty", &kty)) {
        return 0;
    }

    for (i = 0; i < 3 && !gate_str_eq(kty, gate_cstr(members[i][0])); i++) {
        /* void */
    }

    if (i == 3) {
        return 0;
    }

    for (j = 1; j < 5 && members[i][j] != NULL; j++) {

        if (!gate_json_string(jwk, members[i][j], &value)) {
            return 0;
        }

        gate_text_cstr(t, (j == 1) ? "{" : ",");
        gate_text_json(t, gate_cstr(members[i][j]));
        gate_text_cstr(t, ":");
        gate_text_json(t, value);
    }

    gate_text_cstr(t, "}");

    return 1;
}


static const char *
gate_dpop_signed(const json_t *jwk, unsigned alg,
    const gate_dpop_parts_t *parts)
{
    int             good;
    char            err[256];
    size_t          len;
    gate_key_t     *key;
    unsigned char   sign[GATE_DPOP_SIGNATURE];

    if (gate_jwk_key(jwk, alg, &key, err, sizeof(err)) != GATE_JWK_OK) {
        return "The key of the DPoP proof is private, weak or malformed, or "
               "not of its algorithm.";
    }

    good = gate_b64url_decode(parts->sign, sign, sizeof(sign), &len)
           && gate_key_verify(key, alg, parts->input, gate_str(sign, len));

    gate_key_destroy(key);

    return good ? NULL : "The signature of the DPoP proof is wrong.";
}
