
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Origins: none but those that are listed, however alike they look.
 */


#include "tap.h"
#include "gate_cors.h"


/* memory of the exact size, so that ASan sees a step off */

static gate_str_t
exact(const char *text, size_t len)
{
    gate_str_t  s;

    s.len = len;
    s.data = malloc(len ? len : 1);
    memcpy(s.data, text, len);

    return s;
}


static int
listed(const char *origin)
{
    int                 rc;
    gate_str_t          s;
    gate_cors_origin_t  p;

    s = exact(origin, strlen(origin));
    rc = gate_cors_origin_parse(s, &p);
    free(s.data);

    return rc;
}


static int
allowed(const char *pattern, const char *origin)
{
    int                 rc;
    gate_str_t          s, o;
    gate_cors_origin_t  p;

    s = exact(pattern, strlen(pattern));
    o = exact(origin, strlen(origin));

    rc = gate_cors_origin_parse(s, &p) ? gate_cors_allows(&p, 1, o) : -1;

    free(s.data);
    free(o.data);

    return rc;
}


static void
test_lists(void)
{
    size_t  i;

    static const char  *good[] = {
        "*", "null", "https://a.example", "http://a", "https://a.example:8443",
        "HTTPS://A.Example", "https://*.b.example", "https://*.b.example:444",
        "http://localhost:*", "https://*.b.example:*", "http://[::1]:8080",
        "http://[::1]", "http://127.0.0.1:3000", "chrome-extension://abcdef",
        "capacitor://localhost", "https://xn--bcher-kva.example",
        "https://a_b.example", "http://[::ffff:1.2.3.4]:*", "h2+a.b-c://x"
    };

    static const char  *bad[] = {
        "", "a.example", "https:", "https://", "https:///", "//a.example",
        "https://a.example/", "https://a.example/x", "https://a.example?",
        "https://a.example#", "https://u@a.example", "https://u:p@a.example",
        "https://a.example:", "https://a.example:0", "https://a.example:080",
        "https://a.example:65536", "https://a.example:99999",
        "https://a.example:123456", "https://a.example:8a",
        "https://a.example:-1", "https://a.example:+1", "https://a.example: 1",
        "https://a.example.", "https://.a.example", "https://a..example",
        "https://*", "https://*:443", "https://*.", "https://*a.example",
        "https://*.*.example", "https://a.*.example", "https://a*.example",
        "https://**.example", "*.example", "*://a.example", "https://*..b",
        "https://[::1", "https://::1", "https://[]", "https://[::1]x",
        "https://[::1].a", "https://[fe80::1%eth0]", "https://[*]",
        "https://[1.2.3.4]", "https://b\xc3\xbc""cher.example", "Null", "NULL",
        "null ", " null", "https://a.example b", "https://a.example\t",
        "1http://a", "ht tp://a", "https//a", "https:/a", "http:\\\\a.example",
        "https://a.example,https://b.example", "https://a%2eexample", ":*",
        "https://:*", "https://a:*:*", "*:*", "https://a\\b", "https://-\x7f"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ok(listed(good[i]), "\"%s\" may stand in a list", good[i]);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(!listed(bad[i]), "\"%s\" may not", bad[i]);
        ok(!allowed("https://a.example", bad[i]), "... and is no \"a\"");
        ok(!allowed("https://*.example", bad[i]), "... nor below \"example\"");
    }
}


static void
test_origins(void)
{
    size_t  i;

    static const struct {
        const char  *pattern, *origin;
        int          want;
    } row[] = {
        { "https://a.example", "https://a.example", 1 },
        { "https://a.example", "HTTPS://A.EXAMPLE", 1 },
        { "HTTPS://A.Example", "https://a.example", 1 },
        { "https://a.example", "https://a.example:443", 1 },
        { "https://a.example:443", "https://a.example", 1 },
        { "http://a.example", "http://a.example:80", 1 },
        { "http://a.example:80", "http://a.example", 1 },
        { "https://a.example:8443", "https://a.example:8443", 1 },
        { "app://a", "app://a", 1 },
        { "https://a.example", "http://a.example", 0 },
        { "https://a.example", "https://a.example:80", 0 },
        { "https://a.example", "https://a.example:4430", 0 },
        { "https://a.example", "https://a.example:44", 0 },
        { "https://a.example:8443", "https://a.example", 0 },
        { "app://a", "app://a:1", 0 },
        { "https://a.example", "https://aa.example", 0 },
        { "https://a.example", "https://b.a.example", 0 },
        { "https://a.example", "https://a.example.evil", 0 },
        { "https://a.example", "https://evil-a.example", 0 },
        { "https://a.example", "https://a-example", 0 },
        { "https://a.example", "https://aXexample", 0 },
        { "https://a.example", "https://evil.example", 0 },
        { "https://a.example", "null", 0 },
        { "https://a.example", "*", 0 },

        { "https://*.b.example", "https://x.b.example", 1 },
        { "https://*.b.example", "https://x.y.b.example", 1 },
        { "https://*.b.example", "https://X.B.Example", 1 },
        { "https://*.b.example", "https://x.b.example:443", 1 },
        { "https://*.b.example:444", "https://x.b.example:444", 1 },
        { "https://*.b.example:*", "https://x.b.example:5", 1 },
        { "https://*.b.example", "https://b.example", 0 },
        { "https://*.b.example", "https://.b.example", 0 },
        { "https://*.b.example", "https://x..b.example", 0 },
        { "https://*.b.example", "https://evil-b.example", 0 },
        { "https://*.b.example", "https://evilb.example", 0 },
        { "https://*.b.example", "https://x.b.example.evil", 0 },
        { "https://*.b.example", "https://x.b.example@evil", 0 },
        { "https://*.b.example", "https://evil/.b.example", 0 },
        { "https://*.b.example", "https://evil?.b.example", 0 },
        { "https://*.b.example", "https://evil#.b.example", 0 },
        { "https://*.b.example", "https://evil\\.b.example", 0 },
        { "https://*.b.example", "https://evil:80.b.example", 0 },
        { "https://*.b.example", "https://evil:1@x.b.example", 0 },
        { "https://*.b.example", "https://evil%00.b.example", 0 },
        { "https://*.b.example", "https://evil\r\n.b.example", 0 },
        { "https://*.b.example", "https://x.b.example:80", 0 },
        { "https://*.b.example", "http://x.b.example", 0 },
        { "https://*.b.example", "https://*.b.example", 0 },
        { "https://*.b.example:444", "https://x.b.example", 0 },

        { "http://localhost:*", "http://localhost", 1 },
        { "http://localhost:*", "http://localhost:3000", 1 },
        { "http://localhost:*", "http://localhost:", 0 },
        { "http://localhost:*", "http://localhost:x", 0 },
        { "http://localhost:*", "http://localhost:1@evil", 0 },
        { "http://localhost:*", "https://localhost:3000", 0 },

        { "http://[::1]:8080", "http://[::1]:8080", 1 },
        { "http://[::1]", "http://[0:0:0:0:0:0:0:1]:80", 1 },
        { "http://[2001:DB8::1]", "http://[2001:db8::1]", 1 },
        { "http://[::1]", "http://[::2]", 0 },
        { "http://[::1]", "http://::1", 0 },
        { "http://[::1]", "http://[::1].evil", 0 },
        { "http://[::1]", "http://[::1]:81", 0 },
        { "http://[::ffff:127.0.0.1]", "http://127.0.0.1", 0 },
        { "http://127.0.0.1", "http://127.1", 0 },
        { "https://*.1", "https://[::1]", 0 },

        { "null", "null", 1 },
        { "null", "NULL", 0 },
        { "null", "null.example", 0 },
        { "null", "https://null", 0 },
        { "*", "null", 1 },
        { "*", "https://evil", 1 },
        { "*", "whatever", 1 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        is_int(allowed(row[i].pattern, row[i].origin), row[i].want,
               "\"%s\": \"%s\"", row[i].pattern, row[i].origin);
    }
}


static void
test_several(void)
{
    char                long_one[1024];
    gate_str_t          nul;
    gate_cors_origin_t  list[3];

    ok(gate_cors_origin_parse(gate_cstr("https://a.example"), &list[0])
       && gate_cors_origin_parse(gate_cstr("null"), &list[1])
       && gate_cors_origin_parse(gate_cstr("http://*.c:*"), &list[2]),
       "a list of three");

    ok(gate_cors_allows(list, 3, gate_cstr("https://a.example")), "the first");
    ok(gate_cors_allows(list, 3, gate_cstr("null")), "the second");
    ok(gate_cors_allows(list, 3, gate_cstr("http://b.c:9")), "the third");
    ok(!gate_cors_allows(list, 3, gate_cstr("https://b.c:9")), "none of them");
    ok(!gate_cors_allows(list, 0, gate_cstr("null")), "no list has any");

    nul = exact("https://a.example\0.evil", sizeof("https://a.example\0.evil")
                                            - 1);
    ok(!gate_cors_allows(list, 3, nul), "a NUL ends nothing");
    free(nul.data);

    nul = exact("http://[::1\0]", sizeof("http://[::1\0]") - 1);
    ok(!gate_cors_origin_parse(nul, &list[0]), "nor does one in an address");
    free(nul.data);

    memset(long_one, 'a', sizeof(long_one));
    memcpy(long_one, "http://", 7);
    memcpy(long_one + 1022, ".c", 2);
    ok(!gate_cors_allows(list, 3, gate_str(long_one, sizeof(long_one))),
       "one of a thousand bytes is none");
}


static void
test_fields(void)
{
    char        many[2 * GATE_CORS_ASKED + 2];
    size_t      i;
    gate_str_t  names[2];

    names[0] = gate_cstr("Content-Type");
    names[1] = gate_cstr("x-a");

    ok(gate_cors_fields(names, 2, gate_cstr("content-type,x-a")), "both");
    ok(gate_cors_fields(names, 2, gate_cstr("X-A , CONTENT-type")),
       "in any order and case, with spaces");
    ok(gate_cors_fields(names, 2, gate_cstr("")), "none at all");
    ok(gate_cors_fields(names, 2, gate_cstr(",,x-a,")), "with empty elements");
    ok(!gate_cors_fields(names, 2, gate_cstr("x-a,x-b")), "one too many");
    ok(!gate_cors_fields(names, 2, gate_cstr("x-a x-b")), "no list");
    ok(!gate_cors_fields(names, 2, gate_cstr("x-")), "a beginning");
    ok(!gate_cors_fields(names, 2, gate_cstr("x-ab")), "a longer one");
    ok(!gate_cors_fields(names, 2, gate_cstr("*")), "a star is a name");
    ok(gate_cors_fields(NULL, 0, gate_cstr("x-b,y")), "any where all are fine");
    ok(!gate_cors_fields(NULL, 0, gate_cstr("x-b,y\r\nz")), "but names only");
    ok(!gate_cors_fields(NULL, 0, gate_cstr("a:b")), "... without a colon");

    for (i = 0; i < sizeof(many); i++) {
        many[i] = (i & 1) ? ',' : 'a';
    }

    ok(gate_cors_fields(NULL, 0, gate_str(many, 2 * GATE_CORS_ASKED - 1)),
       "%d of them", GATE_CORS_ASKED);
    ok(!gate_cors_fields(NULL, 0, gate_str(many, 2 * GATE_CORS_ASKED + 1)),
       "... and no more");

    ok(gate_cors_is_token(gate_cstr("M-SEARCH")), "a method");
    ok(!gate_cors_is_token(gate_cstr("")), "no method");
    ok(!gate_cors_is_token(gate_cstr("GET POST")), "two methods");
    ok(!gate_cors_is_token(gate_str("G\0", 2)), "a NUL is no part of one");
    ok(!gate_cors_is_token(gate_cstr("G\xc3\x89")), "nor is a letter of UTF-8");
}


int
main(void)
{
    test_lists();
    test_origins();
    test_several();
    test_fields();

    return done_testing();
}
