/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens.  Input is a token as it comes; one that begins with "{" is a header
 * and, after a line break, a payload, which are signed here, so that what is
 * behind the signature is reached, too.
 */

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "fuzz.h"
#include "gate_b64.h"
#include "gate_bearer.h"
#include "gate_json.h"
#include "gate_jwt.h"


#define NOW     1300819379
#define PAYLOAD                                                               \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmN" \
    "vbS9pc19yb290Ijp0cnVlfQ"


/* the keys of RFC 7515 A.1 to A.3 and RFC 8037 A.2, and that of A.1 */

static const char  keys[] =
    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-"
    "EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"},"
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fA"
    "kd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-"
    "SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaS"
    "HSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxv"
    "b3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs9"
    "1kzk2PAcDTW9gb54h4FRWyuXpoQ\"},"
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76"
    "e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPa"
    "piMlrwIaaPcHURo\"}]}";

static const char  secret[] =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgU"
    "uTwjAzZr1Z9CAow";

/* the only tokens of strangers that are good */

static const char  *good[] = {
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." PAYLOAD
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",

    "eyJhbGciOiJSUzI1NiJ9." PAYLOAD
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm"
    "4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f"
    "_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOL"
    "n6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUT"
    "I8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",

    "eyJhbGciOiJFUzI1NiJ9." PAYLOAD
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxf"
    "KTUJqPP3-Kg6NU1Q"
};


/* "ann" asks for all that an issuer may ask for */

static gate_jwt_issuer_t         joe, ann;
static const gate_jwt_issuer_t  *issuers[2];
static gate_claim_t              places[2];
static gate_pointer_t            pointers[2];
static unsigned char             pointed[2][32];
static unsigned char             hmac_key[64];
static gate_jwt_heads_t          heads;


static void
start(void)
{
    char    err[256];
    size_t  len;

    joe.issuer = gate_cstr("joe");
    joe.algs = GATE_ALGS_ALL;
    joe.keys = gate_jwks_create();
    issuers[0] = &joe;

    ann = joe;
    ann.issuer = gate_cstr("ann");
    ann.at_jwt = GATE_JWT_AT_REQUIRED;
    ann.max_lifetime_s = 3600;
    ann.leeway_s = 5;
    ann.require = places;
    ann.nrequire = 2;
    issuers[1] = &ann;

    must(gate_claim_parse(&places[0], gate_cstr("/a/b"), &pointers[0],
                          pointed[0])
         == NULL);
    must(gate_claim_parse(&places[1], gate_cstr("s"), &pointers[1], pointed[1])
         == NULL);

    must(gate_jwks_add_json(joe.keys, gate_cstr(keys), joe.algs, err, 256));
    must(gate_b64url_decode(gate_cstr(secret), hmac_key, 64, &len));
}


static size_t
encode(gate_str_t in, unsigned char *dst)
{
    size_t  i, n;

    n = (size_t) EVP_EncodeBlock(dst, in.data, (int) in.len);

    for (i = 0; i < n; i++) {
        dst[i] = (dst[i] == '+') ? '-' : (dst[i] == '/') ? '_' : dst[i];
    }

    while (n > 0 && dst[n - 1] == '=') {
        n--;
    }

    return n;
}


/* what is asked about claims must stay inside of what is given */

/* what is listed is there, name by name, and nothing that breaks a line */

static void
names(json_t *claims, int words)
{
    size_t               i, from, len;
    unsigned char       *text;
    gate_claim_names_t   set;

    set.places = places;
    set.n = 2;
    set.prefix = gate_cstr("p:");
    set.words = words;

    len = gate_claim_names_text(&set, claims, words ? ' ' : ',', NULL);
    text = malloc(len + 1);

    must(gate_claim_names_text(&set, claims, words ? ' ' : ',', text) == len);

    for (from = 0, i = 0; i <= len && len != 0; i++) {
        must(i == len || text[i] >= ' ');

        if (i == len || text[i] == (words ? ' ' : ',')) {
            must(gate_claim_names_have(&set, claims,
                                       gate_str(text + from, i - from)));
            from = i + 1;
        }
    }

    free(text);
}


static void
ask(const json_t *claims)
{
    void           *iter;
    size_t          i, len;
    gate_str_t      name;
    unsigned char  *dst;

    static const size_t  rooms[] = { 0, 1, 7, 64, 20000 };

    for (iter = json_object_iter((json_t *) claims); iter != NULL;
         iter = json_object_iter_next((json_t *) claims, iter))
    {
        name = gate_str(json_object_iter_key(iter),
                        json_object_iter_key_len(iter));

        must(gate_jwt_claim(claims, name) == json_object_iter_value(iter));

        for (i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
            dst = malloc(rooms[i]);
            len = gate_jwt_claim_text(json_object_iter_value(iter), dst,
                                      rooms[i]);
            must(len <= rooms[i]);

            if (len != 0) {
                must(memchr(dst, '\n', len) == NULL);
                must(memchr(dst, '\0', len) == NULL);
                gate_jwt_claim_is(claims, name, gate_str(dst, len));
            }

            free(dst);
        }

        gate_jwt_has_scope(claims, name);
    }

    names(claims, 0);
    names(claims, 1);

    gate_jwt_claim(claims, gate_cstr("a.b.c"));
    gate_jwt_claim(claims, gate_cstr("..."));
}


static void
verify(gate_str_t token, int is_signed)
{
    size_t             i, same;
    gate_jwt_rc_e      rc;
    gate_jwt_result_t  out, other;

    rc = gate_jwt_verify(issuers, 2, NULL, token, NOW, &out);

    /* headers that are remembered change nothing */

    must(gate_jwt_verify(issuers, 2, &heads, token, NOW, &other) == rc);
    must(other.why == out.why && other.exp_s == out.exp_s
         && other.nbf_s == out.nbf_s && other.tries == out.tries);
    json_decref(other.claims);

    must((rc == GATE_JWT_OK) == (out.claims != NULL));
    must(out.why != NULL && rc != GATE_JWT_ERROR);
    must(ERR_peek_error() == 0);

    if (rc != GATE_JWT_OK) {
        return;
    }

    must(out.exp_s > NOW - 5 && out.nbf_s <= NOW + 5);
    must(gate_jwt_claim_is(out.claims, gate_cstr("iss"),
                           issuers[out.issuer]->issuer));

    if (out.issuer == 1) {
        must(out.exp_s <= NOW + 5 + 3600);
        must(json_object_get(out.claims, "jti") != NULL);
        must(gate_claim_get(&places[0], out.claims) != NULL);
    }

    for (same = 0, i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        same += gate_str_eq(token, gate_cstr(good[i]));
    }

    must(is_signed || same == 1);

    ask(out.claims);
    json_decref(out.claims);
}


static void
sign_and_verify(gate_str_t in)
{
    size_t          n;
    unsigned        len;
    gate_str_t      header, payload, token;
    unsigned char  *text, mac[EVP_MAX_MD_SIZE];

    header = fuzz_split(in, '\n', &payload);
    text = malloc(2 * in.len + 200);

    n = encode(header, text);
    text[n++] = '.';
    n += encode(payload, text + n);

    HMAC(EVP_sha256(), hmac_key, sizeof(hmac_key), text, n, mac, &len);

    text[n++] = '.';
    n += encode(gate_str(mac, len), text + n);

    token = fuzz_copy(text, n);
    verify(token, 1);

    free(token.data);
    free(text);
}


/* what is taken for the token is the end of the field */

static void
bearer(gate_str_t field)
{
    gate_str_t  token;

    if (gate_bearer_token(field, &token) && field.len != 0) {
        must(token.len <= field.len - 6);
        must(token.data + token.len == field.data + field.len);
        must(token.len == 0 || token.data[0] != ' ');
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t          len;
    json_t         *json;
    gate_str_t      in;
    unsigned char  *bytes, *text;

    if (joe.keys == NULL) {
        start();
    }

    in = fuzz_copy(data, size);

    bearer(in);

    if (size != 0 && data[0] == '{') {
        sign_and_verify(in);

        if (gate_json_object(in, &json) == GATE_JSON_OK) {
            ask(json);
            json_decref(json);
        }

    } else {
        verify(in, 0);
    }

    bytes = malloc(gate_b64url_decoded_max(size));

    if (gate_b64url_decode(in, bytes, gate_b64url_decoded_max(size), &len)) {
        text = malloc(size + 8);
        must(gate_str_eq(in, gate_str(text, encode(gate_str(bytes, len),
                                                   text))));
        free(text);
    }

    free(bytes);
    free(in.data);

    return 0;
}
