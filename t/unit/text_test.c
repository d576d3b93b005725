
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the writers give, in room and out of room; jansson reads the JSON.
 */


#include <jansson.h>

#include "tap.h"
#include "gate_text.h"


#define FFFD  "\xEF\xBF\xBD"


typedef void (*writer_pt)(gate_text_t *t, gate_str_t s);


static int
writes(writer_pt write, const char *in, size_t len, const char *out)
{
    gate_text_t    t;
    unsigned char  buf[256];

    gate_text_init(&t, buf, sizeof(buf));
    write(&t, gate_str(in, len));

    return !t.full && gate_str_eq(gate_str(t.start,
                                           (size_t) (t.last - t.start)),
                                  gate_cstr(out));
}


static void
test_json(void)
{
    size_t  i;

    static const struct {
        const char        *in;
        const char        *out;
    } row[] = {
        { "", "\"\"" }, { "plain text", "\"plain text\"" },
        { "a\"b", "\"a\\\"b\"" }, { "a\\b", "\"a\\\\b\"" },
        { "a/b", "\"a/b\"" }, { "a\nb", "\"a\\nb\"" },
        { "a\tb\r", "\"a\\u0009b\\u000d\"" },
        { "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
        { "caf\xc3\xa9", "\"caf\xc3\xa9\"" },
        { "\xe2\x82\xac", "\"\xe2\x82\xac\"" },
        { "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
        { "\xc2\x80\xdf\xbf", "\"\xc2\x80\xdf\xbf\"" },
        { "\xe0\xa0\x80\xef\xbf\xbf", "\"\xe0\xa0\x80\xef\xbf\xbf\"" },
        { "\xed\x9f\xbf\xee\x80\x80", "\"\xed\x9f\xbf\xee\x80\x80\"" },
        { "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
          "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"" },

        /* one U+FFFD for the longest part that could have begun something */

        { "\x80", "\"" FFFD "\"" }, { "\xbf\xbf", "\"" FFFD FFFD "\"" },
        { "a\xff" "b", "\"a" FFFD "b\"" }, { "\xc3", "\"" FFFD "\"" },
        { "\xc3(", "\"" FFFD "(\"" }, { "\xe2\x82", "\"" FFFD "\"" },
        { "\xe2\x82(", "\"" FFFD "(\"" }, { "\xe2\"", "\"" FFFD "\\\"\"" },
        { "\xf0\x9f\x98", "\"" FFFD "\"" },
        { "\xf0\x9f\x98\xc3\xa9", "\"" FFFD "\xc3\xa9\"" },
        { "\xc0\x80", "\"" FFFD FFFD "\"" },
        { "\xc1\xbf", "\"" FFFD FFFD "\"" },
        { "\xe0\x80\xaf", "\"" FFFD FFFD FFFD "\"" },
        { "\xe0\x9f\xbf", "\"" FFFD FFFD FFFD "\"" },
        { "\xf0\x80\x80\x80", "\"" FFFD FFFD FFFD FFFD "\"" },
        { "\xf0\x8f\xbf\xbf", "\"" FFFD FFFD FFFD FFFD "\"" },
        { "\xed\xa0\x80", "\"" FFFD FFFD FFFD "\"" },
        { "\xed\xbf\xbf", "\"" FFFD FFFD FFFD "\"" },
        { "\xf4\x90\x80\x80", "\"" FFFD FFFD FFFD FFFD "\"" },
        { "\xf5\x80\x80\x80", "\"" FFFD FFFD FFFD FFFD "\"" },
        { "\xfe\xff", "\"" FFFD FFFD "\"" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        ok(writes(gate_text_json, row[i].in, strlen(row[i].in), row[i].out),
           "JSON text, row %d", (int) i);
    }

    ok(writes(gate_text_json, "a\0b", 3, "\"a\\u0000b\""), "a NUL in JSON");
    ok(writes(gate_text_json, NULL, 0, "\"\""), "nothing in JSON");
}


/* whatever goes in, a strict reader takes it; good UTF-8 comes back the same */

static void
test_json_random(void)
{
    int             i, valid, same;
    size_t          n, m;
    json_t         *j;
    uint32_t        x;
    gate_text_t     t;
    unsigned char   in[16], *copy, buf[128];

    static const unsigned char  alphabet[] = {
        0x00, 0x0a, 0x22, 0x41, 0x5c, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
        0xc0, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff
    };

    valid = 1;
    same = 1;
    x = 7;

    for (i = 0; i < 100000; i++) {
        x = x * 1664525 + 1013904223;
        m = (x >> 24) % (sizeof(in) + 1);

        for (n = 0; n < m; n++) {
            x = x * 1664525 + 1013904223;
            in[n] = alphabet[(x >> 20) % sizeof(alphabet)];
        }

        /* exact size: ASan sees a step off */

        copy = malloc(m ? m : 1);
        memcpy(copy, in, m);

        gate_text_init(&t, buf, sizeof(buf));
        gate_text_json(&t, gate_str(copy, m));
        free(copy);

        j = json_loadb((char *) buf, (size_t) (t.last - buf),
                       JSON_DECODE_ANY|JSON_ALLOW_NUL, NULL);
        valid &= (j != NULL && !t.full);
        json_decref(j);

        /* jansson's own check of UTF-8 says which must come back */

        j = json_stringn((char *) in, m);

        if (j != NULL) {
            json_decref(j);
            j = json_loadb((char *) buf, (size_t) (t.last - buf),
                           JSON_DECODE_ANY|JSON_ALLOW_NUL, NULL);
            same &= (json_string_length(j) == m
                     && memcmp(json_string_value(j), in, m) == 0);
            json_decref(j);
        }
    }

    ok(valid, "100,000 random byte strings are JSON");
    ok(same, "those that were UTF-8 come back the same");
}


static void
test_label(void)
{
    ok(writes(gate_text_label, "orders", 6, "orders"), "a label");
    ok(writes(gate_text_label, "a\"b\\c\nd", 7, "a\\\"b\\\\c\\nd"),
       "a label's escapes");
    ok(writes(gate_text_label, "a\tb\rc", 5, "a\tb\rc"), "and no other ones");
    ok(writes(gate_text_label, "caf\xc3\xa9\xff", 6, "caf\xc3\xa9" FFFD),
       "a label is UTF-8");
    ok(writes(gate_text_label, "", 0, ""), "an empty label");
}


static void
test_sf(void)
{
    ok(writes(gate_text_sf, "burst", 5, "\"burst\""), "an sf-string");
    ok(writes(gate_text_sf, "a\"b\\c", 5, "\"a\\\"b\\\\c\""), "its escapes");
    ok(writes(gate_text_sf, " ~", 2, "\" ~\""), "its first and last byte");
    ok(writes(gate_text_sf, "\x1f\x7f\n\xc3\xa9", 5, "\"?????\""),
       "bytes it cannot have");
    ok(writes(gate_text_sf, "a\0b", 3, "\"a?b\""), "a NUL among them");
    ok(writes(gate_text_sf, NULL, 0, "\"\""), "an empty one");
}


static void
test_quoted(void)
{
    ok(writes(gate_text_quoted, "a realm", 7, "\"a realm\""),
       "a quoted-string");
    ok(writes(gate_text_quoted, "a\"b\\c", 5, "\"a\\\"b\\\\c\""),
       "its escapes");
    ok(writes(gate_text_quoted, "a\r\nX: y\t\x7f\0z", 11, "\"aX: yz\""),
       "control bytes are gone");
    ok(writes(gate_text_quoted, "caf\xe9", 4, "\"caf\xe9\""),
       "obs-text stays");
    ok(writes(gate_text_quoted, NULL, 0, "\"\""), "an empty one");
}


static void
test_html(void)
{
    ok(writes(gate_text_html, "a b", 3, "a b"), "text in HTML");
    ok(writes(gate_text_html, "<i a=\"b\" c='d'>&amp;", 20,
              "&lt;i a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;amp;"),
       "what means something there");
    ok(writes(gate_text_html, "caf\xc3\xa9\n", 6, "caf\xc3\xa9\n"),
       "all else stays");
    ok(writes(gate_text_html, NULL, 0, ""), "no text");
}


static void
test_uint(void)
{
    size_t         i;
    gate_text_t    t;
    unsigned char  buf[32];

    static const struct {
        uint64_t           n;
        const char        *text;
    } row[] = {
        { 0, "0" }, { 1, "1" }, { 9, "9" }, { 10, "10" }, { 99, "99" },
        { 100, "100" }, { 4294967295U, "4294967295" },
        { 9007199254740993ULL, "9007199254740993" },
        { 9223372036854775808ULL, "9223372036854775808" },
        { UINT64_MAX, "18446744073709551615" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gate_text_init(&t, buf, strlen(row[i].text));
        gate_text_uint(&t, row[i].n);

        ok(!t.full && gate_str_eq(gate_str(buf, (size_t) (t.last - buf)),
                                  gate_cstr(row[i].text)),
           "%s fits exactly", row[i].text);

        gate_text_init(&t, buf, strlen(row[i].text) - 1);
        gate_text_uint(&t, row[i].n);

        ok(t.full && t.last == buf, "and not in one byte less");
    }
}


static void
test_seconds(void)
{
    size_t         i, n;
    gate_text_t    t;
    unsigned char  buf[32];

    static const struct {
        uint64_t      us;
        const char   *text;
    } row[] = {
        { 0, "0" }, { 1, "0.000001" }, { 25, "0.000025" }, { 100, "0.0001" },
        { 2500, "0.0025" }, { 10010, "0.01001" }, { 999999, "0.999999" },
        { 1000000, "1" }, { 2500000, "2.5" }, { 60000000, "60" },
        { 61000001, "61.000001" }, { UINT64_MAX, "18446744073709.551615" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        n = strlen(row[i].text);

        gate_text_init(&t, buf, n);
        gate_text_seconds(&t, row[i].us);

        ok(!t.full && gate_str_eq(gate_str(buf, (size_t) (t.last - buf)),
                                  gate_cstr(row[i].text)),
           "%s seconds", row[i].text);

        gate_text_init(&t, buf, n - 1);
        gate_text_seconds(&t, row[i].us);

        ok(t.full && t.last == buf, "and not in one byte less");
    }
}


/* every size from none to enough: the whole text or nothing, none past it */

static void
test_full(void)
{
    int             good;
    size_t          i, n, need;
    gate_str_t      in;
    gate_text_t     t;
    unsigned char  *buf;

    static const writer_pt  writers[] = {
        gate_text_add, gate_text_json, gate_text_label, gate_text_sf,
        gate_text_quoted, gate_text_html
    };

    in = gate_cstr("a\"b\\c<\nd\xc3\xa9\xff\x01");

    for (i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        buf = malloc(100);
        gate_text_init(&t, buf, 100);
        writers[i](&t, in);
        need = (size_t) (t.last - buf);
        free(buf);

        good = 1;

        for (n = 0; n <= need + 2; n++) {
            buf = malloc(n ? n : 1);
            gate_text_init(&t, buf, n);
            writers[i](&t, in);

            good &= (n >= need) ? (!t.full && t.last == buf + need)
                                : (t.full && t.last == buf);
            free(buf);
        }

        ok(good, "writer %d in each room from 0 to %d", (int) i,
           (int) need + 2);
    }
}


static void
test_stays_full(void)
{
    gate_text_t    t;
    unsigned char  buf[8];

    gate_text_init(&t, buf, sizeof(buf));
    gate_text_cstr(&t, "12345");
    gate_text_cstr(&t, "6789");

    ok(t.full && t.last == buf + 5, "what does not fit is left out");

    gate_text_cstr(&t, "6");
    gate_text_uint(&t, 6);
    gate_text_json(&t, gate_cstr(""));
    gate_text_sf(&t, gate_cstr(""));
    gate_text_quoted(&t, gate_cstr(""));
    gate_text_label(&t, gate_cstr("x"));
    gate_text_add(&t, gate_cstr("x"));

    ok(t.full && t.last == buf + 5, "and so is all that follows");
    is_mem(buf, "12345", 5, "what was there stays");

    gate_text_init(&t, NULL, 0);
    gate_text_cstr(&t, "");
    ok(!t.full, "nothing fits into nothing");
    gate_text_cstr(&t, "x");
    ok(t.full && t.last == NULL, "something does not");
}


static void
shown10(gate_text_t *t, gate_str_t s)
{
    gate_text_shown(t, s, 10);
}


static void
test_shown(void)
{
    size_t         i;
    gate_text_t    t;
    unsigned char  in[256], buf[GATE_TEXT_SHOWN(256)];

    ok(writes(shown10, "", 0, ""), "shown: nothing");
    ok(writes(shown10, "plain ~!'x", 10, "plain ~!'x"), "shown: plain text");
    ok(writes(shown10, "plain ~!'xy", 11, "plain ~!'x..."), "shown: cut");
    ok(writes(shown10, "a\"b\\c", 5, "a\\x22b\\x5cc"), "shown: quotes");
    ok(writes(shown10, "\r\n\0\x1b\x7f\xff", 6,
              "\\x0d\\x0a\\x00\\x1b\\x7f\\xff"), "shown: bytes");

    for (i = 0; i < 256; i++) {
        in[i] = (unsigned char) i;
    }

    gate_text_init(&t, buf, sizeof(buf));
    gate_text_shown(&t, gate_str(in, 256), 255);

    ok(!t.full && t.last <= t.end, "shown: all bytes have room");

    for (i = 0; t.start + i < t.last; i++) {
        if (t.start[i] < 0x20 || t.start[i] > 0x7e || t.start[i] == '"') {
            fail("shown: byte %d is told as it is", t.start[i]);
        }
    }
}


int
main(void)
{
    test_json();
    test_json_random();
    test_label();
    test_sf();
    test_quoted();
    test_html();
    test_shown();
    test_uint();
    test_seconds();
    test_full();
    test_stays_full();

    return done_testing();
}
