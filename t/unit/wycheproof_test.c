/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The vectors of Wycheproof for JSON Web Signatures and Keys, which are not of
 * this project: GATE_WYCHEPROOF is the folder with json_web_signature_test.json
 * and json_web_key_test.json, without it nothing is tested.
 *
 * Their payloads are no claims, so that what is asked is what a token meets up
 * to its signature: its parts, its header, the keys, the signature.
 */

#include "gate_jws.h"
#include "mint.h"


typedef struct {
    size_t  valid;
    size_t  invalid;
    size_t  wrong;
    size_t  stricter;
    size_t  unclear;                        /* by their own words */
} count_t;


/*
 * They are called valid, and are refused here: a payload of nothing, which is
 * no JSON; a "?" in base64url; PS384 by a key whose "alg" is PS256 (RFC 7517
 * 4.4), and a key whose "alg" is ES521, which there is not.
 */

static const char  *stricter[] = { "emptyPayload", "InvalidCharacterInserted",
                                   "\"alg\": \"ES521\"",
                                   "\"kid\": \"bilbo.baggins@hobbiton.example\"",
                                   NULL };


static char *
slurp(const char *dir, const char *name)
{
    FILE    *f;
    char    *text;
    size_t   len;

    f = fopen(mint_fmt("%s/%s", dir, name), "r");
    if (f == NULL) {
        mint_die("a file of vectors is missing");
    }

    text = calloc(1, 4 * 1024 * 1024);
    len = fread(text, 1, 4 * 1024 * 1024 - 1, f);
    text[len] = '\0';
    fclose(f);

    return text;
}


/* the public half of what they verify with, as an issuer would publish it */

static json_t *
public_half(const json_t *group)
{
    size_t       i, k;
    json_t      *key, *keys;

    static const char  *private[] = { "d", "p", "q", "dp", "dq", "qi", NULL };

    key = json_object_get(group, "public");

    if (key == NULL) {
        key = json_object_get(group, "private");
    }

    key = json_deep_copy(key);
    keys = json_object_get(key, "keys");

    for (k = 0; k < (keys ? json_array_size(keys) : 1); k++) {
        for (i = 0; private[i] != NULL; i++) {
            json_object_del(keys ? json_array_get(keys, k) : key, private[i]);
        }
    }

    return key;
}


/* an issuer lists what it signs with: one kind of algorithms */

static unsigned
listed(const json_t *key)
{
    json_t      *keys;
    const char  *kty;

    keys = json_object_get(key, "keys");
    kty = json_string_value(json_object_get(keys ? json_array_get(keys,
                                            json_array_size(keys) - 1) : key,
                                            "kty"));

    return (kty != NULL && strcmp(kty, "oct") == 0)
           ? GATE_ALGS_HS : GATE_ALGS_ALL & ~(unsigned) GATE_ALGS_HS;
}


static int
accepts(const json_t *key, const char *token)
{
    int                good;
    char               err[256], *text;
    size_t             i, n;
    gate_jws_t         jws;
    gate_jwks_t       *set;
    const gate_key_t  *keys[GATE_JWT_KEYS];
    gate_jwt_result_t  out;

    good = 0;
    set = gate_jwks_create();
    text = json_dumps(key, 0);

    if (gate_jwks_add_json(set, gate_cstr(text), listed(key), err, sizeof(err))
        && gate_jws_split(&jws, gate_cstr(token), NULL) == NULL
        && gate_jws_header(&jws, &out) == GATE_JWT_OK
        && (jws.alg & listed(key)))
    {
        n = gate_jwks_find(set, jws.alg, jws.kid.len ? &jws.kid : NULL, keys,
                           GATE_JWT_KEYS);

        for (i = 0; i < n; i++) {
            good |= gate_key_verify(keys[i], jws.alg, jws.input,
                                    jws.signature);
        }
    }

    free(text);
    gate_jwks_destroy(set);

    return good;
}


static int
is_stricter(const char *key, const char *comment)
{
    size_t  i;

    for (i = 0; stricter[i] != NULL; i++) {
        if (strstr(key, stricter[i]) || strstr(comment, stricter[i])) {
            return 1;
        }
    }

    return 0;
}


/* "ambiguous" they say themselves, or call the same bytes good elsewhere */

static int
is_unclear(const json_t *group, const json_t *test)
{
    size_t   i;
    json_t  *other, *flag;

    json_array_foreach(json_object_get(test, "flags"), i, flag) {
        if (strcmp(json_string_value(flag), "Ambiguous") == 0) {
            return 1;
        }
    }

    json_array_foreach(json_object_get(group, "tests"), i, other) {
        if (json_equal(json_object_get(other, "jws"),
                       json_object_get(test, "jws"))
            && !json_equal(json_object_get(other, "result"),
                           json_object_get(test, "result")))
        {
            return 1;
        }
    }

    return 0;
}


static void
test_vector(const json_t *group, const json_t *key, const json_t *test,
    count_t *count)
{
    int          ours, theirs;
    char        *text;
    const char  *comment;

    comment = json_string_value(json_object_get(test, "comment"));
    theirs = strcmp(json_string_value(json_object_get(test, "result")),
                    "valid") == 0;
    ours = accepts(key, json_string_value(json_object_get(test, "jws")));

    count->valid += (size_t) theirs;
    count->invalid += (size_t) !theirs;

    if (ours == theirs) {
        return;
    }

    text = json_dumps(key, 0);

    if (theirs && is_stricter(text, comment)) {
        count->stricter++;

    } else if (is_unclear(group, test)) {
        count->unclear++;

    } else {
        count->wrong++;
        diag("vector %d, %s: %s here", (int) json_integer_value(
             json_object_get(test, "tcId")), comment, ours ? "good" : "bad");
    }

    free(text);
}


static void
test_file(const char *dir, const char *name)
{
    char     *text;
    size_t    i, k;
    json_t   *json, *group, *test, *key;
    count_t   count;

    memset(&count, 0, sizeof(count_t));

    text = slurp(dir, name);
    json = json_loads(text, 0, NULL);

    json_array_foreach(json_object_get(json, "testGroups"), i, group) {
        key = public_half(group);

        json_array_foreach(json_object_get(group, "tests"), k, test) {
            test_vector(group, key, test, &count);
        }

        json_decref(key);
    }

    ok(count.valid + count.invalid > 20, "%s: %zu valid, %zu invalid", name,
       count.valid, count.invalid);
    is_int(count.wrong, 0, "none is judged wrongly; %zu are refused by a "
           "stricter rule, %zu are unclear", count.stricter, count.unclear);

    json_decref(json);
    free(text);
}


int
main(void)
{
    const char  *dir;

    dir = getenv("GATE_WYCHEPROOF");

    if (dir == NULL) {
        skip_all("GATE_WYCHEPROOF names no folder");
    }

    test_file(dir, "json_web_signature_test.json");
    test_file(dir, "json_web_key_test.json");

    return done_testing();
}
