
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What proxies in front say of a client.
 */


#include "tap.h"
#include "gate_forwarded.h"


static int
is(gate_str_t s, const char *text)
{
    return gate_str_eq(s, gate_cstr(text));
}


static void
test_last(void)
{
    size_t  i;

    static const struct {
        const char        *list;
        const char        *last;
    } row[] = {
        { "a", "a" }, { "a,b", "b" }, { "a, b ", "b" }, { "", "" },
        { "a,", "" }, { ",", "" }, { " a\t", "a" }, { "a,b c", "b c" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        ok(is(gate_forwarded_last(gate_cstr(row[i].list)), row[i].last),
           "the last of \"%s\" is \"%s\"", row[i].list, row[i].last);
    }
}


static void
test_proto(void)
{
    ok(is(gate_forwarded_proto(gate_cstr("https")), "https"), "https");
    ok(is(gate_forwarded_proto(gate_cstr("HTTPS")), "https"), "in capitals");
    ok(is(gate_forwarded_proto(gate_cstr("Http")), "http"), "http");
    ok(is(gate_forwarded_proto(gate_cstr("httpss")), ""), "no longer one");
    ok(is(gate_forwarded_proto(gate_cstr("htt")), ""), "no shorter one");
    ok(is(gate_forwarded_proto(gate_cstr("ws")), ""), "no other one");
    ok(is(gate_forwarded_proto(gate_str(NULL, 0)), ""), "nothing");
}


static void
test_host(void)
{
    size_t      i;
    char        longest[512];
    gate_str_t  s;

    static const struct {
        const char        *value;
        int                good;
    } row[] = {
        { "a", 1 }, { "api.example", 1 }, { "API.Example:8443", 1 },
        { "a_b-c~d.1", 1 }, { "10.0.0.1:80", 1 }, { "[::1]", 1 },
        { "[2001:db8::1]:443", 1 }, { "[::ffff:10.0.0.1]", 1 }, { "a:0", 1 },
        { "", 0 }, { ":", 0 }, { ":80", 0 }, { "a:", 0 }, { "a:b", 0 },
        { "a:123456", 0 }, { "a:80:80", 0 }, { "a b", 0 }, { "a,b", 0 },
        { "a/b", 0 }, { "a\\b", 0 }, { "a@b", 0 }, { "a?b", 0 }, { "a#b", 0 },
        { "a;b", 0 }, { "\"a\"", 0 }, { "a\r", 0 }, { "a\n", 0 }, { "[", 0 },
        { "[]", 0 }, { "[::1", 0 }, { "[::1]x", 0 }, { "[::1]:", 0 },
        { "[a b]", 0 }, { "::1", 0 }, { "]", 0 }, { "\xc3\xa9", 0 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        s.len = strlen(row[i].value);
        s.data = malloc(s.len + 1);
        s.data = realloc(s.data, s.len ? s.len : 1);
        memcpy(s.data, row[i].value, s.len);

        ok(gate_forwarded_is_host(s) == row[i].good, "\"%s\" is %s host",
           row[i].value, row[i].good ? "a" : "no");

        free(s.data);
    }

    memset(longest, 'a', sizeof(longest));

    ok(gate_forwarded_is_host(gate_str(longest, 255)), "255 bytes");
    ok(!gate_forwarded_is_host(gate_str(longest, 256)), "256 bytes");
    ok(!gate_forwarded_is_host(gate_str("a\0b", 3)), "a NUL");
}


static void
test_from(void)
{
    size_t  i;

    static const struct {
        const char        *chain;
        const char        *addr;
        const char        *from;
    } row[] = {
        { "1.1.1.1", "1.1.1.1", "1.1.1.1" },
        { "9.9.9.9, 1.1.1.1, 2.2.2.2", "1.1.1.1", "1.1.1.1, 2.2.2.2" },
        { "9.9.9.9,1.1.1.1", "1.1.1.1", "1.1.1.1" },
        { "1.1.1.1, 2.2.2.2, 1.1.1.1", "1.1.1.1", "1.1.1.1" },
        { "1.1.1.11", "1.1.1.1", "" }, { "11.1.1.1", "1.1.1.1", "" },
        { "1.1.1.1:80", "1.1.1.1", "" }, { "", "1.1.1.1", "" },
        { ", ,", "1.1.1.1", "" }, { "1.1.1.1, ", "1.1.1.1", "1.1.1.1, " }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        ok(is(gate_forwarded_from(gate_cstr(row[i].chain),
                                  gate_cstr(row[i].addr)), row[i].from),
           "\"%s\" from %s on is \"%s\"", row[i].chain, row[i].addr,
           row[i].from);
    }
}


int
main(void)
{
    test_last();
    test_proto();
    test_host();
    test_from();

    return done_testing();
}
