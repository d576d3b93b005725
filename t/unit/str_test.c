
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Views on bytes: equality with and without case, empty and NULL ones.
 */


#include <ctype.h>
#include <stdlib.h>

#include "tap.h"
#include "gate_str.h"


static void
test_make(void)
{
    gate_str_t         s;
    static gate_str_t  fixed = gate_string("fixed");

    s = gate_cstr("text");
    ok(s.len == 4 && memcmp(s.data, "text", 4) == 0, "a view of a C string");

    s = gate_cstr("");
    is_int(s.len, 0, "of an empty one");

    s = gate_str("a\0b", 3);
    ok(s.len == 3 && s.data[2] == 'b', "of bytes with a NUL");

    ok(gate_str_eq(fixed, gate_cstr("fixed")), "of a literal, at build time");
}


static void
test_eq(void)
{
    gate_str_t  none;

    none = gate_str(NULL, 0);

    ok(gate_str_eq(gate_cstr("ab"), gate_cstr("ab")), "equal");
    ok(!gate_str_eq(gate_cstr("ab"), gate_cstr("aB")), "case counts");
    ok(!gate_str_eq(gate_cstr("ab"), gate_cstr("abc")), "longer");
    ok(!gate_str_eq(gate_cstr("ab"), gate_cstr("a")), "shorter");
    ok(!gate_str_eq(gate_cstr("a"), none), "nothing is not something");
    ok(gate_str_eq(none, none), "nothing is nothing");
    ok(gate_str_eq(none, gate_cstr("")), "and is empty");
    ok(!gate_str_eq(gate_str("a\0b", 3), gate_str("a\0c", 3)),
       "bytes after a NUL count");
}


static void
test_eq_nocase(void)
{
    int            a, b, good;
    gate_str_t     none;
    unsigned char  x, y;

    none = gate_str(NULL, 0);

    ok(gate_str_eq_nocase(gate_cstr("BeArEr"), gate_cstr("bearer")), "equal");
    ok(!gate_str_eq_nocase(gate_cstr("bearer"), gate_cstr("bearers")),
       "longer");
    ok(!gate_str_eq_nocase(gate_cstr("bearer"), gate_cstr("bearex")), "other");
    ok(gate_str_eq_nocase(none, gate_cstr("")), "nothing is empty");

    good = 1;

    for (a = 0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            x = (unsigned char) a;
            y = (unsigned char) b;

            good &= (gate_str_eq_nocase(gate_str(&x, 1), gate_str(&y, 1))
                     == (a == b || (a < 128 && b < 128 && isalpha(a)
                                    && tolower(a) == tolower(b))));
        }
    }

    ok(good, "only the 26 letters have two cases");
}


/* of each length, with one byte that is another one, of memory of its own */

static void
test_lengths(void)
{
    int             good;
    size_t          len, i;
    unsigned char  *a, *b;

    good = 1;

    for (len = 0; len <= 40; len++) {
        a = malloc(len ? len : 1);
        b = malloc(len ? len : 1);

        for (i = 0; i < len; i++) {
            a[i] = (unsigned char) ('a' + i % 26);
        }

        memcpy(b, a, len);

        good &= gate_str_eq(gate_str(a, len), gate_str(b, len));

        for (i = 0; i < len; i++) {
            b[i] = (unsigned char) (a[i] - 32);
            good &= !gate_str_eq(gate_str(a, len), gate_str(b, len));
            good &= gate_str_eq_nocase(gate_str(a, len), gate_str(b, len));

            b[i] = (unsigned char) (a[i] ^ 0x80);
            good &= !gate_str_eq(gate_str(a, len), gate_str(b, len));
            good &= !gate_str_eq_nocase(gate_str(a, len), gate_str(b, len));

            b[i] = a[i];
        }

        free(a);
        free(b);
    }

    ok(good, "each byte of a string of any length counts");
}


static void
test_begins_nocase(void)
{
    gate_str_t  none;

    none = gate_str(NULL, 0);

    ok(gate_str_begins_nocase(gate_cstr("X-Envoy-Id"), gate_cstr("x-envoy-")),
       "it begins with that");
    ok(gate_str_begins_nocase(gate_cstr("x-envoy-"), gate_cstr("x-envoy-")),
       "it is that and no more");
    ok(!gate_str_begins_nocase(gate_cstr("x-envoy"), gate_cstr("x-envoy-")),
       "it is shorter");
    ok(!gate_str_begins_nocase(gate_cstr("y-envoy-id"), gate_cstr("x-envoy-")),
       "it begins with something else");
    ok(gate_str_begins_nocase(gate_cstr("a"), none),
       "all begins with nothing");
    ok(gate_str_begins_nocase(none, none), "nothing, too");
    ok(!gate_str_begins_nocase(none, gate_cstr("a")),
       "nothing begins with something");
}


static void
test_lower(void)
{
    int  c, good;

    good = 1;

    for (c = 0; c < 256; c++) {
        good &= (gate_lower((unsigned char) c)
                 == ((c >= 'A' && c <= 'Z') ? c + 32 : c));
    }

    ok(good, "lower case of 256 bytes");
}


int
main(void)
{
    test_make();
    test_eq();
    test_eq_nocase();
    test_lengths();
    test_begins_nocase();
    test_lower();

    return done_testing();
}
