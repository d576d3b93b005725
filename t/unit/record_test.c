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
static gate_kind_e    kind = GATE_KIND_KEY;


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

    return gate_record_parse(kind, fields, n, &record, &bad);
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


static const char  digits[] =
    "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f";


static void
test_key(void)
{
    char           name[GATE_RECORD_LONGEST + 1];
    unsigned char  key[GATE_RECORD_KEY + 1];

    memset(key, '!', sizeof(key));

    is_int(gate_record_key(GATE_KIND_KEY, gate_cstr(digits), key), 73,
           "length of a key");
    is_mem(key, "gate:k:{f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
                "000102030405060708090a0b0c0d0e0f}!", 74,
           "the hash has the name of the digest");

    is_int(gate_record_key(GATE_KIND_CLAIM, gate_cstr("corp=a}b"), key), 21,
           "length of another kind's");
    is_mem(key, "gate:t:{corp%3Da%7Db}", 21, "names are encoded");

    memset(name, '}', sizeof(name));
    is_int(gate_record_key(GATE_KIND_BASIC,
                           gate_str(name, GATE_RECORD_LONGEST), key),
           GATE_RECORD_KEY, "the longest one");
    is_int(gate_record_key(GATE_KIND_BASIC, gate_str(name, sizeof(name)),
                           key), 0, "a longer one is none");
    is_int(gate_record_key(GATE_KIND_BASIC, gate_str(NULL, 0), key), 0,
           "nor is one without bytes");
}


static void
test_whole(void)
{
    char                lane[32];
    void               *memory;
    gate_plan_t         plan;
    gate_consumer_t    *c;
    gate_credential_t  *k;
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

    memory = malloc(gate_record_size(&record, gate_cstr(digits)));
    k = gate_record_keep(&record, &plan, kind, gate_cstr(digits), memory);
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
    ok(is(k->name, digits) && k->kind == GATE_KIND_KEY
       && k->digest[0] == 0xf0 && k->digest[31] == 0x0f,
       "... with its digest");

    free(memory);
}


static void
test_least(void)
{
    void               *memory;
    gate_credential_t  *k;
    const char         *fields[] = { "consumer=a b", NULL };

    is_int(parse(fields), GATE_RECORD_OK, "a name alone");

    memory = malloc(gate_record_size(&record, gate_cstr(digits)));
    k = gate_record_keep(&record, NULL, kind, gate_cstr(digits), memory);

    ok(is(k->consumer->id, "a b"), "... is the id, too");
    ok(is(k->consumer->fields, "\r\nX-Consumer-ID: a b"
                               "\r\nX-Consumer-Username: a b"),
       "... a field without a value is none");
    ok(is(k->id, "f0f1f2f3f4f5"), "... the key goes by its first digits");
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
        "status=enabled", "status=disabled ", "owner=", "owner=a,b",
        "successor=", "rev=", "rev=-1", "rev=123456789012345678901",
        "created=yesterday", "not_after=2027-01-31T10:00:00+01:00",
        "claims=", "claims=[]", "claims={\"a\":1", "claims={\"a\":1,\"a\":2}",
        NULL
    };
    const char  *strange[] = {
        "Consumer=a", "name=a", "group=a", "disabled=1", "expires=2027-01-31",
        " plan=gold", "=", "admin=1", "password=a", "public_key=a",
        "algorithm=a", NULL
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


/* whose fields they are, and what becomes of a credential and its owner */

static void
test_owner(void)
{
    void               *memory;
    size_t              n;
    gate_str_t          name;
    gate_record_t       credential, back;
    unsigned char       packed[1024];
    gate_credential_t  *k;
    const char         *owned[] = {
        "owner=acme", "credential=a-1", "not_after=2027-01-31T10:00:01Z",
        "successor=a-2", "rev=7", "created=2026-11-01T00:00:00Z",
        "password=$2b$x", "status=disabled", NULL
    };
    const char         *owner[] = {
        "id=42", "plan=gold", "groups=a,b", "scopes=x", "rev=3",
        "claims={\"tier\":1}", "pins=orders=v1", "created=1700000000", NULL
    };
    const char         *two[] = { "owner=acme", "rev=1", "plan=x", NULL };
    const char         *both[] = { "owner=acme", "consumer=acme", NULL };
    const char         *pem[] = { "owner=a", "public_key=-\n-",
                                  "algorithm=ed25519", NULL };

    kind = GATE_KIND_CONSUMER;
    is_int(parse(owned), GATE_RECORD_UNKNOWN, "a consumer has no owner");

    kind = GATE_KIND_KEY;
    is_int(parse(owned), GATE_RECORD_UNKNOWN, "a key has no password");
    is_int(bad, 6, "... that is to blame");

    kind = GATE_KIND_BASIC;
    is_int(parse(two), GATE_RECORD_TWO, "a plan beside an owner");
    is_int(bad, 2, "... the plan is to blame");
    is_int(parse(both), GATE_RECORD_TWO, "an owner and a consumer");
    is_int(parse(owned), GATE_RECORD_OK, "a credential with an owner");
    is_int(record.not_after_s, 1801389601, "... until that second");
    is_int(record.disabled, 1, "... that is disabled itself");
    credential = record;

    kind = GATE_KIND_CONSUMER;
    is_int(parse(owner), GATE_RECORD_OK, "a consumer");

    gate_record_merge(&credential, &record);

    name = gate_cstr("user");
    memory = malloc(gate_record_size(&credential, name));
    k = gate_record_keep(&credential, NULL, GATE_KIND_BASIC, name, memory);

    ok(is(k->consumer->name, "acme") && is(k->consumer->id, "42")
       && k->consumer->ngroups == 2 && k->consumer->nscopes == 1
       && is(k->consumer->claims_text, "{\"tier\":1}")
       && is(gate_consumer_pin(k->consumer, gate_cstr("orders")), "v1")
       && !k->consumer->disabled, "both together: the consumer");
    n = gate_record_pack(&credential, packed, sizeof(packed));
    ok(n > 0 && gate_record_unpack(gate_str(packed, n), &back),
       "packed and back");
    ok(is(back.consumer, "acme") && is(back.id, "42")
       && is(back.secret, "$2b$x") && is(back.claims, "{\"tier\":1}")
       && back.plan.len == 4 && back.not_after_s == credential.not_after_s
       && back.ngroups == 2 && back.nscopes == 1 && !back.disabled
       && is(back.pins, "orders=v1"), "... the same");

    credential.disabled = 1;
    ok(gate_record_pack(&credential, packed, sizeof(packed)) == n
       && gate_record_unpack(gate_str(packed, n), &back) && back.disabled,
       "... also that a consumer is disabled");
    credential.disabled = 0;
    n = gate_record_pack(&credential, packed, sizeof(packed));
    is_int(gate_record_pack(&credential, packed, n - 1), 0, "... not in less");
    is_int(gate_record_unpack(gate_str(packed, n - 1), &back), 0,
           "... nor from less");

    ok(is(k->name, "user") && is(k->id, "a-1") && is(k->successor, "a-2")
       && is(k->secret, "$2b$x") && k->kind == GATE_KIND_BASIC,
       "... and the credential");
    json_decref(k->consumer->claims);
    free(memory);

    kind = GATE_KIND_SIGNATURE;
    is_int(parse(pem), GATE_RECORD_OK, "who signs has a key and algorithm");

    name = gate_cstr("corp=u=1");
    memory = malloc(gate_record_size(&record, name));
    ok(is(gate_record_keep(&record, NULL, GATE_KIND_CLAIM, name, memory)->id,
          "corp"), "a token goes by its issuer");
    free(memory);

    ok(gate_record_consumer(gate_cstr("a b"))
       && !gate_record_consumer(gate_cstr("a,b"))
       && !gate_record_consumer(gate_cstr("")), "names of consumers");

    kind = GATE_KIND_KEY;
}


int
main(void)
{
    test_key();
    test_owner();
    test_whole();
    test_least();
    test_refused();

    return done_testing();
}
