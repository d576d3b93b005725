/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * base64url: one spelling for one string of bytes.
 */

#include "gate_b64.h"
#include "mint.h"


typedef struct {
    const char  *text;
    const char  *bytes;                     /* NULL: refused */
    const char  *name;
} row_t;


static const row_t  rows[] = {

    /* RFC 4648 10 */

    { "", "", "nothing" },
    { "Zg", "f", "one byte" },
    { "Zm8", "fo", "two bytes" },
    { "Zm9v", "foo", "three bytes" },
    { "Zm9vYg", "foob", "four bytes" },
    { "Zm9vYmE", "fooba", "five bytes" },
    { "Zm9vYmFy", "foobar", "six bytes" },
    { "-_-_", "\xfb\xff\xbf", "the two characters of base64url" },

    { "Zg==", NULL, "padding of one byte" },
    { "Zm8=", NULL, "padding of two bytes" },
    { "Zg=", NULL, "half of a padding" },
    { "Zm9v=", NULL, "padding after a whole" },
    { "====", NULL, "padding alone" },
    { "Z", NULL, "one character" },
    { "Zm9vY", NULL, "five characters" },
    { "+/+/", NULL, "the two characters of base64" },
    { "Zm9 ", NULL, "a space" },
    { " Zm9", NULL, "a space in front" },
    { "Zm9v\n", NULL, "a line break" },
    { "Zm9\t", NULL, "a tab" },
    { "Zm\xc3\xb6", NULL, "a byte of UTF-8" },
    { "Zm9.", NULL, "a dot" },
    { NULL, NULL, NULL }
};


static int
decode(const char *text, size_t len, unsigned char *dst, size_t cap, size_t *n)
{
    return gate_b64url_decode(gate_str(text, len), dst, cap, n);
}


static void
test_rows(void)
{
    int             rc;
    size_t          n;
    const row_t    *row;
    unsigned char   dst[16];

    for (row = rows; row->text != NULL; row++) {
        n = 99;
        rc = decode(row->text, strlen(row->text), dst, sizeof(dst), &n);

        if (row->bytes == NULL) {
            ok(rc == 0, "refused: %s", row->name);
            continue;
        }

        ok(rc == 1 && n == strlen(row->bytes)
           && memcmp(dst, row->bytes, n) == 0, "%s", row->name);
    }
}


/* all 64 * 64 and 64 * 64 * 64 ends: as many accepted as there are bytes */

static void
test_tails(void)
{
    char           text[4];
    size_t         i, n, two, three;
    unsigned char  dst[4];

    static const char  set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs"
                               "tuvwxyz0123456789-_";
    two = 0;
    three = 0;

    for (i = 0; i < 64 * 64; i++) {
        text[0] = set[i / 64];
        text[1] = set[i % 64];
        two += (size_t) decode(text, 2, dst, sizeof(dst), &n);
    }

    for (i = 0; i < 64 * 64 * 64; i++) {
        text[0] = set[i / 64 / 64];
        text[1] = set[i / 64 % 64];
        text[2] = set[i % 64];
        three += (size_t) decode(text, 3, dst, sizeof(dst), &n);
    }

    is_int(two, 256, "two characters: one spelling for each byte");
    is_int(three, 65536, "three characters: one spelling for each two bytes");
}


static void
test_bytes(void)
{
    int            c, good;
    char           text[4];
    size_t         i, n, accepted;
    unsigned char  dst[4];

    accepted = 0;
    good = 1;

    for (i = 0; i < 4; i++) {
        for (c = 0; c < 256; c++) {
            memcpy(text, "AAAA", 4);
            text[i] = (char) c;

            if (decode(text, 4, dst, sizeof(dst), &n)) {
                accepted++;
                good &= (strchr("-_", c) != NULL && c != 0) || (c < 128
                        && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
                                  "pqrstuvwxyz0123456789", c) != NULL);
            }
        }
    }

    ok(good && accepted == 4 * 64, "64 of the 256 bytes at each place");
}


static void
test_room(void)
{
    size_t          n;
    unsigned char  *dst;

    dst = malloc(6);

    ok(decode("Zm9vYmFy", 8, dst, 6, &n) && n == 6, "room for just all");
    ok(!decode("Zm9vYmFy", 8, dst, 5, &n), "a byte too few");
    ok(!decode("Zg", 2, dst, 0, &n), "no room");
    ok(decode("", 0, dst, 0, &n) && n == 0, "nothing needs no room");

    free(dst);
}


static void
test_round(void)
{
    char           *text;
    size_t          len, n, bad;
    unsigned char   src[300], dst[300], enc[400];

    bad = 0;

    for (len = 0; len < sizeof(src); len++) {
        src[len] = (unsigned char) (len * 37 + 11);
        text = mint_b64(src, len);

        bad += !decode(text, strlen(text), dst, sizeof(dst), &n)
               || n != len || memcmp(src, dst, len) != 0;

        n = gate_b64url_encode(gate_str(src, len), enc);

        bad += n != strlen(text) || memcmp(enc, text, n) != 0
               || n > gate_b64url_encoded(len);
    }

    is_int(bad, 0, "what OpenSSL encodes is decoded, and encoded, 300 lengths");
}


int
main(void)
{
    test_rows();
    test_tails();
    test_bytes();
    test_room();
    test_round();

    return done_testing();
}
