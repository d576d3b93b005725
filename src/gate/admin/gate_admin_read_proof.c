
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What proves a caller beside a key, as bodies of the API say it: hashes of
 * passwords, certificates, public keys.
 */


#include "gate_admin_credential.h"
#include "gate_basic.h"
#include "gate_crypt.h"
#include "gate_hex.h"
#include "gate_record.h"

#include <stdlib.h>


#define GATE_ADMIN_PUBLIC    8192             /* of a public key */


static void gate_admin_fingerprint(gate_admin_change_t *c, gate_str_t text);
static void gate_admin_certificate(gate_admin_change_t *c, const char *member,
    gate_str_t text);
static void gate_admin_jwk(gate_admin_change_t *c, const json_t *key);
static void gate_admin_pem(gate_admin_change_t *c, gate_str_t text);
static void gate_admin_algorithm(gate_admin_change_t *c, const json_t *body,
    int required);


static const char *const  gate_admin_algorithms[] = {
    "ed25519", "ecdsa-p256-sha256", "ecdsa-p384-sha384", "rsa-pss-sha512",
    "rsa-v1_5-sha256", NULL
};


void
gate_admin_basic(gate_admin_change_t *c, const json_t *body)
{
    gate_str_t  user;

    gate_admin_password(c, body, 1);

    if (!gate_admin_text(c, body, "user", 1, &user)) {
        return;
    }

    /* RFC 7617 2: the first colon ends it */

    if (!gate_admin_is_plain(user, GATE_BASIC_USER)
        || memchr(user.data, ':', user.len) != NULL)
    {
        gate_admin_error(c, "user", "must be 1 to 128 bytes without control "
                         "characters and colons");
        return;
    }

    gate_admin_named(c, user);
}


void
gate_admin_password(gate_admin_change_t *c, const json_t *body, int required)
{
    gate_str_t   hash;
    const char  *wrong;

    if (!required && json_object_get(body, "password_hash") == NULL) {
        return;
    }

    if (!gate_admin_text(c, body, "password_hash", 1, &hash)) {
        return;
    }

    wrong = gate_crypt_wrong(hash);

    if (wrong != NULL) {
        gate_admin_error(c, "password_hash", wrong);
        return;
    }

    gate_admin_field(c, "password", hash);
}


void
gate_admin_mtls(gate_admin_change_t *c, const json_t *body)
{
    size_t       i, n;
    gate_str_t   text, found;
    const char  *member;

    static const char *const  members[] = { "fingerprint", "subject", "san" };

    n = 0;
    member = NULL;
    found = gate_str(NULL, 0);

    for (i = 0; i < 3; i++) {
        if (gate_admin_text(c, body, members[i], 0, &text)) {
            member = members[i];
            found = text;
            n++;
        }
    }

    if (n != 1) {
        gate_admin_error(c, n ? member : "", "one of \"fingerprint\", "
                         "\"subject\" and \"san\" must be there, and the "
                         "others not");
        return;
    }

    if (member == members[0]) {
        gate_admin_fingerprint(c, found);
        return;
    }

    gate_admin_certificate(c, member, found);
}


/* as it is shown by tools, with colons or not */

static void
gate_admin_fingerprint(gate_admin_change_t *c, gate_str_t text)
{
    size_t         i, n;
    unsigned char  hex[GATE_ADMIN_DIGEST];
    unsigned char  digest[GATE_ADMIN_DIGEST / 2];
    unsigned char  name[7 + GATE_ADMIN_DIGEST];

    n = 0;

    for (i = 0; i < text.len && n < GATE_ADMIN_DIGEST; i++) {
        if (text.data[i] != ':') {
            hex[n++] = text.data[i];
        }
    }

    if (i != text.len || n != GATE_ADMIN_DIGEST
        || !gate_hex_read(hex, digest, GATE_ADMIN_DIGEST / 2))
    {
        gate_admin_error(c, "fingerprint", "must be the SHA-256 of the "
                         "certificate in 64 hex digits, with colons or "
                         "without");
        return;
    }

    memcpy(name, "sha256:", 7);
    (void) gate_hex_write(digest, GATE_ADMIN_DIGEST / 2, name + 7);

    gate_admin_named(c, gate_str(name, sizeof(name)));
}


static void
gate_admin_certificate(gate_admin_change_t *c, const char *member,
    gate_str_t text)
{
    size_t          i, len;
    unsigned char  *p;
    unsigned char   name[8 + 4 * GATE_RECORD_NAME];

    static const char *const  sans[] = { "dns:", "uri:", "email:" };

    if (!gate_admin_is_plain(text, 4 * GATE_RECORD_NAME)) {
        gate_admin_error(c, member, "must be 1 to 1024 bytes without control "
                         "characters");
        return;
    }

    if (strcmp(member, "san") == 0) {

        for (i = 0; i < 3; i++) {
            len = strlen(sans[i]);

            if (text.len > len && memcmp(text.data, sans[i], len) == 0) {
                break;
            }
        }

        if (i == 3) {
            gate_admin_error(c, member, "must begin with \"dns:\", \"uri:\" "
                             "or \"email:\"");
            return;
        }
    }

    p = gate_str_copy(name, gate_cstr(member));
    *p++ = ':';
    p = gate_str_copy(p, text);

    /* names of hosts are looked for in lower case */

    for (i = 8; i < (size_t) (p - name) && memcmp(name, "san:dns:", 8) == 0;
         i++)
    {
        name[i] = gate_lower(name[i]);
    }

    gate_admin_named(c, gate_str(name, (size_t) (p - name)));
}


void
gate_admin_signature(gate_admin_change_t *c, const json_t *body)
{
    gate_str_t  id;

    gate_admin_public_key(c, body, 1);

    if (!gate_admin_text(c, body, "key_id", 1, &id)) {
        return;
    }

    if (!gate_admin_is_plain(id, GATE_RECORD_NAME)) {
        gate_admin_error(c, "key_id", "must be 1 to 256 bytes without control "
                         "characters");
        return;
    }

    gate_admin_named(c, id);
}


void
gate_admin_public_key(gate_admin_change_t *c, const json_t *body, int required)
{
    gate_str_t     text;
    const json_t  *key;

    key = json_object_get(body, "public_key");

    if (json_is_object(key)) {
        gate_admin_jwk(c, key);

    } else if ((required || key != NULL)
               && gate_admin_text(c, body, "public_key", 1, &text))
    {
        gate_admin_pem(c, text);
    }

    gate_admin_algorithm(c, body, required);
}


static void
gate_admin_jwk(gate_admin_change_t *c, const json_t *key)
{
    char  *text;

    if (json_object_get(key, "d") != NULL || json_object_get(key, "k") != NULL)
    {
        gate_admin_error(c, "public_key", "must be a public key: this one has "
                         "private members");
        return;
    }

    text = json_dumps(key, JSON_COMPACT|JSON_SORT_KEYS);

    if (text == NULL) {
        c->failed = 1;
        return;
    }

    if (json_object_get(key, "kty") == NULL
        || strstr(text, "\\u0000") != NULL
        || strlen(text) > GATE_ADMIN_PUBLIC)
    {
        gate_admin_error(c, "public_key", "must be a JWK of at most 8 KB");

    } else {
        gate_admin_field(c, "public_key", gate_cstr(text));
    }

    free(text);
}


static void
gate_admin_pem(gate_admin_change_t *c, gate_str_t text)
{
    gate_str_t  begin;

    begin = gate_cstr("-----BEGIN PUBLIC KEY-----");

    if (text.len > GATE_ADMIN_PUBLIC || text.len < begin.len
        || !gate_str_eq(gate_str(text.data, begin.len), begin))
    {
        gate_admin_error(c, "public_key", "must be a public key as PEM "
                         "(\"-----BEGIN PUBLIC KEY-----\") of at most 8 KB, "
                         "or a JWK");
        return;
    }

    gate_admin_field(c, "public_key", text);
}


static void
gate_admin_algorithm(gate_admin_change_t *c, const json_t *body, int required)
{
    size_t      i;
    gate_str_t  text;

    if (!required && json_object_get(body, "algorithm") == NULL) {
        return;
    }

    if (!gate_admin_text(c, body, "algorithm", 1, &text)) {
        return;
    }

    for (i = 0; gate_admin_algorithms[i] != NULL; i++) {
        if (gate_str_eq(gate_cstr(gate_admin_algorithms[i]), text)) {
            gate_admin_field(c, "algorithm", text);
            return;
        }
    }

    gate_admin_error(c, "algorithm", "must be ed25519, ecdsa-p256-sha256, "
                     "ecdsa-p384-sha384, rsa-pss-sha512 or rsa-v1_5-sha256");
}
