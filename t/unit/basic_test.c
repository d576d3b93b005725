
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names and passwords of an Authorization field, and hashes of passwords.
 */


#include <openssl/evp.h>

#include "tap.h"
#include "gate_basic.h"
#include "gate_crypt.h"


static void
test_parse(void)
{
    size_t           i;
    gate_str_t       field, user, password;
    unsigned char    dst[GATE_BASIC_MAX];
    gate_basic_rc_e  rc;

    static const struct {
        const char       *field;
        gate_basic_rc_e   rc;
        const char       *user;
        const char       *password;
    } row[] = {
        { "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", GATE_BASIC_OK, "Aladdin",
          "open sesame" },
        { "basic  dGVzdDoxMjPCow==", GATE_BASIC_OK, "test", "123\xc2\xa3" },
        { "BASIC YTo=", GATE_BASIC_OK, "a", "" },
        { "Basic YTpiOmM=", GATE_BASIC_OK, "a", "b:c" },
        { "Basic Pz8/Oj8+Pw==", GATE_BASIC_OK, "?\?\?", "?>?" },
        { "Basic YTpi/z8+", GATE_BASIC_OK, "a", "b\xff?>" },
        { "Bearer YTpi", GATE_BASIC_OTHER, "", "" },
        { "Basi", GATE_BASIC_OTHER, "", "" },
        { "", GATE_BASIC_OTHER, "", "" },
        { "Basicx YTpi", GATE_BASIC_OTHER, "", "" },
        { "Basic", GATE_BASIC_BAD, "", "" },
        { "Basic ", GATE_BASIC_BAD, "", "" },
        { "Basic YTpi ", GATE_BASIC_BAD, "", "" },
        { "Basic YTo", GATE_BASIC_BAD, "", "" },
        { "Basic YTp=", GATE_BASIC_BAD, "", "" },
        { "Basic YTo===", GATE_BASIC_BAD, "", "" },
        { "Basic ====", GATE_BASIC_BAD, "", "" },
        { "Basic YWJj", GATE_BASIC_BAD, "", "" },
        { "Basic OmI=", GATE_BASIC_BAD, "", "" },
        { "Basic YTpiAA==", GATE_BASIC_BAD, "", "" },
        { "Basic YTpi_z8-", GATE_BASIC_BAD, "", "" },
        { "Basic YQo6Yg==", GATE_BASIC_BAD, "", "" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        field = gate_str(malloc(strlen(row[i].field) + 1),
                         strlen(row[i].field));
        field.data = realloc(field.data, field.len ? field.len : 1);
        memcpy(field.data, row[i].field, field.len);

        rc = gate_basic_parse(field, dst, &user, &password);

        ok(rc == row[i].rc
           && (rc != GATE_BASIC_OK
               || (gate_str_eq(user, gate_cstr(row[i].user))
                   && gate_str_eq(password, gate_cstr(row[i].password)))),
           "\"%s\"", row[i].field);

        free(field.data);
    }
}


/* of "user:password" as it is before base64 */

static gate_basic_rc_e
parse_plain(const char *plain, size_t len, unsigned char *dst,
    gate_str_t *password)
{
    char        field[6 + 1024];
    gate_str_t  user;

    memcpy(field, "Basic ", 6);

    return gate_basic_parse(gate_str(field,
                                     6 + EVP_EncodeBlock((unsigned char *) field
                                                         + 6,
                                                         (const unsigned char *)
                                                         plain, (int) len)),
                            dst, &user, password);
}


static void
test_long(void)
{
    char           text[2048];
    gate_str_t     user, password;
    unsigned char  dst[GATE_BASIC_MAX];

    memset(text, 'Q', sizeof(text));
    memcpy(text, "Basic ", 6);

    is_int(gate_basic_parse(gate_str(text, 6 + 1024), dst, &user, &password),
           GATE_BASIC_BAD, "what is too long is bad");

    /* a password of that many bytes */

    text[0] = 'a';
    text[1] = ':';
    memset(text + 2, 'x', GATE_BASIC_PASSWORD + 1);

    is_int(parse_plain(text, 2 + GATE_BASIC_PASSWORD, dst, &password),
           GATE_BASIC_OK, "the longest password is none too long");
    is_int(password.len, GATE_BASIC_PASSWORD, "... and is whole");
    is_int(parse_plain(text, 2 + GATE_BASIC_PASSWORD + 1, dst, &password),
           GATE_BASIC_BAD, "a byte more is");
}


static void
test_hash(void)
{
    size_t  i;

    static const struct {
        const char   *hash;
        const char   *password;
    } good[] = {
        { "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
          "U*U" },
        { "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
          "Hello world!" },
        { "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnI"
          "FNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
          "Hello world!" }
    };

    static const char  *wrong[] = {
        "", "secret", "$1$abcdefgh$a", "$apr1$a$b", "{SHA}abc", "$2b$05$CCC",
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$6$rounds=999999999$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O"
        "817G3uBnIFNjnQJuesI68OTLiBFdcbYEdFCoEOfaS35inz1",
        "$6$saltstring$svn8", "$6$rounds=5000", "$y$", "$5$$"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ok(gate_crypt_wrong(gate_cstr(good[i].hash)) == NULL, "%.14s is taken",
           good[i].hash);
        ok(gate_crypt_is(good[i].password, good[i].hash), "... it is of \"%s\"",
           good[i].password);
        ok(!gate_crypt_is("other", good[i].hash), "... and of no other");
    }

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ok(gate_crypt_wrong(gate_cstr(wrong[i])) != NULL, "refused: \"%.20s\"",
           wrong[i]);
    }
}


int
main(void)
{
    test_parse();
    test_long();
    test_hash();

    return done_testing();
}
