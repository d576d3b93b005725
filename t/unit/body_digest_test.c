/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Content-Digest: the examples of RFC 9530 and what must not be taken.
 */


#include "tap.h"
#include "gate_body_digest.h"

#define SHA256  "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
#define SHA512  "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgB" \
                "WnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"


/* in two pieces; -1: bad, -2: none is known */

static int
same(const char *field, const char *body)
{
    gate_body_digest_t  d;

    switch (gate_body_digest_begin(&d, gate_cstr(field))) {

    case GATE_BODY_DIGEST_BAD:
        return -1;

    case GATE_BODY_DIGEST_NONE:
        return -2;

    default:
        gate_body_digest_add(&d, gate_str(body, 1));
        gate_body_digest_add(&d, gate_str(body + 1, strlen(body + 1)));

        return gate_body_digest_end(&d);
    }
}


int
main(void)
{
    size_t  i;

    static const char  hello[] = "{\"hello\": \"world\"}";

    static const struct {
        const char        *field;
        int                same;
    } row[] = {
        { SHA256, 1 }, { SHA512, 1 }, { SHA256 ", " SHA512, 1 },
        { "md5=:AAAA:, " SHA256, 1 }, { "crc=1, " SHA512 ";x", 1 },
        { "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:", 0 },
        { SHA512 ", sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:",
          0 },
        { "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:, " SHA256,
          1 },
        { "sha-256=:X48E:", -1 }, { "sha-256=\"x\"", -1 }, { "sha-256", -1 },
        { SHA256 ",", -1 }, { SHA256 ", a=(", -1 }, { "md5=:AAAA:", -2 },
        { "sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=", -1 },
        { "SHA-256=:AAAA:", -1 }, { "", -2 },
        { SHA512 ", sha-256=:" "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+A"
          "bwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:", -1 },
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        is_int(same(row[i].field, hello), row[i].same, "%s", row[i].field);
    }

    is_int(same(SHA256, "{\"hello\": \"World\"}"), 0, "another body");
    is_int(same(SHA512, "{\"hello\": \"world\"} "), 0, "a longer body");

    return done_testing();
}
