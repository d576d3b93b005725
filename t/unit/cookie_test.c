
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of cookies: what is not edited stays byte by byte.
 */


#include "tap.h"
#include "gate_cookie.h"


static char  text[256];


static const char *
without(const char *cookies, const char *name)
{
    size_t  n;

    /* in place */
    strcpy(text, cookies);
    n = gate_cookie_without(gate_cstr(text), gate_cstr(name), (unsigned char *) text);
    text[n] = '\0';

    return text;
}


static const char *
renamed(const char *cookies, const char *name, const char *to)
{
    size_t  n;

    n = gate_cookie_rename(gate_cstr(cookies), gate_cstr(name), gate_cstr(to),
                           (unsigned char *) text);
    text[n] = '\0';

    return text;
}


static const char *
added(const char *cookies, const char *name, const char *value)
{
    size_t  n;

    strcpy(text, cookies);
    n = gate_cookie_add((unsigned char *) text, strlen(cookies), gate_cstr(name),
                        gate_cstr(value));
    text[n] = '\0';

    return text;
}


static void
edits(void)
{
    is_int(gate_cookie_count(gate_cstr("a=1; b=2;a=3; A=4; ab=5; a"), gate_cstr("a")), 3,
           "how many there are");
    is_int(gate_cookie_count(gate_str(NULL, 0), gate_cstr("a")), 0, "none in nothing");

    is_str(without("a=1; b=2; a=3; c=4", "a"), "b=2; c=4", "all of a name");
    is_str(without("b=2;c = \"4\" ; ;d", "a"), "b=2;c = \"4\" ; ;d", "others stay as they are");
    is_str(without("a=1; a=2", "a"), "", "none is left");
    is_str(without("; a=1 ;", "a"), "", "... nor a \";\"");
    is_str(without("b=1, a=2; c=3", "a"), "b=1; c=3", "one that only some readers see");
    is_str(without("b=1, a, a=2; a, a=3; c", "a"), "b=1; c", "... and those before it");
    is_str(without("b=1,2; c=3", "a"), "b=1,2; c=3", "a \",\" in a value stays");
    is_str(without(" a =1; b=2", "a"), "b=2", "spaces around a name do not hide it");

    ok(gate_cookie_have(gate_cstr("b=1,a=2"), gate_cstr("a")), "there, for some readers");
    ok(!gate_cookie_have(gate_cstr("b=a; ca=1; c=a=1"), gate_cstr("a")), "not there");

    is_str(renamed("a=1; b=a; a=2", "a", "new"), "new=1; b=a; new=2", "each is renamed");
    is_str(renamed("a; b", "b", "c"), "a; c", "one without a value");
    is_str(renamed("", "b", "c"), "", "nothing stays nothing");

    is_str(added("", "a", "1"), "a=1", "the first one");
    is_str(added("b=2", "a", ""), "b=2; a=", "one more, with an empty value");
}


static void
values(void)
{
    ok(gate_cookie_is_value(gate_str(NULL, 0)), "an empty value");
    ok(gate_cookie_is_value(gate_cstr("x=\"1\" y")), "one with \"=\", quotes and a space");
    ok(!gate_cookie_is_value(gate_cstr("1; admin=1")), "one that would be two");
    ok(!gate_cookie_is_value(gate_cstr("1,admin=1")), "... for some readers");
    ok(!gate_cookie_is_value(gate_cstr("1\r\nX: y")), "one with a line break");

    ok(gate_cookie_sets(gate_cstr("sid=1; Path=/"), gate_cstr("sid")), "Set-Cookie of that name");
    ok(gate_cookie_sets(gate_cstr("sid"), gate_cstr("sid")), "... without a value");
    ok(!gate_cookie_sets(gate_cstr("x=1; sid=2"), gate_cstr("sid")), "an attribute is none");
    ok(!gate_cookie_sets(gate_cstr("sid2=1"), gate_cstr("sid")), "a longer name is none");
    ok(!gate_cookie_sets(gate_str(NULL, 0), gate_cstr("sid")), "an empty field is none");
}


int
main(void)
{
    edits();
    values();

    return done_testing();
}
