/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The API for consumers: bodies, paths, tags, keys that are issued, answers.
 */

#include "tap.h"
#include "gate_admin.h"
#include "gate_admin_key.h"
#include "gate_admin_path.h"
#include "gate_admin_script.h"
#include "gate_admin_show.h"


static const gate_str_t  plans[] = { gate_string("gold"),
                                     gate_string("trial") };
static const gate_str_t  issuers[] = { gate_string("corp") };

static gate_admin_known_t  known = { plans, 2, issuers, 1, 0 };

static char  text[8192];


/* the pointers of what is wrong, or the fields */

static const char *
said(gate_admin_change_t *c)
{
    size_t       i;
    json_t      *e;
    char        *fields;
    const char  *pointer;

    text[0] = '\0';

    if (c->failed) {
        return "failed";
    }

    if (gate_admin_wrong(c)) {
        json_array_foreach(c->errors, i, e) {
            pointer = json_string_value(json_object_get(e, "pointer"));
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                     i ? " " : "!", pointer);
        }

        return text;
    }

    fields = c->fields ? json_dumps(c->fields, JSON_COMPACT|JSON_SORT_KEYS)
                       : strdup("{}");
    snprintf(text, sizeof(text), "%s", fields);
    free(fields);

    return text;
}


static json_t *
body_of(const char *s)
{
    json_t  *body;

    if (gate_json_object(gate_cstr(s), &body) != GATE_JSON_OK) {
        fail("%s is no object", s);
        return NULL;
    }

    return body;
}


static const char *
consumer(gate_admin_how_e how, const char *name, const char *s)
{
    json_t               *body;
    const char           *rv;
    gate_admin_change_t   c;

    memset(&c, 0, sizeof(c));
    c.known = &known;
    c.how = how;

    body = body_of(s);
    gate_admin_consumer(&c, body, gate_cstr(name));
    rv = said(&c);
    json_decref(body);
    gate_admin_free(&c);

    return rv;
}


/* KIND:NAME and the fields, or what is wrong */

static const char *
credential(const char *s)
{
    char                  rest[sizeof(text) - 1024];
    json_t               *body;
    gate_admin_change_t   c;

    memset(&c, 0, sizeof(c));
    c.known = &known;

    body = body_of(s);
    gate_admin_credential(&c, body);

    if (*said(&c) != '!') {
        snprintf(rest, sizeof(rest), "%.4000s", text);
        snprintf(text, sizeof(text), "%c:%s %.4000s", c.kind,
                 c.name ? json_string_value(c.name) : "", rest);
    }

    json_decref(body);
    gate_admin_free(&c);

    return text;
}


static void
consumers(void)
{
    is_str(consumer(GATE_ADMIN_CREATE, "", "{\"name\":\"a\"}"), "{}", "a name");
    is_str(consumer(GATE_ADMIN_CREATE, "", "{}"), "!/name", "none");
    is_str(consumer(GATE_ADMIN_REPLACE, "a", "{}"), "{}", "one of the path");
    is_str(consumer(GATE_ADMIN_REPLACE, "a", "{\"name\":\"b\"}"), "!/name",
           "another than that");
    is_str(consumer(GATE_ADMIN_CREATE, "", "{\"name\":\"..\"}"), "!/name",
           "a name that no path can have");
    is_str(consumer(GATE_ADMIN_CREATE, "", "{\"name\":5}"), "!/name",
           "a number");
    is_str(consumer(GATE_ADMIN_REPLACE, "a",
                    "{\"plan\":\"gold\",\"groups\":[\"x y\",\"z\"],"
                    "\"scopes\":[\"s\",\"t:u\"],\"pins\":{\"o\":\"v=1\"},"
                    "\"claims\":{\"t\":[1,true]},\"status\":\"active\"}"),
           "{\"claims\":\"{\\\"t\\\":[1,true]}\",\"groups\":\"x y,z\","
           "\"pins\":\"o=v=1\",\"plan\":\"gold\",\"scopes\":\"s t:u\","
           "\"status\":\"active\"}", "all members");
    is_str(consumer(GATE_ADMIN_MERGE, "a", "{\"plan\":null,\"groups\":[],"
                    "\"id\":null,\"pins\":{},\"status\":null}"),
           "{\"groups\":null,\"id\":null,\"pins\":null,\"plan\":null,"
           "\"status\":null}", "what goes");
    is_str(consumer(GATE_ADMIN_REPLACE, "a", "{\"plan\":null}"), "{}",
           "null of a replacement is nothing");
    is_str(consumer(GATE_ADMIN_MERGE, "a", "{\"claims\":{\"x\":1.5}}"),
           "!/claims", "a number that Redis could not give back");
    is_str(consumer(GATE_ADMIN_MERGE, "a", "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,"
                    "\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":1,\"k\":1,"
                    "\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1}"),
           "!/a /b /c /d /e /f /g /h /i /j /k /l /m /n /o /p",
           "no more errors than 16");

    known.need_plan = 1;
    is_str(consumer(GATE_ADMIN_REPLACE, "a", "{}"), "!/plan",
           "a plan that is needed");
    is_str(consumer(GATE_ADMIN_MERGE, "a", "{}"), "{}",
           "... is not said anew with each change");
    known.need_plan = 0;
}


/* at 1800000000 */

static const char *
revocation(const char *s)
{
    json_t               *body;
    gate_admin_change_t   c;

    memset(&c, 0, sizeof(c));
    c.known = &known;

    body = body_of(s);
    gate_admin_revocation(&c, body, 1800000000);

    if (*said(&c) != '!') {
        snprintf(text, sizeof(text), "%s until %lld",
                 json_string_value(c.name), json_integer_value(c.exp));
    }

    json_decref(body);
    gate_admin_free(&c);

    return text;
}


static void
revocations(void)
{
    is_str(revocation("{\"issuer\":\"corp\",\"jti\":\"a\","
                      "\"exp\":1800000001}"), "corp=a until 1800000001",
           "a token that lasts a second more");
    is_str(revocation("{\"issuer\":\"corp\",\"jti\":\"a\","
                      "\"exp\":1800000000}"), "!/exp",
           "... that ends now is refused already");
    is_str(revocation("{\"issuer\":\"corp\",\"jti\":\"a\","
                      "\"exp\":1800000001.5}"), "!/exp", "no integer");
    is_str(revocation("{\"issuer\":\"other\",\"jti\":\"\","
                      "\"exp\":100000000000}"), "!/exp /issuer",
           "a far time, and an issuer that is not known");
}


static void
credentials(void)
{
    is_str(credential("{}"), "k: {}", "a key that is to be made");
    is_str(credential("{\"id\":\"x\",\"not_after\":\"2027-01-31T10:00:00Z\"}"),
           "k: {\"not_after\":\"2027-01-31T10:00:00Z\"}", "with an end");
    is_str(credential("{\"sha256\":null}"), "!/sha256",
           "null is no digest, and no wish for a key");
    is_str(credential("{\"not_after\":\"2027-02-30\"}"), "!/not_after",
           "no day");
    is_str(credential("{\"type\":\"claim\",\"issuer\":\"corp\","
                      "\"value\":\"a=b\"}"), "t:corp=a=b {}", "a claim");
    is_str(credential("{\"type\":\"claim\",\"issuer\":\"cord\","
                      "\"value\":\"a\"}"), "!/issuer", "of nobody");
    is_str(credential("{\"type\":\"basic\",\"user\":\"u\",\"password_hash\":"
                      "\"$2y$10$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                      "AAAAAAAA\"}"),
           "b:u {\"password\":\"$2y$10$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
           "AAAAAAAAAAAAAA\"}", "a password by bcrypt");
    is_str(credential("{\"type\":\"basic\",\"user\":\"u\","
                      "\"password_hash\":\"$6$rounds=$$\"}"),
           "!/password_hash", "half of a hash");
    is_str(credential("{\"type\":\"basic\",\"user\":\"u\","
                      "\"password_hash\":\"$1$aaaaaaaa$bbbb\"}"),
           "!/password_hash", "one that is weak");
    is_str(credential("{\"type\":\"mtls\",\"subject\":\"CN=a\","
                      "\"san\":\"dns:a\"}"), "!/san", "two names at once");
    is_str(credential("{\"type\":\"mtls\",\"san\":\"dns:A.b\"}"),
           "m:san:dns:a.b {}", "a name of a host");
    is_str(credential("{\"type\":\"mtls\",\"san\":\"uri:x:/A\"}"),
           "m:san:uri:x:/A {}", "... and another one");
    is_str(credential("{\"type\":\"mtls\",\"san\":\"ip:::1\"}"), "!/san",
           "... nobody looks for an address");
    is_str(credential("{\"type\":\"signature\",\"key_id\":\"k\","
                      "\"algorithm\":\"ed25519\",\"public_key\":\"-----BEGIN "
                      "PRIVATE KEY-----\"}"), "!/public_key", "a private key");
}


static void
keys(void)
{
    size_t         n, i, wrong;
    unsigned char  key[GATE_ADMIN_KEY_MAX], save;
    unsigned char  random[GATE_ADMIN_KEY_RANDOM];

    memset(random, 0, sizeof(random));
    n = gate_admin_key_make(gate_cstr("gate"), random, key);

    /* the check: printf gate_0000000000000000000000 | crc32 is 6ef80afd */

    is_int(n, 33, "a key has a length");
    is_mem(key, "gate_0000000000000000000000", 27, "a number of zeros");
    ok(gate_admin_key_fits(gate_str(key, n)), "its check fits");

    memset(random, 0xff, sizeof(random));
    n = gate_admin_key_make(gate_cstr("abcdefghijklmnop"), random, key);
    is_int(n, GATE_ADMIN_KEY_MAX, "the longest");
    is_mem(key, "abcdefghijklmnop_7n42DGM5Tflk9n8mt7Fhc7", 39,
           "the highest number");
    ok(gate_admin_key_fits(gate_str(key, n)), "its check fits");

    wrong = 0;

    for (i = 0; i < n; i++) {
        save = key[i];
        key[i] = (save == 'a') ? 'b' : 'a';
        wrong += gate_admin_key_fits(gate_str(key, n));
        key[i] = save;

        if (i + 1 < n && key[i] != key[i + 1]) {
            key[i] = key[i + 1];
            key[i + 1] = save;
            wrong += gate_admin_key_fits(gate_str(key, n));
            key[i + 1] = key[i];
            key[i] = save;
        }
    }

    is_int(wrong, 0, "no typing error of one or two letters fits");
    ok(!gate_admin_key_fits(gate_str(key, n - 1)), "nor one that is cut");
    ok(!gate_admin_key_fits(gate_cstr("")), "nor nothing");
    ok(!gate_admin_key_is_prefix(gate_cstr("A")), "a prefix is in lower case");
    ok(!gate_admin_key_is_prefix(gate_cstr("")), "... and there is one");
}


static void
paths(void)
{
    size_t             i;
    gate_admin_path_t  p;

    static const struct {
        const char             *path;
        gate_admin_resource_e   resource;
        const char             *name;
        const char             *id;
    } rows[] = {
        { "consumers", GATE_ADMIN_CONSUMERS, "", "" },
        { "consumers/", GATE_ADMIN_NOTHING, NULL, NULL },
        { "consumers/a b", GATE_ADMIN_CONSUMER, "a b", "" },
        { "consumers/a/disable", GATE_ADMIN_DISABLE, "a", "" },
        { "consumers/a/enable", GATE_ADMIN_ENABLE, "a", "" },
        { "consumers/a/other", GATE_ADMIN_NOTHING, NULL, NULL },
        { "consumers/a/credentials", GATE_ADMIN_CREDENTIALS, "a", "" },
        { "consumers/a/credentials/i", GATE_ADMIN_ONE, "a", "i" },
        { "consumers/a/credentials/i/rotate", GATE_ADMIN_ROTATE, "a", "i" },
        { "consumers/a/credentials/i/rotate/x", GATE_ADMIN_NOTHING, NULL,
          NULL },
        { "credentials", GATE_ADMIN_NOTHING, NULL, NULL },
        { "credentials/i", GATE_ADMIN_ONE, "", "i" },
        { "credentials/i/revoke", GATE_ADMIN_REVOKE, "", "i" },
        { "revocations", GATE_ADMIN_REVOCATIONS, "", "" },
        { "revocations/c", GATE_ADMIN_REVOCATION, "c", "" },
        { "revocations/", GATE_ADMIN_NOTHING, NULL, NULL },
        { "revocations/c/a/b", GATE_ADMIN_REVOCATION, "c", "a/b" },
        { "usage", GATE_ADMIN_USAGE, "", "" },
        { "usage/", GATE_ADMIN_NOTHING, NULL, NULL },
        { "", GATE_ADMIN_NOTHING, NULL, NULL },
        { "consumers/\xff", GATE_ADMIN_NOTHING, NULL, NULL },
        { "consumers/a,b", GATE_ADMIN_NOTHING, NULL, NULL }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gate_admin_path(gate_cstr(rows[i].path), &p);
        is_int(p.resource, rows[i].resource, "\"%s\"", rows[i].path);

        if (rows[i].name != NULL) {
            ok(gate_str_eq(p.name, gate_cstr(rows[i].name))
               && gate_str_eq(p.id, gate_cstr(rows[i].id)), "... and names");
        }
    }
}


static void
tags(void)
{
    size_t  n, i;

    static const char *const  rows[][2] = {
        { "*", "*" }, { "\"3\"", ",3," }, { "\"3\", \"14\"", ",3,14," },
        { "W/\"3\"", "," }, { "W/\"3\",\"4\"", ",4," }, { "", "," },
        { "3", "," }, { "\"x\"", "," }, { "\"3", "," }, { "\"3\" x", ",3," }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        n = gate_admin_revisions(gate_cstr(rows[i][0]),
                                 (unsigned char *) text);
        text[n] = '\0';
        is_str(text, rows[i][1], "If-Match: %s", rows[i][0]);
    }

    ok(gate_admin_has_revision(gate_cstr("\"1\", W/\"3\""), gate_cstr("3")),
       "a weak tag is one that need not be sent again");
    ok(!gate_admin_has_revision(gate_cstr("\"1\", W/\"30\""), gate_cstr("3")),
       "... of that number");
}


static void
answers(void)
{
    char    *s;
    size_t   len;
    json_t  *json, *list;

    gate_admin_pair_t  pairs[] = {
        { gate_string("groups"), gate_string("a,b") },
        { gate_string("pins"), gate_string("x=1,y,z=2") },
        { gate_string("claims"), gate_string("no JSON") },
        { gate_string("rev"), gate_string("12") },
        { gate_string("plan"), gate_string("\xff\x01") }
    };

    gate_admin_pair_t  usage[] = {
        { gate_string("o|v2|g|served"), gate_string("7") },
        { gate_string("o%7C|v1|g|aborted"), gate_string("1") },
        { gate_string("o%7C|v1|g|served"), gate_string("9007199254740991") }
    };

    static const char *const  columns[] = { "consumer", "api", "served",
                                            "aborted", NULL };

    json = gate_admin_show_consumer(gate_cstr("n"), pairs, 5);
    s = json_dumps(json, JSON_COMPACT|JSON_SORT_KEYS|JSON_ENSURE_ASCII);
    is_str(s, "{\"claims\":{},\"groups\":[\"a\",\"b\"],\"name\":\"n\","
           "\"pins\":{\"x\":\"1\",\"z\":\"2\"},\"plan\":\"\\uFFFD\\u0001\","
           "\"rev\":12,\"scopes\":[],\"status\":\"active\"}",
           "a record of any bytes is shown as JSON");
    free(s);

    s = gate_admin_table(json, NULL, '\t', &len);
    s[len] = '\0';
    ok(strstr(s, "groups\ta,b\n") != NULL && strstr(s, "\x01") == NULL,
       "... and as lines without control characters");
    free(s);
    json_decref(json);

    list = json_array();
    ok(gate_admin_show_usage(list, gate_cstr("a,\"b"), usage, 3), "usage");
    s = gate_admin_table(list, columns, ',', &len);
    s[len] = '\0';
    is_str(s, "consumer,api,served,aborted\n"
           "\"a,\"\"b\",o|,9007199254740991,1\n\"a,\"\"b\",o,7,0\n",
           "... as a spreadsheet has it");
    free(s);
    json_decref(list);

    json = gate_admin_show_credential(gate_cstr("i"), gate_cstr("k:abcdef"),
                                      gate_cstr("o"), gate_cstr("1700000000"),
                                      pairs, 0);
    s = json_dumps(json, JSON_COMPACT);
    is_str(s, "{\"id\":\"i\",\"consumer\":\"o\",\"type\":\"key\","
           "\"status\":\"active\",\"rev\":0,"
           "\"last_used\":\"2023-11-14T22:13:20Z\"}",
           "a key is shown without its digest");
    free(s);
    json_decref(json);
}


int
main(void)
{
    consumers();
    credentials();
    revocations();
    keys();
    paths();
    tags();
    answers();

    ok(gate_admin_script.len > 1000, "there is a script");

    return done_testing();
}
