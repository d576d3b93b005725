
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Credentials and revocations, as bodies of the API say them.  No message
 * repeats a value: it may be a secret in the wrong place.
 */


#include "gate_admin_credential.h"
#include "gate_admin_key.h"
#include "gate_hex.h"
#include "gate_number.h"
#include "gate_record.h"


#define GATE_ADMIN_OVERLAP   (366 * 86400)


typedef struct {
    const char            *type;
    int                    kind;
    void                 (*read)(gate_admin_change_t *c, const json_t *body);
    const char            *members[12];       /* beside those of all types */
} gate_admin_type_t;


static void gate_admin_id(gate_admin_change_t *c, const json_t *body);
static void gate_admin_key(gate_admin_change_t *c, const json_t *body);
static void gate_admin_prefix(gate_admin_change_t *c, const json_t *body);
static void gate_admin_claim(gate_admin_change_t *c, const json_t *body);
static int gate_admin_issuer(gate_admin_change_t *c, const json_t *body,
    gate_str_t *issuer);
static void gate_admin_issued(gate_admin_change_t *c, gate_str_t issuer,
    gate_str_t value, const char *member);


#define GATE_ADMIN_OF_ALL                                                    \
    "type", "id", "status", "not_after"

static const gate_admin_type_t  gate_admin_types[] = {
    { "key", GATE_ADMIN_KEY, gate_admin_key,
      { GATE_ADMIN_OF_ALL, "prefix", "sha256", NULL } },
    { "basic", GATE_ADMIN_BASIC, gate_admin_basic,
      { GATE_ADMIN_OF_ALL, "user", "password_hash", NULL } },
    { "claim", GATE_ADMIN_CLAIM, gate_admin_claim,
      { GATE_ADMIN_OF_ALL, "issuer", "value", NULL } },
    { "mtls", GATE_ADMIN_MTLS, gate_admin_mtls,
      { GATE_ADMIN_OF_ALL, "fingerprint", "subject", "san", NULL } },
    { "signature", GATE_ADMIN_SIGNATURE, gate_admin_signature,
      { GATE_ADMIN_OF_ALL, "key_id", "public_key", "algorithm", NULL } }
};

#define GATE_ADMIN_TYPES                                                     \
    (sizeof(gate_admin_types) / sizeof(gate_admin_types[0]))


void
gate_admin_credential(gate_admin_change_t *c, const json_t *body)
{
    size_t                    i;
    gate_str_t                type;
    const gate_admin_type_t  *t;

    if (!gate_admin_text(c, body, "type", 0, &type)) {
        type = gate_cstr("key");
    }

    t = NULL;

    for (i = 0; i < GATE_ADMIN_TYPES; i++) {
        if (gate_str_eq(gate_cstr(gate_admin_types[i].type), type)) {
            t = &gate_admin_types[i];
        }
    }

    if (t == NULL) {
        gate_admin_error(c, "type", "must be \"key\", \"basic\", \"claim\", "
                         "\"mtls\" or \"signature\"");
        return;
    }

    c->kind = t->kind;

    gate_admin_members(c, body, t->members);

    gate_admin_id(c, body);
    gate_admin_status(c, body);
    gate_admin_not_after(c, body);
    t->read(c, body);
}


static void
gate_admin_id(gate_admin_change_t *c, const json_t *body)
{
    gate_str_t  id;

    if (!gate_admin_text(c, body, "id", 0, &id)) {
        return;
    }

    /* ids are in logs */

    if (gate_admin_key_fits(id)) {
        gate_admin_error(c, "id", "is a key: no key is a name");
        return;
    }

    if (!gate_admin_is_name(id, GATE_RECORD_NAME)) {
        gate_admin_error(c, "id", "must be 1 to 256 bytes without control "
                         "characters, commas, slashes, and spaces at its "
                         "ends");
        return;
    }

    c->id = json_stringn((char *) id.data, id.len);
    c->failed |= (c->id == NULL);
}


/*
 * What a credential is known by does not change.  Of which kind it is, only
 * Redis knows: c->kind is the one that it has to be, or 0.
 */

void
gate_admin_credential_merge(gate_admin_change_t *c, const json_t *body)
{
    static const char *const  members[] = {
        "status", "not_after", "password_hash", "public_key", "algorithm", NULL
    };

    gate_admin_members(c, body, members);
    gate_admin_status(c, body);
    gate_admin_not_after(c, body);

    if (json_object_get(body, "public_key") != NULL
        || json_object_get(body, "algorithm") != NULL)
    {
        c->kind = GATE_ADMIN_SIGNATURE;
        gate_admin_public_key(c, body, 0);
    }

    if (json_object_get(body, "password_hash") != NULL) {

        if (c->kind != 0) {
            gate_admin_error(c, "password_hash", "is of \"basic\", and "
                             "\"public_key\" of \"signature\"");
        }

        c->kind = GATE_ADMIN_BASIC;
        gate_admin_password(c, body, 0);
    }
}


static void
gate_admin_key(gate_admin_change_t *c, const json_t *body)
{
    gate_str_t     text;
    unsigned char  digest[GATE_ADMIN_DIGEST / 2];
    unsigned char  hex[GATE_ADMIN_DIGEST];

    gate_admin_prefix(c, body);

    if (!gate_admin_text(c, body, "sha256", 0, &text)) {
        return;
    }

    if (json_object_get(body, "prefix") != NULL) {
        gate_admin_error(c, "prefix", "is of a key that is made here, not of "
                         "one whose \"sha256\" is given");
        return;
    }

    if (gate_admin_key_fits(text)) {
        gate_admin_error(c, "sha256", "is a key itself: send the SHA-256 of "
                         "it, and take this key for one that is known");
        return;
    }

    if (text.len != GATE_ADMIN_DIGEST
        || !gate_hex_read(text.data, digest, GATE_ADMIN_DIGEST / 2))
    {
        gate_admin_error(c, "sha256", "must be the SHA-256 of the key in 64 "
                         "hex digits");
        return;
    }

    (void) gate_hex_write(digest, GATE_ADMIN_DIGEST / 2, hex);
    gate_admin_named(c, gate_str(hex, GATE_ADMIN_DIGEST));
}


static void
gate_admin_prefix(gate_admin_change_t *c, const json_t *body)
{
    gate_str_t  prefix;

    if (!gate_admin_text(c, body, "prefix", 0, &prefix)) {
        prefix = gate_cstr("gate");
    }

    if (!gate_admin_key_is_prefix(prefix)) {
        gate_admin_error(c, "prefix", "must be 1 to 16 of a-z and 0-9");
        return;
    }

    c->prefix = json_stringn((char *) prefix.data, prefix.len);
    c->failed |= (c->prefix == NULL);
}


static void
gate_admin_claim(gate_admin_change_t *c, const json_t *body)
{
    gate_str_t  issuer, value;

    if (gate_admin_issuer(c, body, &issuer)
        && gate_admin_text(c, body, "value", 1, &value))
    {
        gate_admin_issued(c, issuer, value, "value");
    }
}


static int
gate_admin_issuer(gate_admin_change_t *c, const json_t *body,
    gate_str_t *issuer)
{
    size_t  i;

    if (!gate_admin_text(c, body, "issuer", 1, issuer)) {
        return 0;
    }

    for (i = 0; i < c->known->nissuers; i++) {
        if (gate_str_eq(c->known->issuers[i], *issuer)) {
            return 1;
        }
    }

    gate_admin_error_unknown(c, "issuer", *issuer, c->known->issuers,
                             c->known->nissuers, "gate_issuer");
    return 0;
}


/* ISSUER=VALUE */

static void
gate_admin_issued(gate_admin_change_t *c, gate_str_t issuer, gate_str_t value,
    const char *member)
{
    unsigned char  *p;
    unsigned char   name[2 * GATE_RECORD_NAME + 1];

    if (issuer.len > GATE_RECORD_NAME
        || !gate_admin_is_plain(value, GATE_RECORD_NAME))
    {
        gate_admin_error(c, member, "must be 1 to 256 bytes without control "
                         "characters");
        return;
    }

    p = gate_str_copy(name, issuer);
    *p++ = '=';
    p = gate_str_copy(p, value);

    gate_admin_named(c, gate_str(name, (size_t) (p - name)));
}


void
gate_admin_rotate(gate_admin_change_t *c, const json_t *body)
{
    int64_t              s;
    gate_str_t           text;
    gate_number_range_t  range;

    static const char *const  members[] = {
        "overlap", "id", "prefix", "sha256", "not_after", NULL
    };

    gate_admin_members(c, body, members);

    range.kind = GATE_NUMBER_S;
    range.min = 0;
    range.max = GATE_ADMIN_OVERLAP;

    if (json_object_get(body, "overlap") == NULL) {
        gate_admin_error(c, "overlap", "is missing: how long the old key is "
                         "good beside the new one, such as \"7d\" or \"0s\"");

    } else if (gate_admin_text(c, body, "overlap", 1, &text)) {

        if (gate_number_parse(text, &range, &s)) {
            c->overlap_s = s;

        } else {
            gate_admin_error(c, "overlap", "must be a time of at most 366 "
                             "days, such as \"7d\", \"12h\" or \"0s\"");
        }
    }

    c->kind = GATE_ADMIN_KEY;

    gate_admin_id(c, body);
    gate_admin_not_after(c, body);
    gate_admin_key(c, body);
}


void
gate_admin_revocation(gate_admin_change_t *c, const json_t *body,
    int64_t now_s)
{
    gate_str_t     issuer, jti;
    const json_t  *exp;

    static const char *const  members[] = { "issuer", "jti", "exp", NULL };

    gate_admin_members(c, body, members);

    exp = json_object_get(body, "exp");

    if (!json_is_integer(exp) || json_integer_value(exp) > 99999999999) {
        gate_admin_error(c, "exp", "must be the \"exp\" of the token, seconds "
                         "since 1970 as an integer");

    } else if (json_integer_value(exp) <= now_s) {
        gate_admin_error(c, "exp", "is over: the token is refused already");

    } else {
        c->exp = json_integer(json_integer_value(exp));
        c->failed |= (c->exp == NULL);
    }

    if (gate_admin_issuer(c, body, &issuer)
        && gate_admin_text(c, body, "jti", 1, &jti))
    {
        gate_admin_issued(c, issuer, jti, "jti");
    }
}


void
gate_admin_named(gate_admin_change_t *c, gate_str_t name)
{
    c->name = json_stringn((char *) name.data, name.len);
    c->failed |= (c->name == NULL);
}


int
gate_admin_is_plain(gate_str_t text, size_t max)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return 0;
        }
    }

    return text.len > 0 && text.len <= max;
}
