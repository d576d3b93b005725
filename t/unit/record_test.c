/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_record.c: what a hash in Redis may say of a consumer, and what it may
 * not.
 */

#include "tap.h"

#include "gate_record.h"
#include "gate_xxh.h"


#define FIELDS  16


static gate_record_t  record;
static size_t         bad;


/* "NAME=VALUE" each, NULL at the end */

static gate_record_rc_e
parse(const char **text)
{
    size_t               n;
    const char          *p;
    gate_record_field_t  fields[FIELDS];

    for (n = 0; text[n] != NULL; n++) {
        p = strchr(text[n], '=');
        fields[n].name = gate_str(text[n], (size_t) (p - text[n]));
        fields[n].value = gate_cstr(p + 1);
    }

    return gate_record_parse(fields, n, &record, &bad);
}


static gate_record_rc_e
parse_one(const char *text)
{
    const char  *fields[] = { "consumer=acme", text, NULL };

    return parse(fields);
}


static int
is(gate_str_t s, const char *text)
{
    return gate_str_eq(s, gate_cstr(text));
}


static void
test_key(void)
{
    size_t         i;
    unsigned char  digest[GATE_SHA256_LEN], key[GATE_RECORD_KEY + 1];

    for (i = 0; i < sizeof(digest); i++) {
        digest[i] = (unsigned char) (0xf0 + i);
    }

    memset(key, '!', sizeof(key));

    is_int(gate_record_key(digest, key), GATE_RECORD_KEY, "length of a key");
    is_mem(key, "gate:k:{f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
                "000102030405060708090a0b0c0d0e0f}!", sizeof(key),
           "the hash has the name of the digest");
}


static void
test_whole(void)
{
    char                lane[32];
    void               *memory;
    gate_plan_t         plan;
    gate_consumer_t    *c;
    gate_credential_t  *k;
    unsigned char       digest[GATE_SHA256_LEN];
    const char         *fields[] = {
        "status=active", "scopes=orders:read orders:write", "consumer=acme",
        "groups=partners,big ones", "plan=gold", "id=42", "credential=acme-1",
        "not_after=2027-01-31", "pins=orders=v1,reports=v=2", NULL
    };

    is_int(parse(fields), GATE_RECORD_OK, "all fields, in any order");
    is_int(record.ngroups, 2, "... two groups");
    is_int(record.nscopes, 2, "... two scopes");
    is_int(record.not_after_s, 1801439999, "... until the day is over");
    is_int(record.disabled, 0, "... and active");

    memset(&plan, 0, sizeof(plan));
    memset(digest, 0xab, sizeof(digest));

    memory = malloc(gate_record_size(&record));
    k = gate_record_keep(&record, &plan, digest, memory);
    c = k->consumer;

    ok(is(c->name, "acme") && is(c->id, "42"), "the consumer kept");
    ok(c->plan == &plan && !c->disabled && !c->stands_in, "... its plan");
    ok(is(c->groups_text, "partners,big ones"), "... its groups as text");
    ok(c->ngroups == 2 && gate_consumer_in_group(c, gate_cstr("partners"))
       && gate_consumer_in_group(c, gate_cstr("big ones"))
       && !gate_consumer_in_group(c, gate_cstr("big")), "... one by one");
    ok(c->nscopes == 2 && gate_consumer_has_scope(c, gate_cstr("orders:read"))
       && gate_consumer_has_scope(c, gate_cstr("orders:write"))
       && is(c->scopes_text, "orders:read orders:write"), "... its scopes");
    ok(is(gate_consumer_pin(c, gate_cstr("orders")), "v1")
       && is(gate_consumer_pin(c, gate_cstr("reports")), "v=2")
       && gate_consumer_pin(c, gate_cstr("order")).len == 0, "... its pins");
    sprintf(lane, "%llu", (unsigned long long) gate_xxh64(c->name, 0));
    ok(is(c->lane_text, lane), "... what a canary is picked by");
    ok(is(c->fields, "\r\nX-Consumer-ID: 42\r\nX-Consumer-Username: acme"
                     "\r\nX-Consumer-Groups: partners,big ones"),
       "... its fields as lines");
    ok(c->fields_lane.data == c->fields.data
       && c->lane_text.data == c->fields.data + c->fields.len + 15
       && c->fields_lane.len == c->fields.len + 15 + c->lane_text.len
       && memcmp(c->fields.data + c->fields.len, "\r\nX-Lane-Hash: ", 15) == 0,
       "... and with the lane behind them");
    ok(is(k->id, "acme-1") && k->not_after_s == 1801439999, "the credential");
    is_mem(k->digest, digest, sizeof(digest), "... with its digest");

    free(memory);
}


static void
test_least(void)
{
    void               *memory;
    gate_credential_t  *k;
    unsigned char       digest[GATE_SHA256_LEN];
    const char         *fields[] = { "consumer=a b", NULL };

    is_int(parse(fields), GATE_RECORD_OK, "a name alone");

    memset(digest, 0xab, sizeof(digest));

    memory = malloc(gate_record_size(&record));
    k = gate_record_keep(&record, NULL, digest, memory);

    ok(is(k->consumer->id, "a b"), "... is the id, too");
    ok(is(k->consumer->fields, "\r\nX-Consumer-ID: a b"
                               "\r\nX-Consumer-Username: a b"),
       "... a field without a value is none");
    ok(is(k->id, "abababababab"), "... the key goes by its first digits");
    ok(k->consumer->plan == NULL && k->consumer->ngroups == 0
       && k->consumer->nscopes == 0 && k->not_after_s == 0, "... nothing else");

    free(memory);
}


static void
test_refused(void)
{
    size_t       i;
    char         text[1024], *p;
    const char  *none[] = { NULL };
    const char  *twice[] = { "consumer=a", "plan=x", "consumer=a", NULL };
    const char  *nobody[] = { "plan=gold", "status=active", NULL };
    const char  *wrong[] = {
        "id=", "id=-", "id=a,b", "id=a\nb", "id=a\x7f", "credential=",
        "plan=", "plan=a\tb", "groups=", "groups=a,", "groups=,a",
        "groups=a,,b", "groups=-", "groups=a,-", "scopes=", "scopes= a",
        "scopes=a ", "scopes=a  b", "scopes=a,b", "not_after=",
        "not_after=2027-02-29", "not_after=tomorrow", "not_after=2027-1-1",
        "not_after=1801439999", "status=", "status=Active", "status=0",
        "status=enabled", "status=disabled ", NULL
    };
    const char  *strange[] = {
        "Consumer=a", "name=a", "group=a", "disabled=1", "expires=2027-01-31",
        " plan=gold", "=", "admin=1", NULL
    };

    is_int(parse(none), GATE_RECORD_INCOMPLETE, "a hash without fields");
    is_int(parse(nobody), GATE_RECORD_INCOMPLETE, "a hash of nobody");
    is_int(parse(twice), GATE_RECORD_DUPLICATE, "a name twice");
    is_int(bad, 2, "... the second one is to blame");

    for (i = 0; wrong[i] != NULL; i++) {
        is_int(parse_one(wrong[i]), GATE_RECORD_BAD, "refused: %s", wrong[i]);
        is_int(bad, 1, "... it is to blame");
    }

    for (i = 0; strange[i] != NULL; i++) {
        is_int(parse_one(strange[i]), GATE_RECORD_UNKNOWN, "unknown: %s",
               strange[i]);
    }

    is_int(parse_one("status=disabled"), GATE_RECORD_OK, "one may be disabled");
    is_int(record.disabled, 1, "... and is");

    memset(text, 'x', sizeof(text));
    memcpy(text, "consumer=", 9);
    text[9 + GATE_RECORD_CONSUMER] = '\0';
    is_int(parse((const char *[]) { text, NULL }), GATE_RECORD_OK,
           "the longest name");
    text[9 + GATE_RECORD_CONSUMER] = 'x';
    text[9 + GATE_RECORD_CONSUMER + 1] = '\0';
    is_int(parse((const char *[]) { text, NULL }), GATE_RECORD_BAD,
           "... and one byte more");

    p = text + sprintf(text, "groups=g");

    for (i = 1; i < GATE_RECORD_NAMES; i++) {
        p += sprintf(p, ",g");
    }

    is_int(parse_one(text), GATE_RECORD_OK, "the most groups");
    sprintf(p, ",g");
    is_int(parse_one(text), GATE_RECORD_BAD, "... and one more");
}


int
main(void)
{
    test_key();
    test_whole();
    test_least();
    test_refused();

    return done_testing();
}
