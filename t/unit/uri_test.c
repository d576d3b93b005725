
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys in the query.
 */


#include <ctype.h>

#include "tap.h"
#include "gate_uri.h"


/* the tests hand out memory of the exact size, so that ASan sees a step off */

static gate_str_t
exact(const char *text)
{
    gate_str_t  s;

    s.len = strlen(text);
    s.data = malloc(s.len ? s.len : 1);
    memcpy(s.data, text, s.len);

    return s;
}


static void
test_arg(void)
{
    int         found;
    size_t      i, pos;
    gate_str_t  s, name, arg, value;

    static const struct {
        const char        *args;
        const char        *arg;               /* NULL: none */
        const char        *value;
    } row[] = {
        { "apikey=k", "apikey=k", "k" },
        { "a=1&apikey=k", "apikey=k", "k" },
        { "apikey=k&a=1", "apikey=k", "k" },
        { "&&apikey=k&&", "apikey=k", "k" },
        { "%61pikey=k", "%61pikey=k", "k" },
        { "%61%70%69%6b%65%79=k", "%61%70%69%6b%65%79=k", "k" },
        { "%61%70%69%6B%65%79=k", "%61%70%69%6B%65%79=k", "k" },
        { "apikey", "apikey", "" }, { "apikey=", "apikey=", "" },
        { "apikey&a", "apikey", "" }, { "apikey==k=", "apikey==k=", "=k=" },
        { "apikey=%6b", "apikey=%6b", "%6b" },
        { "apikey=a;b=c", "apikey=a;b=c", "a;b=c" },
        { "apikey=a?b", "apikey=a?b", "a?b" },
        { "xapikey=1&apikey=2", "apikey=2", "2" },
        { "apikeys=1&apikey=2", "apikey=2", "2" },
        { "", NULL, NULL }, { "&", NULL, NULL }, { "=", NULL, NULL },
        { "=apikey", NULL, NULL }, { "a=apikey", NULL, NULL },
        { "Apikey=k", NULL, NULL }, { "APIKEY=k", NULL, NULL },
        { "apike=k", NULL, NULL }, { "apikeyy=k", NULL, NULL },
        { "api%key=k", NULL, NULL }, { "apikey%=k", NULL, NULL },
        { "apikey%3=k", NULL, NULL }, { "apikey%3Dk", NULL, NULL },
        { "apikey%00=k", NULL, NULL }, { "api+key=k", NULL, NULL },
        { "a;apikey=k", NULL, NULL }, { "apikey;=k", NULL, NULL },
        { " apikey=k", NULL, NULL }, { "%2561pikey=k", NULL, NULL }
    };

    name = exact("apikey");

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        pos = 0;
        s = exact(row[i].args);
        found = gate_uri_arg(s, name, &pos, &arg, &value);

        if (row[i].arg == NULL) {
            ok(!found, "no key in \"%s\"", row[i].args);

        } else {
            ok(found && gate_str_eq(arg, gate_cstr(row[i].arg))
               && gate_str_eq(value, gate_cstr(row[i].value)),
               "the key in \"%s\"", row[i].args);

            ok(!gate_uri_arg(s, name, &pos, &arg, &value),
               "and no second one");
        }

        free(s.data);
    }

    free(name.data);
}


static void
test_arg_twice(void)
{
    size_t      pos;
    gate_str_t  args, arg, value;

    pos = 0;
    args = gate_cstr("k=1&a=2&%6B=3&k&k=");

    ok(gate_uri_arg(args, gate_cstr("k"), &pos, &arg, &value)
       && gate_str_eq(value, gate_cstr("1")), "the first");
    ok(gate_uri_arg(args, gate_cstr("k"), &pos, &arg, &value)
       && gate_str_eq(value, gate_cstr("3"))
       && gate_str_eq(arg, gate_cstr("%6B=3")), "a second one, encoded");
    ok(gate_uri_arg(args, gate_cstr("k"), &pos, &arg, &value)
       && gate_str_eq(arg, gate_cstr("k")) && value.len == 0,
       "a third without a value");
    ok(gate_uri_arg(args, gate_cstr("k"), &pos, &arg, &value)
       && gate_str_eq(arg, gate_cstr("k=")), "a fourth with an empty one");

    arg = args;
    ok(!gate_uri_arg(args, gate_cstr("k"), &pos, &arg, &value)
       && gate_str_eq(arg, args), "no fifth, and the caller's views stay");
    ok(!gate_uri_arg(args, gate_cstr("k"), &pos, &arg, &value),
       "nor a sixth when asked again");

    pos = 0;
    ok(gate_uri_arg(gate_cstr("my+key=1"), gate_cstr("my key"), &pos, &arg,
                    &value), "a plus is a space in a name");

    pos = 0;
    ok(!gate_uri_arg(gate_str(NULL, 0), gate_cstr("k"), &pos, &arg, &value),
       "no query at all");
}


static void
test_escape(void)
{
    int             c, good;
    size_t          n, m;
    unsigned char   in[256], out[768], back[768];

    n = gate_uri_unescape(gate_cstr("a%20b+c%2Bd%zz%4%"), out);
    ok(gate_str_eq(gate_str(out, n), gate_cstr("a b c+d%zz%4%")),
       "unescape, and leave what is not of the form");

    n = gate_uri_unescape(gate_cstr("%00%ff%FF"), out);
    ok(n == 3 && out[0] == 0 && out[1] == 0xff && out[2] == 0xff,
       "unescape any byte");

    is_int(gate_uri_unescape(gate_str(NULL, 0), out), 0, "unescape nothing");
    is_int(gate_uri_escape(gate_str(NULL, 0), out), 0, "escape nothing");

    n = gate_uri_escape(gate_cstr("a b|c{d}%/e"), out);
    ok(gate_str_eq(gate_str(out, n), gate_cstr("a%20b%7Cc%7Bd%7D%25%2Fe")),
       "escape what would confuse a name");

    for (c = 0; c < 256; c++) {
        in[c] = (unsigned char) c;
    }

    n = gate_uri_escape(gate_str(in, 256), out);
    m = gate_uri_unescape(gate_str(out, n), back);

    is_int(n, 66 + 3 * (256 - 66), "66 bytes need no escape");
    ok(m == 256 && memcmp(back, in, 256) == 0, "there and back");

    good = 1;

    for (c = 0; c < 20; c++) {
        memset(in, 'x', 20);
        in[c] = '&';
        n = gate_uri_escape(gate_str(in, 20), out);
        good &= (n == 22 && memcmp(out + c, "%26", 3) == 0);
        good &= (gate_uri_unescape(gate_str(out, n), back) == 20 && memcmp(back, in, 20) == 0);
        in[c] = 'x';
    }

    ok(good, "one byte among plain ones, wherever it is");

    good = 1;

    for (c = 0; c < 256; c++) {
        in[c] = (unsigned char) c;
    }

    for (c = 0; c < 256; c++) {
        n = gate_uri_escape(gate_str(in + c, 1), out);
        good &= ((n == 1) == (c < 128 && (isalnum(c)
                                          || (c && strchr("-._~", c)))));
    }

    ok(good, "the unreserved set of RFC 3986 and no more");
}


static void
test_without(void)
{
    size_t          i, n;
    gate_str_t      s;
    unsigned char   dst[64];

    static const struct {
        const char        *args;
        const char        *left;
    } row[] = {
        { "key=k", "" }, { "key", "" }, { "key=1&key=2", "" },
        { "a=1&key=k", "a=1" }, { "key=k&a=1", "a=1" },
        { "a=1&key=k&b=2", "a=1&b=2" }, { "a=1&%6bey=k&b=2&k%65y", "a=1&b=2" },
        { "", "" }, { "a=1", "a=1" }, { "a=1&b=2", "a=1&b=2" },
        { "a=1&", "a=1&" }, { "&a=1", "&a=1" }, { "a=1&&b=2", "a=1&&b=2" },
        { "&&", "&&" }, { "&key=k", "" }, { "key=k&", "" },
        { "a&&key=k&&b", "a&&&b" }, { "keys=1&xkey=2", "keys=1&xkey=2" },
        { "a=key=k", "a=key=k" }, { "a;key=k", "a" }, { "a?key=k", "a" },
        { "a#key=k", "a" }, { "a=1;%6bey=k;b=2&c", "a=1&c" },
        { "a=1;b=2&c?d", "a=1;b=2&c?d" }, { "key=a;b?c&d", "d" },
        { "key;key=k&a", "a" }, { "key?key=k", "" }, { ";key=k", "" },
        { "a=/x?b=1&key=k", "a=/x?b=1" }, { "a;keys=1;xkey", "a;keys=1;xkey" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        s = exact(row[i].args);

        n = gate_uri_args_without(s, gate_cstr("key"), dst);
        ok(n <= s.len && gate_str_eq(gate_str(dst, n), gate_cstr(row[i].left)),
           "\"%s\" without the key", row[i].args);
        ok(gate_uri_args_have(s, gate_cstr("key"))
           == !gate_str_eq(s, gate_str(dst, n)),
           "and it had one, or had none");

        n = gate_uri_args_without(s, gate_cstr("key"), s.data);
        ok(gate_str_eq(gate_str(s.data, n), gate_cstr(row[i].left)),
           "and in place");

        free(s.data);
    }

    is_int(gate_uri_args_without(gate_str(NULL, 0), gate_cstr("key"), dst), 0,
           "no query at all");
}


static void
test_mask(void)
{
    size_t      i, n;
    gate_str_t  s;

    static const struct {
        const char        *args;
        const char        *masked;
        size_t             count;
    } row[] = {
        { "key=secret", "key=******", 1 },
        { "a=1&key=secret&b=2", "a=1&key=******&b=2", 1 },
        { "key=1&%6Bey=22&key", "key=*&%6Bey=**&key", 3 },
        { "key=a=b;c", "key=*****", 1 }, { "a;key=b;c", "a;key=***", 1 },
        { "a?key=b&c#key=d&e", "a?key=*&c#key=*&e", 2 },
        { "keys=1&xkey=2", "keys=1&xkey=2", 0 },
        { "key=", "key=", 1 }, { "", "", 0 }, { "a=key=1", "a=key=1", 0 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        s = exact(row[i].args);
        n = gate_uri_args_mask(s, gate_cstr("key"));

        ok(n == row[i].count && gate_str_eq(s, gate_cstr(row[i].masked)),
           "\"%s\" masked", row[i].args);

        free(s.data);
    }
}


/* what "without" leaves has no such argument, however it was spelt */

static void
test_random(void)
{
    int             i, good;
    size_t          n, m, pos;
    uint32_t        x;
    gate_str_t      s, arg, value;
    unsigned char   args[24], left[24];

    static const char  alphabet[] = "k&&==%6bB+;";

    good = 1;
    x = 1;

    for (i = 0; i < 200000; i++) {
        x = x * 1664525 + 1013904223;
        m = (x >> 24) % sizeof(args);

        for (n = 0; n < m; n++) {
            x = x * 1664525 + 1013904223;
            args[n] = (unsigned char) alphabet[(x >> 24) % 11];
        }

        s = gate_str(args, m);
        n = gate_uri_args_without(s, gate_cstr("k"), left);

        pos = 0;
        good &= (n <= m);
        good &= !gate_uri_arg(gate_str(left, n), gate_cstr("k"), &pos, &arg,
                              &value);

        good &= (gate_uri_args_have(s, gate_cstr("k"))
                 == !gate_str_eq(gate_str(left, n), s));
    }

    ok(good, "200,000 random queries");
}


int
main(void)
{
    test_arg();
    test_arg_twice();
    test_escape();
    test_without();
    test_mask();
    test_random();

    return done_testing();
}
