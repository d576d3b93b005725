/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_idempotency.c: what is a key, and records, there and back.
 */

#include "tap.h"

#include "gate_idempotency.h"


static unsigned char  print[GATE_SHA256_LEN];
static unsigned char  text[512];


static int
key_is(const char *value, const char *key)
{
    size_t         n;
    unsigned char  dst[GATE_IDEMPOTENCY_KEY];

    n = gate_idempotency_key(gate_cstr(value), dst);

    return gate_str_eq(gate_str(dst, n), gate_cstr(key));
}


static void
test_keys(void)
{
    int            i;
    size_t         n;
    char           c;
    unsigned char  dst[GATE_IDEMPOTENCY_KEY], value[2 * sizeof(dst) + 8];

    ok(key_is("\"8e03978e-40d5\"", "8e03978e-40d5"), "a string");
    ok(key_is("8e03978e-40d5", "8e03978e-40d5"), "... and without quotes");
    ok(key_is("\"a \\\"b\\\\c,;\"", "a \"b\\c,;"), "what is escaped");
    ok(key_is("YWJj+/=:x", "YWJj+/=:x"), "base64");

    ok(key_is("", ""), "nothing is no key");
    ok(key_is("\"\"", ""), "... nor is an empty string");
    ok(key_is("\"", ""), "... one that does not end");
    ok(key_is("\"a", ""), "... neither behind a letter");
    ok(key_is("\"a\\", ""), "... nor behind a backslash");
    ok(key_is("\"a\\\"", ""), "... nor by a quote that is escaped");
    ok(key_is("\"a\\b\"", ""), "... an escape of something else");
    ok(key_is("\"a\"b", ""), "... text behind it");
    ok(key_is("\"a\";p=1", ""), "... a parameter");
    ok(key_is("a b", "") && key_is("a,b", "") && key_is("a;b", ""),
       "... several without quotes");
    ok(key_is("a\"b", "") && key_is("a\\b", ""), "... half of them");
    ok(key_is("\xc3\xa9", "") && key_is("\"\xc3\xa9\"", ""), "... not ASCII");

    for (i = 0; i < 256; i++) {
        c = (char) i;
        value[0] = '"';
        value[1] = (unsigned char) c;
        value[2] = '"';

        n = gate_idempotency_key(gate_str(value, 3), dst);

        if ((n == 1) != (i >= 0x20 && i <= 0x7e && i != '"' && i != '\\')) {
            fail("the byte %d in a string", i);
        }
    }

    memset(value, 'k', sizeof(value));

    is_int(gate_idempotency_key(gate_str(value, 255), dst), 255,
           "the longest key");
    is_int(gate_idempotency_key(gate_str(value, 256), dst), 0,
           "... and one byte more");

    value[0] = '"';
    value[256] = '"';
    is_int(gate_idempotency_key(gate_str(value, 257), dst), 255,
           "the longest in quotes");

    value[256] = 'k';
    value[257] = '"';
    is_int(gate_idempotency_key(gate_str(value, 258), dst), 0,
           "... and one byte more in quotes");
}


static size_t
answer(void)
{
    size_t               fields;
    unsigned char       *p, *length;
    gate_idempotency_t   r;

    memset(&r, 0, sizeof(r));

    r.print = print;
    r.status = 201;
    r.line = gate_cstr("201 Created");
    r.type = gate_cstr("application/json");

    fields = gate_idempotency_put_size(gate_cstr("Location"), gate_cstr("/1"))
             + gate_idempotency_put_size(gate_cstr("X"), gate_cstr(""));

    p = gate_idempotency_head(text, &r, fields);
    p = gate_idempotency_put(p, gate_cstr("Location"), gate_cstr("/1"));
    p = gate_idempotency_put(p, gate_cstr("X"), gate_cstr(""));

    is_int(p - text, gate_idempotency_head_size(&r) - 4 + fields,
           "the size of a head");

    length = p;
    p = gate_idempotency_length(length, 0);
    memcpy(p, "{\"a\":\0}", 7);
    (void) gate_idempotency_length(length, 7);

    return (size_t) (p + 7 - text);
}


static unsigned char *
find(size_t n, const char *what)
{
    size_t  i;

    for (i = 0; i + strlen(what) <= n; i++) {
        if (memcmp(text + i, what, strlen(what)) == 0) {
            break;
        }
    }

    return text + i;
}


static void
test_answer(void)
{
    size_t               n, i, pos;
    gate_str_t           name, value;
    unsigned char       *copy;
    gate_idempotency_t   r;

    n = answer();

    ok(gate_idempotency_parse(gate_str(text, n), &r), "an answer is read");
    is_int(r.kind, GATE_IDEMPOTENCY_ANSWER, "... as one");
    is_int(r.status, 201, "... its status");
    ok(gate_str_eq(r.line, gate_cstr("201 Created")), "... its line");
    ok(gate_str_eq(r.type, gate_cstr("application/json")), "... its type");
    is_mem(r.print, print, sizeof(print), "... the fingerprint");
    ok(r.body.len == 7 && memcmp(r.body.data, "{\"a\":\0}", 7) == 0,
       "... its body");

    pos = 0;
    ok(gate_idempotency_field(&r, &pos, &name, &value)
       && gate_str_eq(name, gate_cstr("Location"))
       && gate_str_eq(value, gate_cstr("/1")), "... a field");
    ok(gate_idempotency_field(&r, &pos, &name, &value)
       && gate_str_eq(name, gate_cstr("X")) && value.len == 0,
       "... one without a value");
    ok(!gate_idempotency_field(&r, &pos, &name, &value), "... and no more");

    for (i = 0; i < n; i++) {
        copy = malloc(i ? i : 1);
        memcpy(copy, text, i);

        if (gate_idempotency_parse(gate_str(copy, i), &r)) {
            fail("%zu bytes of it are taken for an answer", i);
        }

        free(copy);
    }

    ok(!gate_idempotency_parse(gate_str(text, n + 1), &r),
       "nothing stands behind an answer");
}


static void
test_refused(void)
{
    size_t               n, i;
    unsigned char        whole[sizeof(text)];
    gate_idempotency_t   r;

    static const struct {
        const char  *find;
        char         with;
        const char  *what;
    } rows[] = {
        { "201 Created", '\n', "a line in the reason" },
        { "application", '\r', "a line in the type" },
        { "Location", '\n', "a line in a name" },
        { "Location", ':', "a colon in a name" },
        { "Location", ' ', "a space in a name" },
        { "/1", '\n', "a line in a value" },
        { "/1", '\0', "NUL in a value" }
    };

    n = answer();
    memcpy(whole, text, n);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memcpy(text, whole, n);
        *find(n, rows[i].find) = (unsigned char) rows[i].with;
        ok(!gate_idempotency_parse(gate_str(text, n), &r), "%s",
           rows[i].what);
    }

    memcpy(text, whole, n);
    text[0] = 2;
    ok(!gate_idempotency_parse(gate_str(text, n), &r), "a later version");

    memcpy(text, whole, n);
    text[1] = 'B';
    ok(!gate_idempotency_parse(gate_str(text, n), &r), "another kind");

    memcpy(text, whole, n);
    text[34] = 3;
    ok(!gate_idempotency_parse(gate_str(text, n), &r), "no status");
}


static void
test_others(void)
{
    size_t               i;
    unsigned char        token[GATE_IDEMPOTENCY_TOKEN];
    gate_idempotency_t   r;

    memset(token, 7, sizeof(token));

    gate_idempotency_lock(text, print, token);
    ok(gate_idempotency_parse(gate_str(text, GATE_IDEMPOTENCY_LOCK), &r)
       && r.kind == GATE_IDEMPOTENCY_LOCKED
       && memcmp(r.print, print, sizeof(print)) == 0, "a lock");
    is_mem(text + GATE_IDEMPOTENCY_LOCK - sizeof(token), token, sizeof(token),
           "... with its token");

    for (i = 0; i < GATE_IDEMPOTENCY_LOCK; i++) {
        if (gate_idempotency_parse(gate_str(text, i), &r)) {
            fail("%zu bytes of it are taken for a lock", i);
        }
    }

    gate_idempotency_done(text, print, 404);
    ok(gate_idempotency_parse(gate_str(text, GATE_IDEMPOTENCY_DONE), &r)
       && r.kind == GATE_IDEMPOTENCY_UNKEPT && r.status == 404, "a note");
    ok(!gate_idempotency_parse(gate_str(text, GATE_IDEMPOTENCY_DONE - 1), &r)
       && !gate_idempotency_parse(gate_str(text, GATE_IDEMPOTENCY_DONE + 1),
                                  &r), "... is as long as it is");
}


static void
test_digest(void)
{
    unsigned char   a[GATE_SHA256_LEN], b[GATE_SHA256_LEN];
    gate_sha256_t  *h;

    h = gate_sha256_create();

    gate_sha256_begin(h);
    gate_idempotency_add(h, gate_cstr("ab"));
    gate_idempotency_add(h, gate_cstr("c"));
    gate_sha256_end(h, a);

    gate_sha256_begin(h);
    gate_idempotency_add(h, gate_cstr("a"));
    gate_idempotency_add(h, gate_cstr("bc"));
    gate_sha256_end(h, b);

    ok(!gate_digest_eq(a, b, sizeof(a)), "texts keep their ends in a digest");

    gate_sha256_destroy(h);
}


int
main(void)
{
    memset(print, 0xa5, sizeof(print));

    test_keys();
    test_answer();
    test_refused();
    test_others();
    test_digest();

    return done_testing();
}
