
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of queries: what is not edited stays byte by byte.
 */


#include "tap.h"
#include "gate_query.h"


static char  text[256];


static const char *
renamed(const char *args, const char *name, const char *to)
{
    size_t  n;

    n = gate_query_rename(gate_cstr(args), gate_cstr(name), gate_cstr(to),
                          (unsigned char *) text);
    text[n] = '\0';

    return text;
}


static const char *
added(const char *args, const char *name, const char *value, size_t len)
{
    size_t  n;

    strcpy(text, args);
    n = gate_query_add((unsigned char *) text, strlen(args), gate_cstr(name),
                       gate_str(value, len));
    text[n] = '\0';

    return text;
}


int
main(void)
{
    int            i;
    unsigned char  args[20];

    is_int(gate_query_count(gate_str(NULL, 0), gate_cstr("a")), 0, "none in an empty query");
    is_int(gate_query_count(gate_cstr("a=1&b=2&%61=3&a&ab=4&A=5&a;a=6"), gate_cstr("a")), 3,
           "names are compared decoded, and with regard to case");

    ok(gate_query_may_have(gate_cstr("b=1;a"), gate_cstr("a")), "it may be there");
    ok(gate_query_may_have(gate_cstr("%61"), gate_cstr("a")), "... in another form");
    ok(gate_query_may_have(gate_cstr("b?a=1"), gate_cstr("a")), "... behind another \"?\"");
    ok(gate_query_may_have(gate_cstr("b#a=1"), gate_cstr("a")), "... behind a number sign");
    ok(gate_query_may_have(gate_cstr("+a"), gate_cstr(" a")), "... of a space");
    ok(!gate_query_may_have(gate_cstr("b=a&c=%61"), gate_cstr("a")), "it is not there");
    ok(!gate_query_may_have(gate_cstr("b=1&c=2&d=3&b=4"), gate_cstr("a")), "... nor its byte");

    for (i = 0; i < 20; i++) {
        memset(args, 'b', sizeof(args));
        args[i] = 'a';
        args[i ? i - 1 : 19] = '&';
        ok(gate_query_may_have(gate_str(args, 20), gate_cstr("a")), "it may be at %d", i);
        ok(gate_query_may_have(gate_str(args, i + 1), gate_cstr("a")), "... at the end");
    }

    is_str(renamed("a=1&b=%41+x&a=2", "a", "new"), "new=1&b=%41+x&new=2", "each is renamed");
    is_str(renamed("%61=1", "a", "b"), "b=1", "... also one that is encoded");
    is_str(renamed("a&&a=&=a&", "a", "b"), "b&&b=&=a&", "... without a value, in odd company");
    is_str(renamed("b=a&c=a=1", "a", "x"), "b=a&c=a=1", "a value is no name");
    is_str(renamed("a=1=2", "a", "x"), "x=1=2", "only the first \"=\" ends a name");
    is_str(renamed("", "a", "x"), "", "an empty query stays");

    is_str(added("", "a", "1", 1), "a=1", "the first one");
    is_str(added("b", "a", "", 0), "b&a=", "one more, with an empty value");
    is_str(added("b=1", "a", "&x=1 %#+\r\n\0\xc3", 12), "b=1&a=%26x%3D1%20%25%23%2B%0D%0A%00%C3",
           "a value cannot end its argument");
    ok(strlen(text) <= 3 + gate_query_room(gate_cstr("a"), gate_str("", 12)),
       "... and fits its room");

    return done_testing();
}
